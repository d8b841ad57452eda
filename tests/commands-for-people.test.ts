/**
 * What the commands say when they are used wrongly, and faults as words.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAULT_HELP, parseFault } from "../cli/fault-option.ts";
import { REPOSITORY } from "../cli/folders.ts";
import { openLocal } from "../cli/local.ts";
import { occupy } from "../cli/occupancy.ts";
import { manualClock } from "../sandbox/clock.ts";
import { createFaults, FAULTS } from "../sandbox/faults.ts";
import { SMALL } from "./support/local-azure.ts";

const run = promisify(execFile);

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "commands-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Exit code and what the command said on standard error. */
async function refusal(...args: string[]): Promise<{ code: number; said: string }> {
  return run(process.execPath, args, { cwd: REPOSITORY, env: { ...process.env, AOAI_SANDBOX: scratch } }).then(
    () => ({ code: 0, said: "" }),
    ({ code, stderr }) => ({ code, said: stderr }),
  );
}

describe("commands", () => {
  it.each([
    [["cli/sandbox.ts", "serve", "--stack", "deck"], "stack deck is not deployed here: npm run sandbox -- up --stack deck\n"],
    [
      ["cli/sandbox.ts", "reset", "--stack", "nosuch"],
      expect.stringMatching(/^stack nosuch has nothing here: .*nosuch does not exist\.\n$/),
    ],
    [["cli/sandbox.ts", "up", "--stack", "nosuch"], 'There is no stack "nosuch": choose deck, dev or prod.\n'],
    [["cli/sandbox.ts", "serve", "--fault", "throttled:eastus2,30"], expect.stringContaining('"30" is not NAME=VALUE')],
    [["cli/sandbox.ts", "reset", "--stack", "../victim"], expect.stringContaining('"../victim" is not the name of a stack')],
    [["cli/sandbox.ts", "reset", "--stack", ".."], expect.stringContaining('".." is not the name of a stack')],
    [["cli/sandbox.ts", "reset", "--stack", ""], expect.stringContaining('"" is not the name of a stack')],
    [["cli/sandbox.ts", "sevre"], expect.stringContaining("(Did you mean serve?)")],
  ])("%j is refused in one message", async (args, said) => {
    expect(await refusal(...args)).toEqual({ code: 1, said });
  });
});

describe("a stack that another process keeps open", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "served-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("is refused, until that process has stopped", async () => {
    const other = occupy(directory, "dev", "`serve`");
    other.announce({ gatewayUrl: "http://127.0.0.1:1" });
    await expect(openLocal({ stack: "dev", directory, values: SMALL })).rejects.toThrow(
      `stack dev is in use by \`serve\` in process ${process.pid} (http://127.0.0.1:1). Stop that process, or wait for it.`,
    );
    other.release();
    const local = await openLocal({ stack: "dev", directory, values: SMALL });
    await local.close();
  });

  it("is free again when its process died without a word", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(join(directory, "in-use.json"), JSON.stringify({ pid, doing: "`up`" }));
    const local = await openLocal({ stack: "dev", directory, values: SMALL });
    await local.close();
  });

  it("takes an empty asOf for today, and today for the catalog's day", async () => {
    const local = await openLocal({ stack: "dev", directory, values: { ...SMALL, asOf: "" } });
    expect(local.plan.asOf).toBe("2026-11-24");
    await local.close();
  });

  it("explains why the local Azure refuses what a plan only warns of", async () => {
    const [chat] = SMALL.models;
    await expect(
      openLocal({ stack: "dev", directory, values: { ...SMALL, models: [{ ...chat, tpm: 3_000_000 }] } }),
    ).rejects.toThrow(/above the default quota[\s\S]*The local Azure always works strictly, as of 2026-11-24/);
  });
});

describe("faults as words", () => {
  it.each([
    [
      "busy,share=2,x=1",
      ["2 faults in busy", "- x: busy has no such parameter. It takes share.", "- share: 2 is not a number from 0 to 1"],
    ],
    ["slow", ["- ms: is missing. Write ms=VALUE, a number from 0"]],
    ["toString", ['"toString" is no kind of fault']],
    ["thottled", ["Did you mean throttled?"]],
    ["dns:a:b:c", ["more than KIND:REGION:DEPLOYMENT"]],
    ["busy,share=1,share=0", ["share is given twice"]],
    ["throttled:eastus2,region=westus", ["region is given twice"]],
    ["dns,constructor=1,__proto__=1", ["- constructor: dns has no such parameter", "- __proto__: dns has no such parameter"]],
    ["throttled,retryAfterSeconds=1e999", ["- retryAfterSeconds: Infinity is not a number above 0"]],
    ["busy,kind=dns,share=1", ["the kind is the first word"]],
  ])("%s is refused with all that is wrong, before anything runs", (text, said) => {
    for (const words of [`--fault ${text}: `, ...said]) expect(() => parseFault(text)).toThrow(words);
  });

  it("are listed with every NAME=VALUE that a kind takes", () => {
    for (const [kind, { parameters }] of Object.entries(FAULTS)) {
      const lines = FAULT_HELP.split("\n");
      const at = lines.findIndex((line) => line.startsWith(`  ${kind} `));
      const names = Object.keys(parameters.shape);
      expect(lines.slice(at + 1, at + 1 + names.length).map((line) => line.trim().split(":")[0])).toEqual(names);
    }
  });

  it.each([
    ["throttled:eastus2,retryAfterSeconds=30", { kind: "throttled", region: "eastus2", retryAfterSeconds: 30 }],
    ["busy:*:chat,share=0.6", { kind: "busy", region: "*", deployment: "chat", share: 0.6 }],
    ["throttled,none=true", { kind: "throttled", none: true }],
    ["dns:eastus2", { kind: "dns", region: "eastus2" }],
  ])("%s", (text, spec) => {
    expect(parseFault(text)).toEqual(spec);
    expect(createFaults(manualClock(new Date(0))).set(parseFault(text)).spec).toEqual(spec);
  });
});
