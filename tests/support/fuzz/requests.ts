/** Random requests, from what a client would send to what no client does, and random answers of accounts. */
import fc from "fast-check";
import { HOSTILE_HEADERS, hostileTexts } from "./hostile.ts";

const TEXTS = hostileTexts(300, 7);
const text = fc.constantFrom(...TEXTS);

const KINDS = [
  "chat/completions",
  "completions",
  "embeddings",
  "responses",
  "responses/input_tokens",
  "responses/compact",
  "images/generations",
  "images/edits",
  "audio/transcriptions",
  "audio/translations",
  "audio/speech",
] as const;

const number = fc.oneof(
  fc.constantFrom(0, -0, -1, 1, 16, 1.5, 59_000, 2_147_483_648, 1e15, Number.MAX_SAFE_INTEGER, 1e300, -1e300),
  fc.integer({ min: -10, max: 100_000 }),
);
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, "", [], {}, [[]], [null], { a: 1 }),
  number,
  text,
  fc.jsonValue({ maxDepth: 3 }),
);

const content = fc.oneof(
  fc.constantFrom("hello", "x".repeat(2000)),
  text,
  fc.constant([
    { type: "text", text: "hi" },
    { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
  ]),
);
const message = fc.record({
  role: fc.constantFrom("user", "system", "assistant", "tool", "developer"),
  content: fc.oneof(content, odd),
});
const item = fc.oneof(
  message,
  fc.record({
    type: fc.constantFrom("item_reference", "reasoning", "function_call_output", "compaction", "message"),
    id: text,
    output: content,
  }),
);

const rest = fc.dictionary(
  fc.constantFrom(
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "n",
    "best_of",
    "stream",
    "stream_format",
    "stream_options",
    "temperature",
    "tools",
    "tool_choice",
    "store",
    "background",
    "previous_response_id",
    "conversation",
    "prompt",
    "instructions",
    "user",
    "metadata",
    "logprobs",
    "seed",
    "response_format",
    "dimensions",
    "encoding_format",
    "input",
    "messages",
    "model",
    "__proto__",
    "constructor",
    "Model",
    "MODEL",
  ),
  odd,
  { maxKeys: 5 },
);

/** What a client means; `model` is set where the request is made. */
const jsonBody = fc
  .record({
    messages: fc.array(message, { maxLength: 3 }),
    input: fc.oneof(content, fc.array(item, { maxLength: 3 })),
    prompt: fc.oneof(content, fc.array(fc.nat(50_000), { maxLength: 5 })),
    rest,
  })
  .map(({ rest: more, ...body }) => ({ ...body, ...more }) as Record<string, unknown>);

/** JSON as other readers might take it and ours might not. */
const RAW_JSON = [
  "",
  " ",
  "null",
  "[]",
  "1",
  '"a"',
  "{",
  "{}",
  "}",
  "[[",
  '{"model":',
  '{"model":"chat"',
  "{'model':'chat'}",
  '{model:"chat"}',
  '{"model":"chat",}',
  '{"model":"chat"} trailing',
  '{"model":"chat"}{"model":"other"}',
  '{"model":"other","model":"chat"}',
  '/* a */{"model":"chat"}',
  '{"model":/* a */"chat"}',
  '\ufeff{"model":"chat","messages":[]}',
  '{"model":"ch\\u0061t","messages":[]}',
  '{"model":NaN}',
  '{"model":"chat","n":1e999}',
  '{"model":"chat","n":-1e999}',
  '{"model":"chat","max_tokens":99999999999999999999999}',
  '{"model":["chat"]}',
  '{"model":{"a":"chat"}}',
  '{"model":null}',
  '{"model":""}',
  '{"model":"chat\u0000"}',
  `{"model":"chat","messages":${"[".repeat(2000)}${"]".repeat(2000)}}`,
  `${'{"a":'.repeat(500)}1${"}".repeat(500)}`,
  '{"model":"chat","max_tokens":"12"}',
  '{"model":"chat","stream":"true"}',
  '{"model":"chat","input":[[[1,2],[3]]]}',
  '{"model":new Date(1)}',
  '{"model":undefined}',
  '{"model":"chat","max_tokens":0x1F}',
];

const BOUNDARIES = [
  "b",
  "----WebKitFormBoundary7MA4YWxk",
  "(a+)+$",
  "b'()+_,-./:=?",
  "x".repeat(70),
  "x".repeat(200),
  "",
  " ",
  "--",
  "b b",
  "ü",
];
const field = fc.record({
  name: fc.oneof(fc.constantFrom("model", "file", "prompt", "stream", "Model", " model", 'name="model"'), text),
  quoted: fc.boolean(),
  key: fc.constantFrom("name", "Name", "NAME", "name*", "filename"),
  header: fc.constantFrom("Content-Disposition", "content-disposition", "Content-Type", "X"),
  value: fc.oneof(fc.constantFrom("chat", "other", "", 'name="model"\r\n\r\nchat', "; name=model\r\n".repeat(50)), text),
  end: fc.constantFrom("\r\n", "\n", ""),
});
const form = fc
  .record({
    boundary: fc.constantFrom(...BOUNDARIES),
    said: fc.constantFrom("same", "same", "same", "quoted", "other", "none", "twice"),
    upper: fc.boolean(),
    fields: fc.array(field, { maxLength: 4 }),
    closed: fc.boolean(),
  })
  .map(({ boundary, said, upper, fields, closed }) => {
    const parts = fields.map(
      ({ name, quoted, key, header, value, end }) =>
        `--${boundary}\r\n${header}: form-data; ${key}=${quoted ? `"${name}"` : name}\r\n\r\n${value}${end}`,
    );
    const parameter = {
      same: `; boundary=${boundary}`,
      quoted: `; boundary="${boundary}"`,
      other: "; boundary=other",
      none: "",
      twice: `; boundary=a; boundary=${boundary}`,
    }[said];
    const type = upper ? "Multipart/Form-Data" : "multipart/form-data";
    return {
      type: `${type}${parameter.replaceAll(/[^\t\x20-\x7e]/g, "?")}`,
      body: Buffer.from(`${parts.join("")}${closed ? `--${boundary}--\r\n` : ""}`),
    };
  });

const body = fc.oneof(
  { weight: 6, arbitrary: jsonBody.map((value) => ({ type: "application/json", value })) },
  { weight: 2, arbitrary: fc.constantFrom(...RAW_JSON).map((raw) => ({ type: "application/json", body: Buffer.from(raw) })) },
  { weight: 2, arbitrary: form },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => ({ type: "application/json", body: Buffer.from(bytes) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          "text/plain",
          "application/json; charset=utf-16",
          "application/x-www-form-urlencoded",
          "",
          "multipart/mixed; boundary=b",
          ",",
          "application/json;;",
        ),
        fc.constantFrom(...RAW_JSON),
      )
      .map(([type, raw]) => ({ type, body: Buffer.from(raw) })),
  },
) as fc.Arbitrary<{ type: string; body?: Buffer; value?: Record<string, unknown> }>;

