/**
 * Does any request break the gateway, whatever the stack, the request and the accounts' answers? Random ones through the policies in process; with
 * EVERY=1 (`npm run test:every`) a hundred thousand.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { TOPOLOGIES, type Topology } from "../stacks/catalog/topologies.ts";
import { randomAnswer, randomRequest } from "./support/fuzz/requests.ts";
import { deployable, faultsOf, type World, worldOf } from "./support/fuzz/world.ts";
import { randomSources } from "./support/random-config.ts";

const SEED = Number(process.env.FUZZ_SEED ?? 20261130);
const [STACKS, REQUESTS] = process.env.EVERY ? [100, 1000] : [4, 200];

it(`answers ${STACKS * REQUESTS} random requests to ${STACKS} random stacks without a crash, an unexplained 500 or a refusal without a reason (seed ${SEED})`, async () => {
  const worlds: World[] = [];
  const refused = new Map<string, number>();
  for (const source of randomSources(STACKS * 25, SEED)) {
    if (worlds.length === STACKS) break;
    const world = await worldOf(deployable(source, TOPOLOGIES[worlds.length % TOPOLOGIES.length] as Topology));
    if (typeof world === "string") refused.set(world.slice(0, 80), (refused.get(world.slice(0, 80)) ?? 0) + 1);
    else worlds.push(world);
  }
  expect(worlds, [...refused].map(([why, times]) => `${times} x ${why}`).join("\n")).toHaveLength(STACKS);
  const faults: string[] = [];
  for (const [i, world] of worlds.entries()) {
    const requests = fc.sample(randomRequest, { numRuns: REQUESTS, seed: SEED + i });
    const answers = fc.sample(randomAnswer, { numRuns: REQUESTS, seed: SEED + i });
    for (const fault of await faultsOf(world, requests, answers))
      faults.push(`stack ${i} (${world.source.values.topology}, ${JSON.stringify(world.source.values.gateway)}): ${fault}`);
    if (process.env.EVERY && i % 10 === 9) console.info(`${(i + 1) * REQUESTS} requests, ${faults.length} faults`);
  }
  expect(faults.slice(0, 10).join("\n"), `${faults.length} faults, the first ten`).toBe("");
}, 1_800_000);
