/** A consumer's product: its tokens per minute, where the gateway can count them. */
import type { ConsumerPlan, Plan } from "../stacks/plan.ts";
import { LIMIT_WAIT } from "./global.ts";
import { base, choose, llmTokenLimit, policies, subscription } from "./language/index.ts";
import { countsTokens } from "./size.ts";

export const product = ({ gateway }: Plan, { tokensPerMinute }: ConsumerPlan) =>
  policies({
    inbound: [
      base(),
      ...(gateway.tokenLimit && tokensPerMinute !== undefined
        ? [
            choose([
              {
                when: countsTokens,
                do: [
                  llmTokenLimit({
                    counterKey: subscription.id,
                    tokensPerMinute,
                    // Counted before the call: otherwise a burst gets through before its tokens are known.
                    estimatePromptTokens: true,
                    retryAfterVariableName: LIMIT_WAIT,
                    remainingTokensHeaderName: "x-consumer-remaining-tokens",
                  }),
                ],
              },
            ]),
          ]
        : []),
    ],
    backend: base(),
    outbound: [base()],
    onError: [base()],
  });
