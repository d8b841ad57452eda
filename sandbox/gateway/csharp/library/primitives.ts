/**
 * object, string, char, numbers, bool and what goes with them: Convert, Math, StringBuilder, Guid, Random, Exception, Tuple.
 */
import * as decimals from "../decimal.ts";
import { composite, formatted, text } from "../format.ts";
import { changeType, parseBool, parseDouble, parseInteger, ranged, roundEven } from "../json.ts";
import { declare, declareEnum, enumOf, type Implementation, typed } from "../members.ts";
import { parseDate, toDateTime } from "../time.ts";
import { CHAR, INT, STRING, type Type } from "../types.ts";
import {
  argument,
  argumentNull,
  array,
  badFormat,
  type Comparer,
  CsBuilder,
  type CsChar,
  CsDecimal,
  CsDouble,
  CsEnum,
  CsException,
  CsGuid,
  CsRandom,
  CsTuple,
  CsType,
  char,
  divideByZero,
  equal,
  host,
  invalidOperation,
  iterate,
  keyOf,
  type Out,
  outOfMemory,
  outOfRange,
  overflow,
  tick,
  typeOf,
  type Value,
} from "../values.ts";

/** .NET's hash codes where they are fixed; of strings, the 64-bit .NET Framework's. */
export function hashCode(value: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "bigint") return Number(BigInt.asIntN(32, value)) ^ Number(BigInt.asIntN(32, value >> 32n));
  if (value instanceof CsEnum) return value.value;
  if (typeof value === "string") {
    let [first, second] = [5381, 5381];
    for (let i = 0; i < value.length; i += 2) {
      first = (((first << 5) + first) | 0) ^ value.charCodeAt(i);
      if (i + 1 >= value.length) break;
      second = (((second << 5) + second) | 0) ^ value.charCodeAt(i + 1);
    }
    return (first + Math.imul(second, 1566083941)) | 0;
  }
  if (value instanceof CsGuid) {
    const hex = value.text.replaceAll("-", "");
    const byte = (i: number) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
    const a = Number.parseInt(hex.slice(0, 8), 16);
    const b = Number.parseInt(hex.slice(8, 12), 16);
    const c = Number.parseInt(hex.slice(12, 16), 16);
    return a ^ ((b << 16) | c) ^ ((byte(10) << 24) | byte(15));
  }
  const found = keyOf(value);
  return typeof found === "string" ? hashCode(found) : 0;
}

declare("System", "class", "object", {
  "new()": () => ({ csType: "object" }),
  "string ToString()": text,
  "bool Equals(object obj)": equal,
  "int GetHashCode()": hashCode,
  "Type GetType()": (value) => new CsType(typeOf(value)),
  "static bool Equals(object objA, object objB)": equal,
  "static bool ReferenceEquals(object objA, object objB)": (a, b) => a === b && (a === null || typeof a === "object"),
});
// GetType() is allowed, the members of Type are not.
declare("System", "class", "Type", {});
declare("System", "interface", "IDisposable", { "void Dispose()": () => null });
declare("", "struct", "void", {});

export const NO_CASE = /IgnoreCase$/;
declareEnum("System", "StringComparison", {
  CurrentCulture: 0,
  CurrentCultureIgnoreCase: 1,
  InvariantCulture: 2,
  InvariantCultureIgnoreCase: 3,
  Ordinal: 4,
  OrdinalIgnoreCase: 5,
});
declareEnum("System", "StringSplitOptions", { None: 0, RemoveEmptyEntries: 1 });
const fold = (value: string, how?: CsEnum) => (how && NO_CASE.test(how.name) ? value.toUpperCase() : value);

const collator = new Intl.Collator("en", { sensitivity: "variant" });
const foldedCollator = new Intl.Collator("en", { sensitivity: "accent" });
/** The difference of the first characters that differ, else of the lengths. */
function ordinal(a: string, b: string): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a.charCodeAt(i) - b.charCodeAt(i);
  return a.length - b.length;
}
/** As `string.Compare`: by the invariant culture unless told otherwise; null comes first. */
export function compareStrings(a: string | null, b: string | null, how?: CsEnum): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (how?.name.startsWith("Ordinal")) return ordinal(fold(a, how), fold(b, how));
  return (how && NO_CASE.test(how.name) ? foldedCollator : collator).compare(a, b);
}

/** `Comparer<T>.Default`. */
export function compareValues(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  if (a instanceof CsDecimal) return decimals.compare(a, b);
  const [x, y] = [a, b].map(sortKey);
  if (x === undefined || y === undefined) throw invalidOperation("Failed to compare two elements in the array.");
  return x < y ? -1 : x > y ? 1 : 0;
}
function sortKey(value: Value): Value {
  if (typeof value !== "object") return value;
  if (value instanceof CsDouble) return value.v;
  return (
    value.utcTicks ??
    value.ticks ??
    value.code ??
    (value instanceof CsEnum ? value.value : value instanceof CsGuid ? value.text : undefined)
  );
}

