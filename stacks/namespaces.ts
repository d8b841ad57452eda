/**
 * Keys of a stack that are not this project's own. Pulumi hands every namespace over and minds none: a setting under a wrong one would be passed over
 * in silence.
 */
import { NAMESPACE, schema } from "./config.ts";
import { nearest } from "./nearest.ts";
import type { Fault } from "./plan.ts";
import { MOST_UNKNOWN_KEYS } from "./sizes.ts";

/** Settings of the provider azure-native: all of its configuration, @pulumi/azure-native 3.28.0. */
// biome-ignore format: a table
const AZURE_NATIVE = [
  "auxiliaryTenantIds", "clientCertificatePassword", "clientCertificatePath", "clientId", "clientSecret", "disableInstanceDiscovery",
  "disablePulumiPartnerId", "environment", "location", "metadataHost", "msiEndpoint", "oidcRequestToken", "oidcRequestUrl", "oidcToken",
  "oidcTokenFilePath", "partnerId", "subscriptionId", "tenantId", "useDefaultAzureCredential", "useMsi", "useOidc",
];

/**
 * Namespaces that something here reads, with their keys; absent: not known, so not checked. A provider that the program takes up gets a row.
 * `pulumi` is the engine's: `pulumi:tags`, `pulumi:disable-default-providers`.
 */
export const NAMESPACES: Readonly<Record<string, readonly string[] | undefined>> = {
  "azure-native": AZURE_NATIVE,
  pulumi: undefined,
  random: undefined,
};

/** Settings of others that are called like ones of this project. */
const SHARED = ["pulumi:tags"];

/**
 * What is wrong with a stack's keys of other namespaces; values do not matter, and stand nowhere: they may be secrets.
 * @param keys  in full, `azure-native:location`; this project's own are passed over
 */
export function strangers(keys: readonly string[]): Fault[] {
  const strange = keys.filter(isStrange);
  const faults = strange.slice(0, MOST_UNKNOWN_KEYS).map(stranger);
  const more = strange.length - faults.length;
  if (more === 0) return faults;
  const rule = `has ${more.toLocaleString("en-US")} more keys that nothing here reads.`;
  return [...faults, { path: "config", rule, fix: "Leave them out." }];
}

/** Cheap: there may be any number of keys. */
function isStrange(key: string): boolean {
  const { namespace, name } = parted(key);
  if (namespace === NAMESPACE) return false;
  if (!Object.hasOwn(NAMESPACES, namespace)) return true;
  const known = NAMESPACES[namespace];
  return known ? !known.includes(name) : exact(name, OWN, NAMESPACE) !== undefined && !SHARED.includes(`${namespace}:${name}`);
}

function stranger(key: string): Fault {
  const { namespace, name } = parted(key);
  const isHere = Object.hasOwn(NAMESPACES, namespace);
  const meant = exact(name, OWN, NAMESPACE) ?? exact(name, AZURE_NATIVE, "azure-native") ?? near(name, namespace);
  return {
    path: key,
    rule: isHere
      ? `is no setting of ${namespace}, and nothing reads it.`
      : `is in the namespace "${namespace}", which nothing here reads.`,
    fix: meant
      ? `Did you mean "${meant}"?`
      : `Settings of this project begin with "${NAMESPACE}:", for example ${NAMESPACE}:topology. Leave it out.`,
  };
}

const OWN = Object.keys(schema.shape);

/** `features.x` and `features[0]` are parts of one setting, `features`. */
function parted(key: string): { namespace: string; name: string } {
  const [namespace = "", ...rest] = key.split(":");
  return { namespace, name: rest.join(":").split(/[.[]/, 1)[0] ?? "" };
}

function exact(name: string, known: readonly string[], namespace: string): string | undefined {
  const found = known.find((one) => one.toLowerCase() === name.toLowerCase());
  return found && `${namespace}:${found}`;
}

/** Two mistakes in one key, `azure-nativ:loction`: the namespace that is nearer decides whose settings come first. */
function near(name: string, namespace: string): string | undefined {
  const ours = nearest(name, OWN);
  const providers = nearest(name, AZURE_NATIVE);
  const isProviders = ours === undefined || nearest(namespace, [NAMESPACE, "azure-native"]) === "azure-native";
  return providers && isProviders ? `azure-native:${providers}` : ours && `${NAMESPACE}:${ours}`;
}
