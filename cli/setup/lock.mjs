/**
 * One set-up at a time in one checkout. A lock is a file with the number of its process and with what tells that process from a later one of the same
 * number; that of a dead process is nobody's. Numbers of another container, or machine, tell nothing here: such a process is alive while it touches
 * its file.
 */
import { execFileSync } from "node:child_process";
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const PAUSE = 200;
/** A holder touches its file so often, and one that has not for so long is dead; ms. The variable is for tests. */
const SIGN_OF_LIFE = Number(process.env.SETUP_LOCK_SIGN_OF_LIFE ?? 2000);
const DEAD_AFTER = 15 * SIGN_OF_LIFE;

export async function withLock(path, say, work) {
  const mine = `${process.pid} ${startOf(process.pid)} ${Date.now()} ${Math.random()} ${numbersOf()}`;
  const own = `${path}.${process.pid}.${numbersOf().replace(/\W+/g, "-")}`;
  writeFileSync(own, mine);
  let waitingFor;
  try {
    while (!take(own, path)) {
      const held = read(path);
      if (held === undefined) continue;
      if (!isAlive(held, path, own)) {
        dropDead(path, held);
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
  const timer = setInterval(() => touch(path), SIGN_OF_LIFE);
  timer.unref();
  const release = () => read(path) === mine && rmSync(path, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(timer);
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

function dropDead(path, held) {
  const aside = `${path}.dead.${process.pid}.${Math.random()}`;
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

function isAlive(held, path, own) {
  const [pid, start, , , numbers = numbersOf()] = held.split(" ");
  if (numbers !== numbersOf()) {
    // By the clock of the disk, which both see.
    touch(own);
    return modified(own) - modified(path) < DEAD_AFTER;
  }
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code !== "EPERM") return false;
  }
  // Numbers are used again: a younger process with the same one is somebody else.
  return startOf(pid) === start;
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Gone: somebody took it for dead.
  }
}

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;

/** Whose numbers of processes these are: a container's, or a machine's. */
function numbersOf() {
  try {
    return `${hostname()}/${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** When the machine and a process began, in the system's own count, without blanks; "?" where the system does not say. */
function startOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat !== undefined) {
    // Some container systems have no boot_id of their own; all say in which second they began.
    const machine = read("/proc/sys/kernel/random/boot_id") ?? /^btime (\d+)$/m.exec(read("/proc/stat") ?? "")?.[1] ?? "";
    return `${machine.trim()}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  }
  const asked =
    process.platform === "win32"
      ? ["powershell", ["-NoProfile", "-NonInteractive", "-Command", `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`]]
      : ["ps", ["-o", "lstart=", "-p", String(pid)]];
  try {
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
    const said = execFileSync(...asked, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], env });
    return said.trim().replace(/\s+/g, "_") || "?";
  } catch {
    return "?";
  }
}
