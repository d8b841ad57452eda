/**
 * Request bodies: what each operation takes. Names as in OpenAI's API reference (2026-11) with Azure's additions; unknown names are refused as the service does.
 */
import { z } from "zod";
import { openai } from "./errors.ts";

const text = z.string();
const flag = z.boolean().nullish();
const count = z.int().positive();
const anything = z.unknown().optional();
const words = z.string().nullish();
const object = z.record(z.string(), z.unknown());
const modelName = z.string().min(1).optional();

const contentPart = z.looseObject({ type: z.string(), text: z.string().nullish() });
const functionCall = z.looseObject({ name: z.string(), arguments: z.string() });
const message = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
  content: z.union([text, z.array(contentPart)]).nullish(),
  tool_calls: z
    .array(z.looseObject({ id: z.string(), type: z.string().nullish(), function: functionCall.nullish(), custom: anything }))
    .nullish(),
  tool_call_id: z.string().nullish(),
  function_call: functionCall.nullish(),
});
const functionTool = z.looseObject({ name: z.string(), parameters: object.nullish(), strict: flag });
const tool = z.looseObject({
  type: z.string(),
  function: functionTool.nullish(),
  custom: z.looseObject({ name: z.string() }).nullish(),
});
const streamOptions = z.strictObject({ include_usage: flag, include_obfuscation: flag }).nullish();
const stop = z.union([text, z.array(text).max(4)]).nullish();
const named = z.looseObject({ name: z.string() });

const sampling = {
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  logit_bias: anything,
  seed: z.int().nullish(),
  user: words,
};

/** What both chat and responses take beside their own. */
const common = {
  metadata: anything,
  moderation: anything,
  parallel_tool_calls: flag,
  prompt_cache_key: words,
  prompt_cache_options: anything,
  prompt_cache_retention: anything,
  safety_identifier: words,
  service_tier: words,
  store: flag,
  top_logprobs: z.int().min(0).max(20).nullish(),
};

export const chatRequest = z.strictObject({
  model: modelName,
  messages: z.array(message).min(1),
  ...sampling,
  ...common,
  max_tokens: count.nullish(),
  max_completion_tokens: count.nullish(),
  n: z.int().min(1).max(128).nullish(),
  stop,
  stream: flag,
  stream_options: streamOptions,
  tools: z.array(tool).max(128).nullish(),
  tool_choice: z
    .union([
      z.enum(["none", "auto", "required"]),
      z.looseObject({
        type: z.string(),
        function: named.optional(),
        custom: named.optional(),
        allowed_tools: z.looseObject({ mode: z.enum(["auto", "required"]), tools: z.array(object) }).optional(),
      }),
    ])
    .nullish(),
  functions: z.array(functionTool).max(128).nullish(),
  function_call: z.union([z.enum(["none", "auto"]), named]).nullish(),
  response_format: z
    .discriminatedUnion("type", [
      z.looseObject({ type: z.literal("text") }),
      z.looseObject({ type: z.literal("json_object") }),
      z.looseObject({
        type: z.literal("json_schema"),
        json_schema: z.looseObject({ name: z.string(), schema: object.nullish(), strict: flag }),
      }),
    ])
    .nullish(),
  audio: anything,
  data_sources: anything,
  logprobs: flag,
  modalities: z.array(z.string()).nullish(),
  prediction: anything,
  reasoning_effort: words,
  user_security_context: anything,
  verbosity: words,
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
  suffix: words,
});

export const embeddingRequest = z.strictObject({
  model: modelName,
  input: z.union([
    text.min(1),
    z.array(text.min(1)).min(1).max(2048),
    z.array(z.int()).min(1),
    z.array(z.array(z.int()).min(1)).min(1).max(2048),
  ]),
  dimensions: count.nullish(),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  input_type: words,
  user: words,
});

const inputItem = z.looseObject({
  type: words,
  role: words,
  content: z.union([text, z.array(contentPart)]).nullish(),
});
export type InputItem = z.infer<typeof inputItem>;
const input = z.union([text, z.array(inputItem)]).nullish();
const format = z.looseObject({
  type: z.enum(["text", "json_object", "json_schema"]),
  name: words,
  schema: object.nullish(),
  strict: flag,
});
const textOptions = z.strictObject({ format: format.nullish(), verbosity: words }).nullish();
/** Reasoning as of 2026; `generate_summary` is the older name of `summary`. */
const reasoning = z
  .strictObject({ effort: words, summary: words, generate_summary: words, mode: anything, context: anything })
  .nullish();
const responseTool = z.looseObject({ type: z.string(), name: words, parameters: object.nullish(), strict: flag });
const choiceOfResponse = z
  .union([z.enum(["none", "auto", "required"]), z.looseObject({ type: z.string(), name: words, mode: words, tools: anything })])
  .nullish();

export const responseRequest = z.strictObject({
  model: modelName,
  input,
  ...common,
  instructions: words,
  max_output_tokens: z.int().min(16).nullish(),
  previous_response_id: words,
  stream: flag,
  stream_options: z.strictObject({ include_obfuscation: flag }).nullish(),
  temperature: sampling.temperature,
  top_p: sampling.top_p,
  text: textOptions,
  tools: z.array(responseTool).nullish(),
  tool_choice: choiceOfResponse,
  background: flag,
  /** Sent by Codex, whoever serves it. */
  client_metadata: anything,
  context_management: anything,
  conversation: anything,
  include: z.array(z.string()).nullish(),
  max_tool_calls: z.int().nullish(),
  prompt: anything,
  reasoning,
  truncation: z.enum(["auto", "disabled"]).nullish(),
  user: words,
});
export type ResponseRequest = z.infer<typeof responseRequest>;

