/**
 * Names and reachability: which host stands where on 127.0.0.1, or why it cannot be reached from where the connection begins.
 */
import type { X509Certificate } from "node:crypto";
import { APPLICATION_GATEWAYS, PUBLIC_ADDRESSES, SERVICES } from "../arm/network-types.ts";
import type { ArmReader, Resource } from "../arm/resource.ts";
import type { Clock } from "../clock.ts";
import type { Faults } from "../faults.ts";
import { type Connection, TransportError } from "../http.ts";
import { accountHosts } from "./account-hosts.ts";
import { contains, isAddress, publicAddressFor, within } from "./addresses.ts";
import {
  type ApplicationGateway,
  applicationGatewayOf,
  certificateOf,
  listenerFor,
  listenersAt,
} from "./application-gateway-config.ts";
import { refusalOf, type ServerCertificate, type TlsChecks } from "./certificates.ts";
import type { Place } from "./data-plane.ts";
import { type Answer, createNames } from "./names.ts";
import { privateEndpoints } from "./private-endpoints.ts";
import { deniedBy, type End } from "./security.ts";
import { customHosts, derived, isThere, lastOf, type NetworkArm, networkOf, prefixOf, sameId } from "./view.ts";

/** Where a connection ends. */
export interface Destination {
  /** On 127.0.0.1. */
  port: number;
  /** The connection is made and the request taken, but nothing ever answers. */
  silent?: boolean;
  /** Nothing answers the attempt to connect, which is given up after so many sandbox ms. */
  unreachable?: { why: string; afterMs: number };
  /** What the server learns of the connection. */
  connection?: Connection;
}

export interface Connecting {
  /** Default 443. */
  port?: number;
  /** Name for which a certificate is asked, and how it is judged; absent: a plain connection. */
  tls?: TlsChecks & { serverName: string };
}

export interface Network {
  readonly clock: Clock;
  /**
   * @param host  without port: `aoai-dev-eastus2-ab12cd.openai.azure.com`, or an IPv4 address
   * @param from  default: the internet
   * @throws      TransportError when no connection comes about
   */
  resolve(host: string, from?: Place, how?: Connecting): Destination;
}

/** Names without connections. */
export interface NameService {
  /** What DNS says there; undefined: the name does not resolve. */
  addressOf(host: string, from?: Place): string | undefined;
}

export interface NetworkOptions {
  arm: NetworkArm;
  faults: Faults;
  /** Port of the server that answers for every account at its public address. */
  accountsPort: number;
  /** Ports of the others; what has none refuses connections. */
  privateEndpointsPort?: number;
  applicationGatewaysPort?: number;
  frontDoorPort?: number;
  /** Read at each connection: API Management listens last. */
  gatewayPort?: () => number | undefined;
  /** Authorities that this cloud trusts besides the public ones. */
  roots?: () => readonly X509Certificate[];
  /** Sandbox ms until an attempt to connect is given up. Default 21 s: what Windows, on which API Management runs, waits with its two repeats. */
  connectTimeoutMs?: number;
}

/** What stands at an address. */
interface Target {
  id: string;
  /** On 127.0.0.1; undefined: nothing listens. */
  port: number | undefined;
  /** Where it stands, if network rules apply to it there. */
  subnet?: string;
  /** Service tags of its address. */
  tags: readonly string[];
  /** undefined: it does not speak TLS on that port. */
  certificate?: () => ServerCertificate;
}

