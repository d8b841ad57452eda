/**
 * Every configuration key: type, unit, default, limit and source. Reading never stops at the first fault.
 */
import { z } from "zod";
import { PAY_AS_YOU_GO_SKUS, PROVISIONED_SKUS } from "./catalog/models.ts";
import { GATEWAY_FAMILIES, GATEWAY_SKUS, TOPOLOGIES } from "./catalog/topologies.ts";
import { contentFilter, contentFilterName } from "./content-filters.ts";
import { customDomain } from "./custom-domain.ts";
import { type Changed, pointInTime } from "./handed-over.ts";
import { hostName, keyVaultId, keyVaultSecretId } from "./key-vault.ts";
import { choice, nearest } from "./nearest.ts";
import type { Fault } from "./plan.ts";
import { FIRST_PRIORITY, LAST_PRIORITY } from "./priorities.ts";
import { MOST_ENTRIES, MOST_UNKNOWN_KEYS, tooLarge } from "./sizes.ts";
import { unfit } from "./text.ts";

/** Namespace of the keys, and therefore the name of the Pulumi project: Pulumi types and describes only the project's own keys. */
export const NAMESPACE = "aoai";

/** Settings that are Pulumi secrets: their text goes from Pulumi to Azure, never into a plan, an error or a command. */
export const SECRET_KEYS = ["certificatePfx", "certificatePassword"] as const;
export type SecretKey = (typeof SECRET_KEYS)[number];

/** What stands for the text of a secret wherever settings are read. */
export const SECRET_PLACEHOLDER = "[secret]";

/** A stack's settings as read from its file or from Pulumi, the text of every secret replaced by SECRET_PLACEHOLDER. */
export interface StackSource {
  /** Name of the stack. */
  stack: string;
  /** `azure-native:location`: region of the gateway; default: see `gatewayPlace`. */
  location?: string;
  /** By key, without `aoai:`. */
  values: Record<string, unknown>;
  /** YYYY-MM-DD; `asOf` in the values goes before it. */
  today: string;
  /** Named in errors; default `Pulumi.<stack>.yaml`. */
  file?: string;
  /** Every key of other namespaces, in full: `azure-native:location`. */
  others?: readonly string[];
  /** What its reader found wrong already. */
  faults?: readonly Fault[];
  /** Scalars that Pulumi hands over as something else than stands in the file, by their paths. Only who reads the file itself knows them. */
  changed?: ReadonlyMap<string, Changed>;
}

/**
 * A member is a region of one subscription, so its name ends up in account names: 24 characters leave room for the stack's. It also names an
 * origin group of Front Door, which must have 2.
 */
const MEMBER_NAME = /^[a-z][a-z0-9-]{0,22}[a-z0-9]$/;
/** Azure OpenAI deployment names, as the samples and the portal take them. */
const DEPLOYMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9]$/;
/** Becomes the id of an API Management product and subscription, and the product's display name. */
const CONSUMER_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/;

/** Periods of `llm-token-limit` (Azure API Management policy reference, 2025). */
export const QUOTA_PERIODS = ["Hourly", "Daily", "Weekly", "Monthly", "Yearly"] as const;

/** What a caller has to bring where Entra tokens are taken. */
export const CALLER_PROOFS = ["token", "key-or-token", "key-and-token"] as const;

const tpm = z
  .int()
  .min(1000)
  .multipleOf(1000)
  .meta({ fix: "Azure grants tokens per minute in thousands, for example 60000." })
  .describe("Tokens per minute and region; a multiple of 1000 (ARM capacity x 1000). Azure OpenAI, manage quota, 2026.");

const version = z
  .string()
  .min(1)
  .meta({ fix: 'Quote it, so that it stays text: version: "2025-12-11".' })
  .describe('Version of the model, quoted, for example "2025-12-11". No default: models retire.');

const sku = z
  .enum(PAY_AS_YOU_GO_SKUS)
  .meta({ noun: "a deployment type billed per token" })
  .describe("Deployment type billed per token. Default GlobalStandard. Provisioned types go under provisioned.");

