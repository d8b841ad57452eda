/**
 * What the gateway knows from ARM: services, APIs and their operations, products, subscriptions, backends, named values.
 */
import type { ArmReader, Resource } from "../arm/resource.ts";
import { type Backend, backendOf } from "./backends.ts";
import type { PolicyContext } from "./csharp/context.ts";
import type { Format } from "./documents.ts";
import type { Readings } from "./readings.ts";

const SERVICE = "Microsoft.ApiManagement/service";
const MiB = 1024 * 1024;

export type OperationModel = NonNullable<PolicyContext["operation"]> & { key: string; template: Template };
export type ProductModel = NonNullable<PolicyContext["product"]> & { key: string; apis: ReadonlySet<string> };
export type SubscriptionModel = Omit<NonNullable<PolicyContext["subscription"]>, "key"> & {
  state: string;
  /** Which APIs it opens. */
  scope: { product: string } | { api: string } | "every API";
};
export type ApiModel = NonNullable<PolicyContext["api"]> & {
  key: string;
  subscriptionRequired: boolean;
  keyHeader: string;
  keyQuery: string;
  /** The most specific template first. */
  operations: readonly OperationModel[];
  operationsAsMade: readonly OperationModel[];
};

export interface PolicyText {
  xml: string;
  format: Format;
}

export interface ServiceModel {
  key: string;
  name: string;
  region: string;
  sku: string;
  hosts: readonly string[];
  /** Bytes of a body that the gateway can hold (API Management gateway limits, 2026-04-08). */
  bufferBytes: number;
  apis: readonly ApiModel[];
  products: readonly ProductModel[];
  subscriptionOf(key: string): SubscriptionModel | undefined;
  backend(id: string): Backend | undefined;
  /** By display name: that is what `{{...}}` means. */
  namedValue(name: string): string | undefined;
  /** Texts of the secret ones. */
  secretValues: readonly string[];
  fragment(id: string): PolicyText | undefined;
  /** The document at an ARM id, if there is one. */
  policy(parent: string): PolicyText | undefined;
  identity: Resource["body"]["identity"];
  /** Where its calls begin. */
  place: { subnet?: string; address?: string };
  /** Its running update, if there is one, takes it down. */
  interrupted: boolean;
}

export function servicesOf(arm: ArmReader): ServiceModel[] {
  return arm.list(SERVICE).map((resource) => serviceOf(arm, resource));
}

const lower = (text: string) => text.toLowerCase();

