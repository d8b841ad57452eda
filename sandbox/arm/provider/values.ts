/**
 * Pulumi's property values as plain JSON: what providers, engine and SDK send each other (google.protobuf.Struct).
 */

/** JSON, or an unknown in a preview. */
// biome-ignore lint/suspicious/noExplicitAny: property values are JSON of any form.
export type Properties = Record<string, any>;

/** What stands for a value that is not known yet, by the type it will have (Pulumi's Go SDK, plugin/rpc.go); most are strings. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWNS = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export const isUnknown = (value: unknown): boolean => typeof value === "string" && UNKNOWNS.has(value);

export const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function hasUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) ? Object.values(value).some(hasUnknown) : isUnknown(value);
}

/** Key and values by which a secret and an output are told from other objects (Pulumi's provider protocol). */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Without nulls, and without the wrapping of secrets: this provider asks the engine to keep track of what is secret, as azure-native does. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item) ?? null);
  if (!isObject(value)) return value ?? undefined;
  if (value[SIGNATURE] === SECRET) return plain(value.value);
  if (value[SIGNATURE] === OUTPUT) return "value" in value ? plain(value.value) : UNKNOWN;
  const result: Properties = {};
  for (const [key, inner] of Object.entries(value)) {
    const clean = plain(inner);
    if (clean !== undefined) result[key] = clean;
  }
  return result;
}
