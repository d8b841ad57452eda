/**
 * A policy document -> steps ready to run, and every reason why API Management would refuse it.
 */
import { type CompiledExpression, CSharpError, compile } from "./csharp/index.ts";
import { DocumentError, type Format, NAMED_VALUE, type PolicyElement, readDocument } from "./documents.ts";
import { elements, UNSUPPORTED } from "./elements/index.ts";
import { split } from "./lexer.ts";
import { didYouMean } from "./nearest.ts";
import {
  type AttributeRule,
  type ChildRule,
  type Scope,
  SECTIONS,
  type Section,
  type Shape,
  type Source,
  type Step,
} from "./shape.ts";

export interface Problem {
  line: number;
  message: string;
}

/** What a document may refer to. */
export interface Surroundings {
  sku: string;
  scope: Scope;
  /** Text of a named value; null when it exists but its text is not known; undefined when there is none. */
  namedValue(name: string): string | null | undefined;
  backend(id: string): boolean;
  /** A fragment's document; true when it exists but cannot be read here. */
  fragment(id: string): { xml: string; format: Format } | boolean;
}

export interface Program {
  scope: Scope;
  sections: Record<Section, Step[]>;
}

/** Of an element, in its document. */
interface Position {
  section: Section;
  path: string;
}

const EMPTY: Source = { parts: [], literal: "" };

export function compileDocument(xml: string, format: Format, around: Surroundings): { program: Program; problems: Problem[] } {
  const compiler = new Compiler(around);
  return { program: compiler.document(xml, format), problems: compiler.problems };
}

