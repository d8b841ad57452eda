import { attribute, type Content, EVERY_GATEWAY, elementRow, make, type Options, part, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "llm-emit-token-metric",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: { namespace: attribute("string", { default: "API Management" }) },
  children: ["dimension+"],
});

/** API Management takes five of our own; those it knows by name need no value. */
const MAX_DIMENSIONS = 5;

/**
 * Token counts to Application Insights, split by the dimensions.
 * `<llm-emit-token-metric namespace="openai"><dimension name="consumer" value="..." /></llm-emit-token-metric>`
 */
export function llmEmitTokenMetric(options: Options<typeof row> & { dimensions: Readonly<Record<string, Content>> }) {
  const { dimensions, ...attributes } = options;
  const entries = Object.entries(dimensions);
  if (entries.length < 1 || entries.length > MAX_DIMENSIONS)
    throw new Error(`<llm-emit-token-metric>: ${entries.length} dimensions, must be 1 to ${MAX_DIMENSIONS}`);
  return make(row, attributes, {
    children: entries.map(([name, value]) =>
      part("dimension", undefined, [
        ["name", name],
        ["value", value],
      ]),
    ),
  });
}
