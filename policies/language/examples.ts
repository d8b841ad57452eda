/**
 * One use of each element. docs/policy-elements.md shows them as they are written here, with the XML that they give; tests put each into a
 * document, in every place where the element may stand.
 */
// biome-ignore format: a list
import {
  authenticationCertificate, authenticationManagedIdentity, azureOpenaiEmitTokenMetric, azureOpenaiSemanticCacheLookup,
  azureOpenaiSemanticCacheStore, azureOpenaiTokenLimit, base, cacheLookupValue, cacheRemoveValue, cacheStoreValue,
  checkHeader, choose, cors, csharp, emitMetric, findAndReplace, forwardRequest, fragment, includeFragment, ipFilter,
  jsonText, limitConcurrency, llmContentSafety, llmEmitTokenMetric, llmSemanticCacheLookup, llmSemanticCacheStore,
  llmTokenLimit, logToEventhub, milliseconds, mockResponse, namedValue, now, operation, quotaByKey, rateLimitByKey, request,
  requestId, response, retry, returnResponse, rewriteUri, seconds, sendOneWayRequest, sendRequest, setBackendService,
  setBody, setHeader, setMethod, setQueryParameter, setStatus, setVariable, string, subscription, trace,
  validateAzureAdToken, validateJwt, wait,
} from "./index.ts";

