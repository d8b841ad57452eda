import { attribute, elementRow, make, type Options } from "../element.ts";
import { row as lookup } from "./llm-semantic-cache-lookup.ts";

export const row = elementRow({
  name: "llm-semantic-cache-store",
  sections: ["outbound"],
  scopes: lookup.scopes,
  gateways: lookup.gateways,
  once: true,
  attributes: { duration: attribute("seconds", { required: true, expression: true, min: 1 }) },
  children: [],
  source: "llm-semantic-cache-store",
});

/**
 * Keeps the answer for `llmSemanticCacheLookup`. Once in a section.
 * Source: API Management policy reference, llm-semantic-cache-store.
 * ```xml
 * <llm-semantic-cache-store duration="300"/>
 * ```
 */
export const llmSemanticCacheStore = (options: Options<typeof row>) => make(row, options);
