/**
 * DateTime, DateTimeOffset and TimeSpan. The gateway's local time is UTC.
 */
import { formatted } from "../format.ts";
import { declare, declareEnum, enumOf, type Implementation } from "../members.ts";
import { parseDate, ticksAt, toDateTime, toDateTimeOffset } from "../time.ts";
import {
  argument,
  argumentNull,
  badFormat,
  CsDateTime,
  CsDateTimeOffset,
  CsDouble,
  type CsEnum,
  CsException,
  CsTimeSpan,
  EPOCH_TICKS,
  host,
  MAX_TICKS,
  msOf,
  type Out,
  outOfRange,
  TICKS,
  ticksOf,
  type Value,
} from "../values.ts";

const DAY = 864000000000n;
const UNITS = { Days: DAY, Hours: 36000000000n, Minutes: 600000000n, Seconds: 10000000n, Milliseconds: TICKS };
const parts = (ticks: bigint) => new Date(msOf(ticks));
const needed = (value: string | null, name: string): string => {
  if (value === null) throw argumentNull(name);
  return value;
};

/** A number of units in ticks, rounded to the millisecond as .NET Framework does. */
function scaled(value: CsDouble, unit: bigint): bigint {
  if (Number.isNaN(value.v)) throw argument("TimeSpan does not accept floating point Not-a-Number values.");
  const ms = value.v * Number(unit / TICKS);
  const whole = Math.trunc(ms + (ms >= 0 ? 0.5 : -0.5));
  if (Math.abs(whole) > 922337203685477)
    throw new CsException("OverflowException", "TimeSpan overflowed because the duration is too long.");
  return BigInt(whole) * TICKS;
}

type Clocked = CsDateTime | CsDateTimeOffset;
const withTicks = (value: Clocked, ticks: bigint): Clocked =>
  value instanceof CsDateTime ? new CsDateTime(ticks, value.kind) : new CsDateTimeOffset(ticks, value.offset);

function addMonths(value: Clocked, months: number): Clocked {
  const at = parts(value.ticks);
  const month = at.getUTCMonth() + months;
  const [year, inYear] = [at.getUTCFullYear() + Math.floor(month / 12), ((month % 12) + 12) % 12];
  const last = new Date(Date.UTC(2000, inYear + 1, 0));
  last.setUTCFullYear(year, inYear + 1, 0);
  const ticks = ticksAt(year, inYear + 1, Math.min(at.getUTCDate(), last.getUTCDate()));
  if (ticks === undefined) throw outOfRange("months", "The added or subtracted value results in an un-representable DateTime.");
  return withTicks(value, ticks + (value.ticks % DAY));
}

/** What DateTime and DateTimeOffset share. */
const clocked = (name: string): Record<string, Implementation> => ({
  "int Year": (d: Clocked) => parts(d.ticks).getUTCFullYear(),
  "int Month": (d: Clocked) => parts(d.ticks).getUTCMonth() + 1,
  "int Day": (d: Clocked) => parts(d.ticks).getUTCDate(),
  "int Hour": (d: Clocked) => parts(d.ticks).getUTCHours(),
  "int Minute": (d: Clocked) => parts(d.ticks).getUTCMinutes(),
  "int Second": (d: Clocked) => parts(d.ticks).getUTCSeconds(),
  "int Millisecond": (d: Clocked) => Number((d.ticks / TICKS) % 1000n),
  "long Ticks": (d: Clocked) => d.ticks,
  "DayOfWeek DayOfWeek": (d: Clocked) => enumOf("DayOfWeek", parts(d.ticks).getUTCDay()),
  "int DayOfYear": (d: Clocked) => Number((d.ticks - (ticksAt(parts(d.ticks).getUTCFullYear(), 1, 1) ?? 0n)) / DAY) + 1,
  "TimeSpan TimeOfDay": (d: Clocked) => new CsTimeSpan(d.ticks % DAY),
  "DateTime Date": (d: Clocked) => new CsDateTime(d.ticks - (d.ticks % DAY), d instanceof CsDateTime ? d.kind : "Unspecified"),
  ...Object.fromEntries(
    Object.entries(UNITS).map(([unit, size]) => [
      `${name} Add${unit}(double value)`,
      (d: Clocked, value: CsDouble) => withTicks(d, d.ticks + scaled(value, size)),
    ]),
  ),
  [`${name} AddTicks(long value)`]: (d: Clocked, ticks: bigint) => withTicks(d, d.ticks + ticks),
  [`${name} AddMonths(int months)`]: addMonths,
  [`${name} AddYears(int value)`]: (d: Clocked, years: number) => addMonths(d, years * 12),
  [`${name} Add(TimeSpan value)`]: (d: Clocked, span: CsTimeSpan) => withTicks(d, d.ticks + span.ticks),
  [`${name} Subtract(TimeSpan value)`]: (d: Clocked, span: CsTimeSpan) => withTicks(d, d.ticks - span.ticks),
  "string ToString(string format)": formatted,
});

