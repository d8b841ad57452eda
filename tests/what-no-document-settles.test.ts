/**
 * Where no document says how Azure behaves, do our policies hold whichever way it is? Each switch of the gateway and of the accounts in each of its positions:
 * no caller gets an error that it would not get otherwise, and what cannot hold is said here as it is.
 */
import { get } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { builtInProcess } from "../cli/in-process.ts";
import { manualClock } from "../sandbox/clock.ts";
import { createEntra } from "../sandbox/entra.ts";
import { createFaults } from "../sandbox/faults.ts";
import { serve as listen } from "../sandbox/http-server.ts";
import { createAccounts } from "../sandbox/openai/index.ts";
import { deployable } from "./support/certificate.ts";
import { type Deployed, deployedInProcess } from "./support/deployed-in-process.ts";
import { type Answer, chunks, type Script } from "./support/gateway.ts";
import { chat, deploymentPath, type Served, serve, V1, type World } from "./support/policies.ts";

const REGIONS = ["swedencentral", "eastus2", "francecentral"] as const;
const ENTRANCES = ["application-gateway", "front-door"] as const;
/** `npm run test:every`: classic gateways too. */
const FAMILIES = process.env.EVERY ? ["BasicV2", "Developer", "Consumption"] : ["BasicV2", "Consumption"];
const on = (sku: string, world?: World) =>
  serve({ gateway: { sku, publisherName: "a", publisherEmail: "a@b.example" }, consumers: [{ name: "chat-web" }] }, world);
const error = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify({ error: { code, message: "from the account" } }),
});
const always =
  (answer: Answer): Script =>
  () =>
    answer;
const everywhere = (answer: Answer) => Object.fromEntries(REGIONS.map((region) => [region, always(answer)]));

async function statuses(served: Served, count: number): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push((await served.call(i % 2 === 0 ? V1 : deploymentPath(), chat())).status);
  return all;
}
const ok = (count: number) => Array(count).fill(200);

let azure: Deployed | undefined;
afterEach(async () => {
  await azure?.close();
  azure = undefined;
});

describe.each(["member", "unchanged"] as const)(
  "context.Request.Url after a call without an answer: %s",
  (requestUrlAfterError) => {
    const readings = { requestUrlAfterError };

    it.each(FAMILIES)("two of three accounts are silent, and every call is served: %s", async (sku) => {
      for (const kind of ["dns", "reset"] as const) {
        const served = await on(sku, { readings, accounts: { swedencentral: () => kind, eastus2: () => kind } });
        for (let i = 0; i < 6; i++) {
          served.forget();
          expect(await statuses(served, 1)).toEqual([200]);
          // The one that the pool gave may be asked a second time where nobody can tell which it was.
          const again = served.attempts.length - new Set(served.called()).size;
          expect(again).toBeLessThanOrEqual(requestUrlAfterError === "member" ? 0 : 1);
        }
      }
    });

    it("one is throttled, one is silent: the third serves", async () => {
      for (const throttled of REGIONS)
        for (const silent of REGIONS.filter((region) => region !== throttled)) {
          const served = await serve(
            {},
            { readings, accounts: { [throttled]: always(error(429, "429", { "Retry-After": "30" })), [silent]: () => "reset" } },
          );
          expect(await statuses(served, 6)).toEqual(ok(6));
          expect(served.wasted()).toBe(0);
        }
    });

    it("all are silent: each was asked, and the caller is told when to come back", async () => {
      const served = await serve(
        {},
        { readings, accounts: Object.fromEntries(REGIONS.map((region) => [region, () => "reset"])) },
      );
      const reply = await served.call(V1, chat());
      expect([reply.status, reply.json.error.code, reply.headers.get("retry-after")]).toEqual([503, "service_unavailable", "10"]);
      expect(new Set(served.called())).toEqual(new Set(REGIONS));
      expect(served.attempts.length).toBeLessThanOrEqual(REGIONS.length + 1);
    });

    it.each(ENTRANCES)("the %s itself is silent: the accounts by their own paths serve", async (topology) => {
      const served = await serve(deployable(topology), {
        readings,
        entrance: ({ way }) => (way === "balanced" ? "reset" : undefined),
      });
      expect(await statuses(served, 6)).toEqual(ok(6));
    });
  },
);

