/**
 * What a policy element is: a row of facts (sections, gateways, attributes, children) that gives the types of its builder, its XML and its checks.
 * Each file under elements/ holds one row. Sources: the policy reference of the Azure API Management documentation and the policy XSD that
 * Microsoft ships with its editor extension, both read in 2026.
 */
import type { Code, CsType } from "./expression.ts";

export const SECTIONS = ["inbound", "backend", "outbound", "on-error"] as const;
export type Section = (typeof SECTIONS)[number];

export const SCOPES = ["global", "product", "api", "operation"] as const;
export type Scope = (typeof SCOPES)[number];

/** Kinds of gateway by what they can do; a SKU belongs to one. */
export type GatewayKind = "classic" | "v2" | "consumption";
export const EVERY_GATEWAY = ["classic", "v2", "consumption"] as const;

/** Seconds, so that a bare number is never taken for them. */
export interface Seconds {
  readonly seconds: number;
}
export const seconds = (value: number): Seconds => ({ seconds: value });

/** Kinds of attribute value: the TypeScript literal and the C# type of an expression. */
interface Kinds {
  bool: { literal: boolean; code: "bool" };
  int: { literal: number; code: "int" };
  seconds: { literal: Seconds; code: "int" };
  string: { literal: string; code: "string" };
  /** Text for the caller or for a value that may be of any type. */
  any: { literal: string; code: CsType };
}
export type Kind = keyof Kinds;

export interface AttributeFacts {
  readonly required?: true;
  /** An expression may stand here. */
  readonly expression?: true;
  readonly min?: number;
  readonly max?: number;
  /** What applies when it is left out. */
  readonly default?: string;
}
export interface Attribute<K extends Kind = Kind, F extends AttributeFacts = AttributeFacts, V extends string = string> {
  readonly kind: K;
  readonly facts: F;
  /** The only values allowed. */
  readonly values?: readonly V[];
}
export const attribute = <K extends Kind, const F extends AttributeFacts>(kind: K, facts: F): Attribute<K, F> => ({
  kind,
  facts,
});
export const oneOf = <const V extends string, const F extends AttributeFacts>(
  values: readonly V[],
  facts: F,
): Attribute<"string", F, V> => ({
  kind: "string",
  facts,
  values,
});

export interface ElementRow {
  readonly name: string;
  readonly sections: readonly Section[];
  readonly scopes: readonly Scope[];
  readonly gateways: readonly GatewayKind[];
  /** By option name; the XML name has hyphens: `backendId` is `backend-id`. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** What stands inside, in this order; `?`, `*` and `+` as in a pattern. Policies of the same section: "policies". */
  readonly children: readonly string[];
}
export const elementRow = <const R extends ElementRow>(row: R): R => row;

type Given<A> =
  A extends Attribute<infer K, infer F, infer V>
    ? (string extends V ? Kinds[K]["literal"] : V) | (F extends { expression: true } ? Code<Kinds[K]["code"]> : never)
    : never;
type Attributes = Readonly<Record<string, Attribute>>;
type IsRequired<A> = A extends { facts: { required: true } } ? true : false;
/** The options of an element, from its attributes. */
export type Options<R extends { attributes: Attributes }> = {
  readonly [N in keyof R["attributes"] as IsRequired<R["attributes"][N]> extends true ? N : never]: Given<R["attributes"][N]>;
} & {
  readonly [N in keyof R["attributes"] as IsRequired<R["attributes"][N]> extends true ? never : N]?: Given<R["attributes"][N]>;
};

/** An attribute value or text content. */
export type Content = string | Code<CsType>;

/** XML to be. Policies carry their row; parts of a policy (`when`, `value`) do not. */
export interface Node {
  readonly name: string;
  readonly attributes: readonly (readonly [name: string, value: Content])[];
  readonly children: readonly Node[];
  readonly text?: Content;
  readonly row?: ElementRow;
}

/** A policy that may stand in the sections S. */
export interface Element<in S extends Section> {
  readonly node: Node;
  /** For the type checker only: an element for several sections fits where one of them is asked for. */
  readonly fits?: (section: S) => void;
}
export type SectionOf<R extends ElementRow> = R["sections"][number];

/**
 * Builds a policy from its row.
 * @throws when a value is outside the range or list of the row
 */
export function make<R extends ElementRow>(
  row: R,
  options: Options<R>,
  inside: { children?: readonly Node[]; text?: Content } = {},
): Element<SectionOf<R>> {
  return {
    node: { name: row.name, row, attributes: attributesOf(row, options), children: inside.children ?? [], text: inside.text },
  };
}

/** A part of a policy: `when`, `value`, `dimension`. */
export const part = (
  name: string,
  text?: Content,
  attributes: Node["attributes"] = [],
  children: readonly Node[] = [],
): Node => ({
  name,
  text,
  attributes,
  children,
});

export const xmlName = (option: string) => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
export const nodes = (elements: readonly Element<never>[]): Node[] => elements.map(({ node }) => node);

function attributesOf(row: ElementRow, options: object): [string, Content][] {
  const given = options as Record<string, Content | boolean | number | Seconds | undefined>;
  // In the order of the row, whatever the order of the options.
  return Object.entries(row.attributes).flatMap(([option, { facts, values }]): [string, Content][] => {
    const value = given[option];
    if (value === undefined) return [];
    const name = xmlName(option);
    if (typeof value === "object" && "kind" in value) return [[name, value]];
    const plain = typeof value === "object" ? value.seconds : value;
    const refuse = (rule: string) => new Error(`<${row.name}> ${name}="${plain}": ${rule}`);
    if (typeof plain === "number") {
      if (!Number.isInteger(plain)) throw refuse("must be a whole number");
      if (facts.min !== undefined && plain < facts.min) throw refuse(`must be at least ${facts.min}`);
      if (facts.max !== undefined && plain > facts.max) throw refuse(`must be at most ${facts.max}`);
    }
    if (values && !values.includes(String(plain))) throw refuse(`must be one of ${values.join(", ")}`);
    return [[name, String(plain)]];
  });
}
