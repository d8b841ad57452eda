/**
 * Bad configurations, each with the whole message it gets.
 */
import { expect, it } from "vitest";
import { SECRET_PLACEHOLDER } from "../stacks/config.ts";
import { type Fault, PlanError, planStack, sentence } from "../stacks/plan.ts";

const chat = { deployment: "chat", model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard", tpm: 60000 };
const embeddings = { deployment: "embeddings", model: "text-embedding-3-large", version: "1", tpm: 120000 };
const gateway = { publisherEmail: "ai@contoso.example" };
const applicationGateway = { host: "openai.contoso.example" };
const keyVault = {
  keyVaultSecretId: "https://kv-contoso.vault.azure.net/secrets/openai",
  keyVaultId: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-contoso",
};
const GOOD = {
  topology: "public-apim",
  gateway,
  regions: ["swedencentral", "eastus2"],
  models: [chat, embeddings],
  consumers: [{ name: "web" }],
  strict: true,
};
const OTHER = "22222222-2222-4222-8222-222222222222";
/** Another subscription for each number. */
const subscription = (number: number) => `22222222-2222-4222-8222-2222222222${10 + number}`;

/** This many members, each in a subscription of its own. */
const members = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ region: "eastus2", as: `e${i}`, subscription: subscription(i) }));
/** This many models, each on all members but one of its own. */
const uneven = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...chat, deployment: `chat-${i}`, tpm: 1000, regions: { [`e${i}`]: false } }));

/** Stands for a stack file without a single setting. */
const NOTHING = Symbol("nothing");

type Case = [title: string, change: Record<string, unknown> | typeof NOTHING, faults: string[]];

