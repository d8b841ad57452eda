/**
 * C# policy expressions as typed values. An Expression knows its C# type and its precedence, so operations take and give the right types
 * and brackets appear where they are needed. What comes out is C# 7 without culture, and without what mono's compiler lacks
 * (`is null`, local functions, `case` patterns).
 */

/** C# types that our expressions have. */
export type CsType = "bool" | "int" | "long" | "double" | "string" | "JObject" | "JToken";

/** What a TypeScript value of a C# type looks like as a literal. */
export type Literal<T extends CsType> = T extends "bool"
  ? boolean
  : T extends "int" | "double"
    ? number
    : T extends "long"
      ? bigint
      : T extends "string"
        ? string
        : never;

/** An expression of the type, or a literal that becomes one. */
export type Value<T extends CsType> = Expression<T> | Literal<T>;

/** A variable that code reads. `guarded` reads have a default; others throw when no path has set the variable. */
export interface Read {
  readonly name: string;
  readonly guarded: boolean;
  /** Type that the code takes it for; any other one in the variable throws. */
  readonly type?: CsType;
}

/** C# code of a type: a single expression, `@(...)`, or a block of statements, `@{...}`. */
export interface Code<T extends CsType> {
  readonly type: T;
  readonly code: string;
  readonly kind: "expression" | "block";
  readonly reads: readonly Read[];
}

/** C# precedence, tightest first. */
const PRIMARY = 0;
const UNARY = 1;
const MULTIPLICATIVE = 2;
const ADDITIVE = 3;
const RELATIONAL = 4;
const EQUALITY = 5;
const AND = 6;
const OR = 7;
const CONDITIONAL = 8;

type Number = "int" | "long" | "double";
type Comparable = "bool" | "string" | Number;

export class Expression<T extends CsType> implements Code<T> {
  readonly type: T;
  readonly code: string;
  readonly level: number;
  readonly reads: readonly Read[];
  readonly kind = "expression";
  /** Of a text that is put together: its pieces, plain where they are known before anything runs. */
  readonly pieces: readonly (string | Expression<CsType>)[];
  constructor(type: T, code: string, level: number, reads: readonly Read[] = [], pieces?: Expression<T>["pieces"]) {
    this.type = type;
    this.code = code;
    this.level = level;
    this.reads = reads;
    this.pieces = pieces ?? [this as Expression<CsType>];
  }

  /** `&&`; the right side is evaluated only when the left is true. */
  and(this: Expression<"bool">, other: Value<"bool">): Expression<"bool"> {
    return binary("bool", AND, this, "&&", literal("bool", other));
  }
  /** `||`; the right side is evaluated only when the left is false. */
  or(this: Expression<"bool">, other: Value<"bool">): Expression<"bool"> {
    return binary("bool", OR, this, "||", literal("bool", other));
  }
  not(this: Expression<"bool">): Expression<"bool"> {
    return new Expression("bool", `!${bracketed(this, UNARY)}`, UNARY, this.reads);
  }
  /** `condition ? yes : no`. */
  choose<R extends CsType>(this: Expression<"bool">, yes: Expression<R>, no: Value<NoInfer<R>>): Expression<R> {
    const other = literal(yes.type, no);
    const code = `${bracketed(this, OR)} ? ${bracketed(yes, OR)} : ${bracketed(other, CONDITIONAL)}`;
    return new Expression(yes.type, code, CONDITIONAL, [...this.reads, ...yes.reads, ...other.reads]);
  }

  /** Equal by value; strings by their characters. */
  equals<C extends Comparable>(this: Expression<C>, other: Value<C>): Expression<"bool"> {
    return binary("bool", EQUALITY, this, "==", literal(this.type, other), RELATIONAL);
  }
  differs<C extends Comparable>(this: Expression<C>, other: Value<C>): Expression<"bool"> {
    return binary("bool", EQUALITY, this, "!=", literal(this.type, other), RELATIONAL);
  }
  /** Equal to one of them; false for an empty list. */
  isOneOf<C extends Comparable>(this: Expression<C>, others: readonly Value<C>[]): Expression<"bool"> {
    return anyOf(others.map((other) => this.equals(other)));
  }

