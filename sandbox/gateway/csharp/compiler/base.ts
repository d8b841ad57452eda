/**
 * The ground of the compiler: generated names, scopes, type names and conversions.
 */

import { runtime } from "../runtime.ts";
import { CSharpError, type Node, unmarked } from "../syntax.ts";
import {
  acceptsNull,
  asBase,
  BYTE,
  CHAR,
  DOUBLE,
  declaredNames,
  INT,
  implicit,
  isDeclared,
  isEnum,
  isIntegral,
  isNullable,
  isNumeric,
  isValueType,
  kindOf,
  LONG,
  NAMESPACE,
  NEVER,
  NULL,
  nearest,
  OBJECT,
  parseType,
  related,
  STRING,
  type Type,
  type,
  typesAbove,
  underlying,
  VOID,
} from "../types.ts";
import { CsException, type Value } from "../values.ts";
import {
  CONTEXT,
  type Code,
  DATE,
  type FunctionContext,
  JTOKEN,
  OFFSET,
  type Scope,
  type Target,
  TOKEN_CASTS,
  type Variable,
} from "./code.ts";

/** The state of one compilation. */
export abstract class Base {
  /** Values that the generated code refers to, as h0, h1 ... */
  readonly helpers: unknown[] = [];
  readonly helperNames = new Map<unknown, string>();
  readonly reads = { requestBody: false, responseBody: false };
  scope: Scope = { parent: undefined, variables: new Map() };
  /** Inside unchecked, where constants may wrap around. */
  wraps = false;
  /** JavaScript variables to declare at the start of the block under way. */
  lets: string[] = [];
  /** Set of the variables that certainly have a value here; the other two hold when the last condition was true or false. */
  assigned = 0n;
  whenTrue = 0n;
  whenFalse = 0n;
  /** Null tests of the `?.` in the chain under way, and what was assigned before the first. */
  guards: string[] | undefined;
  guardState = 0n;
  /** Enclosing loops and switches, and the exceptions that enclosing `catch` clauses hold. */
  targets: Target[] = [];
  catches: string[] = [];
  function: FunctionContext;
  names = 0;

  constructor(expected: Type | undefined) {
    this.function = { returns: expected, found: [], isTop: true };
    this.scope.variables.set("context", {
      name: "context",
      type: CONTEXT,
      js: "ctx",
      bit: 0n,
      readonly: "context cannot be assigned",
    });
  }

  abstract expression(node: Node): Code;
  abstract statement(node: Node): string;

