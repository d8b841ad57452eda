/**
 * What a probe will do, how long that takes and what it costs: said before anything is deployed.
 */
import { PROBE_SKU } from "../../stacks/probe.ts";
import { DEPLOYMENT } from "./questions/account.ts";
import { GROUPS, QUESTIONS } from "./questions/index.ts";

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
export const MOST_USD = USD_PER_HOUR * MOST_HOURS + (USD_PER_MILLION_TOKENS * MOST_TOKENS) / 1_000_000;
/** Deploying v2 "in minutes" (v2 tiers overview), roles up to 10 minutes (Azure RBAC), the questions' own waits, deleting. */
export const MINUTES = { deploying: [5, 20], asking: [10, 25], takingDown: [5, 15] } as const;

export function announcement({ subscription, location }: { subscription: string; location: string }): string {
  const [least, most] = [0, 1].map((end) => Object.values(MINUTES).reduce((sum, range) => sum + (range[end] ?? 0), 0));
  return [
    `npm run probe would deploy into the subscription "${subscription}", region ${location}, a resource group of its own with`,
    `  - one API Management service (${PROBE_SKU}, one unit), open to the internet to whoever has its key, which nobody is told,`,
    `  - one Azure OpenAI account (S0) with one deployment of ${DEPLOYMENT.model}, ${DEPLOYMENT.sku}, 1,000 tokens a minute,`,
    "  - and the right of the service to call that account (Cognitive Services OpenAI User).",
    `It asks ${QUESTIONS.length} questions in ${GROUPS.length} groups, writes the answers into a file, deletes the group and purges both names.`,
    `Time: ${least} to ${most} minutes. Cost: at most about $${MOST_USD.toFixed(2)} at list prices (${PROBE_SKU} $${USD_PER_HOUR} an hour, up to ${MOST_HOURS} hours; tokens below a cent), read 2026-10.`,
    "You need the rights to make resources and role assignments there (Owner, or Contributor and User Access Administrator).",
    "It has never run on Azure. Should it be stopped in any way, run it again: it takes down first what was left.",
  ].join("\n");
}