export interface RandomRequest {
  method: string;
  /** Path and query below the gateway's host. `{deployment}` stands for a model of the stack. */
  path: string;
  headers: [name: string, value: string][];
  body: Buffer;
  /** Which of the stack's models and consumers: a number, to be taken modulo. */
  model: number;
  consumer: number;
  key: "right" | "wrong" | "none" | "query";
}

const path = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(...KINDS).map((kind) => `/openai/deployments/{deployment}/${kind}?api-version=2024-10-21`),
  },
  { weight: 5, arbitrary: fc.constantFrom(...KINDS).map((kind) => `/openai/v1/${kind}`) },
  { weight: 1, arbitrary: fc.constantFrom(...KINDS).map((kind) => `/openai/${kind}?api-version=preview`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "/openai/models",
      "/openai/v1/models",
      "/openai/v1/models/{deployment}",
      "/openai/models/a%2Fb",
      "/openai/files",
      "/openai/v1/responses/resp_1",
      "/openai/v1/responses/resp_1/cancel",
      "/openai/threads/a/runs",
      "/openai",
      "/openai/",
      "/",
      "",
      "/openai//deployments/{deployment}/chat/completions",
      "/OpenAI/Deployments/{deployment}/chat/completions",
      "/openai/deployments/{deployment}/chat/completions/",
      "/openai/deployments/{deployment}/extensions/chat/completions",
      "/openai/deployments/%2e%2e/chat/completions",
      "/openai/v1/chat/completions?a=1&a=2&subscription-key=x",
      "/openai/v1/chat/completions?Subscription-Key=x",
      "/openai/v1/chat/completions?api-version=",
      "/openai/v1/%00",
      "/openai/realtime",
      "/status-0123456789abcdef",
      "/openai/v1/chat/completions?%zz=%",
      "/.well-known/a",
    ),
  },
  { weight: 1, arbitrary: text.map((part) => `/openai/deployments/${encodeURIComponent(part.toWellFormed())}/chat/completions`) },
  {
    weight: 1,
    arbitrary: text.map(
      (part) => `/openai/v1/models/${encodeURIComponent(part.toWellFormed())}?q=${encodeURIComponent(part.toWellFormed())}`,
    ),
  },
);

const NAMES = ["chat", "nothing"];

/** As the HTTP server would hand them over: it refuses control characters and sets the length by itself. */
const sendable = (value: string) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

