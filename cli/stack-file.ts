import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Document, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { NAMESPACE, SECRET_KEYS, SECRET_PLACEHOLDER, type StackSource, schema } from "../stacks/config.ts";
import { listed, nearest } from "../stacks/nearest.ts";
import type { Fault } from "../stacks/plan.ts";
import { printable } from "../stacks/printable.ts";
import { MOST_ENTRIES, MOST_FILE_BYTES } from "../stacks/sizes.ts";

/** What is wrong with a stack's file as a file; what is wrong with its settings is a PlanError. */
export class StackFileError extends Error {
  override readonly name = "StackFileError";
}

/**
 * Reads `Pulumi.<stack>.yaml` without Pulumi.
 * @param repository  folder of Pulumi.yaml
 * @returns           the `aoai:` settings, secrets as SECRET_PLACEHOLDER, and the other keys; today is the wall clock's day, in UTC, unless they carry `asOf`
 * @throws            StackFileError: no such stack, empty, too large, not YAML, or a setting that only Pulumi could decrypt and the plan needs
 */
export function readStackFile(repository: string, stack: string): StackSource {
  const file = `Pulumi.${stack}.yaml`;
  const path = join(repository, file);
  if (!/^[\w.-]+$/.test(stack) || !statSync(path, { throwIfNoEntry: false })?.isFile()) {
    const stacks = stackNames(repository);
    throw new StackFileError(
      `There is no stack "${stack}": ${stacks.length > 0 ? `choose ${listed(stacks, "or")}` : `add Pulumi.<stack>.yaml`}.`,
    );
  }
  const content = contentOf(path, file);
  const config = content.config ?? {};
  if (!isMap(config)) throw new StackFileError(`${file}: config is not a map of settings.`);
  const faults = misplaced(content);
  // What an environment of Pulumi ESC brings along is not in the file.
  if (Object.keys(config).length === 0 && faults.length === 0 && content.environment === undefined) throw empty(repository, file);

  const values = new Map<string, unknown>();
  const others: string[] = [];
  let location: string | undefined;
  for (const [written, value] of Object.entries(config)) {
    const key = inFull(written);
    const name = key.startsWith(`${NAMESPACE}:`) ? key.slice(NAMESPACE.length + 1) : undefined;
    const secret = securePath(value, key);
    const isSecret = secret === key && SECRET_KEYS.some((one) => one === name);
    if (secret && !isSecret && (name !== undefined || key === LOCATION))
      throw new StackFileError(
        `${file}: ${secret} is encrypted. Only ${listed(SECRET_KEYS)} are secrets here, and the plan must be readable without Pulumi: write it in clear.`,
      );
    if (name === undefined) others.push(key);
    else if (values.has(name))
      faults.push({ path: name, rule: `is there twice, as ${name} and as ${key}.`, fix: "Leave one out." });
    else values.set(name, isSecret ? SECRET_PLACEHOLDER : value);
    // As Pulumi hands over what is no text.
    if (key === LOCATION) location = typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
  }
  const read = Object.fromEntries(values);
  const today = statedDay(read) ?? new Date().toISOString().slice(0, 10);
  return { stack, location, values: read, today, file, others, faults };
}

const LOCATION = "azure-native:location";

/** Pulumi takes a key without namespace for the project's own, and knows an older form, `aoai:config:topology`. */
function inFull(key: string): string {
  const [namespace, ...name] = key.split(":");
  if (name.length === 0) return `${NAMESPACE}:${key}`;
  return name.length === 2 && name[0] === "config" ? `${namespace}:${name[1]}` : key;
}

/** What stands in the file, a map. Whatever is wrong with it as a file is one sentence. */
function contentOf(path: string, file: string): Record<string, unknown> {
  const { size } = statSync(path);
  if (size > MOST_FILE_BYTES)
    throw new StackFileError(
      `${file} has ${figure(size)} bytes; at most ${figure(MOST_FILE_BYTES)} are read. A stack has 30 regions and 32 models at most.`,
    );
  const bytes = readFileSync(path);
  if (!isUtf8(bytes)) throw new StackFileError(`${file} is not text in UTF-8: save it as such.`);
  const text = new TextDecoder().decode(bytes);
  let content: unknown;
  try {
    // The library compares each key with all before it: a minute for a file that is read.
    const lines = new LineCounter();
    const document = parseDocument(text, { uniqueKeys: false, lineCounter: lines });
    const [fault] = document.errors;
    if (fault?.code === "MULTIPLE_DOCS")
      throw new StackFileError(`${file} has more than one YAML document, divided by "---": leave one.`);
    if (fault) throw new StackFileError(`${file} is not YAML: ${fault.message}`);
    const twice = keyThatStandsTwice(document);
    if (twice)
      throw new StackFileError(
        `${file}, line ${lines.linePos(twice.at).line}: ${printable(JSON.stringify(twice.key), 80)} stands twice in one map. Leave one out.`,
      );
    content = document.toJS();
  } catch (error) {
    if (error instanceof StackFileError) throw error;
    if (error instanceof RangeError) throw new StackFileError(`${file} is nested too deep to be read.`);
    throw new StackFileError(`${file} is not YAML that can be read: ${(error as Error).message}`);
  }
  if (content === null || content === undefined) return {};
  if (!isMap(content)) throw new StackFileError(`${file} is not a map: settings stand below "config:".`);
  return content;
}

/** The first key that its map has already: YAML forbids it (1.2.2, 3.2.1.3), and Pulumi refuses the file. */
function keyThatStandsTwice(document: Document.Parsed): { key: string; at: number } | undefined {
  let found: { key: string; at: number } | undefined;
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const written = String(key.value);
        if (keys.has(written)) {
          found = { key: written, at: key.range?.[0] ?? 0 };
          return visit.BREAK;
        }
        keys.add(written);
      }
      return undefined;
    },
  });
  return found;
}

/** Settings beside `config`, where Pulumi does not look for any. What else stands there is Pulumi's. */
function misplaced(content: Record<string, unknown>): Fault[] {
  const keys = Object.keys(content).slice(0, MOST_ENTRIES);
  return keys.flatMap((key): Fault[] => {
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

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Path of the first `{ secure: ... }`, as Pulumi writes encrypted values. What stands in many places, by a YAML alias, is looked at in the first. */
function securePath(value: unknown, path: string, seen = new Set<unknown>()): string | undefined {
  if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
  seen.add(value);
  if (isMap(value) && Object.keys(value).length === 1 && "secure" in value) return path;
  for (const [key, item] of Object.entries(value)) {
    const found = securePath(item, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}
