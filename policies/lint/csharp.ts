/**
 * C# of policy expressions as light trees, for rules to look at. Syntax only: whether it compiles is for a compiler to say.
 * Parsed by tree-sitter's C# grammar, whose known wrong trees are repaired: `(a) + b` comes out of it as a cast of `+b`.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser, type Node as TreeNode } from "web-tree-sitter";

await Parser.init();
const grammar = createRequire(import.meta.url).resolve("tree-sitter-c-sharp/tree-sitter-c_sharp.wasm");
const parser = new Parser();
parser.setLanguage(await Language.load(readFileSync(grammar)));

export interface Syntax {
  type: string;
  text: string;
  /** Index into the code. */
  start: number;
  end: number;
  /** Named and unnamed. */
  children: readonly Syntax[];
  /** The part of its parent that it is. */
  field?: string;
  parent?: Syntax;
}

export interface Code {
  text: string;
  /** What was parsed, without what was put around it. */
  root: Syntax;
  /** First place that is not C#. */
  fault?: { start: number; message: string };
}

const AROUND = { expression: ["var it = (", "\n);"], block: ["object it() {", "\n}"] } as const;
const parsed = new Map<string, Code>();

/** @param kind "expression" stood in `@(...)`, "block" in `@{...}` */
export function parseCode(code: string, kind: "expression" | "block"): Code {
  const key = `${kind} ${code}`;
  let found = parsed.get(key);
  if (!found) {
    found = parseAnew(code, kind);
    parsed.set(key, found);
  }
  return found;
}

function parseAnew(code: string, kind: "expression" | "block"): Code {
  const [before, after] = AROUND[kind];
  let source = `${before}${readable(code)}${after}`;
  for (;;) {
    const tree = parser.parse(source);
    if (!tree) throw new Error("the C# grammar gave no tree");
    const cast = tree.rootNode.descendantsOfType("cast_expression").find((node) => node !== null && isFalseCast(node));
    if (!cast) {
      const root = convert(tree.rootNode, code, before.length);
      const fault = tree.rootNode.hasError ? faultOf(tree.rootNode, code, before.length) : undefined;
      tree.delete();
      return { text: code, root, fault };
    }
    // Blanking the two brackets keeps all offsets.
    const open = cast.startIndex;
    const close = cast.children.find((child) => child?.type === ")")?.startIndex ?? open;
    source = `${source.slice(0, open)} ${source.slice(open + 1, close)} ${source.slice(close + 1)}`;
    tree.delete();
  }
}

/** Same length; hides what the grammar takes wrongly: named values, `{{` in interpolated strings, the `?` of `(int?)`, of `a?.b` and of `a?[b]`. */
function readable(code: string): string {
  return code
    .replace(/\{\{[\w.-]+\}\}/g, (all) => "N".repeat(all.length))
    .replace(/\$"(?:[^"\\\n]|\\.)*"/g, (all) => all.replace(/\{\{|\}\}/g, "  "))
    .replace(/\?(?=\s*(?:\.(?!\d)|\[))/g, " ")
    .replace(/\b(\w+)\?(?=\s*\))/g, "$1_");
}

const KEYWORD = /^(bool|s?byte|char|decimal|double|float|u?int|u?long|u?short|object|string)\b/;

