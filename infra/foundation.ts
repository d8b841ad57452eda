import { type Output, output, type ProviderResource } from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random";
import { type Plan, SUFFIX_LENGTH } from "../stacks/plan.ts";
import { Provider, resources } from "./azure.ts";

/** Where a subscription's resources go: its resource group and, unless it is the default one, its explicit provider. */
export interface Place {
  resourceGroupName: Output<string>;
  provider?: ProviderResource;
}

/** What every part of a stack stands on. */
export interface Foundation {
  plan: Plan;
  location: string;
  tags: Record<string, string>;
  /** 6 lower-case letters and digits, drawn once per stack, at the end of names that must be unique in the world. */
  suffix: Output<string>;
  /** Resource group of the gateway, in the default subscription. */
  resourceGroupName: Output<string>;
  /** Its ARM id. */
  resourceGroupId: Output<string>;
  /** The place for an account's subscription. */
  place(subscription: string | undefined): Place;
}

/** The resource group (one per subscription: quota is per subscription, a group cannot span two) and the random suffix. */
export function foundation(plan: Plan): Foundation {
  const suffix = new RandomString("name-suffix", { length: SUFFIX_LENGTH, upper: false, special: false }).result;
  const tags = { ...plan.tags };
  const group = (name: string, resourceGroupName: string, provider?: ProviderResource) =>
    new resources.ResourceGroup(name, { resourceGroupName, location: plan.location, tags }, { provider });

  const own = group("group", plan.names.resourceGroup);
  const home: Place = { resourceGroupName: own.name };
  const elsewhere = new Map<string, Place>();
  for (const { subscription } of plan.accounts) {
    if (!subscription || elsewhere.has(subscription)) continue;
    const provider = new Provider(`subscription-${subscription}`, { subscriptionId: subscription, location: plan.location });
    // A name of its own: the subscription may turn out to be the default one.
    const name = `${plan.names.resourceGroup}-${subscription.slice(0, 8)}`;
    elsewhere.set(subscription, { resourceGroupName: group(`group-${subscription}`, name, provider).name, provider });
  }
  return {
    plan,
    location: plan.location,
    tags,
    suffix,
    resourceGroupName: own.name,
    resourceGroupId: output(own.id),
    place(subscription) {
      if (!subscription) return home;
      const place = elsewhere.get(subscription);
      if (!place) throw new Error(`no account of the plan lives in subscription ${subscription}`);
      return place;
    },
  };
}

/** `<name>-<suffix>`, unique in the world. */
export function unique(name: string, { suffix }: Foundation): Output<string> {
  return suffix.apply((s) => `${name}-${s}`);
}
