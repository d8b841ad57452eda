/** The Responses API: responses, what their input counts, and compaction. What is stored lives in one account: no other knows it. */
import type { HttpResponse } from "../http.ts";
import {
  type Call,
  checkContent,
  checkContext,
  created,
  eventStream,
  generate,
  logprobOf,
  modelName,
  reasoningTokens,
} from "./call.ts";
import { json, notInSandbox } from "./errors.ts";
import { promptTokensOf } from "./prompts.ts";
import { compactRequest, inputTokensRequest, parseRequest, type ResponseRequest, responseRequest } from "./requests.ts";
import {
  checkItems,
  checkResponse,
  choiceOfResponse,
  lastSaidOfResponse,
  promptOfResponse,
  sealed,
  toolsOfResponse,
} from "./response-input.ts";
import { callPart, messagePart, type Part, reasoningPart, responseEvents } from "./response-output.ts";
import { sample } from "./schema-samples.ts";
import { previousOf } from "./stored-responses.ts";
import { identifier, literal, prose, type Text } from "./text.ts";
import { toolCalls } from "./tools.ts";

const UNKNOWN = "unknown parameter";

export async function responses(call: Call): Promise<HttpResponse> {
  const body = parseRequest(responseRequest, call.json, UNKNOWN);
  checkResponse(body);
  const previous = previousOf(call.account.responses, body.previous_response_id);
  checkItems(body.input, call.account, previous);
  const tools = toolsOfResponse(body);
  const choice = choiceOfResponse(body, tools);

  const said = promptOfResponse(body);
  const prompt = (previous?.conversation ?? "") + said;
  const promptTokens = promptTokensOf(prompt);
  const max = body.max_output_tokens ?? undefined;
  checkContext(call, promptTokens, max ?? 0, "input");
  const admitted = call.admit({ prompt: promptTokens, completion: max ?? call.assumedCompletionTokens });
  checkContent(call, said);

  const seed = JSON.stringify([call.deployment.model, previous?.response.id, body.input, body.instructions]);
  const store = body.store !== false;
  // A stored response has an id of its own each time; one that is not stored is the same for the same request.
  const id = identifier("resp_", store ? `${seed}${call.serial()}` : seed, 48);

  const reasoning = thoughtOf(call, body, id, max);
  const left = (max ?? Number.POSITIVE_INFINITY) - (reasoning?.thought ?? 0);
  const about = { said: lastSaidOfResponse(body), seed, parallel: body.parallel_tool_calls !== false, max: left };
  const calls = toolCalls(tools, choice, about);
  const answer = calls.length > 0 ? undefined : outputText(body, seed, left);
  const parts: Part[] = [
    ...(reasoning ? [reasoning] : []),
    ...(answer ? [messagePart(identifier("msg_", id, 48), answer, logprobsOf(body, seed, answer.pieces))] : []),
    ...calls.map((one, i) =>
      callPart({ id: identifier("fc_", `${id} ${i}`, 48), call: identifier("call_", `${id} ${i}`, 24) }, one),
    ),
  ];
  const incomplete = [answer, ...calls.map(({ text }) => text)].some((text) => text?.finish === "length");
  const shell = shellOf(call, body, id);
  const completionTokens = parts.reduce((sum, { pieces, thought }) => sum + pieces.length + thought, 0);
  const done = {
    ...shell,
    status: incomplete ? "incomplete" : "completed",
    incomplete_details: incomplete ? { reason: "max_output_tokens" } : null,
    output: parts.map(({ item }) => item),
    usage: usageOf(promptTokens, completionTokens, reasoning?.thought ?? 0),
  };
  const keep = () => {
    if (!store) return;
    const spoken = parts.map(({ pieces }) => pieces.join("")).join("");
    call.account.responses.set(id, { response: done, input: inputItems(body.input, id), conversation: prompt + spoken });
  };

  if (body.stream) return eventStream(call, responseEvents(shell, done, parts, keep), admitted, undefined);
  await generate(call, completionTokens);
  admitted.finish(completionTokens);
  keep();
  return json(200, done);
}

/** Tokens that a response's input would count. Nothing is generated. */
export async function inputTokens(call: Call): Promise<HttpResponse> {
  const body = parseRequest(inputTokensRequest, call.json, UNKNOWN);
  if (body.conversation != null) throw notInSandbox("conversations");
  const previous = previousOf(call.account.responses, body.previous_response_id);
  checkItems(body.input, call.account, previous);
  const prompt = (previous?.conversation ?? "") + promptOfResponse(body);
  call.admit({ prompt: 0, completion: 0 }).finish(0);
  return json(200, { object: "response.input_tokens", input_tokens: promptTokensOf(prompt) });
}

