/**
 * An Application Gateway as its ARM body describes it.
 */

import { VAULTS } from "../arm/network-types.ts";
import type { ArmReader, Resource } from "../arm/resource.ts";
import { secretId as parsedSecretId, readSecret } from "../arm/vault-secrets.ts";
import { type CertificateChain, readPfx } from "./certificates.ts";
import { lastOf, type Properties, sameId } from "./view.ts";

export interface ApplicationGateway {
  id: string;
  name: string;
  /** Subnet where it stands, and where its calls to backends begin. */
  subnet: string;
  frontends: readonly { name: string; address?: string; publicAddressId?: string }[];
  listeners: readonly Listener[];
  /** Answers are collected and sent at once. Default true: then a stream arrives in one piece. */
  buffersResponses: boolean;
  /** ARM id of the firewall policy of the whole gateway. */
  firewall?: string;
}

export interface Listener {
  name: string;
  frontend: string;
  port: number;
  protocol: "Http" | "Https";
  /** Empty: any host. May begin with `*.`. */
  hosts: readonly string[];
  /** Name among the gateway's certificates. */
  certificate?: string;
  firewall?: string;
  /** Where its requests go: the first path rule that fits, else the default. Absent: it has no routing rule. */
  routes?: { paths: readonly PathRule[]; otherwise: Route };
}

export interface PathRule extends Route {
  /** `/r/eastus2/*` */
  patterns: readonly string[];
  firewall?: string;
}

export interface Route {
  pool: Pool;
  settings: Settings;
}

export interface Pool {
  name: string;
  /** Host names or addresses. */
  members: readonly string[];
}

export interface Settings {
  name: string;
  protocol: "Http" | "Https";
  port: number;
  /** Put in place of what a path rule matched; without path rule, before the path. */
  path?: string;
  /** Sent as Host; undefined: the host that the client called. */
  host: { override?: string; fromMember: boolean };
  requestTimeoutSeconds: number;
  probe: Probe;
}

export interface Probe {
  protocol: "Http" | "Https";
  path: string;
  /** undefined: as the settings send it to the member. */
  host?: string;
  port: number;
  intervalSeconds: number;
  timeoutSeconds: number;
  unhealthyThreshold: number;
  statuses: readonly { min: number; max: number }[];
  body?: string;
}

type Part = { name: string; properties: Properties };

/** @throws Error when the body refers to what it does not have; ARM refuses such a body */
export function applicationGatewayOf({ id, name, body }: Resource): ApplicationGateway {
  const { properties } = body;
  const parts = (kind: string): Part[] => properties[kind] ?? [];
  const find = (kind: string, reference: { id: string } | undefined): Part => {
    const found = parts(kind).find((part) => part.name.toLowerCase() === lastOf(reference?.id ?? "").toLowerCase());
    if (!found) throw new Error(`${id}: there is no ${kind} ${reference?.id}`);
    return found;
  };
  const route = (pool: { id: string } | undefined, settings: { id: string } | undefined): Route => ({
    pool: poolOf(find("backendAddressPools", pool)),
    settings: settingsOf(find("backendHttpSettingsCollection", settings), (probe) => find("probes", probe)),
  });
  const rules = [...parts("requestRoutingRules")].sort((a, b) => (a.properties.priority ?? 0) - (b.properties.priority ?? 0));
  const routesOf = (listener: Part): Listener["routes"] => {
    const rule = rules.find(
      ({ properties: p }) => lastOf(p.httpListener?.id ?? "").toLowerCase() === listener.name.toLowerCase(),
    );
    if (!rule) return undefined;
    if (rule.properties.ruleType !== "PathBasedRouting")
      return { paths: [], otherwise: route(rule.properties.backendAddressPool, rule.properties.backendHttpSettings) };
    const map = find("urlPathMaps", rule.properties.urlPathMap);
    return {
      paths: ((map.properties.pathRules ?? []) as Part[]).map(({ properties: p }) => ({
        patterns: p.paths ?? [],
        ...route(p.backendAddressPool, p.backendHttpSettings),
        ...(p.firewallPolicy && { firewall: p.firewallPolicy.id }),
      })),
      otherwise: route(map.properties.defaultBackendAddressPool, map.properties.defaultBackendHttpSettings),
    };
  };
  return {
    id,
    name,
    subnet: parts("gatewayIPConfigurations")[0]?.properties.subnet?.id ?? "",
    frontends: parts("frontendIPConfigurations").map((part) => ({
      name: part.name,
      address: part.properties.privateIPAddress,
      publicAddressId: part.properties.publicIPAddress?.id,
    })),
    listeners: parts("httpListeners").map((part) => ({
      name: part.name,
      frontend: find("frontendIPConfigurations", part.properties.frontendIPConfiguration).name,
      port: Number(find("frontendPorts", part.properties.frontendPort).properties.port),
      protocol: part.properties.protocol,
      hosts: [...(part.properties.hostName ? [part.properties.hostName] : []), ...(part.properties.hostNames ?? [])].map(
        (host: string) => host.toLowerCase(),
      ),
      ...(part.properties.sslCertificate && { certificate: find("sslCertificates", part.properties.sslCertificate).name }),
      ...(part.properties.firewallPolicy && { firewall: part.properties.firewallPolicy.id }),
      routes: routesOf(part),
    })),
    buffersResponses: properties.globalConfiguration?.enableResponseBuffering !== false,
    ...(properties.firewallPolicy && { firewall: properties.firewallPolicy.id }),
  };
}

