/**
 * A stack that serves over real HTTP without an engine: the program's ARM bodies, built in process; the gateway, the entrance if there is one, and
 * the accounts of the sandbox, each behind a server on 127.0.0.1, with the sandbox's own client between them; and a clock that stands still until it
 * is told to go on.
 */
import OpenAI, { AzureOpenAI } from "openai";
import { type Built, builtInProcess } from "../../cli/in-process.ts";
import type { MemoryArm } from "../../sandbox/arm/memory.ts";
import type { ArmReader } from "../../sandbox/arm/resource.ts";
import { manualClock } from "../../sandbox/clock.ts";
import { createEntra } from "../../sandbox/entra.ts";
import { createFaults, type Faults } from "../../sandbox/faults.ts";
import {
  type Attempt,
  createGateway,
  type Forward,
  type Gateway,
  type GatewayRecord,
  type Readings,
} from "../../sandbox/gateway/index.ts";
import { type Handler, HeaderList, type HttpRequest, type HttpResponse, TransportError } from "../../sandbox/http.ts";
import { httpClients } from "../../sandbox/http-client.ts";
import { serve } from "../../sandbox/http-server.ts";
import { createApplicationGateways } from "../../sandbox/network/application-gateway.ts";
import type { DataPlane } from "../../sandbox/network/data-plane.ts";
import { createFrontDoor } from "../../sandbox/network/front-door.ts";
import { createNetwork, type Network } from "../../sandbox/network/resolve.ts";
import { type AccountLog, type AccountsOptions, createAccounts } from "../../sandbox/openai/index.ts";
import { trusted } from "./certificate.ts";
import { entranceOf } from "./entrance.ts";
import { sequence } from "./gateway.ts";
import { accountOf, keyOf } from "./policies.ts";

export interface Deployed {
  arm: MemoryArm;
  clock: ReturnType<typeof manualClock>;
  faults: Faults;
  /** Hosts whose connections the server resets when a request has arrived: on the wire, unlike the fault of the network. */
  resetting: Set<string>;
  /** Told before each connection of the gateway to a host. */
  onConnect: ((host: string) => void) | undefined;
  /** Told when a request has reached an account. */
  onReceive: ((request: HttpRequest) => void) | undefined;
  /** What came out of the wire at the accounts, and what they put into it. */
  received: Received[];
  /** Calls that left the gateway. */
  attempts: Attempt[];
  /** What policies report. */
  records: GatewayRecord[];
  accounts: AccountLog;
  /** Hosts of the accounts in the order in which they were made. */
  hosts: string[];
  /** `http://127.0.0.1:<port>` */
  url: string;
  key: string;
  /** The next requests are served by a gateway of its own for these readings; asked again for the same, by the same one. */
  use(readings: Partial<Readings>): void;
  /** Gateways made from now on know nothing of what was: no breaker is open, no cache has anything. */
  forget(): void;
  /** Places (see `placeOf`) that the model's pool gives to so many requests, which leave no trace but in its rotation. */
  given(requests: number, stream?: boolean): Promise<Set<string>>;
  /** Member that a call went to: the account's host; behind an entrance the entrance's host, and for an account alone its path there too. */
  placeOf(call: { host: string; path: string }): string;
  /** Place of an account behind the entrance, and its host again. */
  steered(host: string): string;
  hostAt(place: string): string | undefined;
  /** Host of the entrance, which is the place of the member that balances. */
  entrance: string | undefined;
  /** Calls that stream go to a pool of their own, past the entrance. */
  streamsApart: boolean;
  /** The official SDK in both API styles, without retries of its own. */
  v1(fetch?: typeof globalThis.fetch): OpenAI;
  deployments(fetch?: typeof globalThis.fetch): AzureOpenAI;
  close(): Promise<void>;
}

export interface Received {
  request: HttpRequest;
  /** Pieces of the answer's body that were produced. */
  sent: Uint8Array[];
  /** No more will be: the end is reached, the connection broke or the gateway hung up. */
  over: boolean;
}

