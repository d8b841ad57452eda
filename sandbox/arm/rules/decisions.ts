/**
 * Where the sandbox's reading of a body differs from what the SDK's types and the published specification say, and why.
 *
 * Listed values are closed: the SDK types them `string | Enum`, but ARM refuses a value off the list. The exceptions are below.
 * Properties that the specification calls optional although the service refuses to do without them are `required` here.
 */
import { frontDoorDecisions } from "./front-door-decisions.ts";
import type { Kind, Limits, Path } from "./shapes.ts";

export interface Decision {
  /** Replaces the SDK's list, or gives a list to a property that has none. */
  values?: readonly string[];
  required?: true;
  kind?: Kind;
  /** Added to what the specification states. */
  limits?: Limits;
}

/** API Management SKUs of API version 2024-05-01. The SDK's list lacks PremiumV2, which ARM takes (v2 service tiers overview; Azure Verified Modules). */
export const SERVICE_SKUS = [
  "Basic",
  "BasicV2",
  "Consumption",
  "Developer",
  "Isolated",
  "Premium",
  "PremiumV2",
  "Standard",
  "StandardV2",
];

/** SKU names of a deployment (Azure OpenAI deployment types, read 2026-11). */
const DEPLOYMENT_SKUS = [
  "Standard",
  "DataZoneStandard",
  "GlobalStandard",
  "ProvisionedManaged",
  "DataZoneProvisionedManaged",
  "GlobalProvisionedManaged",
  "GlobalBatch",
  "DataZoneBatch",
  "DeveloperTier",
];

const APPLICATION_GATEWAY_SKUS = ["Standard_v2", "WAF_v2"];

const DATA_MASKING_SIDES = ["frontend.request", "frontend.response", "backend.request", "backend.response"];

const required: Decision = { required: true };

