import { APPLICATION_GATEWAYS, GATEWAY_FIREWALLS } from "../network-types.ts";
import { checkQuiet, type Inner, networkError } from "./network.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { sameId, stateOf } from "./target.ts";

/** Managed rule sets and their versions (Application Gateway WAF rule groups). Exactly one of the first two kinds belongs in a policy. */
const RULE_SETS: Record<string, readonly string[]> = {
  OWASP: ["3.1", "3.2"],
  Microsoft_DefaultRuleSet: ["2.1", "2.2"],
  Microsoft_BotManagerRuleSet: ["0.1", "1.0", "1.1"],
  Microsoft_HTTPDDoSRuleSet: ["1.0"],
};
const MAIN = ["OWASP", "Microsoft_DefaultRuleSet"];
/** Sets whose engine inspects bodies of up to 2 MB; older ones 128 KB. */
const isNewEngine = (type: string, version: string) =>
  type === "Microsoft_DefaultRuleSet" || (type === "OWASP" && version === "3.2");

/** Limits of Application Gateway WAF (Azure subscription limits; WAF request size limits). */
const CUSTOM_RULES = 100;
const PRIORITY = [1, 100] as const;
const BODY_KB = { newEngine: 2000, old: 128 };
const FILE_MB = { newEngine: 4000, old: 750 };

interface CustomRule {
  name?: string;
  priority: number;
  ruleType: string;
  action: string;
  matchConditions: { matchVariables: { variableName: string; selector?: string }[]; operator: string; matchValues?: string[] }[];
  rateLimitDuration?: string;
  rateLimitThreshold?: number;
  groupByUserSession?: unknown[];
}

export const applicationGatewayFirewall: Rule = {
  type: GATEWAY_FIREWALLS,
  name: {
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}$/,
    code: "InvalidResourceName",
    text: (name) => `Firewall policy name ${name} is invalid: 1 to 128 letters, digits, '-' and '_'.`,
  },
  put(put) {
    const { target, body, existing, context } = put;
    checkQuiet(context, target.id);
    const main = checkManagedRules(put);
    checkSettings(put, isNewEngine(main.ruleSetType, main.ruleSetVersion));
    checkCustomRules(put);
    const { managedRules, policySettings, customRules = [] } = body.properties;
    return {
      body: {
        ...body,
        properties: {
          customRules,
          managedRules: { exclusions: [], ...managedRules },
          policySettings: {
            state: "Enabled",
            mode: "Detection",
            requestBodyCheck: true,
            maxRequestBodySizeInKb: 128,
            fileUploadLimitInMb: 100,
            requestBodyInspectLimitInKB: 128,
            requestBodyEnforcement: true,
            fileUploadEnforcement: true,
            ...policySettings,
          },
          provisioningState: "Succeeded",
        },
      },
      seconds: existing ? 10 : 5,
    };
  },
  remove(resource, context) {
    checkQuiet(context, resource.id);
    const users = gatewaysOf(resource.id, context);
    if (users.length > 0)
      throw networkError(
        `Firewall policy ${resource.id} cannot be deleted because it is in use by the following resources: ${users.join(", ")}.`,
      );
    return { seconds: 5, softDelete: false };
  },
  shown(body, resource, context) {
    const users = gatewaysOf(resource.id, context);
    return {
      ...body,
      properties: {
        ...body.properties,
        ...(users.length > 0 && { applicationGateways: users.map((id) => ({ id })) }),
        resourceState: "Enabled",
        provisioningState: stateOf(resource, context, "Updating", "Updating"),
      },
    };
  },
};

/** Gateways that have this policy as a whole, or at a listener or path. */
function gatewaysOf(policyId: string, { arm }: RuleContext): string[] {
  const names = (one: { firewallPolicy?: { id?: string } }) => sameId(one.firewallPolicy?.id ?? "", policyId);
  return arm
    .list(APPLICATION_GATEWAYS)
    .filter(({ body: { properties } }) => {
      const listeners = (properties.httpListeners ?? []) as Inner[];
      const paths = ((properties.urlPathMaps ?? []) as Inner[]).flatMap((map) => (map.properties.pathRules ?? []) as Inner[]);
      return names(properties) || [...listeners, ...paths].some((one) => names(one.properties));
    })
    .map(({ id }) => id);
}

