/** What a call of the Responses API says: its items, the rules they keep, its tools and its choice among them. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { AccountState } from "./call.ts";
import { notInSandbox, openai } from "./errors.ts";
import { definitions, textOf } from "./prompts.ts";
import { type InputItem, type ResponseRequest, unknownParameter } from "./requests.ts";
import { checkStrict } from "./schema-samples.ts";
import { hasItem, type StoredResponse } from "./stored-responses.ts";
import { identifier } from "./text.ts";
import { checkNamed, type Tool, type ToolChoice } from "./tools.ts";

type Said = Pick<ResponseRequest, "input" | "instructions" | "tools" | "text">;

export function promptOfResponse({ input, instructions, tools, text }: Said): string {
  const schema = text?.format?.type === "json_schema" ? text.format : undefined;
  return (instructions ?? "") + textOf(input ?? "") + definitions(tools, schema);
}

const ROLES = ["assistant", "system", "developer", "user"];
const MESSAGE_FIELDS = new Set(["type", "role", "content", "id", "status", "phase"]);
// biome-ignore format: a list
const PARTS = ["input_text", "input_image", "output_text", "refusal", "input_file", "input_audio", "computer_screenshot", "summary_text", "encrypted_content"];

/** Kinds of calls, and of the items that answer them (OpenAI API reference, responses, 2026). */
// biome-ignore format: a table
const ANSWERS: Record<string, { to: string; word: string; output: string }> = {
  function_call_output: { to: "function_call", word: "function", output: "function call output" },
  custom_tool_call_output: { to: "custom_tool_call", word: "custom tool", output: "custom tool call output" },
};

/** @throws AccountError 400 */
export function checkItems(input: ResponseRequest["input"], account: AccountState, previous: StoredResponse | undefined): void {
  if (!Array.isArray(input)) return;
  input.forEach((item, i) => {
    if (item.type === "item_reference" && !hasItem(account.responses, item.id)) throw itemNotFound(item.id);
    checkMessage(item, `input[${i}]`);
    const sealed = item.encrypted_content;
    if (typeof sealed === "string" && !opens(account.seal, sealed)) throw notSealedHere(sealed);
    // An id without its content is a reference to what the account keeps.
    if (item.type === "reasoning" && sealed == null && item.id != null && !hasItem(account.responses, item.id))
      throw itemNotFound(item.id);
  });
  checkCalls(input, previous);
}

function checkMessage(item: InputItem, path: string): void {
  if (item.role == null || (item.type != null && item.type !== "message")) return;
  if (!ROLES.includes(item.role)) throw notSupported(item.role, ROLES, `${path}.role`);
  const unknown = Object.keys(item).find((name) => !MESSAGE_FIELDS.has(name));
  if (unknown !== undefined) throw unknownParameter(`${path}.${unknown}`);
  if (Array.isArray(item.content))
    for (const [k, { type }] of item.content.entries())
      if (!PARTS.includes(type)) throw notSupported(type, PARTS, `${path}.content[${k}].type`);
}

/** Each result belongs to a call, and each call that something follows has a result. */
function checkCalls(input: readonly InputItem[], previous: StoredResponse | undefined): void {
  const before = [...(previous?.input ?? []), ...((previous?.response.output ?? []) as unknown[])] as InputItem[];
  const all = [...before, ...input];
  for (const { type, call_id } of input) {
    const answer = ANSWERS[type ?? ""];
    if (answer && !all.some((other) => other.type === answer.to && other.call_id === call_id))
      throw openai(400, null, `No tool call found for ${answer.output} with call_id ${call_id}.`, "input");
  }
  for (const [type, { to, word }] of Object.entries(ANSWERS))
    for (const { call_id } of all.slice(0, -1).filter((other) => other.type === to))
      if (!all.some((other) => other.type === type && other.call_id === call_id))
        throw openai(400, null, `No tool output found for ${word} call ${call_id}.`, "input");
}

const notSupported = (value: unknown, known: readonly string[], param: string) =>
  openai(
    400,
    "invalid_value",
    `Invalid value: '${value}'. Supported values are: ${known
      .slice(0, -1)
      .map((one) => `'${one}'`)
      .join(", ")}, and '${known.at(-1)}'.`,
    param,
  );

const itemNotFound = (id: unknown) =>
  openai(
    400,
    null,
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    "input",
  );

