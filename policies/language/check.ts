/** What types cannot see of a document, with the place: gateway, scope, variables that nothing sets, text that would be taken for something else. */
import { type Content, type GatewayKind, type Node, type Scope, SECTIONS, type Section } from "./element.ts";

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
  /** `inbound/choose[2]/when[1]/set-variable` */
  readonly place: string;
  constructor(file: string, place: string, message: string) {
    super(`${file}: ${place}: ${message}`);
    this.name = "PolicyError";
    this.file = file;
    this.place = place;
  }
}

/** In on-error, where this holds inbound has run to its end, so that what it sets is set. */
export const INBOUND_RAN = 'context.LastError.Section == "backend"';

type Sections = Readonly<Record<Section, readonly Node[]>>;

/** @throws PolicyError at the first fault */
export function check(sections: Sections, place: Place): void {
  const set = new Set(place.inherited ?? []);
  for (const section of SECTIONS) for (const node of sections[section]) collectVariables(node, set);
  for (const section of SECTIONS) visit(sections[section], section, section, section !== "on-error");

  function visit(children: readonly Node[], path: string, section: Section, inboundRan: boolean): void {
    const total = new Map<string, number>();
    for (const { name } of children) total.set(name, (total.get(name) ?? 0) + 1);
    const count = new Map<string, number>();
    for (const node of children) {
      const index = (count.get(node.name) ?? 0) + 1;
      count.set(node.name, index);
      const at = `${path}/${node.name}${(total.get(node.name) ?? 0) > 1 ? `[${index}]` : ""}`;
      checkRow(node, at, section);
      const here = inboundRan || provesInbound(node);
      for (const [name, value] of node.attributes) checkContent(value, `${at}/@${name}`, here);
      if (node.text !== undefined) checkContent(node.text, at, here);
      visit(node.children, at, section, here);
    }
  }

  function checkRow({ row }: Node, at: string, section: Section): void {
    if (!row) return;
    const refuse = (rule: string) => new PolicyError(place.file, at, `<${row.name}> ${rule}`);
    if (!row.sections.includes(section)) throw refuse(`cannot stand in ${section}, only in ${row.sections.join(", ")}`);
    if (!row.scopes.includes(place.scope)) throw refuse(`does nothing at ${place.scope} scope`);
    if (!row.gateways.includes(place.gateway)) {
      throw refuse(`does not exist on ${place.gateway} gateways, only on ${row.gateways.join(", ")}`);
    }
  }

  function checkContent(value: Content, at: string, inboundRan: boolean): void {
    const refuse = (rule: string) => new PolicyError(place.file, at, rule);
    const text = typeof value === "string" ? value : value.code;
    // {{name}} is replaced before anything is compiled, also inside C# strings.
    if (text.includes("{{")) throw refuse(`"{{" would be taken for a named value: ${text}`);
    if (typeof value === "string") {
      if (/^\s*@[({]/.test(value)) throw refuse("text that starts like an expression would be run as one");
      return;
    }
    for (const { name, guarded } of value.reads) {
      if (guarded) continue;
      if (!set.has(name)) throw refuse(`reads variable "${name}", which nothing sets`);
      if (!inboundRan) throw refuse(`reads variable "${name}" without a default: on-error may run before it is set`);
    }
  }
}

/** A condition that begins with the test, so that the rest of it is evaluated only where the test holds. */
function provesInbound({ name, attributes }: Node): boolean {
  const condition = name === "when" ? attributes[0]?.[1] : undefined;
  return typeof condition === "object" && (condition.code === INBOUND_RAN || condition.code.startsWith(`${INBOUND_RAN} && `));
}

function collectVariables(node: Node, into: Set<string>): void {
  for (const [name, value] of node.attributes) {
    const names = node.name === "set-variable" ? name === "name" : name.endsWith("variable-name");
    if (names && typeof value === "string") into.add(value);
  }
  for (const child of node.children) collectVariables(child, into);
}
