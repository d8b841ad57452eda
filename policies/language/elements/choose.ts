import {
  attribute,
  type Element,
  EVERY_GATEWAY,
  elementRow,
  make,
  nodes,
  part,
  SCOPES,
  SECTIONS,
  type Section,
} from "../element.ts";
import type { Code } from "../expression.ts";

export const row = elementRow({
  name: "choose",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {},
  children: ["when+", "otherwise?"],
});
/** For the table: `when` has one attribute. */
export const when = { condition: attribute("bool", { required: true, expression: true }) };

export interface When<S extends Section> {
  readonly when: Code<"bool">;
  readonly do: readonly Element<S>[];
}

/**
 * The first whose condition holds, else the other.
 * `<choose><when condition="...">...</when><otherwise>...</otherwise></choose>`
 */
export function choose<S extends Section>(
  whens: readonly [When<S>, ...When<S>[]],
  otherwise?: readonly Element<S>[],
): Element<S> {
  const parts = whens.map((w) => part("when", undefined, [["condition", w.when]], nodes(w.do)));
  return make(row, {}, { children: otherwise ? [...parts, part("otherwise", undefined, [], nodes(otherwise))] : parts });
}
