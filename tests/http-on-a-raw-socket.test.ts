/**
 * Does the local gateway treat what comes over a connection as a front end on the internet does: RFC 9110 and 9112, seen from a raw socket?
 */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localCertificates } from "../cli/local-certificates.ts";
import { type ArrivingRequest, HeaderList, once } from "../sandbox/http.ts";
import { type HttpServer, serve, serveArriving } from "../sandbox/http-server.ts";
import { type StandingStack, standingStack } from "./support/standing-stack.ts";

/** What comes until the other side ends the connection, or until `enough`. */
function received(socket: Socket, enough: (text: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      if (enough(text)) resolve(text);
    });
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}

const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

describe("a gateway with its stack", () => {
  let azure: StandingStack;
  let port = 0;
  let key = "";
  beforeAll(async () => {
    azure = await standingStack({ topology: "public-apim" });
    port = azure.ports.gateway;
    const [subscription] = azure.store.list("Microsoft.ApiManagement/service/subscriptions");
    key = azure.store.secret(subscription?.id ?? "", "primaryKey") ?? "";
  });
  const open: Socket[] = [];
  afterAll(async () => {
    for (const socket of open) socket.destroy();
    await azure?.remove();
  });

  const dial = () => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    open.push(socket);
    return socket;
  };
  const PATH = "/openai/deployments/chat/chat/completions?api-version=2024-10-21";
  const body = JSON.stringify({ messages: [{ role: "user", content: "hello" }], max_completion_tokens: 5 });
  const head = (fields: Record<string, string | number>, target = PATH) =>
    `POST ${target} HTTP/1.1\r\n${Object.entries({ Host: `127.0.0.1:${port}`, "Content-Type": "application/json", ...fields })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("")}\r\n`;
  const good = (target = PATH, fields = {}) => head({ "api-key": key, "Content-Length": body.length, ...fields }, target) + body;
  const LAST = { Connection: "close" };

  it.each([
    ["a gigabyte that has not begun", { "Content-Length": 1e9 }, ""],
    ["a gigabyte that has begun", { "Content-Length": 1e9 }, "{".padEnd(100_000)],
    ["chunks without an end", { "Transfer-Encoding": "chunked" }, "5\r\nhello\r\n"],
    ["a body that waits to be asked for", { "Content-Length": 1e9, Expect: "100-continue" }, ""],
  ])("answers a wrong key before the body: %s", async (_, fields, begun) => {
    for (const [name, value] of [
      ["api-key", "wrong"],
      ["x-other", "no key at all"],
    ] as const) {
      const socket = dial();
      socket.write(head({ [name]: value, ...fields }) + begun);
      const text = await received(socket, (all) => all.includes("\r\n\r\n"));
      // No "100 Continue" before it: nobody is asked to send what nobody reads.
      expect(statuses(text)).toEqual([401]);
      expect(text).toMatch(/^connection: close\r$/im);
      socket.destroy();
    }
  });

  it("lets a caller who sends everything first find the answer, not a reset", async () => {
    const socket = dial();
    const all = received(socket);
    const long = Buffer.alloc(20_000_000, "x");
    socket.write(head({ "api-key": "wrong", "Content-Length": long.length }));
    await new Promise<void>((resolve) => socket.write(long, () => resolve()));
    expect(statuses(await all)).toEqual([401]);
  });

  it("keeps the connection after a wrong key with a short body", async () => {
    const socket = dial();
    socket.write(head({ "api-key": "wrong", "Content-Length": body.length }) + body + good(PATH, LAST));
    expect(statuses(await received(socket))).toEqual([401, 200]);
  });

  it("asks a caller with a key for the body that waits", async () => {
    const socket = dial();
    socket.write(head({ "api-key": key, "Content-Length": body.length, Expect: "100-continue", ...LAST }));
    const text = await received(socket, (all) => {
      if (all.includes("100 Continue")) socket.write(body);
      return false;
    });
    expect(statuses(text)).toEqual([100, 200]);
  });

  it("refuses an expectation that it does not know", async () => {
    const socket = dial();
    socket.write(good(PATH, { Expect: "a-miracle", ...LAST }));
    expect(statuses(await received(socket))).toEqual([417]);
  });

  it("answers a caller who has ended its own side", async () => {
    const socket = dial();
    const all = received(socket);
    socket.end(good());
    const text = await all;
    expect(statuses(text)).toEqual([200]);
    expect(text).toContain("chat.completion");
    expect(text.endsWith("0\r\n\r\n") || /content-length/i.test(text)).toBe(true);
  });

  it("streams to a caller who has ended its own side, to the last event", async () => {
    const socket = dial();
    const all = received(socket);
    const streamed = body.replace("{", '{"stream":true,');
    socket.end(head({ "api-key": key, "Content-Length": streamed.length }) + streamed);
    expect(await all).toMatch(/data: \[DONE\]/);
  });

  it("answers requests that come in one go, in their order", async () => {
    const socket = dial();
    socket.write(good() + good("/openai/nothing-here") + good(PATH, LAST));
    const text = await received(socket);
    expect(statuses(text)).toEqual([200, 404, 200]);
  });

  it.each([
    ["this machine's address", () => `http://127.0.0.1:${port}${PATH}`, {}],
    ["in other letter case", () => `HTTP://LOCALHOST:${port}${PATH}`, {}],
    ["with another host in the field, which does not count", () => `http://127.0.0.1:${port}${PATH}`, { Host: "example.com" }],
  ])("takes an absolute target: %s", async (_, target, fields) => {
    const socket = dial();
    socket.write(good(target(), { ...fields, ...LAST }));
    expect(statuses(await received(socket))).toEqual([200]);
  });

  it("takes the host of an absolute target, which no service has, for the call's", async () => {
    const socket = dial();
    socket.write(good(`http://example.com${PATH}`, LAST));
    const text = await received(socket);
    expect(statuses(text)).toEqual([404]);
    expect(text).toContain("example.com");
  });

  it.each([
    ["a path in Host", PATH, "127.0.0.1/openai/deployments/other"],
    ["a query in Host", PATH, "127.0.0.1?x="],
    ["a user in Host", PATH, "a@127.0.0.1"],
    ["a fragment in Host", PATH, "127.0.0.1#"],
    ["a back slash in Host", PATH, "127.0.0.1\\x"],
    ["a blank in Host", PATH, "127.0.0.1 x"],
    ["two hosts in one", PATH, "127.0.0.1,example.com/x"],
    ["a port that is none", PATH, "127.0.0.1:http"],
    ["a port beyond all", PATH, "127.0.0.1:99999"],
    ["an empty Host", PATH, ""],
    ["two fields Host", PATH, "127.0.0.1\r\nHost: 127.0.0.1"],
    ["a user in an absolute target", `http://a@127.0.0.1${PATH}`, "127.0.0.1"],
    ["an absolute target without a host", `http://${PATH}`, "127.0.0.1"],
    ["an absolute target of another scheme", `ftp://127.0.0.1${PATH}`, "127.0.0.1"],
  ])("refuses %s", async (_, target, host) => {
    const socket = dial();
    socket.write(good(target, { Host: host, ...LAST }));
    expect(statuses(await received(socket))).toEqual([400]);
  });

  it("refuses a request without Host, or with two lengths, and one whose head is too long", async () => {
    for (const [text, status] of [
      [good(PATH, LAST).replace(/Host: .*\r\n/, ""), 400],
      [good(PATH, { "Transfer-Encoding": "chunked", ...LAST }), 400],
      [good(PATH, { "X-Long": "x".repeat(20_000), ...LAST }), 431],
    ] as const) {
      const socket = dial();
      socket.write(text);
      expect(statuses(await received(socket))).toEqual([status]);
    }
  });

  it("answers HEAD without a body, and the next request after it", async () => {
    const socket = dial();
    socket.write(`HEAD ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\napi-key: ${key}\r\n\r\n${good(PATH, LAST)}`);
    const text = await received(socket);
    expect(statuses(text)).toEqual([404, 200]);
    expect(text.split("HTTP/1.1 200")[0]).toMatch(/\r\n\r\n$/);
  });
});

