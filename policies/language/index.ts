/** The policy language: elements, typed expressions and variables, documents and their XML. */

export { type Place, PolicyError } from "./check.ts";
export * from "./context.ts";
export * from "./document.ts";
export { type Content, type Element, type GatewayKind, SECTIONS, type Section, seconds } from "./element.ts";
export { authenticationManagedIdentity } from "./elements/authentication-managed-identity.ts";
export { base } from "./elements/base.ts";
export { cacheLookupValue } from "./elements/cache-lookup-value.ts";
export { cacheStoreValue } from "./elements/cache-store-value.ts";
export { choose } from "./elements/choose.ts";
export { forwardRequest } from "./elements/forward-request.ts";
export { elementTable } from "./elements/index.ts";
export { llmEmitTokenMetric } from "./elements/llm-emit-token-metric.ts";
export { llmTokenLimit } from "./elements/llm-token-limit.ts";
export { retry } from "./elements/retry.ts";
export { returnResponse } from "./elements/return-response.ts";
export { setBackendService } from "./elements/set-backend-service.ts";
export { deleteHeader, setHeader } from "./elements/set-header.ts";
export { setQueryParameter } from "./elements/set-query-parameter.ts";
export { setVariable } from "./elements/set-variable.ts";
export { emit } from "./emit.ts";
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
export { guarded, initial, type Variable, variables } from "./variables.ts";
