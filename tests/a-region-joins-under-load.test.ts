/**
 * Callers must not pay for a change: neither for a region that joins, nor for another model's throttling.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { status } from "../cli/load.ts";
import { type LocalAzure, localAzure, SMALL } from "./support/local-azure.ts";

/** Sandbox seconds per second: five minutes of propagation pass in ten seconds. */
const SPEED = 30;
const PROPAGATION_SECONDS = 300;

describe("under load", () => {
  let azure: LocalAzure;
  beforeAll(async () => {
    azure = await localAzure(SMALL, { sandbox: { speed: SPEED, rolePropagationSeconds: PROPAGATION_SECONDS } });
    await azure.workspace.up();
    await azure.sandbox.clock.sleep(PROPAGATION_SECONDS * 1000 + 1000);
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
    let deployed = false;
    let served = false;
    const joined = () =>
      azure.sandbox.accounts.entries().some(({ region, status }) => region === "francecentral" && status === 200);
    const callers = Array.from({ length: 3 }, async () => {
      while (!(deployed && served)) {
        const { status } = await chat(client);
        seen.set(status, (seen.get(status) ?? 0) + 1);
        served ||= joined();
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    });
    azure.configure({ ...SMALL, regions: [...SMALL.regions, "francecentral"] });
    await azure.workspace.up();
    deployed = true;
    await Promise.all(callers);

    expect([...seen.keys()]).toEqual([200]);
    const refused = azure.sandbox.accounts.entries().filter(({ region, status }) => region === "francecentral" && status === 401);
    expect(refused.length, "the new account refused the gateway until its role had arrived").toBeGreaterThan(0);
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
