/**
 * System.Decimal: 96 bits of digits and a scale that results keep (`1.10m + 2m` is `3.10`).
 */
import { badFormat, CsDecimal, divideByZero, overflow } from "./values.ts";

const LIMIT = 1n << 96n;
const ten = (power: number) => 10n ** BigInt(power);
const abs = (value: bigint) => (value < 0n ? -value : value);

/** Digits divided by a power of ten, halves to the even digit. */
function shift(m: bigint, places: number): bigint {
  const by = ten(places);
  const quotient = m / by;
  const rest = abs(m % by) * 2n;
  const up = rest > by || (rest === by && quotient % 2n !== 0n);
  return up ? quotient + (m < 0n ? -1n : 1n) : quotient;
}

/** Rounds to what a decimal can hold. */
function fitted(m: bigint, s: number): CsDecimal {
  let [digits, scale] = s > 28 ? [shift(m, s - 28), 28] : [m, s];
  if (abs(digits) >= LIMIT) {
    let drop = 1;
    while (drop <= scale && abs(shift(digits, drop)) >= LIMIT) drop++;
    if (drop > scale) throw overflow("Decimal");
    [digits, scale] = [shift(digits, drop), scale - drop];
  }
  return new CsDecimal(digits, scale);
}

const align = (a: CsDecimal, b: CsDecimal): [bigint, bigint, number] => {
  const s = Math.max(a.s, b.s);
  return [a.m * ten(s - a.s), b.m * ten(s - b.s), s];
};

export const of = (value: number | bigint) => new CsDecimal(BigInt(value), 0);
export function add(a: CsDecimal, b: CsDecimal): CsDecimal {
  const [x, y, s] = align(a, b);
  return fitted(x + y, s);
}
export const negate = (a: CsDecimal) => new CsDecimal(-a.m, a.s);
export const subtract = (a: CsDecimal, b: CsDecimal) => add(a, negate(b));
export const multiply = (a: CsDecimal, b: CsDecimal) => fitted(a.m * b.m, a.s + b.s);
export function divide(a: CsDecimal, b: CsDecimal): CsDecimal {
  if (b.m === 0n) throw divideByZero();
  const digits = 60;
  // One digit more than is shown, marked when something is cut off, decides the rounding.
  const scaled = a.m * ten(digits);
  let m = scaled / b.m;
  if (scaled % b.m !== 0n) m = m * 10n + (m < 0n || (m === 0n && a.m < 0n !== b.m < 0n) ? -1n : 1n);
  else m *= 10n;
  let s = digits + 1 + a.s - b.s;
  if (s < 0) [m, s] = [m * ten(-s), 0];
  const result = fitted(m, s);
  let [rm, rs] = [result.m, result.s];
  const least = Math.max(0, a.s - b.s);
  while (rs > least && rm % 10n === 0n) [rm, rs] = [rm / 10n, rs - 1];
  return new CsDecimal(rm, rs);
}
export function remainder(a: CsDecimal, b: CsDecimal): CsDecimal {
  if (b.m === 0n) throw divideByZero();
  const [x, y, s] = align(a, b);
  return fitted(x % y, s);
}
export function compare(a: CsDecimal, b: CsDecimal): number {
  const [x, y] = align(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}
export const truncate = (a: CsDecimal) => new CsDecimal(a.m / ten(a.s), 0);
export function floor(a: CsDecimal): CsDecimal {
  const whole = truncate(a);
  return compare(whole, a) > 0 ? new CsDecimal(whole.m - 1n, 0) : whole;
}
export const ceiling = (a: CsDecimal) => negate(floor(negate(a)));
/** Half to even, or away from zero. */
export function round(a: CsDecimal, digits = 0, away = false): CsDecimal {
  if (a.s <= digits) return a;
  const places = a.s - digits;
  if (!away) return new CsDecimal(shift(a.m, places), digits);
  const half = (ten(places) / 2n) * (a.m < 0n ? -1n : 1n);
  return new CsDecimal((a.m + half) / ten(places), digits);
}
/** The whole part, for conversions to integers. */
export const toBigInt = (a: CsDecimal) => a.m / ten(a.s);
export const toNumber = (a: CsDecimal) => Number(toText(a));

/** From a double, rounded to 15 significant digits as .NET does. */
export function fromNumber(v: number): CsDecimal {
  if (!Number.isFinite(v) || Math.abs(v) >= 7.922816251426434e28) throw overflow("Decimal");
  const [mantissa = "0", exponent = "0"] = v.toExponential(14).split("e");
  const [whole = "0", rest = ""] = mantissa.replace("-", "").split(".");
  let s = rest.length - Number(exponent);
  let m = BigInt(whole + rest);
  while (s > 0 && m % 10n === 0n) [m, s] = [m / 10n, s - 1];
  if (s < 0) [m, s] = [m * ten(-s), 0];
  return fitted(v < 0 ? -m : m, s);
}

export function toText({ m, s }: CsDecimal): string {
  const digits = abs(m)
    .toString()
    .padStart(s + 1, "0");
  const sign = m < 0n ? "-" : "";
  return s === 0 ? sign + digits : `${sign}${digits.slice(0, -s)}.${digits.slice(-s)}`;
}

/** Reads `-1,234.50`; exponents only where `exponent` allows (literals, JSON). */
export function parse(text: string, exponent = false): CsDecimal {
  const found = /^\s*([-+]?)([\d,]*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?\s*$/.exec(text);
  if (!found || (!found[2] && !found[3]) || (found[4] !== undefined && !exponent)) throw badFormat();
  const [, sign, whole = "", rest = "", power = "0"] = found;
  let s = rest.length - Number(power);
  let m = BigInt(whole.replaceAll(",", "") + rest || "0");
  if (s < 0) [m, s] = [m * ten(-s), 0];
  return fitted(sign === "-" ? -m : m, s);
}
