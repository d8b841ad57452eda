/**
 * SDK inputs and outputs <-> ARM ids and bodies: the mapping that azure-native's metadata describes, from one row per type.
 */
import type { ResourceBody } from "../resource.ts";
import { innerPath, type TypeInfo, types } from "../rules/index.ts";
import shapesFile from "../rules/shapes.generated.json" with { type: "json" };
import type { Shapes } from "../rules/shapes.ts";
import { isObject, type Properties, plain } from "./values.ts";

const shapes = shapesFile as unknown as Shapes;

const byToken = new Map(types.map((info) => [info.token, info]));

export interface Addressed {
  info: TypeInfo;
  /** The API version that requests are sent with: the SDK's default, or the one in a versioned token. */
  apiVersion: string;
}

/** `azure-native:apimanagement:Api` and `azure-native:apimanagement/v20240501:Api`; undefined for a type that this Azure does not have. */
export function addressed(token: string): Addressed | undefined {
  const [, module = "", version, name = ""] = /^azure-native:(\w+)(?:\/v(\w+))?:(\w+)$/.exec(token) ?? [];
  const info = byToken.get(`azure-native:${module}:${name}`);
  if (!info) return undefined;
  return {
    info,
    apiVersion: version
      ? version.replace(/^(\d{4})(\d\d)(\d\d)(\w+)?$/, (_, y, m, d, stage) => `${y}-${m}-${d}${stage ? `-${stage}` : ""}`)
      : info.apiVersion,
  };
}

/** Inputs that are part of the id, in its order; the subscription comes from the provider. */
export function pathParameters({ idTemplate }: TypeInfo): string[] {
  return [...idTemplate.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string).filter((name) => name !== "subscriptionId");
}

/** The id that the inputs name. Throws on a path parameter that is missing. */
export function idOf(info: TypeInfo, inputs: Properties, subscriptionId: string): string {
  const id = info.idTemplate.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = name === "subscriptionId" ? subscriptionId : inputs[name];
    if (typeof value !== "string" || value === "")
      throw new Error(`expected string value for path parameter '${name}', got ${typeof value}`);
    // A scope is a whole id, with its slashes.
    return name === "scope" ? value.replace(/^\/*|\/+$/g, "") : escaped(value);
  });
  return `/${id.replace(/^\/+/, "")}`;
}

/** As azure-native's language escapes a segment of a path (Go, url.PathEscape): `@`, the record of a zone itself, stays. */
const escaped = (segment: string) => encodeURIComponent(segment).replace(/%(24|26|2B|3A|3D|40)/g, decodeURIComponent);

/** Path parameters of an id, by input name; undefined when the id is not of this type. */
export function parseId(info: TypeInfo, id: string): (Properties & { subscriptionId?: string }) | undefined {
  const names: string[] = [];
  const pattern = info.idTemplate.replace(/\{(\w+)\}/g, (_, name: string) => {
    names.push(name);
    return name === "scope" ? "(.+)" : "([^/]+)";
  });
  const match = new RegExp(`^/?${pattern.replace(/^\//, "")}/?$`, "i").exec(id);
  if (!match) return undefined;
  return Object.fromEntries(
    names.map((name, at) => {
      const text = match[at + 1] ?? "";
      return [name, name === "scope" ? `/${text.replace(/^\//, "")}` : decodeURIComponent(text)];
    }),
  );
}

/** What Pulumi and the SDK add beside the ARM body. */
const NOT_ARM = new Set(["azureApiVersion", "__createBeforeDelete", "__defaults"]);

/** The ARM body that azure-native sends for these inputs. What the type does not have is sent too: it is ARM's to refuse it. */
export function toBody(info: TypeInfo, inputs: Properties): ResourceBody {
  const body: ResourceBody = { properties: {} };
  const path = new Set(pathParameters(info));
  for (const [name, value] of Object.entries(inputs)) {
    if (path.has(name) || NOT_ARM.has(name)) continue;
    const at = info.renames[name] ?? (info.envelope.includes(name) || info.keepsProperties ? name : `properties.${name}`);
    const steps = at.split(".");
    let target: Properties = body;
    for (const step of steps.slice(0, -1)) target = target[step] ??= {};
    target[steps.at(-1) as string] = name === "identity" ? identityToArm(value) : inner(info, at, value, nest);
  }
  return body;
}

/** A copy of `value`, which lies at `path` of an ARM body, with every object in it that the SDK flattens put through `change`. */
function inner(info: TypeInfo, path: string, value: unknown, change: typeof nest | typeof flatten): unknown {
  if (Array.isArray(value)) return value.map((item) => inner(info, `${path}[]`, item, change));
  if (!isObject(value)) return value;
  if (info.nested.includes(path)) return change(info, path, value);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, inner(info, `${path}.${name}`, member, change)]),
  );
}

