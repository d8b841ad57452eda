/**
 * Private endpoints: which account stands behind which private address.
 */
import { PRIVATE_ENDPOINTS } from "../arm/network-types.ts";
import type { ArmReader, Resource } from "../arm/resource.ts";
import { isThere, type NetworkArm, type Properties, sameId } from "./view.ts";

export interface PrivateEndpoint {
  resource: Resource;
  subnet: string;
  /** ARM id of the account. */
  account: string;
  addresses: readonly string[];
}

/** Those whose connection is approved. Where they are only being made or deleted, `isThere` says so. */
export function privateEndpoints(arm: NetworkArm): PrivateEndpoint[] {
  return arm.list(PRIVATE_ENDPOINTS).flatMap((resource) => {
    const { properties } = resource.body;
    const account = approvedAccount(arm, resource.id);
    const subnet = properties.subnet?.id;
    return account !== undefined && typeof subnet === "string"
      ? [{ resource, subnet, account, addresses: addressesOf(arm, properties) }]
      : [];
  });
}

/** ARM id of the account to which a private endpoint has an approved connection. */
export function approvedAccount(arm: ArmReader, endpoint: string | undefined): string | undefined {
  const properties = endpoint === undefined ? undefined : arm.get(endpoint)?.body.properties;
  const connections: { properties: Properties }[] = [
    ...(properties?.privateLinkServiceConnections ?? []),
    ...(properties?.manualPrivateLinkServiceConnections ?? []),
  ];
  const approved = connections.find(({ properties: p }) => p.privateLinkServiceConnectionState?.status === "Approved");
  const id = approved?.properties.privateLinkServiceId;
  return typeof id === "string" ? id : undefined;
}

/** Chosen by the user, or shown by Azure beside the names that belong to them, or on the network interface. */
function addressesOf(arm: NetworkArm, properties: Properties): string[] {
  const configured = (list: { properties?: { privateIPAddress?: string } }[] | undefined) =>
    (list ?? []).flatMap(({ properties: p }) => p?.privateIPAddress ?? []);
  const shown = ((properties.customDnsConfigs ?? []) as { ipAddresses?: string[] }[]).flatMap(
    ({ ipAddresses }) => ipAddresses ?? [],
  );
  const interfaces = ((properties.networkInterfaces ?? []) as { id: string }[]).flatMap(({ id }) =>
    configured(arm.get(id)?.body.properties.ipConfigurations),
  );
  return [...new Set([...configured(properties.ipConfigurations), ...shown, ...interfaces])];
}

/** Does an approved connection lead to the account? Then its public name is an alias of one in the `privatelink` zone. */
export const hasPrivateEndpoint = (arm: NetworkArm, endpoints: readonly PrivateEndpoint[], account: Resource) =>
  endpoints.some((endpoint) => sameId(endpoint.account, account.id) && isThere(arm, endpoint.resource.id));
