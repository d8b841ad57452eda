/**
 * Does the local Azure refuse what Azure refuses, and nothing else?
 *
 * The bodies are those of the shipped dev stack, built in process, and of a few resources that it does not have. Every property of every
 * body is mutated mechanically: dropped, renamed, mistyped, emptied, set off its list, too long, out of range, pointed at nothing or at the wrong thing.
 * Which mutations break a body is decided here, by the table SPECIFICATION below: what is required, closed, limited or a reference.
 * It was written by hand, property by property, and shares nothing with the checker. Renaming and mistyping always break.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { type Built, builtInProcess, type Sent } from "../cli/in-process.ts";
import { contextOf, MemoryArm } from "../sandbox/arm/memory.ts";
import type { ResourceBody } from "../sandbox/arm/resource.ts";
import { ArmError, acceptPut } from "../sandbox/arm/rules/index.ts";
import { checkPolicy } from "../sandbox/gateway/index.ts";

type Json = unknown;
type Body = ResourceBody;

interface Row {
  /** ARM refuses a body without it, given what else stands in the body. */
  required?: true | ((body: Body) => boolean);
  /** The only values that ARM takes. */
  closed?: readonly string[];
  /** Every value of `closed` is right here, whatever else the body says. */
  free?: true;
  maxLength?: number;
  range?: readonly [number, number];
  /** Must name something that exists. */
  refers?: true;
  /** Keys are the writer's own. */
  map?: true;
  /** An empty text is a value of its own here. */
  mayBeEmpty?: true;
}

const required = true as const;
const mayBeEmpty = true as const;
const YES_NO = ["Enabled", "Disabled"] as const;

const document: Record<string, Row> = { "properties.format": { closed: ["xml", "rawxml"] }, "properties.value": { required } };
const side = (name: string): Record<string, Row> =>
  Object.fromEntries(
    ["request", "response"].flatMap((half) => [
      [`properties.${name}.${half}`, {}],
      [`properties.${name}.${half}.headers`, {}],
      [`properties.${name}.${half}.body`, {}],
      [`properties.${name}.${half}.body.bytes`, { range: [0, 8192] }],
    ]),
  );
const envelope: Record<string, Row> = {
  location: { required, closed: ["swedencentral", "eastus2"] },
  tags: { map: true },
  "tags.*": { maxLength: 256 },
};
const global: Record<string, Row> = { ...envelope, location: { required, closed: ["global"] } };
const below = (path: string, rows: Record<string, Row>): Record<string, Row> =>
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [`${path}.${name}`, row]));
/** A list of named parts with properties, as network resources have them. */
const inner = (path: string): Record<string, Row> => ({
  [path]: { required },
  [`${path}[]`]: {},
  [`${path}[].name`]: { required },
  [`${path}[].properties`]: { required },
});
const reference = (path: string): Record<string, Row> => ({ [path]: { required }, [`${path}.id`]: { required, refers: true } });
const isPool = (body: Body) => body.properties.type === "Pool";
const usesTemplate = (body: Body) => String(body.properties.urlTemplate).includes("{");

