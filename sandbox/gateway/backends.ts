/**
 * Backend entities, pools and circuit breakers. State is per gateway instance: instances do not share it (API Management, "Backends").
 */
import type { Clock } from "../clock.ts";
import type { HeaderList } from "../http.ts";
import { parseDuration } from "./duration.ts";
import type { Readings } from "./readings.ts";

export interface Backend {
  /** Name in the service. */
  id: string;
  /** ARM id in lower case: the key of its state. */
  key: string;
  title?: string;
  url?: URL;
  /** Header fields, query parameters and authorization that every call to it carries. */
  credentials: { headers: [string, string[]][]; query: [string, string[]][]; authorization?: string };
  breaker?: BreakerRule;
  /** Checks of the certificate that its host shows; both are made unless the entity says otherwise. */
  tls: { validateCertificateChain: boolean; validateCertificateName: boolean };
  /** Only pools have members. */
  members?: Member[];
}

interface Member {
  id: string;
  priority: number;
  weight: number;
}

interface BreakerRule {
  count?: number;
  percentage?: number;
  intervalMs: number;
  ranges: { min: number; max: number }[];
  errorReasons: string[];
  tripMs: number;
  acceptRetryAfter: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: the properties of an ARM body.
export function backendOf(armId: string, name: string, properties: Record<string, any>): Backend {
  const credentials = properties.credentials ?? {};
  const authorization = credentials.authorization;
  const rule = properties.circuitBreaker?.rules?.[0];
  return {
    id: name,
    key: armId.toLowerCase(),
    title: properties.title,
    url: properties.url ? new URL(properties.url) : undefined,
    credentials: {
      headers: Object.entries(credentials.header ?? {}) as [string, string[]][],
      query: Object.entries(credentials.query ?? {}) as [string, string[]][],
      authorization: authorization ? `${authorization.scheme} ${authorization.parameter}` : undefined,
    },
    breaker: rule && {
      count: rule.failureCondition?.count,
      percentage: rule.failureCondition?.percentage,
      intervalMs: parseDuration(rule.failureCondition?.interval ?? "PT1M"),
      ranges: rule.failureCondition?.statusCodeRanges ?? [],
      errorReasons: rule.failureCondition?.errorReasons ?? [],
      tripMs: parseDuration(rule.tripDuration ?? "PT1M"),
      acceptRetryAfter: rule.acceptRetryAfter === true,
    },
    tls: {
      validateCertificateChain: properties.tls?.validateCertificateChain !== false,
      validateCertificateName: properties.tls?.validateCertificateName !== false,
    },
    members:
      properties.type === "Pool"
        ? // biome-ignore lint/suspicious/noExplicitAny: as above.
          (properties.pool?.services ?? []).map((service: any) => ({
            id: String(service.id).split("/").at(-1) ?? "",
            priority: service.priority ?? 0,
            weight: service.weight ?? 1,
          }))
        : undefined,
  };
}

/** How a call to a backend ended. */
export type CallOutcome = { status: number; headers: HeaderList } | { error: "BackendConnectionFailure" | "Timeout" };

interface BreakerState {
  /** Times of failures within the interval; with a percentage, of all calls. */
  calls: { at: number; failed: boolean }[];
  /** Selection leaves the backend alone from `visibleAt` until `openUntil`. */
  visibleAt: number;
  openUntil: number;
}

/** Pools and breakers of one gateway instance. */
export class BackendStates {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #readings: Readings;
  readonly #breakers = new Map<string, BreakerState>();
  /** Smooth weighted round robin: the running balance of each member, by pool and priority. */
  readonly #rotation = new Map<string, Map<string, number>>();

  constructor(clock: Clock, random: () => number, readings: Readings) {
    this.#clock = clock;
    this.#random = random;
    this.#readings = readings;
  }

  /** Is the breaker open, as far as selection can see? */
  tripped(backend: Backend): boolean {
    const state = this.#breakers.get(backend.key);
    const now = this.#clock.now();
    return backend.breaker !== undefined && state !== undefined && now >= state.visibleAt && now < state.openUntil;
  }

