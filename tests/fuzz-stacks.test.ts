/**
 * Is every stack file either refused with its faults, or good for documents that a C# compiler takes? Random stacks, and hostile texts in every place
 * of a stack that holds text; with EVERY=1 (`npm run test:every`) 4,500 of the former, and 300 texts in each place.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PolicyError, policyDocuments } from "../policies/index.ts";
import { SECRET_PLACEHOLDER, type StackSource } from "../stacks/config.ts";
import { PlanError, planStack } from "../stacks/plan.ts";
import { hostileTexts } from "./support/fuzz/hostile.ts";
import { codeIn, type Found } from "./support/mono/documents.ts";
import { check } from "./support/mono/gate.ts";
import { Compiler, missingCompiler } from "./support/mono/mono.ts";
import { randomSources } from "./support/random-config.ts";
import { unless } from "./support/unless.ts";

const SEED = Number(process.env.FUZZ_SEED ?? 20261130);
const STACKS = process.env.EVERY ? 4500 : 300;
const TEXTS = process.env.EVERY ? 300 : 60;

/** Distinct code of all documents, and where it is found first. */
const code = new Map<string, Found>();
const outcomes = { documents: 0, refused: 0 };

/** Documents of the stack, kept for the compiler; or the message of its refusal. @throws anything that is no refusal */
function judged(source: StackSource, at: string): string | undefined {
  try {
    for (const { file, xml } of policyDocuments(planStack(source))) {
      outcomes.documents++;
      for (const found of codeIn(`${at} ${file}`, xml)) {
        const key = JSON.stringify([found.type, found.kind, found.code]);
        if (!code.has(key)) code.set(key, found);
      }
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof PlanError || error instanceof PolicyError)) throw error;
    outcomes.refused++;
    return error.message;
  }
}

const RICH: StackSource = {
  stack: "dev",
  location: "swedencentral",
  today: "2026-11-24",
  values: {
    topology: "application-gateway",
    gateway: { sku: "StandardV2", publisherName: "Contoso AI", publisherEmail: "ai@contoso.example" },
    regions: ["swedencentral", { region: "eastus2", as: "east", subscription: "00000000-0000-4000-8000-000000000001" }],
    models: [
      {
        deployment: "chat",
        model: "gpt-5.2",
        version: "2025-12-11",
        sku: "GlobalStandard",
        tpm: 60_000,
        regions: { east: { tpm: 30_000, sku: "GlobalStandard" } },
      },
      {
        deployment: "embeddings",
        model: "text-embedding-3-large",
        version: "1",
        sku: "Standard",
        tpm: 60_000,
        regions: ["east"],
      },
    ],
    consumers: [
      { name: "chat-web", tokensPerMinute: 5000, tokenQuota: { tokens: 10_000, period: "Monthly" } },
      { name: "batch" },
    ],
    entra: {
      tenantId: "00000000-0000-4000-8000-000000000002",
      audiences: ["api://gateway"],
      clientIds: ["00000000-0000-4000-8000-000000000003"],
      require: "key-and-token",
    },
    tags: { owner: "platform" },
    network: {
      addressSpace: "10.7.0.0/21",
      gatewaySubnet: "10.7.0.0/26",
      endpointsSubnet: "10.7.1.0/24",
      applicationGatewaySubnet: "10.7.4.0/24",
    },
    applicationGateway: { host: "openai.contoso.example", zones: ["1"] },
    certificatePfx: SECRET_PLACEHOLDER,
    accountAccess: "closed",
  },
};

type Change = (source: StackSource, text: string) => StackSource;

/** Every text of the stack, names of keys that are free included: where it is, and how another is put there. */
function textPlaces(): [place: string, change: Change][] {
  const found: [string, Change][] = [
    ["stack", (source, text) => ({ ...source, stack: text })],
    ["azure-native:location", (source, text) => ({ ...source, location: text })],
    ["tags.(name)", (source, text) => ({ ...source, values: { ...source.values, tags: { [text]: "a" } } })],
    ["models[0].regions.(name)", (source, text) => withModelRegions(source, { [text]: { tpm: 1000 } })],
    ["(key)", (source, text) => ({ ...source, values: { ...source.values, [text]: "a" } })],
  ];
  const walk = (value: unknown, path: (string | number)[]) => {
    if (typeof value === "string") {
      found.push([
        path.join("."),
        (source, text) => ({ ...source, values: replaced(source.values, path, text) as typeof source.values }),
      ]);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  walk(RICH.values, []);
  return found;
}

const withModelRegions = (source: StackSource, regions: object): StackSource => ({
  ...source,
  values: {
    ...source.values,
    models: [{ deployment: "chat", model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard", tpm: 60_000, regions }],
  },
});

function replaced(value: unknown, [step, ...rest]: readonly (string | number)[], text: string): unknown {
  if (step === undefined) return text;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[step] = replaced(copy[step], rest, text);
  return copy;
}

const places = textPlaces();
const texts = hostileTexts(TEXTS, SEED);

describe("stacks", () => {
  it("takes the stack that the texts are put into", () => {
    expect(judged(RICH, "rich")).toBeUndefined();
    expect(places.length).toBeGreaterThan(30);
  });

  it(`plans or refuses ${STACKS} random stacks (seed ${SEED}), never anything else`, () => {
    const before = { ...outcomes };
    for (const [i, source] of randomSources(STACKS, SEED).entries()) judged(source, `random ${i}`);
    expect(outcomes.refused - before.refused).toBeLessThan(STACKS * 0.75);
  });

  it.each(places)(`plans or refuses each of ${TEXTS} hostile texts in %s, and a refusal fits on a screen`, (place, change) => {
    for (const text of texts) {
      const refusal = judged(change(RICH, text), `${place} ${JSON.stringify(text).slice(0, 60)}`);
      if (refusal === undefined) continue;
      expect(refusal.length, `${refusal.slice(0, 3000)} ...`).toBeLessThan(4000);
      // A message for a terminal: no escape sequences, nothing that turns the line around.
      expect(refusal.replaceAll("\n- ", "")).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
    }
  });
});

describe("the C# compiler", unless(missingCompiler), () => {
  let compiler: Compiler;
  beforeAll(() => {
    compiler = new Compiler();
  });
  afterAll(() => compiler.close());

  it("takes every expression of every document above with the type of its place", () => {
    const faults = check(compiler, [...code.values()], "Fuzz");
    console.info(`fuzz: ${outcomes.documents} documents, ${outcomes.refused} refusals, ${code.size} different expressions`);
    expect(code.size).toBeGreaterThan(1000);
    expect(faults.slice(0, 10)).toEqual([]);
  });
});
