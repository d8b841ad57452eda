import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES, SECTIONS } from "../element.ts";
import { cachingType } from "../shared.ts";

export const row = elementRow({
  name: "cache-lookup-value",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    key: attribute("string", { required: true, expression: true }),
    variableName: attribute("string", { required: true, variable: "set" }),
    defaultValue: attribute("any", { expression: true, about: "Without it a miss leaves the variable unset." }),
    cachingType,
  },
  children: [],
  source: "cache-lookup-value, 2024-07-23",
});

/**
 * A value that `cacheStoreValue` has kept, into a variable.
 * Source: API Management policy reference, cache-lookup-value.
 * ```xml
 * <cache-lookup-value key='@("said/" + context.Subscription.Id)' variable-name="said" default-value='@("")'/>
 * ```
 */
export const cacheLookupValue = (options: Options<typeof row>) => make(row, options);
