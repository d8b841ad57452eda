/**
 * Changes of a deployed stack that one update cannot make, on the real engine: `npm run deploy` gets there in several.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planFromState } from "../cli/change-plan.ts";
import { runDeploy } from "../cli/deploy.ts";
import { deployedIn } from "../cli/deployed.ts";
import { localEngine } from "../cli/switch.ts";
import { changed, type LocalAzure, localAzure, SMALL } from "./support/local-azure.ts";

/** On the real engine with `npm run test:every`; in process they are in any-change-converges.test.ts. */
const EVERY = process.env.EVERY === "1";

const chat = (deployment: string, tpm: number, more: object = {}) => ({
  deployment,
  model: "gpt-5.2",
  version: "2025-12-11",
  tpm,
  ...more,
});
const stack = (models: object[], more: object = {}) => ({ ...SMALL, regions: ["swedencentral"], models, ...more });

describe.runIf(EVERY)("a stack that has all of its quota", () => {
  let azure: LocalAzure;
  const capacities = async () =>
    deployedIn((await azure.workspace.export()).deployment).accounts.flatMap(({ key, deployments }) =>
      deployments.map(({ name, capacity, model, sku }) => `${key}/${name} ${capacity} ${model.name} ${sku}`),
    );
  /** As `npm run deploy` would, with these values in the stack file; then plain `up` has nothing to do. */
  async function deploy(values: Record<string, unknown>) {
    azure.configure(values);
    const updates = await runDeploy(localEngine(azure, { values }), "public-apim", { pauseSeconds: 0 });
    azure.configure(values);
    expect(changed(await azure.workspace.up())).toEqual([]);
    return updates;
  }

  beforeAll(async () => {
    azure = await localAzure(stack([chat("chat-a", 300_000), chat("chat-b", 700_000)]));
    await azure.workspace.up();
  });
  afterAll(() => azure?.remove());

  it("moves quota from one deployment to another, which plain `up` never does", async () => {
    const values = stack([chat("chat-a", 700_000), chat("chat-b", 300_000)]);
    const updates = await deploy(values);
    expect(updates.map(({ done: { updated } }) => updated.filter((name) => name.startsWith("deployment-")))).toEqual([
      ["deployment-swedencentral-chat-b"],
      ["deployment-swedencentral-chat-a"],
    ]);
  });

  it("renames a deployment: the old one serves with half of it until the new one does", async () => {
    const updates = await deploy(stack([chat("talk", 700_000), chat("chat-b", 300_000)]));
    expect(updates).toHaveLength(3);
    expect(await capacities()).toEqual([
      "swedencentral/talk 700 gpt-5.2 GlobalStandard",
      "swedencentral/chat-b 300 gpt-5.2 GlobalStandard",
    ]);
  });

  it("gives a region another name, and its old one back within the 48 hours in which Azure keeps it", async () => {
    const models = [chat("talk", 700_000), chat("chat-b", 300_000)];
    await deploy(stack(models, { regions: [{ region: "swedencentral", as: "home" }] }));
    expect((await capacities()).map((text) => text.split(" ")[0])).toEqual(["home/talk", "home/chat-b"]);
    const told: string[] = [];
    const values = stack(models);
    azure.configure(values);
    await runDeploy(localEngine(azure, { values }), "public-apim", { onOtherWay: (text) => told.push(text), pauseSeconds: 0 });
    expect(told).toEqual([expect.stringContaining("brought back")]);
    expect((await capacities()).map((text) => text.split(" ")[0])).toEqual(["swedencentral/talk", "swedencentral/chat-b"]);
    azure.configure(values);
    expect(changed(await azure.workspace.up())).toEqual([]);
  });

  it("swaps the models of two deployments", async () => {
    const other = { model: "text-embedding-3-large", version: "1" };
    await deploy(stack([chat("talk", 1_000_000), chat("think", 1_000_000, other)]));
    await deploy(stack([chat("think", 1_000_000), chat("talk", 1_000_000, other)]));
    expect(await capacities()).toEqual([
      "swedencentral/think 1000 gpt-5.2 GlobalStandard",
      "swedencentral/talk 1000 text-embedding-3-large GlobalStandard",
    ]);
  });

  it("goes on after a kill from what stands", async () => {
    const values = stack([chat("think", 1_000_000)], { regions: [{ region: "swedencentral", as: "again" }] });
    azure.configure(values);
    const engine = localEngine(azure, { values });
    let writes = 0;
    const stop = azure.sandbox.store.onWrite(() => {
      if (++writes === 3) azure.workspace.kill();
    });
    await expect(runDeploy(engine, "public-apim", { pauseSeconds: 0 })).rejects.toThrow("killed");
    stop();
    await runDeploy(engine, "public-apim", { pauseSeconds: 0 });
    expect(await capacities()).toEqual(["again/think 1000 gpt-5.2 GlobalStandard"]);
    azure.configure(values);
    expect(changed(await azure.workspace.up())).toEqual([]);
    const { deployment } = await azure.workspace.export();
    const source = { stack: "dev", location: "swedencentral", values: { ...values, asOf: "2026-11-24" }, today: "2026-11-24" };
    expect((await planFromState(source, deployment)).updates).toEqual([]);
  });
});