describe("any server of this Azure", () => {
  const servers: HttpServer[] = [];
  afterAll(async () => {
    for (const server of servers) await server.close();
  });
  const ok = () => ({ status: 200, headers: new HeaderList(), body: once(Buffer.from("ok")) });

  it("closes a connection on which nothing is said, when it was told to", async () => {
    const server = await serve(async () => ok(), { idleMs: 50 });
    servers.push(server);
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    expect(statuses(await received(socket))).toEqual([200]);
  });

  it.each([
    ["a tunnel", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", 405],
    ["a coding that it does not know", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501],
    ["chunks in capitals", "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", 200],
  ])("answers who asks for %s", async (_, text, status) => {
    const server = await serve(async () => ok());
    servers.push(server);
    const socket = connect(server.port, "127.0.0.1");
    socket.write(text);
    expect(statuses(await received(socket))).toEqual([status]);
  });

  it("never believes what a caller says of its own connection", async () => {
    let seen: ArrivingRequest | undefined;
    const server = await serveArriving(async (request) => {
      seen = request;
      return ok();
    });
    servers.push(server);
    const forged = JSON.stringify({ from: "10.0.0.4", to: "10.0.0.5", port: 443, target: "/subscriptions/s/x" });
    for (const value of [forged, `undefined ${forged}`, `x ${forged}`, "", "{"]) {
      await fetch(`http://127.0.0.1:${server.port}/`, { headers: { "x-sandbox-connection": value } });
      expect(seen).not.toHaveProperty("connection");
      expect(seen?.headers.has("x-sandbox-connection")).toBe(false);
    }
  });

  it("answers by HTTPS a caller who has ended its own side", async () => {
    const folder = mkdtempSync(join(tmpdir(), "half-"));
    const { pfx, password } = localCertificates(folder).ofThisMachine("2026-11-30");
    rmSync(folder, { recursive: true });
    const server = await serve(async ({ body }) => ({ status: 200, headers: new HeaderList(), body: once(body) }), {
      tls: { pfx: Buffer.from(pfx, "base64"), passphrase: password },
    });
    servers.push(server);
    const socket = connectTls({
      socket: connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true }),
      rejectUnauthorized: false,
    });
    const all = received(socket);
    socket.end("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello");
    expect(await all).toMatch(/^HTTP\/1\.1 200[\s\S]*hello/);
  });
});