export const randomRequest: fc.Arbitrary<RandomRequest> = fc
  .record({
    method: fc.oneof(
      { weight: 12, arbitrary: fc.constant("POST") },
      { weight: 2, arbitrary: fc.constantFrom("GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND") },
    ),
    path,
    body,
    named: fc.oneof(
      { weight: 8, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>(...NAMES, null, 1, "", [], {}) },
      { weight: 1, arbitrary: odd },
    ),
    headers: fc.array(fc.constantFrom(...HOSTILE_HEADERS), { maxLength: 3 }),
    many: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 80 }) }),
    length: fc.oneof(
      { weight: 20, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom("", "0", "1", "3000000", "600000000", "-1", "a", "1, 1") },
    ),
    model: fc.nat(50),
    consumer: fc.nat(50),
    key: fc.oneof(
      { weight: 15, arbitrary: fc.constant("right" as const) },
      { weight: 2, arbitrary: fc.constantFrom("wrong" as const, "none" as const, "query" as const) },
    ),
  })
  .map(({ method, path: where, body: { type, body: bytes, value }, named, headers, many, length, model, consumer, key }) => {
    const whole = bytes ?? Buffer.from(JSON.stringify({ model: named === undefined ? "{deployment}" : named, ...value }));
    const own: [string, string][] = [
      ...(type && !headers.some(([name]) => name === "Content-Type") ? [["Content-Type", type] as [string, string]] : []),
      ...headers.filter(([, one]) => sendable(one)).map(([name, one]): [string, string] => [name, one]),
      ...Array.from({ length: many }, (_, i): [string, string] => [`x-own-${i}`, String(i)]),
    ];
    const said = length ?? (whole.length > 0 ? String(whole.length) : "");
    if (said && !own.some(([name]) => name === "Content-Length")) own.push(["Content-Length", said]);
    return { method, path: where, headers: own, body: whole, model, consumer, key };
  });

/** What an account answers, or how the connection to it fails. */
export interface RandomAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  broken?: "refused" | "reset" | "dns";
}

const WAITS = [
  "",
  "0",
  "1",
  "10",
  "60",
  "86400",
  "-1",
  "1.5",
  "12.25",
  "1e3",
  "99999999999999999999",
  "Fri, 31 Dec 9999 23:59:59 GMT",
  "Fri, 31 Dec 1999 23:59:59 GMT",
  "Tue, 24 Nov 2026 09:00:10 GMT",
  "Tuesday, 24-Nov-26 09:00:10 GMT",
  "2026-11-24T09:00:10Z",
  "11/24/2026",
  "tomorrow",
  "10, 20",
  " 10 ",
  "+10",
  "０",
  "0x10",
  "NaN",
  "Infinity",
];
/** Of an account behind a gateway, and nobody else's to know. */
const INNER = {
  "Set-Cookie": "a=b; Path=/",
  Location: "https://aoai-x.openai.azure.com/openai/operations/1",
  "operation-location": "https://aoai-x.openai.azure.com/openai/operations/1",
  "x-ms-inner": "aoai-x.openai.azure.com",
};
const error = (code: unknown, message: unknown) => JSON.stringify({ error: { code, message, type: "t", param: null } });
const ANSWERS = [
  "",
  "{}",
  "null",
  "[]",
  "not json",
  "<html></html>",
  '{"error":null}',
  '{"error":"text"}',
  '{"error":[]}',
  '{"error":{"code":null}}',
  '{"error":{"code":{}}}',
  '{"error":{"code":5}}',
  error("content_filter", "m"),
  error("DeploymentNotFound", "m"),
  error("429", "m"),
  error("model_error", "m"),
  error("PermissionDenied", "m"),
  '{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}',
  'data: {"choices":[]}\n\ndata: [DONE]\n\n',
  '{"usage":"x"}',
  '{"usage":{"total_tokens":1e400}}',
];
export const randomAnswer: fc.Arbitrary<RandomAnswer> = fc
  .record({
    status: fc.oneof(
      { weight: 5, arbitrary: fc.constant(200) },
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          201,
          204,
          301,
          400,
          401,
          403,
          404,
          408,
          409,
          413,
          422,
          429,
          429,
          429,
          431,
          499,
          500,
          501,
          502,
          503,
          504,
          529,
          599,
        ),
      },
    ),
    after: fc.oneof(fc.constant(undefined), fc.constantFrom(...WAITS)),
    afterMs: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...WAITS) }),
    marked: fc.boolean(),
    inner: fc.boolean(),
    type: fc.constantFrom("application/json", "text/event-stream", "text/html", ""),
    answer: fc.constantFrom(...ANSWERS),
    broken: fc.oneof(
      { weight: 12, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom("refused" as const, "reset" as const, "dns" as const) },
    ),
  })
  .map(({ status, after, afterMs, marked, inner, type, answer, broken }) => ({
    status,
    headers: {
      ...(inner && INNER),
      ...(marked && { "apim-request-id": "00000000-0000-4000-8000-0000000000aa", "x-ms-region": "Somewhere" }),
      ...(type && { "Content-Type": type }),
      ...(after !== undefined && { "Retry-After": after }),
      ...(afterMs !== undefined && { "retry-after-ms": afterMs }),
    },
    body: answer,
    broken,
  }));
