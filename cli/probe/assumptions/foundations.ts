import type { Section } from "../page.ts";

export const FOUNDATIONS: Section = {
  title: "First: what every stack stands on",
  assumptions: [
    {
      id: "operation-precedence",
      claim:
        "A call to a listed operation wins over the catch-all `/*` of the same method (`operationPrecedence`; no page says it)",
      otherwise:
        "nothing is served: every call, `/models` too, is refused with 404 `unknown_url` and reaches no account. Delete the operations `other-*` in `policies/operations.ts`",
      check: "the first call with `pulumi stack output curl`",
      probe: { question: "operation-precedence" },
    },
    {
      id: "retry-sees-no-connection",
      claim: "The `retry` policy sees a call that got no connection (DNS, refused, reset, TLS)",
      otherwise: "the first call to a dead region gets a 503 with Retry-After instead of another region's answer",
      check: "break one member, call ten times: ten times 200",
      probe: { question: "retry-sees-no-connection" },
    },
    {
      id: "no-end-after-30-s",
      claim: "v2 gateways do not end requests after 30 s; the published table contradicts the documented streaming support",
      otherwise: "long answers are cut on v2: choose `family: classic`",
      check: "one call with a high reasoning effort that takes a minute, one with `stream: true`",
      probe: { question: "long-requests-on-v2" },
    },
    {
      id: "breaker-takes-retry-after",
      claim: "A circuit breaker opens for the `Retry-After` of a 429",
      otherwise: "the throttled region is asked again after 10 s each time; callers notice nothing",
      check: "throttle one region, trace twenty calls: its backend is not chosen until the time is over",
      probe: { question: "breaker-takes-retry-after" },
    },
    {
      id: "no-answer-and-breaker",
      claim:
        "A call without an answer does not trip a breaker (`transportFailureTripsBreaker`; release notes of 2025-05 say that the detection of connection errors was mended)",
      otherwise: "nothing: after it the policy addresses the other members itself",
      probe: { question: "no-answer-and-breaker" },
    },
    {
      id: "ids-in-telemetry",
      claim:
        'Application Insights has `context.RequestId` as `customDimensions["Request Id"]` of the request, and an account\'s diagnostic log its `apim-request-id` as `CorrelationId`',
      otherwise: "the queries of [what happened to a call](tracing.md) find nothing: search by time",
      check: "make one call, look at its row",
      probe: { cannot: "telemetry" },
    },
    {
      id: "response-after-no-answer",
      claim: "`context.Response` after an attempt without an answer holds anything, also null",
      otherwise: "nothing: the policy never reads it then",
      probe: { question: "response-after-no-answer" },
    },
  ],
};
