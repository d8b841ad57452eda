/**
 * The real Pulumi engine on a stack of its own: file backend, own home, providers attached. Nothing of the user's Pulumi (login, backend,
 * plugins, selected stack, environment) is read or written.
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, globSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type FreeBytes, freeBytes, guardDisk } from "./disk.ts";
import { type EventLog, readEventLog, type Step } from "./events.ts";
import { isRunning, killTree } from "./processes.ts";
import { type ConfigValue, projectName, writeProject, writeStackConfig } from "./project.ts";
import { PASSPHRASE } from "./secrets.ts";
import { isWholeState, type Lookup, type ResourceState, readState, type StackState, settle, writeState } from "./state.ts";

export type { ConfigValue } from "./project.ts";
export { type Deployment, type Lookup, type ResourceState, type StackState, stackOutputs } from "./state.ts";

export interface WorkspaceOptions {
  /** Holds Pulumi.yaml and the program that it names. */
  repository: string;
  /** Everything the engine writes goes here: project copy, configuration, state, logs. Made if it is not there. */
  directory: string;
  stack: string;
  /** Ports on 127.0.0.1 of providers that run already. */
  providers: { azureNativePort: number; randomPort: number };
  config: Record<string, ConfigValue>;
  /** Settings that are Pulumi secrets. */
  secrets?: Readonly<Record<string, string>>;
  /** Finds in the cloud what a killed engine was creating. Without it, all that was pending counts as not created. */
  lookup?: Lookup;
  /** More of what the program finds in its environment. */
  environment?: Readonly<Record<string, string>>;
  /** Default: as the system says. */
  free?: FreeBytes;
  /** Why the cloud will refuse to change or to delete resources that stand, a sentence each: what the engine cannot know. */
  refusals?(planned: readonly Planned[]): string[];
  /** Is nobody but this process at work on the folder, on whatever machine or in whatever container? Then a lock from elsewhere is left over. */
  isAlone?: boolean;
}

/** What a preview says will become of a resource that stands. */
export interface Planned {
  urn: string;
  /** In the cloud. */
  id: string;
  doing: "write" | "delete";
}

export interface RunOptions {
  /** Previews first, so that what is refused is refused before anything is changed. Default: where something that stands may not be deleted. */
  preview?: boolean;
  /** The engine's progress, as it comes. */
  onOutput?(text: string): void;
  /** More flags for the engine: `--policy-pack`, `--target` ... */
  flags?: readonly string[];
}

export interface RunResult {
  /** Resources by what became of them: create, update, delete, replace, same. The stack itself is one of them. */
  changes: Record<string, number>;
  /** What was done, without what stayed the same. */
  steps: Step[];
  stdout: string;
}

export interface CommandOptions {
  onOutput?(text: string): void;
  /** Gives the command this process's terminal, for what asks questions. Nothing is collected then. */
  interactive?: boolean;
}

export interface CommandResult {
  /** Exit code; -1 for a command that was killed. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface Workspace {
  /** Deploys. First settles what a killed run left pending: what was created is adopted through `lookup`, the rest is done again. */
  up(options?: RunOptions): Promise<RunResult>;
  preview(options?: RunOptions): Promise<RunResult>;
  refresh(options?: RunOptions): Promise<RunResult>;
  destroy(options?: RunOptions): Promise<RunResult>;
  /** Outputs of the stack, secrets in clear. Empty before the first `up`. */
  outputs(): Promise<Record<string, unknown>>;
  /** Pulumi's state, as `pulumi stack export` shows it. */
  export(): Promise<StackState>;
  /** Any Pulumi command in this environment, on this stack. Does not throw when the command fails. */
  pulumi(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Replaces the configuration, from the next run on. */
  setConfig(config: Record<string, ConfigValue>, secrets?: Readonly<Record<string, string>>): void;
  /** SIGKILL to the engine that is running and to all it started. Its run rejects. False when none was running. */
  kill(): boolean;
}

/** A run that failed; the message has the engine's diagnostics. */
export class PulumiError extends Error {
  override readonly name = "PulumiError";
  readonly command: string;
  /** One entry per error that the engine reported. */
  readonly diagnostics: readonly string[];
  /** What it had done or begun. */
  readonly steps: readonly Step[];
  readonly killed: boolean;
  readonly stdout: string;
  readonly stderr: string;

