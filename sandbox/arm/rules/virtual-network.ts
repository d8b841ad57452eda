import { prefixOf } from "../../network/view.ts";
import { NETWORKS, SUBNETS, ZONE_LINKS } from "../network-types.ts";
import type { Resource } from "../resource.ts";
import { checkQuiet, inside, NETWORK_NAME, networkError, overlap, rangeOf, subnetInUse, usersOf } from "./network.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { guid, sameId, stateOf } from "./target.ts";

/** Its subnets are resources of their own here. A PUT without a list of them leaves them as they are, which is what azure-native sees to. */
export const virtualNetwork: Rule = {
  type: NETWORKS,
  name: {
    ...NETWORK_NAME,
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9_]$/,
    text: (name) => `Virtual network name ${name} is invalid: 2 to 64 letters, digits, '_', '.' and '-'.`,
  },
  put({ target, body, existing, context }) {
    checkQuiet(context, target.id, ...subnetsOf(target.id, context).map(({ id }) => id));
    const { enableDdosProtection, enableVmProtection } = body.properties;
    if (enableDdosProtection || enableVmProtection)
      throw networkError(`This sandbox has no DDoS protection plan and no VM protection (${target.id}).`);
    const prefixes = body.properties.addressSpace.addressPrefixes as string[];
    const ranges = prefixes.map((prefix) => rangeOf(prefix, target.id));
    for (const [at, range] of ranges.entries()) {
      if (range.bits < 2 || range.bits > 29)
        throw networkError(`Address prefix ${prefixes[at]} of ${target.id} must be of length /2 to /29.`);
      if (ranges.slice(0, at).some((other) => overlap(range, other)))
        throw networkError(`Address prefix ${prefixes[at]} of ${target.id} overlaps with another one of it.`);
    }
    for (const subnet of subnetsOf(target.id, context)) {
      const range = rangeOf(prefixOf(subnet), subnet.id);
      if (!ranges.some((space) => inside(range, space)))
        throw networkError(
          `IpPrefix ${prefixOf(subnet)} on Virtual network ${target.name} has active allocations and cannot be deleted.`,
          "InUsePrefixCannotBeDeleted",
        );
    }
    return {
      body: {
        ...body,
        properties: {
          enableDdosProtection: false,
          ...body.properties,
          privateEndpointVNetPolicies: "Disabled",
          resourceGuid: guid("network", target.id, existing?.createdAt ?? context.now),
          provisioningState: "Succeeded",
        },
      },
      seconds: 5,
    };
  },
  remove(resource, context) {
    const subnets = subnetsOf(resource.id, context);
    checkQuiet(context, resource.id, ...subnets.map(({ id }) => id));
    for (const subnet of subnets) {
      const users = usersOf(subnet.id, context);
      if (users.length > 0) throw subnetInUse(subnet.name, users);
    }
    // Links of private zones to it go with it (private DNS virtual network links).
    const links = context.arm
      .list(ZONE_LINKS)
      .filter(({ body }) => sameId(body.properties.virtualNetwork.id, resource.id))
      .map(({ id }) => id);
    return { seconds: 10, softDelete: false, takes: links };
  },
  shown: (body, resource, context) => ({
    ...body,
    properties: {
      ...body.properties,
      subnets: subnetsOf(resource.id, context).map(({ id, name, body: subnet }) => ({
        id,
        name,
        properties: { addressPrefix: subnet.properties.addressPrefix, provisioningState: "Succeeded" },
      })),
      provisioningState: stateOf(resource, context, "Updating", "Updating"),
    },
  }),
};

export const subnetsOf = (networkId: string, { arm }: RuleContext): Resource[] => arm.list(SUBNETS, networkId);