const priority = z
  .int()
  .min(FIRST_PRIORITY)
  .max(LAST_PRIORITY)
  .meta({ fix: `Give a whole number from ${FIRST_PRIORITY} to ${LAST_PRIORITY}; the lowest is used first.` })
  .optional()
  .describe(
    "The lowest number is used first, a higher one only while every lower one is used up or out; those with the same share by tokens per minute. Default 1.",
  );

const gateway = z.strictObject({
  family: z
    .enum(GATEWAY_FAMILIES)
    .meta({ noun: "an API Management family" })
    .optional()
    .describe(
      "v2 (BasicV2, StandardV2: minutes to create) or classic (Developer, Premium: 30 to 60 minutes). Default: that of sku, else v2.",
    ),
  sku: z
    .enum(GATEWAY_SKUS)
    .meta({ noun: "an API Management SKU" })
    .optional()
    .describe("Pins the SKU of API Management. Default: follows topology and family."),
  capacity: z
    .int()
    .min(0)
    .meta({ fix: "Give a whole number of scale units, for example 1." })
    .optional()
    .describe(
      "Scale units; 1 to 30, by SKU. Default 1, and 0 for Consumption. Azure API Management feature comparison, 2026-11.",
    ),
  publisherName: z
    .string()
    .min(1)
    .max(100)
    .meta({ fix: "Name the organisation that runs the gateway." })
    .default("Azure OpenAI")
    .describe("Organisation shown by API Management, 1 to 100 characters."),
  publisherEmail: z
    .email({ error: "is not an e-mail address." })
    .max(100)
    .meta({ fix: "API Management sends its notices there, for example ai@contoso.example." })
    .describe("Address that API Management writes to, at most 100 characters. Required by Azure."),
  customDomain: customDomain
    .meta({ noun: "a map {host, keyVaultSecretId, keyVaultId} or {host, managed}" })
    .optional()
    .describe(
      "Host name of your own, by which callers reach the gateway: {host, keyVaultSecretId, keyVaultId} or {host, managed}.",
    ),
});

const region = z
  .union([
    z.string(),
    z.strictObject({
      region: z.string().meta({ fix: "Name an Azure region, for example swedencentral." }).describe("Azure region."),
      subscription: z
        .guid({ error: "is not a subscription id." })
        .meta({ fix: 'A subscription id is a GUID: see "az account list --query [].id".' })
        .optional()
        .describe(
          "Subscription of the account; quota is per subscription. Default: the one Pulumi is logged in to. Name that one nowhere: its resource group would be made twice.",
        ),
      as: z
        .string()
        .regex(MEMBER_NAME, {
          error: "does not fit: 2 to 24 lower-case letters, digits and hyphens, a letter first, no hyphen last.",
        })
        .refine((name) => !name.endsWith("-ptu"), { error: 'ends in "-ptu", which marks accounts with provisioned throughput.' })
        .refine((name) => name !== "all" && !name.startsWith("only-"), {
          error: 'is "all" or begins with "only-", as sets of accounts behind an entrance do.',
        })
        .meta({ fix: "For example eastus2-b." })
        .optional()
        .describe("Name of this member where a region is listed twice; 2 to 24 characters. Default: the region."),
      priority,
    }),
  ])
  .meta({ noun: "a region's name, or {region, subscription, as, priority}" });

const override = z
  .union([
    z.literal(false),
    z.strictObject({
      tpm: tpm.optional(),
      version: version.optional(),
      sku: sku.optional(),
      priority,
    }),
  ])
  .meta({ noun: "false or {tpm, version, sku, priority}" });

const DAY = 'Write it as "2026-11-24", quoted.';

const provisioned = z.strictObject({
  region: z.string().meta({ fix: "Name a member of regions." }).describe("Name of a member of regions."),
  sku: z
    .enum(PROVISIONED_SKUS)
    .meta({ noun: "a provisioned deployment type" })
    .default("GlobalProvisionedManaged")
    .describe("Deployment type billed per PTU and hour."),
  ptu: z
    .int()
    .min(1)
    .meta({ fix: "Give a whole number of provisioned throughput units, for example 50." })
    .describe("Provisioned throughput units; minimum and increment depend on model and type."),
});

