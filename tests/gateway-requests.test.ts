import { describe, expect, it } from "vitest";
import { DEFAULT_POLICY } from "../sandbox/arm/rules/index.ts";
import { checkPolicy } from "../sandbox/gateway/index.ts";
import { Body } from "../sandbox/gateway/message.ts";
import { HeaderList, TransportError } from "../sandbox/http.ts";
import { chunks, document, pool, read, USE_POOL, world } from "./support/gateway.ts";

/** A body that has no end of its own. */
function endless(): { body: AsyncIterable<Uint8Array>; isOpen(): boolean } {
  let open = true;
  const piece = new TextEncoder().encode("more ");
  const iterator: AsyncIterator<Uint8Array> = {
    next: async () => ({ done: false, value: piece }),
    async return() {
      open = false;
      return { done: true, value: undefined };
    },
  };
  return { body: { [Symbol.asyncIterator]: () => iterator }, isOpen: () => open };
}

const mark = (name: string) => `<set-header name="x-order" exists-action="append"><value>${name}</value></set-header>`;
const whole = (inbound: string) =>
  `<policies><inbound>${inbound}</inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>`;
const ON_ERROR = `<set-header name="x-error" exists-action="override"><value>@(context.LastError.Source + "/" + context.LastError.Reason + "/" + context.LastError.Scope + "/" + context.LastError.Section + "/" + context.LastError.Path + "/" + context.LastError.PolicyId)</value></set-header>`;

it("answers alike with the global document of a new service and with none", async () => {
  const answers = async (setting: Parameters<typeof world>[0]) => {
    const made = world(setting);
    const replies = [
      await made.call(),
      await made.call("/openai/none"),
      await made.call("/none"),
      await made.call(undefined, { headers: { "api-key": "" } }),
    ];
    return [replies.map(({ status, text }) => [status, text]), made.attempts.map(({ host, path }) => [host, path])];
  };
  const api = whole("<base />");
  const known = { namedValue: () => false, backend: () => false, fragment: () => false };
  for (const sku of ["Developer", "BasicV2", "Consumption"]) {
    expect(checkPolicy({ xml: DEFAULT_POLICY, format: "xml", scope: "global", sku }, known)).toEqual([]);
    expect(await answers({ sku, api, global: DEFAULT_POLICY })).toEqual(await answers({ sku, api }));
  }
});

describe("subscription keys", () => {
  const MISSING =
    "Access denied due to missing subscription key. Make sure to include subscription key when making requests to this API.";
  const INVALID = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.";

  it.each([
    ["the primary key", { "api-key": "key-web" }, "", 200],
    ["the secondary key", { "api-key": "key-web-2" }, "", 200],
    ["a key in the query", { "api-key": "" }, "?subscription-key=key-web", 200],
    ["no key", { "api-key": "" }, "", 401],
    ["an unknown key", { "api-key": "nobody" }, "", 401],
    ["the key of a suspended subscription", { "api-key": "key-suspended" }, "", 401],
    ["the key of a product without this API", { "api-key": "key-other" }, "", 401],
    ["the key of a product that is not published", { "api-key": "key-draft" }, "", 401],
    ["a key for this API", { "api-key": "key-api" }, "", 200],
    ["a key for another API", { "api-key": "key-other-api" }, "", 401],
    ["a key for every API", { "api-key": "key-all" }, "", 200],
  ])("%s", async (_, headers, query, status) => {
    const made = world();
    const subscription = (id: string, scope: string, state = "active") =>
      made.arm.child(`subscriptions/${id}`, { scope, state }, { primaryKey: `key-${id}` });
    subscription("suspended", "/products/web", "suspended");
    made.arm.child("products/other", { state: "published" });
    subscription("other", "/products/other");
    made.arm.child("products/draft", { state: "notPublished" });
    made.arm.child("products/draft/apis/openai", {});
    subscription("draft", "/products/draft");
    subscription("api", "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/apim-test/apis/openai");
    subscription("other-api", "/apis/other");
    subscription("all", "/apis");
    const reply = await made.call(`/openai/chat/1${query}`, { headers });
    expect(reply.status).toBe(status);
    if (status === 401) {
      expect(JSON.parse(reply.text)).toEqual({ statusCode: 401, message: headers["api-key"] === "" ? MISSING : INVALID });
      expect(made.attempts).toEqual([]);
    }
  });

  it("are not needed by an API without them, nor by one in an open product", async () => {
    const made = world();
    made.arm.child("products/open", { state: "published", subscriptionRequired: false });
    made.arm.child("products/open/apis/openai", {});
    expect((await made.call(undefined, { headers: { "api-key": "" } })).status).toBe(200);
    expect((await made.call(undefined, { headers: { "api-key": "wrong" } })).status).toBe(401);
    made.arm.child("apis/openai", { path: "openai", subscriptionRequired: false, serviceUrl: "https://default.example" });
    expect((await made.call(undefined, { headers: { "api-key": "wrong" } })).status).toBe(200);
  });

  it("that are missing reach on-error of API and global, but no inbound policy", async () => {
    const made = world({
      global: document({ inbound: mark("global"), backend: "<forward-request />", onError: ON_ERROR }).replaceAll("<base />", ""),
      api: document({ onError: `<set-status code="403" reason="No" />` }),
    });
    const { status, headers } = await made.call(undefined, { headers: { "api-key": "" } });
    expect([status, headers.get("x-error"), headers.get("x-order")]).toEqual([
      403,
      "authorization/SubscriptionKeyNotFound////",
      undefined,
    ]);
  });

  it("are forwarded unless a policy removes them", async () => {
    const made = world();
    await made.call();
    expect(made.sent[0]?.headers.get("api-key")).toBe("key-web");
  });
});

