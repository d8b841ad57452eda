// biome-ignore-all format: each error stands on the line after the one that expects it
/**
 * Wrong use of the elements that must not compile: tsc fails on an @ts-expect-error without an error, and tests/policy-elements.test.ts
 * looks that each fails for a reason of its own. Nothing here is executed.
 */
import * as l from "../policies/language/index.ts";

const { base, bool, choose, forwardRequest, fragment, includeFragment, int, milliseconds, namedValue, operation, policies, response, seconds, string, subscription } = l;

const backend = forwardRequest();
const inbound = (...elements: l.Element<"inbound">[]) => policies({ inbound: elements, backend, outbound: [], onError: [] });
const behind = (element: l.Element<"backend">) => policies({ inbound: [], backend: element, outbound: [], onError: [] });
const outbound = (...elements: l.Element<"outbound">[]) => policies({ inbound: [], backend, outbound: elements, onError: [] });
const onError = (...elements: l.Element<"on-error">[]) => policies({ inbound: [], backend, outbound: [], onError: elements });
const key = subscription.id;

export const right = [
  inbound(l.cors({ allowedOrigins: ["*"] }), l.rateLimitByKey({ calls: 1, renewalPeriod: seconds(1), counterKey: key })),
  behind(l.limitConcurrency({ key, maxCount: 1 }, backend)),
  outbound(l.setBody("a"), l.llmSemanticCacheStore({ duration: seconds(1) })),
  onError(l.setMethod("GET"), includeFragment(fragment("a", l.setStatus({ code: 500, reason: "no" })))),
  l.llmTokenLimit({ counterKey: key, tokenQuota: 1, tokenQuotaPeriod: "Daily", estimatePromptTokens: false, tokensPerMinute: 1 }),
  l.llmTokenLimit({ counterKey: key, tokensPerMinute: namedValue("tpm"), estimatePromptTokens: namedValue("estimate") }),
  l.validateAzureAdToken({ tenantId: "t", audiences: ["a"] }),
  l.setBackendService({ baseUrl: "https://a.example" }),
  l.forwardRequest({ timeoutMs: milliseconds(1) }),
];

// Sections.
// @ts-expect-error a token limit stands in inbound
outbound(l.llmTokenLimit({ counterKey: key, tokensPerMinute: 1, estimatePromptTokens: true }));
// @ts-expect-error token metrics stand in inbound
outbound(l.llmEmitTokenMetric({ dimensions: { a: "b" } }));
// @ts-expect-error a path is rewritten in inbound
behind(l.rewriteUri({ template: "/a" }));
// @ts-expect-error cors stands in inbound
onError(l.cors({ allowedOrigins: ["*"] }));
// @ts-expect-error a token is validated in inbound
outbound(l.validateJwt({ headerName: "a" }));
// @ts-expect-error so is one of Entra
behind(l.validateAzureAdToken({ tenantId: "a", audiences: ["b"] }));
// @ts-expect-error an identity's token is got in inbound
behind(l.authenticationManagedIdentity({ resource: "a" }));
// @ts-expect-error a certificate is chosen in inbound
outbound(l.authenticationCertificate({ thumbprint: "a" }));
// @ts-expect-error parameters belong to the request
outbound(l.setQueryParameter({ name: "a" }, "b"));
// @ts-expect-error a body is not set in on-error
onError(l.setBody("a"));
// @ts-expect-error a method is not set in backend
behind(l.setMethod("GET"));
// @ts-expect-error mocks do not stand in backend
behind(l.mockResponse());
// @ts-expect-error a semantic look-up stands in inbound
outbound(l.llmSemanticCacheLookup({ scoreThreshold: 0, embeddingsBackendId: "a", embeddingsBackendAuth: "system-assigned", varyBy: ["a"] }));
// @ts-expect-error and a store in outbound
inbound(l.llmSemanticCacheStore({ duration: seconds(1) }));
// @ts-expect-error the same for Azure OpenAI
inbound(l.azureOpenaiSemanticCacheStore({ duration: seconds(1) }));
// @ts-expect-error rates are counted in inbound
onError(l.rateLimitByKey({ calls: 1, renewalPeriod: seconds(1), counterKey: key }));
// @ts-expect-error quotas too
outbound(l.quotaByKey({ calls: 1, renewalPeriod: seconds(0), counterKey: key }));
// @ts-expect-error headers are checked in inbound
outbound(l.checkHeader({ name: "a", failedCheckHttpcode: 401, failedCheckErrorMessage: "b", ignoreCase: true }));
// @ts-expect-error addresses are filtered in inbound
behind(l.ipFilter({ action: "allow" }, "203.0.113.7"));
// @ts-expect-error prompts are checked in inbound
outbound(l.llmContentSafety({ backendId: "a" }));
// @ts-expect-error nothing waits in on-error
onError(l.wait({}, l.cacheLookupValue({ key, variableName: "a" })));
// @ts-expect-error inside limit-concurrency as well
outbound(l.limitConcurrency({ key, maxCount: 1 }, l.rewriteUri({ template: "/a" })));
// @ts-expect-error inside a wait inside a choice
outbound(choose([{ when: bool(true), do: [l.wait({}, forwardRequest())] }]));
// @ts-expect-error inside a fragment
outbound(includeFragment(fragment("a", l.rewriteUri({ template: "/a" }))));

