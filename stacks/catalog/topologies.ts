/**
 * One row per topology: what stands between the caller and the accounts.
 * Shared code reads these facts and never asks which topology it is.
 * Sources: Azure API Management feature tables (api-management-features, v2-service-tiers-overview), read 2026-11.
 */

export const TOPOLOGIES = ["public-apim", "private-apim", "application-gateway", "front-door"] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** API Management SKUs. Consumption, Basic and Standard exist but no topology of ours recommends them. */
export const GATEWAY_SKUS = [
  "Consumption",
  "Developer",
  "Basic",
  "Standard",
  "Premium",
  "BasicV2",
  "StandardV2",
  "PremiumV2",
] as const;
export type GatewaySku = (typeof GATEWAY_SKUS)[number];

export const GATEWAY_FAMILIES = ["v2", "classic"] as const;
export type GatewayFamily = (typeof GATEWAY_FAMILIES)[number];

export interface TopologyFacts {
  /** One line for people. */
  title: string;
  /** What a request passes between the caller and an account, in order. */
  hops: readonly string[];
  /** The gateway (and the private endpoints) join a virtual network, and accounts can be closed to the internet. */
  joinsNetwork: boolean;
  /** What stands behind the gateway and balances; absent: its own pools do. */
  entrance?: "application-gateway" | "front-door";
  /** Server-sent events reach the caller piece by piece through every hop. */
  streams: boolean;
  /** Who spreads requests over the accounts while none is throttled. */
  balancedBy: "gateway pool" | "Application Gateway" | "Front Door";
  /** Default of `aoai:accountAccess`. */
  accountAccess: "open" | "closed";
  /** SKU taken when `gateway.sku` is not pinned. */
  defaultSku: Record<GatewayFamily, GatewaySku>;
  /** Every SKU that can stand in this topology. */
  skus: readonly GatewaySku[];
}

const ANY_SKU = GATEWAY_SKUS;
/** Classic injection (Developer, Premium) or v2 outbound integration (StandardV2, PremiumV2). */
const NETWORK_SKUS = ["Developer", "Premium", "StandardV2", "PremiumV2"] as const;

export const topologies: Record<Topology, TopologyFacts> = {
  "public-apim": {
    title: "public API Management",
    hops: ["API Management"],
    joinsNetwork: false,
    streams: true,
    balancedBy: "gateway pool",
    accountAccess: "open",
    defaultSku: { v2: "BasicV2", classic: "Developer" },
    skus: ANY_SKU,
  },
  "private-apim": {
    title: "API Management in a virtual network with private endpoints",
    hops: ["API Management", "private endpoints"],
    joinsNetwork: true,
    streams: true,
    balancedBy: "gateway pool",
    accountAccess: "closed",
    defaultSku: { v2: "StandardV2", classic: "Developer" },
    skus: NETWORK_SKUS,
  },
  "application-gateway": {
    title: "API Management, then Application Gateway and private endpoints",
    hops: ["API Management", "Application Gateway", "private endpoints"],
    joinsNetwork: true,
    streams: true,
    entrance: "application-gateway",
    balancedBy: "Application Gateway",
    accountAccess: "closed",
    defaultSku: { v2: "StandardV2", classic: "Developer" },
    skus: NETWORK_SKUS,
  },
  "front-door": {
    title: "API Management, then Front Door",
    hops: ["API Management", "Front Door"],
    joinsNetwork: false,
    streams: false,
    entrance: "front-door",
    balancedBy: "Front Door",
    accountAccess: "open",
    defaultSku: { v2: "BasicV2", classic: "Developer" },
    skus: ANY_SKU,
  },
};
