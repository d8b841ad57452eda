/** The element table, one row per policy element, and the builders. */

import type { ElementRow } from "../element.ts";
import * as authenticationManagedIdentity from "./authentication-managed-identity.ts";
import * as base from "./base.ts";
import * as cacheLookupValue from "./cache-lookup-value.ts";
import * as cacheStoreValue from "./cache-store-value.ts";
import * as choose from "./choose.ts";
import * as forwardRequest from "./forward-request.ts";
import * as llmEmitTokenMetric from "./llm-emit-token-metric.ts";
import * as llmTokenLimit from "./llm-token-limit.ts";
import * as retry from "./retry.ts";
import * as returnResponse from "./return-response.ts";
import * as setBackendService from "./set-backend-service.ts";
import * as setHeader from "./set-header.ts";
import * as setQueryParameter from "./set-query-parameter.ts";
import * as setVariable from "./set-variable.ts";

// biome-ignore format: a list
export const elementTable: readonly ElementRow[] = [
  authenticationManagedIdentity, base, cacheLookupValue, cacheStoreValue, choose, forwardRequest, llmEmitTokenMetric,
  llmTokenLimit, retry, returnResponse, setBackendService, setHeader, setQueryParameter, setVariable,
].map(({ row }) => row);
