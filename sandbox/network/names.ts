/**
 * DNS: what a host name means where it is asked for. A private zone answers only in the virtual networks that it is linked to, and there for
 * every name below it: one that it does not have does not resolve, whatever the internet says (Azure private endpoint DNS, 2026).
 */
import { ENDPOINTS } from "../arm/front-door-types.ts";
import { A_RECORDS, PUBLIC_ADDRESSES, SERVICES, ZONE_LINKS, ZONES } from "../arm/network-types.ts";
import type { Resource } from "../arm/resource.ts";
import { TransportError } from "../http.ts";
import { isAddress, publicAddressFor } from "./addresses.ts";
import type { Place } from "./data-plane.ts";
import { hasPrivateEndpoint, type PrivateEndpoint } from "./private-endpoints.ts";
import { customHosts, derived, isThere, lastOf, type NetworkArm, networkOf, sameId } from "./view.ts";

/** Whose a public address is. */
export type Owner = { kind: "account" | "front-door" | "api-management" | "public-address"; resource: Resource };

export interface Answer {
  /** IPv4. */
  address: string;
  /** Absent for private addresses: what stands there, the virtual network knows. */
  owner?: Owner;
}

/** What the network knows of accounts. */
interface Known {
  accountOf(host: string): Resource | undefined;
  endpoints(): readonly PrivateEndpoint[];
}

export interface Names {
  /**
   * @param host  without port
   * @throws      TransportError "dns"
   */
  lookup(host: string, from: Place): Answer;
}

export function createNames(arm: NetworkArm, { accountOf, endpoints }: Known): Names {
  const zones = derived(arm, () => zonesOf(arm));
  const others = derived(arm, () => publicNames(arm));

  /** The zone that answers for a name in a virtual network: of several, the one that says most. */
  function zoneFor(name: string, network: string): Zone | undefined {
    return zones()
      .filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`))
      .filter((zone) => zone.links.some((link) => sameId(link.network, network) && isThere(arm, link.id)))
      .sort((a, b) => b.name.length - a.name.length)[0];
  }

  function publicAnswer(name: string): Answer | { alias: string } | undefined {
    const [, subdomain, suffix] = /^([^.]+)\.privatelink\.(.+)$/.exec(name) ?? [];
    const account = accountOf(subdomain ? `${subdomain}.${suffix}` : name);
    if (account && isThere(arm, account.id)) {
      if (!subdomain && hasPrivateEndpoint(arm, endpoints(), account)) return { alias: name.replace(".", ".privatelink.") };
      return { address: publicAddressFor(account.id), owner: { kind: "account", resource: account } };
    }
    const owner = others().get(name);
    return owner && isThere(arm, owner.resource.id) ? { address: publicAddressOf(owner), owner } : undefined;
  }

  return {
    lookup(host, { subnet }) {
      const network = subnet === undefined ? undefined : networkOf(subnet);
      let name = host.toLowerCase();
      if (isAddress(name)) return { address: name };
      for (let hops = 0; hops < 4; hops++) {
        const zone = network === undefined ? undefined : zoneFor(name, network);
        const address = zone && addressIn(zone, name, arm);
        if (address !== undefined) return { address };
        if (zone && !zone.fallsBack(network as string))
          throw new TransportError(
            "dns",
            `${host} does not resolve: private DNS zone ${zone.name}, linked to ${lastOf(network as string)}, has no record for ${name}`,
          );
        const answer = publicAnswer(name);
        if (answer && !("alias" in answer)) return answer;
        if (!answer) break;
        name = answer.alias;
      }
      throw new TransportError(
        "dns",
        `${host} does not resolve ${subnet ? "in the virtual network" : "on the internet"}: nothing has this name there`,
      );
    },
  };
}

interface Zone {
  /** Lower case. */
  name: string;
  links: { id: string; network: string }[];
  /** Resolution policy of the link: names that are not in the zone are asked for on the internet. */
  fallsBack(network: string): boolean;
  /** By relative name, `@` for the zone's own. */
  records: Map<string, { id: string; addresses: string[] }>;
}

function zonesOf(arm: NetworkArm): Zone[] {
  return arm.list(ZONES).map(({ id, name }) => {
    const links = arm.list(ZONE_LINKS, id);
    return {
      name: name.toLowerCase(),
      links: links.map((link) => ({ id: link.id, network: String(link.body.properties.virtualNetwork?.id ?? "") })),
      fallsBack: (network) =>
        links.some(
          ({ body: { properties } }) =>
            sameId(properties.virtualNetwork?.id, network) && properties.resolutionPolicy === "NxDomainRedirect",
        ),
      records: new Map(
        arm.list(A_RECORDS, id).map((set) => [
          set.name.toLowerCase(),
          {
            id: set.id,
            addresses: ((set.body.properties.aRecords ?? []) as { ipv4Address: string }[]).map(({ ipv4Address }) => ipv4Address),
          },
        ]),
      ),
    };
  });
}

/** The records of private endpoints' zone groups are among them: the group writes them, and takes them away when it goes. */
function addressIn(zone: Zone, name: string, arm: NetworkArm): string | undefined {
  const record = zone.records.get(name === zone.name ? "@" : name.slice(0, -zone.name.length - 1)) ?? zone.records.get("*");
  return record && isThere(arm, record.id) ? record.addresses[0] : undefined;
}

/** Names on the internet of what is no account. */
function publicNames(arm: NetworkArm): Map<string, Owner> {
  const names = new Map<string, Owner>();
  const add = (name: unknown, owner: Owner) => typeof name === "string" && name !== "" && names.set(name.toLowerCase(), owner);
  for (const resource of arm.list(ENDPOINTS)) add(resource.body.properties.hostName, { kind: "front-door", resource });
  for (const resource of arm.list(SERVICES)) {
    // In internal mode Azure makes no public records.
    if (resource.body.properties.virtualNetworkType !== "Internal")
      // Their owner has a CNAME for the others.
      for (const host of [`${resource.name}.azure-api.net`, ...customHosts(resource.body)])
        add(host, { kind: "api-management", resource });
  }
  for (const resource of arm.list(PUBLIC_ADDRESSES)) {
    const label = resource.body.properties.dnsSettings?.domainNameLabel;
    if (label) add(`${label}.${resource.body.location}.cloudapp.azure.com`, { kind: "public-address", resource });
  }
  return names;
}

function publicAddressOf({ kind, resource }: Owner): string {
  const { properties } = resource.body;
  const own =
    kind === "api-management" ? properties.publicIPAddresses?.[0] : kind === "public-address" ? properties.ipAddress : undefined;
  return own ?? publicAddressFor(resource.id);
}
