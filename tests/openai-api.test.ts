/**
 * Do the accounts answer the official SDK as Azure OpenAI does? Real HTTP, both API styles, no retries of the SDK.
 */
import type OpenAI from "openai";
import type { APIError, AzureOpenAI } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONTENT_FILTER_MARKER } from "../sandbox/openai/content-filter.ts";
import { answerOf, servedAccounts } from "./support/openai-accounts.ts";

const DEPLOYMENTS = {
  chat: { model: "gpt-4o", version: "2024-11-20" },
  five: { model: "gpt-5.2", version: "2025-12-11" },
  small: { model: "text-embedding-3-small", version: "1" },
  large: { model: "text-embedding-3-large", version: "1" },
  ada: { model: "text-embedding-ada-002", version: "2" },
  instruct: { model: "gpt-35-turbo-instruct", version: "0914" },
  picture: { model: "dall-e-3", version: "3.0" },
  voice: { model: "tts", version: "001" },
  ear: { model: "whisper", version: "001" },
};
const messages = [{ role: "user" as const, content: "Say hello." }];

let azure: Awaited<ReturnType<typeof servedAccounts>>;
let classic: AzureOpenAI;
let v1: OpenAI;
beforeAll(async () => {
  azure = await servedAccounts({
    tokenMs: 0.2,
    firstTokenMs: 2,
    regions: { swedencentral: DEPLOYMENTS, westus: { chat: DEPLOYMENTS.chat } },
  });
  classic = azure.deployments("swedencentral");
  v1 = azure.v1("swedencentral");
});
afterAll(() => azure.close());

const errorOf = async (call: Promise<unknown>): Promise<APIError> =>
  call.then(
    () => expect.fail("no error"),
    (error) => error,
  );

