/**
 * Does a lock know what lives under the number of its process? Numbers come again: in a container with each start, on a machine sooner or later.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Occupant, occupantOf, occupy } from "../cli/occupancy.ts";
import { lifeOf } from "../sandbox/engine/processes.ts";
import { tinyStack } from "./support/tiny-stack.ts";
import { unless } from "./support/unless.ts";

const ROOT = join(import.meta.dirname, "..");

let folder: string;
const children: ChildProcess[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "numbers-"));
});
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Processes that count from 1, as in a container; its end ends all of them. */
const CONTAINER = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"];
const noContainers =
  spawnSync("unshare", [...CONTAINER, "true"]).status === 0
    ? undefined
    : "no containers of processes: this needs Linux, and `unshare` with namespaces of users";
const noMounts =
  process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0
    ? undefined
    : "no mounts of its own: run it as root on Linux";

/** A program with the folder's occupancy, until it is killed. */
const OCCUPIES = `
import { occupy } from ${JSON.stringify(join(ROOT, "cli/occupancy.ts"))};
try {
  occupy(process.argv[1], "dev", "\`serve\`");
  console.log("has it as " + process.pid);
  setInterval(() => {}, 1000);
} catch (error) {
  console.log(error.message);
}`;

interface Started {
  said: string;
  stop(): Promise<void>;
}

async function start(command: string, ...args: string[]): Promise<Started> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const ended = once(child, "close");
  const [said] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return {
    said: said.toString().trim(),
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

const NODE = [process.execPath, "--input-type=module", "-e"] as const;
const occupies = (directory: string) => start(NODE[0], ...NODE.slice(1), OCCUPIES, directory);
const inContainer = (directory: string) => start("unshare", ...CONTAINER, ...NODE, OCCUPIES, directory);

const newFolder = (name: string) => mkdtempSync(join(folder, `${name}-`));
const record = (directory: string) => JSON.parse(readFileSync(join(directory, "in-use.json"), "utf8")) as Occupant;

describe("a stack's folder", () => {
  it("is in use in another container too, whose numbers mean nothing here", unless(noContainers), async () => {
    const directory = newFolder("shared");
    const first = await inContainer(directory);
    expect(first.said).toBe("has it as 1");
    expect(occupantOf(directory)?.pid).toBe(1);
    expect(() => occupy(directory, "dev", "`up`")).toThrow("stack dev is in use by `serve` in process 1.");
    expect((await inContainer(directory)).said).toBe(
      "stack dev is in use by `serve` in process 1. Stop that process, or wait for it.",
    );
    await first.stop();
    expect(occupantOf(directory)).toBeUndefined();
    // Stopped without a word, and started again with the same number.
    const again = await inContainer(directory);
    expect(again.said).toBe("has it as 1");
    await again.stop();
  });

  it("is free when its process is gone, even if another one looks the same in every way", async () => {
    const directory = newFolder("twin");
    const first = await occupies(directory);
    expect(first.said).toMatch(/^has it as/);
    await first.stop();
    // As where a system counts its starts anew: this very process has number and life of the dead one.
    const left = { ...record(directory), pid: process.pid, life: lifeOf(process.pid) };
    writeFileSync(join(directory, "in-use.json"), JSON.stringify(left));
    expect(occupantOf(directory)).toBeUndefined();
    occupy(directory, "dev", "`up`").release();
    expect(readdirSync(directory)).toEqual(["in-use.lock"]);
  });

  it("names the machine or container of who has it, where that is another one", async () => {
    const directory = newFolder("elsewhere");
    const other = await occupies(directory);
    writeFileSync(join(directory, "in-use.json"), JSON.stringify({ ...record(directory), pid: 7, host: "web-1" }));
    expect(() => occupy(directory, "dev", "`up`")).toThrow(
      "in use by `serve` in process 7 on web-1, another machine or container. Stop that process, or wait for it.",
    );
    await other.stop();
  });

  it.each(["noise", "a folder"])("is to be had although its lock is %s", (what) => {
    const directory = newFolder("damaged");
    const file = join(directory, "in-use.lock");
    if (what === "noise") writeFileSync(file, "noise".repeat(300));
    else mkdirSync(join(file, "inside"), { recursive: true });
    const occupancy = occupy(directory, "dev", "`up`");
    expect(occupancy.isCertain).toBe(true);
    expect(() => occupy(directory, "dev", "`up`")).toThrow("in use by `up`");
    occupancy.release();
  });
});

describe("a lock of the engine", () => {
  const locked = (directory: string, lock: object) => {
    const locks = join(directory, "workspace/state/.pulumi/locks/organization/tiny/dev");
    mkdirSync(locks, { recursive: true });
    const held = { pid: process.pid, hostname: hostname(), timestamp: new Date().toISOString(), username: "root", ...lock };
    writeFileSync(join(locks, "left-over.json"), JSON.stringify(held));
  };

  it("is nobody's when an engine of another folder has its number", async () => {
    const stack = await tinyStack();
    try {
      // Its command line names Pulumi, and it works elsewhere.
      const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "pulumi"], { cwd: folder });
      children.push(other);
      await once(other, "spawn");
      locked(stack.directory, { pid: other.pid, timestamp: new Date(Date.now() + 60_000).toISOString() });
      expect((await stack.workspace.preview()).changes).toEqual({ create: 1 });
    } finally {
      stack.remove();
    }
  });

  it("is left over from a container of before when nobody else has the folder, and otherwise says what to do", async () => {
    for (const isAlone of [true, false]) {
      const stack = await tinyStack({ isAlone });
      try {
        locked(stack.directory, { hostname: "f00dcafe1234" });
        const run = stack.workspace.preview();
        if (isAlone) expect((await run).changes).toEqual({ create: 1 });
        else await expect(run).rejects.toThrow(/on the machine f00dcafe1234, says .*left-over\.json\. .*delete this file/);
      } finally {
        stack.remove();
      }
    }
  });
});

