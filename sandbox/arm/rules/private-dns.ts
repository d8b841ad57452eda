/**
 * Private DNS: zones, their links to virtual networks, and records of addresses.
 */
import { isAddress } from "../../network/addresses.ts";
import { A_RECORDS, NETWORKS, ZONE_LINKS, ZONES } from "../network-types.ts";
import type { Resource } from "../resource.ts";
import { ArmError } from "./error.ts";
import { NETWORK_NAME, referenced } from "./network.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { digest, listBelow, sameId, stateOf, targetOf } from "./target.ts";

const badRequest = (text: string) => new ArmError(400, "BadRequest", text);

/** Azure DNS limits. */
const RECORD_SETS = 25_000;
const LINKS = 1000;
const REGISTERING_LINKS = 100;
const RECORDS_IN_SET = 20;

const etag = (resource: Resource) => digest(resource.id, resource.changedAt).slice(0, 36);

function checkFree(context: RuleContext, id: string): void {
  if (context.busy(id))
    throw new ArmError(409, "Conflict", `The resource ${id} is being changed by another operation. Try again when it has ended.`);
}

export const privateDnsZone: Rule = {
  type: ZONES,
  name: {
    pattern: /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?){1,33}$/i,
    code: "BadRequest",
    text: (name) =>
      `The private zone name '${name}' is invalid: 2 to 34 labels of 1 to 63 letters, digits, '-' and '_', separated by periods.`,
  },
  isGlobal: true,
  put({ target, body, context }) {
    checkFree(context, target.id);
    return { body: { ...body, properties: { provisioningState: "Succeeded" } }, seconds: 30 };
  },
  remove(resource, context) {
    checkFree(context, resource.id);
    if (listBelow(context.arm, ZONE_LINKS, resource.id).length > 0)
      throw new ArmError(409, "CannotDeleteResource", "Can not delete resource before nested resources are deleted.");
    return { seconds: 30, softDelete: false };
  },
  shown(body, resource, context) {
    const links = listBelow(context.arm, ZONE_LINKS, resource.id);
    return {
      ...body,
      etag: etag(resource),
      properties: {
        maxNumberOfRecordSets: RECORD_SETS,
        maxNumberOfVirtualNetworkLinks: LINKS,
        maxNumberOfVirtualNetworkLinksWithRegistration: REGISTERING_LINKS,
        // With the one of its start of authority.
        numberOfRecordSets: listBelow(context.arm, A_RECORDS, resource.id).length + 1,
        numberOfVirtualNetworkLinks: links.length,
        numberOfVirtualNetworkLinksWithRegistration: links.filter((link) => link.body.properties.registrationEnabled).length,
        provisioningState: stateOf(resource, context, "Creating", "Updating"),
      },
    };
  },
};

export const virtualNetworkLink: Rule = {
  type: ZONE_LINKS,
  name: {
    pattern: NETWORK_NAME.pattern,
    code: "BadRequest",
    text: (name) => `The virtual network link name '${name}' is invalid: 1 to 80 letters, digits, '_', '.' and '-'.`,
  },
  isGlobal: true,
  put(put) {
    const { target, body, existing, context } = put;
    checkFree(context, target.id);
    const zone = context.arm.get(target.parent) as Resource;
    const network = referenced(put, "properties.virtualNetwork.id", body.properties.virtualNetwork.id, NETWORKS, {
      anyRegion: true,
    });
    if (existing && !sameId(existing.body.properties.virtualNetwork.id, network.id))
      throw badRequest(`The virtual network of link '${target.name}' cannot be changed. Delete the link first.`);
    const { registrationEnabled = false } = body.properties;
    for (const other of context.arm.list(ZONE_LINKS)) {
      if (sameId(other.id, target.id) || !sameId(other.body.properties.virtualNetwork.id, network.id)) continue;
      const otherZone = targetOf(other.id, ZONE_LINKS).parent;
      if (sameId(otherZone, zone.id))
        throw new ArmError(
          409,
          "Conflict",
          `Virtual network '${network.id}' is linked to the private zone '${zone.name}' already, by '${other.name}'.`,
        );
      const otherName = otherZone.split("/").at(-1) ?? "";
      if (sameId(otherName, zone.name))
        throw badRequest(
          `A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link virtual network with '${otherName}' and '${zone.name}' zones.`,
        );
      if (registrationEnabled && other.body.properties.registrationEnabled)
        throw badRequest(
          `Virtual network '${network.id}' registers its machines in the zone '${otherName}'; it can do so in one zone.`,
        );
    }
    return {
      body: {
        ...body,
        properties: {
          ...body.properties,
          registrationEnabled,
          provisioningState: "Succeeded",
          virtualNetworkLinkState: "Completed",
        },
      },
      seconds: existing ? 10 : 60,
    };
  },
  remove(resource, context) {
    checkFree(context, resource.id);
    return { seconds: 60, softDelete: false };
  },
  shown(body, resource, context) {
    const state = stateOf(resource, context, "Creating", "Updating");
    return {
      ...body,
      etag: etag(resource),
      properties: {
        ...body.properties,
        provisioningState: state,
        virtualNetworkLinkState: state === "Succeeded" ? "Completed" : "InProgress",
      },
    };
  },
};

/** Records of type A. The other types are not here. */
export const aRecordSet: Rule = {
  type: A_RECORDS,
  name: {
    pattern: /^(@|\*|(\*\.)?[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?)*)$/,
    code: "BadRequest",
    text: (name) => `The record set name '${name}' is invalid: labels of letters, digits, '-' and '_', '@' for the zone itself.`,
  },
  put({ target, body }) {
    const kind = target.id.split("/").at(-2) ?? "";
    if (kind.toUpperCase() !== "A")
      throw badRequest(`This sandbox has record sets of type A only; '${target.id}' is of type '${kind}'.`);
    const { ttl, aRecords, metadata } = body.properties as {
      ttl: number;
      aRecords: { ipv4Address: string }[];
      metadata?: object;
    };
    if (aRecords.length === 0 || aRecords.length > RECORDS_IN_SET)
      throw badRequest(`The record set '${target.name}' has ${aRecords.length} records; 1 to ${RECORDS_IN_SET} are allowed.`);
    for (const { ipv4Address } of aRecords)
      if (!isAddress(ipv4Address))
        throw badRequest(`The address '${ipv4Address}' of record set '${target.name}' is not an IPv4 address.`);
    if (new Set(aRecords.map(({ ipv4Address }) => ipv4Address)).size < aRecords.length)
      throw badRequest(`The record set '${target.name}' has an address twice.`);
    const zone = target.parent.split("/").at(-1);
    return {
      body: {
        properties: {
          ttl,
          aRecords,
          ...(metadata && { metadata }),
          fqdn: `${target.name === "@" ? "" : `${target.name}.`}${zone}.`,
          isAutoRegistered: false,
        },
      },
      seconds: 2,
    };
  },
  remove: () => ({ seconds: 2, softDelete: false }),
  shown: (body, resource) => ({ ...body, etag: etag(resource) }),
};
