/**
 * Properties of every plan and of every refusal, over random stacks.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as localAzure from "../sandbox/arm/rules/model-offers.ts";
import { beyond, type entranceLimits } from "../stacks/catalog/entrances.ts";
import { models, offersOn, retirement } from "../stacks/catalog/models.ts";
import { OPENAI_REGIONS } from "../stacks/catalog/regions.ts";
import { TOPOLOGIES, type Topology, topologies } from "../stacks/catalog/topologies.ts";
import { readConfig, type StackSource, schema } from "../stacks/config.ts";
import { range } from "../stacks/network.ts";
import { accountMembers, crossesFamily, type Plan, PlanError, type PoolPlan, planStack, weights } from "../stacks/plan.ts";
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

      const ids = poolsOf(plan).flatMap(({ id, members }) => [id, ...members.map(({ backendId }) => backendId)]);
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
      }
      for (const { members } of poolsOf(plan)) {
        const priorities = [...new Set(members.map(({ priority }) => priority))];
        // From 1 on, in order, none left out.
        expect(priorities).toEqual(priorities.map((_, index) => index + 1));
        for (const priority of priorities) {
          const shares = members.filter((member) => member.priority === priority).map(({ weight }) => weight);
          expect(Math.max(...shares)).toBe(100);
          expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
        }
      }
      const backends = plan.pools.flatMap(accountMembers).length;
      expect(backends).toBe(plan.accounts.flatMap(({ deployments }) => deployments).length);
    }),
    { numRuns: 500, seed: SEED },
  );
});

/** The pools of a plan, those for streams among them. */
const poolsOf = ({ pools }: Plan): Pick<PoolPlan, "id" | "members" | "retries">[] =>
  pools.flatMap((pool) => [pool, ...(pool.streaming ? [pool.streaming] : [])]);

/** Azure Network resource names: subnets, security groups, addresses, Application Gateway. */
const NETWORK_NAME = /^[a-z0-9](?:[\w.-]{0,78}\w)$/;

it("lays out networks whose subnets are apart, inside and large enough, with a private endpoint for every account", () => {
  const seen = new Set<Topology>();
  fc.assert(
    fc.property(randomSource, (source) => {
      const plan = judged(source);
      if (plan instanceof PlanError) return;
      const { network, accounts, gateway, entrance } = plan;
      const { joinsNetwork } = topologies[plan.topology];
      expect(network !== undefined).toBe(joinsNetwork);
      if (!network) return;
      seen.add(plan.topology);
      expect(network.name).toMatch(/^[a-z0-9][\w.-]{0,62}\w$/);
      const space = range(network.addressSpace);
      const ranges = network.subnets.map(({ prefix }) => range(prefix)).sort((a, b) => a.first - b.first);
      ranges.forEach(({ first, last }, index) => {
        expect(first).toBeGreaterThan(ranges[index - 1]?.last ?? space.first - 1);
        expect(last).toBeLessThanOrEqual(space.last);
      });
      for (const { name, securityGroup, prefix, key, rules, delegation } of network.subnets) {
        expect(name).toMatch(NETWORK_NAME);
        expect(securityGroup).toMatch(NETWORK_NAME);
        const { first, last } = range(prefix);
        const least = { "gateway-v2": 32, "gateway-classic": 32, endpoints: accounts.length + 5, "application-gateway": 64 }[key];
        expect(last - first + 1).toBeGreaterThanOrEqual(least);
        expect(delegation !== undefined).toBe(key === "gateway-v2");
        for (const direction of ["Inbound", "Outbound"]) {
          const priorities = rules.filter((rule) => rule.direction === direction).map(({ priority }) => priority);
          expect(new Set(priorities).size).toBe(priorities.length);
          for (const priority of priorities) expect(priority >= 100 && priority <= 4096).toBe(true);
        }
        unique(rules.map((rule) => rule.name));
      }
      unique(network.subnets.map(({ name }) => name));
      unique(network.subnets.map(({ securityGroup }) => securityGroup));
      expect(network.subnets[0]?.key).toBe(`gateway-${gateway.family}`);
      expect(network.gateway.subnet).toBe(`gateway-${gateway.family}`);
      expect(network.endpoints.map(({ account }) => account)).toEqual(accounts.map(({ key }) => key));
      unique(network.endpoints.map(({ name }) => name));
      for (const { name } of network.endpoints) expect(name).toMatch(NETWORK_NAME);
      const own = network.subnets.find(({ key }) => key === "application-gateway");
      expect(own !== undefined).toBe(entrance?.kind === "application-gateway");
      if (own && entrance?.kind === "application-gateway") {
        const { first, last } = range(own.prefix);
        const address = range(`${entrance.privateAddress}/32`).first;
        // Azure keeps the first four addresses and the last.
        expect(address).toBeGreaterThan(first + 3);
        expect(address).toBeLessThan(last);
        expect(entrance.capacity.max + 6).toBeLessThanOrEqual(last - first + 1);
      }
    }),
    { numRuns: 500, seed: SEED },
  );
  expect([...seen].sort()).toEqual(["application-gateway", "private-apim"]);
});

