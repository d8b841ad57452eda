/** Does everything work in a folder whose path has blanks, umlauts, quotes and signs that shells and addresses read as something else? */
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownCode } from "./support/own-files.ts";

const ROOT = join(import.meta.dirname, "..");
const CODE = ownCode();
/** With all that a user may call a folder, and longer than the 255 bytes that some systems allow a path. */
const NAME = "Büro projekt (O'Neil & Söhne, 50% #1)";
const DEEP = Array.from({ length: 6 }, (_, at) => `eine sehr lange Ablage für ${at}`);

describe("no file of ours", () => {
  it.each([
    // Blanks and umlauts are %20 and %C3%BC there.
    ["reads a path from an address without decoding it", /new URL\([^()]*import\.meta\.url\)\.pathname/],
    ["writes an address of a path without encoding it", /["'`]file:\/\/["'`]?\s*(\+|\$\{)/],
    ["imports a path as if it were an address", /\bimport\(\s*(join|resolve)\(/],
    // The kernel ends the program's name at the first blank, and after 127 bytes on some systems.
    ["names a program by its path in a first line", /#!\$\{/],
    ["hands a shell a line with a path in it", /\bexecSync\(|\bexec\b[^;]*from "node:child_process"|shell: true/],
  ])("%s", (_what, wrong) => {
    const found = CODE.filter(
      (file) => !import.meta.filename.endsWith(file) && wrong.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(found).toEqual([]);
  });
});

describe("in such a folder", () => {
  let folder: string;
  let copy: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "folders-"));
    copy = join(folder, NAME, ...DEEP, "aoai");
    mkdirSync(copy, { recursive: true });
    for (const name of [
      "cli",
      "stacks",
      "infra",
      "policies",
      "insight",
      "sandbox",
      ...globSync("{Pulumi*.yaml,package*.json}", { cwd: ROOT }),
    ])
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    mkdirSync(join(copy, ".setup"));
    for (const name of ["node_modules", ".setup/pulumi"]) symlinkSync(join(ROOT, name), join(copy, name));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: copy,
      encoding: "utf8",
      env: { ...process.env, AOAI_SANDBOX: undefined, npm_lifecycle_event: "prestart" },
    });
    return { status, stdout, stderr };
  };

  it("the set-up finds packages and engine of another copy, and has nothing to do", () => {
    const { status, stdout, stderr } = run("cli/setup.mjs");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).not.toMatch(/packages of|Pulumi|build/);
  });

  it.each([
    ["a plan is printed", ["cli/plan.ts", "--stack", "dev"], "swedencentral"],
    ["policies are written", ["cli/policies.ts", "--stack", "dev", "--out", "poli cies ü"], ""],
    ["policies are linted", ["cli/lint-policy.ts", "--stack", "dev"], "0 errors"],
  ])("%s", (_what, args, said) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(said);
  });

  it("a command runs from elsewhere, by its full path and by a link's", () => {
    const link = join(folder, "a link");
    symlinkSync(copy, link);
    for (const place of [copy, link]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(place, "cli/plan.ts"), "--stack", "dev"], {
        cwd: folder,
        encoding: "utf8",
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain("swedencentral");
    }
  });

  it("the engine deploys a stack, and runs any other command of Pulumi's", () => {
    const up = run("cli/sandbox.ts", "up", "--stack", "dev");
    expect({ status: up.status, stderr: up.stderr }).toEqual({ status: 0, stderr: "" });
    expect(run("cli/sandbox.ts", "pulumi", "--stack", "dev", "--", "stack", "output", "gatewayUrl")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^https:\/\/\S+\n$/),
    });
    expect(run("cli/diagram.ts", "--stack", "dev", "--out", "ein Bild.svg").status).toBe(0);
    expect(readFileSync(join(copy, "ein Bild.svg"), "utf8")).toContain("<svg");
  });
});
