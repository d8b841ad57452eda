/**
 * Does `serve` keep a stack open as programs on this machine need it: at a port that stays, by HTTPS, and with a clear end when it cannot?
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../cli/folders.ts";
import { openLocal } from "../cli/local.ts";
import { portsOf } from "../cli/local-address.ts";
import { localCertificates } from "../cli/local-certificates.ts";
import { readStackFile } from "../cli/stack-file.ts";
import { HeaderList, once } from "../sandbox/http.ts";
import { type HttpServer, serve } from "../sandbox/http-server.ts";
import { SMALL } from "./support/local-azure.ts";
import { missingProgram, unless } from "./support/unless.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "serve-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** A program of Node's, to its end. */
const node = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve) =>
    execFile(
      process.execPath,
      args,
      { cwd: REPOSITORY, env: { ...process.env, AOAI_SANDBOX: folder, ...env } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    ),
  );

describe("the certificate of this machine", () => {
  const day = new Date().toISOString().slice(0, 10);
  let server: HttpServer;
  let trust: ReturnType<ReturnType<typeof localCertificates>["ofThisMachine"]>;
  beforeAll(async () => {
    trust = localCertificates(join(folder, "certificates-of")).ofThisMachine(day);
    server = await serve(async ({ url }) => ({ status: 200, headers: new HeaderList(), body: once(Buffer.from(String(url))) }), {
      tls: { pfx: Buffer.from(trust.pfx, "base64"), passphrase: trust.password },
    });
  });
  afterAll(() => server?.close());

  const get = (host: string, env: NodeJS.ProcessEnv, flags: string[] = []) =>
    node(
      [
        ...flags,
        "-e",
        `fetch("https://${host}:${server.port}/openai/x").then((r) => r.text()).then(console.log, (e) => { console.log(e.cause.code); process.exit(1); })`,
      ],
      env,
    );

  it.each(["127.0.0.1", "localhost"])("is taken for %s by a program that adds the authority to those it knows", async (host) => {
    expect((await get(host, { NODE_EXTRA_CA_CERTS: trust.authority })).stdout).toBe(`https://${host}:${server.port}/openai/x\n`);
  });

  it("is taken by a program that is given other authorities in place of its own", async () => {
    const { stdout } = await get("127.0.0.1", { SSL_CERT_FILE: trust.authorities }, ["--use-openssl-ca"]);
    expect(stdout).toBe(`https://127.0.0.1:${server.port}/openai/x\n`);
  });

  it("is refused by a program that was told nothing", async () => {
    expect(await get("127.0.0.1", { NODE_EXTRA_CA_CERTS: "" })).toMatchObject({
      code: 1,
      stdout: /SELF_SIGNED|UNABLE_TO_VERIFY/,
    });
  });

  it("comes from an authority that can speak for this machine and for nobody else", () => {
    const authority = new X509Certificate(readFileSync(trust.authority));
    expect(authority.ca).toBe(true);
    // 2.5.29.30, name constraints, critical.
    expect(authority.raw.includes(Buffer.from("0603551d1e0101ff", "hex"))).toBe(true);
  });

  it("stays the same while it is good, and so does its authority", () => {
    const again = localCertificates(join(folder, "certificates-of")).ofThisMachine(day);
    expect(again.pfx).toBe(trust.pfx);
    expect(readFileSync(again.authority, "utf8")).toBe(readFileSync(trust.authority, "utf8"));
  });
});

describe("the port of a stack", () => {
  it("is the same in every run, and another for another stack", () => {
    expect(portsOf("dev")).toEqual({ http: 22460, https: 22461 });
    expect(new Set(["dev", "prod", "deck", "team", "test"].map((stack) => portsOf(stack).http)).size).toBe(5);
  });
});

