/**
 * Azure keeps a subnet in use for minutes after API Management has left it. Runs with EVERY=1 (`npm run test:every`, and CI on main).
 */
import { expect, it } from "vitest";
import { localEngine, runSwitch } from "../cli/switch.ts";
import { localAzure, standing } from "./support/local-azure.ts";
import { SWITCHABLE } from "./support/switches.ts";

it.runIf(process.env.EVERY)("a switch out of a network runs its last update again until the subnet can go", async () => {
  // Five minutes to leave, and five more in use: three seconds each.
  const azure = await localAzure({ ...SWITCHABLE, topology: "private-apim" }, { sandbox: { durationScale: 100 } });
  try {
    await azure.workspace.up();
    const said: string[] = [];
    const report = await runSwitch(localEngine(azure, { values: SWITCHABLE }), "public-apim", {
      pauseSeconds: 1,
      onInUse: (message) => said.push(message),
    });
    expect(report.updates).toHaveLength(1);
    expect(report.updates[0]?.reruns).toBeGreaterThan(0);
    expect(said[0]).toContain("InUseSubnetCannotBeDeleted");
    // What earlier runs have done counts too, and what they could not do counts once.
    expect(report.updates[0]?.done.updated.toSorted()).toEqual(["account-eastus2", "account-swedencentral", "gateway"]);
    expect(report.updates[0]?.done.deleted).toHaveLength(11);
    expect(standing(azure).filter(({ type }) => /Network/.test(type))).toEqual([]);
  } finally {
    await azure.remove();
  }
});
