/**
 * C# values in JavaScript: int and byte are numbers, long a bigint, bool and string are themselves, arrays are arrays, byte[] is Uint8Array.
 * What JavaScript lacks has a class here, so that a boxed value still knows its type.
 */
import { HeaderList } from "../../http.ts";
import {
  arrayOf,
  asBase,
  BOOL,
  BYTE,
  baseDistance,
  CHAR,
  DECIMAL,
  DOUBLE,
  fullName,
  INT,
  isNullable,
  LONG,
  OBJECT,
  STRING,
  type Type,
  type,
  underlying,
} from "./types.ts";

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
/** The evaluation ran too long or too deep: no `catch` of the interpreted code sees it. */
export class Exhausted extends CsException {}

/** .NET Framework puts the parameter on a line of its own. */
const withParameter = (message: string, name: string) => `${message}\r\nParameter name: ${name}`;
export const nullReference = () =>
  new CsException("NullReferenceException", "Object reference not set to an instance of an object.");
export const invalidCast = (from?: Type, to?: Type) =>
  new CsException(
    "InvalidCastException",
    from && to ? `Unable to cast object of type '${fullName(from)}' to type '${fullName(to)}'.` : "Specified cast is not valid.",
  );
export const badFormat = (message = "Input string was not in a correct format.") => new CsException("FormatException", message);
export const overflow = (name: string) =>
  new CsException(
    "OverflowException",
    `Value was either too large or too small for ${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}.`,
  );
export const divideByZero = () => new CsException("DivideByZeroException", "Attempted to divide by zero.");
export const argument = (message: string, name?: string) =>
  new CsException("ArgumentException", name ? withParameter(message, name) : message);
export const argumentNull = (name: string) =>
  new CsException("ArgumentNullException", withParameter("Value cannot be null.", name));
export const outOfRange = (name: string, message = "Specified argument was out of the range of valid values.") =>
  new CsException("ArgumentOutOfRangeException", withParameter(message, name));
export const badIndex = () =>
  outOfRange("index", "Index was out of range. Must be non-negative and less than the size of the collection.");
export const invalidOperation = (message: string) => new CsException("InvalidOperationException", message);
export const outOfMemory = () =>
  new Exhausted("OutOfMemoryException", "Insufficient memory to continue the execution of the program.");

export class CsDouble {
  readonly v: number;
  constructor(v: number) {
    this.v = v;
  }
}
/** `m` divided by ten to the power of `s`, 0 <= s <= 28. */
export class CsDecimal {
  readonly m: bigint;
  readonly s: number;
  constructor(m: bigint, s = 0) {
    this.m = m;
    this.s = s;
  }
}
export class CsChar {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}
const chars: CsChar[] = [];
/** Interned, so that equal chars are identical. */
export function char(code: number): CsChar {
  let found = chars[code];
  if (!found) {
    found = new CsChar(code);
    chars[code] = found;
  }
  return found;
}

