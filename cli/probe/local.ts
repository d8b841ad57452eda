/**
 * The probe on a local Azure of its own, with the real engine.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Deployment } from "../../sandbox/engine/pulumi.ts";
import { createWorkspace, type Workspace } from "../../sandbox/engine/pulumi.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/sandbox.ts";
import { CATALOG_DATE } from "../../stacks/catalog/models.ts";
import { directoryOf, REPOSITORY } from "../folders.ts";
import { occupy } from "../occupancy.ts";
import type { Ground } from "./ground.ts";
import type { Clock } from "./http.ts";
import { type Names, wantedStack } from "./wanted.ts";

export const PROJECT = join(REPOSITORY, "infra", "probe");
/** No stack can have this name. */
const FOLDER = join(dirname(directoryOf("any")), ".probe");
/** How much faster than ours time passes there: the probe waits for minutes of quota and breakers. */
const SPEED = 60;

export interface LocalGround extends Ground {
  sandbox: Sandbox;
  workspace: Workspace;
}

export async function localGround({
  directory = FOLDER,
  sandbox: options = {},
}: {
  directory?: string;
  sandbox?: Partial<SandboxOptions>;
} = {}): Promise<LocalGround> {
  const occupancy = occupy(directory, "of the probe", "`npm run probe`");
  const record = recordIn(directory);
  let sandbox: Sandbox | undefined;
  try {
    sandbox = await startSandbox({ directory: join(directory, "azure"), today: CATALOG_DATE, speed: SPEED, ...options });
  } catch (error) {
    occupancy.release();
    throw error;
  }
  const { store, ports } = sandbox;
  const workspace = createWorkspace({
    repository: PROJECT,
    directory: join(directory, "pulumi"),
    stack: "probe",
    providers: { azureNativePort: ports.azureNative, randomPort: ports.random },
    config: {},
    lookup: sandbox.lookupPending,
  });
  const configure = (names: Names) => workspace.setConfig({ "aoai-probe:wanted": wantedStack(names) }, {});
  const here = sandbox;
  return {
    target: "local",
    sandbox,
    workspace,
    clock: clockOf(sandbox),
    ...record,
    async deploy(names) {
      configure(names);
      await workspace.up();
      const { key } = (await workspace.outputs()) as { key: string };
      return { url: here.gatewayUrl, key };
    },
    async takeDown(names) {
      configure(names);
      await workspace.destroy();
      store.purge("Microsoft.ApiManagement/service", names.gateway);
      store.purge("Microsoft.CognitiveServices/accounts", names.account);
      const { resources = [] } = (await workspace.export()).deployment as Deployment;
      const left = resources.filter(({ type }) => type !== "pulumi:pulumi:Stack").map(({ urn }) => urn);
      if (left.length > 0) throw new Error(`these are left: ${left.join(", ")}`);
      record.forget();
    },
    async close() {
      await here.close();
      occupancy.release();
    },
  };
}

const clockOf = ({ clock }: Sandbox): Clock => ({ now: () => clock.now(), wait: (ms, signal) => clock.sleep(ms, signal) });

/** The names of a run in a file, from before its first resource until after its last. */
export function recordIn(directory: string): Pick<Ground, "leftOver" | "remember"> & { forget(): void } {
  const file = join(directory, "run.json");
  return {
    leftOver: () => (existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Names) : undefined),
    remember(names) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.new`, JSON.stringify(names), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
    forget: () => rmSync(file, { force: true }),
  };
}
