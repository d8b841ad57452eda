/**
 * actionlint and shellcheck, for the test of the workflows alone. actionlint is built from its Go module, shellcheck comes in a Python wheel, both
 * locked by hash in .github/linters; what is on the PATH already will do where they cannot be had. Everything else goes on without them.
 */

import { createHash } from "node:crypto";
import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { delimiter, join } from "node:path";

const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint";
/** Fetching and building may take so long; seconds. */
const TOO_LONG = 180;
/** What did not work is not tried again for so long; hours. */
const PAUSE = 24;

/**
 * Paths of both programs: those of the set-up, else those on the PATH.
 * @returns {{actionlint?: string, shellcheck?: string}}
 */
export function linters(repository, path = process.env.PATH ?? "") {
  const folders = [folder(repository), ...path.split(delimiter).filter(Boolean)];
  const find = (name) => folders.map((place) => join(place, name)).find(isExecutable);
  return { actionlint: find("actionlint"), shellcheck: find("shellcheck") };
}

/** One folder for each state of the lock files, so that other versions are fetched when those change. */
function folder(repository) {
  const locked = ["go.mod", "go.sum", "requirements.txt"].map((file) => read(join(repository, ".github", "linters", file)) ?? "");
  return join(repository, ".setup", "linters", createHash("sha256").update(locked.join("\0")).digest("hex").slice(0, 12));
}

const tried = (repository, name) => join(repository, ".setup", `${name}-tried`);

/** Are both there, or is there nothing to be done about it? */
export function hasLinters(repository) {
  const { actionlint, shellcheck } = linters(repository);
  return (
    !isPossible(repository) ||
    ((actionlint !== undefined || triedLately(repository, "actionlint")) &&
      (shellcheck !== undefined || triedLately(repository, "shellcheck")))
  );
}

const isPossible = (repository) => read(join(repository, ".github", "linters", "go.mod")) !== undefined;

function triedLately(repository, name) {
  // A machine that must have them tries every time.
  if (process.env.CI) return false;
  return Date.now() - Number(read(tried(repository, name))?.split(" ")[0] ?? 0) < PAUSE * 3600 * 1000;
}

/** Which of them is missing here, and why; undefined when both are there. */
export function missingLinters(repository) {
  const found = linters(repository);
  const names = ["actionlint", "shellcheck"].filter((name) => !found[name]);
  if (names.length === 0) return undefined;
  const why = names.map((name) => read(tried(repository, name))?.split(" ").slice(1).join(" ").trim()).find(Boolean);
  return `no ${names.join(" and ")} here${why ? ` (${why})` : ""}: put it on the PATH; the set-up needs Go for actionlint, and python3 with pip for shellcheck`;
}

/** Gets what is missing where that can be done. Never throws: the test says what it could not do. */
export async function ensureLinters(repository) {
  if (hasLinters(repository)) return;
  // Only here: the test imports this file for the paths, and is not to be stopped the way a set-up is.
  const { step } = await import("./progress.mjs");
  mkdirSync(folder(repository), { recursive: true });
  for (const [name, get] of [
    ["actionlint", build],
    ["shellcheck", unpack],
  ]) {
    if (linters(repository)[name] || triedLately(repository, name)) continue;
    await step(`${name} for the test of the workflows, once`, async (detail) => {
      const refusal = await get(repository, detail).catch((error) => error.message);
      if (linters(repository)[name]) return undefined;
      writeFileSync(tried(repository, name), `${Date.now()} ${refusal}\n`);
      return `not possible here (${refusal}), the tests go on without it`;
    });
  }
}

/** @returns {Promise<string | undefined>} why it could not be done */
async function build(repository, detail) {
  const { goAside, goVersion, isRecent, NEEDED } = await import("./go.mjs");
  const work = join(repository, ".setup", "go-linters");
  try {
    if (!isRecent(await goVersion(repository, work))) return `there is no Go >= ${NEEDED.join(".")} on the PATH`;
    const env = await goAside(repository, work);
    const aside = join(folder(repository), `actionlint.${process.pid}`);
    detail("building");
    const args = ["build", "-mod=readonly", "-trimpath", "-ldflags", "-s -w", "-o", aside, ACTIONLINT];
    const refusal = await done("go", args, repository, {
      cwd: join(repository, ".github", "linters"),
      env,
      log: "actionlint.log",
    });
    if (!refusal) renameSync(aside, join(folder(repository), "actionlint"));
    return refusal;
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @returns {Promise<string | undefined>} why it could not be done */
async function unpack(repository, detail) {
  const aside = join(folder(repository), `wheel-${process.pid}`);
  mkdirSync(aside, { recursive: true });
  try {
    detail("fetching");
    const wanted = ["--require-hashes", "--requirement", join(repository, ".github", "linters", "requirements.txt")];
    const fetch = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary", ":all:"];
    const python = (args) => done("python3", args, repository, { cwd: aside, env: process.env, log: "shellcheck.log" });
    const refusal = await python([...fetch, "--disable-pip-version-check", ...wanted, "--dest", aside]);
    if (refusal) return refusal;
    const out = join(aside, "shellcheck");
    const refused = await python(["-c", UNZIP, aside, out]);
    if (!refused) renameSync(out, join(folder(repository), "shellcheck"));
    return refused;
  } finally {
    rmSync(aside, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A wheel is a zip file; the program lies in its folder of scripts. */
const UNZIP = `
import glob, os, sys, zipfile
(wheel,) = glob.glob(os.path.join(sys.argv[1], "*.whl"))
with zipfile.ZipFile(wheel) as content:
    (name,) = [n for n in content.namelist() if n.endswith(".data/scripts/shellcheck")]
    with open(sys.argv[2], "wb") as out:
        out.write(content.read(name))
os.chmod(sys.argv[2], 0o755)
`;

/** @returns {Promise<string | undefined>} the last of what a command said that failed */
async function done(command, args, repository, { cwd, env, log }) {
  const { lastLines, run } = await import("./progress.mjs");
  const begun = Date.now();
  const expired = () => Date.now() - begun > TOO_LONG * 1000;
  const result = await run(command, args, { cwd, env, log: join(repository, ".setup", "log", log), expired });
  if (result.code === 0) return undefined;
  return result.timedOut ? `${command} took more than ${TOO_LONG} s` : lastLines(result, 1).trim() || `${command} cannot be run`;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() && statSync(path).size > 0;
  } catch {
    return false;
  }
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