/** Arguments of `Trim` and `Split`: white space when none are given. */
const charSet = (chars: CsChar[] | null) =>
  chars && chars.length > 0 ? new Set(chars.map((c) => String.fromCharCode(c.code))) : undefined;
const isIn = (set: Set<string> | undefined, c: string) => (set ? set.has(c) : /\s/.test(c));
function trim(value: string, chars: CsChar[] | null, start: boolean, end: boolean): string {
  const set = charSet(chars);
  let [from, to] = [0, value.length];
  while (start && from < to && isIn(set, value[from] ?? "")) from++;
  while (end && to > from && isIn(set, value[to - 1] ?? "")) to--;
  return value.slice(from, to);
}

function split(
  value: string,
  separators: (CsChar | string)[] | null,
  count = Number.POSITIVE_INFINITY,
  options?: CsEnum,
): string[] {
  const words = (separators ?? [])
    .filter((s) => s !== null && s !== "")
    .map((s) => (typeof s === "string" ? s : String.fromCharCode(s.code)));
  const dropEmpty = options?.name === "RemoveEmptyEntries";
  if (count < 0) throw outOfRange("count", "Count cannot be less than zero.");
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < value.length && count > 0; ) {
    const found =
      words.length > 0 ? words.find((word) => value.startsWith(word, i)) : /\s/.test(value[i] ?? "") ? value[i] : undefined;
    if (found === undefined) i++;
    else {
      if (!(dropEmpty && i === start)) {
        if (parts.length === count - 1) break;
        parts.push(value.slice(start, i));
      }
      i += found.length;
      start = i;
    }
  }
  const rest = value.slice(start);
  if (count > 0 && !(dropEmpty && rest === "")) parts.push(rest);
  tick(parts.length);
  return array(parts, STRING) as string[];
}

function substring(value: string, start: number, length = value.length - start): string {
  if (start < 0) throw outOfRange("startIndex", "StartIndex cannot be less than zero.");
  if (start > value.length) throw outOfRange("startIndex", "startIndex cannot be larger than length of string.");
  if (length < 0) throw outOfRange("length", "Length cannot be less than zero.");
  if (start + length > value.length) throw outOfRange("length", "Index and length must refer to a location within the string.");
  return value.substr(start, length);
}
const string = (value: CsChar | string) => (typeof value === "string" ? value : String.fromCharCode(value.code));
function indexOf(value: string, what: CsChar | string | null, start: number | CsEnum = 0, how?: CsEnum): number {
  if (what === null) throw argumentNull("value");
  const from = typeof start === "number" ? start : 0;
  if (from < 0 || from > value.length)
    throw outOfRange("startIndex", "Index was out of range. Must be non-negative and less than the size of the collection.");
  const comparison = typeof start === "number" ? how : start;
  return fold(value, comparison).indexOf(fold(string(what), comparison), from);
}
function lastIndexOf(value: string, what: CsChar | string | null, how?: CsEnum): number {
  if (what === null) throw argumentNull("value");
  // Nothing is found where the last character is, not after it.
  if (what === "") return Math.max(0, value.length - 1);
  return fold(value, how).lastIndexOf(fold(string(what), how));
}
const needed = <T>(value: T | null, name: string): T => {
  if (value === null) throw argumentNull(name);
  return value;
};
const TOO_LONG = 1 << 26;
const pad = (value: string, width: number, fill: CsChar | undefined, left: boolean) => {
  if (width < 0) throw outOfRange("totalWidth", "Non-negative number required.");
  if (width > TOO_LONG) throw outOfMemory();
  const c = fill ? string(fill) : " ";
  return left ? value.padStart(width, c) : value.padEnd(width, c);
};
const join = (separator: string | null, values: Iterable<Value> | null) => {
  const parts = Array.from(iterate(needed(values, "values")), text);
  tick(parts.length);
  return parts.join(separator ?? "");
};
const concat = (...values: Value[]) => values.map(text).join("");
const format = (pattern: string, values: Value[]) => composite(needed(pattern, "format"), needed(values, "args"));