const model = z.strictObject({
  deployment: z
    .string()
    .regex(DEPLOYMENT_NAME, {
      error: "does not fit: 2 to 64 letters, digits, hyphens, underscores and dots, a letter or digit first and last.",
    })
    .meta({ fix: "It is the name callers use, for example chat." })
    .describe("Name callers use, the same in every account; 2 to 64 characters. Azure resource name rules."),
  model: z
    .string()
    .min(1)
    .meta({ fix: "Name a model, for example gpt-5.2." })
    .describe("Name of the model, for example gpt-5.2."),
  version,
  sku: sku.default("GlobalStandard"),
  tpm,
  regions: z
    .union([z.array(z.string()).min(1), z.record(z.string(), override)])
    .meta({ noun: "a list of members, or a map of member to false or {tpm, version, sku, priority}" })
    .optional()
    .describe(
      "A list: only these members. A map: every member, but different in these, and not in those that say false. Default: every member alike.",
    ),
  provisioned: z
    .array(provisioned.meta({ noun: "a map {region, sku, ptu}" }))
    .default([])
    .describe("Provisioned deployments beside pay-as-you-go, used first. Planned only with acceptProvisionedCost."),
  contentFilter: contentFilterName
    .optional()
    .describe(
      "Content filter of its deployments: Microsoft.Default, Microsoft.DefaultV2, or an entry of contentFilters. Default: Azure's.",
    ),
});

const consumer = z.strictObject({
  name: z
    .string()
    .regex(CONSUMER_NAME, { error: "does not fit: 1 to 64 letters, digits and hyphens, no hyphen first or last." })
    .meta({ fix: "It becomes the id of an API Management product, for example chat-web." })
    .describe("Name of a calling application; becomes a product and a subscription with its own key. 1 to 64 characters."),
  tokensPerMinute: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .meta({ fix: "Give a whole number of tokens per minute." })
    .optional()
    .describe(
      "What this consumer's calls may allow in a minute (prompts and maximum outputs), over all regions. Default: no limit.",
    ),
  tokenQuota: z
    .strictObject({
      tokens: z
        .int()
        .min(1)
        .meta({ fix: "Give a whole number of tokens for the whole period." })
        .describe("Tokens that this consumer may use in one period, over all regions."),
      period: z
        .enum(QUOTA_PERIODS)
        .meta({ noun: "a period" })
        .describe(
          "Hourly, Daily, Weekly, Monthly or Yearly; the count begins anew with each. API Management, llm-token-limit, 2025.",
        ),
    })
    .meta({ noun: "a map {tokens, period}" })
    .optional()
    .describe("What this consumer may use in a longer period: {tokens, period}. Default: no end."),
});

const GUID =
  'It is a GUID: see "az account show --query tenantId" for a tenant, "az ad app list --query [].appId" for applications.';

