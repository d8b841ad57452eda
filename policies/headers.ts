/** What passes from callers to accounts and back, and what only the gateway says. */
import type { Plan } from "../stacks/plan.ts";
import { errors, refuse } from "./errors.ts";
// biome-ignore format: a list
import {
  choose, csharp, deleteHeader, type Element, type Expression, namedValue, retry, seconds, setHeader, setQueryParameter,
} from "./language/index.ts";
import { state } from "./state.ts";

/**
 * Of a caller's headers, what the account needs: what the body is, ids to find a call by, and the SDK's name (`User-Agent`). Every other one is removed, because
 * some steer the service (`x-policy-id` its content filter, `x-ms-spillover-deployment` the deployment, `X-HTTP-Method-Override` the operation), and nobody
 * knows them all. Accept-Encoding is not among them: the service has encodings that API Management cannot read, and then the code of an error
 * would be lost. Nor are the SDKs' `x-stainless-*`: they are up to ten, and the service refuses more than ten custom headers. Those in the second line
 * belong to the connection; no policy can remove them.
 * Source: Azure OpenAI REST reference; `x-ms-oai-image-generation-deployment` is how the image tool of Responses names its deployment.
 */
// biome-ignore format: a list
const FROM_CALLERS = [
  "accept", "content-type", "user-agent", "traceparent", "tracestate", "x-ms-client-request-id", "x-ms-oai-image-generation-deployment",
  "host", "connection", "content-length", "keep-alive", "transfer-encoding",
];

/** The key may come as one, and in another letter case it is not taken for the key: it would be in the accounts' logs. */
const QUERY = ["api-version"];

/**
 * Of an account's headers, what SDKs read: kinds of content, retries, limits, ids. What names its host (`Location`, `operation-location`), binds a client to it
 * (`Set-Cookie`) or is meant for its own front ends is not among them. Our own limits' headers are.
 */
// biome-ignore format: a list
const FROM_ACCOUNTS = [
  "content-type", "content-encoding", "cache-control", "date", "retry-after", "retry-after-ms", "x-should-retry", "x-request-id", "apim-request-id",
  "x-ms-client-request-id", "x-ms-region",
  "connection", "content-length", "keep-alive", "transfer-encoding", "server",
];
const FROM_ACCOUNTS_BY_START = ["x-ratelimit-", "openai-", "x-consumer-"];

type Text = Expression<"string">;
const listed = (names: readonly string[]) =>
  csharp("bool")`${` ${names.join(" ")} `}.Contains(" " + name.ToLowerInvariant() + " ")`;
const startsWith = (starts: readonly string[]) =>
  csharp("bool")`${starts}.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase))`;
/** Names that may not pass, each after a blank and escaped. */
const headersOfCaller = csharp(
  "string",
)`string.Concat(context.Request.Headers.Keys.Where(name => !${listed(FROM_CALLERS)}).Select(name => " " + Uri.EscapeDataString(name)))`;
const headersOfAccount = csharp(
  "string",
)`string.Concat(context.Response.Headers.Keys.Where(name => !${listed(FROM_ACCOUNTS).or(startsWith(FROM_ACCOUNTS_BY_START))}).Select(name => " " + Uri.EscapeDataString(name)))`;
/** From the text, as they were written: whether a dictionary tells letter cases apart is not documented. */
const parametersOfCaller = csharp(
  "string",
)`string.Concat(context.Request.OriginalUrl.QueryString.TrimStart('?').Split('&').Select(parameter => parameter.Split('=')[0]).Where(name => name != "" && !${listed(QUERY)}).Select(name => " " + name))`;
/** Where none is left, one that never passes. */
const first = (list: Text) => csharp("string")`Uri.UnescapeDataString((${list} + " api-key").Split(' ')[1].Replace('+', ' '))`;
const rest = (list: Text) => csharp("string")`string.Concat(${list}.Split(' ').Skip(2).Select(name => " " + name))`;

/** A retry runs its body once, and 50 times more. */
const MOST_REMOVED = 51;
const loop = { count: MOST_REMOVED - 1, interval: seconds(0), firstFastRetry: true };
const { extra, parameters } = state;

/** The key has policies of its own: it stays here also where the loop below would not do what it says. */
export const withoutKey: readonly Element<"inbound">[] = [
  ...["api-key", "Ocp-Apim-Subscription-Key"].map(deleteHeader),
  setQueryParameter({ name: "subscription-key", existsAction: "delete" }),
];

/** Only what is listed passes to an account. Policies have no loop over headers: a retry that calls nothing is one. */
export const passToAccount: readonly Element<"inbound">[] = [
  extra.set(headersOfCaller),
  parameters.set(parametersOfCaller),
  retry(
    { condition: extra.get().differs("").or(parameters.get().differs("")), ...loop },
    setHeader({ name: first(extra.get()), existsAction: "delete" }),
    setQueryParameter({ name: first(parameters.get()), existsAction: "delete" }),
    extra.set(rest(extra.get())),
    parameters.set(rest(parameters.get())),
  ),
  choose([{ when: extra.get().plus(parameters.get()).differs(""), do: [refuse(errors.tooManyHeaders)] }]),
];

/** Only what is listed passes to the caller. A loop in a loop: 2,601 headers, more than any server sends. */
export const passToCaller: readonly Element<"outbound">[] = [
  extra.set(headersOfAccount),
  retry(
    { condition: extra.get().differs(""), ...loop },
    retry(
      { condition: extra.get().differs(""), ...loop },
      setHeader({ name: first(extra.get()), existsAction: "delete" }),
      extra.set(rest(extra.get())),
    ),
  ),
];

/** Proof that a call comes from this gateway, where the entrance asks for one: for the entrance only, and never what a caller sent in its place. */
export function proof({ entrance, pools }: Plan): Element<"inbound">[] {
  if (!entrance || !("proof" in entrance)) return [];
  const direct = pools.find(({ members }) => members.some(({ via }) => via === "direct"));
  // Who the pool chooses is known only after the call.
  if (direct) throw new Error(`pool ${direct.id} leads through the entrance and past it: its calls cannot all carry the proof`);
  const { header: name, namedValue: value } = entrance.proof;
  const prove = setHeader({ name }, namedValue(value));
  return pools.some(({ streaming }) => streaming)
    ? [choose([{ when: state.straight.get(), do: [deleteHeader(name)] }], [prove])]
    : [prove];
}
