/**
 * Does every fault do what its row says, where it says, and nothing elsewhere? Through the network and real HTTP, as the gateway meets them.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { manualClock, scaledClock } from "../sandbox/clock.ts";
import { createFaults, FAULTS, type FaultKind, type FaultSpec } from "../sandbox/faults.ts";
import { TransportError } from "../sandbox/http.ts";
import { accountsOf, answerOf, servedAccounts } from "./support/openai-accounts.ts";

const PATH = "/openai/v1/chat/completions";
const body = { model: "chat", messages: [{ role: "user", content: "Hello" }], max_tokens: 30 };

let azure: Awaited<ReturnType<typeof servedAccounts>>;
beforeAll(async () => {
  const chat = { capacity: 1000 };
  azure = await servedAccounts({
    firstTokenMs: 0,
    tokenMs: 0,
    regions: { westus: { chat, other: chat }, swedencentral: { chat } },
  });
});
afterEach(() => azure.faults.clearAll());
afterAll(() => azure.close());

/** Status and headers, or how the transport failed. */
async function ask(region = "westus", sent: object = body, timeoutMs = 5000) {
  try {
    return await answerOf(await azure.client(azure.request(region, PATH, sent), { timeoutMs }));
  } catch (error) {
    if (error instanceof TransportError)
      return { status: 0, kind: error.kind, headers: undefined, json: undefined, code: undefined };
    throw error;
  }
}
const headers = (answer: Awaited<ReturnType<typeof ask>>, ...names: string[]) => names.map((name) => answer.headers?.get(name));

/** What each fault does to one request. A new row does not compile until it stands here. */
const EFFECTS: Record<FaultKind, () => Promise<void>> = {
  async throttled() {
    const answers = [];
    for (const parameters of [
      {},
      { retryAfterSeconds: 30 },
      { retryAfterMs: 1500 },
      { none: true },
      { oneDay: true },
      { withoutRegionHeader: true },
    ]) {
      const fault = azure.faults.set({ region: "westus", kind: "throttled", ...parameters });
      const answer = await ask();
      answers.push([answer.status, ...headers(answer, "retry-after", "retry-after-ms", "x-ms-region")]);
      fault.clear();
    }
    expect(answers).toEqual([
      [429, "60", undefined, "West US"],
      [429, "30", undefined, "West US"],
      [429, "2", "1500", "West US"],
      [429, undefined, undefined, "West US"],
      [429, "86400", undefined, "West US"],
      [429, "60", undefined, undefined],
    ]);
    expect(azure.log.entries().slice(-6)).toMatchObject(Array.from({ length: 6 }, () => ({ status: 429, tokens: 0 })));
  },
  async busy() {
    const { ask: call, faults } = accountsOf({
      firstTokenMs: 0,
      tokenMs: 0,
      regions: { westus: { chat: { capacity: 10 } }, swedencentral: { chat: { capacity: 10 } } },
    });
    faults.set({ region: "westus", kind: "busy", share: 0.9 });
    const large = { ...body, max_tokens: 900 };
    const statuses = [];
    for (const region of ["westus", "westus", "swedencentral", "swedencentral"])
      statuses.push((await call(region, PATH, large)).status);
    expect(statuses).toEqual([200, 429, 200, 200]);
  },
  async status() {
    azure.faults.set({ region: "westus", kind: "status", status: 503, retryAfterSeconds: 7, times: 1 });
    const unavailable = await ask();
    expect([unavailable.status, unavailable.code, ...headers(unavailable, "retry-after")]).toEqual([
      503,
      "ServiceUnavailable",
      "7",
    ]);
    azure.faults.set({ region: "westus", kind: "status", status: 408, times: 1 });
    expect((await ask()).json).toEqual({ error: { code: "Timeout", message: "The operation was timeout." } });
    azure.faults.set({ region: "westus", kind: "status", status: 403, code: "Blocked", times: 1 });
    expect(await ask()).toMatchObject({ status: 403, code: "Blocked" });
  },
  async contentFilter() {
    azure.faults.set({ region: "westus", kind: "contentFilter" });
    expect(await ask()).toMatchObject({ status: 400, code: "content_filter" });
  },
  async unauthorized() {
    azure.faults.set({ region: "westus", kind: "unauthorized" });
    expect(await ask()).toMatchObject({ status: 401, code: "PermissionDenied" });
  },
  async deploymentMissing() {
    azure.faults.set({ region: "westus", kind: "deploymentMissing", times: 1 });
    expect(await ask()).toMatchObject({ status: 404, code: "DeploymentNotFound" });
    const clock = manualClock(new Date("2026-11-24"));
    const young = accountsOf({ clock, firstTokenMs: 0, tokenMs: 0, regions: { westus: { chat: {} } } });
    young.faults.set({ kind: "deploymentMissing", youngerThanSeconds: 5 });
    expect((await young.ask("westus", PATH, body)).code).toBe("DeploymentNotFound");
    await clock.advance(5000);
    expect((await young.ask("westus", PATH, body)).status).toBe(200);
  },
  async slow() {
    const clock = manualClock(new Date("2026-11-24"));
    const late = accountsOf({ clock, firstTokenMs: 0, tokenMs: 0, regions: { westus: { chat: {} } } });
    late.faults.set({ kind: "slow", ms: 8000 });
    let done = false;
    const answer = late.ask("westus", PATH, body).finally(() => {
      done = true;
    });
    await clock.advance(7999);
    expect(done).toBe(false);
    await clock.advance(1);
    expect((await answer).status).toBe(200);
  },
  async cut() {
    azure.faults.set({ region: "westus", kind: "cut" });
    const plain = await azure.client(azure.request("westus", PATH, body), { timeoutMs: 5000 });
    expect(plain.status).toBe(200);
    await expect(answerOf(plain)).rejects.toMatchObject({ kind: "reset" });
    // The SDK sees the beginning of the stream, then an error and not its end.
    let chunks = 0;
    await expect(
      (async () => {
        for await (const _ of await azure
          .v1("westus")
          .chat.completions.create({ model: "chat", messages: [{ role: "user", content: "Hello" }], stream: true }))
          chunks++;
      })(),
    ).rejects.toThrow();
    expect(chunks).toBe(3);
    azure.faults.clearAll();
    azure.faults.set({ region: "westus", kind: "cut", afterBytes: 10 });
    let read = 0;
    const streamed = await azure.client(azure.request("westus", PATH, { ...body, stream: true }), { timeoutMs: 5000 });
    await expect(
      (async () => {
        for await (const chunk of streamed.body) read += chunk.length;
      })(),
    ).rejects.toMatchObject({ kind: "reset" });
    expect(read).toBe(10);
  },
  dns: () => transport("dns"),
  refused: () => transport("refused"),
  reset: () => transport("reset"),
  tls: () => transport("tls"),
  async hang() {
    azure.faults.set({ region: "westus", kind: "hang" });
    expect(await ask("westus", body, 20)).toMatchObject({ status: 0, kind: "timeout" });
  },
};

