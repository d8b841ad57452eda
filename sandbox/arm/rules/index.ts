/**
 * Everything that is specific to a resource type: what ARM accepts, what it refuses and with which code, and what it answers.
 *
 * A new type is one file with its rule, one row in types.ts, one line below and a run of generate-shapes.ts.
 * Codes and texts are Azure's where its documentation, its SDKs or reports of users show them. Where none was found, the code is the
 * provider's general one (ValidationError of API Management, InvalidResourceProperties of Cognitive Services, BadRequest) and the text is ours.
 */
import type { ArmReader, Resource, ResourceBody } from "../resource.ts";
import { account } from "./account.ts";
import { api } from "./api.ts";
import { apiOperation } from "./api-operation.ts";
import { backend } from "./backend.ts";
import { component } from "./component.ts";
import { deployment } from "./deployment.ts";
import { diagnostic } from "./diagnostic.ts";
import { ArmError } from "./error.ts";
import { frontDoorRules } from "./front-door-rules.ts";
import { logger } from "./logger.ts";
import { namedValue } from "./named-value.ts";
import { networkRules } from "./network-rules.ts";
import { apiPolicy, productPolicy, servicePolicy } from "./policies.ts";
import { product } from "./product.ts";
import { productApi } from "./product-api.ts";
import { raiPolicy } from "./rai-policy.ts";
import { regionName, regions } from "./regions.ts";
import { resourceGroup } from "./resource-group.ts";
import { roleAssignment } from "./role-assignment.ts";
import type { Accepted, Removal, Rule, RuleContext, Target } from "./rule.ts";
import { checkManagement, service, serviceLocked } from "./service.ts";
import { checkShape, isApiManagement } from "./shape.ts";
import { subscription } from "./subscription.ts";
import { GUID, notFound, serviceIdOf, targetOf } from "./target.ts";
import { workspace } from "./workspace.ts";

export { ArmError } from "./error.ts";
export { DEFAULT_POLICY } from "./policies.ts";
export type { Accepted, RuleContext, SoftDeleted } from "./rule.ts";
export { innerPath, type TypeInfo, types } from "./types.ts";

// biome-ignore format: a table
const rules: readonly Rule[] = [
  resourceGroup,
  account, raiPolicy, deployment,
  service, servicePolicy, api, apiOperation, apiPolicy, backend, namedValue, logger, diagnostic, product, productApi, productPolicy, subscription,
  roleAssignment,
  workspace, component,
  ...networkRules,
  ...frontDoorRules,
];

const byType = new Map(rules.map((rule) => [rule.type.toLowerCase(), rule]));

function ruleOf(type: string): Rule {
  const rule = byType.get(type.toLowerCase());
  if (!rule)
    throw new ArmError(
      404,
      "InvalidResourceType",
      `The resource type '${type}' could not be found: this sandbox has ${rules.map((known) => known.type).join(", ")}.`,
    );
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
  const rule = ruleOf(type);
  const target = targetOf(id, rule.type);
  checkPlace(target, rule, context);
  if (!rule.name.pattern.test(target.name)) throw new ArmError(400, rule.name.code, rule.name.text(target.name));
  const clean = checkShape(rule.type, structuredClone(body));
  checkTags(target, clean.tags);
  checkLocation(target, rule, clean, existing);
  return rule.put({ target, body: clean, existing, context });
}

/** Checks a DELETE, or throws ArmError. */
export function acceptDelete(resource: Resource, context: RuleContext): Removal {
  checkServiceQuiet(resource.id, resource.type, context);
  return ruleOf(resource.type).remove?.(resource, context) ?? { seconds: 1, softDelete: false };
}

/** What GET answers: server defaults, read-only fields, reformatted XML, other letter case where Azure does that, no secrets. */
export function shown(resource: Resource, context: RuleContext): ResourceBody {
  const body = structuredClone(resource.body);
  return ruleOf(resource.type).shown?.(body, resource, context) ?? body;
}

/** POST actions: list keys and secrets. Names as in the URL: `listKeys`, `listSecrets`, `listValue`. */
export function action(resource: Resource, name: string, store: ArmReader): Record<string, unknown> {
  const run = ruleOf(resource.type).actions?.[name];
  if (!run) throw new ArmError(404, "NotFound", `The resource type '${resource.type}' has no action '${name}'.`);
  return run(resource, store);
}

