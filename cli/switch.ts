/**
 * `npm run switch`: leads a deployed stack from its topology to another, in as many updates as it takes to answer calls all the while.
 */
import { setTimeout as wait } from "node:timers/promises";
import { Option } from "@commander-js/extra-typings";
import { type Deployment, PulumiError, type RunResult, stackOutputs } from "../sandbox/engine/pulumi.ts";
import { HeaderList } from "../sandbox/http.ts";
import { gateways } from "../stacks/catalog/gateways.ts";
import { type GatewaySku, TOPOLOGIES, type Topology } from "../stacks/catalog/topologies.ts";
import { frontDoorSkuOf } from "../stacks/entrance.ts";
import { networkFaults, standingNetwork } from "../stacks/network-change.ts";
import { type Plan, sentence } from "../stacks/plan.ts";
import { type Standing, type SwitchStep, settingsOf, switchSteps, titleOf } from "../stacks/switch.ts";
import { Command } from "./command.ts";
import { ask } from "./control.ts";
import { deployedIn } from "./deployed.ts";
import { directoryOf, REPOSITORY } from "./folders.ts";
import { type Local, openLocal } from "./local.ts";
import { occupantOf } from "./occupancy.ts";
import { readStackFile } from "./stack-file.ts";
import { stackOf } from "./stack-name.ts";
import { azureEngine } from "./switch-on-azure.ts";
import { counted, isStarted, runCommand } from "./text.ts";

/** What Azure says when something cannot be deleted yet, because somebody has just left it: subnets, security groups, zones. */
const STILL_IN_USE = /InUse\w*CannotBeDeleted|CannotDeleteResource|cannot be deleted because it is in use|still in use/i;
const MOST_RERUNS = 20;
/** Front Door takes 3 to 20 minutes until it is everywhere (Front Door FAQ, 2026). */
const SPREAD_AT_MOST_MINUTES = 60;

/** Logical names by what became of the resources, in the order in which it was begun. */
export interface Done {
  added: string[];
  updated: string[];
  replaced: string[];
  deleted: string[];
}

export interface SwitchReport {
  from: Topology;
  to: Topology;
  /** By update, in order. */
  updates: { step: SwitchStep; done: Done; reruns: number }[];
}

/** What carries the updates out. */
export interface SwitchEngine {
  stack: string;
  /** What a person runs to deploy the stack. */
  deployCommand: string;
  /** Pulumi's state of the stack. */
  state(): Promise<Deployment>;
  /** The plan of one update. Changes nothing. @throws PlanError */
  plan(step: SwitchStep): Plan;
  /**
   * One run of `pulumi up`. Where the engine's terminal is the person's own, nothing is known of what it did.
   * @throws PulumiError
   */
  up(step: SwitchStep, isLast: boolean): Promise<Pick<RunResult, "steps"> | undefined>;
  /** Status that a Front Door answers to anybody; undefined: its name is not known yet, or nobody answers. */
  statusOf(host: string): Promise<number | undefined>;
}

export interface SwitchOptions {
  onStep?(step: SwitchStep, index: number, count: number): void;
  /** Told when an update has ended. */
  onDone?(done: Done): void;
  /** Told before a rerun, with what Azure said. */
  onInUse?(message: string): void;
  /** Told when a new Front Door has to be waited for. */
  onWait?(host: string): void;
  /** Seconds before a rerun, and between two looks at a Front Door. */
  pauseSeconds?: number;
  /** Seconds for which a new Front Door must have answered: it is in many places, and this one may be early. */
  steadySeconds?: number;
}

/**
 * The updates from where the stack stands to `to`. Safe to run again after a kill at any moment: where the stack stands is what Pulumi's
 * state says of its resources, whatever was to be done about them.
 * @throws Error when the stack is not deployed, or when the switch would replace its gateway; PlanError before anything runs; PulumiError for
 *         an update that fails
 */
export async function runSwitch(engine: SwitchEngine, to: Topology, options: SwitchOptions = {}): Promise<SwitchReport> {
  const state = await engine.state();
  const { standing, sku, topology: from = to } = standingIn(state, engine);
  // Every plan, the last above all, before anything runs.
  const last = engine.plan({ topology: to, why: "" });
  refuseOtherFamily(engine, sku, last);
  refuseMovedSubnets(engine, state, last);
  const steps = switchSteps(standing, to, last.accountAccess, frontDoorSkuOf(last));
  for (const step of steps) engine.plan(step);
  const report: SwitchReport = { from, to, updates: [] };
  await runSteps(engine, steps, options, report.updates);
  return report;
}

