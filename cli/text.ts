/**
 * Text for people in a terminal.
 */
import "./proxies.ts";
import { realpathSync } from "node:fs";
import Table from "cli-table3";
import { explained } from "../sandbox/files.ts";

/** A table with one line for each row; the columns numbered in `right` are figures. */
export function table(head: string[], rows: string[][], right: number[] = []): string {
  const made = new Table({
    head,
    colAligns: head.map((_, index) => (right.includes(index) ? "right" : "left")),
    style: { head: [], border: [], "padding-left": 1, "padding-right": 1 },
    // Lines between rows would double the length of a stack with twelve regions.
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  });
  made.push(...rows);
  return made.toString();
}

/** 108000 -> 108,000 */
export const grouped = (value: number) => value.toLocaleString("en-US");

/** `1 call`, `2 calls`. */
export const counted = (count: number, one: string, many = `${one}s`) => `${grouped(count)} ${count === 1 ? one : many}`;

/** Errors whose message says all that a person needs: what, where, and the way out. */
export const WRITTEN_FOR_PEOPLE = new Set([
  "FileError",
  "PlanError",
  "StackFileError",
  "PolicyError",
  "PulumiError",
  "StoreError",
  "Error",
]);

/** Was this file started as a command, and not imported? Node names the file itself, its caller perhaps a link that leads there. */
export function isStarted(file: string): boolean {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === realpathSync(file);
}

/** Runs a command: an error written for people is printed as it stands, a bug with the place it came from; either ends with exit code 1. */
export async function runCommand(command: () => unknown): Promise<void> {
  try {
    await command();
  } catch (thrown) {
    const error = explained(thrown);
    console.error(error instanceof Error && WRITTEN_FOR_PEOPLE.has(error.name) ? error.message : error);
    process.exitCode = 1;
  }
}
