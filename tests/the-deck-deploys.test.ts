/**
 * The talk's own numbers: 12 regions of GPT-4 and GPT-3.5 as of November 2023, and, with EVERY=1 (`npm run test:every`, and CI on main), the same over two subscriptions.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openLocal } from "../cli/local.ts";
import { localAzure, SMALL, standing } from "./support/local-azure.ts";

it("deploys 12 regions with the quotas of 2023-11-30", async () => {
  const directory = mkdtempSync(join(tmpdir(), "deck-"));
  const azure = await openLocal({ stack: "deck", directory });
  try {
    const { changes } = await azure.workspace.up();
    expect(Object.keys(changes)).toEqual(["create"]);
    const accounts = azure.sandbox.store.list("Microsoft.CognitiveServices/accounts");
    expect(accounts).toHaveLength(12);
    const capacity = (name: string) =>
      azure.sandbox.store
        .list("Microsoft.CognitiveServices/accounts/deployments")
        .filter((deployment) => deployment.name === name)
        .reduce((sum, { body }) => sum + Number(body.sku?.capacity), 0);
    for (const pool of azure.plan.pools) expect(capacity(pool.deployment) * 1000).toBe(pool.tpm);
    expect(new Date(azure.sandbox.clock.now()).toISOString().slice(0, 10)).toBe("2023-11-30");
  } finally {
    await azure.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

it.runIf(process.env.EVERY)("doubles the quota with a second subscription", async () => {
  const second = "11111111-1111-4111-8111-111111111111";
  const one = { ...SMALL, regions: ["eastus2"] };
  const azure = await localAzure({
    ...SMALL,
    regions: ["eastus2", { region: "eastus2", subscription: second, as: "eastus2-b" }],
  });
  try {
    const both = azure.plan.pools.map(({ tpm }) => tpm);
    expect(azure.configure(one).pools.map(({ tpm }) => tpm * 2)).toEqual(both);
    azure.configure({ ...SMALL, regions: ["eastus2", { region: "eastus2", subscription: second, as: "eastus2-b" }] });
    await azure.workspace.up();
    const accounts = azure.sandbox.store.list("Microsoft.CognitiveServices/accounts").map(({ id }) => id.split("/")[2]);
    expect(new Set(accounts).size).toBe(2);
    expect(accounts).toContain(second);
    const client = await azure.client();
    for (let i = 0; i < 8; i++)
      await client.chat.completions.create({
        model: "chat",
        messages: [{ role: "user", content: "Hello" }],
        max_completion_tokens: 16,
      });
    const served = new Set(azure.sandbox.accounts.entries().map(({ host }) => host));
    expect(served.size).toBe(2);
    await azure.workspace.destroy();
    expect(standing(azure)).toEqual([]);
  } finally {
    await azure.remove();
  }
});
