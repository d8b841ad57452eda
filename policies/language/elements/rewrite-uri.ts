import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "rewrite-uri",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    template: attribute("string", {
      required: true,
      expression: true,
      about: "Its parameters, `{name}`, are those of the operation. An expression is the whole of it.",
    }),
    copyUnmatchedParams: attribute("bool", {
      default: "true",
      about: "Query parameters that the template does not name go along.",
    }),
  },
  children: [],
  source: "rewrite-uri; policy XSD",
});

/**
 * Path and query for the backend. Other query parameters go along, unless `copyUnmatchedParams` is false.
 * Source: API Management policy reference, rewrite-uri.
 * ```xml
 * <rewrite-uri template="/v1/chat/completions" copy-unmatched-params="false"/>
 * ```
 */
export const rewriteUri = (options: Options<typeof row>) => make(row, options);
