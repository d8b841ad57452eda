import { type Balancer, direct, EVERY_CHECK, type Parts } from "./balancer.ts";

/** callers -> API Management -> the accounts, over the internet, keyless. The gateway's pools balance. */
export function publicApim({ accounts }: Parts): Balancer {
  return { url: direct(accounts), tls: EVERY_CHECK, ready: [] };
}