function isFalseCast(node: TreeNode): boolean {
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

function convert(root: TreeNode, code: string, shift: number): Syntax {
  const cursor = root.walk();
  const visit = (parent: Syntax | undefined): Syntax => {
    const start = cursor.startIndex - shift;
    const end = cursor.endIndex - shift;
    const children: Syntax[] = [];
    const node: Syntax = {
      type: cursor.nodeType,
      text: code.slice(Math.max(0, start), Math.max(0, end)),
      start,
      end,
      children,
      field: cursor.currentFieldName ?? undefined,
      parent,
    };
    if (cursor.gotoFirstChild()) {
      do children.push(visit(node));
      while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
    return node;
  };
  const result = visit(undefined);
  cursor.delete();
  return result;
}

function faultOf(root: TreeNode, code: string, shift: number): NonNullable<Code["fault"]> {
  let found: TreeNode | undefined;
  const visit = (node: TreeNode): void => {
    if (found) return;
    if (node.isError || node.isMissing) found = node;
    else if (node.hasError) for (const child of node.children) if (child) visit(child);
  };
  visit(root);
  const start = Math.min(Math.max(0, (found?.startIndex ?? shift) - shift), code.length);
  if (found?.isMissing) return { start, message: `"${found.type}" is missing` };
  const text = (found?.text ?? "").trim();
  return { start, message: text ? `"${text.length > 30 ? `${text.slice(0, 30)}...` : text}" does not fit` : "not C#" };
}

/** Every node of the tree, parents first. */
export function* nodesOf(node: Syntax): Generator<Syntax> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}

export const part = (node: Syntax, field: string): Syntax | undefined => node.children.find((child) => child.field === field);

export function ancestor(node: Syntax, wanted: (node: Syntax) => boolean): Syntax | undefined {
  for (let at = node.parent; at; at = at.parent) if (wanted(at)) return at;
  return undefined;
}

/** Without brackets around it. */
export function bare(node: Syntax): Syntax {
  const inner =
    node.type === "parenthesized_expression" ? node.children.find(({ type }) => type !== "(" && type !== ")") : undefined;
  return inner ? bare(inner) : node;
}

/** `context.Response.StatusCode`, for member accesses with or without `?.`; other nodes as they stand, without space. */
export const pathOf = (node: Syntax): string => node.text.replace(/\?(?=[.[])/g, "").replace(/\s+/g, "");

/** The text of a string literal; undefined for anything else. */
export function stringOf(node: Syntax | undefined): string | undefined {
  if (!node) return undefined;
  if (node.type === "verbatim_string_literal") return node.text.slice(2, -1).replaceAll('""', '"');
  if (node.type !== "string_literal") return undefined;
  return node.text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => ({ n: "\n", r: "\r", t: "\t", "0": "\0" })[c] ?? c);
}

export const argumentsOf = (node: Syntax): Syntax[] =>
  (part(node, "arguments") ?? part(node, "subscript"))?.children.filter(({ type }) => type === "argument") ?? [];

/** Of an argument: what is passed, without `name:`. */
export const passed = (argument: Syntax | undefined): Syntax | undefined => argument?.children.at(-1);

export interface VariableRead {
  name: string;
  /** `T` of `GetValueOrDefault<T>`, or of the cast or `as` around it; without `?`. */
  type?: string;
  nullable?: boolean;
  hasDefault: boolean;
  node: Syntax;
}

/** `context.Variables["x"]` and `context.Variables.GetValueOrDefault<T>("x", ...)`. */
export function variableRead(node: Syntax): VariableRead | undefined {
  if (node.type === "element_access_expression") {
    const of = part(node, "expression");
    const name = stringOf(passed(argumentsOf(node)[0]));
    if (!of || pathOf(of) !== "context.Variables" || name === undefined) return undefined;
    return { name, hasDefault: false, node, ...typeAround(node) };
  }
  if (node.type !== "invocation_expression") return undefined;
  const called = part(node, "function");
  const path = called && /^context\.Variables\.GetValueOrDefault(?:<(.+)>)?$/.exec(pathOf(called));
  const [first, second] = argumentsOf(node);
  const name = stringOf(passed(first));
  if (!path || name === undefined) return undefined;
  const type = path[1] ? { type: path[1].replace(/\?$/, ""), nullable: path[1].endsWith("?") } : typeAround(node);
  return { name, hasDefault: true, node: second ?? node, ...type, ...(second ? {} : { node }) };
}

function typeAround(node: Syntax): { type?: string; nullable?: boolean } {
  let at = node;
  while (at.parent?.type === "parenthesized_expression") at = at.parent;
  const around = at.parent;
  if (around?.type === "cast_expression" && at.field === "value") return named(part(around, "type")?.text);
  return {};
}
const named = (type = "") => ({ type: type.replace(/\?$/, "").trim(), nullable: type.endsWith("?") });
