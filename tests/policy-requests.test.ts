/** What the gateway answers itself, and what of a request and an answer goes through it. */
import { AzureOpenAI } from "openai";
import { describe, expect, it } from "vitest";
import { deployedInProcess } from "./support/deployed-in-process.ts";
import type { Answer } from "./support/gateway.ts";
import { chat, deploymentPath, keyOf, serve, V1, type World } from "./support/policies.ts";

const dev = () => serve({});
const served = await dev();
const silent = async (path: string, call: Parameters<typeof served.call>[1]) => {
  const at = await dev();
  const reply = await at.call(path, call);
  expect(at.attempts).toEqual([]);
  return reply;
};
const answering = (answer: Answer): World => ({
  accounts: Object.fromEntries(["swedencentral", "eastus2", "francecentral"].map((name) => [name, () => answer])),
});
const shape = (code: string, type = "invalid_request_error") => ({
  error: { message: expect.any(String), type, param: null, code },
});

describe("a request that cannot be routed", () => {
  it.each([
    ["an unknown model, v1 API", V1, chat("gpt-unknown"), 404, "model_not_found"],
    ["an unknown model, deployments API", deploymentPath("gpt-unknown"), chat(), 404, "model_not_found"],
    ["a model's name in other letters", V1, chat("Chat"), 404, "model_not_found"],
    ["a body that is no JSON", V1, { body: "{", headers: { "Content-Type": "application/json" } }, 400, "invalid_json"],
    ["an empty body", V1, { body: "" }, 400, "invalid_json"],
    ["a JSON array", V1, { body: [] }, 400, "invalid_json"],
    ["a body without a model", V1, { body: { messages: [] } }, 400, "missing_model"],
    ["a model that is no text", V1, { body: { model: 5 } }, 400, "missing_model"],
    [
      "a form without a model",
      "/v1/audio/transcriptions",
      {
        body: '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n--b--',
        headers: { "Content-Type": "multipart/form-data; boundary=b" },
      },
      400,
      "missing_model",
    ],
    ["an unknown path", "/v1/frobnicate", { method: "GET" }, 404, "unknown_url"],
    ["the wrong method", V1, { method: "DELETE" }, 404, "unknown_url"],
    ["a method that no API has", "/v1/models", { method: "HEAD" }, 404, "unknown_url"],
    ["a model called ?", V1, chat("?"), 404, "model_not_found"],
    ["a model called ? in the path", deploymentPath("%3F"), chat(), 404, "model_not_found"],
  ])("is refused in OpenAI's shape: %s", async (_, path, call, status, code) => {
    const reply = await silent(path, call);
    expect([reply.status, reply.json]).toEqual([status, shape(code)]);
    expect(reply.headers.get("content-type")).toBe("application/json");
  });

  it("repeats what the caller sent as text, whatever is in it", async () => {
    const reply = await silent(V1, chat('a"b\\c</x>\n'));
    expect(reply.json.error.message).toBe(
      `The model \`a"b\\c</x>\n\` does not exist here: GET /openai/v1/models lists those that do.`,
    );
  });

  it("repeats no more of a name than a deployment's can have", async () => {
    for (const [path, call] of [
      [V1, chat("x".repeat(100_000))],
      [`/v1/models/${"x".repeat(1000)}`, { method: "GET" }],
    ] as const)
      expect((await silent(path, call)).json.error.message).toContain(`The model \`${"x".repeat(64)}\` does not exist`);
  });

  it("says where the key belongs when it came in OpenAI's own header", async () => {
    const key = keyOf(served.arm, "chat-web");
    const message = async (headers: Record<string, string>) =>
      (await silent(V1, { ...chat(), headers: { "api-key": "", ...headers } })).json.error.message;
    expect(await message({ Authorization: `Bearer ${key}` })).toContain(
      "in the header api-key; this call has the header Authorization, where API Management does not look for it.",
    );
    expect(await message({})).not.toContain("Authorization");
  });

  it.each([
    ["no key", { "api-key": "" }],
    ["a wrong key", { "api-key": "0123" }],
    ["a key in OpenAI's own header", { "api-key": "", Authorization: `Bearer ${keyOf(served.arm, "chat-web")}` }],
  ])("is refused with %s", async (_, headers) => {
    const reply = await silent(V1, { ...chat(), headers });
    expect([reply.status, reply.json]).toEqual([401, shape("invalid_api_key")]);
  });
});

