/** Our documents executed by the gateway: what an account does, and what the caller gets. */
import { describe, expect, it } from "vitest";
import type { Readings } from "../sandbox/gateway/index.ts";
import { failures } from "../stacks/catalog/failures.ts";
import { type Answer, chunks, type Script } from "./support/gateway.ts";
import { chat, deploymentPath, type Served, serve, V1, type World } from "./support/policies.ts";

const KINDS = ["dns", "refused", "reset", "tls"] as const;
const REGIONS = ["swedencentral", "eastus2", "francecentral"];
const error = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify({ error: { code, message: "from the account" } }),
});
const throttled =
  (seconds?: number, more: Record<string, string> = {}): Script =>
  () =>
    error(429, "429", { ...(seconds === undefined ? {} : { "Retry-After": String(seconds) }), ...more });
const always =
  (answer: Answer): Script =>
  () =>
    answer;
const everywhere = (script: Script) => Object.fromEntries(REGIONS.map((region) => [region, script]));
const dev = (world?: World) => serve({}, world);

/** One provisioned account, then two that are paid as they are used. */
const provisioned = (world?: World) =>
  serve(
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
    world,
  );
const PTU = "swedencentral-ptu";

async function each(served: Served, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await served.call(V1, chat())).status);
  return statuses;
}

describe("a model's pool", () => {
  it.each([
    ["deployments API", deploymentPath("chat"), "/openai/deployments/chat/chat/completions"],
    ["v1 API", V1, "/openai/v1/chat/completions"],
  ])("gets the request in the %s, path and body as they were sent", async (_, path, arrived) => {
    const served = await dev();
    const call = chat("chat", { text: 'é < & \u2028 "quoted"', n: 1.0 });
    expect((await served.call(path, call)).status).toBe(200);
    expect(served.sent.map(({ url }) => url.pathname)).toEqual([arrived]);
    expect(Buffer.from(served.sent[0]?.body ?? []).toString()).toBe(JSON.stringify(call.body));
  });

  it("is chosen by the model in the body or the path", async () => {
    const served = await dev({ accounts: everywhere(throttled(30)) });
    await served.call(V1, chat("chat"));
    expect(new Set(served.attempts.map(({ backend }) => backend?.split("-").at(-1)))).toEqual(new Set(["chat"]));
    served.forget();
    await served.call("/deployments/embeddings/embeddings?api-version=2024-10-21", { body: { input: "x" } });
    expect(new Set(served.attempts.map(({ backend }) => backend?.split("-").at(-1)))).toEqual(new Set(["embeddings"]));
  });

  it("spreads calls over every region", async () => {
    const served = await dev();
    await each(served, 6);
    expect(served.called().sort()).toEqual([...REGIONS, ...REGIONS].sort());
  });

  it("reads the model of a form", async () => {
    const served = await dev();
    const file = [
      "--b",
      'Content-Disposition: form-data; name="file"; filename="model.wav"',
      "Content-Type: audio/wav",
      "",
      "RIFF",
    ];
    const form = ["", "--b", 'Content-Disposition: form-data; name="model"', "", "chat", "--b--", ""].join("\r\n");
    const body = Buffer.concat([Buffer.from(file.join("\r\n")), Buffer.from([0x01, 0x00, 0xff, 0xfe]), Buffer.from(form)]);
    const { status } = await served.call("/v1/audio/transcriptions", {
      body: new Uint8Array(body),
      headers: { "Content-Type": "multipart/form-data; boundary=b" },
    });
    expect(status).toBe(200);
    expect(Buffer.from(served.sent[0]?.body ?? []).equals(body)).toBe(true);
  });

  it("uses what is provisioned first, and what is paid by use while that is throttled", async () => {
    const served = await provisioned({
      accounts: { [PTU]: (_, n) => (n === 3 ? error(429, "429", { "Retry-After": "20", "retry-after-ms": "19500" }) : {}) },
    });
    expect(await each(served, 5)).toEqual([200, 200, 200, 200, 200]);
    const [a, b, c, ...rest] = served.called();
    expect([a, b, c]).toEqual([PTU, PTU, PTU]);
    expect(rest).not.toContain(PTU);
    await served.clock.advance(20_000);
    await each(served, 1);
    expect(served.called().at(-1)).toBe(PTU);
  });
});

