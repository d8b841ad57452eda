/**
 * The policy elements that API Management knows, as far as a linter needs them: names, attributes, children, sections.
 * Sources: the policy reference of the Azure API Management documentation (2024 to 2026, a page per policy) and the policy XSD that
 * Microsoft ships with its editor extension. Where they differ, what either allows is allowed.
 *
 * Attributes are written `name`, `name*` (required), `name:type`, `name=a|b|c` (the only literals), `name!` (no expression here).
 * Types: bool, int, int(min..max), number. Children are written `name`, `name?`, `name*`, `name+`; after `~` they may come in any order.
 */
export type Section = "inbound" | "backend" | "outbound" | "on-error";
export const SECTIONS: readonly Section[] = ["inbound", "backend", "outbound", "on-error"];

export interface AttributeShape {
  required: boolean;
  type?: "bool" | "int" | "number";
  min?: number;
  max?: number;
  values?: readonly string[];
  expression: boolean;
}

export interface ElementShape {
  attributes: Readonly<Record<string, AttributeShape>>;
  /** Absent: text only. "policies": any policy of the section. "anything": not described here. */
  children?: "policies" | "anything" | Children;
}
export interface Children {
  inOrder: boolean;
  parts: readonly { name: string; min: number; max: number }[];
}

export interface PolicyShape extends ElementShape {
  sections: readonly Section[];
  /** At most once in a section. */
  once: boolean;
  /** Gateways without it: families of SKUs. */
  notOn: readonly ("consumption" | "v2" | "classic")[];
}

const attribute = (text: string): [string, AttributeShape] => {
  const match = /^([\w-]+)(\*?)(!?)(?::(bool|int|number)(?:\((\d*)\.\.(\d*)\))?)?(?:=(.+))?$/.exec(text);
  if (!match) throw new Error(`not an attribute: ${text}`);
  const [, name = "", required, fixed, type, min, max, values] = match;
  const limit = (digits?: string) => (digits ? Number(digits) : undefined);
  return [
    name,
    {
      required: required === "*",
      expression: fixed !== "!",
      type: type as AttributeShape["type"],
      min: limit(min),
      max: limit(max),
      values: values?.split("|"),
    },
  ];
};
const attributes = (text: string) => Object.fromEntries(text.split(/\s+/).filter(Boolean).map(attribute));
const children = (text: string): Children => ({
  inOrder: !text.startsWith("~"),
  parts: text
    .replace(/^~/, "")
    .split(/\s+/)
    .filter(Boolean)
    .map((part) => {
      const [, name = "", sign] = /^(.+?)([?*+]?)$/.exec(part) ?? [];
      return { name, min: sign === "" || sign === "+" ? 1 : 0, max: sign === "*" || sign === "+" ? Number.POSITIVE_INFINITY : 1 };
    }),
});
const shape = (of: string, inside?: string): ElementShape => ({
  attributes: attributes(of),
  children: inside === undefined || inside === "policies" || inside === "anything" ? inside : children(inside),
});

const EVERY = SECTIONS;
const IN = ["inbound"] as const;
const REQUEST = ["inbound", "backend"] as const;
const ANSWER = ["outbound", "on-error"] as const;
type Extra = { once?: true; notOn?: PolicyShape["notOn"] };

const policy = (sections: readonly Section[], of: string, inside?: string, { once, notOn = [] }: Extra = {}): PolicyShape => ({
  ...shape(`id! ${of}`, inside),
  sections,
  once: once === true,
  notOn,
});

const CACHING = "caching-type!=internal|external|prefer-external";
const EXISTS = "exists-action=override|append|skip|delete";
const LIMIT_HEADERS = "retry-after-header-name! retry-after-variable-name!";
const CALLS = `${LIMIT_HEADERS} remaining-calls-header-name! remaining-calls-variable-name! total-calls-header-name!`;
const TOKENS = `counter-key* tokens-per-minute:int(1..) token-quota:int(1..) token-quota-period!=Hourly|Daily|Weekly|Monthly|Yearly|Indefinite
  estimate-prompt-tokens!:bool ${LIMIT_HEADERS} remaining-tokens-header-name! remaining-tokens-variable-name! remaining-quota-tokens-header-name!
  remaining-quota-tokens-variable-name! tokens-consumed-header-name! tokens-consumed-variable-name! prompt-type! ignore-prompt:bool`;
