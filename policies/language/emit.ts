/** Documents as XML: well-formed, for ARM's policy format "xml". */
import { check, type Place, PolicyError } from "./check.ts";
import type { PolicyDefinition } from "./document.ts";
import { type Element, type Node, nodes, part, SECTIONS, type Section } from "./element.ts";
import type { Fragment } from "./fragment.ts";
import { xmlOf } from "./xml.ts";

/** Of a fragment ("Reuse policy configurations with policy fragments", 2026-02-10). */
const FRAGMENT_BYTES = 512 * 1024;

/**
 * The document as XML, newline at the end; indented, unless it fits the gateway only without. Fragments that it brings are written out.
 * @throws PolicyError naming the file and the place: what `check` finds, or a document that is too large
 */
export function emit(definition: PolicyDefinition, place: Place): string {
  const sections = {
    inbound: inlined(nodes(definition.inbound)),
    backend: inlined(nodes([definition.backend])),
    outbound: inlined(nodes(definition.outbound)),
    "on-error": inlined(nodes(definition.onError)),
  };
  const [, second] = sections.backend;
  if (second) throw new PolicyError(place.file, "backend", `takes one policy, and <${second.name}> is a second one`);
  check(sections, place);
  const whole = SECTIONS.map((section) => part(section, undefined, [], sections[section]));
  const indented = xmlOf("policies", whole, "indented");
  if (Buffer.byteLength(indented) <= place.maxBytes) return indented;
  const dense = xmlOf("policies", whole, "dense");
  const bytes = Buffer.byteLength(dense);
  if (bytes <= place.maxBytes) return dense;
  const fix = "plan fewer models or members, or another gateway.sku";
  throw new PolicyError(place.file, "policies", `${bytes} bytes, and this gateway takes ${place.maxBytes}: ${fix}`);
}

/**
 * A fragment as a document of its own, `<fragment>`, checked for a section that includes it.
 * @throws PolicyError as `emit` does
 */
export function emitFragment<S extends Section>(fragment: Fragment<S>, section: NoInfer<S>, place: Place): string {
  const none = { inbound: [], backend: [], outbound: [], "on-error": [] };
  check({ ...none, [section]: brought(fragment) }, place);
  const xml = xmlOf("fragment", fragment.body, "indented");
  const bytes = Buffer.byteLength(xml);
  if (bytes <= FRAGMENT_BYTES) return xml;
  throw new PolicyError(place.file, "fragment", `${bytes} bytes, and a fragment has at most ${FRAGMENT_BYTES}`);
}

/** One element as XML, unchecked: for documentation and messages. */
export function elementXml({ node }: Element<never>): string {
  return xmlOf("policies", inlined([node]), "indented")
    .trimEnd()
    .split("\n")
    .slice(1, -1)
    .map((line) => line.slice(2))
    .join("\n");
}

/** Fragments give way to what they hold. */
const inlined = (all: readonly Node[]): Node[] =>
  all.flatMap((node) => (node.fragment ? inlined(brought(node.fragment)) : [{ ...node, children: inlined(node.children) }]));
const brought = ({ id, body }: { readonly id: string; readonly body: readonly Node[] }): Node[] =>
  body.map((node) => ({ ...node, from: id, children: brought({ id, body: node.children }) }));
