/**
 * What an account may do, and what the caller must get then: read from the failure table, never from a run. The execution matrix and
 * docs/failure-matrix.md are made of it.
 */
import type { FaultSpec } from "../../sandbox/faults.ts";
import { DEFAULT_READINGS, type Readings } from "../../sandbox/gateway/index.ts";
import {
  ATTEMPT_TIMEOUT_SECONDS,
  type Failure,
  failures,
  MAX_RETRY_AFTER_SECONDS,
  TRIP_SECONDS,
} from "../../stacks/catalog/failures.ts";

export interface Row {
  /** What the account does, as a heading. */
  name: string;
  /** Makes the account at this place in the list, from 0, do so. "reset": its server resets the connection on the wire. */
  fault(member: number): FaultSpec | "reset";
  /** The error that the account answers with; its Retry-After in seconds and, when it sends milliseconds, the exact wait. */
  answers?: { status: number; code: string; retryAfter?(member: number): number; waitMs?(member: number): number };
  /** No answer, or one that breaks off. */
  fails?: "connection" | "timeout" | "cut";
}

/** Different for each member, so that the least can be told from the first and the last. */
const SECONDS = [42, 17, 55];
const seconds = (member: number) => SECONDS[member % SECONDS.length] as number;
const milliseconds = (member: number) => seconds(member) * 1000 - 600;
const DAY = 86_400;

const answers = (status: number, code: string, retryAfterSeconds?: number): Omit<Row, "name"> => ({
  fault: () => ({ kind: "status", status, code, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }),
  answers: { status, code, ...(retryAfterSeconds === undefined ? {} : { retryAfter: () => retryAfterSeconds }) },
});
const throttled = { status: 429, code: "RateLimitReached" };

// biome-ignore format: a table
export const rows: readonly Row[] = [
  { name: "400, refused by the content filter", fault: () => ({ kind: "contentFilter" }), answers: { status: 400, code: "content_filter" } },
  { name: "401, the role is not there yet", fault: () => ({ kind: "unauthorized" }), answers: { status: 401, code: "PermissionDenied" } },
  { name: "403, network rules or a missing role", ...answers(403, "PublicAccessDisabled") },
  { name: "403, the content filter", ...answers(403, "content_filter") },
  { name: "403, the content filter's older code", ...answers(403, "ResponsibleAIPolicyViolation") },
  { name: "404, `DeploymentNotFound`", fault: () => ({ kind: "deploymentMissing" }), answers: { status: 404, code: "DeploymentNotFound" } },
  { name: "404, anything else", ...answers(404, "NotFound") },
  { name: "408", ...answers(408, "Timeout") },
  { name: "409", ...answers(409, "Conflict") },
  { name: "409 with Retry-After 5", ...answers(409, "Conflict", 5) },
  { name: "413", ...answers(413, "RequestEntityTooLarge") },
  { name: "429 with Retry-After in seconds", fault: (i) => ({ kind: "throttled", retryAfterSeconds: seconds(i) }), answers: { ...throttled, retryAfter: seconds } },
  { name: "429 with retry-after-ms", fault: (i) => ({ kind: "throttled", retryAfterMs: milliseconds(i) }), answers: { ...throttled, code: "429", retryAfter: seconds, waitMs: milliseconds } },
  { name: "429 without Retry-After", fault: () => ({ kind: "throttled", none: true }), answers: throttled },
  { name: "429 with Retry-After of one day", fault: () => ({ kind: "throttled", oneDay: true }), answers: { ...throttled, retryAfter: () => DAY } },
  { name: "429 without x-ms-region", fault: (i) => ({ kind: "throttled", withoutRegionHeader: true, retryAfterSeconds: seconds(i) }), answers: { ...throttled, retryAfter: seconds } },
  { name: "499", ...answers(499, "ClientClosedRequest") },
  { name: "500", ...answers(500, "InternalServerError") },
  { name: "502", ...answers(502, "BadGateway") },
  { name: "503", ...answers(503, "ServiceUnavailable") },
  { name: "503 with Retry-After 30", ...answers(503, "ServiceUnavailable", 30) },
  { name: "504", ...answers(504, "GatewayTimeout") },
  { name: "its name does not resolve", fault: () => ({ kind: "dns" }), fails: "connection" },
  { name: "the TLS handshake fails", fault: () => ({ kind: "tls" }), fails: "connection" },
  { name: "the connection is refused", fault: () => ({ kind: "refused" }), fails: "connection" },
  { name: "the connection is reset", fault: () => "reset", fails: "connection" },
  { name: `no headers within ${ATTEMPT_TIMEOUT_SECONDS} s`, fault: () => ({ kind: "slow", ms: 400_000 }), fails: "timeout" },
  { name: "the answer breaks off in the middle", fault: () => ({ kind: "cut" }), fails: "cut" },
];