declare("System", "class", "string : IEnumerable<char>, IComparable", {
  "new(char c, int count)": (c: CsChar, count: number) => {
    if (count < 0) throw outOfRange("count", "'count' must be non-negative.");
    if (count > TOO_LONG) throw outOfMemory();
    return string(c).repeat(count);
  },
  "new(char[] value)": (chars: CsChar[] | null) => (chars ?? []).map(string).join(""),
  "const string Empty": "",
  "int Length": (s: string) => s.length,
  "char this[int index]": (s: string, i: number) => {
    if (i < 0 || i >= s.length) throw new CsException("IndexOutOfRangeException", "Index was outside the bounds of the array.");
    return char(s.charCodeAt(i));
  },
  "bool Contains(string value)": (s: string, part: string | null) => s.includes(needed(part, "value")),
  "bool StartsWith(string value) | bool StartsWith(string value, StringComparison comparisonType)": (
    s: string,
    part: string | null,
    how?: CsEnum,
  ) => fold(s, how).startsWith(fold(needed(part, "value"), how)),
  "bool EndsWith(string value) | bool EndsWith(string value, StringComparison comparisonType)": (
    s: string,
    part: string | null,
    how?: CsEnum,
  ) => fold(s, how).endsWith(fold(needed(part, "value"), how)),
  "int IndexOf(string value) | int IndexOf(string value, int startIndex) | int IndexOf(string value, StringComparison comparisonType) | int IndexOf(string value, int startIndex, StringComparison comparisonType) | int IndexOf(char value) | int IndexOf(char value, int startIndex)":
    indexOf,
  "int LastIndexOf(string value) | int LastIndexOf(string value, StringComparison comparisonType) | int LastIndexOf(char value)":
    lastIndexOf,
  "int IndexOfAny(char[] anyOf) | int IndexOfAny(char[] anyOf, int startIndex)": (s: string, any: CsChar[], start = 0) => {
    if (start < 0 || start > s.length)
      throw outOfRange("startIndex", "Index was out of range. Must be non-negative and less than the size of the collection.");
    const wanted = new Set(any.map(string));
    for (let i = start; i < s.length; i++) if (wanted.has(s[i] as string)) return i;
    return -1;
  },
  "string Substring(int startIndex) | string Substring(int startIndex, int length)": substring,
  "string[] Split(params char[] separator)": split,
  "string[] Split(char[] separator, int count)": split,
  "string[] Split(char[] separator, StringSplitOptions options) | string[] Split(string[] separator, StringSplitOptions options)":
    (s: string, separators, options: CsEnum) => split(s, separators, undefined, options),
  "string[] Split(char[] separator, int count, StringSplitOptions options) | string[] Split(string[] separator, int count, StringSplitOptions options)":
    split,
  "string Replace(string oldValue, string newValue)": (s: string, from: string | null, to: string | null) => {
    if (needed(from, "oldValue") === "") throw argument("String cannot be of zero length.", "oldValue");
    const result = s.replaceAll(from as string, () => to ?? "");
    if (result.length > TOO_LONG) throw outOfMemory();
    return result;
  },
  "string Replace(char oldChar, char newChar)": (s: string, from: CsChar, to: CsChar) =>
    s.replaceAll(string(from), () => string(to)),
  "string ToLower() | string ToLowerInvariant()": (s: string) => s.toLowerCase(),
  "string ToUpper() | string ToUpperInvariant()": (s: string) => s.toUpperCase(),
  "string Trim() | string Trim(params char[] trimChars)": (s: string, chars: CsChar[] | null = null) =>
    trim(s, chars, true, true),
  "string TrimStart(params char[] trimChars)": (s: string, chars: CsChar[] | null) => trim(s, chars, true, false),
  "string TrimEnd(params char[] trimChars)": (s: string, chars: CsChar[] | null) => trim(s, chars, false, true),
  "string PadLeft(int totalWidth) | string PadLeft(int totalWidth, char paddingChar)": (s: string, n: number, c?: CsChar) =>
    pad(s, n, c, true),
  "string PadRight(int totalWidth) | string PadRight(int totalWidth, char paddingChar)": (s: string, n: number, c?: CsChar) =>
    pad(s, n, c, false),
  "string Insert(int startIndex, string value)": (s: string, at: number, part: string | null) => {
    if (at < 0 || at > s.length) throw outOfRange("startIndex");
    return s.slice(0, at) + needed(part, "value") + s.slice(at);
  },
  "string Remove(int startIndex)": (s: string, at: number) => {
    if (at < 0) throw outOfRange("startIndex", "StartIndex cannot be less than zero.");
    if (at >= s.length) throw outOfRange("startIndex", "startIndex must be less than length of string.");
    return s.slice(0, at);
  },
  "string Remove(int startIndex, int count)": (s: string, at: number, count: number) => {
    if (at < 0) throw outOfRange("startIndex", "StartIndex cannot be less than zero.");
    if (count < 0) throw outOfRange("count", "Count cannot be less than zero.");
    if (at + count > s.length) throw outOfRange("count", "Index and count must refer to a location within the string.");
    return s.slice(0, at) + s.slice(at + count);
  },
  "char[] ToCharArray()": (s: string) => array([...iterate(s)], CHAR),
  "int CompareTo(string strB)": compareStrings,
  "bool Equals(string value)": (a, b) => a === b,
  "bool Equals(string value, StringComparison comparisonType)": (a: string, b: string | null, how: CsEnum) =>
    b !== null && fold(a, how) === fold(b, how),
  "static bool IsNullOrEmpty(string value)": (s: string | null) => s === null || s === "",
  "static bool IsNullOrWhiteSpace(string value)": (s: string | null) => s === null || s.trim() === "",
  "static string Join(string separator, params string[] value) | static string Join(string separator, IEnumerable<string> values) | static string Join(string separator, params object[] values) | static string Join<T>(string separator, IEnumerable<T> values)":
    join,
  "static string Concat(object arg0) | static string Concat(object arg0, object arg1) | static string Concat(object arg0, object arg1, object arg2) | static string Concat(string str0, string str1) | static string Concat(string str0, string str1, string str2) | static string Concat(string str0, string str1, string str2, string str3)":
    concat,
  "static string Concat(params string[] values) | static string Concat(params object[] args) | static string Concat(IEnumerable<string> values) | static string Concat<T>(IEnumerable<T> values)":
    (values) => join("", values),
  "static string Format(string format, object arg0) | static string Format(string format, object arg0, object arg1) | static string Format(string format, object arg0, object arg1, object arg2)":
    (pattern, ...values) => format(pattern, values),
  "static string Format(string format, params object[] args)": format,
  "static int Compare(string strA, string strB) | static int Compare(string strA, string strB, StringComparison comparisonType)":
    compareStrings,
  "static int Compare(string strA, string strB, bool ignoreCase)": (a: string | null, b: string | null, ignore: boolean) =>
    compareStrings(a, b, enumOf("StringComparison", ignore ? 3 : 2)),
  "static int CompareOrdinal(string strA, string strB)": (a, b) => compareStrings(a, b, enumOf("StringComparison", 4)),
  "static bool Equals(string a, string b)": (a, b) => a === b,
  "static bool Equals(string a, string b, StringComparison comparisonType)": (a: string | null, b: string | null, how: CsEnum) =>
    a === null || b === null ? a === b : fold(a, how) === fold(b, how),
});
declare("System", "interface", "IComparable", {});

