/** The policy language: elements, typed expressions and variables, documents and their XML. */

export { type Place, PolicyError } from "./check.ts";
export * from "./context.ts";
export * from "./document.ts";
export {
  type Content,
  type Element,
  type GatewayKind,
  milliseconds,
  type NamedValue,
  namedValue,
  type Scope,
  SECTIONS,
  type Section,
  seconds,
} from "./element.ts";
export { authenticationCertificate } from "./elements/authentication-certificate.ts";
export { authenticationManagedIdentity } from "./elements/authentication-managed-identity.ts";
export { azureOpenaiEmitTokenMetric } from "./elements/azure-openai-emit-token-metric.ts";
export { azureOpenaiSemanticCacheLookup } from "./elements/azure-openai-semantic-cache-lookup.ts";
export { azureOpenaiSemanticCacheStore } from "./elements/azure-openai-semantic-cache-store.ts";
export { azureOpenaiTokenLimit } from "./elements/azure-openai-token-limit.ts";
export { base } from "./elements/base.ts";
export { cacheLookupValue } from "./elements/cache-lookup-value.ts";
export { cacheRemoveValue } from "./elements/cache-remove-value.ts";
export { cacheStoreValue } from "./elements/cache-store-value.ts";
export { checkHeader } from "./elements/check-header.ts";
export { choose } from "./elements/choose.ts";
export { cors } from "./elements/cors.ts";
export { emitMetric } from "./elements/emit-metric.ts";
export { findAndReplace } from "./elements/find-and-replace.ts";
export { forwardRequest } from "./elements/forward-request.ts";
export { includeFragment } from "./elements/include-fragment.ts";
export { elementTable } from "./elements/index.ts";
export { ipFilter } from "./elements/ip-filter.ts";
export { limitConcurrency } from "./elements/limit-concurrency.ts";
export { llmContentSafety } from "./elements/llm-content-safety.ts";
export { llmEmitTokenMetric } from "./elements/llm-emit-token-metric.ts";
export { llmSemanticCacheLookup } from "./elements/llm-semantic-cache-lookup.ts";
export { llmSemanticCacheStore } from "./elements/llm-semantic-cache-store.ts";
export { llmTokenLimit } from "./elements/llm-token-limit.ts";
export { logToEventhub } from "./elements/log-to-eventhub.ts";
export { mockResponse } from "./elements/mock-response.ts";
export { quotaByKey } from "./elements/quota-by-key.ts";
export { rateLimitByKey } from "./elements/rate-limit-by-key.ts";
export { retry } from "./elements/retry.ts";
export { returnResponse } from "./elements/return-response.ts";
export { rewriteUri } from "./elements/rewrite-uri.ts";
export { sendOneWayRequest } from "./elements/send-one-way-request.ts";
export { sendRequest } from "./elements/send-request.ts";
export { setBackendService } from "./elements/set-backend-service.ts";
export { setBody } from "./elements/set-body.ts";
export { deleteHeader, setHeader } from "./elements/set-header.ts";
export { setMethod } from "./elements/set-method.ts";
export { setQueryParameter } from "./elements/set-query-parameter.ts";
export { setStatus } from "./elements/set-status.ts";
export { setVariable } from "./elements/set-variable.ts";
export { trace } from "./elements/trace.ts";
export { validateAzureAdToken } from "./elements/validate-azure-ad-token.ts";
export { validateJwt } from "./elements/validate-jwt.ts";
export { wait } from "./elements/wait.ts";
export { emit, emitFragment } from "./emit.ts";
export {
  allOf,
  anyOf,
  block,
  bool,
  type Code,
  csharp,
  type Expression,
  int,
  literal,
  local,
  long,
  string,
  type Value,
} from "./expression.ts";
export { type Fragment, fragment } from "./fragment.ts";
export { guarded, initial, type Variable, variables } from "./variables.ts";
