import {
  attribute,
  type Element,
  EVERY_GATEWAY,
  elementRow,
  type Identified,
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
  parts: {
    when: {
      attributes: { condition: attribute("bool", { required: true, expression: true }) },
      children: ["policies"],
    },
    otherwise: { attributes: {}, children: ["policies"] },
  },
  source: "choose",
});

export interface When<S extends Section> {
  readonly when: Code<"bool">;
  readonly do: readonly Element<S>[];
}

/**
 * The policies of the first `when` that holds, else those of `otherwise`, if there is one.
 * Source: API Management policy reference, choose.
 * ```xml
 * <choose>
 *   <when condition='@(context.Request.Method == "GET")'>
 *     <set-variable name="kind" value='@("read")'/>
 *   </when>
 *   <when condition='@(context.Request.Headers.GetValueOrDefault("x-batch", "") == "")'>
 *     <set-variable name="kind" value='@("single")'/>
 *   </when>
 *   <otherwise>
 *     <set-variable name="kind" value='@("batch")'/>
 *   </otherwise>
 * </choose>
 * ```
 */
export function choose<S extends Section>(
  whens: readonly [When<S>, ...When<S>[]],
  otherwise?: readonly Element<S>[],
  options: Identified = {},
): Element<S, "choose"> {
  const parts = whens.map((w) => part("when", undefined, [["condition", w.when]], nodes(w.do)));
  return make(row, options, { children: otherwise ? [...parts, part("otherwise", undefined, [], nodes(otherwise))] : parts });
}
