/**
 * Host names of an API Management service: its own, which it always has, and those of its owner, each with a certificate.
 * Sources: API Management, configure a custom domain name, 2026; service limits; texts as users report them.
 */
import { VAULTS } from "../network-types.ts";
import { secretId as parsedSecretId, readSecret } from "../vault-secrets.ts";
import { ArmError } from "./error.ts";
import { readPfx } from "./pfx.ts";
import type { Put } from "./rule.ts";
import { validationError } from "./shape.ts";
import { digest, guid, sameId, timestamp } from "./target.ts";
import { readsSecrets } from "./vault.ts";

/** One entry of `hostnameConfigurations`. */
export interface Hostname {
  type: string;
  hostName: string;
  keyVaultId?: string;
  identityClientId?: string;
  encodedCertificate?: string;
  certificatePassword?: string;
  certificate?: { expiry: string; subject: string; thumbprint: string };
  certificateSource?: string;
  defaultSslBinding?: boolean;
  negotiateClientCertificate?: boolean;
}

const DAY_MS = 86_400_000;
/** Custom hosts of the gateway: many in these tiers, one in the others (service limits, 2026). */
const MANY = { skus: ["Developer", "Premium", "PremiumV2", "Isolated"], most: 20 };
const HOST = /^(?=.{4,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/i;
/** What has which endpoints. */
const ENDPOINTS = {
  consumption: ["Proxy"],
  v2: ["Proxy", "DeveloperPortal", "ConfigurationApi"],
  classic: ["Proxy", "Portal", "DeveloperPortal", "Management", "Scm", "ConfigurationApi"],
};

/**
 * The list as GET shows it.
 * @param family  of the SKU
 * @throws ArmError for a host, a certificate or a right that is missing
 */
export function hostnamesOf(put: Put, sku: string, family: keyof typeof ENDPOINTS): Hostname[] {
  const { target, body } = put;
  const own = `${target.name.toLowerCase()}.azure-api.net`;
  const asked = (body.properties.hostnameConfigurations ?? []) as Hostname[];
  const custom = asked.map((entry, index) => ({ entry, at: `properties.hostnameConfigurations[${index}]` }));
  const others = custom.filter(({ entry: { type, hostName } }) => !(type === "Proxy" && sameId(hostName, own)));
  const fail = (at: string, text: string) => validationError({ at, text });

  for (const [index, { entry, at }] of others.entries()) {
    const { type, hostName } = entry;
    if (!ENDPOINTS[family].includes(type)) throw fail(`${at}.type`, `The endpoint '${type}' is not supported for SKU '${sku}'.`);
    if (!HOST.test(hostName) || /\.azure-api\.net$/i.test(hostName))
      throw fail(`${at}.hostName`, `'${hostName}' is not a host name of a custom domain.`);
    if (hostName.startsWith("*.") && ["Consumption", "BasicV2"].includes(sku))
      throw fail(`${at}.hostName`, `A wildcard domain name is not supported for SKU '${sku}'.`);
    if (others.findIndex((other) => sameId(other.entry.hostName, hostName)) < index)
      throw fail(`${at}.hostName`, `The host name '${hostName}' is given twice.`);
  }
  const gateways = others.filter(({ entry: { type } }) => type === "Proxy");
  const most = MANY.skus.includes(sku) ? MANY.most : 1;
  if (gateways.length > most)
    throw fail(
      "properties.hostnameConfigurations",
      `SKU '${sku}' allows ${most} custom host name${most === 1 ? "" : "s"} for the gateway; ${gateways.length} were given.`,
    );
  const built = {
    type: "Proxy",
    hostName: own,
    negotiateClientCertificate: false,
    defaultSslBinding: !gateways.some(({ entry }) => entry.defaultSslBinding),
    certificateSource: "BuiltIn",
  };
  return [
    built,
    ...others.map(({ entry, at }) => {
      const { encodedCertificate: _, certificatePassword: __, ...shown } = entry;
      return {
        negotiateClientCertificate: false,
        defaultSslBinding: false,
        ...shown,
        ...certified(put, entry, at, family),
      };
    }),
  ];
}

/** @throws ArmError unless the entry has one certificate that is good for its host */
function certified(put: Put, entry: Hostname, at: string, family: string): Pick<Hostname, "certificate" | "certificateSource"> {
  const { existing, context, target } = put;
  const { hostName, keyVaultId, encodedCertificate, certificatePassword = "", certificateSource } = entry;
  const fail = (text: string) => validationError({ at, text });
  const before = ((existing?.body.properties.hostnameConfigurations ?? []) as Hostname[]).find((one) =>
    sameId(one.hostName, hostName),
  );
  const given = [keyVaultId !== undefined, encodedCertificate !== undefined, certificateSource === "Managed"];
  if (given.filter(Boolean).length > 1) throw fail(`The host name '${hostName}' has more than one certificate.`);
  if (certificateSource === "Managed") {
    checkManaged(put, entry, at, family);
    const known = before?.certificateSource === "Managed" && before.certificate;
    return {
      certificateSource: "Managed",
      certificate: known || {
        subject: `CN=${hostName}`,
        expiry: timestamp(context.now + 180 * DAY_MS),
        thumbprint: digest("managed", target.id, hostName).slice(0, 40).toUpperCase(),
      },
    };
  }
  if (keyVaultId !== undefined)
    return { certificateSource: "KeyVault", certificate: opened(vaultSecret(put, entry, keyVaultId), "", hostName, fail) };
  if (encodedCertificate !== undefined)
    return { certificateSource: "Custom", certificate: opened(encodedCertificate, certificatePassword, hostName, fail) };
  // An uploaded one stays when its host comes again as it was read.
  if (before?.certificate && before.certificate.thumbprint === entry.certificate?.thumbprint)
    return { certificateSource: before.certificateSource, certificate: before.certificate };
  throw fail(`The host name '${hostName}' has no certificate.`);
}

function checkManaged({ existing }: Put, { type, hostName }: Hostname, at: string, family: string): void {
  const fail = (text: string) => validationError({ at, text });
  if (family === "v2") throw fail("A managed certificate is not supported in the v2 tiers.");
  if (type !== "Proxy") throw fail(`A managed certificate is for the gateway endpoint alone, not for '${type}'.`);
  if (hostName.startsWith("*.") || hostName.split(".").length < 3)
    throw fail(`A managed certificate is for a host such as api.contoso.com, not for '${hostName}'.`);
  if (!existing) throw fail("HostnameConfiguration with a new managed certificate request is not supported during activation.");
}

/** The certificate in a vault, read with an identity of the service; the base64 of its PFX. */
function vaultSecret(put: Put, { identityClientId, hostName }: Hostname, secretId: string): string {
  const { context } = put;
  const asked = parsedSecretId(secretId);
  const refused = (text: string) => new ArmError(400, "InvalidOperation", text);
  if (!asked) throw refused(`'${secretId}' of host name '${hostName}' is not the id of a KeyVault secret.`);
  const { principalId, clientId, kind } = reader(put, identityClientId);
  if (!principalId)
    throw refused(
      `Managed Service Identity${identityClientId ? ` with client id '${identityClientId}'` : ""} to access KeyVault Secret ${secretId} is not enabled on the API Management service.`,
    );
  const vault = context.arm.list(VAULTS).find((one) => sameId(one.name, asked.vault));
  if (!vault || !readsSecrets(context.arm, vault, principalId))
    throw refused(
      `Failed to access KeyVault Secret ${secretId} using Managed Service Identity (http://aka.ms/apimmsi) of Api Management service. Check if Managed Identity of Type: ${kind}, ClientId: ${clientId} and ObjectId: ${principalId} has GET permissions on secrets in the KeyVault Access Policies.`,
    );
  const data = readSecret(context.arm, vault.id, asked);
  if (data === undefined)
    throw refused(`The secret ${secretId} of host name '${hostName}' was not found in KeyVault '${asked.vault}'.`);
  return data;
}

/** The identity that a host name asks for: one that is assigned, or the service's own, which a new service does not have yet. */
function reader({ target, body, existing, context }: Put, clientId: string | undefined) {
  if (clientId === undefined) {
    const principalId = body.identity?.type?.includes("SystemAssigned")
      ? (existing?.body.identity?.principalId ?? guid("principal", target.id, context.now))
      : undefined;
    return { kind: "SystemAssigned", principalId, clientId: guid("client", target.id) };
  }
  const assigned = Object.keys(body.identity?.userAssignedIdentities ?? {})
    .map((id) => context.arm.get(id)?.body.properties)
    .find((properties) => sameId(properties?.clientId ?? "", clientId));
  return { kind: "UserAssigned", principalId: assigned?.principalId as string | undefined, clientId };
}

function opened(
  data: string,
  password: string,
  hostName: string,
  fail: (text: string) => Error,
): NonNullable<Hostname["certificate"]> {
  const read = readPfx(data, password);
  if ("why" in read) throw fail(`The certificate of host name '${hostName}' is invalid: ${read.why}.`);
  const { certificate } = read;
  const isFor = hostName.startsWith("*.")
    ? certificate.subjectAltName?.includes(`DNS:${hostName}`)
    : certificate.checkHost(hostName);
  if (!isFor)
    throw fail(`The certificate of host name '${hostName}' is for ${certificate.subjectAltName ?? certificate.subject}.`);
  return {
    subject: certificate.subject,
    expiry: timestamp(Date.parse(certificate.validTo)),
    thumbprint: certificate.fingerprint.replaceAll(":", ""),
  };
}
