/**
 * C# -> checked -> JavaScript. The source is parsed, every name, type, overload and assignment is checked as a C# compiler would,
 * and what comes out is one JavaScript function per expression, made of the functions in the member table. Nothing of the source's text
 * gets into that function except through JSON.stringify and generated names.
 */
import type { PolicyContext } from "./context.ts";
import * as decimals from "./decimal.ts";
import { text as textOf } from "./format.ts";
import "./library/index.ts";
import { isBodyType } from "./library/policy.ts";
import {
  declare,
  delegateOf,
  extensionsOf,
  type Found,
  type Member,
  memberNames,
  membersOf,
  type Parameter,
  Typed,
  typesOf,
} from "./members.ts";
import { asException, runtime } from "./runtime.ts";
import { CLOSE_BRACES, CSharpError, type Node, OPEN_BRACES, parse, unmarked } from "./syntax.ts";
import {
  acceptsNull,
  arrayOf,
  asBase,
  BOOL,
  BYTE,
  CHAR,
  DECIMAL,
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
  nullable,
  OBJECT,
  parseType,
  promoted,
  related,
  STRING,
  substitute,
  type Type,
  type,
  typesAbove,
  underlying,
  VOID,
} from "./types.ts";
import { CsDouble, CsException, char, defaultOf, type Host, type Value, withHost } from "./values.ts";

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
      const compiler = new Compiler(EXPECTED[expected]);
      const made = compiler.program(bodyOf(tree.rootNode, kind), kind);
      return { source: text, ...made };
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

/** Named children without comments. */
const inside = (node: Node): Node[] =>
  node.namedChildren.filter((child): child is Node => child !== null && child.type !== "comment");
const field = (node: Node, name: string): Node => {
  const found = node.childForFieldName(name);
  if (!found) throw new CSharpError("incomplete code", node.startIndex);
  return found;
};
const tokens = (node: Node): string[] =>
  node.children.filter((child): child is Node => child !== null && !child.isNamed).map((child) => child.type);

interface Variable {
  readonly name: string;
  readonly type: Type;
  readonly js: string;
  /** Bit in the set of assigned variables. */
  readonly bit: bigint;
  readonly constant?: Value;
  readonly readonly?: string;
}
interface Scope {
  readonly parent: Scope | undefined;
  readonly variables: Map<string, Variable>;
}
/** A checked expression and the JavaScript that computes it. */
interface Code {
  readonly type: Type;
  readonly js: string;
  /** Present when the value is known when compiling. */
  readonly constant?: Value;
}
interface Argument {
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
interface Group {
  readonly receiver: Receiver;
  readonly name: string;
  readonly node: Node;
}
type Receiver = { readonly kind: "type"; readonly type: Type } | { readonly kind: "value"; readonly code: Code };
interface Choice {
  readonly found: Found;
  readonly bound: ReadonlyMap<string, Type>;
  readonly typeArguments: readonly Type[];
  /** Argument of each parameter; several for an expanded `params`. */
  readonly placed: readonly (Argument | Argument[] | undefined)[];
  readonly expanded: boolean;
  readonly costs: readonly number[];
}
interface FunctionContext {
  /** Undefined while the type is being found out. */
  readonly returns: Type | undefined;
  readonly found: Type[];
  readonly isTop: boolean;
}
interface Target {
  readonly kind: "loop" | "switch";
  breaks: bigint;
  continues: bigint;
}

/** All variables count as assigned where no path leads. */
const UNREACHABLE = -1n;
const JTOKEN = type("JToken");
const DATE = type("DateTime");
const OFFSET = type("DateTimeOffset");
const SPAN = type("TimeSpan");
const EXCEPTION = type("Exception");
const CONTEXT = type("IContext");
const REPLY = type("IResponse");

const anonymous = new Map<string, Type>();

class Compiler {
  readonly helpers: unknown[] = [];
  readonly helperNames = new Map<unknown, string>();
  readonly reads = { requestBody: false, responseBody: false };
  scope: Scope = { parent: undefined, variables: new Map() };
  lets: string[] = [];
  assigned = 0n;
  whenTrue = 0n;
  whenFalse = 0n;
  guards: string[] | undefined;
  guardState = 0n;
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

  program(block: Node, kind: "expression" | "block"): Pick<CompiledExpression, "type" | "reads" | "evaluate"> {
    const body = this.blockOf(inside(block));
    if (this.assigned !== UNREACHABLE) {
      throw new CSharpError(
        kind === "block" && this.function.found.length === 0 ? "return expected" : "not all code paths return a value",
        block.endIndex - 1,
      );
    }
    const { found } = this.function;
    const result = this.function.returns ?? this.common(found) ?? OBJECT;
    const parameters = this.helpers.map((_, i) => `h${i}`).join(", ");
    const make = new Function("$", "h", `"use strict"; const [${parameters}] = h; return (ctx) => {${body}};`);
    const run: (context: PolicyContext) => Value = make(runtime, this.helpers);
    return {
      type: result,
      reads: this.reads,
      evaluate(context, host) {
        try {
          return withHost(host, () => run(context)) ?? null;
        } catch (error) {
          throw asException(error);
        }
      },
    };
  }

  // ---- Small things ----

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

  // ---- Types ----

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

  // ---- Statements ----

  /** Statements in a scope of their own, their variables declared first. */
  blockOf(statements: Node[]): string {
    return this.scoped(() => this.withLets(() => statements.map((statement) => this.statement(statement)).join("")));
  }
  withLets(run: () => string): string {
    const outer = this.lets;
    this.lets = [];
    const js = run();
    const own = this.lets;
    this.lets = outer;
    return own.length > 0 ? `let ${own.join(", ")};${js}` : js;
  }
  /** A statement that is the body of another. */
  body(node: Node): string {
    return `{${this.blockOf([node])}}`;
  }

