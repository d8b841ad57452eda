/** What types cannot see of a document, with the place: its rows' facts, gateway, scope, what exists in the service, variables that nothing sets. */
import {
  type Attribute,
  type Content,
  type GatewayKind,
  literalOf,
  type Node,
  type Scope,
  SECTIONS,
  type Section,
  type Shape,
  xmlName,
} from "./element.ts";
import type { CsType } from "./expression.ts";
import { notInXml } from "./xml.ts";

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
  /** Backends and pools of the service; left out: not known here, any name will do. The same holds for the next two. */
  backends?: readonly string[];
  namedValues?: readonly string[];
  /** Fragments that the service has. */
  fragments?: readonly string[];
  /** The service has an external cache; Consumption has no other. */
  externalCache?: boolean;
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

export type Sections = Readonly<Record<Section, readonly Node[]>>;
type Declared = NonNullable<Node["declares"]>;
/** Names of variables that some path has set so far. */
type Known = Set<string>;

/** @throws PolicyError at the first fault */
export function check(sections: Sections, place: Place): void {
  const known: Known = new Set(place.inherited ?? []);
  const declared = new Map<string, Declared>();
  for (const section of SECTIONS) declare(sections[section], section);
  for (const section of SECTIONS) {
    visitAll(sections[section], section, section, section !== "on-error", known);
    for (const name of new Set(onceNames(sections[section]))) {
      const found = times(sections[section], name);
      if (found > 1) throw new PolicyError(place.file, section, `<${name}> may stand here once, and stands ${found} times`);
    }
  }

  function visitAll(children: readonly Node[], path: string, section: Section, inboundRan: boolean, known: Known): void {
    each(children, path, (node, at) => visit(node, at, node.row, true, section, inboundRan, known));
  }

  /** @param asPolicy  it stands where any policy of the section may, not as a part of another one */
  function visit(
    node: Node,
    at: string,
    shape: Shape | undefined,
    asPolicy: boolean,
    section: Section,
    inboundRan: boolean,
    known: Known,
  ): void {
    if (!shape) throw new PolicyError(place.file, at, `<${node.name}> cannot stand here`);
    if (node.row) checkRow(node, at, section, asPolicy);
    checkShape(node, shape, at);
    checkSet(node, at);
    const here = inboundRan || provesInbound(node);
    // Its condition is evaluated after its body, and the body may run again.
    if (node.name === "retry") for (const name of setInside(node.children)) known.add(name);
    for (const [name, value] of node.attributes) {
      const facts = factsOf(shape, name);
      const where = `${at}/@${name}`;
      if (facts) checkValue(value, facts, where);
      checkContent(value, where, here, known);
      const variable = facts?.facts.variable;
      if (variable === "read" && typeof value === "string" && !known.has(value))
        throw new PolicyError(place.file, where, `reads variable "${value}", which nothing sets before`);
    }
    if (node.text !== undefined) {
      if (shape.text) checkValue(node.text, shape.text, at);
      const liquid = literalOf(node, "template") === "liquid";
      if (!liquid || typeof node.text !== "string") checkContent(node.text, at, here, known);
      else if (asPolicy) checkCharacters(node.text, at);
      else throw new PolicyError(place.file, at, "a liquid template does not work here");
    }
    // Of branches only one runs, and what stands in a wait runs at once: what one of them sets the others cannot read.
    const apart = node.name === "choose" || node.name === "wait" ? [...known] : undefined;
    const policies = shape.children.some((child) => child.startsWith("policies"));
    each(node.children, at, (child, below) => {
      const seen = apart ? new Set(apart) : known;
      visit(child, below, policies ? child.row : (shape.parts?.[child.name] ?? child.row), policies, section, here, seen);
      for (const name of seen) known.add(name);
    });
    for (const name of setBy(node)) known.add(name);
  }

  function checkRow(node: Node, at: string, section: Section, asPolicy: boolean): void {
    const { row } = node;
    if (!row) return;
    const refuse = (rule: string) => new PolicyError(place.file, at, `<${row.name}> ${rule}`);
    if (node.from !== undefined && (row.name === "base" || row.name === "include-fragment"))
      throw refuse(`cannot stand in a fragment ("${node.from}")`);
    if (asPolicy && !row.sections.includes(section))
      throw refuse(`cannot stand in ${section}, only in ${row.sections.join(", ")}`);
    if (!row.scopes.includes(place.scope)) throw refuse(`does nothing at ${place.scope} scope`);
    if (!row.gateways.includes(place.gateway)) {
      throw refuse(`does not exist on ${place.gateway} gateways, only on ${row.gateways.join(", ")}`);
    }
    if (place.gateway === "consumption" && row.attributes.cachingType) {
      const own = literalOf(node, "caching-type") === "internal";
      if (own || !place.externalCache)
        throw refuse(`needs ${own ? "the gateway's own" : "a"} cache, and consumption gateways have none of their own`);
    }
  }

  function checkShape(node: Node, shape: Shape, at: string): void {
    const refuse = (rule: string) => new PolicyError(place.file, at, `<${node.name}> ${rule}`);
    const given = new Set(node.attributes.map(([name]) => name));
    for (const name of given) if (!factsOf(shape, name) && !(name === "id" && node.row)) throw refuse(`has no attribute ${name}`);
    for (const [option, { facts }] of Object.entries(shape.attributes)) {
      const name = xmlName(option);
      if (facts.required && !given.has(name)) throw refuse(`needs ${name}`);
      if (facts.gateways && given.has(name) && !facts.gateways.includes(place.gateway))
        throw refuse(`has ${name} only on ${facts.gateways.join(", ")} gateways`);
    }
    for (const { rule, of } of shape.groups ?? []) {
      const names = of.map(xmlName);
      const count = names.filter((name) => given.has(name)).length;
      const right = {
        "exactly one": count === 1,
        "at most one": count <= 1,
        "at least one": count >= 1,
        "all or none": count === 0 || count === names.length,
      }[rule];
      if (!right) throw refuse(`needs ${rule} of ${names.join(", ")}, and has ${count}`);
    }
    if (node.text === undefined ? shape.text?.facts.required : !shape.text)
      throw refuse(node.text === undefined ? "needs a text" : "takes no text");
    checkChildren(node, shape, refuse);
    for (const { rule, breaks } of shape.also ?? []) if (breaks(node)) throw refuse(`breaks a rule: ${rule}`);
  }

  function checkValue(value: Content, { kind, facts, values }: Attribute, at: string): void {
    const refuse = (rule: string) => new PolicyError(place.file, at, rule);
    if (typeof value === "object") {
      if ("namedValue" in value) return;
      if (!facts.expression) throw refuse("takes no expression");
      if (CODE[kind] && !CODE[kind].includes(value.type))
        throw refuse(`takes an expression of type ${CODE[kind].join(" or ")}, and this one is ${value.type}`);
      return;
    }
    const problem = problemOf(value, kind, facts, values);
    if (problem) throw refuse(`"${value}" ${problem}`);
    const there = facts.names === "backend" ? place.backends : facts.names === "fragment" ? place.fragments : undefined;
    if (there && !there.includes(value)) throw refuse(`there is no ${facts.names} "${value}"${among(there)}`);
  }

  function declare(children: readonly Node[], path: string): void {
    each(children, path, (node, at) => {
      const { declares } = node;
      const before = declares && declared.get(declares.name);
      if (before && before !== declares)
        throw new PolicyError(place.file, at, `declares variable "${declares.name}" a second time`);
      if (declares) declared.set(declares.name, declares);
      declare(node.children, at);
    });
  }

  /** A variable that was declared is set by expressions of its type, and by nothing else. */
  function checkSet(node: Node, at: string): void {
    for (const name of setBy(node)) {
      const type = declared.get(name)?.initial.type;
      if (!type) continue;
      const value = node.name === "set-variable" ? node.attributes.find(([other]) => other === "value")?.[1] : undefined;
      // A named value is text, as literals are, but nobody mistakes it for anything else.
      const given = typeof value === "object" ? ("code" in value ? value.type : "string") : undefined;
      const what = given ?? (value === undefined ? `what <${node.name}> gives` : "text");
      if (given !== type) throw new PolicyError(place.file, at, `variable "${name}" is declared as ${type}, and this is ${what}`);
    }
  }

  function checkCharacters(value: Content, at: string): void {
    const text = typeof value === "string" ? value : "code" in value ? value.code : value.namedValue;
    const found = notInXml(text);
    if (found) throw new PolicyError(place.file, at, `XML has no ${found}: ${JSON.stringify(text)}`);
  }

  function checkContent(value: Content, at: string, inboundRan: boolean, known: Known): void {
    checkCharacters(value, at);
    const refuse = (rule: string) => new PolicyError(place.file, at, rule);
    if (typeof value === "object" && "namedValue" in value) {
      const name = value.namedValue;
      if (!/^[\w.-]{1,256}$/.test(name)) throw refuse(`"${name}" cannot be the name of a named value`);
      if (place.namedValues && !place.namedValues.includes(name))
        throw refuse(`there is no named value "${name}"${among(place.namedValues)}`);
      return;
    }
    const text = typeof value === "string" ? value : value.code;
    // {{name}} is replaced before anything is compiled, also inside C# strings; texts that become C# literals have an escape there.
    if (text.includes("{{")) throw refuse(`"{{" would be taken for a named value: ${text}`);
    if (typeof value === "string") {
      if (/@[({]/.test(value)) throw refuse("text that starts like an expression would be run as one");
      return;
    }
    for (const { name, guarded, type } of value.reads) {
      const held = declared.get(name)?.initial.type;
      if (held && type && type !== held) throw refuse(`reads variable "${name}" as ${type}, and it is declared as ${held}`);
      if (guarded) continue;
      if (!known.has(name)) throw refuse(`reads variable "${name}", which nothing sets${settersOf(name) ? " before" : ""}`);
      if (!inboundRan) throw refuse(`reads variable "${name}" without a default: on-error may run before it is set`);
    }
  }

  function settersOf(name: string): boolean {
    return SECTIONS.some((section) => setInside(sections[section]).includes(name));
  }
}

const CODE: Partial<Record<Attribute["kind"], readonly CsType[]>> = {
  bool: ["bool"],
  int: ["int"],
  seconds: ["int"],
  milliseconds: ["int"],
  number: ["double", "int", "long"],
  string: ["string"],
};

/** What is wrong with a literal. */
function problemOf(text: string, kind: Attribute["kind"], facts: Attribute["facts"], values: Attribute["values"]) {
  if (values) return values.includes(text) ? undefined : `must be one of ${values.join(", ")}`;
  if (kind === "bool") return text === "true" || text === "false" ? undefined : "must be true or false";
  if (kind === "time") return Number.isNaN(Date.parse(text)) ? "must be a time" : undefined;
  if (kind === "string" || kind === "any")
    return facts.required && kind === "string" && text === "" ? "must not be empty" : undefined;
  const number = Number(text);
  if (kind === "number") {
    if (text === "" || !Number.isFinite(number)) return "must be a number";
  } else if (!/^-?\d+$/.test(text)) return "must be a whole number";
  if (facts.min !== undefined && number < facts.min) return `must be at least ${facts.min}`;
  if (facts.max !== undefined && number > facts.max) return `must be at most ${facts.max}`;
  return undefined;
}

function checkChildren({ children }: Node, shape: Shape, refuse: (rule: string) => PolicyError): void {
  const [first] = shape.children;
  if (first?.startsWith("policies")) {
    if (first.endsWith("+") && children.length === 0) throw refuse("needs a policy inside");
    return;
  }
  const patterns = shape.children.map((pattern) => ({ name: pattern.replace(/[?*+]$/, ""), sign: pattern.at(-1) ?? "" }));
  for (const { name, sign } of patterns) {
    const count = children.filter((child) => child.name === name).length;
    if (count === 0 && sign !== "?" && sign !== "*") throw refuse(`needs <${name}>`);
    if (count > 1 && sign !== "*" && sign !== "+") throw refuse(`takes one <${name}>, and has ${count}`);
  }
  let reached = 0;
  for (const { name } of children) {
    const index = patterns.findIndex((pattern) => pattern.name === name);
    if (index < 0) throw refuse(`cannot hold <${name}>`);
    if (index < reached && !shape.anyOrder) throw refuse(`must have <${name}> before <${patterns[reached]?.name}>`);
    reached = Math.max(reached, index);
  }
}

const factsOf = (shape: Shape, name: string): Attribute | undefined =>
  shape.attributes[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];

const among = (names: readonly string[]) => (names.length > 0 ? `; there are ${names.join(", ")}` : "; there are none");

/** A condition that begins with the test, so that the rest of it is evaluated only where the test holds. */
function provesInbound({ name, attributes }: Node): boolean {
  const condition = name === "when" ? attributes[0]?.[1] : undefined;
  return (
    typeof condition === "object" &&
    "code" in condition &&
    (condition.code === INBOUND_RAN || condition.code.startsWith(`${INBOUND_RAN} && `))
  );
}

/** Children with their places: `set-header[2]` where there are several of a name. */
function each(children: readonly Node[], path: string, visit: (node: Node, at: string) => void): void {
  const total = new Map<string, number>();
  for (const { name } of children) total.set(name, (total.get(name) ?? 0) + 1);
  const count = new Map<string, number>();
  for (const node of children) {
    const index = (count.get(node.name) ?? 0) + 1;
    count.set(node.name, index);
    visit(node, `${path}/${node.name}${(total.get(node.name) ?? 0) > 1 ? `[${index}]` : ""}`);
  }
}

/** Variables that an element itself sets. */
const setBy = ({ row, attributes }: Node): string[] =>
  attributes.flatMap(([name, value]) =>
    row && factsOf(row, name)?.facts.variable === "set" && typeof value === "string" ? [value] : [],
  );
const setInside = (all: readonly Node[]): string[] => all.flatMap((node) => [...setBy(node), ...setInside(node.children)]);

const onceNames = (all: readonly Node[]): string[] =>
  all.flatMap((node) => [...(node.row?.once ? [node.name] : []), ...onceNames(node.children)]);
/** How often it can run: of the branches of a choice, one does. */
function times(all: readonly Node[], name: string): number {
  return all.reduce((sum, node) => {
    const inside = node.children.map((child) => times([child], name));
    const below = node.name === "choose" ? Math.max(0, ...inside) : inside.reduce((a, b) => a + b, 0);
    return sum + (node.name === name ? 1 : 0) + below;
  }, 0);
}
