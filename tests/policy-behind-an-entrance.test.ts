/** Does a pool whose first choice is an entrance that balances blindly serve callers as well as a pool of accounts? */
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../cli/folders.ts";
import { readStackFile } from "../cli/stack-file.ts";
import { TRIP_SECONDS } from "../stacks/catalog/failures.ts";
import { deployable } from "./support/certificate.ts";
import type { Answer, Script } from "./support/gateway.ts";
import { chat, deploymentPath, type Served, serve, V1, type World } from "./support/policies.ts";

const REGIONS = ["swedencentral", "eastus2", "francecentral"];
const PROOF = "x-gateway-proof";
const ENTRANCES = ["application-gateway", "front-door"] as const;
type Kind = (typeof ENTRANCES)[number];
/** `npm run test:every`, and CI on main: both; else one, and the other in traffic-behind-an-entrance.test.ts. */
const TRIED = process.env.EVERY ? ENTRANCES : (["front-door"] as const);

const dev = (topology: Kind, world?: World, values?: Record<string, unknown>) =>
  // The way through the network is not what is tested here: accounts that count are open.
  serve({ ...deployable(topology), ...(world?.counting && { accountAccess: "open" }), ...values }, world);

const error = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify({ error: { code, message: "from the account" } }),
});
const throttled = (seconds: number): Answer => error(429, "429", { "Retry-After": String(seconds) });
const always =
  (answer: Answer): Script =>
  () =>
    answer;
const everywhere = (script: Script) => Object.fromEntries(REGIONS.map((region) => [region, script]));
/** What each entrance answers when it has nobody to ask. */
const NOBODY: Record<Kind, Answer> = {
  "application-gateway": {
    status: 502,
    headers: { "content-type": "text/html", Server: "Microsoft-Azure-Application-Gateway/v2" },
    body: "<html><head><title>502 Bad Gateway</title></head></html>",
  },
  "front-door": {
    status: 503,
    headers: { "content-type": "text/html", "x-azure-ref": "0abc" },
    body: "<h2>Our services aren't available right now</h2>",
  },
};
/** And its firewall. */
const REFUSED: Answer = { status: 403, headers: { "content-type": "text/html" }, body: "<html>Forbidden</html>" };

async function each(served: Served, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await served.call(i % 2 === 0 ? V1 : deploymentPath(), chat())).status);
  return statuses;
}
const ok = (count: number) => Array(count).fill(200);
const balanced = (ways: readonly string[]) => ways.filter((way) => way.startsWith("balanced "));