// biome-ignore format: a table
const SPECIFICATION: Record<string, Record<string, Row>> = {
  "Microsoft.Resources/resourceGroups": { ...envelope, properties: {} },
  "Microsoft.OperationalInsights/workspaces": {
    ...envelope, properties: { required },
    "properties.sku": {}, "properties.sku.name": { required, closed: ["PerGB2018"] }, "properties.retentionInDays": { range: [30, 730] },
  },
  "Microsoft.Insights/components": {
    ...envelope, properties: { required }, kind: { required, mayBeEmpty },
    "properties.Application_Type": { required, closed: ["web", "other"], free: true }, "properties.IngestionMode": { closed: ["LogAnalytics"] },
    "properties.WorkspaceResourceId": { required, refers: true }, "properties.Flow_Type": { closed: ["Bluefield"] }, "properties.Request_Source": { closed: ["rest"] },
    "properties.publicNetworkAccessForIngestion": { closed: YES_NO, free: true }, "properties.publicNetworkAccessForQuery": { closed: YES_NO, free: true },
    "properties.DisableLocalAuth": {},
  },
  "Microsoft.CognitiveServices/accounts": {
    ...envelope, properties: { required }, kind: { required, closed: ["OpenAI", "AIServices"], free: true },
    sku: { required }, "sku.name": { required, closed: ["S0"] },
    identity: {}, "identity.type": { required, closed: ["SystemAssigned", "None"], free: true },
    // Network rules need the subdomain.
    "properties.customSubDomainName": { required: (body) => body.properties.networkAcls !== undefined, maxLength: 64 },
    "properties.disableLocalAuth": {}, "properties.publicNetworkAccess": { closed: YES_NO, free: true },
    "properties.networkAcls": {}, "properties.networkAcls.defaultAction": { closed: ["Allow", "Deny"], free: true },
  },
  "Microsoft.CognitiveServices/accounts/deployments": {
    properties: { required }, sku: { required }, "sku.name": { required, closed: ["GlobalStandard"] }, "sku.capacity": { required, range: [1, 1000] },
    "properties.model": { required }, "properties.model.format": { required, closed: ["OpenAI"] }, "properties.model.name": { required, refers: true },
    "properties.model.version": { refers: true },
    "properties.versionUpgradeOption": { closed: ["NoAutoUpgrade", "OnceCurrentVersionExpired", "OnceNewDefaultVersionAvailable"], free: true },
  },
  "Microsoft.ApiManagement/service": {
    ...envelope, properties: { required },
    sku: { required }, "sku.name": { required, closed: ["BasicV2", "StandardV2", "PremiumV2"], free: true }, "sku.capacity": { required, range: [1, 10] },
    identity: {}, "identity.type": { required, closed: ["SystemAssigned", "None"], free: true },
    "properties.publisherName": { required, maxLength: 100 }, "properties.publisherEmail": { required, maxLength: 100 },
    "properties.virtualNetworkType": { closed: ["None"] },
    "properties.disableGateway": {}, "properties.restore": {},
  },
  "Microsoft.Authorization/roleAssignments": {
    properties: { required },
    "properties.principalId": { required, refers: true }, "properties.roleDefinitionId": { required, refers: true },
    // What is left out counts as User.
    "properties.principalType": { required, closed: ["ServicePrincipal"] },
  },
  "Microsoft.ApiManagement/service/policies": { properties: { required }, ...document },
  "Microsoft.ApiManagement/service/apis/policies": { properties: { required }, ...document },
  "Microsoft.ApiManagement/service/products/policies": { properties: { required }, ...document },
  "Microsoft.ApiManagement/service/apis": {
    properties: { required }, "properties.displayName": { required, maxLength: 300 }, "properties.path": { required, maxLength: 400, mayBeEmpty }, "properties.description": {},
    "properties.protocols": {}, "properties.protocols[]": { closed: ["http", "https"], free: true },
    "properties.type": { closed: ["http", "soap", "graphql", "grpc", "odata"], free: true },
    "properties.subscriptionRequired": {}, "properties.subscriptionKeyParameterNames": {},
    "properties.subscriptionKeyParameterNames.header": {}, "properties.subscriptionKeyParameterNames.query": {},
  },
  "Microsoft.ApiManagement/service/apis/operations": {
    properties: { required }, "properties.displayName": { required, maxLength: 300 }, "properties.method": { required },
    "properties.urlTemplate": { required, maxLength: 1000 }, "properties.templateParameters": { required: usesTemplate }, "properties.templateParameters[]": {},
    "properties.templateParameters[].name": { required, refers: true }, "properties.templateParameters[].type": { required },
    "properties.templateParameters[].required": {},
  },
  "Microsoft.ApiManagement/service/backends": {
    properties: { required }, "properties.title": { maxLength: 300 }, "properties.description": { maxLength: 2000 },
    "properties.protocol": { required, closed: ["http", "soap"], free: true }, "properties.url": { required, maxLength: 2000 },
    "properties.tls": {}, "properties.tls.validateCertificateChain": {}, "properties.tls.validateCertificateName": {},
    "properties.circuitBreaker": {}, "properties.circuitBreaker.rules": { required }, "properties.circuitBreaker.rules[]": {},
    "properties.circuitBreaker.rules[].name": { required, maxLength: 80 }, "properties.circuitBreaker.rules[].acceptRetryAfter": {},
    "properties.circuitBreaker.rules[].tripDuration": { required, closed: ["PT10S", "PT1M", "PT1H30M", "P1D"], free: true },
    "properties.circuitBreaker.rules[].failureCondition": { required },
    "properties.circuitBreaker.rules[].failureCondition.count": { required, range: [1, 10_000] },
    "properties.circuitBreaker.rules[].failureCondition.interval": { required, closed: ["PT10S", "PT1M", "PT1H"], free: true },
    "properties.circuitBreaker.rules[].failureCondition.statusCodeRanges": { required },
    "properties.circuitBreaker.rules[].failureCondition.statusCodeRanges[]": {},
    "properties.circuitBreaker.rules[].failureCondition.statusCodeRanges[].min": { required, range: [200, 599] },
    "properties.circuitBreaker.rules[].failureCondition.statusCodeRanges[].max": { required, range: [200, 599] },
    "properties.type": { required: isPool, closed: ["Single", "Pool"] },
    "properties.pool": { required: isPool }, "properties.pool.services": { required }, "properties.pool.services[]": {},
    "properties.pool.services[].id": { required, refers: true },
    "properties.pool.services[].priority": { range: [0, 100] }, "properties.pool.services[].weight": { range: [0, 100] },
  },
  "Microsoft.ApiManagement/service/namedValues": {
    properties: { required }, "properties.displayName": { required, maxLength: 256 }, "properties.value": { required, maxLength: 4096 },
    "properties.secret": {}, "properties.tags": {}, "properties.tags[]": {},
  },
  "Microsoft.ApiManagement/service/loggers": {
    properties: { required }, "properties.loggerType": { required, closed: ["applicationInsights"] }, "properties.description": { maxLength: 256 },
    "properties.isBuffered": {}, "properties.resourceId": { refers: true }, "properties.credentials": { required },
    "properties.credentials.connectionString": { required }, "properties.credentials.identityClientId": { closed: ["SystemAssigned"] },
  },
  "Microsoft.ApiManagement/service/diagnostics": {
    properties: { required }, "properties.loggerId": { required, refers: true }, "properties.metrics": {}, "properties.logClientIp": {},
    "properties.verbosity": { closed: ["verbose", "information", "error"], free: true },
    "properties.httpCorrelationProtocol": { closed: ["None", "Legacy", "W3C"], free: true }, "properties.alwaysLog": { closed: ["allErrors"] },
    "properties.sampling": {}, "properties.sampling.samplingType": { required, closed: ["fixed"] }, "properties.sampling.percentage": { required, range: [0, 100] },
    "properties.frontend": {}, ...side("frontend"), "properties.backend": {}, ...side("backend"),
  },
  "Microsoft.ApiManagement/service/products": {
    properties: { required }, "properties.displayName": { required, maxLength: 300 }, "properties.description": { maxLength: 1000 },
    "properties.subscriptionRequired": {}, "properties.approvalRequired": {}, "properties.state": { closed: ["notPublished", "published"], free: true },
    "properties.subscriptionsLimit": { range: [1, Number.POSITIVE_INFINITY] },
  },
  "Microsoft.ApiManagement/service/products/apis": { properties: {} },
  "Microsoft.Network/virtualNetworks": {
    ...envelope, properties: { required }, "properties.addressSpace": { required }, "properties.addressSpace.addressPrefixes": { required },
    "properties.addressSpace.addressPrefixes[]": { refers: true }, "properties.enableDdosProtection": {}, "properties.enableVmProtection": {},
  },
  "Microsoft.Network/virtualNetworks/subnets": {
    properties: { required }, "properties.addressPrefix": { required, refers: true },
    "properties.networkSecurityGroup": {}, "properties.networkSecurityGroup.id": { required, refers: true },
    ...inner("properties.delegations"), "properties.delegations": {}, "properties.delegations[].properties.serviceName": { required, refers: true },
    "properties.privateEndpointNetworkPolicies": { closed: YES_NO, free: true }, "properties.privateLinkServiceNetworkPolicies": { closed: YES_NO, free: true },
  },
  "Microsoft.Network/networkSecurityGroups": {
    ...envelope, properties: {}, ...inner("properties.securityRules"), "properties.securityRules": {},
    ...below("properties.securityRules[].properties", {
      access: { required, closed: ["Allow", "Deny"], free: true }, direction: { required, closed: ["Inbound", "Outbound"] }, description: { maxLength: 140 },
      priority: { required, range: [100, 4096] }, protocol: { required, closed: ["Tcp", "Udp", "*"], free: true },
      sourceAddressPrefix: { required, refers: true }, destinationAddressPrefix: { required, refers: true }, sourcePortRange: { required, refers: true },
      destinationPortRange: { required, refers: true }, destinationPortRanges: { required }, "destinationPortRanges[]": { refers: true },
    }),
  },
  "Microsoft.Network/publicIPAddresses": {
    ...envelope, properties: { required }, sku: { required }, "sku.name": { required, closed: ["Standard"] },
    "properties.publicIPAllocationMethod": { required, closed: ["Static"] },
  },
  "Microsoft.Network/privateEndpoints": {
    ...envelope, properties: { required }, "properties.subnet": { required }, "properties.subnet.id": { required, refers: true }, "properties.subnet.properties": {},
    "properties.subnet.properties.privateEndpointNetworkPolicies": { closed: YES_NO, free: true },
    "properties.subnet.properties.privateLinkServiceNetworkPolicies": { closed: YES_NO, free: true },
    ...inner("properties.privateLinkServiceConnections"),
    ...below("properties.privateLinkServiceConnections[].properties", {
      groupIds: { required }, "groupIds[]": { closed: ["account"] }, privateLinkServiceId: { required, refers: true },
    }),
  },
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": {
    properties: { required }, ...inner("properties.privateDnsZoneConfigs"),
    "properties.privateDnsZoneConfigs[].properties.privateDnsZoneId": { required, refers: true },
  },
  "Microsoft.Network/privateDnsZones": { ...global, properties: {} },
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks": {
    ...global, properties: { required }, "properties.registrationEnabled": {},
    "properties.virtualNetwork": { required }, "properties.virtualNetwork.id": { required, refers: true },
  },
  "Microsoft.Network/privateDnsZones/A": {
    properties: { required }, "properties.ttl": { required, range: [1, 2_147_483_647] },
    "properties.aRecords": { required }, "properties.aRecords[]": {}, "properties.aRecords[].ipv4Address": { required, refers: true },
  },
  "Microsoft.Network/applicationGateways": {
    ...envelope, properties: { required },
    ...below("properties", {
      sku: { required }, "sku.name": { required, closed: ["WAF_v2"] }, "sku.tier": { required, closed: ["WAF_v2"] },
      autoscaleConfiguration: { required }, "autoscaleConfiguration.minCapacity": { required, range: [0, 125] }, "autoscaleConfiguration.maxCapacity": { range: [2, 125] },
      firewallPolicy: { required }, "firewallPolicy.id": { required, refers: true },
      globalConfiguration: {}, "globalConfiguration.enableRequestBuffering": { required }, "globalConfiguration.enableResponseBuffering": { required },
      sslPolicy: {}, "sslPolicy.policyType": { required, closed: ["Predefined"] }, "sslPolicy.policyName": { required, closed: ["AppGwSslPolicy20220101"] },
    }),
    ...inner("properties.gatewayIPConfigurations"), ...reference("properties.gatewayIPConfigurations[].properties.subnet"),
    ...inner("properties.frontendIPConfigurations"),
    ...below("properties.frontendIPConfigurations[].properties", {
      ...reference("publicIPAddress"), ...reference("subnet"),
      privateIPAddress: { required, refers: true }, privateIPAllocationMethod: { required, closed: ["Static"] },
    }),
    ...inner("properties.frontendPorts"), "properties.frontendPorts[].properties.port": { required, range: [1, 65_535] },
    ...inner("properties.sslCertificates"), "properties.sslCertificates[].properties.data": { required }, "properties.sslCertificates[].properties.password": { required },
    ...inner("properties.backendAddressPools"), "properties.backendAddressPools[].properties": {},
    ...below("properties.backendAddressPools[].properties", { backendAddresses: {}, "backendAddresses[]": {}, "backendAddresses[].fqdn": { required } }),
    ...inner("properties.backendHttpSettingsCollection"),
    ...below("properties.backendHttpSettingsCollection[].properties", {
      port: { required, range: [1, 65_535] }, protocol: { required, closed: ["Https"] }, requestTimeout: { range: [1, 86_400] }, path: {},
      cookieBasedAffinity: { closed: YES_NO, free: true }, pickHostNameFromBackendAddress: { required },
      connectionDraining: {}, "connectionDraining.enabled": { required }, "connectionDraining.drainTimeoutInSec": { required, range: [1, 3600] },
      probe: {}, "probe.id": { required, refers: true },
    }),
    ...inner("properties.probes"),
    ...below("properties.probes[].properties", {
      protocol: { required, closed: ["Https"] }, path: { required }, pickHostNameFromBackendHttpSettings: { required },
      interval: { required, range: [1, 86_400] }, timeout: { required, range: [1, 86_400] }, unhealthyThreshold: { required, range: [1, 20] },
      match: {}, "match.statusCodes": {}, "match.statusCodes[]": { closed: ["200-399"] },
    }),
    ...inner("properties.httpListeners"),
    ...below("properties.httpListeners[].properties", {
      ...reference("frontendIPConfiguration"), ...reference("frontendPort"), ...reference("sslCertificate"), protocol: { required, closed: ["Https"] },
    }),
    ...inner("properties.requestRoutingRules"),
    ...below("properties.requestRoutingRules[].properties", {
      ...reference("httpListener"), ...reference("urlPathMap"), priority: { required, range: [1, 20_000] }, ruleType: { required, closed: ["PathBasedRouting"] },
    }),
    ...inner("properties.urlPathMaps"),
    ...below("properties.urlPathMaps[].properties", {
      ...reference("defaultBackendAddressPool"), ...reference("defaultBackendHttpSettings"), ...inner("pathRules"),
      ...below("pathRules[].properties", { ...reference("backendAddressPool"), ...reference("backendHttpSettings"), paths: { required }, "paths[]": {} }),
    }),
  },
  "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies": {
    ...envelope, properties: { required }, "properties.managedRules": { required }, "properties.managedRules.managedRuleSets": { required },
    "properties.managedRules.managedRuleSets[]": {}, "properties.managedRules.managedRuleSets[].ruleSetType": { required, closed: ["Microsoft_DefaultRuleSet"] },
    "properties.managedRules.managedRuleSets[].ruleSetVersion": { required, closed: ["2.1"] },
    ...below("properties.policySettings", {
      state: { closed: YES_NO, free: true }, mode: { closed: ["Prevention", "Detection"], free: true },
      requestBodyCheck: {}, requestBodyEnforcement: {}, fileUploadEnforcement: {},
    }), "properties.policySettings": {},
  },
  "Microsoft.Cdn/profiles": {
    ...global, sku: { required }, "sku.name": { required, closed: ["Standard_AzureFrontDoor"] }, properties: {}, "properties.originResponseTimeoutSeconds": { range: [16, 240] },
  },
  "Microsoft.Cdn/profiles/afdEndpoints": { ...global, properties: {}, "properties.enabledState": { closed: YES_NO, free: true } },
  "Microsoft.Cdn/profiles/originGroups": {
    properties: {}, "properties.sessionAffinityState": { closed: ["Disabled"] },
    "properties.loadBalancingSettings": {}, "properties.loadBalancingSettings.sampleSize": { range: [0, 255] },
    "properties.loadBalancingSettings.successfulSamplesRequired": {}, "properties.loadBalancingSettings.additionalLatencyInMilliseconds": { range: [0, 1000] },
    "properties.healthProbeSettings": {}, "properties.healthProbeSettings.probePath": {}, "properties.healthProbeSettings.probeProtocol": { closed: ["Http", "Https"], free: true },
    "properties.healthProbeSettings.probeRequestType": { closed: ["GET", "HEAD"], free: true }, "properties.healthProbeSettings.probeIntervalInSeconds": { range: [1, 255] },
  },
  "Microsoft.Cdn/profiles/originGroups/origins": {
    properties: { required }, "properties.hostName": { required }, "properties.originHostHeader": {}, "properties.httpPort": { range: [1, 65_535] }, "properties.httpsPort": { range: [1, 65_535] },
    "properties.priority": { range: [1, 5] }, "properties.weight": { range: [1, 1000] }, "properties.enabledState": { closed: YES_NO, free: true }, "properties.enforceCertificateNameCheck": {},
  },
  "Microsoft.Cdn/profiles/afdEndpoints/routes": {
    properties: { required }, ...reference("properties.originGroup"), "properties.originPath": {}, "properties.enabledState": { closed: YES_NO, free: true },
    "properties.patternsToMatch": {}, "properties.patternsToMatch[]": {}, "properties.linkToDefaultDomain": { closed: ["Enabled"] },
    "properties.supportedProtocols": {}, "properties.supportedProtocols[]": { closed: ["Https"] }, "properties.httpsRedirect": { closed: ["Disabled"] },
    "properties.forwardingProtocol": { closed: ["HttpsOnly", "HttpOnly", "MatchRequest"], free: true },
  },
  "Microsoft.Cdn/profiles/securityPolicies": {
    properties: { required }, "properties.parameters": { required }, "properties.parameters.type": { required, closed: ["WebApplicationFirewall"] },
    ...reference("properties.parameters.wafPolicy"), "properties.parameters.associations": { required }, "properties.parameters.associations[]": {},
    "properties.parameters.associations[].domains": { required }, "properties.parameters.associations[].domains[]": {},
    "properties.parameters.associations[].domains[].id": { required, refers: true },
    "properties.parameters.associations[].patternsToMatch": { required }, "properties.parameters.associations[].patternsToMatch[]": { closed: ["/*"] },
  },
  "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies": {
    // Without a SKU it is one of the classic Front Door.
    ...global, sku: {}, "sku.name": { closed: ["Standard_AzureFrontDoor"] }, properties: {},
    "properties.policySettings": {}, "properties.policySettings.enabledState": { closed: YES_NO, free: true },
    "properties.policySettings.mode": { closed: ["Prevention", "Detection"], free: true }, "properties.policySettings.requestBodyCheck": { closed: YES_NO, free: true },
    "properties.customRules": {}, "properties.customRules.rules": {}, "properties.customRules.rules[]": {},
    ...below("properties.customRules.rules[]", {
      name: { required }, priority: { required }, ruleType: { required, closed: ["MatchRule"] }, action: { required, closed: ["Allow", "Block", "Log"], free: true },
      enabledState: { closed: YES_NO, free: true }, matchConditions: { required }, "matchConditions[]": {}, "matchConditions[].matchVariable": { required },
      "matchConditions[].operator": { required }, "matchConditions[].selector": { required }, "matchConditions[].matchValue": { required },
      "matchConditions[].matchValue[]": {}, "matchConditions[].negateCondition": {},
    }),
  },
  "Microsoft.ApiManagement/service/subscriptions": {
    properties: { required }, "properties.displayName": { required, maxLength: 100 }, "properties.scope": { required, refers: true },
    "properties.state": { closed: ["suspended", "active", "expired", "submitted", "rejected", "cancelled"], free: true },
    "properties.primaryKey": { maxLength: 256 }, "properties.secondaryKey": { maxLength: 256 },
  },
};

