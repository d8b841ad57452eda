/**
 * Errors as OpenAI's clients understand them: `{"error": {"message", "type", "param", "code"}}`, one shape for both API styles.
 */
import { MAX_RETRY_AFTER_SECONDS } from "../stacks/catalog/failures.ts";
import {
  block,
  type Content,
  csharp,
  type Expression,
  jsonText,
  local,
  returnResponse,
  setHeader,
  string,
} from "./language/index.ts";

type Text = string | Expression<"string">;

export interface ApiError {
  status: number;
  type: "invalid_request_error" | "rate_limit_error" | "insufficient_quota" | "server_error";
  /** For programs; stays the same. */
  code: string;
  /** For people. Names stand in backticks, as in OpenAI's messages. May hold what the caller sent: it is escaped. */
  message: Text;
}

/** Every error that our documents answer with. `message` of those with a parameter is made where they are used. */
// biome-ignore format: a table
export const errors = {
  invalidKey:     { status: 401, type: "invalid_request_error", code: "invalid_api_key" },
  invalidToken:   { status: 401, type: "invalid_request_error", code: "invalid_token" },
  unknownUrl:     { status: 404, type: "invalid_request_error", code: "unknown_url" },
  unknownModel:   { status: 404, type: "invalid_request_error", code: "model_not_found" },
  malformedBody:  { status: 400, type: "invalid_request_error", code: "invalid_json" },
  malformedForm:  { status: 400, type: "invalid_request_error", code: "invalid_form" },
  missingModel:   { status: 400, type: "invalid_request_error", code: "missing_model",        message: "The body names no model: set `model` to the name of a deployment." },
  encodedBody:    { status: 415, type: "invalid_request_error", code: "unsupported_encoding", message: "The body has a Content-Encoding, which this gateway does not read: send it uncompressed." },
  tooManyHeaders: { status: 431, type: "invalid_request_error", code: "too_many_headers", message: "More than 51 headers or query parameters are not for the service: send those that the API documents." },
  bodyTooLarge:   { status: 413, type: "invalid_request_error", code: "body_too_large" },
  requestTooLarge:{ status: 400, type: "invalid_request_error", code: "request_too_large_for_quota" },
  aboveLimit:     { status: 400, type: "invalid_request_error", code: "request_too_large_for_consumer" },
  accountBound:   { status: 400, type: "invalid_request_error", code: "account_bound" },
  tokenLimit:     { status: 429, type: "rate_limit_error",      code: "consumer_token_limit" },
  quota:          { status: 403, type: "insufficient_quota",    code: "consumer_quota" },
  throttled:      { status: 429, type: "rate_limit_error",      code: "rate_limit_exceeded" },
  outage:         { status: 503, type: "server_error",          code: "service_unavailable" },
  timeout:        { status: 504, type: "server_error",          code: "timeout" },
  internal:       { status: 500, type: "server_error",          code: "internal_error" },
} as const satisfies Record<string, Omit<ApiError, "message"> & { message?: string }>;

/** The end of a message about a URL that is none. */
export const WHERE_CALLS_GO = ". Calls go to /openai/v1/..., most also to /openai/deployments/{deployment}/...";

/** Reason phrases of the statuses above (RFC 9110). */
// biome-ignore format: a table
const PHRASES: Record<number, string> = {
  400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 413: "Content Too Large", 415: "Unsupported Media Type", 429: "Too Many Requests",
  431: "Request Header Fields Too Large", 500: "Internal Server Error", 503: "Service Unavailable", 504: "Gateway Timeout",
};

/** Ends the request with the error; headers set before are gone. */
export function refuse(error: ApiError, headers: Headers = {}) {
  const { status, type, code, message } = error;
  const rest = `,"type":${JSON.stringify(type)},"param":null,"code":${JSON.stringify(code)}}}`;
  const body =
    typeof message === "string" ? `${START}${JSON.stringify(message)}${rest}` : string(START).plus(jsonText(message)).plus(rest);
  return answer(status, PHRASES[status] ?? "Error", body, headers);
}

/**
 * An error as one text, to be kept in a variable until it is known that nothing else applies: status, seconds to wait, type, code and
 * message, `404 0 invalid_request_error model_not_found The model `x` ...`.
 */
export function refusal(
  { status, type, code, message }: ApiError,
  wait: Expression<"string"> = string("0"),
): Expression<"string"> {
  const after = ` ${type} ${code} `;
  const end = typeof message === "string" ? string(after + message) : string(after).plus(message);
  return string(`${status} `).plus(wait).plus(end);
}

/** Ends the request with the error that a `refusal` describes; `waits` adds Retry-After, at most what the SDK honours. */
export function refuseAs(refused: Expression<"string">, { waits }: { waits: boolean }) {
  const part = (i: number) => csharp("int")`int.Parse(${refused}.Split(' ')[${i}])`;
  const body = block("string")`
    var part = ${refused}.Split(new char[] { ' ' }, 5);
    return ${string(START)
      .plus(jsonText(local("string", "part[4]")))
      .plus(',"type":"')
      .plus(local("string", "part[2]"))
      .plus('","param":null,"code":"')
      .plus(local("string", "part[3]"))
      .plus('"}}')};`;
  return answer(part(0), "Refused", body, waits ? { "Retry-After": part(1).smallerOf(MAX_RETRY_AFTER_SECONDS).toText() } : {});
}

const START = '{"error":{"message":';

type Headers = Readonly<Record<string, Text>>;

function answer(code: number | Expression<"int">, reason: string, body: Content, headers: Headers) {
  const all = Object.entries({ ...headers, "Content-Type": "application/json" });
  return returnResponse({ status: { code, reason }, headers: all.map(([name, value]) => setHeader({ name }, value)), body });
}