/** All secrets of a resource after a POST action that makes new ones; undefined: the action is no such one. */
export function renewal(resource: Resource, name: string, context: RuleContext): Record<string, string> | undefined {
  const renew = ruleOf(resource.type).renewals?.[name];
  if (!renew) return undefined;
  checkServiceQuiet(resource.id, resource.type, context);
  return renew(resource, context);
}

/** Subscription, resource group and parent must be there, and a service must not be in transition. */
function checkPlace(
  { id, type, subscription: subscriptionId, resourceGroup: group, parent }: Target,
  rule: Rule,
  context: RuleContext,
): void {
  if (!GUID.test(subscriptionId))
    throw new ArmError(
      400,
      "InvalidSubscriptionId",
      `The provided subscription identifier '${subscriptionId}' is malformed or invalid.`,
    );
  if (rule === resourceGroup) return;
  const groupId = `/subscriptions/${subscriptionId}/resourceGroups/${group}`;
  if (group && !context.arm.get(groupId))
    throw new ArmError(404, "ResourceGroupNotFound", `Resource group '${group}' could not be found.`);
  const isSubscription = parent.split("/").length === 3;
  if (!isSubscription && !context.arm.get(parent)) {
    const [, ...nested] = type.split("/");
    const top = nested.length === 2 || (isApiManagement(type) && !context.arm.get(serviceIdOf(id)));
    if (!top) throw notFound(parent);
    throw new ArmError(
      404,
      "ParentResourceNotFound",
      `Failed to perform 'write' on resource(s) of type '${nested.join("/")}', because the parent resource '${isApiManagement(type) ? serviceIdOf(id) : parent}' could not be found.`,
    );
  }
  checkServiceQuiet(id, type, context);
}

/** While an API Management service is being made or changed, or cannot be reached, its parts cannot be written. */
function checkServiceQuiet(id: string, type: string, context: RuleContext): void {
  const serviceId = serviceIdOf(id);
  if (!isApiManagement(type) || serviceId === id) return;
  if (context.busy(serviceId)) throw serviceLocked(serviceId.split("/").at(-1) ?? "");
  const parent = context.arm.get(serviceId);
  if (parent) checkManagement(parent, context);
}

function checkTags({ name }: Target, tags: Record<string, string> | undefined): void {
  const entries = Object.entries(tags ?? {});
  if (entries.length > 50)
    throw new ArmError(400, "InvalidTags", `Resource '${name}' has ${entries.length} tags; at most 50 are allowed.`);
  for (const [key, value] of entries) {
    if (/[<>%&\\?/]/.test(key))
      throw new ArmError(
        400,
        "InvalidTagNameCharacters",
        `The tag names '${key}' have reserved characters '<,>,%,&,\\,?,/' or control characters.`,
      );
    if (key.length === 0 || key.length > 512)
      throw new ArmError(400, "InvalidTagNameLength", `Tag name '${key}' must have 1 to 512 characters.`);
    if (value.length > 256)
      throw new ArmError(
        400,
        "InvalidTagValueLength",
        `Tag value too large. Following tag value '${value}' exceeded the maximum length. Maximum allowed length for tag value - '256' characters.`,
      );
  }
}

/** The region must exist and does not change. */
function checkLocation(
  { name, type, resourceGroup: group }: Target,
  rule: Rule,
  { location }: ResourceBody,
  existing: Resource | undefined,
): void {
  if (location === undefined) return;
  if (rule.isGlobal) {
    if (regionName(location) === "global") return;
    throw new ArmError(
      400,
      "LocationNotAvailableForResourceType",
      `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is 'global'.`,
    );
  }
  if (!regions[regionName(location)]) {
    const list = Object.keys(regions).join(",");
    throw type === resourceGroup.type
      ? new ArmError(
          400,
          "LocationNotAvailableForResourceGroup",
          `The provided location '${location}' is not available for resource group. List of available regions is '${list}'.`,
        )
      : new ArmError(
          400,
          "LocationNotAvailableForResourceType",
          `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is '${list}'.`,
        );
  }
  const before = existing?.body.location;
  if (before === undefined || regionName(before) === regionName(location)) return;
  if (type === resourceGroup.type)
    throw new ArmError(
      409,
      "InvalidResourceGroupLocation",
      `Invalid resource group location '${location}'. The Resource group already exists in location '${before}'.`,
    );
  throw new ArmError(
    409,
    "InvalidResourceLocation",
    `The resource '${name}' already exists in location '${before}' in resource group '${group}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
  );
}
