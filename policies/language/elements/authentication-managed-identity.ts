import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "authentication-managed-identity",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    resource: attribute("string", { required: true, expression: true, about: "Audience of the token." }),
    clientId: attribute("string", { default: "the system-assigned identity", about: "Of a user-assigned identity." }),
    outputTokenVariableName: attribute("string", {
      variable: "set",
      about: "With it the token goes into this variable instead of the Authorization header.",
    }),
    ignoreError: attribute("bool", { default: "false" }),
  },
  children: [],
  source: "authentication-managed-identity, 2024-07",
  notes: ["Overrides Authorization. The token is kept until it expires.", "Stands in send-request as well."],
});

/**
 * A token of the gateway's own identity as the Authorization header, or in a variable; by default of the system-assigned identity.
 * Source: API Management policy reference, authentication-managed-identity.
 * ```xml
 * <authentication-managed-identity resource="https://cognitiveservices.azure.com" client-id="{{identity-client-id}}"/>
 * ```
 */
export const authenticationManagedIdentity = (options: Options<typeof row>) => make(row, options);
