// biome-ignore-all format: each error stands on the line after the one that expects it
/**
 * Wrong use of the policy language that must not compile: tsc fails on an @ts-expect-error without an error, and
 * tests/policy-language.test.ts runs it. Nothing here is executed.
 */
import {
  base,
  bool,
  cacheStoreValue,
  choose,
  csharp,
  forwardRequest,
  initial,
  int,
  llmTokenLimit,
  policies,
  response,
  retry,
  seconds,
  setBackendService,
  setHeader,
  string,
  variables,
} from "../policies/language/index.ts";

const v = variables({ count: int(0), name: string(""), done: bool(false) });
const backend = forwardRequest();

export const right = policies({
  inbound: [base(), ...initial(v), choose([{ when: v.done.get(), do: [setBackendService({ backendId: v.name.get() })] }])],
  backend: retry({ condition: v.done.get().not(), count: 2, interval: seconds(0) }, v.count.set(v.count.get().plus(1)), backend),
  outbound: [base()],
  onError: [base()],
});

// @ts-expect-error forward-request stands in backend only
policies({ inbound: [forwardRequest()], backend, outbound: [], onError: [] });
// @ts-expect-error set-backend-service stands in inbound and backend
policies({ inbound: [], backend, outbound: [setBackendService({ backendId: "pool" })], onError: [] });
// @ts-expect-error also inside choose
policies({ inbound: [choose([{ when: bool(true), do: [base(), forwardRequest()] }])], backend, outbound: [], onError: [] });
// @ts-expect-error and inside retry inside choose
policies({ inbound: [], backend, outbound: [choose([{ when: bool(true), do: [] }], [retry({ condition: bool(true), count: 1, interval: seconds(0) }, backend)])], onError: [] });
// @ts-expect-error a token limit in an error handler
policies({ inbound: [], backend, outbound: [], onError: [llmTokenLimit({ counterKey: "a", tokensPerMinute: 1, estimatePromptTokens: true })] });
// @ts-expect-error backend takes one child
policies({ inbound: [], backend: [forwardRequest(), forwardRequest()], outbound: [], onError: [] });

// @ts-expect-error a bare number is no duration
forwardRequest({ timeout: 230 });
// @ts-expect-error a text is no truth value
forwardRequest({ bufferRequestBody: "true" });
// @ts-expect-error no expression may stand here
forwardRequest({ bufferRequestBody: bool(true) });
// @ts-expect-error not one of the values
setHeader({ name: "a", existsAction: "replace" });
// @ts-expect-error an attribute that the element does not have
forwardRequest({ bufferRequest: true });
// @ts-expect-error a required attribute is missing
llmTokenLimit({ counterKey: "a", tokensPerMinute: 1 });
// @ts-expect-error a required attribute is missing
cacheStoreValue({ key: "a", value: "b" });
// @ts-expect-error a condition is a truth value
retry({ condition: response.status, count: 1, interval: seconds(0) });
// @ts-expect-error a count is a number
retry({ condition: bool(true), count: string("1"), interval: seconds(0) });
// @ts-expect-error a choice needs at least one when
choose([]);

// @ts-expect-error a variable keeps its type
v.count.set("1");
// @ts-expect-error also through an expression
v.count.set(string("1"));
// @ts-expect-error numbers and texts are not compared
v.count.get().equals("1");
// @ts-expect-error a number has no beginning
v.count.get().startsWith("1");
// @ts-expect-error a number is no condition
v.count.get().and(true);
// @ts-expect-error both outcomes have one type
v.done.get().choose(int(1), string("1"));
// @ts-expect-error never declared
v.other.get();
// @ts-expect-error a long where an int is meant
v.count.set(csharp("long")`1L`);