describe("finding the operation", () => {
  it.each([
    ["POST", "/openai/chat/a%20b", 200, "chat:a b"],
    ["POST", "/OPENAI/chat/1", 200, "chat:1"],
    ["GET", "/openai/chat/1", 200, "any:"],
    ["GET", "/openai", 200, "any:"],
    ["GET", "/openai/models/", 200, "models:"],
    ["GET", "/openai/files/a/b/c", 200, "files:a/b/c"],
    ["POST", "/openai/chat/1/more", 404, undefined],
    ["DELETE", "/openai/chat/1", 404, undefined],
    ["POST", "/openaix/chat/1", 404, undefined],
    ["POST", "/other", 404, undefined],
  ])("%s %s", async (method, path, status, found) => {
    const echo = `<return-response><set-body>@(context.Operation.Id + ":" + context.Request.MatchedParameters.GetValueOrDefault("id", context.Request.MatchedParameters.GetValueOrDefault("path", "")))</set-body></return-response>`;
    const made = world({ api: document({ inbound: echo }) });
    made.arm.child("apis/openai/operations/models", { method: "GET", urlTemplate: "/models" });
    made.arm.child("apis/openai/operations/files", { method: "GET", urlTemplate: "/files/{*path}" });
    const reply = await made.call(path, { method });
    expect(reply.status).toBe(status);
    if (found !== undefined) expect(reply.text).toBe(found);
    else expect(JSON.parse(reply.text)).toEqual({ statusCode: 404, message: "Resource not found" });
  });

  it("without one: on-error of the API where it matched, else of the global document alone", async () => {
    const on = (name: string) =>
      `<policies><inbound /><backend><forward-request /></backend><outbound /><on-error>${mark(name)}<base /></on-error></policies>`;
    const made = world({ global: on("global").replace("<base />", ""), api: on("api") });
    expect((await made.call("/openai/chat/1", { method: "DELETE" })).headers.all("x-order")).toEqual(["api", "global"]);
    expect((await made.call("/nothing")).headers.all("x-order")).toEqual(["global"]);
  });

  it("finds the service by its host name", async () => {
    const made = world();
    expect((await made.call(undefined, { host: "127.0.0.1:8080" })).status).toBe(200);
    expect(await made.call(undefined, { host: "elsewhere.azure-api.net" })).toMatchObject({
      status: 404,
      text: expect.stringContaining("elsewhere.azure-api.net"),
    });
  });
});

describe("scopes", () => {
  it("run narrow first, with the broader document at <base />", async () => {
    const at = (name: string) => whole(`${mark(`${name}-before`)}<base />${mark(`${name}-after`)}`);
    const made = world({
      global: whole(mark("global")).replace("<backend><base /></backend>", "<backend><forward-request /></backend>"),
      product: at("product"),
      api: at("api"),
      operation: at("operation"),
    });
    await made.call();
    expect(made.sent[0]?.headers.all("x-order")).toEqual([
      "operation-before",
      "api-before",
      "product-before",
      "global",
      "product-after",
      "api-after",
      "operation-after",
    ]);
  });

  it("skip broader documents where <base /> is missing, and documents that do not exist", async () => {
    const made = world({ product: whole(mark("product")), operation: whole(`<base />${mark("operation")}`) });
    await made.call();
    expect(made.sent[0]?.headers.all("x-order")).toEqual(["product", "operation"]);
    const alone = world({ product: whole(mark("product")), api: whole(mark("api")) });
    await alone.call();
    expect(alone.sent[0]?.headers.all("x-order")).toEqual(["api"]);
  });

  it("without any document forward to the API's own service", async () => {
    const made = world();
    expect(await made.call("/openai/chat/1?a=b")).toMatchObject({ status: 200, text: "default.example" });
    expect(made.sent[0]?.url.href).toBe("https://default.example/openai/chat/1?a=b");
  });

  it("take changed documents, named values and fragments at once", async () => {
    const made = world({ api: document({ inbound: `<include-fragment fragment-id="f" />` }) });
    const order = async () => {
      await made.call();
      return made.sent.at(-1)?.headers.all("x-order");
    };
    made.arm.child("policyFragments/f", { format: "rawxml", value: `<fragment>${mark("{{name}}")}</fragment>` });
    made.arm.child("namedValues/id-1", { displayName: "name", value: "one" });
    expect(await order()).toEqual(["one"]);
    made.arm.child("namedValues/id-1", { displayName: "name", secret: true }, { value: `@("t" + "wo")` });
    expect(await order()).toEqual(["two"]);
    made.arm.child("policyFragments/f", { format: "rawxml", value: `<fragment>${mark("three")}</fragment>` });
    expect(await order()).toEqual(["three"]);
  });

  it("say what is wrong with a document that cannot be executed", async () => {
    const made = world({ api: "<policies>\n<inbound>\n<nothing /></inbound></policies>" });
    expect(await made.call()).toMatchObject({
      status: 500,
      text: expect.stringMatching(/apis\/openai\/policies\/policy: line 3: .*'nothing' is not a policy/),
    });
  });
});

