import { attribute, elementRow, make, type Options, oneOf, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "cache-lookup-value",
  sections: ["inbound", "outbound", "on-error"],
  scopes: SCOPES,
  // Consumption has no internal cache, and we bring no external one.
  gateways: ["classic", "v2"],
  attributes: {
    key: attribute("string", { required: true, expression: true }),
    variableName: attribute("string", { required: true }),
    /** Without it a miss leaves the variable unset. */
    defaultValue: attribute("string", { expression: true }),
    cachingType: oneOf(["internal", "external", "prefer-external"], { default: "prefer-external" }),
  },
  children: [],
});

/** `<cache-lookup-value key="..." variable-name="known" default-value="" caching-type="internal" />` */
export const cacheLookupValue = (options: Options<typeof row>) => make(row, options);
