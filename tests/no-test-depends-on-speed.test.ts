/**
 * Does a slow machine pass too? What must overlap is told to a clock (`localArmInStoppedTime`, `manualClock`), and no test has a limit of its own:
 * those of vitest.config.ts guard against hanging alone.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import config from "../vitest.config.ts";
import { ownFiles } from "./support/own-files.ts";

const ROOT = join(import.meta.dirname, "..");
const FILES = ownFiles("tests/**/*.ts").filter((file) => !import.meta.filename.endsWith(file));

describe("no test", () => {
  it.each([
    ["has a time limit of its own", /^\s*\},\s*[0-9_]{4,},?\s*\);|\btimeout: [0-9_]{4,}/m],
    ["stops to wait for a condition before the common limit", /\b(poll|waitFor|waitUntil)\([\s\S]{0,200}?timeout:/],
    ["compares how long something took with a limit", /expect\((performance|Date)\.now\(\) - \w+\)\.toBeLess/],
    ["has operations of a local Azure end after a part of a second", /durations: \{ scale: [1-9]\d+ \}/],
  ])("%s", (_what, wrong) => {
    expect(FILES.filter((file) => wrong.test(readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
  });
});

it("the common limits are so wide that only what hangs meets them", () => {
  const { testTimeout, hookTimeout, expect: { poll } = {} } = config.test ?? {};
  for (const limit of [testTimeout, hookTimeout, poll?.timeout]) expect(limit).toBeGreaterThanOrEqual(600_000);
});
