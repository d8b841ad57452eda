/**
 * Config -> Plan: every name, account, deployment, pool, weight and retry count, derived once. Pure: no Pulumi, no clock, no I/O.
 */
import { editsPictures } from "./catalog/data-actions.ts";
import { type GatewayFacts, gateways } from "./catalog/gateways.ts";
import { type GatewayFamily, type GatewaySku, type Topology, topologies } from "./catalog/topologies.ts";
import { type CALLER_PROOFS, type Config, type QUOTA_PERIODS, readConfig, type StackSource, schema } from "./config.ts";
import { type ContentFilterPlan, contentFiltersOf } from "./content-filters.ts";
import { type CustomDomainPlan, customDomainPlan } from "./custom-domain.ts";
import {
  applicationGatewayPlan,
  DEFAULT_INSTANCES,
  ENTRANCE_PREFIX,
  type EntrancePlan,
  frontDoorPlan,
  isStandby,
} from "./entrance.ts";
import { withWritten } from "./handed-over.ts";
import { interimAccounts, interimModels, interimPlacements } from "./interim.ts";
import {
  gatewaySku,
  inDefiniteOrder,
  memberId,
  memberSets,
  membersOf,
  type Placement,
  placements,
  poolId,
  setOf,
} from "./members.ts";
import { backendId, stackPart } from "./names.ts";
import { strangers } from "./namespaces.ts";
import { DEFAULT_ADDRESS_SPACE, type NetworkPlan, networkPlan } from "./network.ts";
import { inOrder, sorted } from "./order.ts";
import { gatewayPlace } from "./places.ts";
import { printable } from "./printable.ts";
import { FIRST_PRIORITY, tiers } from "./priorities.ts";
import { check, type Findings } from "./rules.ts";
import { MOST_FAULTS } from "./sizes.ts";

export interface Plan {
  stack: string;
  topology: Topology;
  /** Azure region of the gateway, and of everything else that has no place of its own. */
  location: string;
  /** Nobody has said it (`azure-native:location`): so a new stack's is chosen; one that stands stays where it is. */
  locationIsChosen?: true;
  tags: Readonly<Record<string, string>>;
  names: Names;
  gateway: GatewayPlan;
  /** One per member and purchase type, in configuration order. */
  accounts: readonly AccountPlan[];
  /** One per model deployment name, sorted by it; the members of each are sorted by account within their priority. */
  pools: readonly PoolPlan[];
  consumers: readonly ConsumerPlan[];
  /** Absent: callers bring the key of a consumer, nothing else. */
  entra?: EntraPlan;
  /** Accounts reachable from the internet ("open") or only through private endpoints ("closed"). */
  accountAccess: "open" | "closed";
  /** Absent: the gateway joins no virtual network. */
  network?: NetworkPlan;
  /** What balances behind the gateway; absent: its own pools do. */
  entrance?: EntrancePlan;
  /** Keys of accounts that Azure still keeps as deleted, and that are brought back. */
  restored?: readonly string[];
  /** Pulumi refuses to delete accounts and deployments. */
  protect: boolean;
  /** Day on which model availability was judged, YYYY-MM-DD. */
  asOf: string;
  /** What the owner should know before deploying, and can do something about. */
  warnings: readonly Fault[];
  /** What the choices of this stack mean for its callers; nothing to do about. */
  notes: readonly string[];
}

/** Azure names. Those that must be unique in the world end in "-<suffix>", 6 random lower-case letters and digits per stack. */
export interface Names {
  resourceGroup: string;
  /** Without suffix. */
  gateway: string;
  workspace: string;
  insights: string;
}

/** Length of the random suffix of globally unique names. */
export const SUFFIX_LENGTH = 6;

export interface GatewayPlan {
  sku: GatewaySku;
  family: GatewayFamily | "consumption";
  /** Scale units; 0 for Consumption. */
  capacity: number;
  publisherName: string;
  publisherEmail: string;
  /** Absent: callers use the name that Azure gives it. */
  customDomain?: CustomDomainPlan;
  /** Without the key of a consumer nobody gets in; otherwise a key is only looked at where there is one. */
  keyRequired: boolean;
  circuitBreaker: boolean;
  tokenLimit: boolean;
  /** Bytes of a request body that can be buffered for another attempt; source: azure-docs api-management-gateway-constraints, 2026-04-08. */
  bufferBytes: number;
  /** Bytes of a policy document; same source. */
  policyBytes: number;
  /** Errors are answered by a global document; otherwise the API's own does it, and the service keeps the global document it was made with. */
  globalPolicy: boolean;
}

