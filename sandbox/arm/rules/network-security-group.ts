import { isAddress } from "../../network/addresses.ts";
import { DEFAULT_RULES } from "../../network/security.ts";
import { SECURITY_GROUPS, SUBNETS } from "../network-types.ts";
import type { Resource } from "../resource.ts";
import { checkGatewayTraffic } from "./management-traffic.ts";
import { checkInnerName, checkQuiet, type Inner, NETWORK_NAME, networkError, rangeOf, usersOf } from "./network.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { overlaid } from "./subnet.ts";
import { guid, sameId, stateOf } from "./target.ts";

/** Rules of one group (Azure subscription limits). */
const RULES = 1000;
/** Priorities (network security groups overview). */
const PRIORITY = [100, 4096] as const;

/** Service tags that a rule may name, alone or with a region behind a dot (virtual network service tags overview). */
const TAGS = [
  ...["VirtualNetwork", "Internet", "AzureLoadBalancer", "ApiManagement", "ApplicationInsightsAvailability", "AppService"],
  ...["AppServiceManagement", "AzureActiveDirectory", "AzureBackup", "AzureCloud", "AzureConnectors", "AzureContainerRegistry"],
  ...["AzureCosmosDB", "AzureFrontDoor.Backend", "AzureFrontDoor.FirstParty", "AzureFrontDoor.Frontend", "AzureKeyVault"],
  ...["AzureMonitor", "AzureResourceManager", "AzureTrafficManager", "CognitiveServicesFrontend", "CognitiveServicesManagement"],
  ...["EventHub", "GatewayManager", "LogicApps", "ServiceBus", "Sql", "Storage"],
];

export const networkSecurityGroup: Rule = {
  type: SECURITY_GROUPS,
  name: NETWORK_NAME,
  put(put) {
    const { target, body, existing, context } = put;
    checkQuiet(context, target.id);
    const rules = (body.properties.securityRules ?? []) as Inner[];
    checkRules(put, rules);
    const inner = ({ name, properties }: Inner, kind: string) => ({
      id: `${target.id}/${kind}/${name}`,
      name,
      type: `${SECURITY_GROUPS}/${kind}`,
      properties: { ...properties, provisioningState: "Succeeded" },
    });
    const accepted = {
      ...body,
      properties: {
        ...body.properties,
        securityRules: rules.map((rule) => inner(rule, "securityRules")),
        defaultSecurityRules: DEFAULT_RULES.map((rule) => inner(rule, "defaultSecurityRules")),
        resourceGuid: guid("security group", target.id, existing?.createdAt ?? context.now),
        provisioningState: "Succeeded",
      },
    };
    if (existing) {
      const after = { ...existing, body: accepted };
      for (const subnet of subnetsOf(target.id, context))
        for (const user of usersOf(subnet.id, context)) checkGatewayTraffic(overlaid(context.arm, after), user, subnet);
    }
    return { body: accepted, seconds: 5 };
  },
  remove(resource, context) {
    checkQuiet(context, resource.id);
    const subnets = subnetsOf(resource.id, context);
    if (subnets.length > 0)
      throw networkError(
        `Network security group ${resource.id} cannot be deleted because it is in use by the following resources: ${subnets.map(({ id }) => id).join(", ")}. In order to delete the Network security group, remove the association with the resource(s). To learn how to do this, see aka.ms/deletensg.`,
        "InUseNetworkSecurityGroupCannotBeDeleted",
      );
    return { seconds: 5, softDelete: false };
  },
  shown(body, resource, context) {
    const subnets = subnetsOf(resource.id, context);
    return {
      ...body,
      properties: {
        ...body.properties,
        ...(subnets.length > 0 && { subnets: subnets.map(({ id }) => ({ id })) }),
        provisioningState: stateOf(resource, context, "Updating", "Updating"),
      },
    };
  },
};

function subnetsOf(groupId: string, { arm }: RuleContext): Resource[] {
  return arm.list(SUBNETS).filter(({ body }) => sameId(body.properties.networkSecurityGroup?.id ?? "", groupId));
}

function checkRules({ target }: Put, rules: readonly Inner[]): void {
  if (rules.length > RULES)
    throw networkError(`Network security group ${target.name} has ${rules.length} rules; at most ${RULES} are allowed.`);
  for (const [at, rule] of rules.entries()) {
    const { name, properties } = rule;
    checkInnerName(name);
    const { priority, direction } = properties;
    if (priority === undefined || priority < PRIORITY[0] || priority > PRIORITY[1])
      throw networkError(
        `Security rule ${name} has invalid Priority. Value provided: ${priority}. Allowed range ${PRIORITY.join("-")}.`,
        "SecurityRuleInvalidPriority",
      );
    for (const other of rules.slice(0, at)) {
      if (sameId(other.name, name)) throw networkError(`Network security group ${target.name} has two rules named ${name}.`);
      if (other.properties.priority === priority && other.properties.direction === direction)
        throw networkError(
          `Security rule ${name} conflicts with rule ${other.name}. Rules cannot have the same Priority and Direction. To learn more about NSG rules, see aka.ms/nsgrules.`,
          "SecurityRuleConflict",
        );
    }
    for (const [one, many, check] of [
      ["sourcePortRange", "sourcePortRanges", checkPorts],
      ["destinationPortRange", "destinationPortRanges", checkPorts],
      ["sourceAddressPrefix", "sourceAddressPrefixes", checkPrefix],
      ["destinationAddressPrefix", "destinationAddressPrefixes", checkPrefix],
    ] as const) {
      const list = (properties[many] ?? []) as string[];
      if ((properties[one] !== undefined) === list.length > 0)
        throw networkError(`Security rule ${name} of ${target.id} must have either ${one} or ${many}.`);
      for (const value of [...(properties[one] === undefined ? [] : [properties[one]]), ...list]) check(name, value);
    }
  }
}

function checkPorts(rule: string, value: string): void {
  if (value === "*") return;
  const [first = "", last = first, ...rest] = value.split("-");
  const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) <= 65535;
  if (rest.length > 0 || !isPort(first) || !isPort(last) || Number(first) > Number(last))
    throw networkError(
      `Security rule ${rule} has invalid Port range. Value provided: ${value}. Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535.`,
      "SecurityRuleInvalidPortRange",
    );
}

function checkPrefix(rule: string, value: string): void {
  if (value === "*" || isAddress(value) || TAGS.some((tag) => sameId(value, tag) || isRegional(value, tag))) return;
  if (/^\d+(\.\d+){3}\//.test(value)) {
    rangeOf(value, rule);
    return;
  }
  throw networkError(
    `Security rule ${rule} has invalid Address prefix. Value provided: ${value}`,
    "SecurityRuleInvalidAddressPrefix",
  );
}

const isRegional = (value: string, tag: string) =>
  value.toLowerCase().startsWith(`${tag.toLowerCase()}.`) && /^[a-z0-9]+$/i.test(value.slice(tag.length + 1));
