import type { ProviderResource, Resource } from "@pulumi/pulumi";
import type { AccountPlan } from "../stacks/plan.ts";
import { cognitiveservices } from "./azure.ts";
import type { Place } from "./foundation.ts";

/**
 * The content filters of one account, which its deployments name.
 * @returns the last of them; whoever waits for it waits for all
 */
export function contentFilters(
  { key, contentFilters = [] }: AccountPlan,
  { resourceGroupName }: Place,
  account: cognitiveservices.Account,
  provider: ProviderResource | undefined,
): Resource | undefined {
  let previous: Resource | undefined;
  for (const { name, base, mode, filters } of contentFilters)
    previous = new cognitiveservices.RaiPolicy(
      `content-filter-${key}-${name}`,
      {
        resourceGroupName,
        accountName: account.name,
        raiPolicyName: name,
        properties: { basePolicyName: base, mode, contentFilters: filters.map((filter) => ({ ...filter })) },
      },
      // One operation at a time in an account, as with deployments.
      { provider, dependsOn: previous ? [previous] : [], deleteBeforeReplace: true },
    );
  return previous;
}
