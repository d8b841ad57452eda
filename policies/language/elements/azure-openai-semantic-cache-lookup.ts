import { elementRow, make, textsOf } from "../element.ts";
import { row as llm, type SemanticLookup } from "./llm-semantic-cache-lookup.ts";

export const row = elementRow({
  ...llm,
  name: "azure-openai-semantic-cache-lookup",
  source: "azure-openai-semantic-cache-lookup",
});

/**
 * `llmSemanticCacheLookup` for Azure OpenAI alone, with `azureOpenaiSemanticCacheStore` in outbound.
 * Source: API Management policy reference, azure-openai-semantic-cache-lookup.
 * ```xml
 * <azure-openai-semantic-cache-lookup score-threshold="0.05" embeddings-backend-id="embeddings" embeddings-backend-auth="system-assigned">
 *   <vary-by>@(context.Subscription.Id)</vary-by>
 * </azure-openai-semantic-cache-lookup>
 * ```
 */
export function azureOpenaiSemanticCacheLookup({ varyBy, ...attributes }: SemanticLookup) {
  return make(row, attributes, { children: textsOf("vary-by", varyBy) });
}
