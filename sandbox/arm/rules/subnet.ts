import { prefixOf } from "../../network/view.ts";
import { APPLICATION_GATEWAYS, PRIVATE_ENDPOINTS, SECURITY_GROUPS, SUBNETS } from "../network-types.ts";
import type { ArmReader, Resource } from "../resource.ts";
import { checkGatewayTraffic } from "./management-traffic.ts";
import {
  checkInnerName,
  checkQuiet,
  DELEGATIONS,
  delegationsOf,
  type Inner,
  inside,
  NETWORK_NAME,
  networkError,
  overlap,
  rangeOf,
  referenced,
  subnetInUse,
  usersOf,
} from "./network.ts";
import type { Put, Rule } from "./rule.ts";
import { sameId, stateOf, targetOf } from "./target.ts";
import { subnetsOf } from "./virtual-network.ts";

export const subnet: Rule = {
  type: SUBNETS,
  name: NETWORK_NAME,
  put(put) {
    const { target, body, existing, context } = put;
    const network = context.arm.get(target.parent) as Resource;
    const siblings = subnetsOf(network.id, context);
    checkQuiet(context, network.id, target.id, ...siblings.map(({ id }) => id));
    const others = siblings.filter(({ id }) => !sameId(id, target.id));
    const { addressPrefix, addressPrefixes, networkSecurityGroup } = body.properties;
    const prefixes = (addressPrefixes ?? (addressPrefix === undefined ? [] : [addressPrefix])) as string[];
    const [prefix, ...more] = prefixes;
    if (prefix === undefined || more.length > 0 || (addressPrefix !== undefined && addressPrefix !== prefix))
      throw networkError(`Subnet ${target.name} needs exactly one address prefix.`);
    checkPrefix(put, network, others, prefix);
    const users = existing ? usersOf(target.id, context) : [];
    if (existing && users.length > 0) checkInUse(existing, put, prefix, users);
    const location = network.body.location;
    if (networkSecurityGroup !== undefined)
      referenced(
        { ...put, body: { ...body, location } },
        "properties.networkSecurityGroup.id",
        networkSecurityGroup.id,
        SECURITY_GROUPS,
      );
    // Azure fills it in by itself: what is sent does not count.
    const { applicationGatewayIPConfigurations: _, ...asked } = body.properties;
    const accepted = {
      ...body,
      properties: {
        privateEndpointNetworkPolicies: "Disabled",
        privateLinkServiceNetworkPolicies: "Enabled",
        ...asked,
        addressPrefix: prefix,
        delegations: delegations(put),
        provisioningState: "Succeeded",
      },
    };
    const after = {
      ...(existing ?? { id: target.id, type: SUBNETS, name: target.name, createdAt: 0, changedAt: 0 }),
      body: accepted,
    };
    for (const user of users) checkGatewayTraffic(overlaid(context.arm, after), user, after);
    return { body: accepted, seconds: 5 };
  },
  remove(resource, context) {
    const { parent } = targetOf(resource.id, SUBNETS);
    checkQuiet(context, parent, ...subnetsOf(parent, context).map(({ id }) => id));
    const users = usersOf(resource.id, context);
    if (users.length > 0) throw subnetInUse(resource.name, users);
    return { seconds: 10, softDelete: false };
  },
  shown(body, resource, context) {
    const users = usersOf(resource.id, context);
    const endpoints = users.filter((id) => context.arm.get(id)?.type === PRIVATE_ENDPOINTS);
    const gateways = users.map((id) => context.arm.get(id)).filter((user) => user?.type === APPLICATION_GATEWAYS);
    // Not marked as read-only in the specification: whoever reads the subnet again takes it for something that was set.
    const joined = gateways.flatMap((gateway) =>
      ((gateway?.body.properties.gatewayIPConfigurations ?? []) as Inner[]).map(({ name }) => ({
        id: `${gateway?.id}/gatewayIPConfigurations/${name}`,
      })),
    );
    return {
      ...body,
      properties: {
        ...body.properties,
        ...(users.length > 0 && { ipConfigurations: users.map((id) => ({ id })) }),
        ...(endpoints.length > 0 && { privateEndpoints: endpoints.map((id) => ({ id })) }),
        ...(joined.length > 0 && { applicationGatewayIPConfigurations: joined }),
        provisioningState: stateOf(resource, context, "Updating", "Updating"),
      },
    };
  },
};

/** What the others see once this PUT is done. */
export function overlaid(arm: ArmReader, after: Resource): ArmReader {
  return {
    get: (id) => (sameId(id, after.id) ? after : arm.get(id)),
    list: (type, parentId) => arm.list(type, parentId).map((one) => (sameId(one.id, after.id) ? after : one)),
    version: arm.version,
    secret: (id, name) => arm.secret(id, name),
    hasRole: (principal, role, scope) => arm.hasRole(principal, role, scope),
  };
}

function checkPrefix({ target }: Put, network: Resource, others: readonly Resource[], prefix: string): void {
  const range = rangeOf(prefix, target.id);
  if (range.bits < 2 || range.bits > 29)
    throw networkError(`Address prefix ${prefix} of subnet ${target.name} must be of length /2 to /29.`);
  const spaces = network.body.properties.addressSpace.addressPrefixes as string[];
  if (!spaces.some((space) => inside(range, rangeOf(space, network.id))))
    throw networkError(
      `Subnet '${target.name}' is not valid because its IP address range is outside the IP address range of virtual network '${network.name}'.`,
      "NetcfgSubnetRangeOutsideVnet",
    );
  if (others.some((other) => overlap(range, rangeOf(prefixOf(other), other.id))))
    throw networkError(
      `Subnet '${target.name}' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '${network.name}'.`,
      "NetcfgSubnetRangesOverlap",
    );
}

/** What does not change while something stands in the subnet. */
function checkInUse(existing: Resource, put: Put, prefix: string, users: readonly string[]): void {
  const { target } = put;
  if (prefixOf(existing) !== prefix)
    throw networkError(
      `IpPrefix ${prefixOf(existing)} on Subnet ${target.name} has active allocations and cannot be deleted.`,
      "InUsePrefixCannotBeDeleted",
    );
  const [before, after] = [delegationsOf(existing), delegations(put).map(({ properties }) => properties.serviceName)];
  if (before.join() !== after.join())
    throw networkError(
      `Delegations of subnet ${target.id} cannot be changed from [${before}] to [${after}] because it is being used by the resource ${users[0]}.`,
      "SubnetDelegationsCannotBeChangedWhenSubnetUsedByResource",
    );
}

function delegations({ target, body }: Put) {
  const asked = (body.properties.delegations ?? []) as Inner[];
  if (asked.length > 1)
    throw networkError(`Subnet ${target.name} is delegated to ${asked.length} services; at most one is allowed.`);
  return asked.map(({ name, properties }) => {
    checkInnerName(name);
    const service = Object.keys(DELEGATIONS).find((known) => sameId(known, properties.serviceName));
    if (!service)
      throw networkError(
        `The service name ${properties.serviceName} in delegation ${name} of subnet ${target.id} is invalid. Known here: ${Object.keys(DELEGATIONS).join(", ")}.`,
      );
    return {
      id: `${target.id}/delegations/${name}`,
      name,
      type: `${SUBNETS}/delegations`,
      properties: { serviceName: service, actions: DELEGATIONS[service], provisioningState: "Succeeded" },
    };
  });
}
