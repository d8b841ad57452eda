/**
 * The last calls of a stack, on disk: one JSON object a line, in two files of which the older one goes when the newer one is full. Only the owner may
 * read them.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { CallTrace } from "./record.ts";

export interface KeptCalls {
  add(trace: CallTrace): void;
  /** Everything is on disk. */
  written(): Promise<void>;
}

export interface Bounds {
  /** Calls and bytes of one of the two files. */
  calls: number;
  bytes: number;
}

/** At least the last 500 calls and at most 1,000, or what of them fits into 32 MiB. */
export const BOUNDS: Bounds = { calls: 500, bytes: 16 * 1024 * 1024 };

const FILES = { newer: "calls.jsonl", older: "calls.before.jsonl" } as const;

/** @param onProblem  told once, when the disk takes no more: from then on nothing is kept */
export function keepCalls(directory: string, onProblem: (message: string) => void, bounds: Bounds = BOUNDS): KeptCalls {
  const file = join(directory, FILES.newer);
  let [bytes, calls] = [0, 0];
  let opened = false;
  const waiting: string[] = [];
  let writing: Promise<void> | undefined;
  let broken = false;

  /** All that waits, in one write. */
  async function write(): Promise<void> {
    while (waiting.length > 0 && !broken) {
      try {
        if (!opened) {
          mkdirSync(directory, { recursive: true, mode: 0o700 });
          [bytes, calls] = existsSync(file) ? [statSync(file).size, linesOf(file).length] : [0, 0];
          opened = true;
        }
        if (calls >= bounds.calls || bytes >= bounds.bytes) {
          renameSync(file, join(directory, FILES.older));
          [calls, bytes] = [0, 0];
        }
        const lines = waiting.splice(0, Math.max(1, bounds.calls - calls));
        const text = lines.join("");
        await appendFile(file, text, { mode: 0o600 });
        calls += lines.length;
        bytes += Buffer.byteLength(text);
      } catch (error) {
        broken = true;
        onProblem(
          `${file}: ${error instanceof Error ? error.message : error}. Calls are served as before, but their traces are not kept.`,
        );
      }
    }
  }
  const start = () => {
    writing ??= write().finally(() => {
      writing = undefined;
      if (waiting.length > 0 && !broken) start();
    });
  };
  return {
    add(trace) {
      if (broken) return;
      waiting.push(`${JSON.stringify(trace)}\n`);
      // A disk that is slower than the callers loses the oldest.
      if (waiting.length > bounds.calls) waiting.shift();
      start();
    },
    written: async () => {
      while (writing) await writing;
    },
  };
}

const linesOf = (file: string): string[] =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];

/** The calls that are kept, oldest first. A line that a kill cut short is left out. */
export function keptCalls(directory: string): CallTrace[] {
  return [FILES.older, FILES.newer].flatMap((name) =>
    linesOf(join(directory, name)).flatMap((line) => {
      try {
        return [JSON.parse(line) as CallTrace];
      } catch {
        return [];
      }
    }),
  );
}

/** Those with an id that is `id`, or begins with it; the last one with the whole id wins. */
export function callsWithId(calls: readonly CallTrace[], id: string): CallTrace[] {
  const wanted = id.trim().toLowerCase();
  const whole = calls.findLast(({ ids }) => ids.some((known) => known.toLowerCase() === wanted));
  if (whole) return [whole];
  return wanted.length < 4 ? [] : calls.filter(({ ids }) => ids.some((known) => known.toLowerCase().startsWith(wanted)));
}
