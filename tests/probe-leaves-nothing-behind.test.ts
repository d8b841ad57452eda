/**
 * Does a probe leave nothing behind, whatever happens to it? The real engine deploys and takes down; kills come after writes that the local Azure took:
 * after one, or with EVERY=1 (`npm run test:every`) after many, and the whole command is killed at each of its steps.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { type LocalGround, localGround } from "../cli/probe/local.ts";
import { cleanUp, runProbe } from "../cli/probe/run.ts";
import { leftIn } from "./support/probe.ts";

const EVERY = process.env.EVERY === "1";
const date = "2026-12-01";

let directory: string | undefined;
afterEach(() => {
  if (directory) rmSync(directory, { recursive: true, force: true });
});

async function withGround<T>(act: (ground: LocalGround) => Promise<T>): Promise<T> {
  directory ??= mkdtempSync(join(tmpdir(), "probe-"));
  const ground = await localGround({ directory, sandbox: { speed: 150 } });
  try {
    return await act(ground);
  } finally {
    await ground.close();
  }
}

/** As if the machine had lost its power after so many writes: the engine is gone, and nothing after it runs. */
async function runUntil(write: number): Promise<boolean> {
  return withGround(async (ground) => {
    let died = false;
    const stop = ground.sandbox.store.onWrite((count) => {
      if (count < write) return;
      stop();
      died = ground.workspace.kill();
    });
    const dead = {
      ...ground,
      takeDown: async (...names: Parameters<LocalGround["takeDown"]>) => (died ? undefined : ground.takeDown(...names)),
    };
    await runProbe(dead, { date, only: ["operation-precedence"] }).catch(() => {});
    stop();
    return died;
  });
}

it("one that is stopped asks nothing more, waits for nothing, and takes down what it made", async () => {
  await withGround(async (ground) => {
    const stop = new AbortController();
    const found: string[] = [];
    const run = runProbe(ground, {
      date,
      signal: stop.signal,
      onFound: ({ id }) => {
        found.push(id);
        stop.abort(new Error("stopped"));
      },
    });
    await expect(run).rejects.toThrow("stopped");
    expect(leftIn(ground)).toEqual([]);
    expect(ground.leftOver()).toBeUndefined();
    expect(found).toHaveLength(1);
  });
});

const KILLS = EVERY ? [1, 5, 23, 67, 113, 157, 211] : [12];

it.each(KILLS)("the engine is killed after write %i: the next run takes down what is left", async (write) => {
  expect(await runUntil(write), "an engine was at work").toBe(true);
  await withGround(async (ground) => {
    expect(leftIn(ground)).not.toEqual([]);
    expect(await cleanUp(ground)).toBe(true);
    expect(leftIn(ground)).toEqual([]);
    expect(ground.leftOver()).toBeUndefined();
  });
});

it.runIf(EVERY)("one that comes to its end leaves nothing, and neither does one whose questions fail", async () => {
  await withGround(async (ground) => {
    const findings = await runProbe(ground, { date, only: ["operation-precedence"] });
    expect(findings.answers).toEqual({ "operation-precedence": { answer: "literal", holds: true } });
    expect(leftIn(ground)).toEqual([]);
    const broken = {
      ...ground,
      deploy: async (...names: Parameters<LocalGround["deploy"]>) => ({
        ...(await ground.deploy(...names)),
        url: "http://127.0.0.1:1",
      }),
    };
    const none = await runProbe(broken, { date, only: ["operation-precedence"] });
    expect(none.answers).toEqual({ "operation-precedence": { answer: null, holds: null } });
    expect(leftIn(ground)).toEqual([]);
  });
});

/** What the command says at each of its steps. */
const STEPS = ["Deploying", "Asking", "pool-shares", "quota-admits", "Taking everything down"];

it.runIf(EVERY).each(STEPS)("the whole command is killed when it says %s, and cleans up when it is run again", async (says) => {
  const place = mkdtempSync(join(tmpdir(), "probe-"));
  directory = place;
  const run = (args: string[], until?: string) =>
    new Promise<string>((resolve) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, "..", "cli", "probe.ts"), ...args], {
        cwd: place,
        env: { ...process.env, AOAI_SANDBOX: join(place, "sandboxes"), VITEST: undefined },
        detached: true,
      });
      let text = "";
      const hear = (piece: Buffer) => {
        text += piece;
        // With all that it has started, as when the machine loses its power.
        if (until !== undefined && text.includes(until) && child.pid) process.kill(-child.pid, "SIGKILL");
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("close", () => resolve(text));
    });
  const said = await run([], says);
  expect(said).toContain(says);
  expect(said).not.toContain("Nothing is left of the probe");
  expect(await run(["--clean"])).toContain("What was left is gone");
  const ground = await localGround({ directory: join(place, "sandboxes", ".probe") });
  try {
    expect(leftIn(ground)).toEqual([]);
  } finally {
    await ground.close();
  }
});
