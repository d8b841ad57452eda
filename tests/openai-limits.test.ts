/**
 * Is quota counted as the service documents it? Limiters by the clock alone, against plain re-statements of the rules.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock } from "../sandbox/clock.ts";
import {
  Counter,
  ProvisionedLimiter,
  type ProvisionedLimits,
  StandardLimiter,
  type StandardOptions,
} from "../sandbox/openai/limiter.ts";
import { accountsOf } from "./support/openai-accounts.ts";

const MINUTE = 60_000;
const options = (more: Partial<StandardOptions> = {}): StandardOptions => ({
  window: "fixed",
  requestWindowSeconds: 60,
  admits: "fits",
  ...more,
});
const many = { tpm: 1_000_000, rpm: 1_000_000 };

/** Requests in order: how long after the one before, and of how many tokens. */
const traffic = fc.array(fc.record({ after: fc.integer({ min: 0, max: 20_000 }), tokens: fc.integer({ min: 1, max: 1500 }) }), {
  maxLength: 120,
});
const window = fc.constantFrom("fixed" as const, "sliding" as const);

describe("standard deployments", () => {
  it("never admit more tokens than the limit in any window, and refuse nothing that fits", () => {
    fc.assert(
      fc.property(traffic, window, fc.integer({ min: 500, max: 5000 }), (requests, kind, tpm) => {
        const limiter = new StandardLimiter(options({ window: kind }));
        const admitted: { at: number; tokens: number }[] = [];
        let now = 0;
        let start = Number.NEGATIVE_INFINITY;
        for (const { after, tokens } of requests) {
          now += after;
          if (kind === "fixed" && now >= start + MINUTE) start = Number.NaN;
          const inWindow = admitted.filter(({ at }) => (kind === "fixed" ? at >= start : at > now - MINUTE));
          const used = inWindow.reduce((sum, request) => sum + request.tokens, 0);
          const result = limiter.admit(now, tokens, { ...many, tpm });
          expect(result.admitted).toBe(used + tokens <= tpm);
          expect(result.remainingTokens).toBe(tpm - used - (result.admitted ? tokens : 0));
          if (!result.admitted) continue;
          if (Number.isNaN(start)) start = now;
          admitted.push({ at: now, tokens });
        }
      }),
    );
  });

  it("say how long to wait: then the request is admitted, and a moment earlier it is not", () => {
    fc.assert(
      fc.property(traffic, window, fc.integer({ min: 1500, max: 4000 }), (requests, kind, tpm) => {
        const run = (limiter: StandardLimiter) => {
          let now = 0;
          for (const { after, tokens } of requests) {
            now += after;
            const result = limiter.admit(now, tokens, { ...many, tpm });
            if (!result.admitted) return { now, tokens, wait: result.retryAfterMs };
          }
          return undefined;
        };
        const refused = run(new StandardLimiter(options({ window: kind })));
        fc.pre(refused !== undefined);
        const { now, tokens, wait } = refused as { now: number; tokens: number; wait: number };
        for (const [early, admitted] of [
          [1, false],
          [0, true],
        ] as const) {
          const again = new StandardLimiter(options({ window: kind }));
          run(again);
          expect(again.admit(now + wait - early, tokens, { ...many, tpm }).admitted).toBe(admitted);
        }
      }),
    );
  });

  it("admit until the limit is reached, the last one over it, when the guide is read that way", () => {
    const limiter = new StandardLimiter(options({ admits: "reached" }));
    const limits = { ...many, tpm: 1000 };
    expect([900, 900, 1].map((tokens) => limiter.admit(0, tokens, limits).admitted)).toEqual([true, true, false]);
    expect(limiter.admit(MINUTE, 5000, limits).admitted).toBe(true);
  });

  it("judge requests over ten seconds: a burst is refused that a minute would admit", () => {
    const limiter = new StandardLimiter(options({ requestWindowSeconds: 10 }));
    const limits = { tpm: 1_000_000, rpm: 60 };
    const burst = Array.from({ length: 11 }, () => limiter.admit(0, 1, limits));
    expect(burst.filter(({ admitted }) => admitted)).toHaveLength(10);
    expect(burst.at(-1)).toMatchObject({ admitted: false, by: "call", retryAfterMs: 10_000 });
    expect(limiter.admit(10_000, 1, limits).admitted).toBe(true);
  });

  it("never let a limit below one request a window stop everything", () => {
    const limiter = new StandardLimiter(options({ requestWindowSeconds: 1 }));
    expect(limiter.admit(0, 1, { tpm: 1000, rpm: 6 }).admitted).toBe(true);
  });

  it("know that a request larger than the limit never fits", () => {
    for (const kind of ["fixed", "sliding"] as const) {
      expect(new Counter(kind, MINUTE).wait(0, 1001, 1000)).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it("leave the rest to us when another application is busy with a share of the quota", () => {
    const limiter = new StandardLimiter(options());
    const limits = { tpm: 1000, rpm: 600, busy: 0.6 };
    expect([400, 1].map((tokens) => limiter.admit(0, tokens, limits).admitted)).toEqual([true, false]);
    expect(new StandardLimiter(options()).admit(0, 1, { ...limits, busy: 1 }).admitted).toBe(false);
  });
});

describe("provisioned deployments", () => {
  const limits: ProvisionedLimits = { ptu: 60, inputTpmPerPtu: 1000, outputRatio: 4 };
  const PER_MS = 1;

  it("admit below 100 % whatever the size, refuse from 100 % on, and say exactly when it is below again", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ after: fc.integer({ min: 0, max: 5000 }), prompt: fc.integer({ min: 1, max: 20_000 }) }), {
          maxLength: 60,
        }),
        (calls) => {
          const limiter = new ProvisionedLimiter(10);
          let now = 0;
          let level = 0;
          for (const { after, prompt } of calls) {
            now += after;
            level = Math.max(0, level - after * PER_MS);
            const wait = limiter.admit(now, { prompt, completion: 0 }, limits);
            expect(wait === 0).toBe(level < 10_000);
            if (wait > 0) expect(wait).toBeCloseTo(Math.max(1, level - 10_000), 6);
            else level += prompt;
          }
        },
      ),
    );
  });

  it("weigh output tokens, and give back what was estimated too much", () => {
    const limiter = new ProvisionedLimiter(10);
    const estimate = { prompt: 1000, completion: 3000 };
    limiter.admit(0, estimate, limits);
    expect(limiter.utilisation(0, limits)).toBeCloseTo((1000 + 4 * 3000) / 10_000);
    expect(limiter.admit(0, estimate, limits)).toBeCloseTo(3000);
    limiter.correct(0, estimate, { prompt: 1000, completion: 100 }, limits);
    expect(limiter.utilisation(0, limits)).toBeCloseTo(0.14);
    expect(limiter.admit(0, estimate, limits)).toBe(0);
  });
});

