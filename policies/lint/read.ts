/**
 * Policy files of any origin -> trees in which every element, attribute and character of an expression knows its place in the file.
 *
 * Two spellings exist. Well-formed XML writes `&quot; &lt; &amp;` inside expressions (ARM's policy format "xml"); people write quotes, `<` and `&&`
 * as they are ("rawxml"). A file that is not well-formed is read the second way: expressions are escaped first, then parsed.
 */
import { parseXml, XmlCdata, XmlElement, XmlError, XmlText } from "@rgrove/parse-xml";

/** The file cannot be read as a policy. `line` and `column` count from 1. */
export class ReadError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, { line, column }: Place) {
    super(message);
    this.name = "ReadError";
    this.line = line;
    this.column = column;
  }
}

export interface Place {
  line: number;
  column: number;
}

/** Literal text, or code that stood between `@(` and `)` or `@{` and `}`; `start` is an index into the value's text. */
export type Part = { literal: string; start: number } | { code: string; kind: "expression" | "block"; start: number };

/** An attribute's value or an element's text, with entities decoded. */
export interface Value {
  text: string;
  parts: readonly Part[];
  /** Index of a `@(` or `@{` that is never closed. */
  unclosed?: number;
  /** Place in the file of a character of the text, as an offset. */
  at(index: number): number;
  /** Set where there is no code in it. */
  literal?: string;
}

export interface PolicyElement {
  name: string;
  /** Offset of `<`. */
  at: number;
  attributes: ReadonlyMap<string, { value: Value; at: number }>;
  children: readonly PolicyElement[];
  /** Pieces of text that are not blank. */
  texts: readonly Value[];
  parent?: PolicyElement;
}

export interface PolicyFile {
  root: PolicyElement;
  spelling: "xml" | "rawxml";
  source: string;
  place(offset: number): Place;
}

