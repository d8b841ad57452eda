import { type Input, type Output, output, type Resource, RunError } from "@pulumi/pulumi";
import type { SecurityRule } from "../stacks/catalog/security-rules.ts";
import { type NetworkPlan, OPENAI_ZONE, type SubnetKey } from "../stacks/network.ts";
import { networkStays, plainPlace } from "../stacks/places.ts";
import { type Account, accountOf } from "./accounts.ts";
import { network, privatedns } from "./azure.ts";
import { type Foundation, known } from "./foundation.ts";

/** Seconds that a resolver may keep an address of ours. */
const TTL = 300;

/** A virtual network in which the accounts' names lead to private endpoints. */
export interface Network {
  /** ARM id. */
  subnet(key: SubnetKey): Output<string>;
  /** Wait for these before something that looks names up once and keeps the answer comes up in the network. */
  ready: readonly Resource[];
  /** Inside the network this host, and nothing below it, has this address. Logical names end in `name`. */
  host(name: string, host: Input<string>, address: Input<string>): Resource[];
}

/**
 * The network itself, still without anything in it. It cannot move with what stands in it: its place stays as it is, and `samePlace` refuses a plan that
 * wants it elsewhere.
 */
export function emptyNetwork({ plan: { network: plan }, resourceGroupName, location, tags }: Foundation) {
  if (!plan) return undefined;
  return new network.VirtualNetwork(
    "network",
    { resourceGroupName, virtualNetworkName: plan.name, location, tags, addressSpace: { addressPrefixes: [plan.addressSpace] } },
    { ignoreChanges: ["location"], deleteBeforeReplace: true },
  );
}

/**
 * Waits until the place of the network is known, before anything is put into it.
 * @throws RunError where it stands in another region than its gateway shall
 */
export async function samePlace(whole: network.VirtualNetwork, { location }: Foundation): Promise<void> {
  const [stands, wanted] = [await known(whole.location), await known(location)];
  if (stands !== undefined && wanted !== undefined && plainPlace(stands) !== plainPlace(wanted))
    throw new RunError(networkStays(plainPlace(stands), plainPlace(wanted)));
}

/**
 * A security group per subnet -> virtual network -> subnets -> one private endpoint per account, and the private zone that knows them.
 * Names are fixed, so what cannot be changed in place is deleted first: `replaceOnChanges` tells what ARM refuses to change but does not mark.
 */
export function virtualNetwork(
  base: Foundation,
  accounts: readonly Account[],
  whole: network.VirtualNetwork | undefined,
): Network | undefined {
  const plan = base.plan.network;
  if (!plan || !whole) return undefined;
  const { resourceGroupName, location, tags } = base;
  const groups = plan.subnets.map(
    ({ key, securityGroup, rules }) =>
      new network.NetworkSecurityGroup(
        `security-group-${key}`,
        { resourceGroupName, networkSecurityGroupName: securityGroup, location, tags, securityRules: rules.map(rule) },
        { replaceOnChanges: ["location"], deleteBeforeReplace: true },
      ),
  );
  const subnets = subnetsOf(plan, base, whole, groups);
  const subnet = (key: SubnetKey) => {
    const found = subnets.get(key);
    if (!found) throw new Error(`the plan has no subnet ${key}`);
    return output(found.id);
  };

  const zoneOf = (name: string, host: Input<string>) => {
    const zone = new privatedns.PrivateZone(
      `zone-${name}`,
      { resourceGroupName, privateZoneName: host, location: "global", tags },
      { deleteBeforeReplace: true },
    );
    const here = { resourceGroupName, privateZoneName: zone.name };
    const link = new privatedns.VirtualNetworkLink(
      `zone-link-${name}`,
      {
        ...here,
        virtualNetworkLinkName: plan.name,
        location: "global",
        tags,
        virtualNetwork: { id: whole.id },
        registrationEnabled: false,
      },
      { replaceOnChanges: ["virtualNetwork"], deleteBeforeReplace: true },
    );
    return { here, zone, link };
  };

  const openai = zoneOf("openai", OPENAI_ZONE);
  const known = plan.endpoints.map((endpoint) =>
    endpointOf(endpoint, base, accounts, subnet("endpoints"), [...subnets.values()], output(openai.zone.id)),
  );
  return {
    subnet,
    ready: [openai.link, ...known],
    host(name, host, address) {
      const { here, link } = zoneOf(name, host);
      const record = new privatedns.PrivateRecordSet(
        `record-${name}`,
        { ...here, relativeRecordSetName: "@", recordType: "A", ttl: TTL, aRecords: [{ ipv4Address: address }] },
        { deleteBeforeReplace: true },
      );
      return [link, record];
    },
  };
}

