import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES, SECTIONS } from "../element.ts";

export const row = elementRow({
  name: "find-and-replace",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    from: attribute("string", { required: true, expression: true }),
    to: attribute("string", { required: true, expression: true, about: "Empty: takes the text out." }),
  },
  children: [],
  source: "find-and-replace, 2024-03-18",
  notes: ["The whole body is read first: nothing streams."],
});

/**
 * Replaces a text wherever it stands in the body: of the request in inbound and backend, of the answer in outbound and on-error.
 * Source: API Management policy reference, find-and-replace.
 * ```xml
 * <find-and-replace from="internal.contoso.example" to="@(context.Request.Url.Host)"/>
 * ```
 */
export const findAndReplace = (options: Options<typeof row>) => make(row, options);
