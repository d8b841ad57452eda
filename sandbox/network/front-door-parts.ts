/**
 * What the parts of Front Door share: defaults of omitted properties, and the way to an origin.
 */
import type { Resource } from "../arm/resource.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";

/** Sources: Azure Front Door traffic routing methods; the published specification of API version 2025-06-01; portal for the load-balancing settings. */
export const DEFAULTS = {
  loadBalancing: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 50 },
  /** For healed and new origins. */
  restorationMinutes: 10,
  probeIntervalSeconds: 240,
  priority: 1,
  weight: 50,
  originResponseTimeoutSeconds: 30,
} as const;

/**
 * Sends a request from the internet. Its URL has the host header; the connection goes to, and the certificate must be for, the origin's own host name.
 * @throws TransportError; the reason of the request's signal when the caller hung up
 */
export type Transport = (
  request: HttpRequest,
  options: {
    /** Sandbox ms until the headers are there. */
    timeoutMs: number;
    /** Host name of the origin. */
    origin: string;
    /** The certificate must be for that name. */
    checkName: boolean;
  },
) => Promise<HttpResponse>;

/**
 * How an origin is called: what its URLs begin with, and what Transport needs to know.
 * @param host  asked for where the origin has no host header of its own
 */
export function wayTo({ body }: Resource, { isPlain, host }: { isPlain: boolean; host?: string }) {
  const { hostName, originHostHeader, httpPort = 80, httpsPort = 443, enforceCertificateNameCheck = true } = body.properties;
  const base = `${isPlain ? "http" : "https"}://${originHostHeader || (host ?? hostName)}:${isPlain ? httpPort : httpsPort}`;
  return { base, origin: String(hostName), checkName: enforceCertificateNameCheck as boolean };
}
