/**
 * Network security groups: is a connection let out of the subnet where it begins, and into the one where it ends?
 *
 * Rules of a direction are tried in the order of their priority, then Azure's default rules; the first that fits decides. Azure network security
 * groups overview, 2026.
 */
import type { ArmReader, Resource } from "../arm/resource.ts";
import { contains } from "./addresses.ts";

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

const rule = (name: string, priority: number, access: Rule["access"], source: string, destination: string): Rule => ({
  name,
  priority,
  access,
  protocol: "*",
  sources: [source],
  destinations: [destination],
  ports: ["*"],
});

// biome-ignore format: a table
const DEFAULTS: Record<Direction, Rule[]> = {
  Inbound: [
    rule("AllowVnetInBound",              65000, "Allow", "VirtualNetwork",    "VirtualNetwork"),
    rule("AllowAzureLoadBalancerInBound", 65001, "Allow", "AzureLoadBalancer", "*"),
    rule("DenyAllInBound",                65500, "Deny",  "*",                 "*"),
  ],
  Outbound: [
    rule("AllowVnetOutBound",             65000, "Allow", "VirtualNetwork",    "VirtualNetwork"),
    rule("AllowInternetOutBound",         65001, "Allow", "*",                 "Internet"),
    rule("DenyAllOutBound",               65500, "Deny",  "*",                 "*"),
  ],
};

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
  const fitting = [...rulesOf(group, direction), ...DEFAULTS[direction]].find(
    ({ protocol, sources, destinations, ports }) =>
      /^(\*|tcp)$/i.test(protocol) &&
      sources.some((source) => covers(source, from)) &&
      destinations.some((destination) => covers(destination, to)) &&
      ports.some((range) => includes(range, port)),
  );
  return fitting?.access === "Deny" ? `rule ${fitting.name} of network security group ${group.name}` : undefined;
}

function rulesOf(group: Resource, direction: Direction): Rule[] {
  // biome-ignore lint/suspicious/noExplicitAny: the properties of an ARM body.
  const rules = (group.body.properties.securityRules ?? []) as { name: string; properties: Record<string, any> }[];
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
