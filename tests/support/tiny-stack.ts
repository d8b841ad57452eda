/**
 * A program that makes the things its configuration lists, in a repository of its own, with the real engine on the tiny cloud.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWorkspace, type Workspace, type WorkspaceOptions } from "../../sandbox/engine/pulumi.ts";
import { type TinyCloud, tinyCloud } from "./tiny-cloud.ts";

/** A thing as the configuration lists it: `as` is its logical name (default: its name), `near` the logical name of one it needs. */
export type Wanted = { name: string; as?: string; near?: string; color?: string; [other: string]: unknown };

export interface TinyStack {
  cloud: TinyCloud;
  workspace: Workspace;
  directory: string;
  /** Sets what is wanted, for the next run. */
  want(...things: Wanted[]): void;
  /** Logical name and cloud id of what Pulumi knows. */
  known(): Promise<Record<string, string>>;
  remove(): void;
}

const PROGRAM = `
import pulumi from "@pulumi/pulumi";

class Thing extends pulumi.CustomResource {
  constructor(name, inputs) {
    super("azure-native:tiny:Thing", name, { address: undefined, ...inputs });
  }
}

const made = {};
for (const { as, near, ...inputs } of new pulumi.Config("tiny").requireObject("things")) {
  made[as ?? inputs.name] = new Thing(as ?? inputs.name, near ? { ...inputs, near: made[near].address } : inputs);
}
export const addresses = pulumi.all(Object.values(made).map(({ address }) => address));
export const password = pulumi.secret("open sesame");
export const location = new pulumi.Config("azure-native").get("location");
export const environment = Object.keys(process.env).sort();
`;

export async function tinyStack(
  options: Partial<WorkspaceOptions> & { project?: string; program?: string } = {},
): Promise<TinyStack> {
  const directory = mkdtempSync(join(tmpdir(), "tiny-"));
  const repository = join(directory, "repository");
  mkdirSync(repository);
  symlinkSync(join(import.meta.dirname, "../../node_modules"), join(repository, "node_modules"));
  writeFileSync(
    join(repository, "package.json"),
    JSON.stringify({ type: "module", dependencies: { "@pulumi/azure-native": "*" } }),
  );
  writeFileSync(
    join(repository, "Pulumi.yaml"),
    options.project ?? "name: tiny\nruntime: { name: nodejs, options: { typescript: false } }\nmain: program.js\n",
  );
  writeFileSync(join(repository, "program.js"), options.program ?? PROGRAM);
  const cloud = await tinyCloud();
  const workspace = createWorkspace({
    repository,
    directory: join(directory, "workspace"),
    stack: "dev",
    providers: { azureNativePort: cloud.port, randomPort: cloud.port },
    config: { "tiny:things": [] },
    lookup: cloud.lookup,
    ...options,
  });
  return {
    cloud,
    workspace,
    directory,
    want: (...things) => workspace.setConfig({ "tiny:things": things }),
    async known() {
      const { deployment } = await workspace.export();
      const things = (deployment.resources ?? []).filter(({ type }) => type === "azure-native:tiny:Thing");
      return Object.fromEntries(
        things.map(({ urn, id, delete: old }) => [`${urn.split("::").at(-1)}${old ? " (replaced)" : ""}`, id ?? ""]),
      );
    },
    remove() {
      cloud.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