const comparer = (key: Comparer, compare: (a: string, b: string) => number) => ({ csType: "StringComparer", key, compare });
const upper: Comparer = (value) => (typeof value === "string" ? value.toUpperCase() : value);
const comparers = {
  sensitive: comparer(keyOf, compareStrings),
  insensitive: comparer(upper, (a, b) => compareStrings(a, b, enumOf("StringComparison", 3))),
  ordinal: comparer(keyOf, ordinal),
  ordinalInsensitive: comparer(upper, (a, b) => ordinal(a.toUpperCase(), b.toUpperCase())),
};
declare("System", "class", "StringComparer : IEqualityComparer<string>, IComparer<string>", {
  "static StringComparer Ordinal": () => comparers.ordinal,
  "static StringComparer OrdinalIgnoreCase": () => comparers.ordinalInsensitive,
  "static StringComparer InvariantCulture | static StringComparer CurrentCulture": () => comparers.sensitive,
  "static StringComparer InvariantCultureIgnoreCase | static StringComparer CurrentCultureIgnoreCase": () =>
    comparers.insensitive,
  "bool Equals(string x, string y)": (self, a, b) => self.key(a) === self.key(b),
  "int Compare(string x, string y)": (self, a, b) => self.compare(a, b),
});
declare("System.Collections.Generic", "interface", "IEqualityComparer<T>", {});
declare("System.Collections.Generic", "interface", "IComparer<T>", {});

const isMatch = (pattern: RegExp) => (c: CsChar) => pattern.test(String.fromCharCode(c.code));
const [isDigit, isLetter, isUpper, isLower] = [isMatch(/\p{Nd}/u), isMatch(/\p{L}/u), isMatch(/\p{Lu}/u), isMatch(/\p{Ll}/u)];
declare("System", "struct", "char : IComparable", {
  "const char MinValue": char(0),
  "const char MaxValue": char(0xffff),
  "static bool IsDigit(char c) | static bool IsNumber(char c)": isDigit,
  "static bool IsLetter(char c)": isLetter,
  "static bool IsLetterOrDigit(char c)": (c) => isLetter(c) || isDigit(c),
  "static bool IsWhiteSpace(char c)": isMatch(/\s/),
  "static bool IsUpper(char c)": isUpper,
  "static bool IsLower(char c)": isLower,
  "static bool IsPunctuation(char c)": isMatch(/\p{P}/u),
  "static bool IsControl(char c)": isMatch(/\p{Cc}/u),
  "static char ToUpper(char c) | static char ToUpperInvariant(char c)": (c: CsChar) =>
    char(string(c).toUpperCase().charCodeAt(0)),
  "static char ToLower(char c) | static char ToLowerInvariant(char c)": (c: CsChar) =>
    char(string(c).toLowerCase().charCodeAt(0)),
  "static double GetNumericValue(char c)": (c: CsChar) => new CsDouble(isDigit(c) ? Number(string(c)) : -1),
  "static char Parse(string s)": (s: string) => changeType(needed(s, "s"), CHAR),
  "int CompareTo(char value)": (a: CsChar, b: CsChar) => a.code - b.code,
});

/** `TryParse` from `Parse`. */
const attempt =
  (parse: (text: string) => Value, zero: () => Value): Implementation =>
  (source: string | null, out: Out) => {
    try {
      if (source !== null) {
        out.set(parse(source));
        return true;
      }
    } catch (error) {
      if (!(error instanceof CsException)) throw error;
    }
    out.set(zero());
    return false;
  };
