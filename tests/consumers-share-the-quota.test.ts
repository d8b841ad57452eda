/** Can one consumer take the regions' quota from the others, whatever its calls say they may take and however little they use? */
import { describe, expect, it } from "vitest";
import type { Readings } from "../sandbox/gateway/index.ts";
import { chat, deploymentPath, type Served, serve, V1 } from "./support/policies.ts";

/** As the dev stack has it: 60,000 tokens per minute for the consumer and in each of three regions. */
const LIMIT = 60_000;
const classic = { gateway: { sku: "Developer", publisherName: "a", publisherEmail: "a@b.example" } };
const GATEWAYS: [name: string, values: Record<string, unknown>, readings: Partial<Readings>, most: number][] = [
  ["v2", {}, { rateLimitRefuses: "fits" }, 1],
  ["v2, where one call may go past a limit", {}, { rateLimitRefuses: "reached" }, 2],
  ["classic", classic, { rateLimitRefuses: "fits" }, 1],
  ["classic, where one call may go past a limit", classic, { rateLimitRefuses: "reached" }, 2],
];
const jobs = { consumer: "nightly-jobs" };
const responses = "/v1/responses";
const completions = "/deployments/chat/completions?api-version=2024-10-21";
const greedy: [what: string, path: string, body: object][] = [
  ["chat, v1", V1, chat("chat", { max_completion_tokens: 59_000 }).body],
  ["chat, deployments API", deploymentPath(), chat("chat", { max_completion_tokens: 59_000 }).body],
  ["a stream", V1, chat("chat", { max_completion_tokens: 59_000, stream: true }).body],
  ["choices", V1, chat("chat", { max_completion_tokens: 590, n: 100 }).body],
  ["a response", responses, { model: "chat", input: "hello", max_output_tokens: 59_000 }],
  ["a number with a point", V1, { ...chat().body, max_completion_tokens: "59e3" }],
];
/** JSON.stringify would write a whole number. */
const written = (body: object) => JSON.stringify(body).replace('"59e3"', "59.0e3");
const ask = (at: Served, path: string, body: object, call = {}) =>
  at.call(path, { ...jobs, ...call, body: written(body), headers: { "Content-Type": "application/json" } });

describe.each(GATEWAYS)("a consumer with a limit: %s", (_, values, readings, most) => {
  const made = () => serve(values, { counting: {}, readings });

  it.each(greedy)("leaves the others their quota, asking for much and getting little: %s", async (_what, path, body) => {
    const at = await made();
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await ask(at, path, body)).status);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(most);
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(429);
    const others: number[] = [];
    for (let i = 0; i < 60; i++) others.push((await at.call(V1, chat("chat", { max_completion_tokens: 900 }))).status);
    expect(others.filter((status) => status !== 200)).toEqual([]);
  });

  it("cannot get through in a burst, before anything was answered", async () => {
    const at = await made();
    const body = chat("chat", { max_completion_tokens: 59_000 }).body;
    const replies = await Promise.all(Array.from({ length: 12 }, () => ask(at, V1, body)));
    const served = replies.filter(({ status }) => status === 200).length;
    expect(served).toBeGreaterThanOrEqual(1);
    expect(served).toBeLessThanOrEqual(most);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(12 - served);
  });

  it("is told a wait after which the call is served", async () => {
    const at = await made();
    const body = chat("chat", { max_completion_tokens: 40_000 }).body;
    let refused = await ask(at, V1, body);
    for (let i = 0; i < 3 && refused.status === 200; i++) refused = await ask(at, V1, body);
    expect([refused.status, refused.json.error.code]).toEqual([429, "consumer_token_limit"]);
    const wait = Number(refused.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(refused.json.error.message).toContain(`room again in ${wait} s.`);
    await at.clock.advance(wait * 1000);
    expect((await ask(at, V1, body)).status).toBe(200);
  });
});

