/** `docs/policy-elements.md`: the element table for people. Reads the sources beside it: examples are shown as they are written. */
import { readFileSync } from "node:fs";
import type { Attribute, Element, ElementRow, Shape } from "./element.ts";
import { EVERY_GATEWAY, SCOPES, SECTIONS, xmlName } from "./element.ts";
import { elementTable } from "./elements/index.ts";
import { elementXml } from "./emit.ts";
import { examples } from "./examples.ts";

const source = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

/** Name of the builder: `set-header` is `setHeader`. */
export const builderName = (element: string) => element.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Every element once, by what it is for. */
export const groups: readonly { title: string; elements: readonly string[] }[] = [
  {
    title: "What runs",
    elements: [
      "base",
      "choose",
      "include-fragment",
      "limit-concurrency",
      "retry",
      "mock-response",
      "return-response",
      "set-variable",
      "wait",
    ],
  },
  {
    title: "Where the call goes",
    elements: [
      "forward-request",
      "rewrite-uri",
      "send-one-way-request",
      "send-request",
      "set-backend-service",
      "authentication-certificate",
      "authentication-managed-identity",
    ],
  },
  {
    title: "What is sent and answered",
    elements: ["find-and-replace", "set-body", "set-header", "set-method", "set-query-parameter", "set-status"],
  },
  {
    title: "Who may call, and how often",
    elements: [
      "check-header",
      "cors",
      "ip-filter",
      "quota-by-key",
      "rate-limit-by-key",
      "validate-azure-ad-token",
      "validate-jwt",
    ],
  },
  {
    title: "Language models",
    elements: [
      "azure-openai-emit-token-metric",
      "azure-openai-semantic-cache-lookup",
      "azure-openai-semantic-cache-store",
      "azure-openai-token-limit",
      "llm-content-safety",
      "llm-emit-token-metric",
      "llm-semantic-cache-lookup",
      "llm-semantic-cache-store",
      "llm-token-limit",
    ],
  },
  { title: "The cache", elements: ["cache-lookup-value", "cache-remove-value", "cache-store-value"] },
  { title: "What is told", elements: ["emit-metric", "log-to-eventhub", "trace"] },
];

