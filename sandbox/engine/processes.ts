/**
 * Processes by what the system knows of them: an engine starts a language host, that starts the program, and a killed parent takes
 * nobody with it.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

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
 * What tells a process from a later one of the same number: the machine's start and its own. The container of a process can be made again with all its
 * numbers, and only its start differs. Undefined: no such process; "?": the system does not say when it began.
 */
export function lifeOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return undefined;
  }
  const began = beganAt(pid);
  return began === undefined ? "?" : `${readText("/proc/sys/kernel/random/boot_id").trim()} ${began}`.trim();
}

/** Is it still the process that wrote down this life? One that could not be told then counts as alive while anything has its number. */
export function isStill(pid: number, life: string | undefined): boolean {
  const now = lifeOf(pid);
  return now !== undefined && (life === undefined || life === "?" || now === "?" || now === life);
}

/** In the system's own count: ticks on Linux, a date elsewhere. */
function beganAt(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat !== "") return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  if (existsSync("/proc/self/stat")) return undefined;
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}

/** Milliseconds since the epoch at which a process began, to a second or so; undefined where the system does not say. */
function startTime(pid: number): number | undefined {
  const ticks = Number(beganAt(pid));
  const booted = /^btime (\d+)$/m.exec(readText("/proc/stat"))?.[1];
  if (booted === undefined || !Number.isFinite(ticks)) return undefined;
  return (Number(booted) + ticks / TICKS_PER_SECOND) * 1000;
}

/** Of /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Clocks are set, and both times are rounded; ms. */
const TOLERANCE_MS = 5000;

/**
 * Is `pid` alive, a process whose command line names `program`, and one that began before `at`? Numbers are used again.
 * @param at  ms since the epoch
 */
export function isRunning(pid: number, program: string, at = Number.POSITIVE_INFINITY): boolean {
  if (lifeOf(pid) === undefined) return false;
  const command = readText(`/proc/${pid}/cmdline`);
  if (command !== "" && !command.includes(program)) return false;
  return (startTime(pid) ?? 0) <= at + TOLERANCE_MS;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