async function transport(kind: "dns" | "refused" | "reset" | "tls") {
  const before = azure.log.entries().length;
  azure.faults.set({ region: "westus", kind } as FaultSpec);
  expect(await ask()).toMatchObject({ status: 0, kind });
  expect(azure.log.entries().length, "the account never saw it").toBe(before);
}

describe.each(Object.keys(FAULTS) as FaultKind[])("%s", (kind) => {
  it("does what its row says, and nothing once it is cleared", async () => {
    await EFFECTS[kind]();
    azure.faults.clearAll();
    expect((await ask()).status).toBe(200);
  });

  it("leaves other regions alone", async () => {
    const required: Partial<Record<FaultKind, object>> = { busy: { share: 1 }, status: { status: 500 }, slow: { ms: 1e6 } };
    azure.faults.set({ region: "westus", kind, ...required[kind] } as FaultSpec);
    expect((await ask("swedencentral")).status).toBe(200);
  });
});

describe("scope", () => {
  it("is a region, a host, a deployment or everything", async () => {
    const hits = async () => {
      const statuses = [];
      for (const [region, model] of [
        ["westus", "chat"],
        ["westus", "other"],
        ["swedencentral", "chat"],
      ] as const)
        statuses.push((await ask(region, { ...body, model })).status);
      return statuses.map((status) => status !== 200);
    };
    for (const [scope, expected] of [
      [{ region: "westus" }, [true, true, false]],
      [{ region: "*", deployment: "chat" }, [true, false, true]],
      [{ host: "aoai-swedencentral.openai.azure.com" }, [false, false, true]],
      [{ region: "westus", deployment: "other" }, [false, true, false]],
      [{}, [true, true, true]],
    ] as const) {
      const fault = azure.faults.set({ ...scope, kind: "throttled" });
      expect(await hits()).toEqual(expected);
      fault.clear();
    }
  });

  it("ends after its time, or after so many requests", async () => {
    const clock = manualClock(new Date("2026-11-24"));
    const faults = createFaults(clock);
    const place = { host: "h", region: "westus" };
    faults.set({ kind: "dns", seconds: 10 });
    await clock.advance(9999);
    expect(faults.active("dns", place)).toBeDefined();
    await clock.advance(1);
    expect(faults.active("dns", place)).toBeUndefined();
    faults.set({ kind: "reset", times: 2 });
    expect([1, 2, 3].map(() => faults.active("reset", place) !== undefined)).toEqual([true, true, false]);
    expect(faults.list()).toEqual([]);
  });

  it("takes the latest of two faults of a kind", () => {
    const faults = createFaults(scaledClock({ start: new Date("2026-11-24") }));
    faults.set({ kind: "busy", share: 0.2 });
    const later = faults.set({ region: "westus", kind: "busy", share: 0.7 });
    expect(faults.active("busy", { host: "h", region: "westus" })).toEqual({ share: 0.7 });
    later.clear();
    expect(faults.active("busy", { host: "h", region: "westus" })).toEqual({ share: 0.2 });
  });

  it.each([
    [{ kind: "throtled" }, '"throtled" is no kind of fault. Did you mean throttled? Kinds: throttled, busy'],
    [{ kind: "busy" }, "- share: is missing. Write share=VALUE, a number from 0 to 1"],
    [{ kind: "busy", share: 2 }, "- share: 2 is not a number from 0 to 1"],
    [{ kind: "status", status: 200 }, "- status: 200 is not a whole number from 400 to 599"],
    [{ kind: "throttled", retryAfter: 3 }, "- retryAfter: throttled has no such parameter. Did you mean retryAfterMs?"],
    [{ kind: "throttled", retryAfterSeconds: 3, oneDay: true }, "retryAfterSeconds, oneDay: at most one of them"],
    [{ kind: "dns", deployment: "chat" }, '- deployment: "chat" cannot be chosen, because dns strikes a whole host'],
    [{ kind: "hang", times: 0 }, "- times: 0 is not a whole number above 0"],
  ])("refuses %j", (spec, message) => {
    expect(() => azure.faults.set(spec as FaultSpec)).toThrow(message);
  });
});
