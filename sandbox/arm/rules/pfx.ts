import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { networkError } from "./network.ts";

/** Largest certificate file that Application Gateway takes: 16 KB (Azure subscription limits). */
const LARGEST = 16 * 1024;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Opens a PFX: base64 of PKCS #12 with a certificate and its private key.
 * @param owner  ARM id of the certificate, for errors
 * @returns      the certificate, base64 of DER
 */
export function openPfx(data: string, password: string, owner: string): string {
  const read = readPfx(data, password);
  if ("why" in read)
    throw networkError(
      `Data or Password for certificate ${owner} is invalid: ${read.why}.`,
      "ApplicationGatewaySslCertificateInvalidData",
    );
  return read.certificate.raw.toString("base64");
}

/** The certificate of a PFX in base64, or why there is none. */
export function readPfx(data: string, password: string): { certificate: X509Certificate } | { why: string } {
  if (!BASE64.test(data)) return { why: "it is not base64" };
  const pfx = Buffer.from(data, "base64");
  if (pfx.length > LARGEST) return { why: `it has ${pfx.length} bytes; at most ${LARGEST} are allowed` };
  let certificate: Buffer | undefined;
  try {
    // The binding behind a context has the certificate that was read; Node's types leave it out.
    const { context } = createSecureContext({ pfx, passphrase: password });
    certificate = (context as { getCertificate?(): Buffer }).getCertificate?.();
  } catch (error) {
    const { message } = error as Error;
    if (/mac verify|password|decrypt/i.test(message)) return { why: "the password does not open it" };
    return { why: /private key/i.test(message) ? "it has no private key" : "it is not a PFX file" };
  }
  return certificate ? { certificate: new X509Certificate(certificate) } : { why: "it has no certificate" };
}