/** Encrypted content is bound to the account that made it (reported live for two accounts, LiteLLM #27702, 2026-05). */
const notSealedHere = (text: string) =>
  openai(
    400,
    "invalid_encrypted_content",
    `The encrypted content ${text.slice(0, 4)}...${text.slice(-4)} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
  );

const MAC_LENGTH = 43;
const mac = (seal: string, text: string) => createHmac("sha256", seal).update(text).digest("base64url");

/** Opaque text that only this account takes back. It begins as the service's does. */
export function sealed(seal: string, text: string): string {
  const hidden = `gAAAAA${identifier("", text, 160)}`;
  return hidden + mac(seal, hidden);
}

function opens(seal: string, text: string): boolean {
  const [hidden, proof] = [text.slice(0, -MAC_LENGTH), text.slice(-MAC_LENGTH)];
  const right = mac(seal, hidden);
  return proof.length === right.length && timingSafeEqual(Buffer.from(proof), Buffer.from(right));
}

// biome-ignore format: a list
const INCLUDABLE = ["file_search_call.results", "web_search_call.results", "web_search_call.action.sources", "message.input_image.image_url", "computer_call_output.output.image_url", "code_interpreter_call.outputs", "reasoning.encrypted_content", "message.output_text.logprobs"];

/** @throws AccountError 400 */
export function checkResponse(body: ResponseRequest): void {
  if (body.background) throw notInSandbox("background responses");
  if (body.conversation != null) throw notInSandbox("conversations");
  if (body.prompt != null) throw notInSandbox("stored prompts (prompt)");
  if (body.input == null) throw openai(400, "missing_required_parameter", "Missing required parameter: 'input'.", "input");
  if (body.stream_options && !body.stream)
    throw openai(400, null, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  for (const [i, one] of (body.include ?? []).entries())
    if (!INCLUDABLE.includes(one)) throw notSupported(one, INCLUDABLE, `include[${i}]`);
  for (const [i, { type, name, parameters, strict }] of (body.tools ?? []).entries()) {
    if (type !== "function") continue;
    if (name == null)
      throw openai(400, "missing_required_parameter", `Missing required parameter: 'tools[${i}].name'.`, `tools[${i}].name`);
    if (strict) checkStrict(parameters, `function '${name}'`, `tools[${i}].parameters`, "invalid_function_parameters");
  }
  const format = body.text?.format;
  if (format?.type === "json_schema") {
    for (const name of ["name", "schema"] as const)
      if (format[name] == null)
        throw openai(
          400,
          "missing_required_parameter",
          `Missing required parameter: 'text.format.${name}'.`,
          `text.format.${name}`,
        );
    if (format.strict)
      checkStrict(format.schema, `response_format '${format.name}'`, "text.format.schema", "invalid_json_schema");
  }
}

export function toolsOfResponse({ tools }: Pick<ResponseRequest, "tools">): Tool[] {
  return (tools ?? []).flatMap(({ type, name, parameters }): Tool[] =>
    name != null && (type === "function" || type === "custom") ? [{ name, kind: type, parameters }] : [],
  );
}

/** @throws AccountError 400, also for a hosted tool that must be called: what it would find is not known here */
export function choiceOfResponse({ tool_choice }: Pick<ResponseRequest, "tool_choice">, tools: readonly Tool[]): ToolChoice {
  const asked = tool_choice ?? "auto";
  if (asked === "required" && tools.length === 0)
    throw openai(400, null, "Tool choice 'required' must be specified with 'tools' parameter.", "tool_choice");
  if (typeof asked === "string") return { mode: asked };
  if (asked.type === "allowed_tools") {
    const listed = (Array.isArray(asked.tools) ? asked.tools : []) as { name?: string }[];
    const only = listed.flatMap(({ name }) => (name === undefined ? [] : [name]));
    checkNamed(tools, only);
    return { mode: asked.mode === "required" ? "required" : "auto", only };
  }
  if (asked.type !== "function" && asked.type !== "custom") throw notInSandbox(`calls of the hosted tool '${asked.type}'`);
  if (asked.name == null)
    throw openai(400, "missing_required_parameter", "Missing required parameter: 'tool_choice.name'.", "tool_choice.name");
  checkNamed(tools, [asked.name], asked.type);
  return { mode: "required", only: [asked.name] };
}

/** What the user said last; empty while a tool's result is the last word. */
export function lastSaidOfResponse({ input }: Pick<ResponseRequest, "input">): string {
  if (!Array.isArray(input)) return input ?? "";
  const last = input.at(-1);
  return last?.role === "user" ? textOf(last.content) : "";
}
