import { attribute, elementRow, literalOf, make, type Options, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "quota-by-key",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: ["classic", "self-hosted"],
  attributes: {
    calls: attribute("int", { min: 1 }),
    bandwidth: attribute("int", { min: 1, about: "Kilobytes." }),
    renewalPeriod: attribute("seconds", { required: true, min: 0, about: "0: never." }),
    counterKey: attribute("string", { required: true, expression: true }),
    incrementCondition: attribute("bool", { expression: true, default: "true" }),
    incrementCount: attribute("int", { expression: true, min: 0, default: "1" }),
    firstPeriodStart: attribute("time", { default: "0001-01-01T00:00:00Z" }),
  },
  groups: [{ rule: "at least one", of: ["calls", "bandwidth"] }],
  also: [
    {
      rule: "renewal-period is 0 (never) or at least 300 s.",
      breaks(node) {
        const period = Number(literalOf(node, "renewal-period"));
        return period > 0 && period < 300;
      },
    },
  ],
  children: [],
  source: "quota-by-key, 2024-03",
  notes: ["403 with Retry-After when it is used up."],
});

/**
 * 403 above a number of calls or kilobytes in a period of at least 300 s, or ever (0). Not on v2 and Consumption.
 * Source: API Management policy reference, quota-by-key.
 * ```xml
 * <quota-by-key calls="100000" renewal-period="2592000" counter-key="@(context.Subscription.Id)" first-period-start="2026-01-01T00:00:00Z"/>
 * ```
 */
export const quotaByKey = (options: Options<typeof row>) => make(row, options);
