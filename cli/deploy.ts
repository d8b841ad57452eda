/**
 * `npm run deploy`: leads a stack from whatever stands to what its file says, in as many updates as that takes.
 */
import { Option } from "@commander-js/extra-typings";
import { PulumiError } from "../sandbox/engine/pulumi.ts";
import { TOPOLOGIES, type Topology } from "../stacks/catalog/topologies.ts";
import { changeRefusals, changeSteps } from "../stacks/change.ts";
import { type Plan, PlanError, SUFFIX_LENGTH } from "../stacks/plan.ts";
import type { Spare } from "../stacks/quota.ts";
import type { SwitchStep } from "../stacks/switch.ts";
import { Command } from "./command.ts";
import { ask } from "./control.ts";
import { deployedIn } from "./deployed.ts";
import { directoryOf, REPOSITORY } from "./folders.ts";
import { type Local, openLocal } from "./local.ts";
import { occupantOf } from "./occupancy.ts";
import { readStackFile } from "./stack-file.ts";
import { localEngine, runSteps, type SwitchEngine, type SwitchOptions, type SwitchReport, tellingSteps } from "./switch.ts";
import { azureEngine } from "./switch-on-azure.ts";
import { counted, isStarted, runCommand } from "./text.ts";

export interface DeployOptions extends SwitchOptions {
  /** Takes nothing for granted of the subscription's quota but what stands and what is wanted. */
  careful?: boolean;
  /** Keys of accounts to bring back from among the deleted ones. */
  restored?: readonly string[];
  /** Told when Azure has refused something that other updates lead past. */
  onOtherWay?(message: string): void;
}

/**
 * The updates from where the stack stands to what its file says, also for a stack that does not stand at all. Safe to run again after a kill at any
 * moment: it looks at Pulumi's state, not at what was to be done.
 * @throws PlanError before anything runs: a plan with faults, or a change that no order of updates leads to; PulumiError for an update that fails
 */
export async function runDeploy(
  engine: SwitchEngine,
  to: Topology,
  options: DeployOptions = {},
): Promise<SwitchReport["updates"]> {
  let spare: Spare = options.careful ? "nothing" : "catalog";
  const restored = new Set(options.restored);
  const updates: SwitchReport["updates"] = [];
  for (;;) {
    const deployed = deployedIn(await engine.state());
    const wanted = engine.plan({ topology: to, why: "" });
    const refuse = (onTheWay: readonly Plan[] = []) => {
      const faults = changeRefusals(deployed, wanted, onTheWay);
      if (faults.length > 0) throw new PlanError(faults, `the change of stack ${engine.stack}`);
    };
    refuse();
    const standing = deployed.accounts.map(({ key }) => key);
    const steps = restoring(
      changeSteps(deployed, wanted, { spare }),
      [...restored].filter((key) => !standing.includes(key)),
    );
    refuse(steps.map((step) => engine.plan(step)));
    try {
      await runSteps(engine, steps, options, updates);
      return updates;
    } catch (error) {
      if (!(error instanceof PulumiError) || error.killed) throw error;
      const kept = deletedAccounts(error.message, wanted).filter((key) => !restored.has(key));
      const isFull = NO_QUOTA.test(error.message) && spare === "catalog";
      if (kept.length === 0 && !isFull) throw error;
      for (const key of kept) restored.add(key);
      if (isFull) spare = "nothing";
      options.onOtherWay?.(isFull ? FULL : KEPT);
    }
  }
}

const NO_QUOTA = /InsufficientQuota/;
const FULL =
  "The subscription has less quota than the catalog says, or others use some of it: what shrinks goes before what grows now.";
const KEPT = "Azure keeps an account of this name as deleted, for 48 hours: it is brought back.";

/** Keys of the wanted accounts that Azure says it keeps as deleted. */
function deletedAccounts(message: string, { accounts }: Plan): string[] {
  const names = [...message.matchAll(/accounts\/([\w.-]+)' has been soft-deleted/g)].map(([, name]) => name ?? "");
  return accounts
    .filter(({ name }) => names.some((one) => one.startsWith(`${name}-`) && one.length === name.length + 1 + SUFFIX_LENGTH))
    .map(({ key }) => key);
}

/** That they were brought back is said in one update and in none after it. */
function restoring(steps: SwitchStep[], keys: readonly string[]): SwitchStep[] {
  const last = steps.at(-1);
  if (!last || keys.length === 0) return steps;
  return [...steps.map((step) => ({ ...step, restored: keys })), { ...last, why: "Nothing is asked back any more." }];
}

const command = new Command("npm run deploy --")
  .description(
    "Deploy a stack as its file says, whatever stands: in one update where that fits, in several where quota, a replaced deployment or another topology asks for it. Run it again after it was stopped.",
  )
  .option("-s, --stack <name>", "stack", "dev")
  .addOption(new Option("-t, --topology <name>", "on the local Azure: instead of the stack's own topology").choices(TOPOLOGIES))
  .option("--azure", "on the real subscription, with your own Pulumi and its login, instead of the local Azure")
  .option("-y, --yes", "with --azure: do not ask before each update")
  .option(
    "--careful",
    "take no quota for granted but what stands and what is wanted; found out by itself, unless Pulumi asks at your own terminal",
  )
  .option(
    "--restore <account...>",
    "accounts (as eastus2) that were deleted less than 48 hours ago: bring them back; found out by itself, as --careful",
  )
  .showHelpAfterError();

/** As a stack's file says; what is none is refused by the plan, with the file's other faults. */
export const saidTopology = ({ topology = "public-apim" }: Record<string, unknown>) => topology as Topology;

async function main(): Promise<void> {
  const { stack, topology, azure, yes = false, careful = false, restore: restored = [] } = command.parse().opts();
  const to = topology ?? saidTopology(readStackFile(REPOSITORY, stack).values);
  if (azure) {
    if (topology) throw new Error("--topology is for the local Azure: on your subscription the stack file says it.");
    const options = { ...telling(console.log), onDone: undefined, pauseSeconds: 60, steadySeconds: 180, careful, restored };
    const updates = await runDeploy(azureEngine({ stack, yes }), to, options);
    console.log(`\n${counted(updates.length, "update")}: stack ${stack} is as Pulumi.${stack}.yaml says.`);
    return;
  }
  const say = (text: string) => void process.stdout.write(text);
  const { control } = occupantOf(directoryOf(stack)) ?? {};
  if (control) return ask(control, { command: "deploy", to, careful, restored }, say);
  const local = await openLocal({ stack, topology, doing: "`deploy`" });
  try {
    await deployHere(local, to, say, { careful, restored });
  } finally {
    await local.close();
  }
}

/** On a local Azure that is open here, with all that it says. @throws as runDeploy does */
export async function deployHere(local: Local, to: Topology, say: (text: string) => void, options: DeployOptions = {}) {
  const { stack } = local.plan;
  const engine = localEngine(local, { onOutput: say });
  const updates = await runDeploy(engine, to, { ...telling((line) => say(`${line}\n`)), ...options });
  say(`\n${counted(updates.length, "update")}: stack ${stack} is as it shall be.\n`);
}

const telling = (say: (line: string) => void): DeployOptions => ({
  ...tellingSteps(say),
  onOtherWay: (message) => say(`\n${message}`),
});

if (isStarted(import.meta.filename)) await runCommand(main);
