import type { Rule } from "./rule.ts";
import { validationError } from "./shape.ts";
import { serviceIdOf } from "./target.ts";

const SERVICE = "Microsoft.ApiManagement/service";

const fail = (at: string, text: string) => validationError({ at: `properties.${at}`, text });

export const product: Rule = {
  type: `${SERVICE}/products`,
  name: {
    pattern: /^[^*#&+:<>?/]{1,80}$/,
    code: "ValidationError",
    text: (name) =>
      `One or more fields contain incorrect values: productId: '${name}' must have 1 to 80 characters without * # & + : < > ?`,
  },
  put({ body }) {
    const { subscriptionRequired = true, approvalRequired, subscriptionsLimit, state = "notPublished" } = body.properties;
    if (!subscriptionRequired && (approvalRequired === true || subscriptionsLimit !== undefined))
      throw fail("approvalRequired", "Approval and a limit of subscriptions can be set only where subscriptionRequired is true.");
    return {
      body: {
        properties: {
          ...body.properties,
          subscriptionRequired,
          ...(subscriptionRequired && { approvalRequired: approvalRequired ?? false }),
          state,
        },
      },
      seconds: 1,
    };
  },
  remove(resource, context) {
    const scope = `/products/${resource.name}`.toLowerCase();
    const user = context.arm
      .list(`${SERVICE}/subscriptions`, serviceIdOf(resource.id))
      .find(({ body }) => String(body.properties.scope).toLowerCase().endsWith(scope));
    // azure-native does not ask for the deletion of subscriptions with their product.
    if (user)
      throw fail("id", `Product '${resource.name}' cannot be deleted since it has existing subscriptions: '${user.name}'.`);
    return { seconds: 1, softDelete: false };
  },
};
