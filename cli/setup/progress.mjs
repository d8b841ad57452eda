/**
 * What the user sees of a set-up: a line for each step with its time, and on the long ones how far it is.
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** What the user can do something about: the message says what. */
export class SetupError extends Error {}

const say = (text) => process.stdout.write(`set-up: ${text}\n`);

export const console = { say };

/** A log that nobody watches gets a sign of life this often, seconds. The variable is for tests. */
const SIGN_OF_LIFE = Number(process.env.SETUP_SIGN_OF_LIFE ?? 15);

/**
 * Runs a step under a line of its own. `work` may call `detail(text)` to say how far it is; what it returns as text is told at the end.
 */
export async function step(title, work) {
  const begun = Date.now();
  const elapsed = () => {
    const seconds = Math.round((Date.now() - begun) / 1000);
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  };
  let detail = "";
  const line = () => `${title}: ${elapsed()}${detail && `, ${detail}`}`;
  const live = process.stdout.isTTY;
  const rewrite = () => process.stdout.write(`\r\x1b[2Kset-up: ${line()}`);
  if (live) rewrite();
  else say(title);
  const timer = live ? setInterval(rewrite, 1000) : setInterval(() => say(line()), SIGN_OF_LIFE * 1000);
  const finish = (text) => {
    clearInterval(timer);
    if (live) process.stdout.write("\r\x1b[2K");
    say(`${title}: ${text}`);
  };
  try {
    const result = await work((text) => {
      detail = text;
    });
    finish(`${typeof result === "string" ? `${result}, ` : ""}${elapsed()}`);
    return result;
  } catch (error) {
    finish(`failed after ${elapsed()}`);
    throw error;
  }
}

/** Children that go when this process is told to go. Killed outright, it cannot: that is why they all work aside. */
const children = new Set();
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
]) {
  process.on(signal, () => {
    for (const child of children) kill(child);
    process.exit(code);
  });
}

const ownGroup = process.platform !== "win32";

function kill(child) {
  try {
    if (ownGroup) process.kill(-child.pid, "SIGKILL");
    else child.kill();
  } catch {
    // Gone already.
  }
}

/**
 * Runs a command, keeps all it prints in `log`, and never inherits the terminal.
 * @returns {Promise<{code: number | null, stdout: string, stderr: string, timedOut: boolean}>} code null: killed, or not there at all
 */
export function run(command, args, { cwd, env = process.env, log, onLine = () => {}, expired = () => false }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, detached: ownGroup, stdio: ["ignore", "pipe", "pipe"] });
    children.add(child);
    const output = { stdout: "", stderr: "" };
    let all = `$ ${[command, ...args].join(" ")}\n`;
    let timedOut = false;
    for (const name of ["stdout", "stderr"]) {
      let rest = "";
      child[name].setEncoding("utf8").on("data", (text) => {
        output[name] += text;
        all += text;
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        for (const line of lines) onLine(line);
      });
    }
    const watch = setInterval(() => {
      if (!expired()) return;
      timedOut = true;
      kill(child);
    }, 1000);
    const end = (code) => {
      clearInterval(watch);
      children.delete(child);
      if (log) {
        mkdirSync(dirname(log), { recursive: true });
        writeFileSync(log, all);
      }
      resolve({ code, ...output, timedOut });
    };
    child.on("error", (error) => {
      output.stderr += error.message;
      end(null);
    });
    child.on("close", end);
  });
}

/** The end of what a command printed, indented, for an error message. */
export function lastLines({ stdout, stderr }, count = 12) {
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim());
  return lines
    .slice(-count)
    .map((line) => `    ${line}`)
    .join("\n");
}
