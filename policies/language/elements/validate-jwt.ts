import {
  type AttributesOf,
  attribute,
  type Content,
  EVERY_GATEWAY,
  elementRow,
  listOf,
  listShape,
  make,
  type Node,
  type Options,
  part,
  partOf,
  SCOPES,
  type Shape,
  type Some,
} from "../element.ts";
import { claimShape, tokenAttributes } from "../shared.ts";
import { type Claim, claimNodes } from "./validate-azure-ad-token.ts";

const configShape = {
  attributes: {
    url: attribute("string", { required: true, expression: true }),
    host: attribute("string", { expression: true }),
  },
  children: [],
} as const satisfies Shape;

const keyAttributes = {
  id: attribute("string", { expression: true, about: "`kid` of the tokens that it is for." }),
  certificateId: attribute("string", { expression: true, about: "Of a certificate in the service." }),
};
const base64 = attribute("string", { expression: true, about: "A symmetric key, Base64." });
const signingKeyShape = {
  attributes: {
    ...keyAttributes,
    n: attribute("string", { expression: true, about: "Modulus, with e." }),
    e: attribute("string", { expression: true, about: "Exponent, with n." }),
  },
  groups: [{ rule: "all or none", of: ["n", "e"] }],
  children: [],
  text: base64,
} as const satisfies Shape;
const decryptionKeyShape = { attributes: keyAttributes, children: [], text: base64 } as const satisfies Shape;
const keys = (key: Shape): Shape => ({ attributes: {}, children: ["key+"], parts: { key } });

export const row = elementRow({
  name: "validate-jwt",
  sections: ["inbound"],
  scopes: SCOPES,
  gateways: EVERY_GATEWAY,
  attributes: {
    ...tokenAttributes,
    requireExpirationTime: attribute("bool", { expression: true, default: "true" }),
    requireScheme: attribute("string", { about: "`Bearer`: of the header's value." }),
    requireSignedTokens: attribute("bool", { expression: true, default: "true" }),
    clockSkew: attribute("seconds", { expression: true, min: 0, default: "0" }),
    outputTokenVariableName: attribute("string", { variable: "set", about: "Gets the token as `Jwt`." }),
  },
  groups: [{ rule: "exactly one", of: ["headerName", "queryParameterName", "tokenValue"] }],
  children: [
    "openid-config*",
    "issuer-signing-tokens?",
    "issuer-signing-keys?",
    "decryption-keys?",
    "audiences?",
    "issuers?",
    "required-claims?",
  ],
  parts: {
    "openid-config": configShape,
    "issuer-signing-tokens": listShape("token"),
    "issuer-signing-keys": keys(signingKeyShape),
    "decryption-keys": keys(decryptionKeyShape),
    audiences: listShape("audience"),
    issuers: listShape("issuer"),
    "required-claims": { attributes: {}, children: ["claim+"], parts: { claim: claimShape } },
  },
  source: "validate-jwt; policy XSD",
});

/** A key in the service, by its numbers, or itself as Base64. */
export type SigningKey = AttributesOf<typeof signingKeyShape> & { readonly base64?: Content };
export type DecryptionKey = AttributesOf<typeof decryptionKeyShape> & { readonly base64?: Content };
const keyNodes = (name: string, given: readonly (SigningKey | DecryptionKey)[] | undefined): Node[] =>
  given
    ? [
        part(
          name,
          undefined,
          [],
          given.map(({ base64: text, ...key }) => partOf("key", signingKeyShape, key, { text })),
        ),
      ]
    : [];

export type JwtRules = Options<typeof row> & {
  readonly openidConfig?: readonly AttributesOf<typeof configShape>[];
  readonly issuerSigningTokens?: Some<Content>;
  readonly issuerSigningKeys?: Some<SigningKey>;
  readonly decryptionKeys?: Some<DecryptionKey>;
  readonly audiences?: Some<Content>;
  readonly issuers?: Some<Content>;
  readonly requiredClaims?: Some<Claim>;
};

/**
 * Refuses a caller without a valid JSON web token, by default with 401. Exactly one of `headerName`, `queryParameterName` and `tokenValue`
 * says where it is. The parts are written in the order that API Management demands, whatever the order of the options.
 * Source: API Management policy reference, validate-jwt; order of children: policy XSD.
 * ```xml
 * <validate-jwt header-name="Authorization" require-scheme="Bearer" clock-skew="60">
 *   <openid-config url="https://login.contoso.example/.well-known/openid-configuration"/>
 *   <audiences>
 *     <audience>api://gateway</audience>
 *   </audiences>
 *   <issuers>
 *     <issuer>https://login.contoso.example</issuer>
 *   </issuers>
 *   <required-claims>
 *     <claim name="scope" separator=" ">
 *       <value>chat</value>
 *     </claim>
 *   </required-claims>
 * </validate-jwt>
 * ```
 */
export function validateJwt(options: JwtRules) {
  const { openidConfig, issuerSigningTokens, issuerSigningKeys, decryptionKeys, audiences, issuers, requiredClaims, ...rest } =
    options;
  return make(row, rest, {
    children: [
      ...(openidConfig ?? []).map((config) => partOf("openid-config", configShape, config)),
      ...listOf("issuer-signing-tokens", "token", issuerSigningTokens),
      ...keyNodes("issuer-signing-keys", issuerSigningKeys),
      ...keyNodes("decryption-keys", decryptionKeys),
      ...listOf("audiences", "audience", audiences),
      ...listOf("issuers", "issuer", issuers),
      ...claimNodes(requiredClaims),
    ],
  });
}
