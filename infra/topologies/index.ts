import { type Input, RunError } from "@pulumi/pulumi";
import type { Topology } from "../../stacks/catalog/topologies.ts";
import type { Account } from "../accounts.ts";
import type { Foundation } from "../foundation.ts";
import { publicApim } from "./public-apim.ts";

/** What a topology puts between the gateway and the accounts. */
export interface Balancer {
  /** Where the gateway sends a request that is meant for this account; no slash at the end. */
  backendUrl(account: Account): Input<string>;
}

export type Build = (base: Foundation, accounts: readonly Account[]) => Balancer;

/** One row per topology; a missing row does not compile. undefined: can be planned, not built by this version. */
const builds: Record<Topology, Build | undefined> = {
  "public-apim": publicApim,
  "private-apim": undefined,
  "application-gateway": undefined,
  "front-door": undefined,
};

/**
 * Ask before the first resource is registered, so that a refusal leaves nothing behind.
 * @throws RunError, which Pulumi prints without a stack trace, for a topology that this version cannot build
 */
export function topologyOf(topology: Topology): Build {
  const build = builds[topology];
  if (!build)
    throw new RunError(`aoai:topology "${topology}" can be planned but not deployed by this version. Set it to "public-apim".`);
  return build;
}