// biome-ignore format: a table
const CASES: Case[] = [
  ["nothing at all",
    NOTHING,
    [
      'gateway: is missing. Give a map with publisherEmail, and family, sku, capacity, publisherName, customDomain as wanted.',
      'regions: is missing. Give a list of regions.',
      'models: is missing. Give a list of models.',
    ]],
  ["a topology with a typing mistake",
    { topology: "privat-apim" },
    [
      'topology: "privat-apim" is not a topology. Did you mean "private-apim"?',
    ]],
  ["a topology that is nothing like one",
    { topology: "kubernetes" },
    [
      'topology: "kubernetes" is not a topology. Choose public-apim, private-apim, application-gateway or front-door.',
    ]],
  ["a topology of the wrong type",
    { topology: 4 },
    [
      'topology: 4 is not a topology. Choose public-apim, private-apim, application-gateway or front-door.',
    ]],
  ["an unknown key",
    { regoins: ["eastus2"] },
    [
      'regoins: is not a known key. Did you mean "regions"?',
    ]],
  ["an unknown key that is like none",
    { replicas: 3 },
    [
      'replicas: is not a known key. Known here: topology, gateway, regions, models, contentFilters, consumers, entra, tags, accountAccess, network, applicationGateway, certificatePfx, certificatePassword, frontDoor, interim, protect, strict, asOf, acceptProvisionedCost.',
    ]],
  ["an unknown key deep inside",
    { models: [{ ...chat, tmp: 60000 }] },
    [
      'models[0].tmp: is not a known key. Did you mean "tpm"?',
    ]],
  ["an unknown key in a region's override",
    { models: [{ ...chat, regions: { eastus2: { capacity: 3 } } }] },
    [
      'models[0].regions.eastus2.capacity: is not a known key. Known here: tpm, version, sku, priority.',
    ]],
  ["no gateway address",
    { gateway: { publisherName: "Contoso" } },
    [
      'gateway.publisherEmail: is missing. API Management sends its notices there, for example ai@contoso.example.',
    ]],
  ["a gateway address that is none",
    { gateway: { publisherEmail: "contoso" } },
    [
      'gateway.publisherEmail: "contoso" is not an e-mail address. API Management sends its notices there, for example ai@contoso.example.',
    ]],
  ["a publisher's name that is too long",
    { gateway: { ...gateway, publisherName: "x".repeat(101) } },
    [
      'gateway.publisherName: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… has 101 characters; at most 100 are possible. Name the organisation that runs the gateway.',
    ]],
  ["a gateway that is a text",
    { gateway: "BasicV2" },
    [
      'gateway: "BasicV2" is not a map with publisherEmail, and family, sku, capacity, publisherName, customDomain as wanted.',
    ]],
  ["an unknown gateway SKU",
    { gateway: { ...gateway, sku: "BasicV3" } },
    [
      'gateway.sku: "BasicV3" is not an API Management SKU. Did you mean "BasicV2"?',
    ]],
  ["a gateway SKU that cannot join a network",
    { topology: "private-apim", gateway: { ...gateway, sku: "BasicV2" } },
    [
      'gateway.sku: "BasicV2" cannot join a VNet; topology "private-apim" needs Developer, Premium, StandardV2 or PremiumV2.',
    ]],
  ["Consumption in a private topology",
    { topology: "application-gateway", applicationGateway, gateway: { ...gateway, sku: "Consumption" } },
    [
      'gateway.sku: "Consumption" cannot join a VNet; topology "application-gateway" needs Developer, Premium, StandardV2 or PremiumV2.',
    ]],
  ["a gateway SKU of another family",
    { gateway: { ...gateway, family: "classic", sku: "BasicV2" } },
    [
      'gateway.family: "classic" does not go with sku "BasicV2", which is in family v2. Leave one of the two out.',
    ]],
  ["two Developer units",
    { gateway: { ...gateway, sku: "Developer", capacity: 2 } },
    [
      'gateway.capacity: 2 is not possible: Developer takes 1. Leave it out for the smallest.',
    ]],
  ["eleven BasicV2 units",
    { gateway: { ...gateway, capacity: 11 } },
    [
      'gateway.capacity: 11 is not possible: BasicV2 takes 1 to 10. Leave it out for the smallest.',
    ]],
  ["a paid unit of Consumption",
    { gateway: { ...gateway, sku: "Consumption", capacity: 1 } },
    [
      'gateway.capacity: 1 is not possible: Consumption takes 0. Leave it out for the smallest.',
    ]],
  ["half a unit",
    { gateway: { ...gateway, capacity: 1.5 } },
    [
      'gateway.capacity: 1.5 is not a whole number. Give a whole number of scale units, for example 1.',
    ]],
  ["a token limit on Consumption",
    { gateway: { ...gateway, sku: "Consumption" }, consumers: [{ name: "web", tokensPerMinute: 1000 }] },
    [
      'consumers[0].tokensPerMinute: Consumption cannot limit tokens. Leave the limit out, or choose another SKU.',
    ]],
  ["no regions",
    { regions: [] },
    [
      'regions: is empty. Give a list of regions with at least 1 entry.',
    ]],
  ["regions as a text",
    { regions: "swedencentral" },
    [
      'regions: "swedencentral" is not a list of regions. Write each entry on a line of its own, after "- ".',
    ]],
  ["an empty line among the regions",
    { regions: ["swedencentral", null] },
    [
      `regions[1]: is empty. Give a region's name, or {region, subscription, as, priority}.`,
    ]],
  ["a region with a typing mistake",
    { regions: ["swedencentral", "swedncentral"] },
    [
      'regions[1]: "swedncentral" is not an Azure region. Did you mean "swedencentral"?',
    ]],
  ["a region by its display name",
    { regions: ["Sweden Central"] },
    [
      'regions[0]: "Sweden Central" is not an Azure region. Did you mean "swedencentral"?',
    ]],
  ["a region that is nothing like one",
    { regions: ["moon"] },
    [
      'regions[0]: "moon" is not an Azure region. Regions are written like "swedencentral"; "az account list-locations" lists them.',
    ]],
  ["a region without Azure OpenAI",
    { regions: ["swedencentral", "westus2"] },
    [
      'regions[1]: Azure OpenAI is not offered in "westus2" (catalog of 2026-11-24). Choose a region that has it, for example swedencentral or eastus2.',
    ]],
  ["a region twice",
    { regions: ["eastus2", "swedencentral", "eastus2"] },
    [
      'regions[2]: "eastus2" is listed twice, first at regions[0]. Leave it out, or name a member in another subscription with "as".',
    ]],
  ["a region twice in two subscriptions, without a name",
    { regions: ["eastus2", { region: "eastus2", subscription: OTHER }] },
    [
      'regions[1]: "eastus2" is listed twice, first at regions[0]. Leave it out, or name a member in another subscription with "as".',
    ]],
  ["two members of one name",
    { regions: ["eastus2", { region: "swedencentral", as: "eastus2" }] },
    [
      'regions[1]: "eastus2" is listed twice, first at regions[0]. Leave it out, or name a member in another subscription with "as".',
    ]],
  ["a member's name that Azure refuses",
    { regions: [{ region: "eastus2", as: "East_US" }] },
    [
      'regions[0].as: "East_US" does not fit: 2 to 24 lower-case letters, digits and hyphens, a letter first, no hyphen last. For example eastus2-b.',
    ]],
  ["a member's name that marks provisioned accounts",
    { regions: [{ region: "eastus2", as: "east-ptu" }] },
    [
      'regions[0].as: "east-ptu" ends in "-ptu", which marks accounts with provisioned throughput. For example eastus2-b.',
    ]],
  ["a subscription that is no id",
    { regions: [{ region: "eastus2", subscription: "production" }] },
    [
      'regions[0].subscription: "production" is not a subscription id. A subscription id is a GUID: see "az account list --query [].id".',
    ]],
  ["more members than a pool holds",
    { regions: Array.from({ length: 31 }, (_, i) => ({ region: "eastus2", as: `e${i}`, subscription: subscription(i) })) },
    [
      'regions: has 31 entries; at most 30 are possible. Leave out 1.',
    ]],
  ["no models",
    { models: [] },
    [
      'models: is empty. Give a list of models with at least 1 entry.',
    ]],
  ["a deployment twice",
    { models: [chat, { ...embeddings, deployment: "Chat" }] },
    [
      'models[1].deployment: "Chat" is used twice, first at models[0]. Callers choose a model by this name: give it another (capitals do not count).',
    ]],
  ["a deployment name with a space",
    { models: [{ ...chat, deployment: "my chat" }] },
    [
      'models[0].deployment: "my chat" does not fit: 2 to 64 letters, digits, hyphens, underscores and dots, a letter or digit first and last. It is the name callers use, for example chat.',
    ]],
  ["a deployment name of one letter",
    { models: [{ ...chat, deployment: "c" }] },
    [
      'models[0].deployment: "c" does not fit: 2 to 64 letters, digits, hyphens, underscores and dots, a letter or digit first and last. It is the name callers use, for example chat.',
    ]],
  ["a model without version and quota",
    { models: [{ deployment: "chat", model: "gpt-5.2" }] },
    [
      'models[0].version: is missing. Quote it, so that it stays text: version: "2025-12-11".',
      'models[0].tpm: is missing. Azure grants tokens per minute in thousands, for example 60000.',
    ]],
  ["a version that is a number",
    { models: [{ ...embeddings, version: 1 }] },
    [
      'models[0].version: 1 is not text. Quote it, so that it stays text: version: "2025-12-11".',
    ]],
  ["an unknown model",
    { models: [{ ...chat, model: "gpt-52" }] },
    [
      'models[0].model: The catalog of 2026-11-24 does not know a model "gpt-52". Did you mean "gpt-5.2"?',
    ]],
  ["an unknown version",
    { models: [{ ...chat, version: "2025-12-12" }] },
    [
      'models[0].version: The catalog of 2026-11-24 does not know version "2025-12-12" of gpt-5.2. Did you mean "2025-12-11"?',
    ]],
  ["a retired model",
    { models: [{ ...chat, model: "gpt-4o", version: "2024-11-20" }] },
    [
      'models[0].version: gpt-4o 2024-11-20 was retired on 2026-10-01. Open to everybody on 2026-11-24: gpt-5.2, text-embedding-3-large, text-embedding-3-small and text-embedding-ada-002.',
    ]],
  ["a model closed to new customers",
    { models: [{ ...chat, model: "gpt-5.4", version: "2026-03-05" }] },
    [
      'models[0].version: gpt-5.4 2026-03-05 takes new deployments only from customers who have one already, since 2026-09-05. Open to everybody on 2026-11-24: gpt-5.2, text-embedding-3-large, text-embedding-3-small and text-embedding-ada-002.',
    ]],
  ["a model that did not exist yet",
    { asOf: "2023-11-30", models: [embeddings] },
    [
      'models[0].version: text-embedding-3-large 1 did not exist on 2023-11-30. Open to everybody on 2023-11-30: text-embedding-ada-002, gpt-4, gpt-4-32k, gpt-35-turbo, gpt-35-turbo-16k and gpt-35-turbo-instruct.',
    ]],
  ["a deployment type a model has not",
    { models: [{ ...chat, sku: "Standard" }] },
    [
      'models[0].sku: gpt-5.2 2025-12-11 is not offered as Standard. Choose GlobalStandard.',
    ]],
  ["a deployment type a region has not",
    { regions: ["eastus2", "uksouth", "japaneast"], models: [{ ...embeddings, sku: "DataZoneStandard" }] },
    [
      'models[0].sku: text-embedding-3-large 1 is not offered as DataZoneStandard in uksouth and japaneast (model matrix of 2026-06-11, quota tier 1 of 2026-08-20). Leave them out: models[0].regions: { uksouth: false, japaneast: false }; or choose another deployment type.',
    ]],
  ["a batch type",
    { models: [{ ...chat, sku: "GlobalBatch" }] },
    [
      'models[0].sku: "GlobalBatch" is not a deployment type billed per token. Choose GlobalStandard, DataZoneStandard or Standard.',
    ]],
  ["a provisioned type as pay-as-you-go",
    { models: [{ ...chat, sku: "GlobalProvisionedManaged" }] },
    [
      'models[0].sku: "GlobalProvisionedManaged" is not a deployment type billed per token. Choose GlobalStandard, DataZoneStandard or Standard.',
    ]],
  ["tokens per minute as a text",
    { models: [{ ...chat, tpm: "60k" }] },
    [
      'models[0].tpm: "60k" is not a number. Azure grants tokens per minute in thousands, for example 60000.',
    ]],
  ["tokens per minute below a thousand",
    { models: [{ ...chat, tpm: 60 }] },
    [
      'models[0].tpm: 60 is below 1000. Azure grants tokens per minute in thousands, for example 60000.',
    ]],
  ["tokens per minute between two thousands",
    { models: [{ ...chat, tpm: 60500 }] },
    [
      'models[0].tpm: 60500 is not a multiple of 1000. Azure grants tokens per minute in thousands, for example 60000.',
    ]],
  ["more than the quota",
    { models: [{ ...chat, tpm: 2000000 }] },
    [
      'models[0].tpm: 2,000,000 tokens per minute in swedencentral and eastus2 are above the default quota of 1,000,000 for gpt-5.2 GlobalStandard (model matrix of 2026-06-11, quota tier 1 of 2026-08-20). Ask Azure for more quota, or ask for 1,000,000 in all.',
    ]],
  ["more than the quota in one region",
    { models: [{ ...chat, regions: { eastus2: { tpm: 1500000 } } }] },
    [
      'models[0].regions.eastus2.tpm: 1,500,000 tokens per minute in eastus2 are above the default quota of 1,000,000 for gpt-5.2 GlobalStandard (model matrix of 2026-06-11, quota tier 1 of 2026-08-20). Ask Azure for more quota, or ask for 1,000,000 in all.',
    ]],
  ["two deployments that share a quota",
    { models: [{ ...chat, tpm: 600000 }, { ...chat, deployment: "chat-internal", tpm: 600000 }] },
    [
      'models[1].tpm: with the other deployments that share the quota, 1,200,000 tokens per minute in swedencentral and eastus2 are above the default quota of 1,000,000 for gpt-5.2 GlobalStandard (model matrix of 2026-06-11, quota tier 1 of 2026-08-20). Ask Azure for more quota, or ask for 1,000,000 in all.',
    ]],
  ["two members that share a quota",
    { regions: ["eastus2", { region: "eastus2", as: "eastus2-b" }], models: [{ ...chat, tpm: 600000 }] },
    [
      'models[0].tpm: with the other deployments that share the quota, 1,200,000 tokens per minute in eastus2-b are above the default quota of 1,000,000 for gpt-5.2 GlobalStandard (model matrix of 2026-06-11, quota tier 1 of 2026-08-20). Ask Azure for more quota, or ask for 1,000,000 in all.',
    ]],
  ["an override for a region that is no member",
    { models: [{ ...chat, regions: { eastus: { tpm: 1000 } } }] },
    [
      'models[0].regions.eastus: "eastus" is not a member of regions. Did you mean "eastus2"?',
    ]],
  ["a subset with a region that is no member",
    { models: [{ ...chat, regions: ["swedencentral", "eastus"] }] },
    [
      'models[0].regions[1]: "eastus" is not a member of regions. Did you mean "eastus2"?',
    ]],
  ["a model with no region left",
    { models: [chat, { ...embeddings, regions: { swedencentral: false, eastus2: false } }] },
    [
      'models[1].regions: "embeddings" has no region left. Allow it at least one member.',
    ]],
  ["a model with provisioned deployments only, unpaid",
    { models: [{ ...chat, regions: { swedencentral: false, eastus2: false }, provisioned: [{ region: "eastus2", ptu: 50 }] }] },
    [
      'models[0].regions: "chat" has no region left. Its provisioned deployments count only with acceptProvisionedCost: true.',
    ]],
  ["an override that is neither false nor a map",
    { models: [{ ...chat, regions: { eastus2: true } }] },
    [
      'models[0].regions.eastus2: true is not false or {tpm, version, sku, priority}.',
    ]],
  ["a provisioned deployment elsewhere",
    { acceptProvisionedCost: true, models: [{ ...chat, provisioned: [{ region: "westus", ptu: 50 }] }] },
    [
      'models[0].provisioned[0].region: "westus" is not a member of regions. Choose swedencentral or eastus2.',
    ]],
  ["two provisioned deployments in one account",
    { acceptProvisionedCost: true, models: [{ ...chat, provisioned: [{ region: "eastus2", ptu: 50 }, { region: "eastus2", ptu: 100 }] }] },
    [
      'models[0].provisioned[1]: "eastus2" has a provisioned deployment of this model already, at models[0].provisioned[0]. Add the PTUs together.',
    ]],
  ["a provisioned deployment of nothing",
    { models: [{ ...chat, provisioned: [{ region: "eastus2", ptu: 0 }] }] },
    [
      'models[0].provisioned[0].ptu: 0 is below 1. Give a whole number of provisioned throughput units, for example 50.',
    ]],
  ["more backends than a pool holds",
    { acceptProvisionedCost: true, regions: Array.from({ length: 16 }, (_, i) => ({ region: "eastus2", as: `e${i}`, subscription: subscription(i) })), models: [{ ...chat, provisioned: Array.from({ length: 16 }, (_, i) => ({ region: `e${i}`, ptu: 50 })) }] },
    [
      'models[0].provisioned: "chat" would have 32 backends; a backend pool holds 30. Leave out 2.',
    ]],
  ["more accounts than a region takes",
    { acceptProvisionedCost: true, strict: false, regions: Array.from({ length: 20 }, (_, i) => ({ region: "eastus2", as: `e${i}` })), models: [{ ...chat, tpm: 1000, provisioned: Array.from({ length: 10 }, (_, i) => ({ region: `e${i}`, ptu: 50 })) }, { ...chat, deployment: "more", tpm: 1000, regions: ["e0"], provisioned: [{ region: "e19", ptu: 1 }] }] },
    [
      'regions: 31 accounts would stand in eastus2 of one subscription; Azure allows 30. Spread them over more regions or subscriptions.',
    ]],
  ["two deployments whose names run together",
    { regions: ["eastus2", { region: "eastus2", as: "eastus2-b", subscription: OTHER }], models: [chat, { ...embeddings, deployment: "b-chat" }] },
    [
      'models[1].deployment: "b-chat" in eastus2 and "chat" in eastus2-b would both be called "eastus2-b-chat". Rename one of them.',
    ]],
  ["a consumer twice",
    { consumers: [{ name: "web" }, { name: "Web" }] },
    [
      'consumers[1].name: "Web" is listed twice, first at consumers[0]. Give it another name (capitals do not count).',
    ]],
  ["a consumer that API Management brings along",
    { consumers: [{ name: "starter" }] },
    [
      'consumers[0].name: "starter" is taken: API Management has a product or subscription of that name. Choose another name.',
    ]],
  ["a consumer with a name no product can have",
    { consumers: [{ name: "chat & web" }] },
    [
      'consumers[0].name: "chat & web" does not fit: 1 to 64 letters, digits and hyphens, no hyphen first or last. It becomes the id of an API Management product, for example chat-web.',
    ]],
  ["a consumer's limit of nothing",
    { consumers: [{ name: "web", tokensPerMinute: 0 }] },
    [
      'consumers[0].tokensPerMinute: 0 is below 1. Give a whole number of tokens per minute.',
    ]],
  ["a consumer that is only a name",
    { consumers: ["web"] },
    [
      'consumers[0]: "web" is not a map {name, tokensPerMinute, tokenQuota}.',
    ]],
  ["a quota without a period",
    { consumers: [{ name: "web", tokenQuota: { tokens: 1000000 } }] },
    [
      'consumers[0].tokenQuota.period: is missing. Give a period.',
    ]],
  ["a quota in a period of another name",
    { consumers: [{ name: "web", tokenQuota: { tokens: 1000000, period: "Day" } }] },
    [
      'consumers[0].tokenQuota.period: "Day" is not a period. Choose Hourly, Daily, Weekly, Monthly or Yearly.',
    ]],
  ["a quota of nothing, that is a number",
    { consumers: [{ name: "web", tokenQuota: { tokens: 0, period: "Daily" } }, { name: "jobs", tokenQuota: 5 }] },
    [
      'consumers[0].tokenQuota.tokens: 0 is below 1. Give a whole number of tokens for the whole period.',
      'consumers[1].tokenQuota: 5 is not a map {tokens, period}.',
    ]],
  ["a quota on Consumption",
    { gateway: { ...gateway, sku: "Consumption" }, consumers: [{ name: "web", tokenQuota: { tokens: 1000, period: "Daily" } }] },
    [
      'consumers[0].tokenQuota: Consumption cannot limit tokens. Leave the limit out, or choose another SKU.',
    ]],
  ["tokens of no tenant",
    { entra: { clientIds: [OTHER] } },
    [
      'entra.tenantId: is missing. Give the tenant whose tokens are taken: "az account show --query tenantId".',
    ]],
  ["tokens of anybody in a tenant",
    { entra: { tenantId: OTHER } },
    [
      'entra: names neither audiences nor clientIds: any token of the tenant would do. Name the applications that may call in clientIds, or whom their tokens are for in audiences.',
    ]],
  ["a tenant by its domain, and an application by its name",
    { entra: { tenantId: "contoso.example", clientIds: ["chat-web"] } },
    [
      'entra.tenantId: "contoso.example" is not the id of a tenant. It is a GUID: see "az account show --query tenantId" for a tenant, "az ad app list --query [].appId" for applications.',
      'entra.clientIds[0]: "chat-web" is not the id of an application. It is a GUID: see "az account show --query tenantId" for a tenant, "az ad app list --query [].appId" for applications.',
    ]],
  ["no audiences, and an unknown proof",
    { entra: { tenantId: OTHER, audiences: [], clientIds: [OTHER], require: "both" } },
    [
      'entra.audiences: is empty. Give a list of audiences with at least 1 entry.',
      'entra.require: "both" is not a proof. Choose token, key-or-token or key-and-token.',
    ]],
  ["a tag that is a number",
    { tags: { "cost center": 4711 } },
    [
      'tags["cost center"]: 4711 is not text. Tag values are text; quote numbers.',
    ]],
  ["a tag with a character Azure refuses",
    { tags: { "team/owner": "platform" } },
    [
      'tags["team/owner"]: has a name with one of < > % & \\ ? /, which Azure refuses. Leave that character out.',
    ]],
  ["a tag that Azure keeps for itself",
    { tags: { "azure-owner": "platform" } },
    [
      'tags.azure-owner: has a name that starts with microsoft, azure or windows, which Azure keeps for itself. Choose another name.',
    ]],
  ["fifty-one tags",
    { tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, "x"])) },
    [
      'tags: has 51 tags; Azure allows 50. Leave out 1.',
    ]],
  ["accounts closed to a gateway that comes over the internet",
    { accountAccess: "closed" },
    [
      'accountAccess: "closed" cuts the gateway off: topology "public-apim" reaches the accounts over the internet. Leave it out, or choose private-apim or application-gateway.',
    ]],
  ["an unknown kind of access",
    { accountAccess: "private" },
    [
      'accountAccess: "private" is not a kind of access. Choose open or closed.',
    ]],
  ["an address space that is too large",
    { network: { addressSpace: "10.0.0.0/15" } },
    [
      'network.addressSpace: "10.0.0.0/15" is not possible: the address space is /16 to /24. For example 10.42.0.0/22.',
    ]],
  ["an address space that is too small",
    { topology: "private-apim", network: { addressSpace: "10.42.0.0/25" } },
    [
      'network.addressSpace: "10.42.0.0/25" is not possible: the address space is /16 to /24. For example 10.42.0.0/22.',
    ]],
  ["an address space that begins in the middle",
    { network: { addressSpace: "10.42.1.0/22" } },
    [
      'network.addressSpace: "10.42.1.0/22" does not begin where a range of that size begins. Write 10.42.0.0/22.',
    ]],
  ["an address space that no network can have",
    { network: { addressSpace: "169.254.0.0/20" } },
    [
      'network.addressSpace: "169.254.0.0/20" overlaps 169.254.0.0/16, which no virtual network can have. For example 10.42.0.0/22.',
    ]],
  ["an address space and a subnet that are no ranges",
    { network: { addressSpace: "10.42.0.0", gatewaySubnet: "first quarter" } },
    [
      'network.addressSpace: "10.42.0.0" is not an IPv4 range. Write it as 10.42.0.0/22.',
      'network.gatewaySubnet: "first quarter" is not an IPv4 range. Write it as 10.42.0.0/22.',
    ]],
  ["subnets that are too small",
    { network: { gatewaySubnet: "10.42.0.0/28", endpointsSubnet: "10.42.1.0/30", applicationGatewaySubnet: "10.42.2.0/27" } },
    [
      'network.gatewaySubnet: "10.42.0.0/28" is too small: API Management needs /27 or larger (API Management virtual network requirements, 2026). Take a /27.',
      'network.endpointsSubnet: "10.42.1.0/30" is too small: private endpoints need /29 or larger (Azure virtual network FAQ, 2026). Take a /29.',
      'network.applicationGatewaySubnet: "10.42.2.0/27" is too small: Application Gateway needs /26 or larger (Application Gateway infrastructure configuration, 2026). Take a /26.',
    ]],
  ["a subnet outside the address space",
    { network: { addressSpace: "10.0.0.0/22", endpointsSubnet: "10.42.1.0/24" } },
    [
      'network.endpointsSubnet: "10.42.1.0/24" is not inside the address space 10.0.0.0/22. Choose a range inside it, or another network.addressSpace.',
    ]],
  ["subnets that overlap each other",
    { network: { gatewaySubnet: "10.42.0.0/23", endpointsSubnet: "10.42.1.0/24" } },
    [
      'network.endpointsSubnet: "10.42.1.0/24" overlaps 10.42.0.0/23, the subnet of API Management. Choose a range that does not, or set network.gatewaySubnet too.',
    ]],
  ["a subnet that overlaps one that follows from the address space",
    { topology: "private-apim", network: { gatewaySubnet: "10.42.0.0/23" } },
    [
      'network.gatewaySubnet: "10.42.0.0/23" overlaps 10.42.1.0/24, the subnet of private endpoints. Choose a range that does not, or set network.endpointsSubnet too.',
    ]],
  ["more private endpoints than a subnet has addresses",
    { topology: "private-apim", regions: members(4), network: { endpointsSubnet: "10.42.1.0/29" } },
    [
      'network.endpointsSubnet: 10.42.1.0/29 has 3 addresses for private endpoints, and 4 accounts need one each (Azure keeps 5). Take a /28 for network.endpointsSubnet.',
    ]],
  ["more instances than a subnet has addresses",
    { topology: "application-gateway", applicationGateway: { ...applicationGateway, maxCapacity: 100 }, network: { addressSpace: "10.42.0.0/24" } },
    [
      'network.addressSpace: 10.42.0.128/26 has 58 addresses for instances of Application Gateway, and maxCapacity is 100 (Azure keeps 5, its frontend takes 1). Take a /25 for network.applicationGatewaySubnet, or lower maxCapacity.',
    ]],
  ["a v2 gateway that hides from the internet",
    { topology: "private-apim", network: { access: "internal" } },
    [
      'network.access: "internal" is not possible with StandardV2, which callers always reach from the internet; Developer and Premium can hide from it. Leave it out, or choose gateway.family: classic.',
    ]],
  ["an unknown way to the gateway, and a subnet nobody has",
    { network: { access: "private", subnets: [] } },
    [
      'network.subnets: is not a known key. Known here: addressSpace, gatewaySubnet, endpointsSubnet, applicationGatewaySubnet, access.',
      'network.access: "private" is not a kind of access. Choose external or internal.',
    ]],
  ["Application Gateway without a host",
    { topology: "application-gateway" },
    [
      'applicationGateway: names no host, which topology "application-gateway" needs. Give host: a name of your own domain, as in the certificate, for example openai.contoso.example.',
    ]],
  ["a host that is an address of a page",
    { topology: "application-gateway", applicationGateway: { host: "https://openai.contoso.example" } },
    [
      'applicationGateway.host: "https://openai.contoso.example" is not a host name. Name a host of your own domain, as in the certificate, for example openai.contoso.example.',
    ]],
  ["fewer instances at most than at least",
    { applicationGateway: { minCapacity: 4 } },
    [
      'applicationGateway.minCapacity: 4 is above maxCapacity, 3. Lower it to 3, or raise maxCapacity to 4.',
    ]],
  ["more instances than Azure runs, in zones there are not",
    { applicationGateway: { maxCapacity: 126, zones: ["1", "north", 3, "1"] } },
    [
      'applicationGateway.maxCapacity: 126 is above 125. Give a whole number of instances, for example 3.',
      'applicationGateway.zones[1]: "north" is not an availability zone. Choose 1, 2 or 3.',
      'applicationGateway.zones[2]: 3 is not an availability zone. Quote it, so that it is text: "3".',
      'applicationGateway.zones[3]: "1" is listed twice. Leave it out.',
    ]],
  ["a certificate in Key Vault without the vault",
    { applicationGateway: { keyVaultSecretId: keyVault.keyVaultSecretId } },
    [
      'applicationGateway.keyVaultSecretId: needs keyVaultId too: Application Gateway gets the role to read the secret there. Give applicationGateway.keyVaultId, or leave both out.',
    ]],
  ["a vault without a certificate",
    { applicationGateway: { keyVaultId: keyVault.keyVaultId } },
    [
      'applicationGateway.keyVaultId: needs keyVaultSecretId too: a vault holds many certificates. Give applicationGateway.keyVaultSecretId, or leave both out.',
    ]],
  ["a certificate in another vault",
    { applicationGateway: { ...keyVault, keyVaultId: keyVault.keyVaultId.replace("kv-contoso", "kv-other") } },
    [
      'applicationGateway.keyVaultId: is vault "kv-other", and keyVaultSecretId is in vault "kv-contoso". "az keyvault show --name kv-contoso --query id" prints the right one.',
    ]],
  ["one version of a certificate, and a vault by its name",
    { applicationGateway: { keyVaultSecretId: "https://kv-contoso.vault.azure.net/secrets/openai/0123", keyVaultId: "kv-contoso" } },
    [
      'applicationGateway.keyVaultSecretId: "https://kv-contoso.vault.azure.net/secrets/openai/0123" is not a versionless id of a Key Vault secret. For example https://kv-contoso.vault.azure.net/secrets/openai.',
      'applicationGateway.keyVaultId: "kv-contoso" is not the id of a Key Vault. "az keyvault show --name NAME --query id" prints it.',
    ]],
  ["two certificates",
    { applicationGateway: keyVault, certificatePfx: SECRET_PLACEHOLDER },
    [
      'certificatePfx: is given, and applicationGateway.keyVaultSecretId too: an entrance has one certificate. Leave one of the two out: pulumi config rm aoai:certificatePfx.',
    ]],
  ["a self-signed certificate in Key Vault",
    { applicationGateway: { ...keyVault, selfSigned: true } },
    [
      'applicationGateway.selfSigned: is for certificatePfx: a certificate in Key Vault must be one that API Management trusts. Leave it out.',
    ]],
  ["a self-signed certificate in production",
    { protect: true, applicationGateway: { selfSigned: true } },
    [
      'applicationGateway.selfSigned: true is not taken where protect is true: API Management would trust whoever has a certificate of that name. Take a certificate of your own domain, or write "accepted".',
    ]],
  ["a self-signed certificate, nearly accepted",
    { applicationGateway: { selfSigned: "accept" } },
    [
      'applicationGateway.selfSigned: "accept" is not true, false or accepted. true, or "accepted" where protect is true.',
    ]],
  ["secrets in clear",
    { certificatePfx: "TUlJS2VnSUJBekNDQ2tBR0NTcUdTSWIz", certificatePassword: "correct horse" },
    [
      'certificatePfx: is written in clear, and it must be a secret. pulumi config set --secret aoai:certificatePfx < FILE encrypts it; FILE is the PFX in base64.',
      'certificatePassword: is written in clear, and it must be a secret. pulumi config set --secret aoai:certificatePassword asks for it and encrypts it.',
    ]],
  ["an unknown Front Door",
    { frontDoor: { sku: "classic" } },
    [
      'frontDoor.sku: "classic" is not a Front Door SKU. Choose standard or premium.',
    ]],
  ["a pool that the entrance overfills",
    { topology: "front-door", regions: members(30), models: [chat] },
    [
      'regions: "chat" would have 31 backends, the entrance among them; a backend pool holds 30. Leave out 1.',
    ]],
  ["a pool that the entrance overfills, behind provisioned throughput",
    { topology: "application-gateway", applicationGateway, acceptProvisionedCost: true, regions: members(29), models: [{ ...chat, provisioned: [{ region: "e0", ptu: 50 }] }] },
    [
      'models[0].provisioned: "chat" would have 31 backends, the entrance among them; a backend pool holds 30. Leave out 1.',
    ]],
  ["more origins than Front Door Standard holds",
    { topology: "front-door", regions: members(12), models: uneven(9) },
    [
      'models: 111 origins would be needed for 9 sets of members and 12 accounts; Front Door Standard holds 100. Let more models live on every member, or leave members out; frontDoor.sku: premium holds 200.',
    ]],
  ["more origins than Front Door Premium holds",
    { topology: "front-door", frontDoor: { sku: "premium" }, regions: members(29), models: uneven(7) },
    [
      'models: 225 origins would be needed for 7 sets of members and 29 accounts; Front Door Premium holds 200. Let more models live on every member, or leave members out.',
    ]],
  ["a member that is named like a set of members",
    { regions: ["eastus2", { region: "swedencentral", as: "all" }, { region: "uksouth", as: "only-chat" }] },
    [
      'regions[1].as: "all" is "all" or begins with "only-", as sets of accounts behind an entrance do. For example eastus2-b.',
      'regions[2].as: "only-chat" is "all" or begins with "only-", as sets of accounts behind an entrance do. For example eastus2-b.',
    ]],
  ["a word for protection",
    { protect: "always" },
    [
      'protect: "always" is not true or false.',
    ]],
  ["a day that does not exist",
    { asOf: "2026-02-30" },
    [
      'asOf: "2026-02-30" is not a day. Write it as "2026-11-24", quoted.',
    ]],
  ["a word for a switch",
    { strict: "yes" },
    [
      'strict: "yes" is not true or false. Write true or false: to Pulumi, yes, no, on and off are text.',
    ]],
  ["more consumers than the gateway has products",
    { consumers: Array.from({ length: 201 }, (_, i) => ({ name: `c${i}` })) },
    [
      'consumers: has 201 entries, each of which is a product; BasicV2 has room for 200. Choose another SKU, or let several applications share a consumer.',
    ]],
  ["more consumers than a classic gateway has products beside its own",
    { gateway: { ...gateway, sku: "Developer" }, consumers: Array.from({ length: 99 }, (_, i) => ({ name: `c${i}` })) },
    [
      'consumers: has 99 entries, each of which is a product; Developer has room for 98. Choose another SKU, or let several applications share a consumer.',
    ]],
  ["faults of every kind at once",
    { topology: "private-apim", gateway: { ...gateway, sku: "BasicV2" }, regions: ["eastus2", "swedncentral"], models: [{ ...chat, tpm: "60k" }, { ...embeddings, modle: "x" }] },
    [
      'gateway.sku: "BasicV2" cannot join a VNet; topology "private-apim" needs Developer, Premium, StandardV2 or PremiumV2.',
      'regions[1]: "swedncentral" is not an Azure region. Did you mean "swedencentral"?',
      'models[0].tpm: "60k" is not a number. Azure grants tokens per minute in thousands, for example 60000.',
      'models[1].modle: is not a known key. Did you mean "model"?',
    ]],
];