  lessThan<N extends Number>(this: Expression<N>, other: Value<N>): Expression<"bool"> {
    return binary("bool", RELATIONAL, this, "<", literal(this.type, other));
  }
  atLeast<N extends Number>(this: Expression<N>, other: Value<N>): Expression<"bool"> {
    return binary("bool", RELATIONAL, this, ">=", literal(this.type, other));
  }
  atMost<N extends Number>(this: Expression<N>, other: Value<N>): Expression<"bool"> {
    return binary("bool", RELATIONAL, this, "<=", literal(this.type, other));
  }
  greaterThan<N extends Number>(this: Expression<N>, other: Value<N>): Expression<"bool"> {
    return binary("bool", RELATIONAL, this, ">", literal(this.type, other));
  }
  /** Sum of numbers, or strings one after the other. */
  plus<P extends Number | "string">(this: Expression<P>, other: Value<P>): Expression<P> {
    if (this.type === "string")
      return joined(this as Expression<CsType>, literal(this.type, other)) as Expression<CsType> as Expression<P>;
    return binary(this.type, ADDITIVE, this, "+", literal(this.type, other));
  }
  minus<N extends Number>(this: Expression<N>, other: Value<N>): Expression<N> {
    return binary(this.type, ADDITIVE, this, "-", literal(this.type, other));
  }
  times<N extends Number>(this: Expression<N>, other: Value<N>): Expression<N> {
    return binary(this.type, MULTIPLICATIVE, this, "*", literal(this.type, other));
  }
  /** Of ints and longs: cut towards zero; throws DivideByZeroException. */
  dividedBy<N extends Number>(this: Expression<N>, other: Value<N>): Expression<N> {
    return binary(this.type, MULTIPLICATIVE, this, "/", literal(this.type, other));
  }
  smallerOf<N extends Number>(this: Expression<N>, other: Value<N>): Expression<N> {
    return call(this.type, "Math.Min", this, literal(this.type, other));
  }
  largerOf<N extends Number>(this: Expression<N>, other: Value<N>): Expression<N> {
    return call(this.type, "Math.Max", this, literal(this.type, other));
  }
  /** A long that fits, as an int. */
  toInt(this: Expression<"long">): Expression<"int"> {
    return new Expression("int", `(int)${bracketed(this, PRIMARY)}`, UNARY, this.reads);
  }
  /** As text: `true` is `True`, numbers have no separators. */
  toText(this: Expression<"bool" | "int" | "long">): Expression<"string"> {
    return member("string", this, ".ToString()");
  }
  /** The number it spells, or `otherwise`. */
  toLong(this: Expression<"string">, otherwise: bigint): Expression<"long"> {
    const code = `long.TryParse(${this.code}, out var number) ? number : ${spell(otherwise)}`;
    return new Expression("long", code, CONDITIONAL, this.reads);
  }

  isEmpty(this: Expression<"string">): Expression<"bool"> {
    return this.equals("");
  }
  startsWith(this: Expression<"string">, start: Value<"string">): Expression<"bool"> {
    const other = literal("string", start);
    const code = `${bracketed(this, PRIMARY)}.StartsWith(${other.code}, StringComparison.Ordinal)`;
    return new Expression("bool", code, PRIMARY, [...this.reads, ...other.reads]);
  }
  /** Contains the text; upper and lower case differ. */
  contains(this: Expression<"string">, part: Value<"string">): Expression<"bool"> {
    const other = literal("string", part);
    return new Expression("bool", `${bracketed(this, PRIMARY)}.Contains(${other.code})`, PRIMARY, [
      ...this.reads,
      ...other.reads,
    ]);
  }
  replace(this: Expression<"string">, old: Value<"string">, by: Value<"string">): Expression<"string"> {
    const [o, b] = [literal("string", old), literal("string", by)];
    const code = `${bracketed(this, PRIMARY)}.Replace(${o.code}, ${b.code})`;
    return new Expression("string", code, PRIMARY, [...this.reads, ...o.reads, ...b.reads]);
  }
  /** Does the .NET regular expression match somewhere? */
  matches(this: Expression<"string">, pattern: string): Expression<"bool"> {
    return new Expression("bool", `Regex.IsMatch(${this.code}, ${spell(pattern)})`, PRIMARY, this.reads);
  }
}

/** Of a TypeScript value: the literal. Of an expression: itself. */
export function literal<T extends CsType>(type: T, value: Value<T>): Expression<T> {
  if (value instanceof Expression) return value;
  const plain = value as string | number | boolean | bigint;
  return new Expression(type, spell(plain), PRIMARY, [], typeof plain === "string" ? [plain] : undefined);
}

/** Texts one after the other; those known now are one. */
function joined(a: Expression<CsType>, b: Expression<CsType>): Expression<"string"> {
  const pieces: (string | Expression<CsType>)[] = [];
  for (const piece of [...a.pieces, ...b.pieces]) {
    const last = pieces.at(-1);
    if (typeof piece === "string" && typeof last === "string") pieces[pieces.length - 1] = last + piece;
    else if (piece !== "") pieces.push(piece);
  }
  const [only] = pieces;
  if (pieces.length === 0) return literal("string", "");
  if (pieces.length === 1 && typeof only === "string") return literal("string", only);
  const code = pieces.map((piece) => (typeof piece === "string" ? spell(piece) : bracketed(piece, MULTIPLICATIVE))).join(" + ");
  return new Expression("string", code, ADDITIVE, [...a.reads, ...b.reads], pieces);
}

