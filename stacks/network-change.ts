/**
 * A change of a virtual network that stands: its address space changes in place, but no subnet moves while something stands in it, and something
 * stands in each of ours. Pure.
 */
import { listed } from "./nearest.ts";
import { contains, type NetworkPlan, overlap } from "./network.ts";
import type { Fault } from "./plan.ts";

/** A plan's network is one too. */
export interface StandingNetwork {
  /** CIDR, one or several. */
  addressSpace: string | readonly string[];
  /** `snet-<key>`, CIDR */
  subnets: readonly { name: string; prefix: string }[];
}

/** As Pulumi's state has it, also one that an update left half-way; undefined: there is none. */
export function standingNetwork(
  resources: readonly { type: string; inputs?: Readonly<Record<string, unknown>> }[],
): StandingNetwork | undefined {
  const of = (type: string) => resources.filter((resource) => resource.type === `azure-native:network:${type}`);
  const space = of("VirtualNetwork")[0]?.inputs?.addressSpace as { addressPrefixes?: string[] } | undefined;
  if (!space?.addressPrefixes) return undefined;
  const subnets = of("Subnet").map(({ inputs }) => ({ name: String(inputs?.subnetName), prefix: String(inputs?.addressPrefix) }));
  return { addressSpace: space.addressPrefixes, subnets };
}

const SETTINGS: Record<NetworkPlan["subnets"][number]["key"], string> = {
  "gateway-v2": "gatewaySubnet",
  "gateway-classic": "gatewaySubnet",
  endpoints: "endpointsSubnet",
  "application-gateway": "applicationGatewaySubnet",
};

/**
 * Why Azure would refuse the change, and the way: at most one fault. A stack that joins a network or leaves it has nothing to move.
 * @param wanted  a plan: `network` and the topology to come back to
 */
export function networkFaults(
  standing: StandingNetwork | undefined,
  { network: wanted, topology, stack }: { network?: NetworkPlan; topology: string; stack: string },
): Fault[] {
  if (!standing || !wanted) return [];
  const moved = standing.subnets.flatMap(({ name, prefix }) => {
    const to = wanted.subnets.find((subnet) => subnet.name === name)?.prefix;
    return to === undefined || to === prefix ? [] : [`${name} from ${prefix} to ${to}`];
  });
  const outside = standing.subnets.filter(({ prefix }) => !contains(wanted.addressSpace, prefix));
  // What is new is made before anything goes.
  const inTheWay = wanted.subnets.flatMap(({ name, prefix }) =>
    standing.subnets.some((one) => one.name === name)
      ? []
      : standing.subnets.filter((one) => overlap(one.prefix, prefix)).map((one) => `${name} ${prefix} overlaps ${one.name}`),
  );
  const wrong = [
    ...(moved.length > 0 ? [`${listed(moved)} would move`] : []),
    ...(outside.length > 0
      ? [`${listed(outside.map(({ name, prefix }) => `${name} ${prefix}`))} would lie outside ${wanted.addressSpace}`]
      : []),
    ...inTheWay,
  ];
  if (wrong.length === 0) return [];
  const leave = `leave the network and join it anew, while callers are served: \`npm run switch -- --stack ${stack} --to public-apim\`, then \`--to ${topology}\``;
  const kept = wanted.subnets.flatMap(({ key, name }) => {
    const prefix = standing.subnets.find((one) => one.name === name)?.prefix;
    return prefix === undefined ? [] : [`${SETTINGS[key]}: ${prefix}`];
  });
  const canStay = outside.length === 0 && inTheWay.length === 0;
  return [
    {
      path: "network",
      value: wanted.addressSpace,
      rule: `A subnet in use does not move, and ${wrong.join("; ")}.`,
      fix: canStay
        ? `Say where they are, network: { ${kept.join(", ")} }; or ${leave}.`
        : `Keep the ranges that stand, in an address space that holds them (${spaces(standing)}); or ${leave}.`,
    },
  ];
}

const spaces = ({ addressSpace }: StandingNetwork) => (typeof addressSpace === "string" ? addressSpace : addressSpace.join(", "));
