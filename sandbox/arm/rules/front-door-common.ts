/**
 * What the rules of Azure Front Door's types share: ids, limits by SKU, the form of names and of what is read.
 *
 * Durations: no document gives any. They are of the order of Terraform's acceptance tests (a route with all that it needs, made, updated and deleted:
 * 483 s) and of its limits for a profile (4 h to make, 6 h to delete).
 */
import { ROUTES } from "../front-door-types.ts";
import type { ArmReader, Resource, ResourceBody } from "../resource.ts";
import { ArmError } from "./error.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { listBelow, notFound, sameId, stateOf } from "./target.ts";

/** Per profile, routes per endpoint. Azure Front Door service limits, 2025. */
const LIMITS = {
  endpoints: { Standard_AzureFrontDoor: 10, Premium_AzureFrontDoor: 25 },
  "origin groups": { Standard_AzureFrontDoor: 100, Premium_AzureFrontDoor: 200 },
  origins: { Standard_AzureFrontDoor: 100, Premium_AzureFrontDoor: 200 },
  routes: { Standard_AzureFrontDoor: 100, Premium_AzureFrontDoor: 200 },
  "security policies": { Standard_AzureFrontDoor: 100, Premium_AzureFrontDoor: 200 },
} as const;

type ProfileSku = keyof (typeof LIMITS)["endpoints"];

export const badRequest = (text: string): ArmError => new ArmError(400, "BadRequest", text);

/** What Azure has and this local Azure has not: it says so instead of playing along. */
export const notHere = (what: string): ArmError =>
  new ArmError(501, "NotInThisSandbox", `${what}: Azure has it, this local Azure does not.`);

/** Letters, digits and hyphens, no hyphen at either end. Source: terraform-provider-azurerm, where the naming rules name no pattern. */
export const named = (kind: string, shortest: number, longest: number): Rule["name"] => ({
  pattern: new RegExp(`^(?=.{${shortest},${longest}}$)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$`),
  code: "BadRequest",
  text: (name) =>
    `The ${kind} name '${name}' is invalid: ${shortest} to ${longest} letters, digits and '-', no '-' at either end.`,
});

/** `.../profiles/x/afdEndpoints/y` -> the profile x. */
export function profileOf(id: string, arm: ArmReader): Resource {
  const profileId = id.match(/^.*\/providers\/Microsoft\.Cdn\/profiles\/[^/]+/i)?.[0] ?? id;
  const profile = arm.get(profileId);
  if (!profile) throw notFound(profileId);
  return profile;
}

export const skuOf = (profile: Resource) => String(profile.body.sku?.name) as ProfileSku;

/** @throws ArmError when one more would be too many; the text is ours */
export function checkLimit(kind: keyof typeof LIMITS, present: number, profile: Resource): void {
  const sku = skuOf(profile);
  const most = LIMITS[kind][sku];
  if (present < most) return;
  const where = kind === "routes" ? "The endpoint" : `The profile '${profile.name}'`;
  throw badRequest(`${where} has ${present} ${kind}; at most ${most} are allowed with SKU '${sku}'.`);
}

export const isEnabled = ({ body }: Resource) => body.properties.enabledState !== "Disabled";

/** Routes that send requests to this origin group, of every endpoint of its profile. */
export function routesTo(group: string, arm: ArmReader): Resource[] {
  return listBelow(arm, ROUTES, profileOf(group, arm).id).filter(({ body }) =>
    sameId(body.properties.originGroup?.id ?? "", group),
  );
}

/** Read-only state. The deployment status stays "NotStarted" in every answer that the specification shows. */
export function withState(
  body: ResourceBody,
  resource: Resource,
  context: RuleContext,
  more: Record<string, unknown> = {},
): ResourceBody {
  return {
    ...body,
    properties: {
      ...body.properties,
      ...more,
      provisioningState: stateOf(resource, context, "Creating", "Updating"),
      deploymentStatus: "NotStarted",
    },
  };
}

/** Name of the parent: `.../profiles/x/afdEndpoints/y` -> x. */
export const parentName = (id: string) => id.split("/").at(-3) ?? "";
