import { networkOf, prefixOf } from "../../network/view.ts";
import { APPLICATION_GATEWAYS, PUBLIC_ADDRESSES, SERVICES, SUBNETS } from "../network-types.ts";
import type { Resource } from "../resource.ts";
import { builtIn } from "./built-in.ts";
import { ArmError } from "./error.ts";
import { hostnamesOf } from "./hostnames.ts";
import { identityOf } from "./identity.ts";
import { managementBlockedBy } from "./management-traffic.ts";
import {
  ADDRESSES_OF_AZURE,
  delegationsOf,
  freeAddresses,
  type LeftSubnet,
  rangeOf,
  subnetOfService,
  subscriptionOf,
  usersOf,
} from "./network.ts";
import { regionName, regions, regionsOf } from "./regions.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { validationError } from "./shape.ts";
import { digest, sameId, timestamp } from "./target.ts";

const fail = (at: string, text: string) => validationError({ at, text });

/** Scale units by SKU, least and most (API Management feature table; Premium: 12 per region, 31 in all). */
const UNITS: Record<string, readonly [number, number]> = {
  Consumption: [0, 0],
  Developer: [1, 1],
  Basic: [1, 2],
  BasicV2: [1, 10],
  Standard: [1, 4],
  StandardV2: [1, 10],
  Premium: [1, 31],
  PremiumV2: [1, 30],
  Isolated: [1, 31],
};

/** The first API version that knows the v2 SKUs. */
const V2_SINCE = "2024-05-01";

const family = (sku: string) => (sku === "Consumption" ? "consumption" : sku.endsWith("V2") ? "v2" : "classic");

/** Minutes: v2 "minutes", classic 30 to 45, Consumption 1 to 2 (API Management feature table). */
const CREATE_SECONDS = { v2: 5 * 60, classic: 45 * 60, consumption: 2 * 60 };
/** A change of SKU, units or network; classic tiers 15 to 45 minutes. */
const SCALE_SECONDS = { v2: 5 * 60, classic: 30 * 60, consumption: 60 };
const UPDATE_SECONDS = 60;
const DELETE_SECONDS = { v2: 2 * 60, classic: 15 * 60, consumption: 60 };

