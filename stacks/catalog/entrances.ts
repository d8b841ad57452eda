/**
 * What an entrance may hold, and how much of it a plan takes: one row per limit.
 * Sources: Application Gateway limits and Front Door Standard/Premium limits (Azure subscription and service limits, 2026).
 */

/** What of an entrance is counted. */
export interface EntranceSize {
  sets: readonly { path: string; accounts: readonly unknown[] }[];
  /** Accounts with a path of their own. */
  steered: readonly unknown[];
}

export interface EntranceLimit {
  /** In the plural: "origins". */
  what: string;
  most: number;
  taken(size: EntranceSize): number;
}

/** Every set and every account has one. */
const each = ({ sets, steered }: EntranceSize) => sets.length + steered.length;
/** The set without a prefix is what the path map falls back to. */
const prefixed = ({ sets, steered }: EntranceSize) => sets.filter(({ path }) => path !== "").length + steered.length;
const origins = ({ sets, steered }: EntranceSize) => sets.reduce((sum, { accounts }) => sum + accounts.length, steered.length);
const largestSet = ({ sets }: EntranceSize) => Math.max(0, ...sets.map(({ accounts }) => accounts.length));

// biome-ignore format: a table
const frontDoor = (most: 100 | 200): readonly EntranceLimit[] => [
  { what: "origin groups",                most,     taken: each },
  { what: "routes",                       most,     taken: each },
  { what: "origins",                      most,     taken: origins },
  { what: "origins in one origin group",  most: 50, taken: largestSet },
];

export type EntranceProduct = "Application Gateway" | "Front Door Standard" | "Front Door Premium";

// biome-ignore format: a table
export const entranceLimits: Record<EntranceProduct, readonly EntranceLimit[]> = {
  "Application Gateway": [
    { what: "path rules in a path map",        most: 100,  taken: prefixed },
    { what: "backend pools",                   most: 100,  taken: each },
    { what: "addresses in one backend pool",   most: 1200, taken: largestSet },
  ],
  "Front Door Standard": frontDoor(100),
  "Front Door Premium": frontDoor(200),
};

/** The limits that an entrance of this size passes, each with its count. */
export function beyond(product: EntranceProduct, size: EntranceSize): (EntranceLimit & { count: number })[] {
  return entranceLimits[product]
    .map((limit) => ({ ...limit, count: limit.taken(size) }))
    .filter(({ count, most }) => count > most);
}
