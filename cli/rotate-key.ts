/**
 * `npm run rotate-key`: replaces one of a consumer's two keys. Callers on the other one notice nothing.
 */
import { Option } from "@commander-js/extra-typings";
import type { Deployment } from "../sandbox/engine/pulumi.ts";
import { Command } from "./command.ts";
import { openLocal } from "./local.ts";
import { azureKeyHolder } from "./rotate-key-on-azure.ts";
import { isStarted, runCommand } from "./text.ts";

export const KEYS = ["primary", "secondary"] as const;
export type KeyName = (typeof KEYS)[number];

/** Where the stack's gateway stands, and Pulumi's state of it. */
export interface KeyHolder {
  stack: string;
  /** What a person runs to deploy the stack. */
  deployCommand: string;
  /** What a person runs to read a key. @param id  ARM id of the subscription, to ask Azure itself, where the outputs are behind */
  readCommand(key: KeyName, id?: string): string;
  state(): Promise<Deployment>;
  /** Sends one of ARM's POST actions to a subscription of API Management. @param id  ARM id */
  post(id: string, action: string): Promise<Record<string, unknown>>;
  /**
   * Would a deployment change more than the outputs? Only where it would not, the stack is deployed to read its keys again. (Of a part of it, `--target`,
   * Pulumi 3.259 can make a state that it refuses to read, when the program has other resources than before.)
   */
  hasChanges(): Promise<boolean>;
  /** Deploys, which reads the keys into the outputs of the stack. */
  deploy(): Promise<unknown>;
}

export interface Rotated {
  /** ARM id of the subscription. */
  id: string;
  /** Why the outputs of the stack still have the old key. */
  outputsBehind?: string;
}

/**
 * Makes one key new. The old one opens nothing from that moment; the other key is left as it is.
 * @param consumer  its name in the configuration
 * @throws          Error that says what to do: no such stack or consumer, no right to do it
 */
export async function rotateKey(holder: KeyHolder, consumer: string, key: KeyName): Promise<Rotated> {
  const { resources = [] } = await holder.state();
  const subscriptions = resources.filter(
    ({ type, delete: dying }) => type === "azure-native:apimanagement:Subscription" && !dying,
  );
  if (subscriptions.length === 0)
    throw new Error(`stack ${holder.stack} is not deployed, or has no consumers: ${holder.deployCommand}`);
  const nameOf = ({ inputs }: (typeof subscriptions)[number]) => String(inputs?.displayName);
  const found = subscriptions.find((subscription) => nameOf(subscription) === consumer);
  if (!found?.id)
    throw new Error(
      `stack ${holder.stack} has no consumer "${consumer}". It has ${subscriptions.map(nameOf).sort().join(", ")}.`,
    );
  await holder.post(found.id, key === "primary" ? "regeneratePrimaryKey" : "regenerateSecondaryKey");
  const { id } = found;
  try {
    if (await holder.hasChanges()) return { id, outputsBehind: "it has changes that are not deployed yet" };
    await holder.deploy();
    return { id };
  } catch (error) {
    // The key is new all the same: to say that this failed would lead to a second new one.
    return { id, outputsBehind: error instanceof Error ? error.message : String(error) };
  }
}

const OTHER: Record<KeyName, KeyName> = { primary: "secondary", secondary: "primary" };

const command = new Command("npm run rotate-key --")
  .description(
    "Replace one of a consumer's two keys; callers on the other one notice nothing. Without a gap: replace the key that nobody uses, give it to the callers, and when all have it, replace the other one.",
  )
  .option("-s, --stack <name>", "stack", "dev")
  .requiredOption("-c, --consumer <name>", "consumer, as the configuration names it")
  .addOption(
    new Option("-k, --key <which>", "the key to replace: it opens nothing from then on").choices(KEYS).makeOptionMandatory(),
  )
  .option("--azure", "on the real subscription, with your own az and pulumi and their logins, instead of the local Azure")
  .showHelpAfterError();

async function main(): Promise<void> {
  const { stack, consumer, key, azure } = command.parse().opts();
  const tell = (holder: KeyHolder, { id, outputsBehind }: Rotated) => {
    console.log(
      `The ${key} key of ${consumer} is new: calls with the old one are answered with 401 from now on, calls with the ${OTHER[key]} key as before.`,
    );
    if (outputsBehind === undefined) console.log(`Read it: ${holder.readCommand(key)}`);
    else {
      console.log(
        `The outputs of stack ${stack} still have the old one: ${outputsBehind}. Read the new one: ${holder.readCommand(key, id)}\n` +
          `The next deployment brings it into the outputs: ${holder.deployCommand}`,
      );
      process.exitCode = 1;
    }
  };
  if (azure) {
    const holder = azureKeyHolder({ stack });
    return tell(holder, await rotateKey(holder, consumer, key));
  }
  // A `serve` may go on meanwhile: it takes the new key at once.
  const local = await openLocal({ stack, besideServe: true });
  try {
    const holder = localKeyHolder(local);
    tell(holder, await rotateKey(holder, consumer, key));
  } finally {
    await local.close();
  }
}

export const localKeyHolder = ({
  plan: { stack },
  workspace,
  sandbox,
}: Pick<Awaited<ReturnType<typeof openLocal>>, "plan" | "workspace" | "sandbox">): KeyHolder => ({
  stack,
  deployCommand: `npm run sandbox -- up --stack ${stack}`,
  readCommand: () => `npm run -s sandbox -- status --stack ${stack} --json`,
  state: async () => (await workspace.export()).deployment,
  post: async (id, action) => sandbox.post(id, action),
  async hasChanges() {
    const { changes } = await workspace.preview();
    return Object.keys(changes).some((kind) => kind !== "same");
  },
  deploy: () => workspace.up(),
});

if (isStarted(import.meta.filename)) await runCommand(main);
