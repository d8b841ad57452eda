/**
 * Writes one value into a stack's file and leaves every other character as it is: comments, quotes, order, line ends. Pulumi's own `config set` writes
 * the whole file anew.
 */
import { readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  type Pair,
  type ParsedNode,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { NAMESPACE } from "../stacks/config.ts";

/** Nothing but a person can do it. */
export class StackFileEditError extends Error {
  // Written for people.
  override readonly name = "StackFileError";
}

const BOM = "\uFEFF";
type Range = readonly [number, number, number];

/**
 * The text with another value of a setting below `config`, put in where it is not there yet.
 * @param key    in full: `aoai:topology`
 * @param value  text, or a map such as `{ secure: "..." }`
 * @throws       StackFileEditError where more than this setting would change
 */
export function withSetting(text: string, key: string, value: string | object): string {
  const document = parsed(text);
  const config = mapAt(document.contents, "config");
  const edited = config === undefined ? undefined : edit(text, config, key, value);
  const result = edited ?? withConfig(text, document, key, value);
  const [before, after] = [contentOf(text), contentOf(result)].map((content) => ({ ...content, config: { ...content?.config } }));
  const settings = Object.keys(after?.config ?? {}).filter((one) => inFull(one) === key);
  const isSet = settings.length === 1 && isDeepStrictEqual(after?.config[settings[0] as string], value);
  for (const content of [before, after])
    for (const one of Object.keys(content?.config ?? {})) if (inFull(one) === key) delete content?.config[one];
  if (!isSet || !isDeepStrictEqual(before, after)) throw new StackFileEditError("more than that would change");
  return result;
}

/**
 * The text with another value of one of Pulumi's own keys beside `config`; put at the beginning where it is not there yet.
 * @throws StackFileEditError where more than this would change
 */
export function withRoot(text: string, key: string, value: string): string {
  const document = parsed(text);
  const pair = isMap(document.contents) ? document.contents.items.find((one) => nameOf(one) === key) : undefined;
  const result = pair
    ? replaced(text, pair, scalar(value, styleOf(pair)))
    : inserted(text, isMap(document.contents) ? document.contents : undefined, `${key}: ${scalar(value, "PLAIN")}`);
  const [before, after] = [contentOf(text), contentOf(result)];
  if (!isDeepStrictEqual({ ...before, [key]: value }, after)) throw new StackFileEditError("more than that would change");
  return result;
}

/** What a stack's file would have after `edit`. @throws StackFileEditError that says what to write by hand */
export function editedStackFile(path: string, edit: (text: string) => string, byHand: string): string {
  try {
    return edit(readFileSync(path, "utf8"));
  } catch (error) {
    if (!(error instanceof StackFileEditError)) throw error;
    throw new StackFileEditError(
      `${basename(path)} is written in a way in which ${byHand} cannot be changed alone (an anchor that others refer to, or several documents): change it by hand.`,
    );
  }
}

/** Does `edit` to a stack's file. A kill leaves the old file or the new one. @throws StackFileEditError that says what to write by hand */
export function editStackFile(path: string, edit: (text: string) => string, byHand: string): void {
  const edited = editedStackFile(path, edit, byHand);
  const file = realpathSync(path);
  if (edited === readFileSync(file, "utf8")) return;
  writeFileSync(`${file}.tmp`, edited, { mode: statSync(file).mode & 0o777 });
  renameSync(`${file}.tmp`, file);
}

function edit(text: string, config: YAMLMap.Parsed, key: string, value: string | object): string {
  const pair = config.items.find((one) => inFull(nameOf(one) ?? "") === key);
  if (typeof value === "string") {
    if (pair) return replaced(text, pair, scalar(value, styleOf(pair)));
    return inserted(text, config, `${config.flow ? JSON.stringify(key) : key}: ${scalar(value, "PLAIN")}`);
  }
  if (config.flow || !isSecret(value))
    return pair
      ? replaced(text, pair, flow(value))
      : inserted(text, config, `${config.flow ? JSON.stringify(key) : key}: ${flow(value)}`);
  const below = block(text, config, value);
  if (!pair) return inserted(text, config, `${key}:${below}`);
  const shift = text.startsWith(BOM) ? 1 : 0;
  const range = (pair.value as ParsedNode | null)?.range as Range | undefined;
  const begin = colonAfter(text, pair.key as ParsedNode, shift);
  const end = range ? range[0] + shift + text.slice(range[0] + shift, range[1] + shift).trimEnd().length : begin;
  return text.slice(0, begin) + below + text.slice(Math.max(begin, end));
}

/** A map on lines of its own, further in than its key by as much as the key is. */
function block(text: string, config: YAMLMap.Parsed, value: Record<string, string>): string {
  const shift = text.startsWith(BOM) ? 1 : 0;
  const at = startOf(config) + shift;
  const indent = text.slice(Math.max(text.lastIndexOf("\n", at - 1) + 1, shift), at);
  return lines(value, `${lineEnd(text)}${indent}${indent}`).join("");
}

const lines = (value: Record<string, string>, before: string) =>
  Object.entries(value).map(([key, one]) => `${before}${key}: ${scalar(one, "PLAIN")}`);

/** The value of a pair, and nothing around it. */
function replaced(text: string, { key, value }: Pair<unknown, unknown>, written: string): string {
  const shift = text.startsWith(BOM) ? 1 : 0;
  const range = (value as ParsedNode | null)?.range as Range | undefined;
  if (range && range[1] > range[0]) {
    const isBlock = isScalar(value) && /^BLOCK/.test(String((value as Scalar).type));
    const isNested = isMap(value) && !value.flow;
    const [from, to] = [range[0] + shift, range[1] + shift];
    if (!isBlock && !isNested) return text.slice(0, from) + written + text.slice(to);
    // What stands on lines of its own comes after the colon now.
    const begin = isNested ? colonAfter(text, key as ParsedNode, shift) : from;
    const end = from + text.slice(from, to).trimEnd().length;
    return `${text.slice(0, begin)}${isNested ? " " : ""}${written}${text.slice(end)}`;
  }
  const colon = colonAfter(text, key as ParsedNode, shift);
  return `${text.slice(0, colon)} ${written}${text.slice(colon)}`;
}

/** The place behind the colon of a key. */
function colonAfter(text: string, key: ParsedNode, shift: number): number {
  const end = (key.range as Range)[1] + shift;
  return text.indexOf(":", end) + 1;
}

/** A new first line of a map, as far in as its others. */
function inserted(text: string, map: YAMLMap.Parsed | undefined, line: string): string {
  const shift = text.startsWith(BOM) ? 1 : 0;
  const first = map && startOf(map);
  if (map?.flow) {
    const open = text.indexOf("{", (map.range as Range)[0] + shift) + 1;
    return `${text.slice(0, open)} ${line}${map.items.length > 0 ? "," : " "}${text.slice(open)}`;
  }
  const at = (first ?? 0) + shift;
  const begin = Math.max(text.lastIndexOf("\n", at - 1) + 1, shift);
  return `${text.slice(0, begin)}${text.slice(begin, at)}${line}${lineEnd(text)}${text.slice(begin)}`;
}

/** `config` itself is missing, or has nothing in it. */
function withConfig(text: string, document: Document.Parsed, key: string, value: string | object): string {
  const end = lineEnd(text);
  const root = document.contents;
  const pair = isMap(root) ? root.items.find((one) => nameOf(one) === "config") : undefined;
  const range = (pair?.value as ParsedNode | null | undefined)?.range as Range | undefined;
  const isText = typeof value === "string";
  // `config: {}` and `config: null` are written over.
  if (pair && range && range[1] > range[0])
    return replaced(text, pair, `{ ${key}: ${isText ? scalar(value, "PLAIN") : flow(value)} }`);
  const below = isText ? [` ${scalar(value, "PLAIN")}`] : isSecret(value) ? lines(value, `${end}    `) : [` ${flow(value)}`];
  const line = `  ${key}:${below.join("")}`;
  if (pair) {
    const rest = text.indexOf("\n", colonAfter(text, pair.key as ParsedNode, text.startsWith(BOM) ? 1 : 0));
    const at = rest < 0 ? text.length : rest + 1;
    return `${text.slice(0, at)}${rest < 0 ? end : ""}${line}${end}${text.slice(at)}`;
  }
  const gap = text === "" || text === BOM || text.endsWith("\n") ? "" : end;
  return `${text}${gap}config:${end}${line}${end}`;
}

/** Of its first key. */
const startOf = ({ items: [first] }: YAMLMap.Parsed) => (first?.key as ParsedNode | undefined)?.range?.[0] ?? 0;

const lineEnd = (text: string) => (/\r\n/.test(text) ? "\r\n" : "\n");

function parsed(text: string): Document.Parsed {
  const document = parseDocument(text.startsWith(BOM) ? text.slice(1) : text, { uniqueKeys: false, merge: true });
  if (document.errors.length > 0) throw new StackFileEditError("it is not one YAML document");
  return document;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever stands in the file.
const contentOf = (text: string): any => parsed(text).toJS({ maxAliasCount: 1000 }) ?? {};

function mapAt(root: ParsedNode | null, key: string): YAMLMap.Parsed | undefined {
  const value = isMap(root) ? root.items.find((one) => nameOf(one) === key)?.value : undefined;
  return isMap(value) && value.items.length > 0 ? (value as YAMLMap.Parsed) : undefined;
}

const nameOf = ({ key }: { key: unknown }) => (isScalar(key) ? String(key.value) : undefined);

/** Pulumi takes a key without namespace for the project's own, and knows an older form, `aoai:config:topology`. */
function inFull(key: string): string {
  const [namespace, ...name] = key.split(":");
  if (name.length === 0) return `${NAMESPACE}:${key}`;
  return name.length === 2 && name[0] === "config" ? `${namespace}:${name[1]}` : key;
}

const styleOf = ({ value }: Pair<unknown, unknown>) =>
  isScalar(value) && !isAlias(value) ? String((value as Scalar).type) : "PLAIN";

/** In the quotes that stood there; plain text that would be read as something else gets some. */
function scalar(value: string, style: string): string {
  if (style === "QUOTE_SINGLE") return `'${value.replaceAll("'", "''")}'`;
  return style === "QUOTE_DOUBLE" ||
    !/^[A-Za-z][\w+/=.-]*(:[\w+/=.-]+)*$/.test(value) ||
    /^(y|n|yes|no|on|off|true|false|null)$/i.test(value)
    ? JSON.stringify(value)
    : value;
}

const isSecret = (value: object): value is { secure: string } => Object.keys(value).join() === "secure";

/** JSON is YAML on one line. */
const flow = (value: object) => (isSecret(value) ? `{ secure: ${scalar(value.secure, "PLAIN")} }` : JSON.stringify(value));
