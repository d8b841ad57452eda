/**
 * Names that Azure takes, derived so that they never change when something else is added.
 * Limits: Azure resource name rules, 2026-11; a random suffix of 7 characters ("-" and SUFFIX_LENGTH) follows names that are unique in the world.
 */
import { createHash } from "node:crypto";

/** The stack's part of a name: with "aoai-", a member of 24, "-ptu" and the suffix, an account's name has exactly the 64 characters Azure allows. */
const STACK_PART = 23;
/** API Management backend ids. */
const BACKEND_ID = 80;

/** 6 lower-case letters and digits that stand for a text. */
export function digest(text: string): string {
  return BigInt(`0x${createHash("sha256").update(text).digest("hex")}`)
    .toString(36)
    .slice(0, 6);
}

/** The text itself where it fits; else what is left of it, and a digest of the whole so that two texts stay two names. */
function fitted(text: string, fits: RegExp, most: number, cleaned: string): string {
  if (text.length <= most && fits.test(text)) return text;
  const start = cleaned.slice(0, most - 7).replace(/-+$/, "");
  return start === "" ? digest(text) : `${start}-${digest(text)}`;
}

/** The stack's name as part of Azure names: lower-case letters, digits and hyphens, at most 23. Pulumi allows 100, and dots, underscores and capitals. */
export function stackPart(stack: string): string {
  const cleaned = stack
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "");
  return fitted(stack, /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, STACK_PART, cleaned);
}

/** An API Management backend id: letters, digits, underscores and hyphens (no dots), at most 80, none but letters and digits first or last. */
export function backendId(text: string): string {
  return fitted(text, /^[A-Za-z0-9_-]+$/, BACKEND_ID, text.replace(/[^A-Za-z0-9_-]+/g, "-"));
}

/** A deployment's name as part of paths and Front Door names: lower-case letters, digits and hyphens, at most 40. */
export function nameKey(text: string): string {
  const cleaned = text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return fitted(text, /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 40, cleaned);
}
