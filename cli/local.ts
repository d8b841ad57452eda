/**
 * A stack on the local Azure: the sandbox, and a Pulumi workspace whose engine is attached to it.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createWorkspace, type Workspace } from "../sandbox/engine/pulumi.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../sandbox/sandbox.ts";
import { CATALOG_DATE } from "../stacks/catalog/models.ts";
import type { Topology } from "../stacks/catalog/topologies.ts";
import type { Plan } from "../stacks/plan.ts";
import { planStack } from "../stacks/plan.ts";
import { readStackFile } from "./stack-file.ts";

export const REPOSITORY = join(import.meta.dirname, "..");

export interface Local {
  plan: Plan;
  sandbox: Sandbox;
  workspace: Workspace;
  close(): Promise<void>;
}

export interface LocalOptions {
  stack: string;
  topology?: Topology;
  /** Folder of this stack's store, state and project copy; default `.sandbox/<stack>`. */
  directory?: string;
  sandbox?: Partial<SandboxOptions>;
  /** Values that replace those of the stack file, without the `aoai:` namespace. */
  values?: Record<string, unknown>;
}

/** Reads and checks the stack first: a faulty configuration starts nothing. */
export async function openLocal({ stack, topology, directory = join(REPOSITORY, ".sandbox", stack), sandbox: options, values }: LocalOptions): Promise<Local> {
  const source = readStackFile(REPOSITORY, stack);
  const today = typeof source.values.asOf === "string" ? source.values.asOf : CATALOG_DATE;
  // In the local Azure the catalog is the whole truth, so what it does not know is refused.
  const local = { ...source.values, ...values, ...(topology && { topology }), asOf: today, strict: true };
  const plan = planStack({ ...source, values: local, today });

  const sandbox = await startSandbox({ directory: join(directory, "azure"), today, ...options });
  const workspace = createWorkspace({
    repository: REPOSITORY,
    directory: join(directory, "pulumi"),
    stack,
    stackFile: join(REPOSITORY, `Pulumi.${stack}.yaml`),
    providers: { azureNativePort: sandbox.ports.azureNative, randomPort: sandbox.ports.random },
    config: Object.fromEntries(Object.entries(local).map(([key, value]) => [`aoai:${key}`, value as string | boolean | number | object])),
    lookup: sandbox.lookupPending,
  });
  return { plan, sandbox, workspace, close: () => sandbox.close() };
}

/** Was this stack ever deployed here? */
export function isDeployed(directory: string): boolean {
  return existsSync(join(directory, "azure"));
}
