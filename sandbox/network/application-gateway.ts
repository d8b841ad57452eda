/**
 * Application Gateway v2: listener, path map, one member after the other, probes. It balances by health alone: what an account answers, 429
 * among it, goes through as it is, and nothing is tried twice (Application Gateway documentation, 2026: neither is described).
 */
import { randomUUID } from "node:crypto";
import { APPLICATION_GATEWAYS } from "../arm/network-types.ts";
import type { Resource } from "../arm/resource.ts";
import { CALL_ID_HEADER, HeaderList, type HttpRequest, type HttpResponse, once, TransportError, whole } from "../http.ts";
import type { Client } from "../http-client.ts";
import {
  type ApplicationGateway,
  applicationGatewayOf,
  type Listener,
  listenerFor,
  listenersAt,
  type Pool,
  type Route,
  type Settings,
} from "./application-gateway-config.ts";
import { judge } from "./application-gateway-firewall.ts";
import type { DataPlane, DataPlaneOptions, EntranceLogEntry } from "./data-plane.ts";
import { createHealth, type ProbeTarget } from "./health.ts";
import { derived, isThere, type NetworkArm, sameId } from "./view.ts";

/** How often ARM is looked at for gateways that came, changed or went, sandbox ms. */
const LOOK_EVERY_MS = 1000;

export function createApplicationGateways(options: Omit<DataPlaneOptions, "arm"> & { arm: NetworkArm }): DataPlane {
  const { arm, clock } = options;
  const health = createHealth(clock);
  const entries: EntranceLogEntry[] = [];
  const clients = new Map<string, Client>();
  /** Place of the next request in a pool's round, by gateway, pool and settings. */
  const rounds = new Map<string, number>();
  const closing = new AbortController();

  const gateways = derived(arm, () => {
    const all = arm.list(APPLICATION_GATEWAYS).map(applicationGatewayOf);
    health.watch(all.filter(({ id }) => isThere(arm, id)).flatMap(targetsOf));
    return all;
  });

  /** Its calls show its public address to the internet. */
  function clientOf({ id, subnet, frontends }: ApplicationGateway): Client {
    const publicAddress = frontends.find(({ publicAddressId }) => publicAddressId !== undefined)?.publicAddressId;
    const address: string | undefined = publicAddress && arm.get(publicAddress)?.body.properties.ipAddress;
    const key = [id, subnet, address].join(" ");
    const client = clients.get(key) ?? options.client({ subnet, ...(address && { address }) });
    clients.set(key, client);
    return client;
  }

  /** A member is probed for each pool and settings that a rule joins. */
  function targetsOf(gateway: ApplicationGateway): ProbeTarget[] {
    const routes = gateway.listeners.flatMap(({ routes }) => (routes ? [...routes.paths, routes.otherwise] : []));
    const targets = routes.flatMap(({ pool, settings }) =>
      pool.members.map((member): ProbeTarget => {
        const { intervalSeconds, unhealthyThreshold } = settings.probe;
        const key = keyOf(gateway, pool, settings, member);
        return { key, intervalSeconds, unhealthyThreshold, probe: (signal) => probe(gateway, settings, member, signal) };
      }),
    );
    return [...new Map(targets.map((target) => [target.key, target])).values()];
  }

  async function probe(gateway: ApplicationGateway, settings: Settings, member: string, signal: AbortSignal): Promise<boolean> {
    const { protocol, path, port, host, timeoutSeconds, statuses, body } = settings.probe;
    const url = urlOf(protocol, host ?? hostFor(settings, member) ?? "127.0.0.1", port, path);
    const request: HttpRequest = { method: "GET", url, headers: new HeaderList(), body: new Uint8Array(), signal };
    try {
      const answer = await clientOf(gateway)(request, { timeoutMs: timeoutSeconds * 1000, dial: member });
      const text = (await whole(answer.body)).toString();
      return statuses.some(({ min, max }) => answer.status >= min && answer.status <= max) && (!body || text.includes(body));
    } catch (error) {
      if (error instanceof TransportError) return false;
      throw error;
    }
  }

  function next(gateway: ApplicationGateway, { pool, settings }: Route): string | undefined {
    const healthy = pool.members.filter((member) => health.isHealthy(keyOf(gateway, pool, settings, member)));
    const key = [gateway.id, pool.name, settings.name].join(" ");
    const turn = rounds.get(key) ?? 0;
    rounds.set(key, turn + 1);
    return healthy[turn % healthy.length];
  }

  async function handle(request: HttpRequest): Promise<HttpResponse> {
    const { connection } = request;
    const gateway = gateways().find(({ id }) => sameId(id, connection?.target));
    if (!connection || !gateway) throw new TransportError("reset", "nothing stands at this address");
    const entry: EntranceLogEntry = {
      at: clock.now(),
      entrance: "application-gateway",
      id: gateway.id,
      host: request.url.host,
      path: request.url.pathname,
      status: 499,
    };
    const callId = request.headers.get(CALL_ID_HEADER);
    if (callId !== undefined) entry.callId = callId;
    try {
      const answer = await answerOf(gateway, request, entry);
      entry.status = answer.status;
      return answer;
    } finally {
      entries.push({ ...entry, at: clock.now() });
    }
  }

  async function answerOf(gateway: ApplicationGateway, request: HttpRequest, entry: EntranceLogEntry): Promise<HttpResponse> {
    const { to, port } = request.connection as NonNullable<HttpRequest["connection"]>;
    const frontend = gateway.frontends.find(({ address, publicAddressId }) =>
      publicAddressId === undefined ? address === to : arm.get(publicAddressId)?.body.properties.ipAddress === to,
    );
    const listener = listenerFor(listenersAt(gateway, frontend?.name ?? "", port), request.url.hostname.toLowerCase());
    if (!listener?.routes) return ownAnswer(404, "Not Found");
    const { route, path, firewall } = routed(listener, request.url.pathname);
    const policy = firewall ?? gateway.firewall;
    const verdict = policy === undefined ? undefined : judge(arm, policy, request);
    if (verdict) return ownAnswer(verdict.status, verdict.status === 403 ? "Forbidden" : "Request Entity Too Large");
    const member = next(gateway, route);
    if (member === undefined) return ownAnswer(502, "Bad Gateway");

    const { settings } = route;
    const url = urlOf(
      settings.protocol,
      hostFor(settings, member) ?? request.url.hostname,
      settings.port,
      `${path}${request.url.search}`,
    );
    try {
      const headers = forwarded(request, port);
      const answer = await clientOf(gateway)(
        { ...request, url, headers },
        { timeoutMs: settings.requestTimeoutSeconds * 1000, dial: member },
      );
      const body = gateway.buffersResponses ? once(await whole(answer.body)) : answer.body;
      entry.origin = member;
      return { ...answer, body };
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return error.kind === "timeout" ? ownAnswer(504, "Gateway Time-out") : ownAnswer(502, "Bad Gateway");
    }
  }

  async function look(): Promise<void> {
    for (;;) {
      gateways();
      await clock.sleep(LOOK_EVERY_MS, closing.signal, { background: true });
    }
  }
  look().catch((error) => {
    if (!closing.signal.aborted) throw error;
  });

  return {
    handle,
    entries: () => entries,
    close() {
      closing.abort();
      health.close();
    },
  };
}