declareEnum("System", "DayOfWeek", { Sunday: 0, Monday: 1, Tuesday: 2, Wednesday: 3, Thursday: 4, Friday: 5, Saturday: 6 });
declareEnum("System", "DateTimeKind", { Utc: 1 });
const now = () => new CsDateTime(ticksOf(host().now()), "Utc");
const local = () => new CsDateTime(ticksOf(host().now()), "Local");
function made(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
  ms: number | CsEnum = 0,
  kind?: CsEnum,
): CsDateTime {
  const ticks = ticksAt(year, month, day, hour, minute, second);
  if (ticks === undefined) throw outOfRangeDate();
  const given = typeof ms === "number" ? kind : ms;
  return new CsDateTime(
    ticks + BigInt(typeof ms === "number" ? ms : 0) * TICKS,
    (given?.name as CsDateTime["kind"]) ?? "Unspecified",
  );
}
const outOfRangeDate = () =>
  new CsException("ArgumentOutOfRangeException", "Year, Month, and Day parameters describe an un-representable DateTime.");
const badDate = () => badFormat("String was not recognized as a valid DateTime.");

declare("System", "struct", "DateTime : IComparable", {
  ...clocked("DateTime"),
  "new(int year, int month, int day) | new(int year, int month, int day, int hour, int minute, int second) | new(int year, int month, int day, int hour, int minute, int second, DateTimeKind kind) | new(int year, int month, int day, int hour, int minute, int second, int millisecond) | new(int year, int month, int day, int hour, int minute, int second, int millisecond, DateTimeKind kind)":
    made,
  "new(long ticks)": (ticks: bigint) => new CsDateTime(ticks),
  "new(long ticks, DateTimeKind kind)": (ticks: bigint, kind: CsEnum) => new CsDateTime(ticks, kind.name as CsDateTime["kind"]),
  "static DateTime UtcNow": now,
  "static DateTime Now": local,
  "static DateTime Today": () => new CsDateTime(local().ticks - (local().ticks % DAY), "Local"),
  "static DateTime MinValue": () => new CsDateTime(0n),
  "static DateTime MaxValue": () => new CsDateTime(MAX_TICKS),
  "static DateTime Parse(string s)": (s: string | null) => {
    const found = parseDate(needed(s, "s"));
    if (!found) throw badDate();
    return toDateTime(found);
  },
  "static int DaysInMonth(int year, int month)": (year: number, month: number) => {
    if (month < 1 || month > 12) throw outOfRange("month", "Month must be between one and twelve.");
    return new Date(Date.UTC(year, month, 0)).getUTCDate();
  },
  "static bool IsLeapYear(int year)": (year: number) => ticksAt(year, 2, 29) !== undefined,
  "bool IsDaylightSavingTime()": () => false,
  "TimeSpan Subtract(DateTime value)": (a: CsDateTime, b: CsDateTime) => new CsTimeSpan(a.ticks - b.ticks),
});

