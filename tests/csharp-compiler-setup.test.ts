/** Does the set-up bring a C# compiler where it can, and leave everybody else alone? */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const MODULE = pathToFileURL(join(ROOT, "cli/setup/mono.mjs")).href;
const PARTS = ["usr/bin/mcs", "usr/bin/mono", "usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll"];

let folder: string;
const at = (path: string) => join(folder, path);
const put = (path: string, text = "", mode = 0o644) => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
  chmodSync(at(path), mode);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "compiler-"));
  put("system/etc/debian_version", "12");
  put("repository/.setup/x");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An apt-get that notes how it is called, and brings the files when it really installs. */
const aptGet = (fails: string) =>
  put(
    "bin/apt-get",
    `#!/bin/sh
echo "$@" >> ${quoted(at("called"))}
${fails}
case "$*" in *--download-only*) exit 0;; *" install "*) for file in ${PARTS.map((part) => quoted(at(`system/${part}`))).join(" ")}; do /bin/mkdir -p "\${file%/*}"; echo > "$file"; done;; esac
`,
    0o755,
  );

/** One word of a shell's, whatever is in it. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function ensure({ uid = 0, CI = "", ...more }: { uid?: number; CI?: string; [name: string]: unknown } = {}) {
  const script = `const { ensureCompiler, hasCompiler } = await import(${JSON.stringify(MODULE)});
    const system = { root: ${JSON.stringify(at("system"))}, uid: ${uid} };
    await ensureCompiler(${JSON.stringify(at("repository"))}, system);
    console.log(hasCompiler(${JSON.stringify(at("repository"))}, system));`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { PATH: at("bin"), CI, ...more },
  });
  const called = existsSync(at("called")) ? readFileSync(at("called"), "utf8").trim().split("\n") : [];
  return { said: stdout.trim().split("\n"), stderr, status, called };
}

it("asks apt-get for lists, then to fetch, then to install, and changes nothing else of the system", () => {
  aptGet("");
  const { said, stderr, status, called } = ensure();
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(said).toEqual([
    "set-up: C# compiler for the tests: Debian packages with apt-get, once (AOAI_SETUP_NO_SYSTEM_PACKAGES=1 prevents it)",
    expect.stringMatching(/^set-up: C# compiler for the tests: Debian packages .*: \d+ s$/),
    "true",
  ]);
  expect(called.map((line) => /(update|install.*--download-only|install)/.exec(line)?.[0].replace(/ .* /, " "))).toEqual([
    "update",
    "install --download-only",
    "install",
  ]);
  for (const line of called.slice(1)) {
    expect(line).toContain("--no-install-recommends --no-remove --no-upgrade mono-mcs mono-runtime libnewtonsoft-json5.0-cil");
  }
});

it("says why where that does not work, and does not try again the same day, except in CI", () => {
  aptGet('case "$*" in *install*) echo "E: Unable to locate package mono-mcs" >&2; exit 100;; esac');
  const first = ensure();
  expect(first.status).toBe(0);
  expect(first.said.at(-2)).toMatch(
    /: not possible here \(E: Unable to locate package mono-mcs\), the tests go on without it; by hand: apt-get install .*mono-mcs.*, \d+ s$/,
  );
  expect(first.called).toHaveLength(2);
  expect(ensure()).toMatchObject({ said: ["true"], called: first.called });
  expect(ensure({ CI: "true" }).called).toHaveLength(4);
});

it("goes on where there is no apt-get", () => {
  const { said, status } = ensure();
  expect(status).toBe(0);
  expect(said.at(-2)).toMatch(/not possible here \(.*ENOENT\)/);
});

it.each([
  ["is there", () => PARTS.map((part) => put(`system/${part}`)), {}],
  ["may not be installed", () => undefined, { uid: 1000 }],
  ["would come from elsewhere than Debian", () => rmSync(at("system/etc/debian_version")), {}],
])("does nothing, in silence, where a compiler %s", (_, given, options) => {
  aptGet("");
  given();
  expect(ensure(options)).toMatchObject({ said: ["true"], stderr: "", called: [] });
});

describe("AOAI_SETUP_NO_SYSTEM_PACKAGES", () => {
  it.each(["1", "true", "yes please"])(
    "set to %s keeps apt-get from being called at all, and the tests' reason names it",
    (value) => {
      aptGet("");
      expect(ensure({ AOAI_SETUP_NO_SYSTEM_PACKAGES: value })).toMatchObject({ said: ["true"], stderr: "", called: [] });
      const { stdout } = spawnSync(
        process.execPath,
        [
          "--input-type=module",
          "-e",
          `console.log((await import(${JSON.stringify(MODULE)})).missingCompiler(${JSON.stringify(at("system"))}))`,
        ],
        { encoding: "utf8", env: { AOAI_SETUP_NO_SYSTEM_PACKAGES: value } },
      );
      expect(stdout).toMatch(/^no C# compiler here \(AOAI_SETUP_NO_SYSTEM_PACKAGES is set\): apt-get install .*mono-mcs/);
    },
  );

  it.each(["", "0", "false", "No", " off "])("set to %j forbids nothing", (value) => {
    aptGet("");
    expect(ensure({ AOAI_SETUP_NO_SYSTEM_PACKAGES: value }).called).toHaveLength(3);
  });

  it("and what it prevents stand in README, with the number of packages", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    expect(readme).toMatch(/32 Debian packages/);
    expect(readme).toContain("AOAI_SETUP_NO_SYSTEM_PACKAGES=1");
  });
});

it("is asked for before tests only, and so are the linters of workflows", () => {
  cpSync(join(ROOT, "cli/setup.mjs"), at("repository/cli/setup.mjs"));
  for (const file of ["progress", "lock", "proxies"])
    cpSync(join(ROOT, `cli/setup/${file}.mjs`), at(`repository/cli/setup/${file}.mjs`));
  for (const part of ["Packages", "Engine"]) {
    put(
      `repository/cli/setup/${part.toLowerCase()}.mjs`,
      `export const has${part} = () => true; export const ensure${part} = () => {};`,
    );
  }
  put(
    "repository/cli/setup/mono.mjs",
    'export const hasCompiler = () => false; export const ensureCompiler = () => console.log("asked for a compiler");',
  );
  put(
    "repository/cli/setup/linters.mjs",
    'export const hasLinters = () => false; export const ensureLinters = () => console.log("asked for linters");',
  );
  const run = (event: string) =>
    spawnSync(process.execPath, [at("repository/cli/setup.mjs")], {
      encoding: "utf8",
      env: { ...process.env, npm_lifecycle_event: event },
    }).stdout;
  for (const event of ["pretest", "pretest:every"]) expect(run(event)).toMatch(/asked for a compiler\nasked for linters/);
  expect(run("prestart")).toBe("");
});
