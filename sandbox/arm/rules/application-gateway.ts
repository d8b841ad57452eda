import { isAddress } from "../../network/addresses.ts";
import { prefixOf } from "../../network/view.ts";
import { APPLICATION_GATEWAYS, GATEWAY_FIREWALLS, PUBLIC_ADDRESSES, SUBNETS, VAULTS } from "../network-types.ts";
import type { Resource } from "../resource.ts";
import { secretId as parsedSecretId, readSecret } from "../vault-secrets.ts";
import { identityOf } from "./identity.ts";
import { checkManagementPorts } from "./management-traffic.ts";
import {
  ADDRESSES_OF_AZURE,
  checkInnerName,
  checkQuiet,
  checkStaticAddress,
  checkZones,
  dangling,
  delegationsOf,
  type Inner,
  NETWORK_NAME,
  networkError,
  rangeOf,
  referenced,
  subscriptionOf,
  usersOf,
} from "./network.ts";
import { openPfx } from "./pfx.ts";
import { userOfAddress } from "./public-ip-address.ts";
import type { Put, Rule } from "./rule.ts";
import { guid, sameId, stateOf } from "./target.ts";
import { readsSecrets } from "./vault.ts";

/** Of one gateway (Azure subscription limits, Application Gateway v2). */
const LIMITS = {
  sslCertificates: 100,
  frontendPorts: 100,
  httpListeners: 100,
  backendAddressPools: 100,
  backendHttpSettingsCollection: 100,
  probes: 100,
  requestRoutingRules: 400,
  urlPathMaps: 100,
} as const;
type Kind = keyof typeof LIMITS | "gatewayIPConfigurations" | "frontendIPConfigurations";
const KINDS: readonly Kind[] = [
  "gatewayIPConfigurations",
  "frontendIPConfigurations",
  ...(Object.keys(LIMITS) as (keyof typeof LIMITS)[]),
];
const TARGETS_PER_POOL = 1200;
const PATHS_PER_MAP = 100;
/** Instances (Application Gateway v2 autoscaling). */
const INSTANCES = [1, 125] as const;
/** Rule priorities: 1 is first. */
const PRIORITY = [1, 20_000] as const;
/** Seconds of a backend setting or probe. */
const TIMEOUT = [1, 86_400] as const;
const UNHEALTHY_THRESHOLD = [1, 20] as const;
const PORTS = [1, 65_535] as const;

/** Seconds: 6 to 15 minutes and 1 to 6 in the documentation and in what users report. */
const CREATE_SECONDS = 10 * 60;
const UPDATE_SECONDS = 4 * 60;
const DELETE_SECONDS = 5 * 60;

const invalid = networkError;

export const applicationGateway: Rule = {
  type: APPLICATION_GATEWAYS,
  name: NETWORK_NAME,
  put(put) {
    const { target, body, existing, context } = put;
    checkQuiet(context, target.id);
    checkZones(target.id, body.zones as string[] | undefined, existing);
    const instances = checkSize(put);
    const parts = new Parts(put);
    const subnet = checkSubnet(put, parts, instances);
    checkFrontends(put, parts, subnet);
    const { secrets, shown: certificates } = certificatesOf(put, parts);
    checkBackends(parts);
    checkListeners(put, parts);
    checkRules(put, parts);
    checkFirewall(put);
    checkBuffering(put);
    checkTls(put);

    const written = Object.fromEntries(
      KINDS.map((kind) => [
        kind,
        parts.of(kind).map((part) => ({
          id: parts.id(kind, part.name),
          name: part.name,
          type: `${APPLICATION_GATEWAYS}/${kind}`,
          properties: { ...(certificates.get(part) ?? part.properties), provisioningState: "Succeeded" },
        })),
      ]),
    );
    for (const map of written.urlPathMaps as unknown as Inner[])
      map.properties.pathRules = (map.properties.pathRules as Inner[]).map(({ name, properties }) => ({
        id: `${map.id}/pathRules/${name}`,
        name,
        type: `${APPLICATION_GATEWAYS}/urlPathMaps/pathRules`,
        properties: { ...properties, provisioningState: "Succeeded" },
      }));
    for (const { properties } of written.frontendIPConfigurations as unknown as Inner[])
      properties.privateIPAllocationMethod ??= "Dynamic";
    return {
      body: {
        ...body,
        ...(body.identity && { identity: identityOf(put) }),
        properties: {
          ...body.properties,
          ...written,
          resourceGuid: guid("application gateway", target.id, existing?.createdAt ?? context.now),
          provisioningState: "Succeeded",
        },
      },
      secrets,
      seconds: existing ? UPDATE_SECONDS : CREATE_SECONDS,
    };
  },
  remove(resource, context) {
    checkQuiet(context, resource.id);
    return { seconds: DELETE_SECONDS, softDelete: false };
  },
  shown(body, resource, context) {
    const state = stateOf(resource, context, "Updating", "Updating");
    return {
      ...body,
      etag: `W/"${guid("etag", resource.id, resource.changedAt)}"`,
      properties: {
        ...body.properties,
        operationalState: state === "Succeeded" || resource.createdAt !== resource.changedAt ? "Running" : "Starting",
        provisioningState: state,
      },
    };
  },
};

