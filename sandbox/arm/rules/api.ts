import type { Resource } from "../resource.ts";
import { ArmError } from "./error.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { validationError } from "./shape.ts";
import { listBelow, sameId, serviceIdOf } from "./target.ts";

const SERVICE = "Microsoft.ApiManagement/service";
const TYPE = `${SERVICE}/apis`;
const PRODUCT_APIS = `${SERVICE}/products/apis`;

export const ID_PATTERN = /^[^*#&+:<>?/]{1,256}$/;
/** Up to 400 characters: segments of letters, digits, '-', '.', '_' and ':', without a slash at either end (terraform-provider-azurerm). */
const PATH = /^(|[\w.]([\w./:-]{0,398}[\w-])?)$/;
const URL = /^https?:\/\/[^\s/]+/i;

export const api: Rule = {
  type: TYPE,
  name: {
    pattern: ID_PATTERN,
    code: "ValidationError",
    text: (name) =>
      `One or more fields contain incorrect values: apiId: '${name}' must have 1 to 256 characters without * # & + : < > ?`,
  },
  put({ target, body, existing, context }) {
    checkApiQuiet(target.id, context);
    const properties = body.properties;
    const type = properties.type ?? properties.apiType ?? "http";
    const fail = (at: string, text: string) => validationError({ at: `properties.${at}`, text });

    if (properties.format !== undefined || properties.value !== undefined || properties.wsdlSelector !== undefined)
      throw fail("format", "This sandbox does not import API specifications; send operations as resources.");
    if (properties.sourceApiId !== undefined && !context.arm.get(properties.sourceApiId))
      throw fail("sourceApiId", `API '${properties.sourceApiId}' could not be found.`);
    if (properties.displayName === undefined) throw fail("displayName", "A display name is required.");
    if (!PATH.test(properties.path))
      throw fail(
        "path",
        `The path '${properties.path}' is invalid: no slash at either end, letters, digits, '-', '.', '_', ':' and '/'.`,
      );
    if (properties.serviceUrl !== undefined && !URL.test(properties.serviceUrl))
      throw fail("serviceUrl", `'${properties.serviceUrl}' is not an absolute http or https URL.`);
    for (const name of ["header", "query"] as const) {
      const key = properties.subscriptionKeyParameterNames?.[name];
      if (key !== undefined && !/^[\w.-]{1,256}$/.test(key))
        throw fail(`subscriptionKeyParameterNames.${name}`, `'${key}' is not a valid name.`);
    }
    const protocols: string[] = properties.protocols ?? ["https"];
    const isSocket = type === "websocket";
    const allowed = isSocket ? ["ws", "wss"] : ["http", "https"];
    if (protocols.length === 0 || protocols.some((protocol) => !allowed.includes(protocol)))
      throw fail("protocols", `An API of type '${type}' has protocols among ${allowed.join(", ")}, at least one.`);
    if (properties.apiVersion !== undefined && properties.apiVersionSetId === undefined && properties.apiVersionSet === undefined)
      throw fail("apiVersionSetId", "A versioned API needs a version set.");
    if (properties.apiVersionSetId !== undefined && !context.arm.get(properties.apiVersionSetId))
      throw fail("apiVersionSetId", `Version set '${properties.apiVersionSetId}' could not be found.`);
    if (existing && existing.body.properties.type !== type)
      throw fail(
        "type",
        `The type of API '${target.name}' is '${existing.body.properties.type}' and cannot be changed to '${type}'.`,
      );

    const twin = context.arm
      .list(TYPE, serviceIdOf(target.id))
      .find(
        (other) =>
          !sameId(other.id, target.id) &&
          sameId(other.body.properties.path, properties.path) &&
          (other.body.properties.apiVersion ?? "") === (properties.apiVersion ?? ""),
      );
    if (twin) throw fail("path", `API '${twin.name}' already has the path '${properties.path}'.`);

    const { apiType: _, ...kept } = properties;
    return {
      body: {
        properties: {
          ...kept,
          type,
          protocols,
          apiRevision: properties.apiRevision ?? existing?.body.properties.apiRevision ?? "1",
          isCurrent: properties.isCurrent ?? true,
          isOnline: true,
          subscriptionRequired: properties.subscriptionRequired ?? true,
          subscriptionKeyParameterNames: {
            header: "Ocp-Apim-Subscription-Key",
            query: "subscription-key",
            ...properties.subscriptionKeyParameterNames,
          },
        },
      },
      seconds: 5,
    };
  },
  remove(resource, context) {
    checkApiQuiet(resource.id, context);
    return { seconds: 2, softDelete: false };
  },
  shown: (body) => ({ ...body, properties: { ...body.properties, provisioningState: "Succeeded" } }),
};

/** Writes on one API, its operations, its policy and its product links exclude each other. */
export function checkApiQuiet(apiId: string, context: RuleContext): void {
  const below = [`${TYPE}/operations`, `${TYPE}/policies`].flatMap((type) => listBelow(context.arm, type, apiId));
  const name = apiId.split("/").at(-1) ?? "";
  const links = listBelow(context.arm, PRODUCT_APIS, serviceIdOf(apiId)).filter((link) => sameId(link.name, name));
  const running = [{ id: apiId } as Resource, ...below, ...links].find(({ id }) => context.busy(id));
  if (running)
    throw new ArmError(
      409,
      "PessimisticConcurrencyConflict",
      `Operation on the API is in progress. Please try again after some time. Running: '${running.id}'.`,
    );
}
