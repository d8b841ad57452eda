/**
 * The last line of a test run, for people and for scripts: `123 passed, 0 failed`, and `, 1 skipped` where there is one.
 * What failed outside of any test (a file that does not load, an error that nobody caught) counts as failed.
 */
import type { Reporter, TestModule } from "vitest/node";

export default class CountReporter implements Reporter {
  private counts = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    // After the process's own last word, which a reporter does not have.
    process.once("exit", () => process.stdout.write(`${countLine(this.counts)}\n`));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.counts = count(modules, unhandledErrors);
  }
}

type Counts = { passed: number; failed: number; skipped: number };

export const countLine = ({ passed, failed, skipped }: Counts) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** A module as far as it matters here. */
type Counted = { state(): string; children: { allTests(): Iterable<{ result(): { state: string } }> } };

export function count(modules: Iterable<Counted>, unhandledErrors: readonly unknown[]): Counts {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    for (const state of states) counts[state === "passed" || state === "failed" ? state : "skipped"]++;
    if (module.state() === "failed" && !states.includes("failed")) counts.failed++;
  }
  return counts;
}
