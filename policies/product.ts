/** A consumer's product: its tokens per minute and its quota, where the gateway can count them. */
import type { ConsumerPlan, Plan } from "../stacks/plan.ts";
import { LIMIT_WAIT } from "./global.ts";
import { base, choose, type Element, llmTokenLimit, policies, subscription } from "./language/index.ts";
import { countsTokens } from "./size.ts";

export const product = (plan: Plan, consumer: ConsumerPlan) =>
  policies({ inbound: [base(), ...limit(plan, consumer)], backend: base(), outbound: [base()], onError: [base()] });

/** One policy for both: two with the same key would count every token twice. */
function limit({ gateway }: Plan, { tokensPerMinute, tokenQuota }: ConsumerPlan): Element<"inbound">[] {
  if (!gateway.tokenLimit) return [];
  const shared = {
    counterKey: subscription.id,
    // Counted before the call: otherwise a burst gets through before its tokens are known.
    estimatePromptTokens: true,
    retryAfterVariableName: LIMIT_WAIT,
  } as const;
  const rate = tokensPerMinute !== undefined && { tokensPerMinute, remainingTokensHeaderName: "x-consumer-remaining-tokens" };
  const quota = tokenQuota && {
    tokenQuota: tokenQuota.tokens,
    tokenQuotaPeriod: tokenQuota.period,
    remainingQuotaTokensHeaderName: "x-consumer-remaining-quota",
  };
  const limited = (policy: Element<"inbound">) => [choose([{ when: countsTokens, do: [policy] }])];
  if (rate && quota) return limited(llmTokenLimit({ ...shared, ...rate, ...quota }));
  if (rate) return limited(llmTokenLimit({ ...shared, ...rate }));
  return quota ? limited(llmTokenLimit({ ...shared, ...quota })) : [];
}
