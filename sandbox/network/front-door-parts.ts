/**
 * What the parts of Front Door's data plane share: ARM types, defaults of omitted properties, and the way to an origin.
 */
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
