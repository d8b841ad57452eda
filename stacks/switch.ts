/**
 * A switch of topology as a series of updates, so that calls are answered all the while. Pure.
 */
import { TOPOLOGIES, type Topology, topologies } from "./catalog/topologies.ts";

/** One `pulumi up` of a switch. */
export interface SwitchStep {
  topology: Topology;
  /** `aoai:accountAccess` for this update; absent: as the stack says. */
  accountAccess?: "open";
  why: string;
}

/**
 * The updates that lead from one topology to another, in order; the last is the stack as it shall be.
 *
 * An account that is closed and gets its private endpoint in one update is closed first, because the endpoint depends on it: so it is closed
 * in an update of its own. API Management leaves its network before its policies change, because they depend on it: so nothing that they
 * name may stand in the network only by then.
 */
export function switchSteps(from: Topology, to: Topology): SwitchStep[] {
  if (from === to) return [];
  const [here, there] = [topologies[from], topologies[to]];
  if (there.joinsNetwork && !here.joinsNetwork) {
    return [
      {
        topology: to,
        accountAccess: "open",
        why: "The gateway joins the network; the accounts stay open until it reaches them there.",
      },
      { topology: to, why: "The accounts are closed to the internet." },
    ];
  }
  const insideOnly = here.joinsNetwork && here.entrance !== undefined;
  if (insideOnly && !there.joinsNetwork) {
    const between = TOPOLOGIES.find((name) => topologies[name].joinsNetwork && topologies[name].entrance === undefined);
    if (!between) throw new Error("no topology in a network is without entrance");
    return [
      {
        topology: between,
        accountAccess: "open",
        why: `The gateway's own pools take over from ${here.balancedBy}; the accounts are opened.`,
      },
      { topology: to, why: "The gateway leaves the network." },
    ];
  }
  return [{ topology: to, why: "New backends and pools come first, then the policies, then what nobody needs any more goes." }];
}
