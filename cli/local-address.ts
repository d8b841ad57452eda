/**
 * Where a stack's gateway answers on this machine, and how programs come to trust it.
 */
import { createHash } from "node:crypto";
import type { TrustFiles } from "./local-certificates.ts";

/** Below the ports that systems hand out by themselves: Linux begins at 32768, others at 49152. */
const FIRST_PORT = 21_000;
const PAIRS = 4_000;

/**
 * The ports of `serve` unless others are asked for: the same in every run, so that an application keeps its settings, and as a rule different
 * for two stacks. 21000 to 28998 for HTTP, always even; the next one for HTTPS.
 */
export function portsOf(stack: string): { http: number; https: number } {
  const http = FIRST_PORT + 2 * (createHash("sha256").update(stack).digest().readUInt32BE() % PAIRS);
  return { http, https: http + 1 };
}

/** @throws Error for what is no port */
export function parsePort(option: string, text: string): number {
  const port = Number(text);
  if (text.trim() === "" || !Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error(`${option} ${text}: a whole number from 0 to 65535`);
  return port;
}

/** How to trust the authority in one process, as lines for a terminal. docs/local-https.md has more. */
export function howToTrust({ authority, authorities }: TrustFiles): string {
  return [
    `  Node.js                         NODE_EXTRA_CA_CERTS=${authority}`,
    `  Python, Go, Rust, .NET on Linux SSL_CERT_FILE=${authorities}`,
    `  Python with requests            REQUESTS_CA_BUNDLE=${authorities}`,
    `  curl                            --cacert ${authority}`,
    "  Java, .NET elsewhere            docs/local-https.md",
  ].join("\n");
}
