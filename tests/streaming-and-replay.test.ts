/** Over real HTTP: does the first token reach the caller before the last is made, is a repeated request the same to the byte, and does a hang-up end all? */
import { beforeAll, describe, expect, it } from "vitest";
import { type Deployed, type DeployedOptions, deployedInProcess } from "./support/deployed-in-process.ts";

const MIB = 1024 * 1024;
const V1 = "/openai/v1/chat/completions";
const DEPLOYMENTS = "/openai/deployments/chat/chat/completions?api-version=2024-10-21";
const styles = [
  ["v1", V1],
  ["deployments", DEPLOYMENTS],
] as const;

function deployment(options?: DeployedOptions): () => Deployed {
  let azure: Deployed;
  beforeAll(async () => {
    azure = await deployedInProcess(options);
    return () => azure.close();
  });
  return () => azure;
}

/** Sends bytes as they are. */
const post = (
  { url, key }: Deployed,
  path: string,
  body: NonNullable<RequestInit["body"]>,
  more: RequestInit & { duplex?: "half" } = {},
) => fetch(`${url}${path}`, { method: "POST", headers: { "api-key": key, "Content-Type": "application/json" }, body, ...more });

/** Waits for what happens by itself. The clock of the sandbox stands still meanwhile: what needs time does not happen. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setImmediate(resolve));
}
/** Lets sandbox time pass, second by second, until something has happened. */
async function pass({ clock }: Deployed, happened: () => boolean): Promise<void> {
  while (!happened()) {
    await clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A chat of valid JSON that is exactly so long: what is added is white space, which costs no tokens, and nothing a parser would write itself. */
function chatOf(bytes: number, more = ""): Buffer {
  const [start, end] = [
    `{ "model":"chat",\r\n "temperature": 1.0${more}, "messages":[{"role":"user","content":"h\\u00e9llo \\/"}]`,
    "}\n",
  ];
  return Buffer.concat([Buffer.from(start), Buffer.alloc(bytes - start.length - end.length, " \t"), Buffer.from(end)]);
}

const failFirst = (azure: Deployed, fail: (host: string) => void) => {
  azure.onConnect = (host) => {
    azure.onConnect = undefined;
    fail(host);
  };
};
const throttleFirst = (azure: Deployed) =>
  failFirst(azure, (host) => void azure.faults.set({ kind: "throttled", host, retryAfterSeconds: 5, seconds: 60 }));
const GONE_SECONDS = 3600;
/** Every test meets closed breakers and an empty memory. */
async function anew(azure: Deployed) {
  azure.faults.clearAll();
  azure.onConnect = undefined;
  await azure.clock.advance(GONE_SECONDS * 1000);
  azure.received.length = azure.attempts.length = 0;
}

describe("a stream", () => {
  const azure = deployment({ firstTokenMs: 1000, tokenMs: 1000 });

  it.each(
    styles.flatMap(([style]) => [
      [style, "the first member", false],
      [style, "the second member, after a 429", true],
    ]) as ["v1" | "deployments", string, boolean][],
  )("of the %s API from %s reaches the caller token by token", async (style, _, retried) => {
    await anew(azure());
    if (retried) throttleFirst(azure());
    const sdk = azure()[style]();
    const pieces: string[] = [];
    const reading = (async () => {
      const stream = await sdk.chat.completions.create({
        model: "chat",
        messages: [{ role: "user", content: "hello" }],
        stream: true,
      });
      for await (const { choices } of stream) if (choices[0]?.delta.content) pieces.push(choices[0].delta.content);
    })();
    const { received } = azure();
    await until(() => received.length === (retried ? 2 : 1));
    const content = () =>
      received.at(-1)?.sent.filter((piece) => /"content":"[^"]/.test(Buffer.from(piece).toString())).length ?? 0;
    for (let token = 1; token <= 3; token++) {
      await pass(azure(), () => content() === token);
      // Time stands still again, and the account has made so many tokens and no more.
      await until(() => pieces.length === token);
      expect([content(), received.at(-1)?.over]).toEqual([token, false]);
    }
    await pass(azure(), () => received.at(-1)?.over === true);
    await reading;
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.length).toBe(content());
  });

  it.each(styles)(
    "of the %s API that breaks off is not asked for again: what came stays, and the caller sees the break",
    async (_, path) => {
      await anew(azure());
      failFirst(azure(), (host) => void azure().faults.set({ kind: "cut", host, afterBytes: 1500 }));
      const answer = post(azure(), path, chatOf(200, ', "stream": true'));
      await pass(azure(), () => azure().received[0]?.over === true);
      const response = await answer;
      expect(response.status).toBe(200);
      const got: Uint8Array[] = [];
      const reading = (async () => {
        for await (const piece of response.body ?? []) got.push(piece);
      })();
      await expect(reading).rejects.toThrow();
      const bytes = Buffer.concat(got).toString();
      expect(bytes).toBe(Buffer.concat(azure().received[0]?.sent ?? []).toString());
      expect(bytes.length).toBe(1500);
      expect(bytes).not.toContain("[DONE]");
      expect(azure().attempts).toHaveLength(1);
    },
  );
});

