/**
 * Processes by what the system knows of them: an engine starts a language host, that starts the program, and a killed parent takes
 * nobody with it.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";

/** SIGKILL to a process and to all that it started, at once and without a last word. */
export function killTree(root: number): void {
  // Listed first: a child of a dead parent cannot be found any more.
  const tree = [root, ...descendants(root)];
  for (const pid of tree) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone already.
    }
  }
}

function descendants(root: number): number[] {
  const children = Map.groupBy(parents(), ([, parent]) => parent);
  const below = (pid: number): number[] => (children.get(pid) ?? []).flatMap(([child]) => [child, ...below(child)]);
  return below(root);
}

/** Pairs of process and parent. */
function parents(): [pid: number, parent: number][] {
  if (existsSync("/proc/self/stat")) {
    return readdirSync("/proc").flatMap((entry): [number, number][] => {
      if (!/^\d+$/.test(entry)) return [];
      try {
        // "pid (name, which may hold anything) state parent ..."
        const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
        return [[Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])]];
      } catch {
        return [];
      }
    });
  }
  return execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}

/**
 * What tells a process from a later one of the same number: the machine's start, whose numbers these are, and its own start. A container's numbers come
 * again with each start, and every container counts for itself. Undefined: no such process; "?": the system does not say when it began.
 */
export function lifeOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return undefined;
  }
  const began = beganAt(pid);
  return began === undefined ? "?" : [machineStart(), numbersOf(), began].filter(Boolean).join(" ");
}

/** Is it still the process that wrote down this life? One that could not be told then counts as alive while anything has its number. */
export function isStill(pid: number, life: string | undefined): boolean {
  const now = lifeOf(pid);
  return now !== undefined && (life === undefined || life === "?" || now === "?" || now === life);
}

/** Some container systems have no boot_id of their own; all say in which second they began. */
const machineStart = () => readText("/proc/sys/kernel/random/boot_id").trim() || bootedAt();

const bootedAt = () => /^btime (\d+)$/m.exec(readText("/proc/stat"))?.[1];

/** The namespace to which process numbers belong, on Linux. */
function numbersOf(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** In the system's own count: ticks on Linux, a date in UTC on macOS and its like, 100 ns since 1601 on Windows. */
function beganAt(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat !== "") return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  if (existsSync("/proc/self/stat")) return undefined;
  return process.platform === "win32"
    ? said("powershell", ["-NoProfile", "-NonInteractive", "-Command", `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`])
    : said("ps", ["-o", "lstart=", "-p", String(pid)]);
}

/** What a command of the system prints, in one language and one time zone whoever asks; undefined: nothing, or it failed. */
function said(command: string, args: string[]): string | undefined {
  try {
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], env }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds since the epoch at which a process began, to a second or so; undefined where the system does not say. */
function startTime(pid: number): number | undefined {
  const began = beganAt(pid);
  if (began === undefined) return undefined;
  const booted = bootedAt();
  const at =
    booted !== undefined
      ? (Number(booted) + Number(began) / TICKS_PER_SECOND) * 1000
      : process.platform === "win32"
        ? Number(began) / 10_000 - WINDOWS_EPOCH_MS
        : Date.parse(`${began} UTC`);
  return Number.isFinite(at) ? at : undefined;
}

/** From 1601 to 1970. */
const WINDOWS_EPOCH_MS = 11_644_473_600_000;
/** Of /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Clocks are set, and both times are rounded; ms. */
const TOLERANCE_MS = 5000;

export interface Running {
  /** Its command line names this. */
  program: string;
  /** It works in this folder. */
  directory: string;
  /** It began before, in ms since the epoch. */
  at?: number;
}

/** Is `pid` alive, and such a process? Numbers are used again. What the system does not say counts as true. */
export function isRunning(pid: number, { program, directory, at = Number.POSITIVE_INFINITY }: Running): boolean {
  if (lifeOf(pid) === undefined) return false;
  const command = commandOf(pid);
  if (command !== undefined && !command.includes(program)) return false;
  const folder = folderOf(pid);
  if (folder !== undefined && existsSync(directory) && folder !== realpathSync(directory)) return false;
  return (startTime(pid) ?? 0) <= at + TOLERANCE_MS;
}

function commandOf(pid: number): string | undefined {
  if (existsSync("/proc/self/stat")) return readText(`/proc/${pid}/cmdline`) || undefined;
  return process.platform === "win32"
    ? said("powershell", ["-NoProfile", "-NonInteractive", "-Command", `(Get-Process -Id ${pid}).Path`])
    : said("ps", ["-o", "command=", "-p", String(pid)]);
}

function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
