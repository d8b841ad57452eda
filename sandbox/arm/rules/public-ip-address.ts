import { publicAddressFor } from "../../network/addresses.ts";
import { APPLICATION_GATEWAYS, PUBLIC_ADDRESSES, SERVICES } from "../network-types.ts";
import { checkQuiet, checkZones, type Inner, NETWORK_NAME, networkError } from "./network.ts";
import { regionName } from "./regions.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { guid, sameId, stateOf } from "./target.ts";

export const publicIpAddress: Rule = {
  type: PUBLIC_ADDRESSES,
  name: NETWORK_NAME,
  put(put) {
    const { target, body, existing, context } = put;
    checkQuiet(context, target.id);
    const { publicIPAllocationMethod = "Dynamic", publicIPAddressVersion = "IPv4", dnsSettings } = body.properties;
    // The Basic SKU, which is what a body without one asks for, was retired on 2025-09-30.
    if (body.sku?.name !== "Standard")
      throw networkError(
        "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region.",
        "IPv4BasicSkuPublicIpCountLimitReached",
      );
    if (publicIPAllocationMethod !== "Static")
      throw networkError(
        `Standard sku publicIp ${target.id} must have AllocationMethod set to Static.`,
        "StandardAndStandardV2SkuPublicIPAddressesMustBeStatic",
      );
    if (publicIPAddressVersion !== "IPv4")
      throw networkError(`This sandbox has public addresses of version IPv4 only (${target.id}).`);
    checkZones(target.id, body.zones as string[] | undefined, existing);
    if (existing && existing.body.sku?.tier !== (body.sku.tier ?? "Regional"))
      throw networkError(`The sku of public IP address ${target.id} cannot be changed.`);
    const born = existing?.createdAt ?? context.now;
    return {
      body: {
        ...body,
        sku: { tier: "Regional", ...body.sku },
        properties: {
          idleTimeoutInMinutes: 4,
          ...body.properties,
          publicIPAddressVersion,
          publicIPAllocationMethod,
          ...(dnsSettings && { dnsSettings: dnsOf(put) }),
          ipAddress: publicAddressFor(`${target.id} ${born}`),
          resourceGuid: guid("public address", target.id, born),
          provisioningState: "Succeeded",
        },
      },
      seconds: 5,
    };
  },
  remove(resource, context) {
    checkQuiet(context, resource.id);
    const user = userOfAddress(resource.id, context);
    if (user)
      throw networkError(
        `Public IP address ${resource.id} can not be deleted since it is still allocated to resource ${user}. In order to delete the public IP, disassociate/detach the Public IP address from the resource. To learn how to do this, see aka.ms/deletepublicip.`,
        "PublicIPAddressCannotBeDeleted",
      );
    return { seconds: 5, softDelete: false };
  },
  shown(body, resource, context) {
    const user = userOfAddress(resource.id, context);
    return {
      ...body,
      properties: {
        ...body.properties,
        ...(user && { ipConfiguration: { id: user } }),
        provisioningState: stateOf(resource, context, "Updating", "Updating"),
      },
    };
  },
};

/** Id of the frontend or service that has a public address. */
export function userOfAddress(addressId: string, { arm }: RuleContext): string | undefined {
  for (const { body } of arm.list(APPLICATION_GATEWAYS)) {
    const frontend = (body.properties.frontendIPConfigurations as Inner[]).find(({ properties }) =>
      sameId(properties.publicIPAddress?.id ?? "", addressId),
    );
    if (frontend) return frontend.id;
  }
  return arm.list(SERVICES).find(({ body }) => sameId(body.properties.publicIpAddressId ?? "", addressId))?.id;
}

/** `<label>.<region>.cloudapp.azure.com`, of which there is one in the region. */
function dnsOf({ target, body, context }: Put) {
  const { dnsSettings } = body.properties;
  const label = dnsSettings.domainNameLabel as string | undefined;
  if (label === undefined) return dnsSettings;
  if (!/^[a-z][a-z0-9-]{1,61}[a-z0-9]$/.test(label))
    throw networkError(
      `The domain name label ${label} is invalid. It must conform to the following regular expression: ^[a-z][a-z0-9-]{1,61}[a-z0-9]$.`,
      "InvalidDomainNameLabel",
    );
  const fqdn = `${label}.${regionName(body.location)}.cloudapp.azure.com`;
  const taken = context.arm
    .list(PUBLIC_ADDRESSES)
    .some((other) => !sameId(other.id, target.id) && other.body.properties.dnsSettings?.fqdn === fqdn);
  if (taken) throw networkError(`DNS record ${fqdn} is already used by another public IP.`, "DnsRecordInUse");
  return { ...dnsSettings, fqdn };
}
