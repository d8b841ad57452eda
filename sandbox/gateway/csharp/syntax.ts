/**
 * C# source -> syntax tree, by tree-sitter, with one known wrong tree repaired.
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
  let text = source;
  for (;;) {
    const tree = parser.parse(text);
    if (!tree) throw new CSharpError("cannot be parsed", 0);
    if (tree.rootNode.hasError) {
      const at = find(tree.rootNode, (node) => node.isError || node.isMissing) ?? tree.rootNode;
      const message = at.isMissing ? `"${at.type}" expected` : `unexpected ${quote(at.text)}`;
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

const quote = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
