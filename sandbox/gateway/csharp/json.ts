/**
 * Newtonsoft's JToken tree: reading its dialect of JSON, writing, and the conversions of tokens.
 */
import * as decimals from "./decimal.ts";
import { dateTime, date as formatDate, roundTrip, text, timeSpan } from "./format.ts";
import { isoDate } from "./time.ts";
import { acceptsNull, fullName, shortName, type Type, underlying } from "./types.ts";
import {
  argument,
  argumentNull,
  badFormat,
  badIndex,
  CsAnonymous,
  CsChar,
  CsDateTime,
  CsDateTimeOffset,
  CsDecimal,
  CsDictionary,
  CsDouble,
  CsEnum,
  CsException,
  CsGuid,
  CsPair,
  CsTimeSpan,
  char,
  defaultOf,
  invalidOperation,
  iterate,
  outOfRange,
  overflow,
  tick,
  typeOf,
  type Value,
} from "./values.ts";

const kinds = [
  "None",
  "Object",
  "Array",
  "Constructor",
  "Property",
  "Comment",
  "Integer",
  "Float",
  "String",
  "Boolean",
  "Null",
  "Undefined",
  "Date",
  "Raw",
  "Bytes",
  "Guid",
  "Uri",
  "TimeSpan",
];
export const JTOKEN_TYPES: Record<string, CsEnum> = Object.fromEntries(
  kinds.map((name, i) => [name, new CsEnum("JTokenType", name, i)]),
);

export abstract class JToken {
  parent: JToken | null = null;
  abstract readonly csType: string;
  abstract kind(): string;
  /** Compact (null) or indented JSON. */
  abstract write(indent: string | null): string;
  abstract child(key: Value): JToken | null;
  abstract items: JToken[];
  abstract copy(): JToken;
  /** `ToString()`: indented JSON for containers, the bare value for values. */
  text(): string {
    return this.write("");
  }
}

export class JValue extends JToken {
  readonly csType = "JValue";
  /** string, bigint (every integer is a long), CsDouble, CsDecimal, boolean, a date, a GUID ... or null. */
  value: Value;
  items: JToken[] = [];
  constructor(value: Value) {
    super();
    this.value = typeof value === "number" ? BigInt(value) : value instanceof CsChar ? String.fromCharCode(value.code) : value;
  }
  kind() {
    const { value } = this;
    if (value === null) return "Null";
    if (typeof value === "string") return "String";
    if (typeof value === "bigint") return "Integer";
    if (typeof value === "boolean") return "Boolean";
    if (value instanceof CsDouble || value instanceof CsDecimal) return "Float";
    if (value instanceof CsDateTime || value instanceof CsDateTimeOffset) return "Date";
    if (value instanceof CsGuid) return "Guid";
    if (value instanceof CsTimeSpan) return "TimeSpan";
    if (value instanceof Uint8Array) return "Bytes";
    return value instanceof CsEnum ? "Integer" : "Uri";
  }
  write(): string {
    const { value } = this;
    if (typeof value === "string") return quoted(value);
    if (value instanceof CsDouble) return jsonDouble(value.v);
    if (value instanceof CsDecimal)
      return /\./.test(decimals.toText(value)) ? decimals.toText(value) : `${decimals.toText(value)}.0`;
    if (value instanceof CsDateTime) return `"${dateTime(value, "yyyy-MM-ddTHH:mm:ss.FFFFFFFK")}"`;
    if (value instanceof CsDateTimeOffset)
      return `"${formatDate(value.ticks, value.offset, "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", "offset")}"`;
    if (value instanceof CsTimeSpan) return `"${timeSpan(value.ticks)}"`;
    if (value instanceof Uint8Array) return `"${Buffer.from(value).toString("base64")}"`;
    if (value instanceof CsEnum) return String(value.value);
    return value === null || typeof value !== "object" ? String(value) : quoted(text(value));
  }
  override text(): string {
    return text(this.value);
  }
  child(): JToken | null {
    throw invalidOperation("Cannot access child value on Newtonsoft.Json.Linq.JValue.");
  }
  copy() {
    return new JValue(this.value);
  }
}

/** A token that already has a place is copied into the new one. */
const adopt = <T extends JToken>(item: T, parent: JToken): T => {
  const own = item.parent ? (item.copy() as T) : item;
  own.parent = parent;
  return own;
};