describe("policies that change a request", () => {
  it("set, append, skip and delete header fields and query parameters", async () => {
    const header = (name: string, action: string, ...values: string[]) =>
      `<set-header name="${name}" exists-action="${action}">${values.map((v) => `<value>${v}</value>`).join("")}</set-header>`;
    const query = (name: string, action: string, ...values: string[]) =>
      `<set-query-parameter name="${name}" exists-action="${action}">${values.map((v) => `<value>${v}</value>`).join("")}</set-query-parameter>`;
    const made = world({
      api: document({
        inbound:
          header("a", "override", "1", "2") +
          header("b", "append", "3") +
          header("c", "skip", "4") +
          header("d", "skip", "5") +
          header("e", "delete") +
          query("k", "override", "@(1 + 1)") +
          query("l", "delete") +
          query("m", "append", "x y"),
      }),
    });
    await made.call("/openai/chat/1?k=1&l=2&m=3", { headers: { a: "0", b: "0", c: "0", e: "0" } });
    const headers = made.sent[0]?.headers;
    expect(["a", "b", "c", "d", "e"].map((name) => headers?.all(name))).toEqual([["1", "2"], ["0", "3"], ["0"], ["5"], []]);
    expect(made.sent[0]?.url.search).toBe("?m=3&k=2&m=x+y");
  });

  it("rewrite the path, with and without the parameters that the template does not name", async () => {
    const rewritten = async (attributes: string) => {
      const made = world({ api: document({ inbound: `<rewrite-uri ${attributes} />` }) });
      await made.call("/openai/chat/7?x=1");
      return made.sent[0]?.url.href;
    };
    expect(await rewritten(`template="/v2/{id}/go?y=2"`)).toBe("https://default.example/openai/v2/7/go?y=2&x=1");
    expect(await rewritten(`template="/v2" copy-unmatched-params="false"`)).toBe("https://default.example/openai/v2");
  });

  it("set body and method, and a base URL with the rest of the path", async () => {
    const made = world({
      api: document({
        inbound: `<set-method>PUT</set-method><set-body>@(context.Request.Body.As<string>(true) + "!")</set-body><set-backend-service base-url="https://new.example/base" />`,
      }),
    });
    await made.call("/openai/chat/1", { body: "hello" });
    expect(made.sent[0]).toMatchObject({ method: "PUT", url: new URL("https://new.example/base/chat/1") });
    expect(Buffer.from(made.sent[0]?.body ?? []).toString()).toBe("hello!");
  });

  it("forward an empty body once it was read without preserving it", async () => {
    const made = world({ api: document({ inbound: `<set-variable name="b" value="@(context.Request.Body.As<string>())" />` }) });
    await made.call("/openai/chat/1", { body: "hello" });
    expect(made.sent[0]?.body).toHaveLength(0);
  });

  it("keep the type of an expression's value, and make every literal a string", async () => {
    const cast = (value: string) =>
      document({
        inbound: `<set-variable name="n" value="${value}" /><return-response><set-body>@(((int)context.Variables["n"] + 1).ToString())</set-body></return-response>`,
      });
    expect(await world({ api: cast("@(1)") }).call()).toMatchObject({ status: 200, text: "2" });
    expect((await world({ api: cast("1") }).call()).status).toBe(500);
  });

  it("carry the identity's token, the same one until shortly before it expires", async () => {
    const made = world({
      api: document({ inbound: `<authentication-managed-identity resource="https://cognitiveservices.azure.com/" />` }),
    });
    await made.call();
    await made.advance(60_000);
    await made.call();
    await made.advance(3_500_000);
    await made.call();
    const tokens = made.sent.map(({ headers }) => headers.get("authorization")?.replace("Bearer ", "") ?? "");
    expect(made.entra.verify(tokens[2] ?? "")).toMatchObject({
      aud: "https://cognitiveservices.azure.com",
      oid: "principal-1",
      tid: "tenant-1",
    });
    expect(tokens[0]).toBe(tokens[1]);
    expect(tokens[2]).not.toBe(tokens[0]);
  });
});

