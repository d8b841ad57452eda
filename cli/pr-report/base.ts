/**
 * What a pull request starts from: the stack of a commit, deployed onto a local Azure by its own program.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { readEventLog } from "../../sandbox/engine/events.ts";
import type { BaseCopy } from "./commit.ts";
import { isOfTheProgram, plain } from "./preview.ts";

export interface Base {
  /**
   * deployed: the stack stands as the base had it. absent: the base has no such stack. failed: it could not be deployed. unneeded: the change is
   * refused whatever the base is.
   */
  state: "deployed" | "absent" | "failed" | "unneeded";
  /** Why, for absent and failed. */
  note?: string;
  /** The plan's warnings of the base. */
  warnings: readonly string[];
}

/** The project itself may be what a change adds. */
const absent = ({ files, within }: BaseCopy, file: string) =>
  existsSync(files) ? `the base has no ${file}` : `the base has no folder ${within.replace(/\/$/, "")}`;

/**
 * Lends the base what the working tree has installed; where their locked packages differ, the base gets its own.
 * @returns why the base cannot run
 */
export async function equip(repository: string, { files }: BaseCopy, say: (text: string) => void): Promise<string | undefined> {
  if (!existsSync(join(files, "package-lock.json"))) return "the base has no package-lock.json";
  // A folder of its own, in which packages can be installed: npm takes a linked one for another project's.
  mkdirSync(join(files, ".setup"));
  symlinkSync(join(repository, ".setup", "pulumi"), join(files, ".setup", "pulumi"));
  const lock = (folder: string) => readFileSync(join(folder, "package-lock.json"), "utf8");
  if (lock(files) === lock(repository)) {
    symlinkSync(join(repository, "node_modules"), join(files, "node_modules"));
    return undefined;
  }
  if (!existsSync(join(files, "cli", "setup.mjs"))) return "the base has other packages, and no cli/setup.mjs to install them";
  say("the base has other packages than the working tree: installing them beside it");
  const { code, output } = await outcome([join(files, "cli", "setup.mjs")], { cwd: files, say });
  return code === 0 ? undefined : `the packages of the base could not be installed:\n${output.trim()}`;
}

export interface DeployOptions {
  stack: string;
  copy: BaseCopy;
  /** The stack's local Azure is made here: `<azure>/<stack>`. */
  azure: string;
  /** What `equip` said. */
  cannotRun: string | undefined;
  say(text: string): void;
}

/** The base's stack on a local Azure, deployed by the base's own program and tools. */
export async function deployBase({ stack, copy, azure, cannotRun, say }: DeployOptions): Promise<Base> {
  const { files } = copy;
  const file = `Pulumi.${stack}.yaml`;
  const without = (state: Base["state"], note: string): Base => {
    // Nothing half done is left for the preview to start from.
    rmSync(join(azure, stack), { recursive: true, force: true });
    return { state, note, warnings: [] };
  };
  if (!existsSync(join(files, file))) return without("absent", absent(copy, file));
  if (cannotRun) return without("failed", cannotRun);
  if (!existsSync(join(files, "cli", "sandbox.ts"))) return without("failed", "the base has no local Azure (cli/sandbox.ts)");
  mkdirSync(azure, { recursive: true, mode: 0o700 });
  const events = join(azure, `${stack}.events.json`);
  const flags = [
    "--yes",
    "--skip-preview",
    "--non-interactive",
    "--suppress-outputs",
    "--color=never",
    "--skip-plugin-pre-install",
  ];
  const { code, output } = await outcome(
    [join(files, "cli", "sandbox.ts"), "pulumi", "--stack", stack, "--", "up", ...flags, `--event-log=${events}`],
    { cwd: files, say, env: { ...process.env, AOAI_SANDBOX: azure } },
  );
  const { errors, warnings } = readEventLog(existsSync(events) ? readFileSync(events, "utf8") : "");
  // It holds answers of providers, keys among them.
  rmSync(events, { force: true });
  if (code === 0) return { state: "deployed", warnings: warnings.map(plain).filter(isOfTheProgram) };
  return without("failed", errors.length > 0 ? errors.join("\n") : output.trim() || `exit code ${code}`);
}

/**
 * The same, kept in a folder and taken from there the next time: a commit's deployment is always the same.
 * @param keep absolute path; made if it is not there
 */
export async function keptBase(options: DeployOptions, keep: string): Promise<Base> {
  const { stack, copy, azure } = options;
  const place = join(keep, copy.commit.hash, stack);
  if (!existsSync(place)) {
    const aside = mkdtempSync(join(copy.folder, "keep-"));
    const base = await deployBase({ ...options, azure: aside });
    // What a busy machine could not do is tried again.
    if (base.state !== "deployed") return base;
    writeFileSync(join(aside, "base.json"), JSON.stringify(base));
    mkdirSync(join(keep, copy.commit.hash), { recursive: true, mode: 0o700 });
    cpSync(aside, `${place}.${process.pid}`, { recursive: true });
    rmSync(aside, { recursive: true, force: true });
    try {
      renameSync(`${place}.${process.pid}`, place);
    } catch {
      // Another one was faster.
      rmSync(`${place}.${process.pid}`, { recursive: true, force: true });
    }
  }
  if (existsSync(join(place, stack))) cpSync(join(place, stack), join(azure, stack), { recursive: true });
  return JSON.parse(readFileSync(join(place, "base.json"), "utf8")) as Base;
}

/** What the base's own plan warns of, for a preview that had no base to deploy. */
export async function plannedWarnings(copy: BaseCopy, stack: string, cannotRun: string | undefined): Promise<Base> {
  const { files } = copy;
  if (!existsSync(join(files, `Pulumi.${stack}.yaml`)))
    return { state: "absent", note: absent(copy, `Pulumi.${stack}.yaml`), warnings: [] };
  if (cannotRun) return { state: "failed", note: cannotRun, warnings: [] };
  if (!existsSync(join(files, "cli", "plan.ts"))) return { state: "failed", note: "the base has no cli/plan.ts", warnings: [] };
  const { code, stdout, output } = await outcome([join(files, "cli", "plan.ts"), "--stack", stack, "--json"], {
    cwd: files,
    say: () => undefined,
  });
  if (code !== 0) return { state: "failed", note: output.trim(), warnings: [] };
  const { warnings } = JSON.parse(stdout) as { warnings: { path: string; rule: string; fix: string }[] };
  return { state: "deployed", warnings: warnings.map(({ path, rule, fix }) => `${path}: ${rule} ${fix}`.trimEnd()) };
}

interface Outcome {
  code: number | null;
  stdout: string;
  /** What it said on standard error, or on both when that was nothing. */
  output: string;
}

/** Runs one of the base's commands under this Node. */
function outcome(
  args: readonly string[],
  { cwd, say, env = process.env }: { cwd: string; say(text: string): void; env?: NodeJS.ProcessEnv },
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const collected = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        collected[stream] += text;
        if (stream === "stdout") say(text.trimEnd());
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout: collected.stdout, output: collected.stderr.trim() || collected.stdout }));
  });
}
