/**
 * What a switch will do, update by update: both programs are registered in process, and compared by the rules that azure-native follows.
 */
import { detailedDiff, KIND, type Kind, replaces } from "../sandbox/arm/provider/diff.ts";
import { addressed, pathParameters } from "../sandbox/arm/provider/shape.ts";
import { durationOf, type Operation } from "../stacks/catalog/durations.ts";
import { gateways } from "../stacks/catalog/gateways.ts";
import type { GatewaySku, Topology } from "../stacks/catalog/topologies.ts";
import type { StackSource } from "../stacks/config.ts";
import { crossesFamily, type Plan, planStack, sentence } from "../stacks/plan.ts";
import { type SwitchStep, settingsOf, standingOf, switchSteps, titleOf } from "../stacks/switch.ts";
import { type Built, builtInProcess, type Registered, standingOn } from "./in-process.ts";
import { counted } from "./text.ts";

export interface SwitchPlan {
  stack: string;
  from: Topology;
  to: Topology;
  updates: UpdatePlan[];
  /** Least and most, of all updates together, by published durations. */
  minutes: [number, number];
  /** API Management is replaced by another one, with another address. */
  crossesFamily: boolean;
  /** What callers notice while it runs and afterwards. */
  noticed: string[];
  /** Of the target's plan, beside those that the stack has now. */
  warnings: string[];
  /** Where the durations come from. */
  sources: string[];
}

export interface UpdatePlan extends SwitchStep {
  added: Change[];
  updated: Change[];
  replaced: Change[];
  deleted: Change[];
  /** What can run at the same time counts once. */
  minutes: [number, number];
}

export interface Change {
  /** `network:PrivateEndpoint`, `random:RandomPassword` */
  type: string;
  /** Logical name. */
  name: string;
  /** Inputs that change, of what is updated or replaced. */
  properties?: string[];
}

/** What an update does to one resource. */
export interface Step {
  resource: Registered;
  operations: Operation[];
  kind: keyof Pick<UpdatePlan, "added" | "updated" | "replaced" | "deleted">;
  properties: string[];
}

/**
 * One after another, never two at once: see `builtInProcess`.
 * @throws PlanError for a topology that the stack cannot have; ArmError for one that the local Azure would refuse
 */
export async function planSwitch(source: StackSource, from: Topology, to: Topology): Promise<SwitchPlan> {
  const states = (values: Record<string, unknown>) => planStack({ ...source, values: { ...source.values, ...values } });
  const [here, there] = [states({ topology: from }), states({ topology: to })];
  const addressesMove = here.gateway.family === "classic";
  const steps = from === to ? [] : switchSteps({ ...standingOf(from), addressesMove }, to, there.accountAccess);

  const build = (step: Omit<SwitchStep, "why">, deployed?: Built) =>
    builtInProcess(source, settingsOf(step, source.values), undefined, deployed && standingOn(deployed));
  const updates: (UpdatePlan & { steps: Step[] })[] = [];
  let [before, planBefore] = [await build({ topology: from }), here];
  for (const step of steps) {
    const after = await build(step, before);
    const planAfter = states(settingsOf(step, source.values));
    const all = stepsBetween(before, after);
    updates.push({
      ...step,
      ...groupsOf(all),
      minutes: minutesOf(all, before, after, planBefore, planAfter),
      steps: all,
    });
    [before, planBefore] = [after, planAfter];
  }
  const everything = updates.flatMap((update) => update.steps);
  return {
    stack: source.stack,
    from,
    to,
    updates: updates.map(({ steps: _, ...update }) => update),
    minutes: [0, 1].map((end) => updates.reduce((sum, { minutes }) => sum + (minutes[end] ?? 0), 0)) as [number, number],
    crossesFamily: crossesFamily(here, there),
    noticed: noticed(
      { sku: here.gateway.sku, isInternal: here.network?.gateway.type === "Internal", notes: here.notes },
      there,
      everything,
    ),
    warnings: there.warnings.map(sentence).filter((text) => !here.warnings.map(sentence).includes(text)),
    sources: [
      ...new Set(
        everything.flatMap(({ resource, operations }) => operations.map((op) => durationOf(resource.type, op, there).source)),
      ),
    ],
  };
}

export function groupsOf(steps: readonly Step[]): Pick<UpdatePlan, Step["kind"]> {
  const of = (kind: Step["kind"]) => steps.filter((one) => one.kind === kind).map(changeOf);
  return { added: of("added"), updated: of("updated"), replaced: of("replaced"), deleted: of("deleted") };
}

