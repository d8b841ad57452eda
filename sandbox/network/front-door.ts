/**
 * Data plane of Azure Front Door Standard and Premium, from ARM bodies alone.
 *
 * host -> endpoint -> web application firewall -> route -> origin group -> origin. An answer of an origin is passed on whatever its status is, 429 too:
 * nothing but probes takes an origin out, and no request is tried a second time (no document says otherwise).
 *
 * Not modelled, and refused when it is deployed: rule sets, custom domains, caching, session affinity, private-link origins, managed and rate-limit rules.
 */
import { randomBytes } from "node:crypto";
import { ENDPOINTS, ROUTES, SECURITY_POLICIES } from "../arm/front-door-types.ts";
import { SERVICES } from "../arm/network-types.ts";
import type { ArmReader, Resource } from "../arm/resource.ts";
import { CALL_ID_HEADER, HeaderList, type HttpRequest, type HttpResponse, once, TransportError, whole } from "../http.ts";
import { endToEnd } from "../http-server.ts";
import { accountHosts } from "./account-hosts.ts";
import type { DataPlane, DataPlaneOptions, EntranceLogEntry } from "./data-plane.ts";
import { judge } from "./front-door-firewall.ts";
import { roundTripMs } from "./front-door-latency.ts";
import { createOrigins } from "./front-door-origins.ts";
import { DEFAULTS, type Transport, wayTo } from "./front-door-parts.ts";
import { pathAtOrigin, routeFor } from "./front-door-routes.ts";
import { derived, isThere } from "./view.ts";

export interface FrontDoorOptions extends DataPlaneOptions {
  /**
   * Round trip from the point of presence to an origin, ms. Default: by the distance of the account's region from that of the (first) API Management
   * service, whose calls are what comes in here; 0 where one of the two is unknown.
   */
  latencyMs?(host: string): number;
  /** Sandbox seconds until a new endpoint, or a new route, is everywhere and answers anything but 404. Azure: 3 to 20 minutes. Default 0. */
  propagationSeconds?: number;
  readings?: Partial<FrontDoorReadings>;
}

/** Where Microsoft's documents are silent or disagree, each possible behaviour of the real service is a value of a switch. */
export interface FrontDoorReadings {
  /**
   * Server-sent events are "not supported" (Azure Front Door WebSocket page, 2025): "buffer" holds them back and hands them over whole at their end;
   * "cut" breaks the connection after the first piece.
   */
  eventStreams: "buffer" | "cut";
  /**
   * An origin that comes back or is new gets its share little by little within `trafficRestorationTimeToHealedOrNewEndpointsInMinutes`, here in proportion
   * to the time that has passed. The specification says of this very property that it is not supported at present: "at-once".
   */
  restoration: "gradual" | "at-once";
  /** A negated firewall condition on something that the request does not have: see FirewallOptions. */
  absentNegated: "unmet" | "met";
  /** How weights are kept: a smooth rotation, or a weighted draw, which is what a rotation on each of many servers looks like from outside. */
  spread: "smooth" | "random";
  /** Status when an origin cannot be reached or does not answer in time. Troubleshooting pages show 503 most often, 502 and 504 too. */
  originFailure: 502 | 503 | 504;
}

const DEFAULT_FRONT_DOOR_READINGS: FrontDoorReadings = {
  eventStreams: "buffer",
  restoration: "gradual",
  absentNegated: "unmet",
  spread: "smooth",
  originFailure: 503,
};

/** Azure Front Door service limits. */
const MAX_BODY_BYTES = 2 * 1024 ** 3;
const MAX_URL_BYTES = 8192;

/** In the log: the caller hung up before there was an answer. */
const HUNG_UP = 499;

/** Where the connection comes from; off the sandbox's network all is on one machine. */
const addressOf = ({ connection }: HttpRequest) => connection?.from ?? "127.0.0.1";

