/**
 * Deployments from what stands to what is wanted, as a series of arrangements that each fit their quota. Pure.
 *
 * Within one update Pulumi creates and changes what it likes first, and deletes last: at its worst moment a deployment holds the larger of what it had
 * and what it gets, in every quota that it draws on before or after. An update fits when that sum stays within what is known to be there: what
 * stood, what is wanted, or more where the catalog says so.
 */
import type { DeploymentPlan } from "./plan.ts";
import { grantedCapacity, isReplaced, type Spare, type StandingAccount, scopesOf } from "./quota.ts";
import { ALL_AT_ONCE } from "./switch.ts";

/** Deployments in one account (Azure OpenAI quotas and limits). */
const PER_ACCOUNT = 32;
/** More updates than any change needs: an end to what would go on for ever. */
const MOST_UPDATES = 8;
/** Part of what comes that has to find room at once; with less, room is made for more of it first. */
const ENOUGH = 1 / 4;

export interface Arrangement {
  accounts: readonly StandingAccount[];
  why: string;
  /** Models that nobody serves for a while, whatever the order is. */
  gaps: readonly string[];
}

interface Placed {
  account: StandingAccount;
  deployment: DeploymentPlan;
}
/** By account and deployment name. */
type Layout = ReadonlyMap<string, Placed>;

export interface Rearranging {
  day: string;
  spare: Spare;
}

/**
 * @returns the arrangements on the way, and the wanted one at last
 */
export function rearrange(
  standing: readonly StandingAccount[],
  wanted: readonly StandingAccount[],
  options: Rearranging,
): Arrangement[] {
  const end = layoutOf(wanted);
  const bounds = boundsOf(layoutOf(standing), end, options);
  const steps: Arrangement[] = [];
  let now = layoutOf(standing);
  let accounts = standing;
  while (steps.length < MOST_UPDATES && !isReached(now, end, bounds)) {
    const next =
      nearer(now, end, bounds, ENOUGH) ?? roomier(now, end, bounds) ?? nearer(now, end, bounds, 0) ?? nearer(now, end, bounds);
    if (!next || isSame(now, next.layout)) break;
    accounts = next.keepsAll ? [...accounts, ...wanted.filter(({ key }) => !accounts.some((one) => one.key === key))] : wanted;
    steps.push({ accounts: holding(accounts, next.layout), why: next.why, gaps: gapsOf(now, next.layout, end) });
    now = next.layout;
  }
  return [...steps, { accounts: wanted, why: ALL_AT_ONCE, gaps: gapsOf(now, end, end) }];
}

/** What is known to be there, by quota. */
interface Bounds extends Rearranging {
  of: ReadonlyMap<string, number>;
}

function layoutOf(accounts: readonly StandingAccount[]): Map<string, Placed> {
  return new Map(
    accounts.flatMap((account) =>
      account.deployments.map((deployment) => [`${account.key}/${deployment.name}`, { account, deployment }] as const),
    ),
  );
}

const holding = (accounts: readonly StandingAccount[], layout: Layout): StandingAccount[] =>
  accounts.map((account) => ({
    ...account,
    deployments: [...layout.values()].filter((one) => one.account.key === account.key).map(({ deployment }) => deployment),
  }));

function boundsOf(before: Layout, after: Layout, options: Rearranging): Bounds {
  const of = new Map<string, number>();
  const granted = ({ account, deployment }: Placed) =>
    options.spare === "catalog" ? (grantedCapacity(account, deployment, options.day) ?? 0) : 0;
  for (const layout of [before, after]) {
    for (const [scope, sum] of sums(layout, (one) => [usesOf(one, options)])) of.set(scope, Math.max(of.get(scope) ?? 0, sum));
    for (const one of layout.values())
      for (const scope of scopesOf(one.account, one.deployment, options.spare))
        of.set(scope, Math.max(of.get(scope) ?? 0, granted(one)));
  }
  return { ...options, of };
}

/** Capacity by quota. */
type Uses = ReadonlyMap<string, number>;

function usesOf(placed: Placed | undefined, { spare }: Rearranging): Uses {
  if (!placed) return new Map();
  const { account, deployment } = placed;
  return new Map(scopesOf(account, deployment, spare).map((scope) => [scope, deployment.capacity]));
}

function sums(layout: Layout, uses: (one: Placed) => Uses[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const one of layout.values())
    for (const use of uses(one)) for (const [scope, amount] of use) all.set(scope, (all.get(scope) ?? 0) + amount);
  return all;
}

/** By quota, at the worst moment of an update between the two. */
function worst(before: Layout, after: Layout, options: Rearranging): Map<string, number> {
  const all = new Map<string, number>();
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [usesOf(before.get(id), options), usesOf(after.get(id), options)];
    for (const scope of new Set([...was.keys(), ...is.keys()]))
      all.set(scope, (all.get(scope) ?? 0) + Math.max(was.get(scope) ?? 0, is.get(scope) ?? 0));
  }
  return all;
}

