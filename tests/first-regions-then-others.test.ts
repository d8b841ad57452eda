/**
 * One region first, two others only when it is used up: who serves which call, in each topology, and what the plan says about it.
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { builtInProcess } from "../cli/in-process.ts";
import { renderPlan } from "../cli/plan.ts";
import type { FaultSpec } from "../sandbox/faults.ts";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { PlanError, planStack, sentence } from "../stacks/plan.ts";
import { changed, localAzure } from "./support/local-azure.ts";
import { chat, deploymentPath, V1 } from "./support/policies.ts";
import { SEED } from "./support/random-config.ts";
import { type StandingStack, standingStack } from "./support/standing-stack.ts";
import { callersOf, errorsOf, pictureOf, SWITCHABLE } from "./support/switches.ts";

const EVERY = process.env.EVERY === "1";
const MODEL = { deployment: "chat", model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard", tpm: 6000 };
const FIRST = "swedencentral";
const REGIONS = [FIRST, { region: "eastus2", priority: 2 }, { region: "francecentral", priority: 2 }];
/** 11 of these use a region up for a minute. */
const BODY = chat("chat", { max_completion_tokens: 500 }).body;

let azure: StandingStack;
afterEach(() => azure?.remove());

/** One call every two seconds, in both API styles in turn. */
async function calls(count: number, body: object = BODY): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) {
    statuses.push((await azure.call(i % 2 === 0 ? V1 : deploymentPath(), body)).status);
    await azure.clock.advance(2000);
  }
  return statuses;
}

const keyOf = (account: string) => account.replace(/^aoai-dev-|-[a-z0-9]{6}$/g, "");

