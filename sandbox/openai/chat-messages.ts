/** What a chat request says before the model answers: its tools, its choice among them, and the rules for the order of messages. */
import { notInSandbox, openai } from "./errors.ts";
import { definitions, textOf } from "./prompts.ts";
import type { ChatRequest } from "./requests.ts";
import { checkStrict } from "./schema-samples.ts";
import { checkNamed, type Tool, type ToolChoice } from "./tools.ts";

/** All that the quota's estimate counts as prompt. */
export function promptOf({ messages, tools, functions, response_format, prediction }: ChatRequest): string {
  const schema = response_format?.type === "json_schema" ? response_format.json_schema : undefined;
  return textOf(messages) + textOf(prediction) + definitions(tools, functions, schema);
}

/** @throws AccountError 400 for what is known to be answered so, or not known here at all */
export function checkChat(body: ChatRequest, reasons: boolean): void {
  if (body.modalities?.includes("audio")) throw notInSandbox("chat answers in audio (modalities)");
  if (body.data_sources != null) throw notInSandbox("Azure OpenAI on your data (data_sources)");
  if (body.web_search_options != null) throw notInSandbox("web search in chat (web_search_options)");
  if (body.stream_options && !body.stream)
    throw openai(400, null, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  if (body.top_logprobs != null && !body.logprobs)
    throw openai(400, null, "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs");
  if (body.logprobs && reasons)
    throw openai(400, "unsupported_parameter", "Unsupported parameter: 'logprobs' is not supported with this model.", "logprobs");
  if (body.tool_choice != null && !body.tools?.length)
    throw openai(400, null, "'tool_choice' is only allowed when 'tools' are specified.", "tool_choice");
  for (const [i, { function: f }] of (body.tools ?? []).entries())
    if (f?.strict)
      checkStrict(f.parameters, `function '${f.name}'`, `tools[${i}].function.parameters`, "invalid_function_parameters");
  if (body.response_format?.type === "json_schema") {
    const { name, schema, strict } = body.response_format.json_schema;
    if (strict) checkStrict(schema, `response_format '${name}'`, "response_format", null);
  }
  checkOrder(body);
}

/** A tool's result answers a call of the message before it, and each call gets one before the talk goes on. */
function checkOrder({ messages }: ChatRequest): void {
  let open = new Map<string, number>();
  messages.forEach(({ role, content, tool_calls, tool_call_id }, i) => {
    if (content === null && role !== "assistant")
      throw openai(400, null, "Invalid value for 'content': expected a string, got null.", `messages.[${i}].content`);
    if (role === "tool") {
      if (tool_call_id == null)
        throw openai(
          400,
          "missing_required_parameter",
          `Missing required parameter: 'messages[${i}].tool_call_id'.`,
          `messages[${i}].tool_call_id`,
        );
      if (!open.has(tool_call_id))
        throw openai(
          400,
          null,
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${i}].role`,
        );
      open.set(tool_call_id, i);
      return;
    }
    const unanswered = [...open].filter(([, answer]) => answer < 0).map(([id]) => id);
    if (unanswered.length > 0)
      throw openai(
        400,
        null,
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${unanswered.join(", ")}`,
        `messages.[${i}].role`,
      );
    open = new Map((role === "assistant" ? (tool_calls ?? []) : []).map(({ id }) => [id, -1]));
  });
}

/** What the user said last; empty while a tool's result is the last word. */
export function lastSaid({ messages }: ChatRequest): string {
  const last = messages.at(-1);
  return last?.role === "user" ? textOf(last.content) : "";
}

/** Both generations of tools: `tools`, and `functions` before them. */
export function toolsOf({ tools, functions }: ChatRequest): Tool[] {
  const older = (functions ?? []).map(({ name, parameters }): Tool => ({ name, kind: "function", parameters }));
  return (tools ?? []).reduce<Tool[]>((all, { function: f, custom }) => {
    if (f) all.push({ name: f.name, kind: "function", parameters: f.parameters });
    else if (custom) all.push({ name: custom.name, kind: "custom" });
    return all;
  }, older);
}

/** @throws AccountError 400 where it names a tool that is not there */
export function choiceOf({ tool_choice, function_call, functions }: ChatRequest, tools: readonly Tool[]): ToolChoice {
  const asked = tool_choice ?? (functions ? function_call : undefined) ?? "auto";
  if (typeof asked === "string") return { mode: asked };
  if ("allowed_tools" in asked && asked.allowed_tools) {
    const { mode, tools: allowed } = asked.allowed_tools as { mode: "auto" | "required"; tools: Record<string, unknown>[] };
    const only = allowed.map((one) => String(((one.function ?? one.custom) as { name?: unknown } | undefined)?.name));
    checkNamed(tools, only);
    return { mode, only };
  }
  const {
    type,
    function: f,
    custom,
    name,
  } = asked as {
    type?: string;
    function?: { name: string };
    custom?: { name: string };
    name?: string;
  };
  const wanted = f?.name ?? custom?.name ?? (type === undefined ? name : undefined);
  if (wanted === undefined)
    throw openai(400, "missing_required_parameter", `Missing required parameter: 'tool_choice.${type}'.`, `tool_choice.${type}`);
  checkNamed(tools, [wanted], custom ? "custom" : "function");
  return { mode: "required", only: [wanted] };
}
