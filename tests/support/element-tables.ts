/** The three tables of policy elements (the language's, the linter's, the sandbox gateway's) in one form, and what differs between them. */
import { type ElementRow, type Shape, xmlName } from "../../policies/language/element.ts";
import { elementTable } from "../../policies/language/index.ts";
import { policies as lintTable, type PolicyShape, shapeOf } from "../../policies/lint/schema.ts";
import { elements as gatewayTable } from "../../sandbox/gateway/elements/index.ts";
import type { ChildRule, Shape as GatewayShape, PolicyRule } from "../../sandbox/gateway/shape.ts";

export type Table = "language" | "lint" | "gateway";
/** `set-header/value` -> fact -> what the table says. */
type Facts = Map<string, string>;

const FAMILIES = { classic: "Developer", v2: "StandardV2", consumption: "Consumption" } as const;
const list = (all: readonly string[]) => [...all].sort().join(" ");
const range = (min?: number, max?: number) => (min === undefined && max === undefined ? "any" : `${min ?? ""}..${max ?? ""}`);
const many = (min: number, max: number) => `${min}..${Number.isFinite(max) ? max : "n"}`;

function language(row: ElementRow): Facts {
  const facts: Facts = new Map();
  facts.set("sections", list(row.sections));
  facts.set("lacking on", list(Object.keys(FAMILIES).filter((family) => !row.gateways.some((gateway) => gateway === family))));
  facts.set("once", String(row.once === true));
  const walk = (shape: Shape, path: string) => {
    for (const [option, { kind, facts: f, values }] of Object.entries(shape.attributes)) {
      const type =
        kind === "bool" || kind === "number" ? kind : ["int", "seconds", "milliseconds"].includes(kind) ? "int" : "text";
      add(facts, `${path}@${xmlName(option)}`, {
        required: f.required === true,
        expression: f.expression === true,
        type,
        range: range(f.min, f.max),
        values: list(values ?? []),
      });
    }
    if (shape.children[0]?.startsWith("policies")) return void facts.set(`${path}inside`, "policies");
    if (shape.children.length > 1) facts.set(`${path}order`, shape.anyOrder ? "any" : "fixed");
    for (const pattern of shape.children) {
      const name = pattern.replace(/[?*+]$/, "");
      const sign = pattern.at(-1) ?? "";
      const max = sign === "*" || sign === "+" ? Number.POSITIVE_INFINITY : 1;
      facts.set(`${path}${name}`, many(sign === "?" || sign === "*" ? 0 : 1, max));
      const part = shape.parts?.[name];
      if (part) walk(part, `${path}${name}/`);
    }
  };
  walk(row, "");
  return facts;
}

function lint(name: string, row: PolicyShape): Facts {
  const facts: Facts = new Map();
  facts.set("sections", list(row.sections));
  facts.set("lacking on", list(row.notOn));
  facts.set("once", String(row.once));
  const walk = (shape: PolicyShape | ReturnType<typeof shapeOf>, of: string, path: string) => {
    for (const [attribute, a] of Object.entries(shape?.attributes ?? {})) {
      if (attribute === "id" && path === "") continue;
      add(facts, `${path}@${attribute}`, {
        required: a.required,
        expression: a.expression,
        type: a.type ?? "text",
        range: range(a.min, a.max),
        values: list(a.values ?? []),
      });
    }
    const children = shape?.children;
    if (children === "policies") facts.set(`${path}inside`, "policies");
    if (typeof children !== "object") return;
    if (children.parts.length > 1) facts.set(`${path}order`, children.inOrder ? "fixed" : "any");
    for (const { name: child, min, max } of children.parts) {
      facts.set(`${path}${child}`, many(min, max));
      // What is a policy of its own is compared there.
      if (!lintTable[child] || child === "proxy") walk(shapeOf(child, of), child, `${path}${child}/`);
    }
  };
  walk(row, name, "");
  return facts;
}

