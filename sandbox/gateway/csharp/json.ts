/**
 * Newtonsoft's JToken tree, as far as policies use it. Strings that look like dates stay strings (Newtonsoft would make them dates).
 */
import { double } from "./format.ts";
import { badFormat, CsChar, CsDateTime, CsDateTimeOffset, CsDecimal, CsDouble, CsEnum, CsException, CsGuid, CsPair, CsTimeSpan, invalidCast, typeNameOf, type Value } from "./values.ts";

const kinds = ["None", "Object", "Array", "Constructor", "Property", "Comment", "Integer", "Float", "String", "Boolean", "Null"];
export const JTOKEN_TYPES: Record<string, CsEnum> = Object.fromEntries(kinds.map((name, i) => [name, new CsEnum("JTokenType", name, i)]));

export abstract class JToken {
  parent: JToken | null = null;
  abstract kind(): string;
  /** Compact or indented JSON. */
  abstract write(indent: string | null): string;
  abstract child(key: Value): JToken | null;
  abstract items: JToken[];
  /** `ToString()`: indented JSON for containers, the bare value for values. */
  text(): string {
    return this.write("");
  }
}

export class JValue extends JToken {
  /** string, bigint (every integer is a long), CsDouble, boolean or null. */
  value: Value;
  items: JToken[] = [];
  constructor(value: Value) {
    super();
    this.value = typeof value === "number" ? BigInt(value) : value instanceof CsDecimal ? new CsDouble(value.v) : plain(value);
  }
  kind() {
    if (this.value === null) return "Null";
    if (typeof this.value === "string") return "String";
    if (typeof this.value === "bigint") return "Integer";
    return typeof this.value === "boolean" ? "Boolean" : "Float";
  }
  write(): string {
    if (typeof this.value === "string") return JSON.stringify(this.value);
    if (this.value instanceof CsDouble) return jsonDouble(this.value.v);
    return String(this.value);
  }
  override text(): string {
    if (this.value === null) return "";
    if (typeof this.value === "boolean") return this.value ? "True" : "False";
    return this.value instanceof CsDouble ? double(this.value.v) : String(this.value);
  }
  child(): JToken | null {
    throw new CsException("InvalidOperationException", "Cannot access child value on Newtonsoft.Json.Linq.JValue.");
  }
}

export class JArray extends JToken {
  items: JToken[];
  constructor(items: JToken[] = []) {
    super();
    this.items = items;
    for (const item of items) item.parent = this;
  }
  kind() {
    return "Array";
  }
  write(indent: string | null): string {
    return block("[", "]", this.items.map((item) => (deeper: string | null) => item.write(deeper)), indent);
  }
  child(key: Value): JToken | null {
    if (typeof key !== "number") {
      throw new CsException("ArgumentException", `Accessed JArray values with invalid key value: "${key}". Int32 array index expected.`);
    }
    const item = this.items[key];
    if (!item) throw new CsException("ArgumentOutOfRangeException", "Index was out of range. Must be non-negative and less than the size of the collection.\r\nParameter name: index");
    return item;
  }
}

export class JProperty extends JToken {
  readonly name: string;
  value: JToken;
  constructor(name: string, value: JToken) {
    super();
    this.name = name;
    this.value = value;
    value.parent = this;
  }
  get items(): JToken[] {
    return [this.value];
  }
  kind() {
    return "Property";
  }
  write(indent: string | null): string {
    return `${JSON.stringify(this.name)}:${indent === null ? "" : " "}${this.value.write(indent)}`;
  }
  child(): JToken | null {
    throw new CsException("InvalidOperationException", "Cannot access child value on Newtonsoft.Json.Linq.JProperty.");
  }
}

export class JObject extends JToken {
  readonly properties = new Map<string, JProperty>();
  kind() {
    return "Object";
  }
  /** Children as Newtonsoft enumerates them: properties. */
  get items(): JToken[] {
    return [...this.properties.values()];
  }
  pairs(): CsPair[] {
    return [...this.properties.values()].map((property) => new CsPair(property.name, property.value));
  }
  put(name: string, value: JToken): void {
    const property = new JProperty(name, value);
    property.parent = this;
    this.properties.set(name, property);
  }
  write(indent: string | null): string {
    return block("{", "}", [...this.properties.values()].map((property) => (deeper: string | null) => property.write(deeper)), indent);
  }
  child(key: Value): JToken | null {
    if (typeof key !== "string") {
      throw new CsException("ArgumentException", `Accessed JObject values with invalid key value: ${key}. Object property name expected.`);
    }
    return this.properties.get(key)?.value ?? null;
  }
}

function block(open: string, close: string, parts: ((indent: string | null) => string)[], indent: string | null): string {
  if (parts.length === 0) return open + close;
  if (indent === null) return open + parts.map((part) => part(null)).join(",") + close;
  const deeper = `${indent}  `;
  return `${open}\r\n${parts.map((part) => deeper + part(deeper)).join(",\r\n")}\r\n${indent}${close}`;
}

const jsonDouble = (v: number) => {
  const out = double(v);
  return /^-?\d+$/.test(out) ? `${out}.0` : out;
};

