/**
 * Config -> Plan: every name, account, deployment, pool, weight and retry count, derived once. Pure: no Pulumi, no clock, no I/O.
 */
import type { GatewayFamily, GatewaySku, Topology } from "./catalog/topologies.ts";

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
  /** Accounts reachable from the internet ("open") or only through private endpoints ("closed"). */
  accountAccess: "open" | "closed";
  /** Day on which model availability was judged, YYYY-MM-DD. */
  asOf: string;
  warnings: readonly Fault[];
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
  circuitBreaker: boolean;
  tokenLimit: boolean;
  /** Bytes of a request body that can be buffered for another attempt; source: azure-docs api-management-gateway-constraints, 2026-04-08. */
  bufferBytes: number;
  /** Bytes of a policy document; same source. */
  policyBytes: number;
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
  /** Attempts after the first, for the `retry` policy: 1..50. */
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
}

/** One fault or warning: where, what was found, which rule, how to fix it. */
export interface Fault {
  /** As in the configuration: `regions[1].subscription`, `models[0].regions.eastus2.tpm`, `topology`. */
  path: string;
  value?: unknown;
  rule: string;
  fix: string;
}
