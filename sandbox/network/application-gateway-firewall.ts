/**
 * The web application firewall of Application Gateway (WAF_v2): custom rules, limits of size, and a few patterns for what its managed rules
 * find in requests. The real rules are some 200; these find what every prompt about SQL, HTML or a shell has in it, no more.
 * Web application firewall request size limits and DRS rule groups, 2026.
 */
import type { ArmReader } from "../arm/resource.ts";
import type { HttpRequest } from "../http.ts";
import { contains } from "./addresses.ts";
import type { Properties } from "./view.ts";

/** What it does with a request: nothing, or an answer of its own. */
export type Verdict = { status: 403 | 413; why: string } | undefined;

const KB = 1024;

/** One rule of each group, with the id that stands for it in overrides. */
// biome-ignore format: a table
const PATTERNS: { group: RegExp; rule: string; finds: RegExp; what: string }[] = [
  { group: /sqli/i, rule: "942100", what: "SQL injection", finds: /\b(union\s+(all\s+)?select|select\s+.+?\s+from\s+\w|insert\s+into\s+\w|drop\s+table|delete\s+from\s+\w|or\s+'?1'?\s*=\s*'?1)/i },
  { group: /xss/i,  rule: "941100", what: "cross-site scripting", finds: /<\s*(script|iframe|svg|object|embed)\b|\bon(error|load|click)\s*=|javascript:/i },
  { group: /rce/i,  rule: "932100", what: "remote command execution", finds: /(\brm\s+-rf?\s|\/etc\/passwd|\/bin\/(ba)?sh\b|\b(curl|wget)\s+https?:\/\/\S+\s*\|\s*(ba)?sh|[;|`]\s*(cat|ls|id|whoami|uname)\b|\$\()/i },
];

/**
 * @param policyId  ARM id of the policy
 * @param request   as the client sent it
 * @throws          Error for a condition that is not known here
 */
export function judge(arm: ArmReader, policyId: string, request: HttpRequest): Verdict {
  const policy = arm.get(policyId)?.body.properties;
  if (!policy) throw new Error(`firewall policy ${policyId} does not exist`);
  const settings: Properties = policy.policySettings ?? {};
  if (settings.state === "Disabled") return undefined;
  const found = byCustomRules(policy.customRules ?? [], request) ?? bySize(policy, request) ?? byManagedRules(policy, request);
  return found === "allow" || settings.mode === "Detection" ? undefined : found;
}

function bySize({ policySettings: settings = {}, managedRules }: Properties, request: HttpRequest): Verdict {
  const isUpload = /^multipart\/form-data/i.test(request.headers.get("content-type") ?? "");
  // From CRS 3.2 on size and inspection are switched apart from each other; before, the one went with the other.
  const enforced = hasNewEngine(managedRules)
    ? (isUpload ? settings.fileUploadEnforcement : settings.requestBodyEnforcement) !== false
    : settings.requestBodyCheck !== false;
  const limit = isUpload ? (settings.fileUploadLimitInMb ?? 100) * KB * KB : (settings.maxRequestBodySizeInKb ?? 128) * KB;
  if (!enforced || request.body.length <= limit) return undefined;
  return { status: hasNewEngine(managedRules) ? 413 : 403, why: `a body of ${request.body.length} bytes, above ${limit}` };
}

type RuleSet = {
  ruleSetType: string;
  ruleSetVersion: string;
  ruleGroupOverrides?: { ruleGroupName: string; rules?: { ruleId: string; state?: string }[] }[];
};

const ruleSets = (managedRules: Properties | undefined): RuleSet[] => managedRules?.managedRuleSets ?? [];

const hasNewEngine = (managedRules: Properties | undefined) =>
  ruleSets(managedRules).some(
    ({ ruleSetType, ruleSetVersion }) =>
      /DefaultRuleSet/i.test(ruleSetType) || (/^OWASP$/i.test(ruleSetType) && Number(ruleSetVersion) >= 3.2),
  );

function byManagedRules({ policySettings: settings = {}, managedRules }: Properties, request: HttpRequest): Verdict {
  const sets = ruleSets(managedRules).filter(({ ruleSetType }) => /DefaultRuleSet|^OWASP$/i.test(ruleSetType));
  if (sets.length === 0) return undefined;
  if ((managedRules?.exclusions ?? []).length > 0) throw new Error("this firewall does not know exclusions of managed rules");
  const inspected = [decoded(request.url.search), ...(settings.requestBodyCheck === false ? [] : [textOf(request, settings)])];
  for (const { group, rule, finds, what } of PATTERNS) {
    const overrides = sets
      .flatMap(({ ruleGroupOverrides = [] }) => ruleGroupOverrides)
      .filter(({ ruleGroupName }) => group.test(ruleGroupName));
    // A group without rules is switched off as a whole.
    const off = overrides.some(
      ({ rules = [] }) => rules.length === 0 || rules.some((one) => one.ruleId === rule && one.state !== "Enabled"),
    );
    if (!off && inspected.some((text) => finds.test(text))) return { status: 403, why: `${what} (rule ${rule})` };
  }
  return undefined;
}

/** What of the body is looked at, with the escapes of JSON read. */
function textOf({ headers, body }: HttpRequest, settings: Properties): string {
  const limit = (settings.requestBodyInspectLimitInKB ?? 128) * KB;
  const text = Buffer.from(body.subarray(0, limit)).toString();
  return /json/i.test(headers.get("content-type") ?? "")
    ? text.replace(/\\(["\\/])/g, "$1").replace(/\\[nrt]/g, " ")
    : decoded(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

interface Condition {
  matchVariables: { variableName: string; selector?: string }[];
  operator: string;
  negationConditon?: boolean;
  matchValues?: string[];
  transforms?: string[];
}

function byCustomRules(
  rules: { name?: string; priority: number; state?: string; ruleType: string; action: string; matchConditions: Condition[] }[],
  request: HttpRequest,
): Verdict | "allow" {
  for (const { name, action, ruleType, matchConditions, state } of [...rules].sort((a, b) => a.priority - b.priority)) {
    if (state === "Disabled") continue;
    if (ruleType !== "MatchRule") throw new Error(`this firewall does not know custom rules of type ${ruleType}`);
    if (!matchConditions.every((condition) => holds(condition, request))) continue;
    if (action === "Allow") return "allow";
    if (action === "Block") return { status: 403, why: `custom rule ${name}` };
  }
  return undefined;
}

function holds(
  { matchVariables, operator, negationConditon = false, matchValues = [], transforms = [] }: Condition,
  request: HttpRequest,
) {
  const transform = (text: string) =>
    transforms.reduce((sum, name) => {
      if (name === "Lowercase") return sum.toLowerCase();
      if (name === "Uppercase") return sum.toUpperCase();
      if (name === "Trim") return sum.trim();
      if (name === "UrlDecode") return decoded(sum);
      throw new Error(`this firewall does not know the transform ${name}`);
    }, text);
  const values = matchVariables.map((variable) => variableOf(variable, request)).filter((value) => value !== undefined);
  const any = values
    .map(transform)
    .some((value) => operator === "Any" || matchValues.some((wanted) => compares(operator, value, wanted)));
  return any !== negationConditon;
}

function variableOf(
  { variableName, selector = "" }: Condition["matchVariables"][number],
  { method, url, headers, connection, body }: HttpRequest,
) {
  switch (variableName) {
    case "RemoteAddr":
      return connection?.from;
    case "RequestMethod":
      return method;
    case "RequestUri":
      return `${url.pathname}${url.search}`;
    case "QueryString":
      return url.search.slice(1);
    case "RequestHeaders":
      return headers.get(selector);
    case "RequestBody":
      return Buffer.from(body).toString();
    default:
      throw new Error(`this firewall does not know the variable ${variableName}`);
  }
}

function compares(operator: string, value: string, wanted: string): boolean {
  switch (operator) {
    case "IPMatch":
      return contains(wanted, value);
    case "Equal":
      return value === wanted;
    case "Contains":
      return value.includes(wanted);
    case "BeginsWith":
      return value.startsWith(wanted);
    case "EndsWith":
      return value.endsWith(wanted);
    case "Regex":
      return new RegExp(wanted).test(value);
    default:
      throw new Error(`this firewall does not know the operator ${operator}`);
  }
}
