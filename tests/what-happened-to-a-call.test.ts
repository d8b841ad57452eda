/**
 * Can a person see what the local gateway did with a call: in one line, and element by element?
 */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callLine, recordOf } from "../cli/call-lines.ts";
import { renderTrace, traceText } from "../cli/trace.ts";
import { type CallTrace, callsWithId, collectCalls, keepCalls, keptCalls } from "../sandbox/trace/index.ts";
import { document, pool, type Setting, world } from "./support/gateway.ts";
import { serve } from "./support/policies.ts";

const WALL = new Date(2026, 10, 30, 12, 3, 4, 567);

/** The world of a gateway, and the calls that it has ended. */
function watched(setting: Setting = {}, options: { bodies?: boolean } = {}) {
  const calls: CallTrace[] = [];
  const observe = collectCalls({ wall: () => WALL, onCall: (call) => calls.push(call), ...options });
  const made = world({ ...setting, options: { ...setting.options, observe } });
  const last = () => calls.at(-1) as CallTrace;
  return { ...made, calls, last };
}

const RETRY = document({
  inbound: `<set-backend-service backend-id="pool" />`,
  backend: `<retry condition="@(context.Response.StatusCode == 429)" count="2" interval="0" first-fast-retry="true"><forward-request buffer-request-body="true" /></retry>`,
});

function twoMembers() {
  const seen = watched({
    api: RETRY,
    hosts: {
      "a.example": () => ({ status: 429, headers: { "Retry-After": "30", "apim-request-id": "id-of-a" } }),
      "b.example": () => ({ headers: { "x-request-id": "id-of-b", "x-ms-region": "East US 2" }, body: "{}" }),
    },
  });
  pool(seen.arm, { a: { weight: 100 }, b: { weight: 1 } });
  return seen;
}