const offsetOf = (span: CsTimeSpan) => {
  if (span.ticks % UNITS.Minutes !== 0n) throw argument("Offset must be specified in whole minutes.", "offset");
  const minutes = Number(span.ticks / UNITS.Minutes);
  if (Math.abs(minutes) > 840) throw outOfRange("offset", "Offset must be within plus or minus 14 hours.");
  return minutes;
};
const unix = (limit: bigint, least: bigint, unit: bigint) => (value: bigint) => {
  if (value < least || value > limit)
    throw outOfRange(unit === TICKS ? "milliseconds" : "seconds", `Valid values are between ${least} and ${limit}, inclusive.`);
  return new CsDateTimeOffset(EPOCH_TICKS + value * unit);
};
const floorDiv = (a: bigint, b: bigint) => (a >= 0n ? a / b : -((-a + b - 1n) / b));
declare("System", "struct", "DateTimeOffset : IComparable", {
  ...clocked("DateTimeOffset"),
  "new(DateTime dateTime)": (d: CsDateTime) => new CsDateTimeOffset(d.ticks),
  "new(DateTime dateTime, TimeSpan offset)": (d: CsDateTime, span: CsTimeSpan) => {
    if (d.kind === "Utc" && span.ticks !== 0n) throw argument("The UTC Offset for Utc DateTime instances must be 0.", "offset");
    return new CsDateTimeOffset(d.ticks, offsetOf(span));
  },
  "new(int year, int month, int day, int hour, int minute, int second, TimeSpan offset)": (
    y,
    mo,
    d,
    h,
    mi,
    s,
    span: CsTimeSpan,
  ) => new CsDateTimeOffset(made(y, mo, d, h, mi, s).ticks, offsetOf(span)),
  "static DateTimeOffset UtcNow | static DateTimeOffset Now": () => new CsDateTimeOffset(now().ticks),
  "static DateTimeOffset MinValue": () => new CsDateTimeOffset(0n),
  "static DateTimeOffset MaxValue": () => new CsDateTimeOffset(MAX_TICKS),
  "static DateTimeOffset FromUnixTimeSeconds(long seconds)": unix(253402300799n, -62135596800n, UNITS.Seconds),
  "static DateTimeOffset FromUnixTimeMilliseconds(long milliseconds)": unix(253402300799999n, -62135596800000n, TICKS),
  "static DateTimeOffset Parse(string input)": (s: string | null) => {
    const found = parseDate(needed(s, "input"));
    if (!found) throw badDate();
    return toDateTimeOffset(found);
  },
  "static bool TryParse(string input, out DateTimeOffset result)": (s: string | null, out: Out) => {
    const found = s === null ? undefined : parseDate(s);
    out.set(found ? toDateTimeOffset(found) : new CsDateTimeOffset(0n));
    return found !== undefined;
  },
  "long ToUnixTimeSeconds()": (d: CsDateTimeOffset) => floorDiv(d.utcTicks - EPOCH_TICKS, UNITS.Seconds),
  "long ToUnixTimeMilliseconds()": (d: CsDateTimeOffset) => floorDiv(d.utcTicks - EPOCH_TICKS, TICKS),
  "TimeSpan Offset": (d: CsDateTimeOffset) => new CsTimeSpan(BigInt(d.offset) * UNITS.Minutes),
  "DateTime DateTime": (d: CsDateTimeOffset) => new CsDateTime(d.ticks),
  "DateTime UtcDateTime": (d: CsDateTimeOffset) => new CsDateTime(d.utcTicks, "Utc"),
  "DateTime LocalDateTime": (d: CsDateTimeOffset) => new CsDateTime(d.utcTicks, "Local"),
  "long UtcTicks": (d: CsDateTimeOffset) => d.utcTicks,
  "DateTimeOffset ToUniversalTime() | DateTimeOffset ToLocalTime()": (d: CsDateTimeOffset) => new CsDateTimeOffset(d.utcTicks),
  "DateTimeOffset ToOffset(TimeSpan offset)": (d: CsDateTimeOffset, span: CsTimeSpan) =>
    new CsDateTimeOffset(d.utcTicks + span.ticks, offsetOf(span)),
  "TimeSpan Subtract(DateTimeOffset value)": (a: CsDateTimeOffset, b: CsDateTimeOffset) =>
    new CsTimeSpan(a.utcTicks - b.utcTicks),
  "int CompareTo(DateTimeOffset other)": (a: CsDateTimeOffset, b: CsDateTimeOffset) =>
    a.utcTicks < b.utcTicks ? -1 : a.utcTicks > b.utcTicks ? 1 : 0,
});