const RESPONSES = [
  "/v1/responses",
  "/responses?api-version=2025-04-01-preview",
  "/v1/responses/input_tokens",
  "/v1/responses/compact",
];

describe("what lives in one account", () => {
  it.each([
    ["GET", "/v1/responses/resp_1"],
    ["DELETE", "/v1/responses/resp_1"],
    ["GET", "/v1/responses/resp_1/input_items"],
    ["POST", "/v1/files"],
    ["GET", "/files"],
    ["POST", "/v1/batches"],
    ["GET", "/v1/assistants"],
    ["POST", "/threads/t1/runs"],
    ["GET", "/v1/vector_stores"],
    ["POST", "/v1/fine_tuning/jobs"],
    ["POST", "/fine-tuning/jobs"],
    ["GET", "/v1/conversations/c1"],
    ["GET", "/v1/chat/completions/c1"],
    ["GET", "/v1/chat/completions"],
    ["GET", "/deployments/chat/batches"],
    ["POST", "/deployments/chat/batches"],
    ["GET", "/v1/Files"],
    ["GET", "/responses/resp_1"],
    ["HEAD", "/v1/files"],
  ])("is refused and says why: %s %s", async (method, path) => {
    const reply = await silent(path, { method, ...(method === "GET" ? {} : { body: {} }) });
    expect([reply.status, reply.json]).toEqual([400, shape("account_bound")]);
    expect(reply.json.error.message).toBe(
      `${method} /openai${path}: this is kept in one Azure OpenAI account, and this gateway spreads calls over several. Call an account at its own address for it, with a token of Microsoft Entra ID.`,
    );
  });

  it.each([
    ["previous_response_id", { previous_response_id: "resp_1" }],
    ["conversation", { conversation: "conv_1" }],
    ["conversation as an object", { conversation: { id: "conv_1" } }],
    ["background", { background: true }],
    ["prompt", { prompt: { id: "pmpt_1" } }],
    ["a file", { input: [{ role: "user", content: [{ type: "input_file", file_id: "assistant-1" }] }] }],
    ["a file beside others", { input: [{ content: "x" }, { content: [{ text: "x" }, { type: "input_image", file_id: "f1" }] }] }],
    ["a file in a tool's answer", { input: [{ type: "computer_call_output", output: { file_id: "f1" } }] }],
    ["a vector store", { tools: [{ type: "web_search" }, { type: "file_search", vector_store_ids: ["vs_1"] }] }],
    ["a container", { tools: [{ type: "code_interpreter", container: "cntr_1" }] }],
    ["a new container with files", { tools: [{ type: "code_interpreter", container: { type: "auto", file_ids: ["f1"] } }] }],
    [
      "an item of another response",
      {
        input: [
          { role: "user", content: "x" },
          { type: "item_reference", id: "msg_1" },
        ],
      },
    ],
  ])("is refused in a response: %s", async (_, more) => {
    for (const path of RESPONSES) {
      const reply = await silent(path, { body: { model: "chat", input: "hello", ...more } });
      expect([reply.status, reply.json], path).toEqual([400, shape("account_bound")]);
      expect(reply.json.error.message).toContain("store: false");
    }
  });

  it.each([
    ["nothing of it", {}],
    ["null", { previous_response_id: null, conversation: null, background: null }],
    ["background off", { background: false }],
    ["messages as input", { input: [{ role: "user", content: [{ type: "input_text", text: "x" }] }] }],
    ["store, the service's default", { store: true }],
    ["a new container", { tools: [{ type: "code_interpreter", container: { type: "auto" } }] }],
    [
      "an image as data",
      { input: [{ content: [{ type: "input_image", file_id: null, image_url: "data:image/png;base64,AA==" }] }] },
    ],
    ["a word that is one of the names", { input: [{ content: [{ type: "input_text", text: "file_id, container" }] }] }],
  ])("is not meant by %s", async (_, more) => {
    const at = await dev();
    for (const path of RESPONSES)
      expect((await at.call(path, { body: { model: "chat", input: "hello", ...more } })).status, path).toBe(200);
    expect(at.sent.map(({ url }) => url.pathname + url.search)).toEqual(RESPONSES.map((path) => `/openai${path}`));
  });
});

