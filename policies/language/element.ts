/**
 * What a policy element is: a row of facts (sections, gateways, attributes, children) that gives the types of its builder, its XML, its checks
 * and its part of docs/policy-elements.md. Each file under elements/ holds one row. Sources: the policy reference of the Azure API Management
 * documentation, a page per policy (2022 to 2026), and the policy XSD that Microsoft ships with its editor extension, both read in 2026.
 */
import type { Code, CsType } from "./expression.ts";

export const SECTIONS = ["inbound", "backend", "outbound", "on-error"] as const;
export type Section = (typeof SECTIONS)[number];

export const SCOPES = ["global", "workspace", "product", "api", "operation"] as const;
export type Scope = (typeof SCOPES)[number];

/** Kinds of gateway by what they can do; a SKU belongs to one of the first three. */
export const EVERY_GATEWAY = ["classic", "v2", "consumption", "self-hosted", "workspace"] as const;
export type GatewayKind = (typeof EVERY_GATEWAY)[number];

/** Seconds, so that a bare number is never taken for them. */
export interface Seconds {
  readonly seconds: number;
}
export const seconds = (value: number): Seconds => ({ seconds: value });

/** Milliseconds, so that a bare number is never taken for them. */
export interface Milliseconds {
  readonly milliseconds: number;
}
export const milliseconds = (value: number): Milliseconds => ({ milliseconds: value });

/** A named value of the service, as the whole of an attribute or text. Its text takes its place before anything is compiled. */
export interface NamedValue {
  readonly namedValue: string;
}
/** @param name letters, digits, point, hyphen and underscore; at most 256 */
export const namedValue = (name: string): NamedValue => ({ namedValue: name });

