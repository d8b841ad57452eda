/** Chat completions. */
import type { HttpResponse } from "../http.ts";
import {
  type Call,
  checkContent,
  checkContext,
  created,
  type Event,
  eventStream,
  generate,
  logprobOf,
  modelName,
  reasoningTokens,
  SAFE,
} from "./call.ts";
import { checkChat, choiceOf, lastSaid, promptOf, toolsOf } from "./chat-messages.ts";
import { json, openai } from "./errors.ts";
import { promptTokensOf } from "./prompts.ts";
import { type ChatRequest, chatRequest, parseRequest } from "./requests.ts";
import { sample } from "./schema-samples.ts";
import { identifier, literal, prose, type Text } from "./text.ts";
import { type ToolCall, toolCalls } from "./tools.ts";

interface Choice {
  seed: string;
  /** What it says; empty where it calls tools instead. */
  text: Text;
  calls: readonly (ToolCall & { id: string })[];
  /** The call is answered in the shape of `functions`, which `tools` replaced. */
  legacy: boolean;
}

const NOTHING: Text = { pieces: [], finish: "stop" };

export async function chat(call: Call): Promise<HttpResponse> {
  const body = parseRequest(chatRequest, call.json);
  const { facts, model } = call.deployment;
  if (body.max_tokens != null && facts.reasoning) {
    throw openai(
      400,
      "unsupported_parameter",
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
    );
  }
  const thinks = reasoningTokens(call, body.reasoning_effort);
  checkChat(body, thinks > 0);

  const prompt = promptOf(body);
  const promptTokens = promptTokensOf(prompt);
  const max = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  checkContext(call, promptTokens, max ?? 0, "messages");
  const n = body.n ?? 1;
  const tools = toolsOf(body);
  const choice = choiceOf(body, tools);
  const admitted = call.admit({ prompt: promptTokens, completion: (max ?? call.assumedCompletionTokens) * n });
  checkContent(call, prompt);

  const seed = JSON.stringify([model, body.messages, body.seed, body.response_format, body.tools]);
  const thought = Math.min(thinks, max ?? thinks);
  const left = (max ?? Number.POSITIVE_INFINITY) - thought;
  const choices = Array.from({ length: n }, (_, i): Choice => {
    const own = `${seed}#${i}`;
    const about = { said: lastSaid(body), seed: own, parallel: body.parallel_tool_calls !== false, max: left };
    const calls = toolCalls(tools, choice, about).map((made, k) => ({ ...made, id: identifier("call_", `${own} ${k}`, 24) }));
    return { seed: own, text: calls.length > 0 ? NOTHING : say(body, own, left), calls, legacy: !body.tools && !!body.functions };
  });
  const completionTokens = choices.reduce((sum, one) => sum + thought + lengthOf(one), 0);
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: thought * n,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
  const head = {
    id: identifier("chatcmpl-", seed),
    created: created(call),
    model: modelName(call),
    system_fingerprint: "fp_sandbox",
  };
  const filterResults = [
    { prompt_index: 0, content_filter_results: { ...SAFE, jailbreak: { filtered: false, detected: false } } },
  ];
  const logprobs = body.logprobs ? (body.top_logprobs ?? 0) : undefined;

  if (body.stream) {
    const includeUsage = body.stream_options?.include_usage === true;
    const events = chunks(head, choices, { filterResults, thought, logprobs, usage: includeUsage ? usage : undefined });
    return eventStream(call, events, admitted, "[DONE]");
  }
  await generate(call, completionTokens);
  admitted.finish(completionTokens);
  return json(200, {
    ...head,
    object: "chat.completion",
    choices: choices.map((one, index) => ({
      index,
      finish_reason: finishReason(one),
      logprobs: logprobsOf(one, one.text.pieces, logprobs),
      message: messageOf(one),
      content_filter_results: SAFE,
    })),
    prompt_filter_results: filterResults,
    usage,
  });
}

const lengthOf = ({ text, calls }: Choice) =>
  text.pieces.length + calls.reduce((sum, { text: { pieces } }) => sum + pieces.length, 0);

function finishReason({ text, calls, legacy }: Choice): string {
  if ([text, ...calls.map((call) => call.text)].some(({ finish }) => finish === "length")) return "length";
  return calls.length === 0 ? "stop" : legacy ? "function_call" : "tool_calls";
}

