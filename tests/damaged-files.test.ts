/**
 * Whatever happens to a file of a stack's local Azure: does the next command either go on with all that was there, or say in one message which
 * file it is and what to do? `npm run test:every` (EVERY=1) runs the engine too for each case.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../cli/folders.ts";
import { openLocal } from "../cli/local.ts";
import { localCertificates } from "../cli/local-certificates.ts";
import { occupantOf } from "../cli/occupancy.ts";
import { lifeOf } from "../sandbox/engine/processes.ts";
import { explained } from "../sandbox/files.ts";
import { SMALL } from "./support/local-azure.ts";
import { unless } from "./support/unless.ts";

const EVERY = process.env.EVERY === "1";
const VALUES = { ...SMALL };

let scratch = "";
let good = "";
/** Paths in the folder of a stack whose last command was killed. */
const files: string[] = [];
let keys: unknown;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "damaged-"));
  const directory = join(scratch, "dev");
  good = join(scratch, "good");
  const local = await openLocal({ stack: "dev", directory, values: VALUES, httpsPort: 0 });
  try {
    await local.workspace.up();
    ({ keys } = await local.workspace.outputs());
    localCertificates(directory).of("openai.example", "issued", "2026-11-24");
    // As a kill leaves it: with the log of the last writes, and in use by a process that is no more.
    cpSync(directory, good, { recursive: true });
  } finally {
    await local.close();
  }
  writeFileSync(join(good, "in-use.json"), JSON.stringify({ pid: process.pid, life: "another machine 1", doing: "`up`" }));
  const locks = join(good, "pulumi", "state", ".pulumi", "locks", "organization", "aoai", "dev");
  mkdirSync(locks, { recursive: true });
  writeFileSync(join(locks, "a.json"), JSON.stringify({ pid: process.pid, timestamp: "2020-01-01T00:00:00Z" }));
  writeFileSync(join(good, "pulumi", "unsettled"), "");
  files.push(...globSync("**/*", { cwd: good }).filter((file) => statSync(join(good, file)).isFile()));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const DAMAGES: Record<string, (file: string) => void> = {
  "cut in half": (file) => {
    const content = readFileSync(file);
    writeFileSync(file, content.subarray(0, Math.floor(content.length / 2)));
  },
  empty: (file) => writeFileSync(file, ""),
  "full of noise": (file) => writeFileSync(file, Buffer.alloc(Math.max(statSync(file).size, 16), "\x00\xffnoise")),
  "of another version": (file) => {
    const text = readFileSync(file, "latin1");
    writeFileSync(
      file,
      text.startsWith("{") ? text.replace(/"version":\s*\d+/, '"version": 99').replace(/\d{13}/, '"x"') : text,
      "latin1",
    );
  },
  "another kind of JSON": (file) => writeFileSync(file, "null"),
  "a folder": (file) => {
    rmSync(file);
    mkdirSync(join(file, "inside"), { recursive: true });
  },
  unreadable: (file) => chmodSync(file, 0o000),
};

/** Opens the stack as every command does, and reads what all need; undefined: all is there. */
async function problemWith(directory: string, withEngine: boolean): Promise<unknown> {
  try {
    const local = await openLocal({ stack: "dev", directory, values: VALUES, httpsPort: 0 });
    try {
      expect(local.sandbox.store.list("Microsoft.CognitiveServices/accounts")).toHaveLength(2);
      const { deployment } = await local.workspace.export();
      expect(deployment.resources?.length).toBeGreaterThan(30);
      if (withEngine) expect((await local.workspace.outputs()).keys).toEqual(keys);
      return undefined;
    } finally {
      await local.close();
    }
  } catch (error) {
    return explained(error);
  }
}

/** Only the engine reads these. */
const isEngines = (file: string) => /^pulumi.(home|state)/.test(file) && !/stacks.*dev\.json$/.test(file);

