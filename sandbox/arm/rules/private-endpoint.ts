import { accountHostsOf } from "../../network/account-hosts.ts";
import { ACCOUNTS, APPLICATION_GATEWAYS, PRIVATE_ENDPOINTS, SUBNETS, ZONE_GROUPS } from "../network-types.ts";
import type { Resource } from "../resource.ts";
import { ArmError } from "./error.ts";
import {
  checkInnerName,
  checkQuiet,
  checkStaticAddress,
  dangling,
  delegationsOf,
  freeAddresses,
  type Inner,
  NETWORK_NAME,
  networkError,
  referenced,
  usersOf,
} from "./network.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { guid, listBelow, targetOf as placeOf, sameId, stateOf } from "./target.ts";

/** The one thing of an account that an endpoint can lead to, and what it has addresses for. */
const GROUP_ID = "account";

export const privateEndpoint: Rule = {
  type: PRIVATE_ENDPOINTS,
  name: NETWORK_NAME,
  put(put) {
    const { target, body, existing, context } = put;
    checkQuiet(context, target.id);
    const { connection, isManual } = connectionOf(put);
    const subnet = referenced(put, "properties.subnet.id", body.properties.subnet.id, SUBNETS);
    if (existing) checkUnchanged(existing, put);
    else {
      checkSubnet(put, subnet);
      checkQuietNetwork(put, subnet);
    }
    const account = targetOf(put, connection);
    if (!existing) checkQuietAccount(account, context);

    const born = existing?.createdAt ?? context.now;
    const customDnsConfigs = existing?.body.properties.customDnsConfigs ?? addresses(put, subnet, account);
    const interfaceName = body.properties.customNetworkInterfaceName ?? `${target.name}.nic.${guid("nic", target.id, born)}`;
    const kind = isManual ? "manualPrivateLinkServiceConnections" : "privateLinkServiceConnections";
    return {
      body: {
        ...body,
        properties: {
          ...body.properties,
          subnet: { id: subnet.id },
          customDnsConfigs,
          networkInterfaces: [{ id: target.id.replace(/privateEndpoints\/[^/]+$/i, `networkInterfaces/${interfaceName}`) }],
          privateLinkServiceConnections: [],
          manualPrivateLinkServiceConnections: [],
          [kind]: [
            {
              id: `${target.id}/${kind}/${connection.name}`,
              name: connection.name,
              type: `${PRIVATE_ENDPOINTS}/${kind}`,
              properties: {
                ...connection.properties,
                // Approved at once, because whoever deploys has rights on the account; a manual one waits for somebody to approve it.
                privateLinkServiceConnectionState: {
                  status: isManual ? "Pending" : "Approved",
                  description: isManual ? "" : "Approved",
                  actionsRequired: "None",
                },
                provisioningState: "Succeeded",
              },
            },
          ],
          resourceGuid: guid("endpoint", target.id, born),
          provisioningState: "Succeeded",
        },
      },
      // "A few minutes" in the documentation's steps; some 60 s in logs that users show.
      seconds: existing ? 10 : 60,
    };
  },
  remove(resource, context) {
    checkQuiet(context, resource.id, ...listBelow(context.arm, ZONE_GROUPS, resource.id).map(({ id }) => id));
    return { seconds: 30, softDelete: false };
  },
  shown(body, resource, context) {
    const hasZones = listBelow(context.arm, ZONE_GROUPS, resource.id).length > 0;
    const { resourceGuid: _, customDnsConfigs, ...properties } = body.properties;
    const shown = (one: Inner) => {
      const account = context.arm.get(one.properties.privateLinkServiceId);
      const state = one.properties.privateLinkServiceConnectionState;
      // The endpoint of an account that is gone stays, and leads nowhere.
      return account
        ? one
        : { ...one, properties: { ...one.properties, privateLinkServiceConnectionState: { ...state, status: "Disconnected" } } };
    };
    return {
      ...body,
      properties: {
        ...properties,
        privateLinkServiceConnections: properties.privateLinkServiceConnections.map(shown),
        manualPrivateLinkServiceConnections: properties.manualPrivateLinkServiceConnections.map(shown),
        // Who has a zone group does not write the names down himself.
        customDnsConfigs: hasZones ? [] : customDnsConfigs,
        provisioningState: stateOf(resource, context, "Updating", "Updating"),
      },
    };
  },
};

function connectionOf({ target, body }: Put): { connection: Inner; isManual: boolean } {
  const automatic = (body.properties.privateLinkServiceConnections ?? []) as Inner[];
  const manual = (body.properties.manualPrivateLinkServiceConnections ?? []) as Inner[];
  const [connection, ...more] = [...automatic, ...manual];
  if (!connection || more.length > 0)
    throw networkError(`Private endpoint ${target.id} must have exactly one private link service connection.`);
  checkInnerName(connection.name);
  return { connection, isManual: manual.length > 0 };
}

