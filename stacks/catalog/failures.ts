/**
 * The failure table: what an account's answer means for the member that gave it, and what the caller gets.
 * Circuit breakers, the retry condition, the tests and the docs are all derived from these rows.
 */

/** Seconds a member is left alone when its answer carries no Retry-After. Short: some 429s carry none, and a day is an alert, not a plan. */
export const TRIP_SECONDS = 10;
/** The official OpenAI SDK ignores Retry-After above 60 s and comes back after 0.4 s, so callers never see more. */
export const MAX_RETRY_AFTER_SECONDS = 60;
/** Seconds to response headers; above 240 s the load balancer in front of the gateway may cut first. */
export const ATTEMPT_TIMEOUT_SECONDS = 230;

export interface Failure {
  /** Short identifier, unique in the table. */
  name: string;
  /** HTTP status, or a range of statuses. */
  status: number | readonly [from: number, to: number];
  /** Only answers whose `error.code` is (or is not) one of these count; absent: every answer with the status. */
  code?: { is: readonly string[] } | { isNot: readonly string[] };
  /** The circuit breaker of the member opens. Only a status can trip: a breaker does not see bodies. */
  trips: boolean;
  /** Another member is tried before the caller sees anything. */
  retried: boolean;
  /** When no member is left: "throttled" gives 429, "outage" gives 503, both with Retry-After; "answer" passes the answer on. */
  exhausted: "throttled" | "outage" | "answer";
  why: string;
}

const CONTENT_FILTER = ["content_filter", "ResponsibleAIPolicyViolation", "content_policy_violation"] as const;

export const failures: readonly Failure[] = [
  {
    name: "throttled",
    status: 429,
    trips: true,
    retried: true,
    exhausted: "throttled",
    why: "The quota of this region and model is used up for now; others may have room.",
  },
  {
    name: "request-timeout",
    status: 408,
    trips: true,
    retried: true,
    exhausted: "outage",
    why: "The service gave up on the request.",
  },
  { name: "server-error", status: [500, 599], trips: true, retried: true, exhausted: "outage", why: "The region is in trouble." },
  {
    name: "unauthorized",
    status: 401,
    trips: true,
    retried: true,
    exhausted: "outage",
    why: "The token is the gateway's own: a new role assignment takes minutes to reach a region. No caller can cause it.",
  },
  {
    name: "forbidden",
    status: 403,
    code: { isNot: CONTENT_FILTER },
    trips: false,
    retried: true,
    exhausted: "outage",
    why: "Network rules or a role not there yet. Does not trip: a breaker cannot tell it from a content filter, which callers can cause.",
  },
  {
    name: "content-filter",
    status: 403,
    code: { is: CONTENT_FILTER },
    trips: false,
    retried: false,
    exhausted: "answer",
    why: "About the prompt, the same everywhere.",
  },
  {
    name: "deployment-missing",
    status: 404,
    code: { is: ["DeploymentNotFound"] },
    trips: false,
    retried: true,
    exhausted: "outage",
    why: "A fresh deployment is not there at once. Does not trip: a wrong path is also 404 and is the caller's.",
  },
];
