/**
 * What the parts of the compiler hand to each other.
 */
import type { Found } from "../members.ts";
import { CSharpError, type Node } from "../syntax.ts";
import { type Type, type } from "../types.ts";
import type { Value } from "../values.ts";

/** Named children without comments. */
export const inside = (node: Node): Node[] =>
  node.namedChildren.filter((child): child is Node => child !== null && child.type !== "comment");
export const field = (node: Node, name: string): Node => {
  const found = node.childForFieldName(name);
  if (!found) throw new CSharpError("incomplete code", node.startIndex);
  return found;
};
export const tokens = (node: Node): string[] =>
  node.children.filter((child): child is Node => child !== null && !child.isNamed).map((child) => child.type);

export interface Variable {
  readonly name: string;
  readonly type: Type;
  readonly js: string;
  /** Bit in the set of assigned variables. */
  readonly bit: bigint;
  readonly constant?: Value;
  readonly readonly?: string;
}
export interface Scope {
  readonly parent: Scope | undefined;
  readonly variables: Map<string, Variable>;
}
/** A checked expression and the JavaScript that computes it. */
export interface Code {
  readonly type: Type;
  readonly js: string;
  /** Present when the value is known when compiling. */
  readonly constant?: Value;
}
export interface Argument {
  readonly node: Node;
  readonly name?: string;
  /** Of a plain argument, already compiled. */
  readonly code?: Code;
  readonly lambda?: Node;
  readonly group?: Group;
  /** `default`, which takes the parameter's type. */
  readonly isDefault?: boolean;
  readonly out?: { readonly type?: Type; readonly variable?: Variable; readonly declares?: string; readonly node: Node };
}
/** A method named without being called. */
export interface Group {
  readonly receiver: Receiver;
  readonly name: string;
  readonly node: Node;
}
export type Receiver = { readonly kind: "type"; readonly type: Type } | { readonly kind: "value"; readonly code: Code };
export interface Choice {
  readonly found: Found;
  readonly bound: ReadonlyMap<string, Type>;
  readonly typeArguments: readonly Type[];
  /** Argument of each parameter; several for an expanded `params`. */
  readonly placed: readonly (Argument | Argument[] | undefined)[];
  readonly expanded: boolean;
  readonly costs: readonly number[];
}
export interface FunctionContext {
  /** Undefined while the type is being found out. */
  readonly returns: Type | undefined;
  readonly found: Type[];
  readonly isTop: boolean;
}
export interface Target {
  readonly kind: "loop" | "switch";
  breaks: bigint;
  continues: bigint;
}

/** Something that can be assigned: a variable, an element or a property. */
export interface Place {
  readonly type: Type;
  readonly variable?: Variable;
  /** What must run first: receiver and keys are computed once. */
  readonly before: readonly string[];
  get(): Code;
  set(value: string): string;
}

/** All variables count as assigned where no path leads. */
export const UNREACHABLE = -1n;
export const JTOKEN = type("JToken");
export const DATE = type("DateTime");
export const OFFSET = type("DateTimeOffset");
export const SPAN = type("TimeSpan");
export const EXCEPTION = type("Exception");
export const CONTEXT = type("IContext");
export const REPLY = type("IResponse");

/** Types that JToken casts to. */
export const TOKEN_CASTS = new Set([
  "string",
  "int",
  "long",
  "double",
  "decimal",
  "bool",
  "byte",
  "char",
  "Guid",
  "DateTime",
  "DateTimeOffset",
  "TimeSpan",
]);

export const childrenOf = (node: Node, name: string): Node[] =>
  node.childrenForFieldName(name).filter((child): child is Node => child?.isNamed === true && child.type !== "comment");
