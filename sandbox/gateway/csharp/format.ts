/**
 * Values as text, as .NET Framework writes them with the invariant culture.
 */
import * as decimals from "./decimal.ts";
import { JToken } from "./json.ts";
import { fullName } from "./types.ts";
import {
  badFormat,
  CsAnonymous,
  CsBuilder,
  CsChar,
  CsDateTime,
  CsDateTimeOffset,
  CsDecimal,
  CsDouble,
  CsEnum,
  CsException,
  CsGuid,
  CsPair,
  CsTimeSpan,
  CsTuple,
  CsType,
  msOf,
  TICKS,
  typeOf,
  type Value,
} from "./values.ts";

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
  if (value instanceof CsDecimal) return decimals.toText(value);
  if (value instanceof CsChar) return String.fromCharCode(value.code);
  if (value instanceof CsGuid) return value.text;
  if (value instanceof CsBuilder) return value.text;
  if (value instanceof CsEnum) return value.name;
  if (value instanceof CsTimeSpan) return timeSpan(value.ticks);
  if (value instanceof CsDateTime) return dateTime(value, "G");
  if (value instanceof CsDateTimeOffset) return date(value.ticks, value.offset, "MM/dd/yyyy HH:mm:ss zzz", "offset");
  if (value instanceof CsPair) return `[${text(value.key)}, ${text(value.value)}]`;
  if (value instanceof CsTuple) return `(${value.items.map(text).join(", ")})`;
  if (value instanceof CsAnonymous)
    return `{ ${Array.from(value.fields, ([name, item]) => `${name} = ${text(item)}`).join(", ")} }`;
  if (value instanceof CsException) return `${fullName(typeOf(value))}: ${value.message}`;
  if (value instanceof CsType) return fullName(value.type);
  if (value instanceof JToken) return value.text();
  if (value instanceof URL) return value.href;
  if (typeof value.asText === "function") return value.asText();
  return fullName(typeOf(value));
}

/** 15 significant digits, as .NET Framework; exponents from 1E+15 and from 1E-05 down. */
export function double(v: number): string {
  if (Number.isNaN(v)) return "NaN";
  if (!Number.isFinite(v)) return v > 0 ? "Infinity" : "-Infinity";
  if (v === 0) return "0";
  const size = Math.abs(v);
  const short = Number(v.toPrecision(15));
  if (size >= 1e15 || size < 1e-4) {
    const [mantissa = "", exponent = ""] = short.toExponential().split("e");
    const number = Number(exponent);
    return `${mantissa}E${number < 0 ? "-" : "+"}${String(Math.abs(number)).padStart(2, "0")}`;
  }
  return String(short);
}

