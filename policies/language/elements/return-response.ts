import {
  attribute,
  type Content,
  type Element,
  EVERY_GATEWAY,
  elementRow,
  make,
  nodes,
  type Options,
  SCOPES,
  SECTIONS,
  type Section,
} from "../element.ts";
import { setBody } from "./set-body.ts";
import { type Status, setStatus } from "./set-status.ts";

export const row = elementRow({
  name: "return-response",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    responseVariableName: attribute("string", { variable: "read", about: "An answer of send-request to begin with." }),
  },
  children: ["set-status?", "set-header*", "set-body?"],
  source: "return-response; policy XSD",
  notes: ["A liquid template does not work in its body."],
});

export type Answer = Options<typeof row> & {
  /** Default 200. */
  readonly status?: Status;
  readonly headers?: readonly Element<Section, "set-header">[];
  readonly body?: Content;
};

/**
 * Ends the request with this answer, by default an empty 200; headers set before are gone.
 * Source: API Management policy reference, return-response.
 * ```xml
 * <return-response>
 *   <set-status code="429" reason="Too Many Requests"/>
 *   <set-header name="Retry-After">
 *     <value>10</value>
 *   </set-header>
 *   <set-body>@("{\"error\":" + JsonConvert.SerializeObject(context.Operation.Id) + "}")</set-body>
 * </return-response>
 * ```
 */
export function returnResponse({ status, headers = [], body, ...options }: Answer) {
  return make(row, options, {
    children: [
      ...(status ? [setStatus(status).node] : []),
      ...nodes(headers),
      ...(body === undefined ? [] : [setBody(body).node]),
    ],
  });
}
