/**
 * Which tools a model calls. It has no judgement: it calls those whose names stand in the last thing the user said, and where it must call one and
 * none is named, the first. So a test, or a person, decides what happens.
 */
import { openai } from "./errors.ts";
import { type Schema, sample } from "./schema-samples.ts";
import { literal, prose, type Text } from "./text.ts";

export interface Tool {
  name: string;
  /** Custom tools take any text, functions take JSON. */
  kind: "function" | "custom";
  parameters?: Schema | null;
}

export interface ToolChoice {
  mode: "none" | "auto" | "required";
  /** Only these may be called; absent: all. */
  only?: readonly string[];
}

export interface ToolCall {
  tool: Tool;
  /** The arguments, as JSON text, or a custom tool's input. */
  text: Text;
}

/**
 * @param said      what the user said last; empty where the last message is not the user's
 * @param parallel  false: one call at most
 * @param max       tokens that the calls may take together
 */
export function toolCalls(
  tools: readonly Tool[],
  { mode, only }: ToolChoice,
  { said, seed, parallel, max }: { said: string; seed: string; parallel: boolean; max: number },
): ToolCall[] {
  if (mode === "none") return [];
  const allowed = only ? tools.filter(({ name }) => only.includes(name)) : tools;
  const named = allowed.filter(({ name }) => mentions(said, name));
  const chosen = named.length > 0 ? named : mode === "required" ? allowed.slice(0, 1) : [];
  let left = max;
  return (parallel ? chosen : chosen.slice(0, 1)).flatMap((tool) => {
    if (left <= 0) return [];
    const own = `${seed} ${tool.name}`;
    const text =
      tool.kind === "custom"
        ? prose(own, left)
        : literal(JSON.stringify(sample(tool.parameters ?? { type: "object" }, own)), left);
    left -= text.pieces.length;
    return [{ tool, text }];
  });
}

/** As a word of its own: `get_weather` is not in `get_weather_map`. */
function mentions(said: string, name: string): boolean {
  const part = /[\w-]/;
  for (let at = said.indexOf(name); at >= 0; at = said.indexOf(name, at + 1))
    if (!part.test(said[at - 1] ?? "") && !part.test(said[at + name.length] ?? "")) return true;
  return false;
}

/** @throws AccountError 400 where a choice names a tool that the request does not bring */
export function checkNamed(tools: readonly Tool[], names: readonly string[], kind: Tool["kind"] = "function"): void {
  const missing = names.find((name) => !tools.some((tool) => tool.name === name));
  if (missing !== undefined)
    throw openai(
      400,
      "invalid_value",
      `Invalid value for 'tool_choice': no ${kind === "custom" ? "custom tool" : "function"} named '${missing}' was specified in the 'tools' parameter.`,
      "tool_choice",
    );
}
