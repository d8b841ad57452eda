/**
 * What is known of Azure OpenAI models: versions, lifecycle, where each deployment type is offered and how much quota a new subscription has.
 * The catalog informs: quotas differ by subscription, dates move. Against a real subscription a contradiction is a warning, with `strict` an error.
 *
 * Sources, by date:
 * - 2023-10-06, 2023-12-12  "Azure OpenAI Service quotas and limits": quota by region, 2023
 * - 2023-11-22              "Azure OpenAI Service models": versions and regions, 2023
 * - 2026-03-19, 2026-05     "Azure OpenAI model deprecations and retirements": lifecycle
 * - 2026-06-11              "Model matrix, standard deployment types": regions by deployment type
 * - 2026-08-20              "Quota tiers, tier 1": default quota of a new pay-as-you-go subscription
 * - 2026-09-02              "Azure OpenAI model retirement schedule": image, audio and router models
 */
import { OPENAI_REGIONS } from "./regions.ts";

/** Day up to which this catalog was checked; "today" of the local Azure unless a stack says otherwise. */
export const CATALOG_DATE = "2026-11-24";

/** Deployment types billed per token. Batch types exist, but answer within a day: nothing to balance. */
export const PAY_AS_YOU_GO_SKUS = ["GlobalStandard", "DataZoneStandard", "Standard"] as const;
export type PayAsYouGoSku = (typeof PAY_AS_YOU_GO_SKUS)[number];

/** Deployment types billed per PTU and hour. No table of minima and increments is part of this catalog. */
export const PROVISIONED_SKUS = ["GlobalProvisionedManaged", "DataZoneProvisionedManaged", "ProvisionedManaged"] as const;

export interface Offer {
  sku: PayAsYouGoSku;
  /** Absent: not known, so not checked. */
  regions?: readonly string[];
  /** Default quota in tokens per minute per subscription and region; 0: offered, but only on request. Absent: not known, so not checked. */
  tpm?: number;
  /** Day of the document the figures stand in: the latest one on or before the day of the plan counts. */
  published: string;
  source: string;
}

export interface ModelFacts {
  model: string;
  version: string;
  /** First day on which it is known to exist: the date of the version, or of the first source that lists it. */
  since: string;
  /** From this day, new deployments only for customers who already have one. */
  closed?: string;
  /** From this day it does not answer any more. */
  retired?: string;
  /** Where a deployment type is retired on another day than the rest. */
  retiredBySku?: Partial<Record<PayAsYouGoSku, string>>;
  /** Models and versions that draw on one quota carry the same name; default: the model's name. */
  quota?: string;
  /** For pictures, for sound, or a router: nothing to suggest in place of another model. */
  special?: true;
  /** A unit of capacity is a request a minute, not a thousand tokens: `tpm: 9000` stands for nine requests. */
  soldBy?: "requests";
  /** Empty: nothing known about deployment types and regions, so not checked. */
  offers: readonly Offer[];
}

// ---- 2026 ----

const MATRIX = "model matrix of 2026-06-11, quota tier 1 of 2026-08-20";
const MATRIX_DAY = "2026-06-11";

const ALL = OPENAI_REGIONS;
const US_ZONE = ["centralus", "eastus", "eastus2", "northcentralus", "southcentralus", "westus", "westus3"];
const EU_ZONE = [
  "francecentral",
  "germanywestcentral",
  "italynorth",
  "polandcentral",
  "spaincentral",
  "swedencentral",
  "westeurope",
];
/** Joined the EU zone for the newest models only. */
const EU_ZONE_NEWEST = ["norwayeast", "switzerlandnorth"];

const now = (sku: PayAsYouGoSku, regions: readonly string[] | undefined, tpm?: number): Offer => ({
  sku,
  regions,
  tpm,
  published: MATRIX_DAY,
  source: MATRIX,
});

/** Where the newer image models are, and where their data zone is. */
const IMAGES = ["eastus2", "westus3", "polandcentral", "swedencentral", "uaenorth"];
const IMAGES_ZONE = ["eastus2", "westus3"];
const TRANSCRIBE = ["canadacentral", "centralus", "eastus2", "francecentral", "swedencentral", "southindia"];
// biome-ignore format: a list
const WHISPER = ["eastus2", "northcentralus", "norwayeast", "swedencentral", "switzerlandnorth", "westeurope", "southindia", "uaenorth"];
const TTS = ["northcentralus", "westus3", "swedencentral"];
const ROUTER = ["eastus2", "westus3", "swedencentral", "australiaeast", "southindia"];

