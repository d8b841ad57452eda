/** The `context` of policy expressions, as far as our documents use it. Nothing here is culture-dependent. */
import { call, csharp, type Expression, literal, primary, type Value } from "./expression.ts";

type Text = Expression<"string">;

export const request = {
  method: primary("string", "context.Request.Method"),
  /** After a forward: the host that was called. */
  host: primary("string", "context.Request.Url.Host"),
  /** After a forward: the path that was called, with its leading slash. */
  path: primary("string", "context.Request.Url.Path"),
  /** Of the URL as the caller sent it, with the API's own path: `/openai/v1/models`. */
  originalPath: primary("string", "context.Request.OriginalUrl.Path"),
  /** Values of a repeated header are joined with a comma. */
  header: (name: string, otherwise = ""): Text =>
    call("string", "context.Request.Headers.GetValueOrDefault", literal("string", name), literal("string", otherwise)),
  /** A parameter of the operation's URL template. */
  parameter: (name: string, otherwise = ""): Text =>
    call("string", "context.Request.MatchedParameters.GetValueOrDefault", literal("string", name), literal("string", otherwise)),
  /** As JSON; what is read stays there for the next reader. Throws when it is no JSON object. */
  json: primary("JObject", "context.Request.Body.As<JObject>(preserveContent: true)"),
  text: primary("string", "context.Request.Body.As<string>(preserveContent: true)"),
};

export const response = {
  /** Only where an answer is sure to be there. */
  status: primary("int", "context.Response.StatusCode"),
  /** In on-error, where the gateway may have set none. */
  statusOr: (otherwise: number): Expression<"int"> =>
    csharp("int")`context.Response == null ? ${otherwise} : context.Response.StatusCode`,
  header: (name: string, otherwise = ""): Text =>
    call("string", "context.Response.Headers.GetValueOrDefault", literal("string", name), literal("string", otherwise)),
  /** As JSON; what is read stays there for the caller. Throws when it is no JSON object. */
  json: primary("JObject", "context.Response.Body.As<JObject>(preserveContent: true)"),
};

export const operation = { id: primary("string", "context.Operation.Id") };
export const subscription = { id: primary("string", "context.Subscription.Id") };
/** Unique to this request; support can find its trace by it. */
export const requestId = primary("string", "context.RequestId.ToString()");

/** Only in on-error. */
export const lastError = {
  section: primary("string", "context.LastError.Section"),
  reason: primary("string", "context.LastError.Reason"),
};

/** Milliseconds since 1970. */
export const now = primary("long", "DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()");

/** The text as JSON: in quotes, with escapes. */
export const jsonText = (text: Value<"string">): Text => call("string", "JsonConvert.SerializeObject", literal("string", text));
