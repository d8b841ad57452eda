/**
 * A Front Door of another SKU, on a stack that stands: Azure makes none from the other by a PUT, and never Standard of Premium; its firewall policy,
 * which has the same SKU, does not go while it is used. Can the stack get there and back, and what do callers notice?
 * The real engine runs with EVERY=1 (`npm run test:every`, and CI on main).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtInProcess } from "../cli/in-process.ts";
import { localEngine, runSwitch } from "../cli/switch.ts";
import { changeSteps } from "../stacks/change.ts";
import { planStack } from "../stacks/plan.ts";
import { switchSteps } from "../stacks/switch.ts";
import { type LocalAzure, localAzure, standing } from "./support/local-azure.ts";
import { callersOf, errorsOf, freshPictures, pictureOf, SWITCHABLE } from "./support/switches.ts";

const EVERY = process.env.EVERY === "1";
const valuesOf = (sku: string) => ({ ...SWITCHABLE, topology: "front-door", frontDoor: { sku } });

describe.runIf(EVERY)("on the real engine", () => {
  let azure: LocalAzure;
  beforeAll(async () => {
    azure = await localAzure(valuesOf("standard"));
    await azure.workspace.up();
  });
  afterAll(() => azure?.remove());

  const frontDoors = () =>
    standing(azure)
      .filter(({ type }) => /^Microsoft\.(Cdn\/profiles|Network\/FrontDoorWebApplicationFirewallPolicies)$/i.test(type))
      .map(({ name, body }) => `${name} ${body.sku?.name}`)
      .sort();

  it.each([
    ["premium", ["afd-aoai-dev-premium Premium_AzureFrontDoor", "wafaoaidevpremium Premium_AzureFrontDoor"]],
    ["standard", ["afd-aoai-dev Standard_AzureFrontDoor", "wafaoaidev Standard_AzureFrontDoor"]],
  ])("npm run switch leads to %s, and callers are served all the while", async (sku, stand) => {
    const traffic = await callersOf(azure);
    try {
      const { updates } = await runSwitch(localEngine(azure, { values: valuesOf(sku) }), "front-door", { pauseSeconds: 1 });
      await traffic.more(2);
      expect(updates.map(({ step: { frontDoor } }) => frontDoor)).toEqual(["standby", undefined]);
      expect(updates.flatMap(({ done: { replaced } }) => replaced)).toEqual([]);
    } finally {
      await traffic.stop();
    }
    expect(errorsOf(traffic.calls)).toEqual([]);
    expect(frontDoors()).toEqual(stand);
    expect(await pictureOf(azure)).toEqual(await freshPictures(valuesOf(sku))("front-door"));
  });

  it("one plain update gets there too, and no further update finds anything to do", async () => {
    azure.configure(valuesOf("premium"));
    const { changes } = await azure.workspace.up();
    expect(changes).not.toHaveProperty("replace");
    expect(frontDoors()).toEqual(["afd-aoai-dev-premium Premium_AzureFrontDoor", "wafaoaidevpremium Premium_AzureFrontDoor"]);
    expect((await azure.workspace.up()).steps).toEqual([]);
  });
});

it("a Front Door of another SKU is built before calls are sent to it, also where two stand because an update was killed", () => {
  const from = { inNetwork: false, entrances: ["front-door"] as const, frontDoorInUse: true };
  const [standard, premium] = ["Standard_AzureFrontDoor", "Premium_AzureFrontDoor"];
  const steps = (frontDoorSkus: string[]) => switchSteps({ ...from, frontDoorSkus }, "front-door", "open", premium);
  expect(steps([standard])).toMatchObject([{ frontDoor: "standby" }, { topology: "front-door" }]);
  expect(steps([standard, premium])).toMatchObject([{ frontDoor: "standby" }, { topology: "front-door" }]);
  expect(steps([premium])).toHaveLength(1);
});

it("npm run deploy goes the same way", () => {
  const wanted = planStack({ stack: "dev", location: "swedencentral", today: "2026-11-24", values: valuesOf("premium") });
  const stands = {
    inNetwork: false,
    entrances: ["front-door"] as const,
    frontDoorInUse: true,
    frontDoorSkus: ["Standard_AzureFrontDoor"],
  };
  const deployed = {
    ...stands,
    topology: "front-door" as const,
    gatewaySku: "BasicV2",
    accounts: wanted.accounts,
    resources: [],
  };
  expect(changeSteps(deployed, wanted)).toMatchObject([{ frontDoor: "standby" }, { topology: "front-door" }]);
});

it("Standard keeps the names that it has always had", async () => {
  const { resources } = await builtInProcess("dev", { topology: "front-door" });
  const names = resources.filter(({ type }) => /:(cdn|frontdoor):/.test(type)).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(["front-door", "front-door-endpoint", "front-door-firewall", "origin-group-all", "route-all"]),
  );
  expect(names.filter((name) => name.includes("premium"))).toEqual([]);
});

it("no resource of one is replaced by one of the other: all are made beside, and the proof stays", async () => {
  const partsOf = async (sku: string) => {
    const { resources } = await builtInProcess("dev", { topology: "front-door", frontDoor: { sku } });
    return resources
      .filter(({ type, name }) => /:(cdn|frontdoor):/.test(type) || name === "front-door-proof")
      .map(({ name }) => name);
  };
  const [standard, premium] = [await partsOf("standard"), await partsOf("premium")];
  expect(premium).toHaveLength(standard.length);
  expect(standard.filter((name) => premium.includes(name))).toEqual(["front-door-proof"]);
});