describe("a lock of the set-up", () => {
  const WORKS = `
import { withLock } from ${JSON.stringify(join(ROOT, "cli/setup/lock.mjs"))};
await withLock(process.argv[1], console.log, async () => {
  console.log("works");
  if (process.argv[2]) await new Promise((resolve) => setTimeout(resolve, 60_000));
});`;
  const env = { ...process.env, SETUP_LOCK_SIGN_OF_LIFE: "20" };
  const setUp = (lock: string) => execFileSync(NODE[0], [...NODE.slice(1), WORKS, lock], { encoding: "utf8", env });

  it("of a container that is gone is taken", () => {
    const lock = join(newFolder("set-up"), "lock");
    writeFileSync(lock, `${process.pid} machine/1 0 0 f00dcafe1234/pid:[1]`);
    utimesSync(lock, new Date(0), new Date(0));
    expect(setUp(lock)).toBe("works\n");
    expect(readdirSync(join(lock, ".."))).toEqual([]);
  });

  it("of a container that lives is waited for", unless(noContainers), async () => {
    const lock = join(newFolder("set-up"), "lock");
    // A holder that gets no turn for seconds is not dead.
    const patient = { ...env, SETUP_LOCK_SIGN_OF_LIFE: "500" };
    const holder = spawn("unshare", [...CONTAINER, ...NODE, WORKS, lock, "long"], {
      env: patient,
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(holder);
    await once(holder.stdout, "data");
    const waiting = spawn(NODE[0], [...NODE.slice(1), WORKS, lock], { env: patient, stdio: ["ignore", "pipe", "inherit"] });
    children.push(waiting);
    const said: string[] = [];
    waiting.stdout.setEncoding("utf8").on("data", (text: string) => {
      said.push(text);
      // It has looked, so it may have what it waits for.
      if (text.includes("waiting")) holder.kill("SIGKILL");
    });
    await once(waiting, "close");
    expect(said.join("")).toBe("another set-up (process 1) is at work here: waiting for it\nworks\n");
  });
});

describe("a system without /proc", () => {
  it("tells by `ps` when a process began, in any language and time zone", unless(noMounts), () => {
    const bin = newFolder("bin");
    // As on macOS: the date in the language and the zone that are asked for.
    writeFileSync(
      join(bin, "ps"),
      '#!/bin/sh\ncase "$2" in lstart=) echo "  Tue Dec  1 00:10:00 2026 $LC_ALL $TZ ";; *) echo node;; esac\n',
    );
    chmodSync(join(bin, "ps"), 0o755);
    const asks = `
import { isStill, lifeOf } from ${JSON.stringify(join(ROOT, "sandbox/engine/processes.ts"))};
const life = lifeOf(process.pid);
console.log(life, isStill(process.pid, life), isStill(process.pid, "Mon Nov 30 00:10:00 2026 C UTC"));`;
    const inside = 'mount -t tmpfs none /proc && exec "$@"';
    const said = execFileSync("unshare", ["--mount", "sh", "-c", inside, "sh", ...NODE, asks], {
      encoding: "utf8",
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, LC_ALL: "de_DE.UTF-8", TZ: "Asia/Tokyo" },
    });
    expect(said).toBe("Tue Dec  1 00:10:00 2026 C UTC true false\n");
    expect(existsSync("/proc/self/stat")).toBe(true);
  });
});