export function createFrontDoor(options: FrontDoorOptions): DataPlane {
  const { arm, clock, random, propagationSeconds = 0 } = options;
  const readings = { ...DEFAULT_FRONT_DOOR_READINGS, ...options.readings };
  const internet = options.client({});
  const transport: Transport = (request, { timeoutMs, origin, checkName }) => {
    // The name asked for in the handshake is the origin's, whatever the host header says (Azure Front Door troubleshooting).
    const tls = { serverName: origin, validateCertificateName: checkName };
    return internet(request, { timeoutMs, dial: origin, tls });
  };
  const latencyMs = options.latencyMs ?? latencies(arm);
  const origins = createOrigins({
    arm,
    clock,
    random,
    transport,
    latencyMs,
    restoration: readings.restoration,
    spread: readings.spread,
  });
  const endpointOf = endpointHosts(arm);
  const entries: EntranceLogEntry[] = [];
  origins.follow();

  async function handle(request: HttpRequest): Promise<HttpResponse> {
    const host = request.url.hostname.toLowerCase();
    const reference = `${new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, "")}-${randomBytes(16).toString("hex")}`;
    const callId = request.headers.get(CALL_ID_HEADER);
    const endpoint = endpointOf(host);
    const visit: Visit = { request, host, reference, endpoint };
    let status = HUNG_UP;
    try {
      const response = endpoint ? await serve(visit, endpoint) : notFound(reference);
      status = response.status;
      const headers = new HeaderList(response.headers.fields);
      headers.set("X-Azure-Ref", reference);
      if (visit.origin !== undefined) headers.set("X-Cache", "CONFIG_NOCACHE");
      return { ...response, headers };
    } finally {
      entries.push({
        at: clock.now(),
        entrance: "front-door",
        ...(endpoint && { id: endpoint.id }),
        host,
        path: request.url.pathname,
        status,
        ...(visit.answered && visit.origin !== undefined && { origin: visit.origin }),
        ...(callId !== undefined && { callId }),
      });
    }
  }

  async function serve(visit: Visit, endpoint: Resource): Promise<HttpResponse> {
    const { request, reference } = visit;
    const hasSpread = ({ createdAt }: Resource) => clock.now() >= createdAt + propagationSeconds * 1000;
    if (endpoint.body.properties.enabledState === "Disabled" || !hasSpread(endpoint)) return notFound(reference);
    if (request.body.length > MAX_BODY_BYTES) return page(413, "The request is larger than 2 GB.", reference);
    if (Buffer.byteLength(request.url.href) > MAX_URL_BYTES) return page(414, "The URL is longer than 8,192 bytes.", reference);

    const verdict = firewall(visit, endpoint);
    if (verdict?.action === "block")
      return verdict.body === undefined
        ? page(verdict.status, "The request is blocked.", reference)
        : html(verdict.status, verdict.body.replaceAll("{{azure-ref}}", reference));
    if (verdict?.action === "redirect") return redirect(302, verdict.url);

    const protocol = request.url.protocol === "http:" ? "Http" : "Https";
    const routes = arm.list(ROUTES, endpoint.id).filter(
      (route) =>
        route.body.properties.enabledState !== "Disabled" &&
        // A route answers at the endpoint's own host only when it is linked to it, and that is not the default.
        route.body.properties.linkToDefaultDomain === "Enabled" &&
        isThere(arm, route.id) &&
        hasSpread(route),
    );
    const taken = routeFor(routes, request.url.pathname, protocol);
    if (!taken) return notFound(reference);
    const { httpsRedirect, originGroup, originPath, forwardingProtocol = "MatchRequest" } = taken.route.body.properties;
    if (protocol === "Http" && httpsRedirect === "Enabled") return redirect(307, request.url.href.replace(/^http:/, "https:"));

    const group = arm.get(originGroup.id);
    const origin = group && origins.next(group);
    if (!origin) return page(503, "There is no enabled origin for this request.", reference);
    const isPlain = forwardingProtocol === "HttpOnly" || (forwardingProtocol === "MatchRequest" && protocol === "Http");
    const path = pathAtOrigin(taken.pattern, originPath, request.url.pathname);
    return await forward(visit, endpoint, origin, isPlain, path);
  }

  /** What the policy of the security policy for this endpoint's domain says; undefined: there is none. */
  function firewall({ request }: Visit, endpoint: Resource) {
    const policy = arm
      .list(SECURITY_POLICIES, profileOf(endpoint)?.id)
      .map(({ body }) => body.properties.parameters)
      .find((parameters) =>
        (parameters?.associations ?? []).some(({ domains = [] }: { domains?: { id: string }[] }) =>
          domains.some(({ id }) => id.toLowerCase() === endpoint.id.toLowerCase()),
        ),
      );
    const firewallPolicy = policy && arm.get(policy.wafPolicy.id);
    if (!firewallPolicy) return undefined;
    const socketAddress = addressOf(request);
    const remoteAddress = request.headers.get("x-forwarded-for")?.split(",")[0]?.trim() || socketAddress;
    return judge(firewallPolicy.body, { request, socketAddress, remoteAddress }, readings);
  }

  const profileOf = (endpoint: Resource) => arm.get(endpoint.id.split("/").slice(0, -2).join("/"));

  async function forward(
    visit: Visit,
    endpoint: Resource,
    origin: Resource,
    isPlain: boolean,
    path: string,
  ): Promise<HttpResponse> {
    const { request, reference, host } = visit;
    // Without a host header of its own, an origin is asked for the host that the caller asked for: an account does not know it.
    const { base, ...way } = wayTo(origin, { isPlain, host });
    visit.origin = way.origin;
    const profile = profileOf(endpoint)?.body.properties;
    const url = new URL(`${base}${path}${request.url.search}`);
    const headers = headersToOrigin(visit, url.host, profile?.frontDoorId ?? "");
    const timeoutMs = (profile?.originResponseTimeoutSeconds ?? DEFAULTS.originResponseTimeoutSeconds) * 1000;
    const wantsDebug = request.headers.get("x-azure-debuginfo") === "1";
    try {
      const response = await transport(
        { method: request.method, url, headers, body: request.body, signal: request.signal },
        { timeoutMs, ...way },
      );
      const answered = { ...response, headers: new HeaderList(endToEnd(response.headers.fields)) };
      if (wantsDebug) answered.headers.set("X-Azure-OriginStatusCode", String(response.status));
      const isEvents = /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");
      const passed = !isEvents ? answered : readings.eventStreams === "cut" ? cutOff(answered) : await heldBack(answered);
      visit.answered = true;
      return passed;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      const failed = page(readings.originFailure, "Our services aren't available right now.", reference);
      if (wantsDebug) failed.headers.set("X-Azure-ExternalError", `${EXTERNAL_ERRORS[error.kind]}, ${error.message}`);
      return failed;
    }
  }

  return {
    handle,
    entries: () => entries,
    close: () => origins.close(),
  };
}

