import { attribute, elementRow, make, type Options, oneOf, SCOPES, SECTIONS } from "../element.ts";

export const row = elementRow({
  name: "cache-store-value",
  sections: SECTIONS,
  scopes: SCOPES,
  // Consumption has no internal cache, and we bring no external one.
  gateways: ["classic", "v2"],
  attributes: {
    key: attribute("string", { required: true, expression: true }),
    value: attribute("any", { required: true, expression: true }),
    duration: attribute("seconds", { required: true, expression: true, min: 1 }),
    cachingType: oneOf(["internal", "external", "prefer-external"], { default: "prefer-external" }),
  },
  children: [],
});

/** Stores in its own time: a look-up right after may miss. `<cache-store-value key="..." value="..." duration="60" caching-type="internal" />` */
export const cacheStoreValue = (options: Options<typeof row>) => make(row, options);
