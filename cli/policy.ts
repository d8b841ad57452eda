/**
 * `npm run policy -- FILE`: one policy, typed or XML, is built, linted, compiled as API Management would, and with --call deployed to a small local
 * API Management, called, and traced. It needs no stack. docs/first-policy.md goes through it.
 */
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Option } from "@commander-js/extra-typings";
import { emit, type PolicyDefinition } from "../policies/language/index.ts";
import { type Finding, lintPolicy, ReadError, spellingOf } from "../policies/lint/index.ts";
import { gateways } from "../stacks/catalog/gateways.ts";
import { GATEWAY_SKUS } from "../stacks/catalog/topologies.ts";
import { Command } from "./command.ts";
import { counted, runCommand } from "./text.ts";

const command = new Command("npm run policy --")
  .description("Build and check one policy: a module whose default export is policies({...}), or XML. Exits with 1 on errors.")
  .argument("<file>", "policy.ts (the typed language, policies/language/) or policy.xml")
  .addOption(new Option("--scope <scope>", "where it will stand").choices(["global", "product", "api"]).default("api"))
  .addOption(new Option("--sku <sku>", "the gateway it is for").choices(GATEWAY_SKUS).default("BasicV2"))
  .option("--print", "print the XML")
  .option(
    "--call",
    "deploy it to a small local API Management whose backend answers what it was sent, call it once and print the trace",
  )
  .option("--header <name=value>", "of that call; may be repeated", (one: string, all: string[]) => [...all, one], [] as string[])
  .option("--body <text>", "of that call", '{"hello":"world"}')
  .showHelpAfterError();

const { args } = command.parse();
const { scope, sku, print, call, header, body } = command.opts() as {
  scope: "global" | "product" | "api";
  sku: (typeof GATEWAY_SKUS)[number];
  print?: true;
  call?: true;
  header: string[];
  body: string;
};

/** The document as XML, and how expressions are written in it. */
async function built(file: string): Promise<{ xml: string; format: "xml" | "rawxml" }> {
  if (!/\.[mc]?[jt]s$/.test(file)) {
    const text = readFileSync(file, "utf8");
    return { xml: text, format: spellingOf(text) };
  }
  const module: { default?: PolicyDefinition } = await import(pathToFileURL(resolve(file)).href);
  if (!module.default?.inbound)
    throw new Error(`${file}: has no default export that is a policy: export default policies({...})`);
  const { family, policyBytes: maxBytes } = gateways[sku];
  return { xml: emit(module.default, { file: basename(file), scope, gateway: family, maxBytes }), format: "xml" };
}

const line = (mark: "✓" | "✗", text: string) => console.log(`${mark} ${text}`);
const told = ({ line, column, severity, rule, message, fix }: Finding) =>
  `  ${line}:${column} ${severity} ${rule}: ${message}. Fix: ${fix}`;

await runCommand(async () => {
  const file = args[0] ?? "";
  const { xml, format } = await built(file).catch((error: unknown) => {
    if (error instanceof ReadError) throw new Error(`${file}:${error.line}:${error.column}: ${error.message}`);
    throw error;
  });
  line(
    "✓",
    `${file}: ${Buffer.byteLength(xml)} bytes${format === "rawxml" ? ", quotes unescaped inside expressions (rawxml)" : ""}`,
  );
  if (print) process.stdout.write(xml);

  const findings = lintPolicy(xml, file, { sku, scope: scope === "global" ? "global" : "inherits" });
  const wrong = findings.some(({ severity }) => severity === "error");
  line(wrong ? "✗" : "✓", findings.length === 0 ? "lint: nothing found" : `lint: ${counted(findings.length, "finding")}`);
  for (const finding of findings) console.log(told(finding));

  // Lint and gateway load the same C# grammar, and web-tree-sitter breaks when that is done twice at the same time.
  const { checkPolicy } = await import("../sandbox/gateway/index.ts");
  const anything = { namedValue: () => true, backend: () => true, fragment: () => true };
  const problems = checkPolicy({ xml, format, scope, sku }, anything);
  line(
    problems.length > 0 ? "✗" : "✓",
    `as API Management takes it (${sku}, ${scope} scope): ${problems.length > 0 ? "refused" : "accepted, every expression compiles"}`,
  );
  for (const { line: at, message } of problems) console.log(`  ${at}: ${message}`);
  if (wrong || problems.length > 0) {
    process.exitCode = 1;
    return;
  }
  if (!call) return;
  const headers = header.map((one): [string, string] => {
    const [name = "", ...value] = one.split("=");
    if (!/^[\w-]+$/.test(name) || value.length === 0) throw new Error(`--header ${one}: write NAME=VALUE`);
    return [name, value.join("=")];
  });
  const { callOnce } = await import("./policy-call.ts");
  const { trace, answer } = await callOnce({ xml, format, scope, sku }, headers, body);
  line("✓", "deployed to a local API Management and called: POST /trial");
  console.log(`\n${trace}\n\n${answer}`);
});
