/**
 * What the real Pulumi makes of a stack's file: `pulumi config --json`, with a home, a backend and a project of its own.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { REPOSITORY } from "../../cli/folders.ts";

export interface PulumiConfig {
  /** Folder of Pulumi.yaml, for who reads the same file. */
  directory: string;
  /** Writes Pulumi.team.yaml; by full key, the text that the program gets. Its words in one line where Pulumi refuses the file. */
  read(text: string | Uint8Array): Promise<{ config: Record<string, string> } | { refused: string }>;
  remove(): void;
}

const run = promisify(execFile);

export async function pulumiConfig(): Promise<PulumiConfig> {
  const directory = mkdtempSync(join(tmpdir(), "config-"));
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, "node_modules", "pulumi", "package.json"), "utf8"));
  const pulumi = join(REPOSITORY, ".setup", "pulumi", "versions", version, "bin", "pulumi");
  const backend = join(directory, "state");
  mkdirSync(backend);
  writeFileSync(join(directory, "Pulumi.yaml"), "name: aoai\nruntime: nodejs\n");
  const file = join(directory, "Pulumi.team.yaml");
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    TZ: "UTC",
    PULUMI_HOME: join(directory, "home"),
    PULUMI_BACKEND_URL: pathToFileURL(backend).href,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  await run(pulumi, ["stack", "init", "team", "--non-interactive"], { cwd: directory, env });
  return {
    directory,
    async read(text) {
      writeFileSync(file, text);
      try {
        const { stdout } = await run(pulumi, ["config", "--json", "--stack", "team"], {
          cwd: directory,
          env,
          maxBuffer: 64 * 1024 * 1024,
        });
        const settings = Object.entries(JSON.parse(stdout) as Record<string, { value: string }>);
        return { config: Object.fromEntries(settings.map(([key, { value }]) => [key, value])) };
      } catch (error) {
        return { refused: String((error as { stderr?: string }).stderr ?? error).replace(/\s+/g, " ") };
      }
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
