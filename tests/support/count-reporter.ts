/**
 * The end of a test run, for people and for scripts: what was skipped and why, what was left in the folder for temporary files, and as the last line
 * `123 passed, 0 failed`, and `, 1 skipped` where there is one.
 * What failed outside of any test (a file that does not load, an error that nobody caught, a file that was left behind) counts as failed.
 */
import { readFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";
import { leftovers } from "./temporary-folder.ts";
import type {} from "./unless.ts";

export default class CountReporter implements Reporter {
  private counts = { passed: 0, failed: 0, skipped: 0 };
  private notes: string[] = [];

  onInit(): void {
    // After the process's own last word, which a reporter does not have.
    process.once("exit", () => process.stdout.write(`${[...this.notes, countLine(this.counts)].join("\n")}\n`));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const left = leftovers();
    this.counts = count(modules, [...unhandledErrors, ...left]);
    this.notes = [...skipLines(modules), ...leftLines(left)];
    if (left.length > 0) process.exitCode = 1;
  }
}

type Counts = { passed: number; failed: number; skipped: number };

export const countLine = ({ passed, failed, skipped }: Counts) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** A test as far as it matters here. */
type Counted = { result(): { state: string; note?: string }; meta(): { missing?: string }; parent?: unknown };
/** A module as far as it matters here. */
type CountedModule = { moduleId: string; state(): string; children: { allTests(): Iterable<Counted> } };

export function count(modules: Iterable<CountedModule>, unhandledErrors: readonly unknown[]): Counts {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    for (const state of states) counts[state === "passed" || state === "failed" ? state : "skipped"]++;
    if (module.state() === "failed" && !states.includes("failed")) counts.failed++;
  }
  return counts;
}

const LONG = "take long: npm run test:every";
const CHOSEN = "were not chosen";

/** A line for each reason, with the number of tests that were skipped for it. */
export function skipLines(
  modules: Iterable<CountedModule>,
  { every = process.env.EVERY, read = (file: string) => readFileSync(file, "utf8") } = {},
): string[] {
  const reasons = new Map<string, number>();
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state, note } = test.result();
      if (state === "passed" || state === "failed") continue;
      const isLong = !every && read(module.moduleId).includes("process.env.EVERY");
      const reason = missingFor(test) ?? note ?? (isLong ? LONG : CHOSEN);
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
  const sorted = [...reasons].sort(([, a], [, b]) => b - a);
  return sorted.length === 0 ? [] : ["Skipped:", ...sorted.map(([reason, tests]) => `  ${tests} ${reason}`)];
}

/** A `describe` says it for all that it holds. */
function missingFor(task: Partial<Counted>): string | undefined {
  return task.meta?.().missing ?? (task.parent ? missingFor(task.parent) : undefined);
}

const leftLines = (left: readonly string[]) =>
  left.length === 0
    ? []
    : ["Left in the folder for temporary files, where tests remove what they make:", ...left.map((name) => `  ${name}`)];
