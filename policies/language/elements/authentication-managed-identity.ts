import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "authentication-managed-identity",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    /** Audience of the token. */
    resource: attribute("string", { required: true, expression: true }),
    clientId: attribute("string", { default: "the system-assigned identity" }),
    /** With it the token goes into this variable instead of the Authorization header. */
    outputTokenVariableName: attribute("string", {}),
    ignoreError: attribute("bool", { default: "false" }),
  },
  children: [],
});

/** Overrides Authorization. `<authentication-managed-identity resource="https://cognitiveservices.azure.com" />` */
export const authenticationManagedIdentity = (options: Options<typeof row>) => make(row, options);
