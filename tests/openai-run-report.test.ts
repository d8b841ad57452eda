/**
 * Does a run's report count what happened, and does it refuse to when wire and accounts disagree?
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runLoad, sizes, status } from "../cli/load.ts";
import { type Counted, countRun, renderReport } from "../cli/report.ts";
import type { Attempt } from "../sandbox/gateway/index.ts";
import { TransportError } from "../sandbox/http.ts";
import { serve } from "../sandbox/http-server.ts";
import type { EntranceLogEntry } from "../sandbox/network/index.ts";
import type { AccountLogEntry } from "../sandbox/openai/index.ts";
import { servedAccounts } from "./support/openai-accounts.ts";

const REGIONS = ["eastus2", "swedencentral"];
const host = (region: string) => `aoai-${region}.openai.azure.com`;
const attempt = (region: string, outcome: { status?: number; error?: Attempt["error"] }, callId = "a"): Attempt => ({
  at: 0,
  host: host(region),
  path: "/openai",
  callId,
  ...outcome,
});
const entry = (region: string, status: number, more: Partial<AccountLogEntry> = {}): AccountLogEntry => ({
  at: 0,
  host: host(region),
  account: `aoai-${region}`,
  region,
  deployment: "chat",
  status,
  tokens: status === 200 ? 100 : 0,
  callId: "a",
  stream: false,
  ...more,
});
const ENTRANCE = "openai.contoso.example";
const through = (callId: string, outcome: { status?: number; error?: Attempt["error"] }, path = "/openai"): Attempt => ({
  ...attempt("eastus2", outcome, callId),
  host: ENTRANCE,
  path,
});
const passed = (callId: string, status: number, region?: string, path = "/openai"): EntranceLogEntry => ({
  at: 0,
  entrance: "application-gateway",
  host: ENTRANCE,
  path,
  status,
  callId,
  ...(region && { origin: host(region) }),
});
const counted = (attempts: Attempt[], entries: AccountLogEntry[], entrances: EntranceLogEntry[] = []): Counted => ({
  attempts,
  entrances: { entries: () => entrances },
  accounts: { entries: () => entries },
  store: {
    list: () =>
      REGIONS.map((location) => ({
        id: location,
        type: "",
        name: location,
        body: { location, properties: {} },
        createdAt: 0,
        changedAt: 0,
      })),
  },
});

describe("a report", () => {
  it("counts calls, attempts, absorbed 429s and every region, in the shape that others read", () => {
    const attempts = [
      attempt("eastus2", { status: 429 }, "a"),
      attempt("swedencentral", { status: 200 }, "b"),
      attempt("eastus2", { status: 429 }, "c"),
      attempt("eastus2", { error: "dns" }, "d"),
    ];
    const entries = [
      entry("eastus2", 429, { callId: "c" }),
      entry("swedencentral", 200, { callId: "b" }),
      entry("eastus2", 429, { callId: "a" }),
    ];
    const report = countRun("public-apim", [{ status: 200 }, { status: 429 }], counted(attempts, entries));
    expect(report).toEqual({
      topology: "public-apim",
      requests: 2,
      callerErrors: 1,
      attempts: 4,
      throttledAbsorbed: 1,
      regions: { eastus2: { requests: 0, tokens: 0, throttled: 2 }, swedencentral: { requests: 1, tokens: 100, throttled: 0 } },
    });
    expect(renderReport(report)).toContain(
      "2 calls in 4 attempts: 1 throttled answer absorbed by the gateway, 1 error seen by callers.",
    );
  });

  it("shows a region that served nothing", () => {
    expect(Object.keys(countRun("public-apim", [], counted([], [])).regions)).toEqual(REGIONS);
  });

  it.each([
    [
      "an answer that no account gave",
      [attempt("eastus2", { status: 200 })],
      [],
      "HTTP 200 1 times on the wire, 0 times in its log",
    ],
    ["an entry that nobody sent", [], [entry("eastus2", 200)], "HTTP 200 0 times on the wire, 1 times in its log"],
    [
      "the answer to another call",
      [attempt("eastus2", { status: 200 }, "a")],
      [entry("eastus2", 200, { callId: "b" })],
      "call a is HTTP 200 1 times on the wire, 0 times in its log",
    ],
    ["another status", [attempt("eastus2", { status: 200 })], [entry("eastus2", 429)], "HTTP 429 0 times on the wire, 1 times"],
    [
      "another region",
      [attempt("eastus2", { status: 200 })],
      [entry("swedencentral", 200)],
      "aoai-swedencentral.openai.azure.com: call a is HTTP 200 0 times",
    ],
    [
      "two calls that changed their answers",
      [attempt("eastus2", { status: 200 }, "a"), attempt("eastus2", { status: 429 }, "b")],
      [entry("eastus2", 429, { callId: "a" }), entry("eastus2", 200, { callId: "b" })],
      "call a is HTTP 200 1 times on the wire, 0 times in its log",
    ],
    [
      "more unheard answers than attempts without one",
      [attempt("eastus2", { error: "timeout" })],
      [entry("eastus2", 200), entry("eastus2", 200)],
      "HTTP 200 0 times",
    ],
  ])("refuses %s", (_, attempts, entries, message) => {
    expect(() => countRun("public-apim", [], counted(attempts, entries))).toThrow(message);
  });

  it.each([
    ["an answer that came after the timeout", [attempt("eastus2", { error: "timeout" })], [entry("eastus2", 200)]],
    ["a timeout that the account noticed", [attempt("eastus2", { error: "timeout" })], [entry("eastus2", 0)]],
    ["a reset before the account saw anything", [attempt("eastus2", { error: "reset" })], []],
    ["a caller who hung up", [attempt("eastus2", {})], [entry("eastus2", 0)]],
  ])("takes %s", (_, attempts, entries) => {
    expect(countRun("public-apim", [], counted(attempts, entries)).attempts).toBe(1);
  });

  it("counts what went through an entrance, balanced and steered, in the regions that answered", () => {
    const attempts = [
      through("a", { status: 429 }),
      through("b", { status: 200 }, "/r/swedencentral/openai"),
      through("c", { status: 502 }),
      through("d", { error: "dns" }),
      attempt("eastus2", { status: 200 }, "e"),
    ];
    const entrances = [
      passed("a", 429, "eastus2"),
      passed("b", 200, "swedencentral", "/r/swedencentral/openai"),
      passed("c", 502),
    ];
    const entries = [
      entry("eastus2", 429, { callId: "a" }),
      entry("swedencentral", 200, { callId: "b" }),
      entry("eastus2", 200, { callId: "e" }),
    ];
    const report = countRun("application-gateway", [{ status: 200 }], counted(attempts, entries, entrances));
    expect(report).toMatchObject({ attempts: 5, throttledAbsorbed: 1, entrance: { balanced: 2, steered: 1 } });
    expect(report.regions).toMatchObject({ eastus2: { requests: 1, throttled: 1 }, swedencentral: { requests: 1 } });
    expect(renderReport(report)).toContain("Through the entrance: 2 calls that it balanced, 1 steered to one account.");
  });

  it.each<[string, Attempt[], EntranceLogEntry[], AccountLogEntry[], string]>([
    [
      "an entrance that nobody heard of",
      [through("a", { status: 200 })],
      [],
      [entry("eastus2", 200)],
      "openai.contoso.example: call a is HTTP 200 1 times on the wire, 0 times in its log",
    ],
    [
      "an entrance that says what no account said",
      [through("a", { status: 200 })],
      [passed("a", 200, "eastus2")],
      [],
      "aoai-eastus2.openai.azure.com: call a is HTTP 200 1 times on the wire, 0 times in its log",
    ],
    [
      "an entrance that names another account",
      [through("a", { status: 200 })],
      [passed("a", 200, "swedencentral")],
      [entry("eastus2", 200)],
      "aoai-swedencentral.openai.azure.com: call a is HTTP 200 1 times on the wire",
    ],
    [
      "an entrance that changes an account's answer",
      [through("a", { status: 200 })],
      [passed("a", 200, "eastus2")],
      [entry("eastus2", 429)],
      "call a is HTTP 429 0 times on the wire, 1 times in its log",
    ],
    [
      "an entrance that tries twice",
      [through("a", { status: 200 })],
      [passed("a", 200, "eastus2")],
      [entry("eastus2", 200), entry("swedencentral", 503)],
      "aoai-swedencentral.openai.azure.com: call a is HTTP 503 0 times on the wire, 1 times in its log",
    ],
  ])("refuses %s", (_, attempts, entrances, entries, message) => {
    expect(() => countRun("application-gateway", [], counted(attempts, entries, entrances))).toThrow(message);
  });

  it.each<[string, Attempt[], EntranceLogEntry[], AccountLogEntry[]]>([
    [
      "an entrance that gave up before the account answered",
      [through("a", { status: 504 })],
      [passed("a", 504)],
      [entry("eastus2", 200)],
    ],
    ["a caller who hung up on an entrance", [through("a", {})], [passed("a", 499)], [entry("eastus2", 0)]],
    [
      "a gateway that gave up on an entrance",
      [through("a", { error: "timeout" })],
      [passed("a", 200, "eastus2")],
      [entry("eastus2", 200)],
    ],
  ])("takes %s", (_, attempts, entrances, entries) => {
    expect(countRun("application-gateway", [], counted(attempts, entries, entrances)).attempts).toBe(1);
  });

  it("any honest run agrees, and one forged status in it does not", () => {
    const outcome = fc.record({
      region: fc.constantFrom(...REGIONS),
      status: fc.constantFrom(200, 401, 429, 503),
      heard: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1 }), (outcomes) => {
        const pairs = outcomes.map(({ region, status, heard }, index) => {
          const sent = attempt(region, heard ? { status } : { error: "timeout" }, String(index));
          return { sent, entry: entry(region, status, { callId: sent.callId }) };
        });
        const run = (wire: Attempt[]) =>
          countRun(
            "public-apim",
            [],
            counted(
              wire,
              pairs.map((pair) => pair.entry),
            ),
          );
        const wire = pairs.map(({ sent }) => sent);
        expect(run(wire).attempts).toBe(outcomes.length);
        const heard = wire.findIndex(({ status }) => status !== undefined);
        if (heard >= 0) expect(() => run(wire.with(heard, { ...(wire[heard] as Attempt), status: 418 }))).toThrow("disagree");
      }),
    );
  });
});

describe("load", () => {
  let azure: Awaited<ReturnType<typeof servedAccounts>>;
  beforeAll(async () => {
    azure = await servedAccounts({
      firstTokenMs: 0,
      tokenMs: 0,
      regions: { eastus2: { chat: { model: "gpt-5.2", version: "2025-12-11", capacity: 60 } } },
    });
  });
  afterAll(() => azure.close());

  it("asks for exactly the tokens it was told, in sizes that the seed decides", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 29, max: 200_000 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.string(),
        (tokens, meanTokens, seed) => {
          fc.pre(tokens / meanTokens < 5000);
          const all = sizes({ tokens, meanTokens, seed });
          expect(all.reduce((sum, size) => sum + size, 0)).toBe(tokens);
          expect(Math.min(...all)).toBeGreaterThanOrEqual(29);
          expect(sizes({ tokens, meanTokens, seed })).toEqual(all);
        },
      ),
    );
  });

  it("is counted by the account to the token, and what is over its quota comes back as 429", async () => {
    // The account takes no gateway's key, so a small entrance swaps it for a token.
    const entrance = await serve((request) => {
      const headers = request.headers.clone();
      headers.delete("api-key");
      headers.set("Authorization", `Bearer ${azure.token()}`);
      return azure.client(
        { ...request, headers, url: new URL(`https://${azure.hostOf("eastus2")}${request.url.pathname}`) },
        { timeoutMs: 5000 },
      );
    });
    try {
      const options = {
        gatewayUrl: `http://127.0.0.1:${entrance.port}`,
        proof: { key: "k" },
        deployment: "chat",
        meanTokens: 3000,
        concurrency: 8,
        seed: "test",
      };
      const within = await runLoad({ ...options, tokens: 45_000 });
      expect(new Set(within.map(({ status }) => status))).toEqual(new Set([200]));
      expect(azure.log.entries().reduce((sum, { tokens }) => sum + tokens, 0)).toBe(45_000);
      const over = await runLoad({ ...options, tokens: 30_000 });
      expect(over.some(({ status }) => status === 429)).toBe(true);
    } finally {
      await entrance.close();
    }
  });

  it("sees a broken connection as no status, also in the middle of a stream", async () => {
    const client = azure.v1("eastus2");
    const request = { model: "chat", messages: [{ role: "user" as const, content: "Hello" }] };
    azure.faults.set({ kind: "cut", times: 1 });
    const cut = await status(async () => {
      for await (const _ of await client.chat.completions.create({ ...request, stream: true, max_completion_tokens: 16 })) {
        // Read until it breaks.
      }
    });
    azure.faults.set({ kind: "reset", times: 1 });
    const reset = await status(() => client.chat.completions.create(request));
    expect([cut, reset]).toEqual([{ status: 0 }, { status: 0 }]);
    await expect(
      status(async () => {
        throw new TransportError("dns", "a bug elsewhere is no caller's error");
      }),
    ).rejects.toThrow("a bug elsewhere");
  });
});