export interface AccountPlan {
  /** Unique in the plan and stable: the member's name, with "-ptu" for provisioned throughput. Pulumi's logical names derive from it. */
  key: string;
  /** The member's name in the configuration (`as`, else the region). */
  member: string;
  region: string;
  /** Explicit subscription id; absent: the provider's default. */
  subscription?: string;
  purchase: "payAsYouGo" | "provisioned";
  /** Azure name without the suffix, also of the custom subdomain: `aoai-<stack>-<key>`. */
  name: string;
  deployments: readonly DeploymentPlan[];
  /** Policies that its deployments name and the stack defines; absent: none. */
  contentFilters?: readonly ContentFilterPlan[];
  /** A model of it edits pictures, for which the gateway needs more than the role for inference. */
  editsPictures?: true;
}

export interface DeploymentPlan {
  /** The name callers use; the same in every account. */
  name: string;
  model: { name: string; version: string };
  sku: string;
  /** ARM capacity: thousands of TPM, or PTU for provisioned SKUs. */
  capacity: number;
  /** Tokens per minute; absent for provisioned deployments. */
  tpm?: number;
  /** Name of its content filter; absent: Azure's default. */
  contentFilter?: string;
}

export interface PoolPlan {
  /** Backend id of the pool. */
  id: string;
  /** Deployment name that callers use. */
  deployment: string;
  model: { name: string; version: string };
  members: readonly MemberPlan[];
  /**
   * Attempts after the first, for the `retry` policy: min(50, members). One more than there are other members: every member may have to be
   * tried once after the first attempt, because a member that did not answer at all need not have tripped and can be picked again.
   */
  retries: number;
  /** Sum of the pay-as-you-go members. */
  tpm: number;
  /** Where calls with `stream: true` go, when the way through the entrance cannot stream: straight to the accounts. */
  streaming?: Pick<PoolPlan, "id" | "members" | "retries">;
}

/** Every pool of the gateway: each model's, and its pool for calls that stream, where that is another one. */
export const everyPool = ({ pools }: Pick<Plan, "pools">): Pick<PoolPlan, "id" | "deployment" | "members">[] =>
  pools.flatMap((pool) => [pool, ...(pool.streaming ? [{ ...pool.streaming, deployment: pool.deployment }] : [])]);

interface Ranked {
  /** Backend id, unique in the plan, within APIM's rules. */
  backendId: string;
  /** Lower first, from 1: provisioned, then the entrance that balances, then pay-as-you-go. */
  priority: number;
  /** 1..100 in proportion to capacity within one priority; the largest gets 100. */
  weight: number;
}

/** One account: called directly, or steered to through the entrance. */
export interface AccountMemberPlan extends Ranked {
  via: "direct" | "steered";
  /** `AccountPlan.key`. */
  account: string;
}

/** The entrance, which chooses one account of a set. */
export interface BalancedMemberPlan extends Ranked {
  via: "balanced";
  /** `MemberSetPlan.key`. */
  set: string;
}

export type MemberPlan = AccountMemberPlan | BalancedMemberPlan;

/** The members that stand for one account each. */
export const accountMembers = ({ members }: Pick<PoolPlan, "members">): AccountMemberPlan[] =>
  members.filter((member) => member.via !== "balanced");

export interface ConsumerPlan {
  name: string;
  /** APIM product and subscription id. */
  id: string;
  tokensPerMinute?: number;
  tokenQuota?: { tokens: number; period: (typeof QUOTA_PERIODS)[number] };
}

/** Callers bring a token of Microsoft Entra ID. */
export interface EntraPlan {
  tenantId: string;
  /** At least one of the two lists is there, and none is empty. */
  audiences?: readonly string[];
  clientIds?: readonly string[];
  require: (typeof CALLER_PROOFS)[number];
}

/** One fault or warning: where, what was found, which rule, how to fix it. */
export interface Fault {
  /** As in the configuration: `regions[1].subscription`, `models[0].regions.eastus2.tpm`, `topology`. */
  path: string;
  value?: unknown;
  rule: string;
  fix: string;
}

/** Every fault of a configuration at once. `message` lists them, one per line, with path, value, rule and fix: the first 25, and how many more. */
export class PlanError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[], file: string) {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    const told = faults.slice(0, MOST_FAULTS).map((fault) => `- ${sentence(fault)}`);
    const more = faults.length - told.length;
    super([`aoai: ${count} in ${printable(file, 200)}`, ...told, ...(more > 0 ? [`- and ${more} more.`] : [])].join("\n"));
    this.name = "PlanError";
    this.faults = faults;
  }
}

