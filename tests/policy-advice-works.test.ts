/** Does a refusal say what happened, and does it work to do what it advises? Each advice is taken word for word, against the same local Azure. */
import { describe, expect, it } from "vitest";
import { MemoryArm } from "../sandbox/arm/memory.ts";
import { createFaults } from "../sandbox/faults.ts";
import { HeaderList, whole } from "../sandbox/http.ts";
import { createAccounts } from "../sandbox/openai/index.ts";
import type { Answer, Script } from "./support/gateway.ts";
import { type Call, chat, deploymentPath, keyOf, type Served, serve, V1 } from "./support/policies.ts";

const MIB = 1024 * 1024;
const REGIONS = ["swedencentral", "eastus2", "francecentral"];
const everywhere = (script: Script) => ({ accounts: Object.fromEntries(REGIONS.map((region) => [region, script])) });
const always =
  (answer: Answer): Script =>
  () =>
    answer;
const CONSUMPTION = {
  gateway: { sku: "Consumption", publisherName: "a", publisherEmail: "a@b.example" },
  consumers: [{ name: "chat-web" }],
};
type Reply = Awaited<ReturnType<Served["call"]>>;
const refusedWith = (reply: Reply, code: string): string => {
  expect(reply.json?.error?.code).toBe(code);
  return reply.json.error.message;
};
const secondsIn = (message: string) => Number(/ (\d+) s\.$/.exec(message)?.[1]);

describe("a key in another place", () => {
  it.each([
    ["the header Authorization", { Authorization: "Bearer KEY" }, ""],
    ["the header Ocp-Apim-Subscription-Key", { "Ocp-Apim-Subscription-Key": "KEY" }, ""],
    ["the header x-api-key", { "x-api-key": "KEY" }, ""],
    ["the parameter api-key", {}, "?api-key=KEY"],
    ["the parameter Subscription-Key", {}, "?Subscription-Key=KEY"],
  ])("is named, with the place where it belongs, and never repeated: %s", async (where, headers, query) => {
    for (const values of [{}, CONSUMPTION]) {
      const at = await serve(values);
      const key = keyOf(at.arm, "chat-web");
      const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace("KEY", key)]));
      // Whether API Management takes a parameter in another letter case is not documented; then there is nothing to advise.
      const reply = await at.call(V1 + query.replace("KEY", key), { ...chat(), headers: { "api-key": "", ...filled } });
      const message = refusedWith(reply, "invalid_api_key");
      expect(message).toContain(
        `send the key of an active subscription in the header api-key; this call has ${where}, where API Management does not look`,
      );
      expect(reply.text).not.toContain(key);
      expect((await at.call(V1, { ...chat(), headers: { "api-key": key } })).status).toBe(200);
    }
  });

  it("is told from no key, and from a key that is none", async () => {
    const at = await serve({});
    expect(refusedWith(await at.call(V1, { ...chat(), headers: { "api-key": "" } }), "invalid_api_key")).toMatch(
      /this call has no key\.$/,
    );
    const both = { "api-key": "0123", Authorization: `Bearer ${keyOf(at.arm, "chat-web")}` };
    expect(refusedWith(await at.call(V1, { ...chat(), headers: both }), "invalid_api_key")).toContain(
      "of no active subscription",
    );
  });

  it("works where the docs put it for each client: OpenAI's SDK", async () => {
    const { default: OpenAI } = await import("openai");
    const at = await serve(
      {},
      everywhere(
        always({
          body: JSON.stringify({
            id: "r",
            object: "chat.completion",
            choices: [{ index: 0, message: { role: "assistant", content: "hi" } }],
          }),
        }),
      ),
    );
    const key = keyOf(at.arm, "chat-web");
    const fetched = async (url: unknown, init?: { method?: string; headers?: unknown; body?: unknown }) => {
      const { pathname, search } = new URL(String(url));
      const reply = await at.call((pathname + search).replace("/openai", ""), {
        method: init?.method ?? "GET",
        headers: { "api-key": "", ...Object.fromEntries(new Headers(init?.headers as Record<string, string>)) },
        body: String(init?.body ?? ""),
      });
      return new Response(reply.text, { status: reply.status, headers: { "content-type": "application/json" } });
    };
    const made = (more: object) =>
      new OpenAI({
        baseURL: "https://gateway.example/openai/v1",
        apiKey: key,
        maxRetries: 0,
        fetch: fetched as typeof fetch,
        ...more,
      });
    const ask = { model: "chat", messages: [{ role: "user" as const, content: "hi" }] };
    await expect(made({}).chat.completions.create(ask)).rejects.toMatchObject({
      status: 401,
      message: expect.stringMatching(/the header authorization/i),
    });
    expect((await made({ defaultHeaders: { "api-key": key } }).chat.completions.create(ask)).choices[0]?.message.content).toBe(
      "hi",
    );
    expect(JSON.stringify(at.sent.map(({ headers }) => headers.fields))).not.toContain(key);
  });
});

