import type { Rule } from "./rule.ts";
import { stateOf } from "./target.ts";

/** A type whose rule is not written yet: shape, name and place are checked, nothing else. */
export const passThrough = (type: string, pattern: RegExp, more: Partial<Rule> = {}): Rule => ({
  type,
  name: { pattern, code: "InvalidResourceName", text: (name) => `The resource name '${name}' is invalid: ${pattern.source}.` },
  put: ({ body }) => ({ body: { ...body, properties: { ...body.properties, provisioningState: "Succeeded" } }, seconds: 5 }),
  shown: (body, resource, context) => ({
    ...body,
    properties: { ...body.properties, provisioningState: stateOf(resource, context, "Creating", "Updating") },
  }),
  ...more,
});