describe("one line for a call", () => {
  it("has time, status, consumer, model, members tried with status and ms, and the id that the caller saw", async () => {
    const { call, last } = twoMembers();
    const { headers } = await call("/openai/chat/1", {
      body: '{"model":"chat","messages":[{"role":"user","content":"secret prompt"}]}',
    });
    expect(headers.get("x-request-id")).toBe("id-of-b");
    expect(callLine(last())).toBe("12:03:04.567  200  0 ms  web  chat  a 429 0 ms > b (East US 2) 200 0 ms  id-of-b");
    expect(recordOf(last())).toMatchObject({
      id: "id-of-b",
      consumer: "web",
      model: "chat",
      members: [
        { name: "a", status: 429, ms: 0 },
        { name: "b", region: "East US 2", status: 200, ms: 0 },
      ],
      status: 200,
      code: null,
      cut: false,
    });
    expect(JSON.stringify(recordOf(last())) + callLine(last())).not.toMatch(/secret prompt|key-web/);
  });

  it("is there for every call: without a host, without an operation, without a key, refused by a policy, broken off, hung up", async () => {
    const hang = document({ backend: `<forward-request />` });
    const { call, raw, last, calls } = watched({
      api: hang,
      hosts: {
        "default.example": ({ url }) =>
          url.pathname.includes("hang")
            ? "hang"
            : {
                body: (async function* () {
                  yield Buffer.from("some");
                  throw new Error("the wire broke");
                })(),
              },
      },
    });
    await call("/openai/x", { method: "GET", host: "other.example" });
    expect(callLine(last())).toMatch(/ 404 {2}0 ms {2}- {2}GET \/openai\/x {2}no member asked /);
    await call("/openai/nothing/there", { method: "PUT" });
    expect(callLine(last())).toContain("404 OperationNotFound");
    await call("/openai/chat/1", { headers: { "api-key": "wrong-key-of-somebody" } });
    expect(callLine(last())).toContain("401 SubscriptionKeyInvalid");
    await expect(call("/openai/broken", { method: "GET" })).rejects.toThrow("the wire broke");
    expect(callLine(last())).toContain("200 cut");
    const leaving = new AbortController();
    const pending = raw("/openai/hang", { method: "GET", signal: leaving.signal });
    await new Promise((resolve) => setImmediate(resolve));
    leaving.abort(new Error("the caller left"));
    const answer = await pending.catch(() => undefined);
    for await (const _ of answer?.body ?? []);
    expect(callLine(last())).toContain("hung up");
    expect(calls).toHaveLength(5);
  });

  it("shows nothing that could steer a terminal", async () => {
    const { call, last } = watched();
    await call("/openai/chat/1", { body: JSON.stringify({ model: "\u001b[2Jred\u202e" }) });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones.
    expect(callLine(last())).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it("names the code of an error that one of our own documents answers with", async () => {
    const calls: CallTrace[] = [];
    const served = await serve({}, { observe: collectCalls({ wall: () => WALL, onCall: (call) => calls.push(call) }) });
    await served.call("/v1/chat/completions", { body: { model: "nope", messages: [] } });
    expect(callLine(calls[0] as CallTrace)).toMatch(/ 404 model_not_found {2}.* nope {2}no member asked/);
  });
});

describe("a trace", () => {
  it("shows elements in the order in which they ran, with variables before and after, and each attempt", async () => {
    const { call, last } = twoMembers();
    await call();
    const text = renderTrace(last());
    expect(text.split("\n").map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        "<set-backend-service>  set-backend-service[1], line 1",
        "backend: (none) -> pool",
        "called a, https://a.example/openai/chat/1: 429 in 0 ms",
        "response status: (none) -> 429 Too Many Requests",
        "retry: condition @(context.Response.StatusCode == 429) = True",
        "retry: attempt 2",
        "called b, https://b.example/openai/chat/1: 200 in 0 ms, from East US 2",
        "response status: 429 Too Many Requests -> 200 OK",
        "retry: condition @(context.Response.StatusCode == 429) = False",
        "The caller got 200",
      ]),
    );
    const at = (line: string) => text.indexOf(line);
    expect(at("called a")).toBeLessThan(at("attempt 2"));
    expect(at("attempt 2")).toBeLessThan(at("called b"));
  });

  it("shows what a policy changed, at the policy that changed it, in every document of the chain", async () => {
    const { call, last } = watched({
      product: document({ inbound: `<set-variable name="who" value="product" />` }),
      api: document({
        inbound: `<choose><when condition="@(context.Request.Method == "GET")"><set-method>PUT</set-method></when>
          <otherwise><set-variable name="who" value="@((string)context.Variables["who"] + " and api")" /></otherwise></choose>
          <set-header name="x-a" exists-action="override"><value>1</value></set-header><set-query-parameter name="q" exists-action="override"><value>2</value></set-query-parameter>`,
        outbound: `<set-status code="201" reason="Made" />`,
      }),
    });
    await call();
    const changes = last().elements.flatMap(({ name, document, events }) =>
      events.flatMap((event) =>
        event.kind === "changed" ? event.changes.map(({ name: field, ...change }) => ({ name, document, field, ...change })) : [],
      ),
    );
    expect(changes).toEqual(
      expect.arrayContaining([
        { name: "set-variable", document: "product web", kind: "variable", field: "who", after: '"product"' },
        {
          name: "set-variable",
          document: "api openai",
          kind: "variable",
          field: "who",
          before: '"product"',
          after: '"product and api"',
        },
        { name: "set-header", document: "api openai", kind: "request header", field: "x-a", after: "1" },
        { name: "set-query-parameter", document: "api openai", kind: "request", field: "query", before: "", after: "?q=2" },
        { name: "set-status", document: "api openai", kind: "response", field: "status", before: "200 OK", after: "201 Made" },
      ]),
    );
    expect(last().elements.filter(({ name }) => name === "set-method")).toEqual([]);
  });

  it("shows no key, token, cookie or secret named value, wherever it turns up, and no body unless it was asked for", async () => {
    const token = `eyJhbGciOiJub25lIn0.${Buffer.from('{"appid":"app-1"}').toString("base64url")}.c2lnbmF0dXJl`;
    const setting: Setting = {
      api: document({
        inbound: `<set-header name="x-proof" exists-action="override"><value>{{proof}}</value></set-header>
          <set-variable name="copied" value="@(context.Request.Headers.GetValueOrDefault("api-key", "") + context.Subscription.SecondaryKey + context.Request.Headers.GetValueOrDefault("Authorization", ""))" />
          <set-variable name="body" value="@(context.Request.Body.As<string>(preserveContent: true))" />
          <set-variable name="json" value="@(context.Request.Body.As<JObject>(preserveContent: true))" />
          <authentication-managed-identity resource="https://cognitiveservices.azure.com" />
          <set-variable name="own" value="@(context.Request.Headers.GetValueOrDefault("Authorization", ""))" />`,
      }),
    };
    const body = JSON.stringify({
      messages: [{ role: "user", content: "What my doctor told me on Monday, in words of my own, at some length." }],
    });
    for (const bodies of [false, true]) {
      const { arm, call, last } = watched(setting, { bodies });
      arm.child("namedValues/proof", { displayName: "proof", secret: true }, { value: "the-named-secret" });
      await call("/openai/chat/1?subscription-key=in-the-query&api-version=1", {
        body,
        headers: { Authorization: `Bearer ${token}`, Cookie: "session=abcdef", "api-key": "key-web" },
      });
      expect(last().status).toBe(200);
      const text = JSON.stringify(last()) + renderTrace(last());
      expect(text).not.toMatch(/key-web|eyJ|c2lnbmF0dXJl|abcdef|the-named-secret|in-the-query/);
      expect(text).toContain("api-version=1");
      expect(text.includes("What my doctor told me")).toBe(bodies);
    }
  });
});

