/**
 * Do the accounts answer what clients of 2026 really send: explicit nulls, tools in every form, schemas, probabilities, reasoning, and counts of all
 * that is text? Real HTTP with the official SDK, or the accounts in process where only a body matters.
 */
import fc from "fast-check";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { sample } from "../sandbox/openai/schema-samples.ts";
import { servedAccounts } from "./support/openai-accounts.ts";

const DEPLOYMENTS = {
  chat: { model: "gpt-4o", version: "2024-11-20", capacity: 10_000 },
  five: { model: "gpt-5.2", version: "2025-12-11", capacity: 10_000 },
  router: { model: "model-router", version: "2025-11-18" },
  small: { model: "text-embedding-3-small", version: "1" },
  instruct: { model: "gpt-35-turbo-instruct", version: "0914" },
};
const CHAT = "/openai/v1/chat/completions";
const RESPONSES = "/openai/v1/responses";
const user = (content: string) => ({ role: "user" as const, content });

let azure: Awaited<ReturnType<typeof servedAccounts>>;
let v1: OpenAI;
beforeAll(async () => {
  const regions = { swedencentral: DEPLOYMENTS, westus: DEPLOYMENTS };
  azure = await servedAccounts({ tokenMs: 0, firstTokenMs: 0, regions, assumedCompletionTokens: 10 });
  v1 = azure.v1("swedencentral");
});
afterAll(() => azure.close());

const ask = (path: string, body: unknown, region = "swedencentral") => azure.ask(region, path, body);
const chat = (body: object) => ask(CHAT, { model: "chat", messages: [user("Hello")], ...body });
const respond = (body: object) => ask(RESPONSES, { model: "five", input: "Hello", ...body });

const WEATHER = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer", minimum: 2 } },
  required: ["city", "days"],
  additionalProperties: false,
};
const weather = { type: "function" as const, function: { name: "get_weather", parameters: WEATHER, strict: true } };
const time = { type: "function" as const, function: { name: "get_time", parameters: { type: "object", properties: {} } } };

describe("null", () => {
  it("as the model, in the deployments API, is none at all", async () => {
    const path = "/openai/deployments/chat/chat/completions?api-version=2024-10-21";
    expect((await ask(path, { model: null, messages: [user("Hello")] })).status).toBe(200);
    const embeddings = "/openai/deployments/small/embeddings?api-version=2024-10-21";
    expect((await ask(embeddings, { model: null, input: "Hello" })).status).toBe(200);
    // In the v1 API nothing else names the deployment.
    const { status, json } = await ask(CHAT, { model: null, messages: [user("Hello")] });
    expect([status, json.error.code, json.error.param]).toEqual([400, "missing_required_parameter", "model"]);
  });

  // biome-ignore format: a table
  const CHAT_FIELDS = ["audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "metadata", "modalities", "n",
    "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key", "reasoning_effort", "response_format", "safety_identifier", "seed", "service_tier", "stop", "store",
    "stream", "stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity", "web_search_options"];
  // biome-ignore format: a table
  const RESPONSE_FIELDS = ["background", "conversation", "include", "instructions", "max_output_tokens", "max_tool_calls", "metadata", "parallel_tool_calls", "previous_response_id",
    "prompt", "prompt_cache_key", "reasoning", "safety_identifier", "service_tier", "store", "stream", "stream_options", "temperature", "text", "tool_choice", "tools", "top_logprobs",
    "top_p", "truncation", "user"];

  it("in every field that may be absent changes nothing", async () => {
    const nulls = (fields: string[]) => Object.fromEntries(fields.map((name) => [name, null]));
    expect((await chat(nulls(CHAT_FIELDS))).json?.choices).toEqual((await chat({})).json?.choices);
    const [with_, without] = [
      await respond({ store: false, ...nulls(RESPONSE_FIELDS.filter((name) => name !== "store")) }),
      await respond({ store: false }),
    ];
    expect(with_.json?.output).toEqual(without.json?.output);
    const embedding = { model: "small", input: "x", dimensions: null, encoding_format: null, user: null };
    expect((await ask("/openai/v1/embeddings", embedding)).status).toBe(200);
  });

  it("in what must be there is refused, and so is a user's message without content", async () => {
    expect((await chat({ messages: null })).json.error).toMatchObject({ code: "invalid_type", param: "messages" });
    const { status, json } = await chat({ messages: [{ role: "user", content: null }] });
    expect([status, json.error.message]).toEqual([400, "Invalid value for 'content': expected a string, got null."]);
    const strange = await respond({ nonsense: null });
    expect(strange.json.error).toMatchObject({ code: "unknown_parameter", message: "Unknown parameter: 'nonsense'." });
  });
});

