/**
 * Static types of C# expressions, and which converts to which.
 */

/** Interned: two types are the same when they are the same object. `text` is how C# writes it, without namespaces. */
export interface Type {
  readonly name: string;
  readonly args: readonly Type[];
  readonly text: string;
}

const interned = new Map<string, Type>();

export function type(name: string, ...args: Type[]): Type {
  const text =
    name === "Array"
      ? `${args[0]?.text}[]`
      : name === "Nullable"
        ? `${args[0]?.text}?`
        : args.length > 0
          ? `${name}<${args.map((arg) => arg.text).join(", ")}>`
          : name;
  let found = interned.get(text);
  if (!found) {
    found = { name, args, text };
    interned.set(text, found);
  }
  return found;
}

const ALIASES: Record<string, string> = {
  String: "string",
  Int32: "int",
  Int64: "long",
  Boolean: "bool",
  Double: "double",
  Decimal: "decimal",
  Object: "object",
  Char: "char",
  Byte: "byte",
};
const NAMESPACE = /^(?:System\.(?:Linq\.|Text\.RegularExpressions\.|Text\.|Collections\.Generic\.|Net\.)?|Newtonsoft\.Json\.(?:Linq\.)?)/;

/** Reads `Dictionary<string, int?>[]`. Names are not looked up: the member table knows which exist. */
export function parseType(text: string): Type {
  const source = text.replace(/\s+/g, "");
  let at = 0;
  const read = (): Type => {
    const start = at;
    while (at < source.length && /[\w.]/.test(source[at] ?? "")) at++;
    const bare = source.slice(start, at).replace(NAMESPACE, "");
    const args: Type[] = [];
    if (source[at] === "<") {
      do {
        at++;
        args.push(read());
      } while (source[at] === ",");
      at++;
    }
    let result = type(ALIASES[bare] ?? bare, ...args);
    for (;;) {
      if (source.startsWith("[]", at)) {
        result = type("Array", result);
        at += 2;
      } else if (source[at] === "?") {
        result = type("Nullable", result);
        at++;
      } else return result;
    }
  };
  return read();
}

export const BOOL = type("bool");
export const INT = type("int");
export const LONG = type("long");
export const DOUBLE = type("double");
export const DECIMAL = type("decimal");
export const CHAR = type("char");
export const BYTE = type("byte");
export const STRING = type("string");
export const OBJECT = type("object");
export const VOID = type("void");
export const NULL = type("null");
/** Of an expression that never gives a value (`throw`). */
export const NEVER = type("never");

const VALUE_TYPES = new Set([
  "bool", "int", "long", "double", "decimal", "char", "byte", "Guid", "DateTime", "DateTimeOffset", "TimeSpan", "KeyValuePair",
  "JTokenType", "Formatting", "StringComparison", "RegexOptions", "StringSplitOptions", "DayOfWeek",
]); // biome-ignore format: a list
export const isValueType = (t: Type) => VALUE_TYPES.has(t.name);
export const isNullable = (t: Type) => t.name === "Nullable";
export const underlying = (t: Type): Type => (t.name === "Nullable" ? (t.args[0] as Type) : t);
/** `T?` for value types, `T` itself for references. */
export const nullable = (t: Type): Type => (isValueType(t) ? type("Nullable", t) : t);

/** How far a number widens: the wider one wins in arithmetic. */
const RANK: Record<string, number> = { byte: 0, char: 0, int: 1, long: 2, double: 4, decimal: 4 };
export const isNumeric = (t: Type) => t.name in RANK;

/** The type both operands of an arithmetic operator are converted to; undefined when there is none (double with decimal). */
export function promoted(left: Type, right: Type): Type | undefined {
  if (!isNumeric(left) || !isNumeric(right)) return undefined;
  if ((left === DOUBLE && right === DECIMAL) || (left === DECIMAL && right === DOUBLE)) return undefined;
  const wider = (RANK[left.name] ?? 0) >= (RANK[right.name] ?? 0) ? left : right;
  return wider === BYTE || wider === CHAR ? INT : wider;
}

