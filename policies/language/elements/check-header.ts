import { attribute, type Content, EVERY_GATEWAY, elementRow, make, type Options, SCOPES } from "../element.ts";
import { value, values } from "../shared.ts";

export const row = elementRow({
  name: "check-header",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    name: attribute("string", { required: true, expression: true }),
    failedCheckHttpcode: attribute("int", { required: true, expression: true, min: 100, max: 999 }),
    failedCheckErrorMessage: attribute("any", { required: true, expression: true }),
    ignoreCase: attribute("bool", { required: true, expression: true }),
  },
  children: ["value*"],
  parts: { value },
  source: "check-header",
});

/**
 * Refuses a request without the header, or whose header has none of the values.
 * Source: API Management policy reference, check-header.
 * ```xml
 * <check-header name="x-app" failed-check-httpcode="401" failed-check-error-message="Say who you are." ignore-case="true">
 *   <value>web</value>
 *   <value>phone</value>
 * </check-header>
 * ```
 */
export const checkHeader = (options: Options<typeof row>, ...allowed: Content[]) =>
  make(row, options, { children: values(allowed) });
