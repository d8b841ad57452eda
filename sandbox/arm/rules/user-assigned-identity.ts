import type { Rule } from "./rule.ts";
import { guid } from "./target.ts";

export const userAssignedIdentity: Rule = {
  type: "Microsoft.ManagedIdentity/userAssignedIdentities",
  name: {
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}$/,
    code: "InvalidResourceName",
    text: (name) =>
      `The identity name '${name}' is invalid: 3 to 128 letters, digits, '-' and '_', beginning with a letter or digit.`,
  },
  put({ target, body, existing, context }) {
    const born = existing?.createdAt ?? context.now;
    return {
      body: {
        ...body,
        properties: {
          principalId: guid("principal", target.id, born),
          clientId: guid("client", target.id, born),
          tenantId: context.tenantId,
        },
      },
      seconds: 2,
    };
  },
};
