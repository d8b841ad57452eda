/**
 * Two accounts in a virtual network with an Application Gateway before them, from ARM bodies written by hand: the network as it runs, over real
 * HTTP, or in process, where only the clock needs to be moved.
 */
import { X509Certificate } from "node:crypto";
import { type Authority, type CertificateFile, makeCertificate } from "../../cli/pfx.ts";
import type { ResourceBody } from "../../sandbox/arm/resource.ts";
import { type Handler, type HttpRequest, TransportError } from "../../sandbox/http.ts";
import type { Client, SendOptions } from "../../sandbox/http-client.ts";
import { createApplicationGateways } from "../../sandbox/network/application-gateway.ts";
import type { Place } from "../../sandbox/network/data-plane.ts";
import { startNetwork } from "../../sandbox/network/index.ts";
import { createNetwork } from "../../sandbox/network/resolve.ts";
import { type AccountsSpec, accountsOf, answerOf } from "./openai-accounts.ts";

export const GROUP = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg";
const network = (type: string, name: string) => `${GROUP}/providers/Microsoft.Network/${type}/${name}`;
export const VNET = network("virtualNetworks", "vnet");
export const subnetId = (name: string) => `${VNET}/subnets/${name}`;
export const ZONE = network("privateDnsZones", "privatelink.openai.azure.com");
export const ENTRANCE = "openai.contoso.example";
export const ENTRANCE_ZONE = network("privateDnsZones", ENTRANCE);
export const ENTRANCE_ADDRESS = "10.42.2.10";
export const GATEWAY = network("applicationGateways", "agw");
export const REGIONS = ["swedencentral", "eastus2"] as const;

export const FROM_GATEWAY: Place = { subnet: subnetId("gateway") };
export const OUTSIDE: Place = {};

export interface SecurityRule {
  name: string;
  priority: number;
  direction: "Inbound" | "Outbound";
  access: "Allow" | "Deny";
  source?: string;
  destination?: string;
  ports?: string;
}

/** The accounts' ARM with everything of a network put into it. */
export function privateAccounts(spec: Partial<AccountsSpec> = {}) {
  const chat = { chat: { capacity: 100 } };
  const azure = accountsOf({
    firstTokenMs: 0,
    tokenMs: 0,
    regions: Object.fromEntries(REGIONS.map((region) => [region, chat])),
    ...spec,
  });
  const { arm } = azure;
  const put = (id: string, type: string, properties: ResourceBody["properties"], envelope: object = {}) =>
    arm.put(id, `Microsoft.Network/${type}`, { ...envelope, properties });

  put(VNET, "virtualNetworks", { addressSpace: { addressPrefixes: ["10.42.0.0/22"] } });
  const subnet = (name: string, addressPrefix: string, more: object = {}) =>
    put(subnetId(name), "virtualNetworks/subnets", { addressPrefix, ...more });
  const guard = (subnetName: string, rules: SecurityRule[]) => {
    const id = network("networkSecurityGroups", `nsg-${subnetName}`);
    put(id, "networkSecurityGroups", {
      securityRules: rules.map(({ name, source = "*", destination = "*", ports = "443", ...rule }) => ({
        name,
        properties: {
          ...rule,
          protocol: "Tcp",
          sourceAddressPrefix: source,
          sourcePortRange: "*",
          destinationAddressPrefix: destination,
          destinationPortRange: ports,
        },
      })),
    });
    const { properties } = arm.get(subnetId(subnetName))?.body ?? { properties: {} };
    put(subnetId(subnetName), "virtualNetworks/subnets", { ...properties, networkSecurityGroup: { id } });
  };
  subnet("gateway", "10.42.0.0/24");
  subnet("endpoints", "10.42.1.0/24", { privateEndpointNetworkPolicies: "Disabled" });
  subnet("application-gateway", "10.42.2.0/24");

  const link = (zone: string) =>
    put(`${zone}/virtualNetworkLinks/vnet`, "privateDnsZones/virtualNetworkLinks", { virtualNetwork: { id: VNET } });
  const record = (zone: string, name: string, ipv4Address: string) =>
    put(`${zone}/A/${name}`, "privateDnsZones/A", { aRecords: [{ ipv4Address }] });
  const endpointId = (region: string) => network("privateEndpoints", `pe-${region}`);
  const addressOf = (region: string) => `10.42.1.${4 + REGIONS.indexOf(region as (typeof REGIONS)[number])}`;
  const endpoint = (region: string, status = "Approved") =>
    put(endpointId(region), "privateEndpoints", {
      subnet: { id: subnetId("endpoints") },
      customDnsConfigs: [{ fqdn: azure.hostOf(region), ipAddresses: [addressOf(region)] }],
      privateLinkServiceConnections: [
        {
          name: "account",
          properties: {
            privateLinkServiceId: azure.idOf(region),
            groupIds: ["account"],
            privateLinkServiceConnectionState: { status },
          },
        },
      ],
    });
  put(ZONE, "privateDnsZones", {});
  link(ZONE);
  for (const region of REGIONS) {
    azure.open(region, { publicNetworkAccess: "Disabled" });
    endpoint(region);
    record(ZONE, `aoai-${region}`, addressOf(region));
  }
  return { ...azure, put, subnet, guard, link, record, endpoint, endpointId, addressOf };
}

