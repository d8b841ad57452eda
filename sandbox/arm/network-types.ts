/**
 * ARM types of networks, of what stands in them and of what they lead to.
 */
export const NETWORKS = "Microsoft.Network/virtualNetworks";
export const SUBNETS = `${NETWORKS}/subnets`;
export const SECURITY_GROUPS = "Microsoft.Network/networkSecurityGroups";
export const PUBLIC_ADDRESSES = "Microsoft.Network/publicIPAddresses";
export const PRIVATE_ENDPOINTS = "Microsoft.Network/privateEndpoints";
export const ZONE_GROUPS = `${PRIVATE_ENDPOINTS}/privateDnsZoneGroups`;
export const APPLICATION_GATEWAYS = "Microsoft.Network/applicationGateways";
export const GATEWAY_FIREWALLS = "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies";
export const ZONES = "Microsoft.Network/privateDnsZones";
export const ZONE_LINKS = `${ZONES}/virtualNetworkLinks`;
export const A_RECORDS = `${ZONES}/A`;
export const SERVICES = "Microsoft.ApiManagement/service";
export const ACCOUNTS = "Microsoft.CognitiveServices/accounts";
export const VAULTS = "Microsoft.KeyVault/vaults";
