/**
 * Policy variables with a type. An untyped `set-variable value="1"` stores text, and a later cast to int throws; the best known public
 * load balancing policy had this bug four times. Here every value is written as an expression of the variable's type, and read with its cast.
 */

import type { NamedValue } from "./element.ts";
import { setVariable } from "./elements/set-variable.ts";
import { type Code, type CsType, call, cast, type Expression, literal, type Value } from "./expression.ts";

/** Types API Management takes in a variable, of those we have. */
export type VariableType = "bool" | "int" | "long" | "string";

export interface Variable<T extends VariableType> {
  readonly name: string;
  readonly initial: Expression<T>;
  /** With its cast; throws when nothing set it. */
  get(): Expression<T>;
  /** The initial value when nothing set it: for on-error, which may run before inbound does. */
  orInitial(): Expression<T>;
  set(value: Code<T> | Value<T> | (T extends "string" ? NamedValue : never)): ReturnType<typeof setVariable>;
}

type Declared<D> = { readonly [N in keyof D]: D[N] extends Expression<infer T extends VariableType> ? Variable<T> : never };

/**
 * Declares variables by name with their initial values, which give the types: `variables({ attempts: int(0) })`.
 * They exist from where `initial()` stands.
 */
export function variables<const D extends Record<string, Expression<VariableType>>>(declarations: D): Declared<D> {
  const entries = Object.entries(declarations).map(([name, initial]) => [name, variable(name, initial)]);
  return Object.fromEntries(entries) as Declared<D>;
}

/** `set-variable` for each, in order. From then on the document sets and reads them by their type only. */
export const initial = (declared: Record<string, Pick<Variable<VariableType>, "name" | "initial">>) =>
  Object.values(declared).map(
    (v): ReturnType<typeof setVariable> => ({
      node: { ...setVariable({ name: v.name, value: v.initial }).node, declares: v },
    }),
  );

function variable<T extends VariableType>(name: string, start: Expression<T>): Variable<T> {
  if (start.reads.length > 0)
    throw new Error(`variable ${name}: the initial value must not read other variables, they may come later`);
  return {
    name,
    initial: start,
    get: () => cast(start.type, `context.Variables[${JSON.stringify(name)}]`, [{ name, guarded: false, type: start.type }]),
    orInitial: () => guarded(start.type, name, start),
    set: (value) => setVariable({ name, value: isNamed(value) || isCode(value) ? value : literal(start.type, value) }),
  };
}

/** A variable that a policy element sets only on some paths, with what stands for it otherwise. */
export function guarded<T extends CsType>(type: T, name: string, otherwise: Value<T>): Expression<T> {
  const read = call(type, `context.Variables.GetValueOrDefault<${type}>`, literal("string", name), literal(type, otherwise));
  return Object.assign(read, { reads: [{ name, guarded: true, type }] });
}

const isNamed = (value: unknown): value is NamedValue => typeof value === "object" && value !== null && "namedValue" in value;
const isCode = <T extends CsType>(value: Code<T> | Value<T>): value is Code<T> =>
  typeof value === "object" && value !== null && "kind" in value;
