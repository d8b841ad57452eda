import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES, SECTIONS } from "../element.ts";
import { mode, type Request, requestNodes, requestShape } from "./send-request.ts";

export const row = elementRow({
  name: "send-one-way-request",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: { mode, timeout: attribute("seconds", { expression: true, min: 0, default: "60" }) },
  ...requestShape,
  source: "send-one-way-request, 2023-08-02",
});

/**
 * Calls something else and does not wait for an answer. By default a new request.
 * Source: API Management policy reference, send-one-way-request.
 * ```xml
 * <send-one-way-request>
 *   <set-url>https://contoso.example/alerts</set-url>
 *   <set-method>POST</set-method>
 *   <set-body>@("no member left for " + context.Operation.Id)</set-body>
 * </send-one-way-request>
 * ```
 */
export function sendOneWayRequest(options: Options<typeof row> & Request) {
  const { url: _u, method: _m, headers: _h, body: _b, authentication: _a, proxy: _p, ...attributes } = options;
  return make(row, attributes, { children: requestNodes(options) });
}
