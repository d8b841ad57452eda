import { attribute, elementRow, make, type Options, SCOPES, SECTIONS } from "../element.ts";
import { type Dimensions, dimension, dimensionNodes, dimensionRule } from "../shared.ts";

export const row = elementRow({
  name: "emit-metric",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: ["classic", "v2", "consumption", "self-hosted"],
  attributes: {
    name: attribute("string", { required: true }),
    namespace: attribute("string", { default: "API Management" }),
    value: attribute("number", { expression: true, default: "1" }),
    defaultDimensions: attribute("string", { undocumented: true }),
  },
  children: ["dimension+"],
  parts: { dimension },
  also: [dimensionRule(10)],
  source: "emit-metric, 2024-03-18",
});

/**
 * A number of our own to Application Insights, by default 1, split by at least one and at most ten dimensions of our own.
 * Source: API Management policy reference, emit-metric.
 * ```xml
 * <emit-metric name="attempts" namespace="openai" value="1">
 *   <dimension name="API ID"/>
 *   <dimension name="model" value='@(context.Request.MatchedParameters.GetValueOrDefault("model", ""))'/>
 * </emit-metric>
 * ```
 */
export function emitMetric(options: Options<typeof row> & Dimensions) {
  const { dimensions, knownDimensions, ...attributes } = options;
  return make(row, attributes, { children: dimensionNodes({ dimensions, knownDimensions }) });
}