  statement(node: Node): string {
    switch (node.type) {
      case "block":
        return `{${this.blockOf(inside(node))}}`;
      case "empty_statement":
        return ";";
      case "local_declaration_statement":
        return this.declaration(node);
      case "expression_statement":
        return this.expressionStatement(inside(node)[0] as Node);
      case "return_statement":
        return this.returns(node);
      case "if_statement":
        return this.ifStatement(node);
      case "for_statement":
        return this.forStatement(node);
      case "foreach_statement":
        return this.foreachStatement(node);
      case "while_statement":
        return this.whileStatement(node);
      case "do_statement":
        return this.doStatement(node);
      case "switch_statement":
        return this.switchStatement(node);
      case "try_statement":
        return this.tryStatement(node);
      case "using_statement":
        return this.usingStatement(node);
      case "throw_statement":
        return this.throwStatement(node);
      case "break_statement": {
        const target = this.targets.at(-1);
        if (!target) this.fail(node, "break outside of a loop or switch");
        target.breaks &= this.assigned;
        this.assigned = UNREACHABLE;
        return "break;";
      }
      case "continue_statement": {
        const target = this.targets.findLast(({ kind }) => kind === "loop");
        if (!target) this.fail(node, "continue outside of a loop");
        target.continues &= this.assigned;
        this.assigned = UNREACHABLE;
        return "continue;";
      }
      case "checked_statement": {
        if (tokens(node)[0] === "unchecked") return this.statement(inside(node)[0] as Node);
      }
    }
    return this.unsupported(node);
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

  declaration(node: Node): string {
    const modifiers = inside(node).filter((child) => child.type === "modifier");
    const isConst = modifiers.some((modifier) => modifier.text === "const");
    if (modifiers.length > (isConst ? 1 : 0) || node.children.some((child) => child?.type === "using" || child?.type === "await"))
      this.unsupported(node);
    const declared = inside(node).find((child) => child.type === "variable_declaration") as Node;
    return this.declarators(declared, isConst);
  }
  declarators(declared: Node, isConst = false): string {
    const typeNode = field(declared, "type");
    const implicitly = typeNode.type === "implicit_type";
    const declarators = inside(declared).filter((child) => child.type === "variable_declarator");
    if (implicitly && declarators.length > 1) this.fail(typeNode, "var declares one variable at a time");
    const given = implicitly ? undefined : this.typeFrom(typeNode);
    return declarators
      .map((declarator) => {
        const name = field(declarator, "name");
        const initial = inside(declarator).find((child) => child.id !== name.id);
        if (!initial) {
          if (implicitly || isConst) this.fail(name, `"${name.text}" needs a value`);
          this.define(name, given as Type);
          return "";
        }
        if (this.variable(name.text)) this.fail(name, `"${name.text}" is already declared here or around`);
        const value = given ? this.value(initial, given) : this.expression(initial);
        if (value.type === NULL || value.type === VOID || value.type === NEVER)
          this.fail(initial, `var cannot get its type from ${this.shown(value)}`);
        if (isConst) {
          if (!("constant" in value)) this.fail(initial, "a constant needs a value that is known when compiling");
          this.define(name, value.type, { constant: value.constant, hoist: false, assigned: true });
          return "";
        }
        const made = this.define(name, given ?? value.type);
        this.assigned |= made.bit;
        return `${made.js} = ${value.js};`;
      })
      .join("");
  }

  expressionStatement(node: Node): string {
    const bare = node.type === "parenthesized_expression" ? undefined : node.type;
    const isAccessCall = bare === "conditional_access_expression";
    if (
      !bare ||
      (!isAccessCall && !/^(assignment|invocation|object_creation|postfix_unary|prefix_unary|checked)_expression$/.test(bare))
    ) {
      this.fail(node, "only an assignment, a call, ++, -- or new can stand as a statement");
    }
    const code = this.expression(node);
    return `${code.js};`;
  }

  returns(node: Node): string {
    const [expression] = inside(node);
    const context = this.function;
    if (!expression) {
      if (context.returns !== undefined && context.returns !== VOID)
        this.fail(node, `a value of type ${context.returns.text} must be returned`);
      if (context.isTop) this.fail(node, "a value must be returned");
      context.found.push(VOID);
      this.assigned = UNREACHABLE;
      return "return;";
    }
    if (context.returns === VOID) this.fail(expression, "nothing can be returned here");
    const code = context.returns ? this.value(expression, context.returns) : this.expression(expression);
    if (code.type === VOID) this.fail(expression, "this gives no value");
    context.found.push(code.type);
    this.assigned = UNREACHABLE;
    return `return ${code.js};`;
  }

  ifStatement(node: Node): string {
    const test = this.test(field(node, "condition"));
    const { whenFalse } = this;
    this.assigned = this.whenTrue;
    const then = this.body(field(node, "consequence"));
    const afterThen = this.assigned;
    this.assigned = whenFalse;
    const alternative = node.childForFieldName("alternative");
    const otherwise = alternative ? ` else ${this.body(alternative)}` : "";
    this.assigned &= afterThen;
    return `if (${test}) ${then}${otherwise}`;
  }

  /** The body of a loop, with what `break` and `continue` lead to. */
  loop(run: (target: Target) => string): string {
    const target: Target = { kind: "loop", breaks: UNREACHABLE, continues: UNREACHABLE };
    this.targets.push(target);
    try {
      return run(target);
    } finally {
      this.targets.pop();
    }
  }

  whileStatement(node: Node): string {
    return this.scoped(() =>
      this.loop((target) => {
        const [condition, body] = [field(node, "condition"), field(node, "body")];
        const inner = this.withLets(() => {
          const test = this.test(condition);
          const after = this.whenFalse;
          this.assigned = this.whenTrue;
          const js = `if (!(${test})) break;${this.body(body)}`;
          this.assigned = after & target.breaks;
          return js;
        });
        return `while (true) {$.tick();${inner}}`;
      }),
    );
  }
  doStatement(node: Node): string {
    return this.loop((target) => {
      const body = this.body(field(node, "body"));
      this.assigned &= target.continues;
      const test = this.test(field(node, "condition"));
      this.assigned = this.whenFalse & target.breaks;
      return `do {$.tick();${body}} while (${test});`;
    });
  }
  forStatement(node: Node): string {
    return this.scoped(() =>
      this.loop((target) => {
        const initial = childrenOf(node, "initializer")
          .map((child) => (child.type === "variable_declaration" ? this.declarators(child) : this.expressionStatement(child)))
          .join("");
        const condition = node.childForFieldName("condition");
        const test = condition ? this.test(condition) : "true";
        const after = condition ? this.whenFalse : UNREACHABLE;
        if (condition) this.assigned = this.whenTrue;
        const body = this.body(field(node, "body"));
        this.assigned &= target.continues;
        const update = childrenOf(node, "update")
          .map((child) => this.expressionStatement(child).slice(0, -1))
          .join(", ");
        this.assigned = after & target.breaks;
        return `${initial}for (; ${test}; ${update}) {$.tick();${body}}`;
      }),
    );
  }
  foreachStatement(node: Node): string {
    const [typeNode, left, right] = [field(node, "type"), field(node, "left"), field(node, "right")];
    const source = this.expression(right);
    const element = this.elementType(source.type);
    if (!element) this.fail(right, `foreach cannot go through ${this.shown(source)}`);
    const before = this.assigned;
    return this.scoped(() =>
      this.loop(() => {
        const of = typeNode.type === "implicit_type" ? element : this.typeFrom(typeNode);
        const raw = `e$${this.names++}`;
        const item = this.cast({ type: element, js: raw }, of, typeNode);
        const variable = this.define(left, of, {
          readonly: "the variable of foreach cannot be assigned",
          hoist: false,
          assigned: true,
        });
        const body = this.body(field(node, "body"));
        this.assigned = before;
        const items = source.type.name === "JObject" ? `$.nn(${source.js}).pairs()` : `$.iterate(${source.js})`;
        return `for (const ${raw} of ${items}) {$.tick();const ${variable.js} = ${item.js};${body}}`;
      }),
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

  switchStatement(node: Node): string {
    const subject = this.expression(field(node, "value"));
    const held = this.temporary();
    const entry = this.assigned;
    const target: Target = { kind: "switch", breaks: UNREACHABLE, continues: UNREACHABLE };
    this.targets.push(target);
    let hasDefault = false;
    const sections = inside(field(node, "body"));
    const js = this.scoped(() =>
      sections
        .map((section, at) => {
          this.assigned = entry;
          const children = section.children.filter((child): child is Node => child !== null && child.type !== "comment");
          const colon = children.findIndex((child) => child.type === ":");
          const label = children.slice(0, colon);
          const statements = children.slice(colon + 1).filter((child) => child.isNamed);
          let head: string;
          if (label[0]?.type === "default") {
            hasDefault = true;
            head = "default:";
          } else {
            const guard = label.find((child) => child.type === "when_clause");
            const match = this.pattern(label[1] as Node, subject.type, held);
            this.assigned = this.whenTrue;
            let test = match;
            if (guard) {
              test = `${match} && ${this.test(inside(guard)[0] as Node)}`;
              this.assigned = this.whenTrue;
            }
            head = `case ${test}:`;
          }
          // A label without statements shares those of the next.
          if (statements.length === 0 && at < sections.length - 1) return head;
          const body = statements.map((statement) => this.statement(statement)).join("");
          if (this.assigned !== UNREACHABLE) this.fail(section, "this case must end with break, return or throw");
          return head + body;
        })
        .join(""),
    );
    this.targets.pop();
    this.assigned = target.breaks & (hasDefault ? UNREACHABLE : entry);
    return `${held} = ${subject.js};switch (true) {${js}}`;
  }

  /** Tests a value that is held in a variable; sets what is assigned when it matches. */
  pattern(node: Node, of: Type, held: string): string {
    switch (node.type) {
      case "constant_pattern": {
        const constant = inside(node)[0] as Node;
        const named = this.namedType(constant);
        if (named && named !== CONTEXT) return this.typeTest(node, named, of, held);
        const code = this.expression(constant);
        if (!("constant" in code)) this.fail(constant, "a constant is expected");
        this.whenTrue = this.whenFalse = this.assigned;
        if (code.type === NULL) {
          if (!acceptsNull(of)) this.fail(constant, `${of.text} is never null`);
          return `(${held} === null)`;
        }
        if (of === OBJECT || !isValueType(of)) {
          if (of === STRING || of === OBJECT) return `$.equal(${held}, ${code.js})`;
          this.fail(constant, `${of.text} cannot be compared with ${code.type.text}`);
        }
        return `$.equal(${held}, ${this.convert(code, underlying(of), constant).js})`;
      }
      case "declaration_pattern": {
        const typeNode = field(node, "type");
        const name = field(node, "name");
        const isVar = typeNode.type === "implicit_type";
        const t = isVar ? of : this.typeFrom(typeNode);
        const test = isVar ? "true" : this.typeTest(typeNode, t, of, held);
        if (name.text === "_" || name.type === "discard") return test;
        const variable = this.define(name, t);
        this.whenFalse = this.assigned;
        this.whenTrue = this.assigned | variable.bit;
        return `(${test} && ((${variable.js} = ${held}), true))`;
      }
      case "var_pattern": {
        const name = inside(node).find((child) => child.type === "identifier");
        if (!name) return this.unsupported(node);
        const variable = this.define(name, of);
        this.whenFalse = this.assigned;
        this.whenTrue = this.assigned | variable.bit;
        return `((${variable.js} = ${held}), true)`;
      }
      case "discard":
        this.whenTrue = this.whenFalse = this.assigned;
        return "true";
      case "type_pattern":
        return this.typeTest(node, this.typeFrom(inside(node)[0] as Node), of, held);
    }
    return this.unsupported(node);
  }
  typeTest(node: Node, t: Type, of: Type, held: string): string {
    if (!related(underlying(of), underlying(t)) && !(isNullable(of) && underlying(of) === t))
      this.fail(node, `${of.text} is never ${t.text}`);
    this.whenTrue = this.whenFalse = this.assigned;
    return `$.is(${held}, ${this.use(t)})`;
  }

  tryStatement(node: Node): string {
    const before = this.assigned;
    const body = this.statement(field(node, "body"));
    let after = this.assigned;
    const caught = `c$${this.names++}`;
    const clauses = inside(node).filter((child) => child.type === "catch_clause");
    const handlers = clauses.map((clause) => {
      this.assigned = before;
      return this.scoped(() => {
        let test = "true";
        let bind = "";
        const inner = this.withLets(() => {
          const declaration = inside(clause).find((child) => child.type === "catch_declaration");
          if (declaration) {
            const t = this.typeFrom(field(declaration, "type"));
            if (!asBase(t, "Exception")) this.fail(declaration, `${t.text} is not an exception`);
            const name = declaration.childForFieldName("name");
            if (name) {
              const variable = this.define(name, t, { assigned: true, hoist: false });
              bind = `let ${variable.js} = ${caught};`;
            }
          }
          const filter = inside(clause).find((child) => child.type === "catch_filter_clause");
          if (filter) {
            test = this.test(inside(filter)[0] as Node);
            this.assigned = this.whenTrue;
          }
          this.catches.push(caught);
          const js = this.statement(field(clause, "body"));
          this.catches.pop();
          after &= this.assigned;
          return `if (${test}) ${js} else`;
        });
        return { bind, inner };
      });
    });
    // Each clause is tried in turn, in a block of its own for its variables.
    const chain = handlers.reduceRight((rest, { bind, inner }) => `{${bind}${inner} {${rest}}}`, `throw ${caught};`);
    const catching = clauses.length > 0 ? ` catch (e) {const ${caught} = $.caught(e);${chain}}` : "";
    const last = inside(node).find((child) => child.type === "finally_clause");
    let ending = "";
    this.assigned = after;
    if (last) {
      this.assigned = before;
      ending = ` finally ${this.statement(inside(last)[0] as Node)}`;
      this.assigned = after | this.assigned;
    }
    return `try ${body}${catching}${ending}`;
  }

  usingStatement(node: Node): string {
    return this.scoped(() => {
      const [resource] = inside(node);
      const disposable = (code: Code, at: Node) => {
        if (!asBase(code.type, "IDisposable")) this.fail(at, `${this.shown(code)} cannot be disposed of`);
      };
      let head: string;
      if (resource?.type === "variable_declaration") {
        head = this.declarators(resource);
        for (const variable of this.scope.variables.values()) disposable({ type: variable.type, js: "" }, resource);
      } else {
        const code = this.expression(resource as Node);
        disposable(code, resource as Node);
        head = `${code.js};`;
      }
      return head + this.body(field(node, "body"));
    });
  }

  throwStatement(node: Node): string {
    const [thrown] = inside(node);
    if (!thrown) {
      const caught = this.catches.at(-1);
      if (!caught) this.fail(node, "throw without an exception is only allowed in catch");
      this.assigned = UNREACHABLE;
      return `throw ${caught};`;
    }
    const code = this.value(thrown, EXCEPTION);
    this.assigned = UNREACHABLE;
    return `throw $.nn(${code.js});`;
  }

  // ---- Conditions: what is assigned depends on the outcome ----

  test(node: Node): string {
    const code = this.condition(node);
    const converted = this.convert(code, BOOL, node);
    if (code.constant === true) this.whenFalse = UNREACHABLE;
    if (code.constant === false) this.whenTrue = UNREACHABLE;
    return converted.js;
  }

  condition(node: Node): Code {
    if (node.type === "parenthesized_expression") {
      const code = this.condition(inside(node)[0] as Node);
      return { ...code, js: `(${code.js})` };
    }
    if (node.type === "prefix_unary_expression" && tokens(node)[0] === "!") {
      const operand = inside(node)[0] as Node;
      const code = this.convert(this.condition(operand), BOOL, operand);
      [this.whenTrue, this.whenFalse] = [this.whenFalse, this.whenTrue];
      return "constant" in code ? this.literal(!code.constant, BOOL) : { type: BOOL, js: `!(${code.js})` };
    }
    const operator = node.type === "binary_expression" ? field(node, "operator").text : "";
    if (operator === "&&" || operator === "||") {
      const [leftNode, rightNode] = [field(node, "left"), field(node, "right")];
      const both = operator === "&&";
      const left = this.boolean(leftNode, operator);
      const [leftTrue, leftFalse] = this.outcomes(left);
      this.assigned = both ? leftTrue : leftFalse;
      const right = this.boolean(rightNode, operator);
      const [rightTrue, rightFalse] = this.outcomes(right);
      [this.whenTrue, this.whenFalse] = both ? [rightTrue, leftFalse & rightFalse] : [leftTrue & rightTrue, rightFalse];
      if ("constant" in left && "constant" in right)
        return this.literal(both ? left.constant && right.constant : left.constant || right.constant, BOOL);
      return { type: BOOL, js: `(${left.js} ${operator} ${right.js})` };
    }
    if (node.type === "is_pattern_expression") {
      const subject = this.expression(field(node, "expression"));
      const held = this.temporary();
      const test = this.pattern(field(node, "pattern"), subject.type, held);
      return { type: BOOL, js: `((${held} = ${subject.js}), ${test})` };
    }
    const code = this.plain(node);
    this.whenTrue = this.whenFalse = this.assigned;
    return code;
  }
  boolean(node: Node, operator: string): Code {
    const code = this.condition(node);
    if (code.type !== BOOL && code.type !== NEVER) this.fail(node, `${operator} needs bool, this is ${this.shown(code)}`);
    return code;
  }
  outcomes(code: Code): [bigint, bigint] {
    return [code.constant === false ? UNREACHABLE : this.whenTrue, code.constant === true ? UNREACHABLE : this.whenFalse];
  }

  // ---- Expressions ----

  /** An expression for a place of a known type. */
  value(node: Node, target: Type): Code {
    switch (node.type) {
      case "lambda_expression":
        return this.lambda(node, target);
      case "initializer_expression":
        if (target.name !== "Array") this.fail(node, `{ ... } cannot make ${target.text}`);
        return this.arrayOf(inside(node), target.args[0] as Type);
      case "default_expression":
        if (!node.childForFieldName("type")) return this.literal(defaultOf(target), target);
        break;
      case "parenthesized_expression": {
        const inner = inside(node)[0] as Node;
        if (inner.type === "lambda_expression") return this.value(inner, target);
        break;
      }
      case "identifier":
      case "member_access_expression": {
        if (!delegateOf(target)) break;
        const group = this.group(node);
        if (group) return this.groupAs(group, target);
      }
    }
    return this.convert(this.expression(node), target, node);
  }

  expression(node: Node): Code {
    const code = this.condition(node);
    this.assigned = this.whenTrue & this.whenFalse;
    return code;
  }

  plain(node: Node): Code {
    switch (node.type) {
      case "integer_literal":
        return this.integer(node, false);
      case "real_literal":
        return this.real(node);
      case "string_literal":
        return this.literal(
          unescaped(node.text.slice(1, -1), (message) => this.fail(node, message)),
          STRING,
        );
      case "verbatim_string_literal":
        return this.literal(node.text.slice(2, -1).replaceAll('""', '"'), STRING);
      case "character_literal": {
        const content = unescaped(node.text.slice(1, -1), (message) => this.fail(node, message));
        if (content.length !== 1) this.fail(node, "one character expected");
        return this.literal(char(content.charCodeAt(0)), CHAR);
      }
      case "boolean_literal":
        return this.literal(node.text === "true", BOOL);
      case "null_literal":
        return this.literal(null, NULL);
      case "interpolated_string_expression":
        return this.interpolated(node);
      case "identifier":
        return this.identifier(node);
      case "member_access_expression":
      case "element_access_expression":
      case "invocation_expression":
      case "conditional_access_expression":
        return this.chained(node);
      case "binary_expression":
        return this.binary(node);
      case "prefix_unary_expression":
        return this.prefix(node);
      case "postfix_unary_expression":
        return this.postfix(node);
      case "assignment_expression":
        return this.assignment(node);
      case "conditional_expression":
        return this.conditional(node);
      case "cast_expression": {
        const t = this.typeFrom(field(node, "type"));
        const valueNode = field(node, "value");
        if (valueNode.type === "lambda_expression") return this.lambda(valueNode, t);
        if (valueNode.type === "default_expression" && !valueNode.childForFieldName("type")) return this.literal(defaultOf(t), t);
        return this.cast(this.expression(valueNode), t, node);
      }
      case "as_expression": {
        const code = this.expression(field(node, "left"));
        const t = this.typeFrom(field(node, "right"));
        if (!acceptsNull(t)) this.fail(node, `as needs a reference type or a nullable one, not ${t.text}`);
        if (code.type !== NULL && !related(underlying(code.type), underlying(t)))
          this.fail(node, `${this.shown(code)} is never ${t.text}`);
        return { type: t, js: `$.as(${code.js}, ${this.use(t)})` };
      }
      case "is_expression": {
        const code = this.expression(field(node, "left"));
        const t = this.typeFrom(field(node, "right"));
        return { type: BOOL, js: this.typeTest(node, t, code.type, code.js) };
      }
      case "object_creation_expression":
        return this.creation(node);
      case "array_creation_expression":
        return this.arrayCreation(node);
      case "implicit_array_creation_expression": {
        const items = inside(inside(node).find((child) => child.type === "initializer_expression") as Node);
        const codes = items.map((item) => this.expression(item));
        const element = this.common(
          codes.map((code) => code.type),
          codes,
        );
        if (!element || element === NULL) this.fail(node, "the elements have no common type");
        return {
          type: arrayOf(element),
          js: `$.array([${codes.map((code, i) => this.convert(code, element, items[i] as Node).js).join(", ")}], ${this.use(element)})`,
        };
      }
      case "anonymous_object_creation_expression":
        return this.anonymous(node);
      case "default_expression": {
        const typeNode = node.childForFieldName("type");
        if (!typeNode) this.fail(node, "default needs a type here: default(T)");
        const t = this.typeFrom(typeNode);
        return this.literal(defaultOf(t), t);
      }
      case "typeof_expression":
        return { type: type("Type"), js: `$.typeOf(${this.use(this.typeFrom(field(node, "type")))})` };
      case "throw_expression": {
        const code = this.value(inside(node)[0] as Node, EXCEPTION);
        this.assigned = UNREACHABLE;
        return { type: NEVER, js: `$.raise(${code.js})` };
      }
      case "checked_expression":
        if (tokens(node)[0] === "unchecked") return this.expression(inside(node)[0] as Node);
        break;
      case "lambda_expression":
        this.fail(node, "a lambda needs a place of a delegate type");
    }
    const named = this.namedType(node);
    if (named) this.fail(node, `${named.text} is a type, a value is expected`);
    return this.unsupported(node);
  }

  integer(node: Node, negative: boolean): Code {
    const found = /^(0[xX][0-9a-fA-F_]+|0[bB][01_]+|[\d_]+?)([uUlL]*)$/.exec(node.text);
    if (!found) this.fail(node, "not a number");
    const suffix = (found[2] ?? "").toUpperCase();
    if (suffix.includes("U")) this.unknownType(suffix === "U" ? "uint" : "ulong", node);
    const value = BigInt((found[1] ?? "").replaceAll("_", "")) * (negative ? -1n : 1n);
    if (suffix === "" && BigInt.asIntN(32, value) === value) return this.literal(Number(value), INT);
    if (BigInt.asIntN(64, value) !== value) this.fail(node, "the number is too large for long");
    return this.literal(value, LONG);
  }
  real(node: Node): Code {
    const text = node.text.replaceAll("_", "");
    if (/[mM]$/.test(text)) return this.literal(decimals.parse(text.slice(0, -1), true), DECIMAL);
    if (/[fF]$/.test(text)) this.unknownType("float", node);
    return this.literal(new CsDouble(Number(text.replace(/[dD]$/, ""))), DOUBLE);
  }

  interpolated(node: Node): Code {
    const verbatim = node.text.slice(0, 2).includes("@") || node.text.startsWith("$@");
    if (node.text.includes('"""') && /^\$+"""/.test(node.text)) this.unsupported(node);
    const parts: string[] = [];
    for (const child of node.children) {
      if (!child) continue;
      if (child.type === "string_content" || child.type === "escape_sequence") {
        const braces = child.text.replaceAll(OPEN_BRACES, "{").replaceAll(CLOSE_BRACES, "}");
        parts.push(
          JSON.stringify(verbatim ? braces.replaceAll('""', '"') : unescaped(braces, (message) => this.fail(child, message))),
        );
      } else if (child.type === "interpolation") {
        const [valueNode, ...clauses] = inside(child).filter((part) => part.type !== "interpolation_brace");
        const code = this.expression(valueNode as Node);
        if (code.type === VOID) this.fail(child, "this gives no value");
        const alignment = clauses.find((clause) => clause.type === "interpolation_alignment_clause");
        const format = clauses.find((clause) => clause.type === "interpolation_format_clause");
        let js = format ? `$.formatted(${code.js}, ${JSON.stringify(format.text.slice(1))})` : this.textOf(code);
        if (alignment) {
          const width = this.expression(inside(alignment)[0] as Node);
          if (width.type !== INT || !("constant" in width)) this.fail(alignment, "a constant int is expected");
          js = `$.aligned(${js}, ${width.js})`;
        }
        parts.push(js);
      }
    }
    return { type: STRING, js: parts.length === 0 ? '""' : `(${['""', ...parts].join(" + ")})` };
  }
  textOf(code: Code): string {
    if (code.type === INT || code.type === LONG) return `String(${code.js})`;
    return "constant" in code && typeof code.constant === "string" ? code.js : `$.text(${code.js})`;
  }

  identifier(node: Node): Code {
    const name = node.text.replace(/^@/, "");
    const found = this.variable(name);
    if (found) {
      if ("constant" in found) return this.literal(found.constant, found.type);
      if ((this.assigned & found.bit) !== found.bit) this.fail(node, `"${name}" may not have a value yet`);
      return { type: found.type, js: found.js };
    }
    const named = this.namedType(node);
    if (named) this.fail(node, `${named.text} is a type, a value is expected`);
    return this.unknownName(node, name);
  }
  unknownName(node: Node, name: string): never {
    const names: string[] = [];
    for (let at: Scope | undefined = this.scope; at; at = at.parent) names.push(...at.variables.keys());
    const near = nearest(name, [...names, ...declaredNames()]);
    this.fail(node, `unknown name "${name}"${near ? `; did you mean ${near}?` : ""}`);
  }

  // ---- Chains of members, calls and indexers, with ?. ending them early ----

  chained(node: Node): Code {
    const outer = this.guards;
    const outerState = this.guardState;
    this.guards = [];
    const code = this.link(node);
    const guards = this.guards;
    if (guards.length > 0) this.assigned = this.guardState;
    this.guards = outer;
    this.guardState = outerState;
    if (guards.length === 0) return code;
    const js = guards.reduceRight((rest, guard) => `(${guard} === null ? null : ${rest})`, code.js);
    return { type: nullable(code.type), js };
  }
  link(node: Node): Code {
    switch (node.type) {
      case "member_access_expression": {
        const name = field(node, "name");
        return this.memberValue(this.receiver(field(node, "expression")), name);
      }
      case "element_access_expression": {
        const receiver = this.linkOrValue(field(node, "expression"));
        return this.element(receiver, field(node, "subscript"), node);
      }
      case "conditional_access_expression": {
        const receiver = this.guarded(node);
        const binding = inside(node)[1] as Node;
        if (binding.type === "member_binding_expression")
          return this.memberValue({ kind: "value", code: receiver }, field(binding, "name"));
        if (binding.type === "element_binding_expression") return this.element(receiver, binding, binding);
        return this.unsupported(binding);
      }
      default:
        return this.invocation(node);
    }
  }
  /** A receiver inside a chain goes on with the chain's guards. */
  linkOrValue(node: Node): Code {
    const code = /^(member_access|element_access|invocation|conditional_access)_expression$/.test(node.type)
      ? this.link(node)
      : this.expression(node);
    return code;
  }
  receiver(node: Node): Receiver {
    const named = this.namedType(node);
    if (named) return { kind: "type", type: named };
    if (node.type === "member_access_expression" && !this.variable(/^\w+/.exec(node.text)?.[0] ?? "")) this.namespaceCheck(node);
    return { kind: "value", code: this.linkOrValue(node) };
  }
  /** `System.IO.File`: say so about the type, not about "System". */
  namespaceCheck(node: Node): void {
    for (let at = node; at.type === "member_access_expression"; at = field(at, "expression")) if (this.namedType(at)) return;
    if (/^(System|Newtonsoft|Microsoft)\./.test(node.text))
      this.fail(node, `"${node.text}" is not a type that policy expressions may use`);
  }
  guarded(node: Node): Code {
    const code = this.linkOrValue(inside(node)[0] as Node);
    if (!acceptsNull(code.type)) this.fail(node, `${this.shown(code)} is never null: use . instead of ?.`);
    if (code.type === NULL) this.fail(node, "null has no members");
    if (this.guards?.length === 0) this.guardState = this.assigned;
    const held = this.temporary();
    this.guards?.push(`(${held} = ${code.js})`);
    return { type: underlying(code.type), js: held };
  }

  /** A field or property. */
  memberValue(receiver: Receiver, nameNode: Node): Code {
    const name = nameNode.text;
    const isStatic = receiver.kind === "type";
    const of = isStatic ? receiver.type : receiver.code.type;
    const found = membersOf(of, name, isStatic).find(({ member }) => member.kind === "value");
    if (!found) {
      if (this.methods(receiver, name).length > 0) this.fail(nameNode, `${of.text}.${name} is a method: call it with ()`);
      this.unknownMember(of, name, isStatic, nameNode);
    }
    return this.read(found, receiver, [], nameNode);
  }
  read(found: Found, receiver: Receiver, args: string[], node: Node): Code {
    const { member, bound } = found;
    const returns = substitute(member.returns, bound);
    if (member.isConstant) return this.literal(member.implementation, returns);
    if (member.name === "Body" && receiver.kind === "value") {
      if (member.owner === REPLY) this.reads.responseBody ||= !fromVariable(node);
      else if (member.owner.name === "IRequest") this.reads.requestBody = true;
    }
    return { type: returns, js: this.call(found, [], receiver, args) };
  }
  /** The JavaScript of a call, receiver checked for null. */
  call(found: Found, typeArguments: readonly Type[], receiver: Receiver, args: string[]): string {
    const { member } = found;
    const make = member.implementation;
    const implementation = make instanceof Typed ? make.make(...typesOf(found, typeArguments)) : make;
    const self = receiver.kind === "value" && !member.isStatic && !member.isExtension ? [this.notNull(receiver.code)] : [];
    return `${this.use(implementation)}(${[...self, ...args].join(", ")})`;
  }
  notNull(code: Code): string {
    return isValueType(code.type) || code.js === "ctx" ? code.js : `$.nn(${code.js})`;
  }
  unknownMember(of: Type, name: string, isStatic: boolean, node: Node): never {
    if (membersOf(of, name, !isStatic).length > 0) {
      this.fail(
        node,
        isStatic ? `${of.text}.${name} needs an instance of ${of.text}` : `${of.text}.${name} is static: use the type's name`,
      );
    }
    const near = nearest(name, memberNames(of, isStatic));
    this.fail(
      node,
      `${of === CONTEXT ? "context" : of.text} has no member "${name}" that policy expressions may use${near ? `; did you mean ${near}?` : ""}`,
    );
  }

  element(receiver: Code, subscript: Node, node: Node): Code {
    const args = this.arguments(subscript);
    if (receiver.type.name === "Array" && args.length === 1 && args[0]?.code) {
      const index = this.convert(args[0].code, INT, args[0].node);
      return { type: receiver.type.args[0] as Type, js: `$.index($.nn(${receiver.js}), ${index.js})` };
    }
    const found = membersOf(receiver.type, "this[]", false).filter(({ member }) => member.kind === "value");
    if (found.length === 0) this.fail(node, `${this.shown(receiver)} has no indexer`);
    const choice = this.resolve(found, args, [], node, `${receiver.type.text}[]`);
    const js = this.call(choice.found, choice.typeArguments, { kind: "value", code: receiver }, this.argumentCode(choice));
    return { type: substitute(choice.found.member.returns, choice.bound), js };
  }

  // ---- Calls ----

  invocation(node: Node): Code {
    const callee = field(node, "function");
    const list = field(node, "arguments");
    if (callee.type === "member_access_expression")
      return this.invoke(this.receiver(field(callee, "expression")), field(callee, "name"), list);
    if (callee.type === "conditional_access_expression") {
      const binding = inside(callee)[1] as Node;
      if (binding.type === "member_binding_expression") {
        return this.invoke({ kind: "value", code: this.guarded(callee) }, field(binding, "name"), list);
      }
    }
    if (callee.type === "identifier" && callee.text === "nameof" && !this.variable("nameof")) {
      const [argument] = inside(list);
      return this.literal(/\w+$/.exec(argument?.text ?? "")?.[0] ?? "", STRING);
    }
    if (callee.type === "identifier" && !this.variable(callee.text)) this.fail(callee, `unknown method "${callee.text}"`);
    const code = this.linkOrValue(callee);
    if (!delegateOf(code.type)) this.fail(callee, `${this.shown(code)} cannot be called`);
    return this.invokeOn({ kind: "value", code }, "Invoke", [], list, callee);
  }
  invoke(receiver: Receiver, nameNode: Node, list: Node): Code {
    const [name = "", generic] = unmarked(nameNode.text).split(/(?=<)(.*)/s);
    const typeArguments = generic ? parseType(`X${generic}`).args : [];
    for (const argument of typeArguments) this.known(argument, nameNode);
    return this.invokeOn(receiver, name, typeArguments, list, nameNode);
  }
  invokeOn(receiver: Receiver, name: string, typeArguments: readonly Type[], list: Node, nameNode: Node): Code {
    const of = receiver.kind === "type" ? receiver.type : receiver.code.type;
    if (of === NULL || of === VOID) this.fail(nameNode, `${of === NULL ? "null" : "void"} has no members`);
    const own = this.methods(receiver, name);
    const extending = receiver.kind === "value" ? this.extending(receiver.code, name) : [];
    if (own.length + extending.length === 0) {
      const property =
        receiver.kind === "value" ? membersOf(of, name, false).find(({ member }) => member.kind === "value") : undefined;
      if (property && delegateOf(substitute(property.member.returns, property.bound))) {
        return this.invokeOn({ kind: "value", code: this.read(property, receiver, [], nameNode) }, "Invoke", [], list, nameNode);
      }
      if (property) this.fail(nameNode, `${of.text}.${name} is not a method: leave out the ()`);
      this.unknownMember(of, name, receiver.kind === "type", nameNode);
    }
    const args = this.arguments(list);
    const label = `${of.text}.${name}`;
    let failure: unknown;
    if (own.length > 0) {
      try {
        return this.invokeChoice(this.resolve(own, args, typeArguments, nameNode, label), receiver, nameNode);
      } catch (error) {
        if (extending.length === 0 || !(error instanceof CSharpError)) throw error;
        failure = error;
      }
    }
    const self: Argument = { node: nameNode, code: (receiver as { code: Code }).code };
    try {
      return this.invokeChoice(this.resolve(extending, [self, ...args], typeArguments, nameNode, label), receiver, nameNode);
    } catch (error) {
      throw failure ?? error;
    }
  }
  methods(receiver: Receiver, name: string): Found[] {
    const isStatic = receiver.kind === "type";
    const of = isStatic ? receiver.type : receiver.code.type;
    return membersOf(of, name, isStatic).filter(({ member }) => member.kind === "method");
  }
  extending(code: Code, name: string): Found[] {
    return extensionsOf(name).filter(({ member }) => {
      const first = member.parameters[0]?.type as Type;
      return first.name === "IEnumerable"
        ? this.elementType(code.type) !== undefined
        : asBase(code.type, first.name) !== undefined;
    });
  }
  invokeChoice(choice: Choice, receiver: Receiver, node: Node): Code {
    const { member } = choice.found;
    if (member.owner.name === "IMessageBody" && member.name === "As") {
      const t = choice.typeArguments[0] as Type;
      if (!isBodyType(t))
        this.fail(node, `the local gateway reads a body as string, byte[], JObject, JArray or JToken, not as ${t.text}`);
    }
    const js = this.call(choice.found, choice.typeArguments, receiver, this.argumentCode(choice));
    return { type: substitute(member.returns, choice.bound), js };
  }

  arguments(list: Node): Argument[] {
    return inside(list).map((node) => {
      const children = node.type === "argument" ? inside(node) : [node];
      const nameNode = node.type === "argument" ? node.childForFieldName("name") : null;
      const expression = children.find((child) => child.id !== nameNode?.id) as Node;
      const base = { node: expression, ...(nameNode ? { name: nameNode.text } : {}) };
      const modifiers = node.type === "argument" ? tokens(node) : [];
      if (modifiers.includes("ref")) this.fail(node, "ref is not supported by the local gateway");
      if (modifiers.includes("out")) return { ...base, out: this.outArgument(expression) };
      const bare = expression.type === "parenthesized_expression" ? (inside(expression)[0] as Node) : expression;
      if (bare.type === "lambda_expression") return { ...base, lambda: bare };
      if (bare.type === "default_expression" && !bare.childForFieldName("type")) return { ...base, isDefault: true };
      const group = this.group(expression);
      if (group) return { ...base, group };
      const code = this.expression(expression);
      if (code.type === VOID) this.fail(expression, "this gives no value");
      return { ...base, code };
    });
  }
  outArgument(node: Node): NonNullable<Argument["out"]> {
    if (node.type === "declaration_expression") {
      const typeNode = field(node, "type");
      const name = field(node, "name");
      const declares = name.text === "_" ? {} : { declares: name.text };
      return typeNode.type === "implicit_type"
        ? { node: name, ...declares }
        : { node: name, ...declares, type: this.typeFrom(typeNode) };
    }
    if (node.type === "identifier") {
      const variable = this.variable(node.text);
      if (!variable && node.text === "_") return { node };
      if (!variable) this.unknownName(node, node.text);
      if (variable.readonly) this.fail(node, variable.readonly);
      return { node, variable, type: variable.type };
    }
    this.fail(node, "out needs a variable");
  }
  /** An expression that names a method without calling it. */
  group(node: Node): Group | undefined {
    if (node.type !== "member_access_expression") return undefined;
    const left = field(node, "expression");
    const nameNode = field(node, "name");
    if (nameNode.type !== "identifier") return undefined;
    const named = this.namedType(left);
    if (named) {
      const receiver: Receiver = { kind: "type", type: named };
      const isValue = membersOf(named, nameNode.text, true).some(({ member }) => member.kind === "value");
      return !isValue && this.methods(receiver, nameNode.text).length > 0 ? { receiver, name: nameNode.text, node } : undefined;
    }
    if (left.type !== "identifier") return undefined;
    const variable = this.variable(left.text);
    if (!variable) return undefined;
    const receiver: Receiver = { kind: "value", code: { type: variable.type, js: variable.js } };
    const isValue = membersOf(variable.type, nameNode.text, false).some(({ member }) => member.kind === "value");
    return !isValue && this.methods(receiver, nameNode.text).length > 0 ? { receiver, name: nameNode.text, node } : undefined;
  }

  // ---- Overloads ----

  resolve(candidates: Found[], args: Argument[], typeArguments: readonly Type[], node: Node, label: string): Choice {
    const applicable: Choice[] = [];
    let reason: CSharpError | undefined;
    for (const found of candidates) {
      for (const expanded of [false, true]) {
        if (expanded && found.member.parameters.at(-1)?.mode !== "params") continue;
        try {
          const choice = this.applicable(found, args, typeArguments, expanded);
          if (choice) applicable.push(choice);
        } catch (error) {
          if (!(error instanceof CSharpError)) throw error;
          reason ??= error;
        }
      }
    }
    const [best] = applicable.sort((a, b) => this.better(a, b));
    if (best) return best;
    if (reason) throw reason;
    const given = args.map((arg) => this.argumentText(arg)).join(", ");
    const known = candidates.map(({ member }) => member.signature.replace(/^static /, "")).slice(0, 4);
    const self = candidates[0]?.member.isExtension ? given.replace(/^[^,]*(, )?/, "") : given;
    this.fail(node, `${label}(${self}): no such form; there is ${known.join("; ")}`);
  }
  argumentText(arg: Argument): string {
    if (arg.out) return `out ${arg.out.type?.text ?? "var"}`;
    return arg.code ? this.shown(arg.code) : arg.lambda ? "a lambda" : arg.group ? "a method" : "default";
  }
  better(a: Choice, b: Choice): number {
    const worse = (x: Choice, y: Choice) => x.costs.some((cost, i) => cost > (y.costs[i] ?? 0));
    const [aWorse, bWorse] = [worse(a, b), worse(b, a)];
    if (aWorse !== bWorse) return aWorse ? 1 : -1;
    const sum = (choice: Choice) => choice.costs.reduce((total, cost) => total + cost, 0);
    if (sum(a) !== sum(b)) return sum(a) - sum(b);
    const generic = (choice: Choice) => choice.found.member.typeParameters.length;
    const omitted = (choice: Choice) => choice.placed.filter((arg) => arg === undefined).length;
    return generic(a) - generic(b) || Number(a.expanded) - Number(b.expanded) || omitted(a) - omitted(b);
  }

  applicable(found: Found, args: Argument[], typeArguments: readonly Type[], expanded: boolean): Choice | undefined {
    const { member } = found;
    const placed = place(member, args, expanded);
    if (!placed) return undefined;
    const bound = new Map(found.bound);
    const open = new Set(member.typeParameters);
    if (typeArguments.length > 0) {
      if (typeArguments.length !== open.size) return undefined;
      for (const [i, name] of member.typeParameters.entries()) bound.set(name, typeArguments[i] as Type);
    } else if (open.size > 0 && !this.infer(member, placed, open, bound)) return undefined;
    const costs: number[] = [];
    for (const [i, parameter] of member.parameters.entries()) {
      const given = placed[i];
      if (given === undefined) continue;
      const t = substitute(parameter.type, bound);
      const isExpanded = Array.isArray(given);
      for (const arg of isExpanded ? given : [given]) {
        const cost = this.argumentCost(arg, isExpanded ? (t.args[0] as Type) : t, parameter);
        if (cost === undefined) return undefined;
        costs.push(cost);
      }
    }
    return { found, bound, typeArguments: member.typeParameters.map((name) => bound.get(name) as Type), placed, expanded, costs };
  }
  argumentCost(arg: Argument, t: Type, parameter: Parameter): number | undefined {
    if (arg.out || parameter.mode === "out") {
      if (!arg.out || parameter.mode !== "out") return undefined;
      return arg.out.type === undefined || arg.out.type === t ? 0 : undefined;
    }
    if (arg.code) return this.cost(arg.code, t);
    if (arg.isDefault) return 0;
    const delegate = delegateOf(t);
    if (!delegate) return undefined;
    const returns = arg.lambda
      ? this.lambdaReturns(arg.lambda, delegate.parameters)
      : this.groupReturns(arg.group as Group, delegate.parameters);
    if (!returns) return undefined;
    if (delegate.returns === VOID) return 0;
    if (returns === VOID) return undefined;
    return implicit(returns, delegate.returns);
  }
  /** The price of an implicit conversion, also of constants. */
  cost(code: Code, to: Type): number | undefined {
    const cost = implicit(code.type, to);
    if (cost !== undefined || !("constant" in code)) return cost;
    if (code.type === INT && to === BYTE && code.constant >= 0 && code.constant <= 255) return 1;
    if (code.type === INT && isEnum(to) && code.constant === 0) return 2;
    return undefined;
  }

  infer(
    member: Member,
    placed: readonly (Argument | Argument[] | undefined)[],
    open: Set<string>,
    bound: Map<string, Type>,
  ): boolean {
    const pending: [Type, Argument][] = [];
    member.parameters.forEach((parameter, i) => {
      const given = placed[i];
      if (given === undefined) return;
      const t = Array.isArray(given) ? (parameter.type.args[0] as Type) : parameter.type;
      for (const arg of Array.isArray(given) ? given : [given]) {
        if (arg.code) this.unify(t, arg.code.type, open, bound);
        else if (arg.out?.type) this.unify(t, arg.out.type, open, bound);
        else if (arg.lambda || arg.group) pending.push([t, arg]);
      }
    });
    for (const [t, arg] of pending) {
      const delegate = delegateOf(t);
      if (!delegate) return false;
      const inputs = delegate.parameters.map((parameter) => substitute(parameter, bound));
      if (inputs.some((input) => mentions(input, open))) return false;
      if (!mentions(substitute(delegate.returns, bound), open)) continue;
      const returns = arg.lambda ? this.lambdaReturns(arg.lambda, inputs) : this.groupReturns(arg.group as Group, inputs);
      if (!returns || returns === VOID) return false;
      this.unify(delegate.returns, returns, open, bound);
    }
    return [...open].every((name) => bound.has(name));
  }
  unify(parameter: Type, given: Type, open: Set<string>, bound: Map<string, Type>): void {
    if (parameter.args.length === 0) {
      if (!open.has(parameter.name) || given === NULL || given === NEVER) return;
      const before = bound.get(parameter.name);
      if (!before || (before !== given && implicit(before, given) !== undefined)) bound.set(parameter.name, given);
      return;
    }
    if (parameter.name === "Nullable") {
      this.unify(parameter.args[0] as Type, underlying(given), open, bound);
      return;
    }
    // A JObject is a sequence of two kinds of things, so nothing can be inferred from it.
    if (parameter.name === "IEnumerable" && given.name === "JObject") return;
    const base = typesAbove(given).find((t) => t.name === parameter.name && t.args.length === parameter.args.length);
    for (const [i, arg] of (base?.args ?? []).entries()) this.unify(parameter.args[i] as Type, arg, open, bound);
  }

  argumentCode(choice: Choice): string[] {
    const outs: Variable[] = [];
    const { member } = choice.found;
    const args = member.parameters.map((parameter, i) => {
      const given = choice.placed[i];
      const t = substitute(parameter.type, choice.bound);
      if (given === undefined) return this.literal((parameter.default as { value: Value }).value, t).js;
      if (Array.isArray(given)) {
        const element = t.args[0] as Type;
        return `$.array([${given.map((arg) => this.argumentValue(arg, element)).join(", ")}], ${this.use(element)})`;
      }
      if (given.out) {
        const { out } = given;
        const variable = out.variable ?? (out.declares ? this.define(out.node, t) : undefined);
        if (!variable) return "{ set() {} }";
        outs.push(variable);
        return `{ set(v) { ${variable.js} = v; } }`;
      }
      return this.argumentValue(given, t);
    });
    for (const variable of outs) this.assigned |= variable.bit;
    while (
      args.length > 0 &&
      choice.placed[args.length - 1] === undefined &&
      member.parameters[args.length - 1]?.default === undefined
    )
      args.pop();
    return args;
  }
  argumentValue(arg: Argument, t: Type): string {
    if (arg.code) return this.convert(arg.code, t, arg.node).js;
    if (arg.lambda) return this.lambda(arg.lambda, t).js;
    if (arg.group) return this.groupAs(arg.group, t).js;
    return this.literal(defaultOf(t), t).js;
  }

  // ---- Lambdas and methods as values ----

  lambda(node: Node, target: Type): Code {
    const delegate = delegateOf(target);
    if (!delegate) this.fail(node, `a lambda cannot be ${target.text}`);
    return { type: target, js: this.lambdaBody(node, delegate.parameters, delegate.returns).js };
  }
  /** What a lambda returns for these parameters; undefined when it does not take that many. */
  lambdaReturns(node: Node, parameters: readonly Type[]): Type | undefined {
    if (lambdaParameters(node).length !== parameters.length) return undefined;
    return this.lambdaBody(node, parameters, undefined).returns;
  }
  lambdaBody(node: Node, parameters: readonly Type[], returns: Type | undefined): { js: string; returns: Type } {
    const names = lambdaParameters(node);
    if (names.length !== parameters.length) this.fail(node, `a lambda with ${parameters.length} parameters is expected`);
    if (tokens(node).includes("async") || inside(node).some((child) => child.type === "modifier")) this.unsupported(node);
    const saved = {
      assigned: this.assigned,
      function: this.function,
      targets: this.targets,
      catches: this.catches,
      lets: this.lets,
      guards: this.guards,
      names: this.names,
      whenTrue: this.whenTrue,
      whenFalse: this.whenFalse,
      guardState: this.guardState,
    };
    this.function = { returns, found: [], isTop: false };
    this.targets = [];
    this.catches = [];
    try {
      return this.scoped(() => {
        const inputs = names.map(({ name, typeNode }, i) => {
          const t = parameters[i] as Type;
          if (typeNode && this.typeFrom(typeNode) !== t) this.fail(typeNode, `${t.text} is expected`);
          return this.define(name, t, { hoist: false, assigned: true }).js;
        });
        const body = field(node, "body");
        let result: Type = VOID;
        const js = this.withLets(() => {
          if (body.type === "block") {
            const code = this.statement(body);
            const { found } = this.function;
            if (this.assigned !== UNREACHABLE && (returns ? returns !== VOID : found.some((t) => t !== VOID))) {
              throw new CSharpError("not all code paths of the lambda return a value", body.endIndex - 1);
            }
            result =
              returns ?? (found.length === 0 ? (this.assigned === UNREACHABLE ? NEVER : VOID) : (this.common(found) ?? OBJECT));
            return code;
          }
          const code = returns && returns !== VOID ? this.value(body, returns) : this.expression(body);
          result = code.type;
          return `return ${code.js};`;
        });
        return { js: `((${inputs.join(", ")}) => {$.tick();${js}})`, returns: result };
      });
    } finally {
      // Names are not reused: a lambda is compiled once to find its type and once for its code.
      const { names: _, ...rest } = saved;
      Object.assign(this, rest);
    }
  }
  groupChoice(group: Group, parameters: readonly Type[]): Choice | undefined {
    const args = parameters.map((t, i): Argument => ({ node: group.node, code: { type: t, js: `a${i}` } }));
    try {
      return this.resolve(this.methods(group.receiver, group.name), args, [], group.node, group.name);
    } catch (error) {
      if (error instanceof CSharpError) return undefined;
      throw error;
    }
  }
  groupReturns(group: Group, parameters: readonly Type[]): Type | undefined {
    const choice = this.groupChoice(group, parameters);
    return choice && substitute(choice.found.member.returns, choice.bound);
  }
  groupAs(group: Group, target: Type): Code {
    const delegate = delegateOf(target);
    if (!delegate) this.fail(group.node, `a method cannot be ${target.text}: call it with ()`);
    const choice = this.groupChoice(group, delegate.parameters);
    if (!choice) this.fail(group.node, `${group.name} does not fit ${target.text}`);
    const js = this.call(choice.found, choice.typeArguments, group.receiver, this.argumentCode(choice));
    return { type: target, js: `((${delegate.parameters.map((_, i) => `a${i}`).join(", ")}) => {$.tick();return ${js};})` };
  }

  // ---- Operators ----

  binary(node: Node): Code {
    const operator = field(node, "operator").text;
    const [leftNode, rightNode] = [field(node, "left"), field(node, "right")];
    const left = this.expression(leftNode);
    if (operator === "??") return this.coalesce(left, leftNode, rightNode);
    const right = this.expression(rightNode);
    return this.operate(operator, left, right, node);
  }
  coalesce(left: Code, leftNode: Node, rightNode: Node): Code {
    if (!acceptsNull(left.type)) this.fail(leftNode, `${this.shown(left)} is never null`);
    const before = this.assigned;
    const right = this.expression(rightNode);
    this.assigned = before;
    const plain = underlying(left.type);
    const held = this.temporary();
    const code = (t: Type, l: Code, r: Code): Code => ({ type: t, js: `((${held} = ${left.js}) === null ? ${r.js} : ${l.js})` });
    const kept: Code = { type: left.type, js: held };
    if (left.type === NULL) return right;
    if (isNullable(left.type) && this.cost(right, plain) !== undefined)
      return code(plain, { type: plain, js: held }, this.convert(right, plain, rightNode));
    if (this.cost(right, left.type) !== undefined) return code(left.type, kept, this.convert(right, left.type, rightNode));
    if (this.cost({ ...kept, type: plain }, right.type) !== undefined)
      return code(right.type, this.convert({ type: plain, js: held }, right.type, leftNode), right);
    this.fail(rightNode, `?? cannot be applied to ${this.shown(left)} and ${this.shown(right)}`);
  }

  operate(operator: string, left: Code, right: Code, node: Node): Code {
    const wrong = (): never =>
      this.fail(node, `operator ${operator} cannot be applied to ${this.shown(left)} and ${this.shown(right)}`);
    if (left.type === VOID || right.type === VOID) wrong();
    if (operator === "+" && (left.type === STRING || right.type === STRING)) return this.concatenate(left, right);
    if (operator === "==" || operator === "!=") return this.equality(operator, left, right, wrong);
    const [l, r] = [underlying(left.type), underlying(right.type)];
    const lifted = isNullable(left.type) || isNullable(right.type);
    if (/^(<|>|<=|>=)$/.test(operator)) {
      const t =
        l === r && (l === DATE || l === OFFSET || l === SPAN)
          ? l
          : l === r && isEnum(l)
            ? l
            : (promoted(l, r) ?? (l === OFFSET || r === OFFSET ? OFFSET : wrong()));
      if (this.cost({ type: l, js: "" }, t) === undefined || this.cost({ type: r, js: "" }, t) === undefined) wrong();
      return this.lift(left, right, t, t, BOOL, lifted, (a, b) => this.comparison(operator, t, a, b), "false", node);
    }
    if (operator === "<<" || operator === ">>") {
      const t = l === LONG ? LONG : isIntegral(l) ? INT : wrong();
      if (!isIntegral(r) || r === LONG) wrong();
      return this.lift(
        left,
        right,
        t,
        INT,
        t,
        lifted,
        (a, b) => (t === LONG ? `BigInt.asIntN(64, ${a} ${operator} BigInt(${b} & 63))` : `(${a} ${operator} ${b})`),
        "null",
        node,
      );
    }
    if (/^[&|^]$/.test(operator)) {
      if (l === BOOL && r === BOOL && !lifted) return { type: BOOL, js: `!!(${left.js} ${operator} ${right.js})` };
      if (isEnum(l) && l === r && !lifted) {
        const value = (code: Code) => `${code.js}.value`;
        if ("constant" in left && "constant" in right) {
          const { constant: a } = left;
          const b = right.constant;
          const combined = operator === "|" ? a.value | b.value : operator === "&" ? a.value & b.value : a.value ^ b.value;
          return this.literal(runtime.enum(l.name, combined), l);
        }
        return { type: l, js: `$.enum(${JSON.stringify(l.name)}, ${value(left)} ${operator} ${value(right)})` };
      }
      const t = isIntegral(l) && isIntegral(r) ? promoted(l, r) : undefined;
      if (!t) return wrong();
      return this.lift(left, right, t, t, t, lifted, (a, b) => `(${a} ${operator} ${b})`, "null", node);
    }
    const dates = this.dateArithmetic(operator, l, r, left, right, lifted, node);
    if (dates) return dates;
    const t = promoted(l, r);
    if (!t) return wrong();
    if ("constant" in left && "constant" in right && !lifted) {
      const folded = this.fold(operator, t, this.convert(left, t, node).constant, this.convert(right, t, node).constant, node);
      if (folded !== undefined) return this.literal(folded, t);
    }
    return this.lift(left, right, t, t, t, lifted, (a, b) => arithmetic(operator, t, a, b), "null", node);
  }
  dateArithmetic(operator: string, l: Type, r: Type, left: Code, right: Code, lifted: boolean, node: Node): Code | undefined {
    if (operator !== "+" && operator !== "-") return undefined;
    const sign = operator === "+" ? "1n" : "-1n";
    if (r === SPAN && (l === DATE || l === OFFSET))
      return this.lift(left, right, l, SPAN, l, lifted, (a, b) => `$.datePlus(${a}, ${b}, ${sign})`, "null", node);
    if (l === SPAN && r === SPAN)
      return this.lift(left, right, SPAN, SPAN, SPAN, lifted, (a, b) => `$.spanPlus(${a}, ${b}, ${sign})`, "null", node);
    if (operator === "+") return undefined;
    if (l === DATE && r === DATE)
      return this.lift(left, right, DATE, DATE, SPAN, lifted, (a, b) => `$.dateMinus(${a}, ${b})`, "null", node);
    if ((l === DATE || l === OFFSET) && (r === DATE || r === OFFSET)) {
      return this.lift(left, right, OFFSET, OFFSET, SPAN, lifted, (a, b) => `$.dateMinus(${a}, ${b})`, "null", node);
    }
    return undefined;
  }
  /** An operator on values that may be null: null in, `whenNull` out. */
  lift(
    left: Code,
    right: Code,
    leftType: Type,
    rightType: Type,
    result: Type,
    lifted: boolean,
    make: (a: string, b: string) => string,
    whenNull: "null" | "false",
    node: Node,
  ): Code {
    if (!lifted)
      return { type: result, js: make(this.convert(left, leftType, node).js, this.convert(right, rightType, node).js) };
    const [a, b] = [this.temporary(), this.temporary()];
    const plain = (code: Code, name: string, to: Type) => this.convert({ type: underlying(code.type), js: name }, to, node).js;
    const js = make(plain(left, a, leftType), plain(right, b, rightType));
    return {
      type: whenNull === "null" ? nullable(result) : result,
      js: `(${a} = ${left.js}, ${b} = ${right.js}, ${a} === null || ${b} === null ? ${whenNull} : ${js})`,
    };
  }
  concatenate(left: Code, right: Code): Code {
    if ("constant" in left && "constant" in right) return this.literal(textOf(left.constant) + textOf(right.constant), STRING);
    return { type: STRING, js: `(${this.textOf(left)} + ${this.textOf(right)})` };
  }
  comparison(operator: string, t: Type, a: string, b: string): string {
    if (t === DOUBLE) return `(${a}.v ${operator} ${b}.v)`;
    if (t === DECIMAL) return `($.dec.compare(${a}, ${b}) ${operator} 0)`;
    if (isEnum(t)) return `(${a}.value ${operator} ${b}.value)`;
    return t === INT || t === LONG ? `(${a} ${operator} ${b})` : `($.ticks(${a}) ${operator} $.ticks(${b}))`;
  }
  equality(operator: string, left: Code, right: Code, wrong: () => never): Code {
    const not = operator === "!=" ? "!" : "";
    const result = (js: string): Code => ({ type: BOOL, js: `${not}(${js})` });
    if (left.type === NULL || right.type === NULL) {
      const other = left.type === NULL ? right : left;
      if (other.type === NULL) return this.literal(operator === "==", BOOL);
      if (!acceptsNull(other.type)) wrong();
      return result(`${other.js} === null`);
    }
    const [l, r] = [underlying(left.type), underlying(right.type)];
    const lifted = isNullable(left.type) || isNullable(right.type);
    const common = promoted(l, r);
    if (common) {
      if ("constant" in left && "constant" in right) {
        const [x, y] = [left, right].map((code) => runtime.number(code.constant, common.name));
        const same = common === DOUBLE ? x.v === y.v : runtime.equal(x, y);
        return this.literal(operator === "==" ? same : !same, BOOL);
      }
      if (l === CHAR && r === CHAR) return result(`${left.js} === ${right.js}`);
      const convert = (code: Code) =>
        (isNullable(code.type) ? this.convert(code, type("Nullable", common)) : this.convert(code, common)).js;
      if (common === DOUBLE && !lifted) return result(`${convert(left)}.v === ${convert(right)}.v`);
      if (common === DECIMAL || lifted) return result(`$.equal(${convert(left)}, ${convert(right)})`);
      return result(`${convert(left)} === ${convert(right)}`);
    }
    if (l === r && (l === BOOL || isEnum(l))) {
      if ("constant" in left && "constant" in right)
        return this.literal((left.constant === right.constant) === (operator === "=="), BOOL);
      return result(`${left.js} === ${right.js}`);
    }
    if (left.type === STRING && right.type === STRING) {
      if ("constant" in left && "constant" in right)
        return this.literal((left.constant === right.constant) === (operator === "=="), BOOL);
      return result(`${left.js} === ${right.js}`);
    }
    if (l === r && isValueType(l)) {
      if (l.name === "KeyValuePair") wrong();
      return result(`$.equal(${left.js}, ${right.js})`);
    }
    if ((l === DATE && r === OFFSET) || (l === OFFSET && r === DATE))
      return result(`$.equal(${this.convert(left, OFFSET).js}, ${this.convert(right, OFFSET).js})`);
    if (isEnum(l) && right.constant === 0) return result(`${left.js}.value === 0`);
    if (isValueType(left.type) || isValueType(right.type) || !related(l, r)) wrong();
    return result(`$.same(${left.js}, ${right.js})`);
  }
  fold(operator: string, t: Type, a: Value, b: Value, node: Node): Value | undefined {
    try {
      if (t === DOUBLE) {
        const [x, y] = [a.v, b.v];
        return new CsDouble(
          operator === "+" ? x + y : operator === "-" ? x - y : operator === "*" ? x * y : operator === "/" ? x / y : x % y,
        );
      }
      if (t === DECIMAL) {
        const operation = {
          "+": decimals.add,
          "-": decimals.subtract,
          "*": decimals.multiply,
          "/": decimals.divide,
          "%": decimals.remainder,
        }[operator];
        return operation?.(a, b);
      }
    } catch (error) {
      if (error instanceof CsException)
        this.fail(node, error.typeName === "DivideByZeroException" ? "division by constant zero" : "the constant is too large");
      throw error;
    }
    const [x, y] = [BigInt(a), BigInt(b)];
    if ((operator === "/" || operator === "%") && y === 0n) this.fail(node, "division by constant zero");
    const whole =
      operator === "+" ? x + y : operator === "-" ? x - y : operator === "*" ? x * y : operator === "/" ? x / y : x % y;
    if (BigInt.asIntN(t === INT ? 32 : 64, whole) !== whole) this.fail(node, `the constant does not fit ${t.text}`);
    return t === INT ? Number(whole) : whole;
  }

  prefix(node: Node): Code {
    const operator = tokens(node)[0] ?? "";
    const operand = inside(node)[0] as Node;
    if (operator === "++" || operator === "--") return this.step(operand, operator, true);
    if (operator === "-" && operand.type === "integer_literal") return this.integer(operand, true);
    const code = this.expression(operand);
    const wrong = (): never => this.fail(node, `operator ${operator} cannot be applied to ${this.shown(code)}`);
    const t = underlying(code.type);
    if (operator === "-" && t === SPAN && code.type === SPAN) return { type: SPAN, js: `$.spanMinus(${code.js})` };
    if (!isNumeric(t) || (operator === "~" && !isIntegral(t)) || !/^[-+~]$/.test(operator)) wrong();
    const wide = t === BYTE || t === CHAR ? INT : t;
    if (isNullable(code.type)) {
      const held = this.temporary();
      const inner = this.negate(operator, wide, this.convert({ type: t, js: held }, wide).js);
      return { type: nullable(wide), js: `((${held} = ${code.js}) === null ? null : ${inner})` };
    }
    const converted = this.convert(code, wide);
    if ("constant" in converted) {
      if (operator === "+") return converted;
      const zero = operator === "-" ? this.literal(defaultOf(wide), wide).constant : runtime.number(-1, wide.name);
      const folded = wide === DOUBLE ? new CsDouble(-converted.constant.v) : this.fold("-", wide, zero, converted.constant, node);
      return this.literal(folded, wide);
    }
    return { type: wide, js: this.negate(operator, wide, converted.js) };
  }
  negate(operator: string, t: Type, js: string): string {
    if (operator === "+") return js;
    if (operator === "~") return t === INT ? `(~${js})` : `(~(${js}))`;
    if (t === INT) return `(-(${js}) | 0)`;
    if (t === LONG) return `BigInt.asIntN(64, -(${js}))`;
    return t === DOUBLE ? `$.d(-(${js}).v)` : `$.dec.negate(${js})`;
  }
  postfix(node: Node): Code {
    const operator = tokens(node)[0] ?? "";
    if (operator !== "++" && operator !== "--") this.fail(node, `${operator}: API Management takes C# 7, this is newer`);
    return this.step(inside(node)[0] as Node, operator, false);
  }
  step(operand: Node, operator: string, before: boolean): Code {
    const place = this.place(operand);
    const current = place.get();
    if (!isNumeric(current.type)) this.fail(operand, `operator ${operator} cannot be applied to ${this.shown(current)}`);
    const old = this.temporary();
    const held: Code = { type: current.type, js: old };
    const one = this.literal(1, INT);
    const next = this.cast(this.operate(operator === "++" ? "+" : "-", held, one, operand), current.type, operand);
    const result = this.temporary();
    return {
      type: current.type,
      js: `(${[...place.before, `${old} = ${current.js}`, `${result} = ${next.js}`, place.set(result), before ? result : old].join(", ")})`,
    };
  }

  assignment(node: Node): Code {
    const operator = field(node, "operator").text;
    const [leftNode, rightNode] = [field(node, "left"), field(node, "right")];
    if (operator === "??=") this.fail(node, "??=: API Management takes C# 7, this is newer");
    if (operator === "=") {
      if (leftNode.type === "identifier" && leftNode.text === "_" && !this.variable("_")) return this.expression(rightNode);
      const place = this.place(leftNode);
      const value = this.value(rightNode, place.type);
      if (place.variable) {
        this.assigned |= place.variable.bit;
        return { type: place.type, js: `(${place.variable.js} = ${value.js})` };
      }
      const held = this.temporary();
      return { type: place.type, js: `(${[...place.before, `${held} = ${value.js}`, place.set(held), held].join(", ")})` };
    }
    const place = this.place(leftNode);
    const current = place.get();
    const old = this.temporary();
    const right = this.expression(rightNode);
    const computed = this.operate(operator.slice(0, -1), { type: current.type, js: old }, right, node);
    // x op= y allows the cast back to x's type when y itself would fit.
    const fits = this.cost(computed, place.type) !== undefined;
    const shift = operator === "<<=" || operator === ">>=";
    if (!fits && !shift && this.cost(right, place.type) === undefined)
      this.fail(node, `cannot convert ${this.shown(computed)} to ${place.type.text}`);
    const next = fits ? this.convert(computed, place.type, node) : this.cast(computed, place.type, node);
    const held = this.temporary();
    return {
      type: place.type,
      js: `(${[...place.before, `${old} = ${current.js}`, `${held} = ${next.js}`, place.set(held), held].join(", ")})`,
    };
  }
  /** Something that can be assigned: a variable, an element or a property. */
  place(node: Node): { type: Type; variable?: Variable; before: string[]; get(): Code; set(value: string): string } {
    if (node.type === "parenthesized_expression") return this.place(inside(node)[0] as Node);
    if (node.type === "identifier") {
      const variable = this.variable(node.text.replace(/^@/, ""));
      if (!variable) return this.unknownName(node, node.text);
      if (variable.readonly) this.fail(node, variable.readonly);
      if ("constant" in variable) this.fail(node, `${variable.name} is a constant`);
      return {
        type: variable.type,
        variable,
        before: [],
        get: () => this.identifier(node),
        set: (value) => `${variable.js} = ${value}`,
      };
    }
    if (node.type === "element_access_expression") {
      const receiver = this.expression(field(node, "expression"));
      const args = this.arguments(field(node, "subscript"));
      return this.elementPlace(receiver, args, node);
    }
    if (node.type === "member_access_expression") {
      const nameNode = field(node, "name");
      const receiver = this.expression(field(node, "expression"));
      return this.memberPlace(receiver, nameNode);
    }
    this.fail(node, "this cannot be assigned");
  }
  elementPlace(receiver: Code, args: Argument[], node: Node) {
    const self = this.temporary();
    const held: Code = { type: receiver.type, js: self };
    const keys = args.map((arg) => {
      if (!arg.code) this.fail(arg.node, "a plain value is expected");
      return { ...arg, code: { ...arg.code, ...("constant" in arg.code ? {} : { js: this.temporary() }) } };
    });
    const before = [
      `${self} = ${receiver.js}`,
      ...keys.flatMap((key, i) => ("constant" in key.code ? [] : [`${key.code.js} = ${args[i]?.code?.js}`])),
    ];
    const setters = membersOf(receiver.type, "this[]", false).filter(({ member }) => member.kind === "setter");
    if (setters.length === 0) this.fail(node, `elements of ${this.shown(receiver)} cannot be set`);
    const anything = (t: Type): Argument => ({ node, code: { type: t, js: "" } });
    const choice = setters
      .map((found) => ({ found, value: substitute(found.member.returns, found.bound) }))
      .flatMap(({ found, value }) => {
        const applicable = this.applicable(found, [...keys, anything(value)], [], false);
        return applicable ? [applicable] : [];
      })
      .sort((a, b) => this.better(a, b))[0];
    if (!choice) this.fail(node, `${this.shown(receiver)} has no such indexer`);
    const index = this.argumentCode(choice).slice(0, -1);
    const get = (): Code => {
      const getters = membersOf(receiver.type, "this[]", false).filter(({ member }) => member.kind === "value");
      const read = this.resolve(getters, keys, [], node, `${receiver.type.text}[]`);
      return {
        type: substitute(read.found.member.returns, read.bound),
        js: this.call(read.found, read.typeArguments, { kind: "value", code: held }, this.argumentCode(read)),
      };
    };
    return {
      type: substitute(choice.found.member.returns, choice.bound),
      before,
      get,
      set: (value: string) => this.call(choice.found, choice.typeArguments, { kind: "value", code: held }, [...index, value]),
    };
  }
  memberPlace(receiver: Code, nameNode: Node) {
    const name = nameNode.text;
    const setter = membersOf(receiver.type, name, false).find(({ member }) => member.kind === "setter");
    if (!setter) {
      const exists = membersOf(receiver.type, name, false).length > 0;
      if (exists) this.fail(nameNode, `${receiver.type.text}.${name} cannot be set`);
      this.unknownMember(receiver.type, name, false, nameNode);
    }
    const self = this.temporary();
    const held: Receiver = { kind: "value", code: { type: receiver.type, js: self } };
    return {
      type: substitute(setter.member.returns, setter.bound),
      before: [`${self} = ${receiver.js}`],
      get: () => this.memberValue(held, nameNode),
      set: (value: string) => this.call(setter, [], held, [value]),
    };
  }

  conditional(node: Node): Code {
    const [yes, no] = [field(node, "consequence"), field(node, "alternative")];
    const test = this.test(field(node, "condition"));
    const { whenTrue, whenFalse } = this;
    this.assigned = whenTrue;
    const left = this.expression(yes);
    const afterLeft = this.assigned;
    this.assigned = whenFalse;
    const right = this.expression(no);
    this.assigned &= afterLeft;
    const t = this.common([left.type, right.type], [left, right]);
    if (!t || t === VOID) this.fail(node, `no common type of ${this.shown(left)} and ${this.shown(right)}: cast one of them`);
    return { type: t, js: `(${test} ? ${this.convert(left, t, yes).js} : ${this.convert(right, t, no).js})` };
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

  // ---- Conversions ----

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
      if (whole && !runtime.equal(back, code.constant)) this.fail(node, `the constant does not fit ${t.text}`);
      return this.literal(value, to);
    } catch (error) {
      if (error instanceof CsException) this.fail(node, `the constant does not fit ${t.text}`);
      throw error;
    }
  }

  // ---- New things ----

  creation(node: Node): Code {
    const t = this.typeFrom(field(node, "type"));
    const list = node.childForFieldName("arguments");
    const initializer = node.childForFieldName("initializer");
    const constructors = membersOf(t, "new", false).filter(
      ({ member }) => member.owner.name === t.name && member.kind === "constructor",
    );
    if (constructors.length === 0 || kindOf(t) === "static") this.fail(node, `${t.text} cannot be made with new`);
    let args = list ? this.arguments(list) : [];
    const delegate = delegateOf(t);
    if (delegate) args = [];
    const choice = this.resolve(constructors, args, [], node, `new ${t.text}`);
    const made: Code = {
      type: t,
      js: this.call(choice.found, choice.typeArguments, { kind: "type", type: t }, this.argumentCode(choice)),
    };
    return initializer ? this.initialized(made, initializer) : made;
  }
  /** `new T { ... }`: elements are added, properties and indexers set. */
  initialized(made: Code, initializer: Node): Code {
    const self = this.temporary();
    const held: Code = { type: made.type, js: self };
    const receiver: Receiver = { kind: "value", code: held };
    const steps = inside(initializer).map((item) => {
      if (item.type === "assignment_expression") {
        const [left, right] = [field(item, "left"), field(item, "right")];
        const place =
          left.type === "element_binding_expression"
            ? this.elementPlace(held, this.arguments(left), left)
            : this.memberPlace(held, left);
        return [...place.before, place.set(this.value(right, place.type).js)].join(", ");
      }
      const parts = item.type === "initializer_expression" ? inside(item) : [item];
      const adders = this.methods(receiver, "Add");
      if (adders.length === 0) this.fail(item, `${made.type.text} has no Add`);
      const args = parts.map(
        (part): Argument =>
          part.type === "lambda_expression" ? { node: part, lambda: part } : { node: part, code: this.expression(part) },
      );
      const choice = this.resolve(adders, args, [], item, `${made.type.text}.Add`);
      return this.call(choice.found, choice.typeArguments, receiver, this.argumentCode(choice));
    });
    return { type: made.type, js: `(${[`${self} = ${made.js}`, ...steps, self].join(", ")})` };
  }
  arrayCreation(node: Node): Code {
    const typeNode = field(node, "type");
    const rank = typeNode.childForFieldName("rank") as Node;
    const element = this.typeFrom(field(typeNode, "type"));
    const sizes = inside(rank);
    const initializer = inside(node).find((child) => child.type === "initializer_expression");
    if (sizes.length > 1 || tokens(rank).includes(","))
      this.fail(rank, "arrays of several dimensions are not supported by the local gateway");
    if (initializer) return this.arrayOf(inside(initializer), element);
    const size = sizes[0];
    if (!size) this.fail(node, "the size of the array is missing");
    return { type: arrayOf(element), js: `$.newArray(${this.value(size, INT).js}, ${this.use(element)})` };
  }
  arrayOf(items: Node[], element: Type): Code {
    return {
      type: arrayOf(element),
      js: `$.array([${items.map((item) => this.value(item, element).js).join(", ")}], ${this.use(element)})`,
    };
  }
  anonymous(node: Node): Code {
    const fields: { name: string; code: Code }[] = [];
    const children = inside(node);
    for (let i = 0; i < children.length; i++) {
      const child = children[i] as Node;
      const named = child.nextSibling?.type === "=";
      const valueNode = named ? (children[++i] as Node) : child;
      const name = named ? child.text : (/\w+$/.exec(child.text)?.[0] ?? "");
      const code = this.expression(valueNode);
      if (code.type === NULL || code.type === VOID) this.fail(valueNode, `${name} needs a type`);
      fields.push({ name, code });
    }
    const shape = fields.map(({ name, code }) => `${code.type.text} ${name}`).join("; ");
    let t = anonymous.get(shape);
    if (!t) {
      const own = `AnonymousType${anonymous.size}`;
      declare(
        "",
        "class",
        own,
        Object.fromEntries(fields.map(({ name, code }) => [`${code.type.text} ${name}`, (self) => self.fields.get(name)])),
      );
      t = parseType(own);
      anonymous.set(shape, t);
    }
    return {
      type: t,
      js: `$.anonymous([${fields.map(({ name, code }) => `[${JSON.stringify(name)}, ${code.js}]`).join(", ")}])`,
    };
  }
}

const TOKEN_CASTS = new Set([
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

function arithmetic(operator: string, t: Type, a: string, b: string): string {
  if (t === INT) {
    if (operator === "*") return `Math.imul(${a}, ${b})`;
    if (operator === "/") return `$.divi(${a}, ${b})`;
    return operator === "%" ? `$.remi(${a}, ${b})` : `(${a} ${operator} ${b} | 0)`;
  }
  if (t === LONG) {
    if (operator === "/") return `$.divl(${a}, ${b})`;
    return operator === "%" ? `$.reml(${a}, ${b})` : `BigInt.asIntN(64, ${a} ${operator} ${b})`;
  }
  if (t === DOUBLE) return `$.d(${a}.v ${operator} ${b}.v)`;
  const name = { "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "remainder" }[operator];
  return `$.dec.${name}(${a}, ${b})`;
}

/** Which argument goes to which parameter; undefined when they do not fit by number, name or direction. */
function place(member: Member, args: Argument[], expanded: boolean): (Argument | Argument[] | undefined)[] | undefined {
  const { parameters } = member;
  const placed: (Argument | Argument[] | undefined)[] = new Array(parameters.length).fill(undefined);
  const last = parameters.length - 1;
  if (expanded) placed[last] = [];
  for (const [i, arg] of args.entries()) {
    const at = arg.name === undefined ? i : parameters.findIndex((parameter) => parameter.name === arg.name);
    if (expanded && at >= last) (placed[last] as Argument[]).push(arg);
    else if (at < 0 || at > last || placed[at] !== undefined) return undefined;
    else placed[at] = arg;
  }
  const complete = parameters.every((parameter, i) => placed[i] !== undefined || parameter.default !== undefined);
  return complete ? placed : undefined;
}
function mentions(t: Type, open: Set<string>): boolean {
  return t.args.length === 0 ? open.has(t.name) : t.args.some((arg) => mentions(arg, open));
}
function lambdaParameters(node: Node): { name: Node; typeNode: Node | null }[] {
  const list = field(node, "parameters");
  if (list.type !== "parameter_list") return [{ name: list, typeNode: null }];
  return inside(list).map((parameter) => ({ name: field(parameter, "name"), typeNode: parameter.childForFieldName("type") }));
}
const childrenOf = (node: Node, name: string): Node[] =>
  node.childrenForFieldName(name).filter((child): child is Node => child?.isNamed === true && child.type !== "comment");

/** Is this the body of a response that `send-request` put into a variable, not of `context.Response`? */
function fromVariable(nameNode: Node): boolean {
  const receiver = nameNode.parent?.childForFieldName("expression")?.text ?? nameNode.parent?.parent?.child(0)?.text ?? "";
  return /\bVariables\b/.test(receiver) && !/\bcontext\s*\.\s*Response\b/.test(receiver);
}

/** The contents of a string or char literal. */
function unescaped(source: string, fail: (message: string) => never): string {
  return source.replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{1,4}|[\s\S])/g, (_, code: string) => {
    if (/^[uUx]./.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    const found = { n: "\n", r: "\r", t: "\t", "0": "\0", "\\": "\\", '"': '"', "'": "'", a: "\x07", b: "\b", f: "\f", v: "\v" }[
      code
    ];
    return found ?? fail(`unknown escape \\${code}`);
  });
}