const changeOf = ({ resource: { type, name }, kind, properties }: Step): Change => ({
  type: type.replace(/^azure-native:|(?<=^random:).*:/g, ""),
  name,
  ...((kind === "updated" || kind === "replaced") && { properties }),
});

/** Pulumi's own bookkeeping is left out. In the order of registration, deletions last. */
export function stepsBetween(before: Pick<Built, "resources">, after: Pick<Built, "resources">): Step[] {
  const ours = ({ resources }: Pick<Built, "resources">) => resources.filter(({ type }) => !type.startsWith("pulumi:"));
  const old = new Map(ours(before).map((resource) => [resource.urn, resource]));
  const now = new Map(ours(after).map((resource) => [resource.urn, resource]));
  const steps = [...now.values()].flatMap((resource): Step[] => {
    const was = old.get(resource.urn);
    if (!was) return [{ resource, kind: "added", operations: ["create"], properties: [] }];
    const { changed, isReplaced } = compared(was, resource);
    if (changed.length === 0) return [];
    return isReplaced
      ? [{ resource, kind: "replaced", operations: ["delete", "create"], properties: changed }]
      : [{ resource, kind: "updated", operations: ["update"], properties: changed }];
  });
  const gone = [...old.values()]
    .filter(({ urn }) => !now.has(urn))
    .map((resource): Step => ({ resource, kind: "deleted", operations: ["delete"], properties: [] }));
  return [...steps, ...gone];
}

/** GUIDs that are drawn, numbered by the in-process build: the same resource draws once, whatever its number is. */
const DRAWN = /^0{8}-0000-4000-9000-\d{12}$/;

export function compared(
  was: Pick<Registered, "inputs">,
  now: Pick<Registered, "type" | "inputs" | "replaceOnChanges">,
): { changed: string[]; isReplaced: boolean } {
  const info = addressed(now.type)?.info;
  const replacing = new Set(info ? [...pathParameters(info), ...info.createOnly] : Object.keys(now.inputs));
  const plain = ({ inputs }: Pick<Registered, "inputs">) =>
    Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, DRAWN.test(String(value)) ? "drawn" : value]));
  const found = [...detailedDiff(plain(was), plain(now), replacing)];
  const isReplaced = found.some(
    ([path, kind]) => replaces(kind as Kind) || now.replaceOnChanges.some((one) => touches(one, path)),
  );
  // What an update adds or takes away is named by its outermost part.
  return { changed: [...new Set(found.map(([path, kind]) => (kind === KIND.update ? path : outermost(path))))], isReplaced };
}

const outermost = (path: string) => path.split(/[.[]/)[0] ?? path;

/** `a[*].b` touches `a[0].b`, `a[0].b.c` and `a`. */
function touches(pattern: string, path: string): boolean {
  const parts = (text: string) => text.split(/[.[\]]+/).filter((part) => part !== "");
  const [wanted, found] = [parts(pattern), parts(path)];
  return wanted.slice(0, found.length).every((part, at) => part === "*" || part === found[at]);
}

/** Azure accepts each part of a Front Door at once, and what it has accepted reaches all places together: that time counts once. */
const SPREADS = /^azure-native:(cdn|frontdoor):/;
const ACCEPTED_MINUTES = [0, 1] as const;

/** The longest way through what depends on each other; deletions begin when everything else is done. */
export function minutesOf(
  steps: Step[],
  before: Pick<Built, "resources">,
  after: Pick<Built, "resources">,
  planBefore: Plan,
  planAfter: Plan,
): [number, number] {
  const deletions = steps.filter(({ kind }) => kind === "deleted");
  const others = steps.filter(({ kind }) => kind !== "deleted");
  const lasts = (list: Step[], plan: Plan, end: 0 | 1) =>
    new Map(
      list.map(({ resource, operations }) => [
        resource.name,
        operations.reduce(
          (sum, op) => sum + (SPREADS.test(resource.type) ? ACCEPTED_MINUTES : durationOf(resource.type, op, plan).minutes)[end],
          0,
        ),
      ]),
    );
  const spreading = (list: Step[], plan: Plan, end: 0 | 1) =>
    Math.max(
      0,
      ...list
        .filter(({ resource: { type } }) => SPREADS.test(type))
        .flatMap(({ resource: { type }, operations }) => operations.map((op) => durationOf(type, op, plan).minutes[end])),
    );
  const of = (end: 0 | 1) => {
    const forward = new Map(after.resources.map(({ name, dependsOn }) => [name, dependsOn]));
    const backward = new Map<string, string[]>();
    for (const { name, dependsOn } of before.resources)
      for (const on of dependsOn) backward.set(on, [...(backward.get(on) ?? []), name]);
    return (
      longest(lasts(others, planAfter, end), forward) +
      spreading(others, planAfter, end) +
      longest(lasts(deletions, planBefore, end), backward) +
      spreading(deletions, planBefore, end)
    );
  };
  return [of(0), of(1)];
}

/** @param waitsFor  by name; resources that do not change take no time, and pass on what they wait for */
function longest(minutes: ReadonlyMap<string, number>, waitsFor: ReadonlyMap<string, readonly string[]>): number {
  const known = new Map<string, number>();
  const until = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    known.set(name, 0);
    const end = Math.max(0, ...(waitsFor.get(name) ?? []).map(until)) + (minutes.get(name) ?? 0);
    known.set(name, end);
    return end;
  };
  return Math.max(0, ...[...minutes.keys()].map(until));
}