class Compiler {
  readonly problems: Problem[] = [];
  readonly #around: Surroundings;
  /** Set while the policies of a fragment are compiled: its faults are reported at the place that includes it. */
  #fragment: { id: string; element: PolicyElement } | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  document(xml: string, format: Format): Program {
    const program: Program = { scope: this.#around.scope, sections: { inbound: [], backend: [], outbound: [], "on-error": [] } };
    const root = this.#read(xml, format);
    if (!root) return program;
    if (root.name !== "policies") {
      this.#fault(root, `The root element must be 'policies', not '${root.name}'.`);
      return program;
    }
    const seen = new Set<string>();
    for (const element of root.children) {
      const section = SECTIONS.find((name) => name === element.name);
      if (!section) {
        this.#fault(
          element,
          `'${element.name}' is not a policy section.${didYouMean(element.name, SECTIONS)} Sections are ${SECTIONS.join(", ")}.`,
        );
      } else if (seen.has(section)) {
        this.#fault(element, `The section '${section}' must not appear twice.`);
      } else {
        seen.add(section);
        if (element.attributes.size > 0) this.#fault(element, `A section has no attributes.`);
        this.#noText(element);
        program.sections[section] = this.#policies(element, section, "");
        if (section === "backend" && element.children.length !== 1) {
          const found = element.children.length === 0 ? "none" : element.children.map(({ name }) => `'${name}'`).join(", ");
          this.#fault(element, `The 'backend' section must contain exactly one policy; found ${found}.`);
        }
      }
    }
    if (root.attributes.size > 0) this.#fault(root, "The element 'policies' has no attributes.");
    this.#noText(root);
    return program;
  }

  #read(xml: string, format: Format): PolicyElement | undefined {
    try {
      return readDocument(xml, format);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      this.problems.push({ line: error.line, message: `${error.message} Line ${error.line}, position ${error.column}.` });
      return undefined;
    }
  }

  #fault(element: PolicyElement, message: string, line = element.line): void {
    const at = this.#fragment?.element ?? element;
    const where = this.#fragment ? `in fragment '${this.#fragment.id}', line ${line}: ` : "";
    const shown = this.#fragment ? at.line : line;
    this.problems.push({
      line: shown,
      message: `Error in element '${element.name}' on line ${shown}, column ${at.column}: ${where}${message}`,
    });
  }

  #noText(element: PolicyElement): void {
    if (element.text.trim() !== "")
      this.#fault(element, `Text is not allowed in '${element.name}': ${JSON.stringify(element.text.trim().slice(0, 40))}.`);
  }

  #policies(parent: PolicyElement, section: Section, path: string): Step[] {
    const counts = new Map<string, number>();
    const steps: Step[] = [];
    for (const element of parent.children) {
      const count = (counts.get(element.name) ?? 0) + 1;
      counts.set(element.name, count);
      const step = this.#policy(element, section, `${path}${element.name}[${count}]`, count);
      if (step) steps.push(step);
    }
    return steps;
  }

  #policy(element: PolicyElement, section: Section, path: string, count: number): Step | undefined {
    const rule = elements[element.name];
    if (!rule) {
      const known = UNSUPPORTED.has(element.name)
        ? `'${element.name}' is a policy of API Management that this gateway does not execute.`
        : `'${element.name}' is not a policy.${didYouMean(element.name, Object.keys(elements))}`;
      this.#fault(element, known);
      return undefined;
    }
    if (!rule.sections.includes(section)) {
      this.#fault(
        element,
        `'${element.name}' is not allowed in the section '${section}', only in ${rule.sections.map((s) => `'${s}'`).join(", ")}.`,
      );
    }
    if (rule.scopes && !rule.scopes.includes(this.#around.scope)) {
      this.#fault(element, `'${element.name}' is not allowed at the scope '${this.#around.scope}'.`);
    }
    if (rule.notOn?.includes(this.#around.sku)) {
      this.#fault(element, `'${element.name}' is not available in the ${this.#around.sku} tier.`);
    }
    if (rule.once && count > 1) this.#fault(element, `'${element.name}' may be used only once in a section.`);
    if (this.#fragment && (element.name === "base" || element.name === "include-fragment")) {
      this.#fault(element, `'${element.name}' is not allowed in a fragment.`);
      return undefined;
    }
    const step = this.#element(element, rule, section, path);
    step.run = rule.run;
    if (element.name === "include-fragment") return this.#included(element, step, section, path);
    if (element.name === "set-backend-service") {
      const id = step.attributes["backend-id"]?.literal;
      if (id && !id.includes("{{") && !this.#around.backend(id))
        this.#fault(element, `Backend with id '${id}' could not be found.`);
    }
    return step;
  }

  #included(element: PolicyElement, step: Step, section: Section, path: string): Step {
    const id = step.attributes["fragment-id"]?.literal ?? "";
    const found = id === "" ? false : this.#around.fragment(id);
    if (found === true) return step;
    if (found === false) {
      if (id !== "") this.#fault(element, `Policy fragment with id '${id}' could not be found.`);
      return step;
    }
    this.#fragment = { id, element };
    try {
      const root = this.#read(found.xml, found.format);
      if (root && root.name !== "fragment") this.#fault(root, "The root element of a fragment must be 'fragment'.");
      return root ? { ...step, children: this.#policies(root, section, `${path}/`) } : step;
    } finally {
      this.#fragment = undefined;
    }
  }

  /** Attributes, text and children of an element against its shape. */
  #element(element: PolicyElement, shape: Shape, section: Section, path: string): Step {
    const step: Step = {
      name: element.name,
      id: element.attributes.get("id") ?? null,
      attributes: this.#attributes(element, shape, { section, path }),
      text: EMPTY,
      children: [],
      scope: this.#around.scope,
      section,
      path,
      line: element.line,
      ...(this.#fragment && { fragment: this.#fragment.id }),
      run: () => undefined,
    };
    if (shape.text) {
      const raw = shape.text.markup && element.children.length > 0 ? element.inner : element.text;
      const text = shape.text.keepsSpace && !/^\s*@[({]/.test(raw) ? raw : raw.trim();
      if (shape.text.required && text.trim() === "") this.#fault(element, `'${element.name}' must not be empty.`);
      if (text !== "") step.text = this.#source(element, undefined, text, shape.text, { section, path });
      if (!shape.text.markup)
        for (const child of element.children) this.#fault(child, `'${child.name}' is not allowed in '${element.name}'.`);
    } else this.#noText(element);
    if (shape.policies) {
      step.children = this.#policies(element, section, `${path}/`);
    } else if (shape.children) {
      step.children = this.#children(element, shape, shape.children, section, path);
    } else if (!shape.text) {
      for (const child of element.children) this.#fault(child, `'${child.name}' is not allowed in '${element.name}'.`);
    }
    for (const message of shape.check?.(element) ?? []) this.#fault(element, message);
    return step;
  }

  #attributes(element: PolicyElement, shape: Shape, at: Position): Record<string, Source> {
    // Every policy, but not every element inside one, may carry an id.
    const rules: Record<string, AttributeRule> = { ...shape.attributes, ...("sections" in shape ? { id: { code: false } } : {}) };
    const result: Record<string, Source> = {};
    for (const [name, value] of element.attributes) {
      const rule = rules[name];
      if (!rule) {
        this.#fault(element, `'${name}' is not an attribute of '${element.name}'.${didYouMean(name, Object.keys(rules))}`);
        continue;
      }
      result[name] = this.#source(element, name, value, rule, at);
    }
    for (const [name, rule] of Object.entries(rules)) {
      if (rule.required && !element.attributes.has(name)) this.#fault(element, `The required attribute '${name}' is missing.`);
    }
    const quoted = (group: readonly string[]) => group.map((name) => `'${name}'`).join(", ");
    for (const group of shape.oneOf ?? []) {
      if (!group.some((name) => element.attributes.has(name)))
        this.#fault(element, `One of the attributes ${quoted(group)} is required.`);
    }
    for (const group of shape.atMostOne ?? []) {
      const found = group.filter((name) => element.attributes.has(name));
      if (found.length > 1) this.#fault(element, `Only one of the attributes ${quoted(found)} may be used.`);
    }
    return result;
  }

  #children(
    element: PolicyElement,
    shape: Shape,
    rules: Readonly<Record<string, ChildRule>>,
    section: Section,
    path: string,
  ): Step[] {
    const names = Object.keys(rules);
    const counts = new Map<string, number>();
    let last = 0;
    const steps: Step[] = [];
    for (const child of element.children) {
      const rule = rules[child.name];
      if (!rule) {
        this.#fault(child, `'${child.name}' is not allowed in '${element.name}'.${didYouMean(child.name, names)}`);
        continue;
      }
      const count = (counts.get(child.name) ?? 0) + 1;
      counts.set(child.name, count);
      if (rule.max !== undefined && count === rule.max + 1) {
        const limit = rule.max === 1 ? "only once" : `at most ${rule.max} times`;
        this.#fault(child, `'${child.name}' may be used ${limit} in '${element.name}'.`);
      }
      if (shape.sequence) {
        const place = names.indexOf(child.name);
        if (place < last) this.#fault(child, `'${child.name}' must come before '${names[last]}' in '${element.name}'.`);
        last = Math.max(last, place);
      }
      steps.push(this.#element(child, rule, section, `${path}/${child.name}[${count}]`));
    }
    for (const [name, { min = 0 }] of Object.entries(rules)) {
      if ((counts.get(name) ?? 0) < min) this.#fault(element, `'${element.name}' must contain '${name}'.`);
    }
    return steps;
  }

  /** Named values in, code compiled, literals checked. */
  #source(element: PolicyElement, attribute: string | undefined, value: string, rule: AttributeRule, at: Position): Source {
    const what = attribute === undefined ? `the text of '${element.name}'` : `attribute '${attribute}'`;
    let unknownText = false;
    const text = value.replace(NAMED_VALUE, (whole, name: string) => {
      const found = this.#around.namedValue(name);
      if (found === undefined)
        this.#fault(
          element,
          `Cannot find a named value '${name}' used in ${what}.`,
          this.#lineIn(element, attribute, value, whole),
        );
      if (typeof found === "string") return found;
      unknownText = true;
      return "0";
    });
    const { parts, unclosed } = split(text);
    if (unclosed !== undefined) {
      const hint =
        attribute !== undefined && text.includes("//")
          ? " A '//' comment in an attribute hides the rest, because its line breaks are spaces."
          : "";
      this.#fault(element, `The expression in ${what} is never closed.${hint}`, this.#line(element, attribute, text, unclosed));
      return EMPTY;
    }
    const code = parts.some((part) => "code" in part);
    if (!code) {
      // A named value of unknown text could be anything.
      if (!unknownText) this.#literal(element, what, text, rule);
      return { parts: [text], literal: unknownText ? value : text };
    }
    if (rule.code === false) {
      this.#fault(element, `Policy expressions are not allowed in ${what}.`, this.#line(element, attribute, text, 0));
      return EMPTY;
    }
    const mixed = parts.length > 1;
    if (mixed && (rule.type === "bool" || rule.type === "int" || rule.type === "double")) {
      this.#fault(element, `Text around the expression in ${what} is not allowed: it must be of type ${rule.type}.`);
      return EMPTY;
    }
    const compiled: (string | CompiledExpression)[] = [];
    for (const part of parts) {
      if ("literal" in part) {
        compiled.push(part.literal);
        continue;
      }
      try {
        compiled.push(compile(part.code, part.kind, mixed ? "any" : (rule.type ?? "string")));
      } catch (error) {
        if (!(error instanceof CSharpError)) throw error;
        if (unknownText) continue;
        this.#fault(
          element,
          `${error.message} (expression in ${what})`,
          this.#line(element, attribute, text, part.offset + error.offset),
        );
      }
    }
    return {
      parts: compiled,
      at: {
        scope: this.#around.scope,
        ...at,
        ...(attribute !== undefined && { attribute }),
        line: this.#line(element, attribute, text, parts.find((part) => "code" in part)?.offset ?? 0),
        ...(this.#fragment && { fragment: this.#fragment.id }),
      },
    };
  }

  #literal(element: PolicyElement, what: string, text: string, rule: AttributeRule): void {
    const wrong = (expected: string) => this.#fault(element, `The value '${text.slice(0, 60)}' of ${what} must be ${expected}.`);
    if (rule.values && !rule.values.includes(text)) wrong(`one of ${rule.values.join(", ")}`);
    else if (rule.type === "bool" && !/^(true|false)$/i.test(text)) wrong("true or false");
    else if (rule.type === "int" || rule.type === "double") {
      const isNumber = rule.type === "int" ? /^-?\d+$/.test(text) : text.trim() !== "" && Number.isFinite(Number(text));
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = rule;
      const range =
        rule.max === undefined
          ? rule.min === undefined
            ? ""
            : ` of at least ${rule.min}`
          : ` from ${rule.min ?? "-∞"} to ${rule.max}`;
      if (!isNumber || Number(text) < min || Number(text) > max)
        wrong(`${rule.type === "int" ? "a whole number" : "a number"}${range}`);
    } else if (rule.required && rule.type !== "any" && text === "") wrong("given");
  }

  #line(element: PolicyElement, attribute: string | undefined, text: string, offset: number): number {
    return element.lineOf(attribute) + (text.slice(0, offset).match(/\n/g)?.length ?? 0);
  }
  #lineIn(element: PolicyElement, attribute: string | undefined, text: string, part: string): number {
    return this.#line(element, attribute, text, text.indexOf(part));
  }
}