const entra = z.strictObject({
  tenantId: z
    .guid({ error: "is not the id of a tenant." })
    .meta({ fix: GUID })
    .optional()
    .describe("Microsoft Entra tenant whose tokens callers bring. Needed as soon as anything else stands here."),
  audiences: z
    .array(
      z
        .string()
        .min(1)
        .regex(/^(?!.*@\()[^\s{}<>"\\^`|]*$/, { error: "is neither a URI nor an id." })
        .meta({ noun: "an audience", fix: "For example api://azure-openai-gateway." }),
    )
    .min(1)
    .meta({ noun: "a list of audiences" })
    .optional()
    .describe("For whom tokens must have been issued, for example api://azure-openai-gateway. Default: not looked at."),
  clientIds: z
    .array(z.guid({ error: "is not the id of an application." }).meta({ fix: GUID }))
    .min(1)
    .meta({ noun: "a list of application ids" })
    .optional()
    .describe("Applications (client ids) that may call. Default: every one that gets a token."),
  require: z
    .enum(CALLER_PROOFS)
    .meta({ noun: "a proof" })
    .optional()
    .describe(
      "token (in place of a key), key-or-token, or key-and-token. Limits of consumers apply only to calls with a key. Default token.",
    ),
});

const cidr = (what: string) =>
  z
    .cidrv4({ error: "is not an IPv4 range." })
    .meta({ noun: "an IPv4 range", fix: "Write it as 10.42.0.0/22." })
    .optional()
    .describe(what);

const network = z.strictObject({
  addressSpace: cidr(
    "Address space of the virtual network, /16 to /24; its quarters become the subnets, of a larger one those of its first /22. Default 10.42.0.0/22.",
  ),
  gatewaySubnet: cidr("Subnet of API Management, /27 or larger. Default: the first quarter (v2) or the last (classic)."),
  endpointsSubnet: cidr("Subnet of the private endpoints. Default: the second quarter."),
  applicationGatewaySubnet: cidr("Subnet of Application Gateway alone, /26 or larger. Default: the third quarter."),
  access: z
    .enum(["external", "internal"])
    .meta({ noun: "a kind of access" })
    .optional()
    .describe(
      "external: callers reach API Management from the internet. internal: only from the network (classic SKUs). Default external.",
    ),
});

const applicationGateway = z.strictObject({
  host: hostName
    .meta({ fix: "Name a host of your own domain, as in the certificate, for example openai.contoso.example." })
    .optional()
    .describe("Host name of the entrance, as in its certificate. It resolves inside the virtual network only."),
  minCapacity: z
    .int()
    .min(0)
    .max(125)
    .meta({ fix: "Give a whole number of instances, for example 1." })
    .optional()
    .describe("Instances that always run, 0 to 125. Default 1."),
  maxCapacity: z
    .int()
    .min(2)
    .max(125)
    .meta({ fix: "Give a whole number of instances, for example 3." })
    .optional()
    .describe("Instances at most, 2 to 125. Default 3."),
  zones: z
    .array(z.enum(["1", "2", "3"]).meta({ noun: "an availability zone" }))
    .meta({ noun: "a list of availability zones" })
    .optional()
    .describe('Availability zones, for example ["1", "2", "3"]. Default: as the region has them.'),
  firewall: z
    .boolean()
    .meta({ noun: "true or false" })
    .optional()
    .describe(
      "Web application firewall (WAF_v2) in Prevention; it leaves bodies alone, because prompts contain SQL and HTML. Default false.",
    ),
  keyVaultSecretId: keyVaultSecretId
    .optional()
    .describe("Secret of a certificate in Key Vault, without version so that renewals are taken. In place of certificatePfx."),
  keyVaultId: keyVaultId
    .optional()
    .describe("ARM id of that vault: the identity of Application Gateway gets the role Key Vault Secrets User on it."),
  selfSigned: z
    .union([z.boolean(), z.literal("accepted")])
    .meta({ noun: "true, false or accepted", fix: 'true, or "accepted" where protect is true.' })
    .optional()
    .describe(
      'true: certificatePfx is self-signed ("npm run certificate"): API Management checks its name but not its chain. Where protect is true only "accepted" is taken.',
    ),
});

const frontDoor = z.strictObject({
  sku: z
    .enum(["standard", "premium"])
    .meta({ noun: "a Front Door SKU" })
    .optional()
    .describe(
      "standard or premium (200 origins and origin groups in place of 100). Another one is another Front Door: npm run switch leads to it. Default standard.",
    ),
  standby: z
    .boolean()
    .meta({ noun: "true or false" })
    .optional()
    .describe("true: it stands and is sent no call, as while a switch waits until it answers everywhere. Default false."),
});

const interimAccount = z.strictObject({
  key: z.string().min(1).describe("Key of the account."),
  member: z.string().min(1).describe("Its member."),
  region: z.string().min(1).describe("Azure region."),
  subscription: z.string().optional().describe("Subscription id."),
  purchase: z.enum(["payAsYouGo", "provisioned"]).describe("What it holds."),
  deployments: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("Deployment name."),
        model: z.string().describe("Model."),
        version: z.string().describe("Version of the model."),
        sku: z.string().min(1).describe("Deployment type."),
        capacity: z.int().min(1).describe("ARM capacity: thousands of TPM, or PTU."),
      }),
    )
    .describe("What it holds."),
});

const interim = z.strictObject({
  accounts: z
    .array(interimAccount)
    .optional()
    .describe("Accounts and deployments in place of those that regions and models say."),
  restored: z.array(z.string()).optional().describe("Keys of accounts that are brought back from among the deleted ones."),
});