/** A stack before a change, as far as callers notice the difference. */
export interface Here {
  sku: string;
  /** Callers reach the gateway from its network only. */
  isInternal: boolean;
  notes: readonly string[];
}

/** What Azure documents, and what follows from the plans. */
export function noticed(here: Here, there: Plan, steps: readonly Step[]): string[] {
  const service = steps.find(({ resource: { name }, kind }) => name === "gateway" && kind !== "added");
  const { sku } = there.gateway;
  const { family, sla } = gateways[sku];
  const said: string[] = [];
  const crosses = gateways[here.sku as GatewaySku]?.family !== family;
  if (!crosses && service?.kind === "replaced" && service.properties.includes("location")) {
    said.push(
      `API MANAGEMENT MOVES to ${there.location}: another one is made there, and the old one is deleted when it stands. Callers get another address and other keys, and until they use them they are not served. Accounts, logs and the resource group stay.`,
    );
  } else if (crosses || service?.kind === "replaced") {
    said.push(
      `API MANAGEMENT IS REPLACED: no service crosses from ${here.sku} to ${sku} in place. Callers get another address and other keys, and until they use them they are not served.`,
    );
  } else if (service && family === "classic") {
    if (sla) said.push(`No downtime is documented for ${sku} while it changes its network.`);
    else {
      const [least, most] = durationOf(service.resource.type, "update", there).minutes;
      said.push(`API Management ${sku} is down while it changes its network: ${least} to ${most} minutes, each time.`);
    }
    said.push(
      "API Management gets other public addresses: whoever knows it by address, a firewall for example, must learn them.",
    );
  } else if (service) said.push(`No downtime is documented for ${sku} while it changes its SKU or network.`);
  if (there.network?.gateway.type === "Internal" && !here.isInternal)
    said.push("Callers outside the virtual network do not reach the gateway any more.");
  const news = there.notes.filter((note) => !here.notes.includes(note));
  said.push(...news.map((note) => `Afterwards: ${note}`));
  if (steps.length > 0 && said.length === 0) said.push("Nothing: all of it happens behind the gateway, which stays as it is.");
  return said;
}

/** The switch for people. `line` breaks a sentence between words. */
export function renderSwitchPlan(
  { stack, from, to, updates, minutes, noticed, warnings, sources }: SwitchPlan,
  line: (text: string) => string,
): string {
  if (updates.length === 0) return `Stack ${stack}: ${from} to ${to}: nothing to do.`;
  const section = (title: string, texts: readonly string[]) => (texts.length === 0 ? [] : ["", title, ...texts.map(line)]);
  return [
    `Stack ${stack}: from ${from} to ${to} in ${counted(updates.length, "update")}, ${span(minutes)} by published durations`,
    ...updates.flatMap((update, at) => [
      "",
      `Update ${at + 1}: ${titleOf(update)}; ${span(update.minutes)}`,
      line(update.why),
      ...groupLines(update).map(line),
    ]),
    ...section("What callers notice", noticed),
    ...section(`Warnings (${warnings.length})`, warnings),
    ...section("Where the durations come from", sources),
    "",
    `Deploy it: npm run switch -- --stack ${stack} --to ${to} (on the local Azure; with --azure on yours)`,
  ].join("\n");
}

/** `2 updated: gateway (sku.name), pool` */
export const groupLines = (update: UpdatePlan): string[] =>
  (["added", "updated", "replaced", "deleted"] as const)
    .filter((group) => update[group].length > 0)
    .map((group) => `${update[group].length} ${group}: ${update[group].map(named).join(", ")}`);

const named = ({ name, properties }: Change) => (properties ? `${name} (${properties.join(", ")})` : name);

export const span = ([least, most]: readonly [number, number]) =>
  least === most ? counted(most, "minute") : `${least} to ${counted(most, "minute")}`;