describe("a response through the official client for dated API versions", () => {
  it("goes to every member in turn", async () => {
    const azure = await deployedInProcess();
    try {
      const client = new AzureOpenAI({ endpoint: azure.url, apiKey: azure.key, apiVersion: "2025-04-01-preview", maxRetries: 0 });
      for (let i = 0; i < 3; i++) {
        const answer = await client.responses.create({ model: "chat", input: "hello", store: false });
        expect(answer.output_text).not.toBe("");
      }
      expect(new Set(azure.attempts.map(({ host }) => host)).size).toBe(3);
      azure.faults.set({ kind: "throttled", host: azure.hosts[0] ?? "", retryAfterSeconds: 30 });
      for (let i = 0; i < 3; i++) await client.responses.create({ model: "chat", input: "hello", store: false });
      await expect(client.responses.retrieve("resp_1")).rejects.toMatchObject({ status: 400, code: "account_bound" });
      const records = azure.records.flatMap((record) => (record.kind === "metric" ? [record.dimensions] : []));
      expect(records[0]).toMatchObject({ deployment: "chat", api: "deployments" });
    } finally {
      await azure.close();
    }
  });
});

describe("the list of models", () => {
  it.each(["/models?api-version=2024-10-21", "/v1/models"])("comes from the plan: %s", async (path) => {
    const reply = await silent(path, { method: "GET" });
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      object: "list",
      data: [
        { id: "chat", object: "model", created: 1765411200, owned_by: "azure-openai", model: "gpt-5.2", version: "2025-12-11" },
        { id: "embeddings", object: "model", created: 0, model: "text-embedding-3-large", version: "1" },
      ],
    });
  });

  it.each(["/models/embeddings", "/v1/models/embeddings"])("has each by its name: %s", async (path) => {
    expect(await silent(path, { method: "GET" })).toMatchObject({ status: 200, json: { id: "embeddings", object: "model" } });
  });

  it("does not have others", async () => {
    expect(await silent("/v1/models/gpt-4", { method: "GET" })).toMatchObject({ status: 404, json: shape("model_not_found") });
  });
});

