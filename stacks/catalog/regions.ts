/**
 * Azure regions of the public cloud, and whether Azure OpenAI can be had there.
 * Sources: Azure regions list; Azure OpenAI model matrix of the standard deployment types, 2026-06-11.
 */

/** Regions with at least one Azure OpenAI model. */
// biome-ignore format: a table
export const OPENAI_REGIONS = [
  "brazilsouth", "canadacentral", "canadaeast", "centralus", "eastus", "eastus2", "northcentralus", "southcentralus", "westus", "westus3",
  "francecentral", "germanywestcentral", "italynorth", "norwayeast", "polandcentral", "spaincentral", "swedencentral", "switzerlandnorth", "switzerlandwest", "uksouth", "westeurope",
  "australiaeast", "japaneast", "koreacentral", "southeastasia", "southindia",
  "southafricanorth", "uaenorth",
] as const;

/** Azure regions without Azure OpenAI: fit for the gateway, not for an account. */
// biome-ignore format: a table
const OTHER_REGIONS = [
  "brazilsoutheast", "chilecentral", "mexicocentral", "westcentralus", "westus2",
  "austriaeast", "belgiumcentral", "denmarkeast", "francesouth", "germanynorth", "northeurope", "norwaywest", "swedensouth", "ukwest",
  "australiacentral", "australiacentral2", "australiasoutheast", "centralindia", "eastasia", "indonesiacentral", "japanwest", "jioindiacentral", "jioindiawest", "koreasouth",
  "malaysiawest", "newzealandnorth", "westindia",
  "israelcentral", "qatarcentral", "southafricawest", "uaecentral",
] as const;

export const AZURE_REGIONS: readonly string[] = [...OPENAI_REGIONS, ...OTHER_REGIONS];
