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

/**
 * Regions whose row in Azure's list "Availability of v2 tiers and workspace gateways" (API Management, 2026-05-08) has BasicV2 and StandardV2;
 * Canada East is in a later copy, Southeast Asia in an earlier one. New services may be stopped for a while where capacity is short.
 */
// biome-ignore format: a table
const V2_REGIONS = [
  "brazilsouth", "canadacentral", "canadaeast", "centralus", "eastus", "eastus2", "northcentralus", "southcentralus", "westus", "westus2",
  "francecentral", "germanywestcentral", "italynorth", "northeurope", "norwayeast", "swedencentral", "switzerlandnorth", "uksouth", "ukwest", "westeurope",
  "australiacentral", "australiaeast", "australiasoutheast", "centralindia", "eastasia", "japaneast", "koreacentral", "southeastasia", "southindia",
  "southafricanorth", "uaenorth",
];
/** The same list's column of PremiumV2. */
// biome-ignore format: a table
const PREMIUM_V2_REGIONS = [
  "canadacentral", "centralus", "eastus2", "germanywestcentral", "norwayeast", "swedencentral", "uksouth", "australiaeast", "koreacentral",
];

/** Day of that list. */
export const GATEWAY_REGIONS_DATE = "2026-05-08";

/** Regions in which a gateway of this SKU is listed; undefined: it is not limited to a list. */
export function gatewayRegions(sku: string): readonly string[] | undefined {
  if (sku === "PremiumV2") return PREMIUM_V2_REGIONS;
  if (sku === "StandardV2") return [...V2_REGIONS, "westus3"];
  return sku === "BasicV2" ? V2_REGIONS : undefined;
}