/** The gateway's parts by kind, with the ids by which they name each other. */
class Parts {
  readonly #put: Put;

  constructor(put: Put) {
    this.#put = put;
    for (const kind of KINDS) this.#checkNames(kind);
  }

  of(kind: Kind): Inner[] {
    const parts = (this.#put.body.properties[kind] ?? []) as Inner[];
    for (const part of parts) part.properties ??= {};
    return parts;
  }

  id(kind: Kind, name: string): string {
    return `${this.#put.target.id}/${kind}/${name}`;
  }

  /** The part that `reference` names, which `from` does. Undefined without a reference. */
  find(kind: Kind, reference: { id?: string } | undefined, from: string): Inner | undefined {
    if (reference === undefined) return undefined;
    const found = this.of(kind).find(({ name }) => sameId(this.id(kind, name), reference.id ?? ""));
    if (!found) throw dangling(String(reference.id), from);
    return found;
  }

  #checkNames(kind: Kind): void {
    const parts = this.of(kind);
    const limit = kind in LIMITS ? LIMITS[kind as keyof typeof LIMITS] : undefined;
    if (limit !== undefined && parts.length > limit)
      throw invalid(`Application Gateway ${this.#put.target.id} has ${parts.length} ${kind}; at most ${limit} are allowed.`);
    checkParts(parts, `${this.#put.target.id}/${kind}`);
  }
}

function checkParts(parts: readonly Inner[], where: string): void {
  for (const [at, { id, name }] of parts.entries()) {
    checkInnerName(name);
    if (parts.slice(0, at).some((other) => sameId(other.name, name))) throw invalid(`${where} has two parts named ${name}.`);
    if (id !== undefined && !sameId(id, `${where}/${name}`)) throw invalid(`Resource id ${id} does not match ${where}/${name}.`);
  }
}

const isBetween = (value: number, [least, most]: readonly [number, number]) => value >= least && value <= most;

/** @returns the most instances that it can have */
function checkSize({ target, body, existing }: Put): number {
  const { sku, autoscaleConfiguration } = body.properties;
  if (sku.name !== sku.tier)
    throw invalid(`Application Gateway ${target.id} has SKU ${sku.name} and tier ${sku.tier}, which do not belong together.`);
  if (existing && !existing.body.properties.sku.name.endsWith("_v2"))
    throw invalid(`Application Gateway ${target.id} cannot be changed from version 1 to version 2.`);
  if ((sku.capacity === undefined) === (autoscaleConfiguration === undefined))
    throw invalid(`Application Gateway ${target.id} must have either a capacity in its SKU or an autoscale configuration.`);
  if (autoscaleConfiguration === undefined) {
    if (!isBetween(sku.capacity, INSTANCES))
      throw invalid(`Capacity ${sku.capacity} of Application Gateway ${target.id} is out of range ${INSTANCES.join(" to ")}.`);
    return sku.capacity;
  }
  const { minCapacity, maxCapacity = INSTANCES[1] } = autoscaleConfiguration;
  if (minCapacity > INSTANCES[1] || maxCapacity > INSTANCES[1] || minCapacity > maxCapacity)
    throw invalid(
      `Autoscale bounds ${minCapacity} and ${maxCapacity} of Application Gateway ${target.id} are out of range: 0 to ${INSTANCES[1]}, the least not above the most.`,
    );
  return maxCapacity;
}

