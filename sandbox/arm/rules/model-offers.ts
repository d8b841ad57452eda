/**
 * Which model versions can be deployed where, under which SKU, until when, and with how much quota.
 *
 * Quota is per subscription, region, model and deployment type; its unit is 1,000 tokens per minute, for provisioned SKUs one PTU.
 * Sources, all by Microsoft: Azure OpenAI models, 2023-11-22; quotas and limits, 2023-11 and 2024-03-13; model retirements, 2026-03-19
 * and 2026-05, retirement schedule, 2026-09-02; region availability of deployments, 2026-06-11; quota tier 1 (the default of new pay-as-you-go
 * subscriptions), 2026-08-20. Audio models of gpt-4o by token: usages of a subscription, 2026-09.
 */

const every = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Regions of GlobalStandard, 2026-06-11. */
const GLOBAL = every(`brazilsouth canadacentral canadaeast centralus eastus eastus2 northcentralus southcentralus westus westus3
  francecentral germanywestcentral italynorth norwayeast polandcentral spaincentral swedencentral switzerlandnorth switzerlandwest uksouth westeurope
  australiaeast japaneast koreacentral southeastasia southindia southafricanorth uaenorth`);
const ZONE_US = every("centralus eastus eastus2 northcentralus southcentralus westus westus3");
const ZONE_EU = every("francecentral germanywestcentral italynorth polandcentral spaincentral swedencentral westeurope");
const ZONE = [...ZONE_US, ...ZONE_EU];
/** norwayeast and switzerlandnorth have only gpt-5.4 and gpt-5.5 in the EU data zone. */
const ZONE_WIDE = [...ZONE, "norwayeast", "switzerlandnorth"];

/**
 * The 12 regions in which quota for GPT-4 and GPT-3.5 was granted in 2023-11. In some of them only customers with existing access could
 * deploy some versions; the sandbox's subscriptions are such customers.
 */
const TWELVE =
  every(`eastus southcentralus westeurope francecentral uksouth northcentralus australiaeast eastus2 canadaeast japaneast swedencentral
  switzerlandnorth`);
const TURBO_1106 = every("australiaeast canadaeast eastus2 francecentral norwayeast southindia swedencentral uksouth westus");
const VISION = every("australiaeast swedencentral switzerlandnorth westus");
const GPT35_1106 = every("australiaeast canadaeast francecentral southindia swedencentral uksouth westus");
const ADA_2023 =
  every(`australiaeast canadaeast eastus eastus2 francecentral japaneast northcentralus southcentralus swedencentral
  switzerlandnorth uksouth westeurope`);
const ADA_2026 =
  every(`brazilsouth canadaeast eastus eastus2 northcentralus southcentralus westus westus3 francecentral norwayeast swedencentral
  switzerlandnorth uksouth westeurope australiaeast japaneast southindia southafricanorth uaenorth`);
const LARGE_2024 = every("canadaeast eastus eastus2");
const LARGE_2026 =
  every(`canadaeast eastus eastus2 westus3 francecentral germanywestcentral norwayeast polandcentral spaincentral swedencentral
  switzerlandnorth uksouth australiaeast japaneast koreacentral southeastasia southindia southafricanorth uaenorth`);
const SMALL_2026 = every("canadaeast eastus eastus2 westus switzerlandnorth australiaeast japaneast uaenorth");
const GPT51_STANDARD = every("centralus eastus eastus2 northcentralus southcentralus westus westus3 swedencentral");

const GPT4_LOW = every("eastus southcentralus westeurope francecentral");
/** Regions with the lower of the two quotas of GPT-3.5. */
const GPT35_LOW = every("eastus southcentralus westeurope francecentral uksouth");
const lower =
  (low: number, high: number, lowRegions = GPT35_LOW) =>
  (region: string) =>
    lowRegions.includes(region) ? low : high;

export interface Offer {
  sku: string;
  /** First day on which the document that lists it held. */
  from?: string;
  /** First day of the document that replaces it. */
  until?: string;
  /** When it goes earlier than the model's other offers. */
  retired?: string;
  regions: readonly string[];
  /** Quota of a subscription in one region: thousands of TPM, or PTU. */
  quota: number | ((region: string) => number);
}