/** All that the user said, and one opaque item in place of the rest. */
export async function compact(call: Call): Promise<HttpResponse> {
  const body = parseRequest(compactRequest, call.json, UNKNOWN);
  const { account } = call;
  const previous = previousOf(account.responses, body.previous_response_id);
  checkItems(body.input, account, previous);
  const prompt = (previous?.conversation ?? "") + promptOfResponse(body);
  const promptTokens = promptTokensOf(prompt);
  checkContext(call, promptTokens, 0, "input");
  const admitted = call.admit({ prompt: promptTokens, completion: call.assumedCompletionTokens });
  checkContent(call, prompt);
  const id = identifier("resp_", `${prompt}${call.serial()}`, 48);
  const summary = prose(prompt, Number.POSITIVE_INFINITY);
  await generate(call, summary.pieces.length);
  admitted.finish(summary.pieces.length);
  const items = [...((previous?.input ?? []) as { role?: string }[]), ...(inputItems(body.input, id) as { role?: string }[])];
  return json(200, {
    id,
    object: "response.compaction",
    created_at: created(call),
    output: [
      ...items.filter(({ role }) => role === "user"),
      {
        id: identifier("cmp_", id, 48),
        type: "compaction",
        encrypted_content: sealed(account.seal, `${id}${summary.pieces.join("")}`),
      },
    ],
    usage: usageOf(promptTokens, summary.pieces.length, 0),
  });
}

function thoughtOf(
  call: Call,
  { reasoning, include }: ResponseRequest,
  id: string,
  max = Number.POSITIVE_INFINITY,
): Part | undefined {
  const tokens = Math.min(reasoningTokens(call, reasoning?.effort), max);
  if (tokens === 0) return undefined;
  const own = identifier("rs_", id, 48);
  return reasoningPart({
    id: own,
    tokens,
    summary: (reasoning?.summary ?? reasoning?.generate_summary) == null ? undefined : prose(own, 20).pieces.join(""),
    encrypted: include?.includes("reasoning.encrypted_content") ? sealed(call.account.seal, own) : undefined,
  });
}

function logprobsOf({ include, top_logprobs }: ResponseRequest, seed: string, pieces: readonly string[]): object[] {
  if (!include?.includes("message.output_text.logprobs") && top_logprobs == null) return [];
  const one = (token: string, text: string, rank: number) => ({
    token: text,
    logprob: logprobOf(seed, token, rank),
    bytes: [...Buffer.from(text)],
  });
  return pieces.map((token) => ({
    ...one(token, token, 0),
    top_logprobs: Array.from({ length: top_logprobs ?? 0 }, (_, i) => one(token, i === 0 ? token : `${token}${i}`, i)),
  }));
}

/** The response before it holds anything. */
const shellOf = (call: Call, body: ResponseRequest, id: string) => ({
  id,
  object: "response",
  created_at: created(call),
  background: false,
  error: null,
  incomplete_details: null as { reason: string } | null,
  instructions: body.instructions ?? null,
  max_output_tokens: body.max_output_tokens ?? null,
  max_tool_calls: body.max_tool_calls ?? null,
  metadata: body.metadata ?? {},
  model: modelName(call),
  output: [] as unknown[],
  parallel_tool_calls: body.parallel_tool_calls ?? true,
  previous_response_id: body.previous_response_id ?? null,
  prompt_cache_key: body.prompt_cache_key ?? null,
  reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
  safety_identifier: body.safety_identifier ?? null,
  service_tier: "default",
  store: body.store !== false,
  temperature: body.temperature ?? 1,
  text: { verbosity: "medium", ...body.text, format: body.text?.format ?? { type: "text" } },
  tool_choice: body.tool_choice ?? "auto",
  tools: body.tools ?? [],
  top_logprobs: body.top_logprobs ?? 0,
  top_p: body.top_p ?? 1,
  truncation: body.truncation ?? "disabled",
  usage: null as unknown,
  user: body.user ?? null,
});

const usageOf = (input: number, output: number, reasoning: number) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: reasoning },
  total_tokens: input + output,
});

function outputText({ text }: ResponseRequest, seed: string, max: number): Text {
  switch (text?.format?.type) {
    case "json_schema":
      return literal(JSON.stringify(sample(text.format.schema, seed)), max);
    case "json_object":
      return literal(JSON.stringify({ answer: prose(seed, 12).pieces.join("") }), max);
    default:
      return prose(seed, max);
  }
}

function inputItems(input: ResponseRequest["input"], id: string): unknown[] {
  const items =
    typeof input === "string"
      ? [{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }]
      : (input ?? []);
  return items.map((item, i) => ({ id: identifier("msg_", `${id} input ${i}`, 48), ...item }));
}
