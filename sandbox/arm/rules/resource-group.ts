import { ArmError } from "./error.ts";
import type { Rule } from "./rule.ts";
import { stateOf } from "./target.ts";

export const resourceGroup: Rule = {
  type: "Microsoft.Resources/resourceGroups",
  name: {
    pattern: /^[\p{L}\p{N}_.()-]{0,89}[\p{L}\p{N}_()-]$/u,
    code: "InvalidParameter",
    text: (name) =>
      `The provided resource group name '${name}' is invalid. It has 1 to 90 letters, digits, '-', '.', '(', ')' or '_' and does not end with a period.`,
  },
  put({ target, body, existing }) {
    if (existing?.body.managedBy !== body.managedBy && existing)
      throw new ArmError(
        400,
        "CannotChangeManagedBy",
        `The managedBy property of resource group '${target.name}' cannot be changed.`,
      );
    return { body: { ...body, properties: { provisioningState: "Succeeded" } }, seconds: 2 };
  },
  // Everything inside goes with it, which takes as long as the slowest.
  remove: () => ({ seconds: 60, softDelete: false }),
  shown: (body, resource, context) => ({
    ...body,
    properties: { provisioningState: stateOf(resource, context, "Creating", "Updating") },
  }),
};
