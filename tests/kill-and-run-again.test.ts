/**
 * The engine is killed after every single write that the local Azure accepted; then `up` is run again.
 */
import { expect, it } from "vitest";
import { changed, type LocalAzure, localAzure, SMALL, standing } from "./support/local-azure.ts";

const TINY = { ...SMALL, regions: ["swedencentral"], models: [SMALL.models[1]] };

/** Ids without the random suffix and without drawn GUIDs. */
const shape = (azure: LocalAzure) =>
  standing(azure)
    .map(({ id }) =>
      id
        .toLowerCase()
        .replace(/-[a-z0-9]{6}(?=\/|$)/g, "-SUFFIX")
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "GUID"),
    )
    .sort();

it("converges after a kill at each write: nothing orphaned, nothing doubled", async () => {
  const whole = await localAzure(TINY);
  await whole.workspace.up();
  const writes = whole.sandbox.store.requests().length;
  const wanted = shape(whole);
  await whole.remove();
  expect(writes).toBeGreaterThan(20);

  const killAt = async (k: number) => {
    const azure = await localAzure(TINY);
    try {
      let count = 0;
      azure.sandbox.store.onWrite(() => {
        if (++count === k) azure.workspace.kill();
      });
      await expect(azure.workspace.up(), `kill after write ${k}`).rejects.toThrow();
      const { changes } = await azure.workspace.up();
      expect(shape(azure), `after a kill at write ${k}: ${JSON.stringify(changes)}`).toEqual(wanted);
      expect(changed(await azure.workspace.up()), `second up after a kill at write ${k}`).toEqual([]);
    } finally {
      await azure.remove();
    }
  };
  const rest = Array.from({ length: writes }, (_, i) => i + 1).values();
  await Promise.all(
    [1, 2].map(async () => {
      for (const k of rest) await killAt(k);
    }),
  );
}, 600_000);
