/**
 * Network security groups: is a connection let out of the subnet where it begins, and into the one where it ends?
 *
 * Rules of a direction are tried in the order of their priority, then Azure's default rules; the first that fits decides. Azure network security
 * groups overview, 2026.
 */
import type { ArmReader, Resource } from "../arm/resource.ts";
import { contains } from "./addresses.ts";
import type { Properties } from "./view.ts";

/** One end of a connection, as rules name it. */
export interface End {
  address: string;
  /** Service tags that its address is part of: `VirtualNetwork`, `Internet`, `AzureCloud`, `AzureCloud.eastus2` ... */
  tags: readonly string[];
}

type Direction = "Inbound" | "Outbound";

interface Rule {
  name: string;
  priority: number;
  access: "Allow" | "Deny";
  protocol: string;
  sources: string[];
  destinations: string[];
  ports: string[];
}

const byDefault = (
  name: string,
  priority: number,
  direction: Direction,
  access: Rule["access"],
  source: string,
  destination: string,
) => ({
  name,
  properties: {
    description: name,
    ...{ protocol: "*", sourcePortRange: "*", destinationPortRange: "*" },
    ...{ sourceAddressPrefix: source, destinationAddressPrefix: destination, access, priority, direction },
  },
});

/** What every group has behind its own rules, in ARM's form. */
// biome-ignore format: a table
export const DEFAULT_RULES = [
  byDefault("AllowVnetInBound",              65000, "Inbound",  "Allow", "VirtualNetwork",    "VirtualNetwork"),
  byDefault("AllowAzureLoadBalancerInBound", 65001, "Inbound",  "Allow", "AzureLoadBalancer", "*"),
  byDefault("DenyAllInBound",                65500, "Inbound",  "Deny",  "*",                 "*"),
  byDefault("AllowVnetOutBound",             65000, "Outbound", "Allow", "VirtualNetwork",    "VirtualNetwork"),
  byDefault("AllowInternetOutBound",         65001, "Outbound", "Allow", "*",                 "Internet"),
  byDefault("DenyAllOutBound",               65500, "Outbound", "Deny",  "*",                 "*"),
];

export interface Crossing {
  direction: Direction;
  from: End;
  to: End;
  /** TCP. */
  port: number;
}

/** The rule that stops a connection at the border of a subnet; undefined: none does. A subnet without security group lets everything through. */
export function deniedBy(arm: ArmReader, subnet: Resource, { direction, from, to, port }: Crossing): string | undefined {
  const id = subnet.body.properties.networkSecurityGroup?.id;
  if (typeof id !== "string") return undefined;
  const group = arm.get(id);
  if (!group) throw new Error(`${subnet.id}: its security group ${id} does not exist`);
  const fitting = [...read(group.body.properties.securityRules ?? [], direction), ...DEFAULTS[direction]].find(
    ({ protocol, sources, destinations, ports }) =>
      /^(\*|tcp)$/i.test(protocol) &&
      sources.some((source) => covers(source, from)) &&
      destinations.some((destination) => covers(destination, to)) &&
      ports.some((range) => includes(range, port)),
  );
  return fitting?.access === "Deny" ? `rule ${fitting.name} of network security group ${group.name}` : undefined;
}

/** The rules of a direction, first that is tried first. */
function read(rules: readonly { name: string; properties: Properties }[], direction: Direction): Rule[] {
  return rules
    .filter(({ properties }) => properties.direction === direction)
    .map(({ name, properties }) => ({
      name,
      priority: properties.priority,
      access: properties.access,
      protocol: properties.protocol,
      sources: listOf(properties.sourceAddressPrefix, properties.sourceAddressPrefixes),
      destinations: listOf(properties.destinationAddressPrefix, properties.destinationAddressPrefixes),
      ports: listOf(properties.destinationPortRange, properties.destinationPortRanges),
    }))
    .sort((a, b) => a.priority - b.priority);
}

const listOf = (one: string | undefined, many: string[] | undefined) => [...(one ? [one] : []), ...(many ?? [])];

const DEFAULTS = { Inbound: read(DEFAULT_RULES, "Inbound"), Outbound: read(DEFAULT_RULES, "Outbound") };

function covers(prefix: string, { address, tags }: End): boolean {
  if (prefix === "*" || prefix === "0.0.0.0/0" || prefix.toLowerCase() === "any") return true;
  if (/^\d/.test(prefix)) return contains(prefix, address);
  return tags.some((tag) => tag.toLowerCase() === prefix.toLowerCase());
}

function includes(range: string, port: number): boolean {
  if (range === "*") return true;
  const [first = "", last = first] = range.split("-");
  return port >= Number(first) && port <= Number(last);
}
