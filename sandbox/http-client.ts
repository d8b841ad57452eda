/**
 * Sends requests over real HTTP to 127.0.0.1, to the port that the network knows for their host.
 */
import { Agent, type ClientRequest, type IncomingMessage, request as send } from "node:http";
import { type Connection, HeaderList, type HttpRequest, type HttpResponse, TransportError } from "./http.ts";
import { CONNECTION_HEADER, connectionField, endToEnd, pairs } from "./http-server.ts";
import type { TlsChecks } from "./network/certificates.ts";
import type { Place } from "./network/data-plane.ts";
import type { Network } from "./network/resolve.ts";

/** Longest wait that a timer holds, and more than anybody waits. */
const LONGEST_MS = 86_400_000;

/** Bodies up to this length are read at once, so that a caller who drops the response does not hold its connection. */
const READ_AT_ONCE = 256 * 1024;

export interface SendOptions {
  /** Sandbox milliseconds until the response headers must be there. */
  timeoutMs: number;
  /** What is left out of the checks of the server's certificate. Default: nothing. */
  tls?: TlsChecks;
  /** Host to connect to, where it is not the one that the request names. */
  dial?: string;
}

/**
 * Resolves when the response headers are there; the body streams.
 * @throws  TransportError; `request.signal.reason` when the caller hung up
 */
export type Client = (request: HttpRequest, options: SendOptions) => Promise<HttpResponse>;

/** The client of each place, all on the same connections. */
export function httpClients(network: Network): (from: Place) => Client {
  const agent = new Agent({ keepAlive: true });
  return (from) => httpClient(network, from, agent);
}

/** @param from  default: the internet */
export function httpClient(network: Network, from: Place = {}, agent = new Agent({ keepAlive: true })): Client {
  return async (request, { timeoutMs, tls, dial }) => {
    const { signal, url } = request;
    signal?.throwIfAborted();
    const host = url.hostname;
    const isPlain = url.protocol === "http:";
    const destination = network.resolve(dial ?? host, from, {
      port: Number(url.port || (isPlain ? 80 : 443)),
      ...(!isPlain && { tls: { serverName: host, ...tls } }),
    });

    const answered = new AbortController();
    const stop = signal ? AbortSignal.any([signal, answered.signal]) : answered.signal;
    const late = network.clock.sleep(Math.min(timeoutMs, LONGEST_MS), stop).then(() => {
      throw new TransportError("timeout", `${host} sent no response headers within ${timeoutMs / 1000} s`);
    });
    // Nobody waits for it once the headers are there.
    late.catch(() => {});
    if (destination.silent) return await late;
    if (destination.unreachable) {
      const { why, afterMs } = destination.unreachable;
      const givenUp = network.clock.sleep(afterMs, stop).then(() => {
        throw new TransportError("unreachable", `no connection within ${afterMs / 1000} s to ${why}`);
      });
      givenUp.catch(() => {});
      return await Promise.race([givenUp, late]).finally(() => answered.abort());
    }

    const call = send({
      agent,
      host: "127.0.0.1",
      port: destination.port,
      method: request.method,
      path: `${request.url.pathname}${request.url.search}`,
      setHost: false,
      headers: wireHeaders(request, destination.connection).flat(),
    });
    // A reset, so that the other side does not take it for the end of this one's words.
    const abort = () => {
      call.socket?.resetAndDestroy();
      call.destroy();
    };
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const message = await Promise.race([headersOf(call, request.body), late]);
      return toResponse(message, host, signal);
    } catch (error) {
      abort();
      signal?.throwIfAborted();
      throw transportError(error, host);
    } finally {
      answered.abort();
      signal?.removeEventListener("abort", abort);
    }
  };
}

function wireHeaders(request: HttpRequest, connection: Connection | undefined): [string, string][] {
  const own = new Set(["host", "content-length", "expect", CONNECTION_HEADER]);
  const fields = endToEnd(request.headers.fields).filter(([name]) => !own.has(name.toLowerCase()));
  const bodiless = request.body.length === 0 && ["GET", "HEAD", "DELETE", "OPTIONS"].includes(request.method.toUpperCase());
  return [
    ["Host", request.url.host],
    ...fields,
    ...(connection ? [connectionField(connection)] : []),
    ...(bodiless ? [] : [["Content-Length", String(request.body.length)] as [string, string]]),
  ];
}

function headersOf(call: ClientRequest, body: Uint8Array): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    call.once("response", resolve);
    // Stays for errors after the headers, which the body reports.
    call.on("error", reject);
    call.end(body);
  });
}

function toResponse(message: IncomingMessage, host: string, signal: AbortSignal | undefined): HttpResponse {
  // Once all has come, the connection may be another call's.
  const abort = () => (message.complete ? message.destroy() : message.socket.resetAndDestroy());
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  message.once("close", () => signal?.removeEventListener("abort", abort));

  const status = message.statusCode ?? 0;
  const headers = new HeaderList(endToEnd(pairs(message.rawHeaders)));
  const body = bodyOf(message, host, signal);
  if (Number(headers.get("content-length") ?? Number.POSITIVE_INFINITY) > READ_AT_ONCE) return { status, headers, body };
  const whole = collect(body);
  whole.catch(() => {});
  return { status, headers, body: later(whole) };
}

async function* bodyOf(message: IncomingMessage, host: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of message) yield chunk as Buffer;
  } catch (error) {
    signal?.throwIfAborted();
    throw transportError(error, host);
  }
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks;
}

async function* later(chunks: Promise<Uint8Array[]>): AsyncGenerator<Uint8Array> {
  yield* await chunks;
}

/** Node's error codes by how far the attempt got. */
function transportError(error: unknown, host: string): TransportError {
  if (error instanceof TransportError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  const kind: TransportError["kind"] =
    code === "ENOTFOUND" || code === "EAI_AGAIN"
      ? "dns"
      : code === "ECONNREFUSED"
        ? "refused"
        : code === "ETIMEDOUT"
          ? "timeout"
          : code === "EPROTO" || code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL") || code.includes("CERT")
            ? "tls"
            : "reset";
  return new TransportError(kind, `${host}: ${message}`);
}