/** Longest names, and one character that each type refuses (resource name rules, ARM specification). */
// biome-ignore format: a table
const NAMES: Record<string, { maxLength: number; forbidden: string } | undefined> = {
  "Microsoft.Resources/resourceGroups": { maxLength: 90, forbidden: "*" },
  "Microsoft.OperationalInsights/workspaces": { maxLength: 63, forbidden: "_" },
  "Microsoft.Insights/components": { maxLength: 260, forbidden: "%" },
  "Microsoft.CognitiveServices/accounts": { maxLength: 64, forbidden: "*" },
  "Microsoft.CognitiveServices/accounts/deployments": { maxLength: 64, forbidden: "*" },
  "Microsoft.ApiManagement/service": { maxLength: 50, forbidden: "_" },
  "Microsoft.ApiManagement/service/apis": { maxLength: 256, forbidden: "#" },
  "Microsoft.ApiManagement/service/apis/operations": { maxLength: 80, forbidden: "#" },
  "Microsoft.ApiManagement/service/backends": { maxLength: 80, forbidden: "#" },
  "Microsoft.ApiManagement/service/namedValues": { maxLength: 256, forbidden: "#" },
  "Microsoft.ApiManagement/service/loggers": { maxLength: 256, forbidden: "#" },
  "Microsoft.ApiManagement/service/products": { maxLength: 80, forbidden: "#" },
  "Microsoft.ApiManagement/service/subscriptions": { maxLength: 256, forbidden: "#" },
  "Microsoft.Network/virtualNetworks": { maxLength: 64, forbidden: "*" },
  "Microsoft.Network/virtualNetworks/subnets": { maxLength: 80, forbidden: "*" },
  "Microsoft.Network/networkSecurityGroups": { maxLength: 80, forbidden: "*" },
  "Microsoft.Network/publicIPAddresses": { maxLength: 80, forbidden: "*" },
  "Microsoft.Network/privateEndpoints": { maxLength: 80, forbidden: "*" },
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": { maxLength: 80, forbidden: "*" },
  "Microsoft.Network/privateDnsZones": { maxLength: 253, forbidden: "*" },
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks": { maxLength: 80, forbidden: "*" },
  "Microsoft.Network/applicationGateways": { maxLength: 80, forbidden: "*" },
  "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies": { maxLength: 128, forbidden: "*" },
  "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies": { maxLength: 128, forbidden: "-" },
  "Microsoft.Cdn/profiles": { maxLength: 260, forbidden: "_" },
  "Microsoft.Cdn/profiles/afdEndpoints": { maxLength: 46, forbidden: "_" },
  "Microsoft.Cdn/profiles/originGroups": { maxLength: 90, forbidden: "_" },
  "Microsoft.Cdn/profiles/originGroups/origins": { maxLength: 90, forbidden: "_" },
  "Microsoft.Cdn/profiles/afdEndpoints/routes": { maxLength: 90, forbidden: "_" },
  "Microsoft.Cdn/profiles/securityPolicies": { maxLength: 260, forbidden: "_" },
};

