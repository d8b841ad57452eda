import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { at, NAMESPACE, SECRET_KEYS, SECRET_PLACEHOLDER, type StackSource, schema } from "../stacks/config.ts";
import { type Changed, fromPulumi } from "../stacks/handed-over.ts";
import { listed, nearest } from "../stacks/nearest.ts";
import type { Fault } from "../stacks/plan.ts";
import { MOST_ENTRIES, MOST_FILE_BYTES } from "../stacks/sizes.ts";
import { DocumentError, type MapTree, readDocument, type Tree } from "./pulumi-yaml/document.ts";
import { stackOf } from "./stack-name.ts";

/** What is wrong with a stack's file as a file; what is wrong with its settings is a PlanError. */
export class StackFileError extends Error {
  override readonly name = "StackFileError";
}

/** A stack's file, and what it sets for others. */
export interface StackFile extends StackSource {
  file: string;
  /** Settings of other namespaces by their full keys, as Pulumi hands them over. What has a secret in it is left out: only Pulumi reads that. */
  otherValues: Readonly<Record<string, unknown>>;
}

/**
 * Reads `Pulumi.<stack>.yaml` without Pulumi, to what Pulumi hands over of it.
 * @param repository  folder of Pulumi.yaml
 * @param stack       its name, also with its organisation and project before it
 * @returns           the `aoai:` settings, secrets as SECRET_PLACEHOLDER, and the other keys; today is the wall clock's day, in UTC, unless they carry `asOf`
 * @throws            StackFileError: no such stack, empty, too large, not YAML, or a setting that only Pulumi could decrypt and the plan needs
 */
export function readStackFile(repository: string, stack: string): StackFile {
  const name = stackOf(stack);
  const file = `Pulumi.${name}.yaml`;
  const path = join(repository, file);
  if (!/^[\w.-]+$/.test(name) || !statSync(path, { throwIfNoEntry: false })?.isFile()) {
    const stacks = stackNames(repository);
    throw new StackFileError(
      `There is no stack "${stack}": ${stacks.length > 0 ? `choose ${listed(stacks, "or")}` : `add Pulumi.<stack>.yaml`}.`,
    );
  }
  const content = contentOf(path, file);
  const config = content.get("config")?.value;
  const settings = config?.kind === "null" || config === undefined ? EMPTY : config.kind === "map" ? config.entries : undefined;
  if (settings === undefined) throw new StackFileError(`${file}: config is not a map of settings.`);
  const faults = misplaced([...content.keys()]);
  // What an environment of Pulumi ESC brings along is not in the file.
  if (settings.size === 0 && faults.length === 0 && !content.has("environment")) throw empty(repository, file);

  const values = new Map<string, unknown>();
  const others: string[] = [];
  const otherValues: [string, unknown][] = [];
  const changed = new Map<string, Changed>();
  let location: string | undefined;
  for (const [written, { value: tree }] of settings) {
    const key = inFull(written);
    const own = key.startsWith(`${NAMESPACE}:`) ? key.slice(NAMESPACE.length + 1) : undefined;
    const secret = securePath(tree, key);
    const isSecret = secret === key && SECRET_KEYS.some((one) => one === own);
    if (secret && !isSecret && (own !== undefined || key === LOCATION))
      throw new StackFileError(
        `${file}: ${secret} is encrypted. Only ${listed(SECRET_KEYS)} are secrets here, and the plan must be readable without Pulumi: write it in clear.`,
      );
    if (key.split(":").length > 2)
      faults.push({
        path: key,
        rule: "is no key to Pulumi.",
        fix: `Write it as NAMESPACE:NAME, for example ${NAMESPACE}:topology.`,
      });
    else if (own === undefined) {
      others.push(key);
      if (!secret) otherValues.push([key, handedOver(tree)]);
    } else if (values.has(own)) {
      faults.push({ path: own, rule: `is there twice, as ${own} and as ${key}.`, fix: "Leave one out." });
    } else {
      values.set(own, isSecret ? SECRET_PLACEHOLDER : fromPulumi(handedOver(tree)));
      findChanges(tree, own, changed, faults);
    }
    if (key === LOCATION) location = handedOver(tree);
  }
  const read = Object.fromEntries(values);
  const today = statedDay(read) ?? new Date().toISOString().slice(0, 10);
  return {
    stack: name,
    location,
    values: read,
    today,
    file,
    others,
    otherValues: Object.fromEntries(otherValues),
    faults,
    changed,
  };
}

const LOCATION = "azure-native:location";
const EMPTY: MapTree["entries"] = new Map();

/** Pulumi takes a key without namespace for the project's own, and knows an older form, `aoai:config:topology`. */
function inFull(key: string): string {
  const [namespace, ...name] = key.split(":");
  if (name.length === 0) return `${NAMESPACE}:${key}`;
  return name.length === 2 && name[0] === "config" ? `${namespace}:${name[1]}` : key;
}

/** A whole setting as the program gets it: text, lists and maps as JSON. */
const handedOver = (tree: Tree): string =>
  tree.kind === "list" || tree.kind === "map" ? JSON.stringify(plain(tree)) : tree.text;