/** An account closed to the internet is still reached: it answers 403 itself. */
export function createNetwork(options: NetworkOptions): Network & NameService {
  const { arm, faults, roots = () => [], connectTimeoutMs = 21_000 } = options;
  const accountOf = accountHosts(arm);
  const endpoints = derived(arm, () => privateEndpoints(arm));
  const names = createNames(arm, { accountOf, endpoints });
  const gateways = derived(arm, () => arm.list(APPLICATION_GATEWAYS).map(applicationGatewayOf));

  /** @throws TransportError "refused" when something stands there but does not listen */
  function applicationGateway(
    gateway: ApplicationGateway,
    frontend: string,
    port: number,
    serverName: string | undefined,
  ): Target {
    const listeners = listenersAt(gateway, frontend, port);
    if (listeners.length === 0)
      throw new TransportError(
        "refused",
        `Application Gateway ${gateway.name} has no listener on port ${port} of its frontend ${frontend}`,
      );
    const listener = listenerFor(listeners, serverName ?? "") ?? listeners[0];
    const name = listener?.certificate;
    return {
      id: gateway.id,
      port: options.applicationGatewaysPort,
      subnet: gateway.subnet,
      tags: [],
      ...(name !== undefined && { certificate: () => certificateOf(arm, gateway, name) }),
    };
  }

  /** What stands at a private address of a virtual network. */
  function privateTarget(address: string, network: string, port: number, serverName: string | undefined): Target | undefined {
    const here = (subnet: string | undefined) => subnet !== undefined && sameId(networkOf(subnet), network);
    const endpoint = endpoints().find(
      ({ resource, subnet, addresses }) => here(subnet) && addresses.includes(address) && isThere(arm, resource.id),
    );
    if (endpoint) {
      const { subnet } = endpoint;
      // Rules apply to private endpoints only where their subnet says so (Azure, network policies for private endpoints).
      const policies = arm.get(subnet)?.body.properties.privateEndpointNetworkPolicies;
      const guarded = policies === "Enabled" || policies === "NetworkSecurityGroupEnabled";
      return {
        id: endpoint.resource.id,
        port: options.privateEndpointsPort,
        subnet: guarded ? subnet : undefined,
        tags: ["VirtualNetwork"],
        certificate: () => ACCOUNT_CERTIFICATE,
      };
    }
    for (const gateway of gateways()) {
      const frontend = gateway.frontends.find((one) => one.address === address);
      if (frontend && here(gateway.subnet) && isThere(arm, gateway.id))
        return { ...applicationGateway(gateway, frontend.name, port, serverName), tags: ["VirtualNetwork"] };
    }
    const service = arm.list(SERVICES).find(({ body: { properties } }) => {
      const { virtualNetworkType, virtualNetworkConfiguration, privateIPAddresses = [] } = properties;
      return (
        virtualNetworkType === "Internal" &&
        here(virtualNetworkConfiguration?.subnetResourceId) &&
        privateIPAddresses.includes(address)
      );
    });
    return service && { ...apiManagement(service), tags: ["VirtualNetwork"] };
  }

  function apiManagement({ id, body }: Resource): Target {
    const { virtualNetworkType, virtualNetworkConfiguration } = body.properties;
    const injected = /^(Developer|Premium)$/.test(String(body.sku?.name)) || virtualNetworkType === "Internal";
    return {
      id,
      port: options.gatewayPort?.(),
      // Outbound integration of a v2 service lets nobody in through the network.
      subnet: injected ? virtualNetworkConfiguration?.subnetResourceId : undefined,
      tags: azureTags(body.location),
      certificate: () => ({ names: ["*.azure-api.net", ...customHosts(body)] }),
    };
  }

  function publicTarget(
    { kind, resource }: NonNullable<Answer["owner"]>,
    port: number,
    serverName: string | undefined,
  ): Target | undefined {
    const { id, body } = resource;
    switch (kind) {
      case "account":
        return {
          id,
          port: options.accountsPort,
          tags: [...azureTags(body.location), "CognitiveServicesFrontend"],
          certificate: () => ACCOUNT_CERTIFICATE,
        };
      case "front-door": {
        const host = String(body.properties.hostName).toLowerCase();
        return {
          id,
          port: options.frontDoorPort,
          tags: [...azureTags(undefined), "AzureFrontDoor.Frontend"],
          certificate: () => ({ names: [host] }),
        };
      }
      case "api-management":
        return apiManagement(resource);
      case "public-address": {
        for (const gateway of gateways()) {
          const frontend = gateway.frontends.find(({ publicAddressId }) => sameId(publicAddressId, id));
          if (frontend && isThere(arm, gateway.id))
            return { ...applicationGateway(gateway, frontend.name, port, serverName), tags: azureTags(body.location) };
        }
        return undefined;
      }
    }
  }

  /** An address that was dialled as such, or that a record on the internet led to. */
  function ownerOf(address: string): Answer["owner"] {
    const resource = arm.list(PUBLIC_ADDRESSES).find(({ body }) => body.properties.ipAddress === address);
    return resource && { kind: "public-address", resource };
  }

  /** Where the connection begins, as rules and servers see it. */
  function beginning({ subnet, address }: Place, isInside: boolean): End & { network?: { prefix: string; subnet: Resource } } {
    const found = subnet === undefined ? undefined : arm.get(subnet);
    if (subnet !== undefined && !found)
      throw new TransportError("unreachable", `the subnet ${subnet}, where the connection begins, does not exist`);
    const outside = address ?? publicAddressFor(subnet ?? "somebody");
    if (!found) return { address: outside, tags: ["Internet"] };
    const prefix = prefixOf(found);
    // The first four addresses of a subnet are Azure's.
    return {
      address: isInside ? within(prefix, 4) : outside,
      tags: isInside ? ["VirtualNetwork"] : ["Internet", "AzureCloud"],
      network: { prefix, subnet: found },
    };
  }

  /** The network rule in the way. */
  function barrier(from: ReturnType<typeof beginning>, to: End, target: Target | undefined, port: number): string | undefined {
    if (from.network) {
      const own: End = { address: within(from.network.prefix, 4), tags: ["VirtualNetwork"] };
      const denied = deniedBy(arm, from.network.subnet, { direction: "Outbound", from: own, to, port });
      if (denied) return denied;
    }
    const subnet = target?.subnet === undefined ? undefined : arm.get(target.subnet);
    return subnet && deniedBy(arm, subnet, { direction: "Inbound", from, to: { ...to, tags: ["VirtualNetwork"] }, port });
  }

  return {
    clock: faults.clock,

    addressOf(host, from = {}) {
      try {
        return names.lookup(host, from).address;
      } catch (error) {
        if (error instanceof TransportError) return undefined;
        throw error;
      }
    },

    resolve(host, from = {}, { port = 443, tls } = { tls: { serverName: host } }) {
      const place = { host, region: accountOf(host)?.body.location };
      if (faults.active("dns", place)) throw new TransportError("dns", `${host} does not resolve (injected fault)`);
      const { address, owner = isAddress(host) ? ownerOf(host) : undefined } = names.lookup(host, from);

      const network = from.subnet === undefined ? undefined : networkOf(from.subnet);
      const isInside = !owner && network !== undefined && inNetwork(arm, network, address);
      const target = owner
        ? publicTarget(owner, port, tls?.serverName)
        : isInside
          ? privateTarget(address, network as string, port, tls?.serverName)
          : undefined;
      const start = beginning(from, isInside);
      const unreachable = (why: string) => ({
        port: 0,
        unreachable: { why: `${host} (${address}:${port}): ${why}`, afterMs: connectTimeoutMs },
      });
      const end: End = { address, tags: target?.tags ?? (isInside ? ["VirtualNetwork"] : ["Internet"]) };
      const denied = barrier(start, end, target, port);
      if (denied) return unreachable(`no answer, ${denied} drops it`);
      if (!target) {
        return unreachable(
          isInside
            ? `nothing has this address in ${lastOf(network as string)}`
            : `no way there from ${network ? lastOf(network) : "the internet"}`,
        );
      }
      if (faults.active("refused", place)) throw new TransportError("refused", `${host} refused the connection (injected fault)`);
      if (target.port === undefined)
        throw new TransportError("refused", `${host} refused the connection: ${lastOf(target.id)} does not listen`);
      if (faults.active("tls", place)) throw new TransportError("tls", `${host} failed the TLS handshake (injected fault)`);
      handshake(host, target, tls);
      if (faults.active("reset", place)) throw new TransportError("reset", `${host} reset the connection (injected fault)`);
      return {
        port: target.port,
        connection: { from: start.address, to: address, port, target: target.id },
        ...(faults.active("hang", place) && { silent: true }),
      };
    },
  };

  function handshake(host: string, target: Target, tls: Connecting["tls"]): void {
    if (!tls) {
      if (target.certificate)
        throw new TransportError("reset", `${host} closed the connection: it speaks TLS there, and the request was plain HTTP`);
      return;
    }
    if (!target.certificate) throw new TransportError("tls", `${host} failed the TLS handshake: it speaks plain HTTP there`);
    const refusal = refusalOf(shownBy(target, host), tls.serverName.toLowerCase(), tls, {
      roots: roots(),
      now: faults.clock.now(),
    });
    if (refusal)
      throw new TransportError(
        "tls",
        `${host} failed the TLS handshake: its certificate ${refusal}, and ${tls.serverName} was called`,
      );
  }
}

function shownBy({ certificate }: Target, host: string): ServerCertificate {
  try {
    return certificate?.() ?? { names: [] };
  } catch (error) {
    throw new TransportError(
      "tls",
      `${host} failed the TLS handshake: it has no usable certificate: ${(error as Error).message}`,
    );
  }
}

const ACCOUNT_CERTIFICATE: ServerCertificate = {
  names: ["*.openai.azure.com", "*.cognitiveservices.azure.com", "*.services.ai.azure.com"],
};

const azureTags = (region: string | undefined) => ["Internet", "AzureCloud", ...(region ? [`AzureCloud.${region}`] : [])];

function inNetwork(arm: ArmReader, network: string, address: string): boolean {
  const prefixes = (arm.get(network)?.body.properties.addressSpace?.addressPrefixes ?? []) as string[];
  return prefixes.some((prefix) => contains(prefix, address));
}
