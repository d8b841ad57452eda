/**
 * `npm run plan -- --from --to` before anything is deployed. That it names what a switch then touches is tested where switches run.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { planSwitch, renderSwitchPlan, type SwitchPlan } from "../cli/switch-plan.ts";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { settingsOf, standingOf, switchSteps } from "../stacks/switch.ts";
import { SWITCHABLE } from "./support/switches.ts";

const planned = (from: SwitchPlan["from"], to: SwitchPlan["to"], more: object = {}) =>
  planSwitch({ stack: "dev", location: "swedencentral", values: { ...SWITCHABLE, ...more }, today: "" }, from, to);
const classic = (sku: string) => ({ gateway: { ...SWITCHABLE.gateway, family: "classic", sku } });

describe("a switch that is planned", () => {
  it("says update by update what is added, updated and deleted, with the inputs that change", async () => {
    const { updates, crossesFamily, minutes } = await planned("public-apim", "private-apim");
    expect(updates.map(({ topology, accountAccess }) => [topology, accountAccess])).toEqual([
      ["private-apim", "open"],
      ["private-apim", undefined],
    ]);
    expect(updates[0]?.added).toContainEqual({ type: "network:PrivateEndpoint", name: "endpoint-eastus2" });
    expect(updates[0]?.updated).toEqual([
      {
        type: "apimanagement:ApiManagementService",
        name: "gateway",
        properties: expect.arrayContaining(["sku.name", "virtualNetworkType"]),
      },
    ]);
    expect(updates[1]?.updated.map(({ name }) => name)).toEqual(["account-swedencentral", "account-eastus2"]);
    expect(updates.flatMap(({ replaced, deleted }) => [...replaced, ...deleted])).toEqual([]);
    expect(crossesFamily).toBe(false);
    expect(minutes[0]).toBeLessThan(minutes[1]);
  });

  it("keeps the accounts open where the stack says so, in one update", async () => {
    const { updates } = await planned("public-apim", "private-apim", { accountAccess: "open" });
    expect(updates).toHaveLength(1);
    expect(updates[0]?.updated.map(({ name }) => name)).toEqual(["gateway"]);
  });

  it("tells what callers notice: Developer is down, Premium moves to other addresses, internal shuts callers out", async () => {
    const developer = await planned("public-apim", "private-apim", classic("Developer"));
    expect(developer.noticed.join("\n")).toMatch(/Developer is down while it changes its network: 15 to 45 minutes/);
    const premium = await planned("public-apim", "private-apim", { ...classic("Premium"), network: { access: "internal" } });
    expect(premium.noticed.join("\n")).toMatch(
      /No downtime is documented for Premium[\s\S]*other public addresses[\s\S]*do not reach the gateway/,
    );
    expect((await planned("private-apim", "application-gateway")).noticed.join("\n")).toMatch(/^Nothing/);
  });

  it("takes an empty asOf for the day of the catalog, for certificates too", async () => {
    const source = { stack: "dev", location: "swedencentral", values: { ...SWITCHABLE, asOf: "" }, today: "2026-11-24" };
    expect((await planSwitch(source, "private-apim", "application-gateway")).updates).toHaveLength(1);
  });

  it("has text for people, and JSON for programs", async () => {
    const text = renderSwitchPlan(await planned("public-apim", "front-door"), (line) => `- ${line}`);
    expect(text).toMatch(/^Stack dev: from public-apim to front-door in 2 updates, \d+ to \d+ minutes by published durations\n/);
    expect(text).toContain("Update 1: front-door, Front Door without traffic; ");
    const run = promisify(execFile);
    const command = [join(import.meta.dirname, "..", "cli", "plan.ts"), "--stack", "dev", "--from", "private-apim"];
    const { stdout, stderr } = await run(process.execPath, [...command, "--to", "application-gateway", "--json"]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ stack: "dev", from: "private-apim", to: "application-gateway" });
    await expect(run(process.execPath, command)).rejects.toThrow("--from and --to go together");
  });
});

describe("the steps", () => {
  it("end where the stack shall be, with nothing but the stack's own settings", () => {
    for (const from of TOPOLOGIES)
      for (const to of TOPOLOGIES)
        for (const access of ["open", "closed"] as const) {
          const last = switchSteps(standingOf(from), to, access).at(-1);
          expect(last && settingsOf(last, {})).toEqual({ topology: to });
        }
  });

  it("are taken again as far as needed after a kill: accounts are not closed while Front Door still leads to them", () => {
    const half = { inNetwork: true, entrances: ["front-door"] as const, frontDoorInUse: true };
    expect(switchSteps(half, "private-apim", "closed")).toMatchObject([{ accountAccess: "open" }, { topology: "private-apim" }]);
    const built = { inNetwork: false, entrances: ["front-door"] as const, frontDoorInUse: false };
    expect(switchSteps(built, "front-door", "open")).toMatchObject([{ frontDoor: "standby" }, { topology: "front-door" }]);
    const inside = { inNetwork: true, entrances: ["application-gateway"] as const };
    expect(switchSteps(inside, "public-apim", "open")).toMatchObject([{ topology: "private-apim" }, { topology: "public-apim" }]);
  });

  it("keep what else the stack says of Front Door", () => {
    const step = { topology: "front-door", frontDoor: "standby" } as const;
    expect(settingsOf(step, { frontDoor: { sku: "premium" } }).frontDoor).toEqual({ sku: "premium", standby: true });
  });
});
