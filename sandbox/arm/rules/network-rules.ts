import { passThrough } from "./pass-through.ts";
import type { Rule } from "./rule.ts";

const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,78}[a-zA-Z0-9_])?$/;

/** Virtual networks and what stands in them, private DNS, identities. */
export const networkRules: readonly Rule[] = [
  passThrough("Microsoft.Network/virtualNetworks", NAME),
  passThrough("Microsoft.Network/virtualNetworks/subnets", NAME),
  passThrough("Microsoft.Network/networkSecurityGroups", NAME),
  passThrough("Microsoft.Network/publicIPAddresses", NAME),
  passThrough("Microsoft.Network/privateEndpoints", NAME),
  passThrough("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", NAME),
  passThrough("Microsoft.Network/applicationGateways", NAME),
  passThrough("Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies", NAME),
  passThrough("Microsoft.Network/privateDnsZones", NAME, { isGlobal: true }),
  passThrough("Microsoft.Network/privateDnsZones/virtualNetworkLinks", NAME, { isGlobal: true }),
  passThrough("Microsoft.Network/privateDnsZones/A", /^(@|\*|[a-zA-Z0-9_*.-]{1,253})$/),
  passThrough("Microsoft.ManagedIdentity/userAssignedIdentities", NAME),
  passThrough("Microsoft.KeyVault/vaults", NAME),
];
