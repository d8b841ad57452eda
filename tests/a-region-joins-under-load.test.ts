/**
 * Callers must not pay for a change: neither for a region that joins, nor for another model's throttling.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { status } from "../cli/load.ts";
import { type Clock, scaledClock } from "../sandbox/clock.ts";
import { type LocalAzure, localAzure, SMALL } from "./support/local-azure.ts";

const PROPAGATION_SECONDS = 300;

/** Runs as fast as the wall clock, and can be moved on between calls: five minutes pass when the test says so, not while a slow machine deploys. */
function movableClock(start: Date): Clock & { move(ms: number): void } {
  const running = scaledClock({ start });
  let moved = 0;
  return {
    now: () => running.now() + moved,
    sleep: running.sleep,
    move(ms) {
      moved += ms;
    },
  };
}

/** Room for callers that go on for as long as a slow machine needs to deploy: they must not throttle the regions themselves. */
const ROOMY = {
  ...SMALL,
  models: SMALL.models.map((model) => ({ ...model, tpm: model.deployment === "chat" ? 600_000 : model.tpm })),
};

describe("under load", () => {
  let azure: LocalAzure;
  const clock = movableClock(new Date("2026-11-24T09:00:00Z"));
  beforeAll(async () => {
    azure = await localAzure(ROOMY, { sandbox: { clock, rolePropagationSeconds: PROPAGATION_SECONDS } });
    await azure.workspace.up();
    clock.move(PROPAGATION_SECONDS * 1000);
  });
  afterAll(() => azure?.remove());

  const chat = async (client: Awaited<ReturnType<LocalAzure["client"]>>) =>
    status(() =>
      client.chat.completions.create({
        model: "chat",
        messages: [{ role: "user", content: "Hello" }],
        max_completion_tokens: 16,
      }),
    );

  it("adds a region whose role assignment takes five minutes to arrive, and no caller notices", async () => {
    const client = await azure.client();
    const seen = new Map<number, number>();
    const answered = (status: number) =>
      azure.sandbox.accounts.entries().some((entry) => entry.region === "francecentral" && entry.status === status);
    const callUntil = async (done: () => boolean) => {
      const callers = Array.from({ length: 3 }, async () => {
        do {
          const { status } = await chat(client);
          seen.set(status, (seen.get(status) ?? 0) + 1);
          await new Promise((resolve) => setTimeout(resolve, 40));
        } while (!done());
      });
      await Promise.all(callers);
    };
    let deployed = false;
    const refused = callUntil(() => deployed && answered(401));
    azure.configure({ ...ROOMY, regions: [...ROOMY.regions, "francecentral"] });
    await azure.workspace.up();
    deployed = true;
    // The new account refuses the gateway until its role has arrived.
    await refused;
    expect(answered(200)).toBe(false);
    clock.move(PROPAGATION_SECONDS * 1000);
    await callUntil(() => answered(200));

    expect([...seen.keys()]).toEqual([200]);
  });

  it("answers embeddings while chat is throttled in every region", async () => {
    const client = await azure.client();
    const fault = azure.sandbox.faults.set({ region: "*", deployment: "chat", kind: "throttled", retryAfterSeconds: 30 });
    try {
      expect(await chat(client)).toEqual({ status: 429 });
      const before = azure.sandbox.attempts.length;
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => status(() => client.embeddings.create({ model: "embeddings", input: "Hello" }))),
      );
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      expect(azure.sandbox.attempts.length - before, "one attempt each: no breaker of embeddings was touched").toBe(12);
    } finally {
      fault.clear();
    }
  });
});
