import { describe, expect, it } from "vitest";
import { BREAKER, chunks, document, pool, type Script, type Setting, USE_POOL, type World, world } from "./support/gateway.ts";

const forward = `<forward-request buffer-request-body="true" buffer-response="false" />`;
const retry = (condition: string, { count = 2, body = forward, rest = "" } = {}) =>
  `<retry condition="@(${condition})" count="${count}" interval="0" first-fast-retry="true" ${rest}>${body}</retry>`;
const LEAVE = "context.Response.StatusCode == 429 || context.Response.StatusCode >= 500";
const throttled =
  (seconds?: number): Script =>
  () => ({ status: 429, ...(seconds === undefined ? {} : { headers: { "Retry-After": String(seconds) } }) });
const down: Script = () => ({ status: 500 });

function balanced(members: Parameters<typeof pool>[1], setting: Setting & { backend?: string } = {}): World {
  const made = world({ api: document({ inbound: USE_POOL, backend: setting.backend ?? forward }), ...setting });
  pool(made.arm, members);
  return made;
}
const hosts = ({ attempts }: World) => attempts.map(({ backend }) => backend);
const counted = (made: World) =>
  Object.fromEntries([...Map.groupBy(hosts(made), (id) => id ?? "")].map(([id, list]) => [id, list.length]));
async function calls(made: World, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await made.call()).status);
  return statuses;
}

describe("choosing a member", () => {
  it("keeps to the weights of the members", async () => {
    const made = balanced({ a: { weight: 100 }, b: { weight: 50 }, c: { weight: 10 } });
    await calls(made, 160);
    expect(counted(made)).toEqual({ a: 100, b: 50, c: 10 });
  });

  it("goes round where no weights are given", async () => {
    const made = balanced({ a: {}, b: {} });
    await calls(made, 4);
    expect(hosts(made)).toEqual(["a", "b", "a", "b"]);
  });

  it("gives a member of weight 0 nothing", async () => {
    const made = balanced({ a: { weight: 0 }, b: { weight: 1 } });
    await calls(made, 5);
    expect(counted(made)).toEqual({ b: 5 });
  });

  it("draws by weight under the reading of a random choice", async () => {
    const made = balanced({ a: { weight: 3 }, b: { weight: 1 } }, { options: { readings: { poolSelection: "random" } } });
    await calls(made, 400);
    const { a = 0, b = 0 } = counted(made);
    expect(a + b).toBe(400);
    expect(a / b).toBeGreaterThan(2);
    expect(a / b).toBeLessThan(4.5);
  });

  it("uses a lower priority only when every member of the higher ones has tripped", async () => {
    const made = balanced(
      { p1: { priority: 1 }, p2: { priority: 1 }, q: { priority: 2 } },
      {
        hosts: {
          "p1.example": throttled(30),
          "p2.example": (_, n) => (n > 2 ? { status: 429, headers: { "Retry-After": "30" } } : {}),
        },
      },
    );
    await calls(made, 6);
    expect(hosts(made)).toEqual(["p1", "p2", "p2", "p2", "q", "q"]);
  });

  it("calls the path after the API's below the member's own", async () => {
    const made = balanced({ a: {} });
    await made.call("/openai/chat/1?x=1&y=2", { body: "hello" });
    expect(made.sent[0]?.url.href).toBe("https://a.example/openai/chat/1?x=1&y=2");
    expect(made.sent[0]?.headers.get("host")).toBe("a.example");
    expect(made.attempts).toEqual([
      { at: made.clock.now(), backend: "a", host: "a.example", path: "/openai/chat/1", status: 200, callId: expect.any(String) },
    ]);
  });

  it("adds a backend's own credentials", async () => {
    const made = balanced({ a: {} });
    made.arm.child("backends/a", {
      url: "https://a.example/openai",
      credentials: {
        header: { "x-region": ["one"] },
        query: { code: ["k"] },
        authorization: { scheme: "Basic", parameter: "abc" },
      },
    });
    await made.call();
    const [{ url, headers } = { url: new URL("x:"), headers: undefined }] = made.sent;
    expect([url.search, headers?.get("x-region"), headers?.get("authorization")]).toEqual(["?code=k", "one", "Basic abc"]);
  });
});

