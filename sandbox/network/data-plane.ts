/**
 * What every entrance (Application Gateway, Front Door) needs to carry requests, and what it tells of them.
 */
import type { ArmReader } from "../arm/resource.ts";
import type { Clock } from "../clock.ts";
import type { Handler } from "../http.ts";
import type { Client } from "../http-client.ts";

/** Where a connection begins. */
export interface Place {
  /** ARM id of a subnet; absent: the internet. Names resolve, and network rules apply, as they do there. */
  subnet?: string;
  /** IPv4 address that the world sees of connections from here to public addresses, for example API Management's own; absent: somebody's. */
  address?: string;
}

export interface DataPlaneOptions {
  arm: ArmReader;
  clock: Clock;
  /** 0 <= x < 1. */
  random(): number;
  /** Sends requests from a place. */
  client(from: Place): Client;
}

/** The servers of one kind of entrance, all behind one Handler: which of them is meant, the host name says. */
export interface DataPlane {
  handle: Handler;
  /** One for each request that came in, in order of their ends. Probes are none. */
  entries(): readonly EntranceLogEntry[];
  /** Ends probes and whatever else goes on by itself. */
  close(): void;
}

export interface EntranceLogEntry {
  /** Sandbox time, ms. */
  at: number;
  entrance: "application-gateway" | "front-door";
  /** ARM id of the gateway or endpoint; absent when none has the host. */
  id?: string;
  host: string;
  /** As it came in: `/r/eastus2/openai/deployments/chat/chat/completions`. */
  path: string;
  /** Of the answer's headers; 499: the caller hung up before there were any. */
  status: number;
  /** Host of the account that answered; absent when the entrance answered by itself. */
  origin?: string;
  /** Header x-ms-client-request-id or whatever else the accounts' log takes for `callId`. */
  callId?: string;
}