  fail(node: Node, message: string): never {
    throw new CSharpError(message, node.startIndex);
  }
  /** A name in the generated code for a value made here. */
  use(value: unknown): string {
    let name = this.helperNames.get(value);
    if (!name) {
      name = `h${this.helpers.length}`;
      this.helpers.push(value);
      this.helperNames.set(value, name);
    }
    return name;
  }
  temporary(): string {
    const name = `t$${this.names++}`;
    this.lets.push(name);
    return name;
  }
  literal(value: Value, of: Type): Code {
    const plain = value === null || typeof value === "boolean" || typeof value === "string";
    const js = plain
      ? JSON.stringify(value)
      : typeof value === "number"
        ? `(${value})`
        : typeof value === "bigint"
          ? `(${value}n)`
          : this.use(value);
    return { type: of, js, constant: value };
  }
  unchecked<T>(run: () => T): T {
    const before = this.wraps;
    this.wraps = true;
    try {
      return run();
    } finally {
      this.wraps = before;
    }
  }
  scoped<T>(run: () => T): T {
    this.scope = { parent: this.scope, variables: new Map() };
    try {
      return run();
    } finally {
      this.scope = this.scope.parent as Scope;
    }
  }
  variable(name: string): Variable | undefined {
    for (let at: Scope | undefined = this.scope; at; at = at.parent) {
      const found = at.variables.get(name);
      if (found) return found;
    }
    return undefined;
  }
  define(
    node: Node,
    of: Type,
    options: { constant?: Value; readonly?: string; hoist?: boolean; assigned?: boolean } = {},
  ): Variable {
    const name = node.text.replace(/^@/, "");
    if (this.variable(name)) this.fail(node, `"${name}" is already declared here or around`);
    const js = `${name.replace(/\W/g, "_")}$${this.names++}`;
    const made: Variable = {
      name,
      type: of,
      js,
      bit: 1n << BigInt(this.names),
      ...("constant" in options ? { constant: options.constant } : {}),
    };
    this.scope.variables.set(name, options.readonly ? { ...made, readonly: options.readonly } : made);
    if (options.hoist !== false) this.lets.push(js);
    if (options.assigned) this.assigned |= made.bit;
    return made;
  }
  typeFrom(node: Node): Type {
    const found = parseType(unmarked(node.text));
    this.known(found, node);
    return found;
  }
  known(t: Type, node: Node): void {
    if (isDeclared(t) && t !== VOID && t !== CONTEXT && (kindOf(t) !== "static" || node.parent?.type.includes("access"))) return;
    for (const arg of t.args) this.known(arg, node);
    this.unknownType(t.args.length > 0 && t.name !== "Array" && t.name !== "Nullable" ? t.name : t.text, node);
  }
  unknownType(name: string, node: Node): never {
    const hints: Record<string, string> = {
      float: "double",
      uint: "long",
      ulong: "decimal",
      short: "int",
      ushort: "int",
      sbyte: "int",
      dynamic: "JToken",
    };
    if (hints[name]) this.fail(node, `type "${name}" is not supported by the local gateway; use ${hints[name]}`);
    const near = nearest(name, declaredNames());
    if (near === name) this.fail(node, `"${name}" is used with the wrong number of type arguments`);
    this.fail(node, `"${name}" is not a type that policy expressions may use${near ? `; did you mean ${near}?` : ""}`);
  }
  /** The type that an expression names, if it names one: `Math`, `System.Text.Encoding`, `string`. */
  namedType(node: Node): Type | undefined {
    if (node.type === "predefined_type") return this.typeFrom(node);
    if (!/^(identifier|generic_name|member_access_expression|qualified_name|alias_qualified_name)$/.test(node.type))
      return undefined;
    const first = /^@?\w+/.exec(node.text)?.[0] ?? "";
    if (this.variable(first)) return undefined;
    const text = unmarked(node.text);
    if (node.type !== "identifier" && node.type !== "generic_name" && !NAMESPACE.test(text)) return undefined;
    if (node.type.startsWith("member") && text.replace(NAMESPACE, "").replace(/<.*/s, "").includes(".")) return undefined;
    const found = parseType(text);
    if (isDeclared(found) && found !== CONTEXT) return found;
    if (node.type === "generic_name" && declaredNames().includes(found.name)) this.known(found, node);
    return undefined;
  }
  withLets(run: () => string): string {
    const outer = this.lets;
    this.lets = [];
    const js = run();
    const own = this.lets;
    this.lets = outer;
    return own.length > 0 ? `let ${own.join(", ")};${js}` : js;
  }
  /** Statements in a scope of their own, their variables declared first. */
  blockOf(statements: Node[]): string {
    return this.scoped(() => this.withLets(() => statements.map((statement) => this.statement(statement)).join("")));
  }
  unsupported(node: Node): never {
    const later =
      /switch_expression|range|recursive_pattern|relational_pattern|negated_pattern|and_pattern|or_pattern|with_expression|raw_string|implicit_object_creation|list_pattern|collection_expression/;
    const name = node.type.replace(/_(statement|expression)$/, "").replaceAll("_", " ");
    this.fail(
      node,
      later.test(node.type)
        ? `${name}: API Management takes C# 7, this is newer`
        : `${name} is not supported by the local gateway`,
    );
  }
  elementType(t: Type): Type | undefined {
    if (t === STRING) return CHAR;
    if (t.name === "JObject") return type("KeyValuePair", STRING, JTOKEN);
    const generic = asBase(t, "IEnumerable");
    if (generic && generic.args.length === 0) return this.genericElement(t) ?? OBJECT;
    return generic?.args[0];
  }
  /** IEnumerable has a generic and a plain form: the generic one, if there is one. */
  genericElement(t: Type): Type | undefined {
    return typesAbove(t).find((base) => base.name === "IEnumerable" && base.args.length === 1)?.args[0];
  }
  textOf(code: Code): string {
    if (code.type === INT || code.type === LONG) return `String(${code.js})`;
    return "constant" in code && typeof code.constant === "string" ? code.js : `$.text(${code.js})`;
  }
  unknownName(node: Node, name: string): never {
    const names: string[] = [];
    for (let at: Scope | undefined = this.scope; at; at = at.parent) names.push(...at.variables.keys());
    const near = nearest(name, [...names, ...declaredNames()]);
    this.fail(node, `unknown name "${name}"${near ? `; did you mean ${near}?` : ""}`);
  }
  /** The price of an implicit conversion, also of constants. */
  cost(code: Code, to: Type): number | undefined {
    const cost = implicit(code.type, to);
    if (cost !== undefined || !("constant" in code)) return cost;
    if (code.type === INT && to === BYTE && code.constant >= 0 && code.constant <= 255) return 1;
    if (code.type === INT && isEnum(to) && code.constant === 0) return 2;
    return undefined;
  }
  /** The type among these that all others convert to. */
  common(types: readonly Type[], codes?: readonly Code[]): Type | undefined {
    const unique = [...new Set(types)].filter((t) => t !== NEVER);
    if (unique.length === 0) return types[0];
    const real = unique.filter((t) => t !== NULL);
    if (real.length === 0) return codes ? undefined : NULL;
    return real.find((t) =>
      types.every((other, i) => (codes ? this.cost(codes[i] as Code, t) : implicit(other, t)) !== undefined),
    );
  }
  shown(code: Code): string {
    return code.type === NULL ? "null" : code.type.text;
  }
  convert(code: Code, to: Type, node?: Node): Code {
    const from = code.type;
    if (from === to || from === NEVER) return code.type === NEVER ? { ...code, type: to } : code;
    if (this.cost(code, to) === undefined) {
      const explicit = node && this.castable(from, to) ? " without a cast" : "";
      if (node) this.fail(node, `cannot convert ${this.shown(code)} to ${to.text}${explicit}`);
      throw new CSharpError(`cannot convert ${from.text} to ${to.text}`, 0);
    }
    if (from === NULL) return to === JTOKEN ? { type: to, js: "null" } : this.literal(null, to);
    if (isNumeric(from) && isNumeric(to)) return this.numeric(code, to);
    if (isNumeric(from) && isEnum(to)) return this.literal(runtime.enum(to.name, 0), to);
    if (isNullable(to)) {
      const target = underlying(to);
      if (isNullable(from)) {
        if (underlying(from) === target) return { type: to, js: code.js };
        const held = this.temporary();
        return {
          type: to,
          js: `((${held} = ${code.js}) === null ? null : ${this.convert({ type: underlying(from), js: held }, target, node).js})`,
        };
      }
      return { type: to, js: this.convert(code, target, node).js };
    }
    if (to === JTOKEN && !asBase(from, "JToken")) return { type: to, js: `$.toToken(${code.js})` };
    if (from === DATE && to === OFFSET) return { type: to, js: `$.toOffset(${code.js})` };
    return { type: to, js: code.js };
  }
  numeric(code: Code, to: Type): Code {
    if (code.type === to) return code;
    if ("constant" in code) return this.literal(runtime.number(code.constant, to.name), to);
    const from = code.type;
    if (from === INT || from === BYTE) {
      if (to === LONG) return { type: to, js: `BigInt(${code.js})` };
      if (to === INT) return { type: to, js: code.js };
      if (to === DOUBLE) return { type: to, js: `$.d(${code.js})` };
    }
    if (from === LONG && to === INT) return { type: to, js: `Number(BigInt.asIntN(32, ${code.js}))` };
    return { type: to, js: `$.number(${code.js}, "${to.name}")` };
  }
  castable(from: Type, to: Type): boolean {
    const [f, t] = [underlying(from), underlying(to)];
    if (f === t || implicit(from, to) !== undefined) return true;
    if ((isNumeric(f) || isEnum(f)) && (isNumeric(t) || isEnum(t))) return true;
    if (asBase(from, "JToken") && TOKEN_CASTS.has(t.name)) return true;
    if (isValueType(from) && isValueType(to)) return false;
    if (isValueType(from) || isValueType(to)) return related(f, t);
    return related(from, to);
  }
  cast(code: Code, to: Type, node: Node): Code {
    const from = code.type;
    if (from === VOID || !(from === NULL ? acceptsNull(to) : this.castable(from, to)))
      this.fail(node, `cannot convert ${this.shown(code)} to ${to.text}, not even with a cast`);
    if (this.cost(code, to) !== undefined) return { ...this.convert(code, to, node), type: to };
    const [f, t] = [underlying(from), underlying(to)];
    if ((isNumeric(f) || isEnum(f)) && (isNumeric(t) || isEnum(t))) {
      const number = (js: string): string => {
        const value = isEnum(f) ? `${js}.value` : js;
        if (isEnum(t)) return `$.enum(${JSON.stringify(t.name)}, ${isNumeric(f) ? `$.number(${value}, "int")` : value})`;
        return `$.number(${value}, "${t.name}")`;
      };
      if (isNullable(from) && isNullable(to)) {
        const held = this.temporary();
        return { type: to, js: `((${held} = ${code.js}) === null ? null : ${number(held)})` };
      }
      if (isNullable(from)) return { type: to, js: f === t ? `$.some(${code.js})` : number(`$.some(${code.js})`) };
      if ("constant" in code && isNumeric(f) && isNumeric(t)) return this.constantCast(code, t, to, node);
      return { type: to, js: number(code.js) };
    }
    if (isNullable(from) && f === t) return { type: to, js: `$.some(${code.js})` };
    if (asBase(from, "JToken") && TOKEN_CASTS.has(t.name)) return { type: to, js: `$.fromToken(${code.js}, ${this.use(to)})` };
    return { type: to, js: `${isValueType(to) ? "$.unbox" : "$.cast"}(${code.js}, ${this.use(to)})` };
  }
  constantCast(code: Code, t: Type, to: Type, node: Node): Code {
    try {
      const value = runtime.number(code.constant, t.name);
      const back = runtime.number(value, code.type.name);
      const whole = isIntegral(t) && isIntegral(code.type);
      if (whole && !this.wraps && !runtime.equal(back, code.constant)) this.fail(node, `the constant does not fit ${t.text}`);
      return this.literal(value, to);
    } catch (error) {
      if (error instanceof CsException) this.fail(node, `the constant does not fit ${t.text}`);
      throw error;
    }
  }
}