/** Base types by name, in terms of the declared type parameters. Filled by the member table. */
const declared = new Map<string, { parameters: readonly string[]; bases: readonly Type[] }>();

export function declareType(text: string, bases: readonly string[]): Type {
  const shape = parseType(text);
  declared.set(shape.name, { parameters: shape.args.map((arg) => arg.text), bases: bases.map(parseType) });
  return shape;
}
export const isDeclared = (t: Type): boolean =>
  t.name === "Array" || t.name === "Nullable" ? isDeclared(t.args[0] as Type) : declared.has(t.name) && t.args.every(isDeclared);
export const declaredNames = () => [...declared.keys()];

/** Replaces type parameters by what they are bound to. */
export function substitute(t: Type, bound: ReadonlyMap<string, Type>): Type {
  if (t.args.length === 0) return bound.get(t.name) ?? t;
  return type(t.name, ...t.args.map((arg) => substitute(arg, bound)));
}

/** Direct bases of a type. */
export function basesOf(t: Type): readonly Type[] {
  const found = declared.get(t.name);
  if (!found) return [];
  const bound = new Map(found.parameters.map((name, i) => [name, t.args[i] ?? OBJECT]));
  return found.bases.map((base) => substitute(base, bound));
}

/** `t` seen as the generic type `name`, through its bases: `JArray` as `IEnumerable` is `IEnumerable<JToken>`. */
export function asBase(t: Type, name: string): Type | undefined {
  if (t.name === name) return t;
  for (const base of basesOf(t)) {
    const found = asBase(base, name);
    if (found) return found;
  }
  return undefined;
}

/** Newtonsoft's implicit conversions to JToken (and JValue is not a target). */
const TO_JTOKEN = new Set(["string", "int", "long", "double", "decimal", "bool", "Guid", "DateTime", "DateTimeOffset", "TimeSpan"]);

/** The price of an implicit conversion, 0 for identity; undefined when there is none. */
export function implicit(from: Type, to: Type): number | undefined {
  if (from === to || from === NEVER) return 0;
  if (from === NULL) return isValueType(to) || to === VOID ? undefined : to === OBJECT ? 2 : 1;
  if (isNumeric(from) && isNumeric(to)) {
    const [f, t] = [RANK[from.name] ?? 0, RANK[to.name] ?? 0];
    if (to === CHAR || to === BYTE || (to === DECIMAL && from === DOUBLE) || (to === DOUBLE && from === DECIMAL)) return undefined;
    return f < t ? t - f : undefined;
  }
  if (isNullable(to)) {
    const inner = implicit(underlying(from), underlying(to));
    return inner === undefined ? undefined : inner + 1;
  }
  if (to === OBJECT) return from === VOID ? undefined : 10;
  const base = baseDistance(from, to);
  if (base !== undefined) return base;
  if (to.name === "JToken" && TO_JTOKEN.has(underlying(from).name)) return 5;
  if (from.name === "DateTime" && to.name === "DateTimeOffset") return 3;
  return undefined;
}

function baseDistance(from: Type, to: Type): number | undefined {
  if (from === to) return 0;
  // IEnumerable<out T> is covariant for references.
  if (from.name === to.name && from.name.startsWith("IEnumerable") && from.args[0] && to.args[0] && !isValueType(from.args[0])) {
    return implicit(from.args[0], to.args[0]);
  }
  for (const base of basesOf(from)) {
    const distance = baseDistance(base, to);
    if (distance !== undefined) return distance + 1;
  }
  return undefined;
}

/** Is one a base of the other, or either an interface or object: may a cast or `is` between them succeed? */
export const related = (a: Type, b: Type) =>
  a === OBJECT || b === OBJECT || baseDistance(a, b) !== undefined || baseDistance(b, a) !== undefined || a.name.startsWith("I") || b.name.startsWith("I");
