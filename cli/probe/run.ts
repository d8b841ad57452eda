/**
 * One probe from its beginning to its end. Whatever happens, nothing of it stays: what a killed run left is taken down first, and what this one made
 * is taken down last.
 */
import { PROBE_SKU } from "../../stacks/probe.ts";
import { type Asking, askAll } from "./ask.ts";
import { type Findings, findingsSchema } from "./findings.ts";
import type { Ground } from "./ground.ts";
import { askerOf, type Clock, type Gateway } from "./http.ts";
import { newNames } from "./wanted.ts";

export interface ProbeOptions extends Asking {
  location?: string;
  /** Day of the findings, YYYY-MM-DD. */
  date: string;
  onStep?(text: string): void;
}

/** A new gateway's name, and its last policies, are not everywhere at once. */
const ANSWERS_WITHIN_MS = 10 * 60_000;
const PAUSE_MS = 15_000;

/** Takes down what a killed run left. @returns whether there was anything */
export async function cleanUp(ground: Ground): Promise<boolean> {
  const left = ground.leftOver();
  if (left) await ground.takeDown(left);
  return left !== undefined;
}

export async function runProbe(ground: Ground, { location, date, onStep, ...asking }: ProbeOptions): Promise<Findings> {
  if (ground.leftOver()) onStep?.("Taking down what an earlier run left");
  await cleanUp(ground);
  const names = newNames(location, { frontDoor: asking.frontDoor });
  ground.remember(names);
  let findings: Findings | undefined;
  try {
    onStep?.("Deploying a gateway, an account and the experiments");
    const gateway = await ground.deploy(names);
    onStep?.("Asking");
    const begun = ground.clock.now();
    if (asking.only?.length !== 0) await untilItAnswers(gateway, ground.clock, asking.signal);
    const answers = await askAll(gateway, ground.clock, asking);
    const minutes = Math.round((ground.clock.now() - begun) / 60_000);
    findings = findingsSchema.parse({ format: 1, target: ground.target, date, gateway: PROBE_SKU, minutes, answers });
  } finally {
    onStep?.("Taking everything down");
    await ground.takeDown(names);
  }
  return findings;
}

/** Where it never does, every question says so by itself. */
async function untilItAnswers(gateway: Gateway, clock: Clock, signal?: AbortSignal): Promise<void> {
  const asker = askerOf(gateway, clock, "first", signal);
  const until = clock.now() + ANSWERS_WITHIN_MS;
  while (clock.now() < until) {
    const reply = await asker.call("headers").catch(() => undefined);
    if (reply?.status === 200) return;
    await asker.wait(PAUSE_MS);
  }
}