function gateway(row: PolicyRule): Facts {
  const facts: Facts = new Map();
  facts.set("sections", list(row.sections));
  facts.set("lacking on", list(Object.entries(FAMILIES).flatMap(([family, sku]) => (row.notOn?.includes(sku) ? [family] : []))));
  facts.set("once", String(row.once === true));
  const walk = (shape: GatewayShape, path: string) => {
    for (const [attribute, a] of Object.entries(shape.attributes ?? {})) {
      const type = a.type === "double" ? "number" : a.type === "bool" || a.type === "int" ? a.type : "text";
      add(facts, `${path}@${attribute}`, {
        required: a.required === true,
        expression: a.code !== false,
        type,
        range: range(a.min, a.max),
        values: list(a.values ?? []),
      });
    }
    if (shape.policies) facts.set(`${path}inside`, "policies");
    const children = Object.entries(shape.children ?? {}) as [string, ChildRule][];
    if (children.length > 1) facts.set(`${path}order`, shape.sequence ? "fixed" : "any");
    for (const [child, rule] of children) {
      facts.set(`${path}${child}`, many(rule.min ?? 0, rule.max ?? Number.POSITIVE_INFINITY));
      if (!gatewayTable[child]) walk(rule, `${path}${child}/`);
    }
  };
  walk(row, "");
  return facts;
}

function add(facts: Facts, name: string, of: Record<string, string | boolean>): void {
  for (const [fact, value] of Object.entries(of)) facts.set(`${name} ${fact}`, String(value));
}

export interface Difference {
  element: string;
  /** `@count range`, `sections`, `allowed-methods/method` */
  fact: string;
  table: Exclude<Table, "language">;
  /** What each says; undefined: it does not know the attribute or part. */
  language?: string;
  other?: string;
}

/** Everything about the language's elements that another table says otherwise. */
export function differences(): Difference[] {
  return elementTable.flatMap((row) => {
    const ours = language(row);
    const lintRow = lintTable[row.name];
    const gatewayRow = gatewayTable[row.name];
    return [
      ...(lintRow ? between(row.name, "lint", ours, lint(row.name, lintRow)) : []),
      ...(gatewayRow ? between(row.name, "gateway", ours, gateway(gatewayRow)) : []),
    ];
  });
}

function between(element: string, table: Difference["table"], ours: Facts, theirs: Facts): Difference[] {
  // An attribute or part that only one knows is one difference, not one for each of its facts.
  const absent: string[] = [];
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((fact): Difference[] => {
    const [mine, other] = [ours.get(fact), theirs.get(fact)];
    if (mine === other) return [];
    if (mine !== undefined && other !== undefined) return [{ element, fact, table, language: mine, other }];
    const thing = fact.replace(/ \w+$/, "");
    if (absent.some((known) => thing === known || thing.startsWith(`${known}/`))) return [];
    absent.push(thing);
    return [{ element, fact: thing, table, ...(mine === undefined ? { other: "known" } : { language: "known" }) }];
  });
}

export const shown = ({ element, fact, table, language: mine, other }: Difference) =>
  `${element} ${fact}: language ${mine ?? "-"}, ${table} ${other ?? "-"}`;

/** Whatever the language writes, the other table takes as well. */
export function isNarrower({ fact, language: mine, other }: Difference): boolean {
  if (mine === undefined) return true;
  if (other === undefined) return false;
  const set = (text: string) => new Set(text.split(" ").filter(Boolean));
  const kind = / (\w+)$/.exec(fact)?.[1] ?? fact;
  if (kind === "required" || kind === "once") return mine === "true";
  if (kind === "expression") return mine === "false";
  if (kind === "sections") return set(mine).isSubsetOf(set(other));
  if (kind === "lacking on" || kind === "on") return set(mine).isSupersetOf(set(other));
  if (kind === "values") return other === "" || (mine !== "" && set(mine).isSubsetOf(set(other)));
  if (kind === "type") return other === "text" || (mine === "int" && other === "number");
  if (kind === "order" || fact.endsWith("/order")) return mine === "fixed";
  const [a, b] = [ends(mine), ends(other)];
  return a[0] >= b[0] && a[1] <= b[1];
}

/** `1..n`, `..5`, `any` as numbers. */
function ends(text: string): [number, number] {
  const [low = "", high = ""] = text === "any" ? [] : text.split("..");
  const number = (digits: string, open: number) => (/^\d+$/.test(digits) ? Number(digits) : open);
  return [number(low, Number.NEGATIVE_INFINITY), number(high, Number.POSITIVE_INFINITY)];
}
