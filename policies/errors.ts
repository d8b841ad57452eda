/**
 * Errors as OpenAI's clients understand them: `{"error": {"message", "type", "param", "code"}}`, one shape for both API styles.
 */
import { csharp, type Expression, int, jsonText, returnResponse, setHeader, string } from "./language/index.ts";

type Text = string | Expression<"string">;

export interface ApiError {
  status: number;
  type: "invalid_request_error" | "rate_limit_error" | "insufficient_quota" | "server_error";
  /** For programs; stays the same. */
  code: string;
  /** For people. May hold what the caller sent: it is escaped. */
  message: Text;
}

/** Every error that our documents answer with. `message` of those with a parameter is made where they are used. */
// biome-ignore format: a table
export const errors = {
  invalidKey:     { status: 401, type: "invalid_request_error", code: "invalid_api_key",      message: "Access denied: send the key of an active subscription in the header 'api-key'." },
  unknownUrl:     { status: 404, type: "invalid_request_error", code: "unknown_url" },
  unknownModel:   { status: 404, type: "invalid_request_error", code: "model_not_found" },
  malformedBody:  { status: 400, type: "invalid_request_error", code: "invalid_json",         message: "The body is not a JSON object, so the model it asks for cannot be read." },
  missingModel:   { status: 400, type: "invalid_request_error", code: "missing_model",        message: "The body names no model: set 'model' to the name of a deployment." },
  bodyTooLarge:   { status: 413, type: "invalid_request_error", code: "body_too_large" },
  accountBound:   { status: 400, type: "invalid_request_error", code: "account_bound" },
  tokenLimit:     { status: 429, type: "rate_limit_error",      code: "consumer_token_limit" },
  quota:          { status: 403, type: "insufficient_quota",    code: "consumer_quota",       message: "The quota of this key is used up." },
  throttled:      { status: 429, type: "rate_limit_error",      code: "rate_limit_exceeded" },
  outage:         { status: 503, type: "server_error",          code: "service_unavailable" },
  timeout:        { status: 504, type: "server_error",          code: "timeout" },
  internal:       { status: 500, type: "server_error",          code: "internal_error" },
} as const satisfies Record<string, Omit<ApiError, "message"> & { message?: string }>;

/** Reason phrases of the statuses above (RFC 9110). */
// biome-ignore format: a table
const PHRASES: Record<number, string> = {
  400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 413: "Content Too Large", 429: "Too Many Requests",
  500: "Internal Server Error", 503: "Service Unavailable", 504: "Gateway Timeout",
};

/** Ends the request with the error; headers set before are gone. */
export function refuse(error: ApiError, headers: Headers = {}) {
  const { status, message } = error;
  const body =
    typeof message === "string"
      ? `${START}${JSON.stringify(message)}${rest(error)}`
      : string(START).plus(jsonText(message)).plus(rest(error));
  return answer(status, PHRASES[status] ?? "Error", body, headers);
}

/** The same for one of two errors, by what is known when it happens. */
export function refuseEither(condition: Expression<"bool">, yes: ApiError, no: ApiError, headers: Headers = {}) {
  const either = (of: (error: ApiError) => Text) => condition.choose(text(of(yes)), text(of(no)));
  return answer(
    condition.choose(int(yes.status), no.status),
    either(({ status }) => PHRASES[status] ?? "Error"),
    string(START)
      .plus(jsonText(either(({ message }) => message)))
      .plus(either(rest)),
    headers,
  );
}

/** An error of the caller's as one text, to be kept in a variable: `404 model_not_found The model 'x' ...`. */
export function refusal({ status, code, message }: ApiError & { type: "invalid_request_error" }): Expression<"string"> {
  const start = `${status} ${code} `;
  return typeof message === "string" ? string(start + message) : string(start).plus(message);
}

/** Ends the request with the error that `refusal` described. */
export function refuseAs(refused: Expression<"string">) {
  const part = (i: number) => csharp("string")`${refused}.Split(new char[] { ' ' }, 3)[${i}]`;
  const tail = string(',"type":"invalid_request_error","param":null,"code":"').plus(part(1)).plus('"}}');
  return answer(
    csharp("int")`int.Parse(${part(0)})`,
    "Refused",
    string(START)
      .plus(jsonText(part(2)))
      .plus(tail),
    {},
  );
}

const START = '{"error":{"message":';

type Headers = Readonly<Record<string, Text>>;
const text = (value: Text) => (typeof value === "string" ? string(value) : value);
/** What follows the message. */
const rest = ({ type, code }: ApiError) => `,"type":${JSON.stringify(type)},"param":null,"code":${JSON.stringify(code)}}}`;

function answer(code: number | Expression<"int">, reason: Text, body: Text, headers: Headers) {
  const all = Object.entries({ ...headers, "Content-Type": "application/json" });
  return returnResponse({ status: { code, reason }, headers: all.map(([name, value]) => setHeader({ name }, value)), body });
}
