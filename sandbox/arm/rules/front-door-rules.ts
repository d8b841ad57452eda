import { frontDoorEndpoint } from "./front-door-endpoint.ts";
import { frontDoorFirewall } from "./front-door-firewall.ts";
import { frontDoorOrigin } from "./front-door-origin.ts";
import { frontDoorOriginGroup } from "./front-door-origin-group.ts";
import { frontDoorProfile } from "./front-door-profile.ts";
import { frontDoorRoute } from "./front-door-route.ts";
import { frontDoorSecurityPolicy } from "./front-door-security-policy.ts";
import type { Rule } from "./rule.ts";

/** Azure Front Door Standard and Premium, and its firewall policy. */
export const frontDoorRules: readonly Rule[] = [
  frontDoorProfile,
  frontDoorEndpoint,
  frontDoorOriginGroup,
  frontDoorOrigin,
  frontDoorRoute,
  frontDoorSecurityPolicy,
  frontDoorFirewall,
];