const FORM = { "Content-Type": "multipart/form-data; boundary=b" };
const form = (...models: string[]): Call => ({
  body: `${models.map((model) => `--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n`).join("")}--b--`,
  headers: FORM,
});
const without = (name: string): Call["headers"] => ({ [name]: "" });
const picture = (url: string): Call => ({
  body: { model: "chat", store: false, input: [{ role: "user", content: [{ type: "input_image", image_url: url }] }] },
});
const big = (more: object = {}) => chat("chat", { padding: "x".repeat(2 * MIB), ...more });
const inChunks = (call: Call): Call => ({
  ...call,
  body: JSON.stringify(call.body),
  headers: { "Content-Type": "application/json", ...without("Content-Length"), "Transfer-Encoding": "chunked" },
});

/** What is asked, with which code it is refused, the advice in the message, and the call that takes it. */
// biome-ignore format: a table
const ADVICE: readonly (readonly [what: string, asked: readonly [string, Call], code: string, advice: string, then: readonly [string, Call] | ((message: string) => readonly [string, Call])])[] = [
  ["a path that is none", ["/v2/chat", chat()], "unknown_url", "/openai/v1/...", [V1, chat()]],
  ["a response below a deployment", ["/deployments/chat/responses", { body: { input: "x" } }], "unknown_url", "/openai/v1/..., most also to", ["/v1/responses", { body: { model: "chat", input: "x" } }]],
  ["a method that is none", ["/v1/chat/completions", { method: "TRACE" }], "unknown_url", "/openai/deployments/{deployment}/...", [deploymentPath(), chat()]],
  ["no model", [V1, { body: { messages: [] } }], "missing_model", "set `model` to the name of a deployment", [V1, chat()]],
  ["no JSON", [V1, { body: "{", headers: { "Content-Type": "application/json" } }], "invalid_json", "is not a JSON object", [V1, chat()]],
  ["a field twice", [V1, { body: '{"model":"chat","model":"embeddings"}' }], "invalid_json", "send it once", [V1, { body: '{"model":"chat"}' }]],
  ["a deep body", [V1, { body: `{"model":"chat","a":${"[".repeat(70)}${"]".repeat(70)}}` }], "invalid_json", "flatten it", [V1, { body: '{"model":"chat","a":[]}' }]],
  ["two models in a form", ["/v1/audio/transcriptions", form("chat", "embeddings")], "invalid_form", "one field model", ["/v1/audio/transcriptions", form("chat")]],
  ["a compressed body", [V1, { ...chat(), headers: { "Content-Encoding": "gzip" } }], "unsupported_encoding", "send it uncompressed", [V1, chat()]],
  ["60 headers", [V1, { ...chat(), headers: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`x-${i}`, "1"])) }], "too_many_headers", "send those that the API documents", [V1, chat()]],
  ["a large chat, v1", [V1, big()], "body_too_large", "POST /openai/deployments/{deployment}/chat/completions?api-version=2024-10-21 takes more", (message) => [/POST \/openai(\S+)/.exec(message)?.[1]?.replace("{deployment}", "chat") ?? "", big()]],
  ["a large form, v1", ["/v1/audio/transcriptions", { ...form("chat"), body: `${"x".repeat(2 * MIB + 1)}` }], "body_too_large", "POST /openai/deployments/{deployment}/audio/transcriptions?api-version=2024-10-21 takes more", (message) => [/POST \/openai(\S+)/.exec(message)?.[1]?.replace("{deployment}", "chat") ?? "", { ...form("chat"), body: `${"x".repeat(2 * MIB + 1)}` }]],
  ["a large picture in a response", ["/v1/responses", picture(`data:image/png;base64,${"A".repeat(2 * MIB)}`)], "body_too_large", "give pictures and files by their URL", ["/v1/responses", picture("https://example.com/a.png")]],
  ["a large picture in a dated response", ["/responses?api-version=2025-04-01-preview", picture(`data:image/png;base64,${"A".repeat(2 * MIB)}`)], "body_too_large", "give pictures and files by their URL", ["/responses?api-version=2025-04-01-preview", picture("https://example.com/a.png")]],
  ["a large picture in chunks", ["/v1/responses", inChunks(picture(`data:image/png;base64,${"A".repeat(2 * MIB)}`))], "body_too_large", "give pictures and files by their URL", ["/v1/responses", picture("https://example.com/a.png")]],
  ["a large chat in chunks", [V1, inChunks(big())], "body_too_large", "/openai/deployments/{deployment}/... with a Content-Length", [deploymentPath(), big()]],
  ["more tokens than any region has", [V1, chat("chat", { max_tokens: 1_000_000 })], "request_too_large_for_quota", "allow less output", [V1, chat("chat", { max_tokens: 100 })]],
  ["a response that goes on from another", ["/v1/responses", { body: { model: "chat", input: "x", previous_response_id: "resp_1" } }], "account_bound", "Send all as input, with store: false", ["/v1/responses", { body: { model: "chat", input: "x", store: false } }]],
];

