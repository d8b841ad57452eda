/**
 * Values as text, as .NET Framework writes them with the invariant culture.
 */
import { JToken } from "./json.ts";
import {
  badFormat, CsBuilder, CsChar, CsDateTime, CsDateTimeOffset, CsDecimal, CsDouble, CsEnum, CsException, CsGuid, CsList, CsPair, CsTimeSpan,
  typeNameOf, type Value,
} from "./values.ts"; // biome-ignore format: imports

/** `value.ToString()`; null is the empty string, as in concatenation. */
export function text(value: Value): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
      return String(value);
    case "boolean":
      return value ? "True" : "False";
    case "undefined":
      return "";
  }
  if (value === null) return "";
  if (value instanceof CsDouble) return double(value.v);
  if (value instanceof CsDecimal) return double(value.v);
  if (value instanceof CsChar) return String.fromCharCode(value.code);
  if (value instanceof CsGuid) return value.text;
  if (value instanceof CsBuilder) return value.text;
  if (value instanceof CsEnum) return value.name;
  if (value instanceof CsTimeSpan) return timeSpan(value.ms);
  if (value instanceof CsDateTime) return date(value.ms, 0, "MM/dd/yyyy HH:mm:ss");
  if (value instanceof CsDateTimeOffset) return date(value.ms, value.offset, "MM/dd/yyyy HH:mm:ss zzz");
  if (value instanceof CsPair) return `[${text(value.key)}, ${text(value.value)}]`;
  if (value instanceof CsException) return `System.${value.typeName}: ${value.message}`;
  if (value instanceof JToken) return value.text();
  if (value instanceof CsList) return "System.Collections.Generic.List`1[System.Object]";
  if (Array.isArray(value)) return "System.Object[]";
  if (value instanceof Uint8Array) return "System.Byte[]";
  if (typeof value.asText === "function") return value.asText();
  return typeNameOf(value);
}

/** 15 significant digits, as .NET Framework; exponents from 1E+15 and below 1E-05. */
export function double(v: number): string {
  if (Number.isNaN(v)) return "NaN";
  if (!Number.isFinite(v)) return v > 0 ? "Infinity" : "-Infinity";
  if (v === 0) return "0";
  const size = Math.abs(v);
  const short = Number(v.toPrecision(15));
  if (size >= 1e15 || size < 1e-5) {
    const [mantissa = "", exponent = ""] = short.toExponential().split("e");
    const number = Number(exponent);
    return `${mantissa}E${number < 0 ? "-" : "+"}${String(Math.abs(number)).padStart(2, "0")}`;
  }
  return String(short);
}

/** `[d.]hh:mm:ss[.fffffff]` */
export function timeSpan(ms: number): string {
  const sign = ms < 0 ? "-" : "";
  const whole = Math.abs(ms);
  const part = (size: number, modulo: number) => String(Math.floor(whole / size) % modulo).padStart(2, "0");
  const days = Math.floor(whole / 86400000);
  const ticks = Math.round((whole % 1000) * 10000);
  const fraction = ticks ? `.${String(ticks).padStart(7, "0")}` : "";
  return `${sign}${days ? `${days}.` : ""}${part(3600000, 24)}:${part(60000, 60)}:${part(1000, 60)}${fraction}`;
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
]; // biome-ignore format: a list

/** A date by a standard ("o", "s", "u", "R") or custom format. `offset` in minutes. */
export function date(ms: number, offset: number, format: string, zone: "utc" | "offset" | "none" = offset === 0 ? "utc" : "offset"): string {
  const standard: Record<string, string> = {
    o: `yyyy-MM-ddTHH:mm:ss.fffffff${zone === "utc" ? "Z" : "zzz"}`,
    O: `yyyy-MM-ddTHH:mm:ss.fffffff${zone === "utc" ? "Z" : "zzz"}`,
    s: "yyyy-MM-ddTHH:mm:ss",
    u: "yyyy-MM-dd HH:mm:ssZ",
    r: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    R: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    d: "MM/dd/yyyy",
    T: "HH:mm:ss",
    t: "HH:mm",
    G: "MM/dd/yyyy HH:mm:ss",
    g: "MM/dd/yyyy HH:mm",
  };
  if (format.length === 1 && !(format in standard)) throw badFormat();
  const at = new Date(ms + (/^[rRu]$/.test(format) ? 0 : offset * 60000));
  const pad = (value: number, size: number) => String(value).padStart(size, "0");
  const parts: Record<string, () => string> = {
    yyyy: () => pad(at.getUTCFullYear(), 4),
    yy: () => pad(at.getUTCFullYear() % 100, 2),
    MMMM: () => MONTHS[at.getUTCMonth()] ?? "",
    MMM: () => (MONTHS[at.getUTCMonth()] ?? "").slice(0, 3),
    MM: () => pad(at.getUTCMonth() + 1, 2),
    M: () => String(at.getUTCMonth() + 1),
    dddd: () => DAYS[at.getUTCDay()] ?? "",
    ddd: () => (DAYS[at.getUTCDay()] ?? "").slice(0, 3),
    dd: () => pad(at.getUTCDate(), 2),
    d: () => String(at.getUTCDate()),
    HH: () => pad(at.getUTCHours(), 2),
    H: () => String(at.getUTCHours()),
    hh: () => pad(at.getUTCHours() % 12 || 12, 2),
    h: () => String(at.getUTCHours() % 12 || 12),
    mm: () => pad(at.getUTCMinutes(), 2),
    m: () => String(at.getUTCMinutes()),
    ss: () => pad(at.getUTCSeconds(), 2),
    s: () => String(at.getUTCSeconds()),
    tt: () => (at.getUTCHours() < 12 ? "AM" : "PM"),
    zzz: () => `${offset < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(offset) / 60), 2)}:${pad(Math.abs(offset) % 60, 2)}`,
    K: () => (zone === "utc" ? "Z" : (parts.zzz?.() ?? "")),
  };
  return (standard[format] ?? format).replace(
    /'([^']*)'|\\(.)|y{2,4}|M{1,4}|d{1,4}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|f{1,7}|tt|zzz|K/g,
    (token, quoted, escaped) => {
      if (quoted !== undefined) return quoted;
      if (escaped !== undefined) return escaped;
      if (token[0] === "f") return pad(Math.floor((((ms % 1000) + 1000) % 1000) * 10000), 7).slice(0, token.length);
      return parts[token]?.() ?? token;
    },
  );
}