/** The gateway's own subnet: nothing else in it, large enough, open for management. */
function checkSubnet(put: Put, parts: Parts, instances: number): Resource {
  const { target, existing, context } = put;
  const [configuration, ...more] = parts.of("gatewayIPConfigurations");
  if (!configuration || more.length > 0)
    throw invalid(`Application Gateway ${target.id} must have exactly one gateway IP configuration.`);
  const reference = configuration.properties.subnet;
  if (!reference)
    throw invalid(`Subnet reference is required for ipconfiguration ${parts.id("gatewayIPConfigurations", configuration.name)}.`);
  const subnet = referenced(put, "properties.gatewayIPConfigurations[0].properties.subnet.id", reference.id, SUBNETS);
  checkSubscription(put, subnet);
  const before = existing?.body.properties.gatewayIPConfigurations[0]?.properties.subnet.id;
  if (before !== undefined && !sameId(before, subnet.id))
    throw invalid(`The subnet of Application Gateway ${target.id} cannot be changed while it runs.`);
  const foreign = delegationsOf(subnet).filter((service) => service !== "Microsoft.Network/applicationGateways");
  if (foreign.length > 0) throw invalid(`Subnet ${subnet.id} of Application Gateway ${target.id} is delegated to ${foreign}.`);
  const others = usersOf(subnet.id, context).filter((id) => !sameId(context.arm.get(id)?.type ?? "", APPLICATION_GATEWAYS));
  if (others.length > 0)
    throw invalid(
      `Subnet ${subnet.id} cannot be used for Application Gateway ${target.id} since it has other resources deployed in it: ${others.join(", ")}.`,
      "ApplicationGatewaySubnetCannotHaveOtherResources",
    );
  // An address for each instance and one for the private frontend.
  const { first, last } = rangeOf(prefixOf(subnet), subnet.id);
  const room = last - first + 1 - ADDRESSES_OF_AZURE;
  if (instances + 1 > room)
    throw invalid(
      `Subnet ${subnet.id} has room for ${room} addresses; Application Gateway ${target.id} needs up to ${instances + 1}.`,
    );
  checkManagementPorts(context.arm, target.id, subnet);
  return subnet;
}

function checkSubscription({ target }: Put, other: Resource): void {
  if (subscriptionOf(other.id) !== subscriptionOf(target.id)) throw dangling(other.id, target.id);
}

function checkFrontends(put: Put, parts: Parts, subnet: Resource): void {
  const { target, body, context } = put;
  const count = { public: 0, private: 0 };
  for (const { name, properties } of parts.of("frontendIPConfigurations")) {
    const id = parts.id("frontendIPConfigurations", name);
    const { publicIPAddress, subnet: own, privateIPAddress, privateIPAllocationMethod = "Dynamic" } = properties;
    if ((publicIPAddress === undefined) === (own === undefined))
      throw invalid(
        `Frontend IP configuration ${id} must have either a public IP address or a subnet.`,
        "ApplicationGatewayFrontendIpCannotHavePublicIpAndSubnet",
      );
    if (publicIPAddress) {
      count.public++;
      if (privateIPAddress !== undefined) throw invalid(`Frontend IP configuration ${id} is public and has a private address.`);
      const address = referenced(
        put,
        "properties.frontendIPConfigurations.publicIPAddress.id",
        publicIPAddress.id,
        PUBLIC_ADDRESSES,
      );
      checkSubscription(put, address);
      const user = userOfAddress(address.id, context);
      if (user && !sameId(user, id))
        throw networkError(
          `Resource ${id} is referencing public IP address ${address.id} that is already allocated to resource ${user}.`,
          "PublicIPAddressInUse",
        );
      const zones = (address.body.zones ?? []) as string[];
      if (((body.zones ?? []) as string[]).some((zone) => zones.length > 0 && !zones.includes(zone)))
        throw invalid(
          `Public IP address ${address.id} is in zones ${zones}; those of Application Gateway ${target.id} must be among them.`,
        );
    } else {
      count.private++;
      if (!sameId(own.id ?? "", subnet.id))
        throw invalid(`Frontend IP configuration ${id} must lie in the gateway's subnet ${subnet.id}.`);
      if (privateIPAllocationMethod !== "Static" || privateIPAddress === undefined)
        throw invalid(
          `The private address of frontend IP configuration ${id} must be static and given: version 2 has no dynamic ones.`,
        );
      checkStaticAddress(context.arm, privateIPAddress, subnet, target.id);
    }
  }
  if (count.public > 1 || count.private > 1)
    throw invalid(`Application Gateway ${target.id} can have one public and one private frontend IP configuration.`);
  if (count.public === 0)
    throw invalid(
      `Application Gateway without Public IP is not supported for the selected SKU tier ${body.properties.sku.tier}. Supported SKU tiers are Standard, WAF.`,
    );
  checkPorts(parts);
}

