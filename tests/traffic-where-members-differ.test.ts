/**
 * Models that stand on different accounts, and provisioned throughput before the rest: behind an entrance, is each call sent to accounts that can
 * serve it, and to the right one first?
 */
import { afterEach, describe, expect, it } from "vitest";
import { chat, deploymentPath, V1 } from "./support/policies.ts";
import { type StandingStack, standingStack, wasted, wayOf } from "./support/standing-stack.ts";

const MODEL = { model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard" };
const ALL = ["eastus2", "francecentral", "swedencentral"];
const MODELS = [
  { deployment: "chat", ...MODEL, tpm: 60_000, regions: { francecentral: false } },
  { deployment: "lonely", ...MODEL, tpm: 60_000, regions: { swedencentral: false, eastus2: false } },
  {
    deployment: "reserved",
    ...MODEL,
    tpm: 400_000,
    provisioned: [{ region: "swedencentral", sku: "GlobalProvisionedManaged", ptu: 50 }],
  },
  { deployment: "embeddings", model: "text-embedding-3-large", version: "1", sku: "GlobalStandard", tpm: 120_000 },
];

let azure: StandingStack;
afterEach(() => azure?.remove());

describe.each(["application-gateway", "front-door"] as const)("behind %s", (topology) => {
  const stand = () =>
    standingStack({
      topology,
      acceptProvisionedCost: true,
      regions: ["swedencentral", "eastus2", "francecentral"],
      models: MODELS,
    });
  /** Both API styles in turn, from the start of a log. */
  async function calls(model: string, count: number, more: object = {}) {
    const [attempts, served] = [azure.attempts.length, azure.accounts.entries().length];
    for (let i = 0; i < count; i++) {
      const answer = await azure.call(i % 2 === 0 ? V1 : deploymentPath(model), chat(model, more).body);
      expect(answer.status, answer.text).toBe(200);
    }
    const own = azure.attempts.slice(attempts);
    const entries = azure.accounts.entries().slice(served);
    return {
      attempts: own.length,
      ways: own.map((attempt) => wayOf(azure, attempt)),
      sets: [...new Set(own.map(({ path }) => path.replace(/\/openai\/.*/, "")))].sort(),
      accounts: entries.map(({ host }) => Object.keys(azure.hosts).find((key) => azure.hosts[key] === host) ?? host),
      statuses: [...new Set(entries.map(({ status }) => status))].sort(),
    };
  }
  const among = ({ accounts }: { accounts: string[] }) => [...new Set(accounts)].sort();

  it("a model that stands in some regions is balanced over those, by the path of their set, in both API styles", async () => {
    azure = await stand();
    const some = await calls("chat", 8);
    expect(new Set(some.ways)).toEqual(new Set(["balanced"]));
    expect(some.sets).toEqual([expect.stringMatching(/^\/m\/[^/]+$/)]);
    expect(among(some)).toEqual(["eastus2", "swedencentral"]);
    expect(some.statuses).toEqual([200]);

    const everywhere = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        azure.call(i % 2 === 0 ? "/v1/embeddings" : "/deployments/embeddings/embeddings?api-version=2024-10-21", {
          model: "embeddings",
          input: "hello",
        }),
      ),
    );
    expect(everywhere.map(({ status }) => status)).toEqual(Array(6).fill(200));
    const embedded = azure.accounts.entries().filter(({ deployment }) => deployment === "embeddings");
    expect([...new Set(embedded.map(({ region }) => region))].sort()).toEqual(ALL);

    const alone = await calls("lonely", 4);
    expect(among(alone)).toEqual(["francecentral"]);
    expect(alone.statuses).toEqual([200]);
  });

  it("and no other account is asked when one of them is throttled or fails, nor for a stream", async () => {
    azure = await stand();
    for (const fault of [{ kind: "throttled", retryAfterSeconds: 30 } as const, { kind: "status", status: 500 } as const]) {
      const set = azure.faults.set({ ...fault, region: "eastus2" });
      const some = await calls("chat", 8);
      expect(among(some)).toEqual(["eastus2", "swedencentral"]);
      expect(among(await calls("lonely", 4))).toEqual(["francecentral"]);
      const before = azure.accounts.entries().length;
      for (let i = 0; i < 4; i++) {
        const answer = await azure.call(V1, chat("chat", { stream: true }).body);
        expect([answer.status, answer.text.trimEnd().endsWith("data: [DONE]")]).toEqual([200, true]);
      }
      expect(
        azure.accounts
          .entries()
          .slice(before)
          .map(({ region }) => region),
      ).not.toContain("francecentral");
      set.clear();
      await azure.clock.advance(31_000);
    }
    // 404 would say that an account was asked for a model which it has not.
    expect(azure.accounts.entries().map(({ status }) => status)).not.toContain(404);
  });

  it("provisioned throughput comes first, on its own path; while it wants no calls, the entrance balances them over the rest", async () => {
    azure = await stand();
    const first = await calls("reserved", 6);
    expect([first.sets, among(first), first.attempts]).toEqual([["/r/swedencentral-ptu"], ["swedencentral-ptu"], 6]);

    const fault = azure.faults.set({ kind: "throttled", host: azure.hosts["swedencentral-ptu"], retryAfterMs: 20_000 });
    const spilled = await calls("reserved", 9);
    expect(spilled.ways).toEqual(["steered", ...Array(9).fill("balanced")]);
    const counts = Object.entries(Object.groupBy(spilled.accounts, (account) => account)).map(([key, calls]) => [
      key,
      calls?.length,
    ]);
    expect(Object.fromEntries(counts)).toEqual({ "swedencentral-ptu": 1, swedencentral: 3, eastus2: 3, francecentral: 3 });
    fault.clear();
    await azure.clock.advance(20_000);
    expect(among(await calls("reserved", 4))).toEqual(["swedencentral-ptu"]);
    expect(wasted(azure.accounts.entries(), 20)).toBe(0);
  });

  it("more than it can serve spills over and costs callers nothing, whatever happens to the rest", async () => {
    azure = await stand();
    const long = { messages: [{ role: "user", content: "x".repeat(20_000) }], max_completion_tokens: 1000 };
    azure.faults.set({ kind: "throttled", region: "eastus2", deployment: "reserved", retryAfterSeconds: 30 });
    const offered = await calls("reserved", 60, long);
    const served = azure.accounts.entries().filter(({ status }) => status === 200);
    const provisioned = served.filter(({ host }) => host === azure.hosts["swedencentral-ptu"]).length;
    expect(provisioned, "it is used").toBeGreaterThan(10);
    expect(provisioned, "and not enough").toBeLessThan(50);
    expect(offered.attempts).toBeGreaterThan(60);
    expect(among(offered)).toEqual([...ALL, "swedencentral-ptu"].sort());
    expect(offered.statuses).toEqual([200, 429]);
  });
});
