/**
 * A classic gateway gets new addresses when it changes its network, and Developer is down meanwhile. That is all that a switch costs. Runs with
 * EVERY=1 (`npm run test:every`, and CI on main): half an hour of Azure's takes its time even a thousand times faster.
 */
import { expect, it } from "vitest";
import { changed, localAzure } from "./support/local-azure.ts";
import { callersOf, errorsOf, measuredSwitch, SWITCHABLE } from "./support/switches.ts";

const IN_USE_PAUSE_SECONDS = 1;

it.runIf(process.env.EVERY).each([
  { sku: "Developer", errors: /^\w+ 503 / },
  { sku: "Premium", errors: undefined },
])("$sku: from Front Door into a network, callers lose what Azure says they lose and no more", async ({ sku, errors }) => {
  const values = { ...SWITCHABLE, gateway: { ...SWITCHABLE.gateway, family: "classic", sku } };
  // Half an hour passes in a second and a half.
  const azure = await localAzure({ ...values, topology: "front-door" }, { sandbox: { durationScale: 1200 } });
  try {
    await azure.workspace.up();
    const service = () => azure.sandbox.store.list("Microsoft.ApiManagement/service")[0];
    const address = () => service()?.body.properties.publicIPAddresses[0];
    const before = address();
    const traffic = await callersOf(azure);
    await traffic.more(2);
    const { report, calls, forbidden } = await measuredSwitch(azure, traffic, "private-apim", {
      values,
      pauseSeconds: IN_USE_PAUSE_SECONDS,
    });
    await traffic.stop();
    expect(report.updates.map(({ step: { topology, accountAccess } }) => `${topology} ${accountAccess ?? ""}`.trim())).toEqual([
      "public-apim",
      "private-apim open",
      "private-apim",
    ]);
    expect(forbidden).toEqual([]);
    expect(address()).not.toBe(before);
    if (errors) {
      expect(errorsOf(calls).length).toBeGreaterThan(0);
      expect(errorsOf(calls).filter((error) => !errors.test(error))).toEqual([]);
    } else expect(errorsOf(calls)).toEqual([]);
    expect(changed(await azure.workspace.up())).toEqual([]);
  } finally {
    await azure.remove();
  }
});
