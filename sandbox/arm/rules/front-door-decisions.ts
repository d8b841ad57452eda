/**
 * What Azure Front Door asks of bodies beyond the SDK's types and the published specification.
 * Ranges: terraform-provider-azurerm (cdn_frontdoor_*), Azure Front Door troubleshooting (origin response timeout 16 to 240 s).
 */
import type { Decision } from "./decisions.ts";

const required: Decision = { required: true };

export const frontDoorDecisions: Record<string, Record<string, Decision>> = {
  "Microsoft.Cdn/profiles": {
    location: required,
    // The others are SKUs of the retired Azure CDN, which has none of the types here.
    "sku.name": { required: true, values: ["Standard_AzureFrontDoor", "Premium_AzureFrontDoor"] },
    "properties.originResponseTimeoutSeconds": { limits: { minimum: 16, maximum: 240 } },
  },
  "Microsoft.Cdn/profiles/afdEndpoints": {
    location: required,
  },
  "Microsoft.Cdn/profiles/originGroups": {
    "properties.loadBalancingSettings.sampleSize": { limits: { minimum: 0, maximum: 255 } },
    "properties.loadBalancingSettings.successfulSamplesRequired": { limits: { minimum: 0, maximum: 255 } },
    "properties.loadBalancingSettings.additionalLatencyInMilliseconds": { limits: { minimum: 0, maximum: 1000 } },
    "properties.healthProbeSettings.probePath": { limits: { pattern: "^/" } },
  },
  "Microsoft.Cdn/profiles/originGroups/origins": {
    "properties.hostName": { required: true, limits: { pattern: "^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$" } },
    "properties.originHostHeader": { limits: { pattern: "^$|^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$" } },
  },
  "Microsoft.Cdn/profiles/afdEndpoints/routes": {
    properties: required,
    "properties.originGroup": required,
    "properties.originGroup.id": required,
    // Path patterns of one route (Azure Front Door service limits).
    "properties.patternsToMatch": { limits: { minItems: 1, maxItems: 25 } },
    "properties.supportedProtocols": { limits: { minItems: 1, maxItems: 2 } },
  },
  "Microsoft.Cdn/profiles/securityPolicies": {
    properties: required,
    "properties.parameters": required,
    "properties.parameters.wafPolicy": required,
    "properties.parameters.wafPolicy.id": required,
    "properties.parameters.associations": { required: true, limits: { minItems: 1 } },
    "properties.parameters.associations[].domains": { required: true, limits: { minItems: 1 } },
    "properties.parameters.associations[].domains[].id": required,
    "properties.parameters.associations[].patternsToMatch": required,
  },
  "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies": {
    location: required,
    "properties.customRules.rules[].name": required,
  },
};
