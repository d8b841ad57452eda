/**
 * A stack on the local Azure: the sandbox, and a Pulumi workspace whose engine is attached to it.
 */
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import type { FreeBytes } from "../sandbox/engine/disk.ts";
import { type ConfigValue, createWorkspace, PulumiError, type Workspace } from "../sandbox/engine/pulumi.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../sandbox/sandbox.ts";
import { CATALOG_DATE } from "../stacks/catalog/models.ts";
import type { Topology } from "../stacks/catalog/topologies.ts";
import { NAMESPACE, SECRET_KEYS, SECRET_PLACEHOLDER, type SecretKey } from "../stacks/config.ts";
import { type Plan, PlanError, planStack } from "../stacks/plan.ts";
import { directoryOf, REPOSITORY } from "./folders.ts";
import { type LocalCertificates, localCertificates, type TrustFiles } from "./local-certificates.ts";
import { bringVaults, type Shelf } from "./local-vaults.ts";
import { type Address, occupy } from "./occupancy.ts";
import { purgeAdvice } from "./purge-advice.ts";
import { readStackFile, statedDay } from "./stack-file.ts";
import { stackOf } from "./stack-name.ts";
import { renewInVault } from "./vault-certificate.ts";

export interface Local {
  plan: Plan;
  sandbox: Sandbox;
  workspace: Workspace;
  /** Whom programs must trust that call by HTTPS, where it was asked for. */
  trust?: TrustFiles;
  /** Plans again with these values (and place) in place of the stack file's, for the next run. Throws PlanError and changes nothing. */
  configure(values: Record<string, unknown>, location?: string | null): Plan;
  /** A new certificate of the local authority for a host, as Key Vault keeps it: base64 of a PFX without password. */
  renewed(host: string): string;
  /** Tells other commands where this process answers. */
  announce(address: Address): void;
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
  /** Replaces the `azure-native:location` of the stack file; null: as if it had none. */
  location?: string | null;
  /** What this process does with the stack, for others who find it in use. */
  doing?: string;
  /** Folder with Pulumi.yaml and the program that it names; default this repository. */
  program?: string;
  /** Serves by HTTPS too, at this port; 0 takes a free one. */
  httpsPort?: number;
  /** Room on the disk; default: as the system says. */
  freeBytes?: FreeBytes;
  /** For commands that only read: also while another process works on the stack. */
  besideServe?: boolean;
}

/**
 * The stack's values as the local Azure takes them, and their plan. A certificate that the stack has only for the real Azure, or not at all, is
 * supplied. Throws PlanError.
 */
function settle(
  { stack, topology, values, location }: Pick<LocalOptions, "stack" | "topology" | "values" | "location">,
  certificates: LocalCertificates,
) {
  const file = readStackFile(REPOSITORY, stack);
  const source = location === undefined ? file : { ...file, location: location ?? undefined };
  const today = statedDay(source.values) ?? CATALOG_DATE;
  // In the local Azure the catalog is the whole truth, so what it does not know is refused.
  const settled = { ...source.values, ...values, ...(topology && { topology }), asOf: today, strict: true };
  const planned = (more: object) => strictly(() => planStack({ ...source, values: { ...settled, ...more }, today }), today);
  let plan = planned({});
  const supplied: Partial<Record<SecretKey, string>> = {};
  const { entrance } = plan;
  if (entrance?.kind === "application-gateway" && entrance.certificate.from === "pfx") {
    const { pfx, password } = certificates.of(entrance.host, entrance.certificate.selfSigned ? "self-signed" : "issued", today);
    Object.assign(supplied, { certificatePfx: pfx, certificatePassword: password });
    plan = planned({ certificatePfx: SECRET_PLACEHOLDER, certificatePassword: SECRET_PLACEHOLDER });
  }
  const named = (entries: object) =>
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [`${NAMESPACE}:${key}`, value]));
  const inClear = Object.entries(settled).filter(([key]) => !(SECRET_KEYS as readonly string[]).includes(key));
  return {
    plan,
    today,
    // What others' settings keep secret is for the real Azure: only Pulumi can read it, and here nobody asks for it.
    config: {
      ...source.otherValues,
      ...named(Object.fromEntries(inClear)),
      // Without a value it takes the place of the file's and is not written.
      ...(location !== undefined && { "azure-native:location": source.location }),
    } as Record<string, ConfigValue>,
    secrets: named(supplied) as Record<string, string>,
  };
}

