/**
 * What was deleted keeps its name for a while, and an account the quota of its deployments: what to tell people about it.
 */
import type { SoftDeletedEntry, Store } from "../sandbox/arm/store.ts";
import { listed } from "../stacks/nearest.ts";

/** Deployments that went down with their account. */
export const holdsQuota = ({ resources }: SoftDeletedEntry) =>
  resources.some(({ resource }) => /\/deployments$/i.test(resource.type));

/** What is refused because something deleted still has the name, or the quota. */
const KEPT =
  /FlagMustBeSetForRestore|ServiceAlreadyExistsInSoftDeletedState|CustomDomainInUse|exists in deleted state|InsufficientQuota/;

/**
 * What to do about names, and quota, that deleted resources keep; undefined: it is not about that.
 * @param said  by the engine
 */
export function purgeAdvice(store: Store, stack: string, said: string): string | undefined {
  if (!KEPT.test(said)) return undefined;
  const kept = store
    .softDeletedEntries()
    .filter((entry) => said.includes(entry.name) || (/InsufficientQuota/.test(said) && holdsQuota(entry)));
  if (kept.length === 0) return undefined;
  const names = kept.map(({ name }) => name);
  return `${listed(names)} ${names.length === 1 ? "was" : "were"} deleted and ${names.length === 1 ? "is" : "are"} kept for a while, with name and quota. Purge and run the same command again: npm run sandbox -- purge --stack ${stack} ${names.join(" ")}
On Azure: ${kept.map(purgeOnAzure).join("\n          ")}`;
}

/** The command line that purges it on a subscription. */
function purgeOnAzure({ id, type, name, location = "LOCATION" }: SoftDeletedEntry): string {
  const group = /\/resourcegroups\/([^/]+)/i.exec(id)?.[1] ?? "GROUP";
  if (/vaults$/i.test(type)) return `az keyvault purge --name ${name} --location ${location}`;
  if (/service$/i.test(type)) return `az apim deletedservice purge --service-name ${name} --location ${location}`;
  return `az cognitiveservices account purge --location ${location} --resource-group ${group} --name ${name}`;
}

/** After a `destroy`: what still has its name. */
export function keptNames(store: Store, stack: string): string | undefined {
  const kept = store.softDeletedEntries();
  if (kept.length === 0) return undefined;
  return `\nAs on Azure, ${kept.length} deleted ${kept.length === 1 ? "resource keeps its name" : "resources keep their names"} for a while (accounts and gateways for 48 hours). A new \`up\` takes new names and needs nothing; to free these: npm run sandbox -- purge --stack ${stack}`;
}
