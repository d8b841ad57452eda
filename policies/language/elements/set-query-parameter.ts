import {
  attribute,
  type Content,
  type Element,
  EVERY_GATEWAY,
  elementRow,
  literalOf,
  make,
  type Options,
  SCOPES,
  type SectionOf,
} from "../element.ts";
import { EXISTS_ACTION, value, values } from "../shared.ts";

export const row = elementRow({
  name: "set-query-parameter",
  sections: ["inbound", "backend"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    name: attribute("string", { required: true, expression: true }),
    existsAction: EXISTS_ACTION,
  },
  children: ["value*"],
  parts: { value },
  also: [
    {
      rule: "It has a value unless it deletes.",
      breaks: (node) => node.children.length === 0 && literalOf(node, "exists-action") !== "delete",
    },
  ],
  source: "set-query-parameter",
});

type Made = Element<SectionOf<typeof row>, "set-query-parameter">;

/**
 * Of the request to the backend. By default it takes the place of one that is there.
 * Source: API Management policy reference, set-query-parameter.
 * ```xml
 * <set-query-parameter name="api-version" exists-action="skip">
 *   <value>2024-10-21</value>
 * </set-query-parameter>
 * ```
 */
export function setQueryParameter(options: Options<typeof row> & { existsAction: "delete" }): Made;
export function setQueryParameter(options: Options<typeof row>, ...texts: readonly [Content, ...Content[]]): Made;
export function setQueryParameter(options: Options<typeof row>, ...texts: Content[]): Made {
  return make(row, options, { children: values(texts) });
}
