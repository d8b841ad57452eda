import {
  type AttributesOf,
  attribute,
  type Content,
  EVERY_GATEWAY,
  elementRow,
  listOf,
  listShape,
  make,
  type Options,
  part,
  partOf,
  SCOPES,
  type Shape,
  type Some,
} from "../element.ts";
import { claimShape, tokenAttributes, values } from "../shared.ts";

const keyShape = {
  attributes: { certificateId: attribute("string", { required: true, expression: true }) },
  children: [],
} as const satisfies Shape;

export const row = elementRow({
  name: "validate-azure-ad-token",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    tenantId: attribute("string", { required: true, expression: true, about: "Or its URL." }),
    ...tokenAttributes,
    outputTokenVariableName: attribute("string", { variable: "set", about: "Gets the token as `Jwt`." }),
    authenticationEndpoint: attribute("string", { undocumented: true }),
    requireScheme: attribute("string", { undocumented: true }),
    allowProtectedForwardedTokens: attribute("bool", { undocumented: true }),
    allowProofOfPossessionTokens: attribute("bool", { undocumented: true }),
  },
  groups: [{ rule: "at most one", of: ["headerName", "queryParameterName", "tokenValue"] }],
  anyOrder: true,
  children: ["client-application-ids?", "backend-application-ids?", "audiences?", "required-claims?", "decryption-keys?"],
  parts: {
    "client-application-ids": listShape("application-id", attribute("string", { required: true })),
    "backend-application-ids": listShape("application-id", attribute("string", { required: true })),
    audiences: listShape("audience"),
    "required-claims": { attributes: {}, children: ["claim+"], parts: { claim: claimShape } },
    "decryption-keys": { attributes: {}, children: ["key+"], parts: { key: keyShape } },
  },
  also: [
    {
      rule: "Client applications or audiences are there.",
      breaks: ({ children }) => !children.some(({ name }) => name === "client-application-ids" || name === "audiences"),
    },
  ],
  source: "validate-azure-ad-token, 2022-12-08 and later",
  notes: ["Without one of the three that say where the token is: `Authorization`."],
});

/** A claim that the token must have: all of the values, or any. */
export type Claim = AttributesOf<typeof claimShape> & { readonly values?: readonly Content[] };
export const claimNodes = (claims: readonly Claim[] | undefined) =>
  claims
    ? [
        part(
          "required-claims",
          undefined,
          [],
          claims.map(({ values: given = [], ...claim }) => partOf("claim", claimShape, claim, { children: values(given) })),
        ),
      ]
    : [];

export type EntraToken = Options<typeof row> & {
  readonly backendApplicationIds?: Some<Content>;
  readonly requiredClaims?: Some<Claim>;
  readonly decryptionKeys?: Some<AttributesOf<typeof keyShape>>;
} & (
    | { readonly clientApplicationIds: Some<Content>; readonly audiences?: Some<Content> }
    | { readonly clientApplicationIds?: undefined; readonly audiences: Some<Content> }
  );

/**
 * Refuses a caller without a token of this tenant, for these audiences, from these applications, by default with 401. The token is looked for
 * in `Authorization`, unless another place is given. At least client applications or audiences must be named.
 * Source: API Management policy reference, validate-azure-ad-token.
 * ```xml
 * <validate-azure-ad-token tenant-id="{{tenant-id}}" failed-validation-error-message="Sign in first." output-token-variable-name="caller">
 *   <client-application-ids>
 *     <application-id>{{web-client-id}}</application-id>
 *   </client-application-ids>
 *   <audiences>
 *     <audience>api://gateway</audience>
 *   </audiences>
 *   <required-claims>
 *     <claim name="roles" match="any">
 *       <value>chat</value>
 *       <value>admin</value>
 *     </claim>
 *   </required-claims>
 * </validate-azure-ad-token>
 * ```
 */
export function validateAzureAdToken(options: EntraToken) {
  const { clientApplicationIds, backendApplicationIds, audiences, requiredClaims, decryptionKeys, ...attributes } = options;
  return make(row, attributes, {
    children: [
      ...listOf("client-application-ids", "application-id", clientApplicationIds),
      ...listOf("backend-application-ids", "application-id", backendApplicationIds),
      ...listOf("audiences", "audience", audiences),
      ...claimNodes(requiredClaims),
      ...(decryptionKeys
        ? [
            part(
              "decryption-keys",
              undefined,
              [],
              decryptionKeys.map((key) => partOf("key", keyShape, key)),
            ),
          ]
        : []),
    ],
  });
}