/** Characters: a path of ours, and a rule with its fix, are a third of these at most; the rest is what somebody wrote. */
const LONGEST_PATH = 200;
const LONGEST_REASON = 1200;

/** A fault or warning as people read it: `regions[1]: "swedncentral" is not an Azure region. Did you mean "swedencentral"?` */
export function sentence({ path, rule, fix }: Fault): string {
  return `${printable(path, LONGEST_PATH)}: ${printable(`${rule} ${fix}`.trimEnd(), LONGEST_REASON)}`;
}

/**
 * Reads and judges a stack's configuration and derives its plan.
 * @throws PlanError with every fault; nothing else, whatever the values are
 */
export function planStack(source: StackSource): Plan {
  const { config, draft, faults } = readConfig(source.values);
  const findings = check(draft, source, faults);
  const found = [...(source.faults ?? []), ...strangers(source.others ?? []), ...faults, ...findings.errors];
  const all = withWritten(found, source.changed);
  if (!config || all.length > 0) throw new PlanError(asWritten(all), source.file ?? `Pulumi.${source.stack}.yaml`);
  return plan(config, source, findings);
}

/** In the order of the settings, then of their entries: the same whether the values come from a file or, sorted, from Pulumi. */
function asWritten(faults: readonly Fault[]): Fault[] {
  const keys = Object.keys(schema.shape);
  const place = ({ path }: Fault): [number, number] => {
    const [, key = "", index = "-1"] = /^([^.[]*)(?:\[(\d+)\])?/.exec(path) ?? [];
    return [keys.includes(key) ? keys.indexOf(key) : keys.length, Number(index)];
  };
  return faults
    .map((fault) => ({ fault, place: place(fault) }))
    .sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1])
    .map(({ fault }) => fault);
}

const GATEWAY_NAME_END: Record<GatewayPlan["family"], string> = { v2: "", classic: "-classic", consumption: "-consum" };

/**
 * Does a change from one plan to the other cross the SKU family of API Management? No service does so in place: callers get another host name
 * and other keys, and everything in the service is made anew.
 */
export const crossesFamily = (from: Plan, to: Plan): boolean => from.gateway.family !== to.gateway.family;

/** The plan of a configuration that `check` found no error in. */
function plan(config: Config, source: StackSource, { warnings, notes }: Findings): Plan {
  const part = stackPart(source.stack);
  const interim = interimPlacements(config);
  const everywhere = inDefiniteOrder(interim ?? placements(config, config.acceptProvisionedCost));
  const accounts = interimAccounts(config, part) ?? accountPlans(config, everywhere, part);
  const sku = gatewaySku(config);
  const facts = gateways[sku];
  const network = networkOf(config, part, facts, accounts);
  const entrance = entranceOf(config, part, facts, network, everywhere);
  const inUse = entrance && !isStandby(entrance) ? entrance : undefined;
  return {
    stack: source.stack,
    topology: config.topology,
    ...gatewayPlace(config, source),
    tags: config.tags,
    names: {
      resourceGroup: `rg-aoai-${part}`,
      // No service crosses from one family to another in place: another name makes it a new one.
      gateway: `apim-aoai-${part}${GATEWAY_NAME_END[facts.family]}`,
      workspace: `log-aoai-${part}`,
      insights: `appi-aoai-${part}`,
    },
    gateway: gatewayPlan(config, part, sku, facts),
    accounts,
    pools: sorted(interim ? interimModels(config, interim) : config.models, ({ deployment }) => deployment).map(
      ({ deployment, model, version }) =>
        poolPlan(deployment, { name: model, version }, everywhere, {
          entrance: inUse,
          streamsApart: facts.streams && inUse !== undefined && !topologies[config.topology].streams,
        }),
    ),
    consumers: config.consumers.map(({ name, tokensPerMinute, tokenQuota }) => ({ name, id: name, tokensPerMinute, tokenQuota })),
    entra: entraPlan(config),
    accountAccess: config.accountAccess === "" ? topologies[config.topology].accountAccess : config.accountAccess,
    network,
    entrance,
    ...(config.interim.restored && { restored: config.interim.restored }),
    protect: config.protect,
    asOf: config.asOf || source.today,
    warnings,
    notes,
  };
}

function entraPlan({ entra: { tenantId, audiences, clientIds, require = "token" } }: Config): EntraPlan | undefined {
  if (tenantId === undefined) return undefined;
  return { tenantId, audiences: audiences && inOrder(audiences), clientIds: clientIds && inOrder(clientIds), require };
}

