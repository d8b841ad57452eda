/**
 * Config -> Plan: every name, account, deployment, pool, weight and retry count, derived once. Pure: no Pulumi, no clock, no I/O.
 */
import { type GatewayFacts, gateways } from "./catalog/gateways.ts";
import { type GatewayFamily, type GatewaySku, type Topology, topologies } from "./catalog/topologies.ts";
import { type CALLER_PROOFS, type Config, type QUOTA_PERIODS, readConfig, type StackSource, schema } from "./config.ts";
import { gatewaySku, locationOf, memberId, membersOf, type Placement, placements, poolId } from "./members.ts";
import { stackPart } from "./names.ts";
import { check, type Findings } from "./rules.ts";

export interface Plan {
  stack: string;
  topology: Topology;
  /** Azure region of the gateway and the resource group. */
  location: string;
  tags: Readonly<Record<string, string>>;
  names: Names;
  gateway: GatewayPlan;
  /** One per member and purchase type, in configuration order. */
  accounts: readonly AccountPlan[];
  /** One per model deployment name, in configuration order. */
  pools: readonly PoolPlan[];
  consumers: readonly ConsumerPlan[];
  /** Absent: callers bring the key of a consumer, nothing else. */
  entra?: EntraPlan;
  /** Accounts reachable from the internet ("open") or only through private endpoints ("closed"). */
  accountAccess: "open" | "closed";
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
}

export interface MemberPlan {
  /** Backend id, unique in the plan, within APIM's rules. */
  backendId: string;
  /** `AccountPlan.key`. */
  account: string;
  /** Lower first: 1 provisioned, 2 pay-as-you-go; 1 where nothing is provisioned. */
  priority: number;
  /** 1..100 in proportion to capacity within one priority; the largest gets 100. */
  weight: number;
}

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

/** Every fault of a configuration at once. `message` lists them, one per line, with path, value, rule and fix. */
export class PlanError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[], file: string) {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    super([`aoai: ${count} in ${file}`, ...faults.map((fault) => `- ${sentence(fault)}`)].join("\n"));
    this.name = "PlanError";
    this.faults = faults;
  }
}

/** A fault or warning as people read it: `regions[1]: "swedncentral" is not an Azure region. Did you mean "swedencentral"?` */
export function sentence({ path, rule, fix }: Fault): string {
  return `${path}: ${rule} ${fix}`.trimEnd();
}

/**
 * Reads and judges a stack's configuration and derives its plan.
 * @throws PlanError with every fault; nothing else, whatever the values are
 */
export function planStack(source: StackSource): Plan {
  const { config, draft, faults } = readConfig(source.values);
  const findings = check(draft, source, faults);
  const all = [...faults, ...findings.errors];
  if (!config || all.length > 0) throw new PlanError(inOrder(all), source.file ?? `Pulumi.${source.stack}.yaml`);
  return plan(config, source, findings);
}

/** In the order of the settings, then of their entries: the same whether the values come from a file or, sorted, from Pulumi. */
function inOrder(faults: readonly Fault[]): Fault[] {
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

/** The plan of a configuration that `check` found no error in. */
function plan(config: Config, source: StackSource, { warnings, notes }: Findings): Plan {
  const part = stackPart(source.stack);
  const everywhere = placements(config, config.acceptProvisionedCost);
  const accounts = accountPlans(config, everywhere, part);
  const sku = gatewaySku(config);
  const facts = gateways[sku];
  return {
    stack: source.stack,
    topology: config.topology,
    location: locationOf(config, source) ?? "",
    tags: config.tags,
    names: {
      resourceGroup: `rg-aoai-${part}`,
      // No service crosses from one family to another in place: another name makes it a new one.
      gateway: `apim-aoai-${part}${GATEWAY_NAME_END[facts.family]}`,
      workspace: `log-aoai-${part}`,
      insights: `appi-aoai-${part}`,
    },
    gateway: gatewayPlan(config, sku, facts),
    accounts,
    pools: config.models.map(({ deployment, model, version }) => poolPlan(deployment, { name: model, version }, everywhere)),
    consumers: config.consumers.map(({ name, tokensPerMinute, tokenQuota }) => ({ name, id: name, tokensPerMinute, tokenQuota })),
    entra: entraPlan(config),
    accountAccess: config.accountAccess === "" ? topologies[config.topology].accountAccess : config.accountAccess,
    asOf: config.asOf || source.today,
    warnings,
    notes,
  };
}

function entraPlan({ entra: { tenantId, audiences, clientIds, require = "token" } }: Config): EntraPlan | undefined {
  return tenantId === undefined ? undefined : { tenantId, audiences, clientIds, require };
}

function gatewayPlan({ gateway, entra }: Config, sku: GatewaySku, facts: GatewayFacts): GatewayPlan {
  const { family, circuitBreaker, tokenLimit, bufferBytes, policyBytes, globalPolicy } = facts;
  const capacity = gateway.capacity ?? facts.capacity[0];
  return {
    sku,
    family,
    capacity,
    publisherName: gateway.publisherName,
    publisherEmail: gateway.publisherEmail,
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
      return [
        { key, member: name, region, subscription, purchase, name: `aoai-${part}-${key}`, deployments: here.map(deploymentPlan) },
      ];
    }),
  );
}

function deploymentPlan({ deployment, model, version, sku, capacity, tpm }: Placement): DeploymentPlan {
  return { name: deployment, model: { name: model ?? "", version: version ?? "" }, sku: sku ?? "", capacity: capacity ?? 0, tpm };
}

function poolPlan(deployment: string, model: PoolPlan["model"], everywhere: readonly Placement[]): PoolPlan {
  const here = everywhere.filter((placement) => placement.deployment === deployment);
  const provisioned = here.filter(({ purchase }) => purchase === "provisioned");
  const payAsYouGo = here.filter(({ purchase }) => purchase === "payAsYouGo");
  const members = [provisioned, payAsYouGo]
    .filter((group) => group.length > 0)
    .flatMap((group, index) => memberPlans(group, index + 1));
  return {
    id: poolId(deployment),
    deployment,
    model,
    members,
    retries: Math.min(50, members.length),
    tpm: payAsYouGo.reduce((sum, { tpm = 0 }) => sum + tpm, 0),
  };
}

function memberPlans(group: readonly Placement[], priority: number): MemberPlan[] {
  const shares = weights(group.map(({ capacity = 0 }) => capacity));
  return group.map(({ key, deployment }, index) => ({
    backendId: memberId(key, deployment),
    account: key,
    priority,
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
  for (const { account } of pool.members) {
    const deployments = plan.accounts.find(({ key }) => key === account)?.deployments ?? [];
    const tpm = deployments.find(({ name }) => name === pool.deployment)?.tpm;
    if (tpm !== undefined) counts.set(tpm, (counts.get(tpm) ?? 0) + 1);
  }
  return [...counts].map(([tpm, members]) => ({ members, tpm })).sort((a, b) => b.members - a.members || b.tpm - a.tpm);
}
