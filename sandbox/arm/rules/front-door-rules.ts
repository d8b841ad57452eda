import { passThrough } from "./pass-through.ts";
import type { Rule } from "./rule.ts";

const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,258}[a-zA-Z0-9])?$/;

/** Azure Front Door Standard and Premium, and its firewall policy. */
export const frontDoorRules: readonly Rule[] = [
  passThrough("Microsoft.Cdn/profiles", NAME, { isGlobal: true }),
  passThrough("Microsoft.Cdn/profiles/afdEndpoints", NAME, { isGlobal: true }),
  passThrough("Microsoft.Cdn/profiles/originGroups", NAME),
  passThrough("Microsoft.Cdn/profiles/originGroups/origins", NAME),
  passThrough("Microsoft.Cdn/profiles/afdEndpoints/routes", NAME),
  passThrough("Microsoft.Cdn/profiles/securityPolicies", NAME),
  passThrough("Microsoft.Network/FrontDoorWebApplicationFirewallPolicies", /^[a-zA-Z][a-zA-Z0-9]{0,127}$/, { isGlobal: true }),
];
