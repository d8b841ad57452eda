/**
 * Does it make a difference where something stands in a stack file? Every list and map of random stacks in another order, with and without a location,
 * in every topology; with EVERY=1 (`npm run test:every`) many more of them.
 */
import { RunError } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { type Built, builtInProcess, standingOn } from "../cli/in-process.ts";
import { type Step, stepsBetween } from "../cli/switch-plan.ts";
import { PolicyError, policyDocuments } from "../policies/index.ts";
import { ArmError } from "../sandbox/arm/rules/error.ts";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import type { StackSource } from "../stacks/config.ts";
import { type Plan, PlanError, planStack } from "../stacks/plan.ts";
import { deployable } from "./support/fuzz/world.ts";
import { changed, type LocalAzure, localAzure, SMALL } from "./support/local-azure.ts";
import { randomSources, SEED } from "./support/random-config.ts";
import { shuffled } from "./support/shuffled.ts";

const PLANS = process.env.EVERY ? 6000 : 400;
/** In each topology, every other one with a location. */
const BUILT = process.env.EVERY ? 12 : 1;

const inAnotherOrder = (source: StackSource, seed: number): StackSource => ({ ...source, values: shuffled(source.values, seed) });

function planned(source: StackSource): { plan: Plan; documents: ReturnType<typeof policyDocuments> } | undefined {
  try {
    const plan = planStack(source);
    return { plan, documents: policyDocuments(plan) };
  } catch (error) {
    if (error instanceof PlanError || error instanceof PolicyError) return undefined;
    throw error;
  }
}

/** What Azure is told: accounts, endpoints and consumers are made one by one, in whatever order; warnings name places in the file. */
function told({ plan, documents }: NonNullable<ReturnType<typeof planned>>) {
  const { warnings: _, notes: __, accounts, consumers, network, ...rest } = plan;
  const byText = <T>(list: readonly T[]) => list.map((item) => JSON.stringify(item)).sort();
  return {
    ...rest,
    accounts: byText(accounts),
    consumers: byText(consumers),
    ...(network && { network: { ...network, endpoints: byText(network.endpoints) } }),
    documents: byText(documents),
  };
}

it(`plans ${PLANS} random stacks alike, in whatever order they are written (seed ${SEED})`, () => {
  const count = { stacks: 0, withoutLocation: 0, refused: 0, sharedParts: 0 };
  for (const [at, source] of randomSources(PLANS).entries()) {
    const [one, other] = [planned(source), planned(inAnotherOrder(source, at))];
    expect(other === undefined, JSON.stringify(source)).toBe(one === undefined);
    if (!one || !other) {
      count.refused++;
      continue;
    }
    expect(told(other), JSON.stringify(source)).toEqual(told(one));
    count.stacks++;
    if (source.location === undefined) count.withoutLocation++;
    if ((one.plan.entrance?.sets ?? []).filter(({ key }) => key !== "all").length > 1) count.sharedParts++;
  }
  expect(count.stacks).toBeGreaterThan(PLANS / 3);
  expect(count.withoutLocation).toBeGreaterThan(PLANS / 10);
  expect(count.sharedParts).toBeGreaterThan(1);
  console.log(JSON.stringify(count));
});

/** Two models that share a part of the regions, one of the others, and one that stands everywhere; a member of another subscription. */
const SHARED = {
  ...SMALL,
  applicationGateway: { host: "openai.contoso.example", zones: ["3", "1", "2"] },
  regions: [
    "swedencentral",
    "eastus2",
    { region: "swedencentral", subscription: "11111111-2222-4333-8444-555555555555", as: "another" },
    "francecentral",
  ],
  models: [
    { ...SMALL.models[0], deployment: "zebra", tpm: 30_000, regions: ["swedencentral", "eastus2"] },
    { ...SMALL.models[0], deployment: "ant", tpm: 20_000, regions: ["eastus2", "swedencentral"] },
    { ...SMALL.models[0], deployment: "mole", tpm: 10_000, regions: { eastus2: false, another: { tpm: 5000 } } },
    SMALL.models[1],
  ],
  consumers: [{ name: "web" }, { name: "batch", tokensPerMinute: 1000 }],
  entra: {
    tenantId: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    audiences: ["api://second", "api://first"],
    clientIds: ["cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee", "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee"],
    require: "key-or-token",
  },
  tags: { owner: "platform", environment: "dev" },
};

/** What a stack tells its users. Warnings name places in the file. */
const saidBy = ({ outputs: { warnings: _, ...outputs } }: Built) => outputs;
const shown = (steps: readonly Step[]) =>
  steps.map(({ kind, resource: { name }, properties }) => `${kind} ${name} ${properties}`);

/** Undefined: it cannot stand as it is. */
async function built(source: StackSource, before?: Built): Promise<Built | undefined> {
  try {
    return await builtInProcess(source, {}, undefined, before && standingOn(before));
  } catch (error) {
    if (error instanceof PlanError || error instanceof PolicyError || error instanceof ArmError || RunError.isInstance(error))
      return undefined;
    throw error;
  }
}

describe.each(TOPOLOGIES)("in %s", (topology) => {
  it("nothing is made, deleted, replaced or updated, with a location and without", async () => {
    const random = randomSources(400, SEED + TOPOLOGIES.indexOf(topology)).map((source) => deployable(source, topology));
    const own: StackSource = { stack: "dev", today: "2026-11-24", values: { ...SHARED, topology } };
    let stacks = 0;
    for (const [at, source] of [own, ...random].entries()) {
      if (stacks === BUILT) break;
      const { location, ...open } = { ...source, location: "francecentral" };
      const asked = stacks % 2 === 0 ? open : { ...open, location };
      // Cheap to know, and most that is refused is refused there.
      const before = planned(asked) && (await built(asked));
      if (!before) {
        expect(at, "the designed stack is no random one, and stands").toBeGreaterThan(0);
        continue;
      }
      const mixed = inAnotherOrder(asked, at);
      const text = JSON.stringify(mixed);
      // As a new stack, and over the one that stands.
      for (const after of [await built(mixed), await built(mixed, before)]) {
        if (!after) throw new Error(`it is refused in another order: ${text}`);
        expect(shown(stepsBetween(before, after)), text).toEqual([]);
        expect(saidBy(after), text).toEqual(saidBy(before));
      }
      stacks++;
    }
    expect(stacks).toBe(BUILT);
  });
});

/** With EVERY=1. */
it.runIf(process.env.EVERY).each(TOPOLOGIES)("on the real engine too: %s", async (topology) => {
  const values = { ...SHARED, topology };
  const azure: LocalAzure = await localAzure(values);
  try {
    await azure.workspace.up();
    azure.configure(shuffled(values, 7));
    expect(changed(await azure.workspace.up())).toEqual([]);
  } finally {
    await azure.remove();
  }
});