const numeric = (name: string, parse: (text: string) => Value, zero: () => Value): Record<string, Implementation> => ({
  [`static ${name} Parse(string s)`]: (s: string | null) => parse(needed(s, "s")),
  [`static bool TryParse(string s, out ${name} result)`]: attempt(parse, zero),
  [`int CompareTo(${name} value)`]: compareValues,
  [`bool Equals(${name} obj)`]: equal,
  "string ToString(string format)": formatted,
});
declare("System", "struct", "int : IComparable", {
  ...numeric(
    "int",
    (s) => parseInteger(s, "int"),
    () => 0,
  ),
  "const int MaxValue": 2147483647,
  "const int MinValue": -2147483648,
});
declare("System", "struct", "long : IComparable", {
  ...numeric(
    "long",
    (s) => parseInteger(s, "long"),
    () => 0n,
  ),
  "const long MaxValue": (1n << 63n) - 1n,
  "const long MinValue": -(1n << 63n),
});
declare("System", "struct", "byte : IComparable", {
  ...numeric(
    "byte",
    (s) => parseInteger(s, "byte"),
    () => 0,
  ),
  "const byte MaxValue": 255,
  "const byte MinValue": 0,
});
declare("System", "struct", "double : IComparable", {
  ...numeric(
    "double",
    (s) => new CsDouble(parseDouble(s)),
    () => new CsDouble(0),
  ),
  "const double MaxValue": new CsDouble(Number.MAX_VALUE),
  "const double MinValue": new CsDouble(-Number.MAX_VALUE),
  "const double Epsilon": new CsDouble(Number.MIN_VALUE),
  "const double NaN": new CsDouble(Number.NaN),
  "const double PositiveInfinity": new CsDouble(Number.POSITIVE_INFINITY),
  "const double NegativeInfinity": new CsDouble(Number.NEGATIVE_INFINITY),
  "static bool IsNaN(double d)": (d: CsDouble) => Number.isNaN(d.v),
  "static bool IsInfinity(double d)": (d: CsDouble) => !Number.isFinite(d.v) && !Number.isNaN(d.v),
});
declare("System", "struct", "decimal : IComparable", {
  ...numeric(
    "decimal",
    (s) => decimals.parse(s),
    () => decimals.of(0),
  ),
  "const decimal Zero": decimals.of(0),
  "const decimal One": decimals.of(1),
  "const decimal MaxValue": new CsDecimal((1n << 96n) - 1n),
  "static decimal Round(decimal d) | static decimal Round(decimal d, int decimals)": (d: CsDecimal, n?: number) =>
    decimals.round(d, n),
  "static decimal Floor(decimal d)": decimals.floor,
  "static decimal Ceiling(decimal d)": decimals.ceiling,
  "static decimal Truncate(decimal d)": decimals.truncate,
});
declare("System", "struct", "bool : IComparable", {
  "static bool Parse(string value)": (s: string | null) => parseBool(needed(s, "value")),
  "static bool TryParse(string value, out bool result)": attempt(parseBool, () => false),
  "const string TrueString": "True",
  "const string FalseString": "False",
});
declare("System", "struct", "Nullable<T>", {
  "bool HasValue": (value) => value !== null,
  "T Value": (value) => {
    if (value === null) throw invalidOperation("Nullable object must have a value.");
    return value;
  },
  "T GetValueOrDefault(T defaultValue)": (value, fallback) => value ?? fallback,
});
declare("System", "class", "Enum", {});

const anything = ["object", "string", "bool", "char", "byte", "int", "long", "double", "decimal"];
const conversions = (returns: string, method: string) =>
  anything.map((from) => `static ${returns} ${method}(${from} value)`).join(" | ");
const convert = (target: Type, zero: Value) => (value: Value) => (value === null ? zero : changeType(value, target));
const based = (target: "int" | "long") => (source: string | null, base: number) => {
  if (![2, 8, 10, 16].includes(base)) throw argument("Invalid Base.");
  if (source === null) return target === "int" ? 0 : 0n;
  const digits = source.replace(base === 16 ? /^0x/i : /^$/, "").toLowerCase();
  const alphabet = "0123456789abcdef".slice(0, base);
  if (digits === "" || [...digits].some((digit) => !alphabet.includes(digit)))
    throw badFormat("Could not find any recognizable digits.");
  const whole = [...digits].reduce((sum, digit) => sum * BigInt(base) + BigInt(alphabet.indexOf(digit)), 0n);
  const bits = target === "int" ? 32 : 64;
  if (whole >= 1n << BigInt(bits)) throw overflow(target === "int" ? "Int32" : "Int64");
  const wrapped = BigInt.asIntN(bits, whole);
  return target === "int" ? Number(wrapped) : wrapped;
};
declare("System", "static", "Convert", {
  [conversions("int", "ToInt32")]: convert(INT, 0),
  [conversions("long", "ToInt64")]: (value) => (value === null ? 0n : changeType(value, typeOf(0n))),
  [conversions("byte", "ToByte")]: (value) => (value === null ? 0 : ranged(BigInt(changeType(value, INT)), "byte")),
  [conversions("double", "ToDouble")]: (value) => (value === null ? new CsDouble(0) : changeType(value, typeOf(new CsDouble(0)))),
  [conversions("decimal", "ToDecimal")]: (value) => (value === null ? decimals.of(0) : changeType(value, typeOf(decimals.of(0)))),
  [conversions("bool", "ToBoolean")]: (value) => (value === null ? false : changeType(value, typeOf(true))),
  "static char ToChar(string value) | static char ToChar(int value)": (value) => changeType(needed(value, "value"), CHAR),
  [conversions("string", "ToString")]: text,
  "static DateTime ToDateTime(string value)": (s: string | null) => {
    const found = parseDate(s ?? "01/01/0001");
    if (!found) throw badFormat("String was not recognized as a valid DateTime.");
    return toDateTime(found);
  },
  "static int ToInt32(string value, int fromBase)": based("int"),
  "static long ToInt64(string value, int fromBase)": based("long"),
  "static string ToString(int value, int toBase)": (value: number, base: number) =>
    base === 10 ? String(value) : (value >>> 0).toString(base),
  "static string ToBase64String(byte[] inArray)": (bytes: Uint8Array | null) =>
    Buffer.from(needed(bytes, "inArray")).toString("base64"),
  "static byte[] FromBase64String(string s)": (s: string | null) => {
    const bare = needed(s, "s").replace(/[ \t\r\n]/g, "");
    if (bare.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(bare)) {
      const message = /[^A-Za-z0-9+/=]/.test(bare)
        ? "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding characters, or an illegal character among the padding characters. "
        : "Invalid length for a Base-64 char array or string.";
      throw badFormat(message);
    }
    return new Uint8Array(Buffer.from(bare, "base64"));
  },
});

