/**
 * A stack that stands in the local Azure as if it had been deployed, without an engine: what the program makes, put into the store of a whole
 * sandbox, whose clock stands still until it is told to go on.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Built, builtInProcess } from "../../cli/in-process.ts";
import { manualClock } from "../../sandbox/clock.ts";
import type { AccountLogEntry } from "../../sandbox/openai/index.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/sandbox.ts";
import { keyOf } from "./policies.ts";

export interface StandingStack extends Omit<Sandbox, "clock"> {
  clock: ReturnType<typeof manualClock>;
  /** Hosts of the accounts by their keys in the plan: `eastus2`, `eastus2-ptu`. */
  hosts: Record<string, string>;
  /** Host of the entrance that balances; undefined: there is none. */
  entrance: string | undefined;
  /** Calls the gateway as the first consumer, with its key; a string or bytes are sent as they are, an object as JSON. */
  call(path: string, body: object | string | Uint8Array, headers?: Record<string, string>): Promise<Called>;
  /** Closes and deletes everything. */
  remove(): Promise<void>;
}

export interface Called {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes; the tests say what they expect.
  json: any;
}

const known = new Map<string, Promise<Built>>();
/** The program runs in globals: one stack after another, each once. */
let last: Promise<unknown> = Promise.resolve();

function built(values: Record<string, unknown>): Promise<Built> {
  const key = JSON.stringify(values);
  let found = known.get(key);
  if (!found) {
    found = last.then(() => builtInProcess("dev", values));
    last = found.catch(() => {});
    known.set(key, found);
  }
  return found;
}

/** @param values  configuration in place of that of the dev stack */
export async function standingStack(
  values: Record<string, unknown>,
  options: Pick<SandboxOptions, "gateway" | "accounts" | "network"> = {},
): Promise<StandingStack> {
  const { arm, today } = await built(values);
  const directory = mkdtempSync(join(tmpdir(), "standing-"));
  const clock = manualClock(new Date(`${today}T09:00:00Z`));
  const accounts = { firstTokenMs: 0, tokenMs: 0, ...options.accounts };
  const sandbox = await startSandbox({ ...options, accounts, directory, today, clock });
  for (const { id, type, body } of arm.resources) {
    const secrets = arm.secrets.get(id.toLowerCase());
    sandbox.store.put(id, { type, body, duration: 0, ...(secrets && { secrets }) }).hold.release();
  }
  const hosts = Object.fromEntries(
    arm
      .list("Microsoft.CognitiveServices/accounts")
      .map(({ name, body }) => [
        name.replace(/^aoai-\w+-/, "").replace(/-[a-z0-9]{6}$/, ""),
        `${body.properties.customSubDomainName}.openai.azure.com`,
      ]),
  );
  const backends = arm.list("Microsoft.ApiManagement/service/backends").map(({ body }) => body.properties.url);
  const others = backends
    .filter(Boolean)
    .map((url) => new URL(url).hostname)
    .filter((host) => !Object.values(hosts).includes(host));
  const [consumer] = arm.list("Microsoft.ApiManagement/service/subscriptions");
  const key = keyOf(arm, consumer?.name ?? "");
  return {
    ...sandbox,
    clock,
    hosts,
    entrance: others[0],
    async call(path, body, headers = {}) {
      const asIs = typeof body === "string" || body instanceof Uint8Array;
      const answer = await fetch(`${sandbox.gatewayUrl}/openai${path}`, {
        method: "POST",
        headers: { "api-key": key, "Content-Type": "application/json", ...headers },
        body: asIs ? (body as string) : JSON.stringify(body),
      });
      const text = await answer.text();
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {}
      return { status: answer.status, headers: answer.headers, text, json };
    },
    async remove() {
      await sandbox.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** How a call left the gateway: the entrance chose its account, the path named it, or it went straight there. */
export type Way = "balanced" | "steered" | "direct";

export const wayOf = ({ entrance }: StandingStack, { host, path }: { host: string; path: string }): Way =>
  host !== entrance ? "direct" : path.startsWith("/r/") ? "steered" : "balanced";

/** Calls to an account and model that came before the time which its last 429 about that model had named was over. */
export function wasted(entries: readonly AccountLogEntry[], retryAfterSeconds: number): number {
  const until = new Map<string, number>();
  let count = 0;
  for (const { host, deployment, at, status } of entries) {
    const place = `${host} ${deployment}`;
    if (at < (until.get(place) ?? 0)) count++;
    if (status === 429) until.set(place, at + retryAfterSeconds * 1000);
  }
  return count;
}