/** Kinds of attribute value: the TypeScript literal and the C# types of an expression. */
interface Kinds {
  bool: { literal: boolean; code: "bool" };
  int: { literal: number; code: "int" };
  number: { literal: number; code: "double" | "int" | "long" };
  seconds: { literal: Seconds; code: "int" };
  milliseconds: { literal: Milliseconds; code: "int" };
  time: { literal: Date; code: never };
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
  /** The element sets, or reads, the variable of this name. */
  readonly variable?: "set" | "read";
  /** A literal must exist in the service when the document is deployed. */
  readonly names?: "backend" | "fragment";
  /** Only these gateways know it. */
  readonly gateways?: readonly GatewayKind[];
  /** The policy XSD has it, and no page describes it. */
  readonly undocumented?: true;
  /** For people. */
  readonly about?: string;
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

/** Which of these options must, or must not, be given together. */
export interface Group {
  readonly rule: "exactly one" | "at most one" | "at least one" | "all or none";
  readonly of: readonly string[];
}

/** An element, or a part of one. */
export interface Shape {
  /** By option name; the XML name has hyphens: `backendId` is `backend-id`. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** What stands inside, in this order; `?`, `*` and `+` as in a pattern. Policies of the same section: "policies", "policies+". */
  readonly children: readonly string[];
  /** API Management takes the children in any order; ours come in this one. */
  readonly anyOrder?: true;
  readonly groups?: readonly Group[];
  /** Text stands between the tags. */
  readonly text?: Attribute;
  /** Children that are no policies of their own. */
  readonly parts?: Readonly<Record<string, Shape>>;
  /** Rules that the other columns cannot say: as a sentence, and what is wrong with an element, if anything. */
  readonly also?: readonly { readonly rule: string; breaks(node: Node): boolean }[];
}

export interface ElementRow extends Shape {
  readonly name: string;
  readonly sections: readonly Section[];
  readonly scopes: readonly Scope[];
  readonly gateways: readonly GatewayKind[];
  /** At most once in a section. */
  readonly once?: true;
  /** Page of the documentation, with its date where it has one. */
  readonly source: string;
  /** What one should know before using it. */
  readonly notes?: readonly string[];
}
export const elementRow = <const R extends ElementRow>(row: R): R => row;
export const shape = <const S extends Shape>(of: S): S => of;

type Given<A> =
  A extends Attribute<infer K, infer F, infer V>
    ?
        | (string extends V ? Kinds[K]["literal"] : V)
        | NamedValue
        | (F extends { expression: true } ? Code<Kinds[K]["code"]> : never)
    : never;
type Attributes = Readonly<Record<string, Attribute>>;
type IsRequired<A> = A extends { facts: { required: true } } ? true : false;
type Present = NonNullable<unknown>;
/** One of the names is there; of the others nothing is said. */
type AnyOf<K extends string> = { [P in K]: { readonly [Q in P]: Present } }[K];
type OneOf<K extends string> = {
  [P in K]: { readonly [Q in P]: Present } & { readonly [Q in Exclude<K, P>]?: never };
}[K];
type NoneOf<K extends string> = { readonly [P in K]?: never };
type Constraint<G> = G extends { rule: infer R; of: readonly (infer K extends string)[] }
  ? R extends "exactly one"
    ? OneOf<K>
    : R extends "at most one"
      ? OneOf<K> | NoneOf<K>
      : R extends "at least one"
        ? AnyOf<K>
        : { readonly [P in K]: Present } | NoneOf<K>
  : never;
type Constraints<G> = G extends readonly [infer First, ...infer Rest] ? Constraint<First> & Constraints<Rest> : unknown;

/** The attributes of an element or part as options. */
export type AttributesOf<R extends { attributes: Attributes }> = {
  readonly [N in keyof R["attributes"] as IsRequired<R["attributes"][N]> extends true ? N : never]: Given<R["attributes"][N]>;
} & {
  readonly [N in keyof R["attributes"] as IsRequired<R["attributes"][N]> extends true ? never : N]?: Given<R["attributes"][N]>;
} & (R extends { groups: infer G } ? Constraints<G> : unknown);

/** The options of an element, from its attributes. */
export type Options<R extends { attributes: Attributes }> = AttributesOf<R> & Identified;

/** Every policy may have an id: `context.LastError.PolicyId` names it when it fails. */
export interface Identified {
  readonly id?: string;
}

/** An attribute value or text content. */
export type Content = string | Code<CsType> | NamedValue;
/** One or more. */
export type Some<T> = readonly [T, ...T[]];

/** XML to be. Policies carry their row; parts of a policy (`when`, `value`) do not. */
export interface Node {
  readonly name: string;
  readonly attributes: readonly (readonly [name: string, value: Content])[];
  readonly children: readonly Node[];
  readonly text?: Content;
  readonly row?: ElementRow;
  /** Policies that take this node's place when the document is written: a fragment. */
  readonly fragment?: { readonly id: string; readonly body: readonly Node[] };
  /** Id of the fragment that brought it here. */
  readonly from?: string;
  /** The typed variable that begins here. */
  readonly declares?: { readonly name: string; readonly initial: Code<CsType> };
}

/** A policy that may stand in the sections S. */
export interface Element<in S extends Section, out N extends string = string> {
  readonly node: Node & { readonly name: N };
  /** For the type checker only: an element for several sections fits where one of them is asked for. */
  readonly fits?: (section: S) => void;
}
export type SectionOf<R extends ElementRow> = R["sections"][number];

/** Builds a policy from its row. Whether the values are right is checked when the document is written. */
export function make<R extends ElementRow>(
  row: R,
  options: Options<R>,
  inside: { children?: readonly Node[]; text?: Content } = {},
): Element<SectionOf<R>, R["name"]> {
  const { id } = options as Identified;
  const attributes = attributesOf(row, options);
  return {
    node: {
      name: row.name,
      row,
      attributes: id === undefined ? attributes : [["id", id], ...attributes],
      children: inside.children ?? [],
      text: inside.text,
    },
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

/** A part with attributes, from its shape. */
export const partOf = <S extends Shape>(
  name: string,
  of: S,
  options: AttributesOf<S>,
  inside: { children?: readonly Node[]; text?: Content } = {},
) => part(name, inside.text, attributesOf(of, options), inside.children);

/** A list around one part for each text: `<audiences><audience>...</audience></audiences>`; nothing for none. */
export const listOf = (name: string, item: string, texts: readonly Content[] | undefined): Node[] =>
  texts ? [part(name, undefined, [], textsOf(item, texts))] : [];
export const textsOf = (item: string, texts: readonly Content[]): Node[] => texts.map((text) => part(item, text));

/** What a row says of such a list: one or more texts. */
export const listShape = (item: string, text: Attribute = attribute("string", { required: true, expression: true })): Shape => ({
  attributes: {},
  children: [`${item}+`],
  parts: { [item]: { attributes: {}, children: [], text } },
});

export const xmlName = (option: string) => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
export const nodes = (elements: readonly Element<never>[]): Node[] => elements.map(({ node }) => node);
/** The literal value of an attribute; undefined when there is none, or an expression. */
export const literalOf = (node: Node, name: string): string | undefined => {
  const value = node.attributes.find(([other]) => other === name)?.[1];
  return typeof value === "string" ? value : undefined;
};

type Raw = Content | boolean | number | Seconds | Milliseconds | Date;

// In the order of the row, whatever the order of the options.
const attributesOf = (row: Shape, options: object): [string, Content][] =>
  Object.keys(row.attributes).flatMap((option): [string, Content][] => {
    const value = (options as Record<string, Raw | undefined>)[option];
    return value === undefined ? [] : [[xmlName(option), spelled(value)]];
  });

function spelled(value: Raw): Content {
  if (typeof value !== "object") return String(value);
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  if ("kind" in value || "namedValue" in value) return value;
  return String("seconds" in value ? value.seconds : value.milliseconds);
}
