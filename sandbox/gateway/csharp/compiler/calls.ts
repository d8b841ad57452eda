/**
 * Choosing among overloads, inferring type arguments, lambdas and methods as values.
 */

import { delegateOf, extensionsOf, type Found, type Member, membersOf, type Parameter, Typed, typesOf } from "../members.ts";
import { CSharpError, type Node } from "../syntax.ts";
import {
  asBase,
  implicit,
  isValueType,
  NEVER,
  NULL,
  OBJECT,
  substitute,
  type Type,
  typesAbove,
  underlying,
  VOID,
} from "../types.ts";
import { defaultOf, type Value } from "../values.ts";
import {
  type Argument,
  type Choice,
  type Code,
  field,
  type Group,
  inside,
  type Receiver,
  tokens,
  UNREACHABLE,
  type Variable,
} from "./code.ts";
import { Operators } from "./operators.ts";

/** A literal or a variable: nothing happens when it is read. */
const PLAIN = /^(?:-?[\d.]+n?|"(?:[^"\\]|\\.)*"|\w+)$/;

export abstract class Calls extends Operators {
  abstract value(node: Node, target: Type): Code;

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
  /** The JavaScript of a call, receiver checked for null. */
  call(found: Found, typeArguments: readonly Type[], receiver: Receiver, args: string[]): string {
    const { member } = found;
    const make = member.implementation;
    const implementation = make instanceof Typed ? make.make(...typesOf(found, typeArguments)) : make;
    const method = this.use(implementation);
    if (receiver.kind === "type" || member.isStatic || member.isExtension) return `${method}(${args.join(", ")})`;
    const self = this.notNull(receiver.code);
    // C# looks whether there is a receiver when the arguments are there, so an exception of theirs comes first.
    const waits = self !== receiver.code.js && !args.every((js) => PLAIN.test(js));
    return waits ? `$.invoke(${[method, receiver.code.js, ...args].join(", ")})` : `${method}(${[self, ...args].join(", ")})`;
  }
  notNull(code: Code): string {
    return isValueType(code.type) || code.js === "ctx" ? code.js : `$.nn(${code.js})`;
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
