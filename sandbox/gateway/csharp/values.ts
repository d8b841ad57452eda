/**
 * C# values in JavaScript: int is a number, long a bigint, bool and string are themselves, arrays are arrays, byte[] is Uint8Array.
 * What JavaScript lacks has a class here, so that a boxed value still knows its type.
 */
import type { Type } from "./types.ts";

// biome-ignore lint/suspicious/noExplicitAny: values of the interpreted language; the static checker of compile.ts keeps them apart.
export type Value = any;

/** An exception of the interpreted code. `typeName` without namespace: `InvalidCastException`. */
export class CsException extends Error {
  readonly typeName: string;
  readonly inner: CsException | null;
  constructor(typeName: string, message: string, inner: CsException | null = null) {
    super(message);
    this.name = "CsException";
    this.typeName = typeName;
    this.inner = inner;
  }
}

export const nullReference = () => new CsException("NullReferenceException", "Object reference not set to an instance of an object.");
export const invalidCast = (from?: string, to?: string) =>
  new CsException(
    "InvalidCastException",
    from ? `Unable to cast object of type '${from}' to type '${to}'.` : "Specified cast is not valid.",
  );
export const badFormat = () => new CsException("FormatException", "Input string was not in a correct format.");
export const argumentNull = (name: string) =>
  new CsException("ArgumentNullException", `Value cannot be null.\r\nParameter name: ${name}`);
export const outOfRange = (name: string) =>
  new CsException("ArgumentOutOfRangeException", `Specified argument was out of the range of valid values.\r\nParameter name: ${name}`);

export class CsDouble {
  readonly v: number;
  constructor(v: number) {
    this.v = v;
  }
}
/** Decimal, with the precision of a double: prices and ratios in policies do not need the other 13 digits. */
export class CsDecimal {
  readonly v: number;
  constructor(v: number) {
    this.v = v;
  }
}
export class CsChar {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}
const chars = new Map<number, CsChar>();
/** Interned, so that equal chars are identical. */
export function char(code: number): CsChar {
  let found = chars.get(code);
  if (!found) {
    found = new CsChar(code);
    chars.set(code, found);
  }
  return found;
}

export class CsGuid {
  readonly text: string;
  constructor(text: string) {
    this.text = text.toLowerCase();
  }
}
/** Milliseconds; a tick is 1/10000 of it. */
export class CsTimeSpan {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}
/** Milliseconds since 1970 as its own calendar shows them; the gateway runs in UTC, so local is UTC. */
export class CsDateTime {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}
/** Milliseconds since 1970 UTC and the offset in minutes. */
export class CsDateTimeOffset {
  readonly ms: number;
  readonly offset: number;
  constructor(ms: number, offset = 0) {
    this.ms = ms;
    this.offset = offset;
  }
}
export class CsEnum {
  readonly typeName: string;
  readonly name: string;
  readonly value: number;
  constructor(typeName: string, name: string, value: number) {
    this.typeName = typeName;
    this.name = name;
    this.value = value;
  }
}
export class CsList {
  readonly items: Value[];
  constructor(items: Value[] = []) {
    this.items = items;
  }
}
export class CsPair {
  readonly key: Value;
  readonly value: Value;
  constructor(key: Value, value: Value) {
    this.key = key;
    this.value = value;
  }
}
export class CsDictionary {
  readonly entries = new Map<Value, CsPair>();
}
export class CsSet {
  readonly items = new Map<Value, Value>();
}
export class CsBuilder {
  text = "";
}
export class CsRandom {
  readonly next: () => number;
  constructor(next: () => number) {
    this.next = next;
  }
}
/** What an `out` argument writes to. */
export interface Out {
  set(value: Value): void;
}

/** A key under which equal C# values are equal JavaScript values. */
export function keyOf(value: Value): Value {
  if (value instanceof CsDouble || value instanceof CsDecimal) return `n${value.v}`;
  if (value instanceof CsGuid) return `g${value.text}`;
  if (value instanceof CsDateTime || value instanceof CsTimeSpan || value instanceof CsDateTimeOffset) return `t${value.ms}`;
  return value;
}
export const equal = (a: Value, b: Value) => keyOf(a) === keyOf(b);