export class JArray extends JToken {
  readonly csType = "JArray";
  items: JToken[];
  constructor(items: JToken[] = []) {
    super();
    this.items = items.map((item) => adopt(item, this));
  }
  kind() {
    return "Array";
  }
  write(indent: string | null): string {
    return block("[", "]", this.items, indent);
  }
  child(key: Value): JToken | null {
    const item = this.items[this.index(key)];
    if (!item)
      throw outOfRange("index", "Index was out of range. Must be non-negative and less than the size of the collection.");
    return item;
  }
  index(key: Value): number {
    if (typeof key === "number") return key;
    const shown = typeof key === "string" ? `"${key}"` : text(key);
    throw argument(`Accessed JArray values with invalid key value: ${shown}. Int32 array index expected.`);
  }
  insert(at: number, ...items: JToken[]): void {
    this.items.splice(at, 0, ...items.map((item) => adopt(item, this)));
  }
  copy() {
    return new JArray(this.items.map((item) => item.copy()));
  }
}

export class JProperty extends JToken {
  readonly csType = "JProperty";
  readonly name: string;
  value: JToken;
  constructor(name: string, value: JToken) {
    super();
    this.name = name;
    this.value = adopt(value, this);
  }
  get items(): JToken[] {
    return [this.value];
  }
  kind() {
    return "Property";
  }
  write(indent: string | null): string {
    return `${quoted(this.name)}:${indent === null ? "" : " "}${this.value.write(indent)}`;
  }
  put(value: JToken): void {
    this.value.parent = null;
    this.value = adopt(value, this);
  }
  child(): JToken | null {
    throw invalidOperation("Cannot access child value on Newtonsoft.Json.Linq.JProperty.");
  }
  copy() {
    return new JProperty(this.name, this.value.copy());
  }
}

export class JObject extends JToken {
  readonly csType = "JObject";
  readonly properties = new Map<string, JProperty>();
  kind() {
    return "Object";
  }
  /** Children as Newtonsoft enumerates them: properties. */
  get items(): JToken[] {
    return [...this.properties.values()];
  }
  /** As `foreach` over a JObject sees it. */
  pairs(): CsPair[] {
    return Array.from(this.properties.values(), (property) => new CsPair(property.name, property.value));
  }
  /** `obj[name] = value` */
  put(name: string, value: JToken): void {
    const found = this.properties.get(name);
    if (found) found.put(value);
    else this.attach(new JProperty(name, value));
  }
  /** `Add`: refuses a name that is there. */
  attach(property: JProperty): void {
    if (this.properties.has(property.name)) {
      throw argument(
        `Can not add property ${property.name} to Newtonsoft.Json.Linq.JObject. Property with the same name already exists on object.`,
      );
    }
    this.properties.set(property.name, adopt(property, this));
  }
  remove(name: string): boolean {
    const found = this.properties.get(name);
    if (found) found.parent = null;
    return this.properties.delete(name);
  }
  write(indent: string | null): string {
    return block("{", "}", this.items, indent);
  }
  child(key: Value): JToken | null {
    if (typeof key !== "string")
      throw argument(`Accessed JObject values with invalid key value: ${text(key)}. Object property name expected.`);
    return this.properties.get(key)?.value ?? null;
  }
  copy() {
    const result = new JObject();
    for (const property of this.properties.values()) result.attach(property.copy());
    return result;
  }
}

function block(open: string, close: string, items: JToken[], indent: string | null): string {
  tick(items.length + 1);
  if (items.length === 0) return open + close;
  if (indent === null) return open + items.map((item) => item.write(null)).join(",") + close;
  const deeper = `${indent}  `;
  return `${open}\r\n${items.map((item) => deeper + item.write(deeper)).join(",\r\n")}\r\n${indent}${close}`;
}

function jsonDouble(v: number): string {
  const out = roundTrip(v);
  if (!Number.isFinite(v)) return `"${out}"`;
  return /^-?\d+$/.test(out) ? `${out}.0` : out;
}

