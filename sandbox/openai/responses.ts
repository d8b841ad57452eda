/** The Responses API. What it stores lives in one account: no other knows it. */
import type { HttpResponse } from "../http.ts";
import { type Call, checkContent, checkContext, created, type Event, eventStream, generate, modelName } from "./call.ts";
import { json, notInSandbox, openai } from "./errors.ts";
import { parseRequest, type ResponseRequest, responseRequest } from "./requests.ts";
import { countTokens, identifier, literal, prose, sample, type Text } from "./text.ts";

export interface StoredResponse {
  response: Record<string, unknown>;
  input: unknown[];
  /** Text of the whole conversation so far, for the tokens of the next turn. */
  conversation: string;
}

/** Of one account, by id. */
export type ResponseStore = Map<string, StoredResponse>;

const previousNotFound = (id: string) =>
  openai(400, "previous_response_not_found", `Previous response with id '${id}' not found.`, "previous_response_id");

const itemNotFound = (id: unknown) =>
  openai(
    400,
    null,
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    "input",
  );

const hasItem = (stored: ResponseStore, id: unknown) =>
  stored
    .values()
    .some(({ response, input }) =>
      [...input, ...(response.output as unknown[])].some((item) => (item as { id?: unknown }).id === id),
    );

export async function responses(call: Call, stored: ResponseStore, serial: () => string): Promise<HttpResponse> {
  const body = parseRequest(responseRequest, call.json);
  if (body.background) throw notInSandbox("background responses");
  if (body.tool_choice !== undefined && body.tool_choice !== "auto" && body.tool_choice !== "none")
    throw notInSandbox("forced tool calls of the Responses API");
  if (body.conversation != null) throw notInSandbox("conversations");
  if (body.input === undefined) throw openai(400, "missing_required_parameter", "Missing required parameter: 'input'.", "input");
  const previous = body.previous_response_id == null ? undefined : stored.get(body.previous_response_id);
  if (body.previous_response_id != null && !previous) throw previousNotFound(body.previous_response_id);

  for (const item of Array.isArray(body.input) ? body.input : []) {
    if (item.type === "item_reference" && !hasItem(stored, item.id)) throw itemNotFound(item.id);
  }

  const said = textOf(body);
  const prompt = (previous?.conversation ?? "") + said;
  const promptTokens = countTokens(prompt.length);
  const max = body.max_output_tokens ?? undefined;
  checkContext(call, promptTokens, max ?? 0, "input");
  const admitted = call.admit({ prompt: promptTokens, completion: max ?? call.assumedCompletionTokens });
  checkContent(call, said);

  const seed = JSON.stringify([call.deployment.model, previous?.response.id, body.input, body.instructions]);
  const text = outputText(body, seed, max ?? Number.POSITIVE_INFINITY);
  const store = body.store !== false;
  // A stored response has an id of its own each time; one that is not stored is the same for the same request.
  const id = identifier("resp_", store ? `${seed}${serial()}` : seed, 48);
  const itemId = identifier("msg_", id, 48);
  const content = { type: "output_text", text: text.pieces.join(""), annotations: [], logprobs: [] };
  const incomplete = text.finish === "length";
  const item = {
    id: itemId,
    type: "message",
    role: "assistant",
    status: incomplete ? "incomplete" : "completed",
    content: [content],
  };
  const shell = {
    id,
    object: "response",
    created_at: created(call),
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: max ?? null,
    metadata: body.metadata ?? {},
    model: modelName(call),
    output: [] as unknown[],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: body.reasoning ?? { effort: null, summary: null },
    service_tier: "default",
    store,
    temperature: body.temperature ?? 1,
    text: body.text ?? { format: { type: "text" } },
    tool_choice: body.tool_choice ?? "auto",
    tools: body.tools ?? [],
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? "disabled",
    usage: null as unknown,
    user: body.user ?? null,
  };
  const completionTokens = text.pieces.length;
  const done = {
    ...shell,
    status: incomplete ? "incomplete" : "completed",
    incomplete_details: incomplete ? { reason: "max_output_tokens" } : null,
    output: [item],
    usage: {
      input_tokens: promptTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: completionTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: promptTokens + completionTokens,
    },
  };
  const keep = () => {
    if (store) stored.set(id, { response: done, input: inputItems(body, id), conversation: prompt + content.text });
  };

  if (body.stream) return eventStream(call, events(shell, done, item, content, text, keep), admitted, undefined);
  await generate(call, completionTokens);
  admitted.finish(completionTokens);
  keep();
  return json(200, done);
}

/** GET and DELETE of a stored response. */
export function storedResponse(
  stored: ResponseStore,
  { id, method, items }: { id: string; method: "GET" | "DELETE"; items: boolean },
): HttpResponse {
  const found = stored.get(id);
  if (!found) throw openai(404, null, `Response with id '${id}' not found.`);
  if (method === "DELETE") {
    stored.delete(id);
    return json(200, { id, object: "response.deleted", deleted: true });
  }
  if (!items) return json(200, found.response);
  const ids = found.input.map((item) => (item as { id: string }).id);
  return json(200, { object: "list", data: found.input.toReversed(), first_id: ids.at(-1), last_id: ids[0], has_more: false });
}

function* events(
  shell: object,
  done: object,
  item: { id: string; status: string },
  content: { text: string },
  text: Text,
  keep: () => void,
): Generator<Event> {
  let sequence = 0;
  const event = (type: string, fields: object, tokens = 0): Event => ({
    name: type,
    data: { type, sequence_number: sequence++, ...fields },
    tokens,
  });
  const at = { item_id: item.id, output_index: 0, content_index: 0 };
  const begun = { ...shell, status: "in_progress" };
  yield event("response.created", { response: begun });
  yield event("response.in_progress", { response: begun });
  yield event("response.output_item.added", { output_index: 0, item: { ...item, status: "in_progress", content: [] } });
  yield event("response.content_part.added", { ...at, part: { ...content, text: "" } });
  for (const delta of text.pieces) yield event("response.output_text.delta", { ...at, delta, logprobs: [] }, 1);
  yield event("response.output_text.done", { ...at, text: content.text, logprobs: [] });
  yield event("response.content_part.done", { ...at, part: content });
  yield event("response.output_item.done", { output_index: 0, item });
  keep();
  yield event(item.status === "incomplete" ? "response.incomplete" : "response.completed", { response: done });
}

function textOf({ input, instructions, tools }: ResponseRequest): string {
  const said =
    typeof input === "string"
      ? input
      : (input ?? [])
          .map(({ content }) => (typeof content === "string" ? content : (content ?? []).map(({ text }) => text ?? "").join("")))
          .join("");
  return (instructions ?? "") + said + (tools && tools.length > 0 ? JSON.stringify(tools) : "");
}

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

function inputItems({ input }: ResponseRequest, id: string): unknown[] {
  const items =
    typeof input === "string"
      ? [{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }]
      : (input ?? []);
  return items.map((item, i) => ({ id: identifier("msg_", `${id} input ${i}`, 48), ...item }));
}