describe("a deployed stack", () => {
  let key = "";
  beforeAll(async () => {
    // Small, and with the consumers of the stack's file: a switch goes by the file, and whoever is not in it loses the key.
    const { consumers } = readStackFile(REPOSITORY, "dev").values;
    const local = await openLocal({ stack: "dev", directory: join(folder, "dev"), values: { ...SMALL, consumers } });
    try {
      await local.workspace.up();
      key = Object.values((await local.workspace.outputs()).keys as Record<string, string>)[0] ?? "";
    } finally {
      await local.close();
    }
  });

  /** Runs `serve` until `work` is done; resolves with all that it said. */
  async function serving(args: readonly string[], work: (said: string) => Promise<void>): Promise<Ended> {
    const child: ChildProcess = spawn(process.execPath, ["cli/sandbox.ts", "serve", ...args], {
      cwd: REPOSITORY,
      env: { ...process.env, AOAI_SANDBOX: folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = Promise.withResolvers<Ended>();
    const open = Promise.withResolvers<void>();
    let [stdout, stderr] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.includes("Ctrl-C")) open.resolve();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      // With --json what is for people stands here.
      if (stderr.includes("Ctrl-C")) open.resolve();
    });
    child.on("close", (code) => {
      ended.resolve({ code: code ?? -1, stdout, stderr });
      open.resolve();
    });
    await open.promise;
    try {
      if (child.exitCode === null) await work(stdout || stderr);
    } finally {
      child.kill("SIGTERM");
    }
    return ended.promise;
  }

  it.each(["serve", "status", "export", "destroy", "refresh"])(
    "is what `%s` works on: another topology is refused with the way there",
    async (command) => {
      const ended = await node([
        "cli/sandbox.ts",
        command,
        "--topology",
        "front-door",
        ...(command === "serve" ? ["--port", "0"] : []),
      ]);
      expect(ended).toMatchObject({ code: 1, stdout: "" });
      expect(ended.stderr).toBe(
        `--topology front-door: \`${command}\` works on what is deployed, and that is public-apim. Leave --topology out, or lead the stack there first: ` +
          "npm run switch -- --stack dev --to front-door (while callers call), or npm run sandbox -- up --stack dev --topology front-door (in one update)\n",
      );
    },
  );

  it("may be called by its own topology", async () => {
    expect((await node(["cli/sandbox.ts", "export", "--topology", "public-apim"])).code).toBe(0);
  });

  it("is served by HTTP and HTTPS, and `status` says where and whom to trust", async () => {
    const ended = await serving(["--port", "0", "--https"], async () => {
      const status = JSON.parse((await node(["cli/sandbox.ts", "status", "--json"])).stdout);
      expect(status).toMatchObject({
        gatewayUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        httpsUrl: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
        certificateAuthority: join(folder, "dev", "certificates", "authority.pem"),
      });
      for (const url of [status.gatewayUrl, status.httpsUrl]) {
        const program = `import { AzureOpenAI } from "openai";
          const client = new AzureOpenAI({ endpoint: "${url}", apiKey: "${key}", apiVersion: "2024-10-21", maxRetries: 0 });
          const { choices } = await client.chat.completions.create({ model: "chat", messages: [{ role: "user", content: "hi" }] });
          console.log(choices.length);`;
        const called = await node(["--input-type=module", "-e", program], { NODE_EXTRA_CA_CERTS: status.certificateAuthority });
        expect(called).toEqual({ code: 0, stdout: "1\n", stderr: "" });
      }
    });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain(`NODE_EXTRA_CA_CERTS=${join(folder, "dev", "certificates", "authority.pem")}`);
  });

  it.each(["status", "export"])("has its files left alone by `%s`, since an update may be on its way", async (command) => {
    const ofTheEngine = ["Pulumi.yaml", "Pulumi.dev.yaml"].map((name) => join(folder, "dev", "pulumi", name));
    for (const file of ofTheEngine) appendFileSync(file, "# of an update\n");
    expect((await node(["cli/sandbox.ts", command])).code).toBe(0);
    for (const file of ofTheEngine) expect(readFileSync(file, "utf8")).toMatch(/# of an update\n$/);
  });

  /** The command that `serve` prints, as it stands. */
  const shownCall = (said: string) => /^ {2}(curl .*)$/m.exec(said)?.[1] ?? "";
  const shell = (command: string) =>
    new Promise<string>((resolve, reject) =>
      execFile("sh", ["-c", command], (error, stdout) => (error ? reject(error) : resolve(stdout))),
    );

  it("shows a curl line that works as it stands", unless(missingProgram("curl")), async () => {
    await serving(["--port", "0"], async (said) => {
      expect(JSON.parse(await shell(shownCall(said)))).toMatchObject({ object: "chat.completion" });
    });
  });

  const call = (said: string, model: string) =>
    fetch(`${/http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]}/openai/v1/chat/completions`, {
      method: "POST",
      headers: { "api-key": key, "content-type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "a secret prompt" }] }),
    }).then(async (answer) => ({ status: answer.status, id: answer.headers.get("x-request-id"), text: await answer.text() }));

  it("prints a line for each call, and `trace` shows the call while it serves and afterwards", async () => {
    let id = "";
    const { stdout } = await serving(["--port", "0"], async (said) => {
      id = (await call(said, "chat")).id ?? "";
      await call(said, "no-such-model");
      const [traced, list] = await Promise.all([node(["cli/sandbox.ts", "trace", id]), node(["cli/sandbox.ts", "trace"])]);
      expect(traced.stdout).toContain(`  ${id}`);
      expect(traced.stdout).toMatch(/<forward-request>[\s\S]*called [\s\S]*The caller got 200/);
      expect(list.stdout).toContain("404 model_not_found");
    });
    const lines = stdout.split("\n").filter((line) => /^\d\d:\d\d:\d\d\.\d{3} {2}/.test(line));
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(` 200 {2}[\\d,]+ ms {2}chat-web {2}chat {2}\\S+ 200 [\\d,]+ ms {2}${id}$`)),
      expect.stringMatching(/ 404 model_not_found {2}[\d,]+ ms {2}chat-web {2}no-such-model {2}no member asked {2}\S+$/),
    ]);
    expect(lines.join()).not.toMatch(/secret prompt/);
    expect(stdout.replace(shownCall(stdout), "")).not.toContain(key);
    const after = await node(["cli/sandbox.ts", "trace", id]);
    expect(after).toMatchObject({ code: 0, stderr: "" });
    expect(after.stdout).not.toMatch(new RegExp(`secret prompt|${key}`));
    for (const { name, parentPath } of readdirSync(join(folder, "dev", "calls"), { withFileTypes: true })) {
      expect(statSync(join(parentPath, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(parentPath, name), "utf8")).not.toMatch(new RegExp(`secret prompt|${key}`));
    }
  });

  it("prints nothing but JSON with --json, and no line with --quiet", async () => {
    const json = await serving(["--port", "0", "--json"], async (said) => void (await call(said, "chat")));
    expect(
      json.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({
        consumer: "chat-web",
        model: "chat",
        status: 200,
        members: [expect.objectContaining({ status: 200 })],
      }),
    ]);
    const quiet = await serving(["--port", "0", "--quiet"], async (said) => void (await call(said, "chat")));
    expect(quiet.stdout).not.toMatch(/^\d\d:\d\d:\d\d/m);
  });

  it("is led to another topology by `switch` while it is served, and its calls are answered all the while", async () => {
    const statuses: number[] = [];
    let switched: Ended | undefined;
    await serving(["--port", "0"], async (said) => {
      const switching = node(["cli/sandbox.ts", "status"]).then(() => node(["cli/switch.ts", "--to", "front-door"]));
      void switching.then((ended) => {
        switched = ended;
      });
      while (!switched) statuses.push((await call(said, "chat")).status);
      const status = JSON.parse((await node(["cli/sandbox.ts", "status", "--json"])).stdout);
      expect(status).toMatchObject({ topology: "front-door", gatewayUrl: expect.stringMatching(/^http/) });
    });
    expect(switched).toMatchObject({ code: 0, stderr: "" });
    expect(switched?.stdout).toMatch(/▸ Update 1 of \d[\s\S]*stack dev is front-door now\./);
    expect(statuses.length).toBeGreaterThan(1);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it.each([
    ["HTTP", (port: number) => ["--port", String(port)]],
    ["HTTPS", (port: number) => ["--port", "0", "--https", String(port)]],
  ])("says that the port for %s is taken, and ends", async (_, args) => {
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const ended = await node(["cli/sandbox.ts", "serve", ...args(port)]);
      expect(ended).toEqual({
        code: 1,
        stdout: "",
        stderr: `port ${port} on 127.0.0.1 is taken: stop what listens there, or choose another port (--port 0 takes any free one)\n`,
      });
    } finally {
      other.close();
    }
    // And the stack is free again.
    expect((await node(["cli/sandbox.ts", "export"])).code).toBe(0);
  });
});
