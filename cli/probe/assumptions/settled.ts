import type { Settled } from "../page.ts";

export const SETTLED: readonly Settled[] = [
  {
    id: "pool-member-path",
    claim: "A pool's member may have a path in its URL, and it stays before the call's own path",
    source:
      "[Azure-Samples/Apim-Samples, load-balancing](https://github.com/Azure-Samples/Apim-Samples/blob/main/samples/load-balancing/main.bicep): its members are `/api/0` and `/api/1`, and the sample's tests run on Azure",
  },
  {
    id: "request-url-after-answer",
    claim: "`context.Request.Url` shows the pool's chosen member after an attempt that was answered",
    source:
      "[Azure-Samples/Apim-Samples, inference-failover](https://github.com/Azure-Samples/Apim-Samples/tree/main/samples/inference-failover) reads it there (2026-08). `context.Backend`, since 2026-03 ([release notes](https://github.com/Azure/API-Management/releases)), names the pool after a failover",
  },
  {
    id: "exhausted-pool",
    claim:
      "A pool whose members have all tripped is a 503: `on-error` sees it, and so does the condition of a `retry`. Whether the rest of the loop's body runs is still asked (`exhausted-pool-in-retry`)",
    source:
      "[Azure-Samples/AI-Gateway, backend-pool-load-balancing](https://github.com/Azure-Samples/AI-Gateway/tree/main/labs/backend-pool-load-balancing): two generations of its policy test for it in both places",
  },
  {
    id: "on-error-without-key",
    claim: "`on-error` runs for a call without a key, and `LastError.Reason` is `SubscriptionKeyNotFound` there",
    source:
      '"Error handling in API Management policies" (predefined errors for built-in steps); people have logged it on Azure (2026). That our document, at API scope, is the one that runs is still asked (`on-error-without-key`)',
  },
  {
    id: "front-door-sku",
    claim:
      "A Front Door profile keeps its SKU in a PUT: Standard becomes Premium by an action of its own, and Premium never becomes Standard",
    source:
      '"Upgrade from Azure Front Door Standard to Premium" (with PowerShell); [pulumi-azure-native #3432](https://github.com/pulumi/pulumi-azure-native/issues/3432): its provider deletes the profile and makes another',
  },
  {
    id: "front-door-origin-path",
    claim:
      "A route's origin path takes the place of what stands before the pattern's star, also where it is `/`: `/r/eastus2/openai/...` arrives as `/openai/...`",
    source: '"URL rewrite for Azure Front Door" (2023-06), its table of source patterns and destinations',
  },
  {
    id: "application-gateway-settings-path",
    claim:
      "The path of Application Gateway's backend settings takes the place of what the path rule matched: `/r/eastus2/openai/...` arrives as `/openai/...`",
    source: '"Application Gateway HTTP settings configuration" (2025-04-14), its tables of *Override backend path*',
  },
  {
    id: "firewall-any",
    claim:
      "A rule of Front Door's firewall whose operator is `Any` takes no values and fits every request; Standard has custom rules",
    source:
      '"Web Application Firewall with Azure Front Door" (custom rules, tiers), and [azure-cli #32043](https://github.com/Azure/azure-cli/issues/32043)',
  },
];
