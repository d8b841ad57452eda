/**
 * The network of the local Azure, running: servers for the accounts (at their public addresses and at those of their private endpoints), for
 * Application Gateways and for Front Door, and the clients that reach them from a place.
 */
import type { X509Certificate } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Faults } from "../faults.ts";
import { type Client, httpClients } from "../http-client.ts";
import { serve } from "../http-server.ts";
import type { Accounts } from "../openai/index.ts";
import { createApplicationGateways } from "./application-gateway.ts";
import type { DataPlane, EntranceLogEntry, Place } from "./data-plane.ts";
import { createFrontDoor, type FrontDoorOptions } from "./front-door.ts";
import { createNetwork, type Network } from "./resolve.ts";
import type { NetworkArm } from "./view.ts";

export type { EntranceLogEntry, Place } from "./data-plane.ts";
export type { Network } from "./resolve.ts";

export interface RunningNetworkOptions {
  arm: NetworkArm;
  clock: Clock;
  faults: Faults;
  /** 0 <= x < 1. */
  random(): number;
  accounts: Pick<Accounts, "handle" | "handlePrivate">;
  /** Authorities that this cloud trusts besides the public ones. */
  roots?: () => readonly X509Certificate[];
  /** Sandbox ms until an attempt to connect is given up; default 21 s. */
  connectTimeoutMs?: number;
  frontDoor?: Pick<FrontDoorOptions, "latencyMs" | "propagationSeconds" | "readings">;
}

export interface RunningNetwork {
  network: Network;
  /** Sends requests from a place: `{}` is the internet. */
  client(from: Place): Client;
  /** What DNS says there: an IPv4 address; undefined: the name does not resolve. */
  names(host: string, from?: Place): string | undefined;
  /** What the entrances took, in the order of their answers. */
  entrances: { entries(): readonly EntranceLogEntry[] };
  /** API Management answers on this port of 127.0.0.1 from now on. */
  gatewayAt(port: number): void;
  close(): Promise<void>;
}

export async function startNetwork(options: RunningNetworkOptions): Promise<RunningNetwork> {
  const { arm, clock, random, accounts } = options;
  let gatewayPort: number | undefined;
  const planes: DataPlane[] = [];
  const [publicly, privately, applicationGateways, frontDoor] = await Promise.all([
    serve(accounts.handle),
    serve(accounts.handlePrivate),
    serve((request) => (planes[0] as DataPlane).handle(request)),
    serve((request) => (planes[1] as DataPlane).handle(request)),
  ]);
  const network = createNetwork({
    arm,
    faults: options.faults,
    accountsPort: publicly.port,
    privateEndpointsPort: privately.port,
    applicationGatewaysPort: applicationGateways.port,
    frontDoorPort: frontDoor.port,
    gatewayPort: () => gatewayPort,
    roots: options.roots,
    connectTimeoutMs: options.connectTimeoutMs,
  });
  const client = httpClients(network);
  planes.push(
    createApplicationGateways({ arm, clock, random, client }),
    createFrontDoor({ ...options.frontDoor, arm, clock, random, client }),
  );
  return {
    network,
    client,
    names: network.addressOf,
    entrances: { entries: () => planes.flatMap((plane) => plane.entries()).sort((a, b) => a.at - b.at) },
    gatewayAt(port) {
      gatewayPort = port;
    },
    async close() {
      for (const plane of planes) plane.close();
      await Promise.all([publicly, privately, applicationGateways, frontDoor].map((server) => server.close()));
    },
  };
}
