/**
 * What a run against the local Azure did, counted twice: on the wire by the gateway and in the logs of whoever answered.
 */
import type { Attempt } from "../sandbox/gateway/index.ts";
import type { EntranceLogEntry } from "../sandbox/network/index.ts";
import type { AccountLogEntry } from "../sandbox/openai/index.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { counted, grouped, table } from "./text.ts";

export interface RegionReport {
  /** Answered 200. */
  requests: number;
  /** Counted against the region's quota: prompt and `max_completion_tokens`, not what was really generated. */
  tokens: number;
  /** Answered 429. */
  throttled: number;
}

export interface Report {
  topology: string;
  /** Calls by the SDK. */
  requests: number;
  callerErrors: number;
  /** Calls by the gateway, those without an answer included. */
  attempts: number;
  /** 429s that a caller never saw. */
  throttledAbsorbed: number;
  /** Every region with an account, also one that served nothing. */
  regions: Record<string, RegionReport>;
  /** Requests that went through an entrance: it chose the account, or was told which. Absent where there is none. */
  entrance?: { balanced: number; steered: number };
}

/** One call by the SDK as its caller saw it. */
export interface CallerResult {
  /** 0: the connection failed or broke off. */
  status: number;
}

/** What is counted of a sandbox. */
export interface Counted {
  accounts: Pick<Sandbox["accounts"], "entries">;
  entrances: Pick<Sandbox["entrances"], "entries">;
  attempts: readonly Attempt[];
  store: Pick<Sandbox["store"], "list">;
}

/**
 * Counts a run.
 * @throws when the wire and the accounts disagree: then one of the two is wrong, and so would be the report
 */
export function countRun(
  topology: string,
  callers: readonly CallerResult[],
  { accounts, entrances, attempts, store }: Counted,
): Report {
  const own = accounts.entries();
  const passed = entrances.entries();
  const disagreements = disagreementsOf(attempts, passed, own);
  if (disagreements.length > 0)
    throw new Error(`the gateway's wire log and the logs of who answered disagree:\n- ${disagreements.join("\n- ")}`);

  const regions: Record<string, RegionReport> = {};
  const known = store.list("Microsoft.CognitiveServices/accounts").map(({ body }) => body.location ?? "");
  // Accounts come into being in parallel: by name, two runs read alike.
  for (const region of [...known, ...own.map((entry) => entry.region)].sort())
    regions[region] ??= { requests: 0, tokens: 0, throttled: 0 };
  for (const { region, status, tokens } of own) {
    const row = regions[region] as RegionReport;
    if (status === 200) row.requests++;
    if (status === 429) row.throttled++;
    row.tokens += tokens;
  }
  const throttled = own.filter(({ status }) => status === 429).length;
  const seenByCallers = callers.filter(({ status }) => status === 429).length;
  return {
    topology,
    requests: callers.length,
    callerErrors: callers.filter(({ status }) => status !== 200).length,
    attempts: attempts.length,
    throttledAbsorbed: Math.max(0, throttled - seenByCallers),
    regions,
    ...(passed.length > 0 && { entrance: waysThrough(passed) }),
  };
}

/** An entrance has one path for each account, `/r/<account>`; on every other it chooses. */
function waysThrough(passed: readonly EntranceLogEntry[]): NonNullable<Report["entrance"]> {
  const steered = passed.filter(({ path }) => path.startsWith("/r/")).length;
  return { balanced: passed.length - steered, steered };
}

/**
 * Every answer on the wire must be in the log of the host that was called, and the other way round, call by call; what an entrance passed on
 * must be in its account's log. Only a call that ended without an answer (a timeout, a reset, a caller who hung up) may leave an entry behind
 * whose answer nobody got; whether it does depends on how far it came.
 */
function disagreementsOf(
  attempts: readonly Attempt[],
  passed: readonly EntranceLogEntry[],
  entries: readonly AccountLogEntry[],
): string[] {
  const places = new Set([...attempts, ...passed, ...entries].map(({ host, callId }) => placeOf(host, callId)));
  for (const { origin, callId } of passed) if (origin !== undefined) places.add(placeOf(origin, callId));
  const asked = Map.groupBy(attempts, ({ host, callId }) => placeOf(host, callId));
  const onward = Map.groupBy(
    passed.filter(({ origin }) => origin !== undefined),
    ({ origin, callId }) => placeOf(origin ?? "", callId),
  );
  const answered = Map.groupBy([...passed, ...entries], ({ host, callId }) => placeOf(host, callId));
  // An entrance that answers by itself may have asked an account before, and so may one that was hung up on.
  const alone = Map.groupBy(
    passed.filter(({ origin }) => origin === undefined),
    ({ callId }) => callId,
  );

  const found: string[] = [];
  for (const place of places) {
    const host = place.slice(0, place.indexOf(" "));
    const callId = place.slice(host.length + 1);
    const sent = asked.get(place) ?? [];
    const heard = tally([
      ...sent.flatMap(({ status }) => (status === undefined ? [] : [status])),
      ...(onward.get(place) ?? []).map(({ status }) => status),
    ]);
    const said = tally((answered.get(place) ?? []).map(({ status }) => status));
    let unheard = sent.filter(({ status }) => status === undefined).length + (alone.get(callId)?.length ?? 0);
    for (const status of new Set([...heard.keys(), ...said.keys()])) {
      const [here, there] = [heard.get(status) ?? 0, said.get(status) ?? 0];
      const allowed = Math.max(0, Math.min(there - here, unheard));
      unheard -= allowed;
      if (here !== there - allowed)
        found.push(
          `${host}: call ${callId || "without id"} is HTTP ${status} ${here} times on the wire, ${there} times in its log`,
        );
    }
  }
  return found;
}

const placeOf = (host: string, callId = "") => `${host.toLowerCase()} ${callId}`;

function tally<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The report as a table for people. */
export function renderReport({ regions, requests, attempts, throttledAbsorbed, callerErrors, entrance }: Report): string {
  const rows = Object.entries(regions).map(([region, row]) => [
    region,
    grouped(row.requests),
    grouped(row.tokens),
    grouped(row.throttled),
  ]);
  return [
    table(["region", "calls served", "tokens of quota", "429s"], rows, [1, 2, 3]),
    `${counted(requests, "call")} in ${counted(attempts, "attempt")}: ${counted(throttledAbsorbed, "throttled answer")} absorbed by the gateway, ` +
      `${counted(callerErrors, "error")} seen by callers.`,
    ...(entrance
      ? [
          `Through the entrance: ${counted(entrance.balanced, "call")} that it balanced, ${grouped(entrance.steered)} steered to one account.`,
        ]
      : []),
  ].join("\n");
}
