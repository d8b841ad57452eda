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
  type Some,
} from "../element.ts";

export const row = elementRow({
  name: "limit-concurrency",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    key: attribute("string", { required: true, expression: true }),
    maxCount: attribute("int", { required: true, min: 1 }),
  },
  children: ["policies+"],
  source: "limit-concurrency",
  notes: ["Counted per gateway instance. One too many gets 429 at once."],
});

/**
 * Runs its policies for at most `maxCount` requests of one key at a time; others get 429 at once.
 * Source: API Management policy reference, limit-concurrency.
 * ```xml
 * <limit-concurrency key="@(context.Subscription.Id)" max-count="20">
 *   <set-header name="x-counted">
 *     <value>yes</value>
 *   </set-header>
 * </limit-concurrency>
 * ```
 */
export const limitConcurrency = <S extends Section>(
  options: Options<typeof row>,
  ...body: Some<Element<S>>
): Element<S, "limit-concurrency"> => make(row, options, { children: nodes(body) });