describe("unknown fields of responses", () => {
  it.each([
    [{ colour: "red" }, "colour"],
    [{ stream: true, stream_options: { include_usage: true } }, "stream_options.include_usage"],
    [{ text: { colour: "red" } }, "text.colour"],
    [{ reasoning: { strength: 3 } }, "reasoning.strength"],
    [{ input: [{ role: "user", content: "Hi", metadata: {} }] }, "input[0].metadata"],
    [{ messages: [] }, "messages"],
  ])("%j has Azure's wording and its path", async (body, param) => {
    const { status, json } = await respond(body);
    expect([status, json.error]).toEqual([
      400,
      { message: `Unknown parameter: '${param}'.`, type: "invalid_request_error", param, code: "unknown_parameter" },
    ]);
  });

  it("compaction does not know service_tier, as Azure does not; what Codex adds to a response is known", async () => {
    expect(
      (await ask("/openai/v1/responses/compact", { model: "five", input: "x", service_tier: "auto" })).json.error,
    ).toMatchObject({ param: "service_tier", code: "unknown_parameter" });
    expect((await respond({ client_metadata: { session_id: "1", thread_id: "2" }, store: false })).status).toBe(200);
  });

  it("roles and kinds of content that responses lack are told with those it has", async () => {
    const tool = await respond({ input: [{ role: "tool", content: "x" }] });
    expect(tool.json.error).toMatchObject({ param: "input[0].role", code: "invalid_value" });
    const part = await respond({ input: [{ role: "user", content: [{ type: "text", text: "x" }] }] });
    expect(part.json.error.message).toMatch(/^Invalid value: 'text'\. Supported values are: 'input_text', /);
    expect((await respond({ include: ["everything"] })).json.error).toMatchObject({ param: "include[0]", code: "invalid_value" });
  });
});

describe("the prompt's tokens", () => {
  const LONG = "x".repeat(300_000);
  const answered = (args: string, output = "ok") => [
    user("Hello"),
    { role: "assistant", content: null, tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: args } }] },
    { role: "tool", tool_call_id: "a", content: output },
  ];
  const items = (args: string, output = "ok") => [
    { type: "function_call", call_id: "a", name: "f", arguments: args },
    { type: "function_call_output", call_id: "a", output },
  ];

  it.each([
    ["arguments of a tool call", { messages: answered(LONG) }, { input: items(LONG) }],
    ["the result of one", { messages: answered("{}", LONG) }, { input: items("{}", LONG) }],
    [
      "text in parts",
      { messages: [{ role: "user", content: [{ type: "text", text: LONG }] }] },
      { input: [{ role: "user", content: [{ type: "input_text", text: LONG }] }] },
    ],
    [
      "a tool's description",
      { tools: [{ type: "function", function: { name: "f", description: LONG } }] },
      { tools: [{ type: "function", name: "f", description: LONG }] },
    ],
    [
      "a schema",
      { response_format: { type: "json_schema", json_schema: { name: "f", schema: { type: "object", description: LONG } } } },
      { text: { format: { type: "json_schema", name: "f", schema: { type: "object", description: LONG } } } },
    ],
    [
      "what the model refused",
      { messages: [{ role: "assistant", content: null, refusal: LONG }, user("x")] },
      { instructions: LONG },
    ],
    [
      "older functions",
      { functions: [{ name: "f", description: LONG }] },
      {
        input: [
          { type: "reasoning", summary: [{ type: "summary_text", text: LONG }] },
          { role: "user", content: "x" },
        ],
      },
    ],
  ])("count %s: a token for four characters", async (_what, forChat, forResponses) => {
    const byChat = (await ask(CHAT, { model: "five", messages: [user("x")], ...forChat })).json.usage.prompt_tokens;
    const byResponse = (await respond({ store: false, ...forResponses })).json.usage.input_tokens;
    for (const tokens of [byChat, byResponse]) {
      expect(tokens).toBeGreaterThanOrEqual(75_000);
      expect(tokens).toBeLessThan(75_100);
    }
  });

  it("are what responses/input_tokens says beforehand, and it uses none of the quota", async () => {
    const body = {
      model: "five",
      input: [user("What is the weather?")],
      instructions: "Be short.",
      tools: [{ type: "function" as const, name: "f", parameters: WEATHER, strict: false }],
    };
    const counted = await v1.responses.inputTokens.count(body);
    expect(counted).toEqual({
      object: "response.input_tokens",
      input_tokens: (await v1.responses.create({ ...body, store: false })).usage?.input_tokens,
    });
    await v1.responses.inputTokens.count(body);
    expect(azure.log.entries().at(-1)).toMatchObject({ status: 200, tokens: 0 });
  });

  it("do not grow with a picture's bytes", async () => {
    const picture = { type: "image_url", image_url: { url: `data:image/png;base64,${LONG}` } };
    expect((await chat({ messages: [{ role: "user", content: [picture] }] })).json.usage.prompt_tokens).toBe(85);
  });

  it("stand for a body that no stack could read: it is refused, not the end of the server", async () => {
    const deep = `{"model":"chat","messages":[{"role":"user","content":"x","more":${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`;
    expect((await ask(CHAT, deep)).status).toBe(400);
  });
});

