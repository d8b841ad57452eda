/**
 * Does every command work with a stack file as teams have it: with secrets of providers, encrypted by a key that is nowhere here, and with a stack
 * that is named with its organisation? And does none of them show such a secret?
 */
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { directoryOf, REPOSITORY } from "../cli/folders.ts";
import { readStackFile } from "../cli/stack-file.ts";
import { stackOf } from "../cli/stack-name.ts";
import { SMALL } from "./support/local-azure.ts";

const SECRET = "v1:kqOSJHvLKSPxVhyS:Zm9yLW5vYm9keS10by1yZWFk";
const STACK_FILE = `# Of team AI.
secretsprovider: azurekeyvault://kv-contoso.vault.azure.net/keys/pulumi
encryptedkey: bm90aGluZyB0aGF0IG9wZW5zIGFueXRoaW5n
config:
  azure-native:location: swedencentral
  azure-native:clientId: 11111111-1111-4111-8111-111111111111
  azure-native:clientSecret:
    secure: ${SECRET}
  azure-native:auxiliaryTenantIds:
    - 22222222-2222-4222-8222-222222222222
    - secure: ${SECRET}
  azure-native:useOidc: yes
  pulumi:tags:
    owner: { name: ai, token: { secure: ${SECRET} } }
  random:seed: { deep: [{ deeper: { secure: ${SECRET} } }] }
${Object.entries(SMALL)
  .map(([key, value]) => `  aoai:${key}: ${JSON.stringify(value)}\n`)
  .join("")}`;

let copy = "";
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "others-"));
  for (const name of [
    "cli",
    "stacks",
    "infra",
    "policies",
    "insight",
    "sandbox",
    "package.json",
    "package-lock.json",
    "Pulumi.yaml",
  ])
    cpSync(join(REPOSITORY, name), join(copy, name), { recursive: true });
  mkdirSync(join(copy, ".setup"));
  for (const name of ["node_modules", ".setup/pulumi"]) symlinkSync(join(REPOSITORY, name), join(copy, name));
  writeFileSync(join(copy, "Pulumi.team.yaml"), STACK_FILE);
});
afterAll(() => rmSync(copy, { recursive: true, force: true, maxRetries: 3 }));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, AOAI_SANDBOX: undefined },
  });
  expect(stdout + stderr).not.toContain(SECRET);
  return { status, stdout, stderr };
}

describe("secrets of other namespaces", () => {
  it("are left to Pulumi: the file is read without them, and what stands beside them is kept", () => {
    const { otherValues, others, faults } = readStackFile(copy, "team");
    expect(faults).toEqual([]);
    expect(others).toHaveLength(7);
    expect(otherValues).toEqual({
      "azure-native:location": "swedencentral",
      "azure-native:clientId": "11111111-1111-4111-8111-111111111111",
      "azure-native:useOidc": "yes",
    });
  });

  it.each([
    ["plan.ts", "--json"],
    ["policies.ts", "--out", "documents"],
    ["diagram.ts", "--format", "mermaid", "--out", "-"],
    ["sandbox.ts", "token"],
  ])("do not hinder cli/%s", (command, ...options) => {
    const words = command === "sandbox.ts" ? ["token", "--stack", "team"] : ["--stack", "team", ...options];
    const { status, stderr } = run(`cli/${command}`, ...words);
    if (command === "sandbox.ts") expect(stderr).toContain("stack team takes keys and no tokens");
    else expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("do not hinder the engine on the local Azure, and are in no file of it", () => {
    const { status, stdout, stderr } = run(
      "cli/sandbox.ts",
      "pulumi",
      "--stack",
      "contoso/aoai/team",
      "--",
      "preview",
      "--non-interactive",
      "--json",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { config, changeSummary } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
      config: Record<string, string>;
      changeSummary: { create: number };
    };
    expect(changeSummary.create).toBeGreaterThan(20);
    expect(config).toMatchObject({ "azure-native:location": "swedencentral", "azure-native:useOidc": "yes" });
    // Under the stack's own name, whoever's it is.
    const files = globSync(".sandbox/team/**/*", { cwd: copy }).filter((file) => statSync(join(copy, file)).isFile());
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((file) => readFileSync(join(copy, file)).includes(SECRET))).toEqual([]);
  });
});

describe("a stack that is named with its organisation", () => {
  it.each([
    ["dev", "dev"],
    ["contoso/dev", "dev"],
    ["contoso/aoai/dev", "dev"],
    ["organization/aoai/dev.2", "dev.2"],
    ["../dev", "../dev"],
    ["/dev", "/dev"],
    ["a/b/c/d", "a/b/c/d"],
  ])("%s is the stack %s here", (written, name) => {
    expect(stackOf(written)).toBe(name);
  });

  it("has the folder of its name, and never one outside", () => {
    expect(directoryOf("contoso/dev")).toBe(directoryOf("dev"));
    for (const name of ["contoso/..", "contoso/aoai/..", "../dev", "a/b/c/d"])
      expect(() => directoryOf(name)).toThrow("is not the name of a stack");
  });

  it("and with another project is told so", () => {
    expect(() => stackOf("contoso/shop/dev")).toThrow(
      '"contoso/shop/dev" is a stack of project "shop", and this is project "aoai".',
    );
    expect(run("cli/plan.ts", "--stack", "contoso/shop/team")).toEqual({
      status: 1,
      stdout: "",
      stderr: '"contoso/shop/team" is a stack of project "shop", and this is project "aoai".\n',
    });
  });

  it("is planned like the stack alone, and one that is missing is told with what was written", () => {
    const plan = (stack: string) => run("cli/plan.ts", "--stack", stack, "--json").stdout;
    expect(plan("contoso/aoai/team")).toBe(plan("team"));
    expect(run("cli/plan.ts", "--stack", "contoso/nobody").stderr).toBe('There is no stack "contoso/nobody": choose team.\n');
  });
});
