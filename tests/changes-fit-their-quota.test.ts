/**
 * The arrangements on the way from one stack to another, judged by the local Azure's own table of quotas: whatever the engine does first within an
 * update, nothing is above its quota, and somebody serves each model.
 */
import { expect, it } from "vitest";
import { models, quotaOf } from "../sandbox/arm/rules/model-offers.ts";
import type { StackSource } from "../stacks/config.ts";
import { type AccountPlan, PlanError, planStack } from "../stacks/plan.ts";
import type { StandingAccount } from "../stacks/quota.ts";
import { rearrange, shares } from "../stacks/rearrange.ts";
import { randomChanges } from "./support/random-changes.ts";

const DAY = "2026-11-24";

function accountsOf(values: Record<string, unknown>): readonly AccountPlan[] | undefined {
  const source: StackSource = {
    stack: "dev",
    location: "swedencentral",
    values: { ...values, asOf: DAY, strict: true },
    today: DAY,
  };
  try {
    return planStack({ ...source, values: { ...source.values, certificatePfx: "[secret]" } }).accounts;
  } catch (error) {
    if (error instanceof PlanError) return undefined;
    throw error;
  }
}

interface Standing {
  capacity: number;
  quota: string;
  limit: number;
  name: string;
  kind: string;
}

const standingIn = (accounts: readonly StandingAccount[]): Map<string, Standing> =>
  new Map(
    accounts.flatMap(({ key, region, deployments }) =>
      deployments.map(({ name, model, sku, capacity }): [string, Standing] => {
        const row = models.find((one) => one.name === model.name && one.version === model.version);
        const offer = row?.offers.find((one) => one.sku === sku && one.regions.includes(region));
        const quota = sku.includes("Provisioned") ? sku : `${row?.quotaName} ${sku}`;
        const limit = offer ? quotaOf(offer, region) : 0;
        return [`${key}/${name}`, { capacity, quota: `${region} ${quota}`, limit, name, kind: `${model.name} ${sku}` }];
      }),
    ),
  );

/** What is wrong with one update, at its worst moment. */
function faults(before: Map<string, Standing>, after: Map<string, Standing>, gaps: readonly string[], end: ReadonlySet<string>) {
  const sums = new Map<string, { sum: number; limit: number }>();
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(id), after.get(id)];
    const inOne = was && is && was.quota === is.quota ? [was.capacity > is.capacity ? was : is] : [was, is];
    for (const one of inOne) {
      if (!one) continue;
      const { sum = 0 } = sums.get(one.quota) ?? {};
      sums.set(one.quota, { sum: sum + one.capacity, limit: one.limit });
    }
  }
  const over = [...sums].filter(([, { sum, limit }]) => sum > limit).map(([quota, { sum }]) => `${quota}: ${sum}`);
  const names = new Set([...before.values()].map(({ name }) => name));
  const unserved = [...names].filter((name) => {
    const steady = [...before].some(([id, was]) => was.name === name && (!after.has(id) || after.get(id)?.kind === was.kind));
    const isThere = [...after.values()].some((one) => one.name === name);
    return end.has(name) && !gaps.includes(name) && !(steady && isThere);
  });
  return [...over, ...unserved.map((name) => `${name} is not served`)];
}

it("whatever the change, no update is above a quota, and each model is served, or the gap is foretold", () => {
  const count = { pairs: 0, several: 0, gaps: 0 };
  for (const [from, to] of randomChanges(500, 7)) {
    const [before, wanted] = [accountsOf(from), accountsOf(to)];
    if (!before || !wanted) continue;
    count.pairs++;
    const end = new Set(wanted.flatMap(({ deployments }) => deployments.map(({ name }) => name)));
    for (const spare of ["catalog", "nothing"] as const) {
      const steps = rearrange(before, wanted, { day: DAY, spare });
      if (steps.length > 1) count.several++;
      let standing = standingIn(before);
      for (const { accounts, gaps } of steps) {
        count.gaps += gaps.length;
        const next = standingIn(accounts);
        expect(faults(standing, next, gaps, end), JSON.stringify([from, to, spare])).toEqual([]);
        standing = next;
      }
      expect([...standing]).toEqual([...standingIn(wanted)]);
    }
  }
  expect(count.pairs).toBeGreaterThanOrEqual(300);
  expect(count.several).toBeGreaterThan(100);
});

it("shares whole units, each of those that want some at least one, and never more than there are", () => {
  expect(shares(10, [3, 3])).toEqual([3, 3]);
  expect(shares(1, [3, 3])).toBeUndefined();
  expect(shares(5, [1, 1000])).toEqual([1, 4]);
  for (const room of [2, 3, 7, 99, 500]) {
    const parts = shares(room, [300, 700]) ?? [];
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(room);
  }
});
