import { attribute, elementRow, make, type Options, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "rate-limit-by-key",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: ["classic", "v2", "self-hosted"],
  attributes: {
    calls: attribute("int", { required: true, expression: true, min: 1 }),
    renewalPeriod: attribute("seconds", { required: true, expression: true, min: 1, max: 300 }),
    counterKey: attribute("string", { required: true, expression: true }),
    incrementCondition: attribute("bool", { expression: true, default: "true" }),
    incrementCount: attribute("int", { expression: true, min: 0, default: "1" }),
    incrementAfterResponse: attribute("bool", { undocumented: true }),
    flexibleRetryWindow: attribute("bool", { undocumented: true }),
    retryAfterHeaderName: attribute("string", { default: "Retry-After" }),
    retryAfterVariableName: attribute("string", { variable: "set" }),
    remainingCallsHeaderName: attribute("string", {}),
    remainingCallsVariableName: attribute("string", { variable: "set" }),
    totalCallsHeaderName: attribute("string", {}),
  },
  children: [],
  source: "rate-limit-by-key, 2024-05",
  notes: [
    "A sliding window on classic tiers, a bucket that fills all the time on v2 tiers; counted per gateway and region. One key has the same `calls` and `renewal-period` everywhere.",
    "A literal `increment-count` is added on arrival. With an expression there, or in `increment-condition`, the call is counted at the end of outbound: a burst gets through.",
  ],
});

/**
 * 429 above `calls` in a sliding window of at most 300 s. Not on Consumption.
 * Source: API Management policy reference, rate-limit-by-key.
 * ```xml
 * <rate-limit-by-key calls="60" renewal-period="60" counter-key="@(context.Subscription.Id)" increment-condition="@(context.Response.StatusCode &lt; 400)" remaining-calls-header-name="x-remaining-calls"/>
 * ```
 */
export const rateLimitByKey = (options: Options<typeof row>) => make(row, options);
