import { elementRow, make, type Options } from "../element.ts";
import { row as llm } from "./llm-token-limit.ts";

export const row = elementRow({
  ...llm,
  name: "azure-openai-token-limit",
  source: "azure-openai-token-limit, 2025-02; policy XSD",
  notes: [...llm.notes, "Its page shows no quota; the policy XSD gives it the attributes of llm-token-limit."],
});

/**
 * `llmTokenLimit` for Azure OpenAI alone.
 * Source: API Management policy reference, azure-openai-token-limit.
 * ```xml
 * <azure-openai-token-limit counter-key="@(context.Subscription.Id)" tokens-per-minute="50000" estimate-prompt-tokens="true"/>
 * ```
 */
export const azureOpenaiTokenLimit = (options: Options<typeof row>) => make(row, options);
