/**
 * Display names of Azure's public regions by their ARM name: what accounts put into `x-ms-region`. Azure geographies list, 2026.
 */
// biome-ignore format: a table
const DISPLAY: Record<string, string> = {
  australiacentral: "Australia Central", australiaeast: "Australia East", australiasoutheast: "Australia Southeast", austriaeast: "Austria East",
  belgiumcentral: "Belgium Central", brazilsouth: "Brazil South", canadacentral: "Canada Central", canadaeast: "Canada East", centralindia: "Central India",
  centralus: "Central US", chilecentral: "Chile Central", denmarkeast: "Denmark East", eastasia: "East Asia", eastus: "East US", eastus2: "East US 2",
  francecentral: "France Central", francesouth: "France South", germanynorth: "Germany North", germanywestcentral: "Germany West Central",
  indonesiacentral: "Indonesia Central", israelcentral: "Israel Central", italynorth: "Italy North", japaneast: "Japan East", japanwest: "Japan West",
  koreacentral: "Korea Central", koreasouth: "Korea South", malaysiawest: "Malaysia West", mexicocentral: "Mexico Central", newzealandnorth: "New Zealand North",
  northcentralus: "North Central US", northeurope: "North Europe", norwayeast: "Norway East", norwaywest: "Norway West", polandcentral: "Poland Central",
  qatarcentral: "Qatar Central", southafricanorth: "South Africa North", southafricawest: "South Africa West", southcentralus: "South Central US",
  southeastasia: "Southeast Asia", southindia: "South India", spaincentral: "Spain Central", swedencentral: "Sweden Central", switzerlandnorth: "Switzerland North",
  switzerlandwest: "Switzerland West", uaecentral: "UAE Central", uaenorth: "UAE North", uksouth: "UK South", ukwest: "UK West", westcentralus: "West Central US",
  westeurope: "West Europe", westindia: "West India", westus: "West US", westus2: "West US 2", westus3: "West US 3",
};

/** `swedencentral` -> `Sweden Central`; what is not in the table stays as it is. */
export function displayName(region: string): string {
  return DISPLAY[region.toLowerCase().replaceAll(" ", "")] ?? region;
}