export const bool = (value: boolean) => literal("bool", value);
export const int = (value: number) => literal("int", value);
export const long = (value: bigint) => literal("long", value);
export const string = (value: string) => literal("string", value);

/** True when one is; false for none. */
export const anyOf = (conditions: readonly Expression<"bool">[]): Expression<"bool"> =>
  conditions.length === 0 ? bool(false) : conditions.reduce((a, b) => a.or(b));
/** True when all are; true for none. */
export const allOf = (conditions: readonly Expression<"bool">[]): Expression<"bool"> =>
  conditions.length === 0 ? bool(true) : conditions.reduce((a, b) => a.and(b));

type Part = Expression<CsType> | string | number | boolean | bigint | readonly string[];

/**
 * The way out where the typed operations end: C# with holes. Expressions put in keep their brackets, strings, numbers and lists become literals.
 * @example csharp("int")`Array.IndexOf(${["a", "b"]}, ${model})`
 */
export const csharp =
  <T extends CsType>(type: T) =>
  (code: TemplateStringsArray, ...parts: Part[]): Expression<T> =>
    new Expression(type, filled(code, parts), CONDITIONAL, readsOf(parts));

/** Statements that return a value of the type, `@{ ... }`. Stands alone: it cannot be part of another expression. */
export const block =
  <T extends CsType>(type: T) =>
  (code: TemplateStringsArray, ...parts: Part[]): Code<T> => ({
    type,
    code: filled(code, parts),
    kind: "block",
    reads: readsOf(parts),
  });

/** A C# variable of the block that it is put into. */
export const local = <T extends CsType>(type: T, name: string) => new Expression(type, name, PRIMARY);

const filled = (code: TemplateStringsArray, parts: readonly Part[]) =>
  collapse(String.raw(code, ...parts.map((part) => (part instanceof Expression ? bracketed(part, PRIMARY) : spell(part)))));

const readsOf = (parts: readonly Part[]) => parts.flatMap((part) => (part instanceof Expression ? part.reads : []));

/**
 * One line: a raw newline in an XML attribute reaches the reader as a space or not at all, depending on who reads.
 * @throws on a `//` comment, which would then swallow the rest
 */
function collapse(code: string): string {
  // Strings and characters stay as they are; what is between them loses its line breaks.
  return code
    .replace(/@"(?:[^"]|"")*"|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\/|\s+/g, (token) => {
      if (token === "//") throw new Error(`a // comment in policy code would swallow the rest of its line: ${code.trim()}`);
      return /^\s/.test(token) ? " " : token;
    })
    .trim();
}

/** A text as a C# literal in which no line ends, nothing is lacking in XML, and nothing looks like a named value (`{{`). */
const spellText = (text: string) =>
  JSON.stringify(text)
    .replace(/[\u007f-\u009f\u2028\u2029\ufffe\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/(?<=\{)\{/g, "\\u007b");

/** A C# literal. */
function spell(value: string | number | boolean | bigint | readonly string[]): string {
  if (typeof value === "bigint") return `${value}L`;
  if (typeof value === "string") return spellText(value);
  if (typeof value === "object") return `new string[] { ${value.map(spell).join(", ")} }`;
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Error(`${value} is not a whole number`);
  return String(value);
}

const bracketed = (e: Expression<CsType>, loosest: number) => (e.level > loosest ? `(${e.code})` : e.code);

function binary<T extends CsType>(
  type: T,
  level: number,
  a: Expression<CsType>,
  operator: string,
  b: Expression<CsType>,
  loosest = level,
) {
  // The right side of an operator that groups to the left needs brackets at its own level, unless the operator is associative.
  const associative = operator === "&&" || operator === "||";
  const right = bracketed(b, associative ? level : level - 1);
  return new Expression(type, `${bracketed(a, loosest)} ${operator} ${right}`, level, [...a.reads, ...b.reads]);
}

/** A member of a value: `.ToString()`, `.Length`. */
export const member = <T extends CsType>(type: T, of: Expression<CsType>, text: string) =>
  new Expression(type, `${bracketed(of, PRIMARY)}${text}`, PRIMARY, of.reads);

/** A call of a static method, or of a method on `context`. */
export const call = <T extends CsType>(type: T, method: string, ...args: Expression<CsType>[]) =>
  new Expression(
    type,
    `${method}(${args.map(({ code }) => code).join(", ")})`,
    PRIMARY,
    args.flatMap(({ reads }) => reads),
  );

/** `(T)text`. */
export const cast = <T extends CsType>(type: T, text: string, reads: readonly Read[] = []) =>
  new Expression(type, `(${type})${text}`, UNARY, reads);

/** Code that is taken as it stands, of the tightest precedence. */
export const primary = <T extends CsType>(type: T, text: string, reads: readonly Read[] = []) =>
  new Expression(type, text, PRIMARY, reads);