const shelfOf = ({ store }: Sandbox): Shelf => ({
  get: store.get,
  secret: store.secret,
  put(id, type, { properties, ...rest }, secrets) {
    const body = { ...rest, properties: { ...properties, provisioningState: "Succeeded" } };
    const all = secrets && { ...(store.get(id) && store.secretsOf(id)), ...secrets };
    store.put(id, { type, body, ...(all && { secrets: all }), duration: 0 }).hold.release();
  },
});

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
  const stack = stackOf(options.stack);
  const { topology, directory = directoryOf(stack), besideServe = false, doing = "another command" } = options;
  // Whatever is written from here on, by the engine too, is nobody else's to read.
  if (isMainThread) process.umask(0o077);
  const certificates = localCertificates(directory);
  const { plan, today, config, secrets } = settle(options, certificates);
  const occupancy = besideServe ? undefined : occupy(directory, stack, doing);
  let sandbox: Sandbox | undefined;
  const close = async () => {
    await sandbox?.close();
    occupancy?.release();
  };
  try {
    const https =
      options.httpsPort === undefined ? undefined : httpsOn(options.httpsPort, certificates, plan.gateway.customDomain?.host);
    sandbox = await startSandbox({
      directory: join(directory, "azure"),
      today,
      trustedAuthorities: certificates.trusted,
      ...(https && { https }),
      ...options.sandbox,
    });
    bringVaults(shelfOf(sandbox), plan, (host) => certificates.of(host, "vault", today).pfx);
    renewInVault(sandbox, plan, certificates, today);
    const workspace = createWorkspace({
      repository: options.program ?? REPOSITORY,
      directory: join(directory, "pulumi"),
      stack,
      providers: { azureNativePort: sandbox.ports.azureNative, randomPort: sandbox.ports.random },
      config,
      secrets,
      lookup: sandbox.lookupPending,
      environment: { AOAI_CLOCK: clockOf(sandbox, options.sandbox) },
      free: options.freeBytes,
      isAlone: occupancy?.isCertain,
      refusals: sandbox.lockedAgainst,
    });
    adviseOnKeptNames(workspace, sandbox, stack);
    return { plan, sandbox, workspace, ...(https && { trust: https.trust }), ...rest(sandbox, workspace) };
  } catch (error) {
    // What runs would keep the process alive after its message.
    await close();
    throw error;
  }

  function rest(sandbox: Sandbox, workspace: Workspace): Pick<Local, "configure" | "renewed" | "announce" | "close"> {
    return {
      configure(values, location = options.location) {
        // A topology among the values is the one to go to; the option is where it began.
        const next = settle(
          { stack, topology: (values.topology as Topology | undefined) ?? topology, values, location },
          certificates,
        );
        bringVaults(shelfOf(sandbox), next.plan, (host) => certificates.of(host, "vault", next.today).pfx);
        renewInVault(sandbox, next.plan, certificates, next.today);
        workspace.setConfig(next.config, next.secrets);
        return next.plan;
      },
      renewed: (host) => certificates.of(host, "vault", today, true).pfx,
      announce: (address) => occupancy?.announce(address),
      close,
    };
  }
}

/** What an update says that meets the name, or the quota, of something deleted, with the way out. */
function adviseOnKeptNames(workspace: Workspace, { store }: Sandbox, stack: string): void {
  const { up } = workspace;
  workspace.up = async (options) => {
    try {
      return await up(options);
    } catch (error) {
      const advice = error instanceof PulumiError ? purgeAdvice(store, stack, error.message) : undefined;
      if (advice) (error as Error).message += `\n${advice}`;
      throw error;
    }
  };
}

/** What the program has to know to wait on this Azure's calendar. Where roles take their time, so do other waits; otherwise nothing does. */
function clockOf({ clock }: Sandbox, { speed = 1, durationScale, rolePropagationSeconds }: LocalOptions["sandbox"] = {}): string {
  const scale = durationScale ?? (rolePropagationSeconds ? 1 : null);
  return JSON.stringify({ here: Date.now(), there: clock.now(), speed, durationScale: scale });
}

/** The certificate is for programs on this machine, so its days are those of their clocks, not of this Azure's. */
function httpsOn(
  port: number,
  certificates: LocalCertificates,
  host: string | undefined,
): NonNullable<SandboxOptions["https"]> & { trust: TrustFiles } {
  const { pfx, password, ...trust } = certificates.ofThisMachine(new Date().toISOString().slice(0, 10), host);
  return { port, pfx: Buffer.from(pfx, "base64"), passphrase: password, trust };
}