describe.each(TRIED)("behind %s", (kind) => {
  it("calls go unsteered while nothing is throttled, and the entrance balances", async () => {
    const served = await dev(kind);
    expect(await each(served, 12)).toEqual(ok(12));
    expect(served.ways().sort()).toEqual(REGIONS.flatMap((region) => Array(4).fill(`balanced ${region}`)).sort());
    expect(new Set(served.sent.map(({ url }) => url.pathname))).toEqual(
      new Set(["/openai/v1/chat/completions", "/openai/deployments/chat/chat/completions"]),
    );
  });

  it("a throttled account sends calls to the accounts one by one, itself aside, and then the entrance has them again", async () => {
    let full = true;
    const served = await dev(kind, { accounts: { eastus2: () => (full ? throttled(30) : {}) } });
    // The entrance comes to it within a round; of the accounts one by one it is found out once.
    expect(await each(served, 30)).toEqual(ok(30));
    const ways = served.ways();
    const first = ways.indexOf("balanced eastus2");
    expect(first).toBeLessThan(3);
    expect(balanced(ways.slice(first + 1))).toEqual([]);
    expect(ways.slice(first + 1).filter((way) => way === "steered eastus2").length).toBeLessThanOrEqual(1);
    full = false;
    await served.clock.advance(30_000);
    served.forget();
    await each(served, 6);
    expect(balanced(served.ways())).toHaveLength(6);
  });

  it("each model has its own way back: one throttled model leaves the other with the entrance", async () => {
    const served = await dev(kind, {
      accounts: everywhere(({ url }) => (url.pathname.includes("embeddings") ? {} : throttled(30))),
    });
    await each(served, 1);
    served.forget();
    expect((await served.call("/deployments/embeddings/embeddings", { body: { input: "x" } })).status).toBe(200);
    expect(balanced(served.ways())).toHaveLength(1);
  });

  it("an account that fails behind it costs the caller nothing", async () => {
    for (const answer of [
      error(500, "x"),
      error(401, "x"),
      error(408, "x"),
      error(404, "DeploymentNotFound"),
      "reset" as const,
    ]) {
      const served = await dev(kind, { accounts: { eastus2: () => answer } });
      expect(await each(served, 9), JSON.stringify(answer)).toEqual(ok(9));
    }
  });

  it("an account's own firewall, which does not know the entrance, counts as an outage: another is asked", async () => {
    const served = await dev(kind, {
      accounts: { eastus2: always(error(403, "AccessDenied")), francecentral: always(error(403, "AccessDenied")) },
    });
    expect(await each(served, 9)).toEqual(ok(9));
  });

  it("the content filter's 403 passes", async () => {
    const served = await dev(kind, { accounts: everywhere(always(error(403, "content_filter"))) });
    expect((await served.call(V1, chat())).status).toBe(403);
    expect(served.passed).toHaveLength(1);
  });

  it("where the entrance itself has nobody to ask, it is left alone for a while and the accounts are asked one by one", async () => {
    const served = await dev(kind, { entrance: ({ way }) => (way === "balanced" ? NOBODY[kind] : undefined) });
    expect(await each(served, 6)).toEqual(ok(6));
    expect(balanced(served.ways())).toHaveLength(1);
    await served.clock.advance(TRIP_SECONDS * 1000);
    served.forget();
    await each(served, 2);
    expect(balanced(served.ways())).toHaveLength(1);
  });

  it("an entrance that does not know the path yet counts as an outage, an account's 404 does not", async () => {
    const unknown: Answer = { status: 404, headers: { "content-type": "text/html" }, body: "<h2>Page not found</h2>" };
    const served = await dev(kind, { entrance: ({ way }) => (way === "balanced" ? unknown : undefined) });
    expect(await each(served, 4)).toEqual(ok(4));
    const nowhere = await dev(kind, { entrance: () => unknown });
    const reply = await nowhere.call(V1, chat());
    expect([reply.status, reply.headers.get("retry-after"), nowhere.passed.length]).toEqual([503, "10", 4]);
    for (const answer of [error(404, "NotFound"), { status: 404, body: "<html>not found</html>" }]) {
      const other = await dev(kind, { accounts: everywhere(always(answer)) });
      expect([(await other.call(V1, chat())).status, other.passed.length]).toEqual([404, 1]);
    }
  });

  it("the same where it cannot be reached on that path", async () => {
    const served = await dev(kind, { entrance: ({ way }) => (way === "balanced" ? "reset" : undefined) });
    expect(await each(served, 6)).toEqual(ok(6));
    // It cannot trip, so each call tries it once, and never twice.
    expect(balanced(served.ways())).toHaveLength(6);
    expect(served.passed).toHaveLength(12);
  });

  it.each([
    ["throttles", everywhere(always(throttled(17))), undefined, 429, "17"],
    ["is out", {}, NOBODY, 503, "10"],
    ["is closed by a firewall", {}, REFUSED, 503, "10"],
    ["cannot be reached", {}, "refused", 503, "10"],
  ] as const)(
    "when everything %s, every member has been asked once and the caller is told when to come back",
    async (_, accounts, own, status, wait) => {
      const answer = own !== undefined && typeof own === "object" && "front-door" in own ? own[kind] : own;
      const served = await dev(kind, { accounts, entrance: () => answer });
      const reply = await served.call(V1, chat());
      expect([reply.status, reply.headers.get("retry-after")]).toEqual([status, wait]);
      expect(reply.json.error.type).toBe(status === 429 ? "rate_limit_error" : "server_error");
      const paths = served.passed.map(({ request }) => request.url.pathname);
      expect(paths).toHaveLength(4);
      expect(new Set(paths).size).toBe(4);
    },
  );

  it("when everything is throttled, the caller waits for the first to be back, which may be the entrance", async () => {
    const waits: Record<string, number> = { swedencentral: 42, eastus2: 17, francecentral: 55 };
    const served = await dev(kind, {
      accounts: Object.fromEntries(REGIONS.map((region) => [region, always(throttled(waits[region] ?? 0))])),
    });
    const reply = await served.call(V1, chat());
    expect([reply.status, reply.headers.get("retry-after"), reply.json.error.code]).toEqual([429, "17", "rate_limit_exceeded"]);
    served.forget();
    await served.clock.advance(5_000);
    const again = await served.call(V1, chat());
    expect([again.status, again.headers.get("retry-after"), served.passed.length]).toEqual([429, "12", 0]);
  });

  it.each([
    { poolExhaustedInRetry: "response" as const },
    { breakerVisibilityMs: 200 },
    { cacheVisibilityMs: 200 },
    { transportFailureTripsBreaker: true },
    { responseAfterError: "503" as const },
    { responseAfterError: "stale" as const },
    { poolSelection: "random" as const },
  ])("holds where Azure may behave otherwise: %j", async (readings) => {
    for (const answer of [throttled(20), "reset" as const, error(503, "x")]) {
      const served = await dev(kind, { readings, accounts: { eastus2: () => answer, francecentral: () => answer } });
      expect(await each(served, 6)).toEqual(ok(6));
    }
    const full = await dev(kind, { readings, accounts: everywhere(always(throttled(17))) });
    const reply = await full.call(V1, chat());
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([429, "17"]);
    await full.clock.advance(1000);
    expect([(await full.call(V1, chat())).headers.get("retry-after")]).toEqual(["16"]);
  });

  it("with the gateway's cache lost, callers still get no error", async () => {
    const served = await dev(kind, {
      rewrite: (xml) => xml.replace(/<cache-store-value [^>]*\/>/, ""),
      accounts: { eastus2: always(throttled(60)), francecentral: always(throttled(30)) },
    });
    for (let second = 0; second < 120; second++) {
      expect((await served.call(V1, chat())).status).toBe(200);
      await served.clock.advance(1000);
    }
  });

  it.each([
    ["with the gateway's cache", undefined],
    ["without it", (xml: string) => xml.replace(/<cache-store-value [^>]*\/>/, "")],
  ])(
    "a region throttled to nothing costs callers nothing, and few calls reach it while it wants none: %s",
    async (_, rewrite) => {
      const [model] = readStackFile(REPOSITORY, "dev").values.models as object[];
      const served = await dev(
        kind,
        { counting: {}, rewrite },
        { models: [{ ...model, tpm: 60_000, regions: { eastus2: { tpm: 1000 } } }] },
      );
      // 160 calls a minute of some 400 tokens: what two regions can take in three quarters of their quota.
      const call = chat("chat", { max_completion_tokens: 390 });
      const minutes = 3;
      for (let i = 0; i < 160 * minutes; i++) {
        expect((await served.call(V1, call)).status).toBe(200);
        await served.clock.advance(375);
      }
      const attempts = served.passed.length;
      expect(attempts, "every call came through, some on a second way").toBeGreaterThan(160 * minutes);
      expect(served.wasted() / attempts).toBeLessThanOrEqual(0.02);
      expect(balanced(served.ways()).length, "the entrance gets the traffic back").toBeGreaterThan(minutes);
    },
  );

  it("provisioned throughput comes first, on its own path, and what it cannot take goes unsteered", async () => {
    let full = false;
    const [model] = readStackFile(REPOSITORY, "dev").values.models as object[];
    const served = await dev(
      kind,
      { accounts: { "swedencentral-ptu": () => (full ? throttled(20) : {}) } },
      {
        acceptProvisionedCost: true,
        regions: ["swedencentral", "eastus2"],
        models: [{ ...model, provisioned: [{ region: "swedencentral", sku: "GlobalProvisionedManaged", ptu: 50 }] }],
      },
    );
    await each(served, 3);
    expect(served.ways()).toEqual(Array(3).fill("steered swedencentral-ptu"));
    full = true;
    served.forget();
    await each(served, 3);
    expect(served.ways().slice(0, 2)).toEqual(["steered swedencentral-ptu", expect.stringMatching(/^balanced /)]);
    expect(balanced(served.ways())).toHaveLength(3);
  });

  it("models on accounts of their own are balanced over those alone, and known by their path", async () => {
    const [first, second] = readStackFile(REPOSITORY, "dev").values.models as object[];
    const served = await dev(
      kind,
      { accounts: { eastus2: ({ url }) => (url.pathname.includes("/chat") ? throttled(30) : {}) } },
      { models: [{ ...first, regions: ["swedencentral", "eastus2"] }, second] },
    );
    expect(await each(served, 12)).toEqual(ok(12));
    expect(served.called()).not.toContain("francecentral");
    const paths = served.passed.map(({ request }) => request.url.pathname);
    expect(paths.find((path) => path.startsWith("/m/only-chat/openai/"))).toBeDefined();
    // Its breaker is its own: it was asked until it said no, and no more.
    const said = served.ways().indexOf("balanced eastus2");
    expect(balanced(served.ways().slice(said + 1))).toEqual([]);
  });

  it("a call that only the larger accounts can take goes to those; the entrance would choose any", async () => {
    const [model] = readStackFile(REPOSITORY, "dev").values.models as object[];
    const served = await dev(
      kind,
      { counting: { neverFits: "day" } },
      { models: [{ ...model, tpm: 10_000, regions: { eastus2: { tpm: 30_000 } } }] },
    );
    expect((await served.call(V1, chat("chat", { max_completion_tokens: 20_000 }))).status).toBe(200);
    expect(served.ways()).toEqual(["steered eastus2"]);
    const reply = await served.call(V1, chat("chat", { max_completion_tokens: 40_000 }));
    expect([reply.status, reply.json.error.message]).toEqual([400, expect.stringContaining("no region has more than 30000")]);
    expect((await served.call(V1, chat("chat", { max_completion_tokens: 100 }))).status).toBe(200);
    expect(balanced(served.ways())).toHaveLength(1);
  });

  it("a named value that is older or newer than the document costs nobody anything", async () => {
    const served = await dev(kind, {
      rewrite: (xml) => xml.replaceAll(" eastus2 ", " elsewhere ").replace(/(-entrance-\w+) \* /g, "$1 + "),
    });
    expect(await each(served, 6)).toEqual(ok(6));
    expect((await served.call(V1, chat("chat", { max_completion_tokens: 59_000 }))).status).toBe(200);
  });
});

