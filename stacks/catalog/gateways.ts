import type { GatewayFamily, GatewaySku } from "./topologies.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

export interface GatewayFacts {
  family: GatewayFamily | "consumption";
  /** Scale units that can be bought. */
  capacity: readonly [least: number, most: number];
  circuitBreaker: boolean;
  tokenLimit: boolean;
  /** Server-sent events reach the caller piece by piece. */
  streams: boolean;
  /** Microsoft promises availability. */
  sla: boolean;
  /** Products that a service holds: one for each consumer. */
  products: number;
  /** Bytes of a request body that can be buffered, so that it can be sent again. */
  bufferBytes: number;
  /** Bytes of one policy document. */
  policyBytes: number;
  /**
   * Errors are answered by a global document of ours, for want of room in the API's. Every new service has a global document already, and on
   * classic SKUs pulumi-azure-native refuses to create one over it (it knows another default text): elsewhere there is none of ours.
   */
  globalPolicy: boolean;
}

const v2 = {
  family: "v2",
  circuitBreaker: true,
  tokenLimit: true,
  streams: true,
  sla: true,
  bufferBytes: 2 * MIB,
  policyBytes: 512 * KIB,
  globalPolicy: false,
} as const;
const classic = {
  family: "classic",
  circuitBreaker: true,
  tokenLimit: true,
  streams: true,
  sla: true,
  bufferBytes: 500 * MIB,
  policyBytes: 256 * KIB,
  globalPolicy: false,
} as const;

/**
 * One row per API Management SKU.
 * Sources: Azure API Management feature-based comparison and v2 tiers overview, read 2026-11; gateway limits by tier, 2026-04-08; limits of
 * products: "New Azure API Management service limits", techcommunity, 2026-03.
 */
export const gateways: Record<GatewaySku, GatewayFacts> = {
  Consumption: {
    family: "consumption",
    capacity: [0, 0],
    circuitBreaker: false,
    tokenLimit: false,
    streams: false,
    sla: true,
    products: 100,
    bufferBytes: 2 * MIB,
    policyBytes: 16 * KIB,
    globalPolicy: true,
  },
  Developer: { ...classic, capacity: [1, 1], sla: false, products: 100 },
  Basic: { ...classic, capacity: [1, 2], products: 200 },
  Standard: { ...classic, capacity: [1, 4], products: 500 },
  // 12 per region; more only with more regions, which this project does not use.
  Premium: { ...classic, capacity: [1, 12], products: 2000 },
  BasicV2: { ...v2, capacity: [1, 10], products: 200 },
  StandardV2: { ...v2, capacity: [1, 10], products: 500 },
  PremiumV2: { ...v2, capacity: [1, 30], products: 2000 },
};
