/**
 * What stands of a stack, as far as a change of it is planned from that. Pure.
 */
import type { Topology } from "./catalog/topologies.ts";
import { isReplaced, type StandingAccount } from "./quota.ts";
import type { Standing } from "./switch.ts";

/** A resource as Pulumi's state has it. */
export interface DeployedResource {
  /** `azure-native:cognitiveservices:Account` */
  type: string;
  /** Logical name. */
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: inputs of any type of resource.
  inputs: Record<string, any>;
  protect: boolean;
}

/** A stack as it stands, also one whose last update has stopped half-way. */
export interface Deployed extends Standing {
  /** As its last whole update said. */
  topology?: Topology;
  /** SKU of API Management; absent: there is none yet. */
  gatewaySku?: string;
  accounts: readonly StandingAccount[];
  resources: readonly DeployedResource[];
}

/** Accounts and deployments that go, or are replaced, between the two: `eastus2`, `eastus2/chat`. */
export function lost(before: readonly StandingAccount[], after: readonly StandingAccount[]): string[] {
  return before.flatMap(({ key, deployments }) => {
    const account = after.find((one) => one.key === key);
    if (!account) return [key];
    return deployments
      .filter((was) => {
        const is = account.deployments.find(({ name }) => name === was.name);
        return !is || isReplaced(was, is);
      })
      .map(({ name }) => `${key}/${name}`);
  });
}