export const schema = z.strictObject({
  topology: z
    .enum(TOPOLOGIES)
    .meta({ noun: "a topology" })
    .default("public-apim")
    .describe("What stands between the callers and the accounts: public-apim, private-apim, application-gateway or front-door."),
  gateway: gateway
    .meta({ noun: "a map with publisherEmail, and family, sku, capacity, publisherName, customDomain as wanted" })
    .describe("API Management: family (v2, classic), sku, capacity, publisherName, publisherEmail (required), customDomain."),
  regions: z
    .array(region)
    .min(1)
    .max(30)
    .meta({ noun: "a list of regions" })
    .describe(
      "1 to 30 members: the name of an Azure region, or {region, subscription, as, priority}. A backend pool holds 30 members (Azure API Management backends, 2025-11).",
    ),
  models: z
    .array(model.meta({ noun: "a map {deployment, model, version, sku, tpm, regions, provisioned, contentFilter}" }))
    .min(1)
    .max(32)
    .meta({ noun: "a list of models" })
    .describe(
      "1 to 32 deployments in every region: {deployment, model, version, sku, tpm, regions, provisioned, contentFilter}. An account holds 32 (Azure OpenAI quotas and limits).",
    ),
  contentFilters: z
    .record(
      z.string(),
      contentFilter.meta({
        noun: "a map such as {hate, sexual, violence, selfHarm, jailbreak}",
        fix: "For example { violence: low }.",
      }),
    )
    .meta({ noun: "a map of name to filter" })
    .default({})
    .describe(
      "Content filters that models name, by name: {base, hate, sexual, violence, selfHarm, jailbreak, indirectAttack, protectedMaterialText, protectedMaterialCode, asynchronous}. Empty: Azure's own.",
    ),
  consumers: z
    .array(consumer.meta({ noun: "a map {name, tokensPerMinute, tokenQuota}" }))
    .max(2000)
    .default([])
    .meta({ noun: "a list of consumers" })
    .describe("Applications that may call, each with its own key: {name, tokensPerMinute, tokenQuota}."),
  entra: entra
    .meta({ noun: "a map {tenantId, audiences, clientIds, require}" })
    .default({})
    .describe(
      "Callers prove who they are with a token of Microsoft Entra ID: {tenantId, audiences, clientIds, require}. Empty: with a key alone.",
    ),
  tags: z
    .record(z.string(), z.string().max(256).meta({ fix: "Tag values are text; quote numbers." }))
    .meta({ noun: "a map of text to text" })
    .default({})
    .describe(
      "Azure tags on every resource; at most 50, names up to 512 and values up to 256 characters (Azure Resource Manager limits).",
    ),
  accountAccess: z
    .enum(["open", "closed", ""])
    .meta({ noun: "a kind of access" })
    .default("")
    .describe(
      "open: accounts can be reached from the internet, with Entra tokens only. closed: only through private endpoints. Empty: as the topology prefers.",
    ),
  network: network
    .meta({ noun: "a map {addressSpace, gatewaySubnet, endpointsSubnet, applicationGatewaySubnet, access}" })
    .default({})
    .describe(
      "Virtual network, where the topology has one: {addressSpace, gatewaySubnet, endpointsSubnet, applicationGatewaySubnet, access}. Empty: 10.42.0.0/22, external.",
    ),
  applicationGateway: applicationGateway
    .meta({ noun: "a map {host, minCapacity, maxCapacity, zones, firewall, keyVaultSecretId, keyVaultId, selfSigned}" })
    .default({})
    .describe(
      "Application Gateway, where the topology has one: {host, minCapacity, maxCapacity, zones, firewall, keyVaultSecretId, keyVaultId, selfSigned}.",
    ),
  certificatePfx: z
    .enum(["", SECRET_PLACEHOLDER])
    .meta({ secret: true, fix: "pulumi config set --secret aoai:certificatePfx < FILE encrypts it; FILE is the PFX in base64." })
    .default("")
    .describe(
      "Certificate and key of Application Gateway as PFX, base64, as a Pulumi secret: pulumi config set --secret aoai:certificatePfx. Empty: from Key Vault.",
    ),
  certificatePassword: z
    .enum(["", SECRET_PLACEHOLDER])
    .meta({ secret: true, fix: "pulumi config set --secret aoai:certificatePassword asks for it and encrypts it." })
    .default("")
    .describe("Password of certificatePfx, as a Pulumi secret."),
  frontDoor: frontDoor
    .meta({ noun: "a map {sku, standby}" })
    .default({})
    .describe("Front Door, where the topology has one: {sku, standby}. Empty: standard, in use."),
  interim: interim
    .meta({ noun: "a map that npm run deploy writes" })
    .default({})
    .describe(
      "Accounts and deployments of an update on the way. npm run deploy sets it and takes it away; nobody writes it by hand.",
    ),
  protect: z
    .boolean()
    .default(false)
    .describe("true: Pulumi refuses to delete accounts and deployments, which takes quota and names with it for 48 hours."),
  strict: z
    .boolean()
    .default(false)
    .describe(
      "true: what contradicts the model catalog (unknown model, passed date, too much quota) is an error instead of a warning.",
    ),
  asOf: z
    .union([z.literal(""), z.iso.date({ error: "is not a day." }).meta({ fix: DAY })])
    .meta({ noun: "a day", fix: DAY })
    .default("")
    .describe("Day on which the availability of models is judged, YYYY-MM-DD, quoted. Empty: today."),
  acceptProvisionedCost: z
    .boolean()
    .default(false)
    .describe("true: provisioned deployments are planned. They cost roughly $1 per PTU and hour, used or not (unverified)."),
});

