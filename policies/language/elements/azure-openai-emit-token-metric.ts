import { elementRow, make } from "../element.ts";
import { dimensionNodes } from "../shared.ts";
import { row as llm, type TokenMetric } from "./llm-emit-token-metric.ts";

export const row = elementRow({
  ...llm,
  name: "azure-openai-emit-token-metric",
  source: "azure-openai-emit-token-metric",
});

/**
 * `llmEmitTokenMetric` for Azure OpenAI alone.
 * Source: API Management policy reference, azure-openai-emit-token-metric.
 * ```xml
 * <azure-openai-emit-token-metric namespace="openai">
 *   <dimension name="Subscription ID"/>
 *   <dimension name="kind" value="@(context.Operation.Id)"/>
 * </azure-openai-emit-token-metric>
 * ```
 */
export function azureOpenaiEmitTokenMetric(options: TokenMetric) {
  const { dimensions, knownDimensions, ...attributes } = options;
  return make(row, attributes, { children: dimensionNodes({ dimensions, knownDimensions }) });
}
