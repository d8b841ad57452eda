/**
 * A Handler behind real HTTP on 127.0.0.1.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { type Connection, type Handler, HeaderList, type HttpResponse, TransportError } from "./http.ts";

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
}

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

/**
 * Listens on 127.0.0.1.
 *
 * The body of a response is written piece by piece as fast as the peer reads. A peer that hangs up aborts `request.signal`. A handler
 * that throws TransportError resets the connection; any other error is 500 and a line on stderr.
 */
export async function serve(handler: Handler, { port = 0, tls }: ServeOptions = {}): Promise<HttpServer> {
  // Idle connections stay: a server that closes one while the client reuses it looks like a reset that nobody asked for.
  const settings = { keepAliveTimeout: 0, requestTimeout: 0 };
  const listener: RequestListener = (message, reply) => void answer(handler, message, reply);
  const server = tls ? createTlsServer({ ...settings, ...tls }, listener) : createServer(settings, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(
              `port ${port} on 127.0.0.1 is taken: stop what listens there, or choose another port (--port 0 takes any free one)`,
            )
          : error,
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class HungUp extends Error {}

async function answer(handler: Handler, message: IncomingMessage, reply: ServerResponse): Promise<void> {
  const hangUp = new AbortController();
  reply.once("close", () => {
    if (!reply.writableFinished) hangUp.abort(new HungUp("the caller hung up"));
  });
  try {
    const url = urlOf(message);
    if (!url) return void reply.writeHead(400, { "Content-Length": 0 }).end();
    const headers = new HeaderList(endToEnd(pairs(message.rawHeaders)));
    const connection = connectionOf(headers);
    const body = await read(message);
    const request = { method: message.method ?? "GET", url, headers, body, signal: hangUp.signal };
    const response = await handler({ ...request, ...(connection && { connection }) });
    await write(response, message.method === "HEAD", reply, hangUp.signal);
  } catch (error) {
    if (hangUp.signal.aborted || !message.complete) return;
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
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Connection);
  } catch {
    // Not from the sandbox's own client.
    return undefined;
  }
}

async function read(message: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Between the parts of this Azure all is plain HTTP on the wire; a host of Azure is one that its caller reaches by HTTPS. */
function urlOf({ headers: { host = "127.0.0.1" }, url, socket }: IncomingMessage): URL | undefined {
  const isPlain = !(socket instanceof TLSSocket) && /^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(host);
  const scheme = isPlain ? "http" : "https";
  return URL.parse(`${scheme}://${host}${url?.startsWith("/") ? url : "/"}`) ?? undefined;
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
