/** Writes resources into a store as fast as it can and says which were acknowledged. Started, and killed, by a test. */
import { writeSync } from "node:fs";
import { openStore } from "../../sandbox/arm/store.ts";
import { scaledClock } from "../../sandbox/clock.ts";

const [directory = "", first = "0"] = process.argv.slice(2);
const store = openStore({ directory, clock: scaledClock({ start: new Date("2026-11-24T09:00:00Z") }) });
for (let n = Number(first); ; n++) {
  const id = `/subscriptions/s/resourceGroups/g/providers/Microsoft.Test/things/t${n}`;
  const { hold } = store.put(id, {
    type: "Microsoft.Test/things",
    body: { properties: { n } },
    secrets: { key: `secret-${n}` },
    duration: 0,
  });
  hold.release();
  writeSync(1, `${n}\n`);
}