  constructor(
    command: string,
    diagnostics: readonly string[],
    { code, stdout, stderr }: CommandResult,
    steps: readonly Step[] = [],
  ) {
    const killed = code === KILLED;
    const what = killed ? `pulumi ${command} was killed` : `pulumi ${command} failed with exit code ${code}`;
    const details = diagnostics.length > 0 || killed ? diagnostics : unreported(stdout, stderr);
    super([what, ...details.map((text) => `- ${text}`)].join("\n"));
    this.command = command;
    this.diagnostics = diagnostics;
    this.steps = steps;
    this.killed = killed;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

const KILLED = -1;

const NOTHING_CHANGED = "Nothing was changed: the preview before it refused it.";

/** What an engine said that failed before, or beside, its stream of events: a policy pack that does not start, a locked stack. */
function unreported(stdout: string, stderr: string): string[] {
  const section = stdout.indexOf("Diagnostics:\n");
  const said = section < 0 ? stdout : stdout.slice(section + "Diagnostics:\n".length);
  const words = stderr.trim().replace(/^error: /, "");
  return [words, section < 0 && words ? "" : said.trim()].filter((text) => text !== "");
}

/** The set-up's folder in the repository that this file is part of. */
const SETUP = join(import.meta.dirname, "..", "..", ".setup");
const MODULES = join(import.meta.dirname, "..", "..", "node_modules");

/** What Pulumi's file backend writes into a lock. */
interface Lock {
  pid?: number;
  hostname?: string;
  /** ISO 8601 */
  timestamp?: string;
}

interface Holder extends Lock {
  file: string;
  isElsewhere: boolean;
}

/** A lock that an engine was writing when it was killed is nobody's. */
function readLock(file: string): Lock {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) ?? {}) as Lock;
  } catch {
    return {};
  }
}

const atWork = (stack: string, { pid, hostname: host, isElsewhere, file }: Holder) =>
  isElsewhere
    ? `stack ${stack} is being worked on by process ${pid} on the machine ${host}, says ${file}. If that machine, or container, is no more, delete this file`
    : `stack ${stack} is being worked on by process ${pid}`;

/** Folder of the `pulumi` binary and of its language host, where the set-up puts them. */
function engineDirectory(): string {
  const { version } = JSON.parse(readFileSync(join(MODULES, "pulumi", "package.json"), "utf8")) as { version: string };
  const directory = join(SETUP, "pulumi", "versions", version, "bin");
  if (!existsSync(directory)) throw new Error(`The Pulumi engine ${version} is not there yet. Get it with: node cli/setup.mjs`);
  return directory;
}

/** What a process needs to find programs, folders and its language; nothing that could carry a login. */
const INHERITED = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "TEMP",
  "TMP",
  "TERM",
  "SystemRoot",
  "ComSpec",
  "PATHEXT",
  "USERPROFILE",
];