/** What came of it: the faults, or nothing if it was planned. */
function refusal(values: Record<string, unknown>): PlanError | undefined {
  try {
    planStack({ stack: "test", values, today: "2026-11-24" });
    return undefined;
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
}

it("plans the configuration that the others differ from", () => {
  expect(refusal(GOOD)).toBeUndefined();
});

it.each(CASES)("refuses %s", (_, change, faults) => {
  const values = change === NOTHING ? {} : { ...GOOD, ...change };
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  expect(refusal(values)?.message).toBe(
    [`aoai: ${count} in Pulumi.test.yaml`, ...faults.map((fault) => `- ${fault}`)].join("\n"),
  );
});

it("refuses a gateway in a place that is no Azure region", () => {
  const plan = () => planStack({ stack: "test", location: "swedncentral", values: GOOD, today: "2026-11-24" });
  expect(plan).toThrow('- azure-native:location: "swedncentral" is not an Azure region. Did you mean "swedencentral"?');
});

// biome-ignore format: a table
it.each([
  ["Poland", "polandcentral", {}, 'gateway.family: v2 is not listed for polandcentral (API Management region availability, 2026-05-08). Set "azure-native:location" to a region that is, for example swedencentral or eastus2, or choose family classic.'],
  ["a region of StandardV2 only", "westus3", { sku: "BasicV2" }, 'gateway.sku: BasicV2 is not listed for westus3 (API Management region availability, 2026-05-08). Set "azure-native:location" to a region that is, for example swedencentral or eastus2, or choose family classic.'],
])("warns of a v2 gateway in %s, and refuses it only with strict", (_, location, sku, sentenceOfIt) => {
  const values = { ...GOOD, gateway: { ...gateway, ...sku } };
  const plan = (more: Record<string, unknown>, where = location) =>
    planStack({ stack: "test", location: where, values: { ...values, ...more }, today: "2026-11-24" });
  expect(() => plan({})).toThrow(sentenceOfIt);
  expect(plan({ strict: false }).warnings.map(sentence)).toContain(sentenceOfIt);
  expect(() => plan({}, "swedencentral")).not.toThrow();
  expect(() => plan({ gateway: { ...gateway, family: "classic" } })).not.toThrow();
  expect(() => plan({ gateway: { ...gateway, sku: "StandardV2" } }, "westus3")).not.toThrow();
});

it("names the file that was read", () => {
  const plan = () => planStack({ stack: "test", values: {}, today: "2026-11-24", file: "elsewhere.yaml" });
  expect(plan).toThrow(/^aoai: 3 faults in elsewhere\.yaml\n/);
});

// What contradicts the catalog is refused only with strict: the catalog may be behind reality.
it.each([
  ["an unknown model", { models: [{ ...chat, model: "gpt-9", version: "1" }] }, "models[0].model"],
  ["an unknown version", { models: [{ ...chat, version: "2026-01-01" }] }, "models[0].version"],
  ["a retired model", { models: [{ ...chat, model: "gpt-4o", version: "2024-11-20" }] }, "models[0].version"],
  ["a model closed to new customers", { models: [{ ...chat, model: "gpt-5.4", version: "2026-03-05" }] }, "models[0].version"],
  ["more than the quota", { models: [{ ...chat, tpm: 2_000_000 }] }, "models[0].tpm"],
  ["a deployment type a model has not", { models: [{ ...chat, sku: "Standard" }] }, "models[0].sku"],
  ["a region without Azure OpenAI", { regions: ["eastus2", "westus2"] }, "regions[1]"],
])("warns of %s, and refuses it only with strict", (_, change, path) => {
  const values = { ...GOOD, ...change };
  const paths = (faults: readonly Fault[]) => faults.map((fault) => fault.path);
  expect(paths(refusal(values)?.faults ?? [])).toEqual([path]);
  const plan = planStack({ stack: "test", values: { ...values, strict: false }, today: "2026-11-24" });
  expect(paths(plan.warnings)).toContain(path);
});

// biome-ignore format: a table
it.each([
  ["a model that is retired within 30 days", {}, 'models[0].version: gpt-5.2 2025-12-11 is retired on 2026-12-12, 18 days after 2026-11-24. Choose its successor in time: "az cognitiveservices model list --location REGION".'],
  ["Consumption without circuit breaker", { gateway: { ...gateway, sku: "Consumption" } }, 'gateway.sku: "Consumption" has no circuit breaker: a throttled region is asked again by every request. Any other SKU leaves it alone until it has quota again.'],
  ["Consumption without streaming", { gateway: { ...gateway, sku: "Consumption" } }, 'gateway.sku: "Consumption" cannot stream: answers arrive in one piece. Any other SKU streams.'],
  ["Developer in production", { gateway: { ...gateway, family: "classic" } }, 'gateway.sku: "Developer" has no SLA: not for production. Premium or a v2 SKU has one.'],
  ["two members that share a quota", { regions: ["eastus2", { region: "eastus2", as: "eastus2-b" }] }, 'regions[1]: "eastus2-b" shares its quota with "eastus2": both are eastus2 in one subscription. It adds no throughput. Give it another subscription, or leave it out.'],
  ["provisioned throughput nobody accepted to pay", { models: [{ ...chat, provisioned: [{ region: "eastus2", ptu: 50 }] }] }, 'models[0].provisioned[0]: 50 PTU of GlobalProvisionedManaged for "chat" in eastus2 are left out: they would cost about $36,500 a month, used or not (50 PTU x 730 h x about $1, unverified). Set acceptProvisionedCost: true to deploy them.'],
  ["a region without a model", { models: [{ ...chat, regions: ["eastus2"] }] }, 'regions[0]: No model goes to "swedencentral": no account is made there. Give it a model, or leave it out.'],
  ["a stack without consumers", { consumers: [] }, "consumers: is empty: nobody gets a key, so nobody can call. Add one, for example { name: chat-web }."],
  ["a quota below one minute's limit", { consumers: [{ name: "web", tokensPerMinute: 5000, tokenQuota: { tokens: 4000, period: "Daily" } }] }, "consumers[0].tokenQuota.tokens: 4,000 tokens are fewer than the 5,000 of one minute: the limit per minute has no effect. Raise the quota, or leave tokensPerMinute out."],
  ["an audience that is everybody's", { entra: { tenantId: OTHER, audiences: ["api://mine", "https://cognitiveservices.azure.com/"] } }, 'entra.audiences[1]: everybody in the tenant can get a token for "https://cognitiveservices.azure.com/", and so may call. Name the applications that may call in clientIds, or register an application of your own as audience.'],
  ["limits that callers can leave behind", { consumers: [{ name: "web", tokensPerMinute: 5000 }], entra: { tenantId: OTHER, clientIds: [OTHER] } }, 'entra.require: "token" lets callers leave their key out, and with it the limits of consumer "web". key-and-token makes the limits hold for everybody.'],
  ["a stack without consumers whose callers need a key as well", { consumers: [], entra: { tenantId: OTHER, clientIds: [OTHER], require: "key-and-token" } }, "consumers: is empty: nobody gets a key, so nobody can call. Add one, for example { name: chat-web }."],
  ["a network that hides nothing", { network: { access: "internal" } }, 'network.access: "internal" has no effect: topology "public-apim" joins no network, so callers reach API Management from the internet. Choose private-apim or application-gateway.'],
  ["an entrance without a certificate", { topology: "application-gateway", applicationGateway }, 'applicationGateway: has no certificate yet: it can be planned, but not deployed to Azure. Give keyVaultSecretId, or "pulumi config set --secret aoai:certificatePfx"; for a trial "npm run certificate -- --stack test" makes a self-signed one.'],
  ["an entrance without its self-signed certificate", { topology: "application-gateway", applicationGateway: { ...applicationGateway, selfSigned: true } }, 'applicationGateway: has no certificate yet: it can be planned, but not deployed to Azure. "npm run certificate -- --stack test" makes a self-signed one.'],
  ["a self-signed certificate that was accepted", { topology: "application-gateway", protect: true, certificatePfx: SECRET_PLACEHOLDER, applicationGateway: { ...applicationGateway, selfSigned: "accepted" } }, "applicationGateway.selfSigned: API Management checks the name in the certificate of Application Gateway, but not who issued it. A certificate of your own domain is checked wholly: certificatePfx, or keyVaultSecretId."],
  ["an entrance that cannot stream", { topology: "front-door" }, 'topology: Front Door does not stream (no server-sent events): calls with "stream: true" go straight from API Management to the accounts. Where streams must pass an entrance, choose application-gateway.'],
  ["open accounts in a private topology", { topology: "private-apim", accountAccess: "open" }, 'accountAccess: "open" leaves the accounts reachable from the internet, with Entra tokens only. Leave it out once the private endpoints stand.'],
])("warns of %s", (_, change, warning) => {
  const plan = planStack({ stack: "test", values: { ...GOOD, ...change }, today: "2026-11-24" });
  expect(plan.warnings.map(sentence)).toContain(warning);
});

it("says nothing of a certificate that is there", () => {
  for (const change of [
    { certificatePfx: SECRET_PLACEHOLDER, applicationGateway },
    { applicationGateway: { ...applicationGateway, ...keyVault } },
  ]) {
    const plan = planStack({
      stack: "test",
      values: { ...GOOD, topology: "application-gateway", ...change },
      today: "2026-11-24",
    });
    expect(plan.warnings.map(({ path }) => path).filter((path) => path.startsWith("applicationGateway"))).toEqual([]);
  }
});

it("lets no secret into a fault, a warning or a plan", () => {
  const values = { ...GOOD, certificatePfx: "TUlJS2Vn", certificatePassword: "correct horse" };
  const error = refusal(values);
  expect(error?.faults).toHaveLength(2);
  expect(`${error?.message} ${JSON.stringify(error?.faults)}`).not.toMatch(/TUlJS2Vn|correct horse/);
});

// biome-ignore format: a table
it.each([
  ["that Application Gateway has no weights", { topology: "application-gateway", applicationGateway, models: [{ ...chat, regions: { eastus2: { tpm: 120000 } } }, embeddings] }, 'Application Gateway has no weights: it gives every account as many calls for "chat" as any other, though their tokens per minute differ. The smallest is throttled first; then the others take what it cannot.'],
  ["who can read the proof of Front Door", { topology: "front-door" }, "Front Door's address is public: its firewall lets only those calls through that carry a secret header. Whoever may read the firewall's rules (Reader on the resource group), the secret named values of API Management or the stack's state can read it; the accounts ask for a token of Microsoft Entra ID besides."],
  ["that Developer stops answering while its network changes", { topology: "private-apim", gateway: { ...gateway, family: "classic" } }, "Developer stops answering while its network or its SKU changes: 15 to 45 minutes."],
  ["who can reach a hidden gateway", { topology: "private-apim", gateway: { ...gateway, family: "classic" }, network: { access: "internal" } }, "API Management can be reached from its virtual network alone, by its own name. Callers elsewhere need a connection to that network, and its private DNS zone."],
])("tells %s", (_, change, note) => {
  const noted = (values: Record<string, unknown>) => planStack({ stack: "test", values, today: "2026-11-24" }).notes;
  expect(noted({ ...GOOD, ...change })).toContain(note);
  expect(noted(GOOD)).not.toContain(note);
});

it("needs no consumers where a token is enough", () => {
  const values = { ...GOOD, consumers: [], entra: { tenantId: OTHER, clientIds: [OTHER] } };
  const { warnings, entra, gateway: planned } = planStack({ stack: "test", values, today: "2026-11-24" });
  expect(warnings.map(({ path }) => path)).not.toContain("consumers");
  expect([entra?.require, planned.keyRequired]).toEqual(["token", false]);
  expect(planStack({ stack: "test", values: GOOD, today: "2026-11-24" })).toMatchObject({ gateway: { keyRequired: true } });
});

it("takes switches, lists and maps as text, as `pulumi config set` writes them", () => {
  const values = { ...GOOD, strict: "true", regions: '["swedencentral", "eastus2"]', gateway: JSON.stringify(gateway) };
  expect(planStack({ stack: "test", values, today: "2026-11-24" })).toEqual(
    planStack({ stack: "test", values: GOOD, today: "2026-11-24" }),
  );
});
