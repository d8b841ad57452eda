import { Config, interpolate, type Output, output, type Resource, secret } from "@pulumi/pulumi";
import { PROBE_SKU, type WantedApi, type WantedBackend, type WantedStack } from "../../stacks/probe.ts";
import { apimanagement, authorization, cognitiveservices, ROLES, resources } from "../azure.ts";
import { frontDoor } from "./front-door.ts";

const NOBODY = "https://nobody.invalid";

type Here = { resourceGroupName: Output<string>; serviceName: Output<string> };

/** One gateway, one account with one deployment, and the experiments. Its outputs: where the gateway answers, and the key to it. */
export function probeStack(): { gatewayUrl: Output<string>; key: Output<string> } {
  const wanted = new Config("aoai-probe").requireObject<WantedStack>("wanted");
  const { location, account: accountName } = wanted;
  const group = new resources.ResourceGroup("group", { resourceGroupName: wanted.group, location });
  const resourceGroupName = group.name;
  const account = new cognitiveservices.Account("account", {
    resourceGroupName,
    accountName,
    location,
    kind: "OpenAI",
    sku: { name: "S0" },
    properties: {
      customSubDomainName: accountName,
      disableLocalAuth: true,
      publicNetworkAccess: "Enabled",
      networkAcls: { defaultAction: "Allow" },
    },
  });
  const { model, version, sku, capacity, name } = wanted.deployment;
  new cognitiveservices.Deployment("deployment", {
    resourceGroupName,
    accountName: account.name,
    deploymentName: name,
    sku: { name: sku, capacity },
    properties: { model: { format: "OpenAI", name: model, version }, versionUpgradeOption: "NoAutoUpgrade" },
  });
  const service = gateway(wanted, resourceGroupName);
  new authorization.RoleAssignment("role", {
    roleAssignmentName: wanted.roleAssignment,
    scope: account.id,
    principalId: service.identity.apply((identity) => identity?.principalId ?? ""),
    principalType: "ServicePrincipal",
    roleDefinitionId: account.id.apply(
      (id) => `${id.split("/").slice(0, 3).join("/")}/providers/Microsoft.Authorization/roleDefinitions/${ROLES.openAiUser}`,
    ),
  });
  const here = { resourceGroupName, serviceName: service.name };
  const edge = frontDoor(wanted, resourceGroupName, { gateway: service.name, account: account.name });
  const made = backends(wanted, here, edge);
  for (const api of wanted.apis) apiOf(api, here, namedIn(api, made));
  const subscription = new apimanagement.Subscription("key", {
    ...here,
    sid: "probe",
    displayName: "probe",
    scope: "/apis",
    state: "active",
  });
  const keys = apimanagement.listSubscriptionSecretsOutput({ ...here, sid: subscription.name });
  return { gatewayUrl: service.gatewayUrl, key: secret(keys.apply(({ primaryKey }) => primaryKey ?? "")) };
}

/** Left out on the wire, see infra/gateway/service.ts. */
const unsent = output<undefined>(undefined);

const gateway = ({ gateway: serviceName, location }: WantedStack, resourceGroupName: Output<string>) =>
  new apimanagement.ApiManagementService(
    "gateway",
    {
      resourceGroupName,
      serviceName,
      location,
      publisherName: "probe",
      publisherEmail: "probe@example.com",
      sku: { name: PROBE_SKU, capacity: 1 },
      identity: { type: "SystemAssigned" },
      virtualNetworkType: "None",
      enableClientCertificate: unsent,
      developerPortalStatus: unsent,
      legacyPortalStatus: unsent,
      natGatewayState: unsent,
    },
    { customTimeouts: { create: "1h" } },
  );

/** Pools after their members. */
function backends(
  { gateway: service, account, backends: all }: WantedStack,
  here: Here,
  edge: Output<string> | undefined,
): ReadonlyMap<string, Resource> {
  const made = new Map<string, apimanagement.Backend>();
  const idOf = (name: string) => {
    const found = made.get(name);
    if (!found) throw new Error(`a pool names ${name}, which is no backend before it`);
    return found.id;
  };
  for (const { name, to, breaker } of all)
    made.set(
      name,
      new apimanagement.Backend(`backend-${name}`, {
        ...here,
        backendId: name,
        ...(typeof to === "object" && "pool" in to
          ? { type: "Pool", pool: { services: to.pool.map(({ name: member, ...share }) => ({ id: idOf(member), ...share })) } }
          : {
              protocol: "http",
              url: to === "front-door" ? interpolate`https://${edge}` : urlOf(to, service, account),
              circuitBreaker: breaker && { rules: [ruleOf(breaker)] },
            }),
      }),
    );
  return made;
}

function urlOf(to: Exclude<WantedBackend["to"], "front-door" | { pool: unknown }>, service: string, account: string): string {
  if (to === "nobody") return NOBODY;
  return to === "account" ? `https://${account}.openai.azure.com` : `https://${service}.azure-api.net/member/${to.member}`;
}

const ruleOf = ({ statuses, errorReasons, tripSeconds }: NonNullable<WantedBackend["breaker"]>) => ({
  name: "leave",
  failureCondition: {
    count: 1,
    interval: "PT1M",
    ...(statuses && { statusCodeRanges: statuses.map((status) => ({ min: status, max: status })) }),
    ...(errorReasons && { errorReasons: [...errorReasons] }),
  },
  tripDuration: `PT${tripSeconds}S`,
  acceptRetryAfter: true,
});

/** Backends that a policy names: one that Azure refuses takes no other experiment along. */
const namedIn = ({ policy = "" }: WantedApi, made: ReadonlyMap<string, Resource>): Resource[] =>
  [...made].filter(([name]) => policy.includes(`backend-id="${name}"`)).map(([, backend]) => backend);

/** One write after the other: two at a time below one API are refused. */
function apiOf({ name, needsKey, policy, operations }: WantedApi, here: Here, before: readonly Resource[]): void {
  const api = new apimanagement.Api(`api-${name}`, {
    ...here,
    apiId: name,
    displayName: name,
    path: name,
    protocols: ["https"],
    apiType: "http",
    subscriptionRequired: needsKey,
    subscriptionKeyParameterNames: { header: "api-key", query: "subscription-key" },
  });
  let last: Resource = api;
  for (const operation of operations)
    last = new apimanagement.ApiOperation(
      `operation-${name}-${operation.name}`,
      {
        ...here,
        apiId: api.name,
        operationId: operation.name,
        displayName: operation.name,
        method: operation.method,
        urlTemplate: operation.urlTemplate,
        templateParameters: (operation.parameters ?? []).map((parameter) => ({
          name: parameter,
          type: "string",
          required: true,
        })),
      },
      { dependsOn: [last] },
    );
  if (policy)
    new apimanagement.ApiPolicy(
      `policy-${name}`,
      { ...here, apiId: api.name, policyId: "policy", format: "rawxml", value: policy },
      { dependsOn: [last, ...before] },
    );
}
