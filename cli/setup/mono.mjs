/**
 * A C# compiler, for the tests alone: what policies say to API Management is C#, and mono's compiler reads it as strictly. Comes with the
 * system's packages where that can be done without a question (Debian or Ubuntu, as root, and not forbidden by AOAI_SETUP_NO_SYSTEM_PACKAGES);
 * everything else goes on without it. Nothing else of the set-up touches the system.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Compiler, runtime, and the JSON library that policies use. On a bare Debian 12 they come to 32 packages with all they need: 15 MB to fetch,
 * 65 MB of disk. README says so too.
 */
const PACKAGES = ["mono-mcs", "mono-runtime", "libnewtonsoft-json5.0-cil", "libmono-system-xml-linq4.0-cil"];
export const INSTALL = `apt-get install --no-install-recommends ${PACKAGES.join(" ")}`;

/** Looking for packages and fetching them may take so long; seconds. */
const TOO_LONG = 90;
/** Unpacking them may take so long before nobody waits for it any more; seconds. */
const UNPACK_TOO_LONG = 120;
/** What did not work is not tried again for so long; hours. */
const PAUSE = 24;

/** Paths of mcs, mono and Newtonsoft.Json.dll, where Debian has them. */
export const compilerParts = (root = "/") =>
  ["usr/bin/mcs", "usr/bin/mono", "usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll"].map((path) => join(root, path));

const tried = (repository) => join(repository, ".setup", "mono-tried");

/** Whoever sets this keeps the system as it is. */
const FORBIDS = "AOAI_SETUP_NO_SYSTEM_PACKAGES";
const isForbidden = () => !["", "0", "false", "no", "off"].includes((process.env[FORBIDS] ?? "").trim().toLowerCase());

/** Is there a compiler, or nothing to be done about it? */
export function hasCompiler(repository, system = {}) {
  return isThere(system) || isForbidden() || !isPossible(system) || triedLately(repository);
}

/** Why there is no compiler here, and the way to one; undefined when there is one. */
export function missingCompiler(root) {
  const missing = compilerParts(root).filter((path) => !existsSync(path));
  if (missing.length === 0) return undefined;
  const why = isForbidden() ? `${FORBIDS} is set` : `${missing.join(", ")} missing`;
  return `no C# compiler here (${why}): ${INSTALL}`;
}

const isThere = ({ root }) => compilerParts(root).every((path) => existsSync(path));
const isPossible = ({ root = "/", uid = process.getuid?.() }) => uid === 0 && existsSync(join(root, "etc", "debian_version"));

function triedLately(repository) {
  // A machine that must have it tries every time.
  if (process.env.CI) return false;
  try {
    return Date.now() - Number(readFileSync(tried(repository), "utf8").split(" ")[0]) < PAUSE * 3600 * 1000;
  } catch {
    return false;
  }
}

/** Installs it where that can be done. Never throws: the tests say what they could not do. */
export async function ensureCompiler(repository, system = {}) {
  if (hasCompiler(repository, system)) return;
  // Only here: the tests import this file for the paths, and are not to be stopped the way a set-up is.
  const { step } = await import("./progress.mjs");
  await step(`C# compiler for the tests: Debian packages with apt-get, once (${FORBIDS}=1 prevents it)`, async (detail) => {
    const refusal = await install(repository, detail).catch((error) => error.message);
    if (isThere(system)) return undefined;
    const why = refusal || "it is not where it should be";
    mkdirSync(join(repository, ".setup"), { recursive: true });
    writeFileSync(tried(repository), `${Date.now()} ${why}\n`);
    return `not possible here (${why}), the tests go on without it; by hand: ${INSTALL}`;
  });
}

/** @returns {Promise<string | undefined>} why it could not be done */
async function install(repository, detail) {
  const { lastLines, run } = await import("./progress.mjs");
  const begun = Date.now();
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  const patience = ["-o", "DPkg::Lock::Timeout=30", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=10"];
  const packages = ["install", "--yes", "--no-install-recommends", "--no-remove", "--no-upgrade", ...PACKAGES];
  const fetched = async (args, log) => {
    const result = await run("apt-get", ["--quiet", ...patience, ...args], {
      cwd: repository,
      env,
      log: join(repository, ".setup", "log", log),
      expired: () => Date.now() - begun > TOO_LONG * 1000,
    });
    if (result.code === 0) return undefined;
    const said = lastLines(result, 1).trim();
    return result.timedOut ? `apt-get took more than ${TOO_LONG} s` : said || "apt-get cannot be run";
  };

  // Both of these may be stopped at any moment. Lists that could not be brought up to date may still do.
  detail("fetching");
  await fetched(["update"], "mono-update.log");
  const refusal = await fetched([...packages, "--download-only"], "mono-fetch.log");
  if (refusal) return refusal;

  detail("installing");
  return unpacked([...patience, ...packages], { cwd: repository, env });
}

/** Not stopped, not even when this process is: half an installation would leave the system's packages locked up. */
function unpacked(args, options) {
  return new Promise((resolve) => {
    const child = spawn("apt-get", ["--quiet", ...args], { ...options, detached: true, stdio: "ignore" });
    const timer = setTimeout(() => {
      child.unref();
      resolve(`apt-get still installs after ${UNPACK_TOO_LONG} s`);
    }, UNPACK_TOO_LONG * 1000);
    const end = (refusal) => {
      clearTimeout(timer);
      resolve(refusal);
    };
    child.on("error", (error) => end(error.message));
    child.on("close", (code) => end(code === 0 ? undefined : `apt-get install failed with ${code}`));
  });
}