describe("between caller and account", () => {
  it("no key passes, and the account gets the gateway's own token", async () => {
    const at = await dev();
    const key = keyOf(at.arm, "chat-web");
    const headers = {
      Authorization: "Bearer mine",
      "Ocp-Apim-Subscription-Key": key,
      "Ocp-Apim-Trace": "true",
      "x-ms-spillover-deployment": "cheap",
      "Accept-Encoding": "br, zstd",
      "x-mine": "removed",
      "x-ms-client-request-id": "kept",
    };
    await at.call(`${deploymentPath()}&subscription-key=${key}`, { ...chat(), headers });
    const [sent] = at.sent;
    expect(JSON.stringify([sent?.url.href, sent?.headers.fields])).not.toContain(key);
    expect(
      ["api-key", "ocp-apim-subscription-key", "ocp-apim-trace", "x-ms-spillover-deployment", "accept-encoding"].filter((name) =>
        sent?.headers.has(name),
      ),
    ).toEqual([]);
    expect(sent?.headers.get("authorization")).toMatch(/^Bearer ey/);
    expect([sent?.headers.get("x-mine"), sent?.headers.get("x-ms-client-request-id")]).toEqual([undefined, "kept"]);
    expect(sent?.url.search).toBe("?api-version=2024-10-21");
  });

  it("the service's own headers stay inside, the answer's pass", async () => {
    const at = await serve(
      {},
      {
        accounts: Object.fromEntries(
          ["swedencentral", "eastus2", "francecentral"].map((name) => [
            name,
            () => ({ headers: { "azureml-model-session": "s1", "x-ms-deployment-name": "d", "x-ratelimit-limit-tokens": "5" } }),
          ]),
        ),
      },
    );
    const { headers } = await at.call(V1, chat());
    expect([
      headers.has("azureml-model-session"),
      headers.has("x-ms-deployment-name"),
      headers.get("x-ratelimit-limit-tokens"),
    ]).toEqual([false, false, "5"]);
  });
});

describe("a consumer", () => {
  it("has tokens per minute of its own", async () => {
    const at = await serve({ consumers: [{ name: "chat-web" }, { name: "nightly-jobs", tokensPerMinute: 1000 }] });
    const long = chat("chat", { messages: [{ role: "user", content: "x".repeat(2800) }] });
    const first = await at.call(V1, { ...long, consumer: "nightly-jobs" });
    expect(first.status).toBe(200);
    const second = await at.call(V1, { ...long, consumer: "nightly-jobs" });
    expect([second.status, second.json]).toEqual([429, shape("consumer_token_limit", "rate_limit_error")]);
    const wait = Number(second.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(second.json.error.message).toContain(` ${wait} s.`);
    expect((await at.call(V1, long)).status).toBe(200);
    expect((await at.call("/v1/models", { method: "GET", consumer: "nightly-jobs" })).status).toBe(200);
  });

  it("has a quota for a longer period, and may use it at any pace", async () => {
    const tokenQuota = { tokens: 1000, period: "Daily" };
    const body = JSON.stringify({ usage: { prompt_tokens: 400, completion_tokens: 100, total_tokens: 500 } });
    const at = await serve({ consumers: [{ name: "chat-web" }, { name: "nightly-jobs", tokenQuota }] }, answering({ body }));
    const long = chat("chat", { messages: [{ role: "user", content: "x".repeat(2000) }] });
    const first = await at.call(V1, { ...long, consumer: "nightly-jobs" });
    expect([first.status, first.headers.get("x-consumer-remaining-quota")]).toEqual([200, "500"]);
    const second = await at.call(V1, { ...long, consumer: "nightly-jobs" });
    expect([second.status, second.json]).toEqual([403, shape("consumer_quota", "insufficient_quota")]);
    expect(second.headers.has("retry-after")).toBe(false);
    expect(second.json.error.message).toBe("The token quota of this key is used up; it begins anew in 54000 s.");
    await at.clock.advance(3_600_000);
    expect((await at.call(V1, { ...long, consumer: "nightly-jobs" })).status).toBe(403);
    expect((await at.call(V1, long)).status).toBe(200);
    await at.clock.advance(14 * 3_600_000);
    expect((await at.call(V1, { ...long, consumer: "nightly-jobs" })).status).toBe(200);
  });

  it("may have both limits, counted once", async () => {
    const limits = { tokensPerMinute: 700, tokenQuota: { tokens: 2000, period: "Hourly" } };
    const at = await serve({ consumers: [{ name: "nightly-jobs", ...limits }] }, answering({}));
    const call = chat("chat", { messages: [{ role: "user", content: "x".repeat(2000) }] });
    const statuses: number[] = [];
    for (const seconds of [0, 1, 60, 60, 60]) {
      await at.clock.advance(seconds * 1000);
      statuses.push((await at.call(V1, { ...call, consumer: "nightly-jobs" })).status);
    }
    expect(statuses).toEqual([200, 429, 200, 200, 403]);
  });

  it.each([
    ["v1", V1],
    ["deployments", deploymentPath()],
  ])("is a dimension of the token metrics, beside the deployment and the API: %s", async (api, path) => {
    const body = JSON.stringify({ usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } });
    const at = await serve({}, answering({ body }));
    await at.call(path, chat());
    expect(at.records.filter(({ kind }) => kind === "metric")).toEqual(
      [
        ["Total Tokens", 7],
        ["Prompt Tokens", 3],
        ["Completion Tokens", 4],
      ].map(([name, value]) =>
        expect.objectContaining({
          namespace: "openai",
          name,
          value,
          dimensions: { consumer: "chat-web", deployment: "chat", api },
        }),
      ),
    );
  });
});

