import type { Resource } from "@pulumi/pulumi";
import { operations, type PolicyDocument } from "../../policies/index.ts";
import type { Plan } from "../../stacks/plan.ts";
import { apimanagement } from "../azure.ts";
import { type Service, SIDE_BY_SIDE } from "./service.ts";

const API_ID = "openai";

export interface InferenceApi {
  api: apimanagement.Api;
  /** Its last write: the next one below this API waits for it. */
  last: Resource;
}

/** The document of a scope. Throws for one that the plan does not have. */
export function documentOf(documents: readonly PolicyDocument[], scope: PolicyDocument["scope"], id: string): PolicyDocument {
  const found = documents.find((document) => document.scope === scope && document.id === id);
  if (!found) throw new Error(`there is no policy document of scope ${scope} ${id}`);
  return found;
}

/**
 * The API with its operations and its policy.
 * @param before  what the policy names: it comes first, and what the policy no longer names goes last
 */
export function inferenceApi(
  plan: Plan,
  { here }: Service,
  documents: readonly PolicyDocument[],
  before: readonly Resource[],
): InferenceApi {
  const api = new apimanagement.Api(
    "api",
    {
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
    },
    SIDE_BY_SIDE,
  );

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
      { ...SIDE_BY_SIDE, dependsOn: [last] },
    );
  }
  last = new apimanagement.ApiPolicy(
    "policy-api",
    { ...here, apiId: api.name, policyId: "policy", format: "xml", value: documentOf(documents, "api", API_ID).xml },
    { ...SIDE_BY_SIDE, dependsOn: [last, ...before] },
  );
  return { api, last };
}
