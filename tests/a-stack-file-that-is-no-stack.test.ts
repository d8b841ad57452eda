/**
 * What is said of a stack's file that nobody can have meant so: a setting under a wrong namespace or beside `config`, nothing at all, a million regions?
 * Both readers are asked: that of the commands, and the program as Pulumi starts it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError, runtime } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../cli/folders.ts";
import { readStackFile } from "../cli/stack-file.ts";
import { deploy } from "../stacks/index.ts";
import { NAMESPACES } from "../stacks/namespaces.ts";
import { planStack } from "../stacks/plan.ts";
import { localAzure, SMALL } from "./support/local-azure.ts";

const folder = mkdtempSync(join(tmpdir(), "stack-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SETTINGS = Object.entries(SMALL).map(([key, value]) => `  aoai:${key}: ${JSON.stringify(value)}`);
const file = (...lines: string[]) => ["config:", ...SETTINGS, ...lines, ""].join("\n");

/** The message of a command that reads this file; undefined: it plans. */
function saidOfFile(text: string | Uint8Array, stack = "team"): string | undefined {
  writeFileSync(join(folder, `Pulumi.${stack}.yaml`), text);
  try {
    planStack({ ...readStackFile(folder, stack), today: "2026-11-24" });
    return undefined;
  } catch (error) {
    expect((error as Error).name).toMatch(/^(PlanError|StackFileError)$/);
    return (error as Error).message;
  }
}

/** The message of the program that Pulumi gives these settings. Pulumi writes all but text as JSON. */
function saidByProgram(settings: Record<string, unknown>): string | undefined {
  runtime.setMocks({ newResource: () => ({ id: "id", state: {} }), call: () => ({}) }, "aoai", "team");
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  runtime.setAllConfig(Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, text(value)])));
  try {
    deploy();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(RunError);
    return (error as Error).message;
  }
}

const own = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`aoai:${key}`, value]));

describe("a setting under a wrong namespace", () => {
  // biome-ignore format: a table
  it.each([
    ["azure:topology", 'is in the namespace "azure", which nothing here reads. Did you mean "aoai:topology"?'],
    ["azure-native:topology", 'is no setting of azure-native, and nothing reads it. Did you mean "aoai:topology"?'],
    ["azure-native:regions", 'is no setting of azure-native, and nothing reads it. Did you mean "aoai:regions"?'],
    ["azure-native:loction", 'is no setting of azure-native, and nothing reads it. Did you mean "azure-native:location"?'],
    ["azure:location", 'is in the namespace "azure", which nothing here reads. Did you mean "azure-native:location"?'],
    ["azurenative:loction", 'is in the namespace "azurenative", which nothing here reads. Did you mean "azure-native:location"?'],
    ["aoia:consumers", 'is in the namespace "aoia", which nothing here reads. Did you mean "aoai:consumers"?'],
    ["AOAI:Topology", 'is in the namespace "AOAI", which nothing here reads. Did you mean "aoai:topology"?'],
    ["aoa:toplogy", 'is in the namespace "aoa", which nothing here reads. Did you mean "aoai:topology"?'],
    ["pulumi:topology", 'is no setting of pulumi, and nothing reads it. Did you mean "aoai:topology"?'],
    ["random:models", 'is no setting of random, and nothing reads it. Did you mean "aoai:models"?'],
    ["aws:region", 'is in the namespace "aws", which nothing here reads. Did you mean "aoai:regions"?'],
    ["contoso:owner", 'is in the namespace "contoso", which nothing here reads. Settings of this project begin with "aoai:", for example aoai:topology. Leave it out.'],
  ])("%s is told by both readers, with what was meant", (key, sentence) => {
    expect(saidOfFile(file(`  ${key}: x`))).toBe(`aoai: 1 fault in Pulumi.team.yaml\n- ${key}: ${sentence}`);
    expect(saidByProgram({ ...own(SMALL), [key]: "x" })).toBe(`aoai: 1 fault in Pulumi.team.yaml\n- ${key}: ${sentence}`);
  });

  it("is told together with all else that is wrong, and never with its value, which may be a secret", () => {
    const said = saidOfFile(file("  azure:password: { secure: AAABhidden }", "  aoai:tags: [1]"));
    expect(said).toMatch(/^aoai: 2 faults/);
    expect(said).not.toContain("hidden");
  });

  it("is no fault where the namespace is a provider's or the engine's", () => {
    const fine = ["azure-native:location: swedencentral", 'azure-native:subscriptionId: "1"', "azure-native:useOidc: true"];
    expect(
      saidOfFile(
        file(
          ...[...fine, "pulumi:tags: { a: b }", "pulumi:disable-default-providers: [aws]", "random:anything: 1"].map(
            (line) => `  ${line}`,
          ),
        ),
      ),
    ).toBeUndefined();
    expect(
      saidByProgram({ ...own(SMALL), "azure-native:location": "swedencentral", "pulumi:disable-default-providers": ["aws"] }),
    ).toBeUndefined();
  });

  it("names every provider that the program depends on, and every setting of azure-native", async () => {
    const { dependencies } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const providers = Object.keys(dependencies).flatMap((name) => /^@pulumi\/(.*)/.exec(name)?.[1] ?? []);
    expect(Object.keys(NAMESPACES).sort()).toEqual(providers.sort());
    const vars = await import("@pulumi/azure-native/config/vars.js");
    const names = Object.keys(Object.getOwnPropertyDescriptors(vars)).filter(
      (name) => !["default", "__esModule", "module.exports"].includes(name),
    );
    expect([...(NAMESPACES["azure-native"] ?? [])].sort()).toEqual(names.sort());
  });
});