export type PrivateAccounts = ReturnType<typeof privateAccounts>;

export interface GatewayWish {
  /** Application Gateway's own properties, over those of the usual one. */
  properties?: Record<string, unknown>;
  settings?: Record<string, unknown>;
  probe?: Record<string, unknown>;
  pools?: Record<string, string[]>;
  certificate?: CertificateFile;
}

/** Listener on the private address, `/openai` to both accounts in turn, `/r/<region>/*` to one, as the product has it. */
export function addApplicationGateway(
  azure: PrivateAccounts,
  { properties, settings, probe, pools, certificate }: GatewayWish = {},
): void {
  const part = (kind: string, name: string) => ({ id: `${GATEWAY}/${kind}/${name}` });
  const subnet = { id: subnetId("application-gateway") };
  const common = {
    port: 443,
    protocol: "Https",
    pickHostNameFromBackendAddress: true,
    cookieBasedAffinity: "Disabled",
    requestTimeout: 240,
    probe: part("probes", "status"),
    ...settings,
  };
  const send = (pool: string, name: string) => ({
    backendAddressPool: part("backendAddressPools", pool),
    backendHttpSettings: part("backendHttpSettingsCollection", name),
  });
  const members = pools ?? {
    all: REGIONS.map(azure.hostOf),
    ...Object.fromEntries(REGIONS.map((one) => [one, [azure.hostOf(one)]])),
  };
  const way = (region: string) => ({ name: region, properties: { paths: [`/r/${region}/*`], ...send(region, "stripped") } });
  const fallback = send("all", "as-it-is");
  azure.put(
    network("publicIPAddresses", "pip"),
    "publicIPAddresses",
    { ipAddress: "198.51.100.7", dnsSettings: { domainNameLabel: "agw" } },
    { location: "swedencentral" },
  );
  azure.put(GATEWAY, "applicationGateways", {
    gatewayIPConfigurations: [{ name: "subnet", properties: { subnet } }],
    frontendIPConfigurations: [
      { name: "public", properties: { publicIPAddress: { id: network("publicIPAddresses", "pip") } } },
      { name: "private", properties: { privateIPAddress: ENTRANCE_ADDRESS, subnet } },
    ],
    frontendPorts: [{ name: "https", properties: { port: 443 } }],
    sslCertificates: [{ name: "entrance", properties: {} }],
    httpListeners: [
      {
        name: "private",
        properties: {
          protocol: "Https",
          frontendIPConfiguration: part("frontendIPConfigurations", "private"),
          frontendPort: part("frontendPorts", "https"),
          sslCertificate: part("sslCertificates", "entrance"),
        },
      },
    ],
    requestRoutingRules: [
      {
        name: "by-path",
        properties: {
          ruleType: "PathBasedRouting",
          priority: 100,
          httpListener: part("httpListeners", "private"),
          urlPathMap: part("urlPathMaps", "ways"),
        },
      },
    ],
    urlPathMaps: [
      {
        name: "ways",
        properties: {
          defaultBackendAddressPool: fallback.backendAddressPool,
          defaultBackendHttpSettings: fallback.backendHttpSettings,
          pathRules: Object.keys(members)
            .filter((name) => name !== "all")
            .map(way),
        },
      },
    ],
    backendHttpSettingsCollection: [
      { name: "as-it-is", properties: common },
      { name: "stripped", properties: { ...common, path: "/" } },
    ],
    backendAddressPools: Object.entries(members).map(([name, hosts]) => ({
      name,
      properties: { backendAddresses: hosts.map((fqdn) => ({ fqdn })) },
    })),
    probes: [
      {
        name: "status",
        properties: {
          protocol: "Https",
          path: "/status-0123456789abcdef",
          interval: 30,
          timeout: 30,
          unhealthyThreshold: 3,
          pickHostNameFromBackendHttpSettings: true,
          match: { statusCodes: ["200-399"] },
          ...probe,
        },
      },
    ],
    globalConfiguration: { enableRequestBuffering: true, enableResponseBuffering: false },
    ...properties,
  });
  const { pfx, password } = certificate ?? theCertificate();
  azure.arm.setSecret(GATEWAY, "sslCertificates/entrance/data", pfx);
  azure.arm.setSecret(GATEWAY, "sslCertificates/entrance/password", password);
  azure.put(ENTRANCE_ZONE, "privateDnsZones", {});
  azure.link(ENTRANCE_ZONE);
  azure.record(ENTRANCE_ZONE, "@", ENTRANCE_ADDRESS);
}

