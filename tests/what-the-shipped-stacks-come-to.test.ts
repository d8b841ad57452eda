/**
 * The stacks in the repository, the talk's arithmetic, and the settings as Pulumi.yaml declares them.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { renderPlan } from "../cli/plan.ts";
import { readStackFile, StackFileError, stackNames } from "../cli/stack-file.ts";
import { CATALOG_DATE } from "../stacks/catalog/models.ts";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { NAMESPACE, SECRET_KEYS, SECRET_PLACEHOLDER, schema } from "../stacks/config.ts";
import { type Plan, planStack, quotaTerms } from "../stacks/plan.ts";

const REPOSITORY = join(import.meta.dirname, "..");

function planOf(stack: string, change: Record<string, unknown> = {}): Plan {
  const source = readStackFile(REPOSITORY, stack);
  return planStack({ ...source, today: CATALOG_DATE, values: { ...source.values, strict: true, ...change } });
}

const poolOf = (plan: Plan, deployment: string) => {
  const pool = plan.pools.find((candidate) => candidate.deployment === deployment);
  if (!pool) throw new Error(`no pool for ${deployment}`);
  return pool;
};

describe.each(["dev", "prod", "deck"])("stack %s", (stack) => {
  it.each(TOPOLOGIES)("plans as %s without a fault in strict mode", (topology) => {
    const plan = planOf(stack, { topology });
    expect(plan.topology).toBe(topology);
    expect(plan.accounts).toHaveLength({ dev: 3, prod: 4, deck: 12 }[stack] ?? 0);
  });
});

it("ships three stacks", () => {
  expect(stackNames(REPOSITORY)).toEqual(["deck", "dev", "prod"]);
});

it("leaves prod's provisioned deployment out until its cost is accepted, then uses it first", () => {
  expect(planOf("prod").accounts.map(({ key }) => key)).not.toContain("swedencentral-ptu");
  const paid = planOf("prod", { acceptProvisionedCost: true });
  expect(paid.accounts.map(({ key }) => key)).toContain("swedencentral-ptu");
  const [first, ...others] = poolOf(paid, "chat").members;
  expect(first).toEqual({
    backendId: "aoai-swedencentral-ptu-chat",
    via: "direct",
    account: "swedencentral-ptu",
    priority: 1,
    weight: 100,
  });
  expect(others.map(({ priority }) => priority)).toEqual([2, 2, 2, 2]);
  expect(poolOf(paid, "chat").tpm).toBe(poolOf(planOf("prod"), "chat").tpm);
});

it("multiplies the quota as the talk does: GPT-4 in 12 regions is 8 x 40k + 4 x 20k, GPT-3.5 7 x 300k + 5 x 240k", () => {
  const deck = planOf("deck");
  expect(deck.asOf).toBe("2023-11-30");
  expect(quotaTerms(deck, poolOf(deck, "gpt-4"))).toEqual([
    { members: 8, tpm: 40_000 },
    { members: 4, tpm: 20_000 },
  ]);
  expect(poolOf(deck, "gpt-4").tpm).toBe(400_000);
  expect(quotaTerms(deck, poolOf(deck, "gpt-35-turbo"))).toEqual([
    { members: 7, tpm: 300_000 },
    { members: 5, tpm: 240_000 },
  ]);
  expect(poolOf(deck, "gpt-35-turbo").tpm).toBe(3_300_000);
  const text = renderPlan(deck);
  expect(text).toContain("gpt-4: 8 x 40,000 + 4 x 20,000 = 400,000, 10 times one region's 40,000");
  expect(text).toContain("gpt-35-turbo: 7 x 300,000 + 5 x 240,000 = 3,300,000, 11 times one region's 300,000");
});

it("gives N regions N times one region's quota, and a second subscription twice that", () => {
  const model = { deployment: "gpt-4", model: "gpt-4", version: "0613", sku: "Standard", tpm: 40_000 };
  const regions = ["australiaeast", "canadaeast", "eastus2", "japaneast", "swedencentral", "switzerlandnorth", "uksouth"];
  const second = regions.map((region) => ({ region, subscription: "22222222-2222-4222-8222-222222222222", as: `${region}-b` }));
  for (let n = 1; n <= regions.length; n++) {
    const one = planOf("deck", { models: [model], regions: regions.slice(0, n) });
    expect(one.pools[0]?.tpm).toBe(n * 40_000);
    const two = planOf("deck", { models: [model], regions: [...regions.slice(0, n), ...second.slice(0, n)] });
    expect(two.pools[0]?.tpm).toBe(2 * n * 40_000);
  }
});

describe.each(TOPOLOGIES)("the plan for people as %s", (topology) => {
  it("fits 100 columns", () => {
    for (const stack of stackNames(REPOSITORY)) {
      for (const change of [{}, { certificatePfx: SECRET_PLACEHOLDER, frontDoor: { sku: "premium" } }]) {
        const text = renderPlan(planOf(stack, { topology, ...change }));
        for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(100);
      }
    }
  });

  it("shows the network, the entrance and the ways through it where there are any", () => {
    const plan = planOf("dev", { topology });
    const text = renderPlan(plan);
    expect(text.includes("Network vnet-aoai-dev: 10.42.0.0/22")).toBe(plan.network !== undefined);
    for (const { name, prefix } of plan.network?.subnets ?? []) expect(text).toMatch(new RegExp(`${name} +│ ${prefix} `));
    expect(text.includes("Entrance ")).toBe(plan.entrance !== undefined);
    for (const { path } of plan.entrance?.sets ?? []) expect(text).toContain(`${path}/openai to any of 3`);
    expect(text.includes("/r/<account>/openai to one alone: eastus2, francecentral, swedencentral")).toBe(
      plan.entrance !== undefined,
    );
    expect(/│ entrance, set all +│ any of 3 +│ 180,000 TPM │ +100 │ 100.0 % │/.test(text)).toBe(plan.entrance !== undefined);
    expect(text.includes('"stream: true" goes past the entrance: pool pool-chat, 3 accounts, up to 3 retries')).toBe(
      plan.pools.some(({ streaming }) => streaming),
    );
  });
});

it("shows what is known of the certificate, and never what is secret in it", () => {
  const shown = (change: Record<string, unknown>) =>
    /certificate {2}(.*)/.exec(renderPlan(planOf("prod", { topology: "application-gateway", ...change })))?.[1];
  const applicationGateway = { host: "openai.contoso.example" };
  const keyVaultSecretId = "https://kv-contoso.vault.azure.net/secrets/openai";
  const keyVaultId = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-contoso";
  expect(shown({})).toBe("none yet");
  expect(shown({ certificatePfx: SECRET_PLACEHOLDER })).toBe("aoai:certificatePfx");
  expect(
    shown({ certificatePfx: SECRET_PLACEHOLDER, applicationGateway: { ...applicationGateway, selfSigned: "accepted" } }),
  ).toBe("aoai:certificatePfx, self-signed: its name is checked, its chain is not");
  expect(shown({ applicationGateway: { ...applicationGateway, keyVaultSecretId, keyVaultId } })).toBe(
    `${keyVaultSecretId}, read by id-agw-aoai-prod`,
  );
});

it("protects prod's accounts, gives it a network and several of everything, and a certificate that is checked", () => {
  const prod = planOf("prod");
  expect(prod).toMatchObject({ protect: true, accountAccess: "closed", gateway: { sku: "StandardV2", capacity: 2 } });
  expect(prod.accounts.length).toBeGreaterThanOrEqual(4);
  expect(prod.network?.endpoints.map(({ account }) => account)).toEqual(prod.accounts.map(({ key }) => key));
  expect(planOf("prod", { topology: "application-gateway" }).entrance).toMatchObject({
    capacity: { min: 2 },
    zones: ["1", "2", "3"],
    certificate: { from: "pfx", given: false, selfSigned: false },
  });
});

it("declares every setting in Pulumi.yaml as the schema has it", () => {
  const project = parse(readFileSync(join(REPOSITORY, "Pulumi.yaml"), "utf8")) as {
    name: string;
    config: Record<string, { type?: string; description?: string; default?: unknown; items?: unknown }>;
  };
  // Pulumi refuses types and defaults for keys of another namespace than the project's name.
  expect(project.name).toBe(NAMESPACE);
  const typeOf = (type: z.core.$ZodType): string | undefined => {
    if (type instanceof z.ZodDefault || type instanceof z.ZodOptional) return typeOf(type.def.innerType);
    if (type instanceof z.ZodArray) return type.element instanceof z.ZodUnion ? undefined : "array";
    if (type instanceof z.ZodObject || type instanceof z.ZodRecord) return "object";
    return type instanceof z.ZodBoolean ? "boolean" : "string";
  };
  const expected = Object.entries(schema.shape).map(([key, type]) => {
    const kind = typeOf(type);
    return [
      `${NAMESPACE}:${key}`,
      {
        ...(kind && { type: kind }),
        ...(kind === "array" && { items: { type: "object" } }),
        description: type.description,
        ...(type instanceof z.ZodDefault && { default: type.def.defaultValue }),
      },
    ];
  });
  expect(project.config).toEqual(Object.fromEntries(expected));
});

it("describes every key of the schema, at every depth", () => {
  const undescribed: string[] = [];
  const visit = (type: z.core.$ZodType, path: string): void => {
    if (type instanceof z.ZodDefault || type instanceof z.ZodOptional) visit(type.def.innerType, path);
    if (type instanceof z.ZodArray) visit(type.element, `${path}[]`);
    if (type instanceof z.ZodRecord) visit(type.valueType, `${path}.*`);
    if (type instanceof z.ZodUnion) for (const option of type.options) visit(option, path);
    if (!(type instanceof z.ZodObject)) return;
    for (const [key, inner] of Object.entries(type.shape)) {
      const described = (part: z.core.$ZodType): boolean =>
        z.globalRegistry.get(part)?.description !== undefined ||
        ((part instanceof z.ZodDefault || part instanceof z.ZodOptional) && described(part.def.innerType));
      if (!described(inner)) undescribed.push(`${path}.${key}`);
      visit(inner, `${path}.${key}`);
    }
  };
  visit(schema, "");
  expect(undescribed).toEqual([]);
});

describe("a stack file", () => {
  const read = (text: string, stack = "x") => {
    const folder = mkdtempSync(join(tmpdir(), "stack-"));
    try {
      writeFileSync(join(folder, "Pulumi.x.yaml"), text);
      return readStackFile(folder, stack);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it("gives its settings, its location and its day", () => {
    const source = read(
      'config:\n  azure-native:location: eastus2\n  aoai:asOf: "2023-11-30"\n  topology: front-door\n  other:key: 1\n',
    );
    expect(source).toEqual({
      stack: "x",
      location: "eastus2",
      values: { asOf: "2023-11-30", topology: "front-door" },
      today: "2023-11-30",
      file: "Pulumi.x.yaml",
      others: ["azure-native:location", "other:key"],
      otherValues: { "azure-native:location": "eastus2", "other:key": "1" },
      faults: [],
      changed: new Map(),
    });
    expect(read("config:\n  protect: true\n").today).toBe(new Date().toISOString().slice(0, 10));
  });

  it.each([
    ["does not exist", "", "y", 'There is no stack "y": choose x.'],
    ["is named like a path", "", "../x", 'There is no stack "../x": choose x.'],
    ["is not a map", "config: [1]\n", "x", "Pulumi.x.yaml: config is not a map of settings."],
    [
      "has an encrypted setting",
      "config:\n  aoai:gateway:\n    publisherEmail:\n      secure: AAAB\n",
      "x",
      "Pulumi.x.yaml: aoai:gateway.publisherEmail is encrypted. Only certificatePfx and certificatePassword are secrets here, and the plan must be readable without Pulumi: write it in clear.",
    ],
  ])("is refused when it %s", (_, text, stack, message) => {
    expect(() => read(text, stack)).toThrow(new StackFileError(message));
  });

  it("has placeholders for its secrets, which are refused in clear without showing them", () => {
    const secret = read("config:\n  aoai:certificatePfx:\n    secure: AAAB\n  certificatePassword: { secure: AAAC }\n");
    expect(secret.values).toEqual(Object.fromEntries(SECRET_KEYS.map((key) => [key, SECRET_PLACEHOLDER])));
    expect(() => read("config:\n  aoai:certificatePfx: { pfx: { secure: AAAB } }\n")).toThrow(
      "aoai:certificatePfx.pfx is encrypted",
    );
    const clear = read("config:\n  aoai:certificatePfx: TUlJS2Vn\n");
    const refused = () => planStack(clear);
    expect(refused).toThrow(
      "- certificatePfx: is written in clear, and it must be a secret. pulumi config set --secret aoai:certificatePfx",
    );
    expect(refused).not.toThrow("TUlJS2Vn");
  });

  it("is refused when it is not YAML", () => {
    expect(() => read("config:\n  aoai:tags: { a: 1\n")).toThrow(/^Pulumi\.x\.yaml is not YAML: /);
  });
});

describe("npm run plan", () => {
  const run = (...args: string[]) => {
    try {
      return {
        code: 0,
        out: execFileSync(process.execPath, [join(REPOSITORY, "cli/plan.ts"), ...args], { encoding: "utf8", stdio: "pipe" }),
        err: "",
      };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, out: stdout, err: stderr };
    }
  };

  it("prints the plan as JSON, with another topology when asked", () => {
    const { code, out } = run("--stack", "deck", "--topology", "private-apim", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      stack: "deck",
      topology: "private-apim",
      gateway: { sku: "StandardV2" },
      network: { addressSpace: "10.42.0.0/22", subnets: [{ prefix: "10.42.0.0/24" }, { prefix: "10.42.1.0/24" }] },
      quota: [{}, { deployment: "gpt-4", tpm: 400_000 }],
    });
  });

  it("has everything of an entrance in its JSON", () => {
    const { out } = run("--stack", "dev", "--topology", "front-door", "--json");
    expect(JSON.parse(out)).toMatchObject({
      entrance: { kind: "front-door", sets: [{ key: "all", path: "" }], steered: ["eastus2", "francecentral", "swedencentral"] },
      pools: [{ id: "afd-pool-chat", members: { length: 4 }, streaming: { id: "pool-chat", members: { length: 3 } } }, {}],
    });
  });

  it("says which stacks there are, and exits 1", () => {
    expect(run("--stack", "production")).toEqual({
      code: 1,
      out: "",
      err: 'There is no stack "production": choose deck, dev or prod.\n',
    });
  });
});

it("says everything that is wrong with a stack file at once", () => {
  const source = readStackFile(REPOSITORY, "prod");
  const values = {
    ...source.values,
    regions: ["eastus2", "swedncentral"],
    gateway: { ...(source.values.gateway as object), sku: "BasicV2" },
    models: (source.values.models as object[]).slice(1),
  };
  const refused = () => planStack({ ...source, values });
  expect(refused).toThrow(
    `aoai: 2 faults in Pulumi.prod.yaml
- gateway.sku: "BasicV2" cannot join a VNet; topology "private-apim" needs Developer, Premium, StandardV2 or PremiumV2.
- regions[1]: "swedncentral" is not an Azure region. Did you mean "swedencentral"?`,
  );
});
