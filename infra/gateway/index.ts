import type { Input, Output } from "@pulumi/pulumi";
import { namedValues, type PolicyDocument } from "../../policies/index.ts";
import type { Account } from "../accounts.ts";
import { apimanagement, ROLES } from "../azure.ts";
import type { Foundation } from "../foundation.ts";
import type { Logs } from "../observability/logs.ts";
import { grant } from "../roles.ts";
import type { Balancer } from "../topologies/balancer.ts";
import { inferenceApi } from "./api.ts";
import { type ConsumerKeys, consumers } from "./consumers.ts";
import { pools } from "./pools.ts";
import { type Service, SIDE_BY_SIDE } from "./service.ts";

export interface Gateway extends ConsumerKeys {
  /** Where callers reach it. */
  url: Output<string>;
  /** For a host of the owner's. */
  dnsRecords?: Service["dnsRecords"];
}

/** What API Management serves: backends and pools, the API with its policies, and a product per consumer. */
export function gateway(
  base: Foundation,
  service: Service,
  accounts: readonly Account[],
  balancer: Balancer,
  logs: Logs,
  documents: readonly PolicyDocument[],
): Gateway {
  const { plan } = base;
  const { here } = service;
  const backends = pools(plan, service, accounts, balancer);
  const texts: Record<string, Input<string> | undefined> = { suffix: base.suffix, ...balancer.secrets };
  const values = namedValues(plan).map(({ name, source, secret }) => {
    const value = typeof source === "string" ? texts[source] : source.value;
    if (value === undefined) throw new Error(`nobody has the text of named value ${name}`);
    return new apimanagement.NamedValue(
      `value-${name}`,
      { ...here, namedValueId: name, displayName: name, value, secret },
      SIDE_BY_SIDE,
    );
  });
  const everyCall = documents
    .filter(({ scope }) => scope === "global")
    .map(
      ({ xml }) =>
        new apimanagement.Policy(
          "policy-global",
          { ...here, policyId: "policy", format: "xml", value: xml },
          { ...SIDE_BY_SIDE, dependsOn: values },
        ),
    );
  const api = inferenceApi(plan, service, documents, [...everyCall, ...values, ...backends]);
  diagnostic(service, logs);
  return {
    url: service.url,
    ...(service.dnsRecords && { dnsRecords: service.dnsRecords }),
    ...consumers(plan, service, api, documents, values),
  };
}

/** Metrics and failures go to the logs, with the service's own identity: no key. */
function diagnostic({ here, principalId }: Service, { insightsId, connectionString }: Logs): void {
  const names = { name: "role-insights", drawn: "role-name-insights" };
  const role = grant(names, { role: ROLES.metricsPublisher, scope: insightsId, principalId });
  const logger = new apimanagement.Logger(
    "logger",
    {
      ...here,
      loggerId: "insights",
      loggerType: "applicationInsights",
      resourceId: insightsId,
      credentials: { connectionString, identityClientId: "SystemAssigned" },
    },
    { ...SIDE_BY_SIDE, dependsOn: [role] },
  );
  // Prompts and answers are nobody's business but the caller's, and logging them would buffer streams: no bodies.
  const bare = { headers: [], body: { bytes: 0 } };
  const message = { request: bare, response: bare };
  new apimanagement.Diagnostic(
    "diagnostic",
    {
      ...here,
      diagnosticId: "applicationinsights",
      loggerId: logger.id,
      sampling: { samplingType: "fixed", percentage: 100 },
      metrics: true,
      verbosity: "information",
      httpCorrelationProtocol: "W3C",
      frontend: message,
      backend: message,
    },
    SIDE_BY_SIDE,
  );
}