/** @throws ReadError with the place of the first thing that is not XML, not closed, or not a policy */
export function readPolicy(text: string): PolicyFile {
  const source = text.replace(/^\uFEFF/, "");
  const place = (offset: number): Place => {
    const before = source.slice(0, offset);
    return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
  };
  if (source.trim() === "") throw new ReadError("the file is empty", { line: 1, column: 1 });
  let written: Written = { xml: source, origin: undefined };
  let spelling: PolicyFile["spelling"] = "xml";
  let document = tryParse(source);
  if (document instanceof XmlError) {
    spelling = "rawxml";
    written = escapeExpressions(source, place);
    document = tryParse(written.xml);
    if (document instanceof XmlError) {
      const [message = ""] = document.message.split(/ \(line |\n/);
      throw new ReadError(message, place(written.origin?.[document.pos] ?? source.length));
    }
  }
  const root = document.root;
  if (!root) throw new ReadError("the file has no root element", { line: 1, column: 1 });
  if (root.name !== "policies" && root.name !== "fragment") {
    const message = `the root element is <${root.name}>; a policy has <policies>, a fragment <fragment>`;
    throw new ReadError(message, place(written.origin?.[root.start] ?? root.start));
  }
  return { root: elementOf(root, written), spelling, source, place };
}

interface Written {
  xml: string;
  /** Offset in the file of every character of `xml`; absent where they are the same. */
  origin: readonly number[] | undefined;
}

function tryParse(xml: string) {
  try {
    return parseXml(xml, { includeOffsets: true });
  } catch (error) {
    if (error instanceof XmlError) return error;
    throw error;
  }
}

function elementOf(element: XmlElement, written: Written, parent?: PolicyElement): PolicyElement {
  const { xml, origin } = written;
  const attributes = new Map<string, { value: Value; at: number }>();
  const attribute = /\s+([^\s=/>]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gy;
  attribute.lastIndex = element.start + 1 + element.name.length;
  for (let match = attribute.exec(xml); match; match = attribute.exec(xml)) {
    const [all, name = "", double, single] = match;
    const value = double ?? single ?? "";
    const start = match.index + all.length - 1 - value.length;
    const at = match.index + all.indexOf(name);
    attributes.set(name, { value: readValue(value, start, written), at: origin?.[at] ?? at });
  }
  const children: PolicyElement[] = [];
  const texts: Value[] = [];
  const at = origin?.[element.start] ?? element.start;
  const result: PolicyElement = { name: element.name, at, attributes, children, texts, parent };
  for (const child of element.children) {
    if (child instanceof XmlElement) children.push(elementOf(child, written, result));
    else if (child instanceof XmlText && child.text.trim() !== "") {
      const isCdata = child instanceof XmlCdata;
      const [start, end] = isCdata ? [child.start + 9, child.end - 3] : [child.start, child.end];
      texts.push(readValue(xml.slice(start, end), start, written, isCdata));
    }
  }
  return result;
}

const NAMED: Record<string, string> = { quot: '"', lt: "<", gt: ">", amp: "&", apos: "'" };
const ENTITY = /&(?:(quot|lt|gt|amp|apos)|#(\d+)|#x([0-9a-fA-F]+));/g;

/** Text with its entities decoded, and where each character stood. */
function decode(text: string): { text: string; at: (index: number) => number } {
  if (!text.includes("&")) return { text, at: (index) => index };
  const out: string[] = [];
  const at: number[] = [];
  let from = 0;
  const copy = (end: number) => {
    for (; from < end; from++) {
      out.push(text.charAt(from));
      at.push(from);
    }
  };
  for (const match of text.matchAll(ENTITY)) {
    copy(match.index);
    const [all, name, decimal, hex] = match;
    const character = name ? NAMED[name] : String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex ?? "0", 16));
    for (const unit of (character ?? "").split("")) {
      out.push(unit);
      at.push(from);
    }
    from += all.length;
  }
  copy(text.length);
  return { text: out.join(""), at: (index) => at[index] ?? text.length };
}

function readValue(raw: string, start: number, { origin }: Written, verbatim = false): Value {
  const { text, at } = verbatim ? { text: raw, at: (index: number) => index } : decode(raw);
  const parts: Part[] = [];
  let unclosed: number | undefined;
  let from = 0;
  for (let open = text.search(OPENING); open >= 0; ) {
    const end = endOfCode(text, open + 1);
    if (end < 0) {
      unclosed = open;
      break;
    }
    if (open > from) parts.push({ literal: text.slice(from, open), start: from });
    const kind = text[open + 1] === "(" ? "expression" : "block";
    parts.push({ code: text.slice(open + 2, end - 1), kind, start: open + 2 });
    from = end;
    const next = text.slice(from).search(OPENING);
    open = next < 0 ? -1 : from + next;
  }
  if (from < text.length) parts.push({ literal: text.slice(from), start: from });
  const literal = parts.every((part) => "literal" in part) ? text : undefined;
  return { text, parts, unclosed, literal, at: (index) => origin?.[start + at(index)] ?? start + at(index) };
}

const OPENING = /@[({]/;

/** Characters of C# that matter for finding its end. Interpolated strings are handled by hand: they hold code. */
const SKIPPED = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.[^'\n]*)'/y;

/** Index after the bracket that closes the one at `open`; -1 when nothing does. */
export function endOfCode(text: string, open: number): number {
  const closing = text[open] === "(" ? ")" : "}";
  let depth = 0;
  for (let at = open; at < text.length; ) {
    const interpolated = /^(?:\$@|@\$|\$)"/.exec(text.slice(at, at + 3));
    if (interpolated) {
      at = endOfInterpolated(text, at + interpolated[0].length, interpolated[0].includes("@"));
      if (at < 0) return -1;
      continue;
    }
    SKIPPED.lastIndex = at;
    const skipped = SKIPPED.exec(text);
    if (skipped) {
      at += skipped[0].length;
      continue;
    }
    const c = text[at++];
    if (c === text[open]) depth++;
    else if (c === closing && --depth === 0) return at;
  }
  return -1;
}

function endOfInterpolated(text: string, from: number, verbatim: boolean): number {
  for (let at = from; at < text.length; ) {
    const two = text.slice(at, at + 2);
    if (two === "{{" || (verbatim ? two === '""' : two[0] === "\\")) at += 2;
    else if (two[0] === '"') return at + 1;
    else if (two[0] === "{") {
      at = endOfCode(text, at);
      if (at < 0) return -1;
    } else at++;
  }
  return -1;
}

const ESCAPES: Record<string, string> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "'": "&apos;" };

/** Makes well-formed what is written as "rawxml": escapes everything between `@(` or `@{` and its closing bracket. */
function escapeExpressions(source: string, place: (offset: number) => Place): Written {
  const decoded = decode(source);
  /** Index into the decoded text of every offset in the file. */
  const decodedIndex = new Map<number, number>();
  for (let i = 0; i < decoded.text.length; i++) if (!decodedIndex.has(decoded.at(i))) decodedIndex.set(decoded.at(i), i);
  const out: string[] = [];
  const origin: number[] = [];
  let at = 0;
  const push = (text: string, from: number) => {
    out.push(text);
    for (let i = 0; i < text.length; i++) origin.push(from);
  };
  const copyTo = (end: number) => {
    for (; at < end; at++) push(source.charAt(at), at);
  };
  const copyThrough = (mark: string) => {
    const end = source.indexOf(mark, at);
    copyTo(end < 0 ? source.length : end + mark.length);
  };
  const atExpression = () => source[at] === "@" && (source[at + 1] === "(" || source[at + 1] === "{");
  const expression = () => {
    const open = decodedIndex.get(at + 1) ?? 0;
    const end = endOfCode(decoded.text, open);
    if (end < 0) throw new ReadError(`the expression that begins with "${source.slice(at, at + 20)}" is never closed`, place(at));
    const until = decoded.at(end);
    push("@", at);
    for (let i = open; i < end; i++) {
      const character = decoded.text.charAt(i);
      push(ESCAPES[character] ?? character, decoded.at(i));
    }
    at = until;
  };
  while (at < source.length) {
    if (source.startsWith("<!--", at)) copyThrough("-->");
    else if (source.startsWith("<![CDATA[", at)) copyThrough("]]>");
    else if (source.startsWith("<?", at)) copyThrough("?>");
    else if (source[at] === "<") {
      while (at < source.length && source[at] !== ">") {
        const quote = source[at];
        copyTo(at + 1);
        if (quote !== '"' && quote !== "'") continue;
        while (at < source.length && source[at] !== quote) atExpression() ? expression() : copyTo(at + 1);
        copyTo(at + 1);
      }
      copyTo(at + 1);
    } else if (atExpression()) expression();
    else copyTo(at + 1);
  }
  return { xml: out.join(""), origin };
}
