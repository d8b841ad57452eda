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

/** Is `pid` alive, and a process whose command line names `program`? Numbers are used again. */
export function isRunning(pid: number, program: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(program);
  } catch {
    return true;
  }
}
