import { elementRow, make, type Options } from "../element.ts";
import { row as llm } from "./llm-semantic-cache-store.ts";

export const row = elementRow({
  ...llm,
  name: "azure-openai-semantic-cache-store",
  source: "azure-openai-semantic-cache-store",
});

/**
 * Keeps the answer for `azureOpenaiSemanticCacheLookup`. Once in a section.
 * Source: API Management policy reference, azure-openai-semantic-cache-store.
 * ```xml
 * <azure-openai-semantic-cache-store duration="300"/>
 * ```
 */
export const azureOpenaiSemanticCacheStore = (options: Options<typeof row>) => make(row, options);
