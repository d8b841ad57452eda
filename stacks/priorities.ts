/**
 * First regions, then others: the order in which a model's accounts are used. Provisioned throughput goes before what is billed per token,
 * whatever its priority; of each, the lowest number goes first.
 */
import { at } from "./config.ts";
import type { Placement } from "./members.ts";
import { listed } from "./nearest.ts";
import type { Judge } from "./rules.ts";

/** Of a member that says nothing. */
export const FIRST_PRIORITY = 1;
/** As priorities of a pool's members (Azure API Management backends, 2025-11), though those are counted anew from 1. */
export const LAST_PRIORITY = 100;

/** Those that serve together, the first to be used first. */
export function tiers<T extends { priority: number }>(members: readonly T[]): T[][] {
  return [...Map.groupBy(members, ({ priority }) => priority)].sort(([a], [b]) => a - b).map(([, tier]) => tier);
}

/** What an order means for capacity, and an order that is none. */
export function priorities({ config, placed, broken, warn, note }: Judge): void {
  if (broken("regions") || broken("models")) return;
  const models = [...Map.groupBy(placed, ({ index }) => index)].map(([index, here]) => ({
    index,
    payAsYouGo: tiers(here.filter(({ purchase }) => purchase === "payAsYouGo")),
    provisioned: tiers(here.filter(({ purchase }) => purchase === "provisioned")),
  }));
  const hasOrder = ({ payAsYouGo, provisioned }: (typeof models)[number]) => payAsYouGo.length > 1 || provisioned.length > 1;
  for (const model of models) {
    if (!hasOrder(model)) continue;
    const order = [...model.provisioned, ...model.payAsYouGo].map((tier) => `${listed(tier.map(nameOf))} (${amountOf(tier)})`);
    note(
      `"${config.models?.[model.index]?.deployment}" is served by ${order.join(", then by ")}: each only while all before are used up or out.`,
    );
  }
  const written = (config.regions ?? []).flatMap((entry, index) =>
    typeof entry === "object" && entry.priority !== undefined
      ? [{ value: entry.priority, path: `${at("regions", index)}.priority` }]
      : [],
  );
  const overrides = (config.models ?? []).flatMap((model, index) =>
    Array.isArray(model?.regions)
      ? []
      : Object.entries(model?.regions ?? {}).flatMap(([member, entry]) =>
          typeof entry === "object" && entry.priority !== undefined
            ? [{ index, value: entry.priority, path: `${at(`${at("models", index)}.regions`, member)}.priority` }]
            : [],
        ),
  );
  const idle = (of: typeof models) => of.some(({ payAsYouGo }) => (payAsYouGo[0]?.length ?? 0) > 1) && !of.some(hasOrder);
  const none = (what: { value: number; path: string }) =>
    warn({
      ...what,
      rule: `${what.value} has no effect: every other member has the same priority (${FIRST_PRIORITY} where none is given).`,
      fix: "Give those that are to wait a higher number.",
    });
  if (written[0] && idle(models)) none(written[0]);
  for (const [first] of Map.groupBy(overrides, ({ index }) => index).values())
    if (first && idle(models.filter(({ index }) => index === first.index))) none(first);
}

const nameOf = ({ key }: Placement) => key;

/** `180,000 TPM`, `50 PTU` */
function amountOf(tier: readonly Placement[]): string {
  const sum = (of: (placement: Placement) => number | undefined) => tier.reduce((all, one) => all + (of(one) ?? 0), 0);
  const amount = tier[0]?.purchase === "provisioned" ? sum(({ capacity }) => capacity) : sum(({ tpm }) => tpm);
  return `${amount.toLocaleString("en-US")} ${tier[0]?.purchase === "provisioned" ? "PTU" : "TPM"}`;
}
