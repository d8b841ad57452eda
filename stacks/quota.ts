/**
 * Which deployments draw on one quota, and how much of it there is. Pure.
 */
import { offersOn, PROVISIONED_SKUS, versionsOf } from "./catalog/models.ts";
import type { AccountPlan, DeploymentPlan } from "./plan.ts";

/** An account with what it holds, as it stands or shall stand. */
export type StandingAccount = Pick<AccountPlan, "key" | "member" | "region" | "subscription" | "purchase"> & {
  deployments: readonly DeploymentPlan[];
};

/** Azure changes neither the model of a deployment nor its type in place: it goes, and comes again. */
export const isReplaced = (was: DeploymentPlan, is: DeploymentPlan) => was.model.name !== is.model.name || was.sku !== is.sku;

/**
 * What is taken for sure of a subscription's quota beyond what stands and what is wanted. "catalog": what the catalog names for a new subscription,
 * by region. "nothing": not even that, and GlobalStandard and data zones draw on one quota over all regions, as they do for some models since 2026-05.
 */
export type Spare = "catalog" | "nothing";

const isProvisioned = (sku: string) => PROVISIONED_SKUS.some((one) => one === sku);
const isPooled = (sku: string) => /^(Global|DataZone)/.test(sku);

/** Names of the quotas that a deployment draws on; provisioned units are of no model. */
export function scopesOf(
  { region, subscription = "" }: Pick<StandingAccount, "region" | "subscription">,
  { model, sku }: Pick<DeploymentPlan, "model" | "sku">,
  spare: Spare,
): string[] {
  const row = versionsOf(model.name).find(({ version }) => version === model.version);
  const what = isProvisioned(sku) ? sku : `${row?.quota ?? model.name} ${sku}`;
  const regional = `${subscription}/${region} ${what}`;
  return spare === "nothing" && isPooled(sku) ? [regional, `${subscription}/everywhere ${what}`] : [regional];
}

/** Capacity that a new subscription has in a region, by the catalog of that day; undefined: not known. */
export function grantedCapacity(
  { region }: Pick<StandingAccount, "region">,
  { model, sku }: Pick<DeploymentPlan, "model" | "sku">,
  day: string,
): number | undefined {
  const row = versionsOf(model.name).find(({ version }) => version === model.version);
  const offer = row && offersOn(row, day).find((one) => one.sku === sku && (one.regions?.includes(region) ?? true));
  return offer?.tpm === undefined ? undefined : offer.tpm / 1000;
}
