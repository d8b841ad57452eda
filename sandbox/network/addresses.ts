/**
 * IPv4 addresses and ranges.
 */
import { createHash } from "node:crypto";

export function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

export const isAddress = (text: string) =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) < 256);

/** `10.42.0.0/22`, or one address. */
export function contains(range: string, address: string): boolean {
  const [base = "", bits = "32"] = range.split("/");
  if (!isAddress(base)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(base) / size) === Math.floor(toNumber(address) / size);
}

/** The address so many places above the beginning of a range. */
export const within = (range: string, offset: number) => toAddress(toNumber(range.split("/")[0] ?? "") + offset);

/** A public address for something whose real one Azure would choose: always the same, from the range for benchmarks (RFC 2544). */
export function publicAddressFor(what: string): string {
  return toAddress(toNumber("198.18.0.0") + (createHash("sha256").update(what.toLowerCase()).digest().readUInt32BE() % 2 ** 17));
}
