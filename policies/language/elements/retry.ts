import {
  attribute,
  type Element,
  EVERY_GATEWAY,
  elementRow,
  make,
  nodes,
  type Options,
  SCOPES,
  SECTIONS,
  type Section,
} from "../element.ts";

export const row = elementRow({
  name: "retry",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    condition: attribute("bool", { required: true, expression: true }),
    count: attribute("int", { required: true, expression: true, min: 1, max: 50, about: "Times after the first." }),
    interval: attribute("seconds", { required: true, expression: true, min: 0 }),
    maxInterval: attribute("seconds", { expression: true, min: 1 }),
    delta: attribute("seconds", { expression: true, min: 1 }),
    firstFastRetry: attribute("bool", { expression: true, default: "false", about: "No pause before the first repetition." }),
  },
  children: ["policies+"],
  source: "retry",
  notes: [
    "Pause before repetition n: interval; with delta, interval + (n - 1) x delta; with maxInterval as well, interval + (2^n - 1) x 0.8..1.2 delta, at most maxInterval.",
  ],
});

/**
 * Runs its policies once, and again while the condition holds, `count` (1..50) times at most. The pause is `interval`; it grows with `delta`,
 * and doubles up to `maxInterval` with both. `firstFastRetry` (default false) leaves out the first pause.
 * Source: API Management policy reference, retry.
 * ```xml
 * <retry condition="@((context.Response == null ? 503 : context.Response.StatusCode) == 503)" count="3" interval="1" max-interval="8" delta="1">
 *   <send-request response-variable-name="probe" timeout="5">
 *     <set-url>https://contoso.example/ready</set-url>
 *     <set-method>GET</set-method>
 *   </send-request>
 * </retry>
 * ```
 */
export const retry = <S extends Section>(options: Options<typeof row>, ...body: Element<S>[]): Element<S, "retry"> =>
  make(row, options, { children: nodes(body) });