declareEnum("System", "MidpointRounding", { ToEven: 0, AwayFromZero: 1 });
const real =
  (compute: (...values: number[]) => number) =>
  (...values: CsDouble[]) =>
    new CsDouble(compute(...values.map((value) => value.v)));
const smaller = (a: Value, b: Value) => (isNaNDouble(a) || compareValues(a, b) <= 0 ? a : b);
const larger = (a: Value, b: Value) => (isNaNDouble(a) || compareValues(a, b) >= 0 ? a : b);
const isNaNDouble = (value: Value) => value instanceof CsDouble && Number.isNaN(value.v);
const each = (method: string, types: string[], count: number) =>
  types
    .map(
      (t) =>
        `static ${t} ${method}(${["val1", "val2"]
          .slice(0, count)
          .map((name) => `${t} ${name}`)
          .join(", ")})`,
    )
    .join(" | ");
const NUMBERS = ["int", "long", "double", "decimal", "byte"];
function roundDouble(value: CsDouble, second: number | CsEnum = 0, third?: CsEnum): CsDouble {
  const digits = typeof second === "number" ? second : 0;
  const away = (typeof second === "number" ? third : second)?.name === "AwayFromZero";
  if (digits < 0 || digits > 15) throw outOfRange("digits", "Rounding digits must be between 0 and 15, inclusive.");
  if (Math.abs(value.v) >= 1e16) return value;
  const scaled = value.v * 10 ** digits;
  const rounded = away ? Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5) : roundEven(scaled);
  return new CsDouble(rounded / 10 ** digits);
}
const tooSmall = () => new CsException("OverflowException", "Negating the minimum value of a twos complement number is invalid.");
declare("System", "static", "Math", {
  "const double PI": new CsDouble(Math.PI),
  "const double E": new CsDouble(Math.E),
  [each("Max", NUMBERS, 2)]: larger,
  [each("Min", NUMBERS, 2)]: smaller,
  "static int Abs(int value)": (v: number) => {
    if (v === -2147483648) throw tooSmall();
    return Math.abs(v);
  },
  "static long Abs(long value)": (v: bigint) => {
    if (v === -(1n << 63n)) throw tooSmall();
    return v < 0n ? -v : v;
  },
  "static double Abs(double value)": real(Math.abs),
  "static decimal Abs(decimal value)": (v: CsDecimal) => (v.m < 0n ? decimals.negate(v) : v),
  "static int Sign(int value)": Math.sign,
  "static int Sign(long value)": (v: bigint) => (v < 0n ? -1 : v > 0n ? 1 : 0),
  "static int Sign(double value)": (v: CsDouble) => {
    if (Number.isNaN(v.v))
      throw new CsException("ArithmeticException", "Function does not accept floating point Not-a-Number values.");
    return Math.sign(v.v);
  },
  "static int Sign(decimal value)": (v: CsDecimal) => (v.m < 0n ? -1 : v.m > 0n ? 1 : 0),
  "static double Floor(double d)": real(Math.floor),
  "static double Ceiling(double a)": real(Math.ceil),
  "static double Truncate(double d)": real(Math.trunc),
  "static decimal Floor(decimal d)": decimals.floor,
  "static decimal Ceiling(decimal d)": decimals.ceiling,
  "static decimal Truncate(decimal d)": decimals.truncate,
  "static double Round(double a) | static double Round(double value, int digits) | static double Round(double value, MidpointRounding mode) | static double Round(double value, int digits, MidpointRounding mode)":
    roundDouble,
  "static decimal Round(decimal d) | static decimal Round(decimal d, int decimals)": (d: CsDecimal, n?: number) =>
    decimals.round(d, n),
  "static decimal Round(decimal d, MidpointRounding mode)": (d: CsDecimal, mode: CsEnum) =>
    decimals.round(d, 0, mode.value === 1),
  "static decimal Round(decimal d, int decimals, MidpointRounding mode)": (d: CsDecimal, n: number, mode: CsEnum) =>
    decimals.round(d, n, mode.value === 1),
  "static double Pow(double x, double y)": real((x, y) => x ** y),
  "static double Sqrt(double d)": real(Math.sqrt),
  "static double Log(double d)": real(Math.log),
  "static double Log(double a, double newBase)": real((a, base) => Math.log(a) / Math.log(base)),
  "static double Log10(double d)": real(Math.log10),
  "static double Exp(double d)": real(Math.exp),
  "static double Sin(double a)": real(Math.sin),
  "static double Cos(double d)": real(Math.cos),
  "static int DivRem(int a, int b, out int result)": (a: number, b: number, out: Out) => {
    if (b === 0) throw divideByZero();
    out.set((a % b) | 0);
    return (a / b) | 0;
  },
});

