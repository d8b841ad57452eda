import { attribute, type Content, EVERY_GATEWAY, elementRow, make, type Options, oneOf, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "set-body",
  sections: ["inbound", "backend", "outbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    template: oneOf(["none", "liquid"], { default: "none" }),
    xsiNil: oneOf(["blank", "null"], { about: "What a template makes of elements that are nil." }),
    parseDate: attribute("bool", { about: "Whether a template takes texts for dates." }),
    htmlDecodeExpression: attribute("bool", {}),
  },
  children: [],
  text: attribute("any", { expression: true }),
  source: "set-body",
  notes: ["Stands in return-response and send-request as well, in any section."],
});

/**
 * The body: of the request in inbound and backend, of the answer in outbound.
 * Source: API Management policy reference, set-body.
 * ```xml
 * <set-body>@(context.Request.Body.As&lt;string&gt;(preserveContent: true).Trim())</set-body>
 * ```
 */
export const setBody = (body: Content, options: Options<typeof row> = {}) => make(row, options, { text: body });