export interface ModelVersion {
  name: string;
  version: string;
  /** Models of one quota pool share this name. */
  quotaName: string;
  /** Requests per minute for each 1,000 TPM. */
  requestsPerThousand: number;
  /** A unit of capacity is a request a minute; tokens are not limited. */
  soldBy?: "requests";
  /** First day of general availability, as far as the version's name or the oldest document that lists it tells. */
  from?: string;
  /** From this day on only subscriptions that already have a deployment of it may make another. */
  deprecated?: string;
  /** From this day on nobody can deploy it. */
  retired?: string;
  offers: readonly Offer[];
}

const classic = (
  name: string,
  version: string,
  regions: readonly string[],
  quota: Offer["quota"],
  more: Partial<ModelVersion> = {},
): ModelVersion => ({
  name,
  version,
  quotaName: name,
  requestsPerThousand: 6,
  offers: [{ sku: "Standard", regions, quota }],
  ...more,
});

/** The model matrix offers it, the quota table has no figure: that of the models beside it. */
const ZONE_UNKNOWN = 300;

/** PTU of one kind in one region. No document gives one number; this is enough for several of the smallest deployments. */
const PTU = 1000;

const provisioned = (zone: readonly string[]): Offer[] => [
  { sku: "GlobalProvisionedManaged", regions: GLOBAL, quota: PTU },
  { sku: "DataZoneProvisionedManaged", regions: zone, quota: PTU },
  { sku: "ProvisionedManaged", regions: GLOBAL, quota: PTU },
];

/** Tier 1: thousands of TPM for GlobalStandard and, where the table has one, DataZoneStandard. */
const tier1 = (
  name: string,
  version: string,
  requestsPerThousand: number,
  [globalTpm, zoneTpm]: [number, number?],
  more: Partial<ModelVersion>,
  zone = ZONE,
): ModelVersion => ({
  name,
  version,
  quotaName: name,
  requestsPerThousand,
  offers: [
    { sku: "GlobalStandard", regions: GLOBAL, quota: globalTpm },
    ...(zoneTpm ? [{ sku: "DataZoneStandard", regions: zone, quota: zoneTpm }] : []),
    ...provisioned(zone),
  ],
  ...more,
});

/** Quotas of 2025-07. */
const omni = (
  name: string,
  version: string,
  requestsPerThousand: number,
  globalTpm: number,
  standardTpm: number,
): ModelVersion => ({
  name,
  version,
  quotaName: name,
  requestsPerThousand,
  from: version,
  retired: "2026-10-01",
  offers: [
    { sku: "GlobalStandard", regions: GLOBAL, quota: globalTpm },
    { sku: "Standard", retired: "2026-03-31", regions: GLOBAL, quota: standardTpm },
    ...provisioned(ZONE),
  ],
});

const IMAGES = every("eastus2 westus3 polandcentral swedencentral uaenorth");
const IMAGES_ZONE = every("eastus2 westus3");

/** Sold by requests a minute. */
const byRequests = (name: string, version: string, offers: Offer[], more: Partial<ModelVersion>): ModelVersion => ({
  name,
  version,
  quotaName: name,
  requestsPerThousand: 1,
  soldBy: "requests",
  offers,
  ...more,
});
const image = (name: string, version: string, rpm: number, zoneRpm: number, retired: string) =>
  byRequests(
    name,
    version,
    [
      { sku: "GlobalStandard", regions: IMAGES, quota: rpm },
      { sku: "DataZoneStandard", regions: IMAGES_ZONE, quota: zoneRpm },
    ],
    { from: version, retired },
  );
const speech = (name: string, regions: readonly string[]) =>
  byRequests(name, "001", [{ sku: "Standard", regions, quota: 3 }], { from: "2024-02-15", retired: "2026-12-15" });
const byTokens = (name: string, version: string, regions: readonly string[], quota: number, retired: string): ModelVersion => ({
  name,
  version,
  quotaName: name,
  requestsPerThousand: 6,
  from: version,
  retired,
  offers: [{ sku: "GlobalStandard", regions, quota }],
});

const EARLY_2025 = { retired: "2025-06-06" };
/** They stood in no table of deployable models on this day; the day on which they went was not published with them. */
const GONE = { retired: "2026-03-19" };

