import { EVERY_GATEWAY, elementRow, make, SECTIONS } from "../element.ts";

export const row = elementRow({
  name: "base",
  sections: SECTIONS,
  scopes: ["product", "api", "operation"],
  gateways: EVERY_GATEWAY,
  attributes: {},
  children: [],
});

/** What the wider scopes do in this section: `<base />`. Without it they are left out. */
export const base = () => make(row, {});
