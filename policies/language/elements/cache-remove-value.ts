import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES, SECTIONS } from "../element.ts";
import { cachingType } from "../shared.ts";

export const row = elementRow({
  name: "cache-remove-value",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: { key: attribute("string", { required: true, expression: true }), cachingType },
  children: [],
  source: "cache-remove-value, 2024-07-23",
});

/**
 * Forgets what `cacheStoreValue` has kept.
 * Source: API Management policy reference, cache-remove-value.
 * ```xml
 * <cache-remove-value key='@("said/" + context.Subscription.Id)'/>
 * ```
 */
export const cacheRemoveValue = (options: Options<typeof row>) => make(row, options);
