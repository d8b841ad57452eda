/**
 * A folder of its own for the temporary files of a test run: what is left there when the tests have ended, a test has forgotten. It goes with the run.
 */
// The tests call this machine, whatever proxy there is.
import "../../cli/proxies.ts";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "aoai-tests-";

/** Where the run's own folder was made, before it became the folder for temporary files. */
let outside: string | undefined;

/** Called by vitest before the first test, in the process that starts the others: they inherit its environment. */
export function setup(): () => void {
  outside = process.env.TMPDIR;
  const around = tmpdir();
  removeThoseOfTheDead(around);
  process.env.TMPDIR = mkdtempSync(join(around, `${PREFIX}${process.pid}-`));
  return () => {
    rmSync(tmpdir(), { recursive: true, force: true, maxRetries: 3 });
    if (outside === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outside;
  };
}

/** What is in the run's folder now. */
export function leftovers(folder = tmpdir()): string[] {
  return folder.includes(PREFIX) ? readdirSync(folder).sort() : [];
}

/** A run that was killed could not remove its own. */
function removeThoseOfTheDead(around: string): void {
  for (const name of readdirSync(around)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    rmSync(join(around, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