/** Calls served by account. */
function served(from = 0): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { account, status } of azure.accounts.entries().slice(from)) {
    const key = keyOf(account);
    if (status === 200) counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe.each(TOPOLOGIES)("%s", (topology) => {
  // Only Front Door has streams go another way.
  it.each(EVERY || topology === "front-door" ? [false, true] : [false])(
    "one region serves alone until it is used up, then two alike; callers see no 429. Streams: %s",
    async (stream) => {
      azure = await standingStack({ topology, regions: REGIONS, models: [MODEL] });
      const body = { ...BODY, stream };
      expect(new Set(await calls(10, body))).toEqual(new Set([200]));
      expect(served()).toEqual({ [FIRST]: 10 });
      expect(new Set(await calls(20, body))).toEqual(new Set([200]));
      expect(served()).toEqual({ [FIRST]: 11, eastus2: expect.any(Number), francecentral: expect.any(Number) });
      const { eastus2 = 0, francecentral = 0 } = served();
      expect(Math.abs(eastus2 - francecentral)).toBe(1);
      // Its minute is over: it serves alone again.
      const before = azure.accounts.entries().length;
      expect(new Set(await calls(10, body))).toEqual(new Set([200]));
      expect(served(before)).toEqual({ [FIRST]: 10 });
    },
  );
});

describe.each(["public-apim", "front-door"] as const)("%s, beside provisioned throughput", (topology) => {
  const provisioned = ["eastus2", FIRST].map((region) => ({ region, sku: "GlobalProvisionedManaged", ptu: 50 }));
  const stand = () =>
    standingStack({ topology, regions: REGIONS, models: [{ ...MODEL, provisioned }], acceptProvisionedCost: true });
  const throttle = (key: string) => azure.faults.set({ kind: "throttled", host: azure.hosts[key], retryAfterSeconds: 600 });

  it("what is paid for goes first, by the same priorities; then the others in their order", async () => {
    azure = await stand();
    const order = [`${FIRST}-ptu`, "eastus2-ptu", FIRST];
    for (const key of order) {
      const from = azure.accounts.entries().length;
      expect(new Set(await calls(4))).toEqual(new Set([200]));
      expect(served(from)).toEqual({ [key]: 4 });
      throttle(key);
    }
    const from = azure.accounts.entries().length;
    expect(new Set(await calls(8))).toEqual(new Set([200]));
    expect(served(from)).toEqual({ eastus2: 4, francecentral: 4 });
  });
});

const OUTAGES: FaultSpec[] = [
  { kind: "status", status: 503 },
  { kind: "deploymentMissing" },
  { kind: "refused" },
  ...(EVERY ? [{ kind: "unauthorized" } as const, { kind: "dns" } as const] : []),
];

describe.each(EVERY ? TOPOLOGIES : (["application-gateway"] as const))("%s", (topology) => {
  it.each(OUTAGES)("the others serve while the first is out: $kind", async (fault) => {
    azure = await standingStack({ topology, regions: REGIONS, models: [MODEL] });
    azure.faults.set({ ...fault, region: FIRST });
    expect(new Set(await calls(8))).toEqual(new Set([200]));
    // Where no breaker opens, the policy draws by weight for each call: the shares are those of chance.
    const { [FIRST]: none, ...others } = served();
    expect([none, Object.values(others).reduce((sum, count) => sum + count)]).toEqual([undefined, 8]);
  });
});

it("on a gateway without breakers, too, whoever is first is asked first by every call", async () => {
  azure = await standingStack({
    gateway: { publisherEmail: "a@b.example", sku: "Consumption" },
    consumers: [{ name: "chat-web" }],
    regions: REGIONS,
    models: [MODEL],
  });
  const asked: (string | undefined)[] = [];
  for (let call = 0; call < 30; call++) {
    const before = azure.attempts.length;
    expect(await calls(1)).toEqual([200]);
    asked.push(azure.attempts[before]?.host);
  }
  const { eastus2 = 0, francecentral = 0, ...first } = served();
  expect(first).toEqual({ [FIRST]: 11 });
  expect(eastus2 + francecentral).toBe(19);
  expect(new Set(asked)).toEqual(new Set([azure.hosts[FIRST]]));
});

it("shares a tier by tokens per minute", async () => {
  const models = [{ ...MODEL, regions: { eastus2: { tpm: 18_000 } } }];
  azure = await standingStack({ regions: REGIONS, models });
  azure.faults.set({ kind: "throttled", region: FIRST });
  await calls(24);
  expect(served()).toEqual({ eastus2: 18, francecentral: 6 });
});

it("a call that is too large for the first goes to the others at once, and takes the first from nobody", async () => {
  for (const topology of ["public-apim", "application-gateway"] as const) {
    const models = [{ ...MODEL, regions: { [FIRST]: { tpm: 2000 } } }];
    azure = await standingStack({ topology, regions: REGIONS, models });
    expect(await calls(1, chat("chat", { max_completion_tokens: 3000 }).body)).toEqual([200]);
    expect(served()[FIRST]).toBeUndefined();
    expect(await calls(1, chat("chat", { max_completion_tokens: 100 }).body)).toEqual([200]);
    expect(served()[FIRST]).toBe(1);
    expect(azure.accounts.entries().every(({ status }) => status === 200)).toBe(true);
    await azure.remove();
  }
});

/** A last answer of each account, and whether it still counts. */
function outAt(at: number, before: number): Set<string> {
  const last = new Map<string, { status: number; at: number }>();
  for (const entry of azure.accounts.entries().slice(0, before)) last.set(keyOf(entry.account), entry);
  return new Set([...last].filter(([, { status, at: when }]) => status === 429 && at < when + 60_000).map(([key]) => key));
}

const runs = EVERY ? 60 : 3;

it("random orders and quotas: nobody is called while one before has room, and nobody gets a 429 while any has", async () => {
  const stacks = fc.record({
    topology: fc.constantFrom(...TOPOLOGIES),
    priorities: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 }),
    tpm: fc.array(fc.integer({ min: 2, max: 8 }), { minLength: 3, maxLength: 3 }),
    everyMs: fc.constantFrom(1000, 2500, 4000),
  });
  let [seen, refused] = [0, 0];
  for (const { topology, priorities, tpm, everyMs } of fc.sample(stacks, { numRuns: runs, seed: SEED })) {
    const names = [FIRST, "eastus2", "francecentral"];
    const priorityOf = (key: string) => priorities[names.indexOf(key)] as number;
    azure = await standingStack({
      topology,
      regions: names.map((region) => ({ region, priority: priorityOf(region) })),
      models: [{ ...MODEL, regions: Object.fromEntries(names.map((name, i) => [name, { tpm: (tpm[i] as number) * 1000 }])) }],
    });
    for (let i = 0; i < 40; i++) {
      const { status } = await azure.call(i % 2 === 0 ? V1 : deploymentPath(), BODY);
      const entries = azure.accounts.entries();
      const now = azure.clock.now();
      const told = JSON.stringify({ topology, priorities, tpm, everyMs, call: i });
      if (status !== 200) {
        refused++;
        expect([status, outAt(now, entries.length).size], told).toEqual([429, 3]);
      } else {
        const { account } = entries.at(-1) as (typeof entries)[number];
        const before = names.filter((name) => priorityOf(name) < priorityOf(keyOf(account)));
        expect([...outAt(now, entries.length)], told).toEqual(expect.arrayContaining(before));
        if (before.length > 0) seen++;
      }
      await azure.clock.advance(everyMs);
    }
    await azure.remove();
  }
  expect(Math.min(seen, refused)).toBeGreaterThan(0);
});

