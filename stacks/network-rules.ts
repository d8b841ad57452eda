/**
 * What a plan refuses of a virtual network: sizes, places and overlaps of its ranges, and who may reach the gateway.
 */
import { type GatewayFacts, gateways } from "./catalog/gateways.ts";
import { topologies } from "./catalog/topologies.ts";
import { DEFAULT_INSTANCES } from "./entrance.ts";
import { gatewaySku } from "./members.ts";
import { contains, DEFAULT_ADDRESS_SPACE, derivedPrefix, overlap, parsed, range, type SubnetKey } from "./network.ts";
import type { Judge } from "./rules.ts";

/** Addresses of every subnet that Azure keeps for itself (Azure virtual network FAQ, 2026). */
const KEPT_BY_AZURE = 5;

/** Ranges that no virtual network can have (Azure virtual network FAQ, 2026). */
const NEVER = ["224.0.0.0/4", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32", "255.255.255.255/32"];

type RangeKey = "addressSpace" | "gatewaySubnet" | "endpointsSubnet" | "applicationGatewaySubnet";
type SubnetRangeKey = Exclude<RangeKey, "addressSpace">;

/** A subnet that will stand, or that the configuration names. */
interface Subnet {
  setting: SubnetRangeKey;
  /** As in "overlaps the subnet of ...". */
  of: string;
  prefix: string;
  /** Where its prefix comes from: its own setting, else the address space. */
  path: string;
}

// biome-ignore format: a table
const NEEDS: Record<SubnetRangeKey, { of: string; most: number; source: string }> = {
  gatewaySubnet:            { of: "API Management",      most: 27, source: "API Management virtual network requirements, 2026" },
  endpointsSubnet:          { of: "private endpoints",   most: 29, source: "Azure virtual network FAQ, 2026" },
  applicationGatewaySubnet: { of: "Application Gateway", most: 26, source: "Application Gateway infrastructure configuration, 2026" },
};

export function network(judge: Judge): void {
  const { config, broken } = judge;
  const wish = config.network ?? {};
  const good = (setting: RangeKey) => {
    const cidr = wish[setting];
    return cidr !== undefined && startsRange(judge, setting, cidr) ? cidr : undefined;
  };
  const own = {
    gatewaySubnet: good("gatewaySubnet"),
    endpointsSubnet: good("endpointsSubnet"),
    applicationGatewaySubnet: good("applicationGatewaySubnet"),
  };
  const space = wish.addressSpace === undefined ? DEFAULT_ADDRESS_SPACE : good("addressSpace");
  if (space !== undefined) addressSpace(judge, space);
  // What the space is not, the subnets cannot be judged by.
  const certain = space !== undefined && !broken("network.addressSpace") && !judge.failed("network.addressSpace");
  const subnets = subnetsOf(judge, own, certain ? space : undefined);
  for (const subnet of subnets) size(judge, subnet);
  if (certain) inside(judge, subnets, space);
  apart(judge, subnets);
  access(judge);
}

/** Azure takes a range only by its first address. */
function startsRange({ error }: Judge, setting: RangeKey, cidr: string): boolean {
  const first = range(cidr).text;
  if (first === cidr) return true;
  error({
    path: `network.${setting}`,
    value: cidr,
    rule: `"${cidr}" does not begin where a range of that size begins.`,
    fix: `Write ${first}.`,
  });
  return false;
}

function addressSpace({ error }: Judge, cidr: string): void {
  const path = "network.addressSpace";
  const { bits } = parsed(cidr);
  if (bits < 16 || bits > 24)
    error({
      path,
      value: cidr,
      rule: `"${cidr}" is not possible: the address space is /16 to /24.`,
      fix: `For example ${DEFAULT_ADDRESS_SPACE}.`,
    });
  const taken = NEVER.find((reserved) => overlap(reserved, cidr));
  if (taken)
    error({
      path,
      value: cidr,
      rule: `"${cidr}" overlaps ${taken}, which no virtual network can have.`,
      fix: `For example ${DEFAULT_ADDRESS_SPACE}.`,
    });
}

function subnetsOf(
  { config, broken }: Judge,
  own: Record<SubnetRangeKey, string | undefined>,
  space: string | undefined,
): Subnet[] {
  const known = !broken("topology") && !broken("gateway.sku") && !broken("gateway.family");
  const { joinsNetwork, entrance } = topologies[config.topology ?? "public-apim"];
  const { family } = gateways[gatewaySku(config)];
  const stands: Record<SubnetRangeKey, SubnetKey | undefined> = {
    gatewaySubnet: family === "consumption" ? undefined : `gateway-${family}`,
    endpointsSubnet: "endpoints",
    applicationGatewaySubnet: entrance === "application-gateway" ? "application-gateway" : undefined,
  };
  return (Object.keys(NEEDS) as SubnetRangeKey[]).flatMap((setting) => {
    const { of } = NEEDS[setting];
    const prefix = own[setting];
    if (prefix !== undefined) return [{ setting, of, prefix, path: `network.${setting}` }];
    const key = known && joinsNetwork && !broken(`network.${setting}`) ? stands[setting] : undefined;
    if (key === undefined || space === undefined || config.network?.[setting] !== undefined) return [];
    const path = config.network?.addressSpace === undefined ? "network" : "network.addressSpace";
    return [{ setting, of, prefix: derivedPrefix(space, key), path }];
  });
}

function size({ config, placed, broken, error }: Judge, { setting, of, prefix, path }: Subnet): void {
  const { most, source } = NEEDS[setting];
  const { bits } = parsed(prefix);
  if (bits > most) {
    error({
      path,
      value: prefix,
      rule: `"${prefix}" is too small: ${of} ${setting === "endpointsSubnet" ? "need" : "needs"} /${most} or larger (${source}).`,
      fix: `Take a /${most}.`,
    });
    return;
  }
  const addresses = 2 ** (32 - bits) - KEPT_BY_AZURE;
  if (setting === "endpointsSubnet" && !broken("regions") && !broken("models")) {
    const accounts = new Set(placed.map(({ key }) => key)).size;
    if (accounts > addresses)
      error({
        path,
        value: prefix,
        rule: `${prefix} has ${addresses} addresses for private endpoints, and ${accounts} accounts need one each (Azure keeps ${KEPT_BY_AZURE}).`,
        fix: `Take a /${bitsFor(accounts)} for network.endpointsSubnet.`,
      });
  }
  if (setting === "applicationGatewaySubnet") {
    const instances = config.applicationGateway?.maxCapacity ?? DEFAULT_INSTANCES.max;
    // One more for the private frontend.
    if (instances + 1 > addresses)
      error({
        path,
        value: prefix,
        rule: `${prefix} has ${addresses - 1} addresses for instances of Application Gateway, and maxCapacity is ${instances} (Azure keeps ${KEPT_BY_AZURE}, its frontend takes 1).`,
        fix: `Take a /${bitsFor(instances + 1)} for network.applicationGatewaySubnet, or lower maxCapacity.`,
      });
  }
}

const bitsFor = (addresses: number) => 32 - Math.ceil(Math.log2(addresses + KEPT_BY_AZURE));

function inside({ error }: Judge, subnets: readonly Subnet[], space: string): void {
  for (const { prefix, path, setting } of subnets) {
    if (path !== `network.${setting}` || contains(space, prefix)) continue;
    error({
      path,
      value: prefix,
      rule: `"${prefix}" is not inside the address space ${space}.`,
      fix: "Choose a range inside it, or another network.addressSpace.",
    });
  }
}

function apart({ error }: Judge, subnets: readonly Subnet[]): void {
  subnets.forEach((subnet, index) => {
    const other = subnets.slice(0, index).find(({ prefix }) => overlap(prefix, subnet.prefix));
    if (!other) return;
    // The one that the configuration names can be changed.
    const [named, with_] = subnet.path === `network.${subnet.setting}` ? [subnet, other] : [other, subnet];
    error({
      path: named.path,
      value: named.prefix,
      rule: `"${named.prefix}" overlaps ${with_.prefix}, the subnet of ${with_.of}.`,
      fix: `Choose a range that does not, or set network.${with_.setting} too.`,
    });
  });
}

function access({ config, broken, error, warn, note }: Judge): void {
  if (config.network?.access !== "internal" || broken("topology") || broken("gateway.sku") || broken("gateway.family")) return;
  const path = "network.access";
  const { topology = "public-apim" } = config;
  const sku = gatewaySku(config);
  const { family }: GatewayFacts = gateways[sku];
  if (!topologies[topology].joinsNetwork) {
    warn({
      path,
      value: "internal",
      rule: `"internal" has no effect: topology "${topology}" joins no network, so callers reach API Management from the internet.`,
      fix: "Choose private-apim or application-gateway.",
    });
    return;
  }
  if (family !== "classic") {
    error({
      path,
      value: "internal",
      rule: `"internal" is not possible with ${sku}, which callers always reach from the internet; Developer and Premium can hide from it.`,
      fix: "Leave it out, or choose gateway.family: classic.",
    });
    return;
  }
  note(
    "API Management can be reached from its virtual network alone, by its own name. Callers elsewhere need a connection to that network, and its private DNS zone.",
  );
}