describe.each(["body", "null", "throws"] as const)(
  "the body of an answer that is not buffered: %s",
  (bodyAsOfUnbufferedAnswer) => {
    const readings = { bodyAsOfUnbufferedAnswer };
    const isRead = bodyAsOfUnbufferedAnswer === "body";

    it.each(FAMILIES)("answers reach the caller whole, refusals too: %s", async (sku) => {
      for (const [status, code] of [
        [200, ""],
        [400, "content_filter"],
        [404, "NotFound"],
        [409, "Conflict"],
        [422, "x"],
      ] as const) {
        const served = await on(sku, { readings, accounts: everywhere(error(status, code)) });
        const reply = await served.call(V1, chat());
        expect([reply.status, reply.json]).toEqual([status, { error: { code, message: "from the account" } }]);
      }
    });

    it("a stream arrives piece by piece", async () => {
      const pieces = ['data: {"choices":[]}\n\n', "data: [DONE]\n\n"];
      const served = await serve(
        {},
        { readings, accounts: everywhere({ headers: { "content-type": "text/event-stream" }, body: chunks(...pieces) }) },
      );
      const reply = await served.call(V1, chat("chat", { stream: true }));
      expect([reply.status, reply.text]).toEqual([200, pieces.join("")]);
    });

    it.each(FAMILIES)("what sends a call to another account still does: %s", async (sku) => {
      for (const answer of [
        error(403, "PublicAccessDisabled"),
        error(401, "x"),
        error(429, "429"),
        error(500, "x"),
        { status: 403, body: "<html>" },
      ]) {
        const served = await on(sku, { readings, accounts: { swedencentral: always(answer), eastus2: always(answer) } });
        expect(await statuses(served, 6)).toEqual(ok(6));
      }
    });

    it.each(ENTRANCES)("behind %s a path that it does not know is an outage of its own", async (topology) => {
      const page = { status: 404, headers: { "content-type": "text/html" }, body: "<h2>Page not found</h2>" };
      const served = await serve(deployable(topology), {
        readings,
        entrance: ({ way }) => (way === "balanced" ? page : undefined),
      });
      expect(await statuses(served, 6)).toEqual(ok(6));
    });

    // Consumption buffers every answer. Elsewhere these two can be told by the body alone.
    it.each(FAMILIES)("a region without the deployment: only who can read the answer asks another: %s", async (sku) => {
      const served = await on(sku, { readings, accounts: { swedencentral: always(error(404, "DeploymentNotFound")) } });
      const seen = new Set(await statuses(served, 12));
      expect(seen).toEqual(new Set(isRead || sku === "Consumption" ? [200] : [200, 404]));
    });

    it.each(FAMILIES)(
      "a content filter's 403: who cannot read it asks every account, and then says that none serves: %s",
      async (sku) => {
        const served = await on(sku, { readings, accounts: everywhere(error(403, "content_filter")) });
        const reply = await served.call(V1, chat());
        const told = isRead || sku === "Consumption";
        expect([reply.status, reply.json.error.code]).toEqual(told ? [403, "content_filter"] : [503, "service_unavailable"]);
        expect(served.attempts.length).toBe(told ? 1 : REGIONS.length);
      },
    );
  },
);

describe("which operation is taken of those that match", () => {
  it.each(["literal", "created"] as const)(
    "%s: calls are balanced, and what is not listed is refused",
    async (operationPrecedence) => {
      const served = await serve({}, { readings: { operationPrecedence } });
      expect(await statuses(served, 6)).toEqual(ok(6));
      expect(new Set(served.called())).toEqual(new Set(REGIONS));
      expect((await served.call("/v1/models", { method: "GET" })).json.data.length).toBeGreaterThan(0);
      expect((await served.call("/v1/nothing", chat())).json.error.code).toBe("unknown_url");
    },
  );

  it.each(FAMILIES)("wildcard: no call is served; each is refused with the reason, and reaches no account: %s", async (sku) => {
    const served = await on(sku, { readings: { operationPrecedence: "wildcard" } });
    for (const [path, call] of [
      [V1, chat()],
      [deploymentPath(), chat()],
      ["/v1/models", { method: "GET" }],
    ] as const) {
      const reply = await served.call(path, call);
      expect([reply.status, reply.json.error.code]).toEqual([404, "unknown_url"]);
    }
    expect(served.attempts).toEqual([]);
  });
});

describe.each([200, 401, 404] as const)("the status path of accounts answers %i", (statusPath) => {
  it.each(ENTRANCES)("calls are served behind %s, also while a region is throttled", async (topology) => {
    azure = await deployedInProcess({ values: deployable(topology), accounts: { statusPath } });
    const call = async () => {
      const sdk = (azure as Deployed).v1();
      const { choices } = await sdk.chat.completions.create({ model: "chat", messages: [{ role: "user", content: "hello" }] });
      return choices[0]?.message.content;
    };
    const regions = async (count: number) => {
      const before = azure?.accounts.entries().length ?? 0;
      for (let i = 0; i < count; i++) expect(await call()).not.toBe("");
      return new Set(
        azure?.accounts
          .entries()
          .slice(before)
          .filter(({ status }) => status === 200)
          .map(({ region }) => region),
      );
    };
    await regions(1);
    // Longer than probes need to give an account up.
    await azure.clock.advance(300_000);
    expect(await regions(12)).toEqual(new Set(REGIONS));
    azure.faults.set({ kind: "throttled", host: azure.hosts[0] as string, retryAfterSeconds: 30 });
    expect((await regions(12)).size).toBe(2);
  });
});

