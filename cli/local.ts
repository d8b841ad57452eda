/**
 * A stack on the local Azure: the sandbox, and a Pulumi workspace whose engine is attached to it.
 */
import { join } from "node:path";
import { createWorkspace, type Workspace } from "../sandbox/engine/pulumi.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../sandbox/sandbox.ts";
import { CATALOG_DATE } from "../stacks/catalog/models.ts";
import { TOPOLOGIES, type Topology, topologies } from "../stacks/catalog/topologies.ts";
import { type Plan, PlanError, planStack } from "../stacks/plan.ts";
import { occupy } from "./occupancy.ts";
import { readStackFile } from "./stack-file.ts";

export const REPOSITORY = join(import.meta.dirname, "..");

export interface Local {
  plan: Plan;
  sandbox: Sandbox;
  workspace: Workspace;
  /** Plans again with these values in place of the stack file's, for the next run. Throws PlanError and changes nothing. */
  configure(values: Record<string, unknown>): Plan;
  /** Tells other commands where this process answers. */
  announce(gatewayUrl: string): void;
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
  /** What this process does with the stack, for others who find it in use. */
  doing?: string;
  /** For commands that only read: also while another process works on the stack. */
  besideServe?: boolean;
}

/**
 * `.sandbox/<stack>`: everything the local Azure knows of a stack. AOAI_SANDBOX puts it elsewhere.
 * @throws Error for a name that is no stack's and might lead out of that folder
 */
export function directoryOf(stack: string): string {
  if (!/^\w[\w.-]*$/.test(stack))
    throw new Error(`"${stack}" is not the name of a stack: letters, digits, "_", "." and "-", the first no "." or "-".`);
  return join(process.env.AOAI_SANDBOX ?? join(REPOSITORY, ".sandbox"), stack);
}

/** The stack's values as the local Azure takes them, and their plan. Throws PlanError, or Error for a topology that cannot be deployed yet. */
function settle({ stack, topology, values }: Pick<LocalOptions, "stack" | "topology" | "values">) {
  const source = readStackFile(REPOSITORY, stack);
  // Empty is "today", and today is the catalog's day here.
  const today = typeof source.values.asOf === "string" && source.values.asOf !== "" ? source.values.asOf : CATALOG_DATE;
  // In the local Azure the catalog is the whole truth, so what it does not know is refused.
  const settled = { ...source.values, ...values, ...(topology && { topology }), asOf: today, strict: true };
  const plan = strictly(() => planStack({ ...source, values: settled, today }), today);
  const { available } = topologies[plan.topology];
  if (!available) {
    const can = TOPOLOGIES.filter((name) => topologies[name].available).join(", ");
    throw new Error(
      `stack ${stack}: this version plans topology ${plan.topology} (npm run plan -- --stack ${stack}) but cannot deploy it yet. It deploys: ${can}.`,
    );
  }
  const config = Object.fromEntries(
    Object.entries(settled).map(([key, value]) => [`aoai:${key}`, value as string | boolean | number | object]),
  );
  return { plan, today, config };
}

/** Says with a refusal why the local Azure may refuse what a plan only warns of. */
function strictly(plan: () => Plan, today: string): Plan {
  try {
    return plan();
  } catch (error) {
    if (error instanceof PlanError)
      error.message += `\n(The local Azure always works strictly, as of ${today}: it knows the models and quotas of the catalog and no others. \`npm run plan\` warns of what is beyond them.)`;
    throw error;
  }
}

/** Reads and checks the stack first: a faulty configuration starts nothing. */
export async function openLocal(options: LocalOptions): Promise<Local> {
  const { stack, topology, directory = directoryOf(stack), besideServe = false, doing = "another command" } = options;
  const { plan, today, config } = settle(options);
  const occupancy = besideServe ? undefined : occupy(directory, stack, doing);
  let sandbox: Sandbox;
  try {
    sandbox = await startSandbox({ directory: join(directory, "azure"), today, ...options.sandbox });
  } catch (error) {
    occupancy?.release();
    throw error;
  }
  const workspace = createWorkspace({
    repository: REPOSITORY,
    directory: join(directory, "pulumi"),
    stack,
    stackFile: join(REPOSITORY, `Pulumi.${stack}.yaml`),
    providers: { azureNativePort: sandbox.ports.azureNative, randomPort: sandbox.ports.random },
    config,
    lookup: sandbox.lookupPending,
  });
  return {
    plan,
    sandbox,
    workspace,
    configure(values) {
      const next = settle({ stack, topology, values });
      workspace.setConfig(next.config);
      return next.plan;
    },
    announce: (gatewayUrl) => occupancy?.announce(gatewayUrl),
    async close() {
      await sandbox.close();
      occupancy?.release();
    },
  };
}