describe("errors", () => {
  it("tell on-error where they happened", async () => {
    const made = world({
      api: document({
        inbound: `<choose><when condition="@(false)" /><when condition="@(true)"><set-variable id="mine" name="x" value="@(int.Parse("x"))" /></when></choose>`,
        onError: ON_ERROR,
      }),
    });
    const { status, headers, text } = await made.call();
    expect(headers.get("x-error")).toBe(
      "set-variable/ExpressionValueEvaluationFailure/api/inbound/choose[1]/when[2]/set-variable[1]/mine",
    );
    expect(status).toBe(500);
    expect(JSON.parse(text)).toEqual({
      statusCode: 500,
      message: "Internal server error",
      activityId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it.each([
    ["dns", "BackendConnectionFailure"],
    ["refused", "BackendConnectionFailure"],
    ["reset", "BackendConnectionFailure"],
    ["tls", "BackendConnectionFailure"],
    ["timeout", "Timeout"],
  ] as const)("of a backend: %s is %s, 500", async (kind, reason) => {
    const made = world({ hosts: { "default.example": () => kind }, api: document({ onError: ON_ERROR }) });
    const { status, headers } = await made.call();
    expect([status, headers.get("x-error")]).toEqual([500, `forward-request/${reason}/global/backend/forward-request[1]/`]);
  });

  it("come when no headers are there within the timeout, and the call is given up", async () => {
    const made = world({
      hosts: { "default.example": () => "hang" },
      api: document({ backend: `<forward-request timeout="@(20 + 10)" />`, onError: ON_ERROR }),
    });
    const answer = made.call();
    await made.advance(30_000);
    expect((await answer).headers.get("x-error")).toContain("/Timeout/");
    expect(made.sent[0]?.signal?.aborted).toBe(true);
    expect(made.attempts).toMatchObject([{ error: "timeout" }]);
  });

  it("come from a status where fail-on-error-status-code asks for it, with the backend's response", async () => {
    const made = world({
      hosts: { "default.example": () => ({ status: 418, body: "teapot" }) },
      api: document({
        backend: `<forward-request fail-on-error-status-code="true" />`,
        outbound: mark("outbound"),
        onError: mark("on-error"),
      }),
    });
    const { status, text, headers } = await made.call();
    expect([status, text, headers.get("x-order")]).toEqual([418, "teapot", "on-error"]);
  });

  it("inside on-error give up with the gateway's own body", async () => {
    const made = world({
      hosts: { "default.example": () => "refused" },
      api: document({ onError: `<set-variable name="x" value="@(int.Parse("x"))" />` }),
    });
    expect(await made.call()).toMatchObject({ status: 500, text: expect.stringContaining("Internal server error") });
  });

  it("are skipped over by return-response, which runs no outbound", async () => {
    const made = world({
      api: document({
        inbound: `<return-response><set-status code="201" reason="Made" /><set-header name="x"><value>1</value></set-header><set-body>{"a": @(1 + 1)}</set-body></return-response>`,
        outbound: mark("outbound"),
      }),
    });
    const { status, headers, text } = await made.call();
    expect([status, headers.fields, text]).toEqual([201, [["x", "1"]], `{"a": 2}`]);
    expect(made.attempts).toEqual([]);
  });
});

describe("streams", () => {
  const through = document({ backend: `<forward-request buffer-response="false" />` });

  it("pass on chunk by chunk", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* body() {
      yield* chunks("one");
      await gate;
      yield* chunks("two");
    }
    const made = world({ hosts: { "default.example": () => ({ body: body() }) }, api: through });
    const response = await made.raw();
    const iterator = response.body[Symbol.asyncIterator]();
    expect(Buffer.from((await iterator.next()).value).toString()).toBe("one");
    release();
    expect(Buffer.from((await iterator.next()).value).toString()).toBe("two");
    expect((await iterator.next()).done).toBe(true);
  });

  it("are collected into chunks of 8 KiB where the response is buffered", async () => {
    const made = world({ hosts: { "default.example": () => ({ body: chunks("a".repeat(5000), "b".repeat(5000), "c") }) } });
    const sizes: number[] = [];
    for await (const chunk of (await made.raw()).body) sizes.push(chunk.length);
    expect(sizes).toEqual([8192, 1809]);
  });

  it("are collected whole on Consumption, which has no server-sent events", async () => {
    const made = world({
      sku: "Consumption",
      hosts: { "default.example": () => ({ body: chunks("one", "two") }) },
      api: through,
    });
    const texts: string[] = [];
    for await (const chunk of (await made.raw()).body) texts.push(Buffer.from(chunk).toString());
    expect(texts).toEqual(["onetwo"]);
  });

  it("are cut for the caller when the backend cuts them", async () => {
    async function* body() {
      yield* chunks("one");
      throw new TransportError("reset", "cut");
    }
    const made = world({ hosts: { "default.example": () => ({ body: body() }) }, api: through });
    await expect(read(await made.raw())).rejects.toThrow("cut");
  });

  it("are aborted upstream when the caller leaves", async () => {
    const made = world({ hosts: { "default.example": () => ({ body: chunks("one", "two") }) }, api: through });
    for await (const _ of (await made.raw()).body) break;
    expect(made.sent[0]?.signal?.aborted).toBe(true);
  });

  it("and calls are aborted upstream when the caller hangs up before an answer", async () => {
    const made = world({ hosts: { "default.example": () => "hang" }, api: document({ onError: ON_ERROR }) });
    const caller = new AbortController();
    const answer = made.call(undefined, { signal: caller.signal });
    await made.advance(1000);
    caller.abort(new Error("gone"));
    expect((await answer).status).toBe(499);
    expect(made.sent[0]?.signal?.aborted).toBe(true);
    expect(made.attempts).toHaveLength(1);
  });
});

describe("the size of a body", () => {
  const MiB = 1024 * 1024;
  const buffered = document({ backend: `<forward-request buffer-request-body="true" />` });

  it.each([
    ["BasicV2", 2 * MiB, buffered, 200],
    ["BasicV2", 2 * MiB + 1, buffered, 413],
    ["BasicV2", 2 * MiB + 1, document({}), 200],
    [
      "BasicV2",
      2 * MiB + 1,
      document({ inbound: `<set-variable name="m" value="@(context.Request.Body.As<string>(true).Length)" />` }),
      413,
    ],
    ["Consumption", 2 * MiB + 1, buffered, 413],
    ["Developer", 2 * MiB + 1, buffered, 200],
  ])("that the %s tier can buffer: %i bytes", async (sku, bytes, api, status) => {
    const made = world({ sku, api });
    expect((await made.call(undefined, { body: "x".repeat(bytes) })).status).toBe(status);
    expect(made.attempts).toHaveLength(status === 200 ? 1 : 0);
  });
});

describe("limits by key", () => {
  const limit = (attributes: string) =>
    document({ inbound: `<llm-token-limit counter-key="@(context.Subscription.Id)" ${attributes} />` });
  const usage = (total: number) => ({
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ usage: { prompt_tokens: 1, completion_tokens: total - 1 } }),
  });

  it("count tokens of the answers, refuse with 429 and the wait, and let go after the minute", async () => {
    const made = world({
      product: limit(
        `tokens-per-minute="100" estimate-prompt-tokens="false" remaining-tokens-header-name="x-left" tokens-consumed-header-name="x-used"`,
      ),
      hosts: { "default.example": () => usage(60) },
    });
    const first = await made.call();
    expect([first.status, first.headers.get("x-left"), first.headers.get("x-used")]).toEqual([200, "40", "60"]);
    await made.advance(20_000);
    expect((await made.call()).headers.get("x-left")).toBe("0");
    const refused = await made.call();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "40"]);
    expect(JSON.parse(refused.text)).toEqual({ statusCode: 429, message: "Token limit is exceeded. Try again in 40 seconds." });
    await made.advance(40_000);
    expect((await made.call()).status).toBe(200);
  });

  it("refuse a prompt that does not fit before it is sent, when told to estimate", async () => {
    const made = world({
      product: limit(`tokens-per-minute="100" estimate-prompt-tokens="true" retry-after-variable-name="wait"`),
      api: document({
        onError: `<set-header name="x-wait" exists-action="override"><value>@(((int)context.Variables["wait"]).ToString())</value></set-header>`,
      }),
    });
    const body = JSON.stringify({ messages: [{ role: "user", content: "x".repeat(500) }] });
    const { status, headers } = await made.call(undefined, { body });
    expect([status, headers.get("x-wait")]).toEqual([429, "1"]);
    expect(made.attempts).toEqual([]);
  });

  it("refuse a used-up quota with 403 until the period ends", async () => {
    const made = world({
      product: limit(`token-quota="50" token-quota-period="Hourly" estimate-prompt-tokens="false"`),
      hosts: { "default.example": () => usage(60) },
    });
    await made.call();
    const { status, headers } = await made.call();
    expect([status, headers.get("retry-after")]).toEqual([403, "3600"]);
    await made.advance(3_600_000);
    expect((await made.call()).status).toBe(200);
  });

  it("count a stream by estimate once it has ended", async () => {
    const events = [1, 2].map(() => `data: ${JSON.stringify({ choices: [{ delta: { content: "x".repeat(80) } }] })}\n\n`);
    const made = world({
      product: limit(`tokens-per-minute="40" estimate-prompt-tokens="false"`),
      hosts: { "default.example": () => ({ headers: { "content-type": "text/event-stream" }, body: chunks(...events) }) },
    });
    const body = JSON.stringify({ stream: true, messages: [] });
    expect((await made.call(undefined, { body })).status).toBe(200);
    expect((await made.call(undefined, { body })).status).toBe(429);
  });

  it("emit the tokens as metrics with their dimensions", async () => {
    const made = world({
      api: document({
        inbound: `<llm-emit-token-metric namespace="openai"><dimension name="Subscription ID" /><dimension name="model" value="@("gpt" + 4)" /></llm-emit-token-metric>`,
      }),
      hosts: { "default.example": () => usage(60) },
    });
    await made.call();
    const dimensions = { "Subscription ID": "web", model: "gpt4" };
    expect(made.records).toMatchObject([
      { kind: "metric", namespace: "openai", name: "Total Tokens", value: 60, dimensions },
      { name: "Prompt Tokens", value: 1 },
      { name: "Completion Tokens", value: 59 },
    ]);
  });

  it("count calls in a bucket that fills all the time on v2 tiers", async () => {
    const made = world({ api: document({ inbound: `<rate-limit-by-key calls="2" renewal-period="10" counter-key="k" />` }) });
    await made.call();
    await made.call();
    const { status, headers } = await made.call();
    expect([status, headers.get("retry-after")]).toEqual([429, "5"]);
    await made.advance(5_000);
    expect([(await made.call()).status, (await made.call()).status]).toEqual([200, 429]);
  });

  it.each([
    ["a literal on arrival", 'increment-count="2"', [200, 429]],
    ["an expression when the answer is there", 'increment-count="@(2)"', [200, 200]],
    ["a condition when the answer is there", 'increment-condition="@(true)" increment-count="2"', [200, 200]],
  ])("count %s", async (_, count, statuses) => {
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const made = world({
      hosts: { "default.example": () => asked.then(() => ({})) },
      api: document({ inbound: `<rate-limit-by-key calls="2" renewal-period="10" counter-key="k" ${count} />` }),
    });
    const first = made.call();
    while (made.sent.length < 1) await new Promise(setImmediate);
    let refused = false;
    const second = made.call().finally(() => {
      refused = true;
    });
    while (made.sent.length < 2 && !refused) await new Promise(setImmediate);
    answer();
    expect([(await first).status, (await second).status]).toEqual(statuses);
  });

  it("let nobody in where the limit comes to 0, and say when to ask again", async () => {
    const made = world({ api: document({ inbound: `<rate-limit-by-key calls="@(0)" renewal-period="10" counter-key="k" />` }) });
    const { status, headers, text } = await made.call();
    expect([status, headers.get("retry-after"), JSON.parse(text).message]).toEqual([
      429,
      "1",
      "Rate limit is exceeded. Try again in 1 seconds.",
    ]);
  });

  it.each([
    ["increment-condition", `int.Parse("no number") == 1`],
    ["increment-count", `int.Parse("no number")`],
  ])("whose %s throws are API Management's own 500, and the answer is dropped", async (name, code) => {
    const { body, isOpen } = endless();
    const made = world({
      hosts: { "default.example": () => ({ body }) },
      api: document({
        inbound: `<rate-limit-by-key calls="2" renewal-period="10" counter-key="k" ${name}='@(${code})' />`,
      }),
    });
    const { status, text } = await made.call();
    expect([status, JSON.parse(text)]).toEqual([
      500,
      { statusCode: 500, message: "Internal server error", activityId: expect.any(String) },
    ]);
    expect([made.sent.length, isOpen()]).toEqual([1, false]);
  });

  it("count calls in a sliding window on classic tiers", async () => {
    const made = world({
      sku: "Developer",
      api: document({
        inbound: `<rate-limit-by-key calls="2" renewal-period="10" counter-key="k" remaining-calls-header-name="x-left" />`,
      }),
    });
    expect((await made.call()).headers.get("x-left")).toBe("1");
    await made.advance(4_000);
    await made.call();
    const { status, headers, text } = await made.call();
    expect([status, headers.get("retry-after"), JSON.parse(text).message]).toEqual([
      429,
      "6",
      "Rate limit is exceeded. Try again in 6 seconds.",
    ]);
    await made.advance(6_000);
    expect((await made.call()).status).toBe(200);
  });

  it("count calls in fixed periods", async () => {
    const made = world({
      sku: "Developer",
      api: document({ inbound: `<quota-by-key calls="1" renewal-period="3600" counter-key="k" />` }),
    });
    expect((await made.call()).status).toBe(200);
    expect((await made.call()).status).toBe(403);
    await made.advance(3_600_000);
    expect((await made.call()).status).toBe(200);
  });

  it("let only so many calls run at a time", async () => {
    const made = world({
      hosts: { "default.example": (_, n) => (n === 1 ? "hang" : {}) },
      api: document({ backend: `<limit-concurrency key="k" max-count="1"><forward-request timeout="10" /></limit-concurrency>` }),
    });
    const first = made.call();
    await made.advance(0);
    expect((await made.call()).status).toBe(429);
    await made.advance(10_000);
    await first;
    expect((await made.call()).status).toBe(200);
  });
});