function checkPorts(parts: Parts): void {
  const ports = parts.of("frontendPorts");
  for (const [at, { name, properties }] of ports.entries()) {
    if (!isBetween(properties.port, PORTS)) throw invalid(`Port ${properties.port} of frontend port ${name} is out of range.`);
    if (ports.slice(0, at).some((other) => other.properties.port === properties.port))
      throw invalid(`Two frontend ports have number ${properties.port}: ${name} is the second.`);
  }
}

/** Certificates open with their password or come from a vault that lets the gateway's identity in. Neither data nor password is shown again. */
function certificatesOf(put: Put, parts: Parts) {
  const { target, existing, context } = put;
  const secrets: Record<string, string> = {};
  const shown = new Map<Inner, Inner["properties"]>();
  for (const part of parts.of("sslCertificates")) {
    const id = parts.id("sslCertificates", part.name);
    const key = (name: string) => `sslCertificates/${part.name}/${name}`;
    const { keyVaultSecretId, data: given, password: typed, ...rest } = part.properties;
    // Who puts back what he has read leaves the certificate as it is.
    const kept = given === undefined && existing ? context.arm.secret(target.id, key("data")) : undefined;
    if (keyVaultSecretId !== undefined && (given !== undefined || typed !== undefined))
      throw invalid(`Certificate ${id} has both data and a Key Vault secret.`);
    if (keyVaultSecretId === undefined && given === undefined && kept === undefined)
      throw invalid(
        `Data or KeyVaultSecretId must be specified for Certificate ${id}.`,
        "ApplicationGatewaySslCertificateDataMustBeSpecified",
      );
    const fromVault = keyVaultSecretId !== undefined;
    const data = fromVault ? vaultSecret(put, keyVaultSecretId) : String(given ?? kept);
    const password = fromVault ? "" : String(typed ?? (kept && context.arm.secret(target.id, key("password"))) ?? "");
    const publicCertData = openPfx(data, password, id);
    secrets[key("data")] = data;
    secrets[key("password")] = password;
    shown.set(part, { ...rest, ...(fromVault && { keyVaultSecretId }), publicCertData });
  }
  return { secrets, shown };
}

function vaultSecret({ target, body, context }: Put, secretId: string): string {
  const named = parsedSecretId(secretId);
  const vaultName = named?.vault ?? "";
  if (!named) throw invalid(`KeyVault secret id '${secretId}' of Application Gateway '${target.id}' is invalid.`);
  const refused = (text: string) =>
    invalid(
      `Problem occured while accessing and validating KeyVault Secrets associated with Application Gateway '${target.id}'. See details below: ${text}`,
      "ApplicationGatewayKeyVaultSecretException",
    );
  const identities = Object.keys(body.identity?.userAssignedIdentities ?? {});
  if (identities.length !== 1)
    throw refused(
      `Application Gateway '${target.id}' must have one user assigned identity to read '${secretId}'; it has ${identities.length}.`,
    );
  const vault = context.arm.list(VAULTS).find((one) => sameId(one.name, vaultName));
  if (!vault) throw refused(`The KeyVault '${vaultName}' of secret '${secretId}' was not found.`);
  const principal = context.arm.get(identities[0] ?? "")?.body.properties.principalId;
  if (!principal || !readsSecrets(context.arm, vault, principal))
    throw refused(
      `Access denied for KeyVault Secret '${secretId}' for Application Gateway '${target.id}'. Make sure that Identity assigned to Application Gateway has access to the KeyVault associated with secret.`,
    );
  const data = readSecret(context.arm, vault.id, named);
  if (data === undefined) throw refused(`The secret '${secretId}' was not found in KeyVault '${vaultName}'.`);
  return data;
}

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

