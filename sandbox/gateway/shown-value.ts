/**
 * C# values as a trace shows them: short, and without the texts of the caller's body that a policy carries about.
 */
import { text as textOf } from "./csharp/format.ts";
import { JArray, JObject } from "./csharp/json.ts";
import type { Value } from "./csharp/values.ts";
import type { Flow } from "./flow.ts";
import { ResponseMessage } from "./message.ts";

/** Characters of a value that are shown. */
const SHOWN = 600;
/** A text of at least so many characters that stands in the body is the body's, and no more than its length is shown. */
const OF_THE_BODY = 64;

export function shownValue(value: Value, flow: Flow | undefined): string {
  if (value === null || value === undefined) return "null";
  if (value instanceof ResponseMessage) return `response with status ${value.statusCode}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof JObject) return `JSON object with ${value.items.length} members`;
  if (value instanceof JArray) return `JSON array of ${value.items.length}`;
  const text = textOf(value);
  if (typeof value !== "string") return cut(text);
  if (text.length >= OF_THE_BODY && flow && inBody(text, flow)) return `text of the body, ${text.length} characters`;
  return JSON.stringify(cut(text));
}

const cut = (text: string) => (text.length > SHOWN ? `${text.slice(0, SHOWN)}... (${text.length} characters)` : text);

/** Also as a JSON string holds it. */
function inBody(text: string, { request, response }: Flow): boolean {
  return [request.body, response?.body].some((body) => {
    const bytes = body?.remaining();
    if (!(bytes instanceof Uint8Array) || bytes.length < text.length) return false;
    const whole = Buffer.from(bytes);
    return whole.includes(text) || whole.includes(JSON.stringify(text).slice(1, -1));
  });
}