describe("what a call counts", () => {
  const text = (tokens: number) => "x".repeat(4 * tokens);
  const tool = { type: "function", function: { name: "f", description: text(500), parameters: { type: "object" } } };
  const counted: [what: string, path: string, body: object, atLeast: number][] = [
    [
      "its prompt and its output",
      V1,
      { ...chat("chat", { max_completion_tokens: 2000 }).body, messages: said(text(3000)) },
      5000,
    ],
    ["max_tokens in the deployments API", deploymentPath("chat"), { messages: said("x"), max_completion_tokens: 7000 }, 7000],
    ["each choice", V1, { model: "chat", messages: said("x"), max_completion_tokens: 1000, n: 5 }, 5000],
    ["choices to choose from", completions, { prompt: "x", max_tokens: 1000, best_of: 6 }, 6000],
    ["each prompt of several", completions, { prompt: ["x", "y", "z"], max_tokens: 1000 }, 3000],
    ["a prompt of tokens", completions, { prompt: Array(900).fill(1), max_tokens: 100 }, 1000],
    ["several prompts of tokens", completions, { prompt: [[1, 2], [3]], max_tokens: 500 }, 1000],
    ["texts to embed, and no output", "/v1/embeddings", { model: "embeddings", input: [text(2000), text(1000)] }, 3000],
    [
      "a response's input, instructions and output",
      responses,
      { model: "chat", input: text(800), instructions: text(700), max_output_tokens: 500 },
      2000,
    ],
    ["tools", V1, { ...chat("chat", { max_completion_tokens: 100 }).body, tools: [tool] }, 600],
    [
      "what a custom tool was called with, and what the model refused",
      V1,
      {
        ...chat("chat", { max_completion_tokens: 100 }).body,
        messages: [
          {
            role: "assistant",
            refusal: text(600),
            tool_calls: [{ id: "a", type: "custom", custom: { name: "f", input: text(900) } }],
          },
          { role: "tool", tool_call_id: "a", content: "x" },
        ],
      },
      1600,
    ],
    [
      "a prediction",
      V1,
      { ...chat("chat", { max_completion_tokens: 100 }).body, prediction: { type: "content", content: text(900) } },
      1000,
    ],
    [
      "a response's custom tool call and a summary of thoughts",
      responses,
      {
        model: "chat",
        store: false,
        input: [
          { type: "reasoning", summary: [{ type: "summary_text", text: text(600) }] },
          { type: "custom_tool_call", call_id: "a", name: "f", input: text(900) },
          { type: "custom_tool_call_output", call_id: "a", output: "x" },
        ],
        max_output_tokens: 100,
      },
      1600,
    ],
    ["what a chat may assume without a limit", V1, chat().body, 300],
    ["what a response may assume without a limit", responses, { model: "chat", input: "x" }, 300],
    ["sixteen tokens for completions without a limit", completions, { prompt: Array(100).fill("x") }, 1600],
  ];
  function said(content: string) {
    return [{ role: "user", content }];
  }

  it.each(counted)("is at least what the account counts, and not much more: %s", async (_, path, body, atLeast) => {
    // No model of the stack takes completions: there the table alone says what the service counts.
    const at = await serve({}, path === completions ? {} : { counting: {} });
    const reply = await ask(at, path, body);
    expect(reply.status, reply.text).toBe(200);
    const count = LIMIT - Number(reply.headers.get("x-consumer-remaining-tokens"));
    if (path === completions) {
      expect(count).toBeGreaterThanOrEqual(atLeast);
      expect(count).toBeLessThanOrEqual(1.25 * atLeast + LIMIT / 100);
      return;
    }
    const quota = Number(reply.headers.get("x-ratelimit-limit-tokens"));
    const account = quota - Number(reply.headers.get("x-ratelimit-remaining-tokens"));
    expect(account).toBeGreaterThan(0);
    expect(count).toBeGreaterThanOrEqual(Math.max(atLeast, account));
    expect(count).toBeLessThanOrEqual(1.25 * Math.max(atLeast, account) + LIMIT / 100);
  });

  it("is the whole minute for a body that the gateway cannot read", async () => {
    const at = await serve({});
    const body = { messages: said("x".repeat(2.1 * 1024 * 1024)) };
    const first = await ask(at, deploymentPath(), body, {});
    expect([first.status, first.headers.get("x-consumer-remaining-tokens")]).toEqual([200, "0"]);
  });

  it("is nothing for a call without tokens, which passes when all are used up", async () => {
    const at = await serve({}, { counting: {} });
    await ask(at, V1, chat("chat", { max_completion_tokens: 59_990 }).body);
    expect((await ask(at, V1, chat("chat", { max_completion_tokens: 900 }).body)).status).toBe(429);
    expect((await at.call("/v1/models", { ...jobs, method: "GET" })).status).toBe(200);
  });
});

describe("a call above the consumer's whole limit", () => {
  const consumers = [{ name: "chat-web" }, { name: "nightly-jobs", tokensPerMinute: 5000 }];

  it.each<[what: string, path: string, body: object, tokens: number]>([
    [
      "a prompt",
      V1,
      { model: "chat", messages: [{ role: "user", content: "x".repeat(24_000) }], max_completion_tokens: 10 },
      6010,
    ],
    [
      "a prompt without a limit of output",
      V1,
      { model: "chat", messages: [{ role: "user", content: "x".repeat(24_000) }] },
      6000,
    ],
    ["an output", deploymentPath(), chat("chat", { max_completion_tokens: 6000 }).body, 6002],
    ["choices", V1, chat("chat", { max_completion_tokens: 100, n: 100 }).body, 10_002],
    ["more than a number holds", V1, chat("chat", { max_completion_tokens: 9e15, n: 128 }).body, 9_007_199_254_740_991],
    ["texts to embed", "/v1/embeddings", { model: "embeddings", input: Array(3).fill("x".repeat(8000)) }, 6000],
  ])("is 400 with the limit and no wait, and its advice works: %s", async (_, path, body, tokens) => {
    const at = await serve({ consumers });
    const reply = await ask(at, path, body);
    expect([reply.status, reply.json.error.code, reply.headers.has("retry-after")]).toEqual([
      400,
      "request_too_large_for_consumer",
      false,
    ]);
    expect(reply.json.error.message).toBe(
      `This call may take ${tokens} tokens (its prompt, and the output that it allows for each choice), and this key has 5000 a minute: allow less output, or send a shorter prompt.`,
    );
    expect(at.attempts).toEqual([]);
    const shorter = JSON.parse(JSON.stringify(body), (key, value) =>
      key === "n" ? undefined : typeof value === "number" ? 10 : typeof value === "string" ? value.slice(0, 1000) : value,
    );
    expect((await ask(at, path, shorter)).status).toBe(200);
  });

  it("is not one that sets no limit, however small the consumer's is: an assumption refuses nothing for ever", async () => {
    const at = await serve({ consumers: [{ name: "nightly-jobs", tokensPerMinute: 100 }] });
    expect((await ask(at, V1, chat().body)).status).toBe(200);
    expect((await ask(at, V1, chat().body)).status).toBe(429);
    await at.clock.advance(60_000);
    expect((await ask(at, V1, chat().body)).status).toBe(200);
  });
});
