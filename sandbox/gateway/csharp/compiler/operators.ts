/**
 * Operators and conditions, with what is assigned when a condition is true or false.
 */

import * as decimals from "../decimal.ts";
import { text as textOf } from "../format.ts";
import { runtime } from "../runtime.ts";
import type { Node } from "../syntax.ts";
import {
  acceptsNull,
  BOOL,
  BYTE,
  CHAR,
  DECIMAL,
  DOUBLE,
  INT,
  isEnum,
  isIntegral,
  isNullable,
  isNumeric,
  isValueType,
  LONG,
  NEVER,
  NULL,
  nullable,
  promoted,
  related,
  STRING,
  type Type,
  type,
  underlying,
  VOID,
} from "../types.ts";
import { CsDouble, CsException, defaultOf, type Value } from "../values.ts";
import { Base } from "./base.ts";
import { type Code, DATE, field, inside, OFFSET, type Place, SPAN, tokens, UNREACHABLE } from "./code.ts";

export abstract class Operators extends Base {
  abstract plain(node: Node): Code;
  abstract place(node: Node): Place;
  abstract integer(node: Node, negative: boolean): Code;
  abstract pattern(node: Node, of: Type, held: string): string;
  abstract typeTest(node: Node, t: Type, of: Type, held: string): string;

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
    const wrapped = BigInt.asIntN(t === INT ? 32 : 64, whole);
    if (wrapped !== whole && !this.wraps) this.fail(node, `the constant does not fit ${t.text}`);
    return t === INT ? Number(wrapped) : wrapped;
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
}

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
