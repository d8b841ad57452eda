/**
 * A project folder of its own for each workspace: the engine writes into the folder it runs in, and committed files must stay as they are.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { readBytes } from "../files.ts";
import { encrypted, newEncryptionSalt } from "./secrets.ts";

export type ConfigValue = string | number | boolean | object;

interface ProjectFile {
  name: string;
  main?: string;
  backend?: unknown;
  stackConfigDir?: unknown;
  [other: string]: unknown;
}

interface StackFile {
  config?: Record<string, ConfigValue>;
  encryptionsalt?: string;
  [other: string]: unknown;
}

export function projectName(repository: string): string {
  return readYaml<ProjectFile>(join(repository, "Pulumi.yaml")).name;
}

/** The repository's project, told to run the repository's own program from here. */
export function writeProject(repository: string, directory: string): void {
  const { main = ".", backend: _, stackConfigDir: __, ...project } = readYaml<ProjectFile>(join(repository, "Pulumi.yaml"));
  mkdirSync(directory, { recursive: true });
  writeYaml(join(directory, "Pulumi.yaml"), { ...project, main: resolve(repository, main) });
}

/**
 * The stack's configuration.
 * `salt` is what an earlier run encrypted its secrets with; the one already in the folder goes first. `secrets` are written encrypted.
 */
export function writeStackConfig(
  directory: string,
  stack: string,
  config: Record<string, ConfigValue>,
  salt: string | undefined,
  secrets: Readonly<Record<string, string>> = {},
): void {
  const file = join(directory, `Pulumi.${stack}.yaml`);
  // The file is made anew; a damaged one has nothing that the state has not.
  const known = saltIn(file) ?? salt;
  const encryptionsalt = known ?? (Object.keys(secrets).length > 0 ? newEncryptionSalt() : undefined);
  const secure = Object.entries(secrets).map(([key, text]) => [key, { secure: encrypted(text, encryptionsalt ?? "") }]);
  writeYaml(file, {
    ...(encryptionsalt && { encryptionsalt }),
    config: { ...config, ...Object.fromEntries(secure) },
  });
}

function saltIn(file: string): string | undefined {
  try {
    const { encryptionsalt } = readYaml<StackFile>(file);
    return typeof encryptionsalt === "string" && /^v1:[^:]+:v1:[^:]+:[^:]+$/.test(encryptionsalt) ? encryptionsalt : undefined;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // Errors of the YAML reader have codes too, and no call of the system.
    if (syscall !== undefined && code !== "ENOENT") throw error;
    return undefined;
  }
}

const readYaml = <T>(file: string) => (parse(readBytes(file).toString("utf8")) ?? {}) as T;

/** All text in quotes: a bare 2025-12-11 would be a point in time to the engine's own YAML reader. */
function writeYaml(file: string, content: object): void {
  writeFileSync(
    `${file}.tmp`,
    stringify(content, { defaultStringType: "QUOTE_DOUBLE", lineWidth: 0, aliasDuplicateObjects: false }),
  );
  // A full disk or a kill leaves the old one.
  renameSync(`${file}.tmp`, file);
}
