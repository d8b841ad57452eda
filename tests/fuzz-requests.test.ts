/**
 * Does any request break the gateway, whatever the stack, the request and the accounts' answers? Random ones through the policies in process; with
 * EVERY=1 (`npm run test:every`) a hundred thousand.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { randomAnswer, randomRequest } from "./support/fuzz/requests.ts";
import { deployable, faultsOf, type World, worldOf } from "./support/fuzz/world.ts";
import { randomSources } from "./support/random-config.ts";

const SEED = Number(process.env.FUZZ_SEED ?? 20261130);
/** One stack of each topology a round. */
const [ROUNDS, REQUESTS] = process.env.EVERY ? [25, 1000] : [1, 200];

/** Of each topology the first random stack, by this seed, that can be deployed. */
async function stacks(seed: number): Promise<World[]> {
  const worlds: World[] = [];
  const refused: string[] = [];
  for (const source of randomSources(200, seed)) {
    const topology = TOPOLOGIES[worlds.length];
    if (topology === undefined) break;
    const world = await worldOf(deployable(source, topology));
    if (typeof world === "string") refused.push(world.slice(0, 200));
    else worlds.push(world);
  }
  expect(worlds, refused.slice(0, 10).join("\n")).toHaveLength(TOPOLOGIES.length);
  return worlds;
}

it.each(Array.from({ length: ROUNDS }, (_, round) => SEED + round))(
  `answers ${TOPOLOGIES.length * REQUESTS} random requests without a crash, an unexplained 500 or a refusal without a reason (seed %i)`,
  async (seed) => {
    const faults: string[] = [];
    for (const [i, world] of (await stacks(seed)).entries()) {
      const requests = fc.sample(randomRequest, { numRuns: REQUESTS, seed: seed * 10 + i });
      const answers = fc.sample(randomAnswer, { numRuns: REQUESTS, seed: seed * 10 + i });
      const found = await faultsOf(world, requests, answers);
      expect(found.asked, `${world.source.values.topology}: requests that reached an account`).toBeGreaterThan(REQUESTS / 10);
      for (const fault of found.faults)
        faults.push(`${world.source.values.topology}, ${JSON.stringify(world.source.values.gateway)}: ${fault}`);
    }
    expect(faults.slice(0, 10).join("\n"), `${faults.length} faults, the first ten`).toBe("");
  },
);