it("hides keys and no codes of errors: headers and query parameters are told apart by name", async () => {
  const { call, last } = watched({
    hosts: {
      "default.example": () => ({
        headers: {
          "x-ms-error-code": "OperationNotSupported",
          "x-ratelimit-remaining-tokens": "41",
          "Set-Cookie": "a=session-of-b",
        },
      }),
    },
  });
  await call("/openai/models?code=functions-key&Subscription-Key=in-another-case&api-version=1", {
    method: "GET",
    headers: { "x-functions-key": "another-key-1" },
  });
  const text = renderTrace(last());
  for (const shown of ["OperationNotSupported", "x-ratelimit-remaining-tokens: 41", "api-version=1"])
    expect(text).toContain(shown);
  expect(text).not.toMatch(/functions-key\b(?!:)|in-another-case|another-key-1|session-of-b/);
});

describe("an expression that fails", () => {
  const code = `((string)context.Variables["nobody"]).Length`;
  it.each([
    ["in an attribute", `<set-variable name="x" value="@(${code})" />`, "set-variable[1]", "value"],
    [
      "in a condition",
      `<choose><when condition="@(${code} > 0)"><set-variable name="x" value="1" /></when></choose>`,
      "choose[1]/when[1]",
      "condition",
    ],
    [
      "in a text",
      `<set-header name="x" exists-action="override"><value>@(${code}.ToString())</value></set-header>`,
      "set-header[1]/value[1]",
      undefined,
    ],
    [
      "below others",
      `<choose><when condition="@(true)"><set-variable name="x" value="@(${code})" /></when></choose>`,
      "choose[1]/when[1]/set-variable[1]",
      "value",
    ],
  ])("%s is named with document, section, element, line, C# text and exception", async (_, policy, element, attribute) => {
    const { call, last } = watched({ api: document({ inbound: `\n${policy}` }) });
    expect((await call()).status).toBe(500);
    const failed = {
      document: "api openai",
      section: "inbound",
      element,
      ...(attribute && { attribute }),
      line: 2,
      code: expect.stringContaining(code),
      exception: "KeyNotFoundException",
      message: expect.any(String),
    };
    expect(last().failed).toEqual([failed]);
    expect(last().reason).toBe("ExpressionValueEvaluationFailure");
    for (const text of [callLine(last()), renderTrace(last())])
      for (const word of ["api openai, inbound", element, "line 2", code, "KeyNotFoundException"]) expect(text).toContain(word);
    expect(last().elements.find(({ outcome }) => outcome === "failed")).toBeDefined();
  });

  it("is named where it stands in a fragment", async () => {
    const { arm, call, last } = watched({ api: document({ inbound: `<include-fragment fragment-id="shared" />` }) });
    arm.child("policyFragments/shared", {
      format: "rawxml",
      value: `<fragment>\n\n<set-variable name="x" value="@(${code})" /></fragment>`,
    });
    expect((await call()).status).toBe(500);
    expect(last().failed).toMatchObject([{ element: "include-fragment[1]/set-variable[1]", line: 3, fragment: "shared" }]);
  });

  it("is named also where the caller gets another answer", async () => {
    const { call, last } = watched({
      api: document({
        inbound: `<set-variable name="x" value="@(${code})" />`,
        onError: `<return-response><set-status code="418" reason="Teapot" /></return-response>`,
      }),
    });
    expect((await call()).status).toBe(418);
    expect(last().failed).toHaveLength(1);
  });
});

