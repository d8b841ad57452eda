/**
 * Front Door's data plane in process: bodies go through the ARM rules, origins are functions, time stands still until it is told to go on.
 */
import { MemoryArm } from "../../sandbox/arm/memory.ts";
import type { Resource, ResourceBody } from "../../sandbox/arm/resource.ts";
import { manualClock } from "../../sandbox/clock.ts";
import { HeaderList, type HttpRequest, type HttpResponse, TransportError } from "../../sandbox/http.ts";
import type { Client } from "../../sandbox/http-client.ts";
import { createFrontDoor, type FrontDoorOptions } from "../../sandbox/network/front-door.ts";

// biome-ignore lint/suspicious/noExplicitAny: ARM bodies are JSON of any form.
export type Values = Record<string, any>;

export const GROUP = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg";
export const PROFILE = `${GROUP}/providers/Microsoft.Cdn/profiles/afd`;
export const ENDPOINT = `${PROFILE}/afdEndpoints/aoai`;
export const FIREWALL = `${GROUP}/providers/Microsoft.Network/FrontDoorWebApplicationFirewallPolicies/wafaoai`;
export const groupId = (name: string) => `${PROFILE}/originGroups/${name}`;
export const originId = (group: string, name: string) => `${groupId(group)}/origins/${name}`;
export const routeId = (name: string) => `${ENDPOINT}/routes/${name}`;
export const hostOf = (region: string) => `aoai-${region}.openai.azure.com`;

export const TYPES = {
  profile: "Microsoft.Cdn/profiles",
  endpoint: "Microsoft.Cdn/profiles/afdEndpoints",
  group: "Microsoft.Cdn/profiles/originGroups",
  origin: "Microsoft.Cdn/profiles/originGroups/origins",
  route: "Microsoft.Cdn/profiles/afdEndpoints/routes",
  security: "Microsoft.Cdn/profiles/securityPolicies",
  firewall: "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies",
} as const;

// biome-ignore format: bodies as infra sends them
export const bodies = {
  profile: (more: Values = {}): ResourceBody => ({ location: "global", sku: { name: "Standard_AzureFrontDoor" }, properties: { originResponseTimeoutSeconds: 240 }, ...more }),
  endpoint: (more: Values = {}): ResourceBody => ({ location: "global", properties: { enabledState: "Enabled", ...more } }),
  group: (more: Values = {}): ResourceBody => ({
    properties: {
      loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 1000 },
      healthProbeSettings: { probePath: "/status-0123456789abcdef", probeProtocol: "Https", probeRequestType: "GET", probeIntervalInSeconds: 30 },
      ...more,
    },
  }),
  origin: (host: string, more: Values = {}): ResourceBody => ({
    properties: { hostName: host, originHostHeader: host, httpPort: 80, httpsPort: 443, priority: 1, weight: 500, enabledState: "Enabled", enforceCertificateNameCheck: true, ...more },
  }),
  route: (group: string, more: Values = {}): ResourceBody => ({
    properties: {
      originGroup: { id: groupId(group) }, patternsToMatch: ["/openai/*"], supportedProtocols: ["Https"], forwardingProtocol: "HttpsOnly", httpsRedirect: "Disabled",
      linkToDefaultDomain: "Enabled", enabledState: "Enabled", ...more,
    },
  }),
  firewall: (rules: Values[], settings: Values = {}): ResourceBody => ({
    location: "global", sku: { name: "Standard_AzureFrontDoor" }, properties: { policySettings: { enabledState: "Enabled", mode: "Prevention", ...settings }, customRules: { rules } },
  }),
  security: (domains = [ENDPOINT], more: Values = {}): ResourceBody => ({
    properties: { parameters: { type: "WebApplicationFirewall", wafPolicy: { id: FIREWALL }, associations: [{ domains: domains.map((id) => ({ id })), patternsToMatch: ["/*"] }], ...more } },
  }),
};

/** The rules with which a header is asked for that only the gateway knows. */
export const proofRules = (header: string, secret: string): Values[] => [
  {
    ...{ name: "NoProof", priority: 1, ruleType: "MatchRule", action: "Block" },
    matchConditions: [
      { matchVariable: "RequestHeader", selector: header, operator: "Any", matchValue: [], negateCondition: true },
    ],
  },
  {
    ...{ name: "WrongProof", priority: 2, ruleType: "MatchRule", action: "Block" },
    matchConditions: [
      { matchVariable: "RequestHeader", selector: header, operator: "Equal", matchValue: [secret], negateCondition: true },
    ],
  },
];