describe("a member that fails", () => {
  const table = failures
    .filter(({ retried }) => retried)
    .flatMap(({ name, status, code }) =>
      (typeof status === "number" ? [status] : status).map((one) => ({ name, status: one, code })),
    );

  it.each(table)("with $name ($status) is left for another, with the same body", async ({ status, code }) => {
    const answer = error(status, code && "is" in code ? (code.is[0] ?? "") : "anything");
    for (const path of [V1, deploymentPath()]) {
      const served = await dev({ accounts: { eastus2: always(answer), swedencentral: always(answer) } });
      const call = chat("chat", { seed: path });
      for (let i = 0; i < 3; i++)
        expect(await served.call(path, call)).toMatchObject({ status: 200, json: { served: "francecentral" } });
      expect(new Set(served.sent.map(({ body }) => Buffer.from(body).toString()))).toEqual(new Set([JSON.stringify(call.body)]));
    }
  });

  it.each(
    (["null", "stale", "503"] as const).flatMap((responseAfterError) =>
      [true, false].flatMap((transportFailureTripsBreaker) =>
        [true, false].flatMap((lastErrorInRetry) =>
          (["error", "response"] as const).map(
            (poolExhaustedInRetry): Partial<Readings> => ({
              responseAfterError,
              transportFailureTripsBreaker,
              lastErrorInRetry,
              poolExhaustedInRetry,
            }),
          ),
        ),
      ),
    ),
  )("without an answer is left for another under the reading %j", async (readings) => {
    const kind = "reset";
    const alone = await dev({ readings, accounts: { eastus2: () => kind, swedencentral: () => kind } });
    expect(await each(alone, 4)).toEqual([200, 200, 200, 200]);
    // The only member of the higher priority: a pool would give it again and again.
    const first = await provisioned({ readings, accounts: { [PTU]: () => kind, eastus2: throttled(30) } });
    expect(await each(first, 4)).toEqual([200, 200, 200, 200]);
    expect(first.called().filter((account) => account === "eastus2").length).toBeLessThanOrEqual(4);
  });

  it.each(KINDS.flatMap((kind) => [true, false].map((transportFailureTripsBreaker) => ({ kind, transportFailureTripsBreaker }))))(
    "without an answer is not asked again for the same request: %j",
    async ({ kind, ...readings }) => {
      const served = await dev({ readings, accounts: { eastus2: () => kind, swedencentral: () => kind } });
      for (let i = 0; i < 6; i++) {
        served.forget();
        expect((await served.call(V1, chat())).status).toBe(200);
        expect(new Set(served.called()).size).toBe(served.attempts.length);
      }
      const first = await provisioned({ readings, accounts: { [PTU]: () => kind } });
      await each(first, 1);
      expect(first.called()).toEqual([PTU, expect.not.stringContaining(PTU)]);
    },
  );

  it("without an answer is left for another also where the URL of a failed call does not name it", async () => {
    const served = await dev({
      accounts: { eastus2: () => "reset", swedencentral: () => "reset" },
      rewrite: (xml) => xml.replaceAll("context.Request.Url.Host", "context.Request.OriginalUrl.Host"),
    });
    let again = 0;
    for (let i = 0; i < 20; i++) {
      served.forget();
      expect((await served.call(V1, chat())).status).toBe(200);
      again += served.attempts.length - new Set(served.called()).size;
    }
    expect(again).toBeGreaterThan(0);
  });

  it("and was just added with its role not there yet costs the caller nothing", async () => {
    const served = await dev({
      accounts: {
        francecentral: (_, n) => (n < 4 ? error(401, "PermissionDenied") : {}),
        eastus2: (_, n) => (n < 3 ? error(404, "DeploymentNotFound") : {}),
      },
    });
    expect(await each(served, 12)).toEqual(Array(12).fill(200));
  });

  it("is not asked twice for one request when its breaker is not seen yet", async () => {
    const served = await dev({
      readings: { breakerVisibilityMs: 200 },
      accounts: { eastus2: throttled(30), swedencentral: throttled(30) },
    });
    expect(await each(served, 3)).toEqual([200, 200, 200]);
    expect(served.attempts.length).toBeLessThanOrEqual(3 * 4);
  });

  it("is tried while another gateway instance has tripped", async () => {
    const served = await dev({ instances: 2, accounts: { eastus2: throttled(30) } });
    expect(await each(served, 8)).toEqual(Array(8).fill(200));
    expect(served.called().filter((account) => account === "eastus2").length).toBeLessThanOrEqual(2);
  });
});