function targetOf({ target, context }: Put, { properties }: Inner): Resource {
  const id = String(properties.privateLinkServiceId);
  const groups = (properties.groupIds ?? []) as string[];
  const account = context.arm.get(id);
  if (!account) throw dangling(id, target.id);
  if (!sameId(account.type, ACCOUNTS))
    throw networkError(`This sandbox has private endpoints of ${ACCOUNTS} only; ${target.id} leads to ${id}.`);
  if (groups.length !== 1 || groups[0] !== GROUP_ID)
    throw networkError(
      `Call to ${ACCOUNTS} failed. Error message: the group ids [${groups}] of private endpoint ${target.name} are invalid. Valid: [${GROUP_ID}].`,
    );
  if (!account.body.properties.customSubDomainName)
    throw networkError(
      `Call to ${ACCOUNTS} failed. Error message: account ${id} needs a custom subdomain name before it can have a private endpoint.`,
    );
  return account;
}

/** Neither the account nor one of its deployments may be changing. */
function checkQuietAccount(account: Resource, context: RuleContext): void {
  const deployments = listBelow(context.arm, `${ACCOUNTS}/deployments`, account.id);
  if ([account, ...deployments].some(({ id }) => context.busy(id)))
    throw new ArmError(
      400,
      "AccountProvisioningStateInvalid",
      `Call to ${ACCOUNTS} failed. Error message: Account ${account.id} in state Accepted`,
    );
}

/**
 * A change of any subnet may show the endpoint's own as changing (terraform-provider-azurerm issues 16182, 17649 and 21293); Azure's text. It is the end of the
 * long operation that fails.
 */
function checkQuietNetwork({ target, context }: Put, subnet: Resource): void {
  const { parent } = placeOf(subnet.id, SUBNETS);
  if ([parent, ...listBelow(context.arm, SUBNETS, parent).map(({ id }) => id)].some((id) => context.busy(id)))
    throw new ArmError(
      429,
      "RetryableError",
      `A retryable error occurred. ReferencedResourceNotProvisioned: Cannot proceed with operation because resource ${subnet.id} used by resource ${target.id} is not in Succeeded state. Resource is in Updating state and the last operation that updated/is updating the resource is PutSubnetOperation.`,
    );
}

function checkSubnet({ target, context }: Put, subnet: Resource): void {
  const delegated = delegationsOf(subnet);
  if (delegated.length > 0)
    throw networkError(
      `Private endpoint ${target.id} cannot be created in subnet ${subnet.id}, which is delegated to ${delegated}.`,
    );
  const gateway = usersOf(subnet.id, context).find((id) => sameId(context.arm.get(id)?.type ?? "", APPLICATION_GATEWAYS));
  if (gateway)
    throw networkError(
      `Private endpoint ${target.id} cannot be created in subnet ${subnet.id}, which belongs to Application Gateway ${gateway}.`,
      "ApplicationGatewaySubnetCannotHaveOtherResources",
    );
}

function checkUnchanged(existing: Resource, { target, body }: Put): void {
  const before = existing.body.properties;
  const after = body.properties;
  if (!sameId(before.subnet.id, after.subnet.id))
    throw networkError(`The subnet of private endpoint ${target.id} cannot be changed.`);
  const links = (properties: typeof before) =>
    [...(properties.privateLinkServiceConnections ?? []), ...(properties.manualPrivateLinkServiceConnections ?? [])]
      .map((one: Inner) => [one.name, one.properties.privateLinkServiceId, ...one.properties.groupIds].join(" ").toLowerCase())
      .join();
  if (links(before) !== links(after))
    throw networkError(
      `Cannot change PrivateLinkServiceConnection on Private Endpoint ${target.id}.`,
      "CannotChangePrivateLinkConnectionOnPrivateEndpoint",
    );
  const fixed = ({ customNetworkInterfaceName, ipConfigurations = [] }: typeof before) =>
    JSON.stringify([customNetworkInterfaceName, ipConfigurations]);
  if (fixed(before) !== fixed(after))
    throw networkError(
      `Neither the network interface name nor the IP configurations of private endpoint ${target.id} can be changed.`,
    );
}

/** A private address for each of the account's names. */
function addresses({ target, body, context }: Put, subnet: Resource, account: Resource) {
  const names = accountHostsOf(account);
  const asked = (body.properties.ipConfigurations ?? []) as Inner[];
  if (asked.length > 0 && asked.length !== names.length)
    throw networkError(
      `Private endpoint ${target.id} has ${asked.length} IP configurations; group '${GROUP_ID}' of this account has ${names.length} members.`,
    );
  const given = asked.map(({ properties }, at) => {
    const { groupId, memberName, privateIPAddress } = properties;
    if (groupId !== GROUP_ID || memberName !== names[at]?.member)
      throw networkError(
        `The IP configuration of private endpoint ${target.id} names group '${groupId}' and member '${memberName}'; they are '${GROUP_ID}' and '${names[at]?.member}'.`,
      );
    checkStaticAddress(context.arm, privateIPAddress, subnet, target.id);
    return privateIPAddress as string;
  });
  const free = given.length > 0 ? given : freeAddresses(context.arm, subnet, names.length);
  return names.map(({ host }, at) => ({ fqdn: host, ipAddresses: [free[at] as string] }));
}
