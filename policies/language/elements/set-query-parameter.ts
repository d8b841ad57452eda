import { attribute, type Content, EVERY_GATEWAY, elementRow, make, type Options, oneOf, part, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "set-query-parameter",
  sections: ["inbound", "backend"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    name: attribute("string", { required: true, expression: true }),
    existsAction: oneOf(["override", "append", "skip", "delete"], { expression: true, default: "override" }),
  },
  children: ["value*"],
});

/** `<set-query-parameter name="subscription-key" exists-action="delete" />` */
export const setQueryParameter = (options: Options<typeof row>, ...values: Content[]) =>
  make(row, options, { children: values.map((value) => part("value", value)) });
