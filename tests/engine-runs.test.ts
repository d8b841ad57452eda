/** Does the real engine do what it is asked, on a stack of its own, and leave the user's Pulumi alone? */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createWorkspace, PulumiError, type RunResult } from "../sandbox/engine/pulumi.ts";
import { type TinyStack, tinyStack } from "./support/tiny-stack.ts";

const stacks: TinyStack[] = [];
const newStack: typeof tinyStack = async (options) => {
  const stack = await tinyStack(options);
  stacks.push(stack);
  return stack;
};
afterAll(() => {
  for (const stack of stacks) stack.remove();
});

const did = ({ steps }: RunResult) => steps.map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`).sort();

describe("a stack on the real engine", () => {
  it("is deployed, left alone, changed and destroyed, and every run tells what it did", async () => {
    const { cloud, workspace, want, known } = await newStack();
    want({ name: "a" }, { name: "b" }, { name: "c", near: "a" });

    const first = await workspace.up();
    expect(first.changes).toEqual({ create: 4 });
    expect(did(first)).toEqual(["create a", "create b", "create c", "create tiny-dev"]);
    expect(cloud.things.get("/things/c")).toEqual({ name: "c", near: "at a" });

    const again = await workspace.up();
    expect(again.changes).toEqual({ same: 4 });
    expect(again.steps).toEqual([]);

    want({ name: "a", color: "red" }, { name: "b2", as: "b" }, { name: "d", near: "b" });
    const preview = await workspace.preview();
    expect(preview.changes).toEqual({ create: 1, delete: 1, replace: 1, same: 1, update: 1 });
    expect(cloud.log).toHaveLength(3);

    const second = await workspace.up();
    expect(second.changes).toEqual(preview.changes);
    expect(did(second)).toEqual(["create d", "create-replacement b", "delete c", "delete-replaced b", "replace b", "update a"]);
    expect(await known()).toEqual({ a: "/things/a", b: "/things/b2", d: "/things/d" });

    expect((await workspace.destroy()).changes).toEqual({ delete: 4 });
    expect([...cloud.things]).toEqual([]);
  });

  it("hands back outputs with secrets in clear, and keeps them encrypted at rest", async () => {
    const { workspace, directory } = await newStack();
    expect(await workspace.outputs()).toEqual({});
    const { stdout } = await workspace.up();
    expect(await workspace.outputs()).toMatchObject({ addresses: [], password: "open sesame" });
    const state = readFileSync(join(directory, "workspace/state/.pulumi/stacks/tiny/dev.json"), "utf8");
    expect(state + stdout).not.toContain("open sesame");
    // The key of the secrets is kept, whatever else of the configuration changes.
    workspace.setConfig({ "tiny:things": [{ name: "a" }] });
    await workspace.up();
    expect(await workspace.outputs()).toMatchObject({ addresses: ["at a"], password: "open sesame" });
  });

  it("fails with what the engine says, resource by resource", async () => {
    const { workspace, want } = await newStack();
    want({ name: "a", color: "plaid" });
    const failed = await workspace.up().catch((error) => error);
    expect(failed).toBeInstanceOf(PulumiError);
    expect(failed.message).toBe("pulumi up failed with exit code 1\n- Thing a: plaid is not a colour of things");
    expect(failed.diagnostics).toEqual(["Thing a: plaid is not a colour of things"]);
  });

  it("refuses a second run while one is at work, and lets the first one finish", async () => {
    const { cloud, workspace, want } = await newStack();
    want({ name: "a" });
    let second: unknown;
    cloud.onWrite = async () => {
      second = await workspace.up().catch((error) => error);
    };
    expect((await workspace.up()).changes).toEqual({ create: 2 });
    expect(second).toBeInstanceOf(PulumiError);
    expect((second as PulumiError).message).toMatch(/stack dev is being worked on by process \d+$/);
    expect((await workspace.up()).changes).toEqual({ same: 2 });
  });

  it("gives any other Pulumi command the same surroundings", async () => {
    const { workspace } = await newStack();
    const whoami = await workspace.pulumi(["whoami", "--verbose"]);
    expect(whoami.stdout).toContain("workspace/state");
    expect((await workspace.pulumi(["stack", "--show-name"])).stdout.trim()).toBe("dev");
    expect(await workspace.pulumi(["no-such-command"])).toMatchObject({
      code: expect.any(Number),
      stderr: expect.stringContaining("no-such-command"),
    });
  });
});

describe("the user's own Pulumi", () => {
  it("is neither read nor written: not its environment, its home, or the committed files", async () => {
    const home = mkdtempSync(join(tmpdir(), "home-"));
    const mine = {
      PULUMI_ACCESS_TOKEN: "pul-mine",
      PULUMI_BACKEND_URL: "https://pulumi.invalid",
      PULUMI_STACK: "prod",
      PULUMI_CONFIG_PASSPHRASE: "mine",
      ARM_CLIENT_SECRET: "mine",
      AZURE_CLIENT_SECRET: "mine",
      HOME: home,
    };
    const before = Object.fromEntries(Object.keys(mine).map((name) => [name, process.env[name]]));
    Object.assign(process.env, mine);
    try {
      const { workspace, directory } = await newStack({
        config: { "azure-native:location": "swedencentral", "tiny:things": [{ name: "a", version: "2025-12-11" }] },
      });
      await workspace.up();
      const outputs = await workspace.outputs();
      expect(outputs.addresses).toEqual(["at a"]);
      expect(outputs.location).toBe("swedencentral");
      const leaked = (outputs.environment as string[]).filter((name) => /^(PULUMI_ACCESS_TOKEN|ARM_|AZURE_)/.test(name));
      expect(leaked).toEqual([]);
      expect(readdirSync(home)).toEqual([]);
      expect(readdirSync(join(directory, "repository")).sort()).toEqual([
        "Pulumi.yaml",
        "node_modules",
        "package.json",
        "program.js",
      ]);
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      rmSync(home, { recursive: true });
    }
  });
});

describe("a Node that cannot run TypeScript", () => {
  it("is told what to do by the program's entry", async () => {
    const old = "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'22.17.1'}})";
    const { directory, cloud } = await newStack({
      project: `name: tiny\nruntime: { name: nodejs, options: { typescript: false, nodeargs: "--import=${old}" } }\nmain: ${JSON.stringify(join(import.meta.dirname, "../stacks/main.js"))}\n`,
    });
    const workspace = createWorkspace({
      repository: join(directory, "repository"),
      directory: join(directory, "old"),
      stack: "dev",
      providers: { azureNativePort: cloud.port, randomPort: cloud.port },
      config: {},
    });
    const failed = await workspace.preview().catch((error) => error);
    expect(failed.diagnostics).toEqual([
      'This program is TypeScript that Node runs directly, which needs Node >= 22.18; the node on your PATH is 22.17.1. Install Node 24, or use the one that "npm ci" installs here: export PATH="$PWD/node_modules/.bin:$PATH"',
    ]);
  });
});