describe("an account", () => {
  const start = new Date("2026-11-24T09:00:00Z");
  const chat = (tokens: number, more: object = {}) => ({
    model: "chat",
    messages: [{ role: "user", content: "12345678" }],
    max_tokens: tokens - 2,
    ...more,
  });
  const V1 = "/openai/v1/chat/completions";
  const quiet = { firstTokenMs: 0, tokenMs: 0 };

  it("takes capacity x 1000 tokens a minute, then answers 429 with the seconds until the minute is over, in header and text", async () => {
    const clock = manualClock(start);
    const { ask } = accountsOf({ clock, ...quiet, regions: { westus: { chat: { capacity: 1 } } } });
    const body = { messages: [{ role: "user", content: "12345678" }], max_tokens: 498 };
    const path = "/openai/deployments/chat/chat/completions?api-version=2024-10-21";
    const first = await ask("westus", path, body);
    expect(first.status).toBe(200);
    expect(["limit", "remaining"].map((kind) => first.headers.get(`x-ratelimit-${kind}-tokens`))).toEqual(["1000", "500"]);
    await clock.advance(20_000);
    expect((await ask("westus", path, body)).headers.get("x-ratelimit-remaining-tokens")).toBe("0");
    await clock.advance(500);
    const refused = await ask("westus", path, body);
    expect(refused.status).toBe(429);
    expect(refused.json).toEqual({
      error: {
        code: "429",
        message:
          "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token rate limit of your current OpenAI S0 pricing tier. " +
          "Please retry after 40 seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.",
      },
    });
    expect(
      ["retry-after", "x-ms-region", "policy-id", "x-ratelimit-reset-tokens"].map((name) => refused.headers.get(name)),
    ).toEqual(["40", "West US", "DeploymentRatelimit-Token", "40"]);
    await clock.advance(39_500);
    expect((await ask("westus", path, body)).status).toBe(200);
  });

  it("words the limit as the deck saw it in versions before 2024", async () => {
    const { ask } = accountsOf({ ...quiet, regions: { westus: { chat: { capacity: 1 } } } });
    const path = "/openai/deployments/chat/chat/completions?api-version=2023-05-15";
    const { json } = await ask("westus", path, { messages: [{ role: "user", content: "x" }], max_tokens: 5000 });
    expect(json.error.message).toContain(
      "Requests to the Creates a completion for the chat message Operation under Azure OpenAI API version 2023-05-15 have exceeded token rate limit",
    );
  });

  it("counts max_tokens for every choice, and an assumed number where there is no maximum", async () => {
    const { ask, log } = accountsOf({ ...quiet, regions: { westus: { chat: { capacity: 100 } } } });
    await ask("westus", V1, chat(100, { n: 3 }));
    await ask("westus", V1, { model: "chat", messages: [{ role: "user", content: "12345678" }] });
    await ask("westus", V1, {
      model: "chat",
      messages: [{ role: "user", content: [{ type: "text", text: "1234" }] }],
      max_completion_tokens: 7,
    });
    expect(log.entries().map(({ tokens }) => tokens)).toEqual([2 + 3 * 98, 2 + 512, 8]);
  });

  it("keeps each deployment's quota for itself and follows a change of capacity at once", async () => {
    const { ask, deploy } = accountsOf({ ...quiet, regions: { westus: { chat: { capacity: 1 }, other: { capacity: 1 } } } });
    expect((await ask("westus", V1, chat(1000))).status).toBe(200);
    expect((await ask("westus", V1, chat(1000))).status).toBe(429);
    expect((await ask("westus", V1, chat(1000, { model: "other" }))).status).toBe(200);
    deploy("westus", "chat", { capacity: 2 });
    expect((await ask("westus", V1, chat(1000))).status).toBe(200);
    expect((await ask("westus", V1, chat(1000))).status).toBe(429);
  });

  it("limits requests by model family: 6 a minute for each 1,000 TPM of an older chat model, 10 of gpt-5.2", async () => {
    const { ask } = accountsOf({
      ...quiet,
      requestWindowSeconds: 60,
      regions: { westus: { chat: { capacity: 1 }, five: { model: "gpt-5.2", version: "2025-12-11", capacity: 1 } } },
    });
    const call = async (model: string) =>
      (await ask("westus", V1, { model, messages: [{ role: "user", content: "x" }], max_completion_tokens: 1 })).status;
    const count = async (model: string) => {
      for (let n = 0; ; n++) if ((await call(model)) === 429) return n;
    };
    expect([await count("chat"), await count("five")]).toEqual([6, 10]);
  });

  it("says Retry-After for a request that can never fit: the window by default, a day where callers saw that", async () => {
    for (const [neverFits, expected] of [
      ["window", "60"],
      ["day", "86400"],
    ] as const) {
      const { ask } = accountsOf({ ...quiet, neverFits, regions: { westus: { chat: { capacity: 1 } } } });
      expect((await ask("westus", V1, chat(1001))).headers.get("retry-after")).toBe(expected);
    }
  });

  it("refuses from 100 % utilisation of provisioned throughput on, with retry-after-ms, and settles what was really generated", async () => {
    const clock = manualClock(start);
    // gpt-4o: 2,500 input tokens a minute and PTU; 50 PTU are 125,000 a minute, 2.083 a millisecond.
    const spec = { model: "gpt-4o", version: "2024-11-20", sku: "GlobalProvisionedManaged", capacity: 50 };
    const { ask, request, accounts, log } = accountsOf({
      clock,
      firstTokenMs: 0,
      tokenMs: 10,
      regions: { westus: { chat: spec } },
    });
    // Its estimate alone is 128 % of the bucket: 40,000 output tokens count four each.
    const long = accounts.handle(request("westus", V1, chat(40_002)));
    await new Promise((resolve) => setImmediate(resolve));
    const refused = await ask("westus", V1, chat(100));
    expect(refused.status).toBe(429);
    const ms = Number(refused.headers.get("retry-after-ms"));
    expect(ms).toBe(Math.ceil((2 + 4 * 40_000 - 125_000) / (125_000 / MINUTE)));
    expect(refused.headers.get("retry-after")).toBe(String(Math.ceil(ms / 1000)));
    // The answer has fewer than a hundred tokens; once it is there the rest of the estimate is given back.
    await clock.advance(1000);
    expect((await long).status).toBe(200);
    const after = accounts.handle(request("westus", V1, chat(100)));
    await clock.advance(1000);
    expect((await after).status).toBe(200);
    expect(log.entries().map(({ status }) => status)).toEqual([429, 200, 200]);
  });

  it("gives provisioned throughput back when the caller hangs up before the answer", async () => {
    const clock = manualClock(start);
    const spec = { sku: "GlobalProvisionedManaged", capacity: 50 };
    const { ask, request, accounts, log } = accountsOf({
      clock,
      firstTokenMs: 1,
      tokenMs: 0,
      regions: { westus: { chat: spec } },
    });
    const caller = new AbortController();
    const given = accounts.handle({ ...request("westus", V1, chat(40_002)), signal: caller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    caller.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    const next = ask("westus", V1, chat(100));
    await clock.advance(1);
    expect((await next).status).toBe(200);
    expect(log.entries().map(({ status }) => status)).toEqual([0, 200]);
  });
});
