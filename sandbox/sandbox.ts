/**
 * The local Azure, put together: ARM with its providers, Entra, the gateway, the accounts and the network between them.
 * Everything listens on 127.0.0.1 and knows of the product only what ARM was sent.
 */
import { randomBytes, X509Certificate } from "node:crypto";
import { mkdirSync } from "node:fs";
import { lookupPending, openStore, type ProviderOptions, type Store, serveProviders } from "./arm/index.ts";
import { SUBSCRIPTION, TENANT } from "./arm/memory.ts";
import { type Clock, scaledClock } from "./clock.ts";
import { createEntra } from "./entra.ts";
import { createFaults, type Faults } from "./faults.ts";
import { type Attempt, checkPolicy, createGateway, type GatewayOptions } from "./gateway/index.ts";
import type { Handler } from "./http.ts";
import { serve } from "./http-server.ts";
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
  gateway?: Partial<Pick<GatewayOptions, "readings" | "instances" | "cache" | "random">>;
  network?: Pick<RunningNetworkOptions, "connectTimeoutMs" | "frontDoor">;
  accounts?: Pick<AccountsOptions, "firstTokenMs" | "tokenMs" | "neverFits">;
  /** Authorities that everybody in this Azure trusts, besides the public ones; PEM. */
  trustedAuthorities?: () => readonly string[];
}

export interface Sandbox extends Pick<RunningNetwork, "client" | "names" | "entrances"> {
  store: Store;
  clock: Clock;
  faults: Faults;
  accounts: AccountLog;
  /** Every attempt the gateway made, as it saw it on the wire. */
  attempts: Attempt[];
  ports: { azureNative: number; random: number; gateway: number };
  /** `http://127.0.0.1:<port>` */
  gatewayUrl: string;
  lookupPending: ReturnType<typeof lookupPending>;
  close(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  mkdirSync(options.directory, { recursive: true });
  const clock = options.clock ?? scaledClock({ start: new Date(`${options.today}T09:00:00Z`), speed: options.speed ?? 1 });
  const entra = createEntra(clock);
  const faults = createFaults(clock);
  const store = openStore({ directory: options.directory, clock });

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
  const attempts: Attempt[] = [];
  const gateway = createGateway({
    ...options.gateway,
    arm: store,
    clock,
    entra,
    forward: (request, { from, ...how }) => network.client(from)(request, how),
    onAttempt: (attempt) => attempts.push(attempt),
  });
  const handle: Handler = (request) => gateway.handle(request);
  const gatewayServer = await serve(handle, { port: options.port ?? 0 });
  network.gatewayAt(gatewayServer.port);
  const providerOptions: ProviderOptions = {
    today: options.today,
    defaultSubscription: SUBSCRIPTION,
    tenantId: TENANT,
    durations: { scale: options.durationScale ?? Number.POSITIVE_INFINITY },
    rolePropagationSeconds: options.rolePropagationSeconds ?? 0,
    checkPolicy,
  };
  const lookup = lookupPending(store);
  const providers = await serveProviders({ store, clock, options: providerOptions });
  return {
    store,
    clock,
    faults,
    accounts: accounts.log,
    client: network.client,
    names: network.names,
    entrances: network.entrances,
    attempts,
    ports: { azureNative: providers.azureNativePort, random: providers.randomPort, gateway: gatewayServer.port },
    gatewayUrl: `http://127.0.0.1:${gatewayServer.port}`,
    lookupPending: (pending) => lookup({ ...pending, subscriptionId: pending.subscriptionId ?? SUBSCRIPTION }),
    async close() {
      await providers.close();
      await gatewayServer.close();
      await network.close();
      store.close();
    },
  };
}
