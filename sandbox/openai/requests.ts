/**
 * Request bodies: what each operation takes. Names as in OpenAI's API reference (2026-11) with Azure's additions; unknown names are refused as the service does.
 */
import { z } from "zod";
import { openai } from "./errors.ts";

const text = z.string();
const flag = z.boolean().nullish();
const count = z.int().positive();
const anything = z.unknown().optional();
const object = z.record(z.string(), z.unknown());
const modelName = z.string().min(1).optional();

const contentPart = z.looseObject({ type: z.string(), text: z.string().optional() });
const message = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
  content: z.union([text, z.array(contentPart)]).nullish(),
});
const tool = z.looseObject({
  type: z.string(),
  function: z.looseObject({ name: z.string(), parameters: object.optional() }).optional(),
});
const streamOptions = z.strictObject({ include_usage: flag, include_obfuscation: flag }).nullish();
const stop = z.union([text, z.array(text).max(4)]).nullish();

const sampling = {
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  logit_bias: anything,
  seed: z.int().nullish(),
  user: z.string().optional(),
};

export const chatRequest = z.strictObject({
  model: modelName,
  messages: z.array(message).min(1),
  ...sampling,
  max_tokens: count.nullish(),
  max_completion_tokens: count.nullish(),
  n: z.int().min(1).max(128).nullish(),
  stop,
  stream: flag,
  stream_options: streamOptions,
  tools: z.array(tool).max(128).optional(),
  tool_choice: z
    .union([
      z.enum(["none", "auto", "required"]),
      z.looseObject({ type: z.string(), function: z.object({ name: z.string() }).optional() }),
    ])
    .optional(),
  response_format: z
    .discriminatedUnion("type", [
      z.object({ type: z.literal("text") }),
      z.object({ type: z.literal("json_object") }),
      z.object({ type: z.literal("json_schema"), json_schema: z.looseObject({ name: z.string(), schema: object.optional() }) }),
    ])
    .optional(),
  audio: anything,
  data_sources: anything,
  function_call: anything,
  functions: anything,
  logprobs: flag,
  metadata: anything,
  modalities: anything,
  parallel_tool_calls: flag,
  prediction: anything,
  prompt_cache_key: z.string().optional(),
  prompt_cache_retention: anything,
  reasoning_effort: z.string().nullish(),
  safety_identifier: z.string().optional(),
  service_tier: z.string().nullish(),
  store: flag,
  top_logprobs: z.int().min(0).max(20).nullish(),
  user_security_context: anything,
  verbosity: z.string().nullish(),
  web_search_options: anything,
});
export type ChatRequest = z.infer<typeof chatRequest>;

export const completionRequest = z.strictObject({
  model: modelName,
  prompt: z.union([text, z.array(text), z.array(z.int()), z.array(z.array(z.int()))]),
  ...sampling,
  best_of: z.int().min(1).max(20).nullish(),
  echo: flag,
  logprobs: z.int().min(0).max(5).nullish(),
  max_tokens: count.nullish(),
  n: z.int().min(1).max(128).nullish(),
  stop,
  stream: flag,
  stream_options: streamOptions,
  suffix: z.string().nullish(),
});

export const embeddingRequest = z.strictObject({
  model: modelName,
  input: z.union([
    text.min(1),
    z.array(text.min(1)).min(1).max(2048),
    z.array(z.int()).min(1),
    z.array(z.array(z.int()).min(1)).min(1).max(2048),
  ]),
  dimensions: count.optional(),
  encoding_format: z.enum(["float", "base64"]).optional(),
  input_type: z.string().optional(),
  user: z.string().optional(),
});

const inputItem = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  content: z.union([text, z.array(contentPart)]).optional(),
});
export const responseRequest = z.strictObject({
  model: modelName,
  input: z.union([text, z.array(inputItem)]).optional(),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(16).nullish(),
  previous_response_id: z.string().nullish(),
  store: flag,
  stream: flag,
  stream_options: z.strictObject({ include_obfuscation: flag }).nullish(),
  temperature: sampling.temperature,
  top_p: sampling.top_p,
  text: z
    .looseObject({
      format: z.looseObject({ type: z.enum(["text", "json_object", "json_schema"]), schema: object.optional() }).optional(),
    })
    .optional(),
  tools: z.array(z.looseObject({ type: z.string() })).optional(),
  background: flag,
  conversation: anything,
  include: anything,
  max_tool_calls: anything,
  metadata: anything,
  parallel_tool_calls: flag,
  prompt: anything,
  prompt_cache_key: z.string().optional(),
  prompt_cache_retention: anything,
  reasoning: anything,
  safety_identifier: z.string().optional(),
  service_tier: z.string().nullish(),
  tool_choice: anything,
  top_logprobs: anything,
  truncation: z.enum(["auto", "disabled"]).nullish(),
  user: z.string().optional(),
});
export type ResponseRequest = z.infer<typeof responseRequest>;

export const imageRequest = z.strictObject({
  model: modelName,
  prompt: text.min(1),
  n: z.int().min(1).max(10).nullish(),
  size: z.string().nullish(),
  quality: z.string().nullish(),
  style: z.string().nullish(),
  response_format: z.enum(["url", "b64_json"]).nullish(),
  output_format: z.string().nullish(),
  output_compression: z.int().nullish(),
  background: z.string().nullish(),
  moderation: z.string().nullish(),
  user: z.string().optional(),
});

export const speechRequest = z.strictObject({
  model: modelName,
  input: text.min(1).max(4096),
  voice: z.union([text, object]),
  instructions: z.string().optional(),
  response_format: z.enum(["mp3", "opus", "aac", "flac", "wav", "pcm"]).optional(),
  speed: z.number().min(0.25).max(4).optional(),
});

/** The body as JSON. @throws AccountError 400 */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    throw openai(
      400,
      null,
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
    );
  }
}

/** @throws AccountError 400 about the first fault, in OpenAI's words */
export function parseRequest<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = deepest(result.error.issues[0] as z.core.$ZodIssue);
  const path = issue.path
    .map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? String(step) : `.${String(step)}`))
    .join("");
  switch (issue.code) {
    case "unrecognized_keys": {
      const plural = issue.keys.length > 1 ? "s" : "";
      throw openai(400, null, `Unrecognized request argument${plural} supplied: ${issue.keys.join(", ")}`);
    }
    case "invalid_type":
    case "invalid_union":
      if (issue.input === undefined)
        throw openai(400, "missing_required_parameter", `Missing required parameter: '${path}'.`, path);
      throw openai(
        400,
        "invalid_type",
        `Invalid type for '${path}': expected ${"expected" in issue ? `a value of type ${issue.expected}` : "one of its documented types"}, but got ${kindOf(issue.input)} instead.`,
        path,
      );
    default:
      throw openai(400, "invalid_value", `Invalid value for '${path}': ${issue.message}.`, path);
  }
}

/** Of a union, the alternative that got furthest, so that the path is the caller's fault and not "none fits". */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flatMap((issues) =>
    issues.map((i) => deepest({ ...i, path: [...issue.path, ...i.path] } as z.core.$ZodIssue)),
  );
  const best = inner.toSorted((a, b) => b.path.length - a.path.length)[0];
  return best && best.path.length > issue.path.length ? best : issue;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
