/**
 * What compiled expressions call: conversions, arithmetic that JavaScript does not have, and exceptions.
 */
import * as decimals from "./decimal.ts";
import { aligned, formatted, text } from "./format.ts";
import { fromToken, ranged, toToken } from "./json.ts";
import { enumOf } from "./members.ts";
import { BYTE, isNullable, isValueType, type Type, underlying } from "./types.ts";
import {
  array,
  CsAnonymous,
  CsChar,
  CsDateTime,
  CsDateTimeOffset,
  CsDecimal,
  CsDouble,
  CsEnum,
  CsException,
  CsTimeSpan,
  char,
  defaultOf,
  divideByZero,
  Exhausted,
  equal,
  invalidCast,
  invalidOperation,
  isInstance,
  iterate,
  nullReference,
  outOfMemory,
  tick,
  typeOf,
  type Value,
} from "./values.ts";

const INT_MIN = -2147483648;
const LONG_MIN = -(1n << 63n);
const overflowed = () => new CsException("OverflowException", "Arithmetic operation resulted in an overflow.");

/** Double to a whole number as x64 does it: what does not fit becomes the smallest. */
const toInt = (v: number) => (v > INT_MIN - 1 && v < 2147483648 ? Math.trunc(v) : INT_MIN);
const toLong = (v: number) => (v >= -(2 ** 63) && v < 2 ** 63 ? BigInt(Math.trunc(v)) : LONG_MIN);

/** A number of one type as another, as a cast does: wraps around, except from decimal. */
function number(value: Value, to: string): Value {
  if (value instanceof CsDecimal) {
    if (to === "decimal") return value;
    if (to === "double") return new CsDouble(decimals.toNumber(value));
    return to === "char" ? char(ranged(decimals.toBigInt(value), "int")) : ranged(decimals.toBigInt(value), to);
  }
  if (value instanceof CsDouble) {
    if (to === "double") return value;
    if (to === "decimal") return decimals.fromNumber(value.v);
    if (to === "long") return toLong(value.v);
    const whole = toInt(value.v);
    return to === "byte" ? whole & 255 : to === "char" ? char(whole & 0xffff) : whole;
  }
  const whole = value instanceof CsChar ? value.code : value instanceof CsEnum ? value.value : value;
  switch (to) {
    case "double":
      return new CsDouble(Number(whole));
    case "decimal":
      return decimals.of(whole);
    case "long":
      return BigInt(whole);
    case "int":
      return typeof whole === "bigint" ? Number(BigInt.asIntN(32, whole)) : whole;
    case "byte":
      return Number(BigInt.asUintN(8, BigInt(whole)));
    default:
      return char(Number(BigInt.asUintN(16, BigInt(whole))));
  }
}

const ticks = (value: bigint) => {
  if (value < LONG_MIN || value >= 1n << 63n)
    throw new CsException("OverflowException", "TimeSpan overflowed because the duration is too long.");
  return new CsTimeSpan(value);
};

/** The error of a JavaScript engine limit, or of the interpreted code, as the interpreted code sees it. */
export function asException(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  if (/call stack/i.test(error.message))
    return new Exhausted("InsufficientExecutionStackException", "Insufficient stack to continue executing the program safely.");
  return outOfMemory();
}

export const runtime = {
  tick,
  text,
  formatted,
  aligned,
  iterate,
  equal,
  toToken,
  number,
  d: (v: number) => new CsDouble(v),
  dec: decimals,
  /** Not null, or NullReferenceException. */
  nn(value: Value): Value {
    if (value === null) throw nullReference();
    return value;
  },
  /** Calls a method; whether there is something to call it on is asked after the arguments were made. */
  invoke(method: (...all: Value[]) => Value, self: Value, ...args: Value[]): Value {
    if (self === null) throw nullReference();
    return method(self, ...args);
  },
  divi(a: number, b: number): number {
    if (b === 0) throw divideByZero();
    if (a === INT_MIN && b === -1) throw overflowed();
    return (a / b) | 0;
  },
  remi(a: number, b: number): number {
    if (b === 0) throw divideByZero();
    if (a === INT_MIN && b === -1) throw overflowed();
    return (a % b) | 0;
  },
  divl(a: bigint, b: bigint): bigint {
    if (b === 0n) throw divideByZero();
    if (a === LONG_MIN && b === -1n) throw overflowed();
    return a / b;
  },
  reml(a: bigint, b: bigint): bigint {
    if (b === 0n) throw divideByZero();
    if (a === LONG_MIN && b === -1n) throw overflowed();
    return a % b;
  },
  /** Reference equality: values in boxes and strings made at run time are never the same object. */
  same(a: Value, b: Value): boolean {
    if (a === null || b === null || typeof a !== "object") return a === b && a === null;
    return a === b && !isValueType(typeOf(a));
  },
  /** `(T)object` for a value type. */
  unbox(value: Value, t: Type): Value {
    if (value === null) {
      if (isNullable(t)) return null;
      throw nullReference();
    }
    if (!isInstance(value, underlying(t))) throw invalidCast();
    return value;
  },
  /** `(T)value` for a reference type. */
  cast(value: Value, t: Type): Value {
    if (value !== null && !isInstance(value, t)) throw invalidCast(typeOf(value), t);
    return value;
  },
  as: (value: Value, t: Type): Value => (isInstance(value, t) ? value : null),
  is: isInstance,
  fromToken,
  /** `nullable.Value` */
  some(value: Value): Value {
    if (value === null) throw invalidOperation("Nullable object must have a value.");
    return value;
  },
  array: (items: Value[], element: Type): Value => (element === BYTE ? Uint8Array.from(items) : array(items, element)),
  newArray(length: number, element: Type): Value {
    if (length < 0) throw overflowed();
    tick(length);
    if (element === BYTE) return new Uint8Array(length);
    return array(new Array(length).fill(defaultOf(element)), element);
  },
  index(items: Value, i: number): Value {
    if (items === null) throw nullReference();
    if (i < 0 || i >= items.length)
      throw new CsException("IndexOutOfRangeException", "Index was outside the bounds of the array.");
    return items[i];
  },
  enum: (name: string, value: number) => enumOf(name, value),
  anonymous: (fields: [string, Value][]) => new CsAnonymous(new Map(fields)),
  /** Makes an error that `catch` caught into what the code may see; lets pass what it may not. */
  caught(error: unknown): CsException {
    // An exception takes about as long as a hundred passes through a loop.
    tick(100);
    const found = asException(error);
    if (!(found instanceof CsException) || found instanceof Exhausted) throw found;
    return found;
  },
  raise(exception: CsException | null): never {
    throw exception ?? nullReference();
  },
  // Dates
  datePlus: (a: CsDateTime | CsDateTimeOffset, b: CsTimeSpan, sign: bigint) =>
    a instanceof CsDateTime
      ? new CsDateTime(a.ticks + sign * b.ticks, a.kind)
      : new CsDateTimeOffset(a.ticks + sign * b.ticks, a.offset),
  dateMinus: (a: Value, b: Value) => ticks(BigInt(a.utcTicks ?? a.ticks) - BigInt(b.utcTicks ?? b.ticks)),
  spanPlus: (a: CsTimeSpan, b: CsTimeSpan, sign: bigint) => ticks(a.ticks + sign * b.ticks),
  spanMinus: (a: CsTimeSpan) => ticks(-a.ticks),
  toOffset: (a: CsDateTime) => new CsDateTimeOffset(a.ticks),
  ticks: (a: Value): bigint => a.utcTicks ?? a.ticks,
};
export type Runtime = typeof runtime;
