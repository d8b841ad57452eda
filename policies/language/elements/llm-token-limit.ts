import { attribute, elementRow, make, type Options, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "llm-token-limit",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: ["classic", "v2"],
  attributes: {
    counterKey: attribute("string", { required: true, expression: true }),
    tokensPerMinute: attribute("int", { required: true, expression: true, min: 1 }),
    estimatePromptTokens: attribute("bool", { required: true }),
    retryAfterHeaderName: attribute("string", { default: "Retry-After" }),
    retryAfterVariableName: attribute("string", {}),
    remainingTokensHeaderName: attribute("string", {}),
    remainingTokensVariableName: attribute("string", {}),
    tokensConsumedHeaderName: attribute("string", {}),
    tokensConsumedVariableName: attribute("string", {}),
  },
  children: [],
});

/** 429 above the rate. `<llm-token-limit counter-key="..." tokens-per-minute="50000" estimate-prompt-tokens="true" />` */
export const llmTokenLimit = (options: Options<typeof row>) => make(row, options);