it("gives entrances sets of several accounts, one way to each account, and pools that use them", () => {
  const seen = { sets: 0, subsets: 0, applicationGateway: 0, frontDoor: 0, streaming: 0, severalTiers: 0 };
  fc.assert(
    fc.property(randomSource, (source) => {
      const plan = judged(source);
      if (plan instanceof PlanError) return;
      const { entrance, accounts, pools, gateway } = plan;
      expect(entrance?.kind).toBe(topologies[plan.topology].entrance);
      for (const pool of pools) {
        const streamsApart = plan.topology === "front-door" && gateway.sku !== "Consumption";
        expect(pool.streaming !== undefined).toBe(streamsApart);
        if (pool.streaming) {
          seen.streaming++;
          expect(pool.streaming.members.every(({ via }) => via === "direct")).toBe(true);
          expect(
            accountMembers(pool.streaming)
              .map(({ account }) => account)
              .sort(),
          ).toEqual(
            accountMembers(pool)
              .map(({ account }) => account)
              .sort(),
          );
        }
      }
      if (!entrance) {
        expect(pools.flatMap(({ members }) => members).every(({ via }) => via === "direct")).toBe(true);
        return;
      }
      const { sets, steered } = entrance;
      expect([...steered].sort()).toEqual(accounts.map(({ key }) => key).sort());
      unique(sets.map(({ key }) => key));
      unique([...sets.map(({ path }) => path), ...steered.map((key) => `/r/${key}`)]);
      // Names that stand side by side in Pulumi and in Front Door.
      unique([...sets.map(({ key }) => key), ...steered]);
      // Both name parts of Application Gateway and of Front Door, which wants 2 to 90 characters.
      for (const key of [...sets.map(({ key }) => key), ...steered]) expect(key).toMatch(/^[a-z][a-z0-9-]{0,88}[a-z0-9]$/);
      for (const { key, path, accounts: chosen } of sets) {
        seen.sets++;
        if (key !== "all") seen.subsets++;
        expect(path).toBe(key === "all" ? "" : `/m/${key}`);
        expect(chosen.length).toBeGreaterThan(1);
        unique(chosen.map(({ account }) => account));
        expect(Math.max(...chosen.map(({ weight }) => weight))).toBe(1000);
        expect(Math.min(...chosen.map(({ weight }) => weight))).toBeGreaterThanOrEqual(1);
      }
      for (const pool of pools) {
        const payAsYouGo = accountMembers(pool).filter(
          ({ account }) => accounts.find(({ key }) => key === account)?.purchase === "payAsYouGo",
        );
        const balanced = pool.members.filter((member) => member.via === "balanced");
        const shared = [...Map.groupBy(payAsYouGo, ({ priority }) => priority).values()].filter((tier) => tier.length > 1);
        expect(balanced).toHaveLength(shared.length);
        seen.severalTiers += shared.length > 1 ? 1 : 0;
        expect(accountMembers(pool).every(({ via }) => via === "steered")).toBe(true);
        for (const member of balanced) {
          const set = sets.find(({ key }) => key === member.set);
          const tier = payAsYouGo.filter(({ priority }) => priority === member.priority + 1);
          expect(set?.accounts.map(({ account }) => account).sort()).toEqual(tier.map(({ account }) => account).sort());
        }
        const others = Math.min(...[...payAsYouGo, ...balanced].map(({ priority }) => priority));
        const provisioned = accountMembers(pool).filter((member) => !payAsYouGo.includes(member));
        for (const { priority } of provisioned) expect(priority).toBeLessThan(others);
        expect(Math.min(others, ...provisioned.map(({ priority }) => priority))).toBe(1);
      }
      // Every set is some pool's.
      const used = pools.flatMap(({ members }) => members).flatMap((member) => (member.via === "balanced" ? [member.set] : []));
      expect([...new Set(used)].sort()).toEqual(sets.map(({ key }) => key).sort());
      if (entrance.kind === "application-gateway") {
        seen.applicationGateway++;
        expect(entrance.name).toMatch(NETWORK_NAME);
        expect(entrance.publicIpName).toMatch(NETWORK_NAME);
        expect(entrance.firewall?.name ?? "none").toMatch(/^[A-Za-z0-9_-]{1,128}$/);
        expect(beyond("Application Gateway", entrance)).toEqual([]);
      } else {
        seen.frontDoor++;
        expect(entrance.profileName).toMatch(/^[\da-zA-Z][-\da-zA-Z]{0,88}[\da-zA-Z]$/);
        expect(entrance.endpointName + SUFFIX).toMatch(/^[\da-zA-Z][-\da-zA-Z]{0,44}[\da-zA-Z]$/);
        expect(entrance.firewallName).toMatch(/^[a-zA-Z][\da-zA-Z]{0,127}$/);
        const premium = entrance.sku === "Premium_AzureFrontDoor";
        expect(beyond(premium ? "Front Door Premium" : "Front Door Standard", entrance)).toEqual([]);
      }
    }),
    { numRuns: 1000, seed: SEED },
  );
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(20);
});

