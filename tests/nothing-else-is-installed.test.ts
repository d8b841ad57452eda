/** Does anything need what neither README names nor the set-up installs? And does a run say what it skipped and what it left behind? */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownCode } from "./support/own-files.ts";
import { missingProgram } from "./support/unless.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** Programs that code of ours starts by name, and why that is allowed. */
const KNOWN: Record<string, string> = {
  git: "README names it",
  pulumi: "the set-up brings it",
  sh: "every Linux has it",
  go: "README names it, for machines without the download",
  "apt-get": "the set-up does without, and says so",
  python3: "the set-up does without, and the tests that would need it are skipped",
  ps: "only where there is no /proc",
  bash: "every Debian has it, and so do macOS and GitHub's runners",
  mount: "the test that needs it is skipped where nobody may mount",
  umount: "the same",
  unshare: "the tests that need it are skipped where it makes no namespaces",
};

it("every program that is started by name is one that is there, or done without", () => {
  const started = ownCode().flatMap((file) =>
    [...read(file).matchAll(/\b(?:spawn|spawnSync|execFile|execFileSync|run|done)\(\s*"([\w.-]+)"\s*,\s*(?:\[|args)/g)].map(
      ([, name]) => ({ file, name: name ?? "" }),
    ),
  );
  expect(started.length).toBeGreaterThan(3);
  expect(started.filter(({ name }) => KNOWN[name] === undefined)).toEqual([]);
});

it("a test that starts what may be missing says so with `unless`, and not in silence", () => {
  const files = globSync("tests/*.test.ts", { cwd: ROOT });
  // Long forms have one reason for all of them, which the reporter knows.
  const silent = /\.(skipIf|runIf)\((?!EVERY\)|process\.env\.EVERY\))/;
  expect(files.filter((file) => !import.meta.filename.endsWith(file) && silent.test(read(file)))).toEqual([]);
});

describe("a program", () => {
  it("that is on the PATH is not missing; one that is not comes with the way to it", () => {
    const folder = mkdtempSync(join(tmpdir(), "programs-"));
    try {
      writeFileSync(join(folder, "there"), "", { mode: 0o755 });
      writeFileSync(join(folder, "not-executable"), "", { mode: 0o644 });
      expect(missingProgram("there", undefined, `/nowhere::${folder}`)).toBeUndefined();
      expect(missingProgram("not-executable", undefined, folder)).toBe("no not-executable on the PATH: install not-executable");
      expect(missingProgram("curl", "apt-get install curl", "")).toBe("no curl on the PATH: apt-get install curl");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the end of a test run", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "a-run-"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    mkdirSync(join(folder, "tests"));
    const support = (file: string) => JSON.stringify(join(ROOT, "tests/support", file));
    writeFileSync(
      join(folder, "vitest.config.mjs"),
      `export default { test: { include: ["tests/*.test.mjs"], globalSetup: [${support("temporary-folder.ts")}], reporters: ["default", ${support("count-reporter.ts")}] } };`,
    );
    const file = (name: string, text: string) =>
      writeFileSync(
        join(folder, `tests/${name}.test.mjs`),
        `import { mkdtempSync, rmSync } from "node:fs";\nimport { tmpdir } from "node:os";\nimport { join } from "node:path";\nimport { describe, it } from "vitest";\nimport { unless } from ${support("unless.ts")};\n${text}`,
      );
    file("tidy", `it("tidies up", () => rmSync(mkdtempSync(join(tmpdir(), "gone-")), { recursive: true }));`);
    file(
      "skips",
      `it("runs", unless(undefined), () => {});
it("needs it", unless("no compiler here: buy one"), () => {});
describe("all of these", unless("no compiler here: buy one"), () => { it("a", () => {}); it("b", () => {}); });
it("says it itself", ({ skip }) => skip("no moon tonight"));`,
    );
    // Put together, because this file has no long form of its own.
    file("long", `it.runIf(${["process", "env", "EVERY"].join(".")})("takes long", () => {});`);
    file("forgets", `it("forgets", () => void mkdtempSync(join(tmpdir(), "forgotten-")));`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(...files: string[]) {
    const { status, stdout } = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...files], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, EVERY: undefined, NO_COLOR: "1" },
    });
    return { status, lines: stdout.trimEnd().split("\n") };
  }

  it("tells what was skipped and why, and its last line counts", () => {
    const { status, lines } = run("tidy", "skips", "long");
    expect(lines.slice(-5)).toEqual([
      "Skipped:",
      "  3 no compiler here: buy one",
      "  1 take long: npm run test:every",
      "  1 no moon tonight",
      "2 passed, 0 failed, 5 skipped",
    ]);
    expect(status).toBe(0);
  });

  it("fails for what tests left in the folder for temporary files, and takes it away", () => {
    const { status, lines } = run("tidy", "forgets");
    expect(lines.slice(-3)).toEqual([
      "Left in the folder for temporary files, where tests remove what they make:",
      expect.stringMatching(/^ {2}forgotten-/),
      "2 passed, 1 failed",
    ]);
    expect(status).toBe(1);
    expect(globSync("{aoai-tests-,forgotten-}*", { cwd: tmpdir() })).toEqual([]);
  });
});
