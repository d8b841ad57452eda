import { A_RECORDS, ZONE_GROUPS, ZONES } from "../network-types.ts";
import type { Resource } from "../resource.ts";
import { checkInnerName, checkQuiet, type Inner, NETWORK_NAME, networkError, referenced } from "./network.ts";
import type { BuiltIn, Rule } from "./rule.ts";
import { listBelow, sameId, stateOf } from "./target.ts";

/** Zones in one group (private endpoint DNS integration). */
const ZONES_IN_GROUP = 5;
/** Seconds that a resolver keeps a record that Azure writes. */
const TTL = 10;

/** Writes the records of an endpoint into private zones, and takes them away with itself. */
export const privateDnsZoneGroup: Rule = {
  type: ZONE_GROUPS,
  name: NETWORK_NAME,
  put(put) {
    const { target, body, existing, context } = put;
    checkQuiet(context, target.id, target.parent);
    const endpoint = context.arm.get(target.parent) as Resource;
    const others = listBelow(context.arm, ZONE_GROUPS, endpoint.id).filter(({ id }) => !sameId(id, target.id));
    if (others.length > 0)
      throw networkError(`Private endpoint ${endpoint.id} has the private DNS zone group ${others[0]?.name}; it can have one.`);
    const configs = (body.properties.privateDnsZoneConfigs ?? []) as Inner[];
    if (configs.length === 0 || configs.length > ZONES_IN_GROUP)
      throw networkError(
        `Private DNS zone group ${target.id} has ${configs.length} zone configurations; 1 to ${ZONES_IN_GROUP} are allowed.`,
      );
    const records: BuiltIn[] = [];
    const written = configs.map((config, at) => {
      const { name, properties } = config;
      checkInnerName(name);
      if (configs.slice(0, at).some((other) => sameId(other.name, name)))
        throw networkError(`Private DNS zone group ${target.id} has two configurations named ${name}.`);
      const zone = referenced(
        put,
        `properties.privateDnsZoneConfigs[${at}].properties.privateDnsZoneId`,
        properties.privateDnsZoneId,
        ZONES,
        { anyRegion: true },
      );
      const recordSets = recordsOf(endpoint, zone);
      for (const { recordSetName, ipAddresses, fqdn } of recordSets)
        records.push({
          id: `${zone.id}/A/${recordSetName}`,
          type: A_RECORDS,
          body: {
            properties: {
              ttl: TTL,
              aRecords: ipAddresses.map((ipv4Address) => ({ ipv4Address })),
              metadata: { creator: `created by private endpoint ${endpoint.name}` },
              fqdn: `${fqdn}.`,
              isAutoRegistered: false,
            },
          },
        });
      return {
        id: `${target.id}/privateDnsZoneConfigs/${name}`,
        name,
        type: `${ZONE_GROUPS}/privateDnsZoneConfigs`,
        properties: { ...properties, recordSets },
      };
    });
    return {
      body: { ...body, properties: { ...body.properties, privateDnsZoneConfigs: written, provisioningState: "Succeeded" } },
      owned: records,
      seconds: existing ? 10 : 20,
    };
  },
  remove(resource, context) {
    checkQuiet(context, resource.id);
    return { seconds: 10, softDelete: false };
  },
  shown: (body, resource, context) => ({
    ...body,
    properties: { ...body.properties, provisioningState: stateOf(resource, context, "Updating", "Updating") },
  }),
};

/** Of the endpoint's names those that the zone is for: `privatelink.openai.azure.com` for `<account>.openai.azure.com`. */
function recordsOf(endpoint: Resource, zone: Resource) {
  const suffix = `.${zone.name.toLowerCase().replace(/^privatelink\./, "")}`;
  const names = endpoint.body.properties.customDnsConfigs as { fqdn: string; ipAddresses: string[] }[];
  return names
    .filter(({ fqdn }) => zone.name.toLowerCase().startsWith("privatelink.") && fqdn.toLowerCase().endsWith(suffix))
    .map(({ fqdn, ipAddresses }) => {
      const recordSetName = fqdn.slice(0, -suffix.length);
      return {
        recordType: "A",
        recordSetName,
        fqdn: `${recordSetName}.${zone.name}`,
        ttl: TTL,
        ipAddresses,
        provisioningState: "Succeeded",
      };
    });
}
