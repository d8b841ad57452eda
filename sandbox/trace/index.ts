/** What happened to each call: collected from the gateway's events, and kept. */
export { callsWithId, type KeptCalls, keepCalls, keptCalls } from "./kept-calls.ts";
export { type CallRecord, type CallTrace, collectCalls, type ElementRecord, type FailedExpression } from "./record.ts";
