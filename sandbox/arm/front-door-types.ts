/**
 * ARM types of Azure Front Door.
 */
export const PROFILES = "Microsoft.Cdn/profiles";
export const ENDPOINTS = `${PROFILES}/afdEndpoints`;
export const ROUTES = `${ENDPOINTS}/routes`;
export const ORIGIN_GROUPS = `${PROFILES}/originGroups`;
export const ORIGINS = `${ORIGIN_GROUPS}/origins`;
export const SECURITY_POLICIES = `${PROFILES}/securityPolicies`;
export const FIREWALL_POLICIES = "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies";
