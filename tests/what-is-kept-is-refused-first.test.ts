/**
 * Is what may not be deleted (Pulumi's `protect`, a management lock) refused before anything else is taken apart?
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { locksOnAzure } from "../cli/locks-on-azure.ts";
import { locksOn, putLock, removeLock } from "../sandbox/arm/locks.ts";
import { PulumiError } from "../sandbox/engine/pulumi.ts";
import { GROUP, localArm } from "./support/azure-provider.ts";
import { type LocalAzure, localAzure, SMALL } from "./support/local-azure.ts";
import { type TinyStack, tinyStack } from "./support/tiny-stack.ts";

/** The stack of this project is taken through it with `npm run test:every`. */
const EVERY = process.env.EVERY === "1";

const PROGRAM = `
import pulumi from "@pulumi/pulumi";
class Thing extends pulumi.CustomResource {
  constructor({ protect, near, ...inputs }, made) {
    super("azure-native:tiny:Thing", inputs.name, { address: undefined, ...inputs, ...(near && { near: made[near].address }) }, { protect, replaceOnChanges: ["kind"] });
  }
}
const made = {};
for (const one of new pulumi.Config("tiny").requireObject("things")) made[one.name] = new Thing(one, made);
`;

describe("an engine's run", () => {
  let stack: TinyStack;
  let locked: string[] = [];
  beforeAll(async () => {
    stack = await tinyStack({
      program: PROGRAM,
      refusals: (planned) =>
        planned.filter(({ id, doing }) => doing === "delete" && locked.includes(id)).map(({ id }) => `${id} has a lock.`),
    });
    stack.want({ name: "region", protect: true }, { name: "pool", near: "region", color: "red" });
    await stack.workspace.up();
  });
  afterAll(() => stack?.remove());

  it("that would delete what is protected changes nothing, and says which", async () => {
    const before = [...stack.cloud.log];
    stack.want({ name: "pool", color: "blue" });
    const refused = (await stack.workspace.up().catch((error) => error)) as PulumiError;
    expect(refused).toBeInstanceOf(PulumiError);
    expect(refused.message).toMatch(
      /^pulumi up failed[\s\S]*region[\s\S]*protect[\s\S]*Nothing was changed: the preview before it refused it\.$/,
    );
    expect(stack.cloud.log).toEqual(before);
    const gone = (await stack.workspace.destroy().catch((error) => error)) as PulumiError;
    expect(gone.message).toMatch(/^pulumi destroy failed[\s\S]*protect[\s\S]*Nothing was changed/);
    expect(stack.cloud.log).toEqual(before);
  });

  it("that leaves alone what is protected goes on, and unprotects it", async () => {
    stack.want({ name: "region", protect: true }, { name: "pool", near: "region", color: "blue" });
    expect((await stack.workspace.up()).changes).toEqual({ same: 2, update: 1 });
    stack.want({ name: "region", protect: false }, { name: "pool", near: "region", color: "blue" });
    await stack.workspace.up();
  });

  it("that would delete what the cloud has locked changes nothing either", async () => {
    const before = [...stack.cloud.log];
    locked = ["/things/region"];
    stack.want({ name: "pool", color: "green" });
    await expect(stack.workspace.up()).rejects.toThrow(
      "- /things/region has a lock.\n- Nothing was changed: the preview before it refused it.",
    );
    expect(stack.cloud.log).toEqual(before);
    // A replacement has several steps, and is one refusal.
    locked = ["/things/pool"];
    stack.want({ name: "region" }, { name: "pool", near: "region", color: "blue", kind: "other" });
    const replacing = (await stack.workspace.up().catch((error) => error)) as PulumiError;
    expect(replacing.message.match(/has a lock/g)).toHaveLength(1);
    expect(stack.cloud.log).toEqual(before);
    locked = [];
    stack.want({ name: "pool", color: "green" });
    expect((await stack.workspace.up()).changes).toMatchObject({ delete: 1, update: 1 });
  });
});