const poolOf = ({ name, properties }: Part): Pool => ({
  name,
  members: ((properties.backendAddresses ?? []) as { fqdn?: string; ipAddress?: string }[]).flatMap(
    ({ fqdn, ipAddress }) => fqdn ?? ipAddress ?? [],
  ),
});

function settingsOf({ name, properties: p }: Part, find: (probe: { id: string }) => Part): Settings {
  const { protocol = "Http" } = p;
  const port = p.port ?? (protocol === "Https" ? 443 : 80);
  const settings: Omit<Settings, "probe"> = {
    name,
    protocol,
    port,
    path: p.path || undefined,
    host: { override: p.hostName || undefined, fromMember: p.pickHostNameFromBackendAddress === true },
    requestTimeoutSeconds: p.requestTimeout ?? 30,
  };
  return { ...settings, probe: probeOf(p.probe ? find(p.probe).properties : {}, settings) };
}

/** Without a probe of its own, Azure asks for `/` every 30 s. Application Gateway health probes, 2026. */
function probeOf(p: Properties, { protocol, port }: Omit<Settings, "probe">): Probe {
  return {
    protocol: p.protocol ?? protocol,
    path: p.path ?? "/",
    host: p.pickHostNameFromBackendHttpSettings === true ? undefined : p.host || undefined,
    port: p.port ?? port,
    intervalSeconds: p.interval ?? 30,
    timeoutSeconds: p.timeout ?? 30,
    unhealthyThreshold: p.unhealthyThreshold ?? 3,
    statuses: ((p.match?.statusCodes ?? ["200-399"]) as string[]).map((range) => {
      const [min = "", max = min] = range.split("-");
      return { min: Number(min), max: Number(max) };
    }),
    body: p.match?.body || undefined,
  };
}

/** Listeners where a connection to an address ends. */
export function listenersAt(gateway: ApplicationGateway, frontend: string, port: number): Listener[] {
  return gateway.listeners.filter((listener) => listener.frontend === frontend && listener.port === port);
}

/** The listener for a host: its own name before a wildcard before any host. */
export function listenerFor(listeners: readonly Listener[], host: string): Listener | undefined {
  const rank = ({ hosts }: Listener) =>
    hosts.includes(host)
      ? 3
      : hosts.some((name) => name.startsWith("*.") && host.endsWith(name.slice(1)))
        ? 2
        : hosts.length === 0
          ? 1
          : 0;
  return [...listeners].sort((a, b) => rank(b) - rank(a)).find((listener) => rank(listener) > 0);
}

const chains = new Map<string, CertificateChain>();

/**
 * The certificate that a listener shows. ARM does not give it back on GET: the store keeps it among the secrets, from the PFX or, for one from
 * Key Vault, from the vault's own secret.
 * @throws Error when it cannot be read
 */
export function certificateOf(arm: ArmReader, gateway: ApplicationGateway, name: string): CertificateChain {
  const resource = arm.get(gateway.id);
  const part = ((resource?.body.properties.sslCertificates ?? []) as Part[]).find((one) => one.name === name);
  const vaultSecret = part?.properties.keyVaultSecretId;
  const { data, password } = vaultSecret
    ? { data: vaultSecretOf(arm, vaultSecret), password: "" }
    : {
        data: arm.secret(gateway.id, `sslCertificates/${name}/data`) ?? part?.properties.data,
        password: arm.secret(gateway.id, `sslCertificates/${name}/password`) ?? part?.properties.password,
      };
  if (!data) throw new Error(`${gateway.id}: certificate ${name} has no data`);
  const key = JSON.stringify([data, password]);
  const chain = chains.get(key) ?? readPfx(data, password ?? "");
  chains.set(key, chain);
  return chain;
}

/** `https://kv-contoso.vault.azure.net/secrets/openai`: base64 of the PFX, without password, as Key Vault gives it. */
function vaultSecretOf(arm: ArmReader, secretId: string): string | undefined {
  const named = parsedSecretId(secretId);
  const found = named && arm.list(VAULTS).find((one) => sameId(one.name, named.vault));
  return found && readSecret(arm, found.id, named);
}