/** Update after update. @param updates  gets each that has ended */
export async function runSteps(
  engine: SwitchEngine,
  steps: readonly SwitchStep[],
  options: SwitchOptions,
  updates: SwitchReport["updates"],
): Promise<void> {
  const { onStep, onDone, onInUse, onWait, pauseSeconds = 15, steadySeconds = 0 } = options;
  for (const [index, step] of steps.entries()) {
    onStep?.(step, index, steps.length);
    const all: RunResult["steps"] = [];
    let reruns = 0;
    for (;;) {
      try {
        all.push(...((await engine.up(step, index === steps.length - 1))?.steps ?? []));
        break;
      } catch (error) {
        if (!(error instanceof PulumiError)) throw error;
        all.push(...error.steps);
        if (error.killed || !STILL_IN_USE.test(error.message) || reruns >= MOST_RERUNS) throw error;
        reruns++;
        onInUse?.(error.message);
        await wait(pauseSeconds * 1000);
      }
    }
    const done = doneBy(all);
    onDone?.(done);
    updates.push({ step, done, reruns });
    if (step.frontDoor) await untilItAnswers(engine, { onWait, pauseSeconds, steadySeconds });
  }
}

/** A Front Door that is not everywhere yet answers 404; one that is refuses who is not the gateway. */
async function untilItAnswers(
  engine: SwitchEngine,
  {
    onWait,
    pauseSeconds,
    steadySeconds,
  }: Required<Pick<SwitchOptions, "pauseSeconds" | "steadySeconds">> & Pick<SwitchOptions, "onWait">,
): Promise<void> {
  const host = stackOutputs(await engine.state())?.entrance;
  if (typeof host !== "string") throw new Error(`stack ${engine.stack}: its outputs do not name the host of its Front Door`);
  const begun = Date.now();
  let since: number | undefined;
  let told = false;
  for (;;) {
    const status = await engine.statusOf(host);
    const now = Date.now();
    since = status === undefined || status === 404 ? undefined : (since ?? now);
    if (since !== undefined && now - since >= steadySeconds * 1000) return;
    if (now - begun > SPREAD_AT_MOST_MINUTES * 60_000)
      throw new Error(
        `https://${host} still answers ${status ?? "nothing"} after ${SPREAD_AT_MOST_MINUTES} minutes. No call is sent to it yet, and callers are served as ` +
          "before. Look at Front Door in the portal, then run the same command again.",
      );
    if (!told) onWait?.(host);
    told = true;
    await wait(pauseSeconds * 1000);
  }
}

/** On the local Azure. `values` replace those of the stack file. */
export function localEngine(
  local: Pick<Local, "workspace" | "configure" | "plan" | "sandbox">,
  { values = {}, onOutput }: { values?: Record<string, unknown>; onOutput?(text: string): void } = {},
): SwitchEngine {
  const { stack } = local.plan;
  const plan = (step: SwitchStep) =>
    local.configure({ ...values, ...settingsOf(step, { ...readStackFile(REPOSITORY, stack).values, ...values }) });
  return {
    stack,
    deployCommand: `npm run sandbox -- up --stack ${stack}`,
    state: async () => (await local.workspace.export()).deployment,
    plan,
    up(step) {
      plan(step);
      return local.workspace.up({ onOutput });
    },
    async statusOf(host) {
      const request = {
        method: "GET",
        url: new URL(`https://${host}/openai/`),
        headers: new HeaderList(),
        body: new Uint8Array(),
      };
      return local.sandbox
        .client({})(request, { timeoutMs: 10_000 })
        .then(
          ({ status }) => status,
          () => undefined,
        );
    },
  };
}

/** Where a stack stands, by the resources in Pulumi's state; what is still to be deleted stands as well. */
function standingIn(
  deployment: Deployment,
  { stack, deployCommand }: Pick<SwitchEngine, "stack" | "deployCommand">,
): { standing: Standing; sku: string; topology?: Topology } {
  const { gatewaySku, topology, ...standing } = deployedIn(deployment);
  if (!gatewaySku) throw new Error(`stack ${stack} is not deployed: ${deployCommand}`);
  return { sku: gatewaySku, topology, standing };
}

const familyOf = (sku: string) => gateways[sku as GatewaySku]?.family;

/** That is another change than one of topology, and callers notice it: no order of updates helps. */
function refuseOtherFamily({ stack, deployCommand }: SwitchEngine, sku: string, plan: Plan): void {
  if (familyOf(sku) === plan.gateway.family) return;
  throw new Error(
    `stack ${stack}: its gateway stands as ${sku} and would become ${plan.gateway.sku}, of another family, which replaces it: callers get another ` +
      `address and other keys. Set gateway.family (or gateway.sku) back to what stands, or deploy that change first, by itself: ${deployCommand}`,
  );
}