/** A number by a standard (D, F, N, X, P) or a custom format of zeros, hashes, one point and commas. */
export function number(value: number | bigint, format: string, integral: boolean): string {
  const standard = /^([DdFfNnXxPpGg])(\d*)$/.exec(format);
  if (standard) {
    const digits = standard[2] === "" ? undefined : Number(standard[2]);
    const negative = value < 0;
    const sign = negative ? "-" : "";
    switch (standard[1]?.toUpperCase()) {
      case "D": {
        if (!integral) throw badFormat();
        return sign + String(negative ? -value : value).padStart(digits ?? 0, "0");
      }
      case "F":
        return fixed(Number(value), digits ?? 2, false);
      case "N":
        return fixed(Number(value), digits ?? 2, true);
      case "P":
        return `${fixed(Number(value) * 100, digits ?? 2, true)} %`;
      case "X": {
        if (!integral) throw badFormat();
        const bits = typeof value === "bigint" ? BigInt.asUintN(64, value) : value >>> 0;
        const hex = bits.toString(16).padStart(digits ?? 0, "0");
        return standard[1] === "X" ? hex.toUpperCase() : hex;
      }
      default:
        return integral ? String(value) : double(Number(value));
    }
  }
  const custom = /^([#0,]*)(?:\.([#0]*))?(%?)$/.exec(format);
  if (!custom) throw badFormat();
  const [, whole = "", decimals = "", percent] = custom;
  let out = fixed(Number(value) * (percent ? 100 : 1), decimals.length, whole.includes(","));
  const least = decimals.lastIndexOf("0") + 1;
  while (decimals.length > 0 && out.endsWith("0") && (out.split(".")[1]?.length ?? 0) > least) out = out.slice(0, -1);
  out = out.replace(/\.$/, "");
  const zeros = whole.replace(/[^0]/g, "").length;
  const [integer = "", rest] = out.replace("-", "").split(".");
  const body = (zeros === 0 && integer === "0" ? "" : integer.padStart(zeros, "0")) + (rest ? `.${rest}` : "");
  return (out.startsWith("-") ? "-" : "") + body + (percent ?? "");
}

/** Half away from zero, as .NET Framework rounds when it formats. */
function fixed(value: number, digits: number, groups: boolean): string {
  const scaled = Number((Math.abs(value) * 10 ** digits).toPrecision(15));
  const rounded = Math.floor(scaled + 0.5) / 10 ** digits;
  const [whole = "0", rest] = rounded.toFixed(digits).split(".");
  const grouped = groups ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  const sign = value < 0 && rounded !== 0 ? "-" : "";
  return sign + grouped + (rest ? `.${rest}` : "");
}

/** `value.ToString(format)` for interpolation, string.Format and ToString. */
export function formatted(value: Value, format: string | null): string {
  if (!format) return text(value);
  if (typeof value === "number" || typeof value === "bigint") return number(value, format, true);
  if (value instanceof CsDouble || value instanceof CsDecimal) return number(value.v, format, false);
  if (value instanceof CsDateTime) return date(value.ms, 0, format);
  if (value instanceof CsDateTimeOffset) return date(value.ms, value.offset, format, "offset");
  if (value instanceof CsGuid) return guid(value.text, format);
  return text(value);
}

function guid(value: string, format: string): string {
  const plain = value.replaceAll("-", "");
  const forms: Record<string, string> = { N: plain, D: value, B: `{${value}}`, P: `(${value})` };
  const found = forms[format.toUpperCase()];
  if (found === undefined) throw badFormat();
  return found;
}

/** `string.Format`: `{0}`, `{0:D2}`, `{0,5}`. */
export function composite(format: string, values: readonly Value[]): string {
  return format.replace(/\{\{|\}\}|\{(\d+)(?:,(-?\d+))?(?::([^}]*))?\}|[{}]/g, (token, index, width, spec) => {
    if (token === "{{") return "{";
    if (token === "}}") return "}";
    if (index === undefined || Number(index) >= values.length) throw badFormat();
    return aligned(formatted(values[Number(index)], spec ?? null), Number(width ?? 0));
  });
}
export const aligned = (value: string, width: number) => (width < 0 ? value.padEnd(-width) : value.padStart(width));