describe("an answer that is the caller's", () => {
  it.each([
    ["a content filter", error(403, "content_filter")],
    ["a content filter of the older kind", error(403, "ResponsibleAIPolicyViolation")],
    ["a filtered prompt", error(400, "content_filter")],
    ["a bad request", error(400, "BadRequest")],
    ["a missing thing", error(404, "NotFound")],
    ["a 404 that is no JSON", { status: 404, body: "<html>not found</html>", headers: { "content-type": "text/html" } }],
    ["a conflict", error(409, "Conflict", { "Retry-After": "5" })],
    ["too large a body", error(413, "TooLarge")],
    ["a closed request", error(499, "ClientClosed")],
  ])("passes as it is, from one attempt: %s", async (_, answer) => {
    const served = await dev({ accounts: everywhere(always(answer)) });
    const reply = await served.call(V1, chat());
    expect(reply.status).toBe(answer.status);
    expect(reply.text).toBe(answer.body);
    expect(served.attempts).toHaveLength(1);
  });

  it("streams: the first piece is there before the last is made", async () => {
    let goOn = () => {};
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    async function* stream() {
      yield* chunks('data: {"first":true}\n\n');
      await waiting;
      yield* chunks("data: [DONE]\n\n");
    }
    let calls = 0;
    const script: Script = () => {
      calls++;
      return calls === 1
        ? error(429, "429", { "Retry-After": "5" })
        : { headers: { "content-type": "text/event-stream" }, body: stream() };
    };
    const served = await dev({ accounts: everywhere(script) });
    const response = await served.raw(V1, chat("chat", { stream: true }));
    expect(response.status).toBe(200);
    const pieces = response.body[Symbol.asyncIterator]();
    expect(Buffer.from((await pieces.next()).value ?? []).toString()).toContain("first");
    goOn();
    expect(Buffer.from((await pieces.next()).value ?? []).toString()).toContain("[DONE]");
  });
});

describe("when no member is left", () => {
  it("all throttled is 429 with the earliest Retry-After", async () => {
    const served = await dev({
      accounts: { swedencentral: throttled(42), eastus2: throttled(17), francecentral: throttled(55) },
    });
    const reply = await served.call(V1, chat());
    expect(reply.status).toBe(429);
    expect(reply.headers.get("retry-after")).toBe("17");
    expect(reply.json).toEqual({
      error: {
        message:
          "Every region that has `chat` is out of quota: 3 of 3 said so to this call, and any other to earlier ones. The first has room again in 17 s.",
        type: "rate_limit_error",
        param: null,
        code: "rate_limit_exceeded",
      },
    });
    expect(served.called().sort()).toEqual([...REGIONS].sort());
  });

  it("a request that finds every breaker open learns the same from the cache, and calls nobody", async () => {
    const served = await dev({
      accounts: { swedencentral: throttled(42), eastus2: throttled(17), francecentral: throttled(55) },
    });
    await served.call(V1, chat());
    await served.clock.advance(5_000);
    const attempts = served.attempts.length;
    for (const poolExhausted of [1, 2]) {
      const reply = await served.call(deploymentPath(), chat());
      expect([poolExhausted, reply.status, reply.headers.get("retry-after"), reply.json.error.code]).toEqual([
        poolExhausted,
        429,
        "12",
        "rate_limit_exceeded",
      ]);
    }
    expect(served.attempts.length).toBe(attempts);
    await served.clock.advance(12_000);
    await served.call(V1, chat());
    expect(served.attempts.length).toBe(attempts + 1);
  });

  it.each(["error", "response"] as const)(
    "also where an exhausted pool shows in the retry as %s",
    async (poolExhaustedInRetry) => {
      const served = await dev({ readings: { poolExhaustedInRetry }, accounts: everywhere(throttled(30)) });
      await served.call(V1, chat());
      const reply = await served.call(V1, chat());
      expect([reply.status, reply.headers.get("retry-after"), served.attempts.length]).toEqual([429, "30", 3]);
    },
  );

  it("leaves the other model's pool alone", async () => {
    const served = await dev({
      accounts: everywhere((request) =>
        request.url.pathname.includes("embeddings") ? {} : error(429, "429", { "Retry-After": "30" }),
      ),
    });
    expect((await served.call(V1, chat())).status).toBe(429);
    expect((await served.call("/deployments/embeddings/embeddings", { body: { input: "x" } })).status).toBe(200);
  });

  it.each([
    ["a server error", always(error(500, "InternalServerError"))],
    ["a role that is missing", always(error(403, "PermissionDenied"))],
    ["no answer", (() => "refused") as Script],
  ])("any outage among them is 503: %s", async (_, outage) => {
    const served = await dev({ accounts: { swedencentral: throttled(42), eastus2: outage, francecentral: throttled(55) } });
    for (let i = 0; i < 2; i++) {
      const reply = await served.call(V1, chat());
      expect([reply.status, reply.headers.get("retry-after"), reply.json.error]).toEqual([
        503,
        "10",
        {
          message: expect.stringMatching(/^No region could serve `chat`: [0-3] of 3 answered, .* Try again in 10 s\.$/),
          type: "server_error",
          param: null,
          code: "service_unavailable",
        },
      ]);
    }
  });

  it.each([
    ["seconds", { "Retry-After": "7" }, "7", "7"],
    ["milliseconds", { "Retry-After": "8", "retry-after-ms": "7400" }, "8", "8"],
    ["a date", { "Retry-After": "Tue, 24 Nov 2026 09:00:30 GMT" }, "30", "30"],
    ["nothing", {}, "10", "10"],
    ["nonsense", { "Retry-After": "soon" }, "10", "10"],
    ["more than the SDK honours", { "Retry-After": "90" }, "60", "90"],
    ["a day", { "Retry-After": "86400" }, "60", "86400"],
    ["nothing to wait for", { "Retry-After": "0" }, "1", "1"],
  ])("the wait is right after %s", async (_, headers, header, said) => {
    const served = await dev({ accounts: everywhere(throttled(undefined, headers)) });
    const reply = await served.call(V1, chat());
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([429, header]);
    expect(reply.json.error.message).toContain(` in ${said} s.`);
  });

  it("says nothing of the accounts or of what they said", async () => {
    const served = await dev({ accounts: everywhere(throttled(5, { "x-ms-deployment-name": "chat" })) });
    const reply = await served.call(V1, chat());
    expect(JSON.stringify([reply.headers.fields, reply.text])).not.toMatch(
      /aoai-dev|from the account|apim-request-id|deployment-name/,
    );
  });

  it("an outage is 503 where a retry does not see that no answer came", async () => {
    const served = await dev({ readings: { retrySeesTransportFailure: false }, accounts: everywhere(() => "reset") });
    const reply = await served.call(V1, chat());
    expect([reply.status, reply.json.error.code, served.attempts.length]).toEqual([503, "service_unavailable", 1]);
  });

  it("a member that does not answer in time is not followed by another: 504, and the SDK is told not to retry", async () => {
    const served = await dev({ accounts: everywhere(() => "hang") });
    const reply = served.call(V1, chat());
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    await served.clock.advance(231_000);
    expect(await reply).toMatchObject({ status: 504, json: { error: { type: "server_error", code: "timeout" } } });
    expect((await reply).headers.get("x-should-retry")).toBe("false");
    expect(served.attempts).toHaveLength(1);
  });
});

