import {
  attribute,
  type Content,
  EVERY_GATEWAY,
  elementRow,
  make,
  type Options,
  oneOf,
  part,
  SCOPES,
  SECTIONS,
} from "../element.ts";

export const row = elementRow({
  name: "trace",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    source: attribute("string", { required: true }),
    severity: oneOf(["verbose", "information", "error"], { default: "verbose" }),
  },
  children: ["message", "metadata*"],
  parts: {
    message: { attributes: {}, children: [], text: attribute("any", { required: true, expression: true }) },
    metadata: {
      attributes: {
        name: attribute("string", { required: true, expression: true }),
        value: attribute("any", { required: true, expression: true }),
      },
      children: [],
    },
  },
  source: "trace; Error handling in API Management policies",
  notes: ["On v2 not in the test console."],
});

export type Trace = Options<typeof row> & {
  readonly message: Content;
  readonly metadata?: Readonly<Record<string, Content>>;
};

/**
 * A line for traces, Application Insights and resource logs, where their verbosity lets it through; by default verbose.
 * Source: API Management policy reference, trace.
 * ```xml
 * <trace source="balancing" severity="information">
 *   <message>@("left " + context.Request.Url.Host)</message>
 *   <metadata name="call" value="@(context.RequestId.ToString())"/>
 * </trace>
 * ```
 */
export function trace({ message, metadata = {}, ...attributes }: Trace) {
  const pairs = Object.entries(metadata).map(([name, value]) =>
    part("metadata", undefined, [
      ["name", name],
      ["value", value],
    ]),
  );
  return make(row, attributes, { children: [part("message", message), ...pairs] });
}
