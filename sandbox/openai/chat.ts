/** Chat completions. */
import type { HttpResponse } from "../http.ts";
import { type Call, checkContent, checkContext, created, type Event, eventStream, generate, modelName, SAFE } from "./call.ts";
import { json, openai } from "./errors.ts";
import { type ChatRequest, chatRequest, parseRequest } from "./requests.ts";
import { countTokens, identifier, literal, prose, sample, type Text } from "./text.ts";

interface Choice {
  text: Text;
  tool?: { id: string; name: string };
}

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
  if (body.stream_options && !body.stream)
    throw openai(400, null, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");

  const prompt = promptOf(body);
  const promptTokens = countTokens(prompt.length);
  const max = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  checkContext(call, promptTokens, max ?? 0, "messages");
  const n = body.n ?? 1;
  const admitted = call.admit({ prompt: promptTokens, completion: (max ?? call.assumedCompletionTokens) * n });
  checkContent(call, prompt);

  const seed = JSON.stringify([model, body.messages, body.seed, body.response_format, body.tools]);
  const choices = Array.from({ length: n }, (_, i) => choose(body, `${seed}#${i}`, max ?? Number.POSITIVE_INFINITY));
  const completionTokens = choices.reduce((sum, { text }) => sum + text.pieces.length, 0);
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
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

  if (body.stream) {
    const includeUsage = body.stream_options?.include_usage === true;
    return eventStream(call, chunks(head, choices, filterResults, includeUsage ? usage : undefined), admitted, "[DONE]");
  }
  await generate(call, completionTokens);
  admitted.finish(completionTokens);
  return json(200, {
    ...head,
    object: "chat.completion",
    choices: choices.map(({ text, tool }, index) => ({
      index,
      finish_reason: finishReason(text, tool),
      logprobs: null,
      message: tool
        ? {
            role: "assistant",
            content: null,
            refusal: null,
            annotations: [],
            tool_calls: [{ id: tool.id, type: "function", function: { name: tool.name, arguments: text.pieces.join("") } }],
          }
        : { role: "assistant", content: text.pieces.join(""), refusal: null, annotations: [] },
      content_filter_results: SAFE,
    })),
    prompt_filter_results: filterResults,
    usage,
  });
}

const finishReason = (text: Text, tool: Choice["tool"]) => (tool && text.finish === "stop" ? "tool_calls" : text.finish);

/** All that the quota's estimate counts as prompt. An image counts as the 85 tokens of one in low detail. */
function promptOf({ messages, tools, response_format }: ChatRequest): string {
  const parts = messages.map(({ content }) => {
    if (content == null || typeof content === "string") return content ?? "";
    return content.map(({ text, type }) => text ?? (type === "image_url" ? "i".repeat(85 * 4) : "")).join("");
  });
  const schema = response_format?.type === "json_schema" ? JSON.stringify(response_format.json_schema) : "";
  return parts.join("") + (tools ? JSON.stringify(tools) : "") + schema;
}

function choose({ tools, tool_choice, response_format, stop }: ChatRequest, seed: string, max: number): Choice {
  const wanted = typeof tool_choice === "object" ? tool_choice.function?.name : undefined;
  const tool = tools?.find(
    ({ function: f }) => f !== undefined && (wanted === undefined ? tool_choice === "required" : f.name === wanted),
  )?.function;
  if (wanted !== undefined && !tool)
    throw openai(
      400,
      "invalid_value",
      `Invalid value for 'tool_choice': no function named '${wanted}' was specified in the 'tools' parameter.`,
      "tool_choice",
    );
  if (tool)
    return {
      text: literal(JSON.stringify(sample(tool.parameters ?? {}, seed)), max),
      tool: { id: identifier("call_", seed, 24), name: tool.name },
    };
  if (response_format?.type === "json_schema")
    return { text: literal(JSON.stringify(sample(response_format.json_schema.schema, seed)), max) };
  if (response_format?.type === "json_object")
    return { text: literal(JSON.stringify({ answer: prose(seed, 12).pieces.join("") }), max) };
  return { text: prose(seed, max, typeof stop === "string" ? [stop] : (stop ?? [])) };
}

function* chunks(head: object, choices: Choice[], filterResults: unknown, usage: unknown): Generator<Event> {
  const chunk = (choices: unknown[], more: object = {}) => ({
    ...head,
    object: "chat.completion.chunk",
    choices,
    ...(usage !== undefined && { usage: null }),
    ...more,
  });
  const piece = (index: number, delta: object, finish_reason: string | null = null) =>
    chunk([
      {
        index,
        delta,
        finish_reason,
        logprobs: null,
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
  for (const [index, { text, tool }] of choices.entries()) {
    const opening = tool
      ? { tool_calls: [{ index: 0, id: tool.id, type: "function", function: { name: tool.name, arguments: "" } }] }
      : {};
    yield { data: piece(index, { role: "assistant", content: tool ? null : "", refusal: null, ...opening }), tokens: 0 };
    for (const text_ of text.pieces) {
      yield {
        data: piece(index, tool ? { tool_calls: [{ index: 0, function: { arguments: text_ } }] } : { content: text_ }),
        tokens: 1,
      };
    }
    yield { data: piece(index, {}, finishReason(text, tool)), tokens: 0 };
  }
  if (usage !== undefined) yield { data: chunk([], { usage }), tokens: 0 };
}
