/**
 * Front Door between the real servers, over HTTP: do names, certificates, accounts and Front Door fit together?
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { manualClock } from "../sandbox/clock.ts";
import { createEntra } from "../sandbox/entra.ts";
import { createFaults } from "../sandbox/faults.ts";
import { startNetwork } from "../sandbox/network/index.ts";
import { createAccounts } from "../sandbox/openai/index.ts";
import {
  bodies,
  ENDPOINT,
  FIREWALL,
  GROUP,
  hostOf,
  PROFILE,
  proofRules,
  requestTo,
  TestArm,
  TYPES,
  textOf,
} from "./support/front-door.ts";

const REGIONS = ["swedencentral", "eastus2"];
const AUDIENCE = "https://cognitiveservices.azure.com";
const CHAT = "/openai/deployments/chat/chat/completions?api-version=2024-10-21";

class WireArm extends TestArm {
  override secret(): string | undefined {
    return "key";
  }
}

const arm = new WireArm();
/** Stands still unless a test lets time pass: nothing runs into a timeout because this machine is busy. */
const clock = manualClock(new Date("2026-11-24T09:00:00Z"));
const faults = createFaults(clock);
const entra = createEntra(clock);
let network: Awaited<ReturnType<typeof startNetwork>>;
let token: string;

beforeAll(async () => {
  for (const region of REGIONS) {
    const account = `${GROUP}/providers/Microsoft.CognitiveServices/accounts/aoai-${region}`;
    arm.write(account, "Microsoft.CognitiveServices/accounts", {
      ...{ location: region, kind: "OpenAI", sku: { name: "S0" } },
      properties: { customSubDomainName: `aoai-${region}`, disableLocalAuth: true },
    });
    arm.write(`${account}/deployments/chat`, "Microsoft.CognitiveServices/accounts/deployments", {
      sku: { name: "GlobalStandard", capacity: 100 },
      properties: { model: { format: "OpenAI", name: "gpt-5.2", version: "2025-12-11" } },
    });
    arm.group(region);
    arm.origin(region, region);
    arm.route(region, region, { patternsToMatch: [`/r/${region}/*`], originPath: "/" });
  }
  arm.group("all");
  for (const region of REGIONS) arm.origin("all", region);
  arm.route("all", "all");
  arm.write(FIREWALL, TYPES.firewall, bodies.firewall(proofRules("x-gateway-proof", "s3cret")));
  arm.write(`${PROFILE}/securityPolicies/afd`, TYPES.security, bodies.security());
  const accounts = createAccounts({ arm, clock, entra, faults, firstTokenMs: 0, tokenMs: 0 });
  network = await startNetwork({ arm, clock, faults, accounts, random: Math.random });
  token = entra.issue({ aud: AUDIENCE, oid: "gateway", tid: "tenant" });
});
afterAll(() => network.close());

const host = () => String(arm.get(ENDPOINT)?.body.properties.hostName);
const prompt = (more: Record<string, unknown> = {}) =>
  JSON.stringify({ messages: [{ role: "user", content: "hello" }], max_completion_tokens: 20, ...more });

async function ask(path: string, body = prompt(), headers: Record<string, string> = { "x-gateway-proof": "s3cret" }) {
  const all = { "Content-Type": "application/json", Authorization: `Bearer ${token}`, ...headers };
  const response = await network.client({})(requestTo(`https://${host()}${path}`, "POST", all, body), { timeoutMs: 600_000 });
  return { ...response, text: await textOf(response) };
}

/** Lets time pass, in steps, until something has ended. */
async function passing(done: Promise<unknown>, stepMs: number): Promise<void> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  done.then(end, end);
  while (!ended) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.advance(stepMs);
  }
}

it("a call with the proof reaches the account that its path names, keyless, and the log says which", async () => {
  for (const region of REGIONS) {
    const { status, text, headers } = await ask(`/r/${region}${CHAT}`, prompt(), {
      "x-gateway-proof": "s3cret",
      "x-ms-client-request-id": region,
    });
    expect([status, headers.get("x-ms-region") !== undefined]).toEqual([200, true]);
    expect(JSON.parse(text).choices).toHaveLength(1);
    expect(network.entrances.entries().at(-1)).toMatchObject({
      id: ENDPOINT,
      status: 200,
      origin: hostOf(region),
      callId: region,
    });
  }
});

it("unsteered calls take turns", async () => {
  const origins: (string | undefined)[] = [];
  for (let i = 0; i < 4; i++) {
    expect((await ask(CHAT)).status).toBe(200);
    origins.push(network.entrances.entries().at(-1)?.origin);
  }
  expect(new Set(origins)).toEqual(new Set(REGIONS.map(hostOf)));
  expect(origins[0]).toBe(origins[2]);
});

it("a call without the proof is refused before any account hears of it", async () => {
  const { status, text } = await ask(CHAT, prompt(), {});
  expect([status, text.includes("The request is blocked.")]).toEqual([403, true]);
  expect(network.entrances.entries().at(-1)?.origin).toBeUndefined();
});

it("a throttled account answers 429 through Front Door with its own headers, and is steered to again as before", async () => {
  const fault = faults.set({ kind: "throttled", region: "eastus2", retryAfterMs: 6500 });
  const { status, headers } = await ask(`/r/eastus2${CHAT}`);
  expect([status, headers.get("retry-after-ms"), headers.get("retry-after"), headers.get("x-ms-region")]).toEqual([
    429,
    "6500",
    "7",
    "East US 2",
  ]);
  fault.clear();
  expect((await ask(`/r/eastus2${CHAT}`)).status).toBe(200);
});

it("a stream arrives whole at its end, events and all", async () => {
  const { status, headers, text } = await ask(`/r/swedencentral${CHAT}`, prompt({ stream: true }));
  expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
});

it("trap 8: without originHostHeader the account does not know the host it is asked for", async () => {
  arm.origin("swedencentral", "swedencentral", { originHostHeader: undefined });
  const { status } = await ask(`/r/swedencentral${CHAT}`);
  arm.origin("swedencentral", "swedencentral");
  expect(status).toBe(404);
  expect((await ask(`/r/swedencentral${CHAT}`)).status).toBe(200);
});

it.each([
  ["its certificate is refused", { kind: "tls" }],
  ["its name does not resolve", { kind: "dns" }],
  ["it refuses the connection", { kind: "refused" }],
  ["it does not answer in time", { kind: "hang" }],
] as const)("an account that cannot be had (%s) is 503 for the caller", async (_why, fault) => {
  arm.write(PROFILE, TYPES.profile, bodies.profile({ properties: { originResponseTimeoutSeconds: 16 } }));
  const injected = faults.set({ ...fault, host: hostOf("eastus2") });
  const answer = ask(`/r/eastus2${CHAT}`, prompt(), { "x-gateway-proof": "s3cret", "X-Azure-DebugInfo": "1" });
  if (fault.kind === "hang") await passing(answer, 1000);
  const { status, headers } = await answer;
  injected.clear();
  expect(status).toBe(503);
  expect(headers.get("x-azure-externalerror")).toMatch(/^Origin/);
});

it("probes find an account that is gone, and the others carry on", async () => {
  const injected = faults.set({ kind: "refused", host: hostOf("eastus2") });
  await expect
    .poll(async () => {
      await clock.advance(30_000);
      return (await Promise.all([ask(CHAT), ask(CHAT)])).map(({ status }) => status);
    })
    .toEqual([200, 200]);
  injected.clear();
});
