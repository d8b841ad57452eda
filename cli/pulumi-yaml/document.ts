/**
 * A YAML document as Pulumi reads it: the syntax is the `yaml` library's, what scalars, keys, merges and aliases mean is gopkg.in/yaml.v3's.
 * Stricter than Pulumi where readers differ or a slip is likely: more than one document, a key that stands twice once it is text, flow collections
 * that are indented less than their key.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { printable } from "../../stacks/printable.ts";
import { readScalar, ScalarError, shortTag, type Scalar as Value } from "./scalars.ts";

/** A document that Pulumi would refuse, or that two readers would take for two things. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
  /** The whole sentence about a file of this name. */
  readonly about: (file: string) => string;

  /** @param line  from 1 */
  constructor(line: number, message: string, about = (file: string) => `${file}, line ${line}: ${message}.`) {
    super(message);
    this.about = about;
  }
}

export interface ScalarTree extends Value {
  /** As it stands in the file. */
  written: string;
  plain: boolean;
}
export interface ListTree {
  kind: "list";
  items: readonly Tree[];
}
export interface MapTree {
  kind: "map";
  entries: ReadonlyMap<string, { key: ScalarTree; value: Tree }>;
}
export type Tree = ScalarTree | ListTree | MapTree;

/** @throws DocumentError; RangeError for what is nested too deep */
export function readDocument(text: string): Tree {
  // A line break of old Macs is one to Pulumi.
  const source = text.replace(/\r\n?/g, "\n");
  refuseCharacters(source);
  refuseTabs(source);
  const lines = new LineCounter();
  const document = parseDocument(source, {
    schema: "failsafe",
    resolveKnownTags: false,
    // The library compares each key with all before it: a minute for a file that is read.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
    lineCounter: lines,
  });
  const [fault] = document.errors;
  const lineOf = (position: number) => lines.linePos(position).line;
  if (fault) {
    const line = lineOf(fault.pos[0]);
    const message = fault.message.replace(/\s+/g, " ");
    throw new DocumentError(line, message, (file) =>
      fault.code === "MULTIPLE_DOCS"
        ? `${file} has more than one YAML document, divided by "---": leave one. (The second begins at line ${line}.)`
        : `${file} is not YAML: ${message} (line ${line}).`,
    );
  }
  const { version, explicit } = { explicit: false, ...document.directives?.yaml };
  if (explicit && version !== "1.1")
    throw new DocumentError(1, `%YAML ${version} is not what Pulumi reads, which is 1.1: leave this line out`);
  return new Reader(document, source, lineOf).read();
}

/** What YAML forbids, and what ends a line for Pulumi and not for people. */
function refuseCharacters(source: string): void {
  const found = /[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|[\u2028\u2029\ufeff]/u.exec(source);
  if (!found) return;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).padStart(4, "0");
  const what = UNSEEN[code] ?? "which YAML does not allow";
  throw new DocumentError(
    lineAt(source, found.index),
    `the character U+${code.toUpperCase()} stands here, ${what}: leave it out, or write "\\u${code}" in double quotes`,
  );
}

/** What YAML allows, and people do not see. */
const UNSEEN: Record<string, string> = {
  ...Object.fromEntries(["0085", "2028", "2029"].map((code) => [code, "which ends a line for Pulumi"])),
  feff: "which is text to Pulumi where the file does not begin with it",
};

const short = (text: string) => printable(text, 80);

const lineAt = (source: string, position: number) => source.slice(0, position).split("\n").length;

/** The lexer's own: the beginning of a document, the end of a flow, a scalar that follows. */
const MARKS = ["\x02", "\x18", "\x1f", "\ufeff"];

/** Tabs that Pulumi does not take for blanks: those that indent a line, and those after a dash. */
function refuseTabs(source: string): void {
  if (!source.includes("\t")) return;
  let line = 1;
  let indents = true;
  for (const token of new Lexer().lex(source)) {
    if (/^[ \t]+$/.test(token)) {
      if (indents && token.includes("\t")) throw new DocumentError(line, "it is indented with a tab: use blanks");
      continue;
    }
    line += token.split("\n").length - 1;
    if (MARKS.includes(token)) continue;
    indents = token.endsWith("\n") || token === "-" || token === "?";
  }
}

/** Its limits on what aliases may make of a document (yaml.v3, decode.go): of so many steps, so great a part inside aliases. */
function mostAliased(steps: number): number {
  if (steps <= 400_000) return 0.99;
  return steps >= 4_000_000 ? 0.1 : 0.99 - (0.89 * (steps - 400_000)) / 3_600_000;
}

/** A key as text; one that is nothing is left out. */
const asText = ({ kind, written, plain, key }: ScalarTree) => (kind === "null" ? undefined : plain ? written : key);

class Reader {
  readonly #document: Document.Parsed;
  readonly #source: string;
  readonly #lineOf: (position: number) => number;
  readonly #meant = new Map<Alias, Node>();
  readonly #open = new Set<Node>();
  #steps = 0;
  #aliased = 0;
  #inAlias = 0;
  #inFlow = 0;

  constructor(document: Document.Parsed, source: string, lineOf: (position: number) => number) {
    this.#document = document;
    this.#source = source;
    this.#lineOf = lineOf;
  }

  read(): Tree {
    this.#resolveAliases();
    return this.#tree(this.#document.contents);
  }

