import { type Element, EVERY_GATEWAY, elementRow, type Identified, make, nodes, oneOf, SCOPES, type Some } from "../element.ts";

export const WAITABLE = [
  "choose",
  "send-request",
  "forward-request",
  "cache-lookup-value",
  "cache-store-value",
  "cache-remove-value",
  "authentication-managed-identity",
] as const;

export const row = elementRow({
  name: "wait",
  sections: ["inbound", "backend", "outbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    for: oneOf(["all", "any"], { default: "all", about: "Always written: the policy XSD requires it, its page does not." }),
  },
  children: ["policies+"],
  also: [
    {
      rule: `Only ${WAITABLE.join(", ")} stand directly in it.`,
      breaks: ({ children }) => children.some(({ name }) => !(WAITABLE as readonly string[]).includes(name)),
    },
  ],
  source: "wait, 2024-07-23; policy XSD",
});

type Waiting = (typeof row)["sections"][number];

/**
 * Runs its policies at the same time until all are done, or any is; by default all.
 * Source: API Management policy reference, wait.
 * ```xml
 * <wait for="any">
 *   <cache-lookup-value key="east" variable-name="east"/>
 *   <send-request response-variable-name="west">
 *     <set-url>https://contoso.example/west</set-url>
 *     <set-method>GET</set-method>
 *   </send-request>
 * </wait>
 * ```
 */
export const wait = <S extends Waiting>(
  options: Identified & { readonly for?: "all" | "any" },
  ...body: Some<Element<S, (typeof WAITABLE)[number]>>
): Element<S, "wait"> => make(row, { for: "all", ...options }, { children: nodes(body) });