describe("the cache", () => {
  const lookup = `<cache-lookup-value key="k" variable-name="v" default-value="none" />`;
  const remember = document({
    inbound: `${lookup}<cache-store-value key="k" value="@((int)12)" duration="60" /><return-response><set-body>@(context.Variables["v"].ToString())</set-body></return-response>`,
  });

  it("keeps a value with its type for its duration", async () => {
    const made = world({ api: remember });
    expect((await made.call()).text).toBe("none");
    expect((await made.call()).text).toBe("12");
    await made.advance(60_000);
    expect((await made.call()).text).toBe("none");
  });

  it("shows a stored value late under the reading of an asynchronous store", async () => {
    const made = world({ api: remember, options: { readings: { cacheVisibilityMs: 200 } } });
    await made.call();
    expect((await made.call()).text).toBe("none");
    await made.advance(200);
    expect((await made.call()).text).toBe("12");
  });

  it("does not exist on Consumption", async () => {
    const made = world({ sku: "Consumption", api: remember });
    await made.call();
    expect((await made.call()).text).toBe("none");
  });

  it("forgets the oldest when it is full, and may lose what was stored", async () => {
    const full = world({
      api: document({
        inbound: `${lookup}<cache-store-value key="@(context.Request.MatchedParameters["id"])" value="x" duration="60" /><return-response><set-body>@((string)context.Variables["v"])</set-body></return-response>`,
      }),
      options: { cache: { maxEntries: 1 } },
    });
    await full.call("/openai/chat/k");
    expect((await full.call("/openai/chat/l")).text).toBe("x");
    expect((await full.call("/openai/chat/m")).text).toBe("none");
    const lossy = world({ api: remember, options: { cache: { loss: 1 } } });
    await lossy.call();
    expect((await lossy.call()).text).toBe("none");
  });
});

