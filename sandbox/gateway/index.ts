/**
 * API Management's gateway: executes the policy documents that ARM holds, and checks them as a deployment would.
 */

export type { CacheOptions } from "./cache.ts";
export { type CheckPolicy, checkPolicy, type KnownToService, type PolicyToCheck } from "./check.ts";
export type { Attempt, Forward, GatewayRecord } from "./flow.ts";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
export type { Change, GatewayEvent, Observe } from "./observer.ts";
export { DEFAULT_READINGS, type Readings } from "./readings.ts";