export const service: Rule = {
  type: SERVICES,
  name: {
    pattern: /^(?=.{1,50}$)[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
    code: "ValidationError",
    text: (name) =>
      `One or more fields contain incorrect values: serviceName: '${name}' must have 1 to 50 letters, digits and '-', begin with a letter and end with a letter or digit.`,
  },
  put(put) {
    const { target, body, existing, context } = put;
    const sku = String(body.sku?.name);
    if (context.busy(target.id)) throw serviceLocked(target.name);
    if (family(sku) === "v2" && (context.apiVersion ?? V2_SINCE) < V2_SINCE)
      throw new ArmError(
        400,
        "OperationSupportedInSkuForApiVersions",
        `SKU '${sku}' is supported only in API version ${V2_SINCE} and later; the request names ${context.apiVersion}.`,
      );
    checkName(put);
    checkSku(put, sku);
    const subnet = checkNetwork(put, sku);
    checkFlags(put, sku);

    const { restore: _, ...properties } = body.properties;
    const born = existing?.createdAt ?? context.now;
    const host = target.name.toLowerCase();
    const region = regionName(body.location);
    const isMoving =
      existing !== undefined &&
      (existing.body.properties.virtualNetworkType !== (properties.virtualNetworkType ?? "None") ||
        !sameId(subnetOfService(existing.body.properties) ?? "", subnet?.id ?? ""));
    const isScaling =
      isMoving ||
      (existing !== undefined && (existing.body.sku?.name !== sku || existing.body.sku?.capacity !== body.sku?.capacity));
    const seconds = existing ? (isScaling ? SCALE_SECONDS[family(sku)] : UPDATE_SECONDS) : CREATE_SECONDS[family(sku)];
    const given = context.arm.get(properties.publicIpAddressId ?? "")?.body.properties.ipAddress;
    const own = publicAddress(target.id, born);
    // The address that the service had, unless it was the one it was given then.
    const before = existing?.body.properties.publicIpAddressId === undefined && existing?.body.properties.publicIPAddresses?.[0];
    // A classic service that joins, leaves or changes its network gets another one.
    const address =
      given ?? (isMoving && family(sku) === "classic" ? movedAddress(target.id, context.now, before) : before || own);
    return {
      body: {
        ...body,
        ...(body.identity && { identity: identityOf(put) }),
        properties: {
          notificationSenderEmail: "apimgmt-noreply@mail.windowsazure.com",
          virtualNetworkType: "None",
          disableGateway: false,
          publicNetworkAccess: "Enabled",
          developerPortalStatus: "Enabled",
          ...properties,
          hostnameConfigurations: hostnamesOf(put, sku, family(sku)),
          gatewayUrl: `https://${host}.azure-api.net`,
          gatewayRegionalUrl: `https://${host}-${region}-01.regional.azure-api.net`,
          managementApiUrl: `https://${host}.management.azure-api.net`,
          scmUrl: `https://${host}.scm.azure-api.net`,
          ...addressesOf(put, subnet),
          ...(sku !== "Consumption" && {
            portalUrl: `https://${host}.portal.azure-api.net`,
            developerPortalUrl: `https://${host}.developer.azure-api.net`,
            publicIPAddresses: [address],
            outboundPublicIPAddresses: [sku === "Premium" && !subnet ? natAddress(target.id, born) : address],
          }),
          platformVersion: family(sku) === "v2" ? "stv2.1" : sku === "Consumption" ? "mtv1" : "stv2",
          leftSubnets: leftBy(put, subnet, seconds),
          // Developer has one unit, which is down while it is moved or scaled; other tiers go on serving (API Management virtual network guide, 2026).
          interrupted: sku === "Developer" && isScaling,
          createdAtUtc: timestamp(born),
          provisioningState: "Succeeded",
          targetProvisioningState: "",
        },
      },
      seconds,
      ...(!existing && { builtIn: builtIn(put, family(sku) === "classic") }),
    };
  },
  remove(resource, context) {
    if (context.busy(resource.id)) throw serviceLocked(resource.name);
    return { seconds: DELETE_SECONDS[family(String(resource.body.sku?.name))], softDelete: true };
  },
  shown(body, resource, context) {
    const isBusy = context.busy(resource.id);
    const { leftSubnets: _, interrupted: __, ...shownProperties } = body.properties;
    return {
      ...body,
      // API Management answers display names of regions.
      location: regions[regionName(body.location)] ?? body.location,
      etag: digest(resource.id, resource.changedAt).slice(0, 16),
      properties: {
        ...shownProperties,
        natGatewayState: natGatewayShown(resource),
        // The legacy portal went in October 2023; what a request says about it changes nothing.
        legacyPortalStatus: "Disabled",
        provisioningState: !isBusy ? "Succeeded" : resource.createdAt === resource.changedAt ? "Activating" : "Updating",
        targetProvisioningState: isBusy ? "Succeeded" : "",
      },
    };
  },
};

/** By the platform, not by the request, as GETs of real services show: only a Premium service can be asked to have one. */
function natGatewayShown({ body: { sku, properties } }: Resource): string {
  const name = String(sku?.name);
  if (family(name) === "classic")
    return name === "Premium" && properties.natGatewayState === "Enabled" ? "Enabled" : "Unsupported";
  return name === "StandardV2" && properties.virtualNetworkType !== "None" ? "Enabled" : "Disabled";
}

export function serviceLocked(name: string): ArmError {
  return new ArmError(
    409,
    "ServiceLocked",
    `The API Service ${name} is transitioning at this time. Please try the request after some time.`,
  );
}

/** The name is a host name: unique in the world, and kept for 48 h after a deletion. */
function checkName({ target, body, existing, context }: Put): void {
  const { restore } = body.properties;
  if (existing) return;
  const other = context.arm.list(SERVICES).find(({ name }) => sameId(name, target.name));
  if (other) throw new ArmError(409, "ServiceAlreadyExists", `Api service already exists: ${target.name}`);
  const deleted = context.softDeleted(SERVICES, target.name);
  if (deleted && restore !== true)
    throw new ArmError(
      409,
      "ServiceAlreadyExistsInSoftDeletedState",
      `Api service ${target.name} was soft-deleted. In order to create the new service with the same name, you have to either undelete the service or purge it. See https://aka.ms/apimsoftdelete.`,
    );
  if (restore !== true) return;
  if (!deleted || !sameId(deleted.id, target.id))
    throw fail("properties.restore", `There is no soft-deleted service '${target.name}' to restore here.`);
}

function checkSku({ target, body, existing }: Put, sku: string): void {
  const capacity = Number(body.sku?.capacity);
  const [least, most] = UNITS[sku] ?? [0, 0];
  if (capacity < least || capacity > most)
    throw fail(
      "sku.capacity",
      `SKU '${sku}' allows ${least === most ? least : `${least} to ${most}`} scale units; ${capacity} were given.`,
    );
  const offered = regionsOf(sku);
  if (!existing && offered && !offered.includes(regionName(body.location)))
    throw fail("sku.name", `SKU '${sku}' is not available in '${body.location}'. It is in ${offered.join(", ")}.`);
  const before = existing && String(existing.body.sku?.name);
  if (before && family(before) !== family(sku))
    throw fail(
      "sku.name",
      `The SKU of '${target.name}' cannot be changed from '${before}' to '${sku}': ${family(before)} and ${family(sku)} tiers are different services.`,
    );
}

/** @returns the subnet that the service is in after this PUT */
function checkNetwork(put: Put, sku: string): Resource | undefined {
  const { body, existing, context } = put;
  const {
    virtualNetworkType = "None",
    virtualNetworkConfiguration,
    publicIpAddressId,
    publicNetworkAccess,
    additionalLocations,
  } = body.properties;
  const joins =
    ["Developer", "Premium", "PremiumV2", "Isolated"].includes(sku) ||
    (sku === "StandardV2" && virtualNetworkType === "External");
  if (virtualNetworkType !== "None" && !joins)
    throw fail("properties.virtualNetworkType", `'${virtualNetworkType}' is not supported for SKU '${sku}'.`);
  const subnetId = virtualNetworkConfiguration?.subnetResourceId;
  if ((virtualNetworkType !== "None") !== (subnetId !== undefined))
    throw fail(
      "properties.virtualNetworkConfiguration",
      "A subnet is given exactly with virtualNetworkType 'External' or 'Internal'.",
    );
  if (publicIpAddressId !== undefined) checkPublicAddress(put, publicIpAddressId, sku);
  const subnet = subnetId === undefined ? undefined : checkSubnet(put, sku, subnetId, virtualNetworkType);
  if (publicNetworkAccess === "Disabled" && !existing)
    throw fail(
      "properties.publicNetworkAccess",
      "Public network access must be enabled when the service is created; disable it once an approved private endpoint exists.",
    );
  if ((additionalLocations?.length ?? 0) > 0 && sku !== "Premium")
    throw fail("properties.additionalLocations", `Additional locations are not supported for SKU '${sku}'.`);
  const zones = body.zones as string[] | undefined;
  if (zones && zones.length > 0 && sku !== "Premium" && sku !== "PremiumV2")
    throw fail("zones", `Availability zones are not supported for SKU '${sku}'.`);
  if (zones?.some((zone) => !/^[123]$/.test(zone))) throw fail("zones", "Zones are '1', '2' and '3'.");
  // An injected service that cannot be reached can still leave or move.
  if (existing && subnet && sameId(subnetOfService(existing.body.properties) ?? "", subnet.id))
    checkManagement(existing, context);
  return subnet;
}

function checkPublicAddress({ target, body, context }: Put, id: string, sku: string): void {
  const at = "properties.publicIpAddressId";
  const { virtualNetworkType = "None" } = body.properties;
  const address = context.arm.get(id);
  if (!address || !sameId(address.type, PUBLIC_ADDRESSES)) throw fail(at, `The resource '${id}' could not be found.`);
  if (virtualNetworkType === "None" || family(sku) !== "classic")
    throw fail(at, "A public IP address is given only in a virtual network, and in the classic tiers.");
  checkNear(target.id, body.location, address.body.location, address.id, at);
}

/** Azure wants network and service in one region and one subscription. */
function checkNear(serviceId: string, region: string | undefined, other: string | undefined, id: string, at: string): void {
  if (regionName(other) !== regionName(region) || subscriptionOf(id) !== subscriptionOf(serviceId))
    throw fail(
      at,
      `'${id}' must be in the region and in the subscription of the service, '${region}' and '${subscriptionOf(serviceId)}'.`,
    );
}

/** Classic tiers are injected into a subnet without delegation; v2 tiers reach into one that is delegated to them, or stand in it (PremiumV2, Internal). */
function checkSubnet(put: Put, sku: string, id: string, type: string): Resource {
  const { target, body, existing, context } = put;
  const at = "properties.virtualNetworkConfiguration.subnetResourceId";
  const subnet = context.arm.get(id);
  if (!subnet || !sameId(subnet.type, SUBNETS)) throw fail(at, `The resource '${id}' could not be found.`);
  checkNear(target.id, body.location, context.arm.get(networkOf(subnet.id))?.body.location, subnet.id, at);

  const isV2 = family(sku) === "v2";
  const isInjection = isV2 && type === "Internal";
  const wanted = isV2 ? (isInjection ? "Microsoft.Web/hostingEnvironments" : "Microsoft.Web/serverFarms") : undefined;
  const delegated = delegationsOf(subnet);
  if (wanted === undefined && delegated.length > 0)
    throw new ArmError(
      400,
      "SubnetHasDelegations",
      `Subnet '${subnet.id}' is delegated to '${delegated}'. A subnet of API Management with SKU '${sku}' must not be delegated.`,
    );
  if (wanted !== undefined && !delegated.includes(wanted))
    throw new ArmError(
      400,
      "SubnetMissingRequiredDelegation",
      `Subnet ${subnet.name} in VNET ${networkOf(subnet.id).split("/").at(-1)} is missing a delegation to ${wanted}. Please add the delegation and try again.`,
    );
  const stays = existing !== undefined && sameId(subnetOfService(existing.body.properties) ?? "", subnet.id);
  if (isInjection && existing && !stays)
    throw fail(at, `A service with SKU '${sku}' is injected into a virtual network only when it is created.`);
  if (subnet.body.properties.networkSecurityGroup === undefined)
    throw fail(at, `Subnet '${subnet.id}' has no network security group. Attach one before the service joins the subnet.`);

  const { first, last, bits } = rangeOf(prefixOf(subnet), subnet.id);
  if (isV2 && bits > 27) throw fail(at, `Subnet '${subnet.id}' is a /${bits}; the least that SKU '${sku}' takes is /27.`);
  // Each unit of Premium has two addresses, Developer one; the load balancer of an internal service one more.
  const addresses = sku === "Developer" ? 1 : 2 * Number(body.sku?.capacity);
  const needed = addresses + (type === "Internal" ? 1 : 0) + ADDRESSES_OF_AZURE;
  if (!isV2 && last - first + 1 < needed)
    throw fail(at, `Subnet '${subnet.id}' has ${last - first + 1} addresses; the service needs ${needed}.`);

  const others = usersOf(subnet.id, context).filter((user) => !sameId(user, target.id));
  const closed = isV2 ? others : others.filter((user) => sameId(context.arm.get(user)?.type ?? "", APPLICATION_GATEWAYS));
  if (closed.length > 0)
    throw fail(at, `Subnet '${subnet.id}' is in use by ${closed.join(", ")}; the service needs one of its own.`);
  return subnet;
}

/** Refuses what needs a classic service's management while its network keeps it out. */
export function checkManagement(service: Resource, context: RuleContext): void {
  if (family(String(service.body.sku?.name)) !== "classic") return;
  const subnet = context.arm.get(subnetOfService(service.body.properties) ?? "");
  const blocked = subnet && managementBlockedBy(context.arm, subnet);
  if (blocked)
    throw new ArmError(
      422,
      "ManagementApiRequestFailed",
      `Failed to connect to management endpoint at ${service.name.toLowerCase()}.management.azure-api.net:3443 for a service deployed in a virtual network (blocked by ${blocked}). Make sure to follow guidance at https://aka.ms/apim-vnet-common-issues.`,
    );
}

/** The private address of an internal service, and the public one that its owner has given it. */
function addressesOf({ existing, body, context }: Put, subnet: Resource | undefined) {
  if (!subnet || body.properties.virtualNetworkType !== "Internal") return {};
  const before = existing?.body.properties;
  const stays = before?.virtualNetworkType === "Internal" && sameId(subnetOfService(before) ?? "", subnet.id);
  return { privateIPAddresses: stays ? before.privateIPAddresses : freeAddresses(context.arm, subnet, 1) };
}

/** Subnets that Azure still counts as used for a while. */
function leftBy({ existing, context }: Put, subnet: Resource | undefined, seconds: number): LeftSubnet[] {
  const before = existing && subnetOfService(existing.body.properties);
  // Back in a subnet it has not left it any more.
  const left = ((existing?.body.properties.leftSubnets ?? []) as LeftSubnet[]).filter(({ id }) => !sameId(id, subnet?.id ?? ""));
  if (before === undefined || sameId(before, subnet?.id ?? "")) return left;
  return [...left.filter(({ id }) => !sameId(id, before)), { id: before, at: context.now, seconds }];
}

function checkFlags({ body }: Put, sku: string): void {
  const { enableClientCertificate, customProperties, natGatewayState, disableGateway } = body.properties;
  if (enableClientCertificate === false && family(sku) === "classic")
    throw new ArmError(
      400,
      "EnableClientCertificateCannotBeChangedForSku",
      `Setting EnableClientCertificate flag to false is not supported for ${sku} SKU`,
    );
  const custom = Object.keys(customProperties ?? {});
  if (custom.length > 0 && sku === "Consumption")
    throw fail("properties.customProperties", "Custom properties are not supported for SKU 'Consumption'.");
  for (const name of custom)
    if (!name.startsWith("Microsoft.WindowsAzure.ApiManagement.Gateway."))
      throw fail("properties.customProperties", `Unknown custom property '${name}'.`);
  if (natGatewayState === "Enabled" && sku !== "Premium")
    throw fail("properties.natGatewayState", `A NAT gateway is not supported for SKU '${sku}'.`);
  if (disableGateway === true && sku !== "Premium")
    throw fail("properties.disableGateway", "The gateway can be disabled only in a region of a multi-region service (Premium).");
}

/** Another one than before. */
function movedAddress(id: string, now: number, before: unknown): string {
  const moved = publicAddress(id, now);
  return moved === before ? publicAddress(id, now + 1) : moved;
}

/** From 203.0.113.0/24, which is kept for documentation. */
function publicAddress(id: string, born: number): string {
  return `203.0.113.${Number.parseInt(digest("address", id, born).slice(0, 2), 16)}`;
}

/** Behind a NAT gateway, which Premium may have outside a network, calls go out from an address at which nothing is answered: in 198.51.100.0/24. */
function natAddress(id: string, born: number): string {
  return `198.51.100.${Number.parseInt(digest("nat", id, born).slice(0, 2), 16)}`;
}