export function createWorkspace(options: WorkspaceOptions): Workspace {
  const {
    repository,
    directory,
    stack,
    providers,
    lookup = () => undefined,
    free = freeBytes,
    isAlone = false,
    refusals = () => [],
  } = options;
  const project = projectName(repository);
  const bin = engineDirectory();
  const backend = join(directory, "state");
  const stateFile = join(backend, ".pulumi", "stacks", project, `${stack}.json`);
  /** Stands from the moment a killed run is settled until a refresh has seen all of it. */
  const unsettled = join(directory, "unsettled");
  let { config, secrets } = options;
  const running = new Set<number>();

  const environment: NodeJS.ProcessEnv = {
    ...Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    PATH: [bin, join(MODULES, ".bin"), process.env.PATH].join(delimiter),
    PULUMI_HOME: join(directory, "home"),
    // Without metadata: a kill can leave its file empty, and the next run ends with "failed to load checkpoint: EOF".
    PULUMI_BACKEND_URL: `${pathToFileURL(backend).href}?metadata=skip`,
    PULUMI_STACK: stack,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    PULUMI_DEBUG_PROVIDERS: `azure-native:${providers.azureNativePort},random:${providers.randomPort}`,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_SUPPRESS_NEO_LINK: "true",
    // The state file is written after every step all the same; these are second copies of it.
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
    PULUMI_LOG_ROTATION_MAX_TOTAL_MB: "20",
    // Shows --event-log.
    PULUMI_DEBUG_COMMANDS: "true",
    // Saves 0.4 s of compiling the SDKs in each language host and program.
    NODE_COMPILE_CACHE: join(SETUP, "compile-cache"),
    ...options.environment,
  };

  /** @param third  open file that the engine has as its number 3 */
  function start(
    args: readonly string[],
    { onOutput, interactive }: CommandOptions = {},
    third?: number,
  ): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(join(bin, "pulumi"), args, {
        cwd: directory,
        env: environment,
        stdio: interactive ? "inherit" : ["ignore", "pipe", "pipe", ...(third === undefined ? [] : [third])],
      });
      const collected = { stdout: "", stderr: "" };
      for (const stream of ["stdout", "stderr"] as const) {
        child[stream]?.setEncoding("utf8").on("data", (text: string) => {
          collected[stream] += text;
          onOutput?.(text);
        });
      }
      const { pid } = child;
      if (pid !== undefined) running.add(pid);
      child.on("exit", () => pid !== undefined && running.delete(pid));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? KILLED, ...collected }));
    });
  }

  /** Project, configuration and an empty stack, as they must be for the next command. */
  async function prepare(): Promise<void> {
    mkdirSync(backend, { recursive: true });
    writeProject(repository, directory);
    const isNew = !existsSync(stateFile);
    const salt = isNew ? undefined : readState(stateFile).deployment.secrets_providers?.state?.salt;
    writeStackConfig(directory, stack, config, salt, secrets);
    if (!isNew) return;
    const result = await start(["stack", "init", stack, "--non-interactive", "--no-select"]);
    if (result.code !== 0) throw new PulumiError("stack init", [], result);
  }

  /**
   * A lock is a file with the number of its process: that of a killed engine would keep the stack shut for ever.
   * @returns who is at work on the stack, if anybody is
   */
  function dropDeadLocks(): Holder | undefined {
    const locks = join(backend, ".pulumi", "locks");
    let holder: Holder | undefined;
    for (const name of globSync("**/*.json", { cwd: locks })) {
      const file = join(locks, name);
      const lock = readLock(file);
      const { pid, timestamp = "" } = lock;
      const isElsewhere = lock.hostname !== undefined && lock.hostname !== hostname();
      const at = Date.parse(timestamp) || undefined;
      const isHeld = isElsewhere ? !isAlone : pid !== undefined && isRunning(pid, { program: "pulumi", directory, at });
      if (isHeld) holder = { ...lock, file, isElsewhere };
      else rmSync(file, { force: true, recursive: true });
    }
    if (holder === undefined) {
      for (const file of globSync("**/*.tmp", { cwd: join(backend, ".pulumi") }))
        rmSync(join(backend, ".pulumi", file), { force: true, recursive: true });
    }
    return holder;
  }

  /** True when the run to come must refresh first. */
  function settleKilledRun(): boolean {
    const state = readState(stateFile);
    if ((state.deployment.pending_operations ?? []).length > 0) {
      writeFileSync(unsettled, "");
      writeState(stateFile, { ...state, deployment: settle(state.deployment, lookup) });
    }
    return existsSync(unsettled);
  }

  async function run(
    command: "up" | "preview" | "refresh" | "destroy",
    { onOutput, flags = [], preview }: RunOptions = {},
  ): Promise<RunResult> {
    const holder = dropDeadLocks();
    // What it has begun is not left over: nothing here may be settled, or written, before it has ended.
    if (holder !== undefined)
      throw new PulumiError(command, [atWork(stack, holder)], {
        code: 1,
        stdout: "",
        stderr: "",
      });
    await prepare();
    const mustRefresh = command !== "preview" && settleKilledRun();
    const more = [...(mustRefresh && command !== "refresh" ? ["--refresh"] : []), ...flags];
    if (command === "up" || command === "destroy") {
      const standing = readState(stateFile).deployment.resources ?? [];
      if (preview ?? standing.some(({ protect, id }) => protect === true || (id && refusedFor(id).length > 0)))
        await previewed(command, more, standing, onOutput);
    }
    const how = command === "preview" ? [] : ["--yes", "--skip-preview", "--suppress-outputs", "--suppress-permalink"];
    const { result, log } = await logged(command, [command, ...how, ...more], onOutput);
    if (result.code !== 0) throw new PulumiError(command, log.errors, result, log.steps);
    if (mustRefresh) rmSync(unsettled, { force: true });
    return { changes: log.changes, steps: log.steps, stdout: result.stdout };
  }

  const refusedFor = (id: string) => refusals([{ urn: "", id, doing: "delete" }]);

  /** @throws PulumiError for what would be refused half-way; nothing has been changed then */
  async function previewed(
    command: "up" | "destroy",
    more: readonly string[],
    standing: readonly ResourceState[],
    onOutput: RunOptions["onOutput"],
  ): Promise<void> {
    const args = command === "up" ? ["preview"] : ["destroy", "--preview-only"];
    let said = "";
    const { result, log } = await logged("preview", [...args, ...more], (text) => {
      said += text;
    });
    const planned = log.steps.flatMap(({ op, urn }) => {
      const doing = /^(delete|replace)/.test(op) ? "delete" : op === "update" ? "write" : undefined;
      const ids = doing ? standing.filter((one) => one.urn === urn && one.id).map(({ id }) => id as string) : [];
      return ids.map((id): Planned => ({ urn, id, doing: doing as Planned["doing"] }));
    });
    // A replacement has several steps.
    const refused = [...new Set([...(result.code === 0 ? [] : log.errors), ...refusals(planned)])];
    if (result.code === 0 && refused.length === 0) return;
    onOutput?.(said);
    throw new PulumiError(command, [...refused, ...(refused.length > 0 ? [NOTHING_CHANGED] : [])], {
      ...result,
      code: result.code || 1,
    });
  }

  /**
   * Runs an engine that writes its events into a file without a name: they hold answers of providers, keys among them, and whatever is killed, nothing
   * of them stays.
   * @throws FileError when the disk becomes full
   */
  async function logged(
    command: string,
    args: readonly string[],
    onOutput: RunOptions["onOutput"],
  ): Promise<{ result: CommandResult; log: EventLog }> {
    for (const old of globSync("*.events.json", { cwd: directory }))
      rmSync(join(directory, old), { force: true, recursive: true });
    const guard = guardDisk(directory, { free, isWhole: () => isWholeState(stateFile), stop: () => running.forEach(killTree) });
    const name = join(directory, `${command}.events.json`);
    const file = openSync(name, "w+", 0o600);
    const flags = ["--non-interactive", "--color=never", "--skip-plugin-pre-install", "--event-log=/dev/fd/3"];
    try {
      rmSync(name);
      const [word = "", ...rest] = args;
      const result = await start([word, ...flags, ...rest], { onOutput }, file);
      const full = guard.full();
      if (full) throw full;
      return { result, log: readEventLog(readFileSync(file, "utf8")) };
    } finally {
      closeSync(file);
      guard.end();
    }
  }

  return {
    up: (o) => run("up", o),
    preview: (o) => run("preview", o),
    refresh: (o) => run("refresh", o),
    destroy: (o) => run("destroy", o),
    async outputs() {
      await prepare();
      const result = await start(["stack", "output", "--json", "--show-secrets", "--non-interactive"]);
      if (result.code !== 0) throw new PulumiError("stack output", [], result);
      return JSON.parse(result.stdout) as Record<string, unknown>;
    },
    async export() {
      // A run of another process may be on its way, with files of its own.
      if (!existsSync(stateFile)) await prepare();
      return readState(stateFile);
    },
    async pulumi(args, o) {
      dropDeadLocks();
      await prepare();
      return start(args, o);
    },
    setConfig(values, secretValues) {
      config = values;
      secrets = secretValues;
    },
    kill() {
      for (const pid of running) killTree(pid);
      return running.size > 0;
    },
  };
}