const ESCAPES: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
};
const hex4 = (code: number) => `\\u${code.toString(16).padStart(4, "0")}`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
const SPECIAL = /["\\\u0000-\u001f\u0085\u2028\u2029]/g;
export const quoted = (value: string) => `"${value.replace(SPECIAL, (c) => ESCAPES[c] ?? hex4(c.charCodeAt(0)))}"`;

/** A C# value as a token: implicit conversion and `JToken.FromObject`. */
export function toToken(value: Value): JToken {
  if (value instanceof JToken) return value;
  if (value === null || value === undefined || typeof value !== "object" || value instanceof Uint8Array)
    return new JValue(value ?? null);
  tick();
  if (value instanceof CsDictionary || value instanceof Map) {
    const object = new JObject();
    for (const pair of iterate(value)) object.put(text(pair.key), toToken(pair.value));
    return object;
  }
  if (value instanceof CsAnonymous || value instanceof CsPair) {
    const object = new JObject();
    const fields = value instanceof CsPair ? Object.entries({ Key: value.key, Value: value.value }) : value.fields;
    for (const [name, item] of fields) object.put(name, toToken(item));
    return object;
  }
  if (Array.isArray(value) || "items" in value || "make" in value) return new JArray(Array.from(iterate(value), toToken));
  return new JValue(value);
}

const readerError = (message: string) => new CsException("JsonReaderException", message);

/** Reads Newtonsoft's dialect: also single quotes, bare names, comments and a comma at the end. Throws JsonReaderException. */
export function parseJson(source: string | null, wanted = "JToken"): JToken {
  if (source === null) throw argumentNull("s");
  let at = 0;
  const path: (string | number)[] = [];
  const place = () => {
    const before = source.slice(0, at).split("\n");
    const shown = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
    return `Path '${shown.replace(/^\./, "")}', line ${before.length}, position ${before.at(-1)?.length ?? 0}.`;
  };
  const unexpected = () =>
    at >= source.length
      ? readerError(`Unexpected end of content while loading JSON. ${place()}`)
      : readerError(`Unexpected character encountered while parsing value: ${source[at]}. ${place()}`);
  const skip = () => {
    const space = /(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*)*/y;
    space.lastIndex = at;
    at += space.exec(source)?.[0].length ?? 0;
  };
  const string = (): string => {
    const quote = source[at++];
    let out = "";
    for (;;) {
      const start = at;
      while (at < source.length && source[at] !== quote && source[at] !== "\\") at++;
      out += source.slice(start, at);
      if (at >= source.length) throw readerError(`Unterminated string. Expected delimiter: ${quote}. ${place()}`);
      if (source[at++] === quote) return out;
      const letter = source[at++] ?? "";
      if (letter === "u") {
        const digits = source.slice(at, at + 4);
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw readerError(`Could not convert string to integer: ${digits}. ${place()}`);
        out += String.fromCharCode(Number.parseInt(digits, 16));
        at += 4;
      } else {
        const found = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", "\\": "\\", '"': '"', "'": "'", "/": "/" }[letter];
        if (found === undefined) throw readerError(`Bad JSON escape sequence: \\${letter}. ${place()}`);
        out += found;
      }
    }
  };
  const word = (): string => {
    const found = /[-+\w.$]+/y;
    found.lastIndex = at;
    return found.exec(source)?.[0] ?? "";
  };
  const value = (): JToken => {
    tick();
    skip();
    const c = source[at];
    if (c === "{") {
      const object = new JObject();
      at++;
      for (;;) {
        skip();
        if (source[at] === "}") break;
        const bare = word();
        if (source[at] !== '"' && source[at] !== "'" && !bare) {
          if (at >= source.length) throw unexpected();
          throw readerError(`Invalid property identifier character: ${source[at]}. ${place()}`);
        }
        const name = source[at] === '"' || source[at] === "'" ? string() : bare;
        if (name === bare) at += bare.length;
        skip();
        path.push(name);
        if (source[at] !== ":") {
          if (at >= source.length) throw unexpected();
          throw readerError(`Invalid character after parsing property name. Expected ':' but got: ${source[at]}. ${place()}`);
        }
        at++;
        object.put(name, value());
        skip();
        if (source[at] !== "," && source[at] !== "}") {
          if (at >= source.length) throw unexpected();
          throw readerError(`After parsing a value an unexpected character was encountered: ${source[at]}. ${place()}`);
        }
        path.pop();
        if (source[at] === ",") at++;
      }
      at++;
      return object;
    }
    if (c === "[") {
      const items: JToken[] = [];
      at++;
      for (;;) {
        skip();
        if (source[at] === "]") break;
        path.push(items.length);
        items.push(value());
        skip();
        if (source[at] !== "," && source[at] !== "]") {
          if (at >= source.length) throw unexpected();
          throw readerError(`After parsing a value an unexpected character was encountered: ${source[at]}. ${place()}`);
        }
        path.pop();
        if (source[at] === ",") at++;
      }
      at++;
      return new JArray(items);
    }
    if (c === '"' || c === "'") {
      const found = string();
      return new JValue(isoDate(found) ?? found);
    }
    const bare = word();
    const known: Record<string, Value> = {
      true: true,
      false: false,
      null: null,
      undefined: null,
      NaN: new CsDouble(Number.NaN),
      Infinity: new CsDouble(Number.POSITIVE_INFINITY),
      "-Infinity": new CsDouble(Number.NEGATIVE_INFINITY),
    };
    if (Object.hasOwn(known, bare)) {
      at += bare.length;
      return new JValue(known[bare]);
    }
    // A zero in front makes it octal or hexadecimal, as in JavaScript of old.
    const [, octal, hexadecimal] = /^0(?:([0-7]+)|[xX]([0-9a-fA-F]{1,16}))$/.exec(bare) ?? [];
    const whole = octal ? `0o${octal}` : hexadecimal ? `0x${hexadecimal}` : /^-?\d+$/.test(bare) ? bare : undefined;
    const isNumber = /^(?!0[0-9xX])-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(bare);
    if (octal === undefined && hexadecimal === undefined && !isNumber) throw unexpected();
    at += bare.length;
    if (octal && BigInt(whole ?? 0) >= 1n << 64n) throw unexpected();
    if (whole !== undefined) return new JValue(octal || hexadecimal ? BigInt.asIntN(64, BigInt(whole)) : BigInt(whole));
    if (!Number.isFinite(Number(bare))) throw readerError(`Input string '${bare}' is not a valid number. ${place()}`);
    return new JValue(new CsDouble(Number(bare)));
  };
  skip();
  if (at >= source.length) throw readerError(`Error reading ${wanted} from JsonReader. Path '', line 0, position 0.`);
  const result = value();
  skip();
  if (at < source.length)
    throw readerError(`Additional text encountered after finished reading JSON content: ${source[at]}. ${place()}`);
  return result;
}

export function parseObject(source: string | null): JObject {
  const found = parseJson(source, "JObject");
  if (found instanceof JObject) return found;
  throw readerError(
    `Error reading JObject from JsonReader. Current JsonReader item is not an object: ${readerItem(found)}. Path '', line 1, position 1.`,
  );
}
export function parseArray(source: string | null): JArray {
  const found = parseJson(source, "JArray");
  if (found instanceof JArray) return found;
  throw readerError(
    `Error reading JArray from JsonReader. Current JsonReader item is not an array: ${readerItem(found)}. Path '', line 1, position 1.`,
  );
}
const readerItem = (token: JToken) => ({ Object: "StartObject", Array: "StartArray" })[token.kind()] ?? token.kind();

/** The explicit conversions of JToken: `(int)token`. */
export function fromToken(token: JToken | null, target: Type): Value {
  const wanted = underlying(target);
  if (token === null) {
    if (acceptsNull(target)) return null;
    throw argumentNull("value");
  }
  const source = token instanceof JProperty ? token.value : token;
  if (!(source instanceof JValue)) throw argument(`Can not convert ${source.kind()} to ${shortName(wanted)}.`);
  if (source.value === null) {
    if (acceptsNull(target)) return null;
    throw argument(`Can not convert Null to ${shortName(wanted)}.`);
  }
  const fits: Record<string, RegExp> = {
    bool: /Integer|Float|String|Boolean/,
    string: /./,
    Guid: /String|Guid|Bytes/,
    DateTime: /Date|String/,
    DateTimeOffset: /Date|String/,
    TimeSpan: /String|TimeSpan/,
  };
  if (!(fits[wanted.name] ?? /Integer|Float|String|Boolean/).test(source.kind()))
    throw argument(`Can not convert ${source.kind()} to ${shortName(wanted)}.`);
  return changeType(source.value, wanted);
}

/** `Convert.ChangeType` of what a JValue holds. */
export function changeType(value: Value, target: Type): Value {
  if (value === null) {
    if (acceptsNull(target)) return null;
    throw new CsException("InvalidCastException", "Null object cannot be converted to a value type.");
  }
  const wanted = underlying(target);
  // A whole number in JSON may be larger than any long.
  if (typeof value === "bigint" && wanted.name === "long") return ranged(value, "long");
  if (typeOf(value) === wanted) return value;
  switch (wanted.name) {
    case "object":
      return value;
    case "string":
      return text(value);
    case "bool":
      if (typeOf(value).name === "BigInteger") throw overflow("Int32");
      if (typeof value === "bigint" || typeof value === "number") return Number(value) !== 0;
      if (value instanceof CsDouble) return value.v !== 0;
      if (value instanceof CsDecimal) return value.m !== 0n;
      if (typeof value === "string") return parseBool(value);
      break;
    case "int":
    case "long":
    case "byte":
      return integer(value, wanted.name);
    case "double":
      if (value instanceof CsDecimal) return new CsDouble(decimals.toNumber(value));
      if (typeof value === "string") return new CsDouble(parseDouble(value));
      if (["bigint", "number", "boolean"].includes(typeof value)) return new CsDouble(Number(value));
      break;
    case "decimal":
      if (value instanceof CsDouble) return decimals.fromNumber(value.v);
      if (typeof value === "string") return decimals.parse(value);
      if (typeof value === "bigint" && (value < 0n ? -value : value) >= 1n << 96n) throw overflow("Decimal");
      if (typeof value === "bigint") return decimals.of(value);
      if (["number", "boolean"].includes(typeof value)) return decimals.of(Number(value));
      break;
    case "char":
      if (typeof value === "string" && value.length === 1) return char(value.charCodeAt(0));
      if (typeof value === "string") throw badFormat("String must be exactly one character long.");
      if (typeof value === "bigint" || typeof value === "number") return char(Number(value) & 0xffff);
      break;
  }
  throw new CsException("InvalidCastException", `Invalid cast from '${fullName(typeOf(value))}' to '${fullName(wanted)}'.`);
}

const RANGES: Record<string, [bigint, bigint, string]> = {
  byte: [0n, 255n, "unsigned byte"],
  int: [-(1n << 31n), (1n << 31n) - 1n, "Int32"],
  long: [-(1n << 63n), (1n << 63n) - 1n, "Int64"],
};

/** A whole number of the type, or OverflowException. */
export function ranged(whole: bigint, target: string): Value {
  const [least, most, name] = RANGES[target] as [bigint, bigint, string];
  if (whole < least || whole > most) throw overflow(name);
  return target === "long" ? whole : Number(whole);
}

function integer(value: Value, target: string): Value {
  if (typeof value === "bigint" || typeof value === "number") return ranged(BigInt(value), target);
  if (typeof value === "boolean") return ranged(value ? 1n : 0n, target);
  if (typeof value === "string") return parseInteger(value, target);
  if (value instanceof CsChar) return ranged(BigInt(value.code), target);
  if (value instanceof CsEnum) return ranged(BigInt(value.value), target);
  if (value instanceof CsDecimal) return ranged(decimals.round(value).m, target);
  if (value instanceof CsDouble) {
    if (!Number.isFinite(value.v)) throw overflow(RANGES[target]?.[2] ?? target);
    return ranged(BigInt(roundEven(value.v)), target);
  }
  throw new CsException("InvalidCastException", `Invalid cast from '${fullName(typeOf(value))}'.`);
}

/** `int.Parse`: spaces around, one sign, digits. */
export function parseInteger(source: string, target: string): Value {
  const found = /^[\s\0]*([-+]?\d+)[\s\0]*$/.exec(source);
  if (!found) throw badFormat();
  return ranged(BigInt((found[1] ?? "").replace("+", "")), target);
}
export function parseBool(source: string): boolean {
  const bare = source.replace(/^[\s\0]+|[\s\0]+$/g, "").toLowerCase();
  if (bare === "true" || bare === "false") return bare === "true";
  throw badFormat("String was not recognized as a valid Boolean.");
}
export function parseDouble(source: string): number {
  const bare = source.trim();
  const special: Record<string, number> = {
    NaN: Number.NaN,
    Infinity: Number.POSITIVE_INFINITY,
    "-Infinity": Number.NEGATIVE_INFINITY,
  };
  if (bare in special) return special[bare] as number;
  if (!/^[-+]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(bare)) throw badFormat();
  const result = Number(bare.replaceAll(",", ""));
  if (!Number.isFinite(result))
    throw new CsException("OverflowException", "Value was either too large or too small for a Double.");
  return result;
}

/** To the nearest integer, halves to the even one. */
export function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
}

