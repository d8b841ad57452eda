/**
 * What every new API Management service holds before anybody puts anything into it. Sources: exports of real services, pulumi-azure-native
 * issue 1729, API Management "Subscriptions in Azure API Management" (the all-access subscription).
 */
import { api } from "./api.ts";
import { DEFAULT_POLICY, servicePolicy } from "./policies.ts";
import { product } from "./product.ts";
import { productApi } from "./product-api.ts";
import type { BuiltIn, Put, Rule } from "./rule.ts";
import { subscription } from "./subscription.ts";

const EVERY_SKU: readonly (readonly [Rule, path: string, properties: Record<string, unknown>])[] = [
  [servicePolicy, "policies/policy", { format: "xml", value: DEFAULT_POLICY }],
  // Its key opens all APIs.
  [subscription, "subscriptions/master", { scope: "/", displayName: "Built-in all-access subscription", state: "active" }],
];
/** The sample API has operations in Azure and none here: nobody but the portal's test console calls them. */
const CLASSIC: typeof EVERY_SKU = [
  [
    api,
    "apis/echo-api",
    { displayName: "Echo API", path: "echo", protocols: ["https"], serviceUrl: "http://echoapi.cloudapp.net/api" },
  ],
  [product, "products/starter", { displayName: "Starter", subscriptionsLimit: 1, state: "published" }],
  [
    product,
    "products/unlimited",
    { displayName: "Unlimited", approvalRequired: true, subscriptionsLimit: 1, state: "published" },
  ],
  [productApi, "products/starter/apis/echo-api", {}],
  [productApi, "products/unlimited/apis/echo-api", {}],
];

/** Parents first. They are the service's own: no request made them, and they go with it. */
export function builtIn({ target, context }: Put, isClassic: boolean): BuiltIn[] {
  return [...EVERY_SKU, ...(isClassic ? CLASSIC : [])].map(([rule, path, properties]) => {
    const id = `${target.id}/${path}`;
    const own = { ...target, id, type: rule.type, name: path.slice(path.lastIndexOf("/") + 1) };
    // A link has nothing of its own, and what it links is not there yet.
    const { body, secrets } =
      rule === productApi
        ? { body: { properties: {} } }
        : rule.put({ target: own, body: { properties }, existing: undefined, context });
    return { id, type: rule.type, body, ...(secrets && { secrets }) };
  });
}
