/** `npm run policies`: every policy document of a stack as it would be deployed, one file per scope, and the named values that they refer to. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Option } from "@commander-js/extra-typings";
import { namedValuesFile, policyDocuments } from "../policies/index.ts";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { planStack } from "../stacks/plan.ts";
import { Command } from "./command.ts";
import { directoryOf, REPOSITORY, shownPath } from "./folders.ts";
import { readStackFile } from "./stack-file.ts";
import { runCommand } from "./text.ts";

const { stack, topology, out } = new Command("npm run policies --")
  .description("Write every policy document of a stack as it would be deployed, one file per scope, and its named values.")
  .option("-s, --stack <name>", "stack: the middle of Pulumi.<stack>.yaml", "dev")
  .addOption(new Option("-t, --topology <name>", "instead of the stack's own topology").choices(TOPOLOGIES))
  .option(
    "-o, --out <directory>",
    "write the documents there, - prints them; default: .sandbox/<stack>/policies/<topology>, emptied before",
  )
  .showHelpAfterError()
  .parse()
  .opts();

await runCommand(() => {
  const source = readStackFile(REPOSITORY, stack);
  const plan = planStack({ ...source, values: { ...source.values, ...(topology && { topology }) } });
  const documents = policyDocuments(plan);
  const values = namedValuesFile(plan);
  if (out === "-") {
    for (const { scope, id, file, xml } of documents) console.log(`<!-- ${file}: ${scope}${id ? ` ${id}` : ""} -->\n${xml}`);
    console.log(`<!-- ${values.file}\n${values.text}-->`);
    return;
  }
  const own = join(directoryOf(stack), "policies", plan.topology);
  // What a consumer had that is no more would look as if it were deployed.
  if (out === undefined) rmSync(own, { recursive: true, force: true });
  const folder = out ?? own;
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of [...documents.map(({ file, xml }) => ({ file, text: xml })), values]) {
    writeFileSync(join(folder, file), text);
    console.log(`${shownPath(join(folder, file))}  ${Buffer.byteLength(text)} bytes`);
  }
});