const tightScopes = (before: Layout, after: Layout, bounds: Bounds): Set<string> =>
  new Set([...worst(before, after, bounds)].filter(([scope, sum]) => sum > (bounds.of.get(scope) ?? 0)).map(([scope]) => scope));

/** To Azure, names in other capitals are one, of deployments as of pools: the new one cannot come while the old one is anywhere. */
const clashes = ({ deployment: { name } }: Placed, before: Layout) =>
  [...before.values()].some(({ deployment: other }) => other.name !== name && other.name.toLowerCase() === name.toLowerCase());

/** Those of an account that come beside those that are there, beyond what it holds. */
function beyondAccount(before: Layout, after: Layout): Set<string> {
  const counts = new Map<string, number>();
  for (const { account } of before.values()) counts.set(account.key, (counts.get(account.key) ?? 0) + 1);
  const beyond = new Set<string>();
  for (const [id, { account }] of after) {
    if (before.has(id)) continue;
    const count = (counts.get(account.key) ?? 0) + 1;
    if (count > PER_ACCOUNT) beyond.add(id);
    else counts.set(account.key, count);
  }
  return beyond;
}

/** By deployment name: those that are replaced where nobody of the same name stays meanwhile, though somebody could. */
function heldBack(before: Layout, after: Layout): Set<string> {
  const held = new Set<string>();
  const byName = Map.groupBy(before, ([, { deployment }]) => deployment.name);
  for (const [name, here] of byName) {
    const replaced = here.filter(([id, was]) => {
      const is = after.get(id);
      return is !== undefined && isReplaced(was.deployment, is.deployment);
    });
    if (replaced.length < here.length) continue;
    const isNew = [...after].some(([id, { deployment }]) => deployment.name === name && !before.has(id));
    if (!isNew && replaced.length === 1) continue;
    // The smaller half goes first; where others are new, they come first.
    const smallestFirst = replaced.toSorted(([, a], [, b]) => a.deployment.capacity - b.deployment.capacity);
    for (const [id] of smallestFirst.slice(isNew ? 0 : Math.floor(replaced.length / 2))) held.add(id);
  }
  return held;
}

function isReached(now: Layout, end: Layout, bounds: Bounds): boolean {
  return (
    tightScopes(now, end, bounds).size === 0 &&
    heldBack(now, end).size === 0 &&
    beyondAccount(now, end).size === 0 &&
    ![...end.values()].some((one) => clashes(one, now))
  );
}

/** Why one update does not lead from what stands to what is wanted: sentences, none where it does. */
export function obstacles(
  standing: readonly StandingAccount[],
  wanted: readonly StandingAccount[],
  options: Rearranging,
): string[] {
  const [now, end] = [layoutOf(standing), layoutOf(wanted)];
  const bounds = boundsOf(now, end, options);
  const sums = worst(now, end, bounds);
  const figure = (capacity: number) => capacity.toLocaleString("en-US");
  const named = (ids: Iterable<string>) => [...ids].join(", ");
  const clashing = [...end].filter(([, one]) => clashes(one, now)).map(([id]) => id);
  const beyond = beyondAccount(now, end);
  const held = heldBack(now, end);
  return [
    ...[...tightScopes(now, end, bounds)].map(
      (scope) =>
        `It would end in InsufficientQuota, and again on every rerun where what grows comes before what shrinks: ${scope.replace(/^[^/]*\//, "")} would hold up to ${figure(sums.get(scope) ?? 0)} units of capacity for a while, and ${figure(bounds.of.get(scope) ?? 0)} are known to be there.`,
    ),
    ...(clashing.length > 0
      ? [`It cannot make ${named(clashing)} while the same name in other capitals stands: Azure takes both for one.`]
      : []),
    ...(beyond.size > 0 ? [`It would make ${named(beyond)} beside what goes; an account holds ${PER_ACCOUNT} deployments.`] : []),
    ...(held.size > 0 ? ["It would replace every deployment of a model at once, and nobody would serve it meanwhile."] : []),
  ];
}

interface Next {
  layout: Map<string, Placed>;
  why: string;
  /** What shall go still stands. */
  keepsAll?: true;
}

const withCapacity = ({ account, deployment }: Placed, capacity: number): Placed => ({
  account,
  deployment: { ...deployment, capacity, ...(deployment.tpm !== undefined && { tpm: capacity * 1000 }) },
});

/**
 * Whole units for those that want them, in proportion and at least one each.
 * @returns undefined where there are fewer units than those that want some
 */
export function shares(room: number, wants: readonly number[]): number[] | undefined {
  const all = wants.reduce((sum, want) => sum + want, 0);
  if (all <= room) return [...wants];
  if (room < wants.length) return undefined;
  const beyondOne = all - wants.length;
  return wants.map((want) => 1 + Math.floor(((room - wants.length) * (want - 1)) / Math.max(1, beyondOne)));
}

/**
 * As near to the end as fits: what shrinks has shrunk, what shall go is gone, what grows or comes has what is free meanwhile.
 * @param enough  part of what comes in a quota that has to find room, or there is no such arrangement; absent: what finds none is left out
 */