// Places.
// @ts-expect-error a second child of backend
policies({ inbound: [], backend: [l.setVariable({ name: "a", value: "b" }), backend], outbound: [], onError: [] });
// @ts-expect-error a second child of backend, as a second argument
behind(backend, backend);
// @ts-expect-error a second otherwise
choose([{ when: bool(true), do: [] }], [], []);
// @ts-expect-error otherwise before when
choose([], [{ when: bool(true), do: [] }]);
// @ts-expect-error a section is missing
policies({ inbound: [], backend, outbound: [] });
// @ts-expect-error there is no such section
policies({ inbound: [], backend, outbound: [], onError: [], onSuccess: [] });
// @ts-expect-error base is not for fragments
fragment("a", base());
// @ts-expect-error fragments are not nested
fragment("a", includeFragment(fragment("b")));
// @ts-expect-error a header cannot be waited for
l.wait({}, l.setHeader({ name: "a" }, "b"));
// @ts-expect-error nothing to wait for
l.wait({});
// @ts-expect-error nothing to limit
l.limitConcurrency({ key, maxCount: 1 });
// @ts-expect-error of policies only set-header stands in an answer
l.returnResponse({ headers: [l.setVariable({ name: "a", value: "b" })] });
// @ts-expect-error a request authenticates with a certificate or an identity
l.sendRequest({ responseVariableName: "a", url: "b", method: "GET", authentication: l.setHeader({ name: "a" }, "b") });

// Missing.
// @ts-expect-error no backend
l.setBackendService({});
// @ts-expect-error no key
l.llmTokenLimit({ tokensPerMinute: 1, estimatePromptTokens: true });
// @ts-expect-error neither rate nor quota
l.llmTokenLimit({ counterKey: key, estimatePromptTokens: true });
// @ts-expect-error a quota without its period
l.llmTokenLimit({ counterKey: key, tokenQuota: 1, estimatePromptTokens: true });
// @ts-expect-error a period without its quota
l.azureOpenaiTokenLimit({ counterKey: key, tokensPerMinute: 1, tokenQuotaPeriod: "Daily", estimatePromptTokens: true });
// @ts-expect-error neither calls nor bandwidth
l.quotaByKey({ renewalPeriod: seconds(0), counterKey: key });
// @ts-expect-error nowhere to look for the token
l.validateJwt({ audiences: ["a"] });
// @ts-expect-error neither applications nor audiences
l.validateAzureAdToken({ tenantId: "a" });
// @ts-expect-error no tenant
l.validateAzureAdToken({ audiences: ["a"] });
// @ts-expect-error no certificate
l.authenticationCertificate({});
// @ts-expect-error no address
l.ipFilter({ action: "allow" });
// @ts-expect-error no origin
l.cors({ allowedOrigins: [] });
// @ts-expect-error a new request needs a URL
l.sendRequest({ responseVariableName: "a", method: "GET" });
// @ts-expect-error and a method
l.sendOneWayRequest({ url: "a" });
// @ts-expect-error the answer needs a variable
l.sendRequest({ url: "a", method: "GET" });
// @ts-expect-error a header needs a value
l.setHeader({ name: "a" });
// @ts-expect-error a parameter too
l.setQueryParameter({ name: "a", existsAction: "append" });
// @ts-expect-error a status has a reason
l.setStatus({ code: 500 });
// @ts-expect-error a trace has a message
l.trace({ source: "a" });
// @ts-expect-error a message is required
l.logToEventhub({ loggerId: "a" });
// @ts-expect-error all four are required
l.checkHeader({ name: "a", failedCheckHttpcode: 401, failedCheckErrorMessage: "b" });
// @ts-expect-error answers vary by something
l.llmSemanticCacheLookup({ scoreThreshold: 0, embeddingsBackendId: "a", embeddingsBackendAuth: "system-assigned", varyBy: [] });
// @ts-expect-error a fragment has an id
includeFragment({});
// @ts-expect-error a limit needs its number
l.limitConcurrency({ key }, base());

