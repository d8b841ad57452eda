/**
 * Quota of one deployment: tokens and requests in windows, or the utilisation of provisioned throughput. No clock: `now` is passed in, milliseconds.
 */

/**
 * "fixed": a window begins with the first request after the last one ended, and its count is reset as a whole.
 * "sliding": what was used leaves one window length after it came.
 * "Running token count ... that is reset each minute" (Azure OpenAI quota guide, 2026) is the first; when a window begins is not published.
 */
export type Window = "fixed" | "sliding";

/** What was used within a window. */
export class Counter {
  readonly #window: Window;
  readonly #length: number;
  #used = 0;
  #start = Number.NEGATIVE_INFINITY;
  #entries: { at: number; amount: number }[] = [];

  /** @param length  milliseconds */
  constructor(window: Window, length: number) {
    this.#window = window;
    this.#length = length;
  }

  used(now: number): number {
    if (this.#window === "fixed") {
      if (now >= this.#start + this.#length) this.#used = 0;
      return this.#used;
    }
    while (this.#entries[0] && this.#entries[0].at + this.#length <= now) this.#used -= this.#entries.shift()?.amount ?? 0;
    return this.#used;
  }

  /** Milliseconds until `amount` more stays within `limit`: 0 now, Infinity never. */
  wait(now: number, amount: number, limit: number): number {
    const used = this.used(now);
    if (used + amount <= limit) return 0;
    if (amount > limit) return Number.POSITIVE_INFINITY;
    if (this.#window === "fixed") return this.#start + this.#length - now;
    let left = used;
    for (const entry of this.#entries) {
      left -= entry.amount;
      if (left + amount <= limit) return entry.at + this.#length - now;
    }
    return 0;
  }

  /** Milliseconds until everything used now is forgotten. */
  untilReset(now: number): number {
    if (this.used(now) === 0) return this.#length;
    const last = this.#window === "fixed" ? this.#start : (this.#entries.at(-1)?.at ?? now);
    return last + this.#length - now;
  }

  add(now: number, amount: number): void {
    if (this.used(now) === 0 && now >= this.#start + this.#length) this.#start = now;
    this.#used += amount;
    if (this.#window === "sliding" && amount > 0) this.#entries.push({ at: now, amount });
  }
}

export interface StandardLimits {
  /** Tokens per minute. */
  tpm: number;
  /** Requests per minute. */
  rpm: number;
  /** Part of both that others use, 0..1. */
  busy?: number;
}

export interface StandardOptions {
  window: Window;
  /**
   * Requests are judged over a part of the minute: "typically 1 or 10 seconds" (quota guide).
   * A limit below one request per window becomes one.
   */
  requestWindowSeconds: number;
  /**
   * "fits": a request is admitted when its estimate still fits. "reached": until the limit is reached, so the last one may overshoot,
   * as the guide's words can be read ("if the TPM value is reached, further requests receive 429").
   */
  admits: "fits" | "reached";
}

export type Admission =
  | { admitted: true; remainingTokens: number; remainingRequests: number }
  /** `retryAfterMs` is Infinity for a request that the limit can never admit. */
  | {
      admitted: false;
      by: "token" | "call";
      retryAfterMs: number;
      untilResetMs: number;
      remainingTokens: number;
      remainingRequests: number;
    };

/** Standard deployments: tokens per minute estimated at admission and never corrected, and requests in short windows. */
export class StandardLimiter {
  readonly #options: StandardOptions;
  readonly #tokens: Counter;
  readonly #requests: Counter;

  constructor(options: StandardOptions) {
    this.#options = options;
    this.#tokens = new Counter(options.window, 60_000);
    this.#requests = new Counter(options.window, options.requestWindowSeconds * 1000);
  }

  admit(now: number, tokens: number, { tpm, rpm, busy = 0 }: StandardLimits): Admission {
    const tokenLimit = Math.floor(tpm * (1 - busy));
    const requestLimit = busy >= 1 ? 0 : Math.max(1, Math.floor((rpm * (1 - busy) * this.#options.requestWindowSeconds) / 60));
    const remaining = () => ({
      remainingTokens: Math.max(0, tokenLimit - this.#tokens.used(now)),
      remainingRequests: Math.max(0, requestLimit - this.#requests.used(now)),
    });
    const callWait = this.#requests.wait(now, 1, requestLimit);
    // With "reached", one token of room is enough.
    const tokenWait = this.#tokens.wait(now, this.#options.admits === "fits" ? tokens : Math.min(tokens, 1), tokenLimit);
    if (callWait > 0 || tokenWait > 0) {
      // Of two limits the one that holds longer is told: waiting for the other would only meet this one.
      const [by, retryAfterMs, counter] =
        tokenWait >= callWait ? (["token", tokenWait, this.#tokens] as const) : (["call", callWait, this.#requests] as const);
      return { admitted: false, by, retryAfterMs, untilResetMs: counter.untilReset(now), ...remaining() };
    }
    this.#requests.add(now, 1);
    this.#tokens.add(now, tokens);
    return { admitted: true, ...remaining() };
  }
}

export interface ProvisionedLimits {
  ptu: number;
  inputTpmPerPtu: number;
  outputRatio: number;
  busy?: number;
}

export interface Shape {
  prompt: number;
  completion: number;
}

/**
 * Provisioned throughput: a leaky bucket ("Provisioned throughput", 2025). Above 100 % utilisation a call is refused with the time
 * until it is below; otherwise its estimate is added, and corrected when it ends. It drains continuously.
 */
export class ProvisionedLimiter {
  readonly #fullAfterMs: number;
  /** In prompt tokens; an output token counts `outputRatio` of them. */
  #level = 0;
  #at = Number.NEGATIVE_INFINITY;

  /** @param burstSeconds  throughput that fits into the bucket, in seconds of the deployment's whole rate; not published */
  constructor(burstSeconds: number) {
    this.#fullAfterMs = burstSeconds * 1000;
  }

  /** Share of the bucket in use: 1 is 100 %. */
  utilisation(now: number, limits: ProvisionedLimits): number {
    const perMs = rate(limits);
    this.#level = this.#at === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, this.#level - (now - this.#at) * perMs);
    this.#at = now;
    return perMs === 0 ? Number.POSITIVE_INFINITY : this.#level / (perMs * this.#fullAfterMs);
  }

  /** Milliseconds to wait, or 0 when the call is admitted. Infinity: nothing is left of the deployment. */
  admit(now: number, estimate: Shape, limits: ProvisionedLimits): number {
    const utilisation = this.utilisation(now, limits);
    if (utilisation >= 1) return Math.max(1, (utilisation - 1) * this.#fullAfterMs);
    this.#level += weight(estimate, limits);
    return 0;
  }

  /** The call has ended: what it really took replaces its estimate. */
  correct(now: number, estimate: Shape, actual: Shape, limits: ProvisionedLimits): void {
    this.utilisation(now, limits);
    this.#level = Math.max(0, this.#level + weight(actual, limits) - weight(estimate, limits));
  }
}

const rate = ({ ptu, inputTpmPerPtu, busy = 0 }: ProvisionedLimits) => (ptu * inputTpmPerPtu * (1 - busy)) / 60_000;
const weight = ({ prompt, completion }: Shape, { outputRatio }: ProvisionedLimits) => prompt + completion * outputRatio;
