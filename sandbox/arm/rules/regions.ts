/**
 * Azure regions: name -> display name. Source: Azure geographies, the regions that the Azure OpenAI model tables name
 * (2023-11-22 to 2026-06-11) and those that stand beside them in API Management's.
 */
export const regions: Record<string, string> = {
  australiaeast: "Australia East",
  australiasoutheast: "Australia Southeast",
  brazilsouth: "Brazil South",
  canadacentral: "Canada Central",
  canadaeast: "Canada East",
  centralindia: "Central India",
  centralus: "Central US",
  eastasia: "East Asia",
  eastus: "East US",
  eastus2: "East US 2",
  francecentral: "France Central",
  germanywestcentral: "Germany West Central",
  italynorth: "Italy North",
  japaneast: "Japan East",
  japanwest: "Japan West",
  koreacentral: "Korea Central",
  northcentralus: "North Central US",
  northeurope: "North Europe",
  norwayeast: "Norway East",
  polandcentral: "Poland Central",
  southafricanorth: "South Africa North",
  southcentralus: "South Central US",
  southeastasia: "Southeast Asia",
  southindia: "South India",
  spaincentral: "Spain Central",
  swedencentral: "Sweden Central",
  switzerlandnorth: "Switzerland North",
  switzerlandwest: "Switzerland West",
  uaenorth: "UAE North",
  uksouth: "UK South",
  ukwest: "UK West",
  westcentralus: "West Central US",
  westeurope: "West Europe",
  westus: "West US",
  westus2: "West US 2",
  westus3: "West US 3",
};

/**
 * Where services of the v2 tiers can be made. Source: API Management region availability, copies of 2025-11-11 to 2026-05-08, one older with
 * Southeast Asia and a younger one with Canada East: what any of them lists. Passing shortages (UK South in 2026) are not in it.
 */
// biome-ignore format: a table
const BASIC_AND_STANDARD_V2 = [
  "australiaeast", "australiasoutheast", "brazilsouth", "canadacentral", "canadaeast", "centralindia", "centralus", "eastasia", "eastus", "eastus2",
  "francecentral", "germanywestcentral", "italynorth", "japaneast", "koreacentral", "northcentralus", "northeurope", "norwayeast", "southafricanorth",
  "southcentralus", "southeastasia", "southindia", "swedencentral", "switzerlandnorth", "uaenorth", "uksouth", "ukwest", "westeurope", "westus", "westus2",
];
// biome-ignore format: a table
const V2_TIERS: Record<string, readonly string[]> = {
  BasicV2:    BASIC_AND_STANDARD_V2,
  StandardV2: [...BASIC_AND_STANDARD_V2, "westus3"],
  PremiumV2:  ["australiaeast", "canadacentral", "centralus", "eastus2", "germanywestcentral", "koreacentral", "norwayeast", "swedencentral", "uksouth"],
};

/** Regions that a tier is limited to; undefined: it is everywhere. Names as `regionName` writes them. */
export function regionsOf(sku: string): readonly string[] | undefined {
  return V2_TIERS[sku];
}

/** "Sweden Central" -> "swedencentral". */
export function regionName(location: string | undefined): string {
  return (location ?? "").toLowerCase().replaceAll(" ", "");
}
