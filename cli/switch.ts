/**
 * `npm run switch`: leads a deployed stack from its topology to another, in as many updates as it takes to answer calls all the while.
 */
import { setTimeout as wait } from "node:timers/promises";
import { Command, Option } from "@commander-js/extra-typings";
import { PulumiError, type RunResult } from "../sandbox/engine/pulumi.ts";
import { TOPOLOGIES, type Topology } from "../stacks/catalog/topologies.ts";
import { type SwitchStep, switchSteps } from "../stacks/switch.ts";
import { type Local, openLocal } from "./local.ts";
import { counted, runCommand } from "./text.ts";

/** What Azure says of a subnet, a zone or a link that somebody has just left. */
const IN_USE = /InUse|in use|still being used/i;
const TRIES = 20;

export interface SwitchReport {
  /** By update, in order. */
  updates: { step: SwitchStep; changes: RunResult["changes"]; steps: RunResult["steps"]; reruns: number }[];
}

export interface SwitchOptions {
  /** Values that replace those of the stack file, beside the topology. */
  values?: Record<string, unknown>;
  onStep?(step: SwitchStep, index: number, count: number): void;
  onOutput?(text: string): void;
  /** Told before a rerun, with what Azure said. */
  onInUse?(message: string): void;
  /** Seconds before a rerun. */
  pauseSeconds?: number;
}

/**
 * The updates from where the stack stands to `to`, on the local Azure. Safe to run again after a kill at any moment: where the stack stands is
 * what its last complete update says, and an update that was begun is done again.
 * @throws Error when the stack is not deployed; PlanError before anything runs; PulumiError for an update that fails
 */
export async function switchLocal(
  local: Pick<Local, "workspace" | "configure">,
  to: Topology,
  options: SwitchOptions = {},
): Promise<SwitchReport> {
  const { values = {}, onStep, onOutput, onInUse, pauseSeconds = 15 } = options;
  const from = await standingTopology(local);
  const steps =
    from === to
      ? [{ topology: to, why: "The last update of a switch that was begun, if there was one." }]
      : switchSteps(from, to);
  const of = ({ topology, accountAccess }: SwitchStep) => ({ ...values, topology, ...(accountAccess && { accountAccess }) });
  // A fault in the last step must not be found after the first.
  for (const step of [...steps].reverse()) local.configure(of(step));
  const report: SwitchReport = { updates: [] };
  for (const [index, step] of steps.entries()) {
    onStep?.(step, index, steps.length);
    local.configure(of(step));
    const update = { step, changes: {} as RunResult["changes"], steps: [] as RunResult["steps"], reruns: 0 };
    for (;;) {
      try {
        const { changes, steps: done } = await local.workspace.up({ onOutput });
        for (const [kind, count] of Object.entries(changes)) update.changes[kind] = (update.changes[kind] ?? 0) + count;
        update.steps.push(...done);
        break;
      } catch (error) {
        if (!(error instanceof PulumiError) || error.killed || !IN_USE.test(error.message) || update.reruns >= TRIES) throw error;
        update.reruns++;
        onInUse?.(error.message);
        await wait(pauseSeconds * 1000);
      }
    }
    report.updates.push(update);
  }
  return report;
}

async function standingTopology({ workspace }: Pick<Local, "workspace">): Promise<Topology> {
  const { topology } = await workspace.outputs();
  const found = TOPOLOGIES.find((name) => name === topology);
  if (!found) throw new Error("the stack is not deployed here: npm run sandbox -- up --stack STACK");
  return found;
}

const command = new Command("npm run switch --")
  .description("Lead a deployed stack to another topology, so that calls are answered all the while.")
  .option("-s, --stack <name>", "stack", "dev")
  .addOption(new Option("-t, --to <name>", "topology to switch to").choices(TOPOLOGIES).makeOptionMandatory())
  .showHelpAfterError();

async function main(): Promise<void> {
  const { stack, to } = command.parse().opts();
  const local = await openLocal({ stack, doing: "`switch`" });
  try {
    const { updates } = await switchLocal(local, to, {
      onStep: ({ topology, accountAccess, why }, index, count) =>
        console.log(`\n▸ Update ${index + 1} of ${count}: ${topology}${accountAccess ? ", accounts open" : ""}. ${why}`),
      onOutput: (text) => process.stdout.write(text),
      onInUse: () => console.log("\nSomething is still in use, as Azure keeps it for minutes after it was left: trying again."),
    });
    console.log(`\n${counted(updates.length, "update")}: stack ${stack} is ${to} now.`);
  } finally {
    await local.close();
  }
}

if (process.argv[1] === import.meta.filename) await runCommand(main);
