/**
 * The person's own command lines, with their own logins: `pulumi`, and `az` for what Pulumi does not do.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { CommandResult } from "../sandbox/engine/pulumi.ts";

/** Folders of a PATH in which the user's own Pulumi may be, with the user's own login: not the launcher among this project's packages. */
export const ownFolders = (path = "") =>
  path.split(delimiter).filter((folder) => folder !== "" && !/node_modules[\\/]\.bin[\\/]?$/.test(folder));

/** What to tell who has none. @param instead  what else would do: `or ...` */
export const noPulumi = (instead: string) =>
  new Error(
    `There is no \`pulumi\` on the PATH: install Pulumi's command line (https://www.pulumi.com/docs/install), ${instead}.`,
  );

/** Path of a program of the person's own; undefined: there is none. */
export function ownProgram(name: string, { PATH }: NodeJS.ProcessEnv): string | undefined {
  const file = process.platform === "win32" ? `${name}.exe` : name;
  return ownFolders(PATH)
    .map((folder) => join(folder, file))
    .find(existsSync);
}

/** What becomes of a command's output: collected, collected and shown, or the person's own terminal, with the questions. */
export type Listening = "silent" | "shown" | "interactive";

/** Runs a program to its end. Does not throw when it fails. */
export function runProgram(
  file: string,
  args: readonly string[],
  where: { cwd: string; env: NodeJS.ProcessEnv },
  how: Listening,
  onOutput: (text: string) => void = () => {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...where, stdio: how === "interactive" ? "inherit" : ["ignore", "pipe", "pipe"] });
    const collected = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream]?.setEncoding("utf8").on("data", (text: string) => {
        collected[stream] += text;
        if (how === "shown") onOutput(text);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, ...collected }));
  });
}
