/**
 * C# source -> syntax tree, by tree-sitter, with its known wrong trees repaired.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, type Node, Parser, type Tree } from "web-tree-sitter";

await Parser.init();
const grammar = createRequire(import.meta.url).resolve("tree-sitter-c-sharp/tree-sitter-c_sharp.wasm");
const parser = new Parser();
parser.setLanguage(await Language.load(readFileSync(grammar)));

export type { Node };

/** A fault in C# source: `offset` counts characters from the start of the source that was given. */
export class CSharpError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = "CSharpError";
    this.offset = offset;
  }
}

/** The tree of a compilation unit; the caller deletes it. Throws CSharpError at the first place that is not C#. */
export function parse(source: string): Tree {
  let text = mark(source);
  for (;;) {
    const tree = parser.parse(text);
    if (!tree) throw new CSharpError("cannot be parsed", 0);
    if (tree.rootNode.hasError) {
      const isGap = (node: Node) =>
        node.isMissing || (node.childCount === 0 && node.startIndex === node.endIndex && node.hasError);
      const at = find(tree.rootNode, (node) => node.isError || isGap(node)) ?? tree.rootNode;
      const expected = at.isNamed || at.type.startsWith("_") ? "an expression or name is" : `"${at.type}"`;
      const message = isGap(at) ? `${expected} expected` : `unexpected ${quote(at.text)}`;
      const offset = at.startIndex;
      tree.delete();
      throw new CSharpError(message, offset);
    }
    // `(a) + b` comes out as a cast of `+b`. Blanking the two brackets keeps all offsets.
    const cast = find(tree.rootNode, isFalseCast);
    if (!cast) return tree;
    const open = cast.firstChild?.startIndex ?? 0;
    const close = cast.children.find((child) => child?.type === ")")?.startIndex ?? 0;
    text = `${text.slice(0, open)} ${text.slice(open + 1, close)} ${text.slice(close + 1)}`;
    tree.delete();
  }
}

const KEYWORD = /^(bool|s?byte|char|decimal|double|float|u?int|u?long|u?short|object|string)\b/;

function isFalseCast(node: Node): boolean {
  if (node.type !== "cast_expression") return false;
  const type = node.childForFieldName("type");
  const value = node.childForFieldName("value");
  return (
    type !== null &&
    value !== null &&
    /^(identifier|qualified_name|array_type)$/.test(type.type) &&
    !KEYWORD.test(type.text) &&
    /^[-+&*]/.test(value.text)
  );
}

function find(node: Node, wanted: (node: Node) => boolean): Node | undefined {
  if (wanted(node)) return node;
  for (const child of node.children) {
    const found = child && find(child, wanted);
    if (found) return found;
  }
  return undefined;
}

/** Stand for `{{` and `}}` in interpolated strings, which the grammar takes wrongly next to a single brace. */
export const OPEN_BRACES = "\uE000\uE000";
export const CLOSE_BRACES = "\uE001\uE001";

/**
 * Letters that stand for the signs in the type arguments of a generic call, so that `.As<JObject>(` reaches the grammar as one name:
 * behind a cast it would take the brackets for comparisons.
 */
const SIGNS = "<>,.?[] \t\n\r";
const LETTERS = "\u02B0\u02B1\u02B2\u02B3\u02B4\u02B5\u02B6\u02B7\u02B8\u02C0\u02C1";
/** The C# text of a name that may hold such letters. */
export const unmarked = (text: string) => text.replace(/[\u02B0-\u02C1]/g, (c) => SIGNS[LETTERS.indexOf(c)] ?? c);
/** Length of `<T, U<V>>` at the start of a text when a call follows; 0 when it is something else. */
function typeArguments(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "<") depth++;
    else if (text[i] === ">" && --depth === 0) return /^\s*\(/.test(text.slice(i + 1)) ? i + 1 : 0;
    else if (!/[\w\s.,?[\]>]/.test(text.charAt(i))) return 0;
  }
  return 0;
}

/** Replaces what the grammar reads wrongly by marks of the same length, so that every offset stays. */
function mark(source: string): string {
  const out = source.split("");
  let at = 0;
  const skipString = () => {
    for (at++; at < source.length && source[at] !== '"' && source[at] !== "\n"; at++) if (source[at] === "\\") at++;
    at++;
  };
  const skipVerbatim = () => {
    for (at++; at < source.length; at++) {
      if (source[at] !== '"') continue;
      if (source[at + 1] !== '"') break;
      at++;
    }
    at++;
  };
  const interpolated = (verbatim: boolean) => {
    for (at++; at < source.length; at++) {
      const [c, next] = [source[at], source[at + 1]];
      if (!verbatim && c === "\\") at++;
      else if (c === '"' && verbatim && next === '"') at++;
      else if (c === '"') break;
      else if ((c === "{" || c === "}") && next === c) {
        out[at] = out[at + 1] = c === "{" ? OPEN_BRACES.charAt(0) : CLOSE_BRACES.charAt(0);
        at++;
      } else if (c === "{") {
        at++;
        code(true);
      }
    }
    at++;
  };
  /** Code, up to the brace that closes a hole. */
  const code = (inHole: boolean) => {
    let depth = 0;
    while (at < source.length) {
      const rest = source.slice(at, at + 3);
      const comment = /^(?:\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest.startsWith("/") ? source.slice(at) : "");
      if (comment) at += comment[0].length;
      else if (/^(\$@|@\$)"/.test(rest)) {
        at += 2;
        interpolated(true);
      } else if (rest.startsWith('$"')) {
        at += 1;
        interpolated(false);
      } else if (rest.startsWith('@"')) {
        at += 1;
        skipVerbatim();
      } else if (rest.startsWith('"')) skipString();
      else if (rest.startsWith("'")) at += /^'(?:\\.[^']*|[^'])'/.exec(source.slice(at, at + 12))?.[0].length ?? 1;
      else if (inHole && depth === 0 && rest.startsWith("}")) return;
      else {
        const before = source.slice(0, at);
        // The grammar lets ?. and ?[ bind weaker than operators; its postfix ! binds as they should.
        if (/^\?\.\D/.test(rest) || (/^\?\[\s*[^\],\s]/.test(source.slice(at)) && !/\bnew\s+[\w.]+$/.test(before))) out[at] = "!";
        else if (/^![.[]/.test(rest) && /[\w)\]"]\s*$/.test(before))
          throw new CSharpError("!: API Management takes C# 7, this is newer", at);
        const generic = rest.startsWith("<") && /\.\s*\w+$/.test(before) ? typeArguments(source.slice(at)) : 0;
        for (let i = at; i < at + generic; i++) out[i] = LETTERS[SIGNS.indexOf(source.charAt(i))] ?? source.charAt(i);
        if (generic > 0) {
          at += generic;
          continue;
        }
        if (/^[{([]/.test(rest)) depth++;
        else if (/^[})\]]/.test(rest)) depth--;
        at++;
      }
    }
  };
  code(false);
  return out.join("");
}

const quote = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
