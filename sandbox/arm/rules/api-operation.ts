import { checkApiQuiet } from "./api.ts";
import type { Rule } from "./rule.ts";
import { validationError } from "./shape.ts";
import { sameId, targetOf } from "./target.ts";

const TYPE = "Microsoft.ApiManagement/service/apis/operations";

export const apiOperation: Rule = {
  type: TYPE,
  name: {
    pattern: /^[^*#&+:<>?/]{1,80}$/,
    code: "ValidationError",
    text: (name) =>
      `One or more fields contain incorrect values: operationId: '${name}' must have 1 to 80 characters without * # & + : < > ?`,
  },
  put({ target, body, context }) {
    checkApiQuiet(target.parent, context);
    const {
      method,
      urlTemplate,
      templateParameters = [],
      policies,
    } = body.properties as {
      method: string;
      urlTemplate: string;
      templateParameters?: { name: string }[];
      policies?: string;
    };
    const fail = (at: string, text: string) => validationError({ at: `properties.${at}`, text });
    if (!/^[A-Za-z]+$/.test(method)) throw fail("method", `'${method}' is not an HTTP method.`);
    if (!urlTemplate.startsWith("/")) throw fail("urlTemplate", `The template '${urlTemplate}' must begin with a slash.`);
    if (policies !== undefined) throw fail("policies", "This sandbox takes operation policies as resources of their own only.");

    const used = [...urlTemplate.matchAll(/\{\*?([^{}]+)\}/g)].map(([, name]) => name as string);
    if (/[{}]/.test(urlTemplate.replace(/\{\*?[^{}]+\}/g, "")))
      throw fail("urlTemplate", `The template '${urlTemplate}' has unbalanced braces.`);
    const defined = templateParameters.map(({ name }) => name);
    for (const name of used)
      if (!defined.includes(name))
        throw fail(
          "templateParameters",
          `Template parameter '${name}' of '${urlTemplate}' is not defined as a template parameter.`,
        );
    for (const name of defined)
      if (!used.includes(name)) throw fail("templateParameters", `Template parameter '${name}' is not used in '${urlTemplate}'.`);
    if (new Set(defined).size < defined.length) throw fail("templateParameters", "Names of template parameters must be unique.");

    const twin = context.arm
      .list(TYPE, target.parent)
      .find(
        (other) =>
          !sameId(other.id, target.id) &&
          sameId(other.body.properties.method, method) &&
          canonical(other.body.properties.urlTemplate) === canonical(urlTemplate),
      );
    if (twin) throw fail("urlTemplate", `Operation with the same method and URL template already exists: '${twin.name}'.`);
    return {
      body: { properties: { ...body.properties, templateParameters, responses: body.properties.responses ?? [] } },
      seconds: 2,
    };
  },
  remove(resource, context) {
    checkApiQuiet(targetOf(resource.id, TYPE).parent, context);
    return { seconds: 1, softDelete: false };
  },
};

/** Two templates that differ only in the names of parameters are the same to the gateway. */
function canonical(template: string): string {
  return template.replace(/\{\*?[^{}]+\}/g, "{}").toLowerCase();
}
