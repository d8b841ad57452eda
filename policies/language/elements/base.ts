import { EVERY_GATEWAY, elementRow, type Identified, make, SECTIONS } from "../element.ts";

export const row = elementRow({
  name: "base",
  sections: SECTIONS,
  scopes: ["workspace", "product", "api", "operation"],
  gateways: EVERY_GATEWAY,
  attributes: {},
  children: [],
  source: "Set or edit policies; base",
  notes: ["Does nothing at global scope. Not in fragments."],
});

/**
 * What the wider scopes do in this section. Without it they are left out.
 * Source: API Management documentation, Set or edit policies.
 * ```xml
 * <base/>
 * ```
 */
export const base = (options: Identified = {}) => make(row, options);
