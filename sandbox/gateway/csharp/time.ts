/**
 * Dates as text: what `Parse` and JSON readers take for one.
 */
import { CsDateTime, CsDateTimeOffset, EPOCH_TICKS, TICKS } from "./values.ts";

export interface ParsedDate {
  /** Since year 1, as the text shows them. */
  ticks: bigint;
  /** Minutes from UTC; undefined when the text does not say. */
  offset: number | undefined;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Ticks of a calendar date; undefined when there is no such day or time. */
export function ticksAt(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): bigint | undefined {
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, minute, second);
  const right = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  if (!right || year < 1 || year > 9999 || hour > 23 || minute > 59 || second > 59) return undefined;
  return EPOCH_TICKS + BigInt(at.getTime()) * TICKS;
}

const TIME = String.raw`(?:[T\s]\s*(?<h>\d{1,2}):(?<i>\d{1,2})(?::(?<s>\d{1,2})(?:\.(?<f>\d{1,9}))?)?(?:\s*(?<ap>[AP]M))?)?`;
const ZONE = String.raw`\s*(?<z>Z|GMT|UTC|[-+]\d{1,2}(?::?\d{2})?)?`;
const SHAPES = [
  String.raw`(?<y>\d{4})[-/](?<m>\d{1,2})(?:[-/](?<d>\d{1,2}))?`,
  String.raw`(?<m>\d{1,2})[-/](?<d>\d{1,2})[-/](?<y>\d{4})`,
  String.raw`(?:[A-Za-z]{3,9},?\s+)?(?<d>\d{1,2})[\s-](?<mon>[A-Za-z]{3})[A-Za-z]*[\s-](?<y>\d{4})`,
  String.raw`(?:[A-Za-z]{3,9},?\s+)?(?<mon>[A-Za-z]{3})[A-Za-z]*\s+(?<d>\d{1,2}),?\s+(?<y>\d{4})`,
].map((shape) => new RegExp(`^\\s*${shape}${TIME}${ZONE}\\s*$`, "i"));

/** ISO, invariant-culture (MM/dd/yyyy) and RFC 1123 dates; undefined for anything else. */
export function parseDate(text: string): ParsedDate | undefined {
  for (const shape of SHAPES) {
    const found = shape.exec(text)?.groups;
    if (!found) continue;
    const month = found.mon ? MONTHS.indexOf(found.mon.toLowerCase()) + 1 : Number(found.m);
    let hour = Number(found.h ?? 0);
    if (found.ap) {
      if (hour < 1 || hour > 12) return undefined;
      hour = (hour % 12) + (found.ap.toUpperCase() === "PM" ? 12 : 0);
    }
    const ticks = ticksAt(Number(found.y), month, Number(found.d ?? 1), hour, Number(found.i ?? 0), Number(found.s ?? 0));
    if (ticks === undefined) return undefined;
    return { ticks: ticks + BigInt((found.f ?? "").padEnd(7, "0").slice(0, 7)), offset: offsetOf(found.z) };
  }
  return undefined;
}

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined;
  const found = /^([-+])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (!found) return 0;
  return (Number(found[2]) * 60 + Number(found[3] ?? 0)) * (found[1] === "-" ? -1 : 1);
}

/** A string that Newtonsoft's reader turns into a date; undefined when it stays a string. */
export function isoDate(text: string): CsDateTime | undefined {
  if (text.length < 19 || text.length > 40 || text[10] !== "T") return undefined;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[-+]\d\d:?\d\d)?$/.test(text)) return undefined;
  const found = parseDate(text);
  if (!found) return undefined;
  if (found.offset === undefined) return new CsDateTime(found.ticks, "Unspecified");
  return new CsDateTime(found.ticks - BigInt(found.offset) * 60000n * TICKS, text.endsWith("Z") ? "Utc" : "Local");
}

/** `DateTime.Parse`: a date with a zone is converted to local time, which is UTC here. */
export function toDateTime(found: ParsedDate): CsDateTime {
  if (found.offset === undefined) return new CsDateTime(found.ticks, "Unspecified");
  return new CsDateTime(found.ticks - BigInt(found.offset) * 60000n * TICKS, "Local");
}
export const toDateTimeOffset = (found: ParsedDate) => new CsDateTimeOffset(found.ticks, found.offset ?? 0);