// Too much.
// @ts-expect-error a backend and a URL
l.setBackendService({ backendId: "a", baseUrl: "b" });
// @ts-expect-error two timeouts
forwardRequest({ timeout: seconds(1), timeoutMs: milliseconds(1) });
// @ts-expect-error two places for a token
l.validateJwt({ headerName: "a", queryParameterName: "b" });
// @ts-expect-error also with a default
l.validateAzureAdToken({ tenantId: "a", audiences: ["b"], headerName: "c", tokenValue: "d" });
// @ts-expect-error two partitions
l.logToEventhub({ loggerId: "a", partitionId: "b", partitionKey: "c" }, "d");
// @ts-expect-error two certificates
l.authenticationCertificate({ thumbprint: "a", certificateId: "b" });
// @ts-expect-error an attribute of another element
l.cacheRemoveValue({ key, duration: seconds(1) });
// @ts-expect-error the spelling that Microsoft's toolkit writes
l.llmTokenLimit({ counterKey: key, tokensPerMinute: 1, estimatePromptToken: true, estimatePromptTokens: true });

// Kinds.
// @ts-expect-error a bare number is no duration
l.rateLimitByKey({ calls: 1, renewalPeriod: 60, counterKey: key });
// @ts-expect-error seconds are no milliseconds
forwardRequest({ timeoutMs: seconds(1) });
// @ts-expect-error a text is no number
l.llmTokenLimit({ counterKey: key, tokensPerMinute: "1000", estimatePromptTokens: true });
// @ts-expect-error a text expression is no number
l.llmTokenLimit({ counterKey: key, tokensPerMinute: string("1000"), estimatePromptTokens: true });
// @ts-expect-error a number is no text
l.setBackendService({ backendId: int(1) });
// @ts-expect-error a time is a Date
l.quotaByKey({ calls: 1, renewalPeriod: seconds(0), counterKey: key, firstPeriodStart: "2026-01-01" });
// @ts-expect-error a period that the documentation does not know
l.llmTokenLimit({ counterKey: key, tokenQuota: 1, tokenQuotaPeriod: "day", estimatePromptTokens: true });
// @ts-expect-error an action that does not exist
l.ipFilter({ action: "deny" }, "203.0.113.7");
// @ts-expect-error a category that does not exist
l.llmContentSafety({ backendId: "a", categories: { Spam: 1 } });
// @ts-expect-error a severity is a number
l.llmContentSafety({ backendId: "a", categories: { Hate: "high" } });
// @ts-expect-error the gateway does not know this dimension
l.emitMetric({ name: "a", knownDimensions: ["Model"] });
// @ts-expect-error a severity of traces that does not exist
l.trace({ source: "a", severity: "warning", message: "b" });
// @ts-expect-error a template language that does not exist
l.setBody("a", { template: "razor" });
// @ts-expect-error no other way to authenticate
l.llmSemanticCacheLookup({ scoreThreshold: 0, embeddingsBackendId: "a", embeddingsBackendAuth: "header", varyBy: ["a"] });
// @ts-expect-error a mode that does not exist
l.sendRequest({ mode: "clone", responseVariableName: "a", url: "b", method: "GET" });

// No expressions here.
// @ts-expect-error the name of a variable is fixed
l.cacheLookupValue({ key, variableName: operation.id });
// @ts-expect-error a logger is fixed
l.logToEventhub({ loggerId: operation.id }, "a");
// @ts-expect-error the number is fixed
l.limitConcurrency({ key, maxCount: int(1) }, base());
// @ts-expect-error a quota is fixed
l.quotaByKey({ calls: int(1), renewalPeriod: seconds(0), counterKey: key });
// @ts-expect-error the name of a metric is fixed
l.emitMetric({ name: operation.id, dimensions: { a: "b" } });
// @ts-expect-error the name of a header for the caller is fixed
l.rateLimitByKey({ calls: 1, renewalPeriod: seconds(1), counterKey: key, retryAfterHeaderName: operation.id });
// @ts-expect-error a fragment is fixed
includeFragment({ fragmentId: operation.id });
// @ts-expect-error a source is fixed
l.trace({ source: operation.id, message: "a" });
// @ts-expect-error which identity is fixed
l.authenticationManagedIdentity({ resource: "a", clientId: operation.id });
// @ts-expect-error a mocked status is fixed
l.mockResponse({ statusCode: response.status });
