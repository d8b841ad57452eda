/**
 * Calls of the probe, exactly as they are written down: `fetch` would add headers of its own, which some questions count.
 */
import { Agent, type IncomingHttpHeaders, request as plain } from "node:http";
import { Agent as SecureAgent, request as secure } from "node:https";
import type { Asker, Reply, Sent } from "./question.ts";

/** Longer than anything that is asked for. */
const MOST_MS = 300_000;
/** Beside others: first connections of a new service fail now and then. */
const TRIES = 3;

export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Rejects when it is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Gateway {
  url: string;
  key: string;
}

/** @param signal  aborted: it asks nothing more, and waits for nothing */
export function askerOf({ url, key: right }: Gateway, clock: Clock, once: string, signal?: AbortSignal): Asker {
  const agent = url.startsWith("https:") ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  return {
    once,
    now: () => clock.now(),
    wait: (ms) => clock.wait(ms, signal),
    async call(api, { path = "/ask", key = right, ...sent } = {}) {
      // A key in a query is asked for by its place.
      const target = new URL(`${url}/${api}${path.replace("=KEY", `=${right}`)}`);
      const headers = { ...sent.headers, ...(key !== null && { "api-key": key }) };
      for (let tried = 1; ; tried++) {
        signal?.throwIfAborted();
        const begun = clock.now();
        try {
          const answer = await send(target, { ...sent, headers }, agent, signal);
          return { ...answer, report: objectIn(answer.text), begun, ended: clock.now() };
        } catch (error) {
          if (tried >= TRIES) throw error;
        }
      }
    },
  };
}

function send(
  target: URL,
  { method = "POST", headers = {}, body = "", chunked = false }: Sent,
  agent: Agent | SecureAgent,
  signal: AbortSignal | undefined,
): Promise<Pick<Reply, "status" | "headers" | "text">> {
  return new Promise((resolve, reject) => {
    const length = method === "GET" || chunked ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
    const options = { method, agent, headers: { ...headers, ...length }, timeout: MOST_MS, signal };
    const call = (target.protocol === "https:" ? secure : plain)(target, options, (message) => {
      const pieces: Buffer[] = [];
      message.on("data", (piece: Buffer) => pieces.push(piece));
      message.on("error", reject);
      message.on("end", () =>
        resolve({
          status: message.statusCode ?? 0,
          headers: flat(message.headers),
          text: Buffer.concat(pieces).toString("utf8"),
        }),
      );
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${MOST_MS / 1000} s`)));
    call.on("error", reject);
    if (chunked) for (let at = 0; at < body.length; at += 65_536) call.write(body.slice(at, at + 65_536));
    else if (method !== "GET") call.write(body);
    call.end();
  });
}

const flat = (headers: IncomingHttpHeaders): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]));

function objectIn(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}
