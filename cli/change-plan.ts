/**
 * What any change of a stack will do, update by update: from another stack file, or from what Pulumi's state says stands.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SIGNATURE } from "../sandbox/arm/provider/values.ts";
import type { Deployment } from "../sandbox/engine/state.ts";
import { durationOf } from "../stacks/catalog/durations.ts";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { changeRefusals, changeSteps, plainUpdate } from "../stacks/change.ts";
import { SECRET_PLACEHOLDER, type StackSource } from "../stacks/config.ts";
import type { Deployed } from "../stacks/deployed.ts";
import { type Plan, PlanError, planStack, sentence } from "../stacks/plan.ts";
import { type SwitchStep, settingsOf, titleOf } from "../stacks/switch.ts";
import { deployedIn } from "./deployed.ts";
import { type Built, builtInProcess, type InProcessEngine, type Registered, standingOn } from "./in-process.ts";
import { openLocal } from "./local.ts";
import { readStackFile } from "./stack-file.ts";
import { azureEngine } from "./switch-on-azure.ts";
import { groupLines, groupsOf, minutesOf, noticed, type Step, span, stepsBetween, type UpdatePlan } from "./switch-plan.ts";
import { counted } from "./text.ts";

export interface ChangePlan {
  stack: string;
  /** What it is compared with: `what is deployed`, a file. */
  from: string;
  updates: UpdatePlan[];
  /** Least and most, of all updates together, by published durations. */
  minutes: [number, number];
  /** Why one plain `pulumi up` would not get there; empty: it does. */
  plainUpdate: string[];
  /** Updates where the subscription has no more quota than what stands and what is wanted. */
  updatesWithoutSpareQuota: number;
  noticed: string[];
  /** Of the wanted plan, beside those that the other file's has. */
  warnings: string[];
  sources: string[];
}

type Standing = Pick<Built, "resources"> & { deployed: Deployed; plan?: Plan; engine?(first: Built): InProcessEngine };

/**
 * From another stack file.
 * @throws PlanError for a file with faults, or a change that no order of updates leads to
 */
export async function planFromFile(source: StackSource, before: StackSource, from: string): Promise<ChangePlan> {
  const plan = planStack(before);
  const built = await builtInProcess(before);
  const resources = built.resources.map((resource) => ({ ...resource, custom: true }));
  const outputs = { topology: plan.topology };
  const root = { urn: "::stack", type: "pulumi:pulumi:Stack", custom: false, outputs };
  const deployed = { ...deployedIn({ resources: [root, ...resources] }), accounts: plan.accounts };
  return planFrom(source, { resources: built.resources, deployed, plan }, from);
}

/**
 * From what stands, by Pulumi's state.
 * @throws Error for a stack that is not deployed; PlanError as `planFromFile`
 */
export async function planFromState(source: StackSource, deployment: Deployment): Promise<ChangePlan> {
  const deployed = deployedIn(deployment);
  // Of a replacement that stopped half-way the new one counts: it comes after the old one, which is still to be deleted.
  const state = (deployment.resources ?? [])
    .filter(({ custom, pendingReplacement }) => custom && !pendingReplacement)
    .sort((a, b) => Number(b.delete === true) - Number(a.delete === true));
  if (state.length === 0)
    throw new Error(
      `stack ${source.stack} is not deployed: there is nothing to compare with. Without --from-deployed the plan shows all of it.`,
    );
  const resources = state.map(
    ({ urn, type, inputs = {}, dependencies = [], protect }): Registered => ({
      type,
      name: nameIn(urn),
      urn: plainUrn(urn),
      inputs,
      dependsOn: dependencies.map(nameIn),
      protect: protect === true,
      replaceOnChanges: [],
      ignoreChanges: [],
      replaceWith: [],
    }),
  );
  const known = new Map(state.map((one) => [plainUrn(one.urn), one]));
  // As a preview does: what stands answers as it stands, what is new as it would in an empty Azure.
  const engine = (first: Built): InProcessEngine => ({
    answer({ urn }) {
      const found = known.get(plainUrn(urn));
      if (found) return { id: found.id ?? "", state: { ...found.inputs, ...found.outputs } };
      return first.answers.get(urn);
    },
  });
  return planFrom(source, { resources: withoutSecrets(resources), deployed, engine }, "what is deployed");
}

const nameIn = (urn: string) => urn.split("::").at(-1) ?? "";
/** Without project and stack: another user's project may have another name. */
const plainUrn = (urn: string) => urn.split("::").slice(2).join("::");

