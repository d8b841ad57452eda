import { attribute, elementRow, make, type Options, oneOf, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "llm-token-limit",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: ["classic", "v2", "self-hosted", "workspace"],
  attributes: {
    counterKey: attribute("string", { required: true, expression: true }),
    tokensPerMinute: attribute("int", { expression: true, min: 1, about: "429 above it." }),
    tokenQuota: attribute("int", { expression: true, min: 1, about: "403 above it." }),
    tokenQuotaPeriod: oneOf(["Hourly", "Daily", "Weekly", "Monthly", "Yearly"], {}),
    estimatePromptTokens: attribute("bool", {
      required: true,
      about: "true: counted before the call, roughly; false: after it, from the answer. Streams are always estimated.",
    }),
    retryAfterHeaderName: attribute("string", { default: "Retry-After" }),
    retryAfterVariableName: attribute("string", { variable: "set" }),
    remainingTokensHeaderName: attribute("string", {}),
    remainingTokensVariableName: attribute("string", { variable: "set" }),
    remainingQuotaTokensHeaderName: attribute("string", {}),
    remainingQuotaTokensVariableName: attribute("string", { variable: "set" }),
    tokensConsumedHeaderName: attribute("string", {}),
    tokensConsumedVariableName: attribute("string", { variable: "set", about: "An estimate in backend, real in outbound." }),
    promptType: oneOf(["auto", "chat-completion", "completion", "embeddings"], { undocumented: true }),
    ignorePrompt: attribute("bool", { undocumented: true }),
  },
  groups: [
    { rule: "at least one", of: ["tokensPerMinute", "tokenQuota"] },
    { rule: "all or none", of: ["tokenQuota", "tokenQuotaPeriod"] },
  ],
  children: [],
  source: "llm-token-limit, 2025",
  notes: ["Counted per gateway and region. Calls at the same time can pass the limit together."],
});

/**
 * 429 above the tokens per minute, 403 above the quota of the period; at least one of the two. Many may stand in one document.
 * Source: API Management policy reference, llm-token-limit.
 * ```xml
 * <llm-token-limit counter-key="@(context.Subscription.Id)" tokens-per-minute="50000" token-quota="10000000" token-quota-period="Monthly" estimate-prompt-tokens="true" remaining-tokens-header-name="x-remaining-tokens"/>
 * ```
 */
export const llmTokenLimit = (options: Options<typeof row>) => make(row, options);
