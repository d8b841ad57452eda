/** Contexts at random: requests as they should be, and as they should not be. */
import fc from "fast-check";
import { type ContextData, urlData, type VariableData, type VariableKind } from "./context.ts";

const one = <T>(...values: T[]) => fc.constantFrom(...values);

export const WORDS = ["deployment-id", "model", "a", "x"];
export const JSON_NAMES = ["model", "messages", "n", "stream", "error", "code", "input", "type", "a", "conversation", "data"];
export const NUMBER_TEXTS = [
  "0",
  "7",
  "-3",
  " 12 ",
  "+5",
  "007",
  "2147483647",
  "2147483648",
  "9223372036854775808",
  "99999999999999999999999",
  "1.5",
  "1e3",
  "1,000",
  "-",
  "0x1F",
];
export const DATE_TEXTS = [
  "2026-01-02T03:04:05Z",
  "2026-01-02T03:04:05.678+02:00",
  "2026-01-02",
  "Wed, 21 Oct 2026 07:28:00 GMT",
  "0001-01-01T00:00:00Z",
  "2026-13-45",
  "next week",
];
const SPAN_TEXTS = ["01:02:03", "1.02:03:04.5", "25:00"];
export const TEXTS = [
  "",
  " ",
  "a",
  "POST",
  "a,b,c",
  ",a,b,",
  "a b 5|c d 7",
  "chat-a aoai-dev-a 100,chat-b aoai-dev-b 50",
  "Rate-Limit",
  "x/",
  'say "hi" \\ \n\t',
  "é😀",
  "<b>&'",
  "True",
  "false",
  "aGVsbG8=",
  "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
  ...NUMBER_TEXTS,
  ...DATE_TEXTS,
  ...SPAN_TEXTS,
];
const MALFORMED = [
  "",
  " ",
  "<html>",
  "{",
  '{"a":}',
  '{"a":1',
  "[1,2",
  "{'a':1}",
  "nul",
  '{"a":1}x',
  '"a',
  "{a:1,}",
  "[1,]",
  "0x1F",
  "-",
  "1.2.3",
  '{"a":01}',
  "\u0000",
];

const CHAT = [
  '{"model":"chat","messages":[{"role":"user","content":"hello"}],"stream":true,"n":2}',
  '{"model":"chat","input":[{"type":"message"},{"type":"item_reference","id":"x"}],"store":false}',
  '{"model":"chat","previous_response_id":"resp_1","background":true,"conversation":null}',
  '{"model":5,"conversation":{"id":"c"},"background":"true"}',
  '{"error":{"code":"DeploymentNotFound","message":"none","type":"x"}}',
  '{"error":{"code":429}}',
  '{"error":"text"}',
  '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper\r\n--b--\r\n',
];
export const JSON_TEXTS = [
  ...CHAT,
  ...MALFORMED,
  "[1,2,3]",
  '["a",{"type":"x"},null]',
  "[[1],[2]]",
  "[]",
  "{}",
  '{"a":[{"n":1},{"n":2}]}',
];

const whole = one(0, 1, -1, 5, 10, 429, 1000, 2147483647, -2147483648);
const big = one(0n, 1n, -1n, 60n, 1750000000n, 1750000010000n, 1764000000000n, 9223372036854775807n, -9223372036854775808n);
const text = fc.oneof({ weight: 6, arbitrary: one(...TEXTS) }, { weight: 1, arbitrary: fc.string({ maxLength: 8 }) });

/** JSON text of any shape, as callers and accounts send it, and worse. */
const json = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small", withCrossShrink: true },
    { weight: 4, arbitrary: text.map((a) => JSON.stringify(a)) },
    {
      weight: 3,
      arbitrary: one(
        "0",
        "1",
        "-7",
        "2147483648",
        "1.0",
        "0.1",
        "1e3",
        "1E-7",
        "1e400",
        "9223372036854775807",
        "9223372036854775808",
        "123456789012345678901234567890",
      ),
    },
    { weight: 2, arbitrary: one("true", "false", "null") },
    { weight: 2, arbitrary: fc.array(tie("value") as fc.Arbitrary<string>, { maxLength: 3 }).map((items) => `[${items}]`) },
    {
      weight: 4,
      arbitrary: fc
        .array(fc.tuple(one(...JSON_NAMES), tie("value") as fc.Arbitrary<string>), { maxLength: 4 })
        .map((pairs) => `{${pairs.map(([name, value]) => `"${name}": ${value}`)}}`),
    },
  ),
})).value;
const object = fc
  .array(fc.tuple(one(...JSON_NAMES), json), { maxLength: 5 })
  .map((pairs) => `{${pairs.map(([name, value]) => `"${name}":${value}`).join(",")}}`);
const chat = one(...CHAT);
const body = fc.oneof(
  { weight: 8, arbitrary: object },
  { weight: 8, arbitrary: chat },
  { weight: 2, arbitrary: json },
  { weight: 2, arbitrary: one(...MALFORMED) },
  { weight: 1, arbitrary: text },
);