/** A Standard profile with an endpoint; `arm.write` puts through the rules at the clock's time. */
export class TestArm extends MemoryArm {
  readonly clock = manualClock(new Date("2026-11-24T09:00:00Z"));
  #version = 0;

  constructor() {
    super();
    this.write(GROUP, "Microsoft.Resources/resourceGroups", { location: "swedencentral", properties: {} });
    this.write(PROFILE, TYPES.profile, bodies.profile());
    this.write(ENDPOINT, TYPES.endpoint, bodies.endpoint());
  }

  override get version(): number {
    return this.#version;
  }

  override hasRole(): boolean {
    return true;
  }

  write(id: string, type: string, body: ResourceBody): Resource {
    this.#version++;
    const put = this.put(id, type, body, { now: this.clock.now() });
    this.#version++;
    return put;
  }

  group(name: string, more: Values = {}): void {
    this.write(groupId(name), TYPES.group, bodies.group(more));
  }

  origin(group: string, region: string, more: Values = {}): void {
    this.write(originId(group, region), TYPES.origin, bodies.origin(hostOf(region), more));
  }

  route(name: string, group: string, more: Values = {}): void {
    this.write(routeId(name), TYPES.route, bodies.route(group, more));
  }
}

/** As a server sees it, and what the client was told. */
export type Seen = HttpRequest & { dialled: string; tls: Values; timeoutMs: number };

export function frontDoor(arm: TestArm, options: Partial<FrontDoorOptions> = {}) {
  const seen: Seen[] = [];
  const probes: Seen[] = [];
  const servers = new Map<string, (request: Seen) => HttpResponse | Promise<HttpResponse>>();
  let down = new Set<string>();
  const client: Client = async (request, { dial, tls, timeoutMs }) => {
    const host = dial ?? request.url.hostname;
    const arrived: Seen = { ...request, dialled: host, tls: { ...tls }, timeoutMs };
    const isProbe = request.headers.get("x-fd-healthprobe") === "1";
    (isProbe ? probes : seen).push(arrived);
    if (down.has(host)) throw new TransportError("refused", `${host} refused the connection`);
    return await (servers.get(host) ?? (() => answer(200, host)))(arrived);
  };
  const door = createFrontDoor({
    arm,
    clock: arm.clock,
    random: Math.random,
    client: () => client,
    latencyMs: () => 10,
    ...options,
  });
  const host = String(arm.get(ENDPOINT)?.body.properties.hostName);
  return {
    door,
    host,
    /** What origins were asked, probes aside. */
    seen,
    probes,
    serve: (region: string, handler: (request: Seen) => HttpResponse | Promise<HttpResponse>) =>
      servers.set(hostOf(region), handler),
    takeDown: (...regions: string[]) => {
      down = new Set(regions.map(hostOf));
    },
    async ask(path: string, { headers = {}, method = "POST", body = "{}", scheme = "https", to = host }: Asked = {}) {
      const response = await door.handle(requestTo(`${scheme}://${to}${path}`, method, headers, body));
      return { ...response, text: await textOf(response) };
    },
    /** How many of `times` requests each region got. */
    async shares(times: number, path = "/openai/v1/models"): Promise<Record<string, number>> {
      const from = seen.length;
      for (let i = 0; i < times; i++) await textOf(await door.handle(requestTo(`https://${host}${path}`, "POST", {}, "{}")));
      const counts: Record<string, number> = {};
      for (const { dialled } of seen.slice(from)) {
        const region = dialled.split(".")[0]?.replace("aoai-", "") ?? "";
        counts[region] = (counts[region] ?? 0) + 1;
      }
      return counts;
    },
    /** Time goes on, and what was woken comes to rest. */
    async advance(seconds: number) {
      await settled();
      await arm.clock.advance(seconds * 1000);
      await settled();
    },
  };
}

/** What was begun has come to its next sleep. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Asked {
  headers?: Record<string, string>;
  method?: string;
  body?: string | Uint8Array;
  scheme?: "http" | "https";
  to?: string;
}

export function requestTo(url: string, method: string, headers: Record<string, string>, body: string | Uint8Array): HttpRequest {
  return {
    method,
    url: new URL(url),
    headers: new HeaderList(Object.entries(headers)),
    body: typeof body === "string" ? Buffer.from(body) : body,
  };
}

export function answer(status: number, text = "", headers: Record<string, string> = {}): HttpResponse {
  const body = async function* () {
    yield Buffer.from(text);
  };
  return { status, headers: new HeaderList(Object.entries({ "Content-Type": "text/plain", ...headers })), body: body() };
}

export async function textOf({ body }: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