describe("chat", () => {
  it("gives the same answer in both API styles, in every region, with the usage that the quota's arithmetic says", async () => {
    const other = azure.deployments("westus");
    const [first, second, third] = await Promise.all(
      [classic, v1, other].map((api) => api.chat.completions.create({ model: "chat", messages })),
    );
    expect(first?.choices[0]?.message.content).toMatch(/^[A-Z].*\.$/);
    expect([second?.choices, third?.choices]).toEqual([first?.choices, first?.choices]);
    expect(first?.model).toBe("gpt-4o-2024-11-20");
    expect(first?.usage?.prompt_tokens).toBe(3);
    expect(first?.usage?.total_tokens).toBe(3 + (first?.usage?.completion_tokens ?? 0));
  });

  it("streams the same text, ends with the usage when asked, and says so by finish_reason", async () => {
    const whole = await v1.chat.completions.create({ model: "chat", messages, max_tokens: 20 });
    let text = "";
    const reasons: unknown[] = [];
    let usage: unknown;
    for await (const chunk of await v1.chat.completions.create({
      model: "chat",
      messages,
      max_tokens: 20,
      stream: true,
      stream_options: { include_usage: true },
    })) {
      text += chunk.choices[0]?.delta.content ?? "";
      if (chunk.choices[0]?.finish_reason) reasons.push(chunk.choices[0].finish_reason);
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(reasons).toEqual(["length"]);
    expect(usage).toEqual(whole.usage);
  });

  it("sends the first chunk before it has produced the last", async () => {
    const slow = await servedAccounts({ tokenMs: 50_000, firstTokenMs: 0, regions: { westus: { chat: {} } } });
    try {
      const hangUp = new AbortController();
      const stream = await slow
        .v1("westus")
        .chat.completions.create({ model: "chat", messages, stream: true }, { signal: hangUp.signal });
      let chunks = 0;
      // The second piece of text is most of a minute away: without real streaming nothing would have come.
      for await (const chunk of stream) {
        chunks++;
        if (chunk.choices[0]?.delta.role) hangUp.abort();
      }
      expect(chunks).toBe(2);
      expect(slow.log.entries()).toMatchObject([{ status: 200, stream: true, deployment: "chat" }]);
    } finally {
      await slow.close();
    }
  });

  it("calls a function when it must, with arguments that fit its schema", async () => {
    const parameters = {
      type: "object",
      properties: { city: { type: "string" }, unit: { enum: ["C", "F"] }, days: { type: "integer", minimum: 3 } },
    };
    const tools = [{ type: "function" as const, function: { name: "weather", parameters } }];
    const { choices } = await v1.chat.completions.create({ model: "chat", messages, tools, tool_choice: "required" });
    const call = choices[0]?.message.tool_calls?.[0];
    expect(choices[0]?.finish_reason).toBe("tool_calls");
    if (call?.type !== "function") throw new Error("no function call");
    expect(call.function.name).toBe("weather");
    expect(JSON.parse(call.function.arguments)).toEqual({ city: expect.any(String), unit: "C", days: 3 });
    let streamed = "";
    for await (const chunk of await v1.chat.completions.create({
      model: "chat",
      messages,
      tools,
      tool_choice: "required",
      stream: true,
    })) {
      streamed += chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? "";
    }
    expect(JSON.parse(streamed)).toEqual(JSON.parse(call.function.arguments));
  });

  it("answers in JSON when told so, with n choices, and up to a stop sequence", async () => {
    const json = await v1.chat.completions.create({ model: "chat", messages, response_format: { type: "json_object" } });
    expect(JSON.parse(json.choices[0]?.message.content ?? "")).toEqual({ answer: expect.any(String) });
    const { choices } = await v1.chat.completions.create({ model: "chat", messages, n: 3 });
    expect(new Set(choices.map(({ message }) => message.content)).size).toBe(3);
    const first = choices[0]?.message.content ?? "";
    const stopped = await v1.chat.completions.create({ model: "chat", messages, stop: first.slice(9, 14) });
    expect(stopped.choices[0]?.message.content).toBe(first.slice(0, first.indexOf(first.slice(9, 14))));
  });
});

describe("other operations", () => {
  it("embeddings have the model's dimensions, fewer on request, unit length, and the same numbers as base64 and as floats", async () => {
    const lengths = [];
    for (const model of ["small", "large", "ada"])
      lengths.push((await classic.embeddings.create({ model, input: "Hello" })).data[0]?.embedding.length);
    expect(lengths).toEqual([1536, 3072, 1536]);
    const [base64, floats] = await Promise.all([
      v1.embeddings.create({ model: "small", input: ["Hello", "World"], dimensions: 64 }),
      v1.embeddings.create({ model: "small", input: ["Hello", "World"], dimensions: 64, encoding_format: "float" }),
    ]);
    expect(base64.data.map(({ embedding }) => embedding.length)).toEqual([64, 64]);
    for (const [i, { embedding }] of floats.data.entries()) {
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
      expect(base64.data[i]?.embedding).toEqual(embedding);
    }
    expect(floats.data[0]?.embedding).not.toEqual(floats.data[1]?.embedding);
    expect(floats.usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
    expect(await errorOf(v1.embeddings.create({ model: "ada", input: "x", dimensions: 8 }))).toMatchObject({ status: 400 });
  });

  it("completions answer every prompt, plain and streaming", async () => {
    const { choices, usage } = await classic.completions.create({ model: "instruct", prompt: ["One", "Two"], max_tokens: 5 });
    expect(choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
      [0, "length"],
      [1, "length"],
    ]);
    expect(usage?.completion_tokens).toBe(10);
    let text = "";
    for await (const chunk of await v1.completions.create({ model: "instruct", prompt: "One", max_tokens: 5, stream: true }))
      text += chunk.choices[0]?.text ?? "";
    expect(text).toBe(choices[0]?.text);
  });

  it("responses stream the events that the SDK knows, and the last holds what a plain call returns", async () => {
    const plain = await v1.responses.create({ model: "five", input: "Say hello.", store: false });
    expect(plain.output_text).toMatch(/\.$/);
    const seen = new Set<string>();
    let text = "";
    let last: unknown;
    for await (const event of await v1.responses.create({ model: "five", input: "Say hello.", store: false, stream: true })) {
      seen.add(event.type);
      if (event.type === "response.output_text.delta") text += event.delta;
      if (event.type === "response.completed") last = event.response.output;
    }
    expect([...seen]).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(text).toBe(plain.output_text);
    expect(last).toEqual(plain.output);
  });

  it("keep a stored response in its account: another region does not know it", async () => {
    const first = await v1.responses.create({ model: "chat", input: "Remember 7." });
    const next = await v1.responses.create({ model: "chat", input: "What was it?", previous_response_id: first.id });
    expect(next.usage?.input_tokens).toBeGreaterThan(first.usage?.total_tokens ?? 0);
    expect((await v1.responses.retrieve(first.id)).output_text).toBe(first.output_text);
    expect(
      await errorOf(azure.v1("westus").responses.create({ model: "chat", input: "What?", previous_response_id: first.id })),
    ).toMatchObject({
      status: 400,
      code: "previous_response_not_found",
      param: "previous_response_id",
    });
    expect(await errorOf(azure.v1("westus").responses.retrieve(first.id))).toMatchObject({ status: 404 });
    const reference = [{ type: "item_reference" as const, id: first.output[0]?.id ?? "" }];
    expect((await v1.responses.create({ model: "chat", input: reference })).status).toBe("completed");
    expect(await errorOf(azure.v1("westus").responses.create({ model: "chat", input: reference }))).toMatchObject({
      status: 400,
    });
    await v1.responses.delete(first.id);
    expect(await errorOf(v1.responses.retrieve(first.id))).toMatchObject({ status: 404 });
    const notStored = await v1.responses.create({ model: "chat", input: "Forget.", store: false });
    expect(await errorOf(v1.responses.retrieve(notStored.id))).toMatchObject({ status: 404 });
  });

  it("answer responses beside the deployments too, in versions that have them", async () => {
    const created = await azure
      .deployments("swedencentral", "2025-04-01-preview")
      .responses.create({ model: "chat", input: "Hello" });
    expect(created.status).toBe("completed");
    expect(await errorOf(classic.responses.create({ model: "chat", input: "Hello" }))).toMatchObject({ status: 404 });
  });

  it("list models, keep files in their account, and make images and audio that are such", async () => {
    const ids = (await v1.models.list()).data.map(({ id }) => id);
    expect(ids).toContain("gpt-5.2-2025-12-11");
    expect(await errorOf(v1.files.create({ file: new File(["a,b"], "a.csv"), purpose: "user_data" }))).toMatchObject({
      status: 401,
    });
    // Cognitive Services Data Contributor: the role for inference reads files and writes none.
    azure.arm.grant(azure.principal, "19c28022-e58e-450d-a464-0b2a53034789", azure.idOf("swedencentral"));
    const file = await v1.files.create({ file: new File(["a,b"], "a.csv"), purpose: "user_data" });
    expect(await (await v1.files.content(file.id)).text()).toBe("a,b");
    expect(await errorOf(azure.v1("westus").files.retrieve(file.id))).toMatchObject({ status: 404 });
    const { data } = await v1.images.generate({
      model: "picture",
      prompt: "A lake",
      size: "256x256",
      response_format: "b64_json",
    });
    expect(
      Buffer.from(data?.[0]?.b64_json ?? "", "base64")
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    const speech = await v1.audio.speech.create({ model: "voice", input: "Hello", voice: "alloy", response_format: "wav" });
    expect(
      Buffer.from(await speech.arrayBuffer())
        .subarray(0, 4)
        .toString(),
    ).toBe("RIFF");
    expect((await classic.audio.transcriptions.create({ model: "ear", file: new File(["x"], "x.wav") })).text).toMatch(/\.$/);
  });
});

describe("headers and log", () => {
  it("name region, request and what is left, and echo the caller's id into the log", async () => {
    const { response } = await v1.chat.completions
      .create({ model: "chat", messages, max_tokens: 10 }, { headers: { "x-ms-client-request-id": "call-1" } })
      .withResponse();
    const header = (name: string) => response.headers.get(name);
    expect([header("x-ms-region"), header("x-ms-client-request-id"), header("x-ms-deployment-name")]).toEqual([
      "Sweden Central",
      "call-1",
      "chat",
    ]);
    expect(header("apim-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(header("x-ratelimit-remaining-tokens"))).toBeLessThan(Number(header("x-ratelimit-limit-tokens")));
    const entry = azure.log.entries().find(({ callId }) => callId === "call-1");
    expect(entry).toMatchObject({
      host: "aoai-swedencentral.openai.azure.com",
      account: "aoai-swedencentral",
      region: "swedencentral",
      deployment: "chat",
      status: 200,
      tokens: 13,
      stream: false,
    });
  });

  it("answer the probe without credentials and without a place in the log", async () => {
    const before = azure.log.entries().length;
    const request = azure.request("westus", "/status-0123456789abcdef", undefined, { authorization: "" });
    expect((await azure.client(request, { timeoutMs: 5000 })).status).toBe(200);
    expect(azure.log.entries().length).toBe(before);
  });
});

describe("refusals", () => {
  const V1 = "/openai/v1/chat/completions";
  const classicPath = (deployment: string, operation = "chat/completions", version = "2024-10-21") =>
    `/openai/deployments/${deployment}/${operation}?api-version=${version}`;
  const body = { messages };
  const notFound = { error: { code: "404", message: "Resource not found" } };

  it.each([
    ["no api-version", "/openai/deployments/chat/chat/completions", body],
    ["an unknown api-version", classicPath("chat", "chat/completions", "2024-13-01"), body],
    ["an unknown operation", classicPath("chat", "chat/completion"), body],
    ["GET of an operation", classicPath("chat"), undefined],
    ["a path outside /openai", "/v1/chat/completions", body],
    ["an operation without its deployment", "/openai/chat/completions?api-version=2024-10-21", body],
  ])("%s is 404 Resource not found", async (_, path, sent) => {
    const { status, json } = await azure.ask("westus", path, sent);
    expect([status, json]).toEqual([404, notFound]);
  });

  it("a deployment that is not there is 404 DeploymentNotFound in both styles, in each one's shape", async () => {
    const message =
      "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.";
    expect((await azure.ask("westus", classicPath("nope"), body)).json).toEqual({
      error: { code: "DeploymentNotFound", message },
    });
    expect((await azure.ask("westus", V1, { ...body, model: "nope" })).json).toEqual({
      error: { message, type: "invalid_request_error", param: null, code: "DeploymentNotFound" },
    });
  });

  it("a dated version in the v1 API is 400", async () => {
    expect((await azure.ask("westus", `${V1}?api-version=2024-10-21`, { ...body, model: "chat" })).json).toEqual({
      error: { code: "BadRequest", message: "API version not supported" },
    });
    expect((await azure.ask("westus", `${V1}?api-version=preview`, { ...body, model: "chat" })).status).toBe(200);
  });

  it("a model that cannot do the operation is 400 OperationNotSupported", async () => {
    const { status, json } = await azure.ask("swedencentral", classicPath("small"), body);
    expect([status, json.error.code]).toEqual([400, "OperationNotSupported"]);
    expect(json.error.message).toContain(
      "The chatCompletion operation does not work with the specified model, text-embedding-3-small.",
    );
  });

  it.each([
    ["no JSON", "{", null, null],
    ["no messages", {}, "missing_required_parameter", "messages"],
    ["messages that are none", { messages: "x" }, "invalid_type", "messages"],
    ["an unknown role", { messages: [{ role: "boss", content: "x" }] }, "invalid_value", "messages[0].role"],
    ["content that is a number", { messages: [{ role: "user", content: 1 }] }, "invalid_type", "messages[0].content"],
    ["an argument nobody knows", { messages, max_token: 5 }, null, null],
    ["a temperature of 3", { messages, temperature: 3 }, "invalid_value", "temperature"],
    ["stream_options without stream", { messages, stream_options: { include_usage: true } }, null, "stream_options"],
    ["more tokens than the context", { messages, max_tokens: 200_000 }, "context_length_exceeded", "messages"],
  ])("%s is 400 and counts nothing", async (_, sent, code, param) => {
    const { status, json } = await azure.ask("westus", classicPath("chat"), sent);
    expect([status, json.error.code, json.error.param]).toEqual([400, code, param]);
    expect(azure.log.entries().at(-1)).toMatchObject({ status: 400, tokens: 0 });
  });

  it("max_tokens to a reasoning model is 400 that names max_completion_tokens", async () => {
    expect(await errorOf(v1.chat.completions.create({ model: "five", messages, max_tokens: 5 }))).toMatchObject({
      status: 400,
      code: "unsupported_parameter",
      param: "max_tokens",
    });
    expect(
      (await v1.chat.completions.create({ model: "five", messages, max_completion_tokens: 5 })).usage?.completion_tokens,
    ).toBe(5);
  });

  it("a filtered prompt is 400 content_filter and stays counted", async () => {
    const error = await errorOf(
      classic.chat.completions.create({
        model: "chat",
        messages: [{ role: "user", content: `x ${CONTENT_FILTER_MARKER}` }],
        max_tokens: 10,
      }),
    );
    expect(error).toMatchObject({ status: 400, code: "content_filter", param: "prompt" });
    expect(error.error).toMatchObject({ innererror: { code: "ResponsibleAIPolicyViolation" } });
    expect(azure.log.entries().at(-1)).toMatchObject({ status: 400, tokens: 10 + 5 });
  });

  it("what only the sandbox lacks is a 4xx that says so, which no gateway takes for an outage", async () => {
    expect(await errorOf(v1.batches.list() as never)).toMatchObject({ status: 404, code: "NotInSandbox" });
  });

  it("a host that no account has does not resolve", async () => {
    const request = {
      ...azure.request("westus", V1, {}),
      url: new URL("https://aoai-nowhere.openai.azure.com/openai/v1/models"),
    };
    await expect(azure.client(request, { timeoutMs: 5000 })).rejects.toMatchObject({ kind: "dns" });
  });

  it("a deployment that ARM is still creating or deleting is not there, one that it changes is", async () => {
    const id = `${azure.idOf("westus")}/deployments/chat`;
    for (const [kind, status] of [
      ["create", 404],
      ["delete", 404],
      ["update", 200],
    ] as const) {
      Object.assign(azure.arm, { operation: (asked: string) => (asked === id ? { kind } : undefined) });
      expect((await answerOf(await azure.accounts.handle(azure.request("westus", V1, { ...body, model: "chat" })))).status).toBe(
        status,
      );
    }
    Object.assign(azure.arm, { operation: undefined });
  });
});