describe("an advice, taken", () => {
  it.each(ADVICE.map(([what, asked, code, advice, then]) => ({ what, asked, code, advice, then })))(
    "works: $what",
    async ({ asked, code, advice, then }) => {
      const at = await serve({});
      const message = refusedWith(await at.call(...asked), code);
      expect(message).toContain(advice);
      expect(at.sent).toEqual([]);
      const [path, call] = typeof then === "function" ? then(message) : then;
      const reply = await at.call(path, call);
      expect([reply.status, reply.text]).toEqual([200, expect.stringContaining("served")]);
    },
  );

  it("works: an unknown model", async () => {
    const at = await serve({});
    const message = refusedWith(await at.call(V1, chat("gpt-unknown")), "model_not_found");
    const path = /GET \/openai(\S+)/.exec(message)?.[1] ?? "";
    const { json } = await at.call(path, { method: "GET" });
    for (const { id } of json.data) expect((await at.call(V1, chat(id))).status).toBe(200);
  });

  it("works: what one account keeps, at its own address", async () => {
    const at = await serve({});
    expect(refusedWith(await at.call("/v1/files", { method: "GET" }), "account_bound")).toContain(
      "Call an account at its own address for it, with a token of Microsoft Entra ID.",
    );
    class Allowed extends MemoryArm {
      override hasRole(): boolean {
        return true;
      }
    }
    const { arm, clock, entra } = at;
    const accounts = createAccounts({ arm: new Allowed(arm.resources, arm.secrets), clock, entra, faults: createFaults(clock) });
    const account = arm.list("Microsoft.CognitiveServices/accounts")[0];
    const host = account?.body.properties?.customSubDomainName;
    const token = entra.issue({
      aud: "https://cognitiveservices.azure.com",
      oid: "11111111-1111-4111-8111-111111111111",
      tid: String(account?.body.identity?.tenantId),
    });
    const url = new URL(`https://${host}.openai.azure.com/openai/v1/files`);
    const reply = await accounts.handle({
      method: "GET",
      url,
      headers: new HeaderList([["Authorization", `Bearer ${token}`]]),
      body: new Uint8Array(),
    });
    expect([reply.status, JSON.parse((await whole(reply.body)).toString())]).toEqual([
      200,
      expect.objectContaining({ object: "list" }),
    ]);
  });

  const longPrompt = chat("chat", { messages: [{ role: "user", content: "x".repeat(2800) }] });
  it.each<[what: string, code: string, values: object, world: Parameters<typeof serve>[1], call: Call, before: number]>([
    [
      "a consumer's tokens",
      "consumer_token_limit",
      { consumers: [{ name: "web", tokensPerMinute: 1000 }] },
      {},
      { ...longPrompt, consumer: "web" },
      1,
    ],
    [
      "a consumer's quota",
      "consumer_quota",
      { consumers: [{ name: "web", tokenQuota: { tokens: 1000, period: "Hourly" } }] },
      {},
      { ...longPrompt, consumer: "web" },
      1,
    ],
    [
      "every region out of quota",
      "rate_limit_exceeded",
      {},
      everywhere((_, n) => (n === 1 ? { status: 429, headers: { "Retry-After": "30" } } : {})),
      chat(),
      0,
    ],
    [
      "every region out of quota, Consumption",
      "rate_limit_exceeded",
      CONSUMPTION,
      everywhere((_, n) => (n === 1 ? { status: 429, headers: { "Retry-After": "30" } } : {})),
      chat(),
      0,
    ],
    ["an outage everywhere", "service_unavailable", {}, everywhere((_, n) => (n === 1 ? { status: 500 } : {})), chat(), 0],
    ["no region that answers", "service_unavailable", CONSUMPTION, everywhere((_, n) => (n === 1 ? "refused" : {})), chat(), 0],
  ])("works: waiting as long as it says, for %s", async (_, code, values, world, call, before) => {
    const at = await serve(values as Record<string, unknown>, world);
    for (let i = 0; i < before; i++) expect((await at.call(V1, call)).status).toBe(200);
    const wait = secondsIn(refusedWith(await at.call(V1, call), code));
    await at.clock.advance(wait * 1000);
    expect((await at.call(V1, call)).status).toBe(200);
  });

  it("works: a stream, where a whole answer takes too long", async () => {
    const script: Script = (request) => (Buffer.from(request.body).includes('"stream":true') ? {} : "hang");
    const at = await serve({}, everywhere(script));
    const late = at.call(V1, chat());
    while (at.sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await at.clock.advance(231_000);
    expect(refusedWith(await late, "timeout")).toContain("ask for a stream");
    expect((await at.call(V1, chat("chat", { stream: true }))).status).toBe(200);
  });
});

describe("what an answer says of regions", () => {
  const throttled = (seconds: number): Script => always({ status: 429, headers: { "Retry-After": String(seconds) } });

  it("that all are out of quota only when all said so, and how many said it now", async () => {
    const at = await serve(
      {},
      { accounts: { swedencentral: throttled(42), eastus2: throttled(17), francecentral: throttled(55) } },
    );
    expect(refusedWith(await at.call(V1, chat()), "rate_limit_exceeded")).toContain("3 of 3 said so to this call");
    expect(refusedWith(await at.call(V1, chat()), "rate_limit_exceeded")).toContain(
      "0 of 3 said so to this call, and any other to earlier ones",
    );
  });

  it.each([
    [
      "one failed and two are out of quota",
      { swedencentral: throttled(42), eastus2: always({ status: 500 }), francecentral: throttled(55) },
      "3 of 3 answered, with an error or without quota",
    ],
    [
      "one could not be reached",
      { swedencentral: throttled(42), eastus2: (() => "refused") as Script, francecentral: always({ status: 500 }) },
      "2 of 3 answered",
    ],
  ])("that none could serve, and how many were heard: %s", async (_, accounts, says) => {
    const at = await serve({}, { accounts });
    expect(refusedWith(await at.call(V1, chat()), "service_unavailable")).toContain(says);
  });

  it.each<[what: string, answer: Awaited<ReturnType<Script>>, code: string, says: string]>([
    ["out of quota", { status: 429, headers: { "Retry-After": "30" } }, "rate_limit_exceeded", "had no quota left for `chat`"],
    ["its own 500", { status: 500 }, "service_unavailable", "had no answer to give for `chat`"],
    ["not there", "refused", "service_unavailable", "had no answer to give for `chat`"],
  ])(
    "of a body that is sent to one only: nothing of the others, and sending it again works: %s",
    async (_, first, code, says) => {
      let calls = 0;
      const at = await serve(
        {},
        everywhere(() => (++calls === 1 ? first : {})),
      );
      const reply = await at.call(deploymentPath(), big());
      const message = refusedWith(reply, code);
      expect(at.attempts.length).toBe(1);
      expect(message).toContain(`A body above 2 MiB is sent to one region only, and that one ${says}`);
      expect(message).not.toMatch(/every region|no region/i);
      expect(reply.headers.get("retry-after")).toBe("1");
      await at.clock.advance(1000);
      expect(message).toContain("Send it again");
      expect((await at.call(deploymentPath(), big())).status).toBe(200);
    },
  );
});
