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
      ? args.length > 0
        ? `${args[0]?.text}[]`
        : name
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
const FRAMEWORK_NAMES = Object.fromEntries(Object.entries(ALIASES).map(([framework, alias]) => [alias, framework]));
export const NAMESPACE =
  /^(?:global::)?(?:System\.(?:Linq\.|Text\.RegularExpressions\.|Text\.|Collections\.Generic\.|Net\.|Security\.Cryptography\.)?|Newtonsoft\.Json\.(?:Linq\.)?)/;

/** Reads `Dictionary<string, int?>[]`. Names are not looked up: `isDeclared` says whether they exist. */
export function parseType(text: string): Type {
  const source = text.replace(/\s+/g, "");
  let at = 0;
  const read = (): Type => {
    const start = at;
    while (at < source.length && /[\w.:]/.test(source[at] ?? "")) at++;
    const bare = source.slice(start, at).replace(NAMESPACE, "");
    const args: Type[] = [];
    if (source[at] === "<") {
      do {
        at++;
        args.push(read());
      } while (source[at] === ",");
      at++;
    }
    let result = bare === "Nullable" && args.length === 1 ? type("Nullable", ...args) : type(ALIASES[bare] ?? bare, ...args);
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
  const result = read();
  return at < source.length ? type(source) : result;
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

export const arrayOf = (element: Type) => type("Array", element);
export const isNullable = (t: Type) => t.name === "Nullable";
export const underlying = (t: Type): Type => (t.name === "Nullable" ? (t.args[0] as Type) : t);
/** `T?` for value types, `T` itself for references. */
export const nullable = (t: Type): Type => (isValueType(t) && !isNullable(t) ? type("Nullable", t) : t);
export const acceptsNull = (t: Type) => isNullable(t) || !isValueType(t);

/** How far a number widens: the wider one wins in arithmetic. */
const RANK: Record<string, number> = { byte: 0, char: 0, int: 1, long: 2, double: 4, decimal: 4 };
export const isNumeric = (t: Type) => t.name in RANK;
export const isIntegral = (t: Type) => isNumeric(t) && t !== DOUBLE && t !== DECIMAL;

/** The type both operands of an arithmetic operator are converted to; undefined when there is none (double with decimal). */
export function promoted(left: Type, right: Type): Type | undefined {
  if (!isNumeric(left) || !isNumeric(right)) return undefined;
  if ((left === DOUBLE && right === DECIMAL) || (left === DECIMAL && right === DOUBLE)) return undefined;
  const wider = (RANK[left.name] ?? 0) >= (RANK[right.name] ?? 0) ? left : right;
  return wider === BYTE || wider === CHAR ? INT : wider;
}

export type Kind = "class" | "struct" | "interface" | "enum" | "static" | "delegate";
interface Declaration {
  readonly parameters: readonly string[];
  readonly bases: readonly Type[];
  readonly kind: Kind;
  readonly namespace: string;
}

/** By name and number of type parameters. Filled by the member table. */
const declared = new Map<string, Declaration>();
const key = (t: Type) => `${t.name}\`${t.args.length}`;

export function declareType(namespace: string, kind: Kind, text: string, bases: readonly string[]): Type {
  const shape =
    text === "Array<T>" ? type("Array", type("T")) : text === "Nullable<T>" ? type("Nullable", type("T")) : parseType(text);
  declared.set(key(shape), { parameters: shape.args.map((arg) => arg.text), bases: bases.map(parseType), kind, namespace });
  return shape;
}
export const isDeclared = (t: Type): boolean => declared.has(key(t)) && t.args.every(isDeclared);
/** Names as a policy writes them, without type parameters. */
export const declaredNames = () =>
  [...new Set([...declared.keys()].map((name) => name.replace(/`.*/, "")))].filter((name) => !name.startsWith("AnonymousType"));
export const kindOf = (t: Type): Kind | undefined => declared.get(key(t))?.kind;
export const isValueType = (t: Type) => kindOf(t) === "struct" || kindOf(t) === "enum";
export const isEnum = (t: Type) => kindOf(t) === "enum";

/** As .NET shows it: ``System.Collections.Generic.List`1[System.String]``. */
export function fullName(t: Type): string {
  if (t.name === "Array") return t.args[0] ? `${fullName(t.args[0])}[]` : "System.Array";
  const found = declared.get(key(t));
  const namespace = found?.namespace ?? exceptionNamespace(t.name);
  const name = (namespace ? `${namespace}.` : "") + shortName(t);
  return t.args.length === 0 ? name : `${name}[${t.args.map(fullName).join(",")}]`;
}
/** Exceptions other than Exception itself cannot be named by a policy, only shown. */
function exceptionNamespace(name: string): string {
  if (!name.endsWith("Exception")) return "";
  if (name.startsWith("Json")) return "Newtonsoft.Json";
  return name === "KeyNotFoundException" ? "System.Collections.Generic" : "System";
}
/** As `GetType().Name` shows it: ``List`1``, `Int32`. */
export const shortName = (t: Type): string =>
  t.name === "Array"
    ? `${t.args[0] ? shortName(t.args[0]) : "Object"}[]`
    : (FRAMEWORK_NAMES[t.name] ?? t.name) + (t.args.length ? `\`${t.args.length}` : "");

/** Replaces type parameters by what they are bound to. */
export function substitute(t: Type, bound: ReadonlyMap<string, Type>): Type {
  if (bound.size === 0) return t;
  if (t.args.length === 0) return bound.get(t.name) ?? t;
  return type(t.name, ...t.args.map((arg) => substitute(arg, bound)));
}

/** What the type parameters of a type's declaration stand for in `t`. */
export function boundBy(t: Type): Map<string, Type> {
  const found = declared.get(key(t));
  return new Map(found?.parameters.map((name, i) => [name, t.args[i] ?? OBJECT]));
}

/** Direct bases of a type. */
export function basesOf(t: Type): readonly Type[] {
  const found = declared.get(key(t));
  if (!found) return [];
  if (t.args.length === 0) return found.bases;
  const bound = boundBy(t);
  return found.bases.map((base) => substitute(base, bound));
}

/** `t` seen as the generic type `name`, through its bases: `JArray` as `IEnumerable` is `IEnumerable<JToken>`. */
export function asBase(t: Type, name: string): Type | undefined {
  return typesAbove(t).find((base) => base.name === name);
}

/** The type and all its bases. */
export function typesAbove(t: Type): Type[] {
  return [t, ...basesOf(t).flatMap(typesAbove)];
}

/** Newtonsoft's implicit conversions to JToken (and JValue is not a target). */
const TO_JTOKEN = new Set([
  "string",
  "int",
  "long",
  "double",
  "decimal",
  "bool",
  "byte",
  "Guid",
  "DateTime",
  "DateTimeOffset",
  "TimeSpan",
  "Uri",
]);

/** The price of an implicit conversion, 0 for identity; undefined when there is none. */
export function implicit(from: Type, to: Type): number | undefined {
  if (from === to || from === NEVER) return 0;
  if (from === VOID || to === VOID) return undefined;
  if (from === NULL) return acceptsNull(to) ? (to === OBJECT ? 2 : 1) : undefined;
  if (isNumeric(from) && isNumeric(to)) {
    const [f, t] = [RANK[from.name] ?? 0, RANK[to.name] ?? 0];
    if (to === CHAR || to === BYTE || (to === DECIMAL && from === DOUBLE) || (to === DOUBLE && from === DECIMAL))
      return undefined;
    return f < t ? t - f : undefined;
  }
  if (isNullable(to)) {
    const inner = implicit(underlying(from), underlying(to));
    return inner === undefined || !isValueType(underlying(from)) ? undefined : inner + 1;
  }
  if (to === OBJECT) return 10;
  const base = baseDistance(from, to);
  if (base !== undefined) return base;
  if (to.name === "JToken" && TO_JTOKEN.has(underlying(from).name)) return 5;
  if (from.name === "DateTime" && to.name === "DateTimeOffset") return 3;
  if (from.name === "string" && to.name === "XName") return 5;
  return undefined;
}

/** Interfaces whose first type argument is only given out, so that a more derived one fits. */
const COVARIANT = new Set([
  "IEnumerable",
  "IEnumerator",
  "IGrouping",
  "IReadOnlyList",
  "IReadOnlyCollection",
  "IOrderedEnumerable",
  "Array",
]);

/** Steps from a type up to one of its bases, by reference conversion alone; undefined when it is none. */
export function baseDistance(from: Type, to: Type): number | undefined {
  if (from === to) return 0;
  if (to === OBJECT) return 10;
  if (from.name === to.name && from.args.length === to.args.length && COVARIANT.has(from.name)) {
    const steps = from.args.map((arg, i) => {
      const target = to.args[i] as Type;
      return arg === target ? 0 : isValueType(arg) || isValueType(target) ? undefined : baseDistance(arg, target);
    });
    if (steps.every((step) => step !== undefined)) return 1 + steps.reduce((sum, step) => sum + step, 0);
  }
  for (const base of basesOf(from)) {
    const distance = baseDistance(base, to);
    if (distance !== undefined) return distance + 1;
  }
  return undefined;
}

/** May a cast, `is` or `as` from one to the other succeed: is one a base of the other, or one an interface that the other could implement? */
export function related(a: Type, b: Type): boolean {
  if (baseDistance(a, b) !== undefined || baseDistance(b, a) !== undefined) return true;
  const open = (t: Type) => !isValueType(t) && t !== STRING && t.name !== "Array" && kindOf(t) !== "delegate";
  return (kindOf(a) === "interface" && open(b)) || (kindOf(b) === "interface" && open(a));
}

/** The known name that is closest to a wrong one, if it is close enough to be meant. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 0.5;
  for (const candidate of known) {
    const distance = candidate.toLowerCase() === name.toLowerCase() ? 0 : edits(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function edits(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