/** Name of a value's run-time type, as messages and GetType() show it, without namespace. */
export function typeNameOf(value: Value): string {
  switch (typeof value) {
    case "string":
      return "String";
    case "number":
      return "Int32";
    case "bigint":
      return "Int64";
    case "boolean":
      return "Boolean";
    case "function":
      return "Func";
  }
  if (Array.isArray(value)) return "Object[]";
  if (value instanceof Uint8Array) return "Byte[]";
  if (value instanceof CsException) return value.typeName;
  if (value instanceof CsEnum) return value.typeName;
  return String(value.constructor.name).replace(/^Cs/, "").replace("Builder", "StringBuilder");
}

const RUNTIME_NAMES: Record<string, string> = {
  string: "String", int: "Int32", long: "Int64", bool: "Boolean", double: "Double", decimal: "Decimal", char: "Char", byte: "Int32",
}; // biome-ignore format: a table
const FAMILIES: Record<string, readonly string[]> = {
  JToken: ["JObject", "JArray", "JValue", "JProperty"],
  JContainer: ["JObject", "JArray", "JProperty"],
  IDictionary: ["Dictionary"],
  IReadOnlyDictionary: ["Dictionary", "Headers", "Variables"],
  IList: ["List", "Object[]", "JArray"],
  IEnumerable: ["List", "Object[]", "JArray", "JObject", "Dictionary", "String", "Byte[]", "HashSet"],
};

/** `value is T`, with the value's own type; null is nothing. */
export function isInstance(value: Value, t: Type): boolean {
  if (value === null || value === undefined) return false;
  if (t.name === "object") return true;
  if (t.name === "Nullable") return isInstance(value, t.args[0] as Type);
  if (value instanceof CsException) return t.name === "Exception" || t.name === value.typeName || exceptionBase(value.typeName) === t.name;
  const name = value instanceof CsSet ? "HashSet" : typeNameOf(value);
  if (t.name === "Array") return t.args[0]?.name === "byte" ? name === "Byte[]" : name === "Object[]";
  return name === (RUNTIME_NAMES[t.name] ?? t.name) || (FAMILIES[t.name]?.includes(name) ?? false);
}

const EXCEPTION_BASES: Record<string, string> = {
  ArgumentNullException: "ArgumentException",
  ArgumentOutOfRangeException: "ArgumentException",
  DivideByZeroException: "ArithmeticException",
  OverflowException: "ArithmeticException",
  JsonReaderException: "JsonException",
};
export const exceptionBase = (name: string): string | undefined => EXCEPTION_BASES[name];

/** What a variable of the type holds before it is assigned. */
export function defaultOf(t: Type): Value {
  switch (t.name) {
    case "int":
    case "byte":
      return 0;
    case "long":
      return 0n;
    case "bool":
      return false;
    case "double":
      return new CsDouble(0);
    case "decimal":
      return new CsDecimal(0);
    case "char":
      return char(0);
    case "Guid":
      return new CsGuid("00000000-0000-0000-0000-000000000000");
    case "DateTime":
      return new CsDateTime(MIN_DATE);
    case "DateTimeOffset":
      return new CsDateTimeOffset(MIN_DATE);
    case "TimeSpan":
      return new CsTimeSpan(0);
    default:
      return null;
  }
}
/** 0001-01-01T00:00:00Z. */
export const MIN_DATE = -62135596800000;

/** Elements of anything `foreach` accepts. */
export function elements(value: Value): Value[] {
  if (value === null || value === undefined) throw nullReference();
  if (Array.isArray(value)) return value;
  if (typeof value === "string") return Array.from({ length: value.length }, (_, i) => char(value.charCodeAt(i)));
  if (value instanceof Uint8Array) return Array.from(value);
  if (value instanceof CsDictionary) return [...value.entries.values()];
  if (value instanceof CsSet) return [...value.items.values()];
  if (Array.isArray(value.items)) return value.items;
  if (typeof value.pairs === "function") return value.pairs();
  throw new CsException("InvalidOperationException", `${typeNameOf(value)} cannot be enumerated.`);
}

/** What the interpreted code may learn of the world around it. Set for the time of one (synchronous) evaluation. */
export interface Host {
  /** Milliseconds since the epoch. */
  now(): number;
  /** 0 <= x < 1. */
  random(): number;
}
let current: Host | undefined;
export function withHost<T>(host: Host, run: () => T): T {
  const before = current;
  current = host;
  try {
    return run();
  } finally {
    current = before;
  }
}
export function host(): Host {
  if (!current) throw new Error("C# code ran outside an evaluation");
  return current;
}