export interface ReadingCase {
  /** As the second half of "where ...". */
  name: string;
  readings: Partial<Readings>;
}

/** What is taken where Microsoft's documents are silent, then each other reading by itself. */
// biome-ignore format: a table
export const readingCases: readonly ReadingCase[] = [
  { name: "as documented best", readings: {} },
  { name: "a retry does not see that no answer came", readings: { retrySeesTransportFailure: false } },
  { name: "a call without an answer counts for the breaker", readings: { transportFailureTripsBreaker: true } },
  { name: "a v2 gateway ends every request after 30 s", readings: { v2CutsAt30s: true } },
  { name: "an exhausted pool is a response of 503 and not an error", readings: { poolExhaustedInRetry: "response" } },
  { name: "`context.LastError` is set in a retry's condition", readings: { lastErrorInRetry: true } },
  { name: "`context.Response` is old after a call without an answer", readings: { responseAfterError: "stale" } },
  { name: "`context.Response` is a 503 after a call without an answer", readings: { responseAfterError: "503" } },
  { name: "`context.Request.Url` is the pool's after a call without an answer", readings: { requestUrlAfterError: "unchanged" } },
  { name: "an open breaker is seen 0.2 s late", readings: { breakerVisibilityMs: 200 } },
  { name: "a stored cache value is seen 0.2 s late", readings: { cacheVisibilityMs: 200 } },
  { name: "an open breaker ignores a later Retry-After", readings: { openBreakerTakesLaterRetryAfter: false } },
  { name: "a pool draws its member by weight", readings: { poolSelection: "random" } },
];

/** Every combination of what a call without an answer, an exhausted pool and 30 s may mean. */
export const allReadings: readonly ReadingCase[] = [true, false].flatMap((retrySeesTransportFailure) =>
  [true, false].flatMap((transportFailureTripsBreaker) =>
    [true, false].flatMap((v2CutsAt30s) =>
      [true, false].flatMap((lastErrorInRetry) =>
        (["error", "response"] as const).flatMap((poolExhaustedInRetry) =>
          (["null", "stale", "503"] as const).map((responseAfterError) => {
            const readings = { retrySeesTransportFailure, transportFailureTripsBreaker, v2CutsAt30s, lastErrorInRetry, poolExhaustedInRetry, responseAfterError }; // biome-ignore format: a list
            return { name: JSON.stringify(readings), readings };
          }),
        ),
      ),
    ),
  ),
);

export interface Outcome {
  status: number;
  /** `error.code`; absent for an answer that is none. */
  code?: string;
  retryAfter?: string;
  /** Seconds that the message names. */
  wait?: number;
  /** The SDK is told not to come back. */
  noRetry?: true;
  /** The body breaks off. */
  cut?: true;
  /** Calls to members, each to another one. */
  attempts: number;
  /** Or so many. */
  atMost?: number;
  /** A member may be asked again: the pool gives it, alone in its priority, before its breaker is seen, or nobody knows that the pool gave it. */
  again?: true;
  /** Breakers of members that were called and failed are open afterwards, for so many seconds. */
  opens?: (member: number) => number;
}

export type Members = "one" | "all";

/**
 * @param members  "one": the member that is called first fails, whichever it is; "all": every one does
 * @param count    members of the pool
 */