describe("a setting beside config", () => {
  // biome-ignore format: a table
  it.each([
    ["under a misspelt config", file().replace("config:", "confg:"), 'confg: stands outside config, where nothing reads it. Did you mean "config"?'],
    ["not further in", `${file()}aoai:protect: true\n`, 'aoai:protect: stands outside config, where nothing reads it. Move it below "config:", two blanks further in.'],
    ["without its namespace", `${file()}protect: true\n`, 'protect: stands outside config, where nothing reads it. Move it below "config:", two blanks further in.'],
  ])("is told %s", (_, text, sentence) => {
    expect(saidOfFile(text)).toContain(`- ${sentence}`);
  });

  it("is no fault where it is Pulumi's own, also one that is not known here", () => {
    expect(
      saidOfFile(`${file()}encryptionsalt: v1:abc\nsecretsprovider: passphrase\nenvironment: [x]\nsomethingNew: 1\n`),
    ).toBeUndefined();
  });

  it("is told where a key stands twice, with its namespace and without", () => {
    expect(saidOfFile(file("  topology: private-apim"))).toContain(
      "- topology: is there twice, as topology and as aoai:topology. Leave one out.",
    );
    expect(saidOfFile(file("  aoai:config:topology: private-apim"))).toContain("- topology: is there twice");
    // A name that JavaScript has a meaning of its own for is a name like another.
    expect(saidOfFile(file("  aoai:__proto__: 1"))).toContain("- __proto__: is not a known key.");
  });
});

describe("an empty file", () => {
  // biome-ignore format: a table
  it.each([
    ["nothing", ""], ["a comment", "# mine\n"], ["config alone", "config:\n"], ["an empty config", "config: {}\n"],
    ["what pulumi stack init leaves", "encryptionsalt: v1:abc\n"], ["a byte order mark", "\ufeff"],
  ])("with %s is one sentence, which says where to start", (_, text) => {
    writeFileSync(join(folder, "Pulumi.dev.yaml"), file());
    expect(saidOfFile(text)).toBe('Pulumi.team.yaml is empty, it has no settings: start from Pulumi.dev.yaml, whose "config" explains every setting.');
    rmSync(join(folder, "Pulumi.dev.yaml"));
  });

  it("is not one that takes its settings from an environment", () => {
    expect(saidOfFile("environment: [aoai/team]\n")).toMatch(/^aoai: 3 faults/);
  });
});