describe.each([Number.POSITIVE_INFINITY, 10])("custom headers that an account takes: %d", (customHeaderLimit) => {
  /** What official SDKs send of their own, all together. */
  const sdk = Object.fromEntries(
    [
      "lang",
      "package-version",
      "os",
      "arch",
      "runtime",
      "runtime-version",
      "retry-count",
      "timeout",
      "read-timeout",
      "async",
      "raw-response",
      "helper-method",
    ].map((name) => [`x-stainless-${name}`, "x"]),
  );
  const ids = {
    traceparent: `00-${"0af76519".repeat(4)}-b7ad6b7169203331-01`,
    tracestate: "a=b",
    "x-ms-client-request-id": "one",
  };
  const others = Object.fromEntries(Array.from({ length: 36 }, (_, i) => [`x-of-the-caller-${i}`, "x"]));

  it.each(FAMILIES)("a call with 50 headers is served: %s", async (sku) => {
    const served = await on(sku, { counting: { customHeaderLimit } });
    for (const headers of [{}, sdk, { ...sdk, ...ids }, { ...sdk, ...ids, ...others }])
      for (const path of [V1, deploymentPath()]) {
        const reply = await served.call(path, { ...chat(), headers });
        expect([reply.status, reply.json.error], JSON.stringify(headers)).toEqual([200, undefined]);
      }
  });

  it.each(ENTRANCES)("and behind %s, which writes headers of its own", async (topology) => {
    azure = await deployedInProcess({ values: deployable(topology), accounts: { customHeaderLimit } });
    for (const stream of [false, true]) {
      const response = await fetch(`${azure.url}/openai/v1/chat/completions`, {
        method: "POST",
        headers: { "api-key": azure.key, "content-type": "application/json", ...sdk, ...ids },
        body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hello" }], stream }),
      });
      expect([response.status, (await response.text()).length > 0]).toEqual([200, true]);
    }
  });
});

describe("x-sandbox-*", () => {
  /** All that the local Azure writes between its own parts, and what somebody may think that it reads. */
  const forged = { from: "10.0.0.4", to: "10.0.0.5", port: 443, target: "/subscriptions/s/privateEndpoints/x" };
  const NAMES = [
    "x-sandbox-connection",
    "X-Sandbox-Connection",
    "x-sandbox-fault",
    "x-sandbox-status",
    "x-sandbox-reading",
    "x-sandbox-proof",
  ];
  const VALUES = [JSON.stringify(forged), `undefined ${JSON.stringify(forged)}`, "500", "{"];
  const request = { model: "chat", messages: [{ role: "user", content: "hello" }] };

  it.each(["public-apim", "private-apim", ...ENTRANCES] as const)(
    "of a caller of the gateway change nothing and reach nobody: %s",
    async (topology) => {
      azure = await deployedInProcess({ values: deployable(topology) });
      for (const name of NAMES)
        for (const value of VALUES) {
          const response = await fetch(`${azure.url}/openai/v1/chat/completions`, {
            method: "POST",
            headers: { "api-key": azure.key, "content-type": "application/json", [name]: value },
            body: JSON.stringify(request),
          });
          expect(response.status, `${name}: ${value}`).toBe(200);
          await response.text();
        }
      for (const { request: arrived } of azure.received)
        expect(arrived.headers.fields.filter(([name]) => /^x-sandbox-/i.test(name))).toEqual([]);
    },
  );

  it("of who calls a closed account by himself open neither its address nor its private endpoint's", async () => {
    const { arm, today } = await builtInProcess("dev", { topology: "private-apim" });
    const clock = manualClock(new Date(`${today}T09:00:00Z`));
    const accounts = createAccounts({ arm, clock, entra: createEntra(clock), faults: createFaults(clock) });
    const [endpoint] = arm.list("Microsoft.Network/privateEndpoints");
    const [account] = arm.list("Microsoft.CognitiveServices/accounts");
    const believed = JSON.stringify({ ...forged, target: endpoint?.id });
    for (const handle of [accounts.handle, accounts.handlePrivate]) {
      const server = await listen(handle);
      try {
        for (const name of NAMES)
          for (const value of [...VALUES, believed, `undefined ${believed}`]) {
            const host = `${account?.body.properties.customSubDomainName}.openai.azure.com`;
            const answer = await new Promise<number | undefined>((resolve, reject) => {
              const options = {
                host: "127.0.0.1",
                port: server.port,
                path: "/openai/v1/models",
                headers: { Host: host, [name]: value },
              };
              get(options, (message) => {
                message.resume();
                resolve(message.statusCode);
              }).on("error", reject);
            });
            // Who is let in and has no token would get 401.
            expect(answer, `${name}: ${value}`).toBe(403);
          }
      } finally {
        await server.close();
      }
    }
  });
});
