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
  const invalid = (why: string) =>
    networkError(`Data or Password for certificate ${owner} is invalid: ${why}.`, "ApplicationGatewaySslCertificateInvalidData");
  if (!BASE64.test(data)) throw invalid("it is not base64");
  const pfx = Buffer.from(data, "base64");
  if (pfx.length > LARGEST) throw invalid(`it has ${pfx.length} bytes; at most ${LARGEST} are allowed`);
  let certificate: Buffer | undefined;
  try {
    // The binding behind a context has the certificate that was read; Node's types leave it out.
    const { context } = createSecureContext({ pfx, passphrase: password });
    certificate = (context as { getCertificate?(): Buffer }).getCertificate?.();
  } catch (error) {
    const { message } = error as Error;
    if (/mac verify|password|decrypt/i.test(message)) throw invalid("the password does not open it");
    throw invalid(/private key/i.test(message) ? "it has no private key" : "it is not a PFX file");
  }
  if (!certificate) throw invalid("it has no certificate");
  return new X509Certificate(certificate).raw.toString("base64");
}
