/** Can one caller, with a request that no region can ever take, take the model away from everybody? */
import { describe, expect, it } from "vitest";
import { chat, deploymentPath, serve, V1, type World } from "./support/policies.ts";

/** 60,000 tokens per minute in each of three regions; accounts that ask for a day's patience when a request can never fit. */
const dev = (world?: World) => serve({}, { counting: { neverFits: "day" }, ...world });
const huge = chat("chat", { max_completion_tokens: 60_001 });
/** As it would be without the guard. */
const unguarded = (xml: string) => xml.replace("return output * choices + characters / 4;", "return 0L;");

describe("a request that can never fit", () => {
  it("takes the model from everybody for a day where nothing looks at its size", async () => {
    const served = await dev({ rewrite: unguarded });
    expect((await served.call(V1, huge)).status).toBe(429);
    expect(new Set(served.called()).size).toBe(3);
    served.forget();
    const reply = await served.call(V1, chat());
    expect([reply.status, reply.json.error.message]).toEqual([429, expect.stringContaining("86400 s")]);
    expect(served.attempts).toEqual([]);
    await served.clock.advance(3_600_000);
    expect((await served.call(V1, chat())).status).toBe(429);
  });

  it("is refused before any member is asked, and nobody else notices", async () => {
    const served = await dev();
    const reply = await served.call(V1, huge);
    expect(reply.status).toBe(400);
    expect(reply.headers.has("retry-after")).toBe(false);
    expect(reply.json).toEqual({
      error: {
        message:
          "This request may take 60002 tokens (the output it allows for each choice, and a quarter of the characters of its prompt), but no region has more than 60000 a minute for `chat`: allow less output, or send a shorter prompt.",
        type: "invalid_request_error",
        param: null,
        code: "request_too_large_for_quota",
      },
    });
    expect(served.attempts).toEqual([]);
    expect((await served.call(V1, chat())).status).toBe(200);
  });

  const text = (tokens: number) => "x".repeat(4 * tokens);
  const embeddings = "/v1/embeddings";
  const responses = "/v1/responses";
  const completions = "/deployments/chat/completions?api-version=2024-10-21";
  it.each<[what: string, path: string, body: object, tokens: number]>([
    ["max_completion_tokens", V1, { model: "chat", max_completion_tokens: 70_000 }, 70_000],
    ["max_tokens, deployments API", deploymentPath(), { max_tokens: 70_000 }, 70_000],
    ["choices", V1, { model: "chat", max_tokens: 1000, n: 100 }, 100_000],
    ["choices to choose from", completions, { prompt: "x", max_tokens: 10_000, best_of: 7 }, 70_000],
    ["a long message", V1, { model: "chat", messages: [{ content: text(61_000) }] }, 61_000],
    ["messages together", deploymentPath(), { messages: [{ content: text(31_000) }, { content: text(30_000) }] }, 61_000],
    ["parts of a message", V1, { model: "chat", messages: [{ content: [{ type: "text", text: text(61_000) }] }] }, 61_000],
    ["output and prompt together", V1, { model: "chat", max_tokens: 59_000, messages: [{ content: text(1001) }] }, 60_001],
    ["a response's output", responses, { model: "chat", input: "x", max_output_tokens: 61_000 }, 61_000],
    ["a response's input", responses, { model: "chat", input: text(61_000) }, 61_000],
    ["a response's instructions", responses, { model: "chat", input: text(31_000), instructions: text(30_000) }, 61_000],
    ["a response's messages", responses, { model: "chat", input: [{ content: [{ text: text(61_000) }] }] }, 61_000],
    ["one text to embed", embeddings, { model: "embeddings", input: text(121_000) }, 121_000],
    ["many texts", embeddings, { model: "embeddings", input: Array(61).fill(text(2000)) }, 122_000],
    ["tokens instead of text", embeddings, { model: "embeddings", input: Array(121_000).fill(1) }, 121_000],
    ["lists of tokens", completions, { prompt: [Array(30_000).fill(1), Array(31_000).fill(2)] }, 61_000],
  ])("is recognised by %s", async (_, path, body, tokens) => {
    const served = await serve({}, {});
    const reply = await served.call(path, { body });
    expect([reply.status, reply.json.error.code]).toEqual([400, "request_too_large_for_quota"]);
    expect(reply.json.error.message).toContain(`may take ${tokens} tokens`);
    expect(served.attempts).toEqual([]);
  });

  it.each<[what: string, path: string, call: { body: object | string }]>([
    ["what just fits", V1, chat("chat", { max_tokens: 59_999 })],
    [
      "an image, whose size says nothing",
      V1,
      chat("chat", { messages: [{ content: [{ type: "image_url", image_url: { url: text(90_000) } }] }] }),
    ],
    ["a sound", V1, chat("chat", { messages: [{ content: [{ type: "input_audio", input_audio: { data: text(90_000) } }] }] })],
    ["a number that is a text", V1, chat("chat", { max_tokens: "70000" })],
    ["a number beyond all numbers", V1, chat("chat", { max_tokens: 1e40 })],
    ["nothing where a number should be", V1, chat("chat", { max_tokens: null, n: null })],
    ["what another operation calls so", "/v1/images/generations", { body: { model: "chat", prompt: text(61_000) } }],
  ])("is not %s", async (_, path, call) => {
    // biome-ignore format: a table
    const served = await serve({}, {});
    expect((await served.call(path, call)).status).toBe(200);
  });
});

