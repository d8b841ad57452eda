/**
 * Properties of every plan and of every refusal, over random stacks.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import * as localAzure from "../sandbox/arm/rules/model-offers.ts";
import { models, offersOn, retirement } from "../stacks/catalog/models.ts";
import { readConfig, type StackSource, schema } from "../stacks/config.ts";
import { accountMembers, type Plan, PlanError, planStack, weights } from "../stacks/plan.ts";
import { randomSource, randomSources, SEED } from "./support/random-config.ts";

const RUNS = 2000;

/** The plan, or the refusal; anything else is thrown on. */
function judged(source: StackSource): Plan | PlanError {
  try {
    return planStack(source);
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
}

/** `a.b[0]["c d"]` -> ["a", "b", 0, "c d"] */
function steps(path: string): (string | number)[] {
  const found = [...path.matchAll(/\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g)];
  expect(found.map(([text]) => text).join("")).toBe(path);
  return found.map(([, name, index, quoted]) => name ?? (index === undefined ? JSON.parse(quoted ?? '""') : Number(index)));
}

function leadsTo(values: unknown, path: readonly (string | number)[]): boolean {
  let at = values;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return false;
    at = (at as Record<string | number, unknown>)[step];
  }
  return true;
}

it(`plans or refuses each of ${RUNS} random stacks (seed ${SEED}), at least 30 % planned, every fault at a place of the input`, () => {
  const results = randomSources(RUNS).map((source) => ({ source, result: judged(source) }));
  for (const { source, result } of results) {
    if (!(result instanceof PlanError)) continue;
    expect(result.faults.length).toBeGreaterThan(0);
    expect(result.message.split("\n")).toHaveLength(result.faults.length + 1);
    for (const { path, rule } of result.faults) {
      if (path === "azure-native:location") {
        expect(source.location).toBeDefined();
        continue;
      }
      const way = steps(path);
      const there = leadsTo(source.values, way) || leadsTo(source.values, way.slice(0, -1));
      expect(there, `${path}: ${rule}\n${JSON.stringify(source.values)}`).toBe(true);
    }
  }
  const planned = results.filter(({ result }) => !(result instanceof PlanError)).length;
  console.log(`seed ${SEED}: ${planned} of ${RUNS} random stacks planned, ${RUNS - planned} refused`);
  expect(planned).toBeGreaterThanOrEqual(RUNS * 0.3);
  expect(RUNS - planned).toBeGreaterThanOrEqual(RUNS * 0.2);
});

const unique = (names: readonly string[]) => expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
const SUFFIX = "-a1b2c3";

it("gives names that Azure takes, unique ones, and pools that hang together", () => {
  fc.assert(
    fc.property(randomSource, (source) => {
      const plan = judged(source);
      if (plan instanceof PlanError) return;
      expect(plan.names.resourceGroup).toMatch(/^[\w.()-]{0,89}[\w()-]$/);
      expect(plan.names.gateway + SUFFIX).toMatch(/^[a-zA-Z](?:[a-zA-Z0-9-]{0,48}[a-zA-Z0-9])$/);
      expect(plan.names.workspace).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/);
      expect(plan.names.insights).toMatch(/^[^%&\\?/]{1,260}$/);
      for (const { name, deployments } of plan.accounts) {
        expect(name + SUFFIX).toMatch(/^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/);
        expect(deployments.length).toBeGreaterThan(0);
        unique(deployments.map((deployment) => deployment.name));
        for (const deployment of deployments) {
          expect(deployment.capacity).toBeGreaterThanOrEqual(1);
          expect(Number.isInteger(deployment.capacity)).toBe(true);
        }
      }
      unique(plan.accounts.map(({ key }) => key));
      unique(plan.accounts.map(({ name }) => name));
      unique(plan.consumers.map(({ id }) => id));
      // Logical names of the deployments in Pulumi.
      unique(plan.accounts.flatMap(({ key, deployments }) => deployments.map(({ name }) => `${key}-${name}`)));

      const ids = plan.pools.flatMap(({ id, members }) => [id, ...members.map(({ backendId }) => backendId)]);
      unique(ids);
      for (const id of ids) expect(id).toMatch(/^\w[\w-]{0,78}\w$/);
      for (const pool of plan.pools) {
        expect(pool.members.length).toBeGreaterThanOrEqual(1);
        expect(pool.members.length).toBeLessThanOrEqual(30);
        expect(pool.retries).toBe(Math.min(50, pool.members.length));
        const tpms = accountMembers(pool).map(({ account }) => {
          const deployment = plan.accounts
            .find(({ key }) => key === account)
            ?.deployments.find(({ name }) => name === pool.deployment);
          expect(deployment, `${account} lacks ${pool.deployment}`).toBeDefined();
          return deployment?.tpm ?? 0;
        });
        expect(pool.tpm).toBe(tpms.reduce((sum, tpm) => sum + tpm, 0));
        for (const priority of new Set(pool.members.map((member) => member.priority))) {
          const shares = pool.members.filter((member) => member.priority === priority).map(({ weight }) => weight);
          expect(Math.max(...shares)).toBe(100);
          expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
        }
        expect(Math.min(...pool.members.map(({ priority }) => priority))).toBe(1);
      }
      const backends = plan.pools.flatMap(({ members }) => members).length;
      expect(backends).toBe(plan.accounts.flatMap(({ deployments }) => deployments).length);
    }),
    { numRuns: 500, seed: SEED },
  );
});