let made: CertificateFile | undefined;
/** Self-signed, for the entrance; one for all tests of a file. */
function theCertificate(): CertificateFile {
  made ??= certificateFor(ENTRANCE);
  return made;
}

export const certificateFor = (host: string, authority?: Authority) =>
  makeCertificate({ host, notBefore: new Date("2026-11-01"), days: 397, authority });

/** What the gateway's backend entities say for a self-signed certificate. */
export const NAME_ONLY = { validateCertificateChain: false, validateCertificateName: true };

/** A request for an account as the gateway sends it, to `host`. */
export function callTo(
  azure: PrivateAccounts,
  host: string,
  path = "/openai",
  body: unknown = CHAT,
  headers: Record<string, string> = {},
): HttpRequest {
  const region = REGIONS[0];
  const made = azure.request(region, `${path}/deployments/chat/chat/completions?api-version=2024-10-21`, body, headers);
  return { ...made, url: new URL(`https://${host}${made.url.pathname}${made.url.search}`) };
}

export const CHAT = { messages: [{ role: "user", content: "Hello" }], max_completion_tokens: 16 };

/** Sends and reads: the answer, or how it failed. */
export async function outcomeOf(client: Client, request: HttpRequest, options: Partial<SendOptions> = {}) {
  try {
    return { ...(await answerOf(await client(request, { timeoutMs: 60_000, tls: NAME_ONLY, ...options }))), failure: undefined };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return { failure: error.kind, message: error.message };
  }
}

export async function running(azure: PrivateAccounts, roots: Authority[] = []) {
  return await startNetwork({
    arm: azure.arm,
    clock: azure.clock,
    faults: azure.faults,
    random: () => 0,
    accounts: azure.accounts,
    roots: () => roots.map(({ certificate }) => new X509Certificate(certificate)),
    connectTimeoutMs: 20,
  });
}

/** The same without servers: a request is handed over within one turn, so that only the clock decides when something happens. */
export function inProcess(azure: PrivateAccounts) {
  const handlers: Record<number, Handler> = {
    1: (request) => azure.accounts.handle(request),
    2: (request) => azure.accounts.handlePrivate(request),
    3: (request) => gateways.handle(request),
  };
  const names = createNetwork({
    arm: azure.arm,
    faults: azure.faults,
    accountsPort: 1,
    privateEndpointsPort: 2,
    applicationGatewaysPort: 3,
  });
  const client =
    (from: Place): Client =>
    async (request, { timeoutMs, tls, dial }) => {
      const { hostname } = request.url;
      const { port, silent, unreachable, connection } = names.resolve(dial ?? hostname, from, {
        tls: { serverName: hostname, ...tls },
      });
      if (unreachable) throw new TransportError("unreachable", unreachable.why);
      if (silent) {
        await azure.clock.sleep(timeoutMs, request.signal);
        throw new TransportError("timeout", "no answer");
      }
      return await (handlers[port] as Handler)({ ...request, ...(connection && { connection }) });
    };
  const gateways = createApplicationGateways({ arm: azure.arm, clock: azure.clock, random: () => 0, client });
  return { client, gateways };
}
