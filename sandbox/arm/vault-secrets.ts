/**
 * What lies in vaults, by version. It is not Resource Manager's: the store keeps it among a vault's secrets, the newest as `secrets/<name>`, each as
 * `secrets/<name>/<version>`. An id without version names the newest, so that who reads by it takes renewals.
 */
import { randomBytes } from "node:crypto";
import type { ArmReader } from "./resource.ts";
import type { Store } from "./store.ts";

const SECRET_ID = /^https:\/\/([^./]+)\.vault\.azure\.net\/secrets\/([0-9a-zA-Z-]+)(?:\/([0-9a-f]*))?\/?$/i;

/** @returns undefined for what is no id of a secret */
export function secretId(id: string): { vault: string; name: string; version?: string } | undefined {
  const [, vault, name, version] = SECRET_ID.exec(id) ?? [];
  return vault && name ? { vault, name, ...(version && { version: version.toLowerCase() }) } : undefined;
}

/** @param vaultId  ARM id */
export const readSecret = (
  arm: Pick<ArmReader, "secret">,
  vaultId: string,
  { name, version }: { name: string; version?: string },
) => arm.secret(vaultId, version ? `secrets/${name}/${version}` : `secrets/${name}`);

/** Puts a new version of a secret into a vault, and leaves those of before. @returns its version */
export function putSecret(store: Store, vaultId: string, name: string, value: string): string {
  const version = randomBytes(16).toString("hex");
  store.renew(vaultId, { ...store.secretsOf(vaultId), [`secrets/${name}`]: value, [`secrets/${name}/${version}`]: value });
  return version;
}