function serviceOf(arm: ArmReader, resource: Resource): ServiceModel {
  const children = (kind: string, parent = resource.id) => arm.list(`${SERVICE}/${kind}`, parent);
  const sku = String(resource.body.sku?.name ?? "Developer");
  const backends = new Map(children("backends").map((r) => [lower(r.name), backendOf(r.id, r.name, r.body.properties)]));
  const namedValues = new Map(children("namedValues").map((r) => [lower(String(r.body.properties.displayName ?? r.name)), r]));
  const fragments = new Map(children("policyFragments").map((r) => [lower(r.name), policyText(r)]));
  const products = children("products").map(
    (r): ProductModel => ({
      key: r.id,
      id: r.name,
      name: String(r.body.properties.displayName ?? r.name),
      state: r.body.properties.state === "published" ? "Published" : "NotPublished",
      approvalRequired: r.body.properties.approvalRequired === true,
      subscriptionRequired: r.body.properties.subscriptionRequired !== false,
      subscriptionsLimit: r.body.properties.subscriptionsLimit,
      apis: new Set(children("products/apis", r.id).map((link) => lower(link.name))),
    }),
  );
  const byKey = new Map<string, SubscriptionModel>();
  for (const r of children("subscriptions")) {
    const primaryKey = arm.secret(r.id, "primaryKey") ?? "";
    const secondaryKey = arm.secret(r.id, "secondaryKey") ?? "";
    const subscription: SubscriptionModel = {
      id: r.name,
      name: String(r.body.properties.displayName ?? r.name),
      primaryKey,
      secondaryKey,
      createdDate: r.createdAt,
      state: String(r.body.properties.state ?? "submitted"),
      scope: scopeOf(String(r.body.properties.scope ?? "")),
    };
    for (const key of [primaryKey, secondaryKey]) if (key !== "") byKey.set(key, subscription);
  }
  const documents = new Map<string, PolicyText | undefined>();
  const secretOf = (namedValue: Resource) => arm.secret(namedValue.id, "value") ?? "";
  const isSecret = ({ body }: Resource) => body.properties.secret === true;
  return {
    key: resource.id,
    name: resource.name,
    region: String(resource.body.location ?? ""),
    sku,
    hosts: [
      `${lower(resource.name)}.azure-api.net`,
      ...(resource.body.properties.hostnameConfigurations ?? [])
        .filter((host: { type: string }) => host.type === "Proxy")
        .map((host: { hostName: string }) => lower(host.hostName)),
    ],
    bufferBytes: /V2$|^Consumption$/.test(sku) ? 2 * MiB : 500 * MiB,
    apis: children("apis").map((r) => apiOf(r, children("apis/operations", r.id))),
    products,
    subscriptionOf: (key) => byKey.get(key),
    backend: (id) => backends.get(lower(id)),
    namedValue(name) {
      const found = namedValues.get(lower(name));
      if (!found) return undefined;
      return isSecret(found) ? secretOf(found) : String(found.body.properties.value ?? "");
    },
    secretValues: [...namedValues.values()].filter(isSecret).map(secretOf),
    fragment: (id) => fragments.get(lower(id)),
    policy(parent) {
      if (!documents.has(parent)) {
        const found = arm.get(`${parent}/policies/policy`);
        documents.set(parent, found && policyText(found));
      }
      return documents.get(parent);
    },
    identity: resource.body.identity,
    place: placeOf(resource),
    interrupted: resource.body.properties.interrupted === true,
  };
}

function placeOf({ body: { properties } }: Resource): ServiceModel["place"] {
  const { virtualNetworkType = "None", virtualNetworkConfiguration, publicIPAddresses, outboundPublicIPAddresses } = properties;
  const subnet = virtualNetworkType === "None" ? undefined : virtualNetworkConfiguration?.subnetResourceId;
  // Calls go out from the first of these; it may be a prefix.
  const address = ((outboundPublicIPAddresses?.[0] ?? publicIPAddresses?.[0]) as string | undefined)?.split("/")[0];
  return { ...(subnet && { subnet }), ...(address && { address }) };
}

const policyText = (resource: Resource): PolicyText => ({
  xml: String(resource.body.properties.value ?? ""),
  format: resource.body.properties.format === "rawxml" ? "rawxml" : "xml",
});

function scopeOf(scope: string): SubscriptionModel["scope"] {
  const [, kind, id] = /\/(products|apis)\/([^/]+)\/?$/.exec(scope) ?? [];
  return kind === "products" && id ? { product: lower(id) } : kind === "apis" && id ? { api: lower(id) } : "every API";
}