it("keeps every name when a region is added", () => {
  let grown = 0;
  fc.assert(
    fc.property(randomSource, (source) => {
      const before = judged(source);
      if (before instanceof PlanError) return;
      const regions = source.values.regions as unknown[];
      const after = judged({
        ...source,
        values: {
          ...source.values,
          regions: [...regions, { region: "swedencentral", subscription: "22222222-2222-4222-8222-222222222222", as: "added" }],
        },
      });
      if (after instanceof PlanError) return;
      grown++;
      expect(after.names).toEqual(before.names);
      for (const account of before.accounts) expect(after.accounts).toContainEqual(account);
      before.pools.forEach((pool, index) => {
        const { id, members } = after.pools[index] ?? { members: [] };
        expect(id).toBe(pool.id);
        const ids = accountMembers({ members }).map(({ backendId, account }) => `${backendId} ${account}`);
        for (const { backendId, account } of accountMembers(pool)) expect(ids).toContain(`${backendId} ${account}`);
      });
    }),
    { numRuns: 500, seed: SEED },
  );
  expect(grown).toBeGreaterThan(100);
});

it("reads every configuration as the schema does, only with all its faults at once", () => {
  let accepted = 0;
  for (const { values } of randomSources(1000, SEED + 1)) {
    // Pulumi hands texts over where the schema has booleans, lists and maps; readConfig knows, the schema does not.
    const texts = ["gateway", "regions", "models", "consumers", "entra", "tags", "strict", "acceptProvisionedCost"].some(
      (key) => typeof values[key] === "string",
    );
    // The schema library leaves a key of this name out of maps without a word; readConfig hands it on, and the rules refuse it.
    if (texts || JSON.stringify(values).includes('"__proto__"')) continue;
    const { config } = readConfig(values);
    const judgement = schema.safeParse(values);
    expect(config !== undefined, JSON.stringify(values)).toBe(judgement.success);
    if (judgement.success) {
      accepted++;
      expect(config).toEqual(judgement.data);
    }
  }
  expect(accepted).toBeGreaterThan(300);
});

it("weighs members in proportion to their capacity, from 1 to 100", () => {
  expect(weights([40, 20, 40])).toEqual([100, 50, 100]);
  expect(weights([300, 240])).toEqual([100, 80]);
  expect(weights([5000, 1])).toEqual([100, 1]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 30 }), (capacities) => {
      const shares = weights(capacities);
      const largest = Math.max(...capacities);
      expect(Math.max(...shares)).toBe(100);
      for (const [index, share] of shares.entries())
        expect(Math.abs(share - (100 * (capacities[index] ?? 0)) / largest)).toBeLessThanOrEqual(1);
    }),
    { seed: SEED },
  );
});

// Two tables, read from the same documents by two people: where they disagree, a strict plan would fail half-way through a deployment.
it.each(["2023-11-30", "2026-11-24"])("offers no model, region or quota that the local Azure would refuse on %s", (day) => {
  const refused: string[] = [];
  for (const row of models) {
    const alive = ({ sku }: { sku: string }) =>
      row.since <= day && (row.closed ?? "9999") > day && day < (retirement(row, sku) ?? "9999");
    const there = localAzure.models.find(({ name, version }) => name === row.model && version === row.version);
    for (const { sku, regions = [], tpm = 0 } of offersOn(row, day).filter(alive)) {
      for (const region of regions) {
        const offer =
          there &&
          localAzure.offersOn(there, day).find((candidate) => candidate.sku === sku && candidate.regions.includes(region));
        const granted = offer ? localAzure.quotaOf(offer, region) * 1000 : 0;
        if (tpm > granted) refused.push(`${row.model} ${row.version} ${sku} ${region}: ${tpm} planned, ${granted} granted`);
      }
    }
  }
  expect(refused).toEqual([]);
});
