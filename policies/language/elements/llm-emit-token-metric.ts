import { attribute, EVERY_GATEWAY, elementRow, make, type Options, oneOf, SCOPES } from "../element.ts";
import { type Dimensions, dimension, dimensionNodes, dimensionRule } from "../shared.ts";

export const row = elementRow({
  name: "llm-emit-token-metric",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    namespace: attribute("string", { default: "API Management" }),
    name: attribute("string", { undocumented: true }),
    valueType: oneOf(["all", "total-tokens", "prompt-tokens", "completion-tokens"], { undocumented: true }),
    ignorePrompt: attribute("bool", { undocumented: true }),
  },
  children: ["dimension+"],
  parts: { dimension },
  also: [dimensionRule(5)],
  source: "llm-emit-token-metric, 2026-05-27",
});

export type TokenMetric = Options<typeof row> & Dimensions;

/**
 * Token counts to Application Insights, split by at least one dimension, and at most five of our own.
 * Source: API Management policy reference, llm-emit-token-metric.
 * ```xml
 * <llm-emit-token-metric namespace="openai">
 *   <dimension name="Subscription ID"/>
 *   <dimension name="kind" value="@(context.Operation.Id)"/>
 * </llm-emit-token-metric>
 * ```
 */
export function llmEmitTokenMetric(options: TokenMetric) {
  const { dimensions, knownDimensions, ...attributes } = options;
  return make(row, attributes, { children: dimensionNodes({ dimensions, knownDimensions }) });
}
