import type { Resource } from "../resource.ts";
import { builtIn } from "./built-in.ts";
import { ArmError } from "./error.ts";
import { identityOf } from "./identity.ts";
import { regionName, regions, regionsOf } from "./regions.ts";
import type { Put, Rule } from "./rule.ts";
import { validationError } from "./shape.ts";
import { digest, sameId, timestamp } from "./target.ts";

const TYPE = "Microsoft.ApiManagement/service";

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
  type: TYPE,
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
    checkNetwork(put, sku);
    checkFlags(put, sku);

    const { restore: _, ...properties } = body.properties;
    const born = existing?.createdAt ?? context.now;
    const host = target.name.toLowerCase();
    const region = regionName(body.location);
    const isScaling =
      existing !== undefined &&
      (existing.body.sku?.name !== sku ||
        existing.body.sku?.capacity !== body.sku?.capacity ||
        existing.body.properties.virtualNetworkType !== (properties.virtualNetworkType ?? "None"));
    const [address] = existing?.body.properties.publicIPAddresses ?? [publicAddress(target.id, born)];
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
          hostnameConfigurations: properties.hostnameConfigurations ?? [
            {
              type: "Proxy",
              hostName: `${host}.azure-api.net`,
              negotiateClientCertificate: false,
              defaultSslBinding: true,
              certificateSource: "BuiltIn",
            },
          ],
          gatewayUrl: `https://${host}.azure-api.net`,
          gatewayRegionalUrl: `https://${host}-${region}-01.regional.azure-api.net`,
          managementApiUrl: `https://${host}.management.azure-api.net`,
          scmUrl: `https://${host}.scm.azure-api.net`,
          ...(sku !== "Consumption" && {
            portalUrl: `https://${host}.portal.azure-api.net`,
            developerPortalUrl: `https://${host}.developer.azure-api.net`,
            publicIPAddresses: [address],
            outboundPublicIPAddresses: [address],
          }),
          platformVersion: family(sku) === "v2" ? "stv2.1" : sku === "Consumption" ? "mtv1" : "stv2",
          createdAtUtc: timestamp(born),
          provisioningState: "Succeeded",
          targetProvisioningState: "",
        },
      },
      seconds: existing ? (isScaling ? SCALE_SECONDS[family(sku)] : UPDATE_SECONDS) : CREATE_SECONDS[family(sku)],
      ...(!existing && { builtIn: builtIn(put, family(sku) === "classic") }),
    };
  },
  remove(resource, context) {
    if (context.busy(resource.id)) throw serviceLocked(resource.name);
    return { seconds: DELETE_SECONDS[family(String(resource.body.sku?.name))], softDelete: true };
  },
  shown(body, resource, context) {
    const isBusy = context.busy(resource.id);
    return {
      ...body,
      // API Management answers display names of regions.
      location: regions[regionName(body.location)] ?? body.location,
      etag: digest(resource.id, resource.changedAt).slice(0, 16),
      properties: {
        ...body.properties,
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
  const other = context.arm.list(TYPE).find(({ name }) => sameId(name, target.name));
  if (other) throw new ArmError(409, "ServiceAlreadyExists", `Api service already exists: ${target.name}`);
  const deleted = context.softDeleted(TYPE, target.name);
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

function checkNetwork({ body, existing, context }: Put, sku: string): void {
  const {
    virtualNetworkType = "None",
    virtualNetworkConfiguration,
    publicIpAddressId,
    publicNetworkAccess,
    additionalLocations,
  } = body.properties;
  const injects = ["Developer", "Premium", "PremiumV2", "Isolated"].includes(sku);
  const integrates = sku === "StandardV2";
  if (virtualNetworkType !== "None" && !injects && !(integrates && virtualNetworkType === "External"))
    throw fail("properties.virtualNetworkType", `'${virtualNetworkType}' is not supported for SKU '${sku}'.`);
  const subnet = virtualNetworkConfiguration?.subnetResourceId;
  if ((virtualNetworkType !== "None") !== (subnet !== undefined))
    throw fail(
      "properties.virtualNetworkConfiguration",
      "A subnet is given exactly with virtualNetworkType 'External' or 'Internal'.",
    );
  for (const [at, id] of [
    ["virtualNetworkConfiguration.subnetResourceId", subnet],
    ["publicIpAddressId", publicIpAddressId],
  ])
    if (id !== undefined && !context.arm.get(id)) throw fail(`properties.${at}`, `The resource '${id}' could not be found.`);
  if (publicIpAddressId !== undefined && virtualNetworkType === "None")
    throw fail("properties.publicIpAddressId", "A public IP address is given only in a virtual network.");
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

/** From 203.0.113.0/24, which is kept for documentation. */
function publicAddress(id: string, born: number): string {
  return `203.0.113.${Number.parseInt(digest("address", id, born).slice(0, 2), 16)}`;
}
