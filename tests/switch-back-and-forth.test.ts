/** A stack goes to another topology and back, twice: nothing is left behind. With EVERY=1 (`npm run test:every`, and CI on main). */
import { expect, it } from "vitest";
import { localEngine, runSwitch } from "../cli/switch.ts";
import { localAzure } from "./support/local-azure.ts";
import { freshPictures, pictureOf, SWITCHABLE } from "./support/switches.ts";

it.runIf(process.env.EVERY)("back and forth twice ends each time as a fresh deployment would", async () => {
  const azure = await localAzure({ ...SWITCHABLE, topology: "public-apim" });
  const fresh = freshPictures();
  try {
    await azure.workspace.up();
    const engine = localEngine(azure, { values: SWITCHABLE });
    for (const to of ["application-gateway", "public-apim", "application-gateway", "public-apim"] as const) {
      await runSwitch(engine, to, { pauseSeconds: 1 });
      expect(await pictureOf(azure), to).toEqual(await fresh(to));
    }
  } finally {
    await azure.remove();
  }
});