const keyOf = ({ id }: Pick<Resource, "id">, pool: Pool, settings: Settings, member: string) =>
  [id.toLowerCase(), pool.name, settings.name, member].join(" ");

/** undefined: the host that the client called. */
const hostFor = ({ host }: Settings, member: string) => host.override ?? (host.fromMember ? member : undefined);

function urlOf(protocol: "Http" | "Https", host: string, port: number, path: string): URL {
  return new URL(`${protocol.toLowerCase()}://${host}:${port}${path}`);
}

/** The first path rule that fits, in the order of the list; letter case does not matter. */
function routed({ routes, firewall }: Listener, path: string): { route: Route; path: string; firewall?: string } {
  if (!routes) throw new Error("a listener without rule");
  for (const rule of routes.paths) {
    const pattern = rule.patterns.find((one) => fits(one, path));
    if (pattern === undefined) continue;
    const rest = path.slice(pattern.replace(/\*$/, "").length);
    return { route: rule, path: overridden(rule.settings, path, rest), firewall: rule.firewall ?? firewall };
  }
  return { route: routes.otherwise, path: overridden(routes.otherwise.settings, path, path), firewall };
}

const fits = (pattern: string, path: string) =>
  pattern.endsWith("*")
    ? path.toLowerCase().startsWith(pattern.slice(0, -1).toLowerCase())
    : path.toLowerCase() === pattern.toLowerCase();

/** `/images/*` with `/myimages/` sends `/images/a.png` as `/myimages/a.png`. */
const overridden = ({ path: override }: Settings, path: string, rest: string) =>
  override === undefined ? path : `${override.replace(/\/$/, "")}/${rest.replace(/^\//, "")}`;

function forwarded({ headers, url, connection }: HttpRequest, port: number): HeaderList {
  const result = headers.clone();
  const before = headers.get("x-forwarded-for");
  result.set("X-Forwarded-For", [...(before ? [before] : []), connection?.from ?? ""].join(", "));
  result.set("X-Forwarded-Proto", "https");
  result.set("X-Forwarded-Port", String(port));
  result.set("X-Original-Host", url.host);
  result.set("X-AppGW-Trace-Id", randomUUID().replaceAll("-", ""));
  return result;
}

/** Its own answers are HTML, whatever was asked for. */
function ownAnswer(status: number, text: string): HttpResponse {
  const title = `${status} ${text}`;
  const html = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>Microsoft-Azure-Application-Gateway/v2</center>\r\n</body>\r\n</html>\r\n`;
  const headers = new HeaderList([
    ["Server", "Microsoft-Azure-Application-Gateway/v2"],
    ["Content-Type", "text/html"],
    ["Content-Length", String(Buffer.byteLength(html))],
  ]);
  return { status, headers, body: once(Buffer.from(html)) };
}
