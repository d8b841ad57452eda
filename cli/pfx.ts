/**
 * Makes certificates for servers, as PKCS #12 files: signed by themselves, or by an authority that is made here too.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import forge from "node-forge";

export interface CertificateFile {
  /** PKCS #12, base64. */
  pfx: string;
  password: string;
}

/** PEM. */
export interface Authority {
  certificate: string;
  key: string;
}

export interface CertificateWish {
  host: string;
  /** Further host names that it is for. */
  hosts?: readonly string[];
  /** IP addresses that it is for as well. */
  addresses?: readonly string[];
  notBefore: Date;
  days: number;
  /** Absent: signed with its own key. */
  authority?: Authority;
  /** Default: a random one. Key Vault hands certificates out with an empty one. */
  password?: string;
}

const DAY_MS = 86_400_000;

export function makeCertificate({
  host,
  hosts = [],
  addresses = [],
  notBefore,
  days,
  authority,
  ...wish
}: CertificateWish): CertificateFile {
  const key = newKey();
  // A common name has at most 64 characters; clients read the other name anyway.
  const subject = [{ name: "commonName", value: host.slice(0, 64) }];
  const certificate = unsigned(key, subject, notBefore, days);
  const issuer = authority && forge.pki.certificateFromPem(authority.certificate);
  certificate.setIssuer(issuer?.subject.attributes ?? subject);
  certificate.setExtensions([
    { name: "basicConstraints", cA: false, critical: true },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
    { name: "extKeyUsage", serverAuth: true },
    {
      name: "subjectAltName",
      altNames: [...[host, ...hosts].map((value) => ({ type: 2, value })), ...addresses.map((ip) => ({ type: 7, ip }))],
    },
    // RFC 5280 asks for both identifiers, and Python 3.13 refuses a certificate without.
    { name: "subjectKeyIdentifier" },
    ...(issuer ? [{ name: "authorityKeyIdentifier", keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() }] : []),
  ]);
  certificate.sign(authority ? forge.pki.privateKeyFromPem(authority.key) : key, forge.md.sha256.create());
  const password = wish.password ?? randomBytes(24).toString("base64url");
  // Azure's documents ask for triple DES where they name a cipher; newer ones are refused here and there.
  const file = forge.pkcs12.toPkcs12Asn1(key, issuer ? [certificate, issuer] : [certificate], password, { algorithm: "3des" });
  return { pfx: Buffer.from(forge.asn1.toDer(file).getBytes(), "latin1").toString("base64"), password };
}

/** @param only  host names and IP addresses for which alone its certificates are good; default: it may issue for anything */
export function makeAuthority(
  name: string,
  notBefore: Date,
  days: number,
  only?: { host: string; hosts?: readonly string[]; addresses: readonly string[] },
): Authority {
  const key = newKey();
  const subject = [{ name: "commonName", value: name }];
  const certificate = unsigned(key, subject, notBefore, days);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    { name: "subjectKeyIdentifier" },
    ...(only ? [{ id: "2.5.29.30", critical: true, value: nameConstraints(only) }] : []),
  ]);
  certificate.sign(key, forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), key: forge.pki.privateKeyToPem(key) };
}

/** RFC 5280 section 4.2.1.10: an address comes with its mask, here one of all bits. */
function nameConstraints({ host, hosts = [], addresses }: NonNullable<Parameters<typeof makeAuthority>[3]>): forge.asn1.Asn1 {
  const { Class, Type } = forge.asn1;
  const subtree = (tag: number, content: string) =>
    forge.asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, [
      forge.asn1.create(Class.CONTEXT_SPECIFIC, tag as forge.asn1.Type, false, content),
    ]);
  // Its types lack this one.
  const { bytesFromIP } = forge.util as unknown as { bytesFromIP(address: string): string };
  return forge.asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, [
    forge.asn1.create(Class.CONTEXT_SPECIFIC, 0 as forge.asn1.Type, true, [
      ...[host, ...hosts].map((name) => subtree(2, name)),
      ...addresses.map(bytesFromIP).map((bytes) => subtree(7, bytes + "\xff".repeat(bytes.length))),
    ]),
  ]);
}

/** Node makes it in a tenth of the time. */
function newKey(): forge.pki.rsa.PrivateKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return forge.pki.privateKeyFromPem(privateKey.export({ type: "pkcs1", format: "pem" }) as string);
}

function unsigned(key: forge.pki.rsa.PrivateKey, subject: forge.pki.CertificateField[], notBefore: Date, days: number) {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  // Positive, so that no leading zero byte is needed.
  certificate.serialNumber = `01${randomBytes(15).toString("hex")}`;
  certificate.validity.notBefore = notBefore;
  certificate.validity.notAfter = new Date(notBefore.getTime() + days * DAY_MS);
  certificate.setSubject(subject);
  return certificate;
}
