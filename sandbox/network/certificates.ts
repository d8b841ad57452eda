/**
 * Certificates that servers show and what clients make of them. TLS itself is left out, all is plain HTTP on 127.0.0.1; names, chains and
 * dates are checked on the very certificates.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import forge from "node-forge";

/** What a server shows in the handshake. */
export type ServerCertificate =
  /** Azure's own, from an authority that everybody trusts. Names may begin with `*.`, which stands for one label. */
  | { names: readonly string[] }
  /** Brought by a customer. */
  | CertificateChain;

export interface CertificateChain {
  leaf: X509Certificate;
  /** In any order; may have the root. */
  others: readonly X509Certificate[];
}

/** Checks of a client; both are made unless it was told otherwise. */
export interface TlsChecks {
  /** Issued by somebody whom this cloud trusts, and valid today. Default true. */
  validateCertificateChain?: boolean;
  /** Issued for the host that is called. Default true. */
  validateCertificateName?: boolean;
}

/**
 * Reads a PKCS #12 file.
 * @param data  base64
 * @throws      Error: not such a file, wrong password, or no certificate that belongs to its private key
 */
export function readPfx(data: string, password: string): CertificateChain {
  const bags = contentsOf(data, password);
  const certificates = bags
    .flatMap(({ type, cert, asn1 }) =>
      type !== forge.pki.oids.certBag ? [] : cert ? [forge.pki.certificateToAsn1(cert)] : asn1 ? [asn1] : [],
    )
    .map((node) => new X509Certificate(derOf(node)));
  const keys = bags.flatMap(({ key, type, asn1 }) => {
    if (key) return [createPrivateKey(forge.pki.privateKeyToPem(key))];
    // Not RSA: as it stands in the file.
    const isKey = type === forge.pki.oids.keyBag || type === forge.pki.oids.pkcs8ShroudedKeyBag;
    return isKey && asn1 ? [createPrivateKey({ key: derOf(asn1), format: "der", type: "pkcs8" })] : [];
  });
  const leaf = certificates.find((certificate) => keys.some((key) => certificate.checkPrivateKey(key)));
  if (!leaf) throw new Error("the PFX has no certificate that belongs to its private key");
  return { leaf, others: certificates.filter((certificate) => certificate !== leaf) };
}

function contentsOf(data: string, password: string): forge.pkcs12.Bag[] {
  let file: forge.asn1.Asn1;
  try {
    file = forge.asn1.fromDer(forge.util.decode64(data));
  } catch {
    throw new Error("the PFX is not a PKCS #12 file in base64");
  }
  try {
    const { safeContents } = forge.pkcs12.pkcs12FromAsn1(file, false, password);
    return safeContents.flatMap(({ safeBags }) => safeBags);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      /password/i.test(message) ? "the PFX does not open with this password" : `the PFX cannot be read: ${message}`,
    );
  }
}

const derOf = (node: forge.asn1.Asn1) => Buffer.from(forge.asn1.toDer(node).getBytes(), "latin1");

/**
 * Why a client refuses a certificate; undefined: it takes it.
 * @param host   as called, without port
 * @param roots  authorities that this cloud trusts besides the public ones
 * @param now    ms
 */
export function refusalOf(
  certificate: ServerCertificate,
  host: string,
  { validateCertificateChain = true, validateCertificateName = true }: TlsChecks,
  { roots, now }: { roots: readonly X509Certificate[]; now: number },
): string | undefined {
  const chain = validateCertificateChain && "leaf" in certificate ? chainProblem(certificate, roots, now) : undefined;
  if (chain) return chain;
  if (!validateCertificateName || fits(certificate, host)) return undefined;
  return `is for ${namesOf(certificate).join(", ") || "no host name"}`;
}

function fits(certificate: ServerCertificate, host: string): boolean {
  if ("leaf" in certificate) return certificate.leaf.checkHost(host, { subject: "default", wildcards: true }) !== undefined;
  return certificate.names.some(
    (name) => name === host || (name.startsWith("*.") && name.slice(2) === host.slice(host.indexOf(".") + 1)),
  );
}

const namesOf = (certificate: ServerCertificate) =>
  "leaf" in certificate
    ? (certificate.leaf.subjectAltName ?? certificate.leaf.subject.replace(/^.*CN=/s, "")).replaceAll("DNS:", "").split(", ")
    : certificate.names;

function chainProblem({ leaf, others }: CertificateChain, roots: readonly X509Certificate[], now: number): string | undefined {
  let certificate = leaf;
  for (let length = 0; length <= others.length; length++) {
    if (now < Date.parse(certificate.validFrom)) return `is not valid before ${certificate.validFrom}`;
    if (now > Date.parse(certificate.validTo)) return `expired on ${certificate.validTo}`;
    if (
      [...roots, ...publicRoots()].some((root) => root.fingerprint256 === certificate.fingerprint256 || issued(certificate, root))
    )
      return undefined;
    const issuer = others.find((other) => other !== certificate && issued(certificate, other));
    if (!issuer) break;
    certificate = issuer;
  }
  if (certificate.subject === certificate.issuer) return "is self-signed, or its authority is, and nobody here trusts it";
  return `comes from ${certificate.issuer.replaceAll("\n", ", ")}, whom nobody here trusts`;
}

const issued = (certificate: X509Certificate, by: X509Certificate) =>
  by.ca && certificate.checkIssued(by) && certificate.verify(by.publicKey);

let known: X509Certificate[] | undefined;
/** The authorities of Mozilla's list, as Node has it. */
function publicRoots(): X509Certificate[] {
  known ??= rootCertificates.map((pem) => new X509Certificate(pem));
  return known;
}