describe("the configuration", () => {
  const source = (values: Record<string, unknown>) => ({
    stack: "dev",
    location: FIRST,
    today: "2026-11-24",
    values: { gateway: { publisherEmail: "ai@contoso.example" }, consumers: [{ name: "web" }], models: [MODEL], ...values },
  });

  it("tells in the plan who serves first, how much of it, and who waits", () => {
    const plan = planStack(source({ regions: REGIONS }));
    expect(plan.notes).toContain(
      '"chat" is served by swedencentral (6,000 TPM), then by eastus2 and francecentral (12,000 TPM): each only while all before are used up or out.',
    );
    expect(renderPlan(plan)).toMatch(
      /│ +1 │ swedencentral .*100\.0 %.*\n.*│ +2 │ eastus2 .*50\.0 %.*\n.*│ +2 │ francecentral .*50\.0 %/,
    );
  });

  it("lets a model say it otherwise, for one member or for all", () => {
    const plan = planStack(
      source({
        regions: REGIONS,
        models: [MODEL, { ...MODEL, deployment: "near", regions: { [FIRST]: { priority: 7 }, eastus2: { priority: 1 } } }],
      }),
    );
    const order = plan.pools.map(({ members }) => members.map((m) => [m.via === "balanced" ? m.set : m.account, m.priority]));
    expect(order).toEqual([
      [
        [FIRST, 1],
        ["eastus2", 2],
        ["francecentral", 2],
      ],
      [
        ["eastus2", 1],
        ["francecentral", 2],
        [FIRST, 3],
      ],
    ]);
  });

  it("warns where a priority changes nothing, as who writes 1 at one region may expect otherwise", () => {
    const said = (values: Record<string, unknown>) =>
      planStack(source(values))
        .warnings.map(sentence)
        .filter((text) => text.includes("priority"));
    const rule =
      "1 has no effect: every other member has the same priority (1 where none is given). Give those that are to wait a higher number.";
    expect(said({ regions: [{ region: FIRST, priority: 1 }, "eastus2"] })).toEqual([`regions[0].priority: ${rule}`]);
    expect(said({ regions: [FIRST, "eastus2"], models: [{ ...MODEL, regions: { eastus2: { priority: 1 } } }] })).toEqual([
      `models[0].regions.eastus2.priority: ${rule}`,
    ]);
    expect(said({ regions: REGIONS })).toEqual([]);
    expect(said({ regions: [{ region: FIRST, priority: 3 }] })).toEqual([]);
  });

  it.each([0, 101, 1.5, "1", null, true])("refuses %j", (priority) => {
    const attempt = () =>
      planStack(
        source({ regions: [{ region: FIRST, priority }, "eastus2"], models: [{ ...MODEL, regions: { eastus2: { priority } } }] }),
      );
    expect(attempt).toThrow(PlanError);
    expect(attempt).toThrow(
      /^aoai: 2 faults in .*\n- regions\[0\]\.priority: .*\n- models\[0\]\.regions\.eastus2\.priority: .*$/,
    );
  });

  it("counts what balances in each tier among the members of a pool", () => {
    const regions = Array.from({ length: 28 }, (_, i) => ({
      region: "eastus2",
      as: `r${i}`,
      subscription: `00000000-0000-4000-8000-0000000000${String(i).padStart(2, "0")}`,
      priority: (i % 4) + 1,
    }));
    const values = { regions, topology: "front-door" };
    expect(() => planStack(source(values))).toThrow(
      /"chat" would have 32 backends, the entrance among them; a backend pool holds 30/,
    );
    expect(
      planStack(source({ ...values, regions: regions.map((one) => ({ ...one, priority: one.as === "r0" ? 1 : 2 })) })).pools[0]
        ?.members,
    ).toHaveLength(29);
  });

  it.each(EVERY ? TOPOLOGIES : (["front-door"] as const))("%s: one priority for all is as none", async (topology) => {
    const regions = [FIRST, "eastus2", "francecentral"];
    const bodies = async (some: unknown[]) => (await builtInProcess("dev", { topology, regions: some })).arm.resources;
    expect(await bodies(regions.map((region) => ({ region, priority: 1 })))).toEqual(await bodies(regions));
  });
});

describe("on a stack that stands", () => {
  const THREE = [FIRST, "eastus2", "francecentral"];

  it("a priority changes pools and the API's document, and nothing else", async () => {
    const inputsOf = async (regions: unknown[]) =>
      new Map((await builtInProcess("dev", { regions, models: [MODEL] })).resources.map(({ name, inputs }) => [name, inputs]));
    const [before, after] = [await inputsOf(THREE), await inputsOf(REGIONS)];
    expect([...after.keys()]).toEqual([...before.keys()]);
    const differing = [...after].filter(([name, inputs]) => !isDeepStrictEqual(inputs, before.get(name))).map(([name]) => name);
    expect(differing.sort()).toEqual(["backend-pool-chat", "policy-api"]);
  });

  it.runIf(EVERY)("behind Front Door it comes and goes while callers are served", async () => {
    const values = { ...SWITCHABLE, topology: "front-door", regions: THREE };
    const local = await localAzure(values);
    try {
      await local.workspace.up();
      const before = await pictureOf(local);
      const traffic = await callersOf(local);
      try {
        for (const regions of [REGIONS, THREE]) {
          local.configure({ ...values, regions });
          expect(changed(await local.workspace.up()).filter((step) => /replace|account|deployment|gateway/.test(step))).toEqual(
            [],
          );
          await traffic.more(4);
        }
      } finally {
        await traffic.stop();
      }
      expect(errorsOf(traffic.calls)).toEqual([]);
      expect(await pictureOf(local)).toEqual(before);
    } finally {
      await local.remove();
    }
  });
});
