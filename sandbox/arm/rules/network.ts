/**
 * What the rules of Microsoft.Network share: references, subnets and who stands in them, addresses, one change at a time.
 */
import { contains, isAddress, toAddress, toNumber } from "../../network/addresses.ts";
import { networkOf, prefixOf } from "../../network/view.ts";
import { APPLICATION_GATEWAYS, PRIVATE_ENDPOINTS, SERVICES, SUBNETS } from "../network-types.ts";
import type { ArmReader, Resource } from "../resource.ts";
import { ArmError } from "./error.ts";
import { regionName } from "./regions.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { sameId, targetOf } from "./target.ts";

/** A refusal of the network provider. Its general code where none was found for the case. */
export const networkError = (text: string, code = "InvalidRequestFormat") => new ArmError(400, code, text);

/** Names of most network resources: 1 to 80 characters (resource name rules). */
export const NETWORK_NAME: Rule["name"] = {
  pattern: /^[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,78}[a-zA-Z0-9_])?$/,
  code: "InvalidResourceName",
  text: (name) =>
    `Resource name ${name} is invalid. The name can be up to 80 characters long. It must begin with a word character, and it must end with a word character or with '_'. The name may contain word characters or '.', '-', '_'.`,
};

/** Parts of network resources are named as network resources are. */
export function checkInnerName(name: string): void {
  if (!NETWORK_NAME.pattern.test(name)) throw networkError(NETWORK_NAME.text(name), NETWORK_NAME.code);
}

/** One change at a time: azure-native asks again by itself. */
export function checkQuiet(context: RuleContext, ...ids: string[]): void {
  if (ids.some((id) => context.busy(id)))
    throw new ArmError(409, "AnotherOperationInProgress", "Another operation on this or dependent resource is in progress.");
}

/**
 * The resource that the body names at `path`.
 * @throws ArmError when the text is no id, or names nothing, something of another type, or something in another region
 */
export function referenced(
  { target, body, context }: Put,
  path: string,
  id: unknown,
  type: string,
  { anyRegion = false } = {},
): Resource {
  if (typeof id !== "string" || !/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/[^/]+\/[^/]+\/[^/]+/i.test(id))
    throw new ArmError(
      400,
      "LinkedInvalidPropertyId",
      `Property id '${id}' at path '${path}' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{subscriptionId}' or '/providers/{resourceProviderNamespace}/'.`,
    );
  const found = context.arm.get(id);
  const isThere = found && sameId(found.type, type) && (anyRegion || isIn(found, body.location, context.arm));
  if (!isThere) throw dangling(id, target.id);
  return found;
}