function checkManagedRules({ target, body }: Put): { ruleSetType: string; ruleSetVersion: string } {
  const sets = body.properties.managedRules.managedRuleSets as { ruleSetType: string; ruleSetVersion: string }[];
  for (const { ruleSetType, ruleSetVersion } of sets)
    if (!RULE_SETS[ruleSetType]?.includes(ruleSetVersion))
      throw networkError(
        `The managed rule set '${ruleSetType}' of version '${ruleSetVersion}' in ${target.id} does not exist. There are ${Object.entries(
          RULE_SETS,
        )
          .map(([type, versions]) => `${type} ${versions.join(", ")}`)
          .join("; ")}.`,
      );
  const mains = sets.filter(({ ruleSetType }) => MAIN.includes(ruleSetType));
  const [main] = mains;
  if (!main || mains.length > 1)
    throw networkError(
      `Firewall policy ${target.id} must have exactly one managed rule set of ${MAIN.join(" or ")}; it has ${mains.length}.`,
    );
  return main;
}

function checkSettings({ target, body }: Put, newEngine: boolean): void {
  const { maxRequestBodySizeInKb, fileUploadLimitInMb, requestBodyInspectLimitInKB } = body.properties.policySettings ?? {};
  const which = newEngine ? "newEngine" : "old";
  for (const [name, value, least, most] of [
    ["maxRequestBodySizeInKb", maxRequestBodySizeInKb, 8, BODY_KB[which]],
    ["fileUploadLimitInMb", fileUploadLimitInMb, 1, FILE_MB[which]],
    ["requestBodyInspectLimitInKB", requestBodyInspectLimitInKB, 0, BODY_KB[which]],
  ] as const)
    if (value !== undefined && (value < least || value > most))
      throw networkError(
        `The value ${value} of '${name}' in ${target.id} is out of range: ${least} to ${most} with this managed rule set.`,
      );
}

function checkCustomRules({ target, body }: Put): void {
  const rules = (body.properties.customRules ?? []) as CustomRule[];
  const invalid = (text: string, code = "ApplicationGatewayFirewallInvalidCustomRule") => networkError(text, code);
  if (rules.length > CUSTOM_RULES)
    throw invalid(`Firewall policy ${target.id} has ${rules.length} custom rules; at most ${CUSTOM_RULES} are allowed.`);
  for (const [at, rule] of rules.entries()) {
    const { name, priority, ruleType, matchConditions, rateLimitDuration, rateLimitThreshold, groupByUserSession } = rule;
    const earlier = rules.slice(0, at);
    if (priority < PRIORITY[0] || priority > PRIORITY[1] || earlier.some((other) => other.priority === priority))
      throw invalid(
        `Custom Rule '${name}' does not have valid priority in context 'properties.customRules[${at}]'.`,
        "ApplicationGatewayFirewallCustomRuleInvalidPriority",
      );
    if (name === undefined || !/^[a-zA-Z][a-zA-Z0-9]*$/.test(name) || earlier.some((other) => sameId(other.name ?? "", name)))
      throw invalid(
        `Custom Rule name '${name}' in ${target.id} must begin with a letter, have letters and digits only and occur once.`,
      );
    if (ruleType === "Invalid" || (ruleType === "RateLimitRule") !== (rateLimitThreshold !== undefined))
      throw invalid(`Custom Rule '${name}' has type '${ruleType}': a rateLimitThreshold is given exactly with 'RateLimitRule'.`);
    if ((rateLimitDuration !== undefined || groupByUserSession !== undefined) && ruleType !== "RateLimitRule")
      throw invalid(`Custom Rule '${name}' has settings of a 'RateLimitRule'.`);
    if (rateLimitThreshold !== undefined && rateLimitThreshold < 1)
      throw invalid(`Custom Rule '${name}' has rateLimitThreshold ${rateLimitThreshold}; it is at least 1.`);
    if (matchConditions.length === 0) throw invalid(`Custom Rule '${name}' has no match conditions.`);
    for (const { matchVariables, operator, matchValues = [] } of matchConditions) {
      if (matchVariables.length === 0) throw invalid(`A match condition of Custom Rule '${name}' has no match variables.`);
      if (operator !== "Any" && matchValues.length === 0)
        throw invalid(`A match condition of Custom Rule '${name}' with operator '${operator}' has no match values.`);
      for (const { variableName, selector } of matchVariables) {
        if (variableName === "RequestHeaders" && !selector)
          throw invalid(`The match variable 'RequestHeaders' of Custom Rule '${name}' needs a selector.`);
        if ((operator === "IPMatch" || operator === "GeoMatch") && variableName !== "RemoteAddr")
          throw invalid(`The operator '${operator}' of Custom Rule '${name}' goes with the variable 'RemoteAddr'.`);
      }
    }
  }
}
