/**
 * Topologies are switched on the real engine while callers call. Two switches of four updates, or with EVERY=1 (`npm run test:every`, and CI)
 * all twelve, one after the other on one stack.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Topology } from "../stacks/catalog/topologies.ts";
import { changed, type LocalAzure, localAzure } from "./support/local-azure.ts";
import { callersOf, EVERY_SWITCH, errorsOf, freshPictures, measuredSwitch, pictureOf, SWITCHABLE } from "./support/switches.ts";
import type { Traffic } from "./support/traffic.ts";

/** Long operations take a short but real time: a quarter of an hour passes in two seconds. */
const DURATION_SCALE = 400;
/** The two that take most care: out of Front Door's reach into a network, and away from an entrance that stands in one. */
const HARDEST: readonly Topology[] = ["front-door", "application-gateway", "public-apim"];

const [first = "public-apim", ...others] = process.env.EVERY ? EVERY_SWITCH : HARDEST;

describe("switches, one after the other, while callers call", () => {
  let azure: LocalAzure;
  let traffic: Traffic;
  const fresh = freshPictures();
  beforeAll(async () => {
    azure = await localAzure({ ...SWITCHABLE, topology: first }, { sandbox: { durationScale: DURATION_SCALE } });
    await azure.workspace.up();
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
      const { report, calls, forbidden } = await measuredSwitch(azure, traffic, to, { pauseSeconds: 1 });
      expect(report).toMatchObject({ from, to });
      expect(errorsOf(calls)).toEqual([]);
      expect(calls.length).toBeGreaterThan(20);
      expect(forbidden).toEqual([]);
      expect(changed(await azure.workspace.up())).toEqual([]);
      if (process.env.EVERY) expect(await pictureOf(azure)).toEqual(await fresh(to));
    }, 300_000);
  });
});
