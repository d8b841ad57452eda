/**
 * From any valid stack to any other and back, in process, by the updates of `npm run deploy`: it gets there, or had refused before anything ran. With
 * EVERY=1 (`npm run test:every`) 300 pairs.
 */
import { expect, it } from "vitest";
import { runDeploy } from "../cli/deploy.ts";
import { deployedIn } from "../cli/deployed.ts";
import type { Topology } from "../stacks/catalog/topologies.ts";
import { PlanError } from "../stacks/plan.ts";
import { engineInProcess } from "./support/engine-in-process.ts";
import { randomChanges } from "./support/random-changes.ts";
import { SEED } from "./support/random-config.ts";

const EVERY = process.env.EVERY === "1";
/** What a change may be refused for, by the setting. */
const REFUSED = /^(gateway\.family|regions|models$|protect|consumers\[|network$)/;

it("any valid stack becomes any other, and comes back, or the plan had refused", async () => {
  const pairs = randomChanges(Number(process.env.PAIRS ?? (EVERY ? 300 : 4)), Number(process.env.SEED ?? SEED));
  const counts = { refused: 0, converged: 0, updates: 0, several: 0, restored: 0, gaps: 0, invalid: 0 };
  for (const [number, [from, to]] of pairs.entries()) {
    const engine = engineInProcess(from);
    try {
      for (const values of [from, to]) {
        engine.values = values;
        engine.plan({ topology: values.topology as Topology, why: "" });
      }
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      counts.invalid++;
      continue;
    }
    for (const values of [from, to, from]) {
      const label = `pair ${number}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
      engine.values = values;
      const topology = values.topology as Topology;
      engine.unserved.length = 0;
      const before = JSON.stringify(deployedIn(await engine.state()).accounts);
      try {
        const updates = await runDeploy(engine, topology, { pauseSeconds: 0, onOtherWay: () => counts.restored++ });
        counts.converged++;
        counts.updates += updates.length;
        if (updates.length > 1) counts.several++;
        const foretold = updates.flatMap(({ step }) => step.gaps ?? []);
        counts.gaps += new Set(engine.unserved).size;
        expect(
          engine.unserved.filter((name) => !foretold.includes(name)),
          label,
        ).toEqual([]);
      } catch (error) {
        if (!(error instanceof PlanError)) throw new Error(`${label}: ${(error as Error).message}`, { cause: error });
        expect(
          error.faults.map(({ path }) => path).filter((path) => !REFUSED.test(path)),
          label,
        ).toEqual([]);
        expect(JSON.stringify(deployedIn(await engine.state()).accounts), label).toBe(before);
        counts.refused++;
        break;
      }
      expect(await engine.plainly(), label).toEqual([]);
    }
  }
  console.log(JSON.stringify(counts));
  expect(counts.converged).toBeGreaterThan(pairs.length);
  if (EVERY) for (const way of ["several", "refused", "restored"] as const) expect(counts[way], way).toBeGreaterThan(0);
});

it("a name in other capitals goes and comes again, and is refused where nothing would be left meanwhile", async () => {
  const small = (...names: string[]) => ({
    gateway: { publisherEmail: "ai@contoso.example" },
    regions: ["swedencentral"],
    models: names.map((deployment) => ({ deployment, model: "gpt-5.2", version: "2025-12-11", tpm: 1000 })),
    consumers: [{ name: "web" }],
  });
  const engine = engineInProcess(small("chat", "talk"));
  await runDeploy(engine, "public-apim");
  engine.values = small("Chat", "talk");
  expect((await runDeploy(engine, "public-apim")).length).toBe(2);
  const names = async () =>
    deployedIn(await engine.state()).accounts.flatMap(({ deployments }) => deployments.map(({ name }) => name));
  expect((await names()).sort()).toEqual(["Chat", "talk"]);
  expect(await engine.plainly()).toEqual([]);
  engine.values = small("chat", "Talk");
  await expect(runDeploy(engine, "public-apim")).rejects.toThrow(/no model would be left.*more than capitals/);
});

it("a network that goes in the end, and would have to change on the way, is refused before anything runs", async () => {
  const stack = (topology: string, addressSpace: string) => ({
    topology,
    network: { addressSpace },
    applicationGateway: { host: "openai.contoso.example", selfSigned: true },
    gateway: { publisherEmail: "ai@contoso.example" },
    regions: ["swedencentral"],
    models: [{ deployment: "chat", model: "gpt-5.2", version: "2025-12-11", tpm: 1000 }],
    consumers: [{ name: "web" }],
  });
  const engine = engineInProcess(stack("application-gateway", "10.50.0.0/22"));
  await runDeploy(engine, "application-gateway");
  engine.values = stack("public-apim", "10.42.0.0/16");
  await expect(runDeploy(engine, "public-apim")).rejects.toThrow(/network/);
  engine.values = stack("public-apim", "10.50.0.0/22");
  expect((await runDeploy(engine, "public-apim")).length).toBe(2);
});