it("keeps what two topologies share, and gives nothing else the same name: both can stand at once", () => {
  let compared = 0;
  fc.assert(
    fc.property(randomSource, (source) => {
      if (judged(source) instanceof PlanError) return;
      const plans = TOPOLOGIES.flatMap((topology) => {
        const applicationGateway = { host: "openai.contoso.example", ...(source.values.applicationGateway as object) };
        const plan = judged({ ...source, values: { ...source.values, topology, applicationGateway, accountAccess: "" } });
        return plan instanceof PlanError ? [] : [plan];
      });
      for (const [one, other] of plans.flatMap((one, index) => plans.slice(index + 1).map((other) => [one, other] as const))) {
        compared++;
        expect(other.accounts).toEqual(one.accounts);
        expect(other.consumers).toEqual(one.consumers);
        expect(crossesFamily(one, other)).toBe(one.gateway.family !== other.gateway.family);
        if (crossesFamily(one, other)) expect(other.names.gateway).not.toBe(one.names.gateway);
        else expect(other.names).toEqual(one.names);
        if (one.network && other.network) {
          expect(other.network.name).toBe(one.network.name);
          expect(other.network.addressSpace).toBe(one.network.addressSpace);
          expect(other.network.endpoints).toEqual(one.network.endpoints);
          for (const subnet of one.network.subnets) {
            const same = other.network.subnets.find(({ key }) => key === subnet.key);
            if (same) expect(same).toEqual(subnet);
          }
        }
        // One id, one backend: the same way to the same account for the same model, in a pool that is the same.
        const backends = (plan: Plan) =>
          new Map<string, unknown>(
            plan.pools.flatMap((pool) =>
              [pool, ...(pool.streaming ? [pool.streaming] : [])].flatMap(({ id, members, retries }): [string, unknown][] => [
                [id, { members, retries }],
                ...members.map((member): [string, unknown] => [member.backendId, { ...member, deployment: pool.deployment }]),
              ]),
            ),
          );
        const there = backends(other);
        for (const [id, backend] of backends(one)) if (there.has(id)) expect(there.get(id)).toEqual(backend);
        const pools = (plan: Plan) => poolsOf(plan).map(({ id }) => id);
        const shared = pools(one).filter((id) => pools(other).includes(id));
        const direct = ({ topology, gateway }: Plan) =>
          topologies[topology].entrance === undefined || (!topologies[topology].streams && gateway.sku !== "Consumption");
        expect(shared).toHaveLength(direct(one) && direct(other) ? one.pools.length : 0);
      }
    }),
    { numRuns: 300, seed: SEED },
  );
  expect(compared).toBeGreaterThan(400);
});

