/** A consumer's product: its tokens per minute and its quota, where the gateway can count them. */
import type { ConsumerPlan, Plan } from "../stacks/plan.ts";
import { limitWhatIsAllowed } from "./allowance.ts";
import { LIMIT_WAIT } from "./global.ts";
import { base, choose, type Element, llmTokenLimit, policies, subscription } from "./language/index.ts";
import { countsTokens } from "./size.ts";

export const product = (plan: Plan, consumer: ConsumerPlan) =>
  policies({ inbound: [base(), ...limits(plan, consumer)], backend: base(), outbound: [base()], onError: [base()] });

/** The quota is of tokens that were used, as they are billed; the tokens per minute are of what calls allow, as the accounts count. */
function limits({ gateway }: Plan, { tokensPerMinute, tokenQuota }: ConsumerPlan): Element<"inbound">[] {
  if (!gateway.tokenLimit) return [];
  const rate = tokensPerMinute === undefined ? [] : limitWhatIsAllowed(tokensPerMinute, gateway);
  const quota = tokenQuota
    ? [
        llmTokenLimit({
          counterKey: subscription.id,
          tokenQuota: tokenQuota.tokens,
          tokenQuotaPeriod: tokenQuota.period,
          // Counted before the call: otherwise a burst gets through before its tokens are known.
          estimatePromptTokens: true,
          retryAfterVariableName: LIMIT_WAIT,
          remainingQuotaTokensHeaderName: "x-consumer-remaining-quota",
        }),
      ]
    : [];
  const [first, ...others] = [...rate, ...quota];
  return first ? [choose([{ when: countsTokens, do: [first, ...others] }])] : [];
}
