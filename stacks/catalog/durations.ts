/**
 * How long Azure takes to make, change and delete what the topologies have: one row per type, in minutes, least and most.
 * Published figures where there are any; a row says so where there are none. Nothing here was measured by us.
 */
import type { Plan } from "../plan.ts";
import { gateways } from "./gateways.ts";

export type Operation = "create" | "update" | "delete";
type Minutes = readonly [least: number, most: number];

export interface Duration {
  minutes: [least: number, most: number];
  source: string;
}

interface Row extends Record<Operation, Minutes> {
  source: string;
}

interface Kind {
  /** `network:VirtualNetwork`: Pulumi's token without `azure-native:`. A module alone stands for all its other types. */
  pulumi: string;
  /** `Microsoft.Network/virtualNetworks`. With a slash at its end, for all types below it. */
  arm: string;
  row: Row | ((plan: Plan) => Row);
}

const UNPUBLISHED = "no published figure; seconds to a minute or two as a rule";

const moments: Row = { create: [0, 1], update: [0, 1], delete: [0, 1], source: UNPUBLISHED };
const minutes: Row = { create: [1, 2], update: [1, 2], delete: [1, 2], source: UNPUBLISHED };

/** What changes the service itself: SKU, units, network. A change of its tags alone is faster. */
const service: Record<"v2" | "Developer" | "classic" | "consumption", Row> = {
  v2: {
    create: [2, 15],
    update: [2, 15],
    delete: [2, 15],
    source: 'API Management v2 tiers overview, 2026: "minutes", which is read as at most 15 here',
  },
  Developer: {
    create: [30, 45],
    update: [15, 45],
    delete: [15, 45],
    source: "API Management quickstart and virtual network guide, 2026; for deletion no published figure, taken as an update",
  },
  classic: {
    create: [30, 60],
    update: [15, 45],
    delete: [15, 45],
    source: "API Management quickstart and virtual network guide, 2026; for deletion no published figure, taken as an update",
  },
  consumption: { create: [1, 2], update: [1, 2], delete: [1, 2], source: UNPUBLISHED },
};

const applicationGateway: Row = {
  create: [6, 15],
  update: [1, 6],
  delete: [5, 10],
  source: "Application Gateway FAQ, 2026 (about 6 minutes for a new one, more over zones); for deletion no published figure",
};

/** What Front Door accepts at once takes this long to reach all its places. */
const frontDoor: Row = {
  create: [3, 20],
  update: [3, 20],
  delete: [3, 20],
  source:
    "Front Door FAQ, 2026: configuration reaches all places in 3 to 20 minutes; for deletion no published figure, taken alike",
};

// biome-ignore format: a table
const KINDS: readonly Kind[] = [
  { pulumi: "resources:ResourceGroup",                arm: "Microsoft.Resources/resourceGroups",                 row: { ...moments, delete: [1, 10] } },
  { pulumi: "cognitiveservices:Account",              arm: "Microsoft.CognitiveServices/accounts",               row: minutes },
  { pulumi: "cognitiveservices:Deployment",           arm: "Microsoft.CognitiveServices/accounts/deployments",   row: moments },
  { pulumi: "cognitiveservices:RaiPolicy",            arm: "Microsoft.CognitiveServices/accounts/raiPolicies",   row: moments },
  { pulumi: "authorization:RoleAssignment",           arm: "Microsoft.Authorization/roleAssignments",            row: { create: [0, 10], update: [0, 10], delete: [0, 10], source: "Azure role-based access control troubleshooting, 2026: up to 10 minutes until it holds" } },
  { pulumi: "operationalinsights",                    arm: "Microsoft.OperationalInsights/",                     row: minutes },
  { pulumi: "applicationinsights",                    arm: "Microsoft.Insights/",                                row: moments },
  { pulumi: "apimanagement:ApiManagementService",     arm: "Microsoft.ApiManagement/service",                    row: ofService },
  { pulumi: "apimanagement",                          arm: "Microsoft.ApiManagement/service/",                   row: moments },
  { pulumi: "network:ApplicationGateway",             arm: "Microsoft.Network/applicationGateways",              row: applicationGateway },
  { pulumi: "network:PrivateEndpoint",                arm: "Microsoft.Network/privateEndpoints",                 row: minutes },
  { pulumi: "privatedns",                             arm: "Microsoft.Network/privateDnsZones/",                 row: minutes },
  { pulumi: "privatedns:PrivateZone",                 arm: "Microsoft.Network/privateDnsZones",                  row: minutes },
  { pulumi: "frontdoor:Policy",                       arm: "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies", row: frontDoor },
  { pulumi: "network",                                arm: "Microsoft.Network/",                                 row: moments },
  { pulumi: "managedidentity",                        arm: "Microsoft.ManagedIdentity/",                         row: moments },
  { pulumi: "keyvault",                               arm: "Microsoft.KeyVault/",                                row: moments },
  { pulumi: "cdn",                                    arm: "Microsoft.Cdn/",                                     row: frontDoor },
];

function ofService({ gateway: { sku } }: Plan): Row {
  const { family } = gateways[sku];
  if (family === "classic") return sku === "Developer" ? service.Developer : service.classic;
  return service[family];
}

/**
 * How long Azure takes for one resource.
 * @param armOrPulumiType  `Microsoft.Network/privateEndpoints`, `azure-native:network:PrivateEndpoint` (an API version in it does not count)
 * @param plan             that the operation belongs to: what API Management takes depends on its SKU
 * @returns                minutes, least and most; [0, 0] for what stands in Pulumi's state alone
 * @throws                 Error for a type without a row
 */
export function durationOf(armOrPulumiType: string, operation: Operation, plan: Plan): Duration {
  if (/^(?:pulumi|random):/.test(armOrPulumiType)) return { minutes: [0, 0], source: "stands in Pulumi's state, not on Azure" };
  const token = /^azure-native:([^:/]+)(?:\/[^:]+)?:(.+)$/.exec(armOrPulumiType);
  const [, module = "", name = ""] = token ?? [];
  const type = armOrPulumiType.toLowerCase();
  const exact = (kind: Kind) => (token ? kind.pulumi === `${module}:${name}` : kind.arm.toLowerCase() === type);
  const around = (kind: Kind) =>
    token ? kind.pulumi === module : kind.arm.endsWith("/") && type.startsWith(kind.arm.toLowerCase());
  const found = KINDS.find(exact) ?? KINDS.find(around);
  if (!found) throw new Error(`No duration is known for type "${armOrPulumiType}": add a row to stacks/catalog/durations.ts.`);
  const row = typeof found.row === "function" ? found.row(plan) : found.row;
  return { minutes: [...row[operation]], source: row.source };
}
