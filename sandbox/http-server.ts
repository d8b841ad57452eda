/**
 * A Handler behind real HTTP on 127.0.0.1, with the manners of a front end on the internet: RFC 9110 and 9112.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { whenCallerIsGone } from "./half-closed.ts";
import {
  type ArrivingRequest,
  type Connection,
  type Handler,
  HeaderList,
  type HttpResponse,
  TransportError,
  whole,
} from "./http.ts";

export interface HttpServer {
  port: number;
  /** Stops listening and ends every connection, those with a request under way included. */
  close(): Promise<void>;
}

export interface ServeOptions {
  /** 0 or absent: a free one. */
  port?: number;
  /** Speaks HTTPS with the certificate in this PKCS #12 file, and no plain HTTP. */
  tls?: { pfx: Buffer; passphrase: string };
  /** Wall milliseconds after which a connection without a request is closed. Absent: it stays. */
  idleMs?: number;
}

/** A caller has so long for the head of a request; ms. */
const HEAD_TIMEOUT_MS = 60_000;
/** What is left of a refused request's body is taken and dropped up to this size, so that its connection can be used again. */
const DROPPED_BYTES = 64 * 1024;
/** Of a longer body so much time is left for the caller to find the answer before its connection is cut: RFC 9112 section 9.6; ms. */
const LINGER_MS = 30_000;

const NO_TUNNEL = "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/** Fields about one connection, never passed on: RFC 9110 section 7.6.1. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Carries what a server would learn from the connection itself, if not everything were on 127.0.0.1. No handler sees it. */
export const CONNECTION_HEADER = "x-sandbox-connection";
/** Known to this process alone: what a caller writes under that name is not believed. */
const PROOF = randomBytes(24).toString("base64url");

export const connectionField = (connection: Connection): [string, string] => [
  CONNECTION_HEADER,
  `${PROOF} ${JSON.stringify(connection)}`,
];

/** The fields that travel end to end. */
export function endToEnd(fields: Iterable<readonly [string, string]>): [string, string][] {
  const all = Array.from(fields, ([name, value]): [string, string] => [name, value]);
  const named = new Set(
    all.filter(([name]) => name.toLowerCase() === "connection").flatMap(([, value]) => value.toLowerCase().split(/\s*,\s*/)),
  );
  return all.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()) && !named.has(name.toLowerCase()));
}

/** Node's flat list of names and values as pairs. */
export function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) result.push([flat[i] as string, flat[i + 1] as string]);
  return result;
}

/** Listens on 127.0.0.1; the handler gets each request once its body is there. The rest as `serveArriving`. */
export function serve(handler: Handler, options: ServeOptions = {}): Promise<HttpServer> {
  return serveArriving(async (request) => handler({ ...request, body: await request.body() }), options);
}

/**
 * Listens on 127.0.0.1. The handler gets each request as soon as its head is there, and may answer without the body.
 *
 * The body of a response is written piece by piece as fast as the peer reads. A peer that hangs up aborts `request.signal`; one that only
 * ends its own side of the connection still gets its answer. A handler that throws TransportError resets the connection; any other error is
 * 500 and a line on stderr.
 */
export async function serveArriving(
  handler: (request: ArrivingRequest) => Promise<HttpResponse>,
  { port = 0, tls, idleMs = 0 }: ServeOptions = {},
): Promise<HttpServer> {
  // Unless told otherwise idle connections stay: a server that closes one while the client reuses it looks like a reset that nobody asked for.
  const settings = { keepAliveTimeout: idleMs, requestTimeout: 0, headersTimeout: HEAD_TIMEOUT_MS };
  const server = tls ? createTlsServer({ ...settings, ...tls, allowHalfOpen: true }) : createServer(settings);
  // Node's own switch for callers that end their side; without it they get no answer.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  server.on("request", (message, reply) => void answer(handler, message, reply));
  // The caller sends the body when it is asked for it.
  server.on("checkContinue", (message, reply) => void answer(handler, message, reply, true));
  // No proxy; Node would hang up without a word.
  server.on("connect", (_message, socket) => {
    // Nobody else closes it: it is no longer one of the server's connections.
    socket.on("error", () => undefined).end(NO_TUNNEL, () => socket.destroy());
  });
  // The server knows a connection when TLS stands; a caller that does not trust the certificate leaves one that waits for two minutes.
  const connections = new Set<Socket>();
  if (tls)
    server.on("connection", (socket) => {
      connections.add(socket);
      socket.once("close", () => connections.delete(socket));
    });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, port)));
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of connections) socket.destroy();
      }),
  };
}

function listenError(error: NodeJS.ErrnoException, port: number): Error {
  const other = "choose another port (--port 0 takes any free one)";
  if (error.code === "EADDRINUSE") return new Error(`port ${port} on 127.0.0.1 is taken: stop what listens there, or ${other}`);
  if (error.code === "EACCES") return new Error(`port ${port} on 127.0.0.1 may not be opened by this user: ${other}`);
  return error;
}

class HungUp extends Error {}

