/** Does a caller get, for everything that can go wrong, the status, code and wait that the documentation promises? */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errors } from "../policies/errors.ts";
import type { Script } from "./support/gateway.ts";
import { type Call, chat, deploymentPath, type Served, serve, V1 } from "./support/policies.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../docs/policies.md"), "utf8");
const promised = [...PAGE.matchAll(/^\| (\d{3}) +\| `(\w+)` +\| `(\w+)` +\| (.*?) *\|/gm)].map(
  ([, status, code = "", type, retryAfter = ""]) => ({ status: Number(status), code, type, retryAfter }),
);

const everywhere = (script: Script) => ({
  accounts: Object.fromEntries(["swedencentral", "eastus2", "francecentral"].map((region) => [region, script])),
});
const TENANT = "11111111-1111-4111-8111-111111111111";
const long = (consumer: string): Call => ({
  ...chat("chat", { messages: [{ role: "user", content: "x".repeat(2800) }] }),
  consumer,
});
const limited = (limit: object) => serve({ consumers: [{ name: "web", ...limit }] });
const twice = async (served: Served) => {
  await served.call(V1, long("web"));
  return served.call(V1, long("web"));
};
const MIB = 1024 * 1024;
/** As in chunks: no length is told before. */
const tooLong = (body: Call["body"]): Call => ({ body, headers: { "Content-Length": "", "Transfer-Encoding": "chunked" } });
const AUDIO = "/deployments/chat/audio/transcriptions?api-version=2024-10-21";
const form = (...models: string[]): Call => ({
  body: `${models.map((model) => `--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n`).join("")}--b--`,
  headers: { "Content-Type": "multipart/form-data; boundary=b" },
});
const CONSUMPTION = {
  gateway: { sku: "Consumption", publisherName: "Contoso", publisherEmail: "a@contoso.example" },
  consumers: [{ name: "chat-web" }],
};