export function dangling(id: string, from: string): ArmError {
  return new ArmError(
    400,
    "InvalidResourceReference",
    `Resource ${id} referenced by resource ${from} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
  );
}

/** A subnet is where its network is. */
function isIn(resource: Resource, location: string | undefined, arm: ArmReader): boolean {
  const place = sameId(resource.type, SUBNETS) ? arm.get(networkOf(resource.id))?.body.location : resource.body.location;
  return place === undefined || location === undefined || regionName(place) === regionName(location);
}

export const subscriptionOf = (id: string) => targetOf(id, "/").subscription.toLowerCase();

export interface Range {
  first: number;
  /** Inclusive. */
  last: number;
  bits: number;
}

/** @throws ArmError for what is no CIDR range, or has bits set behind its prefix */
export function rangeOf(cidr: string, owner: string): Range {
  const [address = "", bits = "", ...rest] = cidr.split("/");
  if (rest.length > 0 || !isAddress(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32)
    throw networkError(
      `Address prefix ${cidr} of resource ${owner} is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24.`,
      "InvalidAddressPrefixFormat",
    );
  const size = 2 ** (32 - Number(bits));
  const first = toNumber(address);
  if (first % size !== 0)
    throw networkError(
      `The address prefix ${cidr} in resource ${owner} has an invalid CIDR notation. For the given prefix length, the address prefix should be ${toAddress(first - (first % size))}/${bits}.`,
      "InvalidCIDRNotation",
    );
  return { first, last: first + size - 1, bits: Number(bits) };
}

export const overlap = (a: Range, b: Range) => a.first <= b.last && b.first <= a.last;
export const inside = (inner: Range, outer: Range) => inner.first >= outer.first && inner.last <= outer.last;

/** Azure keeps the first four addresses of a subnet and the last one. */
const RESERVED = { first: 4, last: 1 };
export const ADDRESSES_OF_AZURE = RESERVED.first + RESERVED.last;

/** Addresses of a subnet that are taken, with the resource that has each. */
function taken(arm: ArmReader, subnetId: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { id, body } of arm.list(PRIVATE_ENDPOINTS))
    if (sameId(body.properties.subnet.id, subnetId))
      for (const { ipAddresses } of body.properties.customDnsConfigs) for (const address of ipAddresses) found.set(address, id);
  for (const { id, body } of arm.list(APPLICATION_GATEWAYS))
    for (const { properties } of body.properties.frontendIPConfigurations)
      if (properties.subnet && sameId(properties.subnet.id, subnetId)) found.set(properties.privateIPAddress, id);
  for (const { id, body } of arm.list(SERVICES))
    if (sameId(subnetOfService(body.properties) ?? "", subnetId))
      for (const address of body.properties.privateIPAddresses ?? []) found.set(address, id);
  return found;
}

/** The lowest addresses of a subnet that are free, in order. */
export function freeAddresses(arm: ArmReader, subnet: Resource, count: number): string[] {
  const { first, last } = rangeOf(prefixOf(subnet), subnet.id);
  const used = taken(arm, subnet.id);
  const found: string[] = [];
  for (let at = first + RESERVED.first; at <= last - RESERVED.last && found.length < count; at++)
    if (!used.has(toAddress(at))) found.push(toAddress(at));
  if (found.length < count)
    throw networkError(
      `Subnet ${subnet.name} with address prefix ${prefixOf(subnet)} does not have enough capacity for ${count} IP addresses.`,
      "SubnetIsFull",
    );
  return found;
}

/** A static address must lie in its subnet, outside Azure's own part, and be nobody else's. */
export function checkStaticAddress(arm: ArmReader, address: string, subnet: Resource, owner: string): void {
  const prefix = prefixOf(subnet);
  if (!isAddress(address) || !contains(prefix, address))
    throw networkError(
      `Private static IP address ${address} does not belong to the range of subnet prefix ${prefix}.`,
      "PrivateIPAddressNotInSubnet",
    );
  const { first, last } = rangeOf(prefix, subnet.id);
  const at = toNumber(address);
  if (at < first + RESERVED.first || at > last - RESERVED.last)
    throw networkError(
      `Private static IP address ${address} falls within reserved IP range of subnet prefix ${prefix}.`,
      "PrivateIPAddressInReservedRange",
    );
  const other = taken(arm, subnet.id).get(address);
  if (other && !sameId(other, owner))
    throw networkError(
      `IP configuration of ${owner} is using the private IP address ${address} which is already allocated to resource ${other}.`,
      "PrivateIPAddressIsAllocated",
    );
}

/** ARM id of the subnet that an API Management service has joined. */
export function subnetOfService(properties: Record<string, unknown>): string | undefined {
  const { subnetResourceId } = (properties.virtualNetworkConfiguration ?? {}) as { subnetResourceId?: string };
  return properties.virtualNetworkType === "None" ? undefined : subnetResourceId;
}

/** Seconds for which Azure still counts a subnet as used after a service has left it: "for minutes" in reports of users, here 5. */
const LINGERS_SECONDS = 5 * 60;

/** A subnet that an API Management service has left: kept in the service's stored body, never shown. */
export interface LeftSubnet {
  id: string;
  /** When it was told to, sandbox time, ms. */
  at: number;
  /** How long it takes to leave, s; absent: no time. */
  seconds?: number;
}

/** Ids of what stands in a subnet, services included that have left it a moment ago. */
export function usersOf(subnetId: string, context: RuleContext): string[] {
  const { arm } = context;
  const here = (id: unknown) => typeof id === "string" && sameId(id, subnetId);
  const still = ({ id, at, seconds = 0 }: LeftSubnet) => here(id) && context.elapsed(at) < seconds + LINGERS_SECONDS;
  const left = (service: Resource) => ((service.body.properties.leftSubnets ?? []) as LeftSubnet[]).some(still);
  return [
    ...arm.list(PRIVATE_ENDPOINTS).filter(({ body }) => here(body.properties.subnet.id)),
    ...arm
      .list(APPLICATION_GATEWAYS)
      .filter(({ body }) => body.properties.gatewayIPConfigurations.some((one: Inner) => here(one.properties.subnet.id))),
    ...arm.list(SERVICES).filter((one) => here(subnetOfService(one.body.properties)) || left(one)),
    ...context
      .lately(SERVICES)
      .filter(({ resource, at }) => left(resource) || still({ id: subnetOfService(resource.body.properties) ?? "", at }))
      .map(({ resource }) => resource),
  ].map(({ id }) => id);
}

export function subnetInUse(name: string, users: readonly string[]): ArmError {
  return networkError(
    `Subnet ${name} is in use by ${users.join(", ")} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.`,
    "InUseSubnetCannotBeDeleted",
  );
}

/** An object inside a network resource: what ARM makes of the SDK's flat form. */
export interface Inner {
  id?: string;
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: ARM bodies are JSON of many types.
  properties: Record<string, any>;
}

/** Services to which a subnet can be delegated here, with what the service may then do (subnet delegation overview). */
export const DELEGATIONS: Record<string, readonly string[]> = {
  "Microsoft.Web/serverFarms": ["Microsoft.Network/virtualNetworks/subnets/action"],
  "Microsoft.Web/hostingEnvironments": ["Microsoft.Network/virtualNetworks/subnets/action"],
  "Microsoft.Network/applicationGateways": ["Microsoft.Network/virtualNetworks/subnets/action"],
  "Microsoft.ContainerInstance/containerGroups": ["Microsoft.Network/virtualNetworks/subnets/action"],
  "Microsoft.App/environments": ["Microsoft.Network/virtualNetworks/subnets/join/action"],
};

export function delegationsOf(subnet: Resource): string[] {
  return ((subnet.body.properties.delegations ?? []) as Inner[]).map(({ properties }) => String(properties.serviceName));
}

/** Zones of a region. They do not change. */
export function checkZones(target: string, zones: readonly string[] | undefined, existing: Resource | undefined): void {
  for (const zone of zones ?? [])
    if (!/^[123]$/.test(zone))
      throw networkError(
        `The zone(s) '${zone}' for resource '${target}' is not supported. Supported zones are '1,2,3'.`,
        "InvalidAvailabilityZone",
      );
  const list = (all: unknown) => [...((all ?? []) as string[])].sort().join(",") || "NoZone";
  if (existing && list(existing.body.zones) !== list(zones))
    throw networkError(
      `Resource ${target} has an existing availability zone constraint ${list(existing.body.zones)} and the request has availability zone constraint ${list(zones)}, which do not match. Zones cannot be added/updated/removed once the resource is created. The resource cannot be updated from regional to zonal or vice-versa.`,
      "ResourceAvailabilityZonesCannotBeModified",
    );
}