export const examples = {
  "authentication-certificate": () => authenticationCertificate({ certificateId: "gateway-client" }),
  "authentication-managed-identity": () =>
    authenticationManagedIdentity({
      resource: "https://cognitiveservices.azure.com",
      clientId: namedValue("identity-client-id"),
    }),
  "azure-openai-emit-token-metric": () =>
    azureOpenaiEmitTokenMetric({ namespace: "openai", knownDimensions: ["Subscription ID"], dimensions: { kind: operation.id } }),
  "azure-openai-semantic-cache-lookup": () =>
    azureOpenaiSemanticCacheLookup({
      scoreThreshold: 0.05,
      embeddingsBackendId: "embeddings",
      embeddingsBackendAuth: "system-assigned",
      varyBy: [subscription.id],
    }),
  "azure-openai-semantic-cache-store": () => azureOpenaiSemanticCacheStore({ duration: seconds(300) }),
  "azure-openai-token-limit": () =>
    azureOpenaiTokenLimit({ counterKey: subscription.id, tokensPerMinute: 50_000, estimatePromptTokens: true }),
  base: () => base(),
  "cache-lookup-value": () =>
    cacheLookupValue({
      key: string("said/").plus(subscription.id),
      variableName: "said",
      defaultValue: string(""),
    }),
  "cache-remove-value": () => cacheRemoveValue({ key: string("said/").plus(subscription.id) }),
  "cache-store-value": () =>
    cacheStoreValue({ key: string("said/").plus(subscription.id), value: request.header("x-said"), duration: seconds(60) }),
  "check-header": () =>
    checkHeader(
      { name: "x-app", failedCheckHttpcode: 401, failedCheckErrorMessage: "Say who you are.", ignoreCase: true },
      "web",
      "phone",
    ),
  choose: () =>
    choose(
      [
        { when: request.method.equals("GET"), do: [setVariable({ name: "kind", value: string("read") })] },
        { when: request.header("x-batch").isEmpty(), do: [setVariable({ name: "kind", value: string("single") })] },
      ],
      [setVariable({ name: "kind", value: string("batch") })],
    ),
  cors: () =>
    cors({
      allowCredentials: true,
      allowedOrigins: ["https://chat.contoso.example"],
      allowedMethods: ["GET", "POST"],
      preflightResultMaxAge: seconds(600),
      allowedHeaders: ["api-key", "Content-Type"],
      exposeHeaders: ["Retry-After"],
    }),
  "emit-metric": () =>
    emitMetric({
      name: "attempts",
      namespace: "openai",
      value: 1,
      knownDimensions: ["API ID"],
      dimensions: { model: request.parameter("model") },
    }),
  "find-and-replace": () => findAndReplace({ from: "internal.contoso.example", to: request.host }),
  "forward-request": () => forwardRequest({ timeout: seconds(230), bufferRequestBody: true, bufferResponse: false }),
  "include-fragment": () =>
    includeFragment(fragment("say-id", setHeader({ name: "x-request-id", existsAction: "skip" }, requestId))),
  "ip-filter": () => ipFilter({ action: "allow" }, "203.0.113.7", { from: "198.51.100.0", to: "198.51.100.255" }),
  "limit-concurrency": () => limitConcurrency({ key: subscription.id, maxCount: 20 }, setHeader({ name: "x-counted" }, "yes")),
  "llm-content-safety": () =>
    llmContentSafety({
      backendId: "content-safety",
      shieldPrompt: true,
      outputType: "EightSeverityLevels",
      categories: { Hate: 4, Violence: 4 },
      blocklists: ["competitors"],
    }),
  "llm-emit-token-metric": () =>
    llmEmitTokenMetric({ namespace: "openai", knownDimensions: ["Subscription ID"], dimensions: { kind: operation.id } }),
  "llm-semantic-cache-lookup": () =>
    llmSemanticCacheLookup({
      scoreThreshold: 0.05,
      embeddingsBackendId: "embeddings",
      embeddingsBackendAuth: "system-assigned",
      maxMessageCount: 4,
      varyBy: [subscription.id],
    }),
  "llm-semantic-cache-store": () => llmSemanticCacheStore({ duration: seconds(300) }),
  "llm-token-limit": () =>
    llmTokenLimit({
      counterKey: subscription.id,
      tokensPerMinute: 50_000,
      tokenQuota: 10_000_000,
      tokenQuotaPeriod: "Monthly",
      estimatePromptTokens: true,
      remainingTokensHeaderName: "x-remaining-tokens",
    }),
  "log-to-eventhub": () =>
    logToEventhub({ loggerId: "calls", partitionKey: subscription.id }, string("called ").plus(operation.id)),
  "mock-response": () => mockResponse({ statusCode: 200, contentType: "application/json" }),
  "quota-by-key": () =>
    quotaByKey({
      calls: 100_000,
      renewalPeriod: seconds(2_592_000),
      counterKey: subscription.id,
      firstPeriodStart: new Date("2026-01-01T00:00:00Z"),
    }),
  "rate-limit-by-key": () =>
    rateLimitByKey({
      calls: 60,
      renewalPeriod: seconds(60),
      counterKey: subscription.id,
      incrementCondition: response.status.lessThan(400),
      remainingCallsHeaderName: "x-remaining-calls",
    }),
  retry: () =>
    retry(
      {
        condition: response.statusOr(503).equals(503),
        count: 3,
        interval: seconds(1),
        delta: seconds(1),
        maxInterval: seconds(8),
      },
      sendRequest({ responseVariableName: "probe", url: "https://contoso.example/ready", method: "GET", timeout: seconds(5) }),
    ),
  "return-response": () =>
    returnResponse({
      status: { code: 429, reason: "Too Many Requests" },
      headers: [setHeader({ name: "Retry-After" }, "10")],
      body: string('{"error":').plus(jsonText(operation.id)).plus("}"),
    }),
  "rewrite-uri": () => rewriteUri({ template: "/v1/chat/completions", copyUnmatchedParams: false }),
  "send-one-way-request": () =>
    sendOneWayRequest({
      url: "https://contoso.example/alerts",
      method: "POST",
      body: string("no member left for ").plus(operation.id),
    }),
  "send-request": () =>
    sendRequest({
      responseVariableName: "ready",
      url: "https://contoso.example/ready",
      method: "POST",
      headers: [setHeader({ name: "Content-Type" }, "application/json")],
      body: '{"ask":"ready"}',
      authentication: authenticationManagedIdentity({ resource: "https://contoso.example" }),
      timeoutMs: milliseconds(500),
      ignoreError: true,
    }),
  "set-backend-service": () => setBackendService({ backendId: "pool-chat" }),
  "set-body": () => setBody(csharp("string")`${request.text}.Trim()`),
  "set-header": () => setHeader({ name: "x-region" }, request.header("x-ms-region", "unknown")),
  "set-method": () => setMethod("POST"),
  "set-query-parameter": () => setQueryParameter({ name: "api-version", existsAction: "skip" }, "2024-10-21"),
  "set-status": () => setStatus({ code: 503, reason: "Service Unavailable" }),
  "set-variable": () => setVariable({ name: "started", value: now }),
  trace: () =>
    trace({
      source: "balancing",
      severity: "information",
      message: string("left ").plus(request.host),
      metadata: { call: requestId },
    }),
  "validate-azure-ad-token": () =>
    validateAzureAdToken({
      tenantId: namedValue("tenant-id"),
      clientApplicationIds: [namedValue("web-client-id")],
      audiences: ["api://gateway"],
      requiredClaims: [{ name: "roles", match: "any", values: ["chat", "admin"] }],
      failedValidationErrorMessage: "Sign in first.",
      outputTokenVariableName: "caller",
    }),
  "validate-jwt": () =>
    validateJwt({
      headerName: "Authorization",
      requireScheme: "Bearer",
      clockSkew: seconds(60),
      openidConfig: [{ url: "https://login.contoso.example/.well-known/openid-configuration" }],
      issuers: ["https://login.contoso.example"],
      audiences: ["api://gateway"],
      requiredClaims: [{ name: "scope", separator: " ", values: ["chat"] }],
    }),
  wait: () =>
    wait(
      { for: "any" },
      cacheLookupValue({ key: "east", variableName: "east" }),
      sendRequest({ responseVariableName: "west", url: "https://contoso.example/west", method: "GET" }),
    ),
};
