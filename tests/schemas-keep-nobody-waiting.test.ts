/**
 * A schema is a caller's text, and the local Azure makes an answer that fits it. Can one of them stop it for everybody? Each of these would ask for
 * more than there is time or memory for, and is refused with a sentence in place of that.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sample } from "../sandbox/openai/schema-samples.ts";
import { servedAccounts } from "./support/openai-accounts.ts";

let azure: Awaited<ReturnType<typeof servedAccounts>>;
beforeAll(async () => {
  const regions = { swedencentral: { five: { model: "gpt-5.2", version: "2025-12-11", capacity: 10_000 } } };
  azure = await servedAccounts({ tokenMs: 0, firstTokenMs: 0, regions });
});
afterAll(() => azure.close());

const text = { type: "string" };
const names = [..."abcdef"];
// biome-ignore format: a table
const HUGE: [string, object][] = [
  ["a list of a billion", { type: "array", items: text, minItems: 1e9 }],
  ["a text of ten billion characters", { ...text, minLength: 1e10 }],
  ["an object of a billion properties", { type: "object", additionalProperties: text, minProperties: 1e9 }],
  ["lists of three in lists of three", { type: "array", items: { $ref: "#" }, minItems: 3 }],
  ["six of itself in each of itself", { type: "object", properties: Object.fromEntries(names.map((name) => [name, { $ref: "#" }])), required: names }],
  ["a pattern that repeats a million times", { ...text, pattern: "^a{1000000}$" }],
  ["repetitions of repetitions", { ...text, pattern: "^((a{999}){999}){999}$" }],
  ["a long list of what cannot differ", { type: "array", items: { type: "integer", minimum: 1, maximum: 5 }, uniqueItems: true, minItems: 3000 }],
];

describe.each(HUGE)("%s", (_what, inner) => {
  it("is refused, as the format of an answer and as a tool's parameters", async () => {
    const asked = { model: "five", messages: [{ role: "user", content: "Hello" }] };
    const fn = { type: "function", function: { name: "f", parameters: inner } };
    for (const body of [
      { ...asked, response_format: { type: "json_schema", json_schema: { name: "f", schema: inner } } },
      { ...asked, tools: [fn], tool_choice: "required" },
    ]) {
      const { status, json } = await azure.ask("swedencentral", "/openai/v1/chat/completions", body);
      expect([status, json.error?.code]).toEqual([400, "NotInSandbox"]);
    }
  });
});

// biome-ignore format: a table
it.each([
  ["^[A-Z]{2}[0-9]{2}[A-Z0-9]{4}[0-9]{7}([A-Z0-9]?){0,16}$"],
  ["^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"],
  ["^\\+?[0-9]{1,3}[ -]?[0-9]{3,14}$"],
])("a pattern that people write is still kept: %s", (pattern) => {
  expect(sample({ ...text, pattern }, "seed")).toMatch(new RegExp(pattern, "u"));
});

it("a reference that is no address of anything admits anything", () => {
  for (const $ref of ["#/%zz", "#/$defs/none", "https://contoso.example/schema"]) expect(sample({ $ref }, "seed")).toEqual({});
});
