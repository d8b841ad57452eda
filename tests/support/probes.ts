/**
 * What a deployment must do, as some thirty quick questions over HTTP: for asking deployments that somebody has changed.
 */
import { expect } from "vitest";
import type { Readings } from "../../sandbox/gateway/index.ts";
import type { Deployed } from "./deployed-in-process.ts";
import { type Members, rows } from "./failure-matrix.ts";
import { runCell } from "./matrix-cell.ts";
import { keyOf } from "./policies.ts";

export interface Probe {
  name: string;
  /** Throws when the answer is wrong. */
  ask(azure: Deployed, signal: AbortSignal): Promise<void>;
}

const MIB = 1024 * 1024;
const V1 = "/openai/v1/chat/completions";
const DEPLOYMENTS = "/openai/deployments/chat/chat/completions?api-version=2024-10-21";
const EMBEDDINGS = "/openai/deployments/embeddings/embeddings?api-version=2024-10-21";
const chat = { model: "chat", messages: [{ role: "user", content: "hello" }] };

interface Sent {
  method?: string;
  body?: string | object | Uint8Array<ArrayBuffer> | ReadableStream | FormData;
  headers?: Record<string, string>;
  key?: string;
}

interface Got {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes.
  json: any;
}

type Send = (path: string, sent?: Sent) => Promise<Got>;
type Question = (azure: Deployed, send: Send) => Promise<void>;

const raw = (body: Sent["body"]) =>
  typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream || body instanceof FormData;