/** Codes of ARM, Cognitive Services, API Management, Authorization, Log Analytics and Application Insights. */
// biome-ignore format: a table
const AZURE_CODES = [
  "AccountProvisioningStateInvalid", "BadRequest", "CustomDomainInUse", "DeploymentModelNotSupported", "InsufficientQuota", "InvalidApiSetId",
  "InvalidIdentityValues", "InvalidParameter", "InvalidRequestContent", "InvalidResourceName", "InvalidResourceProperties", "InvalidRoleAssignmentId",
  "InvalidRoleDefinitionId", "InvalidSkuId", "InvalidTagValueLength", "LocationNotAvailableForResourceGroup", "LocationNotAvailableForResourceType",
  "LocationRequired", "NetworkAclsNotSupported", "ParentResourceNotFound", "PrincipalNotFound", "ResourceGroupNotFound", "ResourceNotFound",
  "RoleDefinitionDoesNotExist", "UnmatchedPrincipalType", "ValidationError",
  "ApplicationGatewayFirewallNotConfiguredForSelectedSku", "ApplicationGatewayFrontendIpCannotHavePublicIpAndSubnet", "ApplicationGatewayProbeHostIsNullOrEmpty",
  "ApplicationGatewayProbeProtocolMustMatchBackendHttpSettingsProtocol", "ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty",
  "ApplicationGatewaySslCertificateDataMustBeSpecified", "ApplicationGatewaySslCertificateInvalidData", "IPv4BasicSkuPublicIpCountLimitReached",
  "InvalidAddressPrefixFormat", "InvalidRequestFormat", "InvalidResourceReference", "LinkedInvalidPropertyId", "PrivateIPAddressNotInSubnet",
  "SecurityRuleInvalidAddressPrefix", "SecurityRuleInvalidPortRange", "SecurityRuleInvalidPriority",
  "StandardAndStandardV2SkuPublicIPAddressesMustBeStatic",
];

