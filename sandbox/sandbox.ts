/**
 * The local Azure, put together: ARM with its providers, Entra, the gateway, the accounts and the network between them.
 * Everything listens on 127.0.0.1 and knows of the product only what ARM was sent.
 */
import { randomBytes, X509Certificate } from "node:crypto";
import { type Arm, createArm, lookupPending, openStore, type ProviderOptions, type Store, serveProviders } from "./arm/index.ts";
import { lockedText, locksOn } from "./arm/locks.ts";
import { SUBSCRIPTION, TENANT } from "./arm/memory.ts";
import { type Clock, scaledClock } from "./clock.ts";
import { createEntra, type Entra, entraKeyIn } from "./entra.ts";
import { createFaults, type Faults } from "./faults.ts";
import { type Attempt, checkPolicy, createGateway, type GatewayOptions } from "./gateway/index.ts";
import { type ServeOptions, serveArriving } from "./http-server.ts";
import { type RunningNetwork, type RunningNetworkOptions, startNetwork } from "./network/index.ts";
import { type AccountLog, type AccountsOptions, createAccounts } from "./openai/index.ts";

export { TENANT };

export interface SandboxOptions {
  /** Folder for the store; made if it is not there. */
  directory: string;
  /** The day it is in this Azure, YYYY-MM-DD. */
  today: string;
  /** Sandbox seconds per second of wall time, for quota windows, breakers and propagation. Default 1. */
  speed?: number;
  /** In place of one that runs by itself, at `speed`, from the morning of `today`. */
  clock?: Clock;
  /** Published durations of long operations are divided by this. Default: at once. */
  durationScale?: number;
  /** Sandbox seconds until a role assignment reaches an account. Azure: minutes. Default 0. */
  rolePropagationSeconds?: number;
  /** Port of the gateway; 0 takes a free one. */
  port?: number;
  /** The gateway answers by HTTPS too, at this port (0 takes a free one) and with this certificate. */
  https?: { port: number } & Required<ServeOptions>["tls"];
  gateway?: Partial<Pick<GatewayOptions, "readings" | "instances" | "cache" | "random" | "observe">>;
  network?: Pick<RunningNetworkOptions, "connectTimeoutMs" | "frontDoor">;
  accounts?: Pick<
    AccountsOptions,
    "firstTokenMs" | "tokenMs" | "neverFits" | "statusPath" | "customHeaderLimit" | "window" | "admits" | "requestWindowSeconds"
  >;
  /** Authorities that everybody in this Azure trusts, besides the public ones; PEM. */
  trustedAuthorities?: () => readonly string[];
}

export interface Sandbox extends Pick<RunningNetwork, "client" | "names" | "entrances"> {
  store: Store;
  clock: Clock;
  faults: Faults;
  entra: Entra;
  accounts: AccountLog;
  /** Every attempt the gateway made, as it saw it on the wire. */
  attempts: Attempt[];
  ports: { azureNative: number; random: number; gateway: number };
  /** `http://127.0.0.1:<port>` */
  gatewayUrl: string;
  /** `https://127.0.0.1:<port>`, where it was asked for. */
  httpsUrl?: string;
  lookupPending: ReturnType<typeof lookupPending>;
  /** POST actions of Resource Manager, as somebody sends them who does not go by way of Pulumi: `regeneratePrimaryKey` of a subscription. */
  post: Arm["post"];
  /** What management locks refuse of what is planned, a sentence for each. */
  lockedAgainst(planned: readonly { id: string; doing: "write" | "delete" }[]): string[];
  close(): Promise<void>;
}

/** As long as Azure's load balancers keep a connection on which nothing is said; wall ms. */
const IDLE_MS = 240_000;

/** @throws Error when a port is taken or the store cannot be read; nothing of it runs then */
/** Each run of a local Azure begins at this time of its day. */
export const morningOf = (today: string) => new Date(`${today}T09:00:00Z`);

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const parts: (() => unknown)[] = [];
  /** What was started last ends first. */
  const close = async () => {
    for (const end of parts.splice(0).reverse()) await end();
  };
  try {
    return { ...(await started(options, (end) => parts.push(end))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @param ends  is told how each part ends, as soon as it runs */
async function started(options: SandboxOptions, ends: (end: () => unknown) => void): Promise<Omit<Sandbox, "close">> {
  const clock = options.clock ?? scaledClock({ start: morningOf(options.today), speed: options.speed ?? 1 });
  const entra = createEntra(clock, entraKeyIn(options.directory));
  const faults = createFaults(clock);
  const store = openStore({ directory: options.directory, clock });
  ends(() => store.close());

  const accounts = createAccounts({ ...options.accounts, arm: store, clock, entra, faults });
  const network = await startNetwork({
    ...options.network,
    arm: store,
    clock,
    faults,
    accounts,
    random: options.gateway?.random ?? (() => randomBytes(4).readUInt32LE() / 2 ** 32),
    roots: () => options.trustedAuthorities?.().map((pem) => new X509Certificate(pem)) ?? [],
  });
  ends(() => network.close());
  const attempts: Attempt[] = [];
  const gateway = createGateway({
    ...options.gateway,
    arm: store,
    clock,
    entra,
    forward: (request, { from, ...how }) => network.client(from)(request, how),
    onAttempt: (attempt) => attempts.push(attempt),
  });
  const listen = async (how: ServeOptions) => {
    const server = await serveArriving(gateway.handle, { ...how, idleMs: IDLE_MS });
    ends(() => server.close());
    return server.port;
  };
  const port = await listen({ port: options.port });
  const httpsPort = options.https && (await listen({ port: options.https.port, tls: options.https }));
  network.gatewayAt(port);
  const providerOptions: ProviderOptions = {
    today: options.today,
    defaultSubscription: SUBSCRIPTION,
    tenantId: TENANT,
    durations: { scale: options.durationScale ?? Number.POSITIVE_INFINITY },
    rolePropagationSeconds: options.rolePropagationSeconds ?? 0,
    checkPolicy,
  };
  const lookup = lookupPending(store);
  const { post } = createArm({ store, clock, options: providerOptions });
  const providers = await serveProviders({ store, clock, options: providerOptions });
  ends(() => providers.close());
  return {
    store,
    clock,
    faults,
    entra,
    accounts: accounts.log,
    client: network.client,
    names: network.names,
    entrances: network.entrances,
    attempts,
    ports: { azureNative: providers.azureNativePort, random: providers.randomPort, gateway: port },
    gatewayUrl: `http://127.0.0.1:${port}`,
    ...(httpsPort !== undefined && { httpsUrl: `https://127.0.0.1:${httpsPort}` }),
    post,
    lockedAgainst: (planned) =>
      planned.flatMap(({ id, doing }) => locksOn(store, id, doing).map((lock) => lockedText(id, doing, lock))),
    lookupPending: (pending) => lookup({ ...pending, subscriptionId: pending.subscriptionId ?? SUBSCRIPTION }),
  };
}