describe("a caller with a token of Microsoft Entra ID", () => {
  const TENANT = "11111111-1111-4111-8111-111111111111";
  const APP = "22222222-2222-4222-8222-222222222222";
  const AUDIENCE = "api://azure-openai-gateway";
  const limited = { name: "nightly-jobs", tokensPerMinute: 1000 };
  const gateway = (entra: object, world?: World) =>
    serve(
      {
        consumers: [{ name: "chat-web" }, limited],
        entra: { tenantId: TENANT, audiences: [AUDIENCE], clientIds: [APP], ...entra },
      },
      world,
    );
  type At = Awaited<ReturnType<typeof gateway>>;
  const bearer = (at: At, claims: object = {}) => ({
    Authorization: `Bearer ${at.entra.issue({ aud: AUDIENCE, oid: APP, tid: TENANT, ...claims })}`,
  });
  const noKey = { "api-key": "" };

  it("needs no key, and its token goes no further than the gateway", async () => {
    const at = await gateway({});
    const headers = { ...noKey, ...bearer(at) };
    for (const path of [V1, deploymentPath()]) expect((await at.call(path, { ...chat(), headers })).status).toBe(200);
    for (const { headers: sent } of at.sent) {
      expect(sent.get("authorization")).toMatch(/^Bearer ey/);
      expect(sent.get("authorization")).not.toBe(headers.Authorization);
      expect(at.entra.verify(sent.get("authorization")?.slice(7) ?? "")).toMatchObject({
        aud: "https://cognitiveservices.azure.com",
      });
    }
    expect((await at.call("/v1/models", { method: "GET", headers })).status).toBe(200);
  });

  it.each<[what: string, claims: object | undefined]>([
    ["no token", undefined],
    ["another tenant", { tid: APP }],
    ["another audience", { aud: "https://cognitiveservices.azure.com" }],
    ["another application", { oid: TENANT }],
  ])("is refused with %s, also with a key", async (_, claims) => {
    const at = await gateway({});
    const headers = claims ? bearer(at, claims) : {};
    for (const more of [noKey, {}]) {
      const reply = await at.call(V1, { ...chat(), headers: { ...headers, ...more } });
      expect([reply.status, reply.json]).toEqual([401, shape("invalid_token")]);
      expect(reply.json.error.message).toBe(
        "Access denied: send a token of Microsoft Entra ID that was issued for this gateway in the header Authorization.",
      );
    }
    expect(at.attempts).toEqual([]);
  });

  it("is refused once the token has expired, or where somebody changed it", async () => {
    const at = await gateway({});
    const headers = { ...noKey, ...bearer(at) };
    const [head, payload, signature] = headers.Authorization.split(".");
    const claims = JSON.parse(Buffer.from(payload ?? "", "base64url").toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1e6 })).toString("base64url");
    const Authorization = [head, forged, signature].join(".");
    expect((await at.call(V1, { ...chat(), headers: { ...noKey, Authorization } })).status).toBe(401);
    await at.clock.advance(3_601_000);
    expect((await at.call(V1, { ...chat(), headers })).json).toEqual(shape("invalid_token"));
  });

  it("has limits only with a consumer's key", async () => {
    const at = await gateway({});
    const long = { ...chat("chat", { messages: [{ role: "user", content: "x".repeat(2800) }] }), headers: bearer(at) };
    const statuses = async (call: object, count: number) => {
      const all: number[] = [];
      for (let i = 0; i < count; i++) all.push((await at.call(V1, { ...long, ...call })).status);
      return all;
    };
    expect(await statuses({ consumer: "nightly-jobs" }, 2)).toEqual([200, 429]);
    expect(await statuses({ headers: { ...long.headers, ...noKey } }, 3)).toEqual([200, 200, 200]);
  });

  it("may bring a key in its place: key-or-token", async () => {
    const at = await gateway({ require: "key-or-token" });
    expect((await at.call(V1, chat())).status).toBe(200);
    expect((await at.call(V1, { ...chat(), headers: { ...noKey, ...bearer(at) } })).status).toBe(200);
    const reply = await at.call(V1, { ...chat(), headers: noKey });
    expect([reply.status, reply.json]).toEqual([401, shape("invalid_token")]);
    expect(reply.json.error.message).toContain(", or the key of an active subscription in the header api-key.");
    // A key that is none is no proof, and no hindrance to a token.
    expect((await at.call(V1, { ...chat(), headers: { "api-key": "0123" } })).status).toBe(401);
    expect((await at.call(V1, { ...chat(), headers: { "api-key": "0123", ...bearer(at) } })).status).toBe(200);
  });

  it("must bring a key as well: key-and-token, and nothing is counted for a token that is refused", async () => {
    const at = await gateway({ require: "key-and-token" });
    expect((await at.call(V1, { ...chat(), headers: bearer(at) })).status).toBe(200);
    expect((await at.call(V1, { ...chat(), headers: { ...noKey, ...bearer(at) } })).json).toEqual(shape("invalid_api_key"));
    const long = chat("chat", { messages: [{ role: "user", content: "x".repeat(2800) }] });
    for (let i = 0; i < 3; i++)
      expect((await at.call(V1, { ...long, consumer: "nightly-jobs" })).json).toEqual(shape("invalid_token"));
    expect((await at.call(V1, { ...long, consumer: "nightly-jobs", headers: bearer(at) })).status).toBe(200);
  });

  it.each<[require: string, headers: (at: At) => Record<string, string>, consumer: string]>([
    ["token", (at) => ({ ...noKey, ...bearer(at) }), APP],
    ["token", bearer, "chat-web"],
    ["key-or-token", (at) => ({ ...noKey, ...bearer(at) }), APP],
    ["key-or-token", () => ({}), "chat-web"],
    ["key-and-token", bearer, "chat-web"],
  ])("is named in the metrics by its key, else by its application: %s", async (require, headers, consumer) => {
    const body = JSON.stringify({ usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } });
    const at = await gateway({ require }, answering({ body }));
    await at.call(V1, { ...chat(), headers: headers(at) });
    expect(at.records[0]).toMatchObject({ dimensions: { consumer } });
  });

  it("is asked for audiences or applications alone where only one of the two is configured", async () => {
    const one = await serve({ entra: { tenantId: TENANT, audiences: [AUDIENCE] } });
    expect((await one.call(V1, { ...chat(), headers: { ...noKey, ...bearer(one, { oid: TENANT }) } })).status).toBe(200);
    const other = await serve({ entra: { tenantId: TENANT, clientIds: [APP] } });
    expect((await other.call(V1, { ...chat(), headers: { ...noKey, ...bearer(other, { aud: "api://any" }) } })).status).toBe(200);
    expect((await other.call(V1, { ...chat(), headers: { ...noKey, ...bearer(other, { oid: TENANT }) } })).status).toBe(401);
  });
});
