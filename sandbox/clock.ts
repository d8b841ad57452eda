/**
 * Time is a parameter: nothing in the sandbox reads the wall clock except through a Clock.
 * `now` is milliseconds since the epoch on the sandbox's own calendar; durations are milliseconds of sandbox time.
 */
export interface Clock {
  now(): number;
  /**
   * Resolves after `ms` of sandbox time; rejects with the signal's reason when aborted. `background`: what sleeps here is no reason for the
   * process to stay.
   */
  sleep(ms: number, signal?: AbortSignal, options?: { background?: boolean }): Promise<void>;
}

/** A clock that starts at `start` and runs `speed` times as fast as the wall clock. */
export function scaledClock({ start, speed = 1 }: { start: Date; speed?: number }): Clock {
  const origin = performance.now();
  return {
    now: () => start.getTime() + (performance.now() - origin) * speed,
    sleep: (ms, signal, { background = false } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(
          () => {
            signal?.removeEventListener("abort", abort);
            resolve();
          },
          Math.max(0, ms / speed),
        );
        if (background) timer.unref();
        signal?.addEventListener("abort", abort, { once: true });
      }),
  };
}

/** A clock that stands still until it is told to advance: for tests of time-dependent rules. */
export function manualClock(start: Date): Clock & { advance(ms: number): Promise<void> } {
  let now = start.getTime();
  const waiting: { at: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (ms <= 0) return resolve();
        const entry = { at: now + ms, wake: resolve };
        waiting.push(entry);
        signal?.addEventListener(
          "abort",
          () => {
            const at = waiting.indexOf(entry);
            if (at >= 0) waiting.splice(at, 1);
            reject(signal.reason);
          },
          { once: true },
        );
      }),
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        waiting.sort((a, b) => a.at - b.at);
        const next = waiting[0];
        if (!next || next.at > until) break;
        waiting.shift();
        now = next.at;
        next.wake();
        // Let what was woken run, and perhaps sleep again, before the next one.
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = until;
    },
  };
}