// biome-ignore format: a table
const STANDARD_LARGE = [
  "canadaeast", "eastus", "eastus2", "westus3", "francecentral", "germanywestcentral", "norwayeast", "polandcentral", "spaincentral", "swedencentral", "switzerlandnorth", "uksouth",
  "australiaeast", "japaneast", "koreacentral", "southeastasia", "southindia", "southafricanorth", "uaenorth",
];
const STANDARD_SMALL = [
  "canadaeast",
  "eastus",
  "eastus2",
  "westus",
  "switzerlandnorth",
  "australiaeast",
  "japaneast",
  "uaenorth",
];
/** Quota for embeddings in regional Standard: no tier table has a figure, so that of 2024-03-13 still stands. */
const EMBEDDINGS_2024: readonly Offer[] = [
  {
    sku: "Standard",
    regions: ["canadaeast", "eastus", "eastus2"],
    tpm: 350_000,
    published: "2024-03-13",
    source: "quota by region of 2024-03-13",
  },
];
const ADA_240 = ["eastus", "southcentralus", "westeurope", "francecentral"];
// biome-ignore format: a table
const STANDARD_ADA = [
  "brazilsouth", "canadaeast", "eastus2", "northcentralus", "westus", "westus3", "norwayeast", "swedencentral", "switzerlandnorth", "uksouth",
  "australiaeast", "japaneast", "southindia", "southafricanorth", "uaenorth",
];

// ---- 2023, the days of the talk that this project answers ----

const QUOTAS_2023 = "quotas and limits of 2023-10-06";
const MODELS_2023 = "models of 2023-11-22, quotas and limits of 2023-12-12";
const DAY_2023 = "2023-11-22";
/** No date was found, but the model matrix of this day has it no more. */
const GONE = "2026-06-11";

const then = (tpm: number, regions: readonly string[], source = QUOTAS_2023): Offer => ({
  sku: "Standard",
  regions,
  tpm,
  published: source === QUOTAS_2023 ? "2023-10-06" : DAY_2023,
  source,
});

const SEVEN = ["northcentralus", "australiaeast", "eastus2", "canadaeast", "japaneast", "swedencentral", "switzerlandnorth"];
/** Quota for GPT-4 and GPT-3.5 was granted in 12 regions; some of them took no new customers, which the quota table does not tell. */
const GPT_4 = [then(20_000, ["eastus", "southcentralus", "westeurope", "francecentral"]), then(40_000, [...SEVEN, "uksouth"])];
const GPT_4_32K = [
  then(60_000, ["eastus", "southcentralus", "westeurope", "francecentral"]),
  then(80_000, [...SEVEN, "uksouth"]),
];
const GPT_35 = [then(240_000, ["eastus", "southcentralus", "westeurope", "francecentral", "uksouth"]), then(300_000, SEVEN)];
const ADA_2023 = [
  then(240_000, ["eastus", "southcentralus", "westeurope", "francecentral"], MODELS_2023),
  // The quota table leaves Sweden Central out; the model table has it.
  then(350_000, [...SEVEN, "uksouth"], MODELS_2023),
];

