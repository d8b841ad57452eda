/** Documents as XML: well-formed, for ARM's policy format "xml". The only use of xmlbuilder2. */
import { create } from "xmlbuilder2";
import { check, type Place, PolicyError } from "./check.ts";
import type { PolicyDefinition } from "./document.ts";
import { type Content, type Element, type Node, nodes, SECTIONS, type Section } from "./element.ts";
import type { Fragment } from "./fragment.ts";

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
  const root = create().ele("policies");
  for (const section of SECTIONS) write(root.ele(section), sections[section]);
  const indented = indentedXml(root);
  if (Buffer.byteLength(indented) <= place.maxBytes) return indented;
  const dense = quotedForSpace(`${root.end({ headless: true })}\n`);
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
  const root = create().ele("fragment");
  write(root, fragment.body);
  const xml = indentedXml(root);
  const bytes = Buffer.byteLength(xml);
  if (bytes <= FRAGMENT_BYTES) return xml;
  throw new PolicyError(place.file, "fragment", `${bytes} bytes, and a fragment has at most ${FRAGMENT_BYTES}`);
}

/** One element as XML, unchecked: for documentation and messages. */
export function elementXml({ node }: Element<never>): string {
  const root = create().ele("policies");
  write(root, inlined([node]));
  const lines = indentedXml(root).trimEnd().split("\n");
  return lines
    .slice(1, -1)
    .map((line) => line.slice(2))
    .join("\n");
}

/** Fragments give way to what they hold. */
const inlined = (all: readonly Node[]): Node[] =>
  all.flatMap((node) => (node.fragment ? inlined(brought(node.fragment)) : [{ ...node, children: inlined(node.children) }]));
const brought = ({ id, body }: { readonly id: string; readonly body: readonly Node[] }): Node[] =>
  body.map((node) => ({ ...node, from: id, children: brought({ id, body: node.children }) }));

const indentedXml = (root: ReturnType<typeof create>) => quotedForPeople(`${root.end({ prettyPrint: true, headless: true })}\n`);

/**
 * C# is full of double quotes, and an attribute in single quotes keeps them as they are: `value='@("a")'`, not `value="@(&quot;a&quot;)"`.
 * Only where the value has no single quote. Serialised attribute values have no raw double quote, so a match is a whole value.
 */
const quotedForPeople = (xml: string) =>
  xml.replace(
    /(\s[\w-]+=)"([^"']*&quot;[^"']*)"/g,
    (_, name: string, value: string) => `${name}'${value.replaceAll("&quot;", '"')}'`,
  );

/** As short as can be: whichever quotes need fewer escapes, and `>` as it is, which attributes may hold. */
const quotedForSpace = (xml: string) =>
  xml.replace(/(\s[\w-]+=)"([^"]*)"/g, (_, name: string, value: string) => {
    const plain = value.replaceAll("&gt;", ">");
    const isShorter = plain.split("'").length < plain.split("&quot;").length;
    return isShorter ? `${name}'${plain.replaceAll("'", "&#39;").replaceAll("&quot;", '"')}'` : `${name}"${plain}"`;
  });

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
  if ("namedValue" in value) return `{{${value.namedValue}}}`;
  return value.kind === "block" ? `@{ ${value.code} }` : `@(${value.code})`;
}