function apiOf(resource: Resource, operations: readonly Resource[]): ApiModel {
  const { properties } = resource.body;
  if (properties.apiVersionSetId)
    throw new Error(`${resource.id}: this gateway does not know API version sets (apiVersionSetId)`);
  const asMade = operations.map((r): OperationModel => {
    const urlTemplate = String(r.body.properties.urlTemplate ?? "/");
    return {
      key: r.id,
      id: r.name,
      name: String(r.body.properties.displayName ?? r.name),
      method: String(r.body.properties.method ?? "GET").toUpperCase(),
      urlTemplate,
      template: templateOf(urlTemplate),
    };
  });
  return {
    key: resource.id,
    id: resource.name,
    name: String(properties.displayName ?? resource.name),
    path: String(properties.path ?? "").replace(/^\/|\/$/g, ""),
    revision: String(properties.apiRevision ?? "1"),
    version: String(properties.apiVersion ?? ""),
    isCurrentRevision: properties.isCurrent !== false,
    serviceUrl: properties.serviceUrl ? new URL(properties.serviceUrl) : undefined,
    subscriptionRequired: properties.subscriptionRequired !== false,
    keyHeader: properties.subscriptionKeyParameterNames?.header ?? "Ocp-Apim-Subscription-Key",
    keyQuery: properties.subscriptionKeyParameterNames?.query ?? "subscription-key",
    operations: asMade.toSorted((a, b) => b.template.rank.localeCompare(a.template.rank)),
    operationsAsMade: asMade,
  };
}

/** A URL template: `/deployments/{id}/chat`, `/*`, `/files/{*path}`. */
interface Template {
  match(path: string): Map<string, string> | undefined;
  /** Greater is more specific: per segment literal, mixed, parameter, wildcard. */
  rank: string;
}

function templateOf(urlTemplate: string): Template {
  const path = (urlTemplate.split("?")[0] ?? "").replace(/^\/|\/$/g, "");
  const segments = path === "" ? [] : path.split("/");
  const names: string[] = [];
  const verbatim = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const patterns = segments.map((segment) => {
    if (segment === "*") return "\\/?(.*)";
    const pieces = segment.split(/(\{[^}]*\})/).filter((piece) => piece !== "");
    const inner = pieces.map((piece) => {
      if (!piece.startsWith("{")) return verbatim(piece);
      const name = piece.slice(1, -1);
      names.push(name.replace(/^\*/, ""));
      return name.startsWith("*") ? "(.*)" : "([^/]+)";
    });
    return `\\/${inner.join("")}`;
  });
  const wildcard = segments.indexOf("*");
  const pattern = new RegExp(`^${patterns.join("")}\\/?$`, "i");
  const rankOf = (segment: string) =>
    segment === "*" || segment.startsWith("{*") ? "1" : !segment.includes("{") ? "4" : /^\{[^}]*\}$/.test(segment) ? "2" : "3";
  return {
    match(target) {
      const found = pattern.exec(target === "" ? "/" : target);
      if (!found) return undefined;
      const values = found.slice(1);
      if (wildcard >= 0) values.splice(segments.slice(0, wildcard).join("/").split("{").length - 1, 1);
      return new Map(names.map((name, i) => [name, decoded(values[i] ?? "")]));
    },
    // An exhausted template is more specific than one that goes on with a wildcard.
    rank: `${segments.map(rankOf).join("")}2`,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The API with the longest path that the URL's path begins with, and the rest of the path. */
export function findApi(service: ServiceModel, path: string): { api: ApiModel; rest: string } | undefined {
  let best: ApiModel | undefined;
  for (const api of service.apis) {
    const prefix = api.path === "" ? "" : `/${api.path}`;
    const starts = lower(path).startsWith(lower(prefix)) && (path.length === prefix.length || path[prefix.length] === "/");
    if (starts && (!best || api.path.length > best.path.length)) best = api;
  }
  return best && { api: best, rest: path.slice(best.path === "" ? 0 : best.path.length + 1) };
}

export function findOperation(
  api: ApiModel,
  method: string,
  rest: string,
  precedence: Readings["operationPrecedence"],
): { operation: OperationModel; parameters: Map<string, string> } | undefined {
  const [literalFirst, asMade] = [api.operations, api.operationsAsMade];
  const order = precedence === "literal" ? literalFirst : precedence === "created" ? asMade : literalFirst.toReversed();
  for (const operation of order) {
    if (operation.method !== method.toUpperCase() && operation.method !== "*") continue;
    const parameters = operation.template.match(rest);
    if (parameters) return { operation, parameters };
  }
  return undefined;
}
