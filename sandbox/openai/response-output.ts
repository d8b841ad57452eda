/** What a response holds: reasoning, a message or calls of tools, and the events in which a stream tells them. */
import type { Event } from "./call.ts";
import type { Text } from "./text.ts";
import type { ToolCall } from "./tools.ts";

export interface Part {
  item: Record<string, unknown> & { id: string; type: string };
  /** Pieces of its text; empty for reasoning. */
  pieces: readonly string[];
  /** Tokens before its first piece. */
  thought: number;
}

export interface Reasoning {
  id: string;
  tokens: number;
  summary: string | undefined;
  encrypted: string | undefined;
}

export const reasoningPart = ({ id, tokens, summary, encrypted }: Reasoning): Part => ({
  item: {
    id,
    type: "reasoning",
    summary: summary === undefined ? [] : [{ type: "summary_text", text: summary }],
    ...(encrypted !== undefined && { encrypted_content: encrypted }),
  },
  pieces: [],
  thought: tokens,
});

/** @param logprobs  of each piece, where asked for */
export function messagePart(id: string, text: Text, logprobs: readonly object[]): Part {
  const content = { type: "output_text", text: text.pieces.join(""), annotations: [], logprobs };
  const status = text.finish === "length" ? "incomplete" : "completed";
  return { item: { id, type: "message", role: "assistant", status, content: [content] }, pieces: text.pieces, thought: 0 };
}

export function callPart(ids: { id: string; call: string }, { tool, text }: ToolCall): Part {
  const written = text.pieces.join("");
  const shared = {
    id: ids.id,
    call_id: ids.call,
    name: tool.name,
    status: text.finish === "length" ? "incomplete" : "completed",
  };
  return {
    item:
      tool.kind === "custom"
        ? { ...shared, type: "custom_tool_call", input: written }
        : { ...shared, type: "function_call", arguments: written },
    pieces: text.pieces,
    thought: 0,
  };
}

type Tell = (type: string, fields: object, tokens?: number) => Event;

/** The events of a stream (OpenAI API reference, streaming events of responses, 2026). `keep` is called before the last one. */
export function* responseEvents(
  shell: object,
  done: { status: string },
  parts: readonly Part[],
  keep: () => void,
): Generator<Event> {
  let sequence = 0;
  const tell: Tell = (type, fields, tokens = 0) => ({
    name: type,
    data: { type, sequence_number: sequence++, ...fields },
    tokens,
  });
  const begun = { ...shell, status: "in_progress" };
  yield tell("response.created", { response: begun });
  yield tell("response.in_progress", { response: begun });
  for (const [output_index, part] of parts.entries()) yield* partEvents(part, output_index, tell);
  keep();
  yield tell(done.status === "incomplete" ? "response.incomplete" : "response.completed", { response: done });
}

function* partEvents({ item, pieces, thought }: Part, output_index: number, tell: Tell): Generator<Event> {
  const at = { item_id: item.id, output_index };
  switch (item.type) {
    case "reasoning":
      yield tell("response.output_item.added", { output_index, item: { id: item.id, type: "reasoning", summary: [] } });
      yield* summaryEvents((item.summary as { text: string }[])[0]?.text, at, thought, tell);
      break;
    case "message": {
      const [content] = item.content as [{ text: string; logprobs: object[] }];
      const here = { ...at, content_index: 0 };
      yield tell("response.output_item.added", { output_index, item: { ...item, status: "in_progress", content: [] } });
      yield tell("response.content_part.added", { ...here, part: { ...content, text: "", logprobs: [] } });
      for (const [i, delta] of pieces.entries())
        yield tell("response.output_text.delta", { ...here, delta, logprobs: content.logprobs.slice(i, i + 1) }, 1);
      yield tell("response.output_text.done", { ...here, text: content.text, logprobs: content.logprobs });
      yield tell("response.content_part.done", { ...here, part: content });
      break;
    }
    default: {
      const [field, name] =
        item.type === "custom_tool_call" ? ["input", "custom_tool_call_input"] : ["arguments", "function_call_arguments"];
      yield tell("response.output_item.added", { output_index, item: { ...item, status: "in_progress", [field]: "" } });
      for (const delta of pieces) yield tell(`response.${name}.delta`, { ...at, delta }, 1);
      yield tell(`response.${name}.done`, { ...at, [field]: item[field], ...(field === "arguments" && { name: item.name }) });
    }
  }
  yield tell("response.output_item.done", { output_index, item });
}

function* summaryEvents(text: string | undefined, at: object, thought: number, tell: Tell): Generator<Event> {
  if (text === undefined) return;
  const here = { ...at, summary_index: 0 };
  yield tell("response.reasoning_summary_part.added", { ...here, part: { type: "summary_text", text: "" } }, thought);
  yield tell("response.reasoning_summary_text.delta", { ...here, delta: text });
  yield tell("response.reasoning_summary_text.done", { ...here, text });
  yield tell("response.reasoning_summary_part.done", { ...here, part: { type: "summary_text", text } });
}