describe("a circuit breaker", () => {
  it("leaves a member alone for its Retry-After, then takes it back", async () => {
    const made = balanced(
      { a: {}, b: {} },
      { hosts: { "a.example": (_, n) => (n === 1 ? { status: 429, headers: { "Retry-After": "30" } } : {}) } },
    );
    await calls(made, 3);
    await made.advance(29_999);
    await calls(made, 2);
    expect(hosts(made)).toEqual(["a", "b", "b", "b", "b"]);
    await made.advance(1);
    await calls(made, 2);
    expect(hosts(made)).toContain("a");
    expect(hosts(made).slice(5).sort()).toEqual(["a", "b"]);
  });

  it.each([
    ["without Retry-After", {}, 10_000],
    ["with one it cannot read", { "Retry-After": "soon" }, 10_000],
    ["with a date", { "Retry-After": "Tue, 24 Nov 2026 09:00:20 GMT" }, 20_000],
    ["with milliseconds only, which a breaker does not know", { "retry-after-ms": "100" }, 10_000],
  ])("opens for the right time %s", async (_, headers, ms) => {
    const made = balanced({ a: {} }, { hosts: { "a.example": (_request, n) => (n === 1 ? { status: 429, headers } : {}) } });
    expect(await calls(made, 2)).toEqual([429, 503]);
    await made.advance(ms - 1);
    expect(await calls(made, 1)).toEqual([503]);
    await made.advance(1);
    expect(await calls(made, 1)).toEqual([200]);
  });

  it("ignores Retry-After unless told to accept it", async () => {
    const [rule] = BREAKER.rules;
    const made = balanced(
      { a: { breaker: { rules: [{ ...rule, acceptRetryAfter: false }] } } },
      { hosts: { "a.example": throttled(60) } },
    );
    await calls(made, 1);
    await made.advance(10_000);
    expect(await calls(made, 1)).toEqual([429]);
  });

  it("opens at the given count within the interval only", async () => {
    const [rule] = BREAKER.rules;
    const condition = { ...rule?.failureCondition, count: 2 };
    const made = balanced(
      { a: { breaker: { rules: [{ ...rule, failureCondition: condition }] } } },
      { hosts: { "a.example": down } },
    );
    await calls(made, 1);
    await made.advance(60_000);
    expect(await calls(made, 3)).toEqual([500, 500, 503]);
  });

  it("opens at a percentage of the calls", async () => {
    const [rule] = BREAKER.rules;
    const { count: _, ...condition } = rule?.failureCondition ?? {};
    const made = balanced(
      { a: { breaker: { rules: [{ ...rule, failureCondition: { ...condition, percentage: 50 } }] } } },
      { hosts: { "a.example": (_request, n) => ({ status: n > 2 ? 500 : 200 }) } },
    );
    expect(await calls(made, 5)).toEqual([200, 200, 500, 500, 503]);
  });

  it("ignores statuses outside its ranges", async () => {
    const made = balanced({ a: {} }, { hosts: { "a.example": () => ({ status: 404 }) } });
    expect(await calls(made, 3)).toEqual([404, 404, 404]);
  });

  it("of a single backend gives 503 without a call", async () => {
    const made = world({
      api: document({ inbound: `<set-backend-service backend-id="a" />`, backend: forward }),
      hosts: { "a.example": down },
    });
    pool(made.arm, { a: {} });
    expect(await calls(made, 2)).toEqual([500, 503]);
    expect(made.attempts).toHaveLength(1);
  });

  it("is each gateway instance's own", async () => {
    const made = balanced({ a: {} }, { hosts: { "a.example": throttled(60) }, options: { instances: 3 } });
    const statuses = await calls(made, 40);
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);
    expect(statuses.filter((status) => status === 503)).toHaveLength(37);
  });

  it("is seen later under the reading of delayed visibility", async () => {
    const made = balanced(
      { a: {}, b: {} },
      { hosts: { "a.example": throttled(60) }, options: { readings: { breakerVisibilityMs: 200 } } },
    );
    await calls(made, 3);
    expect(hosts(made)).toEqual(["a", "b", "a"]);
    await made.advance(200);
    await calls(made, 3);
    expect(hosts(made).slice(3)).toEqual(["b", "b", "b"]);
  });

  it.each([
    [true, [503, 429]],
    [false, [429, 429]],
  ])("that is open takes a later Retry-After of a call in flight: %s", async (takes, after) => {
    const release: (() => void)[] = [];
    const made = balanced(
      { a: {} },
      {
        hosts: {
          "a.example": (_request, n) =>
            n > 2
              ? { status: 429 }
              : new Promise((resolve) =>
                  release.push(() => resolve({ status: 429, headers: { "Retry-After": n === 1 ? "1" : "20" } })),
                ),
        },
        options: { readings: { openBreakerTakesLaterRetryAfter: takes } },
      },
    );
    const both = [made.call(), made.call()];
    await made.advance(0);
    for (const answer of release) answer();
    await Promise.all(both);
    await made.advance(1_000);
    const [first] = await calls(made, 1);
    await made.advance(19_000);
    expect([first, ...(await calls(made, 1))]).toEqual(after);
  });
});