function messageOf({ text, calls, legacy }: Choice): object {
  const [first] = calls;
  const content = first ? null : text.pieces.join("");
  const message = { role: "assistant", content, refusal: null, annotations: [] };
  if (!first) return message;
  if (legacy) return { ...message, function_call: { name: first.tool.name, arguments: first.text.pieces.join("") } };
  return { ...message, tool_calls: calls.map((call) => ({ id: call.id, ...called(call, call.text.pieces.join("")) })) };
}

/** A call in the shape of its kind. */
const called = ({ tool }: ToolCall, text: string) =>
  tool.kind === "custom"
    ? { type: "custom", custom: { name: tool.name, input: text } }
    : { type: "function", function: { name: tool.name, arguments: text } };

function say({ response_format, stop }: ChatRequest, seed: string, max: number): Text {
  if (response_format?.type === "json_schema")
    return literal(JSON.stringify(sample(response_format.json_schema.schema, seed)), max);
  if (response_format?.type === "json_object") return literal(JSON.stringify({ answer: prose(seed, 12).pieces.join("") }), max);
  return prose(seed, max, typeof stop === "string" ? [stop] : (stop ?? []));
}

/** @param top  how many alternatives to show; undefined: not asked for */
function logprobsOf({ seed, calls }: Choice, pieces: readonly string[], top: number | undefined): object | null {
  if (top === undefined || calls.length > 0) return null;
  return {
    content: pieces.map((token) => {
      const one = (text: string, rank: number) => ({
        token: text,
        logprob: logprobOf(seed, token, rank),
        bytes: [...Buffer.from(text)],
      });
      return { ...one(token, 0), top_logprobs: Array.from({ length: top }, (_, i) => one(i === 0 ? token : `${token}${i}`, i)) };
    }),
    refusal: null,
  };
}

interface Stream {
  filterResults: unknown;
  /** Tokens of reasoning before the first word. */
  thought: number;
  logprobs: number | undefined;
  usage: unknown;
}

function* chunks(head: object, choices: Choice[], { filterResults, thought, logprobs, usage }: Stream): Generator<Event> {
  const chunk = (choices: unknown[], more: object = {}) => ({
    ...head,
    object: "chat.completion.chunk",
    choices,
    ...(usage !== undefined && { usage: null }),
    ...more,
  });
  const piece = (index: number, delta: object, finish_reason: string | null = null, probabilities: object | null = null) =>
    chunk([
      {
        index,
        delta,
        finish_reason,
        logprobs: probabilities,
        content_filter_results: finish_reason === null && "content" in delta ? SAFE : {},
      },
    ]);
  yield {
    data: {
      ...chunk([], { prompt_filter_results: filterResults }),
      id: "",
      created: 0,
      model: "",
      system_fingerprint: undefined,
    },
    tokens: 0,
  };
  for (const [index, one] of choices.entries()) {
    const { text, calls, legacy } = one;
    yield { data: piece(index, { role: "assistant", content: calls.length > 0 ? null : "", refusal: null }), tokens: thought };
    for (const token of text.pieces)
      yield { data: piece(index, { content: token }, null, logprobsOf(one, [token], logprobs)), tokens: 1 };
    for (const [place, call] of calls.entries()) yield* callChunks(call, place, legacy, (delta) => piece(index, delta));
    yield { data: piece(index, {}, finishReason(one)), tokens: 0 };
  }
  if (usage !== undefined) yield { data: chunk([], { usage }), tokens: 0 };
}

/** The call's name, then its arguments piece by piece. */
function* callChunks(
  call: Choice["calls"][number],
  index: number,
  legacy: boolean,
  piece: (delta: object) => unknown,
): Generator<Event> {
  const { name, kind } = call.tool;
  if (legacy) {
    yield { data: piece({ function_call: { name, arguments: "" } }), tokens: 0 };
    for (const text of call.text.pieces) yield { data: piece({ function_call: { arguments: text } }), tokens: 1 };
    return;
  }
  yield { data: piece({ tool_calls: [{ index, id: call.id, ...called(call, "") }] }), tokens: 0 };
  for (const text of call.text.pieces)
    yield {
      data: piece({
        tool_calls: [{ index, ...(kind === "custom" ? { custom: { input: text } } : { function: { arguments: text } }) }],
      }),
      tokens: 1,
    };
}