function gatewayPlan(config: Config, part: string, sku: GatewaySku, facts: GatewayFacts): GatewayPlan {
  const { gateway, entra } = config;
  const { family, circuitBreaker, tokenLimit, bufferBytes, policyBytes, globalPolicy } = facts;
  const capacity = gateway.capacity ?? facts.capacity[0];
  const domain = customDomainPlan(config, part);
  return {
    sku,
    family,
    capacity,
    publisherName: gateway.publisherName,
    publisherEmail: gateway.publisherEmail,
    ...(domain && { customDomain: domain }),
    keyRequired: entra.tenantId === undefined || entra.require === "key-and-token",
    circuitBreaker,
    tokenLimit,
    bufferBytes,
    policyBytes,
    globalPolicy,
  };
}

function accountPlans(config: Config, everywhere: readonly Placement[], part: string): AccountPlan[] {
  return membersOf(config).flatMap((member) =>
    (["payAsYouGo", "provisioned"] as const).flatMap((purchase) => {
      const here = everywhere.filter((placement) => placement.member.name === member.name && placement.purchase === purchase);
      if (here[0] === undefined) return [];
      const { key } = here[0];
      const { name, region, subscription } = member;
      const pictures = here.some(({ model = "" }) => editsPictures(model));
      const deployments = here.map((placement) => deploymentPlan(placement, config));
      const filters = contentFiltersOf(
        config,
        here.map(({ index }) => index),
      );
      const account = { key, member: name, region, subscription, purchase, name: `aoai-${part}-${key}`, deployments };
      return [
        {
          ...account,
          ...(filters.length > 0 && { contentFilters: filters }),
          ...(pictures && { editsPictures: true as const }),
        },
      ];
    }),
  );
}

function deploymentPlan(
  { deployment, model, version, sku, capacity, tpm, index }: Placement,
  { models }: Pick<Config, "models">,
): DeploymentPlan {
  const contentFilter = models[index]?.contentFilter;
  return {
    name: deployment,
    model: { name: model ?? "", version: version ?? "" },
    sku: sku ?? "",
    capacity: capacity ?? 0,
    tpm,
    ...(contentFilter !== undefined && { contentFilter }),
  };
}

function networkOf(
  { topology, network }: Config,
  part: string,
  { family }: GatewayFacts,
  accounts: readonly AccountPlan[],
): NetworkPlan | undefined {
  const { joinsNetwork, entrance } = topologies[topology];
  if (!joinsNetwork || family === "consumption") return undefined;
  const { addressSpace = DEFAULT_ADDRESS_SPACE, gatewaySubnet, endpointsSubnet, applicationGatewaySubnet, access } = network;
  return networkPlan({
    part,
    addressSpace,
    prefixes: {
      [`gateway-${family}`]: gatewaySubnet,
      endpoints: endpointsSubnet,
      "application-gateway": applicationGatewaySubnet,
    },
    family,
    internal: access === "internal",
    applicationGateway: entrance === "application-gateway",
    accounts,
  });
}

function entranceOf(
  { topology, applicationGateway: wish, certificatePfx, frontDoor }: Config,
  part: string,
  { family }: GatewayFacts,
  network: NetworkPlan | undefined,
  everywhere: readonly Placement[],
): EntrancePlan | undefined {
  const { entrance: kind } = topologies[topology];
  if (kind === undefined) return undefined;
  const entrance = { sets: memberSets(everywhere), steered: inOrder(new Set(everywhere.map(({ key }) => key))) };
  if (kind === "front-door")
    return frontDoorPlan(
      part,
      {
        sku: frontDoor.sku === "premium" ? "Premium_AzureFrontDoor" : "Standard_AzureFrontDoor",
        standby: frontDoor.standby === true,
        gatewayAddressesOnly: family === "classic",
      },
      entrance,
    );
  const subnet = network?.subnets.find(({ key }) => key === "application-gateway");
  if (!subnet) throw new Error(`topology ${topology} has an Application Gateway but no subnet for it`);
  const { keyVaultSecretId, keyVaultId, selfSigned = false } = wish;
  return applicationGatewayPlan(
    part,
    subnet.prefix,
    {
      host: wish.host ?? "",
      capacity: { min: wish.minCapacity ?? DEFAULT_INSTANCES.min, max: wish.maxCapacity ?? DEFAULT_INSTANCES.max },
      zones: inOrder(wish.zones ?? []),
      certificate:
        keyVaultSecretId !== undefined
          ? { from: "keyVault", secretId: keyVaultSecretId, vaultId: keyVaultId ?? "", identityName: `id-agw-aoai-${part}` }
          : { from: "pfx", given: certificatePfx !== "", selfSigned: selfSigned !== false },
      firewall: wish.firewall ?? false,
    },
    entrance,
  );
}