// biome-ignore format: a table
export const models: readonly ModelVersion[] = [
  // 2023-11
  classic("gpt-4", "0314", TWELVE, lower(20, 40, GPT4_LOW), EARLY_2025),
  classic("gpt-4", "0613", TWELVE, lower(20, 40, GPT4_LOW), EARLY_2025),
  classic("gpt-4-32k", "0314", TWELVE, lower(60, 80, GPT4_LOW), EARLY_2025),
  classic("gpt-4-32k", "0613", TWELVE, lower(60, 80, GPT4_LOW), EARLY_2025),
  classic("gpt-4", "1106-preview", TURBO_1106, lower(150, 80, every("southindia norwayeast swedencentral")), { quotaName: "gpt-4-turbo", ...GONE }),
  classic("gpt-4", "vision-preview", VISION, 30, { quotaName: "gpt-4-turbo-v", ...GONE }),
  classic("gpt-35-turbo", "0301", TWELVE, lower(240, 300), { retired: "2025-02-13" }),
  classic("gpt-35-turbo", "0613", TWELVE, lower(240, 300), { retired: "2025-02-13" }),
  classic("gpt-35-turbo-16k", "0613", TWELVE, lower(240, 300), { quotaName: "gpt-35-turbo", retired: "2025-04-30" }),
  classic("gpt-35-turbo", "1106", GPT35_1106, 120, { quotaName: "gpt-35-turbo-1106", ...GONE }),
  classic("gpt-35-turbo-instruct", "0914", every("eastus swedencentral"), 240, GONE),
  classic("text-embedding-ada-002", "2", [], 0, { offers: [
    { sku: "Standard", until: "2024-03-13", regions: ADA_2023, quota: lower(240, 350, GPT4_LOW) },
    { sku: "Standard", from: "2024-03-13", regions: ADA_2026, quota: lower(240, 350, GPT4_LOW) },
    { sku: "GlobalStandard", from: "2026-06-11", regions: GLOBAL, quota: 350 },
  ] }),

  // 2024 and 2025; GlobalStandard stood for the regions of the 2026 table, which is the oldest that lists them.
  omni("gpt-4o", "2024-05-13", 6, 450, 150),
  omni("gpt-4o", "2024-08-06", 6, 450, 150),
  omni("gpt-4o", "2024-11-20", 6, 450, 150),
  omni("gpt-4o-mini", "2024-07-18", 10, 2000, 450),
  tier1("gpt-4.1", "2025-04-14", 1, [1000, 300], { from: "2025-04-14", retired: "2026-10-14" }),
  tier1("gpt-4.1-mini", "2025-04-14", 1, [5000, 2000], { from: "2025-04-14", retired: "2026-10-14" }),
  tier1("gpt-4.1-nano", "2025-04-14", 1, [5000, 2000], { from: "2025-04-14", retired: "2026-10-14" }),
  tier1("o1", "2024-12-17", 1 / 6, [1000], { from: "2024-12-17", retired: "2026-07-15" }),
  tier1("o3-mini", "2025-01-31", 0.1, [1000], { from: "2025-01-31", retired: "2026-08-02" }),
  tier1("o3", "2025-04-16", 1, [1000], { from: "2025-04-16", retired: "2026-10-16" }),
  tier1("o4-mini", "2025-04-16", 1, [1000], { from: "2025-04-16", retired: "2026-10-16" }),

  // 2026
  tier1("gpt-5", "2025-08-07", 10, [1000, 300], { from: "2025-08-07", deprecated: "2026-08-07", retired: "2027-02-06" }),
  tier1("gpt-5-mini", "2025-08-07", 1, [1000, 300], { from: "2025-08-07", deprecated: "2026-08-07", retired: "2027-02-06" }),
  tier1("gpt-5-nano", "2025-08-07", 1, [5000, 2000], { from: "2025-08-07", deprecated: "2026-08-07", retired: "2027-02-06" }),
  { name: "gpt-5.1", version: "2025-11-13", quotaName: "gpt-5.1", requestsPerThousand: 10, from: "2025-11-13", deprecated: "2026-11-13", retired: "2027-05-15", offers: [
    { sku: "GlobalStandard", regions: GLOBAL, quota: 1000 },
    { sku: "DataZoneStandard", regions: [...ZONE_US, "francecentral", "swedencentral"], quota: 300 },
    { sku: "Standard", regions: GPT51_STANDARD, quota: 300 },
    ...provisioned([...ZONE_US, "francecentral", "swedencentral"]),
  ] },
  tier1("gpt-5.2", "2025-12-11", 10, [1000, ZONE_UNKNOWN], { from: "2025-12-11", retired: "2026-12-12" }),
  tier1("gpt-5.4", "2026-03-05", 10, [1000, 300], { from: "2026-03-05", deprecated: "2026-09-05", retired: "2027-03-05" }, ZONE_WIDE),
  tier1("gpt-5.4-mini", "2026-03-17", 1, [1000, ZONE_UNKNOWN], { from: "2026-03-17", deprecated: "2026-09-18", retired: "2027-03-18" }),
  tier1("gpt-5.4-nano", "2026-03-17", 1, [5000, 2000], { from: "2026-03-17", deprecated: "2026-09-18", retired: "2027-03-18" }),
  tier1("gpt-5.5", "2026-04-24", 1, [1000, 333], { from: "2026-04-24", deprecated: "2026-10-24", retired: "2027-04-24" }, ZONE_WIDE),

  // Images, audio, the router
  image("gpt-image-2", "2026-04-21", 6, 2, "2027-10-21"),
  image("gpt-image-1.5", "2025-12-16", 9, 3, "2027-06-16"),
  byTokens("gpt-4o-mini-transcribe", "2025-12-15", every("canadacentral centralus eastus2 francecentral swedencentral southindia"), 400, "2027-06-15"),
  byTokens("gpt-4o-mini-tts", "2025-12-15", every("eastus2"), 600, "2027-06-15"),
  speech("whisper", every("eastus2 northcentralus norwayeast swedencentral switzerlandnorth westeurope southindia uaenorth")),
  speech("tts", every("northcentralus westus3 swedencentral")),
  { name: "model-router", version: "2025-11-18", quotaName: "model-router", requestsPerThousand: 1, from: "2025-11-18", retired: "2027-05-20", offers: [
    { sku: "GlobalStandard", regions: every("eastus2 westus3 swedencentral australiaeast southindia"), quota: 1000 },
    { sku: "DataZoneStandard", regions: IMAGES_ZONE, quota: 300 },
  ] },

  // Embeddings. The tier table has no figure for regional Standard: that of 2024-03-13 is taken for every region that offers it.
  { name: "text-embedding-3-large", version: "1", quotaName: "text-embedding-3-large", requestsPerThousand: 6, from: "2024-03-13", offers: [
    { sku: "Standard", until: "2026-06-11", regions: LARGE_2024, quota: 350 },
    { sku: "Standard", from: "2026-06-11", regions: LARGE_2026, quota: 350 },
    { sku: "GlobalStandard", from: "2026-06-11", regions: GLOBAL, quota: 1000 },
    { sku: "DataZoneStandard", from: "2026-06-11", regions: ZONE, quota: 1000 },
  ] },
  { name: "text-embedding-3-small", version: "1", quotaName: "text-embedding-3-small", requestsPerThousand: 6, from: "2024-03-13", offers: [
    { sku: "Standard", until: "2026-06-11", regions: LARGE_2024, quota: 350 },
    { sku: "Standard", from: "2026-06-11", regions: SMALL_2026, quota: 350 },
    { sku: "GlobalStandard", from: "2026-06-11", regions: GLOBAL, quota: 1000 },
    { sku: "DataZoneStandard", from: "2026-06-11", regions: ZONE, quota: 1000 },
  ] },
];

/** What holds on that day; `today` is YYYY-MM-DD. */
export function offersOn(model: ModelVersion, today: string): Offer[] {
  return model.offers.filter(({ from = "", until = "9999" }) => from <= today && today < until);
}

export function quotaOf(offer: Offer, region: string): number {
  return typeof offer.quota === "function" ? offer.quota(region) : offer.quota;
}

export function isProvisioned(sku: string): boolean {
  return sku.endsWith("ProvisionedManaged");
}

/** Regions in which an Azure OpenAI account can stand. */
export const accountRegions: ReadonlySet<string> = new Set(
  models.flatMap(({ offers }) => offers.flatMap(({ regions }) => regions)),
);