function checkBackends(parts: Parts): void {
  for (const { name, properties } of parts.of("backendAddressPools")) {
    const targets = (properties.backendAddresses ?? []) as { fqdn?: string; ipAddress?: string }[];
    if (targets.length > TARGETS_PER_POOL)
      throw invalid(`Backend address pool ${name} has ${targets.length} targets; at most ${TARGETS_PER_POOL} are allowed.`);
    for (const { fqdn, ipAddress } of targets) {
      if (
        (fqdn === undefined) === (ipAddress === undefined) ||
        (ipAddress !== undefined && !isAddress(ipAddress)) ||
        (fqdn !== undefined && !HOST.test(fqdn))
      )
        throw invalid(
          `Backend address ${JSON.stringify({ fqdn, ipAddress })} of pool ${name} must be one host name or one IPv4 address.`,
        );
    }
    const known = targets.map(({ fqdn, ipAddress }) => (fqdn ?? ipAddress ?? "").toLowerCase());
    const twice = known.find((one, at) => known.indexOf(one) < at);
    if (twice) throw invalid(`Backend address pool ${name} has ${twice} twice.`);
  }
  for (const { name, properties } of parts.of("probes")) checkProbe(name, properties);
  for (const { name, properties } of parts.of("backendHttpSettingsCollection")) checkSettings(parts, name, properties);
}

function checkProbe(name: string, properties: Inner["properties"]): void {
  const { protocol, path, host, interval, timeout, unhealthyThreshold, pickHostNameFromBackendHttpSettings: picks } = properties;
  if (!String(path).startsWith("/")) throw invalid(`Path '${path}' of probe ${name} must start with '/'.`);
  if (!isBetween(interval, TIMEOUT) || !isBetween(timeout, TIMEOUT) || !isBetween(unhealthyThreshold, UNHEALTHY_THRESHOLD))
    throw invalid(
      `Probe ${name} has interval ${interval}, timeout ${timeout} and unhealthyThreshold ${unhealthyThreshold}: ${TIMEOUT.join("-")} s, ${TIMEOUT.join("-")} s and ${UNHEALTHY_THRESHOLD.join("-")} are allowed.`,
    );
  if ((host === undefined || host === "") !== (picks === true))
    throw picks
      ? invalid(`Probe ${name} has both a host and pickHostNameFromBackendHttpSettings.`)
      : invalid(`Host for probe ${name} is null or empty.`, "ApplicationGatewayProbeHostIsNullOrEmpty");
  if (host && !HOST.test(host)) throw invalid(`Host '${host}' of probe ${name} is invalid.`);
  for (const codes of (properties.match?.statusCodes ?? []) as string[]) {
    const [, first = "0", last = first] = /^(\d{3})(?:-(\d{3}))?$/.exec(codes) ?? [];
    if (Number(first) < 100 || Number(last) > 599 || Number(first) > Number(last))
      throw invalid(`Status codes '${codes}' of probe ${name} are neither a code nor a range.`);
  }
  if (protocol === "Tcp" || protocol === "Tls") throw invalid(`Probe ${name}: this sandbox has HTTP and HTTPS only.`);
}

function checkSettings(parts: Parts, name: string, properties: Inner["properties"]): void {
  const id = parts.id("backendHttpSettingsCollection", name);
  const { port, protocol, requestTimeout = 30, hostName, pickHostNameFromBackendAddress: picks, path } = properties;
  if (protocol === "Tcp" || protocol === "Tls") throw invalid(`Backend settings ${name}: this sandbox has HTTP and HTTPS only.`);
  if (!isBetween(port, PORTS)) throw invalid(`Port ${port} of backend settings ${id} is out of range ${PORTS.join("-")}.`);
  if (!isBetween(requestTimeout, TIMEOUT))
    throw invalid(`Request timeout ${requestTimeout} of backend settings ${id} is out of range ${TIMEOUT.join("-")}.`);
  if (hostName && picks)
    throw invalid(
      `Backend settings ${id} have both a host name and pickHostNameFromBackendAddress.`,
      "ApplicationGatewayBackendHttpSettingsHostNameFieldConflict",
    );
  if (path !== undefined && path !== "" && !path.startsWith("/"))
    throw invalid(`Path '${path}' of backend settings ${id} must start with '/'.`);
  const probe = parts.find("probes", properties.probe, id);
  if (!probe) return;
  if (probe.properties.protocol !== protocol)
    throw invalid(
      `Probe ${parts.id("probes", probe.name)} has protocol ${probe.properties.protocol}; backend settings ${id} have ${protocol}.`,
      "ApplicationGatewayProbeProtocolMustMatchBackendHttpSettingsProtocol",
    );
  if (probe.properties.pickHostNameFromBackendHttpSettings && !hostName && !picks)
    throw invalid(
      `Probe ${probe.name} takes its host from backend settings ${id}, which have neither a host name nor pickHostNameFromBackendAddress.`,
    );
}