interface Ways {
  entrance?: EntrancePlan;
  /** Calls that stream need a way past the entrance. */
  streamsApart: boolean;
}

function poolPlan(
  deployment: string,
  model: PoolPlan["model"],
  everywhere: readonly Placement[],
  { entrance, streamsApart }: Ways,
): PoolPlan {
  const here = everywhere.filter((placement) => placement.deployment === deployment);
  const payAsYouGo = here.filter(({ purchase }) => purchase === "payAsYouGo");
  const direct = () =>
    pool(
      poolId(deployment),
      ranked(here, (members) => memberPlans(members, "direct", "")),
    );
  return {
    deployment,
    model,
    ...(entrance ? throughEntrance(deployment, here, entrance) : direct()),
    tpm: payAsYouGo.reduce((sum, { tpm = 0 }) => sum + tpm, 0),
    ...(streamsApart && { streaming: direct() }),
  };
}

const pool = (id: string, members: readonly MemberPlan[]) => ({ id, members, retries: Math.min(50, members.length) });

/** Provisioned throughput first, then by the members' own priorities; each from 1 on. Before the accounts of a tier, what balances over them. */
function ranked(
  here: readonly Placement[],
  members: (group: readonly Placement[]) => Omit<AccountMemberPlan, "priority">[],
  before: (group: readonly Placement[]) => Omit<BalancedMemberPlan, "priority">[] = () => [],
): MemberPlan[] {
  const of = (purchase: Placement["purchase"]) => tiers(here.filter((placement) => placement.purchase === purchase));
  const groups: readonly Omit<MemberPlan, "priority">[][] = [
    ...of("provisioned").map(members),
    ...of("payAsYouGo").flatMap((tier) => [before(tier), members(tier)]),
  ];
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, index) => group.map((member) => ({ ...member, priority: index + 1 }) as MemberPlan));
}

/** The entrance before the accounts one by one, in each tier: it is left while one of its accounts is throttled. */
function throughEntrance(deployment: string, here: readonly Placement[], { kind, sets }: EntrancePlan) {
  const prefix = `${ENTRANCE_PREFIX[kind]}-`;
  const balanced = (tier: readonly Placement[]) => {
    const set = setOf(tier, sets);
    const number = tier[0]?.priority === FIRST_PRIORITY ? "" : tier[0]?.priority;
    const id = backendId(`${prefix}entrance${number}-${deployment}`);
    return set ? [{ via: "balanced" as const, set: set.key, backendId: id, weight: 100 }] : [];
  };
  return pool(
    backendId(`${prefix}${poolId(deployment)}`),
    ranked(here, (members) => memberPlans(members, "steered", prefix), balanced),
  );
}

function memberPlans(
  group: readonly Placement[],
  via: AccountMemberPlan["via"],
  prefix: string,
): Omit<AccountMemberPlan, "priority">[] {
  const shares = weights(group.map(({ capacity = 0 }) => capacity));
  return group.map(({ key, deployment }, index) => ({
    backendId: backendId(`${prefix}${memberId(key, deployment)}`),
    via,
    account: key,
    weight: shares[index] ?? 1,
  }));
}

/**
 * Pool weights in proportion to capacity.
 * @param capacities  1..30 entries, each > 0
 * @returns           integers 1..100 in the same order; the largest capacity gets 100
 * @see               Azure API Management backends, 2025-11 (weights 0..100)
 */
export function weights(capacities: readonly number[]): number[] {
  const largest = Math.max(...capacities);
  return capacities.map((capacity) => Math.max(1, Math.round((100 * capacity) / largest)));
}

/**
 * How a pool's tokens per minute come about: members with equal quota together, the largest group of members first.
 * The talk's arithmetic is one term: 12 regions x 40,000.
 */
export function quotaTerms(plan: Plan, pool: PoolPlan): { members: number; tpm: number }[] {
  const counts = new Map<number, number>();
  for (const { account } of accountMembers(pool)) {
    const deployments = plan.accounts.find(({ key }) => key === account)?.deployments ?? [];
    const tpm = deployments.find(({ name }) => name === pool.deployment)?.tpm;
    if (tpm !== undefined) counts.set(tpm, (counts.get(tpm) ?? 0) + 1);
  }
  return [...counts].map(([tpm, members]) => ({ members, tpm })).sort((a, b) => b.members - a.members || b.tpm - a.tpm);
}
