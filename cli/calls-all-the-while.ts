/**
 * Calls that go on while something else happens, one line a second: how many, how many failed, who answered.
 */
import { setTimeout as wait } from "node:timers/promises";
import OpenAI from "openai";
import { openAIClient, type Proof } from "./clients.ts";
import { counted, grouped, table } from "./text.ts";

/** Low, so that no quota is felt: what is watched is whether the gateway answers. */
const CALLS_PER_SECOND = 5;
const MODERATE = { max_completion_tokens: 16, prompt: "Say hello." };

interface Call {
  /** 200, or the status of the error; 0: no answer. */
  status: number;
  ms: number;
  /** Region that answered; undefined: the gateway itself. */
  region?: string;
  phase: string;
}

export interface SteadyCalls {
  /** From now on calls belong to this; the first one begins them. */
  phase(name: string): void;
  /** Waits for the calls under way. @returns the table of all phases, and how many calls failed */
  stop(): Promise<{ text: string; errors: number; calls: number }>;
}

export interface SteadyOptions {
  gatewayUrl: string;
  proof: Proof;
  deployment: string;
  /** An embedding model is called as such. */
  embeds: boolean;
  /** Told once a second. */
  onSecond(line: string): void;
}

export function callAllTheWhile({ gatewayUrl, proof, deployment, embeds, onSecond }: SteadyOptions): SteadyCalls {
  const client = openAIClient(gatewayUrl, proof);
  const calls: Call[] = [];
  const phases: string[] = [];
  const pending = new Set<Promise<void>>();
  const over = new AbortController();
  const begun = performance.now();
  let told = 0;
  let going: Promise<void> | undefined;

  async function one(phase: string): Promise<void> {
    const from = performance.now();
    const call: Call = { status: 200, ms: 0, phase };
    try {
      const { response } = await (embeds
        ? client.embeddings.create({ model: deployment, input: MODERATE.prompt })
        : client.chat.completions.create({
            model: deployment,
            messages: [{ role: "user", content: MODERATE.prompt }],
            max_completion_tokens: MODERATE.max_completion_tokens,
          })
      ).withResponse();
      call.region = response.headers.get("x-ms-region") ?? undefined;
    } catch (error) {
      call.status = error instanceof OpenAI.APIError ? (error.status ?? 0) : 0;
    }
    call.ms = performance.now() - from;
    calls.push(call);
  }

  async function go(): Promise<void> {
    for (let n = 0; !over.signal.aborted; n++) {
      const call = one(phases.at(-1) ?? "");
      pending.add(call);
      void call.then(() => pending.delete(call));
      if (n > 0 && n % CALLS_PER_SECOND === 0) second();
      await wait(1000 / CALLS_PER_SECOND, undefined, { signal: over.signal }).catch(() => undefined);
    }
  }

  function second(): void {
    const fresh = calls.slice(told);
    told = calls.length;
    const errors = fresh.filter(({ status }) => status !== 200);
    const slowest = Math.round(Math.max(0, ...fresh.map(({ ms }) => ms)));
    const seconds = String(Math.round((performance.now() - begun) / 1000)).padStart(4);
    onSecond(
      `${seconds} s  ${counted(fresh.length, "call").padEnd(8)}  ${counted(errors.length, "error").padEnd(8)}  slowest ${grouped(slowest).padStart(5)} ms  ${answerers(fresh)}`,
    );
  }

  return {
    phase(name) {
      phases.push(name);
      going ??= go();
    },
    async stop() {
      over.abort();
      await going;
      await Promise.all(pending);
      if (calls.length > told) second();
      return {
        text: summary(calls, phases),
        errors: calls.filter(({ status }) => status !== 200).length,
        calls: calls.length,
      };
    },
  };
}

/** `eastus2 2, swedencentral 3`; answers of the gateway itself by their status. */
function answerers(calls: readonly Call[]): string {
  const counts = new Map<string, number>();
  for (const { region, status } of calls) {
    const who = region ?? (status === 0 ? "no answer" : `gateway ${status}`);
    counts.set(who, (counts.get(who) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([who, count]) => `${who} ${count}`)
    .join(", ");
}

function summary(calls: readonly Call[], phases: readonly string[]): string {
  const rows = phases.map((name) => {
    const here = calls.filter(({ phase }) => phase === name);
    const errors = here.filter(({ status }) => status !== 200).length;
    const slowest = Math.round(Math.max(0, ...here.map(({ ms }) => ms)));
    return [name, grouped(here.length), grouped(errors), grouped(slowest), answerers(here)];
  });
  return table(["while", "calls", "errors", "slowest ms", "answered by"], rows, [1, 2, 3]);
}
