import { interpolate, type Output, type Resource, secret } from "@pulumi/pulumi";
import type { PolicyDocument } from "../../policies/index.ts";
import type { ConsumerPlan, Plan } from "../../stacks/plan.ts";
import { apimanagement } from "../azure.ts";
import { documentOf, type InferenceApi } from "./api.ts";
import { type Service, SIDE_BY_SIDE } from "./service.ts";

/** Keys by consumer name; each of the two opens the gateway. Pulumi secrets. */
export interface ConsumerKeys {
  keys: Record<string, Output<string>>;
  /** What callers change over to while the first one is replaced. */
  secondaryKeys: Record<string, Output<string>>;
}

/**
 * A product with its limits for every consumer, and a subscription to it.
 * @param values  named values that the documents may use
 * @returns       both subscription keys of each consumer; Pulumi secrets
 */
export function consumers(
  plan: Plan,
  { here }: Service,
  { api, last }: InferenceApi,
  documents: readonly PolicyDocument[],
  values: readonly Resource[],
): ConsumerKeys {
  let previous = last;
  const keysOf = ({ id, name }: ConsumerPlan) => {
    const product = new apimanagement.Product(
      `product-${id}`,
      {
        ...here,
        productId: id,
        displayName: name,
        subscriptionRequired: true,
        approvalRequired: false,
        state: "published",
      },
      SIDE_BY_SIDE,
    );
    const at = { ...here, productId: product.name };
    new apimanagement.ProductPolicy(
      `policy-${id}`,
      { ...at, policyId: "policy", format: "xml", value: documentOf(documents, "product", id).xml },
      { ...SIDE_BY_SIDE, dependsOn: [...values] },
    );
    previous = new apimanagement.ProductApi(
      `product-api-${id}`,
      { ...at, apiId: api.name },
      { ...SIDE_BY_SIDE, dependsOn: [previous] },
    );
    const subscription = new apimanagement.Subscription(
      `subscription-${id}`,
      { ...here, sid: id, displayName: name, scope: interpolate`/products/${product.name}`, state: "active" },
      { ...SIDE_BY_SIDE, dependsOn: [product] },
    );
    return apimanagement.listSubscriptionSecretsOutput({ ...here, sid: subscription.name });
  };
  const listed = plan.consumers.map((consumer) => [consumer.name, keysOf(consumer)] as const);
  const named = (key: "primaryKey" | "secondaryKey") =>
    Object.fromEntries(listed.map(([name, keys]) => [name, secret(keys.apply((both) => both[key] ?? ""))]));
  return { keys: named("primaryKey"), secondaryKeys: named("secondaryKey") };
}
