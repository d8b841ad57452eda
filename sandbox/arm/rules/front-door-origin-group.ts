import { DEFAULTS } from "../../network/front-door-parts.ts";
import { ORIGIN_GROUPS, ORIGINS } from "../front-door-types.ts";
import {
  badRequest,
  checkLimit,
  isEnabled,
  named,
  notHere,
  parentName,
  profileOf,
  routesTo,
  withState,
} from "./front-door-common.ts";
import type { Rule } from "./rule.ts";

/** What the portal fills in. */
const PROBE = {
  probePath: "/",
  probeRequestType: "HEAD",
  probeProtocol: "Http",
  probeIntervalInSeconds: DEFAULTS.probeIntervalSeconds,
};

export const frontDoorOriginGroup: Rule = {
  type: ORIGIN_GROUPS,
  name: named("origin group", 2, 90),
  put({ target, body, existing, context }) {
    const profile = profileOf(target.id, context.arm);
    if (!existing) checkLimit("origin groups", context.arm.list(ORIGIN_GROUPS, profile.id).length, profile);
    const { loadBalancingSettings, healthProbeSettings, sessionAffinityState } = body.properties;
    const balancing = { ...DEFAULTS.loadBalancing, ...loadBalancingSettings };
    if (balancing.successfulSamplesRequired > balancing.sampleSize)
      throw badRequest(
        `successfulSamplesRequired (${balancing.successfulSamplesRequired}) of origin group '${target.name}' is greater than sampleSize (${balancing.sampleSize}).`,
      );
    if (sessionAffinityState === "Enabled") throw notHere("Session affinity");
    if (!healthProbeSettings && existing && context.arm.list(ORIGINS, target.id).filter(isEnabled).length > 1)
      throw probesNeeded(target.name);
    return {
      body: {
        properties: {
          sessionAffinityState: "Disabled",
          trafficRestorationTimeToHealedOrNewEndpointsInMinutes: DEFAULTS.restorationMinutes,
          ...body.properties,
          loadBalancingSettings: balancing,
          ...(healthProbeSettings && { healthProbeSettings: { ...PROBE, ...set(healthProbeSettings) } }),
        },
      },
      seconds: 15,
    };
  },
  remove(resource, { arm }) {
    const route = routesTo(resource.id, arm)[0];
    if (route)
      throw badRequest(
        `Cannot delete the origin group '${resource.name}' when it is still associated with a route or a rule ('${route.name}'). Please disassociate the origin group and try again.`,
      );
    return { seconds: 15, softDelete: false };
  },
  shown: (body, resource, context) => withState(body, resource, context, { profileName: parentName(resource.id) }),
};

/** "NotSet" is the same as absent. */
const set = (settings: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== "NotSet"));

/** Source: Azure Front Door health probes, "Disabling health probes"; the text is ours. */
export const probesNeeded = (group: string) =>
  badRequest(`Health probes of origin group '${group}' cannot be disabled: more than one of its origins is enabled.`);
