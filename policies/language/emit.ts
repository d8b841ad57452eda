/** Documents as XML: well-formed, for ARM's policy format "xml". The only use of xmlbuilder2. */
import { create } from "xmlbuilder2";
import { check, type Place, PolicyError } from "./check.ts";
import type { PolicyDefinition } from "./document.ts";
import { type Content, type Node, nodes, SECTIONS } from "./element.ts";

/**
 * The document as XML, newline at the end; indented, unless it fits the gateway only without.
 * @throws PolicyError naming the file and the place: what `check` finds, or a document that is too large
 */
export function emit(definition: PolicyDefinition, place: Place): string {
  const sections = {
    inbound: nodes(definition.inbound),
    backend: nodes([definition.backend]),
    outbound: nodes(definition.outbound),
    "on-error": nodes(definition.onError),
  };
  check(sections, place);
  const root = create().ele("policies");
  for (const section of SECTIONS) write(root.ele(section), sections[section]);
  const indented = quotedForPeople(`${root.end({ prettyPrint: true, headless: true })}\n`);
  if (Buffer.byteLength(indented) <= place.maxBytes) return indented;
  const dense = quotedForPeople(`${root.end({ headless: true })}\n`);
  const bytes = Buffer.byteLength(dense);
  if (bytes <= place.maxBytes) return dense;
  const fix = "plan fewer models or members, or another gateway.sku";
  throw new PolicyError(place.file, "policies", `${bytes} bytes, and this gateway takes ${place.maxBytes}: ${fix}`);
}

/**
 * C# is full of double quotes, and an attribute in single quotes keeps them as they are: `value='@("a")'`, not `value="@(&quot;a&quot;)"`.
 * Only where the value has no single quote. Serialised attribute values have no raw double quote, so a match is a whole value.
 */
const quotedForPeople = (xml: string) =>
  xml.replace(
    /(\s[\w-]+=)"([^"']*&quot;[^"']*)"/g,
    (_, name: string, value: string) => `${name}'${value.replaceAll("&quot;", '"')}'`,
  );

function write(parent: ReturnType<typeof create>, children: readonly Node[]): void {
  for (const node of children) {
    const attributes = node.attributes.map(([name, value]) => [name, spelled(value)]);
    const element = parent.ele(node.name, Object.fromEntries(attributes));
    if (node.text !== undefined) element.txt(spelled(node.text));
    write(element, node.children);
  }
}

function spelled(value: Content): string {
  if (typeof value === "string") return value;
  return value.kind === "block" ? `@{ ${value.code} }` : `@(${value.code})`;
}
