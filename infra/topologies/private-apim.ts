import { type Balancer, direct, EVERY_CHECK, type Parts } from "./balancer.ts";

/**
 * callers -> API Management, in a virtual network -> a private endpoint per account -> the accounts, closed to the internet.
 *
 * The gateway's pools balance, and call the very names that they call without a network: inside it they lead to the endpoints.
 */
export function privateApim({ accounts }: Parts): Balancer {
  return { url: direct(accounts), tls: EVERY_CHECK, ready: [] };
}