export function elementsPage(): string {
  const rows = new Map(elementTable.map((row) => [row.name, row]));
  return [
    "# Policy elements",
    "",
    "The elements that the policy language (`policies/language/`) builds: one file each under `elements/`, one row each in the element table. The types of",
    "a builder come from its row, so a wrong section, a literal of the wrong kind or a missing attribute does not compile. What types cannot see (ranges,",
    "gateway, scope, what exists in the service) fails when the document is built, with its file and place.",
    "",
    'Options are named like the attributes, without hyphens: `backend-id` is `backendId`. Times are `seconds(60)` or `milliseconds(500)`. `namedValue("name")` may stand',
    "wherever a literal may. Every element also takes `id`, which `context.LastError.PolicyId` shows when it fails. *XSD only* marks what Microsoft's",
    "policy XSD has and no page describes.",
    "",
    "This page is made from the table; a test runs every example and keeps the page equal.",
    "",
    ...groups.map(({ title, elements }) => `- **${title}**: ${elements.map((name) => `[${name}](#${name})`).join(", ")}`),
    ...groups.flatMap(({ title, elements }) => ["", `## ${title}`, ...elements.flatMap((name) => section(rows.get(name)))]),
    "",
  ].join("\n");
}

function section(row: ElementRow | undefined): string[] {
  if (!row) throw new Error("a group names an element that the table does not have");
  const { text } = docstring(row.name);
  return [
    "",
    `### ${row.name}`,
    "",
    text,
    "",
    `- **Sections**: ${all(row.sections, SECTIONS)}${row.once ? " (once in each)" : ""}. **Scopes**: ${all(row.scopes, SCOPES)}. **Gateways**: ${all(row.gateways, EVERY_GATEWAY)}.`,
    ...inside(row),
    ...rules(row).map((rule) => `- ${rule}`),
    ...(row.notes ?? []).map((note) => `- ${note}`),
    `- **Source**: API Management documentation, ${row.source}`,
    ...attributes(row),
    "",
    "```ts",
    exampleText(row.name),
    "```",
    "",
    "```xml",
    exampleXml(row.name),
    "```",
  ];
}

const all = (some: readonly string[], every: readonly string[]) => (some.length === every.length ? "all" : some.join(", "));
const code = (text: string) => `\`${text}\``;

function attributes(shape: Shape): string[] {
  const rows = lines(shape, "");
  if (rows.length === 0) return [];
  return [
    "",
    "| attribute or text | type | required | default | expression | |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ];
}

/** Attributes and text of the element, then of its parts. */
function lines(shape: Shape, path: string): string[] {
  const own = Object.entries(shape.attributes).map(([option, of]) => line(`${path}${xmlName(option)}`, of));
  const text = shape.text ? [line(path === "" ? "text" : `${path}text`, shape.text)] : [];
  const parts = Object.entries(shape.parts ?? {}).flatMap(([name, part]) => lines(part, `${path}${name} / `));
  return [...own, ...text, ...parts];
}

function line(name: string, { kind, facts, values }: Attribute): string {
  const { required, default: fallback, expression, min, max, gateways, undocumented, about } = facts;
  const type = values ? values.map(code).join(" ") : `${KINDS[kind]}${range(min, max)}`;
  const notes = [
    ...(undocumented ? ["*XSD only.*"] : []),
    ...(gateways ? [`Only on ${gateways.join(", ")}.`] : []),
    ...(about ? [about] : []),
    ...(facts.names ? ["A literal must exist when the document is deployed."] : []),
  ];
  const cells = [code(name), type, required ? "yes" : "", fallback ?? "", expression ? "yes" : "no", notes.join(" ")];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const KINDS: Record<Attribute["kind"], string> = {
  bool: "bool",
  int: "int",
  number: "number",
  seconds: "seconds",
  milliseconds: "milliseconds",
  time: "time",
  string: "text",
  any: "any",
};
const range = (min?: number, max?: number) =>
  min === undefined ? "" : max === undefined ? `, at least ${min}` : `, ${min} to ${max}`;

function inside(shape: Shape): string[] {
  const [first] = shape.children;
  if (!first) return [];
  if (first.startsWith("policies")) return ["- **Inside**: policies of the same section"];
  const order = shape.children.length < 2 ? "" : shape.anyOrder ? ", in any order" : ", in this order";
  const children = shape.children.map(childText(shape));
  if (children.length > 2) return [`- **Inside**${order}:`, ...children.map((child) => `  - ${child}`)];
  return [`- **Inside**${order}: ${children.join("; ")}`];
}

const childText =
  (shape: Shape) =>
  (pattern: string): string => {
    const name = pattern.replace(/[?*+]$/, "");
    const often = { "?": "at most one", "*": "any number", "+": "one or more" }[pattern.at(-1) ?? ""] ?? "one";
    const part = shape.parts?.[name];
    const below = part?.children.map((child) => (child.startsWith("policies") ? "policies" : childText(part)(child)));
    return `${code(`<${name}>`)} (${often}${below && below.length > 0 ? `; in it ${below.join(", ")}` : ""})`;
  };

function rules(shape: Shape): string[] {
  const own = (shape.groups ?? []).map(
    ({ rule, of }) => `${capital(rule)} of ${of.map((option) => code(xmlName(option))).join(", ")}.`,
  );
  const also = (shape.also ?? []).map(({ rule }) => rule);
  const below = Object.entries(shape.parts ?? {}).flatMap(([name, part]) =>
    rules(part).map((rule) => `${code(`<${name}>`)}: ${rule}`),
  );
  return [...own, ...also, ...below];
}
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What the example of an element gives. */
export const exampleXml = (name: string) => elementXml(exampleOf(name));
export function exampleOf(name: string): Element<never> {
  const example = (examples as Readonly<Record<string, (() => Element<never>) | undefined>>)[name];
  if (!example) throw new Error(`<${name}> has no example`);
  return example();
}

/** The example as it is written, without what stands around it. */
export function exampleText(name: string): string {
  const key = name.includes("-") ? `"${name}"` : name;
  const [, after] = source("./examples.ts").split(`\n  ${key}: () =>`);
  const [text = ""] = (after ?? "").split(/,\n(?: {2}(?:"[\w-]+"|\w+): \(\) =>|\};)/, 1);
  const body = text.replace(/^\n/, "").replace(/^ (?=\S)/, "");
  const indent = /^ */.exec(body)?.[0].length ?? 0;
  return body.replaceAll(`\n${" ".repeat(indent || 2)}`, "\n").trimStart();
}

/** What the builder's comment says, and the XML that it ends with. */
export function docstring(name: string): { text: string; xml: string } {
  const file = source(`./elements/${name}.ts`);
  const builder = new RegExp(`export (?:const|function) ${builderName(name)}\\b`).exec(file);
  const before = file.slice(0, builder?.index);
  const comment = before.slice(before.lastIndexOf("/**"), before.lastIndexOf("*/"));
  const plain = comment.replace(/^\s*\/?\*+ ?/gm, "");
  const [text = "", xml = ""] = plain.split("```xml\n");
  return { text: text.replace(/^Source: .*$/m, "").trim(), xml: xml.replace(/\n?```\s*$/, "") };
}
