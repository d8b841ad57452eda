/** `npm run lint:policy`: known public mistakes in policy files, anybody's. Runs from any folder: `node PATH/cli/lint-policy.ts FOLDER`. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Option } from "@commander-js/extra-typings";
import { policyDocuments } from "../policies/index.ts";
import {
  type Backends,
  type Finding,
  type LintOptions,
  lintPolicy,
  plannedBackends,
  ReadError,
  readBackends,
  variablesOf,
} from "../policies/lint/index.ts";
import { rulesPage } from "../policies/lint/page.ts";
import { GATEWAY_SKUS, TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { planStack } from "../stacks/plan.ts";
import { Command } from "./command.ts";
import { REPOSITORY } from "./folders.ts";
import { readStackFile } from "./stack-file.ts";

const command = new Command("npm run lint:policy --")
  .description(
    "Find known mistakes in API Management policy files: documents or fragments, well-formed or not. Of a folder, every .xml file that is one. Exits with 1 on errors.",
  )
  .argument("[files...]", "policy files, or folders of them")
  .addOption(new Option("--sku <sku>", "the gateway they are for: finds what it lacks").choices(GATEWAY_SKUS))
  .addOption(
    new Option("--scope <scope>", "global: needs no <base />; default by file name (global*)").choices([
      "global",
      "inherits",
    ] as const),
  )
  .option(
    "--backends <file>",
    "JSON list of the gateway's backends, as Azure gives it: compares pools and breakers with the retries",
  )
  .option("-s, --stack <name>", "also the documents of this stack, with its own SKU, pools and breakers")
  .addOption(new Option("-t, --topology <name>", "instead of the stack's own topology").choices(TOPOLOGIES))
  .option("--json", "print the findings as JSON")
  .option("--docs", "print docs/lint-rules.md and stop")
  .showHelpAfterError();
const [files, options] = [command.parse().processedArgs[0] ?? [], command.opts()];

interface Input {
  name: string;
  text: string;
  options: LintOptions;
}

function inputs(): Input[] {
  const { sku, scope, stack, topology } = options;
  const backends = options.backends === undefined ? undefined : backendsIn(options.backends);
  const texts = files.flatMap(policiesIn).map((name) => ({ name, text: contentOf(name) }));
  const set = texts.map(({ text }) => variablesOf(text));
  const variables = set.includes(undefined) ? "any" : new Set(set.flatMap((names) => [...(names ?? [])]));
  const given = texts.map((one): Input => ({ ...one, options: { sku, scope, backends, variables } }));
  if (!stack) return given;
  const source = readStackFile(REPOSITORY, stack);
  const plan = planStack({ ...source, values: { ...source.values, ...(topology && { topology }) } });
  const own = policyDocuments(plan).map(
    ({ file, xml, scope }): Input => ({
      name: file,
      text: xml,
      options: { sku: plan.gateway.sku, scope: scope === "global" ? "global" : "inherits", backends: plannedBackends(plan) },
    }),
  );
  return [...given, ...own];
}

/** A file is taken for what it is said to be; in a folder, what begins as no policy does is somebody else's XML. */
function policiesIn(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const found = readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(xml|cshtml)$/i.test(name) && !/(^|[/\\])(node_modules|\.git)[/\\]/.test(name))
    .map((name) => join(path, name))
    .filter((name) => statSync(name, { throwIfNoEntry: false })?.isFile() && isPolicy(contentOf(name)))
    .sort();
  if (found.length === 0) throw new Error(`${path}: has no policy: no .xml file whose first element is <policies> or <fragment>`);
  return found;
}

const isPolicy = (text: string) => /^\uFEFF?(?:\s|<\?[^>]*>|<!--[\s\S]*?-->)*<(?:policies|fragment)[\s>/]/.test(text);

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function backendsIn(file: string): Backends {
  const text = contentOf(file);
  try {
    return readBackends(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Where a file is no policy at all, that is its only finding. */
function lint({ name, text, options }: Input): Finding[] {
  try {
    return lintPolicy(text, name, options);
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    const { line, column, message } = error;
    return [{ file: name, line, column, rule: "unreadable", severity: "error", message, fix: "correct the XML" }];
  }
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

function main(): void {
  if (options.docs) {
    process.stdout.write(rulesPage());
    return;
  }
  if (files.length === 0 && !options.stack) command.error("error: give at least one FILE, or --stack");
  if (options.topology && !options.stack) command.error("error: --topology is for --stack");
  const all = inputs();
  const findings = all.flatMap(lint);
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.length - errors;
  if (options.json) console.log(JSON.stringify({ files: all.length, errors, warnings, findings }, null, 2));
  else {
    for (const { file, line, column, severity, rule, message, fix } of findings)
      console.log(`${file}:${line}:${column} ${severity} ${rule}: ${message}. Fix: ${fix}`);
    console.log(`${counted(all.length, "file")}: ${counted(errors, "error")}, ${counted(warnings, "warning")}`);
  }
  if (errors > 0) process.exitCode = 1;
}

try {
  main();
} catch (error) {
  // A file, a stack or a list that is not as it should be: its message says all there is to say.
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
