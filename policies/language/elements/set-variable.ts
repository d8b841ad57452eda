import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES, SECTIONS } from "../element.ts";

export const row = elementRow({
  name: "set-variable",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    name: attribute("string", { required: true }),
    /** A literal is text, whatever it looks like: typed variables (variables.ts) always write expressions. */
    value: attribute("any", { required: true, expression: true }),
  },
  children: [],
});

/** `<set-variable name="retries" value="@(2)" />` */
export const setVariable = (options: Options<typeof row>) => make(row, options);