export class CsGuid {
  readonly text: string;
  constructor(text: string) {
    this.text = text.toLowerCase();
  }
}
/** A tick is 100 ns. */
export const TICKS = 10000n;
export class CsTimeSpan {
  readonly ticks: bigint;
  constructor(ticks: bigint) {
    this.ticks = ticks;
  }
}
/** Ticks since 0001-01-01 as its own calendar shows them; the gateway runs in UTC, so local is UTC. */
export class CsDateTime {
  readonly ticks: bigint;
  readonly kind: "Unspecified" | "Utc" | "Local";
  constructor(ticks: bigint, kind: CsDateTime["kind"] = "Unspecified") {
    if (ticks < 0n || ticks > MAX_TICKS)
      throw outOfRange("value", "The added or subtracted value results in an un-representable DateTime.");
    this.ticks = ticks;
    this.kind = kind;
  }
}
/** Ticks since 0001-01-01 as its own clock shows them, and that clock's distance from UTC in minutes. */
export class CsDateTimeOffset {
  readonly ticks: bigint;
  readonly offset: number;
  constructor(ticks: bigint, offset = 0) {
    if (ticks < 0n || ticks > MAX_TICKS)
      throw outOfRange("value", "The added or subtracted value results in an un-representable DateTime.");
    this.ticks = ticks;
    this.offset = offset;
  }
  get utcTicks(): bigint {
    return this.ticks - BigInt(this.offset) * 60000n * TICKS;
  }
}
/** Ticks at 1970-01-01, and at the end of year 9999. */
export const EPOCH_TICKS = 621355968000000000n;
export const MAX_TICKS = 3155378975999999999n;
/** Ticks of a time in milliseconds since the epoch; fractions of a millisecond kept to the microsecond. */
export const ticksOf = (ms: number) => EPOCH_TICKS + BigInt(Math.round(ms * 1000)) * 10n;
export const msOf = (ticks: bigint) => Number(ticks / TICKS - EPOCH_TICKS / TICKS);

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
  readonly of: Type | undefined;
  /** Counts changes, so that a change during `foreach` is noticed. */
  version = 0;
  constructor(items: Value[] = [], of?: Type) {
    this.items = items;
    this.of = of;
  }
}
export class CsQueue {
  items: Value[];
  readonly of: Type | undefined;
  readonly kind: "Queue" | "Stack";
  constructor(kind: "Queue" | "Stack", items: Value[] = [], of?: Type) {
    this.kind = kind;
    this.items = items;
    this.of = of;
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
export class CsGroup {
  readonly key: Value;
  readonly items: Value[] = [];
  constructor(key: Value) {
    this.key = key;
  }
}
export class CsDictionary {
  readonly entries = new Map<Value, CsPair>();
  readonly of: readonly Type[];
  readonly comparer: Comparer;
  version = 0;
  constructor(of: readonly Type[] = [], comparer: Comparer | null = null) {
    this.of = of;
    this.comparer = comparer ?? keyOf;
  }
}
export class CsSet {
  readonly items = new Map<Value, Value>();
  readonly of: Type | undefined;
  readonly comparer: Comparer;
  version = 0;
  constructor(of?: Type, comparer: Comparer | null = null) {
    this.of = of;
    this.comparer = comparer ?? keyOf;
  }
}
/** A query that runs anew each time it is enumerated, element by element. */
export class CsSequence {
  readonly make: () => Iterable<Value>;
  constructor(make: () => Iterable<Value>) {
    this.make = make;
  }
}
export class CsTuple {
  readonly items: readonly Value[];
  readonly of: readonly Type[];
  constructor(items: readonly Value[], of: readonly Type[]) {
    this.items = items;
    this.of = of;
  }
}
/** An instance of an anonymous type. */
export class CsAnonymous {
  readonly fields: ReadonlyMap<string, Value>;
  constructor(fields: ReadonlyMap<string, Value>) {
    this.fields = fields;
  }
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
export class CsType {
  readonly type: Type;
  constructor(of: Type) {
    this.type = of;
  }
}
/** What an `out` argument writes to. */
export interface Out {
  set(value: Value): void;
}
/** Maps values that count as equal to the same JavaScript value. */
export type Comparer = (value: Value) => Value;

/** A key under which equal C# values are equal JavaScript values. */
export function keyOf(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof CsDouble) return `\0n${value.v}`;
  if (value instanceof CsDecimal) return `\0m${decimalKey(value)}`;
  if (value instanceof CsGuid) return `\0g${value.text}`;
  if (value instanceof CsDateTime) return `\0d${value.ticks}`;
  if (value instanceof CsTimeSpan) return `\0t${value.ticks}`;
  if (value instanceof CsDateTimeOffset) return `\0o${value.utcTicks}`;
  if (value instanceof CsPair) return `\0p${JSON.stringify([keyText(value.key), keyText(value.value)])}`;
  if (value instanceof CsTuple) return `\0u${JSON.stringify(value.items.map(keyText))}`;
  if (value instanceof CsAnonymous) return `\0a${JSON.stringify([...value.fields].map(([name, item]) => [name, keyText(item)]))}`;
  return value;
}
const identities = new WeakMap<object, number>();
let lastIdentity = 0;
function keyText(value: Value): string {
  const found = keyOf(value);
  if (typeof found !== "object" || found === null) return `${typeof found}:${String(found)}`;
  const identity = identities.get(found) ?? ++lastIdentity;
  identities.set(found, identity);
  return `#${identity}`;
}
function decimalKey({ m, s }: CsDecimal): string {
  let [digits, scale] = [m, s];
  while (scale > 0 && digits % 10n === 0n) [digits, scale] = [digits / 10n, scale - 1];
  return `${digits}e${scale}`;
}
export const equal = (a: Value, b: Value) => a === b || (typeof a === "object" && keyOf(a) === keyOf(b));

const ELEMENT = Symbol("element type");
/** An array that knows its element type. */
export function array(items: Value[], element: Type): Value[] {
  Object.defineProperty(items, ELEMENT, { value: element });
  return items;
}
export const elementOf = (items: Value[]): Type | undefined => (items as Value)[ELEMENT];

const one = (name: string, of: Type | undefined) => type(name, of ?? OBJECT);

/** The run-time type of a value that is not null. */
export function typeOf(value: Value): Type {
  switch (typeof value) {
    case "string":
      return STRING;
    case "number":
      return INT;
    case "bigint":
      // Only JSON has larger ones.
      return BigInt.asIntN(64, value) === value ? LONG : type("BigInteger");
    case "boolean":
      return BOOL;
    case "function":
      return type("Func", OBJECT);
  }
  if (Array.isArray(value)) return arrayOf(elementOf(value) ?? OBJECT);
  if (value instanceof Uint8Array) return arrayOf(BYTE);
  if (value instanceof CsDouble) return DOUBLE;
  if (value instanceof CsDecimal) return DECIMAL;
  if (value instanceof CsChar) return CHAR;
  if (value instanceof CsException) return type(value.typeName);
  if (value instanceof CsEnum) return type(value.typeName);
  if (value instanceof CsList) return one("List", value.of);
  if (value instanceof CsSet) return one("HashSet", value.of);
  if (value instanceof CsQueue) return one(value.kind, value.of);
  if (value instanceof CsDictionary) return type("Dictionary", value.of[0] ?? OBJECT, value.of[1] ?? OBJECT);
  if (value instanceof CsTuple) return type("Tuple", ...value.of);
  if (value instanceof CsSequence) return one("IEnumerable", undefined);
  if (value instanceof CsGroup) return type("IGrouping", OBJECT, OBJECT);
  if (value instanceof HeaderList) return type("IReadOnlyDictionary", STRING, arrayOf(STRING));
  if (value instanceof Map) return type("IReadOnlyDictionary", STRING, OBJECT);
  if (value instanceof URL) return type("IUrl");
  if ("statusCode" in value && "headers" in value) return type("IResponse");
  if (typeof value.csType === "string") return type(value.csType);
  return type(NAMES.get(value.constructor) ?? value.constructor.name);
}
const NAMES = new Map<unknown, string>([
  [CsGuid, "Guid"],
  [CsDateTime, "DateTime"],
  [CsDateTimeOffset, "DateTimeOffset"],
  [CsTimeSpan, "TimeSpan"],
  [CsBuilder, "StringBuilder"],
  [CsRandom, "Random"],
  [CsType, "Type"],
  [CsPair, "KeyValuePair"],
  [CsAnonymous, "anonymous type"],
]);

/** `value is T`, by the value's own type; null is nothing. Where a value does not know its element type, the name decides. */
export function isInstance(value: Value, t: Type): boolean {
  if (value === null || value === undefined) return false;
  if (t === OBJECT) return true;
  if (isNullable(t)) return isInstance(value, underlying(t));
  if (value instanceof CsException) return t.name === "Exception" || t.name === value.typeName;
  const own = typeOf(value);
  if (own === t || baseDistance(own, t) !== undefined) return true;
  if (Array.isArray(value) && elementOf(value)) return false;
  const vague = own.args.length === 0 || own.args.every((arg) => arg === OBJECT) || own.name === "IReadOnlyDictionary";
  return own.args.length > 0 && vague && asBase(own, t.name) !== undefined;
}

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
      return new CsDecimal(0n);
    case "char":
      return char(0);
    case "Guid":
      return new CsGuid("00000000-0000-0000-0000-000000000000");
    case "DateTime":
      return new CsDateTime(0n);
    case "DateTimeOffset":
      return new CsDateTimeOffset(0n);
    case "TimeSpan":
      return new CsTimeSpan(0n);
    case "KeyValuePair":
      return new CsPair(defaultOf(t.args[0] as Type), defaultOf(t.args[1] as Type));
    default:
      return enumDefaults.get(t.name) ?? null;
  }
}
/** The zero of each enum; filled by the member table. */
export const enumDefaults = new Map<string, CsEnum>();

