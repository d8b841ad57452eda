export interface Price {
  usd: number;
  unit: string;
  source: string;
  /** false: an order of magnitude, never compared with a price list. */
  verified: boolean;
}

/** Azure's calculator counts 730 hours a month. */
export const HOURS_PER_MONTH = 730;

export const prices = {
  /** Provisioned throughput without a reservation; the same order for every SKU and region. */
  ptuHour: {
    usd: 1,
    unit: "PTU and hour",
    source: "about $1, from memory, 2026-11; look it up in the Azure pricing calculator",
    verified: false,
  },
} as const satisfies Record<string, Price>;

/** US dollars a month for a provisioned deployment; unverified like its price. */
export function provisionedMonthlyUsd(ptu: number): number {
  return ptu * prices.ptuHour.usd * HOURS_PER_MONTH;
}
