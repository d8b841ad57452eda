/**
 * Another address space for a private stack that stands: what stays where it is, what Azure would refuse in the middle, and what is said before.
 * The real engine runs with EVERY=1 (`npm run test:every`, and CI on main).
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtInProcess } from "../cli/in-process.ts";
import { localEngine, runSwitch } from "../cli/switch.ts";
import { changeRefusals } from "../stacks/change.ts";
import { networkFaults, standingNetwork } from "../stacks/network-change.ts";
import { type Plan, PlanError, planStack, sentence } from "../stacks/plan.ts";
import { changed, type LocalAzure, localAzure, standing } from "./support/local-azure.ts";
import { SEED } from "./support/random-config.ts";
import { callersOf, errorsOf, SWITCHABLE } from "./support/switches.ts";

const EVERY = process.env.EVERY === "1";
type Topology = "private-apim" | "application-gateway";
const valuesOf = (network: object, topology: Topology = "private-apim") => ({ ...SWITCHABLE, topology, network });
const planOf = (network: object, topology?: Topology): Plan =>
  planStack({ stack: "dev", location: "swedencentral", today: "2026-11-24", values: valuesOf(network, topology) });
const subnetsOf = (network: object, topology?: Topology) =>
  planOf(network, topology).network?.subnets.map(({ prefix }) => prefix);

describe("derived ranges", () => {
  it.each(["10.42.0.0/21", "10.42.0.0/20", "10.42.0.0/16"])(
    "stay where they are when 10.42.0.0/22 becomes %s",
    (addressSpace) => {
      expect(subnetsOf({ addressSpace }, "application-gateway")).toEqual(["10.42.0.0/24", "10.42.1.0/24", "10.42.2.0/24"]);
      expect(networkFaults(planOf({}).network, planOf({ addressSpace }))).toEqual([]);
      // And back again.
      expect(networkFaults(planOf({ addressSpace }).network, planOf({}))).toEqual([]);
    },
  );

  it("are the quarters of a smaller one", () => {
    expect(subnetsOf({ addressSpace: "10.42.0.0/24" }, "application-gateway")).toEqual([
      "10.42.0.0/26",
      "10.42.0.64/26",
      "10.42.0.128/26",
    ]);
  });
});

describe("a change that Azure would refuse", () => {
  const said = (from: object, to: object, topology?: Topology) =>
    networkFaults(planOf(from, topology).network, planOf(to, topology)).map(sentence);
  const leave =
    "leave the network and join it anew, while callers are served: `npm run switch -- --stack dev --to public-apim`, then `--to private-apim`";

  it("is told with the ranges to keep, where they have room in the new space; and then it is none", () => {
    expect(said({ addressSpace: "10.42.4.0/24" }, { addressSpace: "10.42.4.0/22" })).toEqual([
      "network: A subnet in use does not move, and snet-gateway-v2 from 10.42.4.0/26 to 10.42.4.0/24 and snet-endpoints from 10.42.4.64/26 to 10.42.5.0/24 would move. " +
        `Say where they are, network: { gatewaySubnet: 10.42.4.0/26, endpointsSubnet: 10.42.4.64/26 }; or ${leave}.`,
    ]);
    const kept = { addressSpace: "10.42.4.0/22", gatewaySubnet: "10.42.4.0/26", endpointsSubnet: "10.42.4.64/26" };
    expect(said({ addressSpace: "10.42.4.0/24" }, kept)).toEqual([]);
  });

  it("is told with the way out of the network and in again, where the space is another one", () => {
    expect(said({}, { addressSpace: "10.50.0.0/22" })).toEqual([
      "network: A subnet in use does not move, and snet-gateway-v2 from 10.42.0.0/24 to 10.50.0.0/24 and snet-endpoints from 10.42.1.0/24 to 10.50.1.0/24 would move; " +
        "snet-gateway-v2 10.42.0.0/24 and snet-endpoints 10.42.1.0/24 would lie outside 10.50.0.0/22. " +
        `Keep the ranges that stand, in an address space that holds them (10.42.0.0/22); or ${leave}.`,
    ]);
  });

  it("is one of a range of the stack's own, too, and one that is in the way of what is new", () => {
    expect(said({}, { endpointsSubnet: "10.42.3.0/24" })[0]).toContain(
      "snet-endpoints from 10.42.1.0/24 to 10.42.3.0/24 would move",
    );
    const before = planOf({ endpointsSubnet: "10.42.2.0/24" }).network;
    const after = planOf({ endpointsSubnet: "10.42.1.0/24" }, "application-gateway");
    expect(networkFaults(before, after).map(sentence)[0]).toContain(
      "snet-application-gateway 10.42.2.0/24 overlaps snet-endpoints",
    );
  });

  it("is none where the stack joins a network, or leaves it", () => {
    const outside = planStack({
      stack: "dev",
      location: "swedencentral",
      today: "2026-11-24",
      values: { ...SWITCHABLE, topology: "public-apim" },
    });
    expect(networkFaults(undefined, planOf({}))).toEqual([]);
    expect(networkFaults(planOf({}).network, outside)).toEqual([]);
  });
});

it("random changes: what is not told, the local Azure takes; what is told, it refuses", async () => {
  const spaces = ["10.42.0.0/24", "10.42.0.0/22", "10.42.0.0/20", "10.42.4.0/22", "10.42.0.0/16", "10.50.0.0/22"];
  const addressSpace = fc.constantFrom(...spaces);
  const own = fc.constantFrom(undefined, undefined, "10.42.3.0/24", "10.42.0.192/27", "10.42.6.0/24");
  const topology = fc.constantFrom<Topology>("private-apim", "application-gateway");
  const networks = fc.record({ addressSpace, own, topology });
  const changes = fc.tuple(networks, fc.oneof(fc.record({ addressSpace }), fc.record({ topology }), networks));
  const wishOf = ({ addressSpace, own }: { addressSpace: string; own?: string }) => ({
    addressSpace,
    ...(own && { endpointsSubnet: own }),
  });
  const pairs = fc.sample(changes, { numRuns: EVERY ? 2000 : 200, seed: SEED }).flatMap(([from, change]) => {
    const to = { ...from, ...change };
    try {
      const [before, after] = [planOf(wishOf(from), from.topology), planOf(wishOf(to), to.topology)];
      const faults = networkFaults(before.network, after);
      return isDeepStrictEqual(from, to) ? [] : [{ from, to, after, faults }];
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      return [];
    }
  });
  const [told, taken] = [pairs.filter(({ faults }) => faults.length > 0), pairs.filter(({ faults }) => faults.length === 0)];
  const most = EVERY ? 60 : 3;
  expect(Math.min(told.length, taken.length)).toBeGreaterThanOrEqual(most);
  for (const { from, to, after, faults } of [...told.slice(0, most), ...taken.slice(0, most)]) {
    const { arm, resources } = await builtInProcess("dev", valuesOf(wishOf(from), from.topology));
    expect(networkFaults(standingNetwork(resources), after)).toEqual(faults);
    const standing = { inNetwork: true, entrances: [], accounts: [], resources };
    expect(changeRefusals(standing, after)).toEqual(faults);
    const update = builtInProcess("dev", valuesOf(wishOf(to), to.topology), arm);
    const what = JSON.stringify([from, to]);
    if (faults.length > 0) await expect(update, what).rejects.toThrow(/active allocations|overlaps|outside the IP address range/);
    else await expect(update, what).resolves.toBeDefined();
  }
});

describe.runIf(EVERY)("on the real engine", () => {
  let azure: LocalAzure;
  beforeAll(async () => {
    azure = await localAzure(valuesOf({}));
    await azure.workspace.up();
  });
  afterAll(() => azure?.remove());
  const network = () => standing(azure).find(({ type }) => type === "Microsoft.Network/virtualNetworks")?.body.properties;

  it("a wider space and the old one again are an update of the network alone", async () => {
    for (const addressSpace of ["10.42.0.0/20", "10.42.0.0/22"]) {
      azure.configure(valuesOf({ addressSpace }));
      expect(changed(await azure.workspace.up())).toEqual(["update network"]);
      expect(network()?.addressSpace.addressPrefixes).toEqual([addressSpace]);
    }
  });

  it("another space is refused before anything runs, and reached out of the network and in again while callers are served", async () => {
    const values = valuesOf({ addressSpace: "10.50.0.0/22" });
    const engine = localEngine(azure, { values });
    const sent = azure.sandbox.store.requests().length;
    await expect(runSwitch(engine, "private-apim")).rejects.toThrow(/stack dev: network: A subnet in use does not move/);
    expect(azure.sandbox.store.requests()).toHaveLength(sent);
    const traffic = await callersOf(azure);
    try {
      for (const to of ["public-apim", "private-apim"] as const) await runSwitch(engine, to, { pauseSeconds: 1 });
      await traffic.more(2);
    } finally {
      await traffic.stop();
    }
    expect(errorsOf(traffic.calls)).toEqual([]);
    expect(network()?.addressSpace.addressPrefixes).toEqual(["10.50.0.0/22"]);
    azure.configure(values);
    expect((await azure.workspace.up()).steps).toEqual([]);
  });
});
