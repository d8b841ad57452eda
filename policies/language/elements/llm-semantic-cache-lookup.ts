import { attribute, type Content, elementRow, make, type Options, oneOf, SCOPES, type Some, textsOf } from "../element.ts";

export const row = elementRow({
  name: "llm-semantic-cache-lookup",
  sections: ["inbound"],
  scopes: SCOPES.filter((scope) => scope !== "workspace"),
  gateways: ["classic", "v2", "consumption", "self-hosted"],
  once: true,
  attributes: {
    scoreThreshold: attribute("number", {
      required: true,
      expression: true,
      min: 0,
      max: 1,
      about: "Smaller is stricter. Start at 0.05; above 0.2 callers get answers to other questions.",
    }),
    embeddingsBackendId: attribute("string", { required: true, expression: true, names: "backend" }),
    embeddingsBackendAuth: oneOf(["system-assigned"], { required: true }),
    ignoreSystemMessages: attribute("bool", { expression: true, default: "false" }),
    maxMessageCount: attribute("int", { expression: true, min: 1, about: "Longer conversations are not looked up." }),
    cacheId: attribute("string", { undocumented: true }),
  },
  children: ["vary-by+"],
  parts: {
    "vary-by": { attributes: {}, children: [], text: attribute("any", { required: true, expression: true }) },
  },
  source: "llm-semantic-cache-lookup, 2025-10-27",
  notes: ["Needs an external cache with RediSearch."],
});

export type SemanticLookup = Options<typeof row> & {
  /** Callers who differ in these never share answers. */
  readonly varyBy: Some<Content>;
};

/**
 * An earlier answer to a question that means the same. `scoreThreshold` is 0..1, and smaller is stricter: start at 0.05.
 * Once in a section, with `llmSemanticCacheStore` in outbound.
 * Source: API Management policy reference, llm-semantic-cache-lookup.
 * ```xml
 * <llm-semantic-cache-lookup score-threshold="0.05" embeddings-backend-id="embeddings" embeddings-backend-auth="system-assigned" max-message-count="4">
 *   <vary-by>@(context.Subscription.Id)</vary-by>
 * </llm-semantic-cache-lookup>
 * ```
 */
export function llmSemanticCacheLookup({ varyBy, ...attributes }: SemanticLookup) {
  return make(row, attributes, { children: textsOf("vary-by", varyBy) });
}
