/**
 * The only import of azure-native, by submodule: the package root costs 0.26 s of CPU at every run.
 * API versions are the defaults of @pulumi/azure-native 3.28.0: cognitiveservices 2025-06-01, apimanagement 2024-05-01
 * (older ones refuse v2 SKUs), resources 2024-03-01, operationalinsights 2023-09-01, applicationinsights 2020-02-02, network 2024-05-01,
 * privatedns 2024-06-01, managedidentity 2023-01-31, cdn 2025-06-01, frontdoor 2025-11-01, authorization 2022-04-01.
 */
export * as apimanagement from "@pulumi/azure-native/apimanagement/index.js";
export * as applicationinsights from "@pulumi/azure-native/applicationinsights/index.js";
export * as authorization from "@pulumi/azure-native/authorization/index.js";
export * as cdn from "@pulumi/azure-native/cdn/index.js";
export * as cognitiveservices from "@pulumi/azure-native/cognitiveservices/index.js";
export * as frontdoor from "@pulumi/azure-native/frontdoor/index.js";
export * as managedidentity from "@pulumi/azure-native/managedidentity/index.js";
export * as network from "@pulumi/azure-native/network/index.js";
export * as operationalinsights from "@pulumi/azure-native/operationalinsights/index.js";
export * as privatedns from "@pulumi/azure-native/privatedns/index.js";
export { Provider } from "@pulumi/azure-native/provider.js";
export * as resources from "@pulumi/azure-native/resources/index.js";

/** Built-in roles by id. Source: Azure built-in roles. */
export const ROLES = {
  /** "Cognitive Services OpenAI User": inference with an Entra token. */
  openAiUser: "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
  /** "Cognitive Services Data Contributor (Preview)": every call of the data plane, and nothing of Resource Manager's. */
  dataContributor: "19c28022-e58e-450d-a464-0b2a53034789",
  /** "Monitoring Metrics Publisher": sends telemetry with an Entra token. */
  metricsPublisher: "3913510d-42f4-4e42-8a64-420c390055eb",
  /** "Key Vault Secrets User": reads secrets, also those behind certificates. */
  keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
} as const;
