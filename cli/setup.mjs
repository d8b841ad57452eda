/**
 * `prestart` and `pretest`: the locked packages, among them Node 24, and the Pulumi engine; before tests also a C# compiler and what checks workflows,
 * where the system has them to give.
 *
 * Runs on Node >= 18 with nothing but its built-in modules, and writes nowhere but into this repository: into node_modules and .setup.
 * What is there already costs nothing. Everything is made aside and renamed into place when it is whole, so a run that was killed leaves
 * nothing that looks finished, and the next one goes on from there.
 */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureEngine, hasEngine } from "./setup/engine.mjs";
import { ensureLinters, hasLinters } from "./setup/linters.mjs";
import { withLock } from "./setup/lock.mjs";
import { ensureCompiler, hasCompiler } from "./setup/mono.mjs";
import { ensurePackages, hasPackages } from "./setup/packages.mjs";
import { SetupError, console as terminal } from "./setup/progress.mjs";
import { proxySettings } from "./setup/proxies.mjs";

// For npm, for the download and for Go alike.
Object.assign(process.env, proxySettings(process.env));
const repository = join(dirname(fileURLToPath(import.meta.url)), "..");
/** `pretest`, `pretest:every`. */
const forTests = /^pretest(:|$)/.test(process.env.npm_lifecycle_event ?? "");
const isReady = () =>
  hasPackages(repository) && hasEngine(repository) && (!forTests || (hasCompiler(repository) && hasLinters(repository)));

try {
  if (!isReady()) {
    mkdirSync(join(repository, ".setup"), { recursive: true });
    await withLock(join(repository, ".setup", "lock"), terminal.say, async () => {
      // Another run may have done it while this one waited.
      if (isReady()) return;
      await ensurePackages(repository);
      await ensureEngine(repository);
      if (forTests) {
        await ensureCompiler(repository);
        await ensureLinters(repository);
      }
      terminal.say("ready");
    });
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nset-up stopped: ${error.message}\n`);
  process.exitCode = 1;
}
