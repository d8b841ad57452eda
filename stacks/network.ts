/**
 * The virtual network of a stack whose gateway joins one: subnets by rule, private endpoints, private DNS zones. Pure.
 */
import { applicationGatewayRules, classicGatewayRules, type SecurityRule } from "./catalog/security-rules.ts";

/** Quarters of the address space, of a larger one of its first /22, in this order. A family has its own subnet: the delegation of a subnet in use cannot change. */
export const SUBNETS = ["gateway-v2", "endpoints", "application-gateway", "gateway-classic"] as const;
export type SubnetKey = (typeof SUBNETS)[number];

/** No subnet of ours needs more than a quarter of this; and so a space that is made wider leaves the subnets where they are. */
const LAID_OUT = 22;

/** Where the stack does not say. */
export const DEFAULT_ADDRESS_SPACE = "10.42.0.0/22";

/** Zone in which names of Azure OpenAI accounts (kind OpenAI) become private addresses. Azure private endpoint DNS values, 2026. */
export const OPENAI_ZONE = "privatelink.openai.azure.com";

export interface NetworkPlan {
  /** `vnet-aoai-<stack>` */
  name: string;
  /** CIDR. */
  addressSpace: string;
  /** Those that are needed: the gateway's first. */
  subnets: readonly SubnetPlan[];
  gateway: {
    subnet: SubnetKey;
    /** ARM `virtualNetworkType`. External: callers come from the internet (and all that v2 outbound integration has). */
    type: "External" | "Internal";
  };
  /** One per account. */
  endpoints: readonly { account: string; name: string }[];
}

export interface SubnetPlan {
  key: SubnetKey;
  /** `snet-<key>` */
  name: string;
  /** CIDR. */
  prefix: string;
  /** Name of its network security group. */
  securityGroup: string;
  /**
   * Only this service may stand there: both v2 SKUs that join a network reach out through it. PremiumV2 could also stand inside, but only if it
   * is made so, and then no topology could be left in place.
   */
  delegation?: "Microsoft.Web/serverFarms";
  rules: readonly SecurityRule[];
}

export interface NetworkWish {
  /** Stack's part of names. */
  part: string;
  addressSpace: string;
  /** Prefixes that replace the rule's. */
  prefixes: Partial<Record<SubnetKey, string>>;
  family: "v2" | "classic";
  internal: boolean;
  applicationGateway: boolean;
  accounts: readonly { key: string; name: string }[];
}

export function networkPlan({
  part,
  addressSpace,
  prefixes,
  family,
  internal,
  applicationGateway,
  accounts,
}: NetworkWish): NetworkPlan {
  const prefixOf = (key: SubnetKey) => prefixes[key] ?? derivedPrefix(addressSpace, key);
  const gateway: SubnetKey = `gateway-${family}`;
  const subnet = (key: SubnetKey, rules: readonly SecurityRule[], delegated?: SubnetPlan["delegation"]): SubnetPlan => ({
    key,
    name: `snet-${key}`,
    prefix: prefixOf(key),
    securityGroup: `nsg-aoai-${part}-${key}`,
    delegation: delegated,
    rules,
  });
  return {
    name: `vnet-aoai-${part}`,
    addressSpace,
    subnets: [
      family === "classic" ? subnet(gateway, classicGatewayRules(!internal)) : subnet(gateway, [], "Microsoft.Web/serverFarms"),
      subnet("endpoints", []),
      ...(applicationGateway
        ? [subnet("application-gateway", applicationGatewayRules(prefixOf(gateway), prefixOf("application-gateway")))]
        : []),
    ],
    gateway: { subnet: gateway, type: internal ? "Internal" : "External" },
    endpoints: accounts.map(({ key, name }) => ({ account: key, name: `pe-${name}` })),
  };
}

/** `10.42.0.0/22` and `10.42.0.0/16`, endpoints -> `10.42.1.0/24` */
export function derivedPrefix(addressSpace: string, key: SubnetKey): string {
  const { address, bits } = parsed(addressSpace);
  const quarter = Math.max(bits, LAID_OUT) + 2;
  return `${text(address + SUBNETS.indexOf(key) * 2 ** (32 - quarter))}/${quarter}`;
}

/** `10.42.2.0/24`, 10 -> `10.42.2.10` */
export const addressIn = (cidr: string, offset: number) => text(parsed(cidr).address + offset);

export function parsed(cidr: string): { address: number; bits: number } {
  const [address = "", bits = ""] = cidr.split("/");
  return { address: address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0), bits: Number(bits) };
}

const text = (address: number) => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** First and last address of a range, as numbers, and the range by its first address. */
export function range(cidr: string): { first: number; last: number; text: string } {
  const { address, bits } = parsed(cidr);
  const size = 2 ** (32 - bits);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, text: `${text(first)}/${bits}` };
}

export function contains(outer: string, inner: string): boolean {
  const [a, b] = [range(outer), range(inner)];
  return a.first <= b.first && b.last <= a.last;
}

export function overlap(one: string, other: string): boolean {
  const [a, b] = [range(one), range(other)];
  return a.first <= b.last && b.first <= a.last;
}
