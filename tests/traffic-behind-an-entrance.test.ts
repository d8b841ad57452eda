/**
 * Application Gateway and Front Door choose accounts without knowing which is throttled or fails. What do callers notice, how often is an account
 * asked while it wants no calls, and does the entrance balance before and after? `npm run test:every` (EVERY=1) takes every combination.
 */
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { FaultSpec } from "../sandbox/faults.ts";
import type { GatewayOptions, Readings } from "../sandbox/gateway/index.ts";
import { chat, deploymentPath, V1 } from "./support/policies.ts";
import { type StandingStack, standingStack, wasted, wayOf } from "./support/standing-stack.ts";

const EVERY = process.env.EVERY === "1";
/** Without EVERY the other is tried in policy-behind-an-entrance.test.ts. */
const ENTRANCES = EVERY ? (["application-gateway", "front-door"] as const) : (["application-gateway"] as const);
const REGIONS = ["swedencentral", "eastus2", "francecentral"];
const THROTTLED = "eastus2";
const RETRY_AFTER = 60;
/** What a deployment of 60,000 tokens per minute serves when a call takes some 375 of them, which is not little; here they are smaller. */
const CALLS_PER_MINUTE = 160;
const BODY = chat("chat", { max_completion_tokens: 64 }).body;

let azure: StandingStack;
afterEach(() => azure?.remove());

/** Calls one after the other, in both API styles in turn, with time passing after each; what they came to. */
async function calls(count: number, everyMs: number): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  for (let i = 0; i < count; i++) {
    const { status } = await azure.call(i % 2 === 0 ? V1 : deploymentPath(), BODY);
    statuses[status] = (statuses[status] ?? 0) + 1;
    await azure.clock.advance(everyMs);
  }
  return statuses;
}

/** A mark in time: what was called from there on. */
function mark() {
  const [attempts, served] = [azure.attempts.length, azure.accounts.entries().length];
  return {
    attempts: () => azure.attempts.slice(attempts),
    ways: () => azure.attempts.slice(attempts).map((attempt) => wayOf(azure, attempt)),
    /** Calls by region. */
    regions() {
      const counts: Record<string, number> = {};
      for (const { region } of azure.accounts.entries().slice(served)) counts[region] = (counts[region] ?? 0) + 1;
      return counts;
    },
  };
}

/** Every call goes unsteered, and the entrance spreads them over these regions alike. */
async function balances(regions: readonly string[]) {
  const since = mark();
  const rounds = 4;
  expect(await calls(rounds * regions.length, 500)).toEqual({ 200: rounds * regions.length });
  expect(new Set(since.ways())).toEqual(new Set(["balanced"]));
  expect(since.regions()).toEqual(Object.fromEntries(regions.map((region) => [region, rounds])));
}

/** Whatever an account may do but hang: that call was billed. */
const FAULTS: FaultSpec[] = [
  { kind: "throttled", retryAfterSeconds: 60 },
  { kind: "throttled", retryAfterMs: 700 },
  { kind: "throttled", oneDay: true },
  { kind: "throttled", none: true },
  { kind: "status", status: 500 },
  { kind: "status", status: 503, retryAfterSeconds: 5 },
  { kind: "status", status: 408 },
  { kind: "status", status: 403 },
  { kind: "unauthorized" },
  { kind: "deploymentMissing" },
  { kind: "refused" },
  { kind: "reset" },
  { kind: "dns" },
  { kind: "tls" },
];
const worlds = fc.record({
  well: fc.constantFrom(...REGIONS),
  faults: fc.tuple(...REGIONS.map(() => fc.option(fc.constantFrom(...FAULTS), { freq: 4 }))),
  gateway: fc.record<Partial<GatewayOptions>>({
    instances: fc.constantFrom(1, 3),
    cache: fc.constantFrom({}, { loss: 0.5 }, { maxEntries: 2 }),
    readings: fc.constantFrom<Partial<Readings>>(
      {},
      { poolExhaustedInRetry: "response" },
      { breakerVisibilityMs: 200, cacheVisibilityMs: 200 },
      { poolSelection: "random" },
      { responseAfterError: "503", transportFailureTripsBreaker: true },
    ),
  }),
  pauses: fc.array(fc.constantFrom(10, 300, 3000, 20_000), { minLength: 2, maxLength: 3 }),
});