async function answer(
  handler: (request: ArrivingRequest) => Promise<HttpResponse>,
  message: IncomingMessage,
  reply: ServerResponse,
  waitsForContinue = false,
): Promise<void> {
  const hangUp = new AbortController();
  const hungUp = () => hangUp.abort(new HungUp("the caller hung up"));
  reply.once("close", () => {
    if (!reply.writableFinished) hungUp();
  });
  whenCallerIsGone(message.socket, reply, hungUp);
  try {
    const url = urlOf(message);
    if (!url) return void reply.writeHead(400, { "Content-Length": 0, Connection: "close" }).end();
    // RFC 9112 section 6.1: what it cannot decode, it must not take for a body.
    if (!/^chunked$/i.test(message.headers["transfer-encoding"] ?? "chunked"))
      return void reply.writeHead(501, { "Content-Length": 0, Connection: "close" }).end();
    const headers = new HeaderList(endToEnd(pairs(message.rawHeaders)));
    const connection = connectionOf(headers);
    let asked = false;
    const body = () => {
      asked = true;
      if (waitsForContinue) reply.writeContinue();
      return read(message);
    };
    const request = { method: message.method ?? "GET", url, headers, body, signal: hangUp.signal };
    const response = await handler({ ...request, ...(connection && { connection }) });
    if (asked || !hasMore(message, waitsForContinue)) await write(response, message.method === "HEAD", reply, hangUp.signal);
    else await refuse(response, message, reply);
  } catch (error) {
    if (hangUp.signal.aborted || message.socket.destroyed) return;
    // What was already written still goes out, then the body ends without its end.
    if (error instanceof TransportError)
      return void (reply.headersSent ? message.socket.destroySoon() : message.socket.resetAndDestroy());
    console.error(
      `sandbox: ${message.method} ${message.headers.host}${message.url}: ${error instanceof Error ? error.stack : error}`,
    );
    if (reply.headersSent) return void message.socket.destroy();
    const text = JSON.stringify({
      error: { code: "500", message: `The sandbox failed: ${error instanceof Error ? error.message : error}` },
    });
    reply.writeHead(500, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }).end(text);
  }
}

function connectionOf(headers: HeaderList): Connection | undefined {
  const text = headers.get(CONNECTION_HEADER);
  headers.delete(CONNECTION_HEADER);
  return text?.startsWith(`${PROOF} `) ? (JSON.parse(text.slice(PROOF.length + 1)) as Connection) : undefined;
}

async function read(message: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** RFC 9110 section 7.2: a host as in a URL, and perhaps a port; no user, no path. */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]+|\[[\da-f:.]+\])(?::\d*)?$/i;

/**
 * The URL that the caller means; undefined: the request is malformed (RFC 9112 sections 3.2 and 3.2.2). The host of an absolute target goes
 * before that of the field. Between the parts of this Azure all is plain HTTP on the wire; a host of Azure is one that its caller reaches by HTTPS.
 */
function urlOf({ headers, rawHeaders, url = "", socket }: IncomingMessage): URL | undefined {
  const hosts = pairs(rawHeaders).filter(([name]) => name.toLowerCase() === "host");
  const { host = "127.0.0.1" } = headers;
  if (hosts.length > 1 || !HOST.test(host)) return undefined;
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url);
  const [authority, target] = absolute ? [absolute[1] ?? "", absolute[2] ?? ""] : [host, url === "*" ? "/" : url];
  if (!HOST.test(authority) || !/^($|[/?])/.test(target) || (!absolute && !target.startsWith("/"))) return undefined;
  const isPlain = !(socket instanceof TLSSocket) && /^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(authority);
  return URL.parse(`${isPlain ? "http" : "https"}://${authority}${target.startsWith("/") ? "" : "/"}${target}`) ?? undefined;
}

async function write(response: HttpResponse, bodiless: boolean, reply: ServerResponse, signal: AbortSignal): Promise<void> {
  const fields = endToEnd(response.headers.fields);
  reply.strictContentLength = !bodiless;
  reply.writeHead(response.status, fields.flat());
  reply.flushHeaders();
  for await (const chunk of response.body) {
    // Leaving the loop returns the iterator, so the producer's finally blocks run.
    if (signal.aborted) return;
    if (chunk.length === 0 || bodiless) continue;
    if (!reply.write(chunk)) await drained(reply);
  }
  reply.end();
}

/** Is there a body that nobody asked for, and too much of it to take and drop? */
function hasMore({ headers, complete }: IncomingMessage, waitsForContinue: boolean): boolean {
  if (complete) return false;
  if (waitsForContinue || headers["transfer-encoding"] !== undefined) return true;
  return Number(headers["content-length"] ?? 0) > DROPPED_BYTES;
}

/**
 * Answers a request whose body nobody wants, and ends the connection. Closed at once, it would be reset by what the caller still sends, and
 * the caller's system would throw the answer away unread.
 */
async function refuse(response: HttpResponse, message: IncomingMessage, reply: ServerResponse): Promise<void> {
  const content = await whole(response.body);
  const fields = endToEnd(response.headers.fields).filter(([name]) => name.toLowerCase() !== "content-length");
  reply.writeHead(response.status, [...fields, ["Content-Length", String(content.length)], ["Connection", "close"]].flat());
  reply.write(message.method === "HEAD" ? "" : content);
  const patience = setTimeout(() => message.destroy(), LINGER_MS).unref();
  for await (const _ of message);
  clearTimeout(patience);
  reply.end();
}

function drained(reply: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      reply.off("drain", done);
      reply.off("close", done);
      resolve();
    };
    reply.once("drain", done);
    reply.once("close", done);
  });
}
