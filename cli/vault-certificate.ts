/**
 * Certificates in the vaults of a local Azure, which are renewed there as people and authorities renew them on Azure: by a new version of the same name.
 */
import forge from "node-forge";
import { secretId as parsedSecretId, putSecret, readSecret } from "../sandbox/arm/vault-secrets.ts";
import { readPfx } from "../sandbox/network/certificates.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Plan } from "../stacks/plan.ts";
import { AUTHORITY, type LocalCertificates } from "./local-certificates.ts";

/** A certificate that a stack takes from a vault. */
export interface VaultCertificate {
  host: string;
  /** ARM id. */
  vaultId: string;
  /** Name of the secret, as of the certificate. */
  name: string;
  reader: "Application Gateway" | "API Management";
}

/** Of Application Gateway and of the gateway's own host. */
export function vaultCertificatesOf({ entrance, gateway: { customDomain } }: Plan): VaultCertificate[] {
  const wanted = [
    ...(entrance?.kind === "application-gateway" ? [{ ...entrance, reader: "Application Gateway" as const }] : []),
    ...(customDomain ? [{ ...customDomain, reader: "API Management" as const }] : []),
  ];
  return wanted.flatMap(({ host, certificate, reader }) => {
    if (certificate.from !== "keyVault" || certificate.vaultId === "") return [];
    const name = parsedSecretId(certificate.secretId)?.name;
    return name === undefined ? [] : [{ host, vaultId: certificate.vaultId, name, reader }];
  });
}

const DAY_MS = 86_400_000;

/**
 * Renews what the local authority issued, in a vault that stands: a certificate that has run out, or is for another host than the stack has now; and
 * makes one that is not there. What a person put there stays.
 */
export function renewInVault({ store }: Sandbox, plan: Plan, certificates: LocalCertificates, today: string): void {
  for (const wanted of vaultCertificatesOf(plan)) {
    if (!store.get(wanted.vaultId)) continue;
    const present = readSecret(store, wanted.vaultId, wanted);
    if (present !== undefined && !isOver(present, wanted.host, today)) continue;
    putSecret(store, wanted.vaultId, wanted.name, certificates.of(wanted.host, "vault", today).pfx);
  }
}

/** Of the local authority, and worth nothing to the host any more. */
function isOver(pfx: string, host: string, today: string): boolean {
  try {
    const { leaf } = readPfx(pfx, "");
    const end = Date.parse(leaf.validTo);
    return leaf.issuer.includes(`CN=${AUTHORITY}`) && (!leaf.checkHost(host) || end < Date.parse(today) + DAY_MS);
  } catch {
    return false;
  }
}

/**
 * A PFX as Key Vault hands it out: without password.
 * @param data  base64
 * @throws      Error that says what is wrong with it
 */
export function withoutPassword(data: string, password: string): string {
  // Says what is wrong, in words for people.
  readPfx(data, password);
  const file = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(forge.util.decode64(data)), false, password);
  const bags = file.safeContents.flatMap(({ safeBags }) => safeBags);
  const key = bags.find((bag) => bag.key)?.key;
  const chain = bags.flatMap(({ cert }) => (cert ? [cert] : []));
  if (!key || chain.length === 0)
    throw new Error("the key of the PFX is not RSA: the local vault keeps such, as API Management takes no other");
  // The one of the key first: it is what a listener shows.
  const isOfKey = (one: forge.pki.Certificate) =>
    (one.publicKey as forge.pki.rsa.PublicKey).n.equals((key as forge.pki.rsa.PrivateKey).n);
  chain.sort((a, b) => Number(isOfKey(b)) - Number(isOfKey(a)));
  const made = forge.pkcs12.toPkcs12Asn1(key, chain, "", { algorithm: "3des" });
  return forge.util.encode64(forge.asn1.toDer(made).getBytes());
}
