/**
 * Client libraries of npm for the test that tries them, locked in tests/clients/npm and installed there, beside the project's own packages: who
 * only starts a stack need not fetch them. `pretest` runs this after the set-up. Without them the test is skipped and says so.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { proxySettings } from "./proxies.mjs";

const folderOf = (repository) => join(repository, "tests", "clients", "npm");
/** Inside node_modules, because it must go when that goes. */
const markerOf = (repository) => join(folderOf(repository), "node_modules", ".set-up");
const triedOf = (repository) => join(repository, ".setup", "clients-tried");
/** What did not work is not tried again for so long; hours. */
const PAUSE = 24;

const fingerprint = (repository) =>
  createHash("sha256")
    .update(readFileSync(join(folderOf(repository), "package-lock.json")))
    .digest("hex");

/** Why they cannot be tried here; undefined where they can. */
export function missingClients(repository) {
  if (read(markerOf(repository)) === fingerprint(repository)) return undefined;
  return "the client libraries of tests/clients/npm are not installed: `npm test` installs them, and so does `node cli/setup/clients.mjs`";
}

/** Installs them where that can be done. Never throws. */
export async function ensureClients(repository) {
  if (!missingClients(repository) || triedLately(repository)) return;
  const { withLock } = await import("./lock.mjs");
  const { console: terminal, step } = await import("./progress.mjs");
  const { npmCi } = await import("./packages.mjs");
  const setup = join(repository, ".setup");
  mkdirSync(setup, { recursive: true });
  await withLock(join(setup, "clients-lock"), terminal.say, async () => {
    if (!missingClients(repository)) return;
    await step("client libraries for the tests, once", async () => {
      try {
        await npmCi(process.execPath, folderOf(repository), setup);
        writeFileSync(markerOf(repository), fingerprint(repository));
        return undefined;
      } catch (error) {
        writeFileSync(triedOf(repository), "");
        return `not possible here (${error.message.split("\n")[0]}), the tests go on without them`;
      }
    });
  });
}

function triedLately(repository) {
  // A machine that must have them tries every time, and so does who asks for them.
  if (process.env.CI || process.env.npm_lifecycle_event === undefined) return false;
  try {
    return Date.now() - statSync(triedOf(repository)).mtimeMs < PAUSE * 3600 * 1000;
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

const here = fileURLToPath(import.meta.url);
Object.assign(process.env, proxySettings(process.env));
if (process.argv[1] && resolve(process.argv[1]) === here) await ensureClients(join(dirname(here), "..", ".."));
