import {
  attribute,
  type Element,
  EVERY_GATEWAY,
  elementRow,
  make,
  type Options,
  SCOPES,
  SECTIONS,
  type Section,
} from "../element.ts";
import type { Fragment } from "../fragment.ts";

export const row = elementRow({
  name: "include-fragment",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: { fragmentId: attribute("string", { required: true, names: "fragment" }) },
  children: [],
  source: "include-fragment, 2026-02-10",
  notes: [
    "A fragment holds policies: no sections, no base, no other fragment; at most 512 KB.",
    "A fragment that is given as such is written in its place: what deploys this project cannot make fragments by name. One of the service's is named.",
  ],
});

/**
 * The policies of a fragment. One made with `fragment()` is written out where this stands; one that exists in the service is named.
 * Source: API Management policy reference, include-fragment.
 * ```xml
 * <set-header name="x-request-id" exists-action="skip">
 *   <value>@(context.RequestId.ToString())</value>
 * </set-header>
 * ```
 */
export function includeFragment<S extends Section>(fragment: Fragment<S>): Element<S, "include-fragment">;
export function includeFragment(options: Options<typeof row>): Element<Section, "include-fragment">;
export function includeFragment(given: Fragment<Section> | Options<typeof row>): Element<Section, "include-fragment"> {
  if (!("body" in given)) return make(row, given);
  const element = make(row, { fragmentId: given.id });
  return { node: { ...element.node, fragment: given } };
}
