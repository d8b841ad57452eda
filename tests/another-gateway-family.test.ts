/**
 * API Management cannot move a service from one family to another in place.
 */
import { expect, it } from "vitest";
import { status } from "../cli/load.ts";
import { changed, localAzure, SMALL } from "./support/local-azure.ts";

/** With EVERY=1 (`npm run test:every`, and CI on main). */
it.runIf(process.env.EVERY)("crossing the family replaces the gateway with all that it holds, and no account", async () => {
  const azure = await localAzure(SMALL);
  try {
    await azure.workspace.up();
    azure.configure({ ...SMALL, gateway: { ...SMALL.gateway, family: "classic" } });
    const steps = changed(await azure.workspace.up());
    expect(steps.filter((step) => / (account|deployment|group|logs|insights)/.test(step))).toEqual([]);
    expect(azure.sandbox.store.list("Microsoft.ApiManagement/service").map(({ body }) => body.sku?.name)).toEqual(["Developer"]);
    const client = await azure.client();
    const call = () => client.embeddings.create({ model: "embeddings", input: "Hello" });
    expect(await status(call)).toEqual({ status: 200 });
    expect(changed(await azure.workspace.up())).toEqual([]);
  } finally {
    await azure.remove();
  }
});
