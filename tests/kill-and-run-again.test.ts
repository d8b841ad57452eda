/**
 * The engine is killed after a write that the local Azure accepted, and `up` is run again: for each of a spread of the writes of one
 * deployment, or with EVERY=1 (`npm run test:every`, and CI on main) for every one.
 */
import { expect, it } from "vitest";
import { type LocalAzure, localAzure, SMALL, standing } from "./support/local-azure.ts";

const TINY = { ...SMALL, regions: ["swedencentral"], models: [SMALL.models[1]] };
/** Prime, so that the spread does not follow the pattern of a loop in the program. */
const STRIDE = process.env.EVERY ? 1 : 23;

/** What stands in Azure and what Pulumi says stands there, without the random suffix and drawn GUIDs. */
async function picture(azure: LocalAzure) {
  const plain = (id: string) =>
    id
      .toLowerCase()
      .replace(/(^|-)[a-z0-9]{6}(?=\/|$)/g, "$1SUFFIX")
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "GUID");
  const { deployment } = await azure.workspace.export();
  return {
    azure: standing(azure)
      .map(({ id }) => plain(id))
      .sort(),
    pulumi: deployment.resources?.map(({ urn, id, delete: dying }) => `${urn} ${plain(id ?? "")} ${dying ?? ""}`).sort(),
    pending: deployment.pending_operations ?? [],
  };
}

it("converges after a kill: nothing orphaned, nothing doubled", async () => {
  const whole = await localAzure(TINY);
  await whole.workspace.up();
  const writes = whole.sandbox.store.requests().length;
  const wanted = await picture(whole);
  await whole.remove();
  expect(writes).toBeGreaterThan(30);
  expect(wanted.pending).toEqual([]);

  const killAt = async (k: number) => {
    const azure = await localAzure(TINY);
    try {
      let killed = false;
      const stop = azure.sandbox.store.onWrite((count) => {
        if (count === k) killed = azure.workspace.kill();
      });
      await expect(azure.workspace.up(), `kill after write ${k}`).rejects.toThrow();
      expect(killed).toBe(true);
      stop();
      await azure.workspace.up();
      expect(await picture(azure), `after a kill at write ${k} of ${writes}`).toEqual(wanted);
    } finally {
      await azure.remove();
    }
  };
  const kills = Array.from({ length: Math.ceil(writes / STRIDE) }, (_, i) => i * STRIDE + 1);
  const next = kills.values();
  const worker = async () => {
    for (const k of next) await killAt(k);
  };
  await Promise.all([worker(), worker()]);
  console.log(`killed after ${kills.length} of ${writes} writes, converged each time`);
});
