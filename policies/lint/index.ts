/**
 * Finds the known public mistakes in policy documents, anybody's: one rule for each (rules/), with its source.
 * Only the command line and the tests use it; what the program deploys does not depend on it.
 */
import { ReadError, readPolicy } from "./read.ts";
import { type LintOptions, Policy, type Severity } from "./rule.ts";
import { rules } from "./rules/index.ts";
import { setVariables } from "./rules/slips.ts";
import { SECTIONS } from "./schema.ts";

export { type Backends, plannedBackends, readBackends } from "./backends.ts";
export { ReadError } from "./read.ts";
export type { LintOptions, Rule, Severity } from "./rule.ts";
export { groups, rules } from "./rules/index.ts";

export interface Finding {
  file: string;
  /** Both from 1. */
  line: number;
  column: number;
  rule: string;
  severity: Severity;
  message: string;
  fix: string;
}

/**
 * @param text  a document or a fragment, well-formed or with expressions as people write them
 * @param file  its name; a name that begins with "global" stands for the global scope
 * @returns     the findings, in the order of the file
 * @throws      ReadError with the line, when it cannot be read at all
 */
export function lintPolicy(text: string, file: string, options: LintOptions = {}): Finding[] {
  const scope = options.scope ?? (/(^|[/\\])global[^/\\]*$/i.test(file) ? "global" : "inherits");
  const policy = new Policy(readPolicy(text), { ...options, scope });
  const findings = rules.flatMap((rule) =>
    [...rule.check(policy)].map(({ at, message, fix, severity }): [number, Finding] => [
      at,
      { file, ...policy.file.place(at), rule: rule.name, severity: severity ?? rule.severity, message, fix },
    ]),
  );
  return findings.sort(([a], [b]) => a - b).map(([, finding]) => finding);
}

/**
 * How expressions are written: well-formed, or with quotes and `<` as they are.
 * @throws ReadError with the line
 */
export const spellingOf = (text: string) => readPolicy(text).spelling;

/**
 * Variables that a policy's elements set, for files that are checked together; none for what cannot be read.
 * @returns undefined where a name is computed: then nobody knows
 */
export function variablesOf(text: string): ReadonlySet<string> | undefined {
  try {
    return setVariables(new Policy(readPolicy(text), {}));
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    return new Set();
  }
}

/** A rule's snippet as a document: sections that it leaves out inherit. */
export function documentOf(snippet: string): string {
  if (/^\s*<(policies|fragment)\b/.test(snippet)) return snippet;
  const missing = SECTIONS.filter((section) => !new RegExp(`<${section}[\\s>]`).test(snippet));
  const sections = [snippet, ...missing.map((section) => `<${section}>\n  <base />\n</${section}>`)].join("\n");
  return `<policies>\n${sections.replace(/^/gm, "  ")}\n</policies>\n`;
}
