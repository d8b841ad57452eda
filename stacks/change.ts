/**
 * Any change of a deployed stack as a series of updates, so that each fits and calls are answered all the while where that is possible. Pure.
 */
import { CHANGE_RULES } from "./change-rules.ts";
import { type Deployed, lost } from "./deployed.ts";
import { frontDoorSkuOf } from "./entrance.ts";
import { listed } from "./nearest.ts";
import type { Fault, Plan } from "./plan.ts";
import type { Spare } from "./quota.ts";
import { obstacles, rearrange } from "./rearrange.ts";
import { ALL_AT_ONCE, type SwitchStep, switchSteps } from "./switch.ts";

export interface ChangeOptions {
  /** Default "catalog". */
  spare?: Spare;
}

/**
 * What no order of updates leads to; empty: nothing.
 * @param onTheWay  plans of the updates before the last: a network that goes in the end may have to change before
 */
export function changeRefusals(deployed: Deployed, wanted: Plan, onTheWay: readonly Plan[] = []): Fault[] {
  const faults = [wanted, ...onTheWay].flatMap((plan) => CHANGE_RULES.flatMap((rule) => rule(deployed, plan)));
  const first = faults.filter(
    (fault, at) => faults.findIndex(({ path, rule }) => path === fault.path && rule === fault.rule) === at,
  );
  return [...first, ...nothingLeft(deployed, wanted)];
}

/** A gateway needs a model to lead to, on the way too. */
function nothingLeft({ accounts }: Deployed, wanted: Plan): Fault[] {
  const names = (list: Deployed["accounts"]) => [
    ...new Set(list.flatMap(({ deployments }) => deployments.map(({ name }) => name))),
  ];
  const isEmpty = (["catalog", "nothing"] as const).some((spare) =>
    rearrange(accounts, wanted.accounts, { day: wanted.asOf, spare }).some((step) => names(step.accounts).length === 0),
  );
  if (!isEmpty || names(accounts).length === 0) return [];
  return [
    {
      path: "models",
      value: names(wanted.accounts),
      rule: `${listed(names(accounts))} would have to go before ${listed(names(wanted.accounts))} can come, and no model would be left meanwhile: to Azure, names that differ in capitals alone are one.`,
      fix: "Choose a name that differs in more than capitals, or go by way of one that does.",
    },
  ];
}

/**
 * The updates from what stands to the plan, in order; the last is the stack as its file says, also where nothing is left to do. Looks at what
 * stands, not at what was to be done: a change that was killed goes on from there.
 * A change of topology comes before one of deployments, unless that fits by itself.
 */
export function changeSteps(deployed: Deployed, wanted: Plan, { spare = "catalog" }: ChangeOptions = {}): SwitchStep[] {
  const arrangements = rearrange(deployed.accounts, wanted.accounts, { day: wanted.asOf, spare });
  const last = arrangements.at(-1);
  const before: SwitchStep[] = arrangements
    .slice(0, -1)
    .map(({ accounts, why, gaps }) => ({ topology: wanted.topology, accounts, why, ...(gaps.length > 0 && { gaps }) }));
  const ends = (step: SwitchStep): SwitchStep => (last && last.gaps.length > 0 ? { ...step, gaps: last.gaps } : step);
  const released: SwitchStep[] = losesProtected(deployed, wanted)
    ? [{ topology: wanted.topology, accounts: deployed.accounts, why: "Protection is taken off, before what it holds can go." }]
    : [];
  if (deployed.gatewaySku === undefined) return [...released, ...before, ends({ topology: wanted.topology, why: ALL_AT_ONCE })];
  const switching = switchSteps(deployed, wanted.topology, wanted.accountAccess, frontDoorSkuOf(wanted));
  const [only] = switching;
  const isSwitched = switching.length === 1 && only !== undefined;
  if (isSwitched || before.length + released.length === 0) {
    const way = switching.slice(0, -1);
    const end = switching.at(-1) ?? { topology: wanted.topology, why: ALL_AT_ONCE };
    const why = deployed.topology === wanted.topology && isSwitched ? ALL_AT_ONCE : end.why;
    return [...released, ...before, ...way, ends({ ...end, why })];
  }
  const inPlace = switching.map((step) => ({ ...step, accounts: deployed.accounts }));
  return [...inPlace, ...before, ends({ topology: wanted.topology, why: ALL_AT_ONCE })];
}

/** Why one plain `pulumi up` would not get from what stands to the plan; empty: it does, as far as is known. */
export function plainUpdate(deployed: Deployed, wanted: Plan): string[] {
  const found = obstacles(deployed.accounts, wanted.accounts, { day: wanted.asOf, spare: "catalog" });
  return losesProtected(deployed, wanted) ? [...found, "Pulumi's state protects what would be deleted, and refuses it."] : found;
}

/** Pulumi deletes nothing that its state calls protected, though its program does not: that takes an update of its own. */
function losesProtected({ accounts, resources }: Deployed, wanted: Plan): boolean {
  if (wanted.protect || !resources.some(({ protect }) => protect)) return false;
  return lost(accounts, wanted.accounts).length > 0;
}
