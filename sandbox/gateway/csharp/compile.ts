/**
 * C# -> checked -> JavaScript. The source is parsed, every name, type, overload and assignment is checked as a C# compiler would,
 * and what comes out is one JavaScript function per expression, made of the functions in the member table. Nothing of the source's text
 * gets into that function except through JSON.stringify and generated names.
 */
import "./library/index.ts";
import { inside, UNREACHABLE } from "./compiler/code.ts";
import { Statements } from "./compiler/statements.ts";
import type { PolicyContext } from "./context.ts";
import { asException, runtime } from "./runtime.ts";
import { CSharpError, type Node, parse } from "./syntax.ts";
import { BOOL, DOUBLE, INT, OBJECT, STRING, type Type } from "./types.ts";
import { type Host, type Value, withHost } from "./values.ts";

export interface CompiledExpression {
  readonly source: string;
  readonly type: Type;
  /** Bodies that the code reads, so that the gateway buffers them first. */
  readonly reads: { readonly requestBody: boolean; readonly responseBody: boolean };
  /** Throws CsException for an exception of the code, also when the code takes too many steps. */
  evaluate(context: PolicyContext, host: Host): Value;
}

export type Expected = "bool" | "int" | "double" | "string" | "any";
const EXPECTED: Record<Expected, Type | undefined> = { bool: BOOL, int: INT, double: DOUBLE, string: STRING, any: undefined };

/**
 * Compiles one policy expression.
 * @param text     what stands between `@(` and `)`, or `@{` and `}`
 * @param expected the type that its place needs
 * @throws CSharpError with the offset in `text`: syntax, unknown names (with the nearest known one), types that do not fit
 */
export function compile(text: string, kind: "expression" | "block", expected: Expected = "any"): CompiledExpression {
  const before = kind === "expression" ? "class C { object M() { return " : "class C { object M() {";
  const after = kind === "expression" ? "\n; } }" : "\n} }";
  try {
    const tree = parse(before + text + after);
    try {
      return { source: text, ...program(bodyOf(tree.rootNode, kind), kind, EXPECTED[expected]) };
    } finally {
      tree.delete();
    }
  } catch (error) {
    if (!(error instanceof CSharpError)) throw error;
    let offset = Math.max(0, Math.min(error.offset - before.length, text.length));
    while (offset < text.length && /\s/.test(text.charAt(offset))) offset++;
    const atEnd = offset === text.length && /^(unexpected|an expression)/.test(error.message);
    throw new CSharpError(atEnd ? "unexpected end" : error.message, offset);
  }
}

/** The method's block; a source that closes it by itself is refused. */
function bodyOf(root: Node, kind: "expression" | "block"): Node {
  const [outer, ...others] = inside(root);
  const [method, ...more] = outer ? inside(outer.childForFieldName("body") ?? outer) : [];
  const block = method?.childForFieldName("body");
  if (!block || others.length > 0 || more.length > 0)
    throw new CSharpError("unexpected }", (others[0] ?? more[0] ?? root).startIndex);
  const statements = inside(block);
  if (kind === "expression") {
    if (statements.length > 1)
      throw new CSharpError("one expression expected; use @{ ... } for statements", (statements[1] as Node).startIndex - 1);
    if (statements[0]?.type !== "return_statement" || inside(statements[0]).length === 0)
      throw new CSharpError("expression expected", root.endIndex);
  }
  return block;
}

/** Compiles the statements and makes the function that runs them. */
function program(
  block: Node,
  kind: "expression" | "block",
  expected: Type | undefined,
): Pick<CompiledExpression, "type" | "reads" | "evaluate"> {
  const compiler = new Statements(expected);
  const body = compiler.blockOf(inside(block));
  if (compiler.assigned !== UNREACHABLE) {
    throw new CSharpError(
      kind === "block" && compiler.function.found.length === 0 ? "return expected" : "not all code paths return a value",
      block.endIndex - 1,
    );
  }
  const { found } = compiler.function;
  const result = compiler.function.returns ?? compiler.common(found) ?? OBJECT;
  const parameters = compiler.helpers.map((_, i) => `h${i}`).join(", ");
  const make = new Function("$", "h", `"use strict"; const [${parameters}] = h; return (ctx) => {${body}};`);
  const run: (context: PolicyContext) => Value = make(runtime, compiler.helpers);
  return {
    type: result,
    reads: compiler.reads,
    evaluate(context, host) {
      try {
        return withHost(host, () => run(context)) ?? null;
      } catch (error) {
        throw asException(error);
      }
    },
  };
}
