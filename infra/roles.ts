import type { Input, Output, ProviderResource } from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random";
import { authorization, type ROLES } from "./azure.ts";

export interface Grant {
  role: (typeof ROLES)[keyof typeof ROLES];
  /** ARM id of what it gives access to; no wider. */
  scope: Output<string>;
  /** Of a managed identity. */
  principalId: Input<string>;
}

/** A built-in role for a managed identity, under the logical name `name`; its GUID is drawn under the logical name `drawn`. */
export function grant(
  { name, drawn }: { name: string; drawn: string },
  { role, scope, principalId }: Grant,
  provider?: ProviderResource,
): authorization.RoleAssignment {
  // A new identity: the keeper gives its assignment a new name, so that it can be made before the old one goes.
  const { result } = new RandomUuid(drawn, { keepers: { principalId } });
  return new authorization.RoleAssignment(
    name,
    {
      roleAssignmentName: result,
      scope,
      principalId,
      // The SDK's default is "User", which ARM refuses for a managed identity.
      principalType: "ServicePrincipal",
      roleDefinitionId: scope.apply(
        (id) => `${id.split("/").slice(0, 3).join("/")}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
      ),
    },
    { provider },
  );
}
