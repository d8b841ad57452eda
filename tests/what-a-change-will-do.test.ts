/**
 * `npm run plan -- --from FILE` and `--from-deployed`: what a change would do, before anything is deployed.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { planFromFile, planFromState, renderChangePlan } from "../cli/change-plan.ts";
import { runDeploy } from "../cli/deploy.ts";
import type { StackSource } from "../stacks/config.ts";
import { engineInProcess } from "./support/engine-in-process.ts";
import { SMALL } from "./support/local-azure.ts";

const REPOSITORY = join(import.meta.dirname, "..");
const run = promisify(execFile);

const chat = (deployment: string, tpm: number, more: object = {}) => ({
  deployment,
  model: "gpt-5.2",
  version: "2025-12-11",
  tpm,
  ...more,
});
const values = (models: object[], more: object = {}) => ({ ...SMALL, regions: ["swedencentral"], models, ...more });
const source = (all: Record<string, unknown>): StackSource => ({
  stack: "dev",
  location: "swedencentral",
  values: { ...all, asOf: "2026-11-24" },
  today: "2026-11-24",
});
const HALVES = values([chat("chat-a", 300_000), chat("chat-b", 700_000)]);

describe("from another file", () => {
  it("names each update with what it changes, and says that plain `up` would end in InsufficientQuota", async () => {
    const wanted = source(values([chat("chat-a", 700_000), chat("chat-b", 300_000)]));
    const plan = await planFromFile(wanted, source(HALVES), "old.yaml");
    expect(plan.updates.map(({ updated }) => updated.map(({ name }) => name).filter((name) => /^deployment/.test(name)))).toEqual(
      [["deployment-swedencentral-chat-b"], ["deployment-swedencentral-chat-a"]],
    );
    expect(plan.plainUpdate.join("\n")).toMatch(/InsufficientQuota.*1,400 units.*1,000 are known/);
    expect(renderChangePlan(plan, (line) => `- ${line}`)).toMatch(
      /from old\.yaml in 2 updates[\s\S]*Deploy it: npm run deploy -- --stack dev/,
    );
  });

  it("says what callers notice: names and keys that end, and a model that nobody serves for a while", async () => {
    const renamed = await planFromFile(
      source(values([chat("talk", 1_000_000)], { consumers: [{ name: "app" }] })),
      source(HALVES),
      "old",
    );
    expect(renamed.noticed.slice(0, 3)).toEqual([
      expect.stringMatching(/Calls of "chat-[ab]" are answered with 404/),
      expect.stringMatching(/Calls of "chat-[ab]" are answered with 404/),
      'The keys of consumer "web" open nothing any more.',
    ]);
    const other = { model: "text-embedding-3-large", version: "1" };
    const replaced = await planFromFile(source(values([chat("chat", 1000, other)])), source(values([chat("chat", 1000)])), "old");
    expect(replaced.noticed[0]).toMatch(/"chat" is not served for some minutes/);
  });

  it.each([
    [
      "an account that would move",
      { regions: [{ region: "eastus2", as: "home" }] },
      /"home" stands in swedencentral.*48 hours.*as: home-b/,
    ],
    ["another family", { gateway: { ...SMALL.gateway, family: "classic" } }, /another family.*another address/],
    ["a consumer in other capitals", { consumers: [{ name: "Web" }] }, /"Web" stands as "web".*more than capitals/],
    [
      "what is protected",
      { protect: true, regions: ["francecentral"] },
      /would be deleted, and protect: true forbids that.*protect: false/,
    ],
  ])("refuses %s, with the way to do it", async (_, more, why) => {
    const before = values([chat("chat", 1000)], {
      regions: [{ region: "swedencentral", as: "home" }],
      protect: "protect" in more,
    });
    await expect(planFromFile(source({ ...before, ...more }), source(before), "old")).rejects.toThrow(why);
  });

  it("knows accounts in other subscriptions, and moves none that stays", async () => {
    const regions = ["swedencentral", { region: "eastus2", subscription: "11111111-2222-4333-8444-555555555555" }];
    const before = values([chat("chat", 1000)], { regions });
    const plan = await planFromFile(source({ ...before, tags: { team: "models" } }), source(before), "old");
    expect(plan.updates).toHaveLength(1);
    expect(plan.updates[0]?.replaced).toEqual([]);
    expect(plan.plainUpdate).toEqual([]);
  });

  it("is a command, which reads a file of any name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "plan-test-"));
    try {
      const file = join(folder, "before.yaml");
      writeFileSync(
        file,
        readFileSync(join(REPOSITORY, "Pulumi.dev.yaml"), "utf8").replace(/aoai:topology: .*/, "aoai:topology: front-door"),
      );
      const command = [join(REPOSITORY, "cli", "plan.ts"), "--stack", "dev", "--json", "--from"];
      const { stdout } = await run(process.execPath, [...command, file]);
      expect(JSON.parse(stdout)).toMatchObject({ stack: "dev", from: file });
      expect(JSON.parse(stdout).updates.length).toBeGreaterThan(0);
      await expect(run(process.execPath, [...command, "nowhere.yaml"])).rejects.toThrow(
        "there is no such file, and no such topology",
      );
      await expect(run(process.execPath, [...command, file, "--to", "front-door"])).rejects.toThrow("it names a topology");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("from what is deployed", () => {
  it("finds nothing to do where nothing has changed, and just what a change then does", async () => {
    const engine = engineInProcess(HALVES);
    await runDeploy(engine, "public-apim");
    expect((await planFromState(source(HALVES), await engine.state())).updates).toEqual([]);
    const wanted = values([chat("talk", 900_000)], { regions: ["swedencentral", "eastus2"] });
    const plan = await planFromState(source(wanted), await engine.state());
    engine.values = wanted;
    const updates = await runDeploy(engine, "public-apim");
    expect(plan.updates).toHaveLength(3);
    // A replacement that stopped half-way leaves the old one behind the new one, to be deleted.
    const { resources = [] } = await engine.state();
    const dying = resources
      .filter(({ type }) => type.endsWith(":NamedValue"))
      .map((one) => ({ ...one, delete: true, inputs: { ...one.inputs, serviceName: "apim-before" } }));
    expect(dying.length).toBeGreaterThan(0);
    expect((await planFromState(source(wanted), { resources: [...resources, ...dying] })).updates).toEqual([]);
    // What is drawn stands in Pulumi's state alone, and this engine does not tell of it.
    const names = (list: readonly { name: string }[]) =>
      list
        .map(({ name }) => name)
        .filter((name) => !name.startsWith("role-name-"))
        .sort();
    expect(plan.updates.map(({ added, updated, deleted }) => [names(added), names(updated), names(deleted)])).toEqual(
      updates.map(({ done: { added, updated, deleted } }) => [[...added], [...updated], [...deleted]].map((list) => list.sort())),
    );
  });
});