export type Config = z.output<typeof schema>;

/** What could be read of a faulty configuration: the parts that are wrong or missing are undefined, everything else stands where it stood. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? (Draft<Item> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Draft<T[K]> }
    : T;

export interface Reading {
  draft: Draft<Config>;
  /** Wrong types, unknown keys, missing keys, values outside their own limits. */
  faults: Fault[];
  /** Every value with defaults filled in; only without faults. */
  config?: Config;
}

/** Reads the values against the schema, each part by itself, so that one fault does not hide another. */
export function readConfig(values: Record<string, unknown>): Reading {
  const faults: Fault[] = [];
  const draft = read(schema, asPulumiHandsOver(values), "", faults) as Draft<Config>;
  return { draft, faults, config: faults.length === 0 ? (draft as Config) : undefined };
}

/** `pulumi config set` writes booleans, lists and maps as text. */
function asPulumiHandsOver(values: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(values).map(([key, value]) => {
    const known = Object.hasOwn(schema.shape, key) ? unwrapped(schema.shape[key as keyof typeof schema.shape]) : undefined;
    if (typeof value !== "string" || !known) return [key, value];
    // What stands empty in the file.
    if (value === "" && !z.safeParse(known, "").success) return [key, null];
    if (known instanceof z.ZodBoolean && (value === "true" || value === "false")) return [key, value === "true"];
    if (known instanceof z.ZodString || known instanceof z.ZodEnum || known instanceof z.ZodUnion) return [key, value];
    try {
      return [key, JSON.parse(value)];
    } catch {
      return [key, value];
    }
  });
  return Object.fromEntries(entries);
}

type Schema = z.core.$ZodType;

function unwrapped(type: Schema): Schema {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault) return unwrapped(type.def.innerType);
  return type;
}

interface Hints {
  /** What the value should be: "a list of regions". */
  noun?: string;
  fix?: string;
  /** Its text may stand nowhere, not even in a fault. */
  secret?: boolean;
}

/** Hints stand at the schema itself or at what it wraps. */
function hints(type: Schema): Hints {
  const own = (z.globalRegistry.get(type) ?? {}) as Hints;
  const inner = type instanceof z.ZodOptional || type instanceof z.ZodDefault ? hints(type.def.innerType) : {};
  return { noun: own.noun ?? inner.noun, fix: own.fix ?? inner.fix, secret: own.secret ?? inner.secret };
}

