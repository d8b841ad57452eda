/**
 * Topologies are switched on the real engine while callers call. One switch, or with EVERY=1 (`npm run test:every`, and CI on main)
 * all twelve, one after the other on one stack.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planSwitch, type SwitchPlan } from "../cli/switch-plan.ts";
import type { Topology } from "../stacks/catalog/topologies.ts";
import { changed, type LocalAzure, localAzure } from "./support/local-azure.ts";
import { switchPage } from "./support/switch-page.ts";
import {
  callersOf,
  EVERY_SWITCH,
  errorsOf,
  freshPictures,
  type MeasuredSwitch,
  measuredSwitch,
  pictureOf,
  SWITCHABLE,
} from "./support/switches.ts";
import type { Traffic } from "./support/traffic.ts";

/** Long operations take a short but real time: five minutes pass in a third of a second. */
const DURATION_SCALE = 1000;
/** A new Front Door answers 404 for so long. */
const SPREAD_SECONDS = 3;
const GROUPS = ["added", "updated", "replaced", "deleted"] as const;
/** The gateway joins a network, and the accounts are closed. */
const FIRST: readonly Topology[] = ["public-apim", "private-apim"];

const [first = "public-apim", ...others] = process.env.EVERY ? EVERY_SWITCH : FIRST;

describe("switches, one after the other, while callers call", () => {
  let azure: LocalAzure;
  let traffic: Traffic;
  const switches: { measured: MeasuredSwitch; plan: SwitchPlan }[] = [];
  const fresh = freshPictures();
  beforeAll(async () => {
    azure = await localAzure(
      { ...SWITCHABLE, topology: first },
      { sandbox: { durationScale: DURATION_SCALE, network: { frontDoor: { propagationSeconds: SPREAD_SECONDS } } } },
    );
    await azure.workspace.up();
    await azure.sandbox.clock.sleep(SPREAD_SECONDS * 1000);
    traffic = await callersOf(azure);
  });
  afterAll(async () => {
    await traffic?.stop();
    await azure?.remove();
  });

  others.forEach((to, at) => {
    const from = at === 0 ? first : others[at - 1];
    it(`${from} to ${to}: no caller notices, no account or deployment is touched, nothing is left behind`, async () => {
      await traffic.more(2);
      const measured = await measuredSwitch(azure, traffic, to, { pauseSeconds: 1 });
      const { report, calls, forbidden } = measured;
      expect(report).toMatchObject({ from, to });
      expect(errorsOf(calls)).toEqual([]);
      expect(calls.length).toBeGreaterThan(20);
      expect(forbidden).toEqual([]);
      expect(changed(await azure.workspace.up())).toEqual([]);

      const plan = await planSwitch({ stack: "dev", location: "swedencentral", values: SWITCHABLE, today: "" }, report.from, to);
      const told = plan.updates.map(({ topology, accountAccess, frontDoor, ...update }) => ({
        step: { topology, accountAccess, frontDoor },
        done: Object.fromEntries(GROUPS.map((group) => [group, update[group].map(({ name }) => name).sort()])),
      }));
      const seen = report.updates.map(({ step: { topology, accountAccess, frontDoor }, done }) => ({
        step: { topology, accountAccess, frontDoor },
        done: Object.fromEntries(GROUPS.map((group) => [group, done[group].toSorted()])),
      }));
      expect(told, "npm run plan --from --to says what the switch then does").toEqual(seen);
      switches.push({ measured, plan });
      if (process.env.EVERY) expect(await pictureOf(azure)).toEqual(await fresh(to));
    });
  });

  it.runIf(process.env.EVERY)("docs/switches-measured.md says what was measured", async () => {
    expect(switches).toHaveLength(12);
    await expect(switchPage(switches)).toMatchFileSnapshot("../docs/switches-measured.md");
  });
});