describe("tools of a chat", () => {
  const calls = async (body: object) => {
    const { status, json } = await chat({ tools: [weather, time], ...body });
    expect([status, json?.error]).toEqual([200, undefined]);
    return (json.choices[0].message.tool_calls ?? []).map(({ function: f }: { function: { name: string } }) => f.name);
  };
  it("are called when they must be, when one is named, or when the user names them; else not", async () => {
    expect(await calls({ tool_choice: "required" })).toEqual(["get_weather"]);
    expect(await calls({ tool_choice: { type: "function", function: { name: "get_time" } } })).toEqual(["get_time"]);
    expect(await calls({ messages: [user("Please get_time and get_weather.")] })).toEqual(["get_weather", "get_time"]);
    expect(await calls({ messages: [user("Please get_time and get_weather.")], parallel_tool_calls: false })).toEqual([
      "get_weather",
    ]);
    expect(await calls({ messages: [user("Please get_time.")], tool_choice: "none" })).toEqual([]);
    expect(await calls({ messages: [user("my_get_time")] })).toEqual([]);
    expect(await calls({ tool_choice: null })).toEqual([]);
    const allowed = { mode: "required", tools: [{ type: "function", function: { name: "get_time" } }] };
    expect(await calls({ tool_choice: { type: "allowed_tools", allowed_tools: allowed } })).toEqual(["get_time"]);
  });

  it("stream in pieces that put together what a plain answer holds, several at once too", async () => {
    const body = { model: "chat", messages: [user("get_time, then get_weather")], tools: [weather, time] };
    const plain = (await v1.chat.completions.create(body)).choices[0]?.message.tool_calls;
    const streamed = (await v1.chat.completions.stream(body).finalChatCompletion()).choices[0];
    expect(
      streamed?.message.tool_calls?.map(
        (call) => call.type === "function" && [call.id, call.function.name, call.function.arguments],
      ),
    ).toEqual(plain?.map((call) => call.type === "function" && [call.id, call.function.name, call.function.arguments]));
    expect(streamed?.finish_reason).toBe("tool_calls");
  });

  it("after their results the model speaks", async () => {
    const first = await v1.chat.completions.create({ model: "chat", messages: [user("get_time")], tools: [time] });
    const message = first.choices[0]?.message;
    const result = { role: "tool" as const, tool_call_id: message?.tool_calls?.[0]?.id ?? "", content: "12:00" };
    const second = await v1.chat.completions.create({
      model: "chat",
      messages: [user("get_time"), message as OpenAI.ChatCompletionMessage, result],
      tools: [time],
    });
    expect(second.choices[0]?.message.content).toMatch(/\.$/);
  });

  it("in the shape that came before them: functions", async () => {
    const { json } = await chat({ functions: [weather.function], function_call: { name: "get_weather" } });
    expect(json.choices[0]).toMatchObject({
      finish_reason: "function_call",
      message: { function_call: { name: "get_weather" } },
    });
  });

  it("custom tools get text", async () => {
    const { json } = await chat({ tools: [{ type: "custom", custom: { name: "shell" } }], tool_choice: "required" });
    expect(json.choices[0].message.tool_calls[0]).toMatchObject({
      type: "custom",
      custom: { name: "shell", input: expect.stringMatching(/\w/) },
    });
  });

  // biome-ignore format: a table
  it.each([
    ["a choice without tools", { tool_choice: "auto" }, "'tool_choice' is only allowed when 'tools' are specified."],
    ["a choice that is not among them", { tools: [time], tool_choice: { type: "function", function: { name: "x" } } }, "no function named 'x'"],
    ["a result without its call", { messages: [user("x"), { role: "tool", tool_call_id: "a", content: "1" }] }, "must be a response to a preceeding message with 'tool_calls'"],
    ["a call without its result", { messages: [{ role: "assistant", tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "" } }] }, user("x")] }, "did not have response messages: a"],
    ["a strict schema that is open", { tools: [{ type: "function", function: { name: "f", strict: true, parameters: { type: "object", properties: {} } } }] }, "Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be supplied and to be false."],
    ["audio", { modalities: ["text", "audio"] }, "The local Azure does not know"],
  ])("%s is 400 in the service's words", async (_what, body, message) => {
    const { status, json } = await chat(body);
    expect([status, json.error.message]).toEqual([400, expect.stringContaining(message)]);
  });
});