export function expected(row: Row, members: Members, count: number, readings: Partial<Readings> = {}): Outcome {
  const reading = { ...DEFAULT_READINGS, ...readings };
  const once = { attempts: 1 };
  const served = { status: 200 };
  const outage = (wait: number) => ({ status: 503, code: "service_unavailable", ...waits(wait) });
  const opensFor = (row: Row) => (member: number) => row.answers?.retryAfter?.(member) ?? TRIP_SECONDS;

  if (row.fails === "cut") return { ...served, ...once, cut: true };
  if (row.fails === "timeout") {
    // The gateway's own limit ends the request before any policy can say anything.
    if (reading.v2CutsAt30s) return { status: 504, ...once };
    const opens = reading.transportFailureTripsBreaker ? { opens: opensFor(row) } : {};
    return { status: 504, code: "timeout", noRetry: true, ...once, ...opens };
  }
  if (row.fails === "connection") {
    const opens = reading.transportFailureTripsBreaker ? { opens: opensFor(row) } : {};
    if (!reading.retrySeesTransportFailure) return { ...outage(TRIP_SECONDS), ...once, ...opens };
    const attempts = members === "one" ? 2 : count;
    // Nobody can tell whom the pool chose, so it has its turn among the others once more.
    const more = reading.requestUrlAfterError === "unchanged" ? { atMost: attempts + 1, again: true as const } : {};
    return { ...(members === "one" ? served : outage(TRIP_SECONDS)), attempts, ...more, ...opens };
  }

  const { answers } = row;
  if (!answers) throw new Error(`${row.name}: a row says what the account answers or how it fails`);
  const failure = failureOf(answers);
  if (!failure?.retried) {
    const { retryAfter } = answers;
    return { status: answers.status, code: answers.code, ...(retryAfter ? { retryAfter: String(retryAfter(0)) } : {}), ...once };
  }
  const opens = failure.trips ? { opens: opensFor(row) } : {};
  if (members === "one") return { ...served, attempts: 2, ...opens };
  const wait = Math.ceil(Math.min(...Array.from({ length: count }, (_, i) => waitMs(row, i))) / 1000);
  const exhausted =
    failure.exhausted === "throttled" ? { status: 429, code: "rate_limit_exceeded", ...waits(wait) } : outage(wait);
  return { ...exhausted, attempts: count, ...opens };
}

/**
 * The same where an entrance balances: it is the first member, and the accounts one by one are the others. What it cannot reach it answers itself,
 * with a status that counts as a server's error. An account that fails may be called twice: by the entrance, and once by its own path.
 */
export function expectedBehind(row: Row, members: Members, count: number, readings: Partial<Readings> = {}): Outcome {
  const itself: Row = row.fails === "connection" ? { ...row, fails: undefined, answers: { status: 503, code: "" } } : row;
  const outcome = expected(itself, members, count, readings);
  if (outcome.attempts === 1) return outcome;
  const [least, most] = members === "one" ? [2, 3] : [count + 1, count + 1];
  return outcome.opens && readings.breakerVisibilityMs
    ? { ...outcome, attempts: least, atMost: most + 1, again: true }
    : { ...outcome, attempts: least, atMost: most };
}

/** The caller gets the account's own answer. */
export const passesOn = ({ answers }: Row, { status, code }: Pick<Outcome, "status" | "code">) =>
  answers?.status === status && answers.code === code;

const waitMs = ({ answers }: Row, member: number) =>
  answers?.waitMs?.(member) ?? (answers?.retryAfter?.(member) ?? TRIP_SECONDS) * 1000;
const waits = (wait: number) => ({ retryAfter: String(Math.min(wait, MAX_RETRY_AFTER_SECONDS)), wait });

function failureOf({ status, code }: { status: number; code: string }): Failure | undefined {
  const codeFits = ({ code: wanted }: Failure) =>
    !wanted || ("is" in wanted ? wanted.is.includes(code) : !wanted.isNot.includes(code));
  const statusFits = ({ status: wanted }: Failure) =>
    typeof wanted === "number" ? wanted === status : wanted[0] <= status && status <= wanted[1];
  return failures.find((failure) => statusFits(failure) && codeFits(failure));
}

/** Members in the examples of the page. */
const MEMBERS = SECONDS.length;

