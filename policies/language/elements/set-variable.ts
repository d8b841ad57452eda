import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES, SECTIONS } from "../element.ts";

export const row = elementRow({
  name: "set-variable",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    name: attribute("string", { required: true, variable: "set" }),
    value: attribute("any", {
      required: true,
      expression: true,
      about: "A literal is text, whatever it looks like: typed variables (`variables()`) always write expressions.",
    }),
  },
  children: [],
  source: "set-variable, 2024-07",
});

/**
 * A literal is text, whatever it looks like; `variables()` gives typed ones.
 * Source: API Management policy reference, set-variable.
 * ```xml
 * <set-variable name="started" value="@(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds())"/>
 * ```
 */
export const setVariable = (options: Options<typeof row>) => make(row, options);