describe("tools of a response", () => {
  const flat = ({ function: f }: { function: object }) => ({ type: "function" as const, ...f }) as OpenAI.Responses.FunctionTool;
  it("are called in all forms of the choice, streamed with the events that the SDK knows", async () => {
    const tools = [flat(weather), flat(time)];
    for (const tool_choice of [
      "required",
      { type: "function", name: "get_weather" },
      { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "get_weather" }] },
    ] as const) {
      const { output } = await v1.responses.create({
        model: "five",
        input: "Hello",
        tools,
        tool_choice: tool_choice as "required",
        store: false,
      });
      expect(output).toMatchObject([{ type: "function_call", name: "get_weather", status: "completed" }]);
    }
    const seen: string[] = [];
    let written = "";
    for await (const event of await v1.responses.create({
      model: "five",
      input: "get_weather",
      tools,
      stream: true,
      store: false,
    })) {
      if (seen.at(-1) !== event.type) seen.push(event.type);
      if (event.type === "response.function_call_arguments.delta") written += event.delta;
      if (event.type === "response.function_call_arguments.done") expect(event.arguments).toBe(written);
    }
    expect(seen.slice(2, -1)).toEqual([
      "response.output_item.added",
      "response.function_call_arguments.delta",
      "response.function_call_arguments.done",
      "response.output_item.done",
    ]);
    expect(JSON.parse(written)).toEqual({ city: expect.any(String), days: 2 });
  });

  it("take their results with the items of the turn before, or with its id", async () => {
    const tools = [flat(time)];
    const first = await v1.responses.create({ model: "five", input: "get_time", tools });
    const call = first.output[0];
    if (call?.type !== "function_call") throw new Error("no call");
    const result = { type: "function_call_output" as const, call_id: call.call_id, output: "12:00" };
    const whole = await v1.responses.create({ model: "five", input: [user("get_time"), call, result], tools, store: false });
    const byId = await v1.responses.create({ model: "five", input: [result], previous_response_id: first.id, tools });
    for (const { output_text } of [whole, byId]) expect(output_text).toMatch(/\.$/);
    const orphan = await respond({ input: [{ ...result, call_id: "call_x" }] });
    expect(orphan.json.error.message).toBe("No tool call found for function call output with call_id call_x.");
    const open = await respond({ input: [call, user("and?")] });
    expect(open.json.error.message).toBe(`No tool output found for function call ${call.call_id}.`);
  });

  it("of the service itself, when they must be called, are told to be unknown here, with a 400", async () => {
    const { status, json } = await respond({ tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } });
    expect([status, json.error.code]).toEqual([400, "NotInSandbox"]);
    expect((await respond({ tools: [{ type: "web_search" }], store: false })).status).toBe(200);
  });
});

