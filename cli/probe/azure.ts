/**
 * The probe on a real subscription, by the person's own `pulumi` and `az`. Pulumi's record of the stack lies in a folder of its own, so that no
 * backend of anybody is used; what takes the probe down needs the names alone, and no record.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { writeProject, writeStackConfig } from "../../sandbox/engine/project.ts";
import { REPOSITORY } from "../folders.ts";
import { occupy } from "../occupancy.ts";
import { type Listening, noPulumi, ownProgram, runProgram } from "../own-pulumi.ts";
import type { Ground } from "./ground.ts";
import { PROJECT, recordIn } from "./local.ts";
import { type Names, wantedStack } from "./wanted.ts";

const STACK = "probe";
const TRIES = 10;

export interface AzureGroundOptions {
  /** Folder of the probe's record. */
  directory?: string;
  environment?: NodeJS.ProcessEnv;
  /** What `pulumi up` says. */
  onOutput?(text: string): void;
  /** Between two tries of what Azure refuses for the moment. */
  pauseSeconds?: number;
}

export interface AzureGround extends Ground {
  /** Name of the subscription that the probe would use, for the person to see. */
  subscription: string;
}

export async function azureGround({
  directory = join(REPOSITORY, ".probe"),
  environment = process.env,
  onOutput = () => {},
  pauseSeconds = 60,
}: AzureGroundOptions = {}): Promise<AzureGround> {
  const instead = "or leave out --azure to try the probe on the local Azure";
  const found = (name: "pulumi" | "az") => {
    const file = ownProgram(name, environment);
    if (file) return file;
    if (name === "pulumi") throw noPulumi(instead);
    throw new Error(`There is no \`az\` on the PATH: install the Azure CLI (https://aka.ms/azure-cli), ${instead}.`);
  };
  const [pulumiFile, azFile] = [found("pulumi"), found("az")];
  const az = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(azFile, args, { cwd: REPOSITORY, env: environment }, "silent");
    if (code !== 0)
      throw new Error(`az ${args.slice(0, 3).join(" ")}: ${(stderr.trim() || stdout.trim()).replace(/^ERROR: /, "")}`);
    return stdout.trim();
  };
  const account = JSON.parse(await az(["account", "show", "--output", "json"])) as { id: string; name: string };
  const occupancy = occupy(directory, "of the probe", "`npm run probe -- --azure`");
  const record = recordIn(directory);
  const work = join(directory, "pulumi");
  /** Where the run stands that has to be taken down: the person may have changed the subscription since. */
  const subscriptionFile = join(directory, "subscription");
  const subscriptionId = () => (existsSync(subscriptionFile) ? readFileSync(subscriptionFile, "utf8").trim() : account.id);

  const pulumi = (args: readonly string[], how: Listening) => {
    const env = {
      ...environment,
      ARM_SUBSCRIPTION_ID: subscriptionId(),
      PULUMI_BACKEND_URL: pathToFileURL(join(work, "state")).href,
      // The record holds the key to a gateway that is gone within the hour, in a folder that only its owner reads.
      PULUMI_CONFIG_PASSPHRASE: STACK,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    return runProgram(pulumiFile, [...args, "--non-interactive"], { cwd: work, env }, how, onOutput);
  };
  const must = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await pulumi(args, "silent");
    if (code !== 0) throw new Error(`pulumi ${args.slice(0, 2).join(" ")}: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  };

  return {
    target: "azure",
    subscription: account.name,
    clock: { now: () => Date.now(), wait: (ms, signal) => wait(ms, undefined, { signal }) },
    leftOver: record.leftOver,
    remember(names) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileSync(subscriptionFile, account.id, { mode: 0o600 });
      record.remember(names);
    },
    async deploy(names) {
      rmSync(work, { recursive: true, force: true });
      mkdirSync(join(work, "state"), { recursive: true, mode: 0o700 });
      writeProject(PROJECT, work);
      await must(["stack", "init", STACK]);
      const config = { "aoai-probe:wanted": wantedStack(names) };
      writeStackConfig(work, STACK, config, undefined, undefined);
      // An experiment that Azure refuses is a question without an answer, and no reason to ask nothing.
      const args = ["up", "--stack", STACK, "--yes", "--skip-preview", "--continue-on-error", "--suppress-outputs"];
      const { code, stdout, stderr } = await pulumi(args, "shown");
      const outputs = JSON.parse(await must(["stack", "output", "--stack", STACK, "--json", "--show-secrets"])) as {
        gatewayUrl?: string;
        key?: string;
      };
      if (!outputs.gatewayUrl || !outputs.key) throw new Error(`pulumi up ended with ${code}: ${stderr.trim() || stdout.trim()}`);
      return { url: outputs.gatewayUrl, key: outputs.key };
    },
    async takeDown(names) {
      for (let tried = 1; ; tried++) {
        try {
          await deleteAndPurge(az, names, subscriptionId());
          break;
        } catch (error) {
          // What is still being made or deleted is refused for the moment.
          if (tried >= TRIES) throw error;
          await wait(pauseSeconds * 1000);
        }
      }
      rmSync(work, { recursive: true, force: true });
      record.forget();
      rmSync(subscriptionFile, { force: true });
    },
    async close() {
      occupancy.release();
    },
  };
}

/** The group with all that is in it, and the two names that Azure keeps for people who change their mind. */
async function deleteAndPurge(
  az: (args: readonly string[]) => Promise<string>,
  { group, gateway, account, location }: Names,
  id: string,
): Promise<void> {
  const here = ["--subscription", id];
  const isThere = async () => (await az(["group", "exists", "--name", group, ...here])) === "true";
  if (await isThere()) await az(["group", "delete", "--name", group, "--yes", ...here]);
  const kept: [list: string[], name: string, purge: string[]][] = [
    [
      ["apim", "deletedservice", "list"],
      gateway,
      ["apim", "deletedservice", "purge", "--service-name", gateway, "--location", location],
    ],
    [
      ["cognitiveservices", "account", "list-deleted"],
      account,
      ["cognitiveservices", "account", "purge", "--name", account, "--resource-group", group, "--location", location],
    ],
  ];
  for (const [list, name, purge] of kept) {
    const isKept = async () =>
      (await az([...list, "--query", `[?name=='${name}'].name`, "--output", "tsv", ...here])).includes(name);
    if (await isKept()) await az([...purge, ...here]);
    if (await isKept()) throw new Error(`${name} is still kept after its purge`);
  }
  if (await isThere()) throw new Error(`${group} is still there`);
}
