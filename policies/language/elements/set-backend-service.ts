import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "set-backend-service",
  sections: ["inbound", "backend"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    /** Of a backend or a pool. A literal must exist when the document is deployed. */
    backendId: attribute("string", { required: true, expression: true }),
  },
  children: [],
});

/** `<set-backend-service backend-id="pool-chat" />` */
export const setBackendService = (options: Options<typeof row>) => make(row, options);
