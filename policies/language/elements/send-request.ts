import {
  type AttributesOf,
  attribute,
  type Content,
  type Element,
  EVERY_GATEWAY,
  elementRow,
  literalOf,
  make,
  type Node,
  nodes,
  type Options,
  oneOf,
  part,
  partOf,
  SCOPES,
  SECTIONS,
  type Section,
  type Shape,
} from "../element.ts";
import type { Code } from "../expression.ts";
import { setBody } from "./set-body.ts";
import { setMethod } from "./set-method.ts";

const proxy = {
  attributes: {
    url: attribute("string", { required: true, expression: true }),
    username: attribute("string", { expression: true }),
    password: attribute("string", { expression: true }),
  },
  children: [],
} as const satisfies Shape;

export const mode = oneOf(["new", "copy"], { expression: true, default: "new", about: "`copy`: of the caller's request." });
/** What stands in a request, in the order of the policy XSD. */
export const requestShape = {
  children: [
    "set-url?",
    "set-method?",
    "set-header*",
    "set-body?",
    "authentication-certificate?",
    "authentication-managed-identity?",
    "proxy?",
  ],
  parts: {
    "set-url": { attributes: {}, children: [], text: attribute("string", { required: true, expression: true }) },
    proxy,
  },
  also: [
    {
      rule: 'set-url and set-method are there unless mode is "copy".',
      breaks: (node: Node) =>
        (literalOf(node, "mode") === "new" || !node.attributes.some(([name]) => name === "mode")) &&
        !["set-url", "set-method"].every((name) => node.children.some((child) => child.name === name)),
    },
  ],
} as const;

export const row = elementRow({
  name: "send-request",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    mode,
    responseVariableName: attribute("string", { required: true, variable: "set" }),
    timeout: attribute("seconds", { expression: true, min: 0, default: "60" }),
    timeoutMs: attribute("milliseconds", { expression: true, min: 0 }),
    ignoreError: attribute("bool", { default: "false", about: "true: the variable is null after an error." }),
    bufferResponse: attribute("bool", { default: "true", undocumented: true }),
    failOnErrorStatusCode: attribute("bool", { default: "false", undocumented: true }),
  },
  groups: [{ rule: "at most one", of: ["timeout", "timeoutMs"] }],
  ...requestShape,
  source: "send-request; policy XSD",
});

interface Parts {
  readonly headers?: readonly Element<Section, "set-header">[];
  readonly body?: Content;
  readonly authentication?: Element<never, "authentication-certificate" | "authentication-managed-identity">;
  readonly proxy?: AttributesOf<typeof proxy>;
}
/** What is sent. A new request needs URL and method; a copy takes them from the caller's. */
export type Request = Parts &
  (
    | { readonly mode?: "new"; readonly url: Content; readonly method: Content }
    | { readonly mode: "copy" | Code<"string">; readonly url?: Content; readonly method?: Content }
  );

/** The children of a request, in their order. */
export const requestNodes = ({ url, method, headers = [], body, authentication, proxy: by }: Request): Node[] => [
  ...(url === undefined ? [] : [part("set-url", url)]),
  ...(method === undefined ? [] : [setMethod(method).node]),
  ...nodes(headers),
  ...(body === undefined ? [] : [setBody(body).node]),
  ...(authentication ? nodes([authentication]) : []),
  ...(by ? [partOf("proxy", proxy, by)] : []),
];

/**
 * Calls something else and keeps the answer in a variable. By default a new request with 60 s to answer, and an error ends the caller's request too.
 * Source: API Management policy reference, send-request; order of children: policy XSD.
 * ```xml
 * <send-request response-variable-name="ready" timeout-ms="500" ignore-error="true">
 *   <set-url>https://contoso.example/ready</set-url>
 *   <set-method>POST</set-method>
 *   <set-header name="Content-Type">
 *     <value>application/json</value>
 *   </set-header>
 *   <set-body>{"ask":"ready"}</set-body>
 *   <authentication-managed-identity resource="https://contoso.example"/>
 * </send-request>
 * ```
 */
export function sendRequest(options: Options<typeof row> & Request) {
  const { url: _u, method: _m, headers: _h, body: _b, authentication: _a, proxy: _p, ...attributes } = options;
  return make(row, attributes, { children: requestNodes(options) });
}