describe("at Front Door", () => {
  const proofs = ({ passed }: Served) => passed.map(({ request }) => request.headers.get(PROOF));
  const straight = (call: Parameters<Served["call"]>[1], path: string = V1) =>
    dev("front-door").then(async (served) => {
      expect((await served.call(path, call)).status).toBe(200);
      return served;
    });

  it("calls through it carry the proof, whatever a caller sends in its place", async () => {
    const served = await dev("front-door", { accounts: { eastus2: always(throttled(30)) } });
    for (let i = 0; i < 9; i++) await served.call(V1, { ...chat(), headers: { [PROOF]: "mine" } });
    expect(new Set(served.passed.map(({ way }) => way))).toEqual(new Set(["balanced", "steered"]));
    const [proof, ...others] = new Set(proofs(served));
    expect(others).toEqual([]);
    expect(proof).toMatch(/^[A-Za-z0-9]{32,}$/);
  });

  const form = (...fields: [string, string][]) => ({
    body: `${fields.map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join("")}--b--\r\n`,
    headers: { "Content-Type": "multipart/form-data; boundary=b" },
  });
  const large = (bytes: number) => ({
    body: new Uint8Array(Buffer.from(JSON.stringify({ messages: [], padding: "x".repeat(bytes) }))),
    headers: { "Content-Type": "application/json" },
  });

  it.each<[what: string, path: string, call: Parameters<Served["call"]>[1]]>([
    ["stream: true, v1", V1, chat("chat", { stream: true })],
    ["stream: true, deployments API", deploymentPath(), chat("chat", { stream: true })],
    ["a response that streams", "/v1/responses", { body: { model: "chat", input: "x", stream: true, store: false } }],
    ["speech that streams events", "/deployments/chat/audio/speech", { body: { input: "x", stream_format: "sse" } }],
    ["a form that asks for a stream", "/v1/audio/transcriptions", form(["model", "chat"], ["stream", "true"])],
    ["what is too large to be read", deploymentPath(), large(3_000_000)],
  ])("goes straight to an account, without the proof and without what the caller sent: %s", async (_, path, call) => {
    const served = await straight({ ...call, headers: { ...call?.headers, [PROOF]: "mine" } }, path);
    expect(served.passed.map(({ way }) => way)).toEqual(["direct"]);
    expect(proofs(served)).toEqual([undefined]);
    expect(served.passed[0]?.request.url.hostname).toMatch(/[.]openai[.]azure[.]com$/);
  });

  it.each<[what: string, path: string, call: Parameters<Served["call"]>[1]]>([
    ["stream: false", V1, chat("chat", { stream: false })],
    ["stream: null", deploymentPath(), chat("chat", { stream: null })],
    ["a stream in a message", V1, chat("chat", { messages: [{ role: "user", content: '"stream": true' }] })],
    ["a form without it", "/v1/audio/transcriptions", form(["model", "chat"], ["prompt", "stream=true"])],
    ["as large as can be read", deploymentPath(), large(2_000_000)],
  ])("goes through it: %s", async (_, path, call) => {
    expect((await straight(call, path)).ways()).toEqual([expect.stringMatching(/^balanced /)]);
  });

  it("streams are balanced by the gateway's own pool, with its breakers and another member for each that fails", async () => {
    const served = await dev("front-door", { accounts: { eastus2: always(throttled(30)), francecentral: () => "reset" } });
    for (let i = 0; i < 6; i++) expect((await served.call(V1, chat("chat", { stream: true }))).status).toBe(200);
    expect(new Set(served.passed.map(({ way }) => way))).toEqual(new Set(["direct"]));
    expect(served.called().filter((account) => account === "eastus2")).toHaveLength(1);
    for (let i = 0; i < served.passed.length - 1; i++) {
      const [now, next] = [served.called()[i], served.called()[i + 1]];
      if (now === "francecentral") expect(next, "a dead account is not asked twice for one request").not.toBe(now);
    }
    const full = await dev("front-door", { accounts: everywhere(always(throttled(17))) });
    const reply = await full.call(V1, chat("chat", { stream: true }));
    expect([reply.status, reply.headers.get("retry-after"), full.passed.length]).toEqual([429, "17", 3]);
  });

  it("what streams and what does not know nothing of each other's members", async () => {
    const served = await dev("front-door", { accounts: everywhere(({ headers }) => (headers.has(PROOF) ? throttled(30) : {})) });
    expect((await served.call(V1, chat())).status).toBe(429);
    expect((await served.call(V1, chat("chat", { stream: true }))).status).toBe(200);
  });

  it("no other topology has a proof, and an Application Gateway's calls stream through it", async () => {
    const served = await dev("application-gateway");
    expect((await served.call(V1, chat("chat", { stream: true }))).status).toBe(200);
    expect(served.ways()).toEqual([expect.stringMatching(/^balanced /)]);
    expect(proofs(served)).toEqual([undefined]);
  });

  it("on Consumption the entrance is asked first and the accounts after it, without any breaker", async () => {
    const served = await dev(
      "front-door",
      { accounts: { eastus2: always(throttled(30)) } },
      { gateway: { sku: "Consumption", publisherName: "a", publisherEmail: "a@b.example" }, consumers: [{ name: "chat-web" }] },
    );
    expect(await each(served, 6)).toEqual(ok(6));
    expect(balanced(served.ways())).toHaveLength(6);
    expect(new Set(proofs(served)).size).toBe(1);
    const closed = await dev(
      "front-door",
      { entrance: () => REFUSED },
      { gateway: { sku: "Consumption", publisherName: "a", publisherEmail: "a@b.example" }, consumers: [{ name: "chat-web" }] },
    );
    const reply = await closed.call(V1, chat());
    expect([reply.status, reply.headers.get("retry-after"), closed.passed.length]).toEqual([503, "10", 4]);
  });
});
