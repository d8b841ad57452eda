/**
 * The engine is killed in the middle of a switch, and the switch is run again: early, in the middle and late in three different switches,
 * while callers call. With EVERY=1 (`npm run test:every`, and CI on main).
 */
import { expect, it } from "vitest";
import { localEngine, runSwitch } from "../cli/switch.ts";
import { planSwitch } from "../cli/switch-plan.ts";
import type { Topology } from "../stacks/catalog/topologies.ts";
import { localAzure } from "./support/local-azure.ts";
import { callersOf, errorsOf, freshPictures, pictureOf, SWITCHABLE } from "./support/switches.ts";

/** A circle, so that each switch starts from where the one before it ended. */
const CIRCLE: readonly Topology[] = ["public-apim", "application-gateway", "front-door", "public-apim"];
const PARTS = [0.1, 0.5, 0.95];
const SWITCHES = CIRCLE.slice(1).map((to, at) => ({ from: CIRCLE[at] ?? to, to }));

/** Requests to Azure that a switch takes. */
async function writesOf(from: Topology, to: Topology): Promise<number> {
  const { updates } = await planSwitch({ stack: "dev", location: "swedencentral", values: SWITCHABLE, today: "" }, from, to);
  const changes = updates.flatMap(({ added, updated, replaced, deleted }) => [...added, ...updated, ...replaced, ...deleted]);
  return changes.filter(({ type }) => !type.startsWith("random:")).length;
}

it.runIf(process.env.EVERY)(
  "a switch that was killed and is run again ends as if nothing had happened, and no caller noticed",
  async () => {
    // Long enough that a kill meets operations under way.
    const azure = await localAzure({ ...SWITCHABLE, topology: "public-apim" }, { sandbox: { durationScale: 3000 } });
    const fresh = freshPictures();
    try {
      await azure.workspace.up();
      const traffic = await callersOf(azure);
      for (const part of PARTS) {
        for (const { from, to } of SWITCHES) {
          const writes = await writesOf(from, to);
          const about = `${to}, killed after ${part} of ${writes} writes`;
          const engine = localEngine(azure, { values: SWITCHABLE });
          const before = azure.sandbox.store.requests().length;
          let killed = false;
          const stop = azure.sandbox.store.onWrite(() => {
            if (!killed && azure.sandbox.store.requests().length - before >= Math.max(1, Math.floor(part * writes)))
              killed = azure.workspace.kill();
          });
          await expect(runSwitch(engine, to, { pauseSeconds: 1 }), about).rejects.toThrow("was killed");
          stop();
          await runSwitch(engine, to, { pauseSeconds: 1 });
          expect(await pictureOf(azure), about).toEqual(await fresh(to));
        }
      }
      await traffic.more(2);
      await traffic.stop();
      expect(errorsOf(traffic.calls)).toEqual([]);
    } finally {
      await azure.remove();
    }
  },
);