/** docs/failure-matrix.md */
export function failurePage(): string {
  const table = (heads: string[], lines: string[][]) =>
    [heads, heads.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`);
  const lines = rows.map((row) => {
    const [one, all] = [expected(row, "one", MEMBERS), expected(row, "all", MEMBERS)];
    return [row.name, told(one, row), told(all, row), breaker(one, row)];
  });
  const others = readingCases.slice(1).map(({ name, readings }) => {
    const changes = rows.flatMap((row) =>
      (["one", "all"] as const).flatMap((members) => {
        const [usual, other] = [{}, readings].map((reading) => {
          const outcome = expected(row, members, MEMBERS, reading);
          return `${told(outcome, row)}; ${breaker(outcome, row)}`;
        });
        return usual === other ? [] : [{ row: row.name, members, other }];
      }),
    );
    const groups = Map.groupBy(changes, ({ members, other }) => `${members === "one" ? "one member" : "all members"}: ${other}`);
    const text = [...groups].map(([change, of]) => `${namesOf(of.map(({ row }) => row))}: ${change}`).join("<br>");
    return [name, text === "" ? "nothing changes" : text];
  });
  return `# What happens when an account fails

For each thing an account can do: what the caller gets when one member of the pool does it and the others serve, and when all ${MEMBERS} do. The page is made
from the failure table (\`stacks/catalog/failures.ts\`) by \`tests/support/failure-matrix.ts\`. \`tests/execution-matrix.test.ts\` runs each line over real HTTP, plain and
streaming, in both API styles and under every reading below, with the official OpenAI SDK as the caller.

"Calls" are calls to accounts for one request of a caller, each to another account. Errors have OpenAI's shape; those that pass on are the account's own, word for word. In the lines with
different waits the members ask for ${SECONDS.join(", ")} s, and the caller is told the least. \`Retry-After\` is at most ${MAX_RETRY_AFTER_SECONDS} s, because the official SDK ignores more; the
message names the true wait. Without one, a member is left alone for ${TRIP_SECONDS} s. Streaming makes no difference: a retry is decided by status and headers, before the first token.

${table(["the account", "one member", "all members", "breaker of that member"], lines).join("\n")}

A request that took its ${ATTEMPT_TIMEOUT_SECONDS} s is not repeated, because it was billed; \`x-should-retry: false\` tells the SDK the same. An answer that breaks off has begun to reach the caller,
so nobody can take it back: the SDK throws, and the caller decides. A plain answer whose tokens the gateway counts is read before it is sent: then the caller's connection
closes without a status.

## Behind an entrance

Where Application Gateway or Front Door balances, the entrance is a member of its own: the first, with the accounts one by one after it. The lines hold with one call more: an account
that fails is called by the entrance and perhaps once more by its own path; when all fail, the entrance and each account have been asked once. An account that
it cannot reach makes the entrance answer with 502 or 503 itself, which opens its breaker for ${TRIP_SECONDS} s. Calls that stream go past Front Door, straight to the accounts.

## Where Microsoft's documents leave it open

The table holds for the reading that is documented best. Under each other reading of the gateway this changes, and nothing else:

${table(["where", "instead"], others).join("\n")}
`;
}

/** Names of rows; all that get no connection as one. */
function namesOf(names: readonly string[]): string {
  const unconnected = rows.filter(({ fails }) => fails === "connection").map(({ name }) => name);
  if (!unconnected.every((name) => names.includes(name))) return names.join("; ");
  return ["no connection (name, TLS, refused, reset)", ...names.filter((name) => !unconnected.includes(name))].join("; ");
}

function told({ status, code, retryAfter, wait, noRetry, cut, attempts, atMost }: Outcome, row: Row): string {
  const passes = passesOn(row, { status, code });
  const what = passes
    ? `${status} passes on`
    : status === 200
      ? "served"
      : code
        ? `${status} \`${code}\``
        : `${status} from the gateway itself`;
  const more = [
    cut && "then the break",
    retryAfter !== undefined &&
      `Retry-After ${retryAfter}${wait !== undefined && String(wait) !== retryAfter ? ` (${wait} in the message)` : ""}`,
    noRetry && "x-should-retry: false",
    `${attempts}${atMost ? ` or ${atMost}` : ""} call${attempts === 1 ? "" : "s"}`,
  ];
  return [what, ...more.filter(Boolean)].join(", ");
}

function breaker({ opens }: Outcome, { answers }: Row): string {
  if (!opens) return "stays closed";
  return answers?.retryAfter ? `opens for its Retry-After` : `opens for ${opens(0)} s`;
}