/** `token.Value<T>()`: the token itself if it is a T, else its value converted. */
export function convertToken(token: JToken | null, target: Type, isT: (value: Value) => boolean): Value {
  if (token === null) return defaultOf(target);
  if (isT(token)) return token;
  if (!(token instanceof JValue))
    throw new CsException("InvalidCastException", `Cannot cast ${fullName(typeOf(token))} to ${fullName(target)}.`);
  if (target.name === "JToken" || target.name === "JValue") return token;
  if (typeOf(token.value ?? "").name === "BigInteger")
    throw new CsException("InvalidCastException", "Object must implement IConvertible.");
  return changeType(token.value, target);
}

/** `SelectToken("a.b[0].c")`: what is at the path. Wildcards give several; filters are refused. */
export function selectTokens(root: JToken, path: string): JToken[] {
  let found: JToken[] = [root];
  // Anywhere else than at the end, before a dot or before a bracket, `$` is part of a name.
  const steps = path.replace(/^\$(?=$|[.[])/, "");
  const step = /\.\.(\*|[^.[\]'"*?()]+)|\.?([^.[\]'"*?()]+)|\[(-?\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]|(\.?\*)|\[\*\]/y;
  while (step.lastIndex < steps.length) {
    const start = step.lastIndex;
    const match = step.exec(steps);
    if (!match)
      throw new CsException("JsonException", `This path is not supported by the local gateway, at position ${start}: ${path}`);
    const [, deep, plain, index, single, double, values] = match;
    const name = plain ?? single ?? double;
    found = found.flatMap((at) => {
      if (deep !== undefined)
        return deep === "*"
          ? descendants(at).filter((token) => token === at || !(token instanceof JProperty))
          : descendants(at)
              .slice(1)
              .flatMap((token) => (token instanceof JProperty && token.name === deep ? token.value : []));
      if (name !== undefined) return at instanceof JObject ? (at.child(name) ?? []) : [];
      if (index !== undefined) {
        if (at instanceof JArray && Number(index) < 0) throw badIndex();
        return at instanceof JArray ? (at.items[Number(index)] ?? []) : [];
      }
      // `.*` is for the values of an object, `[*]` for the items of an array.
      if (values !== undefined) return at instanceof JObject ? Array.from(at.properties.values(), (p) => p.value) : [];
      return at instanceof JArray ? at.items : [];
    });
    tick(found.length);
  }
  return found;
}

/** The token and everything below it, in document order. */
export function descendants(token: JToken): JToken[] {
  return [token, ...token.items.flatMap(descendants)];
}

export function deepEquals(a: JToken | null, b: JToken | null): boolean {
  if (a === null || b === null) return a === b;
  return a.kind() === b.kind() && sorted(a) === sorted(b);
}
function sorted(token: JToken): string {
  if (token instanceof JObject) return `{${[...token.properties.values()].map(sorted).sort().join()}}`;
  if (token instanceof JArray) return `[${token.items.map(sorted).join()}]`;
  if (token instanceof JProperty) return `${quoted(token.name)}:${sorted(token.value)}`;
  return token.write(null);
}

/** `token.Path`: `choices[0].message`. */
export function pathOf(token: JToken): string {
  const { parent } = token;
  if (parent === null) return token instanceof JProperty ? token.name : "";
  if (parent instanceof JArray) return `${pathOf(parent)}[${parent.items.indexOf(token)}]`;
  if (parent instanceof JProperty) return pathOf(parent);
  const above = pathOf(parent);
  const { name } = token as JProperty;
  const step = /^[\w$-]+$/.test(name) ? `.${name}` : `['${name}']`;
  return above ? above + step : step.replace(/^\./, "");
}