interface Mutation {
  kind: string;
  /** Path of the row, and what was done there. */
  what: string;
  id: string;
  body: Body;
  breaking: boolean;
}

/** A value of another JSON type, such that no lenient reader could convert it. */
function ofAnotherType(value: Json): Json {
  if (typeof value === "string") return { not: "text" };
  if (typeof value === "number") return "many";
  if (typeof value === "boolean") return "perhaps";
  return Array.isArray(value) ? { not: "a list" } : "not an object";
}

/** Longer by one than allowed, otherwise of the same look. */
function tooLong(value: string, maxLength: number): string {
  return value + "x".repeat(Math.max(1, maxLength + 1 - value.length));
}

function mutationsOf(sent: Sent): Mutation[] {
  const rows = SPECIFICATION[sent.type] ?? {};
  const found: Mutation[] = [];
  const add = (kind: string, what: string, breaking: boolean, change: (copy: Body) => void, id = sent.id) => {
    const body = structuredClone(sent.body);
    change(body);
    found.push({ kind, what: `${sent.type} ${what}`, id, body, breaking });
  };

  const visit = (container: object, steps: (string | number)[], path: string): void => {
    for (const [key, value] of Object.entries(container)) {
      const inList = Array.isArray(container);
      const inMap = rows[path]?.map === true;
      const here = inList ? `${path}[]` : inMap ? `${path}.*` : path ? `${path}.${key}` : key;
      const row = rows[here];
      if (!row) throw new Error(`SPECIFICATION has no row for ${sent.type} ${here}`);
      const at = [...steps, inList ? Number(key) : key];
      const set = (replacement: Json) => (copy: Body) => {
        // biome-ignore lint/suspicious/noExplicitAny: a walk through JSON.
        const holder = at.slice(0, -1).reduce((inner: any, step) => inner[step], copy);
        holder[at.at(-1) as string] = replacement;
      };
      const remove = (copy: Body) => {
        // biome-ignore lint/suspicious/noExplicitAny: a walk through JSON.
        const holder = at.slice(0, -1).reduce((inner: any, step) => inner[step], copy);
        delete holder[at.at(-1) as string];
      };
      const isRequired = typeof row.required === "function" ? row.required(sent.body) : row.required === true;
      if (!inList) {
        add("drop", `${here} dropped`, isRequired, remove);
        if (!inMap)
          add("rename", `${here} renamed`, true, (copy) => {
            remove(copy);
            // biome-ignore lint/suspicious/noExplicitAny: a walk through JSON.
            at.slice(0, -1).reduce((inner: any, step) => inner[step], copy)[`${key}X`] = value;
          });
      }
      if (isRequired && !inList) add("null", `${here} is null`, true, set(null));
      if (isRequired && typeof value === "string" && !row.mayBeEmpty) add("empty", `${here} is empty`, true, set(""));
      if (row.refers && String(value).startsWith("/"))
        add("wrong target", `${here} names a resource of another type`, true, set(sent.id));
      add("mistype", `${here} of another type`, true, set(ofAnotherType(value)));
      if (row.closed) add("off-list", `${here} off its list`, true, set("NoSuchValue"));
      if (row.closed && row.free)
        for (const other of row.closed) if (other !== value) add("listed", `${here} = ${other}`, false, set(other));
      if (row.maxLength && typeof value === "string") {
        add("too long", `${here} of ${row.maxLength + 1} characters`, true, set(tooLong(value, row.maxLength)));
        if (!row.refers)
          add(
            "as long as allowed",
            `${here} of ${row.maxLength} characters`,
            false,
            set(tooLong(value, row.maxLength).slice(0, row.maxLength)),
          );
      }
      if (row.range && typeof value === "number") {
        for (const beyond of [row.range[0] - 1, row.range[1] + 1].filter(Number.isFinite))
          add("out of range", `${here} = ${beyond}`, true, set(beyond));
        add(
          "out of range",
          `${here} = ${value + 0.5}`,
          !here.endsWith("percentage"),
          set(value === 100 && here.endsWith("percentage") ? 99.5 : value + 0.5),
        );
      }
      if (row.refers && typeof value === "string")
        add("dangling", `${here} names nothing`, true, set(`${value.slice(0, -1)}${value.endsWith("0") ? "1" : "0"}-gone`));
      if (typeof value === "object" && value !== null) visit(value, at, here);
    }
  };
  visit(sent.body, [], "");

  const unknown = { noSuchProperty: true };
  add("unknown", "an unknown envelope property", true, (copy) => void Object.assign(copy, unknown));
  add("unknown", "an unknown property", true, (copy) => {
    copy.properties = { ...copy.properties, ...unknown };
  });
  const names = NAMES[sent.type];
  if (names) {
    const [head, name] = [sent.id.slice(0, sent.id.lastIndexOf("/") + 1), sent.id.slice(sent.id.lastIndexOf("/") + 1)];
    add("name", "a name that is too long", true, () => {}, head + tooLong(name, names.maxLength));
    add("name", `a name with ${names.forbidden}`, true, () => {}, `${head}${name.slice(0, 3)}${names.forbidden}${name.slice(3)}`);
  }
  const segments = sent.id.split("/");
  for (const at of [segments.indexOf("resourceGroups") + 1, segments.length - 3]) {
    const isParent = at > 4 || (at === 4 && sent.type !== "Microsoft.Resources/resourceGroups");
    if (isParent && !segments[at - 1]?.includes("providers") && !segments[at]?.startsWith("Microsoft."))
      add(
        "dangling",
        `a parent ${segments[at - 1]} that is not there`,
        true,
        () => {},
        segments.with(at, `${segments[at]}-gone`).join("/"),
      );
  }
  if (sent.type.endsWith("/policies")) found.push(...documentMutations(sent));
  return found;
}

