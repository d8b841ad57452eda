/**
 * Secrets of a stack, through the user's own Pulumi.
 */
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { noPulumi, ownFolders } from "./own-pulumi.ts";
import { editStackFile, withRoot, withSetting } from "./stack-file-edit.ts";
import { stackOf } from "./stack-name.ts";

/** What Pulumi adds beside `config` when it encrypts: salt, or the key of a vault. */
const KEYS_OF_SECRETS = ["secretsprovider", "encryptedkey", "encryptionsalt"];

interface Encrypted {
  config?: Record<string, { secure?: unknown } | undefined>;
  [root: string]: unknown;
}

/**
 * Stores one encrypted setting, and leaves the rest of the stack's file as it is: Pulumi encrypts into a copy, for it writes the whole file anew. Its value goes through a pipe: a command line can be read by every process of the machine.
 * @param project  folder of Pulumi.yaml
 * @throws         Error, without the value, when there is no Pulumi or it refuses
 */
export async function setSecret(project: string, stack: string, key: string, value: string): Promise<void> {
  const name = `Pulumi.${stackOf(stack)}.yaml`;
  const file = join(project, name);
  const folder = mkdtempSync(join(tmpdir(), "secret-"));
  try {
    const copy = join(folder, name);
    if (existsSync(file)) copyFileSync(file, copy);
    await encryptInto(copy, project, stack, key, value);
    const { config, ...root } = parse(readFileSync(copy, "utf8")) as Encrypted;
    const secure = config?.[key]?.secure;
    if (typeof secure !== "string") throw new Error(`pulumi stored no ${key} for stack ${stack}: its configuration has none.`);
    if (!existsSync(file)) writeFileSync(file, "");
    const roots = KEYS_OF_SECRETS.flatMap((one) => (typeof root[one] === "string" ? [[one, root[one]] as const] : []));
    const edit = (text: string) =>
      withSetting(
        roots.reduce((edited, [one, of]) => withRoot(edited, one, of), text),
        key,
        { secure },
      );
    editStackFile(file, edit, key);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error, without the value, when there is no Pulumi or it refuses */
async function encryptInto(copy: string, project: string, stack: string, key: string, value: string): Promise<void> {
  const child = spawn(
    "pulumi",
    ["config", "set", "--secret", key, "--config-file", copy, "--stack", stack, "--non-interactive"],
    {
      cwd: project,
      env: { ...process.env, PATH: ownFolders(process.env.PATH).join(delimiter) },
      stdio: ["pipe", "ignore", "pipe"],
    },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  // A program that ends before it has read everything says why by itself.
  child.stdin.on("error", () => {});
  child.stdin.end(value);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? noPulumi("or write the certificate to a file with --out FILE") : error),
    );
    child.on("close", resolve);
  });
  if (code === 0) return;
  const hint = /no stack named/i.test(said) ? ` Make it first: pulumi stack init ${stack}` : "";
  throw new Error(`pulumi could not store ${key} for stack ${stack}: ${said.trim() || `exit code ${code}`}.${hint}`);
}
