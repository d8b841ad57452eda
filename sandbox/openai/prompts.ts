/**
 * What a request says, as text: all that the service counts as prompt. Its estimate is a quarter of the characters (Azure OpenAI quota guide), of
 * messages, names and arguments of tool calls, their results, definitions of tools and schemas alike.
 */
import { countTokens } from "./text.ts";

/** Labels, not text that a model reads. */
const LABELS = new Set([
  "type",
  "role",
  "id",
  "call_id",
  "tool_call_id",
  "approval_request_id",
  "status",
  "phase",
  "detail",
  "file_id",
  "format",
  "annotations",
  "logprobs",
  "prompt_cache_breakpoint",
]);

/** An image counts as the 85 tokens of one in low detail, whatever its size: the real figure needs its pixels. */
const IMAGE = "i".repeat(85 * 4);
/** Characters of base64 for a token of sound: ten tokens a second, at 32 kbit/s. */
const BASE64_PER_AUDIO_TOKEN = 533;

/** Every text in messages, items or parts of them, one after the other. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).join("");
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([key, inner]) => {
      if (LABELS.has(key)) return "";
      if (key === "image_url") return IMAGE;
      if (key === "input_audio") {
        const { data } = (inner ?? {}) as { data?: unknown };
        return "a".repeat(typeof data === "string" ? 4 * Math.ceil(data.length / BASE64_PER_AUDIO_TOKEN) : 0);
      }
      // Base64 of a file: as many characters as it has bytes.
      if (key === "file_data") return typeof inner === "string" ? inner.slice(0, Math.floor((inner.length * 3) / 4)) : "";
      return textOf(inner);
    })
    .join("");
}

/** Tools and schemas are read as their JSON. */
export const definitions = (...values: unknown[]): string =>
  values
    .filter((value) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0))
    .map((value) => JSON.stringify(value))
    .join("");

export const promptTokensOf = (prompt: string) => countTokens(prompt.length);
