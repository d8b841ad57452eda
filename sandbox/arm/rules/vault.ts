import { VAULTS } from "../network-types.ts";
import type { ArmReader, Resource } from "../resource.ts";
import { ArmError } from "./error.ts";
import type { Put, Rule } from "./rule.ts";
import { GUID, sameId, stateOf } from "./target.ts";

/** Built-in roles whose holders read secrets: Key Vault Secrets User, Key Vault Certificate User. */
const READERS = ["4633458b-17de-408a-b874-0445c86b69e6", "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba"];

/** A vault. What lies in it is not ARM's: the store keeps it among the vault's secrets, as `secrets/<name>`. */
export const vault: Rule = {
  type: VAULTS,
  name: {
    pattern: /^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/,
    code: "VaultNameNotValid",
    text: (name) =>
      `The vault name '${name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens.`,
  },
  put(put) {
    const { target, body, existing, context } = put;
    const {
      tenantId,
      accessPolicies,
      enableRbacAuthorization = false,
      enablePurgeProtection,
      softDeleteRetentionInDays,
    } = body.properties;
    if (!GUID.test(tenantId) || !sameId(tenantId, context.tenantId))
      throw new ArmError(
        400,
        "BadRequest",
        `The tenant ID '${tenantId}' of vault '${target.name}' is not that of its subscription.`,
      );
    checkName(put);
    if (!enableRbacAuthorization && accessPolicies === undefined)
      throw new ArmError(
        400,
        "BadRequest",
        `The parameter accessPolicies is not specified for vault '${target.name}'. It is needed unless enableRbacAuthorization is true.`,
      );
    if (enablePurgeProtection === false)
      throw new ArmError(400, "BadRequest", 'The property "enablePurgeProtection" cannot be set to false.');
    const days = softDeleteRetentionInDays ?? existing?.body.properties.softDeleteRetentionInDays ?? 90;
    if (days < 7 || days > 90 || (existing && days !== existing.body.properties.softDeleteRetentionInDays))
      throw new ArmError(
        400,
        "BadRequest",
        `The property "softDeleteRetentionInDays" is ${days}: 7 to 90 when the vault is made, and never changed.`,
      );
    return {
      body: {
        ...body,
        properties: {
          publicNetworkAccess: "Enabled",
          ...body.properties,
          accessPolicies: accessPolicies ?? [],
          enableRbacAuthorization,
          enableSoftDelete: true,
          softDeleteRetentionInDays: days,
          vaultUri: `https://${target.name.toLowerCase()}.vault.azure.net/`,
          provisioningState: "Succeeded",
        },
      },
      seconds: existing ? 5 : 30,
    };
  },
  remove: () => ({ seconds: 10, softDelete: true }),
  shown: (body, resource, context) => ({
    ...body,
    properties: { ...body.properties, provisioningState: stateOf(resource, context, "RegisteringDns", "Updating") },
  }),
};

/** The name is a host name: one in the world, deleted vaults included. */
function checkName({ target, existing, context }: Put): void {
  if (existing) return;
  if (context.arm.list(VAULTS).some(({ name }) => sameId(name, target.name)))
    throw new ArmError(
      409,
      "VaultAlreadyExists",
      `The vault name '${target.name}' is already in use. Vault names are globally unique.`,
    );
  if (context.softDeleted(VAULTS, target.name))
    throw new ArmError(
      409,
      "ConflictError",
      `A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault.`,
    );
}

/** May this principal read the vault's secrets now? Roles need their propagation. */
export function readsSecrets(arm: ArmReader, { id, body }: Resource, principalId: string): boolean {
  const { enableRbacAuthorization, accessPolicies } = body.properties;
  if (enableRbacAuthorization) return READERS.some((role) => arm.hasRole(principalId, role, id));
  return (accessPolicies as { objectId: string; permissions: { secrets?: string[] } }[]).some(
    ({ objectId, permissions }) =>
      sameId(objectId, principalId) && permissions.secrets?.some((permission) => /^(get|all)$/i.test(permission)),
  );
}