function checkListeners(put: Put, parts: Parts): void {
  const listeners = parts.of("httpListeners");
  const seen = new Map<string, string>();
  for (const [at, { name, properties }] of listeners.entries()) {
    const id = parts.id("httpListeners", name);
    const { protocol, hostName, hostNames = [], sslCertificate, firewallPolicy } = properties;
    if (protocol === "Tcp" || protocol === "Tls") throw invalid(`Listener ${name}: this sandbox has HTTP and HTTPS only.`);
    const frontend = parts.find("frontendIPConfigurations", properties.frontendIPConfiguration, id);
    const port = parts.find("frontendPorts", properties.frontendPort, id);
    parts.find("sslCertificates", sslCertificate, id);
    if ((protocol === "Https") !== (sslCertificate !== undefined))
      throw invalid(`Listener ${id} has protocol ${protocol}: an SSL certificate is given exactly with Https.`);
    if (hostName && hostNames.length > 0) throw invalid(`Listener ${id} has both hostName and hostNames.`);
    for (const host of hostName ? [hostName] : hostNames)
      if (!HOST.test(host.replace(/^\*\./, ""))) throw invalid(`Host name '${host}' of listener ${id} is invalid.`);
    for (const host of hostName ? [hostName] : hostNames.length > 0 ? hostNames : [""]) {
      const key = [frontend?.name, port?.name, host].join("\n").toLowerCase();
      const other = seen.get(key);
      if (other !== undefined)
        throw invalid(
          `Two Http Listeners of Application Gateway ${other} and ${id} are using the same Frontend Port ${port?.name} and FrontendIpConfiguration ${frontend?.name}.`,
          "ApplicationGatewayHttpListenersUsingSameFrontendPortAndFrontendIpConfig",
        );
      seen.set(key, id);
    }
    if (firewallPolicy !== undefined)
      checkPolicy(put, `properties.httpListeners[${at}].properties.firewallPolicy.id`, firewallPolicy);
  }
}

function checkRules(put: Put, parts: Parts): void {
  const rules = parts.of("requestRoutingRules");
  if (parts.of("httpListeners").length === 0 || rules.length === 0)
    throw invalid(`Application Gateway ${put.target.id} must have at least one listener and one request routing rule.`);
  for (const [at, { name, properties }] of rules.entries()) {
    const id = parts.id("requestRoutingRules", name);
    const { priority, ruleType = "Basic", backendAddressPool, backendHttpSettings, urlPathMap } = properties;
    if (priority === undefined)
      throw invalid(
        `Priority for the request routing rule ${id} cannot be empty. All request routing rules should have a priority defined starting from api-version 2021-08-01`,
        "ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty",
      );
    if (!isBetween(priority, PRIORITY))
      throw invalid(`Priority ${priority} of request routing rule ${id} is out of range ${PRIORITY.join(" to ")}.`);
    const listener = parts.find("httpListeners", properties.httpListener, id);
    for (const other of rules.slice(0, at)) {
      const otherId = parts.id("requestRoutingRules", other.name);
      if (other.properties.priority === priority)
        throw invalid(`Request routing rules ${otherId} and ${id} have the same priority ${priority}.`);
      if (parts.find("httpListeners", other.properties.httpListener, otherId) === listener)
        throw invalid(`Request routing rules ${otherId} and ${id} have the same listener ${listener?.name}.`);
    }
    const pool = parts.find("backendAddressPools", backendAddressPool, id);
    const settings = parts.find("backendHttpSettingsCollection", backendHttpSettings, id);
    const map = parts.find("urlPathMaps", urlPathMap, id);
    const isBasic = ruleType === "Basic";
    if (isBasic ? !pool || !settings || map : pool || settings || !map)
      throw invalid(
        `Request routing rule ${id} of type ${ruleType} must have ${isBasic ? "a backend address pool and backend settings, and no URL path map" : "a URL path map, and neither a backend address pool nor backend settings of its own"}.`,
      );
  }
  for (const map of parts.of("urlPathMaps")) checkPathMap(put, parts, map);
}

