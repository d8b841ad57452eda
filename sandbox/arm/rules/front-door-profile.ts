import { DEFAULTS } from "../../network/front-door-parts.ts";
import { PROFILES } from "../front-door-types.ts";
import { badRequest, named } from "./front-door-common.ts";
import { identityOf } from "./identity.ts";
import type { Rule } from "./rule.ts";
import { guid, stateOf } from "./target.ts";

/** Azure Front Door service limits: Standard and Premium profiles of a subscription. */
const PROFILES_PER_SUBSCRIPTION = 500;

export const frontDoorProfile: Rule = {
  type: PROFILES,
  isGlobal: true,
  name: named("profile", 2, 90),
  put(put) {
    const { target, body, existing, context } = put;
    const before = existing?.body.sku?.name;
    // Standard becomes Premium by an action of its own, never by a PUT; azure-native replaces the profile.
    if (before !== undefined && before !== body.sku?.name)
      throw badRequest(`The SKU of profile '${target.name}' is '${before}' and cannot be changed to '${body.sku?.name}'.`);
    const mine = context.arm
      .list(PROFILES)
      .filter(({ id }) => id.toLowerCase().startsWith(`/subscriptions/${target.subscription.toLowerCase()}/`));
    if (!existing && mine.length >= PROFILES_PER_SUBSCRIPTION)
      throw badRequest(
        `Subscription '${target.subscription}' has ${mine.length} profiles; at most ${PROFILES_PER_SUBSCRIPTION} are allowed.`,
      );
    return {
      body: {
        ...body,
        kind: "frontdoor",
        ...(body.identity && { identity: identityOf(put) }),
        properties: {
          originResponseTimeoutSeconds: DEFAULTS.originResponseTimeoutSeconds,
          ...body.properties,
          frontDoorId: existing?.body.properties.frontDoorId ?? guid("front door", target.id, context.now),
        },
      },
      seconds: existing ? 30 : 60,
    };
  },
  /** With all that is in it. */
  remove: () => ({ seconds: 300, softDelete: false }),
  shown: (body, resource, context) => {
    const state = stateOf(resource, context, "Creating", "Updating");
    return {
      ...body,
      location: "Global",
      properties: { ...body.properties, provisioningState: state, resourceState: state === "Creating" ? "Creating" : "Active" },
    };
  },
};
