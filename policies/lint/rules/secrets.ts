/** What must not be in a document, and what must not leave the gateway. */
import { stringOf } from "../csharp.ts";
import type { PolicyElement } from "../read.ts";
import { literal, placeOf, type Rule, sectionOf, textOf } from "../rule.ts";

const KEY_HEADERS =
  /^(api-key|ocp-apim-subscription-key|x-functions-key|x-api-key|subscription-key|authorization|proxy-authorization)$/i;
/** What a template will replace: `{key}`, `<key>`, `$(key)`, `%KEY%`. */
const PLACEHOLDER = /^(\w+ )?(\{.*\}|<.*>|\$.*|%.*%|#.*#)$/;

/** Why a text looks like a secret; never the text itself. */
function secretIn(text: string): string | undefined {
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{32,}={0,2}/g)) {
    if (/^[0-9a-f]{32}$/i.test(run) && /\d/.test(run) && /[a-f]/i.test(run)) return "32 hexadecimal digits, as in a key";
    const mixed = /[a-z]/.test(run) && /[A-Z]/.test(run) && (run.match(/\d/g)?.length ?? 0) >= 4;
    // Paths and names have words between slashes and hyphens.
    if (run.length >= 40 && mixed && (run.match(/[/_-]/g)?.length ?? 0) <= 3)
      return `${run.length} random-looking characters, as in a key`;
  }
  if (/\beyJ[A-Za-z0-9_-]{10,}\.eyJ/.test(text)) return "a JSON web token";
  if (/(AccountKey|SharedAccessKey|sig)=[A-Za-z0-9%+/]{20,}/.test(text)) return "the key of a connection string";
  return undefined;
}

/** Headers and parameters by which a caller names its subscription. */
const CALLERS_KEYS = [
  ["set-header", "api-key"],
  ["set-header", "ocp-apim-subscription-key"],
  ["set-query-parameter", "subscription-key"],
] as const;
const sets = (element: PolicyElement, [name, of]: (typeof CALLERS_KEYS)[number]) =>
  element.name === name &&
  literal(element, "name")?.toLowerCase() === of &&
  ["delete", "override", undefined].includes(literal(element, "exists-action"));

const header = (name: string, value: string) =>
  `<inbound>\n  <base />\n  <set-header name="${name}" exists-action="override">\n    <value>${value}</value>\n  </set-header>\n</inbound>`;

export const secrets: readonly Rule[] = [
  {
    name: "key-in-clear",
    severity: "error",
    why: "Everybody who may read the API, its export or its repository has the key.",
    source: "API Management documentation, Named values; Azure security baseline for API Management",
    bad: header("api-key", "not-a-real-key-but-written-here"),
    good: header("api-key", "{{account-key}}"),
    *check(policy) {
      const fix =
        "keep it in a named value that is secret or in a key vault: {{name}}; better, use the gateway's managed identity";
      const isClear = (text: string | undefined): text is string =>
        text !== undefined && text.trim() !== "" && !text.includes("{{") && !PLACEHOLDER.test(text.trim());
      for (const element of policy.elements) {
        const of = literal(element, "name");
        const value = element.children.find(({ name }) => name === "value");
        const text = value && textOf(value);
        if (
          (element.name === "set-header" || element.name === "set-query-parameter") &&
          of &&
          KEY_HEADERS.test(of) &&
          isClear(text) &&
          literal(element, "exists-action") !== "delete"
        ) {
          yield { at: value?.texts[0]?.at(0) ?? element.at, message: `the value of ${of} is written in clear`, fix };
          continue;
        }
        if (element.name === "authentication-basic" && isClear(literal(element, "password"))) {
          yield { at: placeOf(element, "password"), message: "a password is written in clear", fix };
          continue;
        }
        if (element.name === "value" && element.parent && KEY_HEADERS.test(literal(element.parent, "name") ?? "")) continue;
        for (const piece of [...[...element.attributes.values()].map((a) => a.value), ...element.texts])
          for (const p of piece.parts) {
            const why = "literal" in p && isClear(p.literal) ? secretIn(p.literal) : undefined;
            if (why) yield { at: piece.at(p.start), message: `this looks like a secret: ${why}`, fix };
          }
      }
      for (const e of policy.expressions)
        for (const node of policy.nodesOf(e)) {
          const text = stringOf(node);
          const why = isClear(text)
            ? (secretIn(text) ?? (/^(Bearer|Basic) \S{8,}$/.test(text) ? "a credential" : undefined))
            : undefined;
          if (why) yield { at: e.at(node.start), message: `this looks like a secret: ${why}`, fix };
        }
    },
  },
  {
    name: "caller-key-forwarded",
    severity: "warning",
    why: "The key that opens this gateway goes on to whatever answers behind it, and into its logs. An api-key header also beats the gateway's own token at Azure OpenAI.",
    source: "API Management documentation, Subscriptions; Azure OpenAI authentication",
    bad: `<inbound>
  <base />
  <authentication-managed-identity resource="https://cognitiveservices.azure.com" />
</inbound>`,
    good: `<inbound>
  <base />
  <set-header name="api-key" exists-action="delete" />
  <set-header name="Ocp-Apim-Subscription-Key" exists-action="delete" />
  <set-query-parameter name="subscription-key" exists-action="delete" />
  <authentication-managed-identity resource="https://cognitiveservices.azure.com" />
</inbound>`,
    *check(policy) {
      if (policy.isFragment || !policy.servesModels) return;
      const isRequest = (element: PolicyElement) => ["inbound", "backend"].includes(sectionOf(element) ?? "");
      const own = policy.elements.find(
        (e) =>
          isRequest(e) &&
          ((e.name === "authentication-managed-identity" && e.parent?.name !== "send-request") ||
            (e.name === "set-header" &&
              e.parent?.name !== "send-request" &&
              literal(e, "name")?.toLowerCase() === "authorization")),
      );
      if (!own) return;
      const left = CALLERS_KEYS.filter((key) => !policy.elements.some((e) => isRequest(e) && sets(e, key)));
      if (left.length > 0)
        yield {
          at: own.at,
          message: `the gateway uses its own identity, but the caller's key goes along in ${left.map(([name, of]) => `${name === "set-header" ? "header" : "query parameter"} ${of}`).join(", ")}`,
          fix: left.map(([name, of]) => `<${name} name="${of}" exists-action="delete" />`).join(" "),
        };
    },
  },
  {
    name: "entra-open",
    severity: "warning",
    why: "Without audiences, client applications or claims every token of the tenant is good, whatever it was issued for.",
    source: "API Management policy reference, validate-azure-ad-token",
    bad: '<inbound>\n  <base />\n  <validate-azure-ad-token tenant-id="{{tenant}}" />\n</inbound>',
    good: '<inbound>\n  <base />\n  <validate-azure-ad-token tenant-id="{{tenant}}">\n    <client-application-ids><application-id>{{client}}</application-id></client-application-ids>\n  </validate-azure-ad-token>\n</inbound>',
    *check(policy) {
      for (const element of policy.named("validate-azure-ad-token"))
        if (!element.children.some(({ name }) => name !== "decryption-keys"))
          yield {
            at: element.at,
            message: "accepts any token of the tenant",
            fix: "add <client-application-ids> or <audiences>",
          };
    },
  },
];