const METRIC = "namespace! name! value-type!=all|total-tokens|prompt-tokens|completion-tokens ignore-prompt:bool";
const LOOKUP = `score-threshold*:number(0..1) embeddings-backend-id* embeddings-backend-auth!=system-assigned|header
  ignore-system-messages:bool max-message-count:int cache-id`;
const TOKEN = `header-name! query-parameter-name! token-value failed-validation-httpcode:int failed-validation-error-message
  require-scheme! output-token-variable-name!`;
const REQUEST_PARTS = `set-url? set-method? set-header* set-body? authentication-certificate? authentication-token?
  authentication-token-store? authentication-managed-identity? proxy?`;
const ACTIONS = "=ignore|prevent|detect|allow";
const noConsumption: Extra = { notOn: ["consumption"] };

/** Every policy by its element name. */
// biome-ignore format: a table
export const policies: Readonly<Record<string, PolicyShape>> = {
  base: policy(EVERY, ""),
  "authentication-basic": policy(IN, "username* password*"),
  "authentication-certificate": policy(IN, "thumbprint certificate-id body password"),
  "authentication-managed-identity": policy(IN, "resource* client-id! output-token-variable-name! ignore-error:bool"),
  "azure-openai-emit-token-metric": policy(IN, METRIC, "dimension*"),
  "azure-openai-semantic-cache-lookup": policy(IN, LOOKUP, "vary-by*", { once: true }),
  "azure-openai-semantic-cache-store": policy(["outbound"], "duration*:int", undefined, { once: true }),
  "azure-openai-token-limit": policy(IN, TOKENS, undefined, noConsumption),
  block: policy(EVERY, "", "policies"),
  "cache-lookup": policy(IN, `vary-by-developer*:bool vary-by-developer-groups*:bool downstream-caching-type=none|private|public must-revalidate:bool allow-private-response-caching:bool ${CACHING}`, "~ vary-by-header* vary-by-query-parameter*", { once: true }),
  "cache-lookup-value": policy(EVERY, `key* variable-name*! default-value ${CACHING}`),
  "cache-remove-value": policy(EVERY, `key* ${CACHING}`),
  "cache-store": policy(["outbound"], "duration*:int cache-response:bool caching-mode", undefined, { once: true }),
  "cache-store-value": policy(EVERY, `key* value* duration*:int ${CACHING}`),
  "check-header": policy(IN, "name* failed-check-httpcode*:int failed-check-error-message ignore-case:bool", "value*"),
  choose: policy(EVERY, "", "~ when+ otherwise*"),
  cors: policy(IN, "allow-credentials:bool terminate-unmatched-request:bool", "~ allowed-origins allowed-methods? allowed-headers? expose-headers?", { once: true }),
  "cosmosdb-data-source": policy(REQUEST, "", "anything"),
  "cross-domain": policy(IN, "", "anything"),
  "emit-metric": policy(EVERY, "name*! namespace! value:number default-dimensions", "dimension*"),
  "find-and-replace": policy(EVERY, "from* to*"),
  "forward-request": policy(["backend"], "timeout:int timeout-ms:int continue-timeout:int http-version!=1|2|2or1 follow-redirects:bool buffer-request-body!:bool buffer-response!:bool fail-on-error-status-code!:bool"),
  "get-authorization-context": policy(IN, "provider-id* authorization-id* context-variable-name*! identity-type identity ignore-error:bool"),
  "graphql-data-source": policy(REQUEST, "", "anything"),
  "http-data-source": policy(REQUEST, "", "anything"),
  "include-fragment": policy(EVERY, "fragment-id*!"),
  "invoke-dapr-binding": policy(EVERY, "name* operation response-variable-name! ignore-error:bool template timeout:int", "metadata? data?", { notOn: ["classic", "v2", "consumption"] }),
  "invoke-request": policy(["backend"], "url* response-variable-name!"),
  "ip-filter": policy(IN, "action=allow|forbid", "~ address* address-range*"),
  "json-to-xml": policy(EVERY, "apply*=always|content-type-json consider-accept-header:bool parse-date:bool attribute-block-name attribute-prefix namespace-block-name namespace-separator namespace-prefix invalid-character-replacement null-values trim-values:bool empty-values"),
  jsonp: policy(["outbound"], "callback-parameter-name*"),
  "limit-concurrency": policy(EVERY, "key* max-count*:int(1..)", "policies"),
  "llm-content-safety": policy(IN, "backend-id* shield-prompt:bool enforce-on-completions:bool window-size:int window-overlap-size:int", "~ categories? blocklists?", noConsumption),
  "llm-emit-token-metric": policy(IN, METRIC, "dimension*"),
  "llm-semantic-cache-lookup": policy(IN, LOOKUP, "vary-by*", { once: true }),
  "llm-semantic-cache-store": policy(["outbound"], "duration*:int", undefined, { once: true }),
  "llm-token-limit": policy(IN, TOKENS, undefined, noConsumption),
  "log-to-eventhub": policy(EVERY, "logger-id*! partition-id! partition-key"),
  "mock-response": policy(EVERY, "status-code:int content-type index:int enabled:bool"),
  proxy: policy(IN, "url* username password"),
  "publish-event": policy(EVERY, "", "anything"),
  "publish-to-dapr": policy(EVERY, "topic* pubsub-name response-variable-name! ignore-error:bool template content-type timeout:int", undefined, { notOn: ["classic", "v2", "consumption"] }),
  quota: policy(IN, "calls!:int bandwidth!:int renewal-period*!:int", "~ api* operation*", noConsumption),
  "quota-by-key": policy(IN, "counter-key* renewal-period*!:int calls!:int bandwidth!:int increment-condition:bool increment-count first-period-start!", undefined, noConsumption),
  "rate-limit": policy(IN, `calls*!:int(1..) renewal-period*!:int(1..300) ${CALLS}`, "~ api* operation*"),
  "rate-limit-by-key": policy(IN, `calls*:int renewal-period*:int(1..300) counter-key* increment-condition:bool increment-count increment-after-response flexible-retry-window ${CALLS}`, undefined, noConsumption),
  "redirect-content-urls": policy(["inbound", "outbound"], ""),
  retry: policy(EVERY, "condition*:bool count*:int(1..50) interval*:int(0..) max-interval:int(1..) delta:int(1..) first-fast-retry:bool", "policies"),
  "return-response": policy(EVERY, "response-variable-name!", "set-status? set-header* set-body?"),
  "rewrite-uri": policy(IN, "template* copy-unmatched-params:bool"),
  "send-one-way-request": policy(EVERY, "mode=new|copy timeout:int", REQUEST_PARTS),
  "send-request": policy(EVERY, "mode=new|copy response-variable-name*! timeout:int timeout-ms:int ignore-error:bool buffer-response:bool fail-on-error-status-code:bool", REQUEST_PARTS),
  "send-service-bus-message": policy(EVERY, "queue-name topic-name namespace client-id", "anything"),
  "set-backend-service": policy(REQUEST, "backend-id base-url sf-partition-key sf-replica-type=primary|secondary sf-resolve-condition:bool sf-service-instance-name sf-listener-name dapr-app-id dapr-method dapr-namespace"),
  "set-body": policy(EVERY, "template!=none|liquid xsi-nil!=blank|null parse-date!:bool html-decode-expression!:bool", "anything"),
  "set-header": policy(EVERY, `name* ${EXISTS}`, "value*"),
  "set-method": policy(EVERY, ""),
  "set-query-parameter": policy(REQUEST, `name* ${EXISTS}`, "value*"),
  "set-request-metric-dimension-value": policy(EVERY, "name* value*"),
  "set-status": policy(EVERY, "code:int(100..999) reason"),
  "set-variable": policy(EVERY, "name*! value*"),
  "sql-data-source": policy(REQUEST, "", "anything"),
  trace: policy(EVERY, "source*! severity!=verbose|information|error", "~ message? metadata*"),
  "validate-azure-ad-token": policy(IN, `tenant-id* ${TOKEN} authentication-endpoint allow-protected-forwarded-tokens:bool allow-proof-of-possession-tokens:bool`, "~ client-application-ids? backend-application-ids? audiences? required-claims? decryption-keys?"),
  "validate-client-certificate": policy(IN, "validate-revocation:bool validate-trust:bool validate-not-before:bool validate-not-after:bool ignore-error:bool", "identities?", noConsumption),
  "validate-content": policy(EVERY, `unspecified-content-type-action*${ACTIONS} max-size*:int size-exceeded-action*${ACTIONS} errors-variable-name!`, "anything"),
  "validate-graphql-request": policy(IN, "error-variable-name! max-depth:int max-size:int max-total-depth:int max-complexity:int", "anything"),
  "validate-headers": policy(ANSWER, `specified-header-action*${ACTIONS} unspecified-header-action*${ACTIONS} errors-variable-name!`, "header*"),
  "validate-jwt": policy(IN, `${TOKEN} clock-skew:int require-expiration-time:bool require-signed-tokens:bool`, "openid-config* issuer-signing-tokens? issuer-signing-keys? decryption-keys? audiences? issuers? required-claims?"),
  "validate-odata-request": policy(IN, "error-variable-name! default-odata-version min-odata-version max-odata-version max-size:int"),
  "validate-parameters": policy(IN, `specified-parameter-action*${ACTIONS} unspecified-parameter-action*${ACTIONS} errors-variable-name!`, "anything"),
  "validate-status-code": policy(ANSWER, `unspecified-status-code-action*${ACTIONS} errors-variable-name!`, "status-code*"),
  wait: policy(EVERY, "for=all|any", "policies"),
  "xml-to-json": policy(EVERY, "kind*=javascript-friendly|direct apply*=always|content-type-xml consider-accept-header:bool preserve-whitespace-nodes:bool empty-values trim-values:bool always-array-child-elements:bool"),
  "xsl-transform": policy(EVERY, "", "anything"),
};

