import {
  attribute,
  type Content,
  EVERY_GATEWAY,
  elementRow,
  make,
  type Options,
  oneOf,
  part,
  SCOPES,
  type Some,
} from "../element.ts";

export const row = elementRow({
  name: "ip-filter",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: { action: oneOf(["allow", "forbid"], { required: true, expression: true }) },
  anyOrder: true,
  children: ["address*", "address-range*"],
  parts: {
    address: { attributes: {}, children: [], text: attribute("string", { required: true, expression: true }) },
    "address-range": {
      attributes: {
        from: attribute("string", { required: true, expression: true }),
        to: attribute("string", { required: true, expression: true }),
      },
      children: [],
    },
  },
  also: [{ rule: "At least one address or range.", breaks: ({ children }) => children.length === 0 }],
  source: "ip-filter",
});

/** One address, or all from one to another. */
export type Addresses = Content | { readonly from: Content; readonly to: Content };

/**
 * Lets only these addresses call, or all but these.
 * Source: API Management policy reference, ip-filter.
 * ```xml
 * <ip-filter action="allow">
 *   <address>203.0.113.7</address>
 *   <address-range from="198.51.100.0" to="198.51.100.255"/>
 * </ip-filter>
 * ```
 */
export const ipFilter = (options: Options<typeof row>, ...addresses: Some<Addresses>) =>
  make(row, options, {
    children: addresses.map((address) =>
      typeof address === "object" && "from" in address
        ? part("address-range", undefined, [
            ["from", address.from],
            ["to", address.to],
          ])
        : part("address", address),
    ),
  });
