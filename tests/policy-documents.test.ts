/** The documents of whole stacks, as the gateway takes them and as the command writes them. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import { describe, expect, it } from "vitest";
import { readStackFile, stackNames } from "../cli/stack-file.ts";
import { namedValues, operations, PolicyError, policyDocuments } from "../policies/index.ts";
import { checkPolicy } from "../sandbox/gateway/index.ts";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { CALLER_PROOFS } from "../stacks/config.ts";
import { planStack } from "../stacks/plan.ts";
import { codeIn } from "./support/mono/documents.ts";
import { check } from "./support/mono/gate.ts";
import { Compiler, missingCompiler } from "./support/mono/mono.ts";
import { unless } from "./support/unless.ts";

const ROOT = join(import.meta.dirname, "..");
const SHIPPED = stackNames(ROOT);

function planOf(stack: string, values: Record<string, unknown> = {}) {
  const source = readStackFile(ROOT, stack);
  return planStack({ ...source, values: { asOf: "2026-11-24", ...source.values, ...values } });
}
const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    region: "swedencentral",
    subscription: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
    as: `swedencentral-${i}`,
  }));
const models = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    deployment: `chat-${i}`,
    model: "gpt-5.2",
    version: "2025-12-11",
    sku: "GlobalStandard",
    tpm: 1000,
  }));
const refusals = (stack: string, values?: Record<string, unknown>) => {
  const plan = planOf(stack, values);
  const known = {
    namedValue: (name: string) => namedValues(plan).some((value) => value.name === name),
    backend: () => true,
    fragment: () => false,
  };
  return policyDocuments(plan).flatMap(({ file, scope, xml }) =>
    checkPolicy({ xml, format: "xml", scope, sku: plan.gateway.sku }, known).map((fault) => ({ file, ...fault })),
  );
};

describe("the documents of a stack", () => {
  it.each(SHIPPED.flatMap((stack) => TOPOLOGIES.map((topology) => ({ stack, topology }))))(
    "are accepted by the gateway, C# included: $stack, $topology",
    ({ stack, topology }) => {
      expect(refusals(stack, { topology })).toEqual([]);
    },
  );

  const TENANT = "11111111-1111-4111-8111-111111111111";
  const optional = CALLER_PROOFS.map((require) => ({
    require,
    values: {
      entra: { tenantId: TENANT, audiences: ["api://x"], clientIds: [TENANT], require },
      consumers: [{ name: "web", tokensPerMinute: 1000, tokenQuota: { tokens: 5000, period: "Daily" } }],
    },
  }));
  it.each(optional)("are accepted by the gateway with tokens and quotas: $require", ({ values }) => {
    expect(refusals("dev", values)).toEqual([]);
  });
  it.each(optional)("and by a C# compiler: $require", unless(missingCompiler), ({ values }) => {
    const compiler = new Compiler();
    try {
      const found = policyDocuments(planOf("dev", values)).flatMap(({ file, xml }) => codeIn(file, xml));
      expect(found.length).toBeGreaterThan(50);
      expect(check(compiler, found, "Optional")).toEqual([]);
    } finally {
      compiler.close();
    }
  });

  it.each([
    ["Developer", { gateway: { sku: "Developer", publisherName: "a", publisherEmail: "a@b.example" } }],
    [
      "Consumption",
      { gateway: { sku: "Consumption", publisherName: "a", publisherEmail: "a@b.example" }, consumers: [{ name: "web" }] },
    ],
    ["one region", { regions: ["swedencentral"] }],
    ["30 members and 5 models", { regions: many(30), models: models(5) }],
  ])("are accepted by the gateway, C# included: dev on %s", (_, values) => {
    expect(refusals("dev", values)).toEqual([]);
  });

  it("stay far below a classic gateway's 256 KiB with 30 members and 5 models", () => {
    const sizes = policyDocuments(planOf("dev", { regions: many(30), models: models(5) })).map(({ xml }) =>
      Buffer.byteLength(xml),
    );
    expect(Math.max(...sizes)).toBeLessThan(80 * 1024);
  });

  it("fail, with the place and the fix, where the gateway would not take them", () => {
    const gateway = { sku: "Consumption", publisherName: "a", publisherEmail: "a@b.example" };
    const plan = planOf("dev", { gateway, regions: many(30), models: models(5), consumers: [{ name: "web" }] });
    expect(() => policyDocuments(plan)).toThrow(PolicyError);
    expect(() => policyDocuments(plan)).toThrow(
      /^api-openai\.xml: policies: \d+ bytes, and this gateway takes 16384: plan fewer models or members, or another gateway\.sku$/,
    );
  });

  it("are global ones only where the API's has no room: over the service's own, none can be created on a classic gateway", () => {
    const scopes = (sku: string) => {
      const gateway = { sku, publisherName: "a", publisherEmail: "a@b.example" };
      return policyDocuments(planOf("dev", { gateway, consumers: [{ name: "web" }] })).map(({ scope }) => scope);
    };
    for (const sku of ["Developer", "Premium", "BasicV2"]) expect(scopes(sku), sku).toEqual(["api", "product"]);
    expect(scopes("Consumption")).toEqual(["global", "api", "product"]);
  });

  it("name every pool and member of the plan", () => {
    const plan = planOf("dev");
    const api = policyDocuments(plan).find(({ scope }) => scope === "api")?.xml ?? "";
    for (const pool of plan.pools)
      for (const id of [pool.id, ...pool.members.map(({ backendId }) => backendId)]) expect(api).toContain(id);
  });

  it("stay the same, byte for byte, whatever the tokens per minute are, and the named values do not", () => {
    const [chat, embeddings] = readStackFile(ROOT, "dev").values.models as Record<string, unknown>[];
    for (const topology of TOPOLOGIES) {
      const before = planOf("dev", { topology });
      const after = planOf("dev", {
        topology,
        models: [{ ...chat, tpm: 90_000, regions: { eastus2: { tpm: 30_000 } } }, embeddings],
      });
      expect(policyDocuments(after), topology).toEqual(policyDocuments(before));
      const changed = namedValues(after).filter((value, i) => JSON.stringify(value) !== JSON.stringify(namedValues(before)[i]));
      expect(
        changed.map(({ name }) => name),
        topology,
      ).toEqual(["weights-chat"]);
    }
  });

  it("give named values names that API Management takes, and texts of at most 4,096 characters", () => {
    const names = Array.from({ length: 5 }, (_, i) => ({ ...models(1)[0], deployment: `Chat_${i}.${"x".repeat(56)}` }));
    const regions = many(30).map((region, i) => ({ ...region, as: `${"a".repeat(20)}-${i}` }));
    const values = namedValues(
      planOf("dev", { regions, models: names.map((model) => ({ ...model, tpm: 10_000_000 })), strict: false }),
    );
    expect(new Set(values.map(({ name }) => name.toLowerCase())).size).toBe(5);
    for (const { name, source } of values) {
      expect(name).toMatch(/^[\w.-]{1,256}$/);
      expect(typeof source === "object" && source.value.length).toBeLessThanOrEqual(4096);
    }
  });

  it("hold no key, token or address", () => {
    for (const { xml } of policyDocuments(planOf("dev"))) expect(xml).not.toMatch(/[0-9a-f]{32}|openai\.azure\.com|Bearer \w/i);
  });

  it("let a call through unread only where a retry sends the body again", () => {
    const forwards: Record<string, string>[] = [];
    const visit = (element: XmlElement): void => {
      if (element.name === "forward-request") forwards.push(element.attributes);
      for (const child of element.children) if (child instanceof XmlElement) visit(child);
    };
    const root = parseXml(policyDocuments(planOf("dev")).find(({ scope }) => scope === "api")?.xml ?? "").root;
    if (root) visit(root);
    expect(forwards.map((attributes) => attributes["buffer-response"])).toEqual(["false", "false"]);
    expect(forwards.map((attributes) => attributes["buffer-request-body"])).toEqual(["false", "true"]);
  });
});

describe("operations", () => {
  it("have ids and templates of their own, and every parameter of a template is declared", () => {
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    expect(new Set(operations.map(({ method, urlTemplate }) => `${method} ${urlTemplate}`)).size).toBe(operations.length);
    for (const { urlTemplate, templateParameters } of operations) {
      expect([...urlTemplate.matchAll(/\{(.+?)\}/g)].map(([, name]) => name)).toEqual(templateParameters.map(({ name }) => name));
    }
  });
});

describe("npm run policies", () => {
  const run = async (...args: string[]) => {
    try {
      return { status: 0, ...(await promisify(execFile)(process.execPath, [join(ROOT, "cli/policies.ts"), ...args])) };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { status: code, stdout, stderr };
    }
  };

  it("writes every document as deployed", async () => {
    const out = mkdtempSync(join(tmpdir(), "policies-"));
    try {
      const { status, stdout } = await run("--stack", "dev", "--topology", "private-apim", "--out", join(out, "new"));
      expect(status).toBe(0);
      for (const { file, xml } of policyDocuments(planOf("dev", { topology: "private-apim" }))) {
        expect(readFileSync(join(out, "new", file), "utf8")).toBe(xml);
        expect(stdout).toContain(file);
      }
      expect(JSON.parse(readFileSync(join(out, "new", "named-values.json"), "utf8"))).toMatchObject({
        "weights-chat": "eastus2 60000,francecentral 60000,swedencentral 60000",
      });
    } finally {
      rmSync(out, { recursive: true });
    }
  });

  it("writes them into the stack's own folder where none is given, says where, and leaves nothing of before there", async () => {
    const sandbox = mkdtempSync(join(tmpdir(), "policies-"));
    try {
      const own = join(sandbox, "dev", "policies", "front-door");
      mkdirSync(own, { recursive: true });
      writeFileSync(join(own, "product-of-before.xml"), "");
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [join(ROOT, "cli/policies.ts"), "--stack", "dev", "--topology", "front-door"],
        { env: { ...process.env, AOAI_SANDBOX: sandbox } },
      );
      const files = policyDocuments(planOf("dev", { topology: "front-door" })).map(({ file }) => file);
      expect(readdirSync(own).sort()).toEqual([...files, "named-values.json"].sort());
      for (const file of files) expect(stdout).toContain(join(own, file));
    } finally {
      rmSync(sandbox, { recursive: true });
    }
  });

  it("prints them with --out -", async () => {
    expect((await run("--stack", "dev", "--out", "-")).stdout).toContain("<!-- api-openai.xml: api openai -->\n<policies>");
  });

  it.each([
    [["--stack", "nowhere"], "nowhere"],
    [["--stack", "dev", "--topology", "mesh"], "public-apim"],
    [["--stock", "dev"], "--stack"],
  ])("says what is wrong: %j", async (args, message) => {
    const { status, stderr } = await run(...args);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });
});
