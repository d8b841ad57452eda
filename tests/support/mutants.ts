/** Single changes to what we deploy, each a mistake that somebody could make. */
import type { ResourceBody } from "../../sandbox/arm/resource.ts";

export interface Mutant {
  name: string;
  /** In a document: everything that is found is replaced. */
  document?: { scope: "api" | "product"; find: string | RegExp; replace: string };
  /** In every named value that is there under the name: what it holds instead. */
  value?: { name: string; find: string | RegExp; replace: string };
  /** The stack that is changed has this topology; default: that of the dev stack. */
  behind?: "front-door";
  /** In every backend for which `change` does not return false. */
  backends?: (properties: Properties, name: string) => unknown;
  /** Why nobody could tell the difference. Such a change does not count. */
  equivalent?: string;
}

type Properties = ResourceBody["properties"];

const api = (name: string, find: string | RegExp, replace = "", more: Partial<Mutant> = {}): Mutant => ({
  name,
  document: { scope: "api", find, replace },
  ...more,
});
const scoped = (scope: "product", name: string, find: string | RegExp, replace = ""): Mutant => ({
  name: `${scope}: ${name}`,
  document: { scope, find, replace },
});
const backend = (name: string, change: NonNullable<Mutant["backends"]>, more: Partial<Mutant> = {}): Mutant => ({
  name: `backend: ${name}`,
  backends: change,
  ...more,
});
const breaker = (name: string, change: (rule: Properties) => void, more: Partial<Mutant> = {}) =>
  backend(
    `breaker, ${name}`,
    ({ circuitBreaker }) => {
      if (!circuitBreaker) return false;
      return change(circuitBreaker.rules[0]);
    },
    more,
  );
const ranges = (rule: Properties, without: number) => {
  const { failureCondition } = rule;
  failureCondition.statusCodeRanges = failureCondition.statusCodeRanges.filter(({ min }: { min: number }) => min !== without);
};
const pool = (name: string, change: (services: Properties[]) => void) =>
  backend(`pool, ${name}`, ({ pool }) => (pool ? change(pool.services) : false));

const value = (name: string, find: string | RegExp, replace: string): Mutant => ({
  name: `named value ${name}: ${replace === "" ? "nothing" : replace} for ${find}`,
  value: { name, find, replace },
});
const behind = (mutant: Mutant): Mutant => ({ ...mutant, name: `behind Front Door: ${mutant.name}`, behind: "front-door" });
const member = (id: RegExp, change: (properties: Properties) => void) => (properties: Properties, name: string) => {
  if (!id.test(name)) return false;
  return change(properties);
};

