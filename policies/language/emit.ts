/**
 * Documents as XML: well-formed, for ARM's policy format "xml". The only use of xmlbuilder2.
 * What types cannot see is checked here, with the place: gateway, scope, size, variables that nothing sets, text that would be taken for something else.
 */
import { create } from "xmlbuilder2";
import type { PolicyDefinition } from "./document.ts";
import { type Content, type GatewayKind, type Node, nodes, type Scope, type Section } from "./element.ts";

/** Where a document will stand. */
export interface Place {
  /** File name, for messages. */
  file: string;
  scope: Scope;
  gateway: GatewayKind;
  /** Bytes of a document that this gateway takes. */
  maxBytes: number;
  /** Variables that documents of wider scopes set before this one runs. */
  inherited?: readonly string[];
}

export class PolicyError extends Error {
  readonly file: string;
  readonly place: string;
  constructor(file: string, place: string, message: string) {
    super(`${file}: ${place}: ${message}`);
    this.name = "PolicyError";
    this.file = file;
    this.place = place;
  }
}

/**
 * The document as XML, indented, newline at the end.
 * @throws PolicyError naming the element: `inference.xml: inbound/choose[2]/when[1]/set-variable`
 */
export function emit(definition: PolicyDefinition, place: Place): string {
  const sections: [Section, Node[]][] = [
    ["inbound", nodes(definition.inbound)],
    ["backend", nodes([definition.backend])],
    ["outbound", nodes(definition.outbound)],
    ["on-error", nodes(definition.onError)],
  ];
  const set = new Set(place.inherited ?? []);
  for (const [, children] of sections) for (const node of children) collectVariables(node, set);

  const root = create().ele("policies");
  for (const [section, children] of sections) {
    const element = root.ele(section);
    write(element, children, section, section);
  }
  const xml = `${root.end({ prettyPrint: true, headless: true })}\n`;
  const bytes = Buffer.byteLength(xml);
  if (bytes > place.maxBytes) {
    throw new PolicyError(place.file, "policies", `${bytes} bytes, but this gateway takes ${place.maxBytes}: plan fewer members or models, or another gateway.sku`);
  }
  return xml;

  function write(parent: ReturnType<typeof create>, children: readonly Node[], path: string, section: Section): void {
    const total = new Map<string, number>();
    for (const { name } of children) total.set(name, (total.get(name) ?? 0) + 1);
    const count = new Map<string, number>();
    for (const node of children) {
      const index = (count.get(node.name) ?? 0) + 1;
      count.set(node.name, index);
      const at = `${path}/${node.name}${(total.get(node.name) ?? 0) > 1 ? `[${index}]` : ""}`;
      checkRow(node, at, section);
      const attributes = node.attributes.map(([name, value]) => [name, content(value, `${at}/@${name}`, section)]);
      const element = parent.ele(node.name, Object.fromEntries(attributes));
      if (node.text !== undefined) element.txt(content(node.text, at, section));
      write(element, node.children, at, section);
    }
  }

  function checkRow({ row }: Node, at: string, section: Section): void {
    if (!row) return;
    const refuse = (rule: string) => new PolicyError(place.file, at, `<${row.name}> ${rule}`);
    if (!row.sections.includes(section)) throw refuse(`cannot stand in ${section}, only in ${row.sections.join(", ")}`);
    if (!row.scopes.includes(place.scope)) throw refuse(`does nothing at ${place.scope} scope`);
    if (!row.gateways.includes(place.gateway)) throw refuse(`does not exist on ${place.gateway} gateways, only on ${row.gateways.join(", ")}`);
  }

  function content(value: Content, at: string, section: Section): string {
    const text = typeof value === "string" ? value : value.kind === "block" ? `@{ ${value.code} }` : `@(${value.code})`;
    if (typeof value === "string" && /^\s*@[({]/.test(value)) throw new PolicyError(place.file, at, "text that starts like an expression would be run as one");
    // {{name}} is replaced before anything is compiled, also inside C# strings.
    if (text.includes("{{")) throw new PolicyError(place.file, at, `"{{" would be taken for a named value: ${text}`);
    if (typeof value === "string") return text;
    for (const { name, guarded } of value.reads) {
      if (!guarded && !set.has(name)) throw new PolicyError(place.file, at, `reads variable "${name}", which nothing sets`);
      if (!guarded && section === "on-error") throw new PolicyError(place.file, at, `reads variable "${name}" without a default: on-error may run before it is set`);
    }
    return text;
  }
}

function collectVariables(node: Node, into: Set<string>): void {
  for (const [name, value] of node.attributes) {
    const names = node.name === "set-variable" ? name === "name" : name.endsWith("variable-name");
    if (names && typeof value === "string") into.add(value);
  }
  for (const child of node.children) collectVariables(child, into);
}
