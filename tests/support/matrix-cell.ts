/**
 * One cell of the execution matrix: an account fails, one request is made, and all that can be seen is compared with what is expected.
 */
import OpenAI from "openai";
import { expect } from "vitest";
import type { Readings } from "../../sandbox/gateway/index.ts";
import { ATTEMPT_TIMEOUT_SECONDS } from "../../stacks/catalog/failures.ts";
import type { Deployed } from "./deployed-in-process.ts";
import { expected, expectedBehind, type Members, type Outcome, passesOn, type Row } from "./failure-matrix.ts";

/** After so long every breaker is closed again and nothing is remembered. */
const FORGOTTEN_MS = 3 * 86_400_000;
/** Behind an entrance, whose probes go on all the time, nothing is waited for longer; seconds. */
const PATIENCE = 3600;
/** Longer than any breaker is unseen, shorter than any wait; seconds. */
const SETTLED = 0.5;

export interface Cell {
  row: Row;
  members: Members;
  stream: boolean;
  style: "v1" | "deployments";
  readings: Partial<Readings>;
}

interface Seen {
  /** Absent when the connection broke before the headers. */
  status: number | undefined;
  headers: Headers;
  error?: { code: string; message: string; type: string; param: unknown };
  text?: string;
  cut?: true;
}

/** One chat through the SDK, and what came over the wire. */
async function call(azure: Deployed, { style, stream }: Pick<Cell, "style" | "stream">): Promise<Seen> {
  let response: Response | undefined;
  const sdk = azure[style](async (url, init) => {
    response = await fetch(url, init);
    return response;
  });
  const request = { model: "chat", messages: [{ role: "user" as const, content: "hello" }] };
  const seen = (more: Partial<Seen>): Seen => ({
    status: response?.status,
    headers: response?.headers ?? new Headers(),
    ...more,
  });
  let text = "";
  try {
    if (!stream) return seen({ text: (await sdk.chat.completions.create(request)).choices[0]?.message.content ?? "" });
    for await (const { choices } of await sdk.chat.completions.create({ ...request, stream }))
      text += choices[0]?.delta.content ?? "";
    return seen({ text });
  } catch (error) {
    if (error instanceof OpenAI.APIError && error.status !== undefined) return seen({ error: error.error as Seen["error"] });
    return seen({ text, cut: true });
  }
}

/** Makes the members fail, calls once, and compares with what the table says; then looks which breakers are open, and until when. */
export async function runCell(azure: Deployed, cell: Cell): Promise<void> {
  const { row, members, stream, style, readings } = cell;
  const behind = azure.entrance !== undefined && !(stream && azure.streamsApart);
  const outcome = (behind ? expectedBehind : expected)(row, members, azure.hosts.length, readings);
  azure.use(readings);
  const fail = (host: string) => {
    const fault = row.fault(azure.hosts.indexOf(host));
    if (fault === "reset") azure.resetting.add(host);
    // Probes of an entrance go on while time passes, and find the account well.
    else azure.faults.set({ ...fault, host, ...(row.fails === "timeout" && { deployment: "chat" }) });
  };
  let first: string | undefined;
  azure.onConnect = (host) => {
    if (first === undefined && members === "one") fail(host);
    first ??= host;
  };
  // Once the account has the request and all that is due now is done, time passes until somebody gives up.
  azure.onReceive =
    row.fails === "timeout" ? () => setImmediate(() => azure.clock.advance((ATTEMPT_TIMEOUT_SECONDS + 1) * 1000)) : undefined;
  if (members === "all") azure.hosts.forEach(fail);
  azure.attempts.length = 0;
  const seen = await call(azure, { style, stream });
  azure.onConnect = azure.onReceive = undefined;
  azure.faults.clearAll();
  azure.resetting.clear();

  const called = azure.attempts.map(azure.placeOf);
  check(seen, outcome, cell, called);
  if (members === "one" && outcome.attempts > 1) expect(azure.attempts.at(-1)?.status).toBe(200);

  const failed = members === "one" && outcome.attempts > 1 ? called.slice(0, -1) : [...new Set(called)];
  const accountAt = (place: string) => azure.hosts.findIndex((host) => host === place || host === azure.hostAt(place));
  // The entrance has the wait of the account that it chose.
  const opens =
    outcome.opens &&
    ((place: string) => outcome.opens?.(accountAt(place) >= 0 ? accountAt(place) : azure.hosts.indexOf(first ?? "")) ?? 0);
  // A second answer of the entrance may be another account's, with a wait of its own.
  if (!outcome.again) await breakers(azure, failed, opens, { readings, stream: stream && azure.streamsApart, behind });
  if (azure.entrance === undefined) await azure.clock.advance(FORGOTTEN_MS);
  else azure.forget();
}

function check(seen: Seen, outcome: Outcome, { row, stream }: Cell, called: readonly string[]) {
  const { headers, error } = seen;
  // A gateway that counts an answer's tokens reads it before it sends the headers: then nothing at all arrives.
  const status = outcome.cut && !stream ? (seen.status ?? outcome.status) : seen.status;
  expect({
    status,
    code: error?.code,
    retryAfter: headers.get("retry-after") ?? undefined,
    noRetry: headers.get("x-should-retry") === "false" || undefined,
    cut: seen.cut,
  }).toEqual({
    status: outcome.status,
    code: outcome.code,
    retryAfter: outcome.retryAfter,
    noRetry: outcome.noRetry,
    cut: outcome.cut,
  });
  if (status === 200 && (stream || !seen.cut)) expect(seen.text).not.toBe("");
  if (outcome.wait !== undefined) expect(error?.message).toContain(` in ${outcome.wait} s.`);
  const own = error && outcome.code !== undefined && !passesOn(row, outcome);
  // What passes on is the account's; what the gateway itself ends has not our shape.
  if (own) expect(error).toEqual({ message: expect.any(String), type: expect.any(String), param: null, code: outcome.code });
  expect(called.length).toBeGreaterThanOrEqual(outcome.attempts);
  expect(called.length).toBeLessThanOrEqual(outcome.atMost ?? outcome.attempts);
  expect(new Set(called).size, "no member is asked twice").toBeGreaterThanOrEqual(called.length - (outcome.again ? 1 : 0));
}

interface Pool {
  readings: Partial<Readings>;
  /** The pool for calls that stream. */
  stream: boolean;
  /** The entrance comes first, and the accounts only while its breaker is open. */
  behind: boolean;
}

/** A member whose breaker is open gets nothing of the pool's next requests. */
async function breakers(
  azure: Deployed,
  failed: readonly string[],
  opens: ((place: string) => number) | undefined,
  { readings, stream, behind }: Pool,
) {
  const places = behind ? [azure.entrance ?? "", ...azure.hosts.map(azure.steered)] : azure.hosts;
  const requests = (readings.poolSelection === "random" ? 8 : 2) * places.length;
  const until = new Map(failed.map((place) => [place, opens?.(place) ?? 0]));
  const times = [...new Set([0, ...until.values()])]
    .sort((a, b) => a - b)
    .flatMap((second) => [second - SETTLED, second + SETTLED]);
  let now = 0;
  for (const time of times.filter((t) => t > 0 && (azure.entrance === undefined || t < PATIENCE))) {
    await azure.clock.advance((time - now) * 1000);
    now = time;
    const closed = places.filter((place) => (until.get(place) ?? 0) < time);
    const used = behind && closed[0] === azure.entrance ? closed.slice(0, 1) : closed;
    expect([...(await azure.given(requests, stream))].sort(), `members in use after ${time} s`).toEqual(used.sort());
  }
}