/** Elements of anything `foreach` accepts, one after the other. */
export function iterate(value: Value): Iterable<Value> {
  if (value === null || value === undefined) throw nullReference();
  if (Array.isArray(value) || value instanceof Uint8Array) return value;
  if (typeof value === "string") return charsOf(value);
  if (value instanceof CsSequence) return value.make();
  if (value instanceof CsList) return watched(value, value.items);
  if (value instanceof CsDictionary) return watched(value, value.entries.values());
  if (value instanceof CsSet) return watched(value, value.items.values());
  if (value instanceof CsQueue) return value.kind === "Queue" ? value.items : value.items.toReversed();
  if (value instanceof HeaderList) return headerPairs(value);
  if (value instanceof Map) return Array.from(value, ([name, item]) => new CsPair(name, item));
  if (value.items !== undefined) return value.items;
  throw invalidOperation(`${fullName(typeOf(value))} cannot be enumerated.`);
}
export const elements = (value: Value): Value[] => (Array.isArray(value) ? value : Array.from(iterate(value)));

function* charsOf(text: string) {
  for (let i = 0; i < text.length; i++) yield char(text.charCodeAt(i));
}
function* watched(owner: { version: number }, items: Iterable<Value>) {
  const { version } = owner;
  for (const item of items) {
    yield item;
    if (owner.version !== version) throw invalidOperation("Collection was modified; enumeration operation may not execute.");
  }
}
function headerPairs(headers: HeaderList): CsPair[] {
  const names = new Map<string, string>();
  for (const [name] of headers.fields) if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  return Array.from(names.values(), (name) => new CsPair(name, array(headers.all(name), STRING)));
}

/** What the interpreted code may learn of the world around it. Set for the time of one (synchronous) evaluation. */
export interface Host {
  /** Milliseconds since the epoch. */
  now(): number;
  /** 0 <= x < 1. */
  random(): number;
}

/** Loop passes, lambda calls and elements that one evaluation may use. Far above what a policy needs that reads a body of 2 MiB: about a second. */
export const BUDGET = 10_000_000;
let current: Host | undefined;
let left = 0;

export function withHost<T>(host: Host, run: () => T): T {
  const before = current;
  const leftBefore = left;
  current = host;
  left = BUDGET;
  try {
    return run();
  } finally {
    current = before;
    left = leftBefore;
  }
}
export function host(): Host {
  if (!current) throw new Error("C# code ran outside an evaluation");
  return current;
}
/** Takes one step (or several) off the budget. */
export function tick(steps = 1): void {
  left -= steps;
  // Outside an evaluation nothing is counted: a value may be looked at.
  if (left < 0 && current)
    throw new Exhausted("TimeoutException", `The expression took more than ${BUDGET} steps: it may never end.`);
}