export interface DeployedOptions {
  /** Configuration in place of that of the dev stack. */
  values?: Record<string, unknown>;
  /** ARM's bodies in place of those that the program makes. */
  built?: Pick<Built, "arm" | "today">;
  /** Sandbox milliseconds. Default 0: an answer needs no time, so the clock need not be moved. */
  firstTokenMs?: number;
  tokenMs?: number;
  /** What no document settles about accounts. */
  accounts?: Pick<AccountsOptions, "statusPath" | "customHeaderLimit">;
}

type Ports = [number, number, number, number];

const API_VERSION = "2024-10-21";

export async function deployedInProcess({
  values = {},
  built,
  firstTokenMs = 0,
  tokenMs = 0,
  accounts: unsettled = {},
}: DeployedOptions = {}): Promise<Deployed> {
  const { arm: bodies, today } = built ?? (await builtInProcess("dev", values));
  const arm = withRoles(bodies);
  const clock = manualClock(new Date(`${today}T09:00:00Z`));
  const entra = createEntra(clock);
  const faults = createFaults(clock);
  const accounts = createAccounts({ ...unsettled, arm, clock, entra, faults, firstTokenMs, tokenMs });
  const resetting = new Set<string>();
  const received: Received[] = [];
  const watching =
    (handle: Handler): Handler =>
    async (request) => {
      // What an entrance asks by itself is no call of anybody.
      if (request.url.pathname.startsWith("/status-")) return handle(request);
      const entry: Received = { request, sent: [], over: false };
      received.push(entry);
      deployed.onReceive?.(request);
      if (resetting.has(request.url.hostname)) throw new TransportError("reset", "the server resets the connection");
      const answer = await handle(request);
      return { ...answer, body: watched(answer.body, entry) };
    };
  const hosts = bodies
    .list("Microsoft.CognitiveServices/accounts")
    .map(({ body }) => `${body.properties.customSubDomainName}.openai.azure.com`);
  const { host: entrance } = entranceOf(bodies);
  const pools = bodies
    .list("Microsoft.ApiManagement/service/backends")
    .filter(({ body }) => body.properties.pool)
    .map(({ name }) => name);
  const planes: DataPlane[] = [];
  const plane = (index: number) => serve((request) => (planes[index] as DataPlane).handle(request));
  const servers = [
    await serve(watching(accounts.handle)),
    await serve(watching(accounts.handlePrivate)),
    await plane(0),
    await plane(1),
  ] as const;
  const [accountsPort, privateEndpointsPort, applicationGatewaysPort, frontDoorPort] = servers.map(({ port }) => port) as Ports;
  const names = createNetwork({
    arm,
    faults,
    accountsPort,
    privateEndpointsPort,
    applicationGatewaysPort,
    frontDoorPort,
    roots: () => trusted,
  });
  const network: Network = {
    clock,
    resolve(host, from, how) {
      if (hosts.includes(host)) deployed.onConnect?.(host);
      return names.resolve(host, from, how);
    },
  };
  const clientOf = httpClients(network);
  let probed: Set<string> | undefined;
  const forward: Forward = async (request, { from, ...how }) => {
    if (!probed) return clientOf(from)(request, how);
    probed.add(deployed.placeOf({ host: request.url.hostname, path: request.url.pathname }));
    return { status: 200, headers: new HeaderList(), body: (async function* () {})() };
  };
  const attempts: Attempt[] = [];
  const records: GatewayRecord[] = [];
  const gateways = new Map<string, Gateway>();
  const gatewayWith = (readings: Partial<Readings>): Gateway => {
    const key = JSON.stringify(readings);
    const known = gateways.get(key);
    if (known) return known;
    const onAttempt = (attempt: Attempt) => void (probed ?? attempts.push(attempt));
    const made = createGateway({
      arm,
      clock,
      entra,
      forward,
      onAttempt,
      onRecord: (record) => records.push(record),
      random: sequence(),
      readings,
    });
    gateways.set(key, made);
    return made;
  };
  let gateway = gatewayWith({});
  const gatewayServer = await serve((request) => gateway.handle(request));
  const url = `http://127.0.0.1:${gatewayServer.port}`;
  const key = keyOf(bodies, "chat-web");

  const deployed: Deployed = {
    arm: bodies,
    clock,
    faults,
    resetting,
    onConnect: undefined,
    onReceive: undefined,
    received,
    attempts,
    records,
    accounts: accounts.log,
    hosts,
    url,
    key,
    use(readings) {
      gateway = gatewayWith(readings);
    },
    async given(requests, stream = false) {
      const places = new Set<string>();
      probed = places;
      try {
        for (let i = 0; i < requests; i++) await drain(await gateway.handle(probe(url, key, stream)));
      } finally {
        probed = undefined;
      }
      return places;
    },
    entrance,
    streamsApart: pools.some((id) => pools.includes(id.replace(/^afd-/, "")) && id.startsWith("afd-")),
    placeOf({ host, path }) {
      const account = host === entrance && /^\/r\/([^/]+)\/openai\//.exec(path)?.[1];
      return account ? `${host}/r/${account}` : host;
    },
    steered: (host) => `${entrance}/r/${accountOf(host)}`,
    hostAt: (place) => hosts.find((host) => place === deployed.steered(host)),
    v1: (fetch) =>
      new OpenAI({ baseURL: `${url}/openai/v1`, apiKey: "unused", defaultHeaders: { "api-key": key }, maxRetries: 0, fetch }),
    deployments: (fetch) => new AzureOpenAI({ endpoint: url, apiKey: key, apiVersion: API_VERSION, maxRetries: 0, fetch }),
    forget: () => void gateways.clear(),
    async close() {
      for (const one of planes) one.close();
      await gatewayServer.close();
      for (const server of servers) await server.close();
    },
  };
  // They look at the clock all the time: only where they are needed.
  if (entrance !== undefined)
    planes.push(
      createApplicationGateways({ arm, clock, random: sequence(), client: clientOf }),
      createFrontDoor({ arm, clock, random: sequence(), client: clientOf }),
    );
  return deployed;
}