/** SDK -> ARM: what is not the object's own goes into `properties`. */
function nest(info: TypeInfo, path: string, value: Properties): Properties {
  const beside: Properties = {};
  const properties: Properties = {};
  for (const [name, member] of Object.entries(value)) {
    const at = innerPath(info, path, name);
    const place = at.startsWith(`${path}.properties.`) ? properties : beside;
    place[name] = inner(info, at, member, nest);
  }
  return Object.keys(properties).length > 0 ? { ...beside, properties } : beside;
}

/** ARM -> SDK. */
function flatten(info: TypeInfo, path: string, { properties = {}, ...beside }: Properties): Properties {
  const members = Object.entries(properties).map(([name, member]) => [
    name,
    inner(info, `${path}.properties.${name}`, member, flatten),
  ]);
  return { ...beside, ...Object.fromEntries(members) };
}

/** A list of ids in the SDK is a map of empty objects in ARM. */
function identityToArm(identity: unknown): unknown {
  if (!isObject(identity) || !Array.isArray(identity.userAssignedIdentities)) return structuredClone(identity);
  return { ...identity, userAssignedIdentities: Object.fromEntries(identity.userAssignedIdentities.map((id) => [id, {}])) };
}

/** The SDK's outputs for what a GET answers; a null in the answer counts as absent. */
export function toOutputs(info: TypeInfo, body: ResourceBody): Properties {
  const { properties = {}, id: _, ...envelope } = plain(body) as ResourceBody;
  if (info.keepsProperties) return { ...envelope, properties };
  const sdkName = new Map(Object.entries(info.renames).map(([name, path]) => [path, name]));
  const flat = Object.entries(properties).map(([name, value]) => [
    sdkName.get(`properties.${name}`) ?? name,
    inner(info, `properties.${name}`, value, flatten),
  ]);
  // A member of `properties` wins over an envelope field of the same name (a backend's `type`).
  return { ...envelope, ...Object.fromEntries(flat) };
}

/** The part of an ARM body that can be sent, without what only the server sets. */
export function writable(info: TypeInfo, body: ResourceBody): ResourceBody {
  const known = shapes.types[info.armType]?.properties ?? {};
  const keep = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return `${path}[]` in known ? value.map((item) => keep(item, `${path}[]`)) : value;
    if (!isObject(value)) return value;
    const kind = known[path]?.kind;
    if (kind === "any" || (kind === "map" && !(`${path}.*` in known))) return value;
    const result: Properties = {};
    for (const [name, inner] of Object.entries(value)) {
      const at = kind === "map" ? `${path}.*` : path === "" ? name : `${path}.${name}`;
      if (at in known) result[name] = keep(inner, at);
    }
    return result;
  };
  return keep(body, "") as ResourceBody;
}

/** Outputs reduced to what could be inputs, path parameters aside. */
export function asInputs(info: TypeInfo, outputs: Properties): Properties {
  const { type, ...rest } = outputs;
  // The resource's own type is no input; a backend's `type`, which hides it, is one.
  const given = typeof type === "string" && type.toLowerCase() !== info.armType.toLowerCase() ? outputs : rest;
  const result = toOutputs(info, writable(info, toBody(info, given)));
  if (info.keepsProperties && !("properties" in outputs)) delete result.properties;
  if (isObject(result.identity?.userAssignedIdentities) && listsIdentities(info)) {
    result.identity.userAssignedIdentities = Object.keys(result.identity.userAssignedIdentities);
  }
  return result;
}

/** Only API Management's own type has a map there in the SDK; everywhere else it is a list of ids. */
const listsIdentities = (info: TypeInfo) => !info.armType.startsWith("Microsoft.ApiManagement/");

/** All inputs that would produce this resource: for an import. Empty lists and maps are left out. */
export function importedInputs(info: TypeInfo, id: string, body: ResourceBody): Properties | undefined {
  const parsed = parseId(info, id);
  if (!parsed) return undefined;
  const { subscriptionId: _, ...path } = parsed;
  return { ...(withoutEmpty(asInputs(info, toOutputs(info, body))) as Properties), ...path };
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutEmpty).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const);
  const kept = members.filter(([, inner]) => inner !== undefined);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}
