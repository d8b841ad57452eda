import { interpolate, type Output, output, type Resource, secret } from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random";
import { namedValues, operations, type PolicyDocument } from "../policies/index.ts";
import { failures, TRIP_SECONDS } from "../stacks/catalog/failures.ts";
import { accountMembers, type ConsumerPlan, type PoolPlan } from "../stacks/plan.ts";
import type { Account } from "./accounts.ts";
import { apimanagement, authorization, OPENAI_USER_ROLE } from "./azure.ts";
import { type Foundation, unique } from "./foundation.ts";
import type { Logs } from "./observability/logs.ts";
import type { Balancer } from "./topologies/index.ts";

const API_ID = "openai";

export interface Gateway {
  /** `https://<service>.azure-api.net` */
  url: Output<string>;
  /** Subscription key by consumer name; Pulumi secrets. */
  keys: Record<string, Output<string>>;
}

/** The API Management service may call every account with its own identity; on the account, not wider. */
function roleAssignments(base: Foundation, accounts: readonly Account[], principalId: Output<string>): Map<string, Resource> {
  return new Map(
    accounts.map(({ plan, id }) => {
      const { provider } = base.place(plan.subscription);
      // A new gateway has a new identity: the keeper gives its assignment a new name, so that it can be made before the old one goes.
      const name = new RandomUuid(`role-name-${plan.key}`, { keepers: { principalId } });
      const assignment = new authorization.RoleAssignment(
        `role-${plan.key}`,
        {
          roleAssignmentName: name.result,
          scope: id,
          principalId,
          // The SDK's default is "User", which ARM refuses for a managed identity.
          principalType: "ServicePrincipal",
          roleDefinitionId: id.apply(
            (text) =>
              `${text.split("/").slice(0, 3).join("/")}/providers/Microsoft.Authorization/roleDefinitions/${OPENAI_USER_ROLE}`,
          ),
        },
        { provider },
      );
      return [plan.key, assignment];
    }),
  );
}

/** Left out on the wire: the SDK replaces undefined by its default, but not an Output of undefined. */
const unsent = output<undefined>(undefined);

