/**
 * One set-up at a time in one checkout. A lock is a file with the number of its process; that of a dead process is nobody's.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const PAUSE = 200;

export async function withLock(path, say, work) {
  const mine = `${process.pid} ${startOf(process.pid)} ${Date.now()} ${Math.random()}`;
  const own = `${path}.${process.pid}`;
  writeFileSync(own, mine);
  let waitingFor;
  try {
    while (!take(own, path)) {
      const held = read(path);
      if (held === undefined) continue;
      if (!isAlive(held)) {
        await dropDead(path, held);
        continue;
      }
      const pid = held.split(" ")[0];
      if (waitingFor !== pid) say(`another set-up (process ${pid}) is at work here: waiting for it`);
      waitingFor = pid;
      await sleep(PAUSE);
    }
  } finally {
    rmSync(own, { force: true });
  }
  const release = () => read(path) === mine && rmSync(path, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

/** A link is made whole, content and all, or not at all. */
function take(own, path) {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

async function dropDead(path, held) {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    // Another one was faster.
    return;
  }
  // Between the look and the rename somebody may have taken the lock: it is put back.
  if (read(aside) !== held) take(aside, path);
  rmSync(aside, { force: true });
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function isAlive(held) {
  const [pid, start] = held.split(" ");
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code !== "EPERM") return false;
  }
  // Numbers are used again: a younger process with the same one is somebody else.
  return startOf(pid) === start;
}

/** When the machine and a process began, in the system's own count; "?" where the system does not say. */
function startOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return "?";
  const machine = (read("/proc/sys/kernel/random/boot_id") ?? "").trim();
  return `${machine}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
}
