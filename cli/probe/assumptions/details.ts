import type { Section } from "../page.ts";

export const DETAILS: Section = {
  title: "The gateway and the accounts, in detail",
  assumptions: [
    {
      id: "wrong-key-without-need",
      claim: "An API that needs no key passes over a key that is not valid: the call counts as one without a key",
      otherwise: "with `require: token` or `key-or-token`, a caller with a wrong key gets 401 although its token is good",
      probe: { question: "wrong-key-without-need" },
    },
    {
      id: "wait-of-token-limit",
      claim: "What `llm-token-limit` stores as the wait in `retry-after-variable-name` may be a rate's or a quota's",
      otherwise: "the message of `consumer_quota` does not say when the quota begins anew",
      probe: { cannot: "gateway" },
    },
    {
      id: "rate-limit-refuses",
      claim:
        "`rate-limit-by-key` adds a literal `increment-count` when the call arrives, and refuses a call that would go past the limit",
      otherwise: "a consumer passes its tokens per minute by one call, or by those that arrive in the same moment",
      probe: { question: "rate-limit-refuses" },
    },
    {
      id: "characters-before-answer",
      claim: 'Azure OpenAI counts about a quarter of a prompt\'s characters before it answers ("character based", quota guide)',
      otherwise: "a call just above or below a region's whole quota is refused, or let through, by a small margin",
      probe: { cannot: "accounts" },
    },
    {
      id: "retry-as-loop",
      claim:
        "A `retry` around policies that call nothing is a loop also outside of `backend`, with an interval of 0 and a loop in it; `set-header` and `set-query-parameter` take their names from expressions (documented) and see what was removed before",
      otherwise: "headers that are not listed reach accounts or callers; or every call ends in 500: trace one call",
      probe: { question: "retry-as-loop" },
    },
    {
      id: "body-of-nothing",
      claim: "`context.Request.Body` is null for a request without a body, `Content-Length: 0` included",
      otherwise: "nothing: both are handled",
      probe: { question: "body-of-nothing" },
    },
    {
      id: "key-parameter-case",
      claim: "A subscription's key is found in the parameter `subscription-key` in that letter case only",
      otherwise: "such a key is taken, and removed all the same",
      probe: { question: "key-parameter-case" },
    },
    {
      id: "buffer-413",
      claim: "A buffer that refuses a body answers 413",
      otherwise: "such a call ends in a 503 that asks for a retry",
      probe: { question: "body-above-buffer" },
    },
    {
      id: "chunked-above-buffer",
      claim: "v2 refuses a chunked body above its 2 MiB buffer",
      otherwise: "unknown",
      probe: { question: "chunked-body-above-buffer" },
    },
    {
      id: "tokens-of-large-answers",
      claim:
        "`llm-emit-token-metric` lets an answer above the buffer pass, without a metric (more than about 250 embeddings at once, or chat with many `logprobs`)",
      otherwise:
        "such calls end in 500: ask for fewer at once, or take the metric away from embeddings in `policies/inference.ts`",
      probe: { question: "tokens-of-large-answers" },
    },
    {
      id: "global-policy",
      claim:
        "The global policy is left alone on v2 and classic: it exists from the start, and Pulumi refuses to create over it unless its text is the one it knows",
      otherwise: "nothing: errors are shaped in the API's policy; only a path outside `/openai` gets Azure's own 404",
      probe: { cannot: "changes" },
    },
    {
      id: "document-size",
      claim: "A policy document is measured as we send it",
      otherwise: "on Consumption, whose limit is 16 KiB, a plan of three regions may be refused",
      probe: { cannot: "changes" },
    },
    {
      id: "request-url-after-no-answer",
      claim: "`context.Request.Url` names the member after a call without an answer (`requestUrlAfterError`)",
      otherwise: "the pool may give the dead member once more before the others have their turn; nobody notices but for the time",
      probe: { question: "request-url-after-no-answer" },
    },
    {
      id: "body-of-unbuffered-answer",
      claim:
        "An expression can read the body of an answer that `forward-request` does not buffer, and the caller still gets it (`bodyAsOfUnbufferedAnswer`; other than on Consumption, which buffers all)",
      otherwise:
        "a region without the deployment gives callers its 404 in place of another region's answer, and a content filter's 403 is asked of every region and ends in 503. All other answers come to the same, and none is lost",
      probe: { question: "body-of-unbuffered-answer" },
    },
    {
      id: "custom-headers-of-account",
      claim:
        "Azure OpenAI takes what the gateway sends on: of a caller's own headers four at most (`traceparent`, `tracestate`, `x-ms-client-request-id`, `x-ms-oai-image-generation-deployment`), and the proof for Front Door. Its quota page says that more than 10 custom headers are 431, and not which are counted (`customHeaderLimit` of the local accounts counts these)",
      otherwise:
        "431 behind an entrance, if what Application Gateway (5) and Front Door (8) add are counted too; no policy can take those away",
      probe: { question: "custom-headers-of-account" },
    },
    {
      id: "custom-headers-of-gateway",
      claim: "No limit of custom headers holds where callers reach API Management",
      otherwise: "such callers get its 431 before any policy runs: send fewer",
      probe: { question: "custom-headers-of-gateway" },
    },
    {
      id: "region-of-429",
      claim: "A 429 of Azure OpenAI carries `x-ms-region`; not relied upon",
      otherwise: "nothing",
      probe: { question: "region-of-429" },
    },
    {
      id: "new-key",
      claim: "A new key of a subscription (`regeneratePrimaryKey`) opens the gateway, and the old one nothing, within moments",
      otherwise:
        "the old key works some time longer, or the new one not at once: wait between the steps of [rotating keys](rotating-keys.md)",
      probe: { cannot: "accounts" },
    },
    {
      id: "role-not-arrived",
      claim: "A role assignment that has not arrived yet gives 401 or 403; both are retried elsewhere",
      otherwise: "nothing",
      probe: { question: "role-not-arrived" },
    },
    {
      id: "telemetry-without-key",
      claim:
        "The gateway sends its telemetry with its own identity to a component that takes no key (`disableLocalAuth`; documented for all tiers since API version 2022-08-01). What it sends before its role has arrived is lost",
      otherwise:
        "no metrics in Application Insights: take `disableLocalAuth` out of `infra/observability/logs.ts` and `identityClientId` out of the logger",
      probe: { cannot: "telemetry" },
    },
    {
      id: "image-edits-role",
      claim:
        "Image edits ask for a data action that *Cognitive Services OpenAI User* lacks; *Cognitive Services Data Contributor (Preview)*, `az role definition list --name 19c28022-e58e-450d-a464-0b2a53034789`, has it. [More](decisions/roles-of-the-gateway.md)",
      otherwise: "a role more than needed, on accounts with an image model only",
      probe: { question: "image-edits-role" },
    },
    {
      id: "deployment-sku",
      claim: "A deployment's `sku.name` cannot change in place: it is replaced",
      otherwise: "a replacement that could have been an update",
      probe: { cannot: "changes" },
    },
    {
      id: "capacity-of-media",
      claim:
        "A unit of capacity of gpt-image-1.5 and gpt-image-2, whisper and tts is one request a minute (usages of subscriptions show 9 for a limit of 9; older image models had 3 for a unit)",
      otherwise: "three times the calls, or a third",
      probe: { cannot: "accounts" },
    },
    {
      id: "model-router",
      claim: "model-router 2025-11-18 still takes new customers: no page says otherwise",
      otherwise: "`ServiceModelDeprecating`: choose a later version",
      probe: { cannot: "accounts" },
    },
    {
      id: "input-tokens-quota",
      claim: "`/openai/v1/responses/input_tokens` uses no token quota, and neither it nor `compact` exists in dated API versions",
      otherwise: "counts of the local Azure differ",
      probe: { cannot: "accounts" },
    },
    {
      id: "developer-portal-status",
      claim: "ARM does not accept `developerPortalStatus` and its like on every SKU, so they are not sent",
      otherwise: "nothing",
      probe: { cannot: "changes" },
    },
    {
      id: "exhausted-pool-in-retry",
      claim: "Once a pool is exhausted, what follows `forward-request` in a loop's body does not run (`poolExhaustedInRetry`)",
      otherwise: "nothing: both are handled",
      probe: { question: "exhausted-pool-in-retry" },
    },
    {
      id: "on-error-scope",
      claim: "It is the API's own document whose `on-error` runs for a call without a key",
      otherwise: "such a caller gets Azure's own 401 instead of one in OpenAI's shape",
      probe: { question: "on-error-without-key" },
    },
    {
      id: "open-breaker-takes-later",
      claim:
        "A breaker that is open takes a later `Retry-After` of a call that was on its way when it tripped (`openBreakerTakesLaterRetryAfter`)",
      otherwise: "a throttled region is asked again a little too early; callers notice nothing",
      probe: { question: "open-breaker-takes-later" },
    },
    {
      id: "breaker-is-seen",
      claim: "A breaker that has tripped is seen by the next call (`breakerVisibilityMs`)",
      otherwise: "calls of the first moments are retried once more than need be",
      probe: { question: "breaker-is-seen" },
    },
    {
      id: "cache-is-seen",
      claim: "What `cache-store-value` stores can be read by the next call (`cacheVisibilityMs`; the policy is asynchronous)",
      otherwise: "a member that gave no answer is tried by calls of the first moments too",
      probe: { question: "cache-is-seen" },
    },
    {
      id: "pool-shares",
      claim: "A pool keeps its weights by a smooth rotation on each of its gateways (`poolSelection`)",
      otherwise: "shares of small numbers of calls are less even",
      probe: { question: "pool-shares" },
    },
    {
      id: "last-error-in-retry",
      claim:
        "`context.LastError` is null while a `retry` evaluates its condition (`lastErrorInRetry`; documented for `on-error` only)",
      otherwise: "nothing: the policy does not read it there",
      probe: { question: "last-error-in-retry" },
    },
    {
      id: "above-the-whole-quota",
      claim:
        "A request above all that a deployment may have in a minute gets a 429 whose `Retry-After` is the rest of that minute (`neverFits`; people report 86,400 s)",
      otherwise: "the wait that the policy tells is bounded either way, and other calls are not kept from that member",
      probe: { question: "above-the-whole-quota" },
    },
    {
      id: "audience-of-tokens",
      claim:
        "Accounts take tokens for `https://cognitiveservices.azure.com` in the v1 API too; pages of 2026 name `https://ai.azure.com`",
      otherwise: "every call ends in 503: trace one, and see the account's 401",
      probe: { question: "audience-of-tokens" },
    },
    {
      id: "quota-admits",
      claim:
        "An account refuses a request that would go past a deployment's quota; the guide's words could also mean the one after it (`admits`)",
      otherwise: "a region serves one call more in a minute than the local Azure counts",
      probe: { question: "quota-admits" },
    },
    {
      id: "quota-window",
      claim: "The quota of a minute is given back as a whole, a minute after its first request (`window`)",
      otherwise: "it comes back piece by piece, and regions are full less suddenly",
      probe: { question: "quota-window" },
    },
    {
      id: "request-window",
      claim: "Requests are counted over 10 s; the guide says 1 or 10 (`requestWindowSeconds`)",
      otherwise: "bursts of small calls meet fewer 429s",
      probe: { question: "request-window" },
    },
  ],
};
