/**
 * Rules of network security groups, by what stands in the subnet. Azure's default rules follow them (virtual network and load balancer in,
 * everything out, nothing else in).
 * Sources: Azure API Management virtual network reference and integrate-vnet-outbound, Application Gateway infrastructure configuration, 2026.
 */

/** One rule, as ARM takes it. */
export interface SecurityRule {
  name: string;
  /** 100..4096, unique in its direction; lower first. */
  priority: number;
  direction: "Inbound" | "Outbound";
  access: "Allow" | "Deny";
  protocol: "Tcp" | "Udp" | "*";
  /** Service tag, CIDR or `*`. */
  source: string;
  destination: string;
  /** Ports or ranges of ports of the destination; `*` for all. */
  ports: readonly string[];
  why: string;
}

const inbound = { direction: "Inbound", access: "Allow", protocol: "Tcp", destination: "VirtualNetwork" } as const;
const outbound = { direction: "Outbound", access: "Allow", protocol: "Tcp", source: "VirtualNetwork" } as const;

/** API Management of the classic family, injected. `external`: callers come from the internet. */
// biome-ignore format: a table
export const classicGatewayRules = (external: boolean): SecurityRule[] => [
  ...(external ? [{ ...inbound, name: "callers", priority: 100, source: "Internet", ports: ["80", "443"], why: "Calls from the internet." }] : []),
  { ...inbound,  name: "management",    priority: 110, source: "ApiManagement",            ports: ["3443"],        why: "Without it every change of the service fails." },
  { ...inbound,  name: "load-balancer", priority: 120, source: "AzureLoadBalancer",        ports: ["6390"],        why: "Azure's own load balancer looks after the service." },
  { ...outbound, name: "certificates",  priority: 100, destination: "Internet",            ports: ["80"],          why: "Certificates are checked and managed." },
  { ...outbound, name: "storage",       priority: 110, destination: "Storage",             ports: ["443"],         why: "The service keeps its configuration there." },
  { ...outbound, name: "sql",           priority: 120, destination: "Sql",                 ports: ["1433"],        why: "The service keeps its configuration there." },
  { ...outbound, name: "key-vault",     priority: 130, destination: "AzureKeyVault",       ports: ["443"],         why: "Certificates and named values." },
  { ...outbound, name: "monitor",       priority: 140, destination: "AzureMonitor",        ports: ["1886", "443"], why: "Logs and metrics." },
  { ...outbound, name: "entra",         priority: 150, destination: "AzureActiveDirectory", ports: ["443"],        why: "Tokens of the managed identity." },
];

/** Application Gateway v2. Its only client is API Management. */
// biome-ignore format: a table
export const applicationGatewayRules = (gateway: string, own: string): SecurityRule[] => [
  { direction: "Inbound", access: "Allow", protocol: "Tcp", name: "management",    priority: 100, source: "GatewayManager",    destination: "*", ports: ["65200-65535"], why: "Azure refuses the gateway without it." },
  { direction: "Inbound", access: "Allow", protocol: "*",   name: "load-balancer", priority: 110, source: "AzureLoadBalancer", destination: "*", ports: ["*"],           why: "Azure's own load balancer looks after the gateway." },
  { direction: "Inbound", access: "Allow", protocol: "Tcp", name: "gateway",       priority: 120, source: gateway,             destination: own, ports: ["443"],         why: "Calls from API Management." },
  { direction: "Inbound", access: "Deny",  protocol: "Tcp", name: "others",        priority: 4000, source: "VirtualNetwork",   destination: own, ports: ["443"],         why: "Nobody else in the network has a reason to call." },
];
