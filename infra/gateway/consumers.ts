import { interpolate, type Output, type Resource, secret } from "@pulumi/pulumi";
import type { PolicyDocument } from "../../policies/index.ts";
import type { ConsumerPlan, Plan } from "../../stacks/plan.ts";
import { apimanagement } from "../azure.ts";
import { documentOf, type InferenceApi } from "./api.ts";
import type { Service } from "./service.ts";

/**
 * A product with its limits for every consumer, and a subscription to it.
 * @param values  named values that the documents may use
 * @returns       subscription key by consumer name; Pulumi secrets
 */
export function consumers(
  plan: Plan,
  { here }: Service,
  { api, last }: InferenceApi,
  documents: readonly PolicyDocument[],
  values: readonly Resource[],
): Record<string, Output<string>> {
  let previous = last;
  const keyOf = ({ id, name }: ConsumerPlan) => {
    const product = new apimanagement.Product(`product-${id}`, {
      ...here,
      productId: id,
      displayName: name,
      subscriptionRequired: true,
      approvalRequired: false,
      state: "published",
    });
    const at = { ...here, productId: product.name };
    new apimanagement.ProductPolicy(
      `policy-${id}`,
      { ...at, policyId: "policy", format: "xml", value: documentOf(documents, "product", id).xml },
      { dependsOn: [...values] },
    );
    previous = new apimanagement.ProductApi(`product-api-${id}`, { ...at, apiId: api.name }, { dependsOn: [previous] });
    const subscription = new apimanagement.Subscription(
      `subscription-${id}`,
      { ...here, sid: id, displayName: name, scope: interpolate`/products/${product.name}`, state: "active" },
      { dependsOn: [product] },
    );
    const keysOf = apimanagement.listSubscriptionSecretsOutput({ ...here, sid: subscription.name });
    return secret(keysOf.apply((keys) => keys.primaryKey ?? ""));
  };
  return Object.fromEntries(plan.consumers.map((consumer) => [consumer.name, keyOf(consumer)]));
}
