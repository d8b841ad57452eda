/**
 * Rates, quotas and token limits, by key. One set per service: the units of a region share it.
 */
import type { Clock } from "../clock.ts";

interface Window {
  entries: { at: number; amount: number }[];
  sum: number;
}

export class Counters {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();
  readonly #periods = new Map<string, { start: number; sum: number }>();
  readonly #buckets = new Map<string, { at: number; missing: number }>();
  readonly #running = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What was added within the last `ms`. */
  inWindow(key: string, ms: number): number {
    return this.#window(key, ms).sum;
  }
  add(key: string, ms: number, amount: number): void {
    const window = this.#window(key, ms);
    window.entries.push({ at: this.#clock.now(), amount });
    window.sum += amount;
  }
  /** Milliseconds until the sum has fallen to `target` by itself. */
  untilBelow(key: string, ms: number, target: number): number {
    const window = this.#window(key, ms);
    let sum = window.sum;
    for (const { at, amount } of window.entries) {
      if (sum <= target) break;
      sum -= amount;
      if (sum <= target) return Math.max(0, at + ms - this.#clock.now());
    }
    return sum <= target ? 0 : ms;
  }
  #window(key: string, ms: number): Window {
    let window = this.#windows.get(key);
    if (!window) {
      window = { entries: [], sum: 0 };
      this.#windows.set(key, window);
    }
    const oldest = this.#clock.now() - ms;
    let gone = 0;
    for (const entry of window.entries) {
      if (entry.at > oldest) break;
      window.sum -= entry.amount;
      gone++;
    }
    if (gone > 0) window.entries.splice(0, gone);
    return window;
  }

  /** What a bucket lacks of being full; it fills by `size` in `ms`, all the time. Negative never. */
  missing(key: string, ms: number, size: number): number {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key);
    return bucket ? Math.max(0, bucket.missing - ((now - bucket.at) * size) / ms) : 0;
  }
  take(key: string, ms: number, size: number, amount: number): void {
    this.#buckets.set(key, { at: this.#clock.now(), missing: this.missing(key, ms, size) + amount });
  }

  /** The sum since `start`; an earlier period's is forgotten. */
  inPeriod(key: string, start: number): number {
    const period = this.#periods.get(key);
    return period && period.start === start ? period.sum : 0;
  }
  addInPeriod(key: string, start: number, amount: number): void {
    this.#periods.set(key, { start, sum: this.inPeriod(key, start) + amount });
  }

  /** Takes one of `max` places; false when all are taken. */
  enter(key: string, max: number): boolean {
    const running = this.#running.get(key) ?? 0;
    if (running >= max) return false;
    this.#running.set(key, running + 1);
    return true;
  }
  leave(key: string): void {
    const running = (this.#running.get(key) ?? 1) - 1;
    if (running <= 0) this.#running.delete(key);
    else this.#running.set(key, running);
  }
}