/** Pulumi writes what is secret as ciphertext, which says nothing of a change. */
function withoutSecrets<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutSecrets) as T;
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value) return SECRET_PLACEHOLDER as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)])) as T;
}

/** Where a change begins: a file, or what stands on the local Azure or on the subscription. */
export async function changeFrom(source: StackSource, from: { file: string } | { azure: boolean }): Promise<ChangePlan> {
  const { stack } = source;
  if ("file" in from) return planFromFile(source, readOther(from.file, stack), from.file);
  if (from.azure) {
    // What it has to tell is no part of the plan, which programs may read.
    const engine = azureEngine({ stack, yes: true, onOutput: (text) => void process.stderr.write(text) });
    return planFromState(source, await engine.state());
  }
  const local = await openLocal({ stack, besideServe: true });
  try {
    // In the local Azure the day is the catalog's, as `up` has it.
    return await planFromState({ ...source, today: local.plan.asOf }, (await local.workspace.export()).deployment);
  } finally {
    await local.close();
  }
}

/** A stack file of any name, for example what `git show main:Pulumi.dev.yaml` wrote. */
function readOther(file: string, stack: string): StackSource {
  if (!existsSync(file))
    throw new Error(`--from ${file}: there is no such file, and no such topology: ${TOPOLOGIES.join(", ")}.`);
  const folder = mkdtempSync(join(tmpdir(), "plan-"));
  try {
    copyFileSync(file, join(folder, `Pulumi.${stack}.yaml`));
    return { ...readStackFile(folder, stack), file };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function planFrom(source: StackSource, standing: Standing, from: string): Promise<ChangePlan> {
  const { deployed } = standing;
  const states = (values: Record<string, unknown>) => planStack({ ...source, values: { ...source.values, ...values } });
  const wanted = states({});
  const ways = () => changeSteps(deployed, wanted).map((step) => states(settingsOf(step, source.values)));
  const atOnce = changeRefusals(deployed, wanted);
  const refused = atOnce.length > 0 ? atOnce : changeRefusals(deployed, wanted, ways());
  if (refused.length > 0) throw new PlanError(refused, `the change of stack ${source.stack}`);
  const build = async (step: Omit<SwitchStep, "why">, stands: Pick<Built, "resources">) => {
    const values = settingsOf(step, source.values);
    const onIt = standingOn(stands);
    const first = await builtInProcess(source, values, undefined, onIt);
    if (!standing.engine) return first;
    const again = await builtInProcess(source, values, undefined, { ...standing.engine(first), ...onIt });
    return { ...again, resources: again.resources.map((one) => ({ ...one, urn: plainUrn(one.urn) })) };
  };
  const updates: (UpdatePlan & { steps: Step[] })[] = [];
  let before: Pick<Built, "resources"> = standing;
  let planBefore = standing.plan ?? wanted;
  for (const step of changeSteps(deployed, wanted)) {
    const after = await build(step, before);
    const planAfter = states(settingsOf(step, source.values));
    const steps = stepsBetween({ resources: likeAfter(before.resources, after.resources) }, after);
    updates.push({ ...step, ...groupsOf(steps), minutes: minutesOf(steps, before, after, planBefore, planAfter), steps });
    [before, planBefore] = [after, planAfter];
  }
  const done = updates.filter(({ steps }) => steps.length > 0);
  const everything = done.flatMap(({ steps }) => steps);
  const told = standing.plan?.warnings.map(sentence) ?? [];
  return {
    stack: source.stack,
    from,
    updates: done.map(({ steps: _, accounts: __, ...update }) => update),
    minutes: [0, 1].map((end) => done.reduce((sum, { minutes }) => sum + (minutes[end] ?? 0), 0)) as [number, number],
    plainUpdate: plainUpdate(deployed, wanted),
    updatesWithoutSpareQuota: everything.length === 0 ? 0 : changeSteps(deployed, wanted, { spare: "nothing" }).length,
    noticed: [...lostTo(standing.resources, everything, done), ...noticed(hereOf(standing, wanted), wanted, everything)],
    warnings: wanted.warnings.map(sentence).filter((text) => !told.includes(text)),
    sources: [
      ...new Set(
        everything.flatMap(({ resource, operations }) => operations.map((op) => durationOf(resource.type, op, wanted).source)),
      ),
    ],
  };
}

/** What the provider adds of its own accord to inputs in the state, and what is secret there, is no change. */
function likeAfter(before: readonly Registered[], after: readonly Registered[]): Registered[] {
  const now = new Map(after.map((resource) => [resource.urn, resource]));
  return before.map((resource) => {
    const is = now.get(resource.urn);
    if (!is) return resource;
    const added = Object.keys(resource.inputs).filter(
      (key) => !(key in is.inputs) && (key === "location" || key.startsWith("__")),
    );
    const inputs = Object.fromEntries(Object.entries(resource.inputs).filter(([key]) => !added.includes(key)));
    return { ...resource, inputs: likeNow(inputs, is.inputs) };
  });
}

// biome-ignore lint/suspicious/noExplicitAny: inputs of any type of resource.
function likeNow(was: any, is: any): any {
  if (was === SECRET_PLACEHOLDER) return is;
  if (Array.isArray(was)) return was.map((item, at) => likeNow(item, Array.isArray(is) ? is[at] : undefined));
  if (typeof was !== "object" || was === null) return was;
  return Object.fromEntries(Object.entries(was).map(([key, item]) => [key, likeNow(item, is?.[key])]));
}

const hereOf = ({ plan, deployed, resources }: Standing, wanted: Plan) => ({
  sku: deployed.gatewaySku ?? wanted.gateway.sku,
  isInternal: resources.some(({ inputs }) => inputs.virtualNetworkType === "Internal"),
  notes: plan?.notes ?? wanted.notes,
});

/** What callers cannot do afterwards, or for a while. */
function lostTo(before: readonly Registered[], steps: readonly Step[], updates: readonly UpdatePlan[]): string[] {
  const gone = (type: string, key: string) =>
    steps
      .filter(({ kind, resource }) => kind === "deleted" && resource.type === `azure-native:${type}`)
      .map(({ resource }) => String(resource.inputs[key]));
  const after = new Set(
    steps.filter(({ kind }) => kind === "added").map(({ resource }) => String(resource.inputs.deploymentName ?? "")),
  );
  const stays = (name: string) =>
    after.has(name) ||
    before.some(
      ({ type, name: logical, inputs }) =>
        type === "azure-native:cognitiveservices:Deployment" &&
        inputs.deploymentName === name &&
        !steps.some(({ kind, resource }) => kind === "deleted" && resource.name === logical),
    );
  const models = [...new Set(gone("cognitiveservices:Deployment", "deploymentName"))].filter((name) => !stays(name));
  const consumers = gone("apimanagement:Product", "productId");
  const gaps = [...new Set(updates.flatMap(({ gaps = [] }) => gaps))];
  return [
    ...models.map((name) => `Calls of "${name}" are answered with 404: no model has this name any more.`),
    ...consumers.map((name) => `The keys of consumer "${name}" open nothing any more.`),
    ...gaps.map((name) => `"${name}" is not served for some minutes: nobody else has it while it is replaced.`),
  ];
}

/** The change for people. `line` breaks a sentence between words. */
export function renderChangePlan(plan: ChangePlan, line: (text: string) => string): string {
  const { stack, from, updates, minutes, plainUpdate, updatesWithoutSpareQuota, noticed, warnings, sources } = plan;
  if (updates.length === 0) return `Stack ${stack}: nothing to do from ${from}.`;
  const more =
    updatesWithoutSpareQuota > updates.length
      ? [
          `Where the subscription has no more quota than what stands and what is wanted, npm run deploy takes ${updatesWithoutSpareQuota} updates (--careful).`,
        ]
      : [];
  return [
    `Stack ${stack}: from ${from} in ${counted(updates.length, "update")}, ${span(minutes)} by published durations`,
    ...updates.flatMap((update, at) => [
      "",
      `Update ${at + 1}: ${titleOf(update)}; ${span(update.minutes)}`,
      line(update.why),
      ...groupLines(update).map(line),
    ]),
    ...titled("Plain pulumi up", [...plainUpdate, ...more], line),
    ...titled("What callers notice", noticed, line),
    ...titled(`Warnings (${warnings.length})`, warnings, line),
    ...titled("Where the durations come from", sources, line),
    "",
    `Deploy it: npm run deploy -- --stack ${stack} (on the local Azure; with --azure on yours)`,
  ].join("\n");
}

const titled = (title: string, texts: readonly string[], line: (text: string) => string) =>
  texts.length === 0 ? [] : ["", title, ...texts.map(line)];
