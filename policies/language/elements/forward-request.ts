import { attribute, EVERY_GATEWAY, elementRow, make, type Options, oneOf, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "forward-request",
  sections: ["backend"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    timeout: attribute("seconds", {
      expression: true,
      min: 0,
      default: "300",
      about: "To the headers of the answer. Above 240 s Azure's load balancer may cut first.",
    }),
    timeoutMs: attribute("milliseconds", { expression: true, min: 0 }),
    continueTimeout: attribute("seconds", { expression: true, min: 0, about: "To a `100 Continue`." }),
    httpVersion: oneOf(["1", "2or1", "2"], { default: "1" }),
    followRedirects: attribute("bool", { expression: true, default: "false" }),
    bufferRequestBody: attribute("bool", {
      default: "false",
      about: "Needed inside retry: an unbuffered body can be sent once.",
    }),
    bufferResponse: attribute("bool", { default: "true", about: "false for server-sent events." }),
    failOnErrorStatusCode: attribute("bool", { default: "false", about: "400 to 599 goes to on-error." }),
  },
  groups: [{ rule: "at most one", of: ["timeout", "timeoutMs"] }],
  children: [],
  source: "forward-request",
  notes: ["Stands at global scope by default. Without it no call is made."],
});

/**
 * Calls the backend. `timeout` is to the headers of the answer, by default 300 s; answers are buffered, requests are not, unless said.
 * Source: API Management policy reference, forward-request.
 * ```xml
 * <forward-request timeout="230" buffer-request-body="true" buffer-response="false"/>
 * ```
 */
export const forwardRequest = (options: Options<typeof row> = {}) => make(row, options);
