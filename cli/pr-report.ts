/**
 * `npm run pr-report`: what this working tree changes in a stack, from a real preview, as the text of a pull request comment.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { StoreError } from "../sandbox/arm/store-file.ts";
import { PlanError, sentence } from "../stacks/plan.ts";
import { Command } from "./command.ts";
import { REPOSITORY } from "./folders.ts";
import { openLocal } from "./local.ts";
import { deployBase, equip, keptBase, plannedWarnings } from "./pr-report/base.ts";
import { comment } from "./pr-report/comment.ts";
import { type BaseCopy, copyOf, resolveCommit } from "./pr-report/commit.ts";
import { PREVIEW_FLAGS, readPreview } from "./pr-report/preview.ts";
import { refusal, reportOf, type StackReport } from "./pr-report/report.ts";
import { stackOf } from "./stack-name.ts";
import { runCommand } from "./text.ts";

const command = new Command("npm run pr-report --")
  .description(
    "Print what this working tree changes in a stack, as a pull request comment: the base is deployed onto a temporary local Azure, and the change is previewed on it. Exit code 1 when the change cannot be deployed.",
  )
  .requiredOption("-s, --stack <name>", "stack; may be given several times", (name: string, before: string[] | undefined) => [
    ...(before ?? []),
    stackOf(name),
  ])
  .requiredOption("-b, --base <ref>", "commit to compare with, for example origin/main")
  .option(
    "-p, --preview <file>",
    `instead of the local Azure: what \`pulumi preview ${PREVIEW_FLAGS.join(" ")}\` printed for this stack`,
  )
  .option("-k, --keep <directory>", "keep the base's deployment there, and take it from there the next time")
  .option("-o, --out <file>", "write the comment there")
  .option("--json", "print the report as JSON")
  .showHelpAfterError();

interface Options {
  stack: string[];
  base: string;
  preview?: string;
  keep?: string;
  out?: string;
  json?: true;
}

async function main(): Promise<void> {
  const options: Options = command.parse().opts();
  const { stack: stacks, preview, out, json } = options;
  if (preview !== undefined && stacks.length > 1) throw new Error("--preview is of one stack: name that one alone with --stack.");
  const commit = await resolveCommit(REPOSITORY, options.base);
  const copy = await copyOf(REPOSITORY, commit);
  // Ended from outside, it leaves nothing behind either.
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      copy.remove();
      process.exit(code);
    });
  }
  try {
    const cannotRun = await equip(REPOSITORY, copy, say);
    const reports: StackReport[] = [];
    for (const stack of new Set(stacks)) {
      reports.push(
        preview === undefined
          ? await onLocalAzure(stack, copy, cannotRun, options)
          : await onAzure(stack, copy, cannotRun, preview),
      );
    }
    const text = comment(reports, commit);
    if (out) writeFileSync(out, text);
    if (json) console.log(JSON.stringify({ base: commit, reports }, null, 2));
    else if (!out) process.stdout.write(text);
    if (reports.some(({ outcome }) => outcome === "refused")) process.exitCode = 1;
  } finally {
    copy.remove();
  }
}

/** Standard output is the comment's. */
const say = (text: string) => void process.stderr.write(`${text}\n`);

async function onLocalAzure(
  stack: string,
  copy: BaseCopy,
  cannotRun: string | undefined,
  { keep }: Options,
): Promise<StackReport> {
  const azure = join(copy.folder, "azure");
  const against = "local";
  const faults = await faultsOfChange(stack, copy);
  if (faults) return refusal({ stack, against, base: { state: "unneeded", warnings: [] } }, faults);
  say(`${stack}: deploying ${copy.commit.ref} onto a local Azure`);
  const deploy = { stack, copy, azure, cannotRun, say: () => undefined };
  let base = await (keep === undefined ? deployBase(deploy) : keptBase(deploy, resolve(keep)));
  say(`${stack}: previewing the working tree on it`);
  const open = () => openLocal({ stack, directory: join(azure, stack), doing: "`pr-report`" });
  const local = await open().catch((error) => {
    if (!(error instanceof StoreError)) throw error;
    // The change is one of the local Azure itself.
    rmSync(join(azure, stack), { recursive: true });
    base = { state: "failed", note: "the local Azure of this change cannot read what that of the base wrote", warnings: [] };
    return open();
  });
  try {
    const flags = ["--non-interactive", "--color=never", "--skip-plugin-pre-install"];
    const { code, stdout, stderr } = await local.workspace.pulumi(["preview", ...PREVIEW_FLAGS, ...flags]);
    if (stdout.trim() === "") throw new Error(`pulumi preview ended with ${code} and said nothing but:\n${stderr.trim()}`);
    return reportOf({ stack, against, base }, readPreview(stdout, "the engine's answer"));
  } finally {
    await local.close();
  }
}

/** What is wrong with the working tree's configuration: such a change needs no base to be refused. */
async function faultsOfChange(stack: string, { files, folder }: BaseCopy): Promise<readonly string[] | undefined> {
  const file = `Pulumi.${stack}.yaml`;
  if (!existsSync(join(REPOSITORY, file)) && existsSync(join(files, file))) {
    return [
      `This change removes ${file}. What the stack deployed stays on Azure, and costs, until \`pulumi destroy -s ${stack}\` is run with the file still there.`,
    ];
  }
  const directory = join(folder, "check", stack);
  try {
    await (await openLocal({ stack, directory, doing: "`pr-report`" })).close();
    return undefined;
  } catch (error) {
    if (error instanceof PlanError) return error.faults.map(sentence);
    // A stack that nobody has is a slip of the keyboard; all else is what the local Azure says to people about this change.
    if (error instanceof Error && existsSync(join(REPOSITORY, file)) && /^(PolicyError|StackFileError|Error)$/.test(error.name))
      return [error.message];
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function onAzure(stack: string, copy: BaseCopy, cannotRun: string | undefined, file: string): Promise<StackReport> {
  const base = await plannedWarnings(copy, stack, cannotRun);
  return reportOf({ stack, against: "azure", base }, readPreview(readFileSync(file, "utf8"), file));
}

await runCommand(main);