/** How each comes about; some in several ways. */
// biome-ignore format: a table
const CASES: readonly (readonly [code: string, how: string, ask: () => ReturnType<Served["call"]>])[] = [
  ["invalid_api_key", "an unknown key", async () => (await serve({})).call(V1, { ...chat(), headers: { "api-key": "0123" } })],
  ["invalid_api_key", "no key", async () => (await serve({})).call(V1, { ...chat(), headers: { "api-key": "" } })],
  ["invalid_token", "no token where one is needed", async () => (await serve({ entra: { tenantId: TENANT, clientIds: [TENANT] } })).call(V1, chat())],
  ["unknown_url", "a path that nothing serves", async () => (await serve({})).call("/v1/frobnicate", { method: "GET" })],
  ["unknown_url", "a method that nothing serves", async () => (await serve({})).call("/v1/models", { method: "OPTIONS" })],
  ["unknown_url", "a method that has no operation", async () => (await serve({})).call("/v1/models", { method: "TRACE" })],
  ["invalid_api_key", "no key, Consumption", async () => (await serve(CONSUMPTION)).call(V1, { ...chat(), headers: { "api-key": "" } })],
  ["unknown_url", "a path that nothing serves, Consumption", async () => (await serve(CONSUMPTION)).call("/v1/frobnicate", { method: "GET" })],
  ["model_not_found", "an unknown model", async () => (await serve({})).call(V1, chat("gpt-unknown"))],
  ["model_not_found", "an unknown deployment", async () => (await serve({})).call(deploymentPath("gpt-unknown"), chat())],
  ["model_not_found", "the description of an unknown model", async () => (await serve({})).call("/models/gpt-unknown", { method: "GET" })],
  ["invalid_json", "a body that is no JSON", async () => (await serve({})).call(V1, { body: "{" })],
  ["missing_model", "a body without a model", async () => (await serve({})).call(V1, { body: { messages: [] } })],
  ["invalid_form", "a form that names two models", async () => (await serve({})).call("/v1/audio/transcriptions", form("chat", "embeddings"))],
  ["unsupported_encoding", "a compressed body", async () => (await serve({})).call(V1, { ...chat(), headers: { "Content-Encoding": "gzip" } })],
  ["unsupported_encoding", "a compressed body, Consumption", async () => (await serve(CONSUMPTION)).call(deploymentPath(), { ...chat(), headers: { "Content-Encoding": "gzip" } })],
  ["too_many_headers", "more headers than can be checked", async () => (await serve({})).call(V1, { ...chat(), headers: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`x-${i}`, "1"])) })],
  ["body_too_large", "a body above what the gateway keeps, v1 API", async () => (await serve({})).call(V1, chat("chat", { padding: "x".repeat(2 * MIB) }))],
  ["body_too_large", "one of unknown length that a policy reads", async () => (await serve({})).call(deploymentPath(), tooLong(chat("chat", { padding: "x".repeat(2 * MIB) }).body))],
  ["body_too_large", "one of unknown length that none reads", async () => (await serve({})).call(AUDIO, tooLong("x".repeat(2 * MIB + 1)))],
  ["body_too_large", "one of unknown length, Consumption", async () => (await serve(CONSUMPTION)).call(deploymentPath(), tooLong("x".repeat(2 * MIB + 1)))],
  ["request_too_large_for_quota", "more tokens than any region has", async () => (await serve({})).call(V1, chat("chat", { max_tokens: 1_000_000 }))],
  ["request_too_large_for_consumer", "more tokens than the consumer has in a minute", async () => (await limited({ tokensPerMinute: 1000 })).call(V1, { ...chat("chat", { max_completion_tokens: 1001 }), consumer: "web" })],
  ["account_bound", "a file", async () => (await serve({})).call("/v1/files", { body: {} })],
  ["account_bound", "a stored response", async () => (await serve({})).call("/v1/responses/resp_1", { method: "GET" })],
  ["account_bound", "a response that goes on from another", async () => (await serve({})).call("/v1/responses", { body: { model: "chat", input: "x", previous_response_id: "resp_1" } })],
  ["consumer_token_limit", "a consumer above its tokens per minute", async () => twice(await limited({ tokensPerMinute: 1000 }))],
  ["consumer_quota", "a consumer above its quota", async () => twice(await limited({ tokenQuota: { tokens: 1000, period: "Weekly" } }))],
  ["rate_limit_exceeded", "every member throttled, for a day", async () => (await serve({}, everywhere(() => ({ status: 429, headers: { "Retry-After": "86400" } })))).call(V1, chat())],
  ["rate_limit_exceeded", "every member throttled without a word for how long", async () => (await serve({}, everywhere(() => ({ status: 429 })))).call(deploymentPath(), chat())],
  ["service_unavailable", "an outage of every member", async () => (await serve({}, everywhere(() => ({ status: 500 })))).call(V1, chat())],
  ["service_unavailable", "an outage of one, the others throttled", async () => (await serve({}, { accounts: { ...everywhere(() => ({ status: 429 })).accounts, eastus2: () => ({ status: 503 }) } })).call(V1, chat())],
  ["service_unavailable", "no backend that can be reached", async () => (await serve({}, everywhere(() => "refused"))).call(V1, chat())],
  ["service_unavailable", "no backend whose name resolves", async () => (await serve({}, everywhere(() => "dns"))).call(V1, chat())],
  ["timeout", "no answer in time", async () => {
    const served = await serve({}, everywhere(() => "hang"));
    const reply = served.call(V1, chat());
    while (served.sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await served.clock.advance(231_000);
    return reply;
  }],
  ["internal_error", "an expression of ours that throws", async () => (await serve({}, { rewrite: (xml) => xml.replace('name="large" value=\'@(', 'name="large" value=\'@(int.Parse("x") > 0 || ') })).call(V1, chat())],
];

describe("the caller gets what docs/policies.md promises", () => {
  it.each(CASES.map(([code, how, ask]) => ({ code, how, ask })))("$code for $how", async ({ code, ask }) => {
    const row = promised.find((one) => one.code === code);
    const reply = await ask();
    expect([reply.status, reply.json]).toEqual([
      row?.status,
      { error: { message: expect.stringMatching(/^[A-Z].{15,}/s), type: row?.type, param: null, code } },
    ]);
    expect(reply.headers.get("content-type")).toBe("application/json");
    const wait = reply.headers.get("retry-after");
    if (row?.retryAfter === "yes") {
      expect(wait).toMatch(/^\d+$/);
      expect(Number(wait)).toBeGreaterThanOrEqual(1);
      expect(Number(wait)).toBeLessThanOrEqual(60);
    } else expect(wait).toBeUndefined();
    expect(reply.headers.get("x-should-retry")).toBe(row?.retryAfter.includes("x-should-retry") ? "false" : undefined);
    // Nothing of the inside: names of accounts, of expressions, of policies.
    expect(reply.text).not.toMatch(/aoai-|openai\.azure\.com|context\.|policy/);
  });

  it("and every error that our documents know has such a promise and such a case", () => {
    const codes = Object.values(errors).map(({ code }) => code);
    expect(new Set(CASES.map(([code]) => code))).toEqual(new Set(codes));
    expect(promised.map(({ code }) => code)).toEqual(codes);
  });
});