  /** The backend to call: itself, or a member of the pool; undefined when all have tripped. */
  pick(backend: Backend, find: (id: string) => Backend | undefined): Backend | undefined {
    if (!backend.members) return this.tripped(backend) ? undefined : backend;
    const members = backend.members.flatMap((member) => {
      const entity = find(member.id);
      return entity ? [{ ...member, entity }] : [];
    });
    // A group of lower priority is used only when every member of the groups above has tripped.
    for (const priority of [...new Set(members.map((member) => member.priority))].sort((a, b) => a - b)) {
      const ready = members.filter((member) => member.priority === priority && !this.tripped(member.entity));
      if (ready.length > 0) return this.#choose(`${backend.key}/${priority}`, ready).entity;
    }
    return undefined;
  }

  #choose<M extends { id: string; weight: number }>(group: string, members: M[]): M {
    const first = members[0] as M;
    const total = members.reduce((sum, { weight }) => sum + weight, 0);
    // Weight 0 gets nothing, unless there is nothing else.
    const weightOf = (member: M) => (total === 0 ? 1 : member.weight);
    const sum = total === 0 ? members.length : total;
    if (this.#readings.poolSelection === "random") {
      let left = this.#random() * sum;
      for (const member of members) {
        left -= weightOf(member);
        if (left < 0) return member;
      }
      return first;
    }
    let balances = this.#rotation.get(group);
    if (!balances) {
      balances = new Map();
      this.#rotation.set(group, balances);
    }
    let best = first;
    for (const member of members) {
      balances.set(member.id, (balances.get(member.id) ?? 0) + weightOf(member));
      if ((balances.get(member.id) ?? 0) > (balances.get(best.id) ?? 0)) best = member;
    }
    balances.set(best.id, (balances.get(best.id) ?? 0) - sum);
    return best;
  }

  /** Takes note of how a call ended; trips the breaker when its rule says so. */
  report(backend: Backend, outcome: CallOutcome): void {
    const rule = backend.breaker;
    if (!rule) return;
    const failed = this.#fails(rule, outcome);
    if (!failed && rule.percentage === undefined) return;
    const now = this.#clock.now();
    let state = this.#breakers.get(backend.key);
    if (!state) {
      state = { calls: [], visibleAt: 0, openUntil: 0 };
      this.#breakers.set(backend.key, state);
    }
    const openFor = () => {
      const after = rule.acceptRetryAfter && "headers" in outcome ? retryAfterMs(outcome.headers, now) : undefined;
      return now + (after ?? rule.tripMs);
    };
    if (now < state.openUntil) {
      if (failed && this.#readings.openBreakerTakesLaterRetryAfter) state.openUntil = Math.max(state.openUntil, openFor());
      return;
    }
    state.calls.push({ at: now, failed });
    state.calls = state.calls.filter(({ at }) => at > now - rule.intervalMs);
    const failures = state.calls.filter((call) => call.failed).length;
    const trips =
      rule.percentage === undefined ? failures >= (rule.count ?? 1) : (100 * failures) / state.calls.length >= rule.percentage;
    if (!trips || !failed) return;
    state.calls = [];
    state.visibleAt = now + this.#readings.breakerVisibilityMs;
    state.openUntil = openFor();
  }

  #fails(rule: BreakerRule, outcome: CallOutcome): boolean {
    const within = (status: number) => rule.ranges.some(({ min, max }) => status >= min && status <= max);
    if ("status" in outcome) return within(outcome.status);
    if (!this.#readings.transportFailureTripsBreaker) return false;
    return rule.errorReasons.some((reason) => reason.toLowerCase() === outcome.error.toLowerCase()) || within(500);
  }
}

/** Retry-After in seconds or as a date, from now; undefined when absent or unreadable. The milliseconds variant is not a breaker's. */
function retryAfterMs(headers: HeaderList, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