function checkPathMap(put: Put, parts: Parts, { name, properties }: Inner): void {
  const id = parts.id("urlPathMaps", name);
  const rules = (properties.pathRules ?? []) as Inner[];
  for (const rule of rules) rule.properties ??= {};
  const both = (pool: { id?: string } | undefined, settings: { id?: string } | undefined, from: string) => {
    const found = [parts.find("backendAddressPools", pool, from), parts.find("backendHttpSettingsCollection", settings, from)];
    if (found.includes(undefined)) throw invalid(`${from} must have a backend address pool and backend settings.`);
  };
  both(properties.defaultBackendAddressPool, properties.defaultBackendHttpSettings, id);
  if (rules.length === 0 || rules.length > PATHS_PER_MAP)
    throw invalid(`URL path map ${id} has ${rules.length} path rules; 1 to ${PATHS_PER_MAP} are allowed.`);
  checkParts(rules, `${id}/pathRules`);
  const seen = new Set<string>();
  for (const [at, rule] of rules.entries()) {
    const ruleId = `${id}/pathRules/${rule.name}`;
    both(rule.properties.backendAddressPool, rule.properties.backendHttpSettings, ruleId);
    const paths = (rule.properties.paths ?? []) as string[];
    if (paths.length === 0) throw invalid(`Path rule ${ruleId} has no paths.`);
    for (const path of paths) {
      if (!/^\/[^*?#]*(?<=[/.])\*?$|^\/[^*?#]*$/.test(path))
        throw invalid(
          `Path '${path}' of ${ruleId} is invalid. Path must start with '/' and the only place a '*' is allowed is at the end, following a '/'.`,
        );
      if (seen.has(path.toLowerCase())) throw invalid(`Path '${path}' of ${ruleId} is in another path rule of its map already.`);
      seen.add(path.toLowerCase());
    }
    const { firewallPolicy } = rule.properties;
    if (firewallPolicy !== undefined)
      checkPolicy(put, `properties.urlPathMaps.${name}.pathRules[${at}].properties.firewallPolicy.id`, firewallPolicy);
  }
}

function checkPolicy(put: Put, path: string, { id }: { id?: string }): void {
  if (put.body.properties.sku.tier !== "WAF_v2")
    throw invalid(
      `The Firewall cannot be configured for the selected SKU tier ${put.body.properties.sku.tier} of Application Gateway ${put.target.id}. Supported SKU tiers are WAF_v2.`,
      "ApplicationGatewayFirewallCannotBeConfiguredForSelectedSku",
    );
  checkSubscription(put, referenced(put, path, id, GATEWAY_FIREWALLS));
}

function checkFirewall(put: Put): void {
  const { sku, firewallPolicy } = put.body.properties;
  if (firewallPolicy !== undefined) checkPolicy(put, "properties.firewallPolicy.id", firewallPolicy);
  else if (sku.tier === "WAF_v2")
    throw invalid(
      `Application Gateway ${put.target.id} with the selected SKU tier WAF_v2 must have a valid WAF policy or configuration`,
      "ApplicationGatewayFirewallNotConfiguredForSelectedSku",
    );
}

/** A predefined policy has a name, one of the user's own what it is made of. */
function checkTls({ target, body }: Put): void {
  const { policyType, policyName, minProtocolVersion, cipherSuites } = body.properties.sslPolicy ?? {};
  if (body.properties.sslPolicy === undefined) return;
  const isComplete =
    policyType === "Predefined" ? policyName !== undefined : minProtocolVersion !== undefined && cipherSuites !== undefined;
  if (policyType === undefined || !isComplete)
    throw invalid(
      `The SSL policy of Application Gateway ${target.id} needs a policyType, and with Predefined a policyName, with the others minProtocolVersion and cipherSuites.`,
    );
}

/** Both are given or none; a firewall looks at requests, so it collects them. */
function checkBuffering({ target, body }: Put): void {
  const { globalConfiguration, sku } = body.properties;
  if (!globalConfiguration) return;
  const { enableRequestBuffering, enableResponseBuffering } = globalConfiguration;
  if (enableRequestBuffering === undefined || enableResponseBuffering === undefined)
    throw invalid(
      `The global configuration of Application Gateway ${target.id} must have both enableRequestBuffering and enableResponseBuffering.`,
    );
  if (sku.tier === "WAF_v2" && !enableRequestBuffering)
    throw invalid(`Request buffering of Application Gateway ${target.id} cannot be disabled with SKU tier WAF_v2.`);
}
