/**
 * Where each model goes: the members of a stack and every deployment in them. Works on a draft, so that the rules can judge what is
 * readable of a faulty configuration with the very derivation the plan uses.
 */
import { type GatewaySku, topologies } from "./catalog/topologies.ts";
import { at, type Config, type Draft } from "./config.ts";
import type { MemberSetPlan } from "./entrance.ts";
import { backendId, nameKey } from "./names.ts";
import { sorted } from "./order.ts";
import { FIRST_PRIORITY, tiers } from "./priorities.ts";

/** Backends in a pool (Azure API Management backends, 2025-11). */
export const MAX_POOL_MEMBERS = 30;

/** A region of a subscription. */
export interface Member {
  /** `as`, else the region. */
  name: string;
  region: string;
  /** Lower case; absent: the one Pulumi is logged in to. */
  subscription?: string;
  /** Where a model does not say otherwise. */
  priority: number;
  path: string;
}

/** One deployment of a model in one account. What a faulty configuration does not tell is undefined. */
export interface Placement {
  member: Member;
  purchase: "payAsYouGo" | "provisioned";
  /** Among those of the same purchase the lowest is used first. */
  priority: number;
  /** Of the account. */
  key: string;
  /** Index in `models`. */
  index: number;
  deployment: string;
  model?: string;
  version?: string;
  sku?: string;
  /** ARM capacity: thousands of TPM, or PTU. */
  capacity?: number;
  tpm?: number;
  /** Where version, SKU and TPM are written: at the model, or at its override for this member. */
  paths: { version: string; sku: string; tpm: string };
}

export function membersOf({ regions = [] }: Draft<Config>): Member[] {
  return regions.flatMap((entry, index) => {
    const path = at("regions", index);
    if (typeof entry === "string") return [{ name: entry, region: entry, priority: FIRST_PRIORITY, path }];
    if (entry?.region === undefined) return [];
    const { region, as: name = region, subscription, priority = FIRST_PRIORITY } = entry;
    return [{ name, region, subscription: subscription?.toLowerCase(), priority, path }];
  });
}

/** Every deployment of every model, in the order of the configuration: the plan sorts them, rules tell of them as they are written. */
export function placements(config: Draft<Config>, provisionedToo: boolean): Placement[] {
  const members = membersOf(config);
  return (config.models ?? []).flatMap((model, index) => {
    if (model?.deployment === undefined) return [];
    const { deployment, regions, provisioned = [] } = model;
    const path = at("models", index);
    const shared = { index, deployment, model: model.model };
    const alike = members.flatMap((member): Placement[] => {
      const named = overrideOf(regions, member.name);
      if (named === false) return [];
      const where = (key: "version" | "sku" | "tpm") =>
        named?.[key] === undefined ? `${path}.${key}` : `${at(`${path}.regions`, member.name)}.${key}`;
      const tpm = named?.tpm ?? model.tpm;
      return [
        {
          ...shared,
          member,
          purchase: "payAsYouGo",
          priority: priorityOf(member, named),
          key: member.name,
          version: named?.version ?? model.version,
          sku: named?.sku ?? model.sku,
          tpm,
          capacity: tpm === undefined ? undefined : tpm / 1000,
          paths: { version: where("version"), sku: where("sku"), tpm: where("tpm") },
        },
      ];
    });
    const first = provisionedToo ? provisioned : [];
    const dear = first.flatMap((entry, number): Placement[] => {
      const member = members.find(({ name }) => name === entry?.region);
      if (!entry || !member) return [];
      const here = at(`${path}.provisioned`, number);
      const paths = { version: `${path}.version`, sku: `${here}.sku`, tpm: `${here}.ptu` };
      return [
        {
          ...shared,
          member,
          purchase: "provisioned",
          priority: priorityOf(member, overrideOf(regions, member.name)),
          key: `${member.name}-ptu`,
          version: model.version,
          sku: entry.sku,
          capacity: entry.ptu,
          paths,
        },
      ];
    });
    return [...alike, ...dear];
  });
}

