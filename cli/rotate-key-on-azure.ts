/**
 * Keys on the real subscription: the user's own `az` replaces them, because Pulumi has no such action, and the user's own Pulumi reads them again.
 */
import type { CommandResult, Deployment } from "../sandbox/engine/pulumi.ts";
import { REPOSITORY } from "./folders.ts";
import { type Listening, noPulumi, ownProgram, runProgram } from "./own-pulumi.ts";
import type { KeyHolder } from "./rotate-key.ts";
import { readStackFile } from "./stack-file.ts";

/** Of API Management, as azure-native has it (infra/azure.ts). */
const API_VERSION = "2024-05-01";
const RESOURCE_MANAGER = "https://management.azure.com";

const address = (id: string, action: string) => `${RESOURCE_MANAGER}${id}/${action}?api-version=${API_VERSION}`;

export function azureKeyHolder({
  stack,
  project = REPOSITORY,
  environment = process.env,
}: {
  stack: string;
  /** Folder of Pulumi.yaml and the stack file. */
  project?: string;
  environment?: NodeJS.ProcessEnv;
}): KeyHolder {
  const instead = "or leave out --azure to replace the key on the local Azure";
  const run = async (name: string, args: readonly string[], how: Listening = "silent"): Promise<CommandResult> => {
    const file = ownProgram(name, environment);
    if (file) return runProgram(file, args, { cwd: project, env: environment }, how);
    if (name === "pulumi") throw noPulumi(instead);
    throw new Error(`There is no \`az\` on the PATH: install the Azure CLI (https://aka.ms/azure-cli), ${instead}.`);
  };
  /** What must not fail. */
  const ask = async (what: string, name: string, args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(name, args);
    if (code === 0) return stdout;
    throw new Error(`${what}: ${(stderr.trim() || stdout.trim()).replace(/^(error|ERROR): /, "")}`);
  };
  return {
    stack,
    deployCommand: `pulumi up -s ${stack}`,
    readCommand: (key, id) =>
      id === undefined
        ? `pulumi stack output ${key === "primary" ? "keys" : "secondaryKeys"} --json --show-secrets -s ${stack}`
        : `az rest --method post --url "${address(id, "listSecrets")}" --query ${key}Key --output tsv`,
    async state() {
      // Of a missing or faulty file, before anything is asked of anybody.
      readStackFile(project, stack);
      const exported = await ask(`pulumi could not read stack ${stack}`, "pulumi", [
        "stack",
        "export",
        "--stack",
        stack,
        "--non-interactive",
      ]);
      return (JSON.parse(exported) as { deployment?: Deployment }).deployment ?? {};
    },
    async post(id, action) {
      const answered = await ask("az could not do it; nothing has changed", "az", [
        "rest",
        "--method",
        "post",
        "--url",
        address(id, action),
      ]);
      return answered.trim() === "" ? {} : (JSON.parse(answered) as Record<string, unknown>);
    },
    async hasChanges() {
      const previewed = await ask("pulumi preview", "pulumi", ["preview", "--stack", stack, "--json", "--non-interactive"]);
      const { changeSummary = {} } = JSON.parse(previewed) as { changeSummary?: Record<string, number> };
      return Object.keys(changeSummary).some((kind) => kind !== "same");
    },
    deploy: () =>
      ask("pulumi up", "pulumi", ["up", "--stack", stack, "--yes", "--skip-preview", "--non-interactive", "--suppress-outputs"]),
  };
}
