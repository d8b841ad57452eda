/** What a rule is, and what rules see of a policy file. */
import type { GatewayFacts } from "../../stacks/catalog/gateways.ts";
import { gateways } from "../../stacks/catalog/gateways.ts";
import type { GatewaySku } from "../../stacks/catalog/topologies.ts";
import type { Backends } from "./backends.ts";
import { type Code, nodesOf, parseCode, type Syntax } from "./csharp.ts";
import type { PolicyElement, PolicyFile, Value } from "./read.ts";
import { SECTIONS, type Section } from "./schema.ts";

export interface Problem {
  /** Offset in the file. */
  at: number;
  message: string;
  fix: string;
  /** Where it differs from the rule's. */
  severity?: Severity;
}
export type Severity = "error" | "warning";

export interface LintOptions {
  /** The gateway that the file is meant for. Without it, rules about what a gateway lacks are silent. */
  sku?: GatewaySku;
  /** Without it, a file whose name begins with "global" is global; everything else inherits. */
  scope?: "global" | "inherits";
  /** Without them, rules about pools and breakers are silent. */
  backends?: Backends;
  /** Variables that other files, checked together with this one, set; "any": names that are computed are among them. */
  variables?: ReadonlySet<string> | "any";
}

export interface Rule {
  name: string;
  /** error: APIM refuses the file, or calls fail or leak at run time; warning: works, but worse than it could. */
  severity: Severity;
  why: string;
  /** Public document or issue that knows the mistake. */
  source: string;
  /** Sections of a document with the mistake and without; sections that are left out hold `<base/>`. Or a whole document. */
  bad: string;
  good: string;
  /** What the snippets need. */
  options?: LintOptions;
  check(policy: Policy): Iterable<Problem>;
}

/** An expression in the file. */
export interface Expression {
  element: PolicyElement;
  /** Absent: in the element's text. */
  attribute?: string;
  kind: "expression" | "block";
  code: Code;
  /** Place in the file of an index into the code. */
  at(index: number): number;
  value: Value;
}

/** A policy file with what several rules ask. */
export class Policy {
  readonly file: PolicyFile;
  readonly options: LintOptions;
  readonly isFragment: boolean;
  /** Every element, in the order of the file. */
  readonly elements: readonly PolicyElement[];
  readonly expressions: readonly Expression[];
  /** Talks to language models: then answers may be streams. */
  readonly servesModels: boolean;
  readonly gateway: GatewayFacts | undefined;
  private readonly byElement: ReadonlyMap<PolicyElement, Expression[]>;
  private readonly nodes = new Map<Code, readonly Syntax[]>();

  constructor(file: PolicyFile, options: LintOptions) {
    this.file = file;
    this.options = options;
    this.isFragment = file.root.name === "fragment";
    this.elements = [...within(file.root)];
    this.expressions = this.elements.flatMap((element) => [
      ...[...element.attributes].flatMap(([attribute, { value }]) => expressionsOf(element, value, attribute)),
      ...element.texts.flatMap((value) => expressionsOf(element, value)),
    ]);
    this.byElement = Map.groupBy(this.expressions, ({ element }) => element);
    this.servesModels = /openai|cognitiveservices|chat\/completions|<llm-/i.test(file.source);
    this.gateway = options.sku && gateways[options.sku];
  }

  named(...names: string[]): PolicyElement[] {
    return this.elements.filter(({ name }) => names.includes(name));
  }
  section(name: Section): PolicyElement | undefined {
    return this.file.root.children.find((child) => child.name === name);
  }
  expressionsIn(element: PolicyElement, attribute?: string): Expression[] {
    const found = this.byElement.get(element) ?? [];
    return attribute === undefined ? found : found.filter((e) => e.attribute === attribute);
  }
  /** Expressions of the element and of all that stand in it. */
  expressionsWithin(element: PolicyElement): Expression[] {
    return [...within(element)].flatMap((inner) => this.expressionsIn(inner));
  }
  /** Every node of an expression that could be parsed. */
  nodesOf({ code }: Expression): readonly Syntax[] {
    let found = this.nodes.get(code);
    if (!found) {
      found = code.fault ? [] : [...nodesOf(code.root)];
      this.nodes.set(code, found);
    }
    return found;
  }
}

const expressionsOf = (element: PolicyElement, value: Value, attribute?: string): Expression[] =>
  value.parts.flatMap((part) =>
    "code" in part
      ? {
          element,
          attribute,
          value,
          kind: part.kind,
          code: parseCode(part.code, part.kind),
          at: (index: number) => value.at(part.start + index),
        }
      : [],
  );

/** The element and all that stand in it. */
export function* within(element: PolicyElement): Generator<PolicyElement> {
  yield element;
  for (const child of element.children) yield* within(child);
}

/** The elements around it, nearest first. */
export function* around(element: PolicyElement): Generator<PolicyElement> {
  for (let at = element.parent; at; at = at.parent) yield at;
}
export const isIn = (element: PolicyElement, ...names: string[]) => [...around(element)].some(({ name }) => names.includes(name));

export const sectionOf = (element: PolicyElement): Section | undefined =>
  SECTIONS.find((section) => [element, ...around(element)].some((e) => e.name === section && e.parent?.name === "policies"));

/** The attribute's value where it is a literal, without space around it. */
export const literal = (element: PolicyElement, attribute: string): string | undefined =>
  element.attributes.get(attribute)?.value.literal?.trim();

/** Where an attribute's value begins; the element, if it has none. */
export const placeOf = (element: PolicyElement, attribute: string): number =>
  element.attributes.get(attribute)?.value.at(0) ?? element.at;

/** The element's text where it is a literal. */
export const textOf = (element: PolicyElement): string | undefined =>
  element.texts.every((value) => value.literal !== undefined) ? element.texts.map(({ text }) => text).join("") : undefined;

/** A whole number written as a literal or as `@(7)`. */
export function constantInt(value: Value | undefined): number | undefined {
  const text = value && (/^\s*@\(\s*(\d+)\s*\)\s*$/.exec(value.text)?.[1] ?? value.literal?.trim());
  return text && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A text written as a literal or as `@("...")`. */
export function constantText(value: Value | undefined): string | undefined {
  return value && (/^\s*@\(\s*"([^"\\]*)"\s*\)\s*$/.exec(value.text)?.[1] ?? value.literal?.trim());
}