// biome-ignore format: a table
export const models: readonly ModelFacts[] = [
  // Chat, 2026
  { model: "gpt-5.5", version: "2026-04-24", since: "2026-04-24", closed: "2026-10-24", retired: "2027-04-24",
    offers: [now("GlobalStandard", ALL, 1_000_000), now("DataZoneStandard", [...US_ZONE, ...EU_ZONE, ...EU_ZONE_NEWEST], 333_000)] },
  { model: "gpt-5.4", version: "2026-03-05", since: "2026-03-05", closed: "2026-09-05", retired: "2027-03-05",
    offers: [now("GlobalStandard", ALL, 1_000_000), now("DataZoneStandard", [...US_ZONE, ...EU_ZONE, ...EU_ZONE_NEWEST], 300_000)] },
  { model: "gpt-5.4-mini", version: "2026-03-17", since: "2026-03-17", closed: "2026-09-18", retired: "2027-03-18",
    offers: [now("GlobalStandard", ALL, 1_000_000), now("DataZoneStandard", [...US_ZONE, ...EU_ZONE], 0)] },
  { model: "gpt-5.4-nano", version: "2026-03-17", since: "2026-03-17", closed: "2026-09-18", retired: "2027-03-18",
    offers: [now("GlobalStandard", ALL, 5_000_000), now("DataZoneStandard", [...US_ZONE, ...EU_ZONE], 2_000_000)] },
  { model: "gpt-5.2", version: "2025-12-11", since: "2025-12-11", retired: "2026-12-12",
    offers: [now("GlobalStandard", ALL, 1_000_000), now("DataZoneStandard", [...US_ZONE, ...EU_ZONE], 0)] },
  { model: "gpt-5.1", version: "2025-11-13", since: "2025-11-13", closed: "2026-11-13", retired: "2027-05-15",
    offers: [now("GlobalStandard", ALL, 1_000_000), now("DataZoneStandard", [...US_ZONE, "francecentral", "swedencentral"], 300_000), now("Standard", [...US_ZONE, "swedencentral"], 300_000)] },
  { model: "gpt-5", version: "2025-08-07", since: "2025-08-07", closed: "2026-08-07", retired: "2027-02-06", offers: [now("GlobalStandard", undefined, 1_000_000), now("DataZoneStandard", undefined, 300_000)] },
  { model: "gpt-5-mini", version: "2025-08-07", since: "2025-08-07", closed: "2026-08-07", retired: "2027-02-06", offers: [now("GlobalStandard", undefined, 1_000_000), now("DataZoneStandard", undefined, 300_000)] },
  { model: "gpt-5-nano", version: "2025-08-07", since: "2025-08-07", closed: "2026-08-07", retired: "2027-02-06", offers: [now("GlobalStandard", undefined, 5_000_000), now("DataZoneStandard", undefined, 2_000_000)] },

  // Chat, retired by 2026-11: kept so that the message says when
  { model: "gpt-4.1", version: "2025-04-14", since: "2025-04-14", retired: "2026-10-14", offers: [] },
  { model: "gpt-4.1-mini", version: "2025-04-14", since: "2025-04-14", retired: "2026-10-14", offers: [] },
  { model: "gpt-4.1-nano", version: "2025-04-14", since: "2025-04-14", retired: "2026-10-14", offers: [] },
  { model: "gpt-4o", version: "2024-11-20", since: "2024-11-20", retired: "2026-10-01", retiredBySku: { Standard: "2026-03-31" }, offers: [] },
  { model: "gpt-4o", version: "2024-08-06", since: "2024-08-06", retired: "2026-10-01", retiredBySku: { Standard: "2026-03-31" }, offers: [] },
  { model: "gpt-4o", version: "2024-05-13", since: "2024-05-13", retired: "2026-10-01", retiredBySku: { Standard: "2026-03-31" }, offers: [] },
  { model: "gpt-4o-mini", version: "2024-07-18", since: "2024-07-18", retired: "2026-10-01", retiredBySku: { Standard: "2026-03-31" }, offers: [] },
  { model: "o1", version: "2024-12-17", since: "2024-12-17", retired: "2026-07-15", offers: [] },
  { model: "o3", version: "2025-04-16", since: "2025-04-16", retired: "2026-10-16", offers: [] },
  { model: "o3-mini", version: "2025-01-31", since: "2025-01-31", retired: "2026-08-02", offers: [] },
  { model: "o4-mini", version: "2025-04-16", since: "2025-04-16", retired: "2026-10-16", offers: [] },

  // Embeddings: not retired before 2027-04-15
  { model: "text-embedding-3-large", version: "1", since: "2024-03-13",
    offers: [now("GlobalStandard", ALL, 1_000_000), now("DataZoneStandard", [...US_ZONE, ...EU_ZONE], 1_000_000), ...EMBEDDINGS_2024, now("Standard", STANDARD_LARGE, 350_000)] },
  { model: "text-embedding-3-small", version: "1", since: "2024-03-13",
    offers: [now("GlobalStandard", ALL, 1_000_000), now("DataZoneStandard", [...US_ZONE, ...EU_ZONE], 1_000_000), ...EMBEDDINGS_2024, now("Standard", STANDARD_SMALL, 350_000)] },
  { model: "text-embedding-ada-002", version: "2", since: "2023-10-06",
    offers: [...ADA_2023, now("Standard", ADA_240, 240_000), now("Standard", STANDARD_ADA, 350_000)] },

  // Images, audio, and the router. Quota of the audio models of gpt-4o: usages of a new subscription, read 2026-09.
  { model: "gpt-image-2", version: "2026-04-21", special: true, since: "2026-04-21", retired: "2027-10-21", soldBy: "requests",
    offers: [now("GlobalStandard", IMAGES, 6000), now("DataZoneStandard", IMAGES_ZONE, 2000)] },
  { model: "gpt-image-1.5", version: "2025-12-16", special: true, since: "2025-12-16", retired: "2027-06-16", soldBy: "requests",
    offers: [now("GlobalStandard", IMAGES, 9000), now("DataZoneStandard", IMAGES_ZONE, 3000)] },
  { model: "gpt-4o-mini-transcribe", version: "2025-12-15", special: true, since: "2025-12-15", retired: "2027-06-15", offers: [now("GlobalStandard", TRANSCRIBE, 400_000)] },
  { model: "gpt-4o-mini-tts", version: "2025-12-15", special: true, since: "2025-12-15", retired: "2027-06-15", offers: [now("GlobalStandard", ["eastus2"], 600_000)] },
  { model: "whisper", version: "001", special: true, since: "2024-02-15", retired: "2026-12-15", soldBy: "requests", offers: [now("Standard", WHISPER, 3000)] },
  { model: "tts", version: "001", special: true, since: "2024-02-15", retired: "2026-12-15", soldBy: "requests", offers: [now("Standard", TTS, 3000)] },
  { model: "model-router", version: "2025-11-18", special: true, since: "2025-11-18", retired: "2027-05-20",
    offers: [now("GlobalStandard", ROUTER, 1_000_000), now("DataZoneStandard", IMAGES_ZONE, 300_000)] },

  // 2023
  { model: "gpt-4", version: "0613", since: "2023-10-06", retired: "2025-06-06", offers: GPT_4 },
  { model: "gpt-4", version: "0314", since: "2023-10-06", retired: "2025-06-06", offers: GPT_4 },
  { model: "gpt-4", version: "1106-preview", since: DAY_2023, retired: GONE, quota: "gpt-4-turbo",
    offers: [then(80_000, ["australiaeast", "canadaeast", "eastus2", "francecentral", "uksouth", "westus"], MODELS_2023), then(150_000, ["southindia", "norwayeast", "swedencentral"], MODELS_2023)] },
  { model: "gpt-4", version: "vision-preview", since: DAY_2023, retired: GONE, quota: "gpt-4-vision",
    offers: [then(30_000, ["swedencentral", "switzerlandnorth", "australiaeast", "westus"], MODELS_2023)] },
  { model: "gpt-4-32k", version: "0613", since: "2023-10-06", retired: "2025-06-06", offers: GPT_4_32K },
  { model: "gpt-4-32k", version: "0314", since: "2023-10-06", retired: "2025-06-06", offers: GPT_4_32K },
  { model: "gpt-35-turbo", version: "0613", since: "2023-10-06", retired: "2025-02-13", offers: GPT_35 },
  { model: "gpt-35-turbo", version: "0301", since: "2023-10-06", retired: "2025-02-13", offers: GPT_35 },
  { model: "gpt-35-turbo", version: "1106", since: DAY_2023, retired: GONE, quota: "gpt-35-turbo-1106",
    offers: [then(120_000, ["australiaeast", "canadaeast", "francecentral", "southindia", "swedencentral", "uksouth", "westus"], MODELS_2023)] },
  { model: "gpt-35-turbo-16k", version: "0613", since: "2023-10-06", retired: "2025-04-30", quota: "gpt-35-turbo", offers: GPT_35 },
  { model: "gpt-35-turbo-instruct", version: "0914", since: "2023-10-06", retired: GONE, offers: [then(240_000, ["eastus", "swedencentral"], MODELS_2023)] },
];

/** Every version of a model that the catalog knows; empty for an unknown model. */
export function versionsOf(model: string): readonly ModelFacts[] {
  return models.filter((row) => row.model === model);
}

/** The figures in force on a day: those of the latest document on or before it, else of the earliest. */
export function offersOn(row: ModelFacts, day: string): readonly Offer[] {
  const days = [...new Set(row.offers.map(({ published }) => published))].sort();
  const current = days.filter((published) => published <= day).at(-1) ?? days[0];
  return row.offers.filter(({ published }) => published === current);
}

/** Day from which the model does not answer in this deployment type, if one is set. */
export function retirement(row: ModelFacts, sku: string): string | undefined {
  return row.retiredBySku?.[sku as PayAsYouGoSku] ?? row.retired;
}