/** Azure would refuse it in the middle. */
function refuseMovedSubnets({ stack }: SwitchEngine, { resources = [] }: Deployment, plan: Plan): void {
  const faults = networkFaults(standingNetwork(resources), plan);
  if (faults.length > 0) throw new Error(`stack ${stack}: ${faults.map(sentence).join("\n")}`);
}

/** A resource that a rerun met again counts once, by what it came to. */
function doneBy(steps: RunResult["steps"]): Done {
  const done: Done = { added: [], updated: [], replaced: [], deleted: [] };
  const of: Record<string, keyof Done> = { create: "added", update: "updated", replace: "replaced", delete: "deleted" };
  const seen = new Set<string>();
  for (const { op, urn } of steps) {
    const group = of[op];
    if (!group || seen.has(`${op} ${urn}`)) continue;
    seen.add(`${op} ${urn}`);
    done[group].push(urn.split("::").at(-1) ?? urn);
  }
  return done;
}

/** `11 added (network, ...), 1 updated (gateway)` in lines, or that nothing had to change. */
function renderDone(done: Done): string {
  const lines = (Object.keys(done) as (keyof Done)[])
    .filter((group) => done[group].length > 0)
    .map((group) => `  ${String(done[group].length).padStart(3)} ${group.padEnd(9)}${done[group].join(", ")}`);
  return lines.length > 0 ? lines.join("\n") : "  nothing had to change";
}

const command = new Command("npm run switch --")
  .description(
    "Lead a deployed stack to another topology, in as many updates as it takes to answer calls all the while. Run it again after it was stopped.",
  )
  .option("-s, --stack <name>", "stack", "dev")
  .addOption(new Option("-t, --to <name>", "topology to switch to").choices(TOPOLOGIES).makeOptionMandatory())
  .option("--azure", "on the real subscription, with your own Pulumi and its login, instead of the local Azure")
  .option("-y, --yes", "with --azure: do not ask before each update")
  .showHelpAfterError();

async function main(): Promise<void> {
  const { stack, to, azure, yes = false } = command.parse().opts();
  if (azure) {
    // Pulumi's own output says what each update did.
    const options = { ...tellingSteps(console.log), onDone: undefined, pauseSeconds: 60, steadySeconds: 180 };
    const { updates } = await runSwitch(azureEngine({ stack, yes }), to, options);
    console.log(
      `\n${counted(updates.length, "update")}: stack ${stack} is ${to} now, and Pulumi.${stackOf(stack)}.yaml says so: commit it.`,
    );
    return;
  }
  const say = (text: string) => void process.stdout.write(text);
  const { control } = occupantOf(directoryOf(stack)) ?? {};
  if (control) {
    // Its gateway answers meanwhile, and its calls are seen there.
    await ask(control, { command: "switch", to }, say);
    return;
  }
  const local = await openLocal({ stack, doing: "`switch`" });
  try {
    await switchHere(local, to, say);
  } finally {
    await local.close();
  }
}

/** A switch on a local Azure that is open here, with all that it says. @throws as runSwitch does */
export async function switchHere(local: Local, to: Topology, say: (text: string) => void): Promise<void> {
  const { stack } = local.plan;
  const { topology: says = "public-apim" } = readStackFile(REPOSITORY, stack).values;
  const engine = localEngine(local, { onOutput: say });
  const { updates } = await runSwitch(
    engine,
    to,
    tellingSteps((line) => say(`${line}\n`)),
  );
  say(`\n${counted(updates.length, "update")}: stack ${stack} is ${to} now.\n`);
  if (says !== to)
    say(
      `Pulumi.${stack}.yaml is as it was. Until you change its line "aoai:topology: ${says}" to "aoai:topology: ${to}", ` +
        `\`${engine.deployCommand}\` leads back to ${says}, in one update; with --topology ${to} it stays.\n`,
    );
}

/** What is said of each step of a switch. */
export const tellingSteps = (say: (line: string) => void): SwitchOptions => ({
  onStep: (step, index, count) => say(`\n▸ Update ${index + 1} of ${count}: ${titleOf(step)}. ${step.why}`),
  onWait: (host) =>
    say(`\nhttps://${host} does not answer everywhere yet, as Azure says of the first 3 to 20 minutes: waiting for it.`),
  onDone: (done) => say(renderDone(done)),
  onInUse: (message) =>
    say(
      `\n${message}\nAzure keeps what was just left "in use" for some minutes, above all the subnet that API Management has left. Everything else ` +
        "is done and callers are served; the same update runs again until the rest can go.",
    ),
});

if (isStarted(import.meta.filename)) await runCommand(main);