/** A C# value as a token: implicit conversion and `JToken.FromObject`. */
export function toToken(value: Value): JToken {
  if (value instanceof JToken) return value;
  if (Array.isArray(value)) return new JArray(value.map(toToken));
  if (value !== null && typeof value === "object" && Array.isArray(value.items)) return new JArray(value.items.map(toToken));
  if (value?.entries instanceof Map) {
    const object = new JObject();
    for (const pair of value.entries.values()) object.put(String(pair.key), toToken(pair.value));
    return object;
  }
  return new JValue(value ?? null);
}

function plain(value: Value): Value {
  if (value instanceof CsChar) return String.fromCharCode(value.code);
  if (value instanceof CsGuid) return value.text;
  if (value instanceof CsDateTime) return new Date(value.ms).toISOString();
  if (value instanceof CsDateTimeOffset) return new Date(value.ms).toISOString();
  if (value instanceof CsTimeSpan) return String(value.ms);
  return value;
}

/** Throws JsonReaderException. */
export function parseJson(source: string | null): JToken {
  if (source === null) throw new CsException("ArgumentNullException", "Value cannot be null.\r\nParameter name: json");
  let tree: unknown;
  try {
    // Integers and floats are told apart by their source text: 1 is a long, 1.0 a double.
    tree = JSON.parse(source, ((_key: string, value: unknown, context: { source?: string }) =>
      typeof value === "number" ? numeric(context.source ?? String(value)) : value) as (key: string, value: unknown) => unknown);
  } catch (error) {
    throw new CsException("JsonReaderException", source.trim() === "" ? "Error reading JToken from JsonReader. Path '', line 0, position 0." : `Error parsing JSON: ${(error as Error).message}`);
  }
  return wrap(tree);
}
const numeric = (source: string) => (/^-?\d+$/.test(source) ? BigInt(source) : new CsDouble(Number(source)));

function wrap(value: unknown): JToken {
  if (Array.isArray(value)) return new JArray(value.map(wrap));
  if (value !== null && typeof value === "object" && !(value instanceof CsDouble)) {
    const object = new JObject();
    for (const [name, item] of Object.entries(value)) object.put(name, wrap(item));
    return object;
  }
  return new JValue(value);
}

/** The explicit conversions of JToken: `(int)token`, `token.Value<int>()`. */
export function fromToken(token: JToken | null, target: string, nullable: boolean): Value {
  if (token === null || (token instanceof JValue && token.value === null)) {
    if (nullable || target === "string") return null;
    if (token !== null && target !== "string") throw new CsException("ArgumentException", `Can not convert Null to ${title(target)}.`);
    throw new CsException("ArgumentNullException", "Value cannot be null.\r\nParameter name: value");
  }
  const source = token instanceof JProperty ? token.value : token;
  if (!(source instanceof JValue)) throw new CsException("ArgumentException", `Can not convert ${token.kind()} to ${title(target)}.`);
  const value = source.value;
  switch (target) {
    case "string":
      return source.text();
    case "bool":
      if (typeof value === "boolean") return value;
      if (typeof value === "bigint") return value !== 0n;
      if (/^\s*true\s*$/i.test(value)) return true;
      if (/^\s*false\s*$/i.test(value)) return false;
      throw new CsException("FormatException", "String was not recognized as a valid Boolean.");
    case "int":
    case "long": {
      let whole: bigint;
      if (typeof value === "bigint") whole = value;
      else if (value instanceof CsDouble) whole = BigInt(roundEven(value.v));
      else if (typeof value === "boolean") whole = value ? 1n : 0n;
      else if (/^\s*[-+]?\d+\s*$/.test(value)) whole = BigInt(value.trim().replace(/^\+/, ""));
      else throw badFormat();
      const bits = target === "int" ? 32 : 64;
      if (BigInt.asIntN(bits, whole) !== whole) {
        throw new CsException("OverflowException", `Value was either too large or too small for an ${title(target)}.`);
      }
      return target === "int" ? Number(whole) : whole;
    }
    case "double":
    case "decimal": {
      const number = value instanceof CsDouble ? value.v : typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
      if (Number.isNaN(number)) throw badFormat();
      return target === "double" ? new CsDouble(number) : new CsDecimal(number);
    }
    case "Guid":
      return new CsGuid(String(value));
    default:
      throw invalidCast(typeNameOf(token), target);
  }
}
const title = (name: string) => ({ int: "Int32", long: "Int64", bool: "Boolean", string: "String", double: "Double", decimal: "Decimal" })[name] ?? name;

/** To the nearest integer, halves to the even one. */
export function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
}

/** `SelectToken("a.b[0].c")`; null when something on the way is missing. Filters and wildcards are refused. */
export function selectToken(root: JToken, path: string): JToken | null {
  let at: JToken | null = root;
  const steps = path.replace(/^\$\.?/, "");
  const step = /\.?([^.[\]'"*?()]+)|\[(\d+)\]|\['([^']*)'\]/y;
  while (step.lastIndex < steps.length) {
    const start = step.lastIndex;
    const found = step.exec(steps);
    if (!found) throw new CsException("JsonException", `Path not supported here, at position ${start}: ${path}`);
    const name = found[1] ?? found[3];
    if (name !== undefined) at = at instanceof JObject ? at.child(name) : null;
    else at = at instanceof JArray ? (at.items[Number(found[2])] ?? null) : null;
    if (at === null) return null;
  }
  return at;
}
