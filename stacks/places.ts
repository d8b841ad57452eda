/**
 * Where the gateway stands, and what follows from its moving. Pure.
 *
 * Accounts stand where the stack's file says, each by itself: a gateway that moves takes none of them along.
 */
import { AZURE_REGIONS, gatewayRegions } from "./catalog/regions.ts";
import type { Config, Draft, StackSource } from "./config.ts";
import { gatewaySku, membersOf } from "./members.ts";
import { digest } from "./names.ts";
import { inOrder } from "./order.ts";
import type { Plan } from "./plan.ts";

/**
 * Region of the gateway: as configured. Else, for a new stack, the first by name of the members' regions that offer it, so that it makes no
 * difference where a region stands in the list; a stack that is deployed keeps the place that its state remembers (`infra/foundation.ts`).
 */
export function gatewayPlace(config: Draft<Config>, { location }: Pick<StackSource, "location">): PlacePlan {
  if (location !== undefined) return { location };
  const regions = inOrder(new Set(membersOf(config).map(({ region }) => region)));
  const offers = gatewayRegions(gatewaySku(config)) ?? AZURE_REGIONS;
  return { location: regions.find((region) => offers.includes(region)) ?? regions[0] ?? "", locationIsChosen: true };
}

type PlacePlan = Pick<Plan, "location" | "locationIsChosen">;

/** What a plan tells of a place that was chosen, with the line that settles it. */
export const chosenPlaceNote = ({ location }: PlacePlan) =>
  `Nothing says where the gateway stands: that of a new stack stands in ${location}, the first by name of its regions that offer it; one that is deployed stays where it is, whatever becomes of the regions. To settle it: azure-native:location: ${location}`;

/** `Sweden Central` and `swedencentral` are one place. */
export const plainPlace = (location: string): string => location.toLowerCase().replaceAll(" ", "");

/**
 * End of the gateway's name. A deleted gateway keeps its name for 48 hours, in whatever region it stood, so one that moves takes another.
 * @param suffix  of the stack
 * @param home    where the stack was made first: that of its resource group
 * @param place   where the gateway stands
 * @returns       6 lower-case letters and digits; at home the stack's own
 */
export const gatewaySuffix = (suffix: string, home: string, place: string): string =>
  plainPlace(home) === plainPlace(place) ? suffix : digest(`${suffix} ${plainPlace(place)}`);

/** A network's parts cannot move, and the gateway and the private endpoints stand in them. */
export const networkStays = (from: string, to: string): string =>
  `The virtual network stands in ${from} and cannot move to ${to} with what stands in it. Put azure-native:location back to ${from}; or leave the network, move, and come back: set aoai:topology to public-apim ("npm run switch" keeps answering calls), then azure-native:location to ${to}, then aoai:topology back, with an update after each. The accounts stay in every one of them.`;

/** Every Azure name carries the stack's: under another one nothing would be found again, and the group would be replaced with all that is in it. */
export const renamed = (from: string, to: string): string =>
  `The stack stands in resource group ${from}, and its name asks for ${to}: it was renamed, and every Azure name carries the stack's name, which no resource can change. Rename it back (pulumi stack rename), or make a new stack beside it.`;
