import { type Output, output, type Resource } from "@pulumi/pulumi";
import type { AccountPlan } from "../stacks/plan.ts";
import { cognitiveservices } from "./azure.ts";
import { contentFilters } from "./content-filters.ts";
import { type Foundation, unique } from "./foundation.ts";

/** An Azure OpenAI account with its deployments. */
export interface Account {
  plan: AccountPlan;
  id: Output<string>;
  /** The account itself, without its deployments. */
  resource: Resource;
  /** `<custom subdomain>.openai.azure.com` */
  host: Output<string>;
  /** By deployment name. Later ones depend on earlier ones. */
  deployments: ReadonlyMap<string, Resource>;
}

/** Every account of the plan: the accounts in parallel, the deployments of one account in series. */
export function accounts(base: Foundation): Account[] {
  return base.plan.accounts.map((plan) => account(plan, base));
}

/** The account of a key. */
export function accountOf(accounts: readonly Account[], key: string): Account {
  const found = accounts.find(({ plan }) => plan.key === key);
  if (!found) throw new Error(`the plan leads to the unknown account ${key}`);
  return found;
}

function account(plan: AccountPlan, base: Foundation): Account {
  const place = base.place(plan.subscription);
  const { resourceGroupName, provider } = place;
  const { protect } = base.plan;
  const name = unique(plan.name, base);
  const resource = new cognitiveservices.Account(
    `account-${plan.key}`,
    {
      resourceGroupName,
      accountName: name,
      location: plan.region,
      kind: "OpenAI",
      sku: { name: "S0" },
      identity: { type: "SystemAssigned" },
      tags: base.tags,
      properties: {
        // Entra tokens, private endpoints and network rules all need the custom subdomain.
        customSubDomainName: name,
        disableLocalAuth: true,
        publicNetworkAccess: base.plan.accountAccess === "open" ? "Enabled" : "Disabled",
        networkAcls: { defaultAction: base.plan.accountAccess === "open" ? "Allow" : "Deny" },
        ...(base.plan.restored?.includes(plan.key) && { restore: true }),
      },
    },
    // The subdomain cannot change; a new account of the old name cannot be made before the old one is gone.
    { provider, protect, replaceOnChanges: ["properties.customSubDomainName"], deleteBeforeReplace: true },
  );

  const deployments = new Map<string, Resource>();
  let previous = contentFilters(plan, place, resource, provider);
  for (const deployment of plan.deployments) {
    previous = new cognitiveservices.Deployment(
      `deployment-${plan.key}-${deployment.name}`,
      {
        resourceGroupName,
        accountName: resource.name,
        deploymentName: deployment.name,
        sku: { name: deployment.sku, capacity: deployment.capacity },
        properties: {
          model: { format: "OpenAI", name: deployment.model.name, version: deployment.model.version },
          // With automatic upgrades the service changes the version behind Pulumi's back.
          versionUpgradeOption: "NoAutoUpgrade",
          ...(deployment.contentFilter !== undefined && { raiPolicyName: deployment.contentFilter }),
        },
      },
      {
        provider,
        protect,
        // Two operations on one account at a time are refused with 409 RequestConflict, deletions included.
        dependsOn: previous ? [previous] : [],
        replaceOnChanges: ["properties.model.name", "properties.model.format", "sku.name"],
        deleteBeforeReplace: true,
      },
    );
    deployments.set(deployment.name, previous);
  }
  return { plan, id: output(resource.id), resource, host: name.apply((n) => `${n}.openai.azure.com`), deployments };
}
