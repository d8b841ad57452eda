/**
 * A switch of topology as a series of updates, so that calls are answered all the while. Pure.
 */
import { TOPOLOGIES, type Topology, topologies } from "./catalog/topologies.ts";
import type { EntranceKind } from "./entrance.ts";
import { interimOf } from "./interim.ts";
import type { StandingAccount } from "./quota.ts";

/** One `pulumi up` of a switch. */
export interface SwitchStep {
  topology: Topology;
  /** `aoai:accountAccess` for this update; absent: as the stack says. */
  accountAccess?: "open";
  /** `aoai:frontDoor.standby` for this update; before the next one, Front Door must answer. */
  frontDoor?: "standby";
  /** Accounts and deployments of this update, in place of those that the stack says. */
  accounts?: readonly StandingAccount[];
  /** Keys of accounts that Azure still keeps as deleted: they are brought back. */
  restored?: readonly string[];
  /** Models that nobody serves for a while. */
  gaps?: readonly string[];
  why: string;
}

/** What of a stack stands already, where it decides about the order. A switch that was killed may have left several entrances. */
export interface Standing {
  inNetwork: boolean;
  entrances: readonly EntranceKind[];
  /** Front Door stands and has backends that lead to it: it has answered before. */
  frontDoorInUse?: boolean;
  /** SKUs of the Front Doors that stand; absent: as wanted. */
  frontDoorSkus?: readonly string[];
  /** The gateway's own addresses change with its network, and its entrance lets in these alone. */
  addressesMove?: boolean;
}

/** What stands where a topology has been deployed in full. */
export function standingOf(topology: Topology): Standing {
  const { joinsNetwork, entrance } = topologies[topology];
  return { inNetwork: joinsNetwork, entrances: entrance ? [entrance] : [], frontDoorInUse: entrance === "front-door" };
}

/**
 * The updates that lead to a topology from what stands, in order; the last is the stack as it shall be, also where nothing is left to do.
 *
 * An account that is closed and gets its private endpoint in one update is closed first, because the endpoint depends on it; and closed it is
 * out of Front Door's reach. So accounts are closed in an update of its own, after the policies lead past Front Door. API Management changes
 * its network before its policies, because they depend on it: what they name must be reachable from both sides, or be left in an update before.
 * A new Front Door takes minutes until it answers everywhere: it is built in an update before the policies lead to it. Of another SKU it is a
 * new one, beside that which stands.
 * @param access        of the accounts in the end, as the plan of the stack in that topology says
 * @param frontDoorSku  as that plan says; absent: as it stands
 */
export function switchSteps(from: Standing, to: Topology, access: "open" | "closed", frontDoorSku?: string): SwitchStep[] {
  const frontDoorInUse = from.frontDoorInUse && (from.frontDoorSkus ?? []).every((sku) => sku === (frontDoorSku ?? sku));
  const there = topologies[to];
  const behindFrontDoor = from.entrances.includes("front-door");
  const behindApplicationGateway = from.entrances.includes("application-gateway");
  const steps: SwitchStep[] = [];
  if (from.inNetwork && behindApplicationGateway && !there.joinsNetwork) {
    steps.push({
      topology: without(true),
      accountAccess: "open",
      why: "The gateway's own pools take over from Application Gateway, which nobody reaches from outside the network; the accounts are opened.",
    });
    const leaves = { topology: to, why: "The gateway leaves the network." };
    return there.entrance === "front-door" && !frontDoorInUse
      ? [...steps, { ...leaves, frontDoor: "standby", why: `${leaves.why} ${BUILT}` }, { topology: to, why: FLIPPED }]
      : [...steps, leaves];
  }
  if (there.entrance === "front-door" && !frontDoorInUse)
    return [
      { topology: to, frontDoor: "standby", why: BUILT },
      { topology: to, why: FLIPPED },
    ];
  if (behindFrontDoor && from.addressesMove && !from.inNetwork && there.joinsNetwork) {
    steps.push({
      topology: without(false),
      why: "The gateway's own pools take over from Front Door, which would not know the gateway by its new addresses.",
    });
  }
  if (there.joinsNetwork && access === "closed" && (!from.inNetwork || behindFrontDoor)) {
    steps.push({
      topology: to,
      accountAccess: "open",
      why: "The gateway joins the network; the accounts stay open until it reaches them there.",
    });
    return [...steps, { topology: to, why: "The accounts are closed to the internet." }];
  }
  return [...steps, { topology: to, why: ALL_AT_ONCE }];
}

/** Of an update that holds nothing back. */
export const ALL_AT_ONCE = "What is new comes first, then the policies, then what nobody needs any more goes.";
const BUILT = "Front Door is built; no call is sent to it before it answers.";
const FLIPPED = "The policies lead through Front Door.";

/** `private-apim, accounts open` */
export const titleOf = ({ topology, accountAccess, frontDoor, accounts }: SwitchStep) =>
  [
    topology,
    accountAccess ? ", accounts open" : "",
    frontDoor ? ", Front Door without traffic" : "",
    accounts ? ", deployments on their way" : "",
  ].join("");

/** The settings of one update, in place of the stack's own. */
export const settingsOf = (
  { topology, accountAccess, frontDoor, accounts, restored }: Omit<SwitchStep, "why">,
  values: Record<string, unknown>,
): Record<string, unknown> => ({
  topology,
  ...(accountAccess && { accountAccess }),
  ...(frontDoor && { frontDoor: { ...(values.frontDoor as object | undefined), standby: true } }),
  ...((accounts || restored) && {
    interim: { ...(accounts && { accounts: interimOf(accounts) }), ...(restored && { restored }) },
  }),
});

/** The topology without entrance, inside a network or outside. */
function without(inNetwork: boolean): Topology {
  const found = TOPOLOGIES.find((name) => topologies[name].joinsNetwork === inNetwork && !topologies[name].entrance);
  if (!found) throw new Error(`no topology ${inNetwork ? "in" : "outside"} a network is without entrance`);
  return found;
}
