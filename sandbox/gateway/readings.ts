/**
 * Where Microsoft's documents are silent or disagree, each possible behaviour of the real gateway is a value of a switch.
 * Defaults are the best documented reading; what is built on the gateway should hold under all of them.
 */
export interface Readings {
  /** A `retry` around a call that got no answer evaluates its condition and may go on. false: the error leaves the loop at once. */
  retrySeesTransportFailure: boolean;
  /** A call without an answer counts for the circuit breaker. A live test of 2025 found that it does not, although `errorReasons` suggests it. */
  transportFailureTripsBreaker: boolean;
  /** A v2 gateway ends every request after 30 s (gateway limits table of 2026-04-08; contradicts its streaming support). */
  v2CutsAt30s: boolean;
  /**
   * All members of a pool (or a single backend) have tripped. "error": an error with `context.Response.StatusCode` 503, which leaves the body of a
   * `retry` and is followed by its condition. "response": the steps after `forward-request` run too, and see a 503; it is an error once the retry gives up.
   */
  poolExhaustedInRetry: "error" | "response";
  /** `context.LastError` is set while a retry's condition is evaluated after an error. Documented for `on-error` only. */
  lastErrorInRetry: boolean;
  /** What `context.Response` is in a retry's condition after a call without an answer. */
  responseAfterError: "null" | "stale" | "503";
  /**
   * What `context.Request.Url` is after a call without an answer. "member": the URL that was called, as after an answer (samples of Microsoft read it
   * there, and say nothing of calls that failed); "unchanged": as it was before `forward-request`, without the pool's choice.
   */
  requestUrlAfterError: "member" | "unchanged";
  /**
   * What an expression gets of the body of an answer that `forward-request` does not buffer (`buffer-response="false"`). "body": all of it, which buffers
   * it (the page on server-sent events warns of policies that buffer answers); "null": `context.Response.Body` is null; "throws": `As` throws. The caller
   * gets the body under each.
   */
  bodyAsOfUnbufferedAnswer: "body" | "null" | "throws";
  /**
   * Which of the operations that match a call is taken; no page says it. "literal": the most specific template; "created": the one that was made
   * first; "wildcard": the least specific.
   */
  operationPrecedence: "literal" | "created" | "wildcard";
  /** Milliseconds until a tripped breaker is seen by the choice of a member. */
  breakerVisibilityMs: number;
  /** Milliseconds until a stored cache value can be read: `cache-store-value` is asynchronous. */
  cacheVisibilityMs: number;
  /** An open breaker takes a later Retry-After from a call that was in flight when it tripped. */
  openBreakerTakesLaterRetryAfter: boolean;
  /**
   * When `rate-limit-by-key` refuses a call that counts for more than one. "fits": as soon as it would go past the limit, which should not be exceeded
   * by the page's words; "reached": once nothing is left, so that one call may go past it.
   */
  rateLimitRefuses: "reached" | "fits";
  /** An answer above what the gateway can buffer: "passes", and no policy learns its tokens; "fails", as where an expression reads such a body. */
  tokensOfLargeAnswers: "passes" | "fails";
  /** How weights are kept within a priority: a smooth rotation per gateway instance, or a weighted draw. */
  poolSelection: "smooth" | "random";
}

export const DEFAULT_READINGS: Readings = {
  retrySeesTransportFailure: true,
  transportFailureTripsBreaker: false,
  v2CutsAt30s: false,
  poolExhaustedInRetry: "error",
  lastErrorInRetry: false,
  responseAfterError: "null",
  requestUrlAfterError: "member",
  bodyAsOfUnbufferedAnswer: "body",
  operationPrecedence: "literal",
  breakerVisibilityMs: 0,
  cacheVisibilityMs: 0,
  openBreakerTakesLaterRetryAfter: true,
  rateLimitRefuses: "fits",
  tokensOfLargeAnswers: "passes",
  poolSelection: "smooth",
};