/** The document with one element more at the beginning of its inbound section. */
function withFirst(document: string, element: string): string {
  return document.replace(/<inbound\s*\/>/, "<inbound></inbound>").replace("<inbound>", `<inbound>${element}`);
}

/** Policy documents that API Management does not take. */
function documentMutations(sent: Sent): Mutation[] {
  const value = String(sent.body.properties.value);
  const inbound = (element: string) => withFirst(value, element);
  const changes: [what: string, value: string][] = [
    ["not well-formed", value.trimEnd().slice(0, -1)],
    ["another root", value.replaceAll(/(<\/?)policies\b/g, "$1rules")],
    ["an unknown element", inbound("<teleport />")],
    ["an unknown section", value.replace("<inbound", "<sideways /><inbound")],
    ["an element in the wrong section", inbound("<forward-request />")],
    ["a backend that is not there", inbound('<set-backend-service backend-id="nobody" />')],
    [
      "a named value that is not there",
      inbound('<set-header name="x" exists-action="override"><value>{{nobody}}</value></set-header>'),
    ],
    ["an expression with an unknown name", inbound('<set-variable name="x" value="@(context.Nobody)" />')],
    ["an expression that is not C#", inbound('<set-variable name="x" value="@(1 +)" />')],
    ["a condition that is no bool", inbound('<choose><when condition="@(1)"></when></choose>')],
    ["an unknown attribute", inbound('<set-variable name="x" value="y" colour="red" />')],
    ["a document above 512 KiB", inbound(`<!--${"x".repeat(512 * 1024)}-->`)],
  ];
  return changes.map(([what, text]) => {
    expect(text, what).not.toBe(value);
    return {
      kind: "document",
      what: `${sent.type} ${what}`,
      id: sent.id,
      breaking: true,
      body: { properties: { ...sent.body.properties, value: text } },
    };
  });
}