function plain(tree: Tree): unknown {
  if (tree.kind === "list") return tree.items.map(plain);
  if (tree.kind === "map") return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]));
  return tree.value;
}

/** Changes that are noted, and faults of keys that are told: beyond them nobody reads on. */
const MOST_CHANGES = 1000;

/** Scalars that Pulumi changes: where they are values the plan judges what became of them; a key it changes is another key. */
function findChanges(tree: Tree, path: string, changed: Map<string, Changed>, faults: Fault[]): void {
  if (changed.size >= MOST_CHANGES || faults.length >= MOST_CHANGES) return;
  if (tree.kind === "list") {
    for (const [index, item] of tree.items.entries()) findChanges(item, at(path, index), changed, faults);
  } else if (tree.kind === "map") {
    for (const [name, { key, value }] of tree.entries) {
      const here = at(path, name);
      // Of a point in time the plan says it, whoever reads.
      if (key.plain && key.written !== name && key.kind !== "time")
        faults.push({
          path: here,
          rule: `is written ${key.written || "as nothing"}, and Pulumi makes it ${name}.`,
          fix: `Quote it: ${JSON.stringify(key.written)}.`,
        });
      findChanges(value, here, changed, faults);
    }
  } else if (tree.plain && tree.written !== tree.text && tree.kind !== "null" && tree.kind !== "text") {
    const octal =
      tree.kind === "number" && /^[-+]?0[0-7_]+$/.test(tree.written) && Number(tree.written.replaceAll("_", "")) !== tree.value;
    changed.set(path, { written: tree.written, handed: tree.text, ...(octal && { octal }) });
  }
}

/** What stands in the file, a map. Whatever is wrong with it as a file is one sentence. */
function contentOf(path: string, file: string): MapTree["entries"] {
  const { size } = statSync(path);
  if (size > MOST_FILE_BYTES)
    throw new StackFileError(
      `${file} has ${figure(size)} bytes; at most ${figure(MOST_FILE_BYTES)} are read. A stack has 30 regions and 32 models at most.`,
    );
  const bytes = readFileSync(path);
  if (!isUtf8(bytes)) throw new StackFileError(`${file} is not text in UTF-8: save it as such.`);
  const tree = treeOf(new TextDecoder().decode(bytes), file);
  if (tree.kind === "null") return EMPTY;
  if (tree.kind !== "map") throw new StackFileError(`${file} is not a map: settings stand below "config:".`);
  return tree.entries;
}

function treeOf(text: string, file: string): Tree {
  try {
    return readDocument(text);
  } catch (error) {
    if (error instanceof DocumentError) throw new StackFileError(error.about(file));
    if (error instanceof RangeError) throw new StackFileError(`${file} is nested too deep to be read.`);
    throw new StackFileError(`${file} is not YAML that can be read: ${(error as Error).message}`);
  }
}

/** Settings beside `config`, where Pulumi does not look for any. What else stands there is Pulumi's. */
function misplaced(keys: readonly string[]): Fault[] {
  return keys.slice(0, MOST_ENTRIES).flatMap((key): Fault[] => {
    if (ROOT.includes(key)) return [];
    const meant = nearest(key, ROOT);
    if (!key.includes(":") && !Object.hasOwn(schema.shape, key) && meant === undefined) return [];
    const fix = meant && !key.includes(":") ? `Did you mean "${meant}"?` : 'Move it below "config:", two blanks further in.';
    return [{ path: key, rule: "stands outside config, where nothing reads it.", fix }];
  });
}

/** Pulumi's own keys of a stack file. */
const ROOT = ["config", "environment", "secretsprovider", "encryptedkey", "encryptionsalt"];

/** A new stack's file: `pulumi stack init` leaves it without a setting, and may have put a salt there that must stay. */
function empty(repository: string, file: string): StackFileError {
  const example = stackNames(repository)
    .map((stack) => `Pulumi.${stack}.yaml`)
    .find((one) => one === "Pulumi.dev.yaml" && one !== file);
  const settings = example
    ? `start from ${example}, whose "config" explains every setting`
    : "Pulumi.yaml explains every setting";
  return new StackFileError(`${file} is empty, it has no settings: ${settings}.`);
}

const figure = (value: number) => value.toLocaleString("en-US");

/** The day that settings say is today, in `asOf`; they may leave it open, or empty. */
export const statedDay = ({ asOf }: Record<string, unknown>) => (typeof asOf === "string" && asOf !== "" ? asOf : undefined);

/** The stacks that have a file, sorted. */
export function stackNames(repository: string): string[] {
  return readdirSync(repository)
    .flatMap((name) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

/** Path of the first `{ secure: TEXT }`, as Pulumi writes encrypted values. */
function securePath(tree: Tree, path: string): string | undefined {
  if (tree.kind === "list") {
    for (const [index, item] of tree.items.entries()) {
      const found = securePath(item, `${path}[${index}]`);
      if (found !== undefined) return found;
    }
  }
  if (tree.kind !== "map") return undefined;
  const { kind } = tree.entries.get("secure")?.value ?? {};
  if (tree.entries.size === 1 && (kind === "text" || kind === "time")) return path;
  for (const [key, { value }] of tree.entries) {
    const found = securePath(value, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