describe("structured output", () => {
  const invoice = {
    type: "object",
    properties: {
      id: { type: "string", pattern: "^INV-[0-9]{4}$" },
      day: { type: "string", format: "date" },
      lines: { type: "array", minItems: 2, items: { $ref: "#/$defs/line" } },
      note: { type: ["string", "null"] },
    },
    required: ["id", "day", "lines", "note"],
    additionalProperties: false,
    $defs: {
      line: {
        type: "object",
        properties: { amount: { type: "number", exclusiveMinimum: 3 }, kind: { enum: ["a", "b"] } },
        required: ["amount", "kind"],
        additionalProperties: false,
      },
    },
  };
  it("is an instance of the schema, plain and streaming, in chat and in responses", async () => {
    const format = { type: "json_schema" as const, name: "invoice", schema: invoice, strict: true };
    const { name, schema, strict } = format;
    const body = {
      model: "chat",
      messages: [user("Hello")],
      response_format: { type: "json_schema" as const, json_schema: { name, schema, strict } },
    };
    const byChat = (await v1.chat.completions.create(body)).choices[0]?.message.content;
    const streamed = (await v1.chat.completions.stream(body).finalChatCompletion()).choices[0]?.message.content;
    const byResponse = (await v1.responses.create({ model: "five", input: "Hello", text: { format }, store: false })).output_text;
    expect(streamed).toBe(byChat);
    for (const text of [byChat, byResponse]) {
      const made = JSON.parse(text ?? "");
      expect(made).toEqual({
        id: expect.stringMatching(/^INV-[0-9]{4}$/),
        day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        lines: expect.any(Array),
        note: expect.any(String),
      });
      expect(made.lines).toHaveLength(2);
      expect(made.lines[0].amount).toBeGreaterThan(3);
    }
  });

  const leaf = fc.oneof(
    fc.record({ type: fc.constant("string"), minLength: fc.nat(20), maxLength: fc.integer({ min: 20, max: 60 }) }),
    fc.constantFrom(
      { type: "boolean" },
      { type: "null" },
      { enum: ["x", 1] },
      { const: 7 },
      { type: "string", pattern: "^[A-F]{2,3}-\\d+$" },
      { type: "string", format: "uuid" },
      { type: "string", format: "email" },
    ),
    fc.record({
      type: fc.constant("integer"),
      minimum: fc.integer({ min: -50, max: 50 }),
      maximum: fc.integer({ min: 60, max: 90 }),
      multipleOf: fc.constantFrom(1, 2, 5),
    }),
    fc.record({
      type: fc.constant("number"),
      exclusiveMinimum: fc.integer({ min: -5, max: 5 }),
      exclusiveMaximum: fc.integer({ min: 6, max: 9 }),
    }),
  );
  const { schema: anySchema } = fc.letrec<{ schema: object }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.record({
        type: fc.constant("array"),
        items: tie("schema"),
        minItems: fc.nat(2),
        maxItems: fc.integer({ min: 2, max: 4 }),
      }),
      fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
      fc
        .dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie("schema"), { maxKeys: 4 })
        .map((properties) => ({ type: "object", properties, required: Object.keys(properties), additionalProperties: false })),
    ),
  }));
  it("fits whatever the schema is", () => {
    fc.assert(
      fc.property(anySchema, fc.string(), (schema, seed) => {
        const { success, error } = z.fromJSONSchema(schema as never).safeParse(sample(schema, seed));
        expect([success, error?.message]).toEqual([true, undefined]);
      }),
      { numRuns: 300 },
    );
  });

  it("ends for schemas that contain themselves", () => {
    const tree = {
      $ref: "#/$defs/node",
      $defs: {
        node: {
          type: "object",
          properties: {
            value: { type: "integer" },
            next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] },
            all: { type: "array", items: { $ref: "#/$defs/node" } },
          },
          required: ["value", "next", "all"],
          additionalProperties: false,
        },
      },
    };
    expect(z.fromJSONSchema(tree as never).safeParse(sample(tree, "x")).success).toBe(true);
    expect(sample({ $ref: "#" }, "x")).toEqual({});
  });

  it("is cut where the limit is, and a strict schema must be closed", async () => {
    const schema = {
      type: "object",
      properties: { text: { type: "string", minLength: 400 } },
      required: ["text"],
      additionalProperties: false,
    };
    const cut = await respond({
      store: false,
      max_output_tokens: 16,
      text: { format: { type: "json_schema", name: "f", schema, strict: true } },
    });
    expect(cut.json).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
    const open = await respond({
      text: { format: { type: "json_schema", name: "f", schema: { ...schema, required: [] }, strict: true } },
    });
    expect(open.json.error).toMatchObject({
      code: "invalid_json_schema",
      param: "text.format.schema",
      message: expect.stringContaining("Missing 'text'."),
    });
  });
});