describe("a request that fits only some members", () => {
  const uneven = (world?: World) =>
    serve(
      {
        models: [
          {
            deployment: "chat",
            model: "gpt-5.2",
            version: "2025-12-11",
            sku: "GlobalStandard",
            tpm: 10_000,
            regions: { eastus2: { tpm: 30_000 } },
          },
        ],
      },
      { counting: { neverFits: "day" }, ...world },
    );
  const large = chat("chat", { max_completion_tokens: 20_000 });

  it("goes to those, and trips no other", async () => {
    const served = await uneven();
    expect((await served.call(V1, large)).status).toBe(200);
    expect(served.called()).toEqual(["eastus2"]);
    for (let i = 0; i < 12; i++) expect((await served.call(V1, chat("chat", { max_completion_tokens: 1000 }))).status).toBe(200);
    expect(new Set(served.called()).size).toBe(3);
  });

  it("waits for those when they are full", async () => {
    const served = await uneven();
    await served.call(V1, large);
    const reply = await served.call(V1, large);
    expect([reply.status, reply.json.error.code, reply.headers.get("retry-after")]).toEqual([429, "rate_limit_exceeded", "60"]);
    expect(served.called()).toEqual(["eastus2", "eastus2"]);
    expect((await served.call(V1, chat("chat", { max_completion_tokens: 1000 }))).status).toBe(200);
  });

  it("names the largest quota when it fits none", async () => {
    const { json } = await (await uneven()).call(V1, chat("chat", { max_completion_tokens: 40_000 }));
    expect(json.error.message).toContain("no region has more than 30000 a minute");
  });

  it("goes to provisioned throughput alone, which takes any size while it is not full", async () => {
    let full = false;
    const served = await serve(
      {
        acceptProvisionedCost: true,
        regions: ["swedencentral", "eastus2"],
        models: [
          {
            deployment: "chat",
            model: "gpt-5.2",
            version: "2025-12-11",
            sku: "GlobalStandard",
            tpm: 60_000,
            provisioned: [{ region: "swedencentral", sku: "GlobalProvisionedManaged", ptu: 50 }],
          },
        ],
      },
      { accounts: { "swedencentral-ptu": () => (full ? { status: 429, headers: { "retry-after-ms": "4200" } } : {}) } },
    );
    expect((await served.call(V1, huge)).status).toBe(200);
    full = true;
    const reply = await served.call(V1, huge);
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([429, "5"]);
    expect(served.called()).toEqual(["swedencentral-ptu", "swedencentral-ptu"]);
    expect((await served.call(V1, chat())).status).toBe(200);
  });
});

it("is left to the accounts on a gateway without breakers, where nobody else suffers", async () => {
  const served = await serve(
    {
      gateway: { sku: "Consumption", publisherName: "Contoso", publisherEmail: "a@contoso.example" },
      consumers: [{ name: "chat-web" }],
    },
    { counting: { neverFits: "day" } },
  );
  expect((await served.call(V1, huge)).status).toBe(429);
  expect((await served.call(V1, chat())).status).toBe(200);
});
