import { all, type Output, output, type ProviderResource, RunError } from "@pulumi/pulumi";
import { RandomString, RandomUuid } from "@pulumi/random";
import { gatewaySuffix, renamed } from "../stacks/places.ts";
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
  /** Where the stack was made first, and where its resource group stays: of whatever need not move with the gateway. */
  home: Output<string>;
  /** Where the gateway stands, and what must stand beside it. */
  location: Output<string>;
  tags: Record<string, string>;
  /** 6 lower-case letters and digits, drawn once per stack, at the end of names that must be unique in the world. */
  suffix: Output<string>;
  /** The same for the gateway: a deleted one keeps its name, so one that moves has another. */
  gatewaySuffix: Output<string>;
  /** Resource group of the gateway, in the default subscription. */
  resourceGroupName: Output<string>;
  /** Its ARM id. */
  resourceGroupId: Output<string>;
  /** Each group as it stands, and as the plan names it. */
  groups: readonly { stands: Output<string>; wanted: string }[];
  /** The place for an account's subscription. */
  place(subscription: string | undefined): Place;
}

/**
 * The resource group (one per subscription: quota is per subscription, a group cannot span two), the random suffix, and the places.
 *
 * A group takes everything in it along when it is replaced, so it never is: its place is that of its metadata alone, and stays where it was made; its
 * name can only change with the stack's, which `sameGroups` refuses.
 */
export function foundation(plan: Plan): Foundation {
  const suffix = new RandomString("name-suffix", { length: SUFFIX_LENGTH, upper: false, special: false }).result;
  const tags = { ...plan.tags };
  const group = (name: string, resourceGroupName: string, provider?: ProviderResource) => {
    const made = new resources.ResourceGroup(
      name,
      { resourceGroupName, location: plan.location, tags },
      { provider, ignoreChanges: ["location", "resourceGroupName"] },
    );
    groups.push({ stands: made.name, wanted: resourceGroupName });
    return made;
  };

  const groups: { stands: Output<string>; wanted: string }[] = [];
  const own = group("group", plan.names.resourceGroup);
  const location = remembered(plan, own.location);
  const home: Place = { resourceGroupName: own.name };
  const elsewhere = new Map<string, Place>();
  for (const { subscription } of plan.accounts) {
    if (!subscription || elsewhere.has(subscription)) continue;
    const provider = new Provider(`subscription-${subscription}`, { subscriptionId: subscription, location: plan.location });
    // A name of its own: the subscription may turn out to be the default one.
    const name = `${plan.names.resourceGroup}-${subscription.slice(0, 8)}`;
    elsewhere.set(subscription, {
      resourceGroupName: group(`group-${subscription}`, name, provider).name,
      provider,
    });
  }
  return {
    plan,
    home: own.location,
    location,
    tags,
    suffix,
    gatewaySuffix: all([suffix, own.location, location]).apply((all) => gatewaySuffix(...all)),
    resourceGroupName: own.name,
    resourceGroupId: output(own.id),
    groups,
    place(subscription) {
      if (!subscription) return home;
      const place = elsewhere.get(subscription);
      if (!place) throw new Error(`no account of the plan lives in subscription ${subscription}`);
      return place;
    },
  };
}

/**
 * Where the gateway stands. The state remembers it in what a drawn name is kept for, which nobody uses: where the stack's file says nothing, whatever would be
 * chosen now does not count. One that was deployed before there was this memory stands where its resource group does.
 */
function remembered({ location, locationIsChosen }: Plan, home: Output<string>): Output<string> {
  const memory = new RandomUuid(
    "place",
    { keepers: { location: locationIsChosen ? home : location } },
    { ignoreChanges: locationIsChosen ? ["keepers"] : [] },
  );
  return memory.keepers.apply((kept) => kept?.location ?? location);
}

/**
 * Waits until the groups are known as they stand, before anything is put into them.
 * @throws RunError where one is not the one that the plan names
 */
export async function sameGroups({ groups }: Foundation): Promise<void> {
  for (const { stands, wanted } of groups) {
    const name = await known(stands);
    if (name !== undefined && name.toLowerCase() !== wanted.toLowerCase()) throw new RunError(renamed(name, wanted));
  }
}

/** What an output comes to; undefined where a preview cannot know. The SDK has the question, but not among its types. */
export const known = <T>(of: Output<T>): Promise<T | undefined> =>
  (of as unknown as { promise(withUnknowns: boolean): Promise<T | undefined> }).promise(false);

/** `<name>-<suffix>`, unique in the world. */
export function unique(name: string, { suffix }: Foundation): Output<string> {
  return suffix.apply((s) => `${name}-${s}`);
}
