import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES, SECTIONS } from "../element.ts";

export const row = elementRow({
  name: "set-status",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    code: attribute("int", { required: true, expression: true, min: 100, max: 999 }),
    reason: attribute("any", { required: true, expression: true }),
  },
  children: [],
  source: "set-status, 2022-12-08",
  notes: ["Stands in return-response as well."],
});

export type Status = Options<typeof row>;

/**
 * Status and reason of the answer.
 * Source: API Management policy reference, set-status.
 * ```xml
 * <set-status code="503" reason="Service Unavailable"/>
 * ```
 */
export const setStatus = (options: Status) => make(row, options);