function probe(url: string, key: string, stream: boolean): HttpRequest {
  const body = Buffer.from(JSON.stringify({ messages: [{ role: "user", content: "probe" }], stream }));
  return {
    method: "POST",
    url: new URL(`${url}/openai/deployments/chat/chat/completions?api-version=${API_VERSION}`),
    headers: new HeaderList([
      ["api-key", key],
      ["Content-Type", "application/json"],
      ["Content-Length", String(body.length)],
    ]),
    body,
  };
}

async function* watched(body: AsyncIterable<Uint8Array>, entry: Received): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body) {
      entry.sent.push(piece);
      yield piece;
    }
  } finally {
    entry.over = true;
  }
}

async function drain({ body }: HttpResponse): Promise<void> {
  for await (const _ of body);
}

/** Roles as they were assigned, at once. */
function withRoles(arm: MemoryArm): ArmReader {
  return {
    get version() {
      return arm.version;
    },
    get: (id) => arm.get(id),
    list: (type, parentId) => arm.list(type, parentId),
    secret: (id, name) => arm.secret(id, name),
    hasRole(principalId, role, scope) {
      return arm.list("Microsoft.Authorization/roleAssignments").some(({ id, body: { properties } }) => {
        const at = id.toLowerCase().split("/providers/microsoft.authorization/")[0] ?? "";
        return (
          properties.principalId === principalId &&
          String(properties.roleDefinitionId).toLowerCase().endsWith(`/${role.toLowerCase()}`) &&
          `${scope.toLowerCase()}/`.startsWith(`${at}/`)
        );
      });
    },
  };
}