describe.each(Object.keys(DAMAGES))("a file that is %s", (damage) => {
  const readsAll =
    damage === "unreadable" && process.getuid?.() === 0 ? "root reads every file: run it as another user" : undefined;
  it("ends a command in one message with its path, or is made again, and nothing else is lost", unless(readsAll), async () => {
    const wrong: string[] = [];
    for (const file of files) {
      if (isEngines(file) && !EVERY && damage !== "cut in half") continue;
      if (damage === "of another version" && !file.endsWith(".json")) continue;
      const directory = join(scratch, "dev");
      rmSync(directory, { recursive: true, force: true });
      cpSync(good, directory, { recursive: true });
      DAMAGES[damage]?.(join(directory, file));
      const problem = await problemWith(directory, EVERY || isEngines(file));
      if (problem === undefined) continue;
      const { name, message } = problem as Error;
      const isSaid =
        ["FileError", "StoreError"].includes(name) && message.includes(join(directory, file)) && !message.includes("\n");
      if (!isSaid) wrong.push(`${file}: ${name}: ${message}`);
      expect(occupantOf(directory), `${file}: the stack is free again`).toBeUndefined();
    }
    expect(wrong).toEqual([]);
  });
});

describe("the commands themselves", () => {
  const command = (...args: string[]) => {
    try {
      const stdout = execFileSync(process.execPath, ["cli/sandbox.ts", ...args], {
        cwd: REPOSITORY,
        env: { ...process.env, AOAI_SANDBOX: scratch },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
      return { code: 0, stdout, stderr: "" };
    } catch (error) {
      return error as { stdout: string; stderr: string };
    }
  };
  it("say it in one line, and `reset` helps in any case", () => {
    const directory = join(scratch, "dev");
    rmSync(directory, { recursive: true, force: true });
    cpSync(good, directory, { recursive: true });
    const state = globSync("pulumi/state/.pulumi/stacks/*/dev.json", { cwd: directory })[0] ?? "";
    writeFileSync(join(directory, state), "{");
    rmSync(join(directory, "in-use.json"));
    mkdirSync(join(directory, "in-use.json"));
    expect(command("export").stderr).toBe(
      `${join(directory, state)} is damaged. It is Pulumi's record of the stack. Put back a copy, or forget the stack with \`npm run sandbox -- reset --stack STACK\` and deploy it again.\n`,
    );
    expect(command("reset")).toMatchObject({ code: 0, stdout: expect.stringContaining(directory) });
    expect(existsSync(directory)).toBe(false);
  });
});

describe("a process that has the number of one that is gone", () => {
  it("does not keep a stack in use", () => {
    const directory = mkdtempSync(join(scratch, "reused-"));
    const use = (content: object) => writeFileSync(join(directory, "in-use.json"), JSON.stringify({ doing: "`up`", ...content }));
    use({ pid: process.pid, life: lifeOf(process.pid) });
    expect(occupantOf(directory)?.pid).toBe(process.pid);
    // The same number: on another start of the machine, or begun at another time.
    for (const life of ["another-start 1", lifeOf(process.pid)?.replace(/\d+$/, "1")]) {
      use({ pid: process.pid, life });
      expect(occupantOf(directory)).toBeUndefined();
    }
    for (const pid of [0, -1, 1.5, "1", null]) {
      use({ pid });
      expect(occupantOf(directory)).toBeUndefined();
    }
  });
});

describe("what is written", () => {
  it("is nobody else's to read, from its first moment on", () => {
    for (const file of ["", ...globSync("**/*", { cwd: good })]) {
      const path = join(good, file);
      // The two that have no secrets are below a closed folder as well.
      expect(statSync(path).mode & 0o077, file).toBe(0);
    }
  });

  it("has keys in no file but those that keep them", () => {
    const secrets = Object.values(keys as Record<string, string>);
    expect(secrets.length).toBeGreaterThan(0);
    const holding = files.filter((file) => secrets.some((secret) => readFileSync(join(good, file)).includes(secret)));
    for (const file of holding) expect(basename(file)).toMatch(/^azure\.sqlite(-wal)?$/);
  });
});
