/**
 * Do requests and responses survive real HTTP on 127.0.0.1: piece by piece, with the caller's hang-up, and every way to fail?
 */
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { manualClock, scaledClock } from "../sandbox/clock.ts";
import { type Handler, HeaderList, type HttpRequest, type HttpResponse, TransportError } from "../sandbox/http.ts";
import { httpClient } from "../sandbox/http-client.ts";
import { type HttpServer, serve } from "../sandbox/http-server.ts";
import type { Network } from "../sandbox/network/resolve.ts";

const open: (HttpServer | Server | TcpServer)[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await (server.close as () => unknown)();
});

const clock = scaledClock({ start: new Date("2026-11-24") });
const network = (port: number, at = clock): Network => ({ clock: at, resolve: () => ({ port }) });
const post = (path = "/", body = "", headers: [string, string][] = [], signal?: AbortSignal): HttpRequest => ({
  method: "POST",
  url: new URL(`https://a.openai.azure.com${path}`),
  headers: new HeaderList(headers),
  body: Buffer.from(body),
  signal,
});
const reply = (status: number, body: AsyncIterable<Uint8Array> | string, fields: [string, string][] = []): HttpResponse => ({
  status,
  headers: new HeaderList(fields),
  body: typeof body === "string" ? pieces(body) : body,
});
async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
async function text(response: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
async function served(handler: Handler, at = clock) {
  const server = await serve(handler);
  open.push(server);
  return { port: server.port, client: httpClient(network(server.port, at)) };
}
/** A promise with its ends. */
const gate = () => Promise.withResolvers<void>();

describe("a request and its response", () => {
  it("keep method, host, path, query, body and repeated headers, and lose what belongs to one connection", async () => {
    let seen: HttpRequest | undefined;
    const { client } = await served(async (request) => {
      seen = request;
      return reply(201, "made", [
        ["X-Two", "1"],
        ["x-two", "2"],
        ["Connection", "x-private"],
        ["X-Private", "secret"],
        ["Content-Length", "4"],
      ]);
    });
    const headers: [string, string][] = [
      ["X-Many", "a"],
      ["X-Many", "b"],
      ["Connection", "x-hop"],
      ["X-Hop", "gone"],
      ["Transfer-Encoding", "chunked"],
      ["Content-Length", "999"],
    ];
    const response = await client(post("/openai/x?api-version=1&q=%20", "grüße", headers), { timeoutMs: 600_000 });
    expect(seen?.method).toBe("POST");
    expect(String(seen?.url)).toBe("https://a.openai.azure.com/openai/x?api-version=1&q=%20");
    expect(Buffer.from(seen?.body ?? []).toString()).toBe("grüße");
    expect(seen?.headers.all("x-many")).toEqual(["a", "b"]);
    expect([seen?.headers.has("x-hop"), seen?.headers.has("connection"), seen?.headers.get("content-length")]).toEqual([
      false,
      false,
      "7",
    ]);
    expect(response.status).toBe(201);
    expect(response.headers.all("X-TWO")).toEqual(["1", "2"]);
    expect(response.headers.has("x-private")).toBe(false);
    expect(await text(response)).toBe("made");
  });

  it("arrive piece by piece: the first is read before the last is produced", async () => {
    const first = gate();
    const { client } = await served(async () =>
      reply(
        200,
        (async function* () {
          yield Buffer.from("first ");
          await first.promise;
          yield Buffer.from("last");
        })(),
      ),
    );
    const response = await client(post(), { timeoutMs: 600_000 });
    let all = "";
    for await (const chunk of response.body) {
      all += Buffer.from(chunk);
      // Only the first piece opens the gate to the last.
      first.resolve();
    }
    expect(all).toBe("first last");
  });

  it("are produced only as fast as they are read", async () => {
    let produced = 0;
    const { client } = await served(async () =>
      reply(
        200,
        (async function* () {
          for (; produced < 400; produced++) yield Buffer.alloc(64 * 1024);
        })(),
      ),
    );
    const response = await client(post(), { timeoutMs: 600_000 });
    // Long enough for a producer without backpressure to be through: it never waits for anything else.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(produced).toBeLessThan(400);
    expect((await text(response)).length).toBe(400 * 64 * 1024);
  });

  it("reuse connections, also when a small answer is never read", async () => {
    const sockets = new Set<number | undefined>();
    const raw = createServer((message, response) => {
      sockets.add(message.socket.remotePort);
      message.resume().on("end", () => response.end("unread"));
    });
    await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
    open.push(raw);
    const client = httpClient(network((raw.address() as AddressInfo).port));
    let calls = 0;
    // The second call would do, were it not for the moment between an answer's headers and its last byte.
    while (calls < 1000 && sockets.size === calls) {
      await client(post(), { timeoutMs: 600_000 });
      calls++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(sockets.size).toBeLessThan(calls);
  });
});

describe("a caller who hangs up", () => {
  it("aborts the handler before it has answered", async () => {
    const aborted = gate();
    const reached = gate();
    const { client } = await served(({ signal }) => {
      reached.resolve();
      return new Promise((_, reject) =>
        signal?.addEventListener("abort", () => {
          aborted.resolve();
          reject(signal.reason);
        }),
      );
    });
    const caller = new AbortController();
    const call = client(post("/", "", [], caller.signal), { timeoutMs: 60_000 });
    await reached.promise;
    caller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await aborted.promise;
  });

  it("ends a stream, through a proxy hop, down to the producer's finally", async () => {
    const ended = gate();
    const origin = await served(async ({ signal }) =>
      reply(
        200,
        (async function* () {
          try {
            for (;;) {
              yield Buffer.from("tick ");
              await clock.sleep(2, signal);
            }
          } finally {
            ended.resolve();
          }
        })(),
      ),
    );
    const proxy = await served((request) => origin.client(request, { timeoutMs: 600_000 }));
    const caller = new AbortController();
    const response = await proxy.client(post("/", "", [], caller.signal), { timeoutMs: 600_000 });
    await expect(
      (async () => {
        for await (const _ of response.body) caller.abort(new Error("seen enough"));
      })(),
    ).rejects.toThrow("seen enough");
    await ended.promise;
  });
});

describe("failures", () => {
  const kindOf = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => undefined,
      (e) => e,
    );
    expect(error).toBeInstanceOf(TransportError);
    return (error as TransportError).kind;
  };

  it("a port where nobody listens is refused", async () => {
    const server = await serve(async () => reply(200, ""));
    await server.close();
    expect(await kindOf(httpClient(network(server.port))(post(), { timeoutMs: 600_000 }))).toBe("refused");
  });

  it("a connection that is closed before the headers is reset", async () => {
    const tcp = createTcpServer((socket) => socket.once("data", () => socket.destroy()));
    await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
    open.push(tcp);
    expect(await kindOf(httpClient(network((tcp.address() as AddressInfo).port))(post(), { timeoutMs: 600_000 }))).toBe("reset");
  });

  it("a handler that throws TransportError resets the connection, and the server goes on", async () => {
    let calls = 0;
    const { client } = await served(async () => {
      if (calls++ === 0) throw new TransportError("reset", "broken");
      return reply(200, "fine");
    });
    expect(await kindOf(client(post(), { timeoutMs: 600_000 }))).toBe("reset");
    expect(await text(await client(post(), { timeoutMs: 600_000 }))).toBe("fine");
  });

  it("no headers in time is a timeout by the sandbox's clock, and the handler is told", async () => {
    const time = manualClock(new Date("2026-11-24"));
    const reached = gate();
    const told = gate();
    const { client } = await served(({ signal }) => {
      reached.resolve();
      return new Promise((_, reject) =>
        signal?.addEventListener("abort", () => {
          told.resolve();
          reject(signal.reason);
        }),
      );
    }, time);
    const call = kindOf(client(post(), { timeoutMs: 230_000 }));
    await reached.promise;
    await time.advance(229_999);
    await time.advance(1);
    expect(await call).toBe("timeout");
    await told.promise;
  });

  it("headers in time are enough: the body may take longer than the timeout", async () => {
    const time = manualClock(new Date("2026-11-24"));
    const late = gate();
    const { client } = await served(
      async () =>
        reply(
          200,
          (async function* () {
            yield Buffer.from("a");
            await late.promise;
            yield Buffer.from("b");
          })(),
        ),
      time,
    );
    const response = await client(post(), { timeoutMs: 1000 });
    await time.advance(5000);
    late.resolve();
    expect(await text(response)).toBe("ab");
  });

  it("a body that breaks off throws instead of ending, after the pieces that came", async () => {
    const { client } = await served(async () =>
      reply(
        200,
        (async function* () {
          yield Buffer.from("half");
          throw new TransportError("reset", "cut");
        })(),
      ),
    );
    const response = await client(post(), { timeoutMs: 600_000 });
    let read = "";
    const reading = (async () => {
      for await (const chunk of response.body) read += Buffer.from(chunk);
    })();
    expect(await kindOf(reading)).toBe("reset");
    expect(read).toBe("half");
  });

  it("a handler that crashes is 500 with a line on stderr that names the request", async () => {
    const lines = vi.spyOn(console, "error").mockImplementation(() => {});
    try {
      const { client } = await served(async () => {
        throw new Error("no such thing");
      });
      const response = await client(post("/openai/v1/models"), { timeoutMs: 600_000 });
      expect([response.status, await text(response)]).toEqual([
        500,
        '{"error":{"code":"500","message":"The sandbox failed: no such thing"}}',
      ]);
      expect(lines.mock.calls[0]?.[0]).toContain("POST a.openai.azure.com/openai/v1/models: Error: no such thing");
    } finally {
      lines.mockRestore();
    }
  });

  it("a taken port is said with what to do", async () => {
    const { port } = await served(async () => reply(200, ""));
    await expect(serve(async () => reply(200, ""), { port })).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`);
  });

  it("close ends connections whose request is still under way", async () => {
    const reached = gate();
    const server = await serve(() => {
      reached.resolve();
      return new Promise(() => {});
    });
    const call = kindOf(httpClient(network(server.port))(post(), { timeoutMs: 60_000 }));
    await reached.promise;
    await server.close();
    expect(await call).toBe("reset");
  });
});
