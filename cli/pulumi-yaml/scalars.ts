/**
 * What Pulumi makes of a scalar. Its reader is gopkg.in/yaml.v3: numbers of YAML 1.1 (a leading 0 is octal, `60_000` is a number), points in time,
 * but of the words for true and false only those of YAML 1.2. Measured on the engine by tests/the-file-is-read-as-pulumi-reads-it.test.ts.
 */

export interface Scalar {
  kind: "null" | "boolean" | "number" | "text" | "time";
  /** As the program gets it inside a list or a map. */
  value: null | boolean | number | string;
  /** As the program gets it where it is a whole setting: always text. */
  text: string;
  /** As a map's key, which Go writes in its own way: `<nil>`, `1e+06`. */
  key: string;
}

/** A scalar that Pulumi refuses, and with it the whole file. The message is the end of a sentence about it. */
export class ScalarError extends Error {}

/** The short form of a tag: `!!int`. */
export const shortTag = (tag: string): string => tag.replace(/^tag:yaml\.org,2002:/, "!!");

/** `null`, `true` and `.inf` in their spellings. */
const WORDS = new Map<string, null | boolean | number>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, Number.NaN] as const),
  ...["", "+"].flatMap((sign) => [".inf", ".Inf", ".INF"].map((word) => [sign + word, Number.POSITIVE_INFINITY] as const)),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
]);

const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?)?$/;

/**
 * @param source  text of the scalar, its escapes and line breaks resolved
 * @param tag     short form; "" without one
 * @param plain   written without quotes, and not as a block
 * @throws        ScalarError
 */
export function readScalar(source: string, tag: string, plain: boolean): Scalar {
  if (tag === "!!binary") return text(decoded(source));
  if (tag === "" || tag === "!" ? !plain : !TYPED.includes(tag)) return text(source);
  const isTagged = tag !== "" && tag !== "!";
  const found = untagged(source);
  if (isTagged && !fits(found, source, tag)) throw new ScalarError(`is tagged ${tag}, and is none`);
  if (found.kind === "number" && !Number.isFinite(found.value)) throw new ScalarError("is a number that Pulumi cannot hand over");
  return found;
}

/** Tags that are looked at; a scalar with any other is text. */
const TYPED = ["!!null", "!!bool", "!!int", "!!float", "!!timestamp"];

function fits({ kind, key }: Scalar, source: string, tag: string): boolean {
  if (tag === "!!null") return kind === "null";
  if (tag === "!!bool") return kind === "boolean";
  if (tag === "!!timestamp") return kind === "time";
  // A whole number that is too large is a float, and so is 1.0.
  const isInteger = INTEGER.test(source.replaceAll("_", "")) && /^-?\d+$/.test(key);
  return kind === "number" && (tag === "!!float" || isInteger);
}

function untagged(source: string): Scalar {
  const word = WORDS.get(source);
  if (word === null) return { kind: "null", value: null, text: "", key: "<nil>" };
  if (typeof word === "boolean") return { kind: "boolean", value: word, text: String(word), key: String(word) };
  if (typeof word === "number") return { kind: "number", value: word, text: source, key: source };
  if (!/^[-+.0-9]/.test(source)) return text(source);
  const time = pointInTime(source);
  if (time !== undefined) return { kind: "time", value: time, text: time, key: time };
  return number(source.replaceAll("_", "")) ?? text(source);
}

const text = (value: string): Scalar => ({ kind: "text", value, text: value, key: value });

const LARGEST = 2n ** 63n;

/** `plain`: without underscores. */
function number(plain: string): Scalar | undefined {
  const [, sign, digits = ""] = INTEGER.exec(plain) ?? [];
  if (sign !== undefined) {
    const size = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits.toLowerCase());
    const value = sign === "-" ? -size : size;
    // What an unsigned 64-bit number takes goes without a sign only.
    if ((value >= -LARGEST && value < LARGEST) || (sign === "" && value < 2n * LARGEST))
      return { kind: "number", value: Number(value), text: String(value), key: String(value) };
  }
  if (!FLOAT.test(plain)) return undefined;
  const value = Number(plain) + 0;
  // Too large for Go: text. A negative zero is a zero.
  return Number.isFinite(value) ? { kind: "number", value, text: String(value), key: floatKey(value) } : undefined;
}

/** Go's %v: an exponent from six digits on. */
function floatKey(value: number): string {
  const [digits = "", exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** As Go writes it: `2025-12-11 00:00:00 +0000 UTC`. */
function pointInTime(source: string): string | undefined {
  const found = TIME.exec(source);
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0] = found.slice(1, 4).map(Number);
  const [hour = 0, minute = 0, second = 0] = (found[4] === undefined ? found.slice(9, 12) : found.slice(4, 7)).map((part) =>
    Number(part ?? 0),
  );
  const zone = found[8] ?? "Z";
  const days = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return undefined;
  if (zone !== "Z" && (Number(zone.slice(1, 3)) > 24 || Number(zone.slice(4)) > 59)) return undefined;
  const two = (part: number) => String(part).padStart(2, "0");
  const fraction = (found[7] ?? found[12] ?? "").slice(0, 9).replace(/0+$/, "");
  const offset = zone.replace(":", "");
  const where = zone === "Z" || /^[-+]0000$/.test(offset) ? "+0000 UTC" : `${offset} ${offset}`;
  return `${found[1]}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${fraction && `.${fraction}`} ${where}`;
}

/** Bytes in base64, as text. */
function decoded(source: string): string {
  const plain = source.replace(/\s+/g, "");
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(plain))
    throw new ScalarError("is tagged !!binary, and is not base64");
  return Buffer.from(plain, "base64").toString("utf8");
}