function nearer(now: Layout, end: Layout, bounds: Bounds, enough?: number): Next | undefined {
  const tight = tightScopes(now, end, bounds);
  const held = heldBack(now, end);
  const beyond = beyondAccount(now, end);
  const layout = new Map<string, Placed>();
  const coming: [string, Placed][] = [];
  for (const [id, is] of end) {
    const was = now.get(id);
    if (clashes(is, now) || beyond.has(id)) continue;
    if (was && held.has(id)) layout.set(id, was);
    else if (!was || isReplaced(was.deployment, is.deployment)) coming.push([id, is]);
    else {
      const isTight = [...usesOf(was, bounds).keys(), ...usesOf(is, bounds).keys()].some((scope) => tight.has(scope));
      layout.set(id, isTight ? withCapacity(is, Math.min(was.deployment.capacity, is.deployment.capacity)) : is);
    }
  }
  // What comes, beside what stands and what goes.
  const others = worst(now, layout, bounds);
  const given = new Map(coming.map(([id, { deployment }]) => [id, deployment.capacity]));
  for (const scope of tight) {
    const here = coming.filter(([, one]) => usesOf(one, bounds).has(scope));
    const wants = here.map(([, { deployment }]) => deployment.capacity);
    const room = (bounds.of.get(scope) ?? 0) - (others.get(scope) ?? 0);
    const parts = shares(room, wants);
    const isEnough = parts && room >= (enough ?? 0) * wants.reduce((sum, want) => sum + want, 0);
    if (!isEnough && enough !== undefined) return undefined;
    here.forEach(([id], at) => void given.set(id, Math.min(given.get(id) ?? 0, parts?.[at] ?? 0)));
  }
  for (const [id, one] of coming) {
    const capacity = given.get(id) ?? 0;
    if (capacity > 0) layout.set(id, withCapacity(one, capacity));
  }
  const why = enough === undefined ? LEFT_OUT : held.size > 0 ? HALF : NEARER;
  return { layout, why };
}

const NEARER = "What shrinks or goes gives its quota back; what grows or comes has what is free meanwhile.";
const HALF = "Some members change their model or deployment type, which replaces them; the others serve meanwhile.";
const LEFT_OUT = "What shrinks or goes gives its quota back, before what needs it can come.";
const ROOM = "What shall go gives up a part of its quota and serves on, so that what comes has something to begin with.";

/** Nothing comes or goes; in quotas where nothing is free for what comes, what stands shrinks to about half. */
function roomier(now: Layout, end: Layout, bounds: Bounds): Next | undefined {
  const layout = new Map(now);
  const stays = (id: string) => {
    const [was, is] = [now.get(id), end.get(id)];
    return was && is && !isReplaced(was.deployment, is.deployment) ? is : undefined;
  };
  let fits = true;
  for (const scope of tightScopes(now, end, bounds)) {
    const here = [...now].filter(([, one]) => usesOf(one, bounds).has(scope));
    const leaving = here.filter(([id]) => !stays(id));
    const coming = [...end].filter(([id, one]) => !stays(id) && usesOf(one, bounds).has(scope));
    const staying = here.flatMap(([id, was]) => {
      const is = stays(id);
      return is ? [{ id, was, capacity: Math.min(was.deployment.capacity, is.deployment.capacity) }] : [];
    });
    const room = (bounds.of.get(scope) ?? 0) - staying.reduce((sum, { capacity }) => sum + capacity, 0);
    const wanted = coming.reduce((sum, [, { deployment }]) => sum + deployment.capacity, 0);
    const forComing = Math.min(wanted, Math.max(coming.length, Math.floor(room / 2)));
    const parts = shares(
      room - forComing,
      leaving.map(([, { deployment }]) => deployment.capacity),
    );
    if (!parts) fits = false;
    const least = (id: string, one: Placed, capacity: number) =>
      void layout.set(id, withCapacity(one, Math.min(layout.get(id)?.deployment.capacity ?? capacity, capacity)));
    for (const { id, was, capacity } of staying) least(id, was, capacity);
    leaving.forEach(([id, was], at) => void least(id, was, parts?.[at] ?? was.deployment.capacity));
  }
  return fits && !isSame(now, layout) ? { layout, why: ROOM, keepsAll: true } : undefined;
}

const isSame = (a: Layout, b: Layout) =>
  a.size === b.size && [...a].every(([id, one]) => JSON.stringify(b.get(id)?.deployment) === JSON.stringify(one.deployment));

/** Models wanted before and in the end that nobody is left to serve at some moment of this update. */
function gapsOf(before: Layout, after: Layout, end: Layout): string[] {
  const names = new Set([...before.values()].map(({ deployment }) => deployment.name));
  return [...names].filter((name) => {
    const of = (layout: Layout) => [...layout].filter(([, { deployment }]) => deployment.name === name);
    if (of(end).length === 0) return false;
    if (of(after).length === 0) return true;
    return of(before).every(([id, was]) => {
      const is = after.get(id);
      return is !== undefined && isReplaced(was.deployment, is.deployment);
    });
  });
}
