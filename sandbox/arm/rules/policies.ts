/**
 * Policy documents of the service, an API and a product: one document per scope, under the name `policy`.
 */
import type { Resource } from "../resource.ts";
import { checkApiQuiet } from "./api.ts";
import { asAnswered, namesIn } from "./policy-xml.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { validationError } from "./shape.ts";
import { isClassic, listBelow, sameId, serviceIdOf, serviceOf, skuOf, targetOf } from "./target.ts";

const SERVICE = "Microsoft.ApiManagement/service";
const NAMED_VALUES = `${SERVICE}/namedValues`;
const BACKENDS = `${SERVICE}/backends`;
const FRAGMENTS = `${SERVICE}/policyFragments`;

/** KiB of a document by SKU (API Management gateway limits, 2026-04-08). */
const sizeLimit = (sku: string): number => (sku === "Consumption" ? 16 : sku.endsWith("V2") ? 512 : 256);

/**
 * The global document of a new service, as pulumi-azure-native knows it (its defaultResourcesState.go), without the comment that stands
 * before it there and in Azure's answers.
 */
export const DEFAULT_POLICY =
  "<policies>\r\n\t<inbound></inbound>\r\n\t<backend>\r\n\t\t<forward-request />\r\n\t</backend>\r\n\t<outbound></outbound>\r\n</policies>";

type Scope = "global" | "api" | "product";

function policyRule(type: string, scope: Scope): Rule {
  return {
    type,
    name: {
      pattern: /^policy$/,
      code: "ValidationError",
      text: (name) => `One or more fields contain incorrect values: policyId: The policy identifier '${name}' must be 'policy'.`,
    },
    put(put) {
      if (scope === "api") checkApiQuiet(put.target.parent, put.context);
      const { value, format = "xml" } = put.body.properties as { value: string; format?: string };
      if (value !== DEFAULT_POLICY) checkDocument(put, scope, value, format);
      return { body: { properties: { format, value } }, seconds: 2 };
    },
    remove(resource, context) {
      if (scope === "api") checkApiQuiet(targetOf(resource.id, type).parent, context);
      return { seconds: 1, softDelete: false };
    },
    shown: ({ properties: { value, format }, ...body }, resource, context) => ({
      ...body,
      properties: { format: "xml", value: isAsItCame(value, resource, context) ? value : asAnswered(value, format) },
    }),
  };
}

/** Exports of Consumption and StandardV2 services have the default as it is, those of classic ones write its empty sections in one tag. */
const isAsItCame = (value: string, { id }: Resource, { arm }: RuleContext) =>
  value === DEFAULT_POLICY && !isClassic(skuOf(serviceOf(id, arm)));

export const servicePolicy = policyRule(`${SERVICE}/policies`, "global");
export const apiPolicy = policyRule(`${SERVICE}/apis/policies`, "api");
export const productPolicy = policyRule(`${SERVICE}/products/policies`, "product");

function checkDocument({ target, context }: Put, scope: Scope, value: string, format: string): void {
  if (format !== "xml" && format !== "rawxml")
    throw validationError({
      at: "properties.format",
      text: `The document at '${value}' could not be downloaded: this sandbox reads no links.`,
    });
  const service = serviceOf(target.id, context.arm);
  const sku = skuOf(service);
  const bytes = Buffer.byteLength(value);
  if (bytes > sizeLimit(sku) * 1024)
    throw validationError({
      at: "properties.value",
      text: `The policy document has ${bytes} bytes; ${sku} allows ${sizeLimit(sku)} KiB.`,
    });

  const names = (type: string, by: (resource: Resource) => string) =>
    new Set(listBelow(context.arm, type, service.id).map((resource) => by(resource).toLowerCase()));
  const namedValues = names(NAMED_VALUES, ({ body }) => String(body.properties.displayName));
  const backends = names(BACKENDS, ({ name }) => name);
  const fragments = names(FRAGMENTS, ({ name }) => name);
  const faults = context.checkPolicy(
    { xml: value, format, scope, sku },
    {
      namedValue: (name) => namedValues.has(name.toLowerCase()),
      backend: (id) => backends.has(id.toLowerCase()),
      fragment: (id) => fragments.has(id.toLowerCase()),
    },
  );
  if (faults.length > 0)
    throw validationError(
      ...faults.map(({ line, message }) => ({
        at: "policies",
        text: line === undefined ? message : `Error on line ${line}: ${message}`,
      })),
    );
}

/** Policy documents of a service, in every scope. */
export function documentsOf(resourceId: string, { arm }: RuleContext): Resource[] {
  const service = serviceIdOf(resourceId);
  return [servicePolicy, apiPolicy, productPolicy].flatMap(({ type }) => listBelow(arm, type, service));
}

/** The document that names this backend or named value, if one does. */
export function userOf(
  resource: Resource,
  kind: "backends" | "namedValues",
  name: string,
  context: RuleContext,
): Resource | undefined {
  return documentsOf(resource.id, context).find(
    (document) =>
      !sameId(document.id, resource.id) &&
      namesIn(document.body.properties.value, document.body.properties.format)[kind].has(name.toLowerCase()),
  );
}
