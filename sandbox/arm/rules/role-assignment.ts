import type { Resource } from "../resource.ts";
import { ArmError } from "./error.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { GUID, guid, sameId, targetOf, timestamp } from "./target.ts";

const TYPE = "Microsoft.Authorization/roleAssignments";

/** Built-in roles that this sandbox knows: GUID -> name. Source: Azure built-in roles. */
const roles: Record<string, string> = {
  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
  "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
  "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
  "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd": "Cognitive Services OpenAI User",
  "a001fd3d-188f-4b5d-821b-7da978bf7442": "Cognitive Services OpenAI Contributor",
  "a97b65f3-24c7-4388-baec-2e87135dc908": "Cognitive Services User",
  "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68": "Cognitive Services Contributor",
  "64702f94-c441-49e6-a78b-ef80e0188fee": "Azure AI Developer",
  "53ca6127-db72-4b80-b1b0-d745d6d5456d": "Foundry User",
  "19c28022-e58e-450d-a464-0b2a53034789": "Cognitive Services Data Contributor (Preview)",
  "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
  "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
  "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba": "Key Vault Certificate User",
};

/** Types whose resources can carry a system-assigned identity. */
const WITH_IDENTITY = [
  "Microsoft.ApiManagement/service",
  "Microsoft.CognitiveServices/accounts",
  "Microsoft.OperationalInsights/workspaces",
];
const USER_ASSIGNED = "Microsoft.ManagedIdentity/userAssignedIdentities";

export const roleAssignment: Rule = {
  type: TYPE,
  name: {
    pattern: GUID,
    code: "InvalidRoleAssignmentId",
    text: (name) => `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
  },
  put({ target, body, existing, context }) {
    const { principalId, roleDefinitionId, condition, conditionVersion, principalType = "User" } = body.properties;
    const role = String(roleDefinitionId)
      .match(/^(\/subscriptions\/[^/]+)?\/providers\/Microsoft\.Authorization\/roleDefinitions\/([^/]+)$/i)?.[2]
      ?.toLowerCase();
    if (!role || !GUID.test(role))
      throw new ArmError(
        400,
        "InvalidRoleDefinitionId",
        `The role definition ID '${roleDefinitionId}' is not valid. It ends with '/providers/Microsoft.Authorization/roleDefinitions/<GUID>'.`,
      );
    if (!roles[role])
      throw new ArmError(
        400,
        "RoleDefinitionDoesNotExist",
        `The specified role definition with ID '${role.replaceAll("-", "")}' does not exist.`,
      );

    const actual = GUID.test(principalId) ? principalTypeOf(principalId, context) : undefined;
    if (!actual)
      throw new ArmError(
        400,
        "PrincipalNotFound",
        `Principal ${String(principalId).replaceAll("-", "")} does not exist in the directory ${context.tenantId}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.`,
      );
    // What a client leaves out counts as User, as the SDKs have it.
    if (actual !== principalType)
      throw new ArmError(
        400,
        "UnmatchedPrincipalType",
        `The PrincipalId '${String(principalId).replaceAll("-", "")}' has type '${actual}' , which is different from specified PrinciaplType '${principalType}'.`,
      );
    if ((condition === undefined) !== (conditionVersion === undefined))
      throw new ArmError(
        400,
        "InvalidRoleAssignmentCondition",
        "A condition and its version '2.0' are given together or not at all.",
      );

    if (existing && !(sameId(existing.body.properties.principalId, principalId) && sameId(roleIdOf(existing), role)))
      throw new ArmError(
        400,
        "RoleAssignmentUpdateNotPermitted",
        "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
      );
    const twin = context.arm
      .list(TYPE)
      .find(
        (other) =>
          !sameId(other.id, target.id) &&
          sameId(targetOf(other.id, TYPE).parent, target.parent) &&
          sameId(other.body.properties.principalId, principalId) &&
          sameId(roleIdOf(other), role),
      );
    if (twin)
      throw new ArmError(
        409,
        "RoleAssignmentExists",
        `The role assignment already exists. The ID of the existing role assignment is ${twin.name.replaceAll("-", "")}.`,
      );

    const subscription = target.subscription || context.defaultSubscription;
    const deployer = guid("deployer", context.tenantId);
    return {
      body: {
        ...body,
        properties: {
          ...body.properties,
          principalType,
          roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
          scope: target.parent,
          createdOn: timestamp(existing?.createdAt ?? context.now),
          updatedOn: timestamp(context.now),
          createdBy: deployer,
          updatedBy: deployer,
        },
      },
      seconds: 1,
    };
  },
  remove: () => ({ seconds: 1, softDelete: false }),
};

function roleIdOf(assignment: Resource): string {
  return String(assignment.body.properties.roleDefinitionId).split("/").at(-1) ?? "";
}

/** Principals of this tenant are the managed identities of its resources; there are no users and groups here. */
function principalTypeOf(principalId: string, { arm }: RuleContext): "ServicePrincipal" | undefined {
  const system = WITH_IDENTITY.some((type) =>
    arm.list(type).some(({ body }) => sameId(body.identity?.principalId ?? "", principalId)),
  );
  const user = arm.list(USER_ASSIGNED).some(({ body }) => sameId(String(body.properties.principalId ?? ""), principalId));
  return system || user ? "ServicePrincipal" : undefined;
}
