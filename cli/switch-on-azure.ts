/**
 * The updates of a switch on the real subscription, by the user's own Pulumi. An update on the way runs with a copy of the stack file; the file
 * itself changes with the last one, in its topology alone: a switch that is stopped leaves nothing in it to take back.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Deployment, PulumiError } from "../sandbox/engine/pulumi.ts";
import { planStack } from "../stacks/plan.ts";
import { type SwitchStep, settingsOf } from "../stacks/switch.ts";
import { REPOSITORY } from "./folders.ts";
import { locksOnAzure } from "./locks-on-azure.ts";
import { type Listening, noPulumi, ownProgram, runProgram } from "./own-pulumi.ts";
import { readStackFile } from "./stack-file.ts";
import { editedStackFile, editStackFile, withSetting } from "./stack-file-edit.ts";
import { stackOf } from "./stack-name.ts";
import type { SwitchEngine } from "./switch.ts";

export interface AzureOptions {
  stack: string;
  /** Updates run without a question, and what Azure keeps in use is tried again. */
  yes: boolean;
  /** Folder of Pulumi.yaml and the stack file. */
  project?: string;
  environment?: NodeJS.ProcessEnv;
  /** What updates without a question say; default: to the terminal. */
  onOutput?(text: string): void;
}

export function azureEngine({
  stack,
  yes,
  project = REPOSITORY,
  environment = process.env,
  onOutput = (text) => process.stdout.write(text),
}: AzureOptions): SwitchEngine {
  const file = join(project, `Pulumi.${stackOf(stack)}.yaml`);
  const pulumi = (args: readonly string[], how: Listening) =>
    runProgram(program(environment), args, { cwd: project, env: environment }, how, onOutput);
  /** What must not fail. */
  const ask = async (what: string, args: readonly string[]): Promise<string> => {
    const result = await pulumi([...args, "--non-interactive"], "silent");
    if (result.code === 0) return result.stdout;
    const said = (result.stderr.trim() || result.stdout.trim()).replace(/^error: /, "");
    if (/no stack named|not found/i.test(said))
      throw new Error(`Pulumi knows no stack ${stack}: deploy it first, \`pulumi up -s ${stack}\`. (${said})`);
    throw new Error(`${what}: ${said}`);
  };
  let standing: Deployment | undefined;
  return {
    stack,
    deployCommand: `pulumi up -s ${stack}`,
    async state() {
      // Of a missing or faulty file, before anything is asked of anybody.
      readStackFile(project, stack);
      await ask("pulumi is not logged in. Run `pulumi login` first", ["whoami"]);
      const exported = await ask(`pulumi could not read stack ${stack}`, ["stack", "export", "--stack", stack]);
      const isFirst = standing === undefined;
      standing = (JSON.parse(exported) as { deployment?: Deployment }).deployment ?? {};
      // Pulumi's preview, which comes before each update, refuses what is protected; of locks it knows nothing.
      const locks = isFirst ? await locksOnAzure(standing, { cwd: project, env: environment }) : undefined;
      if (locks) onOutput(`\n${locks}\n`);
      return standing;
    },
    plan(step) {
      const source = readStackFile(project, stack);
      // Where the last update could not write into the file, the first one does not begin.
      editedStackFile(file, edit(settings(step, source.values)), byHand(step));
      return planStack({ ...source, values: { ...source.values, ...settingsOf(step, source.values) } });
    },
    statusOf: (host) =>
      fetch(`https://${host}/openai/`, { signal: AbortSignal.timeout(10_000) }).then(
        ({ status }) => status,
        () => undefined,
      ),
    async up(step, isLast) {
      // Pulumi writes the files that it is given anew: it gets a copy, and the stack's own is edited in its one line.
      const folder = mkdtempSync(join(tmpdir(), "switch-"));
      try {
        const used = join(folder, `Pulumi.${stackOf(stack)}.yaml`);
        const { values } = readStackFile(project, stack);
        const { topology: says = "public-apim" } = values;
        if (isLast && says !== step.topology)
          editStackFile(file, edit(settings({ topology: step.topology }, values)), byHand(step));
        const given = isLast ? readFileSync(file) : editedStackFile(file, edit(settings(step, values)), byHand(step));
        writeFileSync(used, given, { mode: 0o600 });
        const config = ["--config-file", used, "--stack", stack];
        const flags = yes ? ["--yes", "--non-interactive"] : [];
        const result = await pulumi(["up", ...config, ...flags], yes ? "shown" : "interactive");
        if (result.code === 0) return undefined;
        if (yes) throw new PulumiError("up", [], result);
        throw new Error(
          `pulumi up ended with ${result.code}. Run the same command again to go on from where stack ${stack} stands. ` +
            "Where Azure says that something is in use, wait a few minutes: callers are served meanwhile.",
        );
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

const TOPOLOGY = "aoai:topology";

const byHand = ({ topology }: SwitchStep) => `"${TOPOLOGY}: ${topology}"`;

const edit = (wanted: Record<string, string | object>) => (text: string) =>
  Object.entries(wanted).reduce((edited, [key, value]) => withSetting(edited, key, value), text);

/** What an update sets, by full keys. */
const settings = (step: Omit<SwitchStep, "why">, values: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(settingsOf(step, values)).map(([key, value]) => [`aoai:${key}`, value as string | object] as const),
  );

/** The user's own Pulumi. */
function program(environment: NodeJS.ProcessEnv): string {
  const found = ownProgram("pulumi", environment);
  if (!found) throw noPulumi("or leave out --azure to switch the stack on the local Azure");
  return found;
}