  /** An alias means the anchor of that name that was the last before it. */
  #resolveAliases(): void {
    const anchors = new Map<string, Node>();
    visit(this.#document, {
      Node: (_, node) => {
        if (!isAlias(node)) {
          if (node.anchor && !/^[\w-]+$/.test(node.anchor))
            throw this.#error(node, `&${short(node.anchor)} is no anchor to Pulumi: letters, digits, "_" and "-" make one`);
          if (node.anchor) anchors.set(node.anchor, node);
          return;
        }
        const meant = anchors.get(node.source);
        if (!meant)
          throw this.#error(node, `*${short(node.source)} refers to nothing: no &${short(node.source)} stands before it`);
        this.#meant.set(node, meant);
      },
    });
  }

  #error(node: Node | null | undefined, message: string): DocumentError {
    return new DocumentError(this.#lineOf(node?.range?.[0] ?? 0), message);
  }

  #tree(node: Node | null | undefined): Tree {
    this.#steps++;
    if (this.#inAlias > 0) this.#aliased++;
    if (this.#aliased > 100 && this.#steps > 1000 && this.#aliased / this.#steps > mostAliased(this.#steps))
      throw this.#error(node, "aliases repeat it so often that Pulumi refuses the file: write out what you need");
    if (isAlias(node)) return this.#through(node);
    if (isMap(node)) return this.#map(node);
    if (isSeq(node)) return this.#list(node);
    return this.#scalar(isScalar(node) ? node : undefined);
  }

  #through(alias: Alias): Tree {
    const meant = this.#meant.get(alias);
    if (!meant) return this.#scalar(undefined);
    if (this.#open.has(meant)) throw this.#error(alias, `*${short(alias.source)} is part of what it refers to: it has no end`);
    this.#inAlias++;
    const tree = this.#tree(meant);
    this.#inAlias--;
    return tree;
  }

  #list(node: YAMLSeq): ListTree {
    this.#enter(node);
    const items = node.items.map((item) => this.#tree(item as Node | null));
    this.#leave(node);
    return { kind: "list", items };
  }

  #enter(node: YAMLMap | YAMLSeq): void {
    this.#open.add(node);
    if (node.flow) this.#inFlow++;
  }

  #leave(node: YAMLMap | YAMLSeq): void {
    this.#open.delete(node);
    if (node.flow) this.#inFlow--;
  }

  #map(node: YAMLMap): MapTree {
    this.#enter(node);
    const entries = new Map<string, { key: ScalarTree; value: Tree }>();
    const merged: Pair[] = [];
    for (const pair of node.items as Pair[]) {
      const name = pair.key as Node | null;
      const key = this.#tree(name);
      if (key.kind === "list" || key.kind === "map") throw this.#error(name, `a ${key.kind} is a key here: keys are text`);
      if (key.key === "<<" && merged.push(pair) === 1) continue;
      if (key.key === "<<" || entries.has(key.key)) {
        throw this.#error(name, `${short(JSON.stringify(key.key))} stands twice in one map. Leave one out`);
      }
      entries.set(key.key, { key, value: this.#tree(pair.value as Node | null) });
    }
    // A map whose own keys are text makes text of others' too, as it stands in the file.
    const keyOf = [...entries.values()].every(({ key }) => key.kind === "text") ? asText : ({ key }: ScalarTree) => key;
    // What the map says itself goes before what it takes from others, and of these the first.
    for (const entry of merged.flatMap((pair) => this.#merged(pair)).flatMap((map) => [...map.entries.values()])) {
      const key = keyOf(entry.key);
      if (key !== undefined && !entries.has(key)) entries.set(key, entry);
    }
    this.#leave(node);
    return { kind: "map", entries };
  }

  #merged({ key, value }: Pair): MapTree[] {
    const tree = this.#tree(value as Node | null);
    const maps = tree.kind === "list" ? tree.items : [tree];
    return maps.map((map) => {
      if (map.kind !== "map") throw this.#error(key as Node, '"<<" takes in a map, or a list of maps, and this is neither');
      return map;
    });
  }

  #scalar(node: Scalar | undefined): ScalarTree {
    const value = node ? String(node.value ?? "") : "";
    const raw = node?.range ? this.#source.slice(node.range[0], node.range[1]) : "";
    if (node?.tag === "tag:yaml.org,2002:") throw this.#error(node, "!! alone is no tag: leave it out");
    const plain = node === undefined || node.type === "PLAIN" || node.type === undefined;
    if (node?.type === "QUOTE_DOUBLE") this.#refuseEscapes(node, raw);
    if (plain && this.#inFlow > 0 && /^[:?]./.test(value))
      throw this.#error(node, `${short(value)} begins with "${value[0]}" inside brackets: quote it`);
    try {
      return { ...readScalar(value, shortTag(node?.tag ?? ""), plain), written: plain ? value : raw, plain };
    } catch (error) {
      if (!(error instanceof ScalarError)) throw error;
      throw this.#error(node, `${short(JSON.stringify(value))} ${error.message}`);
    }
  }

  /** YAML 1.2 has one more than 1.1, for JSON; halves of characters are none in either. */
  #refuseEscapes(node: Scalar, raw: string): void {
    const found = raw.match(/\\(?:[^u]|u[0-9a-fA-F]{4})/g)?.find((one) => one === "\\/" || /^\\ud[89a-f]/i.test(one));
    if (found) throw this.#error(node, `Pulumi does not know the escape ${found}: write the character itself`);
  }
}