/** `models[0].regions.eastus2`, `tags["cost center"]` */
export function at(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** A value as it is shown in a message. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a map";
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function read(type: Schema, value: unknown, path: string, faults: Fault[]): unknown {
  const { noun, fix, secret } = hints(type);
  const inner = unwrapped(type);
  if (value === undefined) {
    if (type instanceof z.ZodOptional) return undefined;
    if (type instanceof z.ZodDefault) return type.def.defaultValue;
    faults.push({ path, rule: "is missing.", fix: fix ?? `Give ${noun ?? kind(inner)}.` });
    return undefined;
  }
  if (secret && !z.safeParse(inner, value).success) {
    faults.push({ path, rule: "is written in clear, and it must be a secret.", fix: fix ?? "" });
    return undefined;
  }
  const refuse = (rule: string, how: string) => {
    faults.push({ path, value, rule, fix: how });
    return undefined;
  };
  const wrongType = () => {
    if (value === null) return refuse("is empty.", fix ?? `Give ${noun ?? kind(inner)}.`);
    if (kind(inner) === "true or false" && isOldWord(value))
      return refuse(`${shown(value)} is not true or false.`, "Write true or false: to Pulumi, yes, no, on and off are text.");
    return refuse(`${shown(value)} is not ${noun ?? kind(inner)}.`, fix ?? HOW_TO_WRITE[kind(inner)] ?? "");
  };

  const large = isSized(inner, value) ? tooLarge(value, mostEntries(inner)) : undefined;
  if (large) {
    refuse(typeof value === "string" ? `${shown(value)} ${large.rule}` : large.rule, large.fix);
    return large.rest === undefined ? undefined : read(type, large.rest, path, faults);
  }

  if (inner instanceof z.ZodUnion) {
    const fits = (candidate: Schema) => z.safeParse(candidate, value).success;
    const options = inner.options.filter((candidate) => kindOf(value) === kind(candidate));
    const option = options.find(fits) ?? options.find((candidate) => !(candidate instanceof z.ZodLiteral));
    return option ? read(option, value, path, faults) : wrongType();
  }
  if (inner instanceof z.ZodObject) {
    if (kindOf(value) !== "a map") return wrongType();
    return readMap(inner.shape, value as Record<string, unknown>, path, faults);
  }
  if (inner instanceof z.ZodRecord) {
    if (kindOf(value) !== "a map") return wrongType();
    for (const key of Object.keys(value as object)) {
      const day = pointInTime(key);
      const lacking = unfit(key);
      if (day !== undefined) faults.push({ path: at(path, key), ...unquoted(key, day) });
      else if (lacking) faults.push({ path: at(path, key), rule: `is a name that has ${lacking}.`, fix: FIT });
    }
    return Object.fromEntries(
      Object.entries(value as Record<string, unknown>).map(([key, item]) => [
        key,
        read(inner.valueType, item, at(path, key), faults),
      ]),
    );
  }
  if (inner instanceof z.ZodArray) {
    if (!Array.isArray(value)) return wrongType();
    const { minLength = 0 } = lengths(inner);
    if (value.length < minLength)
      refuse("is empty.", `Give ${noun ?? "a list"} with at least ${minLength} ${minLength === 1 ? "entry" : "entries"}.`);
    return value.map((item, index) => read(inner.element, item, at(path, index), faults));
  }

  const day = typeof value === "string" ? pointInTime(value) : undefined;
  if (day !== undefined) {
    const { rule, fix: how } = unquoted(value as string, day);
    return refuse(rule, how);
  }
  const lacking = typeof value === "string" ? unfit(value) : undefined;
  if (lacking) return refuse(`has ${lacking}.`, FIT);
  const result = z.safeParse(inner, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  switch (issue?.code) {
    case "invalid_type":
      return Number.isNaN(value) || typeof value !== "number" || !(inner instanceof z.ZodNumber)
        ? wrongType()
        : refuse(`${shown(value)} is not a whole number.`, fix ?? "");
    case "invalid_value": {
      const possible = issue.values.map(String).filter((text) => text !== "");
      const unquoted = typeof value === "number" && possible.includes(String(value));
      return refuse(
        `${shown(value)} is not ${noun ?? "possible"}.`,
        unquoted ? `Quote it, so that it is text: "${value}".` : choice(value, possible),
      );
    }
    case "too_small":
      return issue.origin === "string"
        ? refuse("is empty.", fix ?? "")
        : refuse(`${shown(value)} is below ${issue.minimum}.`, fix ?? "");
    case "too_big":
      return issue.origin === "string"
        ? refuse(`${shown(value)} has ${String(value).length} characters; at most ${issue.maximum} are possible.`, fix ?? "")
        : refuse(`${shown(value)} is above ${issue.maximum}.`, fix ?? "");
    case "not_multiple_of":
      return refuse(`${shown(value)} is not a multiple of ${issue.divisor}.`, fix ?? "");
    default:
      return refuse(`${shown(value)} ${issue?.message}`, fix ?? "");
  }
}

function readMap(
  shape: Readonly<Record<string, Schema>>,
  value: Record<string, unknown>,
  path: string,
  faults: Fault[],
): Record<string, unknown> {
  const known = Object.keys(shape);
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
  for (const key of unknown.slice(0, MOST_UNKNOWN_KEYS)) {
    const missing = known.filter((name) => value[name] === undefined);
    const meant = nearest(key, missing) ?? nearest(key, known);
    faults.push({
      path: at(path, key),
      value: value[key],
      rule: "is not a known key.",
      fix: meant ? `Did you mean "${meant}"?` : `Known here: ${known.join(", ")}.`,
    });
  }
  if (unknown.length > MOST_UNKNOWN_KEYS)
    faults.push({
      path: path || "config",
      rule: `has ${(unknown.length - MOST_UNKNOWN_KEYS).toLocaleString("en-US")} more keys that are not known.`,
      fix: `Known here: ${known.join(", ")}.`,
    });
  const pairs = known.map(
    (key) =>
      [key, read(shape[key] as Schema, Object.hasOwn(value, key) ? value[key] : undefined, at(path, key), faults)] as const,
  );
  return Object.fromEntries(pairs.filter(([, item]) => item !== undefined));
}

function lengths(array: z.ZodArray): { minLength?: number; maxLength?: number } {
  const bounds = (array.def.checks ?? []).map((check) => check._zod.def as { minimum?: number; maximum?: number });
  return {
    minLength: bounds.find(({ minimum }) => minimum !== undefined)?.minimum,
    maxLength: bounds.find(({ maximum }) => maximum !== undefined)?.maximum,
  };
}

/** Can its size be what is wrong with it? A map that should be a list, or a text that is none of a few, is something else. */
const isSized = (type: Schema, value: unknown) =>
  type instanceof z.ZodUnion || (!(type instanceof z.ZodEnum) && kindOf(value) === kind(type));

/** Entries that a list or map may have: of a schema for a map, so many that none is cut off that could be known. */
function mostEntries(type: Schema): number {
  if (type instanceof z.ZodArray) return lengths(type).maxLength ?? MOST_ENTRIES;
  if (type instanceof z.ZodUnion) return Math.max(...type.options.map((option) => mostEntries(option)));
  return type instanceof z.ZodObject ? Number.POSITIVE_INFINITY : MOST_ENTRIES;
}

/** No setting takes a point in time, and a day without quotes is one to Pulumi. */
const unquoted = (text: string, day: string) => ({
  rule: `${shown(text)} is a point in time, which Pulumi makes of a day without quotes.`,
  fix: `Quote it: "${day}".`,
});

const FIT = "Write it on one line, without control characters.";

/** What people get wrong about YAML. */
const HOW_TO_WRITE: { [kind: string]: string } = { "a list": 'Write each entry on a line of its own, after "- ".' };

/** Words that older readers of YAML take for true and false. */
const isOldWord = (value: unknown) => typeof value === "string" && /^(y|n|yes|no|on|off)$/i.test(value);

type Kind = "a map" | "a list" | "text" | "a number" | "true or false" | "nothing";

function kind(type: Schema): Kind {
  const inner = unwrapped(type);
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return "a map";
  if (inner instanceof z.ZodArray) return "a list";
  if (inner instanceof z.ZodNumber) return "a number";
  if (inner instanceof z.ZodBoolean) return "true or false";
  if (inner instanceof z.ZodLiteral) return kindOf([...inner.values][0]);
  return "text";
}

function kindOf(value: unknown): Kind {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "number") return "a number";
  return typeof value === "boolean" ? "true or false" : "text";
}
