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
    /** Times after the first. */
    count: attribute("int", { required: true, expression: true, min: 1, max: 50 }),
    interval: attribute("seconds", { required: true, expression: true, min: 0 }),
    maxInterval: attribute("seconds", { expression: true, min: 1 }),
    delta: attribute("seconds", { expression: true, min: 1 }),
    firstFastRetry: attribute("bool", { expression: true, default: "false" }),
  },
  children: ["policies"],
});

/**
 * Runs its policies once, and again while the condition holds.
 * `<retry condition="..." count="2" interval="0" first-fast-retry="true">...</retry>`
 */
export const retry = <S extends Section>(options: Options<typeof row>, ...body: Element<S>[]): Element<S> =>
  make(row, options, { children: nodes(body) });