/** API Management in front of the accounts: service, backends, pools, the API with its policies, and a product per consumer. */
export function gateway(
  base: Foundation,
  accounts: readonly Account[],
  balancer: Balancer,
  logs: Logs,
  documents: readonly PolicyDocument[],
): Gateway {
  const { plan, resourceGroupName, location, tags } = base;
  const service = new apimanagement.ApiManagementService(
    "gateway",
    {
      resourceGroupName,
      serviceName: unique(plan.names.gateway, base),
      location,
      tags,
      publisherName: plan.gateway.publisherName,
      publisherEmail: plan.gateway.publisherEmail,
      sku: { name: plan.gateway.sku, capacity: plan.gateway.capacity },
      identity: { type: "SystemAssigned" },
      // The SDK would send false, which ARM refuses on classic SKUs (pulumi-azure-native #1741).
      enableClientCertificate: unsent,
      // The SDK would send its defaults for these too, which are not what every SKU has: leave the service its own.
      developerPortalStatus: unsent,
      legacyPortalStatus: unsent,
      natGatewayState: unsent,
    },
    { customTimeouts: { create: "3h", update: "3h", delete: "2h" } },
  );
  const here = { resourceGroupName, serviceName: service.name };
  const principalId = service.identity.apply((identity) => identity?.principalId ?? "");
  const roles = roleAssignments(base, accounts, principalId);

  const pools = plan.pools.map((pool) => poolOf(pool));
  const values = namedValues(plan).map(
    ({ name, source, secret: hidden }) =>
      new apimanagement.NamedValue(`value-${name}`, {
        ...here,
        namedValueId: name,
        displayName: name,
        value: source === "suffix" ? base.suffix : source.value,
        secret: hidden,
      }),
  );

  const document = (scope: PolicyDocument["scope"], id: string): PolicyDocument => {
    const found = documents.find((d) => d.scope === scope && d.id === id);
    if (!found) throw new Error(`there is no policy document of scope ${scope} ${id}`);
    return found;
  };
  const everyCall = documents
    .filter(({ scope }) => scope === "global")
    .map(
      ({ xml }) =>
        new apimanagement.Policy(
          "policy-global",
          { ...here, policyId: "policy", format: "xml", value: xml },
          { dependsOn: values },
        ),
    );

  const api = new apimanagement.Api("api", {
    ...here,
    apiId: API_ID,
    displayName: "Azure OpenAI",
    description: "Azure OpenAI in every region of this stack, as one: deployments API and v1 API.",
    path: "openai",
    protocols: ["https"],
    apiType: "http",
    subscriptionRequired: plan.gateway.keyRequired,
    // The header that the OpenAI SDKs send; a key in a query string would end up in logs.
    subscriptionKeyParameterNames: { header: "api-key", query: "subscription-key" },
  });

  // Two writes below one API at a time are refused with 409 PessimisticConcurrencyConflict: one after the other.
  let last: Resource = api;
  for (const operation of operations) {
    last = new apimanagement.ApiOperation(
      `operation-${operation.id}`,
      {
        ...here,
        apiId: api.name,
        operationId: operation.id,
        displayName: operation.displayName,
        method: operation.method,
        urlTemplate: operation.urlTemplate,
        templateParameters: operation.templateParameters.map((parameter) => ({ ...parameter })),
      },
      { dependsOn: [last] },
    );
  }
  // The policy names pools, backends and named values: they come first, and what it no longer names goes last.
  last = new apimanagement.ApiPolicy(
    "policy-api",
    { ...here, apiId: api.name, policyId: "policy", format: "xml", value: document("api", API_ID).xml },
    { dependsOn: [last, ...everyCall, ...values, ...pools.flatMap(({ all }) => all)] },
  );

  const logger = new apimanagement.Logger("logger", {
    ...here,
    loggerId: "insights",
    loggerType: "applicationInsights",
    resourceId: logs.insightsId,
    credentials: { instrumentationKey: logs.instrumentationKey },
  });
  // Prompts and answers are nobody's business but the caller's, and logging them would buffer streams: no bodies.
  const bare = { headers: [], body: { bytes: 0 } };
  const message = { request: bare, response: bare };
  new apimanagement.Diagnostic("diagnostic", {
    ...here,
    diagnosticId: "applicationinsights",
    loggerId: logger.id,
    sampling: { samplingType: "fixed", percentage: 100 },
    metrics: true,
    verbosity: "information",
    httpCorrelationProtocol: "W3C",
    frontend: message,
    backend: message,
  });

  const keys: Record<string, Output<string>> = {};
  for (const consumer of plan.consumers) {
    const made = consumerOf(consumer, last);
    last = made.link;
    keys[consumer.name] = made.key;
  }
  return { url: service.gatewayUrl, keys };

  /** One backend per deployment in an account, each with its own breaker: quota is per region and model. */
  function poolOf(pool: PoolPlan): { all: Resource[] } {
    const members = accountMembers(pool).map((member) => {
      const account = accounts.find(({ plan: { key } }) => key === member.account);
      if (!account) throw new Error(`pool ${pool.id} has a member in the unknown account ${member.account}`);
      const backend = new apimanagement.Backend(
        `backend-${member.backendId}`,
        {
          ...here,
          backendId: member.backendId,
          title: `${pool.deployment} in ${account.plan.key}`,
          protocol: "http",
          url: balancer.backendUrl(account),
          tls: { validateCertificateChain: true, validateCertificateName: true },
          circuitBreaker: plan.gateway.circuitBreaker ? breaker : undefined,
        },
        // A member joins when its deployment stands and the gateway is allowed to call it.
        { dependsOn: [account.deployments.get(pool.deployment), roles.get(member.account)].filter((r) => r !== undefined) },
      );
      return { member, backend };
    });
    const entity = new apimanagement.Backend(`backend-${pool.id}`, {
      ...here,
      backendId: pool.id,
      title: `${pool.deployment} in every region`,
      type: "Pool",
      pool: {
        services: members.map(({ member, backend }) => ({ id: backend.id, priority: member.priority, weight: member.weight })),
      },
    });
    return { all: [entity, ...members.map(({ backend }) => backend)] };
  }

  /** A product with the consumer's limits, and a subscription to it. */
  function consumerOf(consumer: ConsumerPlan, after: Resource): { key: Output<string>; link: Resource } {
    const product = new apimanagement.Product(`product-${consumer.id}`, {
      ...here,
      productId: consumer.id,
      displayName: consumer.name,
      subscriptionRequired: true,
      approvalRequired: false,
      state: "published",
    });
    const at = { ...here, productId: product.name };
    new apimanagement.ProductPolicy(
      `policy-${consumer.id}`,
      { ...at, policyId: "policy", format: "xml", value: document("product", consumer.id).xml },
      { dependsOn: values },
    );
    const link = new apimanagement.ProductApi(`product-api-${consumer.id}`, { ...at, apiId: api.name }, { dependsOn: [after] });
    const subscription = new apimanagement.Subscription(
      `subscription-${consumer.id}`,
      { ...here, sid: consumer.id, displayName: consumer.name, scope: interpolate`/products/${product.name}`, state: "active" },
      { dependsOn: [product] },
    );
    const keysOf = apimanagement.listSubscriptionSecretsOutput({ ...here, sid: subscription.name });
    return { key: secret(keysOf.apply((k) => k.primaryKey ?? "")), link };
  }
}

/** Opens on the first failure of a kind that trips (failure table), for as long as the account asks. */
const breaker = {
  rules: [
    {
      name: "leave",
      failureCondition: {
        count: 1,
        interval: "PT1M",
        statusCodeRanges: failures
          .filter(({ trips }) => trips)
          .map(({ status }) => (typeof status === "number" ? { min: status, max: status } : { min: status[0], max: status[1] })),
      },
      tripDuration: `PT${TRIP_SECONDS}S`,
      acceptRetryAfter: true,
    },
  ],
};
