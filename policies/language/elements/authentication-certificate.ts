import { attribute, EVERY_GATEWAY, elementRow, make, type Options, SCOPES } from "../element.ts";

export const row = elementRow({
  name: "authentication-certificate",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    thumbprint: attribute("string", { expression: true }),
    certificateId: attribute("string", { expression: true, about: "Name of the certificate in the service." }),
    body: attribute("any", { expression: true, about: "The certificate itself, as bytes." }),
    password: attribute("string", { expression: true, about: "Of the certificate in body." }),
  },
  groups: [{ rule: "exactly one", of: ["thumbprint", "certificateId", "body"] }],
  children: [],
  source: "authentication-certificate",
  notes: ["Stands in send-request and send-one-way-request as well."],
});

/**
 * A client certificate for the call.
 * Source: API Management policy reference, authentication-certificate.
 * ```xml
 * <authentication-certificate certificate-id="gateway-client"/>
 * ```
 */
export const authenticationCertificate = (options: Options<typeof row>) => make(row, options);