/** One after the other: a virtual network takes one change at a time. */
function subnetsOf(
  plan: NetworkPlan,
  { resourceGroupName }: Foundation,
  whole: network.VirtualNetwork,
  groups: readonly network.NetworkSecurityGroup[],
): Map<SubnetKey, network.Subnet> {
  const subnets = new Map<SubnetKey, network.Subnet>();
  for (const [at, { key, name, prefix, delegation }] of plan.subnets.entries()) {
    const subnet = new network.Subnet(
      `subnet-${key}`,
      {
        resourceGroupName,
        virtualNetworkName: whole.name,
        subnetName: name,
        addressPrefix: prefix,
        networkSecurityGroup: { id: groups[at]?.id },
        ...(delegation && { delegations: [{ name: "gateway", serviceName: delegation }] }),
        // Rules of security groups do not apply to private endpoints: ours would only be the default ones.
        privateEndpointNetworkPolicies: "Disabled",
      },
      {
        dependsOn: [...subnets.values()].slice(-1),
        // Azure writes the gateway that joins into the subnet; after a refresh Pulumi would want it out again.
        ignoreChanges: ["applicationGatewayIPConfigurations"],
        deleteBeforeReplace: true,
      },
    );
    subnets.set(key, subnet);
  }
  return subnets;
}

/** A private endpoint of an account; ready once the zone knows its address. */
function endpointOf(
  { account: key, name }: NetworkPlan["endpoints"][number],
  { resourceGroupName, location, tags }: Foundation,
  accounts: readonly Account[],
  subnetId: Output<string>,
  subnets: readonly Resource[],
  zoneId: Output<string>,
): Resource {
  const account = accountOf(accounts, key);
  const endpoint = new network.PrivateEndpoint(
    `endpoint-${key}`,
    {
      resourceGroupName,
      privateEndpointName: name,
      // The network's region; the account may stand in any.
      location,
      tags,
      subnet: { id: subnetId },
      privateLinkServiceConnections: [{ name, privateLinkServiceId: account.id, groupIds: ["account"] }],
    },
    {
      // While one of its deployments is being made, an account takes no endpoint: 400 AccountProvisioningStateInvalid. While a subnet of
      // the network changes, theirs may count as changing too, and azure-native does not ask again: RetryableError.
      dependsOn: [...[...account.deployments.values()].slice(-1), ...subnets],
      replaceOnChanges: ["location", "privateLinkServiceConnections"],
      // Azure empties the list once a zone group looks after the names; after a refresh Pulumi would take that for a change.
      ignoreChanges: ["customDnsConfigs"],
      deleteBeforeReplace: true,
    },
  );
  return new network.PrivateDnsZoneGroup(
    `endpoint-zone-${key}`,
    {
      resourceGroupName,
      privateEndpointName: endpoint.name,
      privateDnsZoneGroupName: "default",
      privateDnsZoneConfigs: [{ name: "openai", privateDnsZoneId: zoneId }],
    },
    { deleteBeforeReplace: true },
  );
}

/** As ARM takes it: one port range under one name, several under another. */
function rule({ name, priority, direction, access, protocol, source, destination, ports, why }: SecurityRule) {
  const [first, ...others] = ports;
  return {
    name,
    priority,
    direction,
    access,
    protocol,
    description: why,
    sourceAddressPrefix: source,
    sourcePortRange: "*",
    destinationAddressPrefix: destination,
    ...(others.length === 0 ? { destinationPortRange: first } : { destinationPortRanges: [...ports] }),
  };
}
