/**
 * Commands behind a proxy: what they call on this machine they reach without it, and so do the programs that they start; what they call elsewhere, they
 * reach by it. Done when this is imported, before anything is called.
 */
import http from "node:http";
import { namesProxy, proxySettings, wouldProxyLoopback } from "./setup/proxies.mjs";

/** Would a program that somebody starts in this environment take the proxy to reach this machine? As it was before this command set it right. */
export const loopbackIsProxied = wouldProxyLoopback(process.env);

/** What programs must be told that call a gateway on this machine. */
export const NO_PROXY = "NO_PROXY=localhost,127.0.0.1,::1";

/** Since Node 24.14; the types are older. */
const { setGlobalProxyFromEnv } = http as { setGlobalProxyFromEnv?(env: NodeJS.ProcessEnv): unknown };

/** Sets the environment, and this process's own clients. */
export function useProxies(): void {
  if (!namesProxy(process.env)) return;
  Object.assign(process.env, proxySettings(process.env));
  try {
    setGlobalProxyFromEnv?.(process.env);
  } catch {
    // What is named is no proxy that Node can use: it goes without, as it does by itself.
  }
}

useProxies();