const hexDigits = /^[({]?[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}[)}]?$/i;
function guid(source: string): CsGuid {
  const bare = source.trim();
  if (!hexDigits.test(bare)) {
    throw badFormat(
      bare.replace(/[-{}()]/g, "").length === 32
        ? "Guid string should only contain hexadecimal characters."
        : "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).",
    );
  }
  return new CsGuid(bare.replace(/[-{}()]/g, "").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
}
const emptyGuid = new CsGuid("00000000-0000-0000-0000-000000000000");
declare("System", "struct", "Guid : IComparable", {
  "new(string g)": (s: string | null) => guid(needed(s, "g")),
  "new()": () => emptyGuid,
  "static Guid Empty": () => emptyGuid,
  "static Guid NewGuid()": () => {
    const random = Array.from({ length: 32 }, () => Math.floor(host().random() * 16).toString(16));
    random[12] = "4";
    random[16] = "89ab"[Math.floor(host().random() * 4)] ?? "8";
    return guid(random.join(""));
  },
  "static Guid Parse(string input)": (s: string | null) => guid(needed(s, "input")),
  "static bool TryParse(string input, out Guid result)": attempt(guid, () => emptyGuid),
  "string ToString(string format)": formatted,
  "byte[] ToByteArray()": (value: CsGuid) => {
    const bytes = Buffer.from(value.text.replaceAll("-", ""), "hex");
    bytes.subarray(0, 4).reverse();
    bytes.subarray(4, 6).reverse();
    bytes.subarray(6, 8).reverse();
    return new Uint8Array(bytes);
  },
});

/** .NET Framework's generator for a seed: Knuth's subtractive one. */
function seeded(seed: number): () => number {
  const BIG = 2147483647;
  const state = new Array<number>(56).fill(0);
  let mj = 161803398 - (seed === -2147483648 ? BIG : Math.abs(seed));
  let mk = 1;
  state[55] = mj;
  for (let i = 1; i < 55; i++) {
    const at = (21 * i) % 55;
    state[at] = mk;
    mk = mj - mk;
    if (mk < 0) mk += BIG;
    mj = state[at] as number;
  }
  for (let k = 1; k < 5; k++) {
    for (let i = 1; i < 56; i++) {
      let next = ((state[i] as number) - (state[1 + ((i + 30) % 55)] as number)) | 0;
      if (next < 0) next += BIG;
      state[i] = next;
    }
  }
  let [first, second] = [0, 21];
  return () => {
    if (++first >= 56) first = 1;
    if (++second >= 56) second = 1;
    let next = (state[first] as number) - (state[second] as number);
    if (next === BIG) next--;
    if (next < 0) next += BIG;
    state[first] = next;
    return next * (1 / BIG);
  };
}
declare("System", "class", "Random", {
  "new()": () => new CsRandom(() => host().random()),
  "new(int Seed)": (seed: number) => new CsRandom(seeded(seed)),
  "int Next()": (r: CsRandom) => Math.floor(r.next() * 2147483647),
  "int Next(int maxValue)": (r: CsRandom, most: number) => {
    if (most < 0) throw outOfRange("maxValue", "'maxValue' must be greater than zero.");
    return Math.floor(r.next() * most);
  },
  "int Next(int minValue, int maxValue)": (r: CsRandom, least: number, most: number) => {
    if (least > most) throw outOfRange("minValue", "'minValue' cannot be greater than maxValue.");
    return Math.floor(r.next() * (most - least)) + least;
  },
  "double NextDouble()": (r: CsRandom) => new CsDouble(r.next()),
});

const append = (b: CsBuilder, value: Value) => {
  b.text += text(value);
  if (b.text.length > TOO_LONG) throw outOfMemory();
  return b;
};
declare("System.Text", "class", "StringBuilder", {
  "new() | new(int capacity)": () => new CsBuilder(),
  "new(string value)": (value: string | null) => append(new CsBuilder(), value),
  "int Length": (b: CsBuilder) => b.text.length,
  "set int Length": (b: CsBuilder, length: number) => {
    b.text = b.text.slice(0, length).padEnd(length, "\0");
  },
  "char this[int index]": (b: CsBuilder, i: number) => {
    if (i < 0 || i >= b.text.length)
      throw new CsException("IndexOutOfRangeException", "Index was outside the bounds of the array.");
    return char(b.text.charCodeAt(i));
  },
  [[...anything, "StringBuilder"].map((t) => `StringBuilder Append(${t} value)`).join(" | ")]: append,
  "StringBuilder Append(char[] value)": (b: CsBuilder, chars: CsChar[] | null) => append(b, (chars ?? []).map(string).join("")),
  "StringBuilder Append(char value, int repeatCount)": (b: CsBuilder, c: CsChar, count: number) =>
    append(b, string(c).repeat(count)),
  "StringBuilder AppendLine()": (b: CsBuilder) => append(b, "\r\n"),
  "StringBuilder AppendLine(string value)": (b: CsBuilder, value: string | null) => append(b, `${value ?? ""}\r\n`),
  "StringBuilder AppendFormat(string format, object arg0) | StringBuilder AppendFormat(string format, object arg0, object arg1) | StringBuilder AppendFormat(string format, object arg0, object arg1, object arg2)":
    (b: CsBuilder, pattern, ...values) => append(b, format(pattern, values)),
  "StringBuilder AppendFormat(string format, params object[] args)": (b: CsBuilder, pattern, values) =>
    append(b, format(pattern, values)),
  "StringBuilder Insert(int index, string value) | StringBuilder Insert(int index, object value)": (
    b: CsBuilder,
    at: number,
    value,
  ) => {
    if (at < 0 || at > b.text.length) throw outOfRange("index");
    b.text = b.text.slice(0, at) + text(value) + b.text.slice(at);
    return b;
  },
  "StringBuilder Remove(int startIndex, int length)": (b: CsBuilder, at: number, length: number) => {
    if (at < 0 || length < 0 || at + length > b.text.length) throw outOfRange("index");
    b.text = b.text.slice(0, at) + b.text.slice(at + length);
    return b;
  },
  "StringBuilder Replace(string oldValue, string newValue)": (b: CsBuilder, from: string, to: string | null) => {
    if (needed(from, "oldValue") === "") throw argument("Empty name is not legal.", "oldValue");
    b.text = b.text.replaceAll(from, () => to ?? "");
    return b;
  },
  "StringBuilder Clear()": (b: CsBuilder) => {
    b.text = "";
    return b;
  },
  "string ToString(int startIndex, int length)": (b: CsBuilder, at: number, length: number) => substring(b.text, at, length),
});

declare("System", "class", "Exception", {
  "new()": () => new CsException("Exception", "Exception of type 'System.Exception' was thrown."),
  "new(string message)": (message: string | null) =>
    new CsException("Exception", message ?? "Exception of type 'System.Exception' was thrown."),
  "new(string message, Exception innerException)": (message: string | null, inner: CsException | null) =>
    new CsException("Exception", message ?? "", inner),
  "string Message": (e: CsException) => e.message,
  "Exception InnerException": (e: CsException) => e.inner,
  "Exception GetBaseException()": (e: CsException) => {
    let at = e;
    while (at.inner) at = at.inner;
    return at;
  },
});

const names = ["T1", "T2", "T3", "T4"];
for (const count of [2, 3, 4]) {
  const own = names.slice(0, count);
  const parameters = own.map((name, i) => `${name} item${i + 1}`).join(", ");
  declare("System", "class", `Tuple<${own.join(", ")}>`, {
    [`new(${parameters})`]: typed(
      (...types) =>
        (...items) =>
          new CsTuple(items, types),
    ),
    ...Object.fromEntries(own.map((name, i) => [`${name} Item${i + 1}`, (tuple: CsTuple) => tuple.items[i]])),
  });
  declare("System", "static", "Tuple", {
    [`static Tuple<${own.join(", ")}> Create<${own.join(", ")}>(${parameters})`]: typed(
      (...types) =>
        (...items) =>
          new CsTuple(items, types),
    ),
  });
}

for (const arity of [0, 1, 2, 3, 4]) {
  const inputs = ["A", "B", "C", "D"].slice(0, arity);
  declare("System", "delegate", `Func<${[...inputs, "R"].join(", ")}>`, {
    [`R Invoke(${inputs.map((name) => `${name} arg${name}`).join(", ")})`]: (f: Implementation, ...args: Value[]) => f(...args),
  });
  declare("System", "delegate", arity === 0 ? "Action" : `Action<${inputs.join(", ")}>`, {
    [`void Invoke(${inputs.map((name) => `${name} arg${name}`).join(", ")})`]: (f: Implementation, ...args: Value[]) =>
      f(...args),
  });
}
declare("System", "delegate", "Predicate<T>", { "bool Invoke(T obj)": (f: Implementation, arg: Value) => f(arg) });
declare("System", "delegate", "Comparison<T>", { "int Invoke(T x, T y)": (f: Implementation, x: Value, y: Value) => f(x, y) });
declare("System", "delegate", "Converter<A, B>", { "B Invoke(A input)": (f: Implementation, x: Value) => f(x) });
