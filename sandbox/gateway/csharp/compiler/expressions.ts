/**
 * Expressions: literals, names, chains of members and calls, assignments and new objects.
 */

import * as decimals from "../decimal.ts";
import { isBodyType } from "../library/policy.ts";
import { declare, delegateOf, type Found, memberNames, membersOf } from "../members.ts";
import { CLOSE_BRACES, CSharpError, type Node, OPEN_BRACES, unmarked } from "../syntax.ts";
import {
  acceptsNull,
  arrayOf,
  BOOL,
  CHAR,
  DECIMAL,
  DOUBLE,
  INT,
  kindOf,
  LONG,
  NEVER,
  NULL,
  nearest,
  nullable,
  parseType,
  related,
  STRING,
  substitute,
  type Type,
  underlying,
  VOID,
} from "../types.ts";
import { CsDouble, char, defaultOf } from "../values.ts";
import { Calls } from "./calls.ts";
import {
  type Argument,
  type Choice,
  CONTEXT,
  type Code,
  EXCEPTION,
  field,
  inside,
  type Place,
  REPLY,
  type Receiver,
  tokens,
  UNREACHABLE,
} from "./code.ts";

const anonymous = new Map<string, Type>();

export abstract class Expressions extends Calls {
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
      case "throw_expression": {
        const code = this.value(inside(node)[0] as Node, EXCEPTION);
        this.assigned = UNREACHABLE;
        return { type: NEVER, js: `$.raise(${code.js})` };
      }
      case "checked_expression":
        if (tokens(node)[0] === "unchecked") return this.unchecked(() => this.expression(inside(node)[0] as Node));
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
    if (node.type === "member_access_expression")
      return this.memberValue(this.receiver(field(node, "expression")), field(node, "name"));
    if (node.type === "element_access_expression") {
      return this.element(this.linkOrValue(field(node, "expression")), field(node, "subscript"), node);
    }
    return this.invocation(node);
  }
  /** A receiver inside a chain goes on with the chain's guards. */
  linkOrValue(node: Node): Code {
    if (/^(member_access|element_access|invocation)_expression$/.test(node.type)) return this.link(node);
    // syntax.ts writes ?. and ?[ as !. and ![
    const isGuard =
      node.type === "postfix_unary_expression" && tokens(node)[0] === "!" && /_access_expression$/.test(node.parent?.type ?? "");
    return isGuard ? this.guarded(node) : this.expression(node);
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
      return { type: receiver.type.args[0] as Type, js: `$.index(${receiver.js}, ${index.js})` };
    }
    const found = membersOf(receiver.type, "this[]", false).filter(({ member }) => member.kind === "value");
    if (found.length === 0) this.fail(node, `${this.shown(receiver)} has no indexer`);
    const choice = this.resolve(found, args, [], node, `${receiver.type.text}[]`);
    const js = this.call(choice.found, choice.typeArguments, { kind: "value", code: receiver }, this.argumentCode(choice));
    return { type: substitute(choice.found.member.returns, choice.bound), js };
  }
  invocation(node: Node): Code {
    const callee = field(node, "function");
    const list = field(node, "arguments");
    if (callee.type === "member_access_expression")
      return this.invoke(this.receiver(field(callee, "expression")), field(callee, "name"), list);
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
  place(node: Node): Place {
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
  elementPlace(receiver: Code, args: Argument[], node: Node): Place {
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
  memberPlace(receiver: Code, nameNode: Node): Place {
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

/** Is this the body of a response that `send-request` put into a variable, not of `context.Response`? */
function fromVariable(nameNode: Node): boolean {
  const receiver = nameNode.parent?.childForFieldName("expression")?.text ?? "";
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
