import { createHash } from "node:crypto";
import type { ArmReader, Resource } from "../resource.ts";
import { ArmError } from "./error.ts";
import type { RuleContext, Target } from "./rule.ts";

const PROVIDERS = "/providers/";

/** Takes an id apart. The last `/providers/` decides the type, so that extension resources (role assignments) work too. */
export function targetOf(id: string, type: string): Target {
  const segments = id.split("/");
  const after = (name: string) => {
    const at = segments.findIndex((segment) => segment.toLowerCase() === name);
    return at < 0 ? "" : (segments[at + 1] ?? "");
  };
  const isGroup = type.toLowerCase() === "microsoft.resources/resourcegroups";
  const split = id.toLowerCase().lastIndexOf(PROVIDERS);
  const types = type.split("/").length - 1;
  // A top-level resource lies in the scope before its provider; a nested one in the resource two segments up.
  const parent = isGroup ? segments.slice(0, 3).join("/") : types > 1 ? segments.slice(0, -2).join("/") : id.slice(0, split);
  return {
    id,
    type,
    name: segments.at(-1) ?? "",
    subscription: after("subscriptions"),
    resourceGroup: after("resourcegroups"),
    parent,
  };
}

export const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** `.../service/x/backends/y` -> `.../service/x`; the id itself for the service. */
export function serviceIdOf(id: string): string {
  return id.match(/^.*\/providers\/Microsoft\.ApiManagement\/service\/[^/]+/i)?.[0] ?? id;
}

/** The service that an API Management resource belongs to. */
export function serviceOf(id: string, arm: ArmReader): Resource {
  const service = arm.get(serviceIdOf(id));
  if (!service) throw notFound(serviceIdOf(id));
  return service;
}

export function skuOf(service: Resource): string {
  return String(service.body.sku?.name ?? "");
}

export const isClassic = (sku: string): boolean => sku !== "Consumption" && !sku.endsWith("V2");

export function notFound(id: string): ArmError {
  const { name, resourceGroup } = targetOf(id, "/");
  const type = id.match(/\/providers\/([^/]+\/[^/]+)\/[^/]+$/)?.[1];
  return new ArmError(
    404,
    "ResourceNotFound",
    type && resourceGroup
      ? `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`
      : `The resource '${id}' could not be found.`,
  );
}

/** Every resource of a type that lies below another one, however deep. */
export function listBelow(arm: ArmReader, type: string, ancestorId: string): Resource[] {
  const prefix = `${ancestorId.toLowerCase()}/`;
  return arm.list(type).filter(({ id }) => id.toLowerCase().startsWith(prefix));
}

/** Hex digits that are always the same for the same seed. */
export function digest(...seed: (string | number)[]): string {
  return createHash("sha256").update(seed.join("\n").toLowerCase()).digest("hex");
}

/** A GUID that is always the same for the same seed. */
export function guid(...seed: (string | number)[]): string {
  const hex = digest(...seed);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "0000Z");
}

/** What a busy resource reports instead of Succeeded. */
export function stateOf(resource: Resource, context: RuleContext, creating: string, updating: string): string {
  if (!context.busy(resource.id)) return "Succeeded";
  return resource.createdAt === resource.changedAt ? creating : updating;
}