// biome-ignore format: a table
export const mutants: readonly Mutant[] = [
  // Inbound.
  api("inbound does not inherit", /<base\/>(?=[\s\S]*<\/inbound>)/, ""),
  api("a variable has no first value", /<set-variable name="verdict" value='@\(""\)'\/>/, ""),
  api("bodies count as large from 4 MiB", "2097152L", "4194304L"),
  api("files are no account's", "|files|", "|"),
  api("account-bound calls are 404", "400 0 invalid_request_error account_bound", "404 0 invalid_request_error account_bound"),
  api("previous_response_id is not looked at", '"previous_response_id", '),
  api("files in a response are not looked at", '"input..file_id", '),
  api("the caller's encodings go along", '" accept content-type ', '" accept accept-encoding content-type '),
  api("the deployment is in another parameter", '"deployment-id"', '"deployment"'),
  api("a body too large is 400", "413 0 invalid_request_error", "400 0 invalid_request_error"),
  api("forms are not known", '"multipart/"', '"form/"'),
  api("a form's boundary is in one letter case", '&quot;boundary&quot;, anyCase', '&quot;boundary&quot;, exact'),
  api("two models in a form are taken", "|| model != null ||", "||"),
  api("a file may be the model", "|| !plain ||", "||"),
  api("a form may end anywhere", ' || !parts[last].StartsWith(&quot;--&quot;, exact)'),
  api("two fields of a name are taken", "if (!keys.Add(key))", "if (keys.Add(key) &amp;&amp; false)"),
  api("comments are read", "c == '/' ||", "c == '\\0' ||"),
  api("the model is not read from the body", 'key != &quot;model&quot;', 'key != &quot;deployment&quot;'),
  api("chat goes through the other pool", '"pool-chat"', '"pool-embeddings"'),
  api("a lower count", /name="retries" value="@\(\d+\)"/g, 'name="retries" value="@(1)"'),
  api("a count that is a text", /name="retries" value="@\((\d+)\)"/g, 'name="retries" value="$1"'),
  api("a count beyond the limit", `count='@((int)context.Variables["retries"])'`, 'count="51"'),
  api("an unknown model is 400", "404 0 invalid_request_error model_not_found", "400 0 invalid_request_error model_not_found"),
  api("every route begins with the same member", "random.NextDouble() * ", "0 * random.NextDouble() * "),
  api("the caller's key goes along", '<set-header name="api-key" exists-action="delete"/>'),
  api("the caller's other key goes along", '<set-header name="Ocp-Apim-Subscription-Key" exists-action="delete"/>'),
  api("the caller's key in the query goes along", '<set-query-parameter name="subscription-key" exists-action="delete"/>'),
  api("the caller decides about spillover", '" accept content-type ', '" accept x-ms-spillover-deployment content-type '),
  api("no token", '<authentication-managed-identity resource="https://cognitiveservices.azure.com"/>'),
  api("a token for another audience", "https://cognitiveservices.azure.com", "https://management.azure.com"),
  api("a metric without its consumer", /<dimension name="consumer"[^>]*\/>/),
  api("a shorter deadline", "+ 230000L", "+ 120000L"),
  // Backend.
  api("the retry waits", 'interval="0"', 'interval="10"'),
  api("no fast first retry", ' first-fast-retry="true"', "", { equivalent: "the interval is 0, so the first retry has nothing to skip" }),
  api("a call without an answer is not repeated", '(!(bool)context.Variables["answered"] || (string)context.Variables["verdict"] != "")', '(string)context.Variables["verdict"] != ""'),
  api("an attempt is begun however little time is left", /(<retry condition='@\(.*?)&gt;= 5000L/, "$1&gt;= -900000L"),
  api("a large body is repeated", ' &amp;&amp; !(bool)context.Variables["large"])', ")"),
  api("buffer-request-body is dropped", ' buffer-request-body="true"'),
  api("buffer-request-body is false", 'buffer-request-body="true"', 'buffer-request-body="false"'),
  api("answers are buffered", 'buffer-response="false"', 'buffer-response="true"'),
  api("an attempt has no timeout", / timeout='[^']*'/g),
  api("members are never addressed", /(name="steer" value="@\()true\)/, "$1false)"),
  api("the flag for an answer stays", /<set-variable name="answered" value="@\(false\)"\/>/),
  api("a throttled member is an outage", '(status == 429) ? "throttled"', '(status == 430) ? "throttled"'),
  api("the verdict forgets 408", "(status == 408 ||", "(status == 407 ||"),
  api("the verdict forgets 500 and 501", /status &gt;= 500/g, "status &gt;= 502"),
  api("401 is the caller's", "status == 401", "status == 402"),
  api("a content filter is the member's", 'code == "content_filter"', 'code == "content-filter"'),
  api("a missing deployment is the caller's", '"DeploymentNotFound"', '"deploymentNotFound"'),
  api("milliseconds are not read", '"retry-after-ms"', '"retry-after-millis"'),
  api("a longer wait where none is given", "wait = 10000;", "wait = 60000;"),
  api("a date is whatever .NET takes for one", '.ToString("r") == text', '.ToString("r") != ""'),
  api("nothing is remembered", /<cache-store-value [^>]*\/>/),
  api("it is remembered under another name", /(<cache-store-value key='@\("until)\//, "$1:"),
  api("a pool's second offer of the same member is taken", /\|\| !\(\(string\)context\.Variables\["route"\]\)\.Contains\([^;]*\)\);/, ");"),
  // Outbound and on-error.
  api("outbound does not say what is wrong", `<when condition='@((string)context.Variables["verdict"] != "")'>\n        <cache-lookup`, `<when condition='@((string)context.Variables["verdict"] == "?")'>\n        <cache-lookup`),
  api("Retry-After may be a day", ", 60).ToString()", ", 86400).ToString()"),
  api("no Retry-After", /<set-header name="Retry-After">[\s\S]*?<\/set-header>/g),
  api("the service's own headers reach the caller", '" content-type content-encoding ', '" x-ms-deployment-name content-type content-encoding '),
  api("a timeout is 500", 'code="504" reason="Gateway Timeout"', 'code="500" reason="Gateway Timeout"'),
  api("the SDK repeats what timed out", /(x-should-retry">\s*<value>)false/, "$1true"),
  api("on-error looks at another section", 'LastError.Section == "backend"', 'LastError.Section == "inbound"'),
  api("on-error does not inherit", /<base\/>(?=(?:(?!<base\/>)[\s\S])*<\/on-error>)/),
  api("another error code", "rate_limit_exceeded", "rate_limited"),
  // Mistakes of writing.
  api("an element is misspelled", "<set-backend-service ", "<set-backend-servce "),
  api("an attribute is misspelled", "backend-id=", "backend-name="),
  api("a member is misspelled", "context.Response.StatusCode", "context.Response.Status"),
  api("a cast is missing", '(bool)context.Variables["large"]', 'context.Variables["large"]'),
  api("a bracket is missing", "ToString())", "ToString()"),
  api("a second policy in backend", "<backend>", '<backend><set-variable name="x" value="1"/>'),
  // Errors that nothing else answers.
  api("a missing key is 403", 'code="401" reason', 'code="403" reason'),
  api("an unknown URL has another code", "unknown_url", "not_found"),
  api("a token limit names no wait", /(reason="Too Many Requests"\/>\s*)<set-header name="Retry-After">[\s\S]*?<\/set-header>/, "$1"),
  api("a body too large is an internal error", "== 413", "== 414"),
  api("a key in another header is not explained", '" authorization ocp-apim', '" ocp-apim'),
  // The other documents.
  scoped("product", "a larger limit", /calls="60000"/g, 'calls="600000"'),
  scoped("product", "prompts are not counted", "characters += part.Type", "characters -= part.Type"),
  scoped("product", "the remaining tokens are not told", / remaining-calls-header-name="[^"]*"/g),
  scoped("product", "the API's policies are left out", /<backend>\s*<base\/>\s*<\/backend>/, "<backend/>"),
  // Backends.
  breaker("Retry-After is not accepted", (rule) => { rule.acceptRetryAfter = false; }),
  breaker("a second failure is needed", (rule) => { rule.failureCondition.count = 2; }),
  breaker("trips for a minute", (rule) => { rule.tripDuration = "PT1M"; }),
  breaker("401 does not trip", (rule) => ranges(rule, 401)),
  breaker("429 does not trip", (rule) => ranges(rule, 429)),
  breaker("408 does not trip", (rule) => ranges(rule, 408)),
  breaker("5xx do not trip", (rule) => ranges(rule, 500)),
  breaker("403 trips", (rule) => { rule.failureCondition.statusCodeRanges.push({ min: 403, max: 403 }); }),
  breaker("a shorter interval", (rule) => { rule.failureCondition.interval = "PT10S"; }, { equivalent: "one failure trips, so there is nothing to count within an interval" }),
  backend("no breaker", (properties) => { if (!properties.circuitBreaker) return false; delete properties.circuitBreaker; return true; }),
  backend("another path", (properties) => { if (!properties.url) return false; properties.url = properties.url.replace("/openai", ""); return true; }),
  pool("a lower weight", (services) => { if (services[1]) services[1].weight = 50; }),
  pool("a lower priority", (services) => { if (services[1]) services[1].priority = 2; }),
  pool("a member less", (services) => { services.pop(); }),
  // What members can take.
  value("weights-chat", "60000", "600"),
  value("weights-chat", "60000", "600000"),
  value("weights-chat", "60000", "0"),
  value("weights-chat", "eastus2 60000", "eastus2 x"),
  api("another named value", "{{weights-chat}}", "{{weights-embeddings}}"),
  api("a named value that is not there", "{{weights-chat}}", "{{weight-chat}}"),
  // Behind an entrance.
  behind(api("no proof", /<set-header name="x-gateway-proof">[\s\S]*?<\/set-header>/)),
  behind(api("another proof", "<value>{{front-door-proof}}</value>", "<value>front-door-proof</value>")),
  behind(api("what callers send as proof goes to accounts", '<set-header name="x-gateway-proof" exists-action="delete"/>')),
  behind(api("streams go through", 'SelectTokens("stream")', 'SelectTokens("streams")')),
  behind(api("forms that stream go through", '.StartsWith("~"', '.StartsWith("?"')),
  behind(api("speech that streams goes through", '"sse"', '"SSE"')),
  behind(api("what is too large to be read goes through", /(name="straight" value="@\()true\)/, "$1false)")),
  behind(api("everything goes straight", 'SelectTokens("stream").Any(one', 'SelectTokens("stream").All(one')),
  behind(api("streams have the entrance's pool", 'value=\'@("pool-chat")\'', 'value=\'@("afd-pool-chat")\'')),
  behind(api("others have the pool for streams", 'value=\'@("afd-pool-chat")\'', 'value=\'@("pool-chat")\'')),
  behind(api("the entrance is not known by its URL", "azurefd[.]net/openai/", "azurefd[.]net/v1/openai/")),
  behind(api("accounts behind it are not known by their URLs", "azurefd[.]net/r/", "azurefd[.]net/s/")),
  behind(api("what it answers itself is taken for the gateway's", "x-azure-ref", "x-azure-reference")),
  behind(backend("the entrance comes together with the accounts", ({ pool }, name) => { if (!name.startsWith("afd-pool") || !pool) return false; for (const one of pool.services) one.priority = 1; return true; })),
  behind(backend("the entrance comes last", ({ pool }, name) => { if (!name.startsWith("afd-pool") || !pool) return false; pool.services[0].priority = 3; return true; })),
  behind(backend("the entrance is left out", ({ pool }, name) => { if (!name.startsWith("afd-pool") || !pool) return false; pool.services.shift(); return true; })),
  behind(backend("the entrance has no breaker", member(/^afd-entrance/, (properties) => { delete properties.circuitBreaker; }))),
  behind(backend("accounts behind it have no breakers", member(/^afd-aoai/, (properties) => { delete properties.circuitBreaker; }))),
  behind(backend("an account's path is another's", member(/^afd-aoai-eastus2/, (properties) => { properties.url = properties.url.replace("eastus2", "swedencentral"); }))),
  behind(backend("the balanced path is an account's", member(/^afd-entrance/, (properties) => { properties.url = properties.url.replace("/openai", "/r/eastus2/openai"); }))),
];