it("says which change of the gateway's SKU crosses its family", () => {
  const planOf = (gateway: object) =>
    planStack({
      stack: "dev",
      today: "2026-11-24",
      values: {
        gateway: { publisherEmail: "ai@contoso.example", ...gateway },
        regions: ["swedencentral"],
        models: [{ deployment: "chat", model: "gpt-5.2", version: "2025-12-11", tpm: 10_000 }],
      },
    });
  const [basic, standard, developer, consumption] = ["BasicV2", "StandardV2", "Developer", "Consumption"].map((sku) =>
    planOf({ sku }),
  ) as [Plan, Plan, Plan, Plan];
  expect([crossesFamily(basic, standard), crossesFamily(standard, basic)]).toEqual([false, false]);
  for (const [from, to] of [
    [basic, developer],
    [developer, consumption],
    [consumption, basic],
  ] as const) {
    expect(crossesFamily(from, to)).toBe(true);
    expect(from.names.gateway).not.toBe(to.names.gateway);
  }
});

describe.each(TOPOLOGIES)("12 regions x 5 models as %s", (topology) => {
  const regions = OPENAI_REGIONS.slice(0, 12);
  const stackOf = (count: number, leaveOut: boolean): StackSource => ({
    stack: "big",
    today: "2026-11-24",
    values: {
      topology,
      gateway: { publisherEmail: "ai@contoso.example" },
      applicationGateway: { host: "openai.contoso.example" },
      regions,
      models: Array.from({ length: count }, (_, i) => ({
        deployment: `model-${i}`,
        model: "gpt-5.2",
        version: "2025-12-11",
        tpm: 10_000,
        ...(leaveOut && { regions: { [regions[i % 12] as string]: false } }),
      })),
    },
  });
  const planOf = (count: number, leaveOut: boolean) => planStack(stackOf(count, leaveOut));

  it("plans, whether the models live alike or each on other members", () => {
    expect(planOf(5, false).pools).toHaveLength(5);
    const uneven = planOf(5, true);
    expect(uneven.pools.flatMap(accountMembers)).toHaveLength(5 * 11);
    expect(uneven.entrance?.sets.length ?? 5).toBe(5);
  });

  it("plans up to the last origin, and refuses the next with the number", () => {
    // 8 sets of 11 and 12 accounts are 100 origins.
    expect(planOf(8, true).pools).toHaveLength(8);
    const next = () => planOf(9, true);
    if (topology === "front-door") expect(next).toThrow("models: 111 origins would be needed");
    else expect(next().pools).toHaveLength(9);
  });
});

it("counts what an entrance would hold against every limit of it", () => {
  const size = (sets: number, accounts: number, each: number) => ({
    sets: Array.from({ length: sets }, (_, i) => ({ path: i === 0 ? "" : `/m/${i}`, accounts: Array.from({ length: each }) })),
    steered: Array.from({ length: accounts }),
  });
  const passed = (product: keyof typeof entranceLimits, of: ReturnType<typeof size>) =>
    beyond(product, of).map(({ what, count, most }) => `${count} ${what} of ${most}`);
  expect(passed("Application Gateway", size(40, 60, 30))).toEqual([]);
  expect(passed("Application Gateway", size(41, 60, 30))).toEqual(["101 backend pools of 100"]);
  expect(passed("Application Gateway", size(42, 60, 30))).toEqual([
    "101 path rules in a path map of 100",
    "102 backend pools of 100",
  ]);
  expect(passed("Application Gateway", size(1, 1, 1201))).toEqual(["1201 addresses in one backend pool of 1200"]);
  expect(passed("Front Door Standard", size(2, 50, 25))).toEqual([]);
  expect(passed("Front Door Standard", size(51, 50, 1))).toEqual([
    "101 origin groups of 100",
    "101 routes of 100",
    "101 origins of 100",
  ]);
  expect(passed("Front Door Premium", size(3, 51, 50))).toEqual(["201 origins of 200"]);
  expect(passed("Front Door Premium", size(1, 1, 51))).toEqual(["51 origins in one origin group of 50"]);
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
    const texts = [
      "gateway",
      "regions",
      "models",
      "consumers",
      "entra",
      "tags",
      "network",
      "applicationGateway",
      "frontDoor",
      "protect",
      "strict",
      "acceptProvisionedCost",
    ].some((key) => typeof values[key] === "string");
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
