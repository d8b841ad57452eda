import { isIP } from "node:net";
import { FIREWALL_POLICIES, SECURITY_POLICIES } from "../front-door-types.ts";
import type { ArmReader, Resource } from "../resource.ts";
import { badRequest, notHere } from "./front-door-common.ts";
import type { Put, Rule } from "./rule.ts";
import { digest, sameId, stateOf } from "./target.ts";

/** Azure Front Door service limits. */
const RULES = 100;
const CONDITIONS = 10;
const STRINGS = 10;
const ADDRESSES = 600;
const STRING_LENGTH = 256;
const BODY_BYTES = 2048;
const BLOCK_STATUS = [200, 403, 405, 406, 429];

/** What the data plane knows; the rest of Azure's list is refused. */
const ACTIONS = ["Allow", "Block", "Log", "Redirect"];
const VARIABLES = [
  "RequestHeader",
  "Cookies",
  "RequestMethod",
  "RequestUri",
  "QueryString",
  "RequestBody",
  "SocketAddr",
  "RemoteAddr",
];
const ADDRESS_VARIABLES = ["SocketAddr", "RemoteAddr"];
const WITH_SELECTOR = ["RequestHeader", "Cookies"];
const OPERATORS_NOT_HERE = ["AsnMatch", "ClientFingerprint", "GeoMatch", "ServiceTagMatch"];

interface CustomRule {
  name: string;
  priority: number;
  ruleType: string;
  action: string;
  groupBy?: unknown[];
  matchConditions: { matchVariable: string; selector?: string; operator: string; matchValue: string[] }[];
}

/** Frame of Azure's refusals (azure-cli-extensions issue 9049); what stands in it is ours. */
const invalid = (text: string) => badRequest(`WebApplicationFirewallPolicy validation failed. More information "${text}".`);

export const frontDoorFirewall: Rule = {
  type: FIREWALL_POLICIES,
  isGlobal: true,
  name: {
    pattern: /^[a-zA-Z][a-zA-Z0-9]{0,127}$/,
    code: "BadRequest",
    // Azure's text: microsoft/aspire.dev pull request 324, for a name with a hyphen.
    text: () =>
      'WebApplicationFirewallPolicy validation failed. More information "Policy ArmResourceId has incorrect formatting".',
  },
  put(put) {
    const { body, existing } = put;
    const sku = String(body.sku?.name ?? "Classic_AzureFrontDoor");
    const before = existing?.body.sku?.name;
    if (before !== undefined && before !== sku) throw invalid(`The SKU '${before}' cannot be changed to '${sku}'.`);
    const { managedRules, customRules, policySettings } = body.properties;
    if ((managedRules?.managedRuleSets ?? []).length > 0) {
      if (sku === "Standard_AzureFrontDoor")
        throw invalid("Managed rule sets are not supported with SKU 'Standard_AzureFrontDoor'.");
      throw notHere("Managed rule sets");
    }
    checkRules((customRules?.rules ?? []) as CustomRule[]);
    checkSettings(put);
    const rules = ((customRules?.rules ?? []) as CustomRule[]).map((rule) => ({
      enabledState: "Enabled",
      ...rule,
      matchConditions: rule.matchConditions.map((condition) => ({ negateCondition: false, transforms: [], ...condition })),
    }));
    return {
      body: {
        ...body,
        sku: { name: sku },
        properties: {
          ...body.properties,
          policySettings: { enabledState: "Enabled", mode: "Detection", requestBodyCheck: "Enabled", ...policySettings },
          customRules: { rules },
          managedRules: { managedRuleSets: [] },
        },
      },
      seconds: 15,
    };
  },
  remove(resource, { arm }) {
    const user = usersOf(resource, arm)[0];
    if (user)
      throw badRequest(
        `The web application firewall policy '${resource.name}' cannot be deleted: security policy '${user.id}' uses it.`,
      );
    return { seconds: 15, softDelete: false };
  },
  shown: (body, resource, context) => ({
    ...body,
    location: "Global",
    etag: digest(resource.id, resource.changedAt).slice(0, 32),
    properties: {
      ...body.properties,
      frontendEndpointLinks: [],
      routingRuleLinks: [],
      securityPolicyLinks: usersOf(resource, context.arm).map(({ id }) => ({ id })),
      provisioningState: stateOf(resource, context, "Creating", "Updating"),
      resourceState: "Enabled",
    },
  }),
};