/** Every question meets closed breakers, no faults and an empty memory. */
const probe = (name: string, question: Question): Probe => ({
  name,
  async ask(azure, signal) {
    await anew(azure);
    await question(azure, async (path, { method = "POST", body = chat, headers = {}, key = azure.key } = {}) => {
      const response = await fetch(`${azure.url}${path}`, {
        method,
        signal,
        headers: {
          ...(key === "" ? {} : { "api-key": key }),
          ...(body instanceof FormData ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        ...(method === "GET" ? {} : { body: raw(body) ? (body as string) : JSON.stringify(body), duplex: "half" }),
      });
      const text = await response.text();
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {}
      return { status: response.status, headers: response.headers, json };
    });
  },
});

async function anew(azure: Deployed) {
  azure.faults.clearAll();
  azure.resetting.clear();
  azure.onConnect = azure.onReceive = undefined;
  // An entrance asks its accounts all the time, so time is dear there: a new gateway knows nothing either.
  if (azure.entrance === undefined) await azure.clock.advance(3 * 86_400_000);
  else azure.forget();
  azure.use({});
  azure.received.length = azure.attempts.length = azure.records.length = 0;
}

const cell = (row: string, members: Members, readings: Partial<Readings> = {}, stream = false): Probe => ({
  name: `${row}: ${members}`,
  async ask(azure) {
    await anew(azure);
    const found = rows.find(({ name }) => name === row);
    if (!found) throw new Error(`the matrix has no row "${row}"`);
    await runCell(azure, { row: found, members, stream, style: members === "one" ? "v1" : "deployments", readings });
  },
});

const errorOf = ({ status, json }: Got) => [status, json?.error?.code];
const hostsCalled = ({ attempts }: Deployed) => attempts.map(({ host }) => host);
const padded = (bytes: number) => {
  const [start, end] = ['{"model":"chat","messages":[{"role":"user","content":"hello"}]', "}"];
  return new Uint8Array(
    Buffer.concat([Buffer.from(start), Buffer.alloc(bytes - start.length - end.length, " "), Buffer.from(end)]),
  );
};

export const probes: readonly Probe[] = [
  probe("calls go to every member alike, as they came", async (azure, send) => {
    for (let i = 0; i < 12; i++) {
      const got = await send(i % 2 === 0 ? V1 : DEPLOYMENTS);
      expect([got.status, got.json?.object]).toEqual([200, "chat.completion"]);
    }
    for (const host of azure.hosts) expect(hostsCalled(azure).filter((one) => one === host)).toHaveLength(4);
    for (const [i, { request }] of azure.received.entries()) {
      expect(request.url.pathname + request.url.search).toBe(i % 2 === 0 ? V1 : DEPLOYMENTS);
      expect(Buffer.from(request.body).toString()).toBe(JSON.stringify(chat));
    }
  }),
  probe("what is the gateway's stays with it", async (azure, send) => {
    const secret = [
      "Ocp-Apim-Subscription-Key",
      "Ocp-Apim-Trace",
      "Ocp-Apim-Trace-Location",
      "x-ms-spillover-deployment",
      "Accept-Encoding",
    ];
    const headers = Object.fromEntries(secret.map((name) => [name, "mine"]));
    const got = await send(`${DEPLOYMENTS}&subscription-key=mine`, { headers: { ...headers, Authorization: "Bearer mine" } });
    expect(got.status).toBe(200);
    const request = azure.received[0]?.request;
    expect([...secret, "api-key"].filter((name) => request?.headers.has(name))).toEqual([]);
    expect(request?.url.search).not.toContain("subscription-key");
    expect(request?.headers.get("authorization")).toMatch(/^Bearer .{100}/);
    for (const name of ["x-ms-deployment-name", "azureml-model-session", "x-ms-spillover-from-deployment"])
      expect(got.headers.has(name), name).toBe(false);
  }),
  probe("a body that can be read in two ways is refused", async (_, send) => {
    for (const body of ['{"model":"chat","model":"embeddings"}', '{/* x */"model":"chat"}'])
      expect(errorOf(await send(V1, { body }))).toEqual([400, "invalid_json"]);
    const model = (more = "") => `--b\r\nContent-Disposition: form-data; name="model"${more}\r\n\r\nnone\r\n`;
    for (const [code, body] of [
      ["model_not_found", `${model()}--b--`],
      ["invalid_form", `${model()}${model()}--b--`],
      ["invalid_form", `${model('; filename="x"')}--b--`],
      ["invalid_form", model()],
    ] as const) {
      const headers = { "Content-Type": "multipart/form-data; Boundary=b" };
      const got = await send("/openai/v1/audio/transcriptions", { body, headers });
      expect(got.json?.error?.code).toBe(code);
    }
  }),
  probe("a model takes its own quota only", async (azure, send) => {
    azure.faults.set({ kind: "throttled", deployment: "chat", retryAfterSeconds: 30 });
    expect(errorOf(await send(V1))).toEqual([429, "rate_limit_exceeded"]);
    expect((await send(EMBEDDINGS, { body: { input: "x" } })).status).toBe(200);
  }),
  probe("a request that finds every breaker open learns the wait from the cache", async (azure, send) => {
    for (const [i, host] of azure.hosts.entries())
      azure.faults.set({ kind: "throttled", host, retryAfterMs: 16_400 + 10_000 * i });
    expect((await send(V1)).headers.get("retry-after")).toBe("17");
    await azure.clock.advance(500);
    const got = await send(DEPLOYMENTS);
    expect([...errorOf(got), got.headers.get("retry-after"), azure.attempts.length]).toEqual([
      429,
      "rate_limit_exceeded",
      "16",
      3,
    ]);
  }),
  probe("an answer may take 200 s", async (azure, send) => {
    azure.faults.set({ kind: "slow", ms: 200_000 });
    azure.onReceive = () => setImmediate(() => azure.clock.advance(201_000));
    expect((await send(V1)).status).toBe(200);
  }),
  probe("the first attempt's time is no other's", async (azure, send) => {
    azure.faults.set({ kind: "slow", ms: 227_000 });
    azure.faults.set({ kind: "status", status: 503 });
    azure.onReceive = () => setImmediate(() => azure.clock.advance(227_500));
    expect(errorOf(await send(V1))).toEqual([503, "service_unavailable"]);
    expect(azure.attempts).toHaveLength(1);
  }),
  probe("a call that fits is let through, and one that fits nowhere is not", async (azure, send) => {
    expect((await send(V1, { body: { ...chat, max_completion_tokens: 50_000 } })).status).toBe(200);
    expect(errorOf(await send(V1, { body: { ...chat, max_completion_tokens: 70_000 } }))).toEqual([
      400,
      "request_too_large_for_quota",
    ]);
    expect(azure.attempts).toHaveLength(1);
  }),
  probe("unknown, missing and unreadable models", async (azure, send) => {
    expect(errorOf(await send(V1, { body: { ...chat, model: "nope" } }))).toEqual([404, "model_not_found"]);
    expect(errorOf(await send("/openai/deployments/nope/chat/completions?api-version=2024-10-21"))).toEqual([
      404,
      "model_not_found",
    ]);
    expect(errorOf(await send(V1, { body: { messages: [] } }))).toEqual([400, "missing_model"]);
    expect(errorOf(await send(V1, { body: "no json" }))).toEqual([400, "invalid_json"]);
    expect(azure.attempts).toEqual([]);
  }),
  probe("what lives in one account is refused", async (azure, send) => {
    for (const path of ["/openai/v1/files", "/openai/v1/responses/resp_1", "/openai/batches", "/openai/v1/fine_tuning/jobs"])
      expect(errorOf(await send(path, { method: "GET" })), path).toEqual([400, "account_bound"]);
    for (const more of [
      { previous_response_id: "resp_1" },
      { background: true },
      { conversation: "conv_1" },
      { input: [{ type: "item_reference", id: "x" }] },
      { input: [{ role: "user", content: [{ type: "input_file", file_id: "f1" }] }] },
    ])
      expect(errorOf(await send("/openai/v1/responses", { body: { model: "chat", input: "x", ...more } }))).toEqual([
        400,
        "account_bound",
      ]);
    expect(azure.attempts).toEqual([]);
    expect((await send("/openai/v1/responses", { body: { model: "chat", input: "x", store: false } })).status).toBe(200);
  }),
  probe("unknown URLs", async (_, send) => {
    expect(errorOf(await send("/openai/v2/thing"))).toEqual([404, "unknown_url"]);
    expect(errorOf(await send("/openai/v1/models", { method: "OPTIONS" }))).toEqual([404, "unknown_url"]);
    expect((await send("/other")).status).toBe(404);
  }),
  probe("keys", async (_, send) => {
    expect(errorOf(await send(V1, { key: "" }))).toEqual([401, "invalid_api_key"]);
    const inOwnHeader = await send(V1, { key: "", headers: { Authorization: "Bearer key" } });
    expect(inOwnHeader.json?.error?.message).toContain("has the header Authorization, where API Management does not look for it");
    expect(errorOf(await send(V1, { key: "wrong" }))).toEqual([401, "invalid_api_key"]);
  }),
  probe("the list of models", async (azure, send) => {
    const list = await send("/openai/v1/models", { method: "GET" });
    expect([list.status, list.json?.object, list.json?.data?.map(({ id }: { id: string }) => id)]).toEqual([
      200,
      "list",
      ["chat", "embeddings"],
    ]);
    expect((await send("/openai/v1/models/chat", { method: "GET" })).json?.id).toBe("chat");
    expect(errorOf(await send("/openai/v1/models/nope", { method: "GET" }))).toEqual([404, "model_not_found"]);
    expect(azure.attempts).toEqual([]);
  }),
  probe("a consumer's tokens per minute", async (azure, send) => {
    const key = keyOf(azure.arm, "nightly-jobs");
    const small = await send(V1, { key });
    expect([small.status, Number(small.headers.get("x-consumer-remaining-tokens")) > 50_000]).toEqual([200, true]);
    azure.attempts.length = 0;
    const got = await send(V1, { key, body: { ...chat, messages: [{ role: "user", content: "word ".repeat(47_600) }] } });
    expect([...errorOf(got), Number(got.headers.get("retry-after")) > 0]).toEqual([429, "consumer_token_limit", true]);
    const above = await send(V1, { key, body: { ...chat, messages: [{ role: "user", content: "word ".repeat(70_000) }] } });
    expect(errorOf(above)).toEqual([400, "request_too_large_for_consumer"]);
    expect(azure.attempts).toEqual([]);
  }),
  probe("metrics tell consumer and deployment", async (azure, send) => {
    await send(V1);
    const dimensions = azure.records.flatMap((record) => (record.kind === "metric" ? [record.dimensions] : []));
    expect(dimensions.length).toBeGreaterThan(0);
    for (const one of dimensions) expect(one).toMatchObject({ consumer: "chat-web", deployment: "chat" });
  }),
  probe("a body that no policy reads is repeated too", async (azure, send) => {
    azure.faults.set({ kind: "status", status: 503, times: 1 });
    const body = { model: "chat", prompt: "a cat" };
    // The account does not draw with a chat model, and says so when it has read the whole request.
    const got = await send("/openai/deployments/chat/images/generations?api-version=2024-10-21", { body });
    expect(errorOf(got)).toEqual([400, "OperationNotSupported"]);
    expect(azure.received.map(({ request }) => Buffer.from(request.body).toString())).toEqual(
      Array(2).fill(JSON.stringify(body)),
    );
  }),
  probe("the model of a form", async (azure, send) => {
    const body = new FormData();
    body.append("file", new Blob(["RIFF"]), "a.wav");
    body.append("model", "chat");
    await send("/openai/v1/audio/transcriptions", { body });
    expect(azure.attempts).toHaveLength(1);
  }),
  cell("401, the role is not there yet", "one"),
  cell("403, network rules or a missing role", "all"),
  cell("403, the content filter", "all"),
  cell("404, `DeploymentNotFound`", "one"),
  cell("404, anything else", "one"),
  cell("408", "all"),
  cell("429 with Retry-After in seconds", "one"),
  cell("429 with Retry-After in seconds", "all"),
  cell("429 without Retry-After", "all"),
  cell("429 with Retry-After of one day", "all"),
  cell("500", "one"),
  cell("503 with Retry-After 30", "all"),
  cell("its name does not resolve", "one"),
  cell("its name does not resolve", "all"),
  cell("the connection is reset", "one", { transportFailureTripsBreaker: true, responseAfterError: "503" }),
  cell("no headers within 230 s", "one"),
  cell("the answer breaks off in the middle", "one", {}, true),
  // The slower ones last: most mistakes are found before.
  probe("what a dead member leaves is shared by the others", async (azure, send) => {
    const [dead = "", ...others] = azure.hosts;
    azure.faults.set({ kind: "dns", host: dead });
    for (let i = 0; i < 24; i++) expect((await send(V1)).status).toBe(200);
    const after = hostsCalled(azure).filter((_, i, all) => all[i - 1] === dead);
    for (const host of others) expect(after.filter((one) => one === host).length, host).toBeGreaterThan(0);
  }),
  probe("a pool that gives the same member again is left", async (azure, send) => {
    azure.use({ breakerVisibilityMs: 600_000, poolSelection: "random" });
    for (const host of azure.hosts.slice(1)) azure.faults.set({ kind: "throttled", host, retryAfterSeconds: 5 });
    for (let i = 0; i < 20; i++) expect((await send(V1)).status).toBe(200);
  }),
  probe("a body of 2 MiB is repeated", async (azure, send) => {
    azure.faults.set({ kind: "throttled", times: 1 });
    expect((await send(V1, { body: padded(2 * MIB) })).status).toBe(200);
    expect(azure.received.map(({ request }) => request.body.length)).toEqual([2 * MIB, 2 * MIB]);
  }),
  probe("a larger one is refused, or goes once", async (azure, send) => {
    const body = padded(2 * MIB + 1);
    expect(errorOf(await send(V1, { body }))).toEqual([413, "body_too_large"]);
    expect((await send(DEPLOYMENTS, { body })).status).toBe(200);
    azure.faults.set({ kind: "throttled", retryAfterSeconds: 30 });
    azure.attempts.length = 0;
    const got = await send(DEPLOYMENTS, { body });
    expect([...errorOf(got), got.headers.get("retry-after"), azure.attempts.length]).toEqual([
      429,
      "rate_limit_exceeded",
      "1",
      1,
    ]);
  }),
  probe("and one of unknown length is refused", async (_, send) => {
    const body = padded(2 * MIB + 1);
    for (const path of [DEPLOYMENTS, "/openai/deployments/chat/images/generations?api-version=2024-10-21"])
      expect(errorOf(await send(path, { body: new Blob([body]).stream() }))).toEqual([413, "body_too_large"]);
  }),
];

const waysOf = ({ attempts, placeOf, entrance }: Deployed) =>
  attempts.map((attempt) => {
    const place = placeOf(attempt);
    return place === entrance ? "balanced" : place.startsWith(`${entrance}/`) ? "steered" : "straight";
  });
const PROOF = "x-gateway-proof";
const streaming = { ...chat, stream: true };

/** The same for a stack whose first choice is Front Door, which balances, and which streams do not pass. */
export const behindProbes: readonly Probe[] = [
  probe("while nothing is throttled, the entrance has all calls and spreads them", async (azure, send) => {
    for (let i = 0; i < 9; i++) expect((await send(i % 2 === 0 ? V1 : DEPLOYMENTS)).status).toBe(200);
    expect(waysOf(azure)).toEqual(Array(9).fill("balanced"));
    expect(new Set(azure.received.map(({ request }) => request.url.hostname)).size).toBe(azure.hosts.length);
  }),
  probe("calls that stream go straight, without the proof", async (azure, send) => {
    const headers = { [PROOF]: "mine" };
    const form = new FormData();
    form.append("file", new Blob(["RIFF"]), "a.wav");
    form.append("model", "chat");
    form.append("stream", "true");
    const calls: [string, Sent][] = [
      [V1, { body: streaming, headers }],
      [DEPLOYMENTS, { body: streaming, headers }],
      ["/openai/deployments/chat/audio/speech?api-version=2024-10-21", { body: { input: "x", stream_format: "sse" }, headers }],
      ["/openai/v1/audio/transcriptions", { body: form, headers }],
      [DEPLOYMENTS, { body: padded(2 * MIB + 1), headers }],
    ];
    for (const [path, sent] of calls) await send(path, sent);
    expect(waysOf(azure)).toEqual(Array(calls.length).fill("straight"));
    for (const { request } of azure.received) expect(request.headers.has(PROOF)).toBe(false);
  }),
  probe("others do not, whatever a caller sends as proof", async (azure, send) => {
    for (let i = 0; i < 3; i++) expect((await send(V1, { headers: { [PROOF]: "mine" } })).status).toBe(200);
    await send("/openai/deployments/chat/audio/speech?api-version=2024-10-21", { body: { input: "x" } });
    expect(waysOf(azure)).toEqual(Array(4).fill("balanced"));
  }),
  probe("a throttled account: the others one by one, itself once at most", async (azure, send) => {
    const [, full = ""] = azure.hosts;
    azure.faults.set({ kind: "throttled", host: full, retryAfterSeconds: 30 });
    for (let i = 0; i < 12; i++) expect((await send(V1)).status).toBe(200);
    const first = azure.attempts.findIndex(({ status }) => status === 429);
    expect(waysOf(azure).slice(first + 1)).toEqual(Array(azure.attempts.length - first - 1).fill("steered"));
    expect(azure.received.filter(({ request }) => request.url.hostname === full).length).toBeLessThanOrEqual(2);
    expect(new Set(azure.received.slice(first + 1).map(({ request }) => request.url.hostname)).size).toBe(azure.hosts.length);
  }),
  probe("what the entrance answers itself is remembered like what an account does", async (azure, send) => {
    for (const host of azure.hosts) azure.faults.set({ kind: "dns", host });
    expect(errorOf(await send(V1))).toEqual([503, "service_unavailable"]);
    await azure.clock.advance(4000);
    azure.attempts.length = 0;
    const got = await send(V1);
    expect([...errorOf(got), got.headers.get("retry-after"), azure.attempts.length]).toEqual([
      503,
      "service_unavailable",
      "6",
      0,
    ]);
  }),
  cell("429 with Retry-After in seconds", "one"),
  cell("429 with Retry-After in seconds", "all"),
  cell("429 with Retry-After in seconds", "all", {}, true),
  cell("403, network rules or a missing role", "all"),
  cell("503 with Retry-After 30", "all"),
  cell("its name does not resolve", "one"),
  cell("its name does not resolve", "all"),
];