interface Visit {
  request: HttpRequest;
  host: string;
  reference: string;
  endpoint: Resource | undefined;
  /** Host of the origin that was chosen, and whether it answered. */
  origin?: string;
  answered?: boolean;
}

/** Names that Front Door's access log gives to failures on the way to an origin (monitor metrics and logs, 2025). */
const EXTERNAL_ERRORS: Record<TransportError["kind"], string> = {
  dns: "OriginDNSTimeout",
  unreachable: "OriginConnectionError",
  refused: "OriginConnectionRefused",
  reset: "OriginConnectionAborted",
  tls: "OriginInvalidResponse",
  timeout: "OriginTimeout",
};

/** By the distance between the gateway's region and the account's. */
function latencies(arm: ArmReader): (host: string) => number {
  const accountOf = accountHosts(arm);
  const known = derived(arm, () => new Map<string, number>());
  return (host) => {
    const latency = known().get(host) ?? roundTripMs(arm.list(SERVICES)[0]?.body.location, accountOf(host)?.body.location) ?? 0;
    known().set(host, latency);
    return latency;
  };
}

/** Endpoints by host name, lower case. */
function endpointHosts(arm: ArmReader): (host: string) => Resource | undefined {
  const hosts = derived(
    arm,
    () =>
      new Map(
        arm
          .list(ENDPOINTS)
          .filter(({ id }) => isThere(arm, id))
          .map((endpoint) => [String(endpoint.body.properties.hostName).toLowerCase(), endpoint]),
      ),
  );
  return (host) => hosts().get(host);
}

/** Source: protocol support for HTTP headers in Azure Front Door, 2024-03-27. */
function headersToOrigin({ request, reference, host }: Visit, hostHeader: string, frontDoorId: string): HeaderList {
  const address = addressOf(request);
  const headers = new HeaderList(endToEnd(request.headers.fields).filter(([name]) => !/^x-fd-/i.test(name)));
  headers.set("Host", hostHeader);
  headers.append("Via", "1.1 Azure");
  headers.set("X-Azure-ClientIP", request.headers.get("x-forwarded-for")?.split(",")[0]?.trim() || address);
  headers.set("X-Azure-SocketIP", address);
  headers.set("X-Azure-Ref", reference);
  headers.set("X-Azure-RequestChain", "hops=1");
  if (frontDoorId) headers.set("X-Azure-FDID", frontDoorId);
  headers.set("X-Forwarded-For", [...request.headers.all("x-forwarded-for"), address].join(", "));
  headers.set("X-Forwarded-Host", host);
  headers.set("X-Forwarded-Proto", request.url.protocol.replace(":", ""));
  return headers;
}

/** The whole stream, once it has ended; when it breaks before, there is no answer. */
async function heldBack(response: HttpResponse): Promise<HttpResponse> {
  return { ...response, body: once(await whole(response.body)) };
}

function cutOff(response: HttpResponse): HttpResponse {
  const firstPiece = async function* () {
    for await (const chunk of response.body) {
      yield chunk;
      break;
    }
    throw new TransportError("reset", "Front Door does not carry server-sent events");
  };
  return { ...response, body: firstPiece() };
}

function html(status: number, text: string): HttpResponse {
  const bytes = Buffer.from(text);
  const headers = new HeaderList([
    ["Content-Type", "text/html"],
    ["Content-Length", String(bytes.length)],
  ]);
  return { status, headers, body: once(bytes) };
}

const page = (status: number, text: string, reference: string) =>
  html(
    status,
    `<!DOCTYPE html><html><head><title>${text}</title></head><body><h2>${text}</h2><p>Ref: ${reference}</p></body></html>`,
  );

/** Also while a new configuration is on its way to the edge. */
const notFound = (reference: string) => page(404, "No Azure Front Door configuration was found for this request.", reference);

function redirect(status: number, location: string): HttpResponse {
  return {
    status,
    headers: new HeaderList([
      ["Location", location],
      ["Content-Length", "0"],
    ]),
    body: once(new Uint8Array()),
  };
}