// What a header can hold.
const value = text.filter((a) => /^[ -~]*$/.test(a));
/** No `1.5`, `01:02` or `7,12`: .NET reads dates in them, of the year or day on which somebody asks. */
const timed = one(...TEXTS.filter((a) => /^[ -~]*$/.test(a) && !/^\d+[.:]\d/.test(a)));
const TIMED = ["Content-Length", "Retry-After", "retry-after-ms"];
const headers = fc
  .array(
    fc.oneof(
      fc.tuple(one("Content-Type"), one("application/json", "multipart/form-data; boundary=b", "text/plain")),
      fc.tuple(one(...TIMED), fc.oneof(timed, one("0", "1", "7", "60", "86400", "70000000", ...DATE_TEXTS.slice(0, 4)))),
      fc.tuple(one("X-Many", "x-many", "apim-request-id", "x-ms-region"), value),
    ) as fc.Arbitrary<[string, string]>,
    { maxLength: 5 },
  )
  .map((all) => all.filter(([name], i) => !TIMED.includes(name) || all.findIndex(([other]) => other === name) === i));

const url = one(
  "https://aoai-dev-eastus2-abc123.openai.azure.com/openai/deployments/chat/chat/completions?api-version=2024-10-21&x=1&x=2",
  "https://aoai-dev-swedencentral-abc123.openai.azure.com/openai/v1/responses",
  "https://aoai-deck-uksouth-abc123.openai.azure.com:8443/openai/v1/models",
  "http://gateway.example/openai/v1/files?a=%20b&model=",
  "https://gateway.example/openai/realtime",
  "https://gateway.example/",
);

const failure = fc
  .tuple(
    one("inbound", "backend", "outbound"),
    one(
      "BackendConnectionFailure",
      "Timeout",
      "OperationNotFound",
      "SubscriptionKeyNotFound",
      "SubscriptionKeyInvalid",
      "ExpressionValueEvaluationFailure",
    ),
  )
  .map(([section, reason]) => ({
    source: "forward-request",
    reason,
    message: "it failed",
    scope: "api",
    section,
    path: "retry[1]/forward-request[1]",
    policyId: null,
  }));

const mostly = <T>(arbitrary: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T | null> =>
  fc.oneof({ weight, arbitrary }, { weight: 1, arbitrary: fc.constant(null) });

const RANDOM: Record<Exclude<VariableKind, "null">, fc.Arbitrary<string>> = {
  bool: one("true", "false"),
  int: whole.map(String),
  long: big.map(String),
  double: one("0", "1.5", "-3"),
  string: text,
  JObject: object,
};
const KINDS = Object.keys(RANDOM) as (keyof typeof RANDOM)[];

/** As the code expects it, most of the time; else of another type, null, or not there. */
function variable(name: string, { type, values: known = [], exact }: Known): fc.Arbitrary<VariableData[]> {
  const of = (kind: keyof typeof RANDOM) => RANDOM[kind].map((value): VariableData[] => [{ name, type: kind, value }]);
  const right = type === "null" ? "string" : type;
  const given = known.map((value): VariableData[] => [{ name, type: right, value }]);
  return fc.oneof(
    ...(given.length > 0 ? [{ weight: 30, arbitrary: one(...given) }] : []),
    ...(exact ? [] : [{ weight: given.length > 0 ? 4 : 24, arbitrary: of(right) }]),
    { weight: 1, arbitrary: one(...KINDS.filter((kind) => !exact || kind !== right)).chain(of) },
    { weight: 1, arbitrary: one<VariableData[]>([{ name, type: "null", value: "" }], []) },
  );
}

/** A variable that code reads: its type there, and values that documents give it. */
export interface Known {
  type: VariableKind;
  values?: readonly string[];
  /** No other values of that type. */
  exact?: true;
}

/** Contexts whose variables are these. */
export function contexts(variables: Record<string, Known>): fc.Arbitrary<ContextData> {
  return fc.record({
    requestId: fc.uuid(),
    timestamp: one(0, 1_750_000_000_000),
    operation: one("deployment-chat", "v1-chat", "v1-responses", "models-list", "models-v1-get", "other-1").map((id) => ({
      id,
      name: id,
      method: "POST",
      urlTemplate: "/v1/{x}",
    })),
    subscription: mostly(
      one("chat-web", "nightly").map((id) => ({ id, name: id, key: "k1", primaryKey: "k1", secondaryKey: "k2" })),
      6,
    ),
    request: fc.record({
      method: one("POST", "GET", "DELETE"),
      url: url.map(urlData),
      originalUrl: url.map(urlData),
      headers,
      ipAddress: one("203.0.113.7"),
      matchedParameters: fc.uniqueArray(fc.tuple(one(...WORDS), value), { maxLength: 3, selector: ([name]) => name }),
      body,
    }),
    response: mostly(
      fc.record({
        statusCode: one(200, 400, 401, 403, 404, 408, 429, 500, 503),
        statusReason: one("", "OK"),
        headers,
        body,
      }),
      9,
    ),
    variables: fc.tuple(...Object.entries(variables).map(([name, known]) => variable(name, known))).map((found) => found.flat()),
    lastError: mostly(failure, 9),
  });
}