describe("retry", () => {
  it("takes the next member when one trips, and the caller sees nothing of it", async () => {
    const made = balanced({ a: {}, b: {} }, { hosts: { "a.example": throttled(30) }, backend: retry(LEAVE) });
    expect(await made.call("/openai/chat/1", { body: "the prompt" })).toMatchObject({ status: 200, text: "b.example" });
    expect(made.sent.map(({ body }) => Buffer.from(body).toString())).toEqual(["the prompt", "the prompt"]);
  });

  it("makes count + 1 attempts at most", async () => {
    const made = balanced({ a: { breaker: null } }, { hosts: { "a.example": down }, backend: retry(LEAVE, { count: 3 }) });
    expect(await calls(made, 1)).toEqual([500]);
    expect(made.attempts).toHaveLength(4);
  });

  it("does not send a body again that it did not buffer", async () => {
    const made = balanced(
      { a: {}, b: {} },
      { hosts: { "a.example": down }, backend: retry(LEAVE, { body: "<forward-request />" }) },
    );
    expect((await made.call("/openai/chat/1", { body: "x" })).status).toBe(500);
    expect(made.attempts).toHaveLength(1);
  });

  it("waits as its attributes say", async () => {
    const made = balanced(
      { a: { breaker: null } },
      {
        hosts: { "a.example": down },
        backend: `<retry condition="@(true)" count="3" interval="10" delta="5" first-fast-retry="true"><forward-request /></retry>`,
      },
    );
    const start = made.clock.now();
    const answer = made.call();
    await made.advance(60_000);
    await answer;
    // The first retry at once, then interval + (n - 1) * delta.
    expect(made.attempts.map(({ at }) => at - start)).toEqual([0, 0, 15_000, 35_000]);
  });

  it("stops when the pool is exhausted, and on-error answers", async () => {
    const made = balanced(
      { a: {}, b: {} },
      {
        hosts: { "a.example": throttled(30), "b.example": throttled(20) },
        api: document({
          inbound: USE_POOL,
          backend: retry(LEAVE, { count: 5 }),
          onError: `<set-body>@(context.LastError.Section + " " + context.Response.StatusCode)</set-body>`,
        }),
      },
    );
    expect(await made.call()).toMatchObject({ status: 503, text: "backend 503" });
    expect(made.attempts).toHaveLength(2);
  });

  describe("under each reading", () => {
    const FLAGGED = `!(bool)context.Variables["answered"] || ${LEAVE}`;
    const flagged = `<set-variable name="answered" value="@(false)" />${forward}<set-variable name="answered" value="@(true)" />`;
    const refused: Script = () => "refused";

    it.each([
      [true, 200, 2],
      [false, 500, 1],
    ])("of whether it sees a call without an answer: %s", async (retrySeesTransportFailure, status, attempts) => {
      const made = balanced(
        { a: {}, b: {} },
        {
          hosts: { "a.example": refused },
          backend: retry(FLAGGED, { body: flagged }),
          options: { readings: { retrySeesTransportFailure } },
        },
      );
      expect((await made.call()).status).toBe(status);
      expect(made.attempts).toHaveLength(attempts);
      expect(made.attempts[0]).toMatchObject({ backend: "a", error: "refused" });
      expect(made.attempts[0]).not.toHaveProperty("status");
    });

    it.each([
      [true, ["a", "b", "b", "b"]],
      [false, ["a", "b", "a", "b", "a", "b"]],
    ])("of whether such a call trips the breaker: %s", async (transportFailureTripsBreaker, expected) => {
      const made = balanced(
        { a: {}, b: {} },
        {
          hosts: { "a.example": refused },
          backend: retry(FLAGGED, { body: flagged }),
          options: { readings: { transportFailureTripsBreaker } },
        },
      );
      expect(await calls(made, 3)).toEqual([200, 200, 200]);
      expect(hosts(made)).toEqual(expected);
    });

    it.each([
      ["null", "null"],
      ["503", "503"],
      ["stale", "429"],
    ] as const)("of context.Response after such a call: %s", async (responseAfterError, seen) => {
      const made = balanced(
        { a: {}, b: {} },
        {
          hosts: { "a.example": throttled(), "b.example": refused },
          options: { readings: { responseAfterError } },
          api: document({
            inbound: USE_POOL,
            backend: `<retry condition="@{ var seen = context.Response == null ? "null" : context.Response.StatusCode.ToString(); context.Trace(seen); return true; }" count="2" interval="0">${forward}</retry>`,
          }),
        },
      );
      await made.call();
      expect(made.records.map((record) => record.kind === "trace" && record.message)).toEqual(["429", seen]);
    });

    it.each([
      [true, "BackendConnectionFailure"],
      [false, "null"],
    ])("of context.LastError in the condition: %s", async (lastErrorInRetry, seen) => {
      const made = balanced(
        { a: {} },
        {
          hosts: { "a.example": refused },
          options: { readings: { lastErrorInRetry } },
          backend: `<retry condition="@{ context.Trace(context.LastError == null ? "null" : context.LastError.Reason); return false; }" count="1" interval="0">${forward}</retry>`,
        },
      );
      expect((await made.call()).status).toBe(500);
      expect(made.records).toMatchObject([{ message: seen }]);
    });

    it.each([
      ["error", ["after 429"]],
      ["response", ["after 429", "after 503"]],
    ] as const)("of an exhausted pool: %s", async (poolExhaustedInRetry, seen) => {
      const body = `${forward}<trace source="t"><message>@("after " + context.Response.StatusCode)</message></trace>`;
      const made = balanced(
        { a: {} },
        {
          hosts: { "a.example": throttled(30) },
          options: { readings: { poolExhaustedInRetry } },
          api: document({
            inbound: USE_POOL,
            backend: retry(`context.Response.StatusCode == 429`, { body }),
            onError: `<set-header name="x-section" exists-action="override"><value>@(context.LastError.Section)</value></set-header>`,
          }),
        },
      );
      const { status, headers } = await made.call();
      expect([status, headers.get("x-section")]).toEqual([503, "backend"]);
      const traces = made.records.flatMap((record) => (record.kind === "trace" ? [record.message] : []));
      expect(traces).toEqual(seen);
    });

    it("of a 30 s limit on v2 tiers: the request ends, nothing is tried again", async () => {
      const setting: Setting & { backend: string } = {
        hosts: { "a.example": () => "hang" },
        backend: retry("true", { body: `<forward-request timeout="120" />` }),
      };
      const cut = balanced({ a: {} }, { ...setting, options: { readings: { v2CutsAt30s: true } } });
      const answer = cut.call();
      await cut.advance(30_000);
      expect((await answer).status).toBe(504);
      expect(cut.attempts).toHaveLength(1);
      const classic = balanced({ a: {} }, { ...setting, sku: "Developer", options: { readings: { v2CutsAt30s: true } } });
      const late = classic.call();
      await classic.advance(360_000);
      expect((await late).status).toBe(500);
      expect(classic.attempts.map(({ at }) => at - classic.clock.now())).toEqual([-360_000, -240_000, -120_000]);
    });

    it("of a 30 s limit on v2 tiers: a stream is cut", async () => {
      const made = balanced(
        { a: {} },
        { options: { readings: { v2CutsAt30s: true } }, hosts: { "a.example": () => ({ body: endless() }) } },
      );
      const { body } = await made.raw();
      const chunk = body[Symbol.asyncIterator]();
      expect((await chunk.next()).done).toBe(false);
      const next = chunk.next();
      next.catch(() => {});
      await made.advance(30_000);
      await expect(next).rejects.toThrow(/30 s/);
    });
  });
});

async function* endless() {
  yield* chunks("first");
  await new Promise(() => {});
}
