import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES, SECTIONS } from "../element.ts";
import { cachingType } from "../shared.ts";

export const row = elementRow({
  name: "cache-store-value",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    key: attribute("string", { required: true, expression: true }),
    value: attribute("any", { required: true, expression: true }),
    duration: attribute("seconds", { required: true, expression: true, min: 1 }),
    cachingType,
  },
  children: [],
  source: "cache-store-value, 2024-07-23",
  notes: ["Stores in its own time: a look-up right after may miss."],
});

/**
 * Keeps a value for every request of this gateway. Stores in its own time: a look-up right after may miss.
 * Source: API Management policy reference, cache-store-value.
 * ```xml
 * <cache-store-value key='@("said/" + context.Subscription.Id)' value='@(context.Request.Headers.GetValueOrDefault("x-said", ""))' duration="60"/>
 * ```
 */
export const cacheStoreValue = (options: Options<typeof row>) => make(row, options);