describe("a file that nobody could read through", () => {
  it("is refused by its size before it is looked at", () => {
    const huge = `config:\n  aoai:regions: [${"eastus2,".repeat(1_000_000)}]\n`;
    expect(saidOfFile(huge)).toBe(
      "Pulumi.team.yaml has 8,000,027 bytes; at most 1,048,576 are read. A stack has 30 regions and 32 models at most.",
    );
  });

  it("is read at once where it has as many keys as its size allows, and a key that stands twice is found among them", () => {
    const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}: 1\n`).join("");
    expect(saidOfFile(file() + keys(100_000))).toBeUndefined();
    expect(saidOfFile(`${file()}${keys(90_000)}k4711: 2\n`)).toMatch(
      /^Pulumi\.team\.yaml, line \d+: "k4711" stands twice in one map\. Leave one out\.$/,
    );
    expect(saidOfFile(file("  aoai:tags: { owner: ann, owner: bob }"))).toContain(': "owner" stands twice in one map.');
  });

  // biome-ignore format: a table
  it.each([
    ["is nested without end", `config:\n  aoai:tags: ${"[".repeat(100_000)}`],
    ["repeats itself through aliases", `a: &a [${"x,".repeat(9)}]\n${[..."bcdefghi"].map((name, i) => `${name}: &${name} [${`*${"abcdefgh"[i]},`.repeat(9)}]`).join("\n")}\nconfig:\n  aoai:tags: *i\n`],
    ["contains itself", "config: &a\n  aoai:tags: *a\n"],
    ["is not in UTF-8", Buffer.from(file(), "utf16le")],
    ["holds two documents", `${file()}---\n${file()}`],
    ["is no map", "- aoai:topology\n"],
  ])("is one sentence with its name when it %s", (_, text) => {
    const said = saidOfFile(text);
    expect(said).toMatch(/^(Pulumi\.team\.yaml|aoai: \d+ faults? in Pulumi\.team\.yaml)/);
    expect(said?.length).toBeLessThan(2000);
  });
});

describe("a part that is too large", () => {
  const many = (count: number, entry: (i: number) => unknown = (i) => `region-${i}`) =>
    Array.from({ length: count }, (_, i) => entry(i));
  const map = (count: number) => Object.fromEntries(many(count, (i) => [`key-${i}`, "x"]) as [string, unknown][]);
  const long = "x".repeat(1_000_000);
  const [chat] = SMALL.models;

  // biome-ignore format: a table
  it.each<[string, Record<string, unknown>, string]>([
    ["a million regions", { regions: many(1_000_000) }, "regions: has 1,000,000 entries; at most 30 are possible. Leave out 999,970."],
    ["a million maps of regions", { regions: many(1_000_000, () => ({ region: "x", nonsense: 1 })) }, "regions: has 1,000,000 entries; at most 30 are possible. Leave out 999,970."],
    ["a million models", { models: many(1_000_000, () => ({})) }, "models: has 1,000,000 entries; at most 32 are possible. Leave out 999,968."],
    ["a million consumers", { consumers: many(1_000_000, () => ({ name: "x" })) }, "consumers: has 1,000,000 entries; at most 2,000 are possible. Leave out 998,000."],
    ["100,000 tags", { tags: map(100_000) }, "tags: has 100,000 entries; at most 100 are possible. Leave out 99,900."],
    ["100,000 overrides", { models: [{ ...chat, regions: map(100_000) }] }, "models[0].regions: has 100,000 entries; at most 100 are possible. Leave out 99,900."],
    ["a million members of a model", { models: [{ ...chat, regions: many(1_000_000) }] }, "models[0].regions: has 1,000,000 entries; at most 100 are possible. Leave out 999,900."],
    ["a million provisioned deployments", { models: [{ ...chat, provisioned: many(1_000_000) }] }, "models[0].provisioned: has 1,000,000 entries; at most 100 are possible. Leave out 999,900."],
    ["a million audiences", { entra: { tenantId: "11111111-1111-4111-8111-111111111111", audiences: many(1_000_000) } }, "entra.audiences: has 1,000,000 entries; at most 100 are possible. Leave out 999,900."],
    ["a region of a million characters", { regions: [long] }, "has 1,000,000 characters; at most 1,000 are possible. Shorten it."],
    ["a model of a million characters", { models: [{ ...chat, model: long }] }, "has 1,000,000 characters; at most 1,000 are possible. Shorten it."],
    ["a tag of a million characters", { tags: { a: long } }, "has 1,000,000 characters; at most 1,000 are possible. Shorten it."],
    ["a tag's name of a million characters", { tags: { [long]: "a" } }, "has a name of 1000000 characters; 1 to 512 are possible. Shorten it."],
    ["an audience of a million characters", { entra: { tenantId: "11111111-1111-4111-8111-111111111111", audiences: [long] } }, "has 1,000,000 characters; at most 1,000 are possible. Shorten it."],
    ["a topology of a million characters", { topology: long }, "is not a topology. Choose public-apim, private-apim, application-gateway or front-door."],
    ["5,000 unknown settings", map(5000), "config: has 4,980 more keys that are not known."],
    ["100,000 unknown keys inside", { gateway: { ...SMALL.gateway, ...map(100_000) } }, "gateway: has 99,980 more keys that are not known."],
    ["a million characters in an unknown key", { [long]: 1 }, "is not a known key."],
  ])("%s is one sentence, soon and short", (_, change, sentence) => {
    const values = { ...SMALL, ...change };
    // The program gets it from Pulumi; the command's reader has refused such a file by its size.
    for (const said of [saidByProgram(own(values)), thrown(() => planStack({ stack: "team", values, today: "2026-11-24" }))]) {
      expect(said).toContain(sentence);
      expect(said?.length).toBeLessThan(40_000);
    }
  });

  it("is 5,000 settings of others, too", () => {
    const strange = Object.fromEntries(many(5000, (i) => [`contoso:key-${i}`, "x"]) as [string, string][]);
    const said = saidByProgram({ ...own(SMALL), ...strange });
    expect(said).toContain("- config: has 4,980 more keys that nothing here reads. Leave them out.");
    expect(said?.length).toBeLessThan(10_000);
  });

  it("is a message with more faults than anybody reads: the rest is counted", () => {
    const consumers = many(48, () => ({ name: "x y" }));
    const lines = saidByProgram(own({ ...SMALL, consumers }))?.split("\n") ?? [];
    // Each name is faulty, and there is no other fault.
    expect(lines[0]).toBe("aoai: 48 faults in Pulumi.team.yaml");
    expect(lines).toHaveLength(27);
    expect(lines.at(-1)).toBe("- and 23 more.");
  });
});

describe("the real engine", () => {
  let azure: Awaited<ReturnType<typeof localAzure>>;
  beforeAll(async () => {
    azure = await localAzure();
  });
  afterAll(() => azure?.remove());

  it("gets the same refusal from the program, before anything is made", async () => {
    azure.workspace.setConfig({ ...own(SMALL), "azure:topology": "private-apim" } as never);
    await expect(azure.workspace.up()).rejects.toThrow(
      'azure:topology: is in the namespace "azure", which nothing here reads. Did you mean "aoai:topology"?',
    );
    expect(azure.sandbox.store.requests()).toEqual([]);
  });
});

function thrown(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
