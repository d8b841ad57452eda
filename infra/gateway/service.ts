import { all, type Output, output, type Resource } from "@pulumi/pulumi";
import type { Account } from "../accounts.ts";
import { apimanagement, ROLES } from "../azure.ts";
import type { Foundation } from "../foundation.ts";
import type { Network } from "../network.ts";
import { type Grant, grant } from "../roles.ts";
import { customDomain, type DnsRecord, dnsRecords } from "./custom-domain.ts";

/** An API Management service, still without anything in it. */
export interface Service {
  /** What every resource below it names. */
  here: { resourceGroupName: Output<string>; serviceName: Output<string> };
  /** `https://<service>.azure-api.net`, or at the host of the owner's. */
  url: Output<string>;
  /** For that host, where there is one. */
  dnsRecords?: Output<DnsRecord[]>;
  /** Of its own identity. */
  principalId: Output<string>;
  /**
   * Addresses and prefixes that its calls may come from, sorted: its own, and those of a NAT gateway, which Azure gives a Premium service of its own
   * accord. They change when it joins or leaves a network.
   */
  outboundAddresses: Output<string[]>;
  /** By account key: from here on the service may call the account. */
  roles: ReadonlyMap<string, readonly Resource[]>;
}

/**
 * Whatever replaces a service gives it another name, and what is in it another path: the old one serves until the new one is complete, and is kept where
 * that cannot be made. azure-native would delete first what has a name of ours.
 */
export const SIDE_BY_SIDE = { deleteBeforeReplace: false };

/** Left out on the wire: the SDK replaces undefined by its default, but not an Output of undefined. */
const unsent = output<undefined>(undefined);

/** The service, in the network where the plan has one, and its right to call every account. */
export function service(base: Foundation, accounts: readonly Account[], network: Network | undefined): Service {
  const { plan, resourceGroupName, location, tags } = base;
  const serviceName = base.gatewaySuffix.apply((suffix) => `${plan.names.gateway}-${suffix}`);
  const { customDomain: wish } = plan.gateway;
  const domain = wish && customDomain(wish, base, serviceName);
  const resource = new apimanagement.ApiManagementService(
    "gateway",
    {
      resourceGroupName,
      serviceName,
      location,
      tags,
      publisherName: plan.gateway.publisherName,
      publisherEmail: plan.gateway.publisherEmail,
      sku: { name: plan.gateway.sku, capacity: plan.gateway.capacity },
      identity: domain?.identities
        ? { type: "SystemAssigned, UserAssigned", userAssignedIdentities: domain.identities }
        : { type: "SystemAssigned" },
      ...(domain && { hostnameConfigurations: domain.hostnameConfigurations }),
      virtualNetworkType: plan.network?.gateway.type ?? "None",
      ...(plan.network && { virtualNetworkConfiguration: { subnetResourceId: network?.subnet(plan.network.gateway.subnet) } }),
      // The SDK would send false, which ARM refuses on classic SKUs (pulumi-azure-native #1741).
      enableClientCertificate: unsent,
      // The SDK would send its defaults for these too, which are not what every SKU has: leave the service its own.
      developerPortalStatus: unsent,
      legacyPortalStatus: unsent,
      natGatewayState: unsent,
    },
    {
      customTimeouts: { create: "3h", update: "3h", delete: "2h" },
      // Entering a network it finds closed accounts at once; before it leaves one, accounts have been opened.
      dependsOn: [...accounts.map((account) => account.resource), ...(network?.ready ?? []), ...(domain?.ready ?? [])],
      ...SIDE_BY_SIDE,
    },
  );
  const azureName = resource.name.apply((name) => `${name}.azure-api.net`);
  const address =
    plan.network?.gateway.type === "Internal" ? resource.privateIPAddresses.apply(([first = ""]) => first) : undefined;
  if (address) {
    network?.host("gateway", azureName, address);
    if (wish) network?.host("gateway-domain", wish.host, address);
  }
  const principalId = resource.identity.apply((identity) => identity?.principalId ?? "");
  const roles = accounts.map(({ plan: { key, subscription, editsPictures }, id }): [string, Resource[]] => {
    const { provider } = base.place(subscription);
    const may = (name: string, role: Grant["role"]) =>
      grant({ name: `${name}-${key}`, drawn: `${name}-name-${key}` }, { role, scope: id, principalId }, provider);
    return [key, [may("role", ROLES.openAiUser), ...(editsPictures ? [may("role-pictures", ROLES.dataContributor)] : [])]];
  });
  return {
    here: { resourceGroupName, serviceName: resource.name },
    url: domain
      ? all([domain.answers, resource.gatewayUrl]).apply(([own, url]) => (own ? `https://${wish?.host}` : url))
      : resource.gatewayUrl,
    ...(wish && { dnsRecords: dnsRecords(wish, azureName, address) }),
    principalId,
    outboundAddresses: all([resource.publicIPAddresses, resource.outboundPublicIPAddresses]).apply(gatewaysOwn),
    roles: new Map(roles),
  };
}

/** Each once, in an order of their own: Azure lists them as it likes, and no list at all where it has nothing to say. */
export const gatewaysOwn = (lists: readonly (readonly string[] | undefined)[]): string[] =>
  [...new Set(lists.flatMap((list) => list ?? []))].sort();