describe.each(EVERY ? (["public-apim", "private-apim"] as const) : (["public-apim"] as const))(
  "without an entrance: %s",
  (topology) => {
    it.each([1, 2])("a throttled region is asked again by none but another instance: gateway instances %i", async (instances) => {
      azure = await standingStack({ topology, regions: REGIONS }, { gateway: { instances } });
      azure.faults.set({ kind: "throttled", region: THROTTLED, deployment: "chat", retryAfterSeconds: RETRY_AFTER });
      const perMinute = CALLS_PER_MINUTE * instances;
      expect(await calls(perMinute, 60_000 / perMinute)).toEqual({ 200: perMinute });
      expect(wasted(azure.accounts.entries(), RETRY_AFTER)).toBe(instances - 1);
    });
  },
);

describe.each(ENTRANCES)("behind %s", (topology) => {
  const cases = [2, 3].flatMap((count) => [1, 2].map((instances) => ({ count, instances })));
  it.each(cases.filter(({ count, instances }) => EVERY || count === instances + 1))(
    "a region of $count throttled to nothing costs callers nothing, and few attempts reach it while it wants none: gateway instances $instances",
    async ({ count, instances }) => {
      const regions = REGIONS.slice(0, count);
      azure = await standingStack({ topology, regions }, { gateway: { instances } });
      await balances(regions);

      const fault = azure.faults.set({
        kind: "throttled",
        region: THROTTLED,
        deployment: "chat",
        retryAfterSeconds: RETRY_AFTER,
      });
      const since = mark();
      // Units are added for load: each has as much of it, whatever their number.
      const perMinute = CALLS_PER_MINUTE * instances;
      const minutes = EVERY ? 5 : 2;
      expect(await calls(perMinute * minutes, 60_000 / perMinute)).toEqual({ 200: perMinute * minutes });
      const attempts = since.attempts().length;
      expect(attempts, "some calls came through on a second way").toBeGreaterThan(perMinute * minutes);
      expect(since.regions()[THROTTLED]).toBeGreaterThan(minutes);
      const few = wasted(azure.accounts.entries(), RETRY_AFTER);
      expect(few / attempts).toBeLessThanOrEqual(0.02);
      // On its own path, after the entrance came to it; every instance finds out for itself.
      expect(few, "in each Retry-After").toBeLessThanOrEqual(minutes * (2 * instances * (instances - 1) || 1));
      expect(since.ways().filter((way) => way === "balanced").length, "the entrance is tried again").toBeGreaterThan(minutes);

      fault.clear();
      await azure.clock.advance(RETRY_AFTER * 1000);
      await balances(regions);
    },
  );

  it.each<[string, GatewayOptions["cache"]]>([
    ["every store lost", { loss: 1 }],
    ["no room for anything", { maxEntries: 0 }],
    ...(EVERY ? ([["half of the stores lost", { loss: 0.5 }]] satisfies [string, GatewayOptions["cache"]][]) : []),
  ])("the same without the gateway's cache: %s", async (_, cache) => {
    azure = await standingStack({ topology, regions: REGIONS }, { gateway: { cache } });
    const fault = azure.faults.set({ kind: "throttled", region: THROTTLED, retryAfterSeconds: RETRY_AFTER });
    const since = mark();
    expect(await calls(CALLS_PER_MINUTE, 60_000 / CALLS_PER_MINUTE)).toEqual({ 200: CALLS_PER_MINUTE });
    expect(since.regions()[THROTTLED]).toBeGreaterThan(0);
    expect(wasted(azure.accounts.entries(), RETRY_AFTER) / since.attempts().length).toBeLessThanOrEqual(0.02);
    fault.clear();
    await azure.clock.advance(RETRY_AFTER * 1000);
    await balances(REGIONS);
  });

  const region = THROTTLED;
  it.each<[string, FaultSpec]>([
    ["fails every call", { kind: "status", status: 500, region }],
    ["does not know the gateway yet", { kind: "unauthorized", region }],
    ["has not the deployment yet", { kind: "deploymentMissing", region }],
    ["is closed to the entrance by a firewall of its own", { kind: "status", status: 403, region }],
  ])(
    "an account whose probes succeed and which %s costs callers nothing, and has its share when that is over",
    async (_, spec) => {
      azure = await standingStack({ topology, regions: REGIONS });
      await balances(REGIONS);
      const fault = azure.faults.set(spec);
      const since = mark();
      expect(await calls(40, 1000)).toEqual({ 200: 40 });
      expect(since.regions()[THROTTLED], "it was asked, in vain").toBeGreaterThan(1);
      expect(since.ways(), "the entrance is tried again").toContain("balanced");
      fault.clear();
      await azure.clock.advance(15_000);
      await balances(REGIONS);
    },
  );

  it.each<[string, FaultSpec]>([
    ["refuses connections", { kind: "refused", region }],
    ["resets connections", { kind: "reset", region }],
    ["has no name", { kind: "dns", region }],
  ])(
    "an account that %s costs callers nothing, is left by the entrance when its probes have failed, and has its share when they succeed again",
    async (_, spec) => {
      azure = await standingStack({ topology, regions: REGIONS });
      const fault = azure.faults.set(spec);
      expect(await calls(60, 2500)).toEqual({ 200: 60 });
      await balances(REGIONS.filter((name) => name !== THROTTLED));
      fault.clear();
      // Front Door gives the share back little by little.
      await calls(30, 30_000);
      await balances(REGIONS);
    },
  );

  it("an account that never answers keeps the calls that reach it, until its probes have failed: 504, not repeated because it was billed", async () => {
    azure = await standingStack({ topology, regions: REGIONS });
    const fault = azure.faults.set({ kind: "hang", region: THROTTLED });
    const since = mark();
    const waiting = Array.from({ length: 3 }, () => azure.call(V1, BODY));
    // Until each has been sent on, or answered.
    await expect.poll(() => azure.accounts.entries().length).toBe(2);
    for (let second = 0; second < 300; second++) await azure.clock.advance(1000);
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 504]);
    const late = answers.find(({ status }) => status === 504);
    expect(late?.json.error.code).toBe("timeout");
    expect(late?.headers.get("x-should-retry")).toBe("false");
    expect(since.attempts()).toHaveLength(3);
    await balances(REGIONS.filter((name) => name !== THROTTLED));
    fault.clear();
    await calls(30, 30_000);
    await balances(REGIONS);
  });

  it.each<[string, FaultSpec, number, string, string | null]>([
    ["is throttled for long", { kind: "throttled", retryAfterSeconds: 300 }, 429, "rate_limit_exceeded", "60"],
    ["is throttled for a day", { kind: "throttled", oneDay: true }, 429, "rate_limit_exceeded", "60"],
    ["is throttled and does not say how long", { kind: "throttled", none: true }, 429, "rate_limit_exceeded", "10"],
    ["fails", { kind: "status", status: 500 }, 503, "service_unavailable", "10"],
    ["refuses connections", { kind: "refused" }, 503, "service_unavailable", "10"],
  ])(
    "when every account %s, callers are told so in the shape of the API, and when to come again",
    async (_, spec, status, code, wait) => {
      azure = await standingStack({ topology, regions: REGIONS });
      for (const name of REGIONS) azure.faults.set({ ...spec, region: name });
      for (const path of [V1, deploymentPath()]) {
        const answer = await azure.call(path, BODY);
        expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, wait]);
        expect(answer.json).toEqual({ error: { message: expect.any(String), type: expect.any(String), param: null, code } });
      }
      expect(azure.attempts.length, "the entrance and each account once").toBe(4);
    },
  );

  it("while one account is well, callers never notice what the others do, many at once and in every style", async () => {
    const property = fc.asyncProperty(worlds, async ({ well, faults, gateway, pauses }) => {
      azure = await standingStack({ topology, regions: REGIONS }, { gateway });
      try {
        for (const [i, fault] of faults.entries())
          if (fault && REGIONS[i] !== well) azure.faults.set({ ...fault, region: REGIONS[i] });
        for (const pause of pauses) {
          const answers = await Promise.all([
            azure.call(V1, BODY),
            azure.call(deploymentPath(), BODY),
            azure.call(V1, { ...BODY, stream: true }),
            azure.call("/v1/embeddings", { model: "embeddings", input: "hello" }),
            azure.call("/deployments/embeddings/embeddings?api-version=2024-10-21", { input: "hello" }),
          ]);
          expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
          await azure.clock.advance(pause);
        }
      } finally {
        await azure.remove();
      }
    });
    await fc.assert(property, { numRuns: EVERY ? 100 : 8 });
  });
});
