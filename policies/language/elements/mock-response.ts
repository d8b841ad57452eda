import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "mock-response",
  sections: ["inbound", "outbound", "on-error"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    statusCode: attribute("int", { min: 100, max: 599, default: "200" }),
    contentType: attribute("string", { about: "Chooses among the examples of the operation." }),
  },
  children: [],
  source: "mock-response, 2022-11-18",
});

/**
 * Ends the request with the operation's example, or one made from its schema, or nothing; by default 200.
 * Source: API Management policy reference, mock-response.
 * ```xml
 * <mock-response status-code="200" content-type="application/json"/>
 * ```
 */
export const mockResponse = (options: Options<typeof row> = {}) => make(row, options);
