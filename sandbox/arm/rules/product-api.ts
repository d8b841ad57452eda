import { checkApiQuiet } from "./api.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { notFound, serviceIdOf } from "./target.ts";

const TYPE = "Microsoft.ApiManagement/service/products/apis";

/** The link of an API to a product: named like the API, without properties of its own. */
export const productApi: Rule = {
  type: TYPE,
  name: {
    pattern: /^[^*#&+:<>?/]{1,256}$/,
    code: "ValidationError",
    text: (name) =>
      `One or more fields contain incorrect values: apiId: '${name}' must have 1 to 256 characters without * # & + : < > ?`,
  },
  put({ target, context }) {
    const api = apiIdOf(target.id);
    if (!context.arm.get(api)) throw notFound(api);
    checkApiQuiet(api, context);
    return { body: { properties: {} }, seconds: 2 };
  },
  remove(resource, context) {
    const api = apiIdOf(resource.id);
    if (context.arm.get(api)) checkApiQuiet(api, context);
    return { seconds: 1, softDelete: false };
  },
  /** GET answers the API itself. */
  shown: (body, resource, context: RuleContext) => ({
    ...body,
    properties: { ...context.arm.get(apiIdOf(resource.id))?.body.properties },
  }),
};

function apiIdOf(linkId: string): string {
  return `${serviceIdOf(linkId)}/apis/${linkId.split("/").at(-1)}`;
}
