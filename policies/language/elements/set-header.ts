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
  SECTIONS,
  type Section,
} from "../element.ts";
import { EXISTS_ACTION, value, values } from "../shared.ts";

/** Headers that the gateway does not let go or sets itself. */
const UNTOUCHABLE = ["server", "connection", "content-length", "keep-alive", "transfer-encoding"];

export const row = elementRow({
  name: "set-header",
  sections: SECTIONS,
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
      rule: `The gateway does not let ${UNTOUCHABLE.join(", ")} be changed.`,
      breaks: (node) => UNTOUCHABLE.includes(literalOf(node, "name")?.toLowerCase() ?? ""),
    },
  ],
  source: "set-header",
});

/**
 * Of the request in inbound and backend, of the answer in outbound and on-error. By default it takes the place of one that is there.
 * Source: API Management policy reference, set-header.
 * ```xml
 * <set-header name="x-region">
 *   <value>@(context.Request.Headers.GetValueOrDefault("x-ms-region", "unknown"))</value>
 * </set-header>
 * ```
 */
export function setHeader(options: Options<typeof row> & { existsAction: "delete" }): Element<Section, "set-header">;
export function setHeader(
  options: Options<typeof row>,
  ...texts: readonly [Content, ...Content[]]
): Element<Section, "set-header">;
export function setHeader(options: Options<typeof row>, ...texts: Content[]): Element<Section, "set-header"> {
  return make(row, options, { children: values(texts) });
}

/** `<set-header name="api-key" exists-action="delete"/>` */
export const deleteHeader = (name: string) => setHeader({ name, existsAction: "delete" });