/** By model, then by account, wherever they are written: the order of what Azure is told. */
export const inDefiniteOrder = (everywhere: readonly Placement[]): Placement[] =>
  sorted(
    sorted(everywhere, ({ key }) => key),
    ({ deployment }) => deployment,
  );

type Regions = Draft<Config["models"][number]["regions"]>;

/** What a model says about a member: nothing (undefined), "not here" (false), or what differs. */
function overrideOf(regions: Regions, member: string): Exclude<NonNullable<Regions>, unknown[]>[string] | undefined {
  if (regions === undefined) return undefined;
  if (Array.isArray(regions)) return regions.includes(member) ? undefined : false;
  return Object.hasOwn(regions, member) ? regions[member] : undefined;
}

const priorityOf = (member: Member, named: ReturnType<typeof overrideOf>) => (named || undefined)?.priority ?? member.priority;

/**
 * The sets of accounts among which a call may be sent to any: one with every account, and one for each model, or each priority of a model, that stands on
 * some of them. A set is named after its own model alone, so that no other model's coming, going or place in a list gives it another name. One account
 * alone needs no set.
 */
export function memberSets(everywhere: readonly Placement[]): MemberSetPlan[] {
  const payAsYouGo = everywhere.filter(({ purchase }) => purchase === "payAsYouGo");
  const all = new Set(payAsYouGo.map(({ key }) => key));
  const together = [...Map.groupBy(payAsYouGo, ({ deployment }) => deployment).values()].flatMap(tiers);
  const sets = Map.groupBy(together, (tier) => (tier.length === all.size ? EVERY_ACCOUNT : keyOfSome(tier)));
  return sorted(sets, ([key]) => key)
    .map(([key, models]): MemberSetPlan => {
      const accounts = Map.groupBy(models.flat(), ({ key }) => key);
      const tpm = sorted(accounts, ([account]) => account).map(([account, list]) => ({
        account,
        tpm: list.reduce((sum, { tpm = 0 }) => sum + tpm, 0),
      }));
      const largest = Math.max(...tpm.map(({ tpm }) => tpm));
      return {
        key,
        path: key === EVERY_ACCOUNT ? "" : `/m/${key}`,
        accounts: tpm.map(({ account, tpm }) => ({ account, weight: Math.max(1, Math.round((1000 * tpm) / largest)) })),
      };
    })
    .filter(({ accounts }) => accounts.length > 1)
    .sort((a, b) => Number(b.key === EVERY_ACCOUNT) - Number(a.key === EVERY_ACCOUNT));
}

const EVERY_ACCOUNT = "all";

/** Of the set of those that serve a model together, where they are not all. */
function keyOfSome([first]: readonly Placement[]): string {
  if (first === undefined) return "";
  const { deployment, priority } = first;
  return `only-${nameKey(priority === FIRST_PRIORITY ? deployment : `${deployment}/${priority}`)}`;
}

/** The set of those that serve a model together; undefined: one account alone, or none. */
export function setOf(tier: readonly Placement[], sets: readonly MemberSetPlan[]): MemberSetPlan | undefined {
  const own = keyOfSome(tier);
  const set = sets.find(({ key }) => key === own) ?? sets.find(({ key }) => key === EVERY_ACCOUNT);
  return set?.accounts.length === tier.length ? set : undefined;
}

/** The SKU that is pinned, else the one the topology prefers in the family. */
export function gatewaySku({ topology = "public-apim", gateway }: Draft<Config>): GatewaySku {
  return gateway?.sku ?? topologies[topology].defaultSku[gateway?.family ?? "v2"];
}

export const poolId = (deployment: string) => backendId(`pool-${deployment}`);
/** "aoai-" keeps members apart from pools. */
export const memberId = (key: string, deployment: string) => backendId(`aoai-${key}-${deployment}`);
