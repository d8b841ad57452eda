/**
 * One stack through its life on the real engine: each update touches what the change is about, and nothing else.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changed, type LocalAzure, localAzure, SMALL, standing, tamper } from "./support/local-azure.ts";

const [chat, embeddings] = SMALL.models;

describe("a stack through its life", () => {
  let azure: LocalAzure;
  beforeAll(async () => {
    azure = await localAzure();
  });
  afterAll(() => azure?.remove());

  it("comes up, and a second up finds nothing to do", async () => {
    expect(Object.keys((await azure.workspace.up()).changes)).toEqual(["create"]);
    expect(changed(await azure.workspace.up())).toEqual([]);
  });

  it("refreshes without a change although Azure answers in its own shape", async () => {
    expect(changed(await azure.workspace.refresh())).toEqual([]);
    expect(changed(await azure.workspace.up())).toEqual([]);
  });

  it("changes only a model's deployments and their weights when its tokens per minute change everywhere alike", async () => {
    azure.configure({ ...SMALL, models: [{ ...chat, tpm: 90000 }, embeddings] });
    // The pool's own weights stay 1 : 1.
    expect(changed(await azure.workspace.up())).toEqual([
      "update deployment-eastus2-chat",
      "update deployment-swedencentral-chat",
      "update value-weights-chat",
    ]);
  });

  it("changes one deployment and the weights of its pool when one region's tokens per minute change", async () => {
    azure.configure({ ...SMALL, models: [{ ...chat, tpm: 90000, regions: { eastus2: { tpm: 45000 } } }, embeddings] });
    expect(changed(await azure.workspace.up())).toEqual([
      "update backend-pool-chat",
      "update deployment-eastus2-chat",
      "update value-weights-chat",
    ]);
    const pool = azure.sandbox.store
      .list("Microsoft.ApiManagement/service/backends")
      .find(({ body }) => body.properties.type === "Pool" && /chat/.test(body.properties.title));
    expect(pool?.body.properties.pool.services.map(({ weight }: { weight: number }) => weight)).toEqual([50, 100]);
  });

  it("adds a region with that region's resources and updates pools and policy", async () => {
    azure.configure({ ...SMALL, regions: [...SMALL.regions, "francecentral"] });
    const before = standing(azure).map(({ id }) => id);
    const steps = changed(await azure.workspace.up());
    expect(steps.filter((step) => step.startsWith("create")).every((step) => step.includes("francecentral"))).toBe(true);
    expect(steps.filter((step) => step.startsWith("create") && /account|deployment|role|backend/.test(step))).toHaveLength(
      1 + 2 + 2 + 2,
    );
    const rest = steps.filter((step) => !step.startsWith("create"));
    expect(rest.filter((step) => !/^update (backend-pool-|deployment-|policy-api|value-weights-)/.test(step))).toEqual([]);
    expect(before.filter((id) => !azure.sandbox.store.get(id))).toEqual([]);
  });

  it("takes the region away again, and only that", async () => {
    azure.configure(SMALL);
    const steps = changed(await azure.workspace.up());
    expect(steps.filter((step) => step.startsWith("delete")).every((step) => step.includes("francecentral"))).toBe(true);
    expect(standing(azure).filter(({ id }) => id.includes("francecentral"))).toEqual([]);
    expect(changed(await azure.workspace.up())).toEqual([]);
  });

  it("sees what somebody changed behind its back, and puts it right", async () => {
    const [deployment] = azure.sandbox.store
      .list("Microsoft.CognitiveServices/accounts/deployments")
      .filter(({ name }) => name === "chat");
    if (!deployment) throw new Error("no deployment");
    tamper(azure, deployment, (body) => {
      if (body.sku) body.sku.capacity = 1;
    });
    const seen = await azure.workspace.refresh();
    expect(seen.changes.update).toBe(1);
    expect(changed(await azure.workspace.up())).toEqual([expect.stringMatching(/^update deployment-.*-chat$/)]);
  });

  it("leaves nothing but soft-deleted entries when destroyed", async () => {
    await azure.workspace.destroy();
    expect(standing(azure)).toEqual([]);
    const types = azure.sandbox.store.softDeletedEntries().map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(["Microsoft.CognitiveServices/accounts", "Microsoft.ApiManagement/service"]));
  });
});
