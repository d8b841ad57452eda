import {
  attribute,
  type Content,
  type Element,
  EVERY_GATEWAY,
  elementRow,
  make,
  nodes,
  type Options,
  part,
  SCOPES,
  SECTIONS,
  type Section,
} from "../element.ts";
import type { Code } from "../expression.ts";

export const row = elementRow({
  name: "return-response",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: { responseVariableName: attribute("string", {}) },
  children: ["set-status?", "set-header*", "set-body?"],
});

export interface Answer extends Options<typeof row> {
  /** Default 200. */
  status?: { code: number | Code<"int">; reason: string };
  headers?: readonly Element<Section>[];
  body?: Content;
}

/** Ends the request with this answer; headers set before are gone. `<return-response><set-status code="404" reason="Not Found" />...</return-response>` */
export function returnResponse({ status, headers = [], body, ...options }: Answer) {
  const code = typeof status?.code === "number" ? String(status.code) : status?.code;
  return make(row, options, {
    children: [
      ...(status && code
        ? [
            part("set-status", undefined, [
              ["code", code],
              ["reason", status.reason],
            ]),
          ]
        : []),
      ...nodes(headers),
      ...(body === undefined ? [] : [part("set-body", body)]),
    ],
  });
}
