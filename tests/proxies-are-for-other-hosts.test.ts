/**
 * Is a proxy that the environment names left alone for what is on this machine, and used for what is elsewhere?
 */
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proxySettings, wouldProxyLoopback } from "../cli/setup/proxies.mjs";
import { tinyStack } from "./support/tiny-stack.ts";

/** With the engine it is tried with `npm run test:every`. */
const EVERY = process.env.EVERY === "1";

const ROOT = join(import.meta.dirname, "..");

/** A proxy that leads everything to one place, whatever host was asked for, and notes what it was asked. */
let proxy: { url: string; asked: string[]; server: Server };
/** That place: somebody on this machine, or, by the proxy, somebody elsewhere. */
let target: { port: number; server: Server };
const listen = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
beforeAll(async () => {
  const answers = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ data: [{ id: "m" }], path: request.url, choices: [{ message: { content: "hello" } }] }));
  });
  target = { port: await listen(answers), server: answers };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(String(request.url));
    response.writeHead(502).end();
  });
  server.on("connect", (request, socket) => {
    asked.push(String(request.url));
    const way = connect(target.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      way.pipe(socket).pipe(way);
    });
    for (const end of [way, socket]) end.on("error", () => {});
  });
  proxy = { url: `127.0.0.1:${await listen(server)}`, asked, server };
});
afterAll(() => {
  for (const { server } of [proxy, target]) {
    server.closeAllConnections();
    server.close();
  }
});

/** What a program says in this environment, and what the proxy was asked meanwhile. */
async function run(environment: Record<string, string>, ...args: string[]): Promise<{ said: string; asked: string[] }> {
  proxy.asked.length = 0;
  const { PATH, HOME, TMPDIR } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    env: { PATH, HOME, TMPDIR, ...environment },
  });
  return { said: stdout.trim(), asked: [...proxy.asked] };
}

/** All that our commands call by HTTP on this machine: the SDK, another command, anything. */
const CALLS = `
import "${join(ROOT, "cli/text.ts")}";
import { ask, openControl } from "${join(ROOT, "cli/control.ts")}";
import { azureClient, openAIClient } from "${join(ROOT, "cli/clients.ts")}";
const url = process.argv[1];
const said = [];
for (const client of [openAIClient(url, { key: "k" }), azureClient(url, { key: "k" }, "chat")]) {
  const { choices } = await client.chat.completions.create({ model: "m", messages: [] });
  said.push(choices[0].message.content);
}
const control = await openControl(async (task, say) => say(task.command));
await ask(control, { command: "asked" }, (text) => said.push(text));
await control.close();
said.push(await fetch(url).then(({ ok }) => ok, (error) => error.message));
for (const name of ["NO_PROXY", "no_proxy"]) said.push(process.env[name]);
console.log(said.join(" "));
`;

const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
const all = (value: string) => Object.fromEntries(NAMES.map((name) => [name, value]));

describe("what our commands call on this machine", () => {
  it.each([
    ["for all names of it", () => all(`http://${proxy.url}`), "localhost,127.0.0.1,::1"],
    [
      "in lower case",
      () => ({ http_proxy: `http://${proxy.url}`, https_proxy: `http://${proxy.url}` }),
      "localhost,127.0.0.1,::1",
    ],
    [
      "beside exceptions of the user",
      () => ({ ...all(`http://${proxy.url}`), NO_PROXY: "intern.example,localhost" }),
      "intern.example,localhost,127.0.0.1,::1",
    ],
    ["without a scheme", () => ({ ALL_PROXY: proxy.url }), "localhost,127.0.0.1,::1"],
  ])("goes straight there, %s", async (_, environment, exceptions) => {
    // Node itself refuses to start with what is no URL.
    const isUrl = !Object.values(environment()).includes(proxy.url);
    const { said, asked } = await run(
      { ...environment(), ...(isUrl && { NODE_USE_ENV_PROXY: "1" }) },
      ...["--input-type=module", "-e", CALLS, `http://127.0.0.1:${target.port}`],
    );
    expect(said).toBe(`hello hello asked true ${exceptions} ${exceptions}`);
    expect(asked).toEqual([]);
  });

  it("is left alone where no proxy is named", async () => {
    const { said } = await run({}, "--input-type=module", "-e", CALLS, `http://127.0.0.1:${target.port}`);
    expect(said).toBe("hello hello asked true");
  });

  it.runIf(EVERY)("includes the engine's providers", async () => {
    const before = { ...process.env };
    Object.assign(process.env, all(`http://${proxy.url}`), { NODE_USE_ENV_PROXY: "1", grpc_proxy: `http://${proxy.url}` });
    proxy.asked.length = 0;
    const stack = await tinyStack();
    try {
      stack.want({ name: "a" });
      expect((await stack.workspace.up()).changes).toEqual({ create: 2 });
      expect(proxy.asked).toEqual([]);
    } finally {
      stack.remove();
      for (const name of [...NAMES, "NODE_USE_ENV_PROXY", "grpc_proxy"])
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
    }
  });
});

describe("what is elsewhere", () => {
  it("is called by the proxy, by our commands too", async () => {
    const program = `import "${join(ROOT, "cli/text.ts")}";
console.log(await fetch("http://gateway.invalid/x").then((answer) => answer.json()).then(({ path }) => path));`;
    const { said, asked } = await run({ HTTP_PROXY: `http://${proxy.url}` }, "--input-type=module", "-e", program);
    expect(said).toBe("/x");
    expect(asked).toEqual(["gateway.invalid:80"]);
  });
});

describe("the settings for other programs", () => {
  it.each([
    ["nothing where no proxy is named", { NO_PROXY: "x" }, {}],
    [
      "ALL_PROXY for those that do not read it",
      { ALL_PROXY: "http://p:1" },
      { http_proxy: "http://p:1", https_proxy: "http://p:1" },
    ],
    ["not SOCKS, which npm's and Node's own do not speak", { all_proxy: "socks5h://p:1" }, {}],
    [
      "the nearer name before ALL_PROXY",
      { ALL_PROXY: "http://p:1", HTTPS_PROXY: "http://q:1" },
      { http_proxy: "http://p:1", https_proxy: "http://q:1" },
    ],
    [
      "lower case before upper case, as curl does",
      { HTTPS_PROXY: "http://p:1", https_proxy: "http://q:1" },
      { https_proxy: "http://q:1" },
    ],
    ["a scheme", { HTTPS_PROXY: "p:1" }, { https_proxy: "http://p:1" }],
  ])("have %s", (_, environment, expected) => {
    const settings = proxySettings(environment);
    const { NO_PROXY, no_proxy, ...others } = settings;
    const both = Object.entries(expected).flatMap(([name, value]) => [
      [name, value],
      [name.toUpperCase(), value],
    ]);
    expect(others).toEqual(Object.fromEntries(both));
    expect(NO_PROXY).toBe(no_proxy);
  });

  it("tell when a caller on this machine would be led to the proxy", () => {
    const named = { https_proxy: "http://p:1" };
    expect(wouldProxyLoopback({})).toBe(false);
    expect(wouldProxyLoopback(named)).toBe(true);
    expect(wouldProxyLoopback({ ...named, no_proxy: "localhost, 127.0.0.1 ::1" })).toBe(false);
    expect(wouldProxyLoopback({ ...named, NO_PROXY: "*" })).toBe(false);
    expect(proxySettings({ ...named, NO_PROXY: "*" }).NO_PROXY).toBe("*");
  });
});