export const decisions: Record<string, Record<Path, Decision>> = {
  ...frontDoorDecisions,
  "Microsoft.Resources/resourceGroups": {
    location: required,
  },
  "Microsoft.CognitiveServices/accounts": {
    location: required,
    kind: required,
    sku: required,
    properties: required,
    // Once there is an identity block, it says what kind of identity.
    "identity.type": required,
    "properties.networkAcls.bypass": { values: ["AzureServices", "None"] },
    "properties.networkAcls.virtualNetworkRules": { limits: { maxItems: 100 } },
    "properties.networkAcls.ipRules[].value": required,
    "properties.networkAcls.virtualNetworkRules[].id": required,
  },
  "Microsoft.CognitiveServices/accounts/deployments": {
    properties: required,
    sku: required,
    "sku.name": { values: DEPLOYMENT_SKUS },
    "sku.capacity": { limits: { minimum: 1 } },
    "properties.model": required,
    "properties.model.format": required,
    "properties.model.name": required,
  },
  "Microsoft.CognitiveServices/accounts/raiPolicies": {
    properties: required,
    // The SDK's list has those of later API versions too.
    "properties.contentFilters[].source": { values: ["Prompt", "Completion"] },
    "properties.customBlocklists[].source": { values: ["Prompt", "Completion"] },
  },
  "Microsoft.ApiManagement/service": {
    location: required,
    "sku.name": { values: SERVICE_SKUS },
    "properties.additionalLocations[].sku.name": { values: SERVICE_SKUS },
    "properties.publisherName": { limits: { minLength: 1 } },
    "properties.publisherEmail": { limits: { minLength: 1, pattern: "^[^@\\s]+@[^@\\s]+$" } },
  },
  "Microsoft.ApiManagement/service/apis/operations": {
    "properties.method": { limits: { minLength: 1 } },
    "properties.templateParameters[].name": { limits: { minLength: 1 } },
    "properties.templateParameters[].type": { limits: { minLength: 1 } },
  },
  "Microsoft.ApiManagement/service/backends": {
    properties: required,
    "properties.pool.services": required,
    // One rule per breaker, although the specification allows 15 (Azure API Management backends).
    "properties.circuitBreaker.rules": { required: true, limits: { minItems: 1, maxItems: 1 } },
    "properties.circuitBreaker.rules[].name": {
      required: true,
      limits: { pattern: "^[a-zA-Z0-9]([a-zA-Z0-9-]{0,78}[a-zA-Z0-9])?$" },
    },
    "properties.circuitBreaker.rules[].failureCondition": required,
    "properties.circuitBreaker.rules[].failureCondition.interval": required,
    "properties.circuitBreaker.rules[].failureCondition.count": { limits: { minimum: 1, maximum: 10_000 } },
    "properties.circuitBreaker.rules[].failureCondition.percentage": { limits: { minimum: 1, maximum: 100 } },
    "properties.circuitBreaker.rules[].failureCondition.errorReasons[]": { limits: { minLength: 1 } },
    "properties.circuitBreaker.rules[].failureCondition.statusCodeRanges[].min": required,
    "properties.circuitBreaker.rules[].failureCondition.statusCodeRanges[].max": required,
    "properties.circuitBreaker.rules[].tripDuration": required,
  },
  "Microsoft.ApiManagement/service/diagnostics": {
    "properties.sampling.samplingType": required,
    "properties.sampling.percentage": required,
    ...Object.fromEntries(DATA_MASKING_SIDES.map((side) => [`properties.${side}.body.bytes`, { limits: { minimum: 0 } }])),
  },
  "Microsoft.ApiManagement/service/namedValues": {
    "properties.value": { limits: { minLength: 1 } },
    "properties.keyVault.secretIdentifier": required,
  },
  "Microsoft.ApiManagement/service/products": {
    "properties.subscriptionsLimit": { limits: { minimum: 1 } },
  },
  "Microsoft.Authorization/roleAssignments": {
    // The SDK's list is of later versions; 2022-04-01 has these five.
    "properties.principalType": { values: ["Device", "ForeignGroup", "Group", "ServicePrincipal", "User"] },
    "properties.conditionVersion": { values: ["2.0"] },
  },
  "Microsoft.OperationalInsights/workspaces": {
    location: required,
    properties: required,
    // 30 to 730 days on the paid plan; up to 4,383 with long-term retention is a setting of tables (Azure Monitor Logs retention).
    "properties.retentionInDays": { limits: { minimum: 7, maximum: 730 } },
  },
  "Microsoft.Insights/components": {
    location: required,
    "properties.SamplingPercentage": { limits: { minimum: 0, maximum: 100 } },
  },
  "Microsoft.Network/virtualNetworks": {
    location: required,
    "properties.addressSpace": required,
    "properties.addressSpace.addressPrefixes": { required: true, limits: { minItems: 1 } },
  },
  "Microsoft.Network/virtualNetworks/subnets": {
    "properties.delegations[].name": required,
    "properties.delegations[].properties.serviceName": required,
    "properties.serviceEndpoints[].service": required,
  },
  "Microsoft.Network/networkSecurityGroups": {
    location: required,
    "properties.securityRules[].name": required,
    "properties.securityRules[].properties.description": { limits: { maxLength: 140 } },
  },
  "Microsoft.Network/publicIPAddresses": {
    location: required,
    "properties.idleTimeoutInMinutes": { limits: { minimum: 4, maximum: 30 } },
  },
  "Microsoft.Network/privateEndpoints": {
    location: required,
    "properties.subnet": required,
    ...Object.fromEntries(
      ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"].flatMap((kind) => [
        [`properties.${kind}[].name`, required],
        [`properties.${kind}[].properties.privateLinkServiceId`, required],
        [`properties.${kind}[].properties.groupIds`, required],
        // Longest message (ARM specification).
        [`properties.${kind}[].properties.requestMessage`, { limits: { maxLength: 140 } }],
      ]),
    ),
    "properties.ipConfigurations[].name": required,
    "properties.ipConfigurations[].properties.privateIPAddress": required,
  },
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": {
    "properties.privateDnsZoneConfigs": required,
    "properties.privateDnsZoneConfigs[].name": required,
    "properties.privateDnsZoneConfigs[].properties.privateDnsZoneId": required,
  },
  "Microsoft.Network/privateDnsZones": {
    location: required,
  },
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks": {
    location: required,
    "properties.virtualNetwork": required,
    "properties.virtualNetwork.id": required,
  },
  "Microsoft.Network/privateDnsZones/A": {
    "properties.ttl": { required: true, limits: { minimum: 1, maximum: 2_147_483_647 } },
    "properties.aRecords": required,
    "properties.aRecords[].ipv4Address": required,
  },
  "Microsoft.Network/applicationGateways": {
    location: required,
    "identity.type": { values: ["None", "UserAssigned"] },
    "properties.sku": required,
    // Version 1 ended on 2026-04-28; the Basic tier has other limits and is not here.
    "properties.sku.name": { required: true, values: APPLICATION_GATEWAY_SKUS },
    "properties.sku.tier": { required: true, values: APPLICATION_GATEWAY_SKUS },
    ...Object.fromEntries(
      [
        ...["gatewayIPConfigurations", "frontendIPConfigurations", "frontendPorts", "sslCertificates", "backendAddressPools"],
        ...["backendHttpSettingsCollection", "probes", "httpListeners", "requestRoutingRules", "urlPathMaps"],
      ].map((kind) => [`properties.${kind}[].name`, required]),
    ),
    "properties.urlPathMaps[].properties.pathRules[].name": required,
    "properties.frontendPorts[].properties.port": required,
    "properties.backendHttpSettingsCollection[].properties.port": required,
    "properties.backendHttpSettingsCollection[].properties.protocol": required,
    "properties.probes[].properties.protocol": required,
    "properties.probes[].properties.path": required,
    "properties.probes[].properties.interval": required,
    "properties.probes[].properties.timeout": required,
    "properties.probes[].properties.unhealthyThreshold": required,
    "properties.httpListeners[].properties.protocol": required,
    "properties.httpListeners[].properties.frontendIPConfiguration": required,
    "properties.httpListeners[].properties.frontendPort": required,
    "properties.requestRoutingRules[].properties.httpListener": required,
    "properties.urlPathMaps[].properties.pathRules[].properties.paths": required,
  },
  "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies": {
    location: required,
    "properties.managedRules.managedRuleSets": { limits: { minItems: 1 } },
  },
  "Microsoft.ManagedIdentity/userAssignedIdentities": {
    location: required,
  },
  "Microsoft.KeyVault/vaults": {
    location: required,
    "properties.publicNetworkAccess": { values: ["enabled", "disabled", "Enabled", "Disabled"] },
  },
};