function parseSpan(source: string): CsTimeSpan | undefined {
  // Numbers are read, five at most and each an int, before anything is made of them: a sixth is looked at too.
  if ((source.match(/\d+/g) ?? []).slice(0, 6).some((digits) => Number(digits) > 0x7fffffff)) throw tooLong();
  const found = /^\s*(-)?(?:(\d+)(?=\s*$)|(?:(\d+)(?:\.|:(?=\d+:\d+:\d)))?(\d+):(\d+)(?::(\d+)(?:\.(\d+))?)?)\s*$/.exec(source);
  if (!found) return undefined;
  const [, sign, daysOnly, days = "0", h = "0", m = "0", s = "0", f = ""] = found;
  if (Number(h) > 23 || Number(m) > 59 || Number(s) > 59 || f.length > 7) throw tooLong();
  const ticks =
    BigInt(daysOnly ?? days) * DAY +
    BigInt(h) * UNITS.Hours +
    BigInt(m) * UNITS.Minutes +
    BigInt(s) * UNITS.Seconds +
    BigInt(f.padEnd(7, "0"));
  if (ticks >= 1n << 63n) throw tooLong();
  return new CsTimeSpan(sign ? -ticks : ticks);
}
const tooLong = () =>
  new CsException(
    "OverflowException",
    "The TimeSpan could not be parsed because at least one of the numeric components is out of range or contains too many digits.",
  );
const spanOf = (d: number, h: number, m: number, s: number, ms = 0) =>
  new CsTimeSpan(
    BigInt(d) * DAY + BigInt(h) * UNITS.Hours + BigInt(m) * UNITS.Minutes + BigInt(s) * UNITS.Seconds + BigInt(ms) * TICKS,
  );
const modulo: Record<string, bigint> = { Hours: 24n, Minutes: 60n, Seconds: 60n, Milliseconds: 1000n };
declare("System", "struct", "TimeSpan : IComparable", {
  "new(long ticks)": (ticks: bigint) => new CsTimeSpan(ticks),
  "new(int hours, int minutes, int seconds)": (h, m, s) => spanOf(0, h, m, s),
  "new(int days, int hours, int minutes, int seconds) | new(int days, int hours, int minutes, int seconds, int milliseconds)":
    spanOf,
  "static TimeSpan Zero": () => new CsTimeSpan(0n),
  "static TimeSpan MaxValue": () => new CsTimeSpan((1n << 63n) - 1n),
  "static TimeSpan MinValue": () => new CsTimeSpan(-(1n << 63n)),
  ...Object.fromEntries(
    Object.entries(UNITS).flatMap(([unit, size]): [string, Implementation][] => [
      [`static TimeSpan From${unit}(double value)`, (value: CsDouble) => new CsTimeSpan(scaled(value, size))],
      [`double Total${unit}`, (span: CsTimeSpan) => new CsDouble(Number(span.ticks) / Number(size))],
      [`int ${unit}`, (span: CsTimeSpan) => Number(modulo[unit] ? (span.ticks / size) % modulo[unit] : span.ticks / size)],
    ]),
  ),
  "static TimeSpan FromTicks(long value)": (ticks: bigint) => new CsTimeSpan(ticks),
  "long Ticks": (span: CsTimeSpan) => span.ticks,
  "TimeSpan Add(TimeSpan ts)": (a: CsTimeSpan, b: CsTimeSpan) => new CsTimeSpan(a.ticks + b.ticks),
  "TimeSpan Subtract(TimeSpan ts)": (a: CsTimeSpan, b: CsTimeSpan) => new CsTimeSpan(a.ticks - b.ticks),
  "TimeSpan Negate()": (a: CsTimeSpan) => new CsTimeSpan(-a.ticks),
  "TimeSpan Duration()": (a: CsTimeSpan) => new CsTimeSpan(a.ticks < 0n ? -a.ticks : a.ticks),
  "int CompareTo(TimeSpan value)": (a: CsTimeSpan, b: CsTimeSpan) => (a.ticks < b.ticks ? -1 : a.ticks > b.ticks ? 1 : 0),
  "string ToString(string format)": formatted,
  "static TimeSpan Parse(string s)": (s: string | null) => {
    const found = parseSpan(needed(s, "s"));
    if (!found) throw badFormat("String was not recognized as a valid TimeSpan.");
    return found;
  },
  "static bool TryParse(string s, out TimeSpan result)": (s: string | null, out: Out) => {
    let found: Value;
    try {
      found = s === null ? undefined : parseSpan(s);
    } catch {
      found = undefined;
    }
    out.set(found ?? new CsTimeSpan(0n));
    return found !== undefined;
  },
});
