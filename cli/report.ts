/**
 * What a run against the local Azure did, counted twice: on the wire by the gateway and in the accounts' own logs.
 */
import type { Attempt } from "../sandbox/gateway/index.ts";
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
  /** Calls by the gateway to accounts, those without an answer included. */
  attempts: number;
  /** 429s that a caller never saw. */
  throttledAbsorbed: number;
  /** Every region with an account, also one that served nothing. */
  regions: Record<string, RegionReport>;
}

/** One call by the SDK as its caller saw it. */
export interface CallerResult {
  /** 0: the connection failed or broke off. */
  status: number;
}

/** What is counted of a sandbox. */
export interface Counted {
  accounts: Pick<Sandbox["accounts"], "entries">;
  attempts: readonly Attempt[];
  store: Pick<Sandbox["store"], "list">;
}

/**
 * Counts a run.
 * @throws when the wire and the accounts disagree: then one of the two is wrong, and so would be the report
 */
export function countRun(topology: string, callers: readonly CallerResult[], { accounts, attempts, store }: Counted): Report {
  const own = accounts.entries();
  const disagreements = disagreementsOf(attempts, own);
  if (disagreements.length > 0)
    throw new Error(`the gateway's wire log and the accounts' logs disagree:\n- ${disagreements.join("\n- ")}`);

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
  };
}

/**
 * Every answer on the wire must be in its account's log, and the other way round. Only an attempt that ended without an answer (a timeout, a
 * reset, a caller who hung up) may leave an entry behind whose answer nobody got; whether it does depends on how far it came.
 */
function disagreementsOf(attempts: readonly Attempt[], entries: readonly AccountLogEntry[]): string[] {
  const found: string[] = [];
  const byId = new Map(attempts.map((attempt) => [attempt.callId, attempt]));
  for (const { callId, host, status } of entries) {
    const attempt = callId === undefined ? undefined : byId.get(callId);
    if (attempt?.status !== undefined && attempt.status !== status) {
      found.push(`${host}: call ${callId} is HTTP ${attempt.status} on the wire, HTTP ${status} in the account's log`);
    }
  }
  for (const host of new Set([...attempts, ...entries].map((one) => one.host))) {
    const onWire = tally(attempts.flatMap((a) => (a.host === host && a.status !== undefined ? [a.status] : [])));
    const inLog = tally(entries.filter((e) => e.host === host).map((e) => e.status));
    let unheard = attempts.filter((a) => a.host === host && a.status === undefined).length;
    for (const status of new Set([...onWire.keys(), ...inLog.keys()])) {
      const [seen, said] = [onWire.get(status) ?? 0, inLog.get(status) ?? 0];
      const allowed = Math.max(0, Math.min(said - seen, unheard));
      unheard -= allowed;
      if (seen !== said - allowed)
        found.push(`${host}: HTTP ${status} ${seen} times on the wire, ${said} times in the account's log`);
    }
  }
  return found;
}

function tally<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The report as a table for people. */
export function renderReport({ regions, requests, attempts, throttledAbsorbed, callerErrors }: Report): string {
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
  ].join("\n");
}
