import type { ResourceBody } from "../resource.ts";
import { ArmError } from "./error.ts";
import type { Put } from "./rule.ts";
import { guid } from "./target.ts";

/** The identity block as stored: a system-assigned identity keeps its principal over updates and gets a new one with a new resource. */
export function identityOf({ target, body, existing, context }: Put): ResourceBody["identity"] {
  const identity = body.identity;
  if (!identity) return undefined;
  const type = identity.type ?? "None";
  const assigned = identity.userAssignedIdentities;
  if (type.includes("UserAssigned") !== Object.keys(assigned ?? {}).length > 0)
    throw new ArmError(
      400,
      "InvalidIdentityValues",
      `The identity of '${target.name}' has type '${type}': user assigned identities are given exactly with a type that contains 'UserAssigned'.`,
    );
  const users = Object.entries(assigned ?? {}).map(([id]) => {
    const user = context.arm.get(id);
    if (!user)
      throw new ArmError(
        400,
        "FailedIdentityOperation",
        `Identity operation for resource '${target.id}' failed: the identity '${id}' was not found.`,
      );
    return [id, { principalId: user.body.properties.principalId, clientId: user.body.properties.clientId }];
  });
  return {
    type,
    ...(type.includes("SystemAssigned") && {
      principalId: existing?.body.identity?.principalId ?? guid("principal", target.id, context.now),
      tenantId: context.tenantId,
    }),
    ...(users.length > 0 && { userAssignedIdentities: Object.fromEntries(users) }),
  };
}
