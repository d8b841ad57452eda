import { type Output, output } from "@pulumi/pulumi";
import { topologies } from "../stacks/catalog/topologies.ts";
import { accountMembers, type Plan, type PoolPlan } from "../stacks/plan.ts";
import type { Account } from "./accounts.ts";
import { firstCalls } from "./first-calls.ts";
import type { DnsRecord } from "./gateway/custom-domain.ts";
import type { Gateway } from "./gateway/index.ts";
import type { Balancer } from "./topologies/balancer.ts";

export interface StackOutputs {
  topology: string;
  /** What a request passes between the caller and an account, in order. */
  hops: string[];
  /** Give callers this address; paths start with `/openai`. */
  gatewayUrl: Output<string>;
  /** What the owner of `gateway.customDomain` has to set in DNS. */
  dnsRecords?: Output<DnsRecord[]>;
  /** Host of what balances behind the gateway, where something does. Nobody but the gateway may call it. */
  entrance?: Output<string>;
  /** Key by consumer; `pulumi stack output keys --show-secrets`. */
  keys: Record<string, Output<string>>;
  /** Each consumer's other key, which opens the same: callers change over to it before `npm run rotate-key` replaces the first. */
  secondaryKeys: Record<string, Output<string>>;
  /** A first call that works as it stands once KEY (or TOKEN, as it says) is set. */
  curl: Output<string>;
  /** Working code for the official SDK, in both API styles; `entra`: with a token in place of the key, where callers may choose. */
  snippets: { azureOpenAI: Output<string>; openAI: Output<string>; entra?: Output<string> };
  /**
   * For an application that balances by itself (no gateway): keyless endpoints, priorities (lower first) and weights, by deployment. Where
   * accounts are closed, from inside the virtual network.
   */
  endpoints: Output<Record<string, { url: string; region: string; priority: number; weight: number }[]>>;
  warnings: string[];
}

/** Stack outputs that serve as they stand. */
export function stackOutputs(plan: Plan, accounts: readonly Account[], balancer: Balancer, gateway: Gateway): StackOutputs {
  const calls = gateway.url.apply((url) => firstCalls(plan, url));
  return {
    topology: plan.topology,
    hops: [...topologies[plan.topology].hops],
    gatewayUrl: gateway.url,
    ...(gateway.dnsRecords && { dnsRecords: gateway.dnsRecords }),
    ...(balancer.host !== undefined && { entrance: output(balancer.host) }),
    keys: gateway.keys,
    secondaryKeys: gateway.secondaryKeys,
    curl: calls.curl,
    snippets: {
      azureOpenAI: calls.azureOpenAI,
      openAI: calls.openAI,
      ...(plan.entra?.require === "key-or-token" && { entra: calls.apply(({ entra = "" }) => entra) }),
    },
    endpoints: output(accounts.map(({ host }) => host)).apply((hosts) =>
      Object.fromEntries(
        plan.pools.map((pool) => [
          pool.deployment,
          ranked(pool).map(({ account, priority, weight }) => {
            const at = accounts.findIndex(({ plan: { key } }) => key === account);
            return { url: `https://${hosts[at]}/openai`, region: accounts[at]?.plan.region ?? "", priority, weight };
          }),
        ]),
      ),
    ),
    warnings: plan.warnings.map(({ path, rule, fix }) => `${path}: ${rule} ${fix}`),
  };
}

/** The accounts of a pool with priorities from 1 on: an application does without the entrance. */
function ranked(pool: PoolPlan) {
  const members = accountMembers(pool);
  const priorities = [...new Set(members.map(({ priority }) => priority))].sort((a, b) => a - b);
  return members.map((member) => ({ ...member, priority: priorities.indexOf(member.priority) + 1 }));
}
