/**
 * Everything that is specific to a resource type: what ARM accepts, what it refuses and with which code, and what it answers.
 * A new type is one file with its rule, one row in types.ts and one line below.
 */
import type { ArmReader, Resource, ResourceBody } from "../resource.ts";
import { ArmError } from "./error.ts";
import type { Accepted, Rule, RuleContext } from "./rule.ts";

export { ArmError } from "./error.ts";
export type { Accepted, RuleContext, SoftDeleted } from "./rule.ts";
export { type TypeInfo, types } from "./types.ts";

const rules: readonly Rule[] = [];

const byType = new Map(rules.map((rule) => [rule.type.toLowerCase(), rule]));

function ruleOf(type: string): Rule {
  const rule = byType.get(type.toLowerCase());
  if (!rule) throw new ArmError(404, "InvalidResourceType", `The resource type '${type}' is not one that this sandbox knows.`);
  return rule;
}

/** Checks a PUT as ARM would (shape, names, limits, references, conflicts, quota) or throws ArmError. `existing` on update. */
export function acceptPut(
  id: string,
  type: string,
  body: ResourceBody,
  existing: Resource | undefined,
  context: RuleContext,
): Accepted {
  void [id, body, existing, context];
  return ruleOf(type) as never;
}

/** Checks a DELETE, or throws ArmError. */
export function acceptDelete(resource: Resource, context: RuleContext): { seconds: number; softDelete: boolean } {
  return ruleOf(resource.type).remove?.(resource, context) ?? { seconds: 1, softDelete: false };
}

/** What GET answers: server defaults, read-only fields, reformatted XML, other letter case where Azure does that, no secrets. */
export function shown(resource: Resource, context: RuleContext): ResourceBody {
  const body = structuredClone(resource.body);
  return ruleOf(resource.type).shown?.(body, resource, context) ?? body;
}

/** POST actions: list keys and secrets. Names as in the URL: `listSecrets`, `listKeys`, `listValue`. */
export function action(resource: Resource, name: string, store: ArmReader): Record<string, unknown> {
  const run = ruleOf(resource.type).actions?.[name];
  if (!run) throw new ArmError(404, "NotFound", `The resource type '${resource.type}' has no action '${name}'.`);
  return run(resource, store);
}
