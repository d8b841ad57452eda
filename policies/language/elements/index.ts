/** The element table: one row per policy element, by name. */

import type { ElementRow } from "../element.ts";
import { row as authenticationCertificate } from "./authentication-certificate.ts";
import { row as authenticationManagedIdentity } from "./authentication-managed-identity.ts";
import { row as azureOpenaiEmitTokenMetric } from "./azure-openai-emit-token-metric.ts";
import { row as azureOpenaiSemanticCacheLookup } from "./azure-openai-semantic-cache-lookup.ts";
import { row as azureOpenaiSemanticCacheStore } from "./azure-openai-semantic-cache-store.ts";
import { row as azureOpenaiTokenLimit } from "./azure-openai-token-limit.ts";
import { row as base } from "./base.ts";
import { row as cacheLookupValue } from "./cache-lookup-value.ts";
import { row as cacheRemoveValue } from "./cache-remove-value.ts";
import { row as cacheStoreValue } from "./cache-store-value.ts";
import { row as checkHeader } from "./check-header.ts";
import { row as choose } from "./choose.ts";
import { row as cors } from "./cors.ts";
import { row as emitMetric } from "./emit-metric.ts";
import { row as findAndReplace } from "./find-and-replace.ts";
import { row as forwardRequest } from "./forward-request.ts";
import { row as includeFragment } from "./include-fragment.ts";
import { row as ipFilter } from "./ip-filter.ts";
import { row as limitConcurrency } from "./limit-concurrency.ts";
import { row as llmContentSafety } from "./llm-content-safety.ts";
import { row as llmEmitTokenMetric } from "./llm-emit-token-metric.ts";
import { row as llmSemanticCacheLookup } from "./llm-semantic-cache-lookup.ts";
import { row as llmSemanticCacheStore } from "./llm-semantic-cache-store.ts";
import { row as llmTokenLimit } from "./llm-token-limit.ts";
import { row as logToEventhub } from "./log-to-eventhub.ts";
import { row as mockResponse } from "./mock-response.ts";
import { row as quotaByKey } from "./quota-by-key.ts";
import { row as rateLimitByKey } from "./rate-limit-by-key.ts";
import { row as retry } from "./retry.ts";
import { row as returnResponse } from "./return-response.ts";
import { row as rewriteUri } from "./rewrite-uri.ts";
import { row as sendOneWayRequest } from "./send-one-way-request.ts";
import { row as sendRequest } from "./send-request.ts";
import { row as setBackendService } from "./set-backend-service.ts";
import { row as setBody } from "./set-body.ts";
import { row as setHeader } from "./set-header.ts";
import { row as setMethod } from "./set-method.ts";
import { row as setQueryParameter } from "./set-query-parameter.ts";
import { row as setStatus } from "./set-status.ts";
import { row as setVariable } from "./set-variable.ts";
import { row as trace } from "./trace.ts";
import { row as validateAzureAdToken } from "./validate-azure-ad-token.ts";
import { row as validateJwt } from "./validate-jwt.ts";
import { row as wait } from "./wait.ts";

// biome-ignore format: a list
export const elementRows = [
  authenticationCertificate, authenticationManagedIdentity, azureOpenaiEmitTokenMetric, azureOpenaiSemanticCacheLookup,
  azureOpenaiSemanticCacheStore, azureOpenaiTokenLimit, base, cacheLookupValue, cacheRemoveValue, cacheStoreValue,
  checkHeader, choose, cors, emitMetric, findAndReplace, forwardRequest, includeFragment, ipFilter, limitConcurrency,
  llmContentSafety, llmEmitTokenMetric, llmSemanticCacheLookup, llmSemanticCacheStore, llmTokenLimit, logToEventhub,
  mockResponse, quotaByKey, rateLimitByKey, retry, returnResponse, rewriteUri, sendOneWayRequest, sendRequest,
  setBackendService, setBody, setHeader, setMethod, setQueryParameter, setStatus, setVariable, trace, validateAzureAdToken,
  validateJwt, wait,
] as const;

export const elementTable: readonly ElementRow[] = elementRows;
