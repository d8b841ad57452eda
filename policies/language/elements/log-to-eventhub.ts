import { attribute, type Content, EVERY_GATEWAY, elementRow, make, type Options, SCOPES, SECTIONS } from "../element.ts";

export const row = elementRow({
  name: "log-to-eventhub",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    loggerId: attribute("string", { required: true }),
    partitionId: attribute("string", {}),
    partitionKey: attribute("string", { expression: true }),
  },
  groups: [{ rule: "at most one", of: ["partitionId", "partitionKey"] }],
  children: [],
  text: attribute("any", { required: true, expression: true, about: "The message; cut at 200 KB." }),
  source: "log-to-eventhub",
});

/**
 * A message to an event hub; what is longer than 200 KB is cut.
 * Source: API Management policy reference, log-to-eventhub.
 * ```xml
 * <log-to-eventhub logger-id="calls" partition-key="@(context.Subscription.Id)">@("called " + context.Operation.Id)</log-to-eventhub>
 * ```
 */
export const logToEventhub = (options: Options<typeof row>, message: Content) => make(row, options, { text: message });
