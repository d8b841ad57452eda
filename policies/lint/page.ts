/** `docs/lint-rules.md`: the rule table for people. */
import { gateways } from "../../stacks/catalog/gateways.ts";
import type { LintOptions, Rule } from "./rule.ts";
import { groups, rules } from "./rules/index.ts";

export function rulesPage(): string {
  return [
    "# Lint rules for policy documents",
    "",
    "`npm run lint:policy -- FILE-OR-FOLDER...` finds known public mistakes in API Management policies, anybody's: well-formed or with expressions as people write",
    "them, documents or fragments. Of a folder it takes every `.xml` file that begins with `<policies>` or `<fragment>`. From elsewhere, without npm:",
    "`node PATH/TO/THIS/REPOSITORY/cli/lint-policy.ts FOLDER`, with Node.js 24 and this repository's packages.",
    "",
    "It is good for what API Management accepts and what then fails, leaks or starves when calls come, and for refusals whose message names no line. It does not compile C#:",
    "`npm run policy -- FILE` does ([a first policy](first-policy.md)). Of 229 policy files in Azure-Samples/AI-Gateway, Azure-Samples/Apim-Samples and",
    "Azure/api-management-policy-snippets it reads every one.",
    "",
    "It exits with 1 when it finds an error. `--sku`, `--scope` and `--backends` tell it what the file alone does not:",
    `the tier (${Object.keys(gateways).join(", ")}), that a document is the global one, and the pools and breakers as`,
    '`az rest --method get --url ".../service/NAME/backends?api-version=2024-05-01"` lists them. `--stack NAME` checks the documents of a stack of this project.',
    "",
    "An **error** is refused by API Management, or makes calls fail or leak; a **warning** works, but worse than it could.",
    "Sections that a snippet leaves out hold `<base />`.",
    "This page is made from the rules (`npm run lint:policy -- --docs`); a test runs every snippet and keeps the page equal.",
    "",
    `${rules.length} rules:`,
    "",
    ...groups.flatMap((group) => [`- ${group.title}: ${group.rules.map(({ name }) => `[${name}](#${name})`).join(", ")}`]),
    ...groups.flatMap((group) => ["", `## ${group.title}`, ...group.rules.flatMap(ruleText)]),
    "",
  ].join("\n");
}

const ruleText = (rule: Rule): string[] => [
  "",
  `### ${rule.name}`,
  "",
  `**${rule.severity}**. ${escaped(rule.why)}`,
  "",
  `Source: ${escaped(rule.source)}.`,
  ...needs(rule.options),
  "",
  "Found:",
  "",
  "```xml",
  shortened(rule.bad),
  "```",
  "",
  "Silent:",
  "",
  "```xml",
  shortened(rule.good),
  "```",
];

const needs = ({ sku, backends }: LintOptions = {}): string[] => {
  const options = [...(sku ? [`\`--sku ${sku}\``] : []), ...(backends ? ["`--backends`"] : [])];
  return options.length > 0 ? ["", `With ${options.join(" and ")} only.`] : [];
};

/** Element names in prose would be taken for HTML. */
const escaped = (text: string) => text.replaceAll("<", "\\<");
const shortened = (text: string) =>
  text.replace(/(.)\1{200,}/g, (all, character: string) => `${character.repeat(3)}... (${all.length} times)`);