export const inputTokensRequest = z.strictObject({
  model: modelName,
  input,
  conversation: anything,
  instructions: words,
  parallel_tool_calls: flag,
  previous_response_id: words,
  reasoning,
  text: textOptions,
  tool_choice: choiceOfResponse,
  tools: z.array(responseTool).nullish(),
  truncation: z.enum(["auto", "disabled"]).nullish(),
});

export const compactRequest = z.strictObject({
  model: modelName,
  input,
  instructions: words,
  previous_response_id: words,
  prompt_cache_key: words,
  prompt_cache_options: anything,
  prompt_cache_retention: anything,
});

const numberInForm = z.coerce.number();
/** Of both kinds of call for pictures; an edit brings them as texts of a form. */
const picture = {
  model: modelName,
  prompt: text.min(1),
  n: numberInForm.int().min(1).max(10).nullish(),
  size: words,
  quality: words,
  response_format: z.enum(["url", "b64_json"]).nullish(),
  output_format: z.enum(["png", "jpeg", "webp"]).nullish(),
  output_compression: numberInForm.int().min(0).max(100).nullish(),
  background: z.enum(["transparent", "opaque", "auto"]).nullish(),
  partial_images: numberInForm.int().min(0).max(3).nullish(),
  safety_identifier: words,
  user: words,
};
const flagInForm = z.union([z.boolean(), z.stringbool()]).nullish();
export const imageRequest = z.strictObject({ ...picture, moderation: words, style: words, stream: flag });
export const imageEditRequest = z.strictObject({ ...picture, input_fidelity: words, stream: flagInForm });
export type PictureRequest = z.infer<typeof imageRequest> | z.infer<typeof imageEditRequest>;

export const SPEECH_FORMATS = ["mp3", "opus", "aac", "flac", "wav", "pcm"] as const;
export const speechRequest = z.strictObject({
  model: modelName,
  input: text.min(1).max(4096),
  voice: z.union([text, object]),
  instructions: words,
  response_format: z.enum(SPEECH_FORMATS).nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
  stream_format: z.enum(["audio", "sse"]).nullish(),
});

/** Fields of a form beside `file`; lists are sent as `name[]`. */
export const transcriptionForm = z.strictObject({
  model: modelName,
  chunking_strategy: words,
  include: z.array(z.enum(["logprobs"])).nullish(),
  known_speaker_names: z.array(text).nullish(),
  known_speaker_references: z.array(text).nullish(),
  language: words,
  prompt: words,
  response_format: words,
  stream: flagInForm,
  temperature: numberInForm.min(0).max(1).nullish(),
  timestamp_granularities: z.array(z.enum(["word", "segment"])).nullish(),
});

/** No body that is meant in earnest nests deeper; one that does would end in a full stack. */
const MAX_NESTING = 200;

/** The body as JSON. @throws AccountError 400 */
export function parseJson(body: Uint8Array): unknown {
  try {
    if (nesting(body) > MAX_NESTING) throw new Error("nested too deeply");
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    throw openai(
      400,
      null,
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
    );
  }
}

/** How deep objects and lists stand in each other, outside of texts. */
function nesting(body: Uint8Array): number {
  const [quote, backslash, open, close, openList, closeList] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inText) {
      if (byte === backslash) i++;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === open || byte === openList) deepest = Math.max(deepest, ++depth);
    else if (byte === close || byte === closeList) depth--;
  }
  return deepest;
}

/** How an operation words a field that it does not know. */
export type Wording = "unrecognized argument" | "unknown parameter";

/**
 * A field that may be absent may be null too: clients write every field they know.
 * @throws AccountError 400 about the first fault, in OpenAI's words
 */
export function parseRequest<T extends z.core.$ZodLooseShape>(
  schema: z.ZodObject<T>,
  value: unknown,
  wording: Wording = "unrecognized argument",
): z.infer<z.ZodObject<T>> {
  const result = schema.safeParse(withoutNulls(schema, value), { reportInput: true });
  if (result.success) return result.data;
  const issue = deepest(result.error.issues[0] as z.core.$ZodIssue);
  const path = pathOf(issue.path);
  switch (issue.code) {
    case "unrecognized_keys": {
      if (wording === "unknown parameter") throw unknownParameter(pathOf([...issue.path, issue.keys[0] as string]));
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

export const unknownParameter = (path: string) => openai(400, "unknown_parameter", `Unknown parameter: '${path}'.`, path);

/** `messages[0].role` */
const pathOf = (path: readonly PropertyKey[]) =>
  path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? String(step) : `.${String(step)}`)).join("");

function withoutNulls(schema: z.ZodObject, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const optional = (name: string) => (schema.shape[name] as z.ZodType | undefined)?.safeParse(undefined).success === true;
  return Object.fromEntries(Object.entries(value).filter(([name, inner]) => inner !== null || !optional(name)));
}

/** Of a union, the alternative whose type is right, else the one that got furthest, so that the path is the caller's fault and not "none fits". */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flatMap((issues) =>
    issues.map((i) => deepest({ ...i, path: [...issue.path, ...i.path] } as z.core.$ZodIssue)),
  );
  const ofValue = inner.find(({ code }) => code !== "invalid_type" && code !== "invalid_union");
  if (ofValue) return ofValue;
  const best = inner.toSorted((a, b) => b.path.length - a.path.length)[0];
  return best && best.path.length > issue.path.length ? best : issue;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
