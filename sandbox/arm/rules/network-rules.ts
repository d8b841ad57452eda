import { applicationGateway } from "./application-gateway.ts";
import { applicationGatewayFirewall } from "./application-gateway-firewall.ts";
import { networkSecurityGroup } from "./network-security-group.ts";
import { aRecordSet, privateDnsZone, virtualNetworkLink } from "./private-dns.ts";
import { privateDnsZoneGroup } from "./private-dns-zone-group.ts";
import { privateEndpoint } from "./private-endpoint.ts";
import { publicIpAddress } from "./public-ip-address.ts";
import type { Rule } from "./rule.ts";
import { subnet } from "./subnet.ts";
import { userAssignedIdentity } from "./user-assigned-identity.ts";
import { vault } from "./vault.ts";
import { virtualNetwork } from "./virtual-network.ts";

/** Virtual networks and what stands in them, private DNS, identities. */
// biome-ignore format: a table
export const networkRules: readonly Rule[] = [
  virtualNetwork, subnet, networkSecurityGroup, publicIpAddress,
  privateEndpoint, privateDnsZoneGroup, privateDnsZone, virtualNetworkLink, aRecordSet,
  applicationGateway, applicationGatewayFirewall,
  userAssignedIdentity, vault,
];
