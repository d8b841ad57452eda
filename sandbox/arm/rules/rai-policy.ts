import { ACCOUNTS } from "../network-types.ts";
import type { ArmReader, Resource } from "../resource.ts";
import { checkAccountQuiet } from "./account-operations.ts";
import { ArmError } from "./error.ts";
import type { Put, Rule } from "./rule.ts";
import { digest, listBelow, sameId, targetOf } from "./target.ts";

const TYPE = `${ACCOUNTS}/raiPolicies`;
const DEPLOYMENTS = `${ACCOUNTS}/deployments`;

/** Every account has these; nobody makes, changes or deletes them. */
const AZURES_OWN = ["Microsoft.Default", "Microsoft.DefaultV2"];

const HARMS = ["hate", "sexual", "violence", "selfharm"];
/** What each of the others looks at (Azure OpenAI, content filter configurability, 2026). */
const SIDES: Record<string, string> = {
  jailbreak: "Prompt",
  "indirect attack": "Prompt",
  "protected material text": "Completion",
  "protected material code": "Completion",
};

interface ContentFilter {
  name?: string;
  source?: string;
  enabled?: boolean;
  blocking?: boolean;
  severityThreshold?: string;
}

const refused = (text: string) => new ArmError(400, "InvalidResourceProperties", text);

/** Azure's code for a list of filters that it does not take (reported by users of the Terraform module for accounts, 2025). */
const invalidFilter = (text: string) => new ArmError(400, "Resource has invalid content filter", text);

/** A content filter of an account, which its deployments name. */
export const raiPolicy: Rule = {
  type: TYPE,
  name: {
    pattern: /^(?!microsoft\.)[a-zA-Z0-9][a-zA-Z0-9_.-]*$/i,
    code: "InvalidResourceName",
    text: (name) =>
      `Content filter name '${name}' is invalid: letters, digits, '_', '.' and '-', beginning with a letter or digit, and not with 'Microsoft.'.`,
  },
  put(put) {
    const { target, body, existing, context } = put;
    const account = context.arm.get(target.parent) as Resource;
    checkAccountQuiet(account, context);
    const { basePolicyName, contentFilters = [], customBlocklists = [] } = body.properties;
    if (basePolicyName === undefined)
      throw refused(`The content filter '${target.name}' must name the policy that it is based on.`);
    if (leadsTo(context.arm, account, basePolicyName, target.name) || !policyExists(context.arm, account, basePolicyName))
      throw refused(`The base policy '${basePolicyName}' of content filter '${target.name}' could not be found.`);
    if (customBlocklists.length > 0)
      throw refused(
        `The blocklist '${customBlocklists[0].blocklistName}' of content filter '${target.name}' could not be found.`,
      );
    checkFilters(put, contentFilters);
    return {
      body: { ...body, properties: { mode: "Default", contentFilters: [], ...body.properties, type: "UserManaged" } },
      seconds: existing ? 5 : 10,
    };
  },
  remove(resource, context) {
    const account = context.arm.get(targetOf(resource.id, TYPE).parent);
    if (!account) return { seconds: 5, softDelete: false };
    checkAccountQuiet(account, context);
    const user = listBelow(context.arm, DEPLOYMENTS, account.id).find(
      ({ body }) => body.properties.raiPolicyName !== undefined && sameId(body.properties.raiPolicyName, resource.name),
    );
    const heir = listBelow(context.arm, TYPE, account.id).find(({ body }) =>
      sameId(body.properties.basePolicyName, resource.name),
    );
    if (user || heir)
      throw refused(
        `The content filter '${resource.name}' cannot be deleted: ${user ? `deployment '${user.name}' uses it` : `content filter '${heir?.name}' is based on it`}.`,
      );
    return { seconds: 5, softDelete: false };
  },
  shown: (body, resource) => ({ ...body, etag: `"${digest(resource.id, resource.changedAt).slice(0, 36)}"` }),
};

/** Can deployments and filters of this account name such a policy? */
export const policyExists = (arm: ArmReader, account: Resource, name: string): boolean =>
  AZURES_OWN.includes(name) || listBelow(arm, TYPE, account.id).some((policy) => sameId(policy.name, name));

/** Is a policy this one, or based on it by whatever way? */
function leadsTo(arm: ArmReader, account: Resource, from: string, name: string): boolean {
  for (let at: string | undefined = from; at !== undefined; ) {
    if (sameId(at, name)) return true;
    at = arm.get(`${account.id}/raiPolicies/${at}`)?.body.properties.basePolicyName;
  }
  return false;
}

function checkFilters({ target }: Put, filters: readonly ContentFilter[]): void {
  const seen = new Set<string>();
  for (const { name = "", source, enabled, blocking, severityThreshold } of filters) {
    const kind = name.toLowerCase();
    const side = SIDES[kind];
    const label = `The filter '${name}' of '${target.name}'`;
    if (!HARMS.includes(kind) && side === undefined) throw invalidFilter(`${label} is not one that this account has.`);
    if (source === undefined || (side !== undefined && source !== side))
      throw invalidFilter(`${label} cannot look at source '${source ?? ""}'${side ? `: it looks at '${side}'` : ""}.`);
    if (enabled === undefined || blocking === undefined)
      throw invalidFilter(`${label} must say whether it is enabled and blocking.`);
    if (blocking && !enabled) throw invalidFilter(`${label} cannot block while it is not enabled.`);
    if (side === undefined && severityThreshold === undefined) throw invalidFilter(`${label} must have a severity threshold.`);
    if (side !== undefined && severityThreshold !== undefined) throw invalidFilter(`${label} has no severities.`);
    const key = `${kind} ${source}`;
    if (seen.has(key)) throw invalidFilter(`${label} is given twice for source '${source}'.`);
    seen.add(key);
  }
}