/** Elements that stand only inside others, by `parent/name`, else by name. */
// biome-ignore format: a table
const parts: Readonly<Record<string, ElementShape>> = {
  when: shape("condition*:bool", "policies"),
  otherwise: shape("", "policies"),
  value: shape(""),
  dimension: shape("name* value"),
  "vary-by": shape(""),
  "vary-by-header": shape(""),
  "vary-by-query-parameter": shape(""),
  "allowed-origins": shape("", "origin+"), origin: shape(""),
  "allowed-methods": shape("preflight-result-max-age:int", "method+"), method: shape(""),
  "allowed-headers": shape("", "header+"), "allowed-headers/header": shape(""),
  "expose-headers": shape("", "header+"), "expose-headers/header": shape(""),
  "validate-headers/header": shape(`name* action*${ACTIONS}`),
  "set-url": shape(""), "authentication-token": shape("", "anything"), "authentication-token-store": shape("", "anything"),
  address: shape(""), "address-range": shape("from* to*"),
  categories: shape("output-type=FourSeverityLevels|EightSeverityLevels", "category+"),
  category: shape("name*=Hate|SelfHarm|Sexual|Violence threshold*:int(0..7)"),
  blocklists: shape("", "id+"), "blocklists/id": shape(""),
  message: shape(""), "trace/metadata": shape("name* value*"),
  "invoke-dapr-binding/metadata": shape("", "anything"), data: shape("", "anything"),
  api: shape("id name calls:int bandwidth:int renewal-period:int", "anything"),
  operation: shape("id name calls:int bandwidth:int renewal-period:int", "anything"),
  "openid-config": shape("url* host"),
  "issuer-signing-tokens": shape("", "token*"), token: shape(""),
  "issuer-signing-keys": shape("", "~ key* zumo-master-key*"), "issuer-signing-keys/key": shape("id certificate-id n e"), "zumo-master-key": shape("id"),
  "decryption-keys": shape("", "key+"), "decryption-keys/key": shape("id certificate-id"),
  audiences: shape("", "audience*"), audience: shape(""),
  issuers: shape("", "issuer*"), issuer: shape(""),
  "required-claims": shape("", "claim+"), claim: shape("name* match=all|any separator", "value*"),
  "client-application-ids": shape("", "application-id+"), "backend-application-ids": shape("", "application-id+"), "application-id": shape(""),
  identities: shape("", "identity+"), identity: shape("thumbprint serial-number common-name subject dns-name issuer-subject issuer-thumbprint issuer-certificate-id"),
  "status-code": shape("code* action*"),
};

/** What an element is where it stands; undefined: not known there. */
export function shapeOf(name: string, parent: string): ElementShape | undefined {
  return parts[`${parent}/${name}`] ?? parts[name] ?? policies[name];
}
