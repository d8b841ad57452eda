/**
 * What a run against the local Azure did, counted twice: on the wire by the gateway and in the accounts' own logs.
 */
import Table from "cli-table3";
import type { Sandbox } from "../sandbox/sandbox.ts";

export interface RegionReport {
  requests: number;
  tokens: number;
  throttled: number;
}

export interface Report {
  topology: string;
  /** Calls by the SDK. */
  requests: number;
  callerErrors: number;
  /** Calls by the gateway to accounts. */
  attempts: number;
  /** 429s that a caller never saw. */
  throttledAbsorbed: number;
  regions: Record<string, RegionReport>;
}

/** One call by the SDK as its caller saw it. */
export interface CallerResult {
  status: number;
}

/**
 * Counts a run.
 * @throws when the wire and the accounts disagree: then one of the two is wrong, and so would be the report
 */
export function countRun(topology: string, callers: readonly CallerResult[], sandbox: Sandbox): Report {
  const own = sandbox.accounts.entries();
  const wire = sandbox.attempts.filter(({ status }) => status !== undefined);
  const disagreements: string[] = [];
  const regions: Record<string, RegionReport> = {};
  for (const host of new Set([...own.map((e) => e.host), ...wire.map((a) => a.host)])) {
    const seen = tally(wire.filter((a) => a.host === host).map((a) => a.status ?? 0));
    const said = tally(own.filter((e) => e.host === host).map((e) => e.status));
    for (const status of new Set([...seen.keys(), ...said.keys()])) {
      if (seen.get(status) !== said.get(status)) {
        disagreements.push(`${host}: HTTP ${status} ${seen.get(status) ?? 0} times on the wire, ${said.get(status) ?? 0} times in the account's log`);
      }
    }
  }
  if (disagreements.length > 0) throw new Error(`the gateway's wire log and the accounts' logs disagree:\n- ${disagreements.join("\n- ")}`);
  for (const entry of own) {
    regions[entry.region] ??= { requests: 0, tokens: 0, throttled: 0 };
    const row = regions[entry.region] as RegionReport;
    if (entry.status === 200) row.requests++;
    if (entry.status === 429) row.throttled++;
    row.tokens += entry.tokens;
  }
  const callerErrors = callers.filter(({ status }) => status !== 200).length;
  const callers429 = callers.filter(({ status }) => status === 429).length;
  const throttled = own.filter(({ status }) => status === 429).length;
  return {
    topology,
    requests: callers.length,
    callerErrors,
    attempts: wire.length,
    throttledAbsorbed: Math.max(0, throttled - callers429),
    regions,
  };
}

function tally(statuses: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

/** The report as a table for people. */
export function renderReport(report: Report): string {
  const table = new Table({
    head: ["region", "requests served", "tokens", "429s absorbed"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  const number = new Intl.NumberFormat("en-US");
  for (const [region, row] of Object.entries(report.regions)) {
    table.push([region, number.format(row.requests), number.format(row.tokens), number.format(row.throttled)]);
  }
  return [
    table.toString(),
    `${number.format(report.requests)} calls, ${number.format(report.attempts)} attempts, ${number.format(report.throttledAbsorbed)} throttled answers absorbed, ` +
      `${number.format(report.callerErrors)} errors seen by callers`,
  ].join("\n");
}
