/**
 * How policy elements are described: what the gateway accepts in a document, and what it does with it.
 * The table itself is elements/; the source of each row is the policy's reference page of API Management.
 */
import type { CompiledExpression } from "./csharp/index.ts";
import type { PolicyElement } from "./documents.ts";
import type { Flow } from "./flow.ts";

export const SECTIONS = ["inbound", "backend", "outbound", "on-error"] as const;
export type Section = (typeof SECTIONS)[number];
/** Broadest first. */
export const SCOPES = ["global", "product", "api", "operation"] as const;
export type Scope = (typeof SCOPES)[number];

export interface AttributeRule {
  /** Of a literal, and of the expression's result. Default string. */
  type?: "string" | "bool" | "int" | "double" | "any";
  required?: boolean;
  /** false: no policy expression here. */
  code?: false;
  /** The only literals allowed. */
  values?: readonly string[];
  min?: number;
  max?: number;
}

export interface TextRule {
  type?: "string" | "any";
  required?: boolean;
  code?: false;
  values?: readonly string[];
  /** White space around a literal belongs to it. */
  keepsSpace?: boolean;
  /** Child elements are text too. */
  markup?: boolean;
}

export interface ChildRule extends Shape {
  min?: number;
  max?: number;
}

export interface Shape {
  attributes?: Readonly<Record<string, AttributeRule>>;
  text?: TextRule;
  children?: Readonly<Record<string, ChildRule>>;
  /** Children must come in the order of `children`. */
  sequence?: boolean;
  /** Contains policies, as many as one likes. */
  policies?: boolean;
  /** Of each group of attributes at least one must be there. */
  oneOf?: readonly (readonly string[])[];
  /** Of each group of attributes at most one may be there. */
  atMostOne?: readonly (readonly string[])[];
  /** Anything else; answers the texts of faults. */
  check?(element: PolicyElement): string[];
}

/** "return": no further policy of the request runs, the response is sent as it is. */
export type Outcome = "return" | undefined;
export type Runner = (step: Step, flow: Flow) => Promise<Outcome> | Outcome;

export interface PolicyRule extends Shape {
  sections: readonly Section[];
  /** Absent: all. */
  scopes?: readonly Scope[];
  /** SKUs whose gateway does not have the policy. */
  notOn?: readonly string[];
  /** At most one in a section. */
  once?: boolean;
  run: Runner;
}

/** A value of a document: literal pieces and compiled code, in order. */
export interface Source {
  parts: readonly (string | CompiledExpression)[];
  /** Set when there is no code in it. */
  literal?: string;
  /** Where the code stands; absent where there is none. */
  at?: { scope: Scope; section: Section; path: string; attribute?: string; line: number; fragment?: string };
}

/** An element, ready to run. */
export interface Step {
  name: string;
  id: string | null;
  attributes: Readonly<Record<string, Source>>;
  text: Source;
  /** Child elements, or policies for those that contain policies. */
  children: readonly Step[];
  scope: Scope;
  section: Section;
  /** `choose[1]/when[2]/set-variable[1]`, within the section. */
  path: string;
  line: number;
  /** Fragment that it stands in. */
  fragment?: string;
  run: Runner;
}

export const ALL_SECTIONS = SECTIONS;
export const REQUEST_SECTIONS = ["inbound", "backend"] as const;
export const INBOUND = ["inbound"] as const;
export const V2_SKUS = ["BasicV2", "StandardV2", "PremiumV2"] as const;