/** What the dev stack does not have: a secret, a workspace of another kind would add nothing. */
function more(service: string): Sent[] {
  return [
    {
      id: `${service}/namedValues/shared-secret`,
      type: "Microsoft.ApiManagement/service/namedValues",
      body: { properties: { displayName: "shared-secret", value: "hunter2", secret: true, tags: ["a"] } },
    },
    {
      id: `${service}/products/wide`,
      type: "Microsoft.ApiManagement/service/products",
      body: {
        properties: {
          displayName: "Wide",
          description: "Many subscriptions",
          subscriptionRequired: true,
          subscriptionsLimit: 5,
          state: "published",
        },
      },
    },
    {
      id: `${service}/subscriptions/wide`,
      type: "Microsoft.ApiManagement/service/subscriptions",
      body: {
        properties: {
          displayName: "Wide",
          scope: `${service}/products/wide`,
          primaryKey: "first-key",
          secondaryKey: "second-key",
        },
      },
    },
  ];
}

interface Case {
  sent: Sent;
  /** What was there before it was sent, and in the end. */
  before: MemoryArm;
  after: MemoryArm;
  mutations: Mutation[];
}
let cases: Case[];

/** Every body of a build that `wanted` says, with what stood before it. */
function casesOf({ sent: all, arm }: Built, wanted: (type: string) => boolean): Case[] {
  return all.flatMap((sent, index) => {
    if (!wanted(sent.type)) return [];
    const still = new Set(all.slice(index).map(({ id }) => id));
    const before = new MemoryArm(
      arm.resources.filter(({ id }) => !still.has(id)),
      arm.secrets,
    );
    return [{ sent, before, after: arm, mutations: mutationsOf(sent) }];
  });
}

