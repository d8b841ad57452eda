/**
 * Where a C# expression ends that begins with `@(` or `@{` inside other text.
 */

/** One character at an index, and the index after it: lets the same lexer walk plain and entity-escaped text. */
export type ReadCharacter = (index: number) => readonly [character: string, next: number];

export const plain =
  (source: string): ReadCharacter =>
  (index) => [source[index] ?? "", index + 1];

const ENTITY = /&(?:quot|lt|gt|amp|apos|#\d+|#x[0-9a-fA-F]+);/y;
const NAMED: Record<string, string> = { "&quot;": '"', "&lt;": "<", "&gt;": ">", "&amp;": "&", "&apos;": "'" };

/** Length of the XML entity at the index; 0 when there is none. */
export function entityAt(source: string, index: number): number {
  if (source[index] !== "&") return 0;
  ENTITY.lastIndex = index;
  return ENTITY.exec(source)?.[0].length ?? 0;
}

export const escaped =
  (source: string): ReadCharacter =>
  (index) => {
    const length = entityAt(source, index);
    if (length === 0) return [source[index] ?? "", index + 1];
    const entity = source.slice(index, index + length);
    const code = entity.startsWith("&#x") ? Number.parseInt(entity.slice(3), 16) : Number.parseInt(entity.slice(2), 10);
    return [NAMED[entity] ?? String.fromCodePoint(code), index + length];
  };

/**
 * Index after the bracket that closes the one at `open`; -1 when it is never closed.
 * Knows strings (verbatim and interpolated, with code in their holes), characters and comments.
 */
export function endOfCode(read: ReadCharacter, open: number): number {
  const [bracket, first] = read(open);
  return endOfBrackets(read, first, bracket, bracket === "(" ? ")" : "}");
}

function endOfBrackets(read: ReadCharacter, from: number, open: string, close: string): number {
  let at = from;
  for (let depth = 1; ; ) {
    const [c, next] = read(at);
    if (c === "") return -1;
    const string = stringStart(read, at);
    if (string) {
      at = endOfString(read, string);
      if (at < 0) return -1;
      continue;
    }
    if (c === "'") {
      at = endOfCharacter(read, next);
      if (at < 0) return -1;
      continue;
    }
    if (c === "/") {
      const [second, after] = read(next);
      if (second === "/") {
        at = after;
        for (let [d, n] = read(at); d !== "\n" && d !== ""; [d, n] = read(at)) at = n;
        continue;
      }
      if (second === "*") {
        at = after;
        for (;;) {
          const [d, n] = read(at);
          if (d === "") return -1;
          at = n;
          const [e, m] = read(at);
          if (d === "*" && e === "/") {
            at = m;
            break;
          }
        }
        continue;
      }
    }
    at = next;
    if (c === open) depth++;
    else if (c === close && --depth === 0) return at;
  }
}

interface StringStart {
  /** Index after the opening quote. */
  body: number;
  verbatim: boolean;
  interpolated: boolean;
}

function stringStart(read: ReadCharacter, index: number): StringStart | undefined {
  let at = index;
  let verbatim = false;
  let interpolated = false;
  for (let i = 0; i < 3; i++) {
    const [c, next] = read(at);
    if (c === '"') return { body: next, verbatim, interpolated };
    if (c === "@" && !verbatim) verbatim = true;
    else if (c === "$" && !interpolated) interpolated = true;
    else return undefined;
    at = next;
  }
  return undefined;
}

function endOfString(read: ReadCharacter, { body, verbatim, interpolated }: StringStart): number {
  let at = body;
  for (;;) {
    const [c, next] = read(at);
    if (c === "") return -1;
    at = next;
    if (c === '"') {
      const [d, after] = read(at);
      if (!verbatim || d !== '"') return at;
      at = after;
    } else if (c === "\\" && !verbatim) {
      at = read(at)[1];
    } else if (c === "{" && interpolated) {
      const [d, after] = read(at);
      if (d === "{") at = after;
      else {
        at = endOfBrackets(read, at, "{", "}");
        if (at < 0) return -1;
      }
    }
  }
}

function endOfCharacter(read: ReadCharacter, from: number): number {
  let at = from;
  for (;;) {
    const [c, next] = read(at);
    if (c === "" || c === "\n") return -1;
    at = next;
    if (c === "'") return at;
    if (c === "\\") at = read(at)[1];
  }
}

/** A piece of an attribute or text: literal text, or code that stood between `@(` and `)` or `@{` and `}`. */
export type Part = { literal: string } | { code: string; kind: "expression" | "block"; offset: number };

/** Splits decoded text. `unclosed` is the offset of a `@(` that is never closed. */
export function split(text: string): { parts: Part[]; unclosed?: number } {
  const parts: Part[] = [];
  const read = plain(text);
  let literal = 0;
  for (let at = 0; ; ) {
    const open = text.slice(at).search(/@[({]/);
    if (open < 0) break;
    const start = at + open;
    const end = endOfCode(read, start + 1);
    if (end < 0) return { parts, unclosed: start };
    if (start > literal) parts.push({ literal: text.slice(literal, start) });
    parts.push({
      code: text.slice(start + 2, end - 1),
      kind: text[start + 1] === "(" ? "expression" : "block",
      offset: start + 2,
    });
    at = end;
    literal = end;
  }
  if (literal < text.length) parts.push({ literal: text.slice(literal) });
  return { parts };
}
