/**
 * What a probe will do, how long that takes and what it costs: said before anything is deployed.
 */
import { PROBE_SKU } from "../../stacks/probe.ts";
import { DEPLOYMENT } from "./questions/account.ts";
import { groupsFor } from "./questions/index.ts";

/**
 * List price of the meter "Basic v2 Unit" of API Management, US dollars an hour: 0.20548 to 0.21 by region, as public readings of Azure's retail prices
 * have it (2026-10). A started hour counts as a whole one.
 */
export const USD_PER_HOUR = 0.21;
export const MOST_HOURS = 2;
/** List price of text-embedding-3-small (OpenAI's and Azure's price pages, 2024 to 2026). */
export const USD_PER_MILLION_TOKENS = 0.02;
/** All that the questions ask for together is far less. */
export const MOST_TOKENS = 50_000;
/** Base fee of Front Door Standard, $35 a month of 730 hours (Azure's pricing page, 2026). */
export const FRONT_DOOR_USD_PER_HOUR = 35 / 730;
export const mostUsd = (frontDoor: boolean) =>
  (USD_PER_HOUR + (frontDoor ? FRONT_DOOR_USD_PER_HOUR : 0)) * MOST_HOURS + (USD_PER_MILLION_TOKENS * MOST_TOKENS) / 1_000_000;
/** Deploying v2 "in minutes" (v2 tiers overview), roles up to 10 minutes (Azure RBAC), the questions' own waits, deleting. */
export const MINUTES = { deploying: [5, 20], asking: [10, 25], takingDown: [5, 15] } as const;
/** A new endpoint takes 3 to 20 minutes (Front Door FAQ, 2026), and an origin that comes back takes more. */
const FRONT_DOOR_MINUTES = [5, 30] as const;

export function announcement({
  subscription,
  location,
  frontDoor = false,
}: {
  subscription: string;
  location: string;
  frontDoor?: boolean;
}): string {
  const phases = [...Object.values(MINUTES), ...(frontDoor ? [FRONT_DOOR_MINUTES] : [])];
  const [least, most] = [0, 1].map((end) => phases.reduce((sum, range) => sum + (range[end] ?? 0), 0));
  const groups = groupsFor({ frontDoor });
  const count = groups.reduce((sum, { questions }) => sum + questions.length, 0);
  return [
    `npm run probe would deploy into the subscription "${subscription}", region ${location}, a resource group of its own with`,
    `  - one API Management service (${PROBE_SKU}, one unit), open to the internet to whoever has its key, which nobody is told,`,
    `  - one Azure OpenAI account (S0) with one deployment of ${DEPLOYMENT.model}, ${DEPLOYMENT.sku}, 1,000 tokens a minute,`,
    ...(frontDoor ? ["  - one Front Door (Standard) with a firewall policy, whose routes lead to these two and to nobody,"] : []),
    "  - and the right of the service to call that account (Cognitive Services OpenAI User).",
    `It asks ${count} questions in ${groups.length} groups, writes the answers into a file, deletes the group and purges both names.`,
    `Time: ${least} to ${most} minutes. Cost: at most about $${mostUsd(frontDoor).toFixed(2)} at list prices (${PROBE_SKU} $${USD_PER_HOUR} an hour, up to ${MOST_HOURS} hours; tokens below a cent), read 2026-10.`,
    "You need the rights to make resources and role assignments there (Owner, or Contributor and User Access Administrator).",
    "It has never run on Azure. Should it be stopped in any way, run it again: it takes down first what was left.",
  ].join("\n");
}
