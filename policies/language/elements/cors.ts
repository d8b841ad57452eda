import {
  attribute,
  type Content,
  EVERY_GATEWAY,
  elementRow,
  listOf,
  listShape,
  make,
  type Options,
  part,
  SCOPES,
  type Some,
  textsOf,
} from "../element.ts";

export const row = elementRow({
  name: "cors",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  once: true,
  attributes: {
    allowCredentials: attribute("bool", { expression: true, default: "false" }),
    terminateUnmatchedRequest: attribute("bool", {
      expression: true,
      default: "true",
      about: "A preflight that matches nothing gets an empty 200. The page gives both values as the default.",
    }),
  },
  anyOrder: true,
  children: ["allowed-origins", "allowed-methods?", "allowed-headers?", "expose-headers?"],
  parts: {
    "allowed-origins": listShape("origin"),
    "allowed-methods": {
      ...listShape("method"),
      attributes: { preflightResultMaxAge: attribute("seconds", { expression: true, min: 0, default: "0" }) },
    },
    "allowed-headers": listShape("header"),
    "expose-headers": listShape("header"),
  },
  source: "cors",
  notes: ["Should stand first: a preflight request has no key."],
});

export type Cors = Options<typeof row> & {
  readonly allowedOrigins: Some<Content>;
  readonly allowedMethods?: Some<Content>;
  readonly preflightResultMaxAge?: { readonly seconds: number };
  readonly allowedHeaders?: Some<Content>;
  readonly exposeHeaders?: Some<Content>;
};

/**
 * Lets pages of other origins call. Once in a section, and first: a preflight request has no key. `*` is every origin, method or header.
 * `preflightResultMaxAge` needs `allowedMethods`.
 * Source: API Management policy reference, cors.
 * ```xml
 * <cors allow-credentials="true">
 *   <allowed-origins>
 *     <origin>https://chat.contoso.example</origin>
 *   </allowed-origins>
 *   <allowed-methods preflight-result-max-age="600">
 *     <method>GET</method>
 *     <method>POST</method>
 *   </allowed-methods>
 *   <allowed-headers>
 *     <header>api-key</header>
 *     <header>Content-Type</header>
 *   </allowed-headers>
 *   <expose-headers>
 *     <header>Retry-After</header>
 *   </expose-headers>
 * </cors>
 * ```
 */
export function cors(options: Cors) {
  const { allowedOrigins, allowedMethods, preflightResultMaxAge, allowedHeaders, exposeHeaders, ...attributes } = options;
  const age: [string, string][] = preflightResultMaxAge
    ? [["preflight-result-max-age", String(preflightResultMaxAge.seconds)]]
    : [];
  return make(row, attributes, {
    children: [
      ...listOf("allowed-origins", "origin", allowedOrigins),
      ...(allowedMethods || age.length > 0
        ? [part("allowed-methods", undefined, age, textsOf("method", allowedMethods ?? []))]
        : []),
      ...listOf("allowed-headers", "header", allowedHeaders),
      ...listOf("expose-headers", "header", exposeHeaders),
    ],
  });
}
