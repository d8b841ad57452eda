import { attribute, EVERY_GATEWAY, elementRow, literalOf, make, type Options, oneOf, SCOPES } from "../element.ts";

const dapr = { expression: true, gateways: ["self-hosted"] } as const;

export const row = elementRow({
  name: "set-backend-service",
  sections: ["inbound", "backend"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    backendId: attribute("string", {
      expression: true,
      names: "backend",
      about: "Of a backend or a pool.",
    }),
    baseUrl: attribute("string", { expression: true }),
    sfPartitionKey: attribute("string", { expression: true, about: "sf: Service Fabric backends." }),
    sfReplicaType: oneOf(["primary", "secondary"], { expression: true }),
    sfResolveCondition: attribute("bool", { expression: true }),
    sfServiceInstanceName: attribute("string", { expression: true }),
    sfListenerName: attribute("string", { expression: true }),
    daprAppId: attribute("string", dapr),
    daprMethod: attribute("string", dapr),
    daprNamespace: attribute("string", dapr),
  },
  groups: [{ rule: "exactly one", of: ["backendId", "baseUrl"] }],
  also: [
    {
      rule: "base-url has no slash at its end: the path begins with one.",
      breaks: (node) => literalOf(node, "base-url")?.endsWith("/") === true,
    },
  ],
  children: [],
  source: "set-backend-service, 2022-12; Backends, 2025-11-20",
  notes: ["A backend-id of a wider document can be overridden only by another backend-id."],
});

/**
 * Where the call goes: a backend or pool by id, or a URL without a slash at its end.
 * Source: API Management policy reference, set-backend-service.
 * ```xml
 * <set-backend-service backend-id="pool-chat"/>
 * ```
 */
export const setBackendService = (options: Options<typeof row>) => make(row, options);
