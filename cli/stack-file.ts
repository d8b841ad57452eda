import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { NAMESPACE, SECRET_KEYS, SECRET_PLACEHOLDER, type StackSource } from "../stacks/config.ts";
import { listed } from "../stacks/nearest.ts";

/** What is wrong with a stack's file as a file; what is wrong with its settings is a PlanError. */
export class StackFileError extends Error {
  override readonly name = "StackFileError";
}

/**
 * Reads `Pulumi.<stack>.yaml` without Pulumi.
 * @param repository  folder of Pulumi.yaml
 * @returns           the `aoai:` settings, secrets as SECRET_PLACEHOLDER; today is the wall clock's day, in UTC, unless they carry `asOf`
 * @throws            StackFileError: no such stack, not YAML, or a setting that only Pulumi could decrypt and the plan needs
 */
export function readStackFile(repository: string, stack: string): StackSource {
  const file = `Pulumi.${stack}.yaml`;
  const path = join(repository, file);
  if (!/^[\w.-]+$/.test(stack) || !existsSync(path)) {
    const stacks = stackNames(repository);
    throw new StackFileError(
      `There is no stack "${stack}": ${stacks.length > 0 ? `choose ${listed(stacks, "or")}` : `add Pulumi.<stack>.yaml`}.`,
    );
  }
  const document = parseDocument(readFileSync(path, "utf8"));
  const fault = document.errors[0];
  if (fault) throw new StackFileError(`${file} is not YAML: ${fault.message}`);
  const content: unknown = document.toJS();
  const config = isMap(content) ? content.config : undefined;
  if (config !== undefined && config !== null && !isMap(config))
    throw new StackFileError(`${file}: config is not a map of settings.`);

  const values: Record<string, unknown> = {};
  let location: string | undefined;
  for (const [key, value] of Object.entries(config ?? {})) {
    if (key === "azure-native:location" && typeof value === "string") location = value;
    // Pulumi takes a key without namespace for the project's own.
    const name = key.startsWith(`${NAMESPACE}:`) ? key.slice(NAMESPACE.length + 1) : key.includes(":") ? undefined : key;
    if (name === undefined) continue;
    const secret = securePath(value, name);
    if (secret === name && (SECRET_KEYS as readonly string[]).includes(name)) {
      values[name] = SECRET_PLACEHOLDER;
      continue;
    }
    if (secret) {
      throw new StackFileError(
        `${file}: ${NAMESPACE}:${secret} is encrypted. Only ${listed(SECRET_KEYS)} are secrets here, and the plan must be readable without Pulumi: write it in clear.`,
      );
    }
    values[name] = value;
  }
  return { stack, location, values, today: statedDay(values) ?? new Date().toISOString().slice(0, 10), file };
}

/** The day that settings say is today, in `asOf`; they may leave it open, or empty. */
export const statedDay = ({ asOf }: Record<string, unknown>) => (typeof asOf === "string" && asOf !== "" ? asOf : undefined);

/** The stacks that have a file, sorted. */
export function stackNames(repository: string): string[] {
  return readdirSync(repository)
    .flatMap((name) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Path of the first `{ secure: ... }`, as Pulumi writes encrypted values. */
function securePath(value: unknown, path: string): string | undefined {
  if (Array.isArray(value))
    return value.map((item, index) => securePath(item, `${path}[${index}]`)).find((found) => found !== undefined);
  if (!isMap(value)) return undefined;
  if (Object.keys(value).length === 1 && "secure" in value) return path;
  return Object.entries(value)
    .map(([key, item]) => securePath(item, `${path}.${key}`))
    .find((found) => found !== undefined);
}
