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
  name: "set-header",
  sections: SECTIONS,
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    name: attribute("string", { required: true, expression: true }),
    existsAction: oneOf(["override", "append", "skip", "delete"], { expression: true, default: "override" }),
  },
  children: ["value*"],
});

/** Headers that the gateway does not let go or sets itself. */
const UNTOUCHABLE = ["server", "connection", "content-length", "keep-alive", "transfer-encoding"];

/**
 * Of the request in inbound and backend, of the answer in outbound and on-error.
 * `<set-header name="Retry-After" exists-action="override"><value>10</value></set-header>`
 */
export function setHeader(options: Options<typeof row>, ...values: Content[]) {
  const { name } = options;
  if (typeof name === "string" && UNTOUCHABLE.includes(name.toLowerCase()))
    throw new Error(`<set-header> name="${name}": the gateway does not let this header be changed`);
  return make(row, options, { children: values.map((value) => part("value", value)) });
}

/** `<set-header name="api-key" exists-action="delete" />` */
export const deleteHeader = (name: string) => setHeader({ name, existsAction: "delete" });
