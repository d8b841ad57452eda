import { attribute, EVERY_GATEWAY, elementRow, make, type Options, oneOf, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "forward-request",
  sections: ["backend"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    /** To the headers of the answer. Above 240 s Azure's load balancer may cut first. */
    timeout: attribute("seconds", { expression: true, min: 0, default: "300" }),
    httpVersion: oneOf(["1", "2or1", "2"], { default: "1" }),
    followRedirects: attribute("bool", { expression: true, default: "false" }),
    /** Needed inside retry: an unbuffered body can be sent once. */
    bufferRequestBody: attribute("bool", { default: "false" }),
    /** false for server-sent events. */
    bufferResponse: attribute("bool", { default: "true" }),
    failOnErrorStatusCode: attribute("bool", { default: "false" }),
  },
  children: [],
});

/** `<forward-request timeout="230" buffer-request-body="true" buffer-response="false" />` */
export const forwardRequest = (options: Options<typeof row> = {}) => make(row, options);