describe("calls that are kept", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "calls-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function someCalls(count: number): Promise<CallTrace[]> {
    const { call, calls } = watched({
      options: { random: Math.random },
      hosts: { "default.example": (_, n) => ({ headers: { "x-request-id": `caller-saw-${n}` } }) },
    });
    for (let i = 0; i < count; i++) await call("/openai/models", { method: "GET" });
    return calls;
  }

  it("are found by the id that the caller saw, by the service's, by the gateway's, and by how they begin", async () => {
    const directory = join(folder, "found");
    const { call, last } = twoMembers();
    await call();
    const kept = keepCalls(directory, (message) => expect.unreachable(message));
    for (const trace of await someCalls(3)) kept.add(trace);
    kept.add(last());
    await kept.written();
    const gateways = last().ids[0] ?? "";
    for (const id of ["id-of-b", "id-of-a", gateways, gateways.toUpperCase(), gateways.slice(0, 8), "last"])
      expect(traceText(directory, "dev", id, false), id).toContain("called b, https://b.example");
    expect(traceText(directory, "dev", undefined, false)).toMatch(/caller-saw-3[\s\S]*id-of-b[\s\S]*Of 4 calls that are kept/);
    expect(() => traceText(directory, "dev", "caller-saw", false)).toThrow(/^3 calls have an id that begins with caller-saw:/);
    expect(() => traceText(directory, "dev", "nothing-like-it", false)).toThrow(
      /^No call with the id nothing-like-it is kept \(4 calls from [\s\S]*id-of-b/,
    );
    expect(() => traceText(join(folder, "none"), "dev", undefined, false)).toThrow("npm run sandbox -- serve --stack dev");
    expect(JSON.parse(traceText(directory, "dev", "id-of-b", true))).toMatchObject({
      id: "id-of-b",
      elements: expect.any(Array),
    });
  });

  it("are the last ones, within bounds, over several runs, and nobody else's to read", async () => {
    const directory = join(folder, "bounds");
    const calls = await someCalls(25);
    for (const part of [calls.slice(0, 7), calls.slice(7)]) {
      const kept = keepCalls(directory, (message) => expect.unreachable(message), { calls: 5, bytes: 1e9 });
      for (const trace of part) {
        kept.add(trace);
        await kept.written();
      }
    }
    const found = keptCalls(directory).map(({ id }) => id);
    expect(found.length).toBeGreaterThanOrEqual(5);
    expect(found.length).toBeLessThanOrEqual(10);
    expect(found).toEqual(calls.slice(-found.length).map(({ id }) => id));
    for (const file of readdirSync(directory)) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it("take no more of the disk than they may, whatever a trace comes to", async () => {
    const directory = join(folder, "bytes");
    const [call] = await someCalls(1);
    const size = JSON.stringify(call).length + 1;
    const kept = keepCalls(directory, (message) => expect.unreachable(message), { calls: 1000, bytes: 3 * size });
    for (let i = 0; i < 20; i++) {
      kept.add(call as CallTrace);
      await kept.written();
    }
    const total = readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
    expect(total).toBeLessThanOrEqual(2 * 4 * size);
  });

  it("are read although a kill cut the last line short", async () => {
    const directory = join(folder, "cut");
    const kept = keepCalls(directory, (message) => expect.unreachable(message));
    for (const trace of await someCalls(2)) kept.add(trace);
    await kept.written();
    appendFileSync(join(directory, "calls.jsonl"), '{"time":"2026-');
    expect(keptCalls(directory)).toHaveLength(2);
    expect(callsWithId(keptCalls(directory), "caller-saw-2")).toHaveLength(1);
  });

  it("stop with one message when the disk takes no more, and calls go on", async () => {
    const said: string[] = [];
    const file = join(folder, "a-file");
    appendFileSync(file, "");
    const kept = keepCalls(join(file, "below"), (message) => said.push(message));
    for (const trace of await someCalls(3)) {
      kept.add(trace);
      await kept.written();
    }
    expect(said).toEqual([expect.stringContaining("their traces are not kept")]);
    expect(readFileSync(file, "utf8")).toBe("");
  });
});
