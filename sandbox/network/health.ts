/**
 * Health by probes, as Application Gateway keeps it: a member leaves after so many failures in a row and returns with the first success. Live
 * traffic says nothing about it. Application Gateway health probes, 2026.
 */
import type { Clock } from "../clock.ts";

export interface ProbeTarget {
  /** Same key, same state. */
  key: string;
  intervalSeconds: number;
  unhealthyThreshold: number;
  /** One probe; must come to an end by itself. */
  probe(signal: AbortSignal): Promise<boolean>;
}

export interface Health {
  /** What is to be probed from now on; what is no longer among it is forgotten. */
  watch(targets: readonly ProbeTarget[]): void;
  /** Before its first probe has failed often enough, a member counts as healthy. */
  isHealthy(key: string): boolean;
  close(): void;
}

const CLOSED = new Error("no longer probed");

export function createHealth(clock: Clock): Health {
  const watched = new Map<string, { target: ProbeTarget; failures: number; healthy: boolean; stop: AbortController }>();

  async function keepProbing(key: string): Promise<void> {
    for (let entry = watched.get(key); entry; entry = watched.get(key)) {
      const { signal } = entry.stop;
      const began = clock.now();
      const succeeded = await entry.target.probe(signal);
      if (signal.aborted) return;
      entry.failures = succeeded ? 0 : entry.failures + 1;
      if (succeeded) entry.healthy = true;
      else if (entry.failures >= entry.target.unhealthyThreshold) entry.healthy = false;
      const wait = began + entry.target.intervalSeconds * 1000 - clock.now();
      await clock.sleep(Math.max(0, wait), signal, { background: true });
    }
  }

  const forget = (key: string) => {
    watched.get(key)?.stop.abort(CLOSED);
    watched.delete(key);
  };

  return {
    watch(targets) {
      const wanted = new Set(targets.map(({ key }) => key));
      for (const key of watched.keys()) if (!wanted.has(key)) forget(key);
      for (const target of targets) {
        const known = watched.get(target.key);
        if (known) known.target = target;
        else {
          watched.set(target.key, { target, failures: 0, healthy: true, stop: new AbortController() });
          keepProbing(target.key).catch((error) => {
            if (error !== CLOSED) throw error;
          });
        }
      }
    },
    isHealthy: (key) => watched.get(key)?.healthy ?? true,
    close() {
      for (const key of [...watched.keys()]) forget(key);
    },
  };
}
