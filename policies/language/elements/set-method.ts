import { attribute, type Content, EVERY_GATEWAY, elementRow, type Identified, make, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "set-method",
  sections: ["inbound", "on-error"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {},
  children: [],
  text: attribute("string", { required: true, expression: true }),
  source: "set-method, 2022-11-21",
  notes: ["Stands in send-request and send-one-way-request as well, in any section."],
});

/**
 * The method of the request.
 * Source: API Management policy reference, set-method.
 * ```xml
 * <set-method>POST</set-method>
 * ```
 */
export const setMethod = (method: Content, options: Identified = {}) => make(row, options, { text: method });
