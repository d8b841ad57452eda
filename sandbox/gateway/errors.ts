/**
 * What goes wrong inside the gateway: jumps to `on-error`, where `context.LastError` shows it.
 * Reasons and texts: "Error handling in API Management policies", predefined errors.
 */
import type { HeaderList } from "../http.ts";

export interface ErrorOptions {
  /** A policy's name, or the built-in step: "configuration", "authorization", "transport". Default: the policy that was running. */
  source?: string;
  /** Status of the response that `on-error` finds and the caller gets by default. */
  status: number;
  /** The caller's text; default: the message, and for 500 nothing but "Internal server error". */
  text?: string;
  /** Response headers, Retry-After for instance. */
  headers?: [string, string][];
  /** A call got no answer: a retry may see it. "exhausted": no backend was ready to be called. */
  call?: "transport" | "exhausted" | "status";
  /** `context.Response` stays what the backend answered. */
  keepsResponse?: boolean;
  /** Not even `on-error` runs: the connection is over. */
  final?: boolean;
}

export class GatewayError extends Error {
  readonly reason: string;
  readonly options: ErrorOptions;
  /** Set by the executor: where it happened. */
  at?: { source: string; scope: string; section: string; path: string; policyId: string | null };
  constructor(reason: string, message: string, options: ErrorOptions) {
    super(message);
    this.name = "GatewayError";
    this.reason = reason;
    this.options = options;
  }
}

/** The document cannot be executed at all: ARM would have refused it, or the sandbox does not know what it says. */
export class DocumentFault extends Error {}

/** Header fields that belong to one connection (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
];

export function withoutHopByHop(headers: HeaderList): HeaderList {
  const result = headers.clone();
  const named = (headers.get("connection") ?? "").split(",").map((name) => name.trim());
  for (const name of [...HOP_BY_HOP, ...named]) if (name) result.delete(name);
  return result;
}

const PHRASES: Record<number, string> = {
  200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found", 304: "Not Modified",
  400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
  409: "Conflict", 413: "Request Entity Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Entity", 429: "Too Many Requests",
  500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}; // biome-ignore format: a table
export const reasonPhrase = (status: number): string => PHRASES[status] ?? "";