describe("probabilities and reasoning", () => {
  it("logprobs stand beside every token, with as many others as asked for", async () => {
    const body = { model: "chat", messages: [user("Hello")], logprobs: true, top_logprobs: 2 };
    const choice = (await v1.chat.completions.create(body)).choices[0];
    expect(choice?.logprobs?.content?.map(({ token }) => token).join("")).toBe(choice?.message.content);
    for (const { logprob, top_logprobs, bytes, token } of choice?.logprobs?.content ?? []) {
      expect(logprob).toBeLessThanOrEqual(0);
      expect(top_logprobs).toHaveLength(2);
      expect(Buffer.from(bytes ?? []).toString()).toBe(token);
    }
    const streamed = (await v1.chat.completions.stream(body).finalChatCompletion()).choices[0];
    expect(streamed?.logprobs?.content).toEqual(choice?.logprobs?.content);
    expect((await chat({ top_logprobs: 2 })).status).toBe(400);
    const response = await v1.responses.create({
      model: "chat",
      input: "Hello",
      include: ["message.output_text.logprobs"],
      top_logprobs: 1,
      store: false,
    });
    expect(response.output[0]).toMatchObject({
      content: [{ logprobs: expect.arrayContaining([expect.objectContaining({ logprob: expect.any(Number) })]) }],
    });
    const older = await v1.completions.create({ model: "instruct", prompt: "One", logprobs: 2 });
    expect(older.choices[0]?.logprobs?.tokens?.join("")).toBe(older.choices[0]?.text);
  });

  it("a model told to reason does so first: an item of its own, tokens that count, and content that only its account opens", async () => {
    const ask_ = {
      model: "five",
      input: "Hello",
      reasoning: { effort: "low" as const, summary: "auto" as const },
      include: ["reasoning.encrypted_content" as const],
      store: false,
    };
    const { output, usage } = await v1.responses.create(ask_);
    expect(output.map(({ type }) => type)).toEqual(["reasoning", "message"]);
    expect(usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
    const replay = {
      model: "five",
      input: [user("Hello"), ...output, user("And?")] as OpenAI.Responses.ResponseInput,
      store: false,
    };
    expect((await v1.responses.create(replay)).status).toBe("completed");
    await expect(azure.v1("westus").responses.create(replay)).rejects.toMatchObject({
      status: 400,
      code: "invalid_encrypted_content",
    });
    const seen = new Set<string>();
    for await (const event of await v1.responses.create({ ...ask_, stream: true })) seen.add(event.type);
    expect(seen).toContain("response.reasoning_summary_text.delta");
    const byChat = await v1.chat.completions.create({
      model: "five",
      messages: [user("Hello")],
      reasoning_effort: "high",
      max_completion_tokens: 20,
    });
    expect(byChat.usage).toMatchObject({ completion_tokens: 20, completion_tokens_details: { reasoning_tokens: 20 } });
    expect(byChat.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "" } });
  });

  it("compaction gives back what the user said and one sealed item, which its account takes again", async () => {
    const compacted = await v1.responses.compact({
      model: "five",
      input: [user("One"), { role: "assistant", content: "Yes." }, user("Two")],
    });
    expect(compacted.object).toBe("response.compaction");
    expect(compacted.output.map((item) => item.type ?? "message")).toEqual(["message", "message", "compaction"]);
    const input = [...compacted.output, user("Three")] as OpenAI.Responses.ResponseInput;
    expect((await v1.responses.create({ model: "five", input, store: false })).status).toBe("completed");
    await expect(azure.v1("westus").responses.create({ model: "five", input, store: false })).rejects.toMatchObject({
      status: 400,
    });
  });

  it("a router names the model that it took", async () => {
    const { model } = await v1.chat.completions.create({ model: "router", messages: [user("Hello")] });
    expect(model).toMatch(/^gpt-5/);
    expect((await v1.chat.completions.create({ model: "router", messages: [user("x".repeat(20_000))] })).model).not.toBe(model);
  });
});