const usersOf = (policy: Resource, arm: ArmReader) =>
  arm.list(SECURITY_POLICIES).filter(({ body }) => sameId(body.properties.parameters?.wafPolicy?.id ?? "", policy.id));

function checkRules(rules: readonly CustomRule[]): void {
  if (rules.length > RULES) throw invalid(`There are ${rules.length} custom rules; at most ${RULES} are allowed.`);
  for (const [index, rule] of rules.entries()) {
    if (!/^[a-zA-Z][a-zA-Z0-9]*$/.test(rule.name))
      throw invalid(`The custom rule name '${rule.name}' is invalid: letters and digits only, beginning with a letter.`);
    const same = rules.slice(0, index).find(({ name, priority }) => sameId(name, rule.name) || priority === rule.priority);
    if (same) throw invalid(`The custom rules '${same.name}' and '${rule.name}' must differ in name and priority.`);
    if (rule.ruleType !== "MatchRule" || rule.groupBy)
      throw notHere(`Rule type '${rule.ruleType}' of custom rule '${rule.name}'`);
    if (!ACTIONS.includes(rule.action)) throw notHere(`Action '${rule.action}' of custom rule '${rule.name}'`);
    checkConditions(rule);
  }
}

function checkConditions({ name, matchConditions }: CustomRule): void {
  if (matchConditions.length === 0 || matchConditions.length > CONDITIONS)
    throw invalid(`The custom rule '${name}' has ${matchConditions.length} match conditions; 1 to ${CONDITIONS} are allowed.`);
  for (const { matchVariable, selector, operator, matchValue } of matchConditions) {
    if (!VARIABLES.includes(matchVariable)) throw notHere(`Match variable '${matchVariable}' of custom rule '${name}'`);
    if (OPERATORS_NOT_HERE.includes(operator)) throw notHere(`Operator '${operator}' of custom rule '${name}'`);
    if (WITH_SELECTOR.includes(matchVariable) !== Boolean(selector))
      throw invalid(`The custom rule '${name}' ${selector ? "must not have" : "needs"} a selector for '${matchVariable}'.`);
    if (selector && selector.length > STRING_LENGTH)
      throw invalid(
        `A selector of custom rule '${name}' has ${selector.length} characters; at most ${STRING_LENGTH} are allowed.`,
      );
    const isAddresses = operator === "IPMatch";
    if (isAddresses !== (ADDRESS_VARIABLES.includes(matchVariable) && operator !== "Any"))
      throw invalid(
        `The custom rule '${name}' has operator '${operator}' for '${matchVariable}': addresses and 'IPMatch' go together.`,
      );
    if (operator === "Any") continue;
    const most = isAddresses ? ADDRESSES : STRINGS;
    if (matchValue.length === 0 || matchValue.length > most)
      throw invalid(`A condition of custom rule '${name}' has ${matchValue.length} match values; 1 to ${most} are allowed.`);
    for (const value of matchValue) {
      // The value may be a secret: only its length is told.
      if (value.length > STRING_LENGTH)
        throw invalid(
          `A match value of custom rule '${name}' has ${value.length} characters; at most ${STRING_LENGTH} are allowed.`,
        );
      if (isAddresses && !isRange(value))
        throw invalid(`The match value '${value}' of custom rule '${name}' is no IP address or range.`);
    }
  }
}

function isRange(text: string): boolean {
  const [address = "", bits] = text.split("/");
  const version = isIP(address);
  return version !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)));
}

function checkSettings({ body }: Put): void {
  const { policySettings, customRules } = body.properties;
  const { customBlockResponseStatusCode: status, customBlockResponseBody: text, redirectUrl } = policySettings ?? {};
  if (status !== undefined && !BLOCK_STATUS.includes(status))
    throw invalid(`The status code ${status} is not one of ${BLOCK_STATUS.join(", ")}.`);
  const bytes = text === undefined ? 0 : Buffer.from(text, "base64").length;
  if (bytes > BODY_BYTES) throw invalid(`The block response body has ${bytes} bytes; at most ${BODY_BYTES} are allowed.`);
  const redirects = ((customRules?.rules ?? []) as CustomRule[]).find(({ action }) => action === "Redirect");
  if (redirects && !redirectUrl) throw invalid(`The custom rule '${redirects.name}' redirects: redirectUrl is needed.`);
}
