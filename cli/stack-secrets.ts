/**
 * Secrets of a stack, through the user's own Pulumi.
 */
import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { noPulumi, ownFolders } from "./own-pulumi.ts";

/**
 * Stores one encrypted setting. Its value goes through a pipe: a command line can be read by every process of the machine.
 * @param project  folder of Pulumi.yaml
 * @throws         Error, without the value, when there is no Pulumi or it refuses
 */
export async function setSecret(project: string, stack: string, key: string, value: string): Promise<void> {
  const child = spawn("pulumi", ["config", "set", "--secret", key, "--stack", stack, "--non-interactive"], {
    cwd: project,
    env: { ...process.env, PATH: ownFolders(process.env.PATH).join(delimiter) },
    stdio: ["pipe", "ignore", "pipe"],
  });
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