describe("a body too large to be kept for another attempt", () => {
  const MIB = 1024 * 1024;
  const large = chat("chat", { padding: "x".repeat(2 * MIB) });

  it("is sent once where the path names the model", async () => {
    const served = await dev();
    expect((await served.call("/deployments/chat/images/edits", large)).status).toBe(200);
    expect(served.sent[0]?.body.length).toBeGreaterThan(2 * MIB);
  });

  it.each([
    [429, throttled(30), "rate_limit_exceeded"],
    [503, always(error(500, "x")), "service_unavailable"],
    [503, (() => "reset") as Script, "service_unavailable"],
  ])("and is not tried again: %i", async (status, script, code) => {
    const served = await dev({ accounts: everywhere(script) });
    const reply = await served.call("/deployments/chat/images/edits", large);
    expect([reply.status, reply.json.error.code, reply.headers.get("retry-after")]).toEqual([status, code, "1"]);
    expect(served.attempts).toHaveLength(1);
  });

  it("is refused where the model is in the body", async () => {
    const served = await dev();
    expect(await served.call(V1, large)).toMatchObject({
      status: 413,
      json: { error: { code: "body_too_large", message: expect.stringContaining("2 MiB") } },
    });
    expect(served.attempts).toEqual([]);
  });

  it("is replayed byte for byte up to the limit", async () => {
    const served = await dev({ accounts: everywhere((_, n) => (n === 1 ? error(429, "429") : {})) });
    const body = new Uint8Array(2 * MIB).map((_, i) => i % 251);
    await served.call("/deployments/chat/images/edits", { body, headers: { "Content-Type": "multipart/form-data; boundary=b" } });
    expect(served.sent.length).toBeGreaterThan(1);
    for (const sent of served.sent) expect(Buffer.from(sent.body).equals(body)).toBe(true);
  });
});

describe("a gateway without breakers", () => {
  const consumption = (world?: World) =>
    serve(
      {
        gateway: { sku: "Consumption", publisherName: "Contoso", publisherEmail: "a@contoso.example" },
        regions: REGIONS,
        consumers: [{ name: "chat-web" }],
      },
      world,
    );

  it("goes round the members itself", async () => {
    const served = await consumption({ accounts: { eastus2: throttled(30), swedencentral: () => "refused" } });
    expect(await each(served, 6)).toEqual(Array(6).fill(200));
  });

  it("says when the first is back from what this request learned", async () => {
    const served = await consumption({
      accounts: { eastus2: throttled(30), swedencentral: throttled(20), francecentral: throttled(25) },
    });
    const reply = await served.call(V1, chat());
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([429, "20"]);
  });
});
