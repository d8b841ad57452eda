/** A certificate in Key Vault, as Application Gateway and API Management are told of one. */
import { z } from "zod";
import type { Judge } from "./rules.ts";

export const keyVaultSecretId = z
  .string()
  .regex(/^https:\/\/[a-z0-9-]{3,24}\.vault\.azure\.net\/secrets\/[A-Za-z0-9-]{1,127}$/, {
    error: "is not a versionless id of a Key Vault secret.",
  })
  .meta({ fix: "For example https://kv-contoso.vault.azure.net/secrets/openai." });

export const keyVaultId = z
  .string()
  .regex(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.KeyVault\/vaults\/[^/]+$/i, {
    error: "is not the id of a Key Vault.",
  })
  .meta({ fix: '"az keyvault show --name NAME --query id" prints it.' });

export const hostName = z
  .string()
  .regex(/^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/, { error: "is not a host name." });

/** Both keys or none, and of one vault. `reader`: who gets the role there. */
export function oneVault(
  { broken, error }: Pick<Judge, "broken" | "error">,
  path: string,
  { keyVaultSecretId: secretId, keyVaultId: vaultId }: { keyVaultSecretId?: string; keyVaultId?: string },
  reader: string,
): void {
  const either = (one: "keyVaultSecretId" | "keyVaultId", value: string, other: string, why: string) =>
    error({
      path: `${path}.${one}`,
      value,
      rule: `needs ${other} too: ${why}.`,
      fix: `Give ${path}.${other}, or leave both out.`,
    });
  if (secretId !== undefined && vaultId === undefined && !broken(`${path}.keyVaultId`))
    either("keyVaultSecretId", secretId, "keyVaultId", `${reader} gets the role to read the secret there`);
  if (vaultId !== undefined && secretId === undefined && !broken(`${path}.keyVaultSecretId`))
    either("keyVaultId", vaultId, "keyVaultSecretId", "a vault holds many certificates");
  if (secretId === undefined || vaultId === undefined) return;
  const asked = /^https:\/\/([^.]+)\./.exec(secretId)?.[1] ?? "";
  const named = vaultId.slice(vaultId.lastIndexOf("/") + 1);
  if (asked.toLowerCase() !== named.toLowerCase())
    error({
      path: `${path}.keyVaultId`,
      value: vaultId,
      rule: `is vault "${named}", and keyVaultSecretId is in vault "${asked}".`,
      fix: `"az keyvault show --name ${asked} --query id" prints the right one.`,
    });
}