/** Of the dev stack all types, of the other topologies those that it does not have. */
const OTHERS = [
  { topology: "application-gateway", applicationGateway: { host: "openai.contoso.example", selfSigned: true, firewall: true } },
  { topology: "front-door" },
];

beforeAll(async () => {
  const built = await builtInProcess("dev");
  const service = built.sent.find(({ type }) => type === "Microsoft.ApiManagement/service")?.id ?? "";
  for (const sent of more(service)) {
    built.arm.put(sent.id, sent.type, sent.body);
    built.sent.push(sent);
  }
  cases = casesOf(built, () => true);
  for (const values of OTHERS) {
    const known = new Set(cases.map(({ sent }) => sent.type));
    cases.push(...casesOf(await builtInProcess("dev", values), (type) => !known.has(type)));
  }
});

/** Azure's code, or undefined when the body is taken. Anything but an ArmError is a crash and fails the test. */
function codeOf({ id, body }: { id: string; body: Body }, type: string, arm: MemoryArm): string | undefined {
  try {
    acceptPut(id, type, body, arm.get(id), contextOf(arm, { checkPolicy }));
    return undefined;
  } catch (error) {
    if (!(error instanceof ArmError)) throw error;
    return error.code;
  }
}

describe("bodies of other stacks", () => {
  const REGIONS = ["swedencentral", "eastus2"];
  // biome-ignore format: a table
  it.each<[what: string, stack: string, values: Record<string, unknown>]>([
    ["the deck, 12 regions of retired models on its own day", "deck", {}],
    ["a classic gateway", "dev", { gateway: { family: "classic", publisherName: "A", publisherEmail: "a@b.example" } }],
    ["two subscriptions in one region, each with the whole quota of regional embeddings", "dev", { regions: ["eastus2", { region: "eastus2", subscription: "00000000-0000-4000-8000-000000000002", as: "eastus2-b" }], models: [{ deployment: "embed", model: "text-embedding-3-large", version: "1", sku: "Standard", tpm: 350_000 }] }],
    ["provisioned beside pay-as-you-go", "dev", { acceptProvisionedCost: true, regions: REGIONS, models: [{ deployment: "chat", model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard", tpm: 1_000_000, provisioned: [{ region: "eastus2", sku: "GlobalProvisionedManaged", ptu: 50 }] }] }],
  ])("takes every body of %s", async (_, stack, values) => {
    const { sent } = await builtInProcess(stack, values);
    expect(sent.length).toBeGreaterThan(20);
  });
});

describe("mechanical mutations of our own ARM bodies", () => {
  it("takes every body as it is: as a creation, and once more as an update", () => {
    for (const { sent, before, after } of cases) {
      expect(codeOf(sent, sent.type, before), sent.id).toBeUndefined();
      expect(codeOf(sent, sent.type, after), `${sent.id} again`).toBeUndefined();
    }
  });

  it("refuses at least 95 % of at least 500 breaking ones with Azure's code, and no valid one", () => {
    type Count = Record<"breaking" | "refused" | "valid" | "taken", number>;
    const counts: Record<string, Count> = {};
    const missed: string[] = [];
    const wronged: string[] = [];
    for (const { sent, before, mutations } of cases)
      for (const mutation of mutations) {
        const code = codeOf(mutation, sent.type, before);
        counts[mutation.kind] ??= { breaking: 0, refused: 0, valid: 0, taken: 0 };
        const count = counts[mutation.kind] as Count;
        if (mutation.breaking) {
          count.breaking++;
          if (code !== undefined && AZURE_CODES.includes(code)) count.refused++;
          else missed.push(`${mutation.what}: ${code ?? "taken"}`);
        } else {
          count.valid++;
          if (code === undefined) count.taken++;
          else wronged.push(`${mutation.what}: ${code}`);
        }
      }
    const sum = (key: keyof Count) => Object.values(counts).reduce((total, count) => total + count[key], 0);
    console.table({
      ...counts,
      total: { breaking: sum("breaking"), refused: sum("refused"), valid: sum("valid"), taken: sum("taken") },
    });
    if (missed.length > 0) console.log(`breaking but taken:\n${[...new Set(missed)].join("\n")}`);
    expect(wronged).toEqual([]);
    expect(sum("breaking")).toBeGreaterThanOrEqual(500);
    expect(sum("refused") / sum("breaking")).toBeGreaterThanOrEqual(0.95);
  });
});