describe("other policies", () => {
  const answered = async (inbound: string, options = {}, setting = {}) => {
    const made = world({
      api: document({ inbound: `${inbound}<return-response><set-body>ok</set-body></return-response>`, onError: ON_ERROR }),
      ...setting,
    });
    const reply = await made.call(undefined, options);
    return [reply.status, reply.headers.get("x-error")?.split("/")[1]];
  };

  it.each([
    ["is missing", {}, [403, "HeaderNotFound"]],
    ["has another value", { x: "C" }, [403, "HeaderValueNotAllowed"]],
    ["has a value, case aside", { x: "b" }, [200, undefined]],
  ])("check-header, when the header %s", async (_, headers, expected) => {
    expect(
      await answered(
        `<check-header name="x" failed-check-httpcode="403" failed-check-error-message="no" ignore-case="true"><value>A</value><value>B</value></check-header>`,
        { headers },
      ),
    ).toEqual(expected);
  });

  it.each([
    [`<ip-filter action="allow"><address>127.0.0.1</address></ip-filter>`, [200, undefined]],
    [`<ip-filter action="allow"><address>10.0.0.1</address></ip-filter>`, [403, "CallerIpNotAllowed"]],
    [`<ip-filter action="forbid"><address-range from="127.0.0.0" to="127.0.0.255" /></ip-filter>`, [403, "CallerIpBlocked"]],
  ])("%s", async (policy, expected) => {
    expect(await answered(policy)).toEqual(expected);
  });

  it.each([
    ["a right token", {}, [200, undefined]],
    ["no token", { none: true }, [401, "TokenNotPresent"]],
    ["a token that was changed", { change: true }, [401, "TokenSignatureInvalid"]],
    ["another tenant's token", { tid: "tenant-2" }, [401, "TokenIssuerNotAllowed"]],
    ["another audience's token", { aud: "https://other" }, [401, "TokenAudienceNotAllowed"]],
    ["another application's token", { oid: "stranger" }, [401, "TokenClaimValueNotAllowed"]],
  ] as [string, { none?: boolean; change?: boolean; tid?: string; aud?: string; oid?: string }, unknown[]][])(
    "validate-azure-ad-token with %s",
    async (_, change, expected) => {
      const policy = `<validate-azure-ad-token tenant-id="tenant-1"><client-application-ids><application-id>app-1</application-id></client-application-ids><audiences><audience>https://api</audience></audiences></validate-azure-ad-token>`;
      const made = world({ api: document({ inbound: `${policy}<return-response />`, onError: ON_ERROR }) });
      const { none, change: changed, ...claims } = change;
      const token = made.entra.issue({ aud: "https://api", oid: "app-1", tid: "tenant-1", ...claims });
      const { status, headers } = await made.call(undefined, {
        headers: none ? {} : { authorization: `Bearer ${changed ? `${token}x` : token}` },
      });
      expect([status, headers.get("x-error")?.split("/")[1]]).toEqual(expected);
    },
  );

  it("validate-azure-ad-token gives the token to later policies", async () => {
    const policy = `<validate-azure-ad-token tenant-id="tenant-1" output-token-variable-name="jwt" />`;
    const made = world({
      api: document({
        inbound: `${policy}<return-response><set-body>@(((Jwt)context.Variables["jwt"]).Claims.GetValueOrDefault("oid", "none"))</set-body></return-response>`,
      }),
    });
    const token = made.entra.issue({ aud: "https://api", oid: "app-1", tid: "tenant-1" });
    expect((await made.call(undefined, { headers: { authorization: `Bearer ${token}` } })).text).toBe("app-1");
  });

  it("authentication-managed-identity takes an assigned identity by its client id, and none that is not there", async () => {
    const policy = (rest: string) =>
      document({
        inbound: `<authentication-managed-identity resource="https://api" client-id="client-1" output-token-variable-name="t" ${rest} /><return-response><set-body>@(context.Variables.GetValueOrDefault<string>("t", "none"))</set-body></return-response>`,
      });
    expect((await world({ api: policy("") }).call()).status).toBe(500);
    expect((await world({ api: policy(`ignore-error="true"`) }).call()).text).toBe("none");
    const made = world({ api: policy("") });
    const service = made.arm.list("Microsoft.ApiManagement/service")[0];
    made.arm.put(service?.id ?? "", service?.type ?? "", {
      ...service?.body,
      identity: {
        type: "UserAssigned",
        userAssignedIdentities: { "/id/1": { clientId: "client-1", principalId: "principal-2" } },
      },
    });
    expect(made.entra.verify((await made.call()).text)).toMatchObject({ oid: "principal-2" });
  });

  it("send-request gives its response to later policies, or null when errors are to be ignored", async () => {
    const send = (host: string) =>
      `<send-request mode="new" response-variable-name="r" timeout="5" ignore-error="true"><set-url>https://${host}/x</set-url><set-method>POST</set-method><set-header name="a"><value>b</value></set-header><set-body>@("q" + 1)</set-body></send-request>`;
    const show = `<return-response><set-body>@(context.Variables["r"] == null ? "null" : ((IResponse)context.Variables["r"]).StatusCode + ((IResponse)context.Variables["r"]).Body.As<string>())</set-body></return-response>`;
    const made = world({ api: document({ inbound: send("good.example") + show }) });
    expect((await made.call()).text).toBe("200good.example");
    expect(made.sent[0]).toMatchObject({ method: "POST", url: new URL("https://good.example/x") });
    const bad = world({ api: document({ inbound: send("bad.example") + show }), hosts: { "bad.example": () => "dns" } });
    expect((await bad.call()).text).toBe("null");
  });

  it("cors answers a preflight without a key, and marks real answers", async () => {
    const cors = `<cors><allowed-origins><origin>https://app.example</origin></allowed-origins><allowed-methods preflight-result-max-age="300"><method>POST</method></allowed-methods><allowed-headers><header>*</header></allowed-headers></cors>`;
    const made = world({ api: document({ inbound: cors }) });
    const ask = (origin: string) =>
      made.call(undefined, {
        method: "OPTIONS",
        headers: { "api-key": "", origin, "access-control-request-method": "POST", "access-control-request-headers": "x-a" },
      });
    const preflight = await ask("https://app.example");
    expect([
      preflight.status,
      preflight.headers.get("access-control-allow-headers"),
      preflight.headers.get("access-control-max-age"),
    ]).toEqual([200, "x-a", "300"]);
    expect((await ask("https://evil.example")).headers.has("access-control-allow-origin")).toBe(false);
    expect(
      (await made.call(undefined, { headers: { origin: "https://app.example" } })).headers.get("access-control-allow-origin"),
    ).toBe("https://app.example");
    expect(made.attempts).toHaveLength(1);
  });

  it("wait runs its children side by side", async () => {
    const send = (name: string) =>
      `<send-request mode="new" response-variable-name="${name}"><set-url>https://${name}.example</set-url><set-method>GET</set-method></send-request>`;
    const both: string[] = [];
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const meet = (name: string) => async () => {
      both.push(name);
      if (both.length === 2) release();
      await gate;
      return {};
    };
    const made = world({
      api: document({ inbound: `<wait for="all">${send("a")}${send("b")}</wait><return-response />` }),
      hosts: { "a.example": meet("a"), "b.example": meet("b") },
    });
    expect((await made.call()).status).toBe(200);
    expect(both).toEqual(["a", "b"]);
  });

  it("traces, metrics and events are recorded; find-and-replace changes the answer", async () => {
    const made = world({
      api: document({
        inbound: `<trace source="s" severity="error"><message>@("m" + 1)</message><metadata name="a" value="b" /></trace><emit-metric name="n" value="2"><dimension name="API ID" /></emit-metric><log-to-eventhub logger-id="hub">@("e" + 1)</log-to-eventhub>`,
        outbound: `<find-and-replace from="default" to="other" />`,
      }),
    });
    expect((await made.call()).text).toBe("other.example");
    expect(made.records).toMatchObject([
      { kind: "trace", source: "s", severity: "error", message: "m1", metadata: { a: "b" } },
      { kind: "metric", name: "n", value: 2, dimensions: { "API ID": "openai" } },
      { kind: "event", logger: "hub", message: "e1" },
    ]);
  });

  it("a pool's member shows in context.Request.Url after the call", async () => {
    const made = world({
      api: document({
        inbound: USE_POOL,
        outbound: `<set-header name="x-url"><value>@(context.Request.Url.Host + context.Request.Url.Path)</value></set-header>`,
      }),
    });
    pool(made.arm, { a: {} });
    expect((await made.call()).headers.get("x-url")).toBe("a.example/openai/chat/1");
  });
});

describe("a body that is too large to read", () => {
  const LIMIT = 12;
  const tooLarge = (bytes: number) => new Error(`${bytes} bytes`);

  it("ends its stream when it is refused", async () => {
    const { body, isOpen } = endless();
    await expect(Body.streaming(body).buffer(LIMIT, tooLarge)).rejects.toThrow("15 bytes");
    expect(isOpen()).toBe(false);
  });

  it("ends its stream when it is dropped after it was found not to fit", async () => {
    const { body, isOpen } = endless();
    const message = Body.streaming(body);
    expect([await message.bufferIfItFits(LIMIT), isOpen()]).toEqual([false, true]);
    await message.discard();
    expect(isOpen()).toBe(false);
  });

  it("is passed on whole after it was found not to fit", async () => {
    const message = Body.streaming(chunks("one ", "two ", "three ", "four"));
    expect(await message.bufferIfItFits(LIMIT)).toBe(false);
    const reply = await read({ status: 200, headers: new HeaderList(), body: message.chunks() });
    expect(reply.text).toBe("one two three four");
  });
});
