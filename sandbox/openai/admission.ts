/** Whether a deployment takes a call: its quota, or its throughput, and the headers that tell what is left of it. */
import type { Clock } from "../clock.ts";
import type { Admitted, Deployment } from "./call.ts";
import { type AccountError, utilised } from "./errors.ts";
import {
  ProvisionedLimiter,
  type ProvisionedLimits,
  type Shape,
  StandardLimiter,
  type StandardLimits,
  type StandardOptions,
} from "./limiter.ts";

type Limiter = { kind: "standard"; limiter: StandardLimiter } | { kind: "provisioned"; limiter: ProvisionedLimiter };

/** Of deployments, by their identity. One whose SKU changes its kind starts anew. */
export class Limiters {
  readonly #limiters = new Map<string, Limiter>();
  readonly #standard: StandardOptions;
  readonly #burstSeconds: number;

  constructor(standard: StandardOptions, burstSeconds: number) {
    this.#standard = standard;
    this.#burstSeconds = burstSeconds;
  }

  of(key: string, sku: string): Limiter {
    const kind = /provisioned/i.test(sku) ? "provisioned" : "standard";
    let limiter = this.#limiters.get(key);
    if (limiter?.kind !== kind) {
      limiter =
        kind === "standard"
          ? { kind, limiter: new StandardLimiter(this.#standard) }
          : { kind, limiter: new ProvisionedLimiter(this.#burstSeconds) };
      this.#limiters.set(key, limiter);
    }
    return limiter;
  }
}

export const DAY_SECONDS = 86_400;

export interface Asking {
  deployment: Deployment;
  clock: Clock;
  estimate: Shape;
  /** Share of the quota that others use, 0..1. */
  busy: number;
  neverFits: "window" | "day";
  /** Headers of the answer, to be added to. */
  headers: [string, string][];
  throttle(by: "token" | "call", retryAfter: number): AccountError;
}

/** @throws AccountError 429 */
export const admit = ({ kind, limiter }: Limiter, asking: Asking): Admitted =>
  kind === "standard" ? admitStandard(limiter, asking) : admitProvisioned(limiter, asking);

function admitStandard(
  limiter: StandardLimiter,
  { deployment, clock, estimate, busy, neverFits, headers, throttle }: Asking,
): Admitted {
  const { facts, capacity, sku } = deployment;
  const rpm = capacity * facts.requestsPerUnit(sku);
  const tpm = capacity * 1000;
  const limits: StandardLimits = { tpm: facts.limitsTokens ? tpm : Number.MAX_SAFE_INTEGER, rpm, busy };
  const result = limiter.admit(clock.now(), estimate.prompt + estimate.completion, limits);
  headers.push(
    ["x-ratelimit-limit-requests", String(Math.floor(rpm))],
    ["x-ratelimit-remaining-requests", String(result.remainingRequests)],
  );
  if (facts.limitsTokens)
    headers.push(["x-ratelimit-limit-tokens", String(tpm)], ["x-ratelimit-remaining-tokens", String(result.remainingTokens)]);
  // A standard deployment's estimate is never corrected.
  if (result.admitted) return { finish() {} };
  const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));
  headers.push([`x-ratelimit-reset-${result.by === "token" ? "tokens" : "requests"}`, String(seconds(result.untilResetMs))]);
  if (Number.isFinite(result.retryAfterMs)) throw throttle(result.by, seconds(result.retryAfterMs));
  throw throttle(result.by, neverFits === "day" ? DAY_SECONDS : seconds(result.untilResetMs));
}

function admitProvisioned(limiter: ProvisionedLimiter, { deployment, clock, estimate, busy }: Asking): Admitted {
  const limits: ProvisionedLimits = { ptu: deployment.capacity, ...deployment.facts.provisioned, busy };
  const wait = limiter.admit(clock.now(), estimate, limits);
  if (wait > 0) throw utilised(Number.isFinite(wait) ? wait : 60_000);
  let open = true;
  return {
    finish(completion) {
      if (open) limiter.correct(clock.now(), estimate, { prompt: estimate.prompt, completion }, limits);
      open = false;
    },
  };
}
