/**
 * The built-in cache: shared by the units of a service, volatile, written asynchronously. Consumption has none.
 */
import type { Clock } from "../clock.ts";
import type { Value } from "./csharp/values.ts";

export interface CacheOptions {
  /** Entries kept; the oldest goes first. Default 10,000. */
  maxEntries?: number;
  /** Share of stores that are silently lost, 0..1. Default 0. */
  loss?: number;
}

export class Cache {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #visibilityMs: number;
  readonly #maxEntries: number;
  readonly #loss: number;
  /** Newest write last; a key keeps the value before while a new one is not yet visible. */
  readonly #entries = new Map<string, { value: Value; visibleAt: number; expiresAt: number }[]>();

  constructor(clock: Clock, random: () => number, visibilityMs: number, { maxEntries = 10_000, loss = 0 }: CacheOptions = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#visibilityMs = visibilityMs;
    this.#maxEntries = maxEntries;
    this.#loss = loss;
  }
  get(key: string): { value: Value } | undefined {
    const now = this.#clock.now();
    return this.#entries.get(key)?.findLast(({ visibleAt, expiresAt }) => visibleAt <= now && now < expiresAt);
  }
  set(key: string, value: Value, seconds: number): void {
    if (this.#loss > 0 && this.#random() < this.#loss) return;
    const now = this.#clock.now();
    const visibleAt = now + this.#visibilityMs;
    const before = this.#entries.get(key) ?? [];
    const visible = before.findLast((entry) => entry.visibleAt <= now);
    const kept = before.filter((entry) => entry.visibleAt > now || entry === visible);
    this.#entries.delete(key);
    this.#entries.set(key, [...kept, { value, visibleAt, expiresAt: visibleAt + seconds * 1000 }]);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break;
      this.#entries.delete(oldest);
    }
  }
  delete(key: string): void {
    this.#entries.delete(key);
  }
  /** Loses everything, as a restart does. */
  clear(): void {
    this.#entries.clear();
  }
}