/** 15 digits, or 17 where 15 would not read back as the same double: .NET Framework's "R". */
export function roundTrip(v: number): string {
  const short = double(v);
  if (Number(short) === v || !Number.isFinite(v)) return short;
  const [mantissa = "", exponent = ""] = v.toExponential(16).split("e");
  const digits = mantissa.replace(/0+$/, "");
  const power = Number(exponent);
  if (power >= 17 || power < -4) return `${digits}E${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  const fixed = v.toPrecision(17);
  return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}

/** `[d.]hh:mm:ss[.fffffff]` */
export function timeSpan(ticks: bigint): string {
  const sign = ticks < 0n ? "-" : "";
  const whole = ticks < 0n ? -ticks : ticks;
  const part = (size: bigint, modulo: bigint) => String((whole / (size * TICKS)) % modulo).padStart(2, "0");
  const days = whole / (86400000n * TICKS);
  const fraction = whole % (1000n * TICKS);
  const rest = fraction ? `.${String(fraction).padStart(7, "0")}` : "";
  return `${sign}${days ? `${days}.` : ""}${part(3600000n, 24n)}:${part(60000n, 60n)}:${part(1000n, 60n)}${rest}`;
}

/** A TimeSpan by "c", "g" or a custom format. */
function timeSpanFormat(ticks: bigint, format: string): string {
  if (/^[ctT]$/.test(format)) return timeSpan(ticks);
  const whole = ticks < 0n ? -ticks : ticks;
  const part = (size: bigint, modulo: bigint) => (whole / (size * TICKS)) % modulo;
  if (format.length === 1) throw badFormat();
  return format.replace(
    /'([^']*)'|\\(.)|%?(d{1,8}|h{1,2}|m{1,2}|s{1,2}|f{1,7})|[^\\']/g,
    (token, quoted, escaped, field?: string) => {
      if (quoted !== undefined) return quoted;
      if (escaped !== undefined) return escaped;
      if (!field) throw badFormat();
      const values: Record<string, bigint> = {
        d: whole / (86400000n * TICKS),
        h: part(3600000n, 24n),
        m: part(60000n, 60n),
        s: part(1000n, 60n),
      };
      if (field[0] === "f")
        return String(whole % (1000n * TICKS))
          .padStart(7, "0")
          .slice(0, field.length);
      return String(values[field[0] ?? ""] ?? token).padStart(field.length, "0");
    },
  );
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

export function dateTime(value: CsDateTime, format: string): string {
  return date(value.ticks, 0, format, value.kind === "Utc" ? "utc" : value.kind === "Local" ? "offset" : "none");
}

/**
 * A date by a standard ("o", "s", "u", "R") or custom format.
 * @param ticks  since year 1, as the date's own clock shows them
 * @param offset of that clock in minutes
 * @param zone   what `K` and "o" append: Z, the offset or nothing
 */
export function date(ticks: bigint, offset: number, format: string, zone: "utc" | "offset" | "none"): string {
  const standard: Record<string, string> = {
    o: "yyyy-MM-ddTHH:mm:ss.fffffffK",
    O: "yyyy-MM-ddTHH:mm:ss.fffffffK",
    s: "yyyy-MM-ddTHH:mm:ss",
    u: "yyyy-MM-dd HH:mm:ss'Z'",
    r: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    R: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    d: "MM/dd/yyyy",
    D: "dddd, dd MMMM yyyy",
    T: "HH:mm:ss",
    t: "HH:mm",
    G: "MM/dd/yyyy HH:mm:ss",
    g: "MM/dd/yyyy HH:mm",
    f: "dddd, dd MMMM yyyy HH:mm",
    F: "dddd, dd MMMM yyyy HH:mm:ss",
    m: "MMMM dd",
    M: "MMMM dd",
    y: "yyyy MMMM",
    Y: "yyyy MMMM",
  };
  if (format.length === 1 && !(format in standard)) throw badFormat();
  const shown = /^[rRu]$/.test(format) ? ticks - BigInt(offset) * 60000n * TICKS : ticks;
  const at = new Date(msOf(shown));
  const pad = (value: number | bigint, size: number) => String(value).padStart(size, "0");
  const hours = () => `${offset < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(offset) / 60), 2)}`;
  const parts: Record<string, () => string> = {
    yyyy: () => pad(at.getUTCFullYear(), 4),
    yyy: () => pad(at.getUTCFullYear(), 3),
    yy: () => pad(at.getUTCFullYear() % 100, 2),
    y: () => String(at.getUTCFullYear() % 100),
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
    zzz: () => `${hours()}:${pad(Math.abs(offset) % 60, 2)}`,
    zz: hours,
    z: () => hours().replace(/(.)0/, "$1"),
    K: () => (zone === "utc" ? "Z" : zone === "offset" ? (parts.zzz?.() ?? "") : ""),
  };
  return ((format.length === 1 ? standard[format] : undefined) ?? format).replace(
    /'([^']*)'|"([^"]*)"|\\(.)|%(?=.)|y{1,4}|M{1,4}|d{1,4}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|\.?F{1,7}|f{1,7}|tt|z{1,3}|K/g,
    (token, quoted, doubled, escaped) => {
      const literal = quoted ?? doubled ?? escaped;
      if (literal !== undefined) return literal;
      if (token === "%") return "";
      const fraction = pad(shown % (1000n * TICKS), 7);
      if (token[0] === "f") return fraction.slice(0, token.length);
      if (token.includes("F")) {
        const kept = fraction.slice(0, token.replace(".", "").length).replace(/0+$/, "");
        return kept && token[0] === "." ? `.${kept}` : kept;
      }
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
  if (value instanceof CsDouble) return /^[rR]$/.test(format) ? roundTrip(value.v) : number(value.v, format, false);
  if (value instanceof CsDecimal) return /^[gG]$/.test(format) ? text(value) : number(decimals.toNumber(value), format, false);
  if (value instanceof CsDateTime) return dateTime(value, format);
  if (value instanceof CsDateTimeOffset) return date(value.ticks, value.offset, format, "offset");
  if (value instanceof CsTimeSpan) return timeSpanFormat(value.ticks, format);
  if (value instanceof CsGuid) return guid(value.text, format);
  if (value instanceof CsEnum) return /^[dD]$/.test(format) ? String(value.value) : value.name;
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
    if (index === undefined) throw badFormat();
    if (Number(index) >= values.length)
      throw badFormat("Index (zero based) must be greater than or equal to zero and less than the size of the argument list.");
    return aligned(formatted(values[Number(index)], spec ?? null), Number(width ?? 0));
  });
}
export const aligned = (value: string, width: number) => (width < 0 ? value.padEnd(-width) : value.padStart(width));
