/**
 * Can a consumer's key be replaced without a gap? On the real engine, with callers all the while: both keys, one after the other, beside a gateway that
 * serves, and with `--azure` by way of the person's own `az` and `pulumi`.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLocal } from "../cli/local.ts";
import { type KeyHolder, type KeyName, localKeyHolder, rotateKey } from "../cli/rotate-key.ts";
import { azureKeyHolder } from "../cli/rotate-key-on-azure.ts";
import { changed, type LocalAzure, localAzure, SMALL } from "./support/local-azure.ts";
import { secretsOf, shownIn } from "./support/secrets.ts";
import { errorsOf } from "./support/switches.ts";
import { startTraffic } from "./support/traffic.ts";

/** `npm run test:every`, and CI on main: also what takes further runs of the engine. */
const EVERY = process.env.EVERY === "1";

const DONE = { id: expect.stringMatching(/\/subscriptions\/web-team$/) };
const VALUES = { ...SMALL, consumers: [{ name: "web-team" }, { name: "batch" }] };

describe("a consumer's keys", () => {
  let azure: LocalAzure;
  beforeAll(async () => {
    azure = await localAzure(VALUES);
    await azure.workspace.up();
  });
  afterAll(() => azure?.remove());

  type Keys = Record<string, string>;
  const keys = async () => {
    const { keys: primary, secondaryKeys: secondary } = (await azure.workspace.outputs()) as Record<string, Keys>;
    return { primary, secondary } as Record<KeyName, Keys>;
  };
  const of = async (key: KeyName, consumer = "web-team") => (await keys())[key][consumer] ?? "";
  const statusOf = async (key: string) =>
    (await fetch(`${azure.sandbox.gatewayUrl}/openai/v1/models`, { headers: { "api-key": key } })).status;
  const callersWith = (key: string) =>
    startTraffic({ gatewayUrl: azure.sandbox.gatewayUrl, key, chat: "chat", embeddings: "embeddings", pauseMs: 50 });

  it("are two in the outputs, both secret, and both open the gateway", async () => {
    const { primary, secondary } = await keys();
    expect(Object.keys(primary).sort()).toEqual(["batch", "web-team"]);
    expect(Object.keys(secondary).sort()).toEqual(["batch", "web-team"]);
    const all = [...Object.values(primary), ...Object.values(secondary)];
    expect(new Set(all).size).toBe(4);
    for (const key of all) expect(await statusOf(key)).toBe(200);
    const { stdout } = await azure.workspace.pulumi(["stack", "output", "--json"]);
    for (const key of all) expect(stdout).not.toContain(key);
  });

  it("are replaced one after the other while callers call: none of them notices, and the old ones open nothing", async () => {
    const before = await keys();
    const sent = azure.sandbox.store.requests().length;
    const first = callersWith(before.primary["web-team"] ?? "");
    // Another process, as beside a `serve`: the gateway that callers reach is the first one's.
    const beside = await openLocal({ stack: "dev", directory: azure.directory, values: VALUES, besideServe: true });
    try {
      await first.more(1);
      expect(await rotateKey(localKeyHolder(beside), "web-team", "secondary")).toEqual(DONE);
    } finally {
      await beside.close();
    }
    await first.more(1);
    const spare = await of("secondary");
    expect(spare).not.toBe(before.secondary["web-team"]);

    const second = callersWith(spare);
    await second.more(1);
    await first.stop();
    expect(await rotateKey(localKeyHolder(azure), "web-team", "primary")).toEqual(DONE);
    await second.more(2);
    await second.stop();
    expect(errorsOf([...first.calls, ...second.calls])).toEqual([]);
    expect(first.calls.length).toBeGreaterThan(5);
    expect(second.calls.length).toBeGreaterThan(5);

    expect(await statusOf(before.primary["web-team"] ?? "")).toBe(401);
    expect(await statusOf(before.secondary["web-team"] ?? "")).toBe(401);
    for (const key of ["primary", "secondary"] as const) {
      expect(await statusOf(await of(key))).toBe(200);
      expect(await of(key, "batch"), "of another consumer").toBe(before[key].batch);
    }
    // Nothing else was written, and nothing waits to be deployed.
    expect(azure.sandbox.store.requests()).toHaveLength(sent);
    expect(changed(await azure.workspace.up())).toEqual([]);
    expect(shownIn(JSON.stringify(await azure.workspace.export()), await secretsOf(azure))).toEqual([]);
  });

  it.runIf(EVERY)("are replaced without deploying what the stack file says meanwhile", async () => {
    const before = await of("secondary");
    const models = SMALL.models.map((model) => ({ ...model, tpm: 30000 }));
    azure.configure({ ...VALUES, models, regions: ["swedencentral"], consumers: [...VALUES.consumers, { name: "third" }] });
    const sent = azure.sandbox.store.requests().length;
    const holder = localKeyHolder(azure);
    const { id, outputsBehind } = await rotateKey(holder, "web-team", "secondary");
    expect(outputsBehind).toBe("it has changes that are not deployed yet");
    expect(azure.sandbox.store.requests()).toHaveLength(sent);
    expect(await statusOf(before)).toBe(401);
    const now = String((await holder.post(id, "listSecrets")).secondaryKey);
    expect(await statusOf(now)).toBe(200);
    azure.configure(VALUES);
    expect(changed(await azure.workspace.up())).toEqual([]);
    expect(await of("secondary")).toBe(now);
  });

  it("that nobody has are a slip, and nothing changes", async () => {
    const before = await keys();
    await expect(rotateKey(localKeyHolder(azure), "web", "primary")).rejects.toThrow(
      'stack dev has no consumer "web". It has batch, web-team.',
    );
    const empty: KeyHolder = { ...localKeyHolder(azure), state: async () => ({}) };
    await expect(rotateKey(empty, "batch", "primary")).rejects.toThrow("is not deployed");
    expect(await keys()).toEqual(before);
  });

  it("are new although the outputs could not be read again, and that is said", async () => {
    const before = await of("primary", "batch");
    const holder = { ...localKeyHolder(azure), hasChanges: () => Promise.reject(new Error("the stack is locked")) };
    expect(await rotateKey(holder, "batch", "primary")).toMatchObject({ outputsBehind: "the stack is locked" });
    expect(await statusOf(before)).toBe(401);
    expect(await statusOf(await of("secondary", "batch"))).toBe(200);
  });

  describe("with --azure", () => {
    let folder: string;
    let server: Server;
    const asked: string[][] = [];
    /** Stand in for the person's command lines: `az` sends its request to the local Azure, `pulumi` is the engine of the tests. */
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "rotate-"));
      writeFileSync(join(folder, "Pulumi.dev.yaml"), "config:\n  azure-native:location: swedencentral\n");
      server = createServer(async (request, response) => {
        let text = "";
        for await (const chunk of request) text += chunk;
        const args = JSON.parse(text) as string[];
        asked.push(args);
        const answer = await (args[0] === "az" ? az(args.slice(1)) : azure.workspace.pulumi(args.slice(1))).catch((error) => ({
          code: 1,
          stdout: "",
          stderr: `ERROR: ${error.message}`,
        }));
        response.end(JSON.stringify(answer));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      mkdirSync(join(folder, "bin"));
      for (const name of ["az", "pulumi"]) {
        const file = join(folder, "bin", name);
        writeFileSync(
          file,
          `#!/usr/bin/env node
const answer = await fetch("http://127.0.0.1:${port}", { method: "POST", body: JSON.stringify(["${name}", ...process.argv.slice(2)]) });
const { code, stdout, stderr } = await answer.json();
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = code;
`,
        );
        chmodSync(file, 0o755);
      }
      writeFileSync(join(folder, "bin", "package.json"), '{ "type": "module" }');
    });
    afterAll(async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    });

    async function az(args: readonly string[]) {
      const [, id = "", action = ""] =
        /^https:\/\/management\.azure\.com(\/subscriptions\/.+\/subscriptions\/[^/]+)\/(\w+)\?api-version=[\d-]+$/.exec(
          args[args.indexOf("--url") + 1] ?? "",
        ) ?? [];
      expect(args.slice(0, 3)).toEqual(["rest", "--method", "post"]);
      azure.sandbox.post(id, action);
      return { code: 0, stdout: "", stderr: "" };
    }
    const environment = (...folders: string[]) => ({ ...process.env, PATH: [...folders, process.env.PATH].join(delimiter) });
    const own = () => azureKeyHolder({ stack: "dev", project: folder, environment: environment(join(folder, "bin")) });

    it("az replaces the key, pulumi reads it again and deploys nothing", async () => {
      const before = await of("primary");
      const sent = azure.sandbox.store.requests().length;
      expect(await rotateKey(own(), "web-team", "primary")).toEqual(DONE);
      expect(await statusOf(before)).toBe(401);
      expect(await statusOf(await of("primary"))).toBe(200);
      expect(azure.sandbox.store.requests()).toHaveLength(sent);
      expect(asked.map(([name, verb]) => `${name} ${verb}`)).toEqual(["pulumi stack", "az rest", "pulumi preview", "pulumi up"]);
      // A key is on nobody's command line.
      expect(shownIn(JSON.stringify(asked), await secretsOf(azure))).toEqual([]);
    });

    it("says what is missing: the stack's file, az, the right to replace a key", async () => {
      const elsewhere = azureKeyHolder({ stack: "none", project: folder, environment: environment(join(folder, "bin")) });
      await expect(rotateKey(elsewhere, "batch", "primary")).rejects.toThrow('There is no stack "none"');
      await expect(own().post("/subscriptions/none", "regeneratePrimaryKey")).rejects.toThrow("nothing has changed");
      rmSync(join(folder, "bin", "az"));
      const none = { ...process.env, PATH: [join(folder, "bin"), join(process.execPath, "..")].join(delimiter) };
      await expect(
        rotateKey(azureKeyHolder({ stack: "dev", project: folder, environment: none }), "batch", "primary"),
      ).rejects.toThrow("There is no `az` on the PATH");
    });
  });
});