describe("a management lock", () => {
  let azure: Awaited<ReturnType<typeof localArm>>;
  let directory: string;
  const account = `${GROUP}/providers/Microsoft.CognitiveServices/accounts/acc`;
  const body = {
    location: "swedencentral",
    kind: "OpenAI",
    sku: { name: "S0" },
    properties: { customSubDomainName: "acc", disableLocalAuth: true },
  };
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "locks-"));
    azure = await localArm({ directory });
    await azure.arm.put(GROUP, "Microsoft.Resources/resourceGroups", { location: "swedencentral", properties: {} });
    await azure.arm.put(account, "Microsoft.CognitiveServices/accounts", body);
  });
  afterEach(async () => {
    await azure.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const TEXT = (id: string, doing: string, scope: string) =>
    `The scope '${id}' cannot perform ${doing} operation because following scope(s) are locked: '${scope}'. Please remove the lock and try again.`;

  it("refuses deletions of what it is on, of what is below and of what it is in, and nothing else", async () => {
    putLock(azure.store, account, "keep", "CanNotDelete");
    await expect(azure.arm.delete(account)).rejects.toThrow(TEXT(account, "delete", account));
    await expect(azure.arm.delete(GROUP)).rejects.toThrow(TEXT(GROUP, "delete", account));
    await azure.arm.put(account, "Microsoft.CognitiveServices/accounts", { ...body, tags: { a: "b" } });
    expect(locksOn(azure.store, `${account}/deployments/chat`, "delete")).toHaveLength(1);
    expect(locksOn(azure.store, `${account}2`, "delete")).toEqual([]);
    for (const lock of locksOn(azure.store, account, "delete")) removeLock(azure.store, lock);
    expect(await azure.arm.delete(account)).toBe(true);
  });

  it("that is read-only refuses every change below", async () => {
    putLock(azure.store, GROUP, "frozen", "ReadOnly");
    await expect(azure.arm.put(account, "Microsoft.CognitiveServices/accounts", body)).rejects.toThrow(
      TEXT(account, "write", GROUP),
    );
    await expect(azure.arm.delete(account)).rejects.toThrow(TEXT(account, "delete", GROUP));
    expect(() => putLock(azure.store, `${account}-none`, "x", "ReadOnly")).toThrow("was not found");
  });
});

describe("a subscription", () => {
  it("is asked for its locks before a switch, and otherwise the person is told how", async () => {
    const bin = mkdtempSync(join(tmpdir(), "az-"));
    const deployment = { resources: [{ urn: "u", type: "azure-native:resources:ResourceGroup", custom: true, id: GROUP }] };
    const asked = (script?: string) => {
      const az = join(bin, "az");
      rmSync(az, { force: true });
      if (script !== undefined) writeFileSync(az, `#!/bin/sh\necho "$@" > '${bin}/asked'\n${script}\n`, { mode: 0o755 });
      return locksOnAzure(deployment, { cwd: bin, env: { PATH: bin } });
    };
    const lock = { id: `${GROUP}/providers/Microsoft.Authorization/locks/keep`, name: "keep", level: "CanNotDelete" };
    try {
      expect(await asked(`/bin/echo '${JSON.stringify([lock])}'`)).toContain(`\n  keep (CanNotDelete) on ${GROUP}\n`);
      expect(readFileSync(join(bin, "asked"), "utf8")).toMatch(
        /^lock list --resource-group rg --subscription \S+ --output json$/m,
      );
      expect(await asked("echo '[]'")).toBeUndefined();
      // Of two groups one may not be asked: what is known of the other is told.
      const other = { ...deployment.resources[0], urn: "v", id: GROUP.replace(/[^/]+$/, "other") };
      deployment.resources.push(other as (typeof deployment.resources)[0]);
      const half = await asked(`case "$*" in *other*) exit 1;; esac; /bin/echo '${JSON.stringify([lock])}'`);
      expect(half).toMatch(/\n {2}keep \(CanNotDelete\)[\s\S]*\nA preview does not see .*--resource-group other/);
      deployment.resources.pop();
      for (const script of [undefined, "exit 1", "echo what"])
        expect(await asked(script)).toMatch(/^A preview does not see management locks\. .*: az lock list --resource-group rg/);
      expect(await locksOnAzure({ resources: [] }, { cwd: bin, env: {} })).toBeUndefined();
    } finally {
      rmSync(bin, { recursive: true, force: true });
    }
  });
});

describe("this project's stack", () => {
  /** What is protected takes no self-signed certificate unless that is accepted. */
  const VALUES = { ...SMALL, applicationGateway: { host: "openai.contoso.example", selfSigned: "accepted" } };
  let azure: LocalAzure;
  afterAll(() => azure?.remove());

  it.runIf(EVERY)("keeps a region that is protected, or locked, and all that leads to it", async () => {
    azure = await localAzure({ ...VALUES, protect: true });
    await azure.workspace.up();
    const { store } = azure.sandbox;
    const asked = () => store.requests().length;
    const before = asked();
    azure.configure({ ...VALUES, regions: ["swedencentral"], protect: true });
    await expect(azure.workspace.up()).rejects.toThrow("Nothing was changed");
    expect(asked()).toBe(before);
    azure.configure({ ...VALUES, protect: false });
    await azure.workspace.up();
    const [account] = store.list("Microsoft.CognitiveServices/accounts").filter(({ body }) => body.location === "eastus2");
    putLock(store, String(account?.id), "keep", "CanNotDelete");
    const then = asked();
    azure.configure({ ...VALUES, regions: ["swedencentral"], protect: false });
    await expect(azure.workspace.up()).rejects.toThrow(
      /the lock 'keep' \(CanNotDelete\) on \S+ refuses that \(ScopeLocked\)[\s\S]*Nothing was changed/,
    );
    await expect(azure.workspace.destroy()).rejects.toThrow("Nothing was changed");
    expect(asked()).toBe(then);
    for (const lock of locksOn(store, String(account?.id), "delete")) removeLock(store, lock);
    await azure.workspace.up();
    expect(store.get(String(account?.id))).toBeUndefined();
  });
});