describe("a caller who hangs up", () => {
  const azure = deployment({ firstTokenMs: 1000, tokenMs: 1000 });

  it.each(styles)("before the answer ends the call to the account, and no other is asked: %s API", async (_, path) => {
    await anew(azure());
    const caller = new AbortController();
    const answer = post(azure(), path, chatOf(200), { signal: caller.signal });
    await until(() => azure().received.length === 1);
    const [{ request } = { request: undefined }] = azure().received;
    expect(request?.signal?.aborted).toBe(false);
    caller.abort();
    await expect(answer).rejects.toThrow();
    await until(() => request?.signal?.aborted === true);
    await until(() => azure().attempts.length === 1);
    // Neither an answer nor a failure, so no breaker counts it.
    expect(azure().attempts[0]).not.toHaveProperty("status");
    expect(azure().attempts[0]).not.toHaveProperty("error");
    await azure().clock.advance(300_000);
    expect(azure().received).toHaveLength(1);
    expect((await azure().given(6)).size).toBe(3);
  });

  it.each(styles)("in the middle of a stream ends it at the account: %s API", async (_, path) => {
    await anew(azure());
    const caller = new AbortController();
    const answer = post(azure(), path, chatOf(200, ', "stream": true'), { signal: caller.signal });
    const entry = () => azure().received[0];
    await pass(azure(), () => (entry()?.sent.length ?? 0) >= 2);
    const reader = (await answer).body?.getReader();
    await reader?.read();
    expect(entry()?.over).toBe(false);
    caller.abort();
    await until(() => entry()?.over === true);
    expect(entry()?.request.signal?.aborted).toBe(true);
    expect(Buffer.concat(entry()?.sent ?? []).toString()).not.toContain("[DONE]");
    expect(azure().attempts).toHaveLength(1);
  });
});

const publisher = { publisherName: "Contoso", publisherEmail: "a@contoso.example" };
const gateways = [
  { name: "v2", values: {}, most: 2 * MIB },
  { name: "Consumption", values: { gateway: { sku: "Consumption", ...publisher }, consumers: [{ name: "chat-web" }] }, most: 2 * MIB },
  { name: "classic", values: { gateway: { sku: "Developer", ...publisher } }, most: 3 * MIB },
]; // biome-ignore format: a table

describe.each(gateways)("a request that is repeated, on $name", ({ name, values, most }) => {
  const azure = deployment({ values });

  const failures: [string, (azure: Deployed) => (host: string) => void][] = [
    ["429", (azure) => (host) => void azure.faults.set({ kind: "throttled", host, retryAfterSeconds: 5 })],
    ["503", (azure) => (host) => void azure.faults.set({ kind: "status", status: 503, host })],
    ["404 DeploymentNotFound", (azure) => (host) => void azure.faults.set({ kind: "deploymentMissing", host })],
    ["a reset connection", (azure) => (host) => void azure.resetting.add(host)],
  ];
  const cases = styles.flatMap(([style, path]) =>
    // What differs between gateways is how much they keep: one failure shows it.
    failures
      .slice(0, name === "v2" ? undefined : 1)
      .flatMap(([failure, fail], i) => (i === 0 ? [1000, most] : [most]).map((size) => ({ style, path, failure, fail, size }))),
  );

  it.each(cases)("has the same $size bytes after $failure: $style API", async ({ path, fail, size }) => {
    await anew(azure());
    azure().resetting.clear();
    failFirst(azure(), fail(azure()));
    const body = chatOf(size);
    expect(body).toHaveLength(size);
    const response = await post(azure(), path, body);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("chat.completion")]);
    const { received } = azure();
    expect(received).toHaveLength(2);
    expect(new Set(received.map(({ request }) => request.url.hostname)).size).toBe(2);
    for (const { request } of received) {
      expect(Buffer.from(request.body).equals(body)).toBe(true);
      expect(request.url.pathname + request.url.search).toBe(path);
      expect(request.headers.get("content-type")).toBe("application/json");
    }
  });
});

describe("a request larger than v2 can buffer", () => {
  const azure = deployment();
  const body = chatOf(2 * MIB + 1);

  it("is refused with 413 in the v1 API, whose model is in the body: no account is asked", async () => {
    await anew(azure());
    const response = await post(azure(), V1, body);
    expect([response.status, await response.json()]).toMatchObject([
      413,
      { error: { code: "body_too_large", message: expect.stringContaining("2 MiB") } },
    ]);
    expect(azure().received).toEqual([]);
  });

  it("goes once, as it is, where the path names the deployment", async () => {
    await anew(azure());
    const response = await post(azure(), DEPLOYMENTS, body);
    expect(response.status).toBe(200);
    expect(azure().received.map(({ request }) => Buffer.from(request.body).equals(body))).toEqual([true]);
  });

  it.each<[string, (host: string) => void, number, string]>([
    ["429", (host) => void azure().faults.set({ kind: "throttled", host, retryAfterSeconds: 5 }), 429, "rate_limit_exceeded"],
    ["503", (host) => void azure().faults.set({ kind: "status", status: 503, host }), 503, "service_unavailable"],
    ["no answer", (host) => void azure().faults.set({ kind: "reset", host }), 503, "service_unavailable"],
  ])(
    "and is not repeated after %s: another time it may be another member, so the caller is told to come back at once",
    async (_, fail, status, code) => {
      await anew(azure());
      failFirst(azure(), fail);
      const response = await post(azure(), DEPLOYMENTS, body);
      expect([response.status, response.headers.get("retry-after"), await response.json()]).toMatchObject([
        status,
        "1",
        { error: { code } },
      ]);
      expect(azure().attempts).toHaveLength(1);
      expect((await post(azure(), DEPLOYMENTS, body)).status).toBe(200);
    },
  );

  it.each(styles)("is refused with 413 where nothing said how long it is: %s API", async (_, path) => {
    await anew(azure());
    async function* pieces() {
      for (let at = 0; at < body.length; at += 64 * 1024) yield body.subarray(at, at + 64 * 1024);
    }
    const response = await post(azure(), path, ReadableStream.from(pieces()), { duplex: "half" });
    expect([response.status, await response.json()]).toMatchObject([413, { error: { code: "body_too_large" } }]);
    expect(azure().received).toEqual([]);
  });
});
