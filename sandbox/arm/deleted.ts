/**
 * What was deleted and is kept for a while: accounts and API Management services for 48 hours, vaults for the days that they name. Until it is purged
 * its name is taken. Sources: "Recover or purge deleted Azure AI services resources", "API Management soft-delete", "Azure Key Vault recovery
 * management" (learn.microsoft.com, 2026).
 */
import { ArmError } from "./rules/index.ts";
import { purgedAt, type SoftDeletedEntry, type Store } from "./store.ts";

/** Ids under which Resource Manager shows what was deleted; name and type of what it was. */
const IDS: [RegExp, string][] = [
  [
    /\/providers\/microsoft\.cognitiveservices\/locations\/[^/]+\/resourcegroups\/[^/]+\/deletedaccounts\/([^/]+)$/i,
    "Microsoft.CognitiveServices/accounts",
  ],
  [/\/providers\/microsoft\.apimanagement\/locations\/[^/]+\/deletedservices\/([^/]+)$/i, "Microsoft.ApiManagement/service"],
  [/\/providers\/microsoft\.keyvault\/locations\/[^/]+\/deletedvaults\/([^/]+)$/i, "Microsoft.KeyVault/vaults"],
];

/** The deleted resource that an id of Resource Manager means; undefined: it is no such id. @throws ArmError when nothing is kept there */
export function deletedAt(store: Store, id: string): SoftDeletedEntry | undefined {
  for (const [pattern, type] of IDS) {
    const name = pattern.exec(id)?.[1];
    if (name === undefined) continue;
    const entry = store.softDeleted(type, name);
    if (!entry) throw new ArmError(404, "ResourceNotFound", `There is no deleted resource '${id}'.`);
    return entry;
  }
  return undefined;
}

const bodyOf = ({ resources }: SoftDeletedEntry) => resources[0]?.resource.body;

/** Its name, and the quota of its deployments, are free again. @throws ArmError for a vault that is protected from that */
export function purge(store: Store, entry: SoftDeletedEntry): void {
  if (bodyOf(entry)?.properties.enablePurgeProtection === true)
    throw new ArmError(
      400,
      "MethodNotAllowed",
      `Operation 'DeletedVaultPurge' is not allowed: purge protection is enabled for the vault '${entry.name}'. It goes by itself on ${new Date(purgedAt(entry)).toISOString().slice(0, 10)}.`,
    );
  store.purge(entry.type, entry.name);
}

/** It stands again where it stood, with what was in it. @throws ArmError where its group is gone, or something else has its place */
export function restore(store: Store, { id, type, name }: SoftDeletedEntry): void {
  const group = id.replace(/\/providers\/.*$/i, "");
  if (!store.get(group))
    throw new ArmError(404, "ResourceGroupNotFound", `Resource group '${group.split("/").at(-1)}' could not be found.`);
  if (store.get(id)) throw new ArmError(409, "Conflict", `The resource '${id}' stands already.`);
  store.restore(type, name);
}
