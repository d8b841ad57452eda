/**
 * Texts and headers that break programs: quotes of five languages, code of six, characters that XML lacks, numbers at every edge. Written down
 * where a person thought of them, and drawn at random beside that.
 */
import fc from "fast-check";

const repeated = (text: string, times: number) => text.repeat(times);

/** Texts with a reason each. Those that no configuration file can hold are among them: programs can. */
// biome-ignore format: a list
const WRITTEN: readonly string[] = [
  // Empty, blank, long.
  "", " ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u200b", "\ufeff", repeated("x", 300), repeated("x", 5000), repeated("é", 260), repeated("🜁", 130), repeated(" ", 400),
  // XML.
  "&", "&amp;", "&quot;", "&lt;", "&nbsp;", "&#0;", "&#x1F;", "&#10;", "&undefined;", "&&", "<", ">", "</policies>", "<!--", "-->", "--", "<![CDATA[", "]]>", "<?xml?>", "<!DOCTYPE a>", "<base />",
  "\" />", "' />", "\"", "'", "\"'", "a\" b=\"c", "<inbound>", "&lt;script&gt;", "%26quot;", "\u0000", "\u0001", "\u0008", "\u000b", "\u000c", "\u001f", "\u007f", "\u0085", "\u2028", "\u2029", "\ufffe", "\uffff", "\ud800", "\udfff", "\udc00\ud800", "a\ud83d",
  // C#, and where policies begin it.
  "@", "@@", "@(", "@{", "@(1)", "@{ return 1; }", "@(context.Request.Headers)", "a@(b)", "\"+context.Subscription.Key+\"", "\");throw null;//", "\\", "\\\"", "\\\\\"", "\\u0022", "\\x22", "$\"{1}\"", "{0}", "{{0}}", "//", "/*", "*/", "#line 1", "#if", "'", "'a'", "\"\"", "@\"", "$@\"",
  // Named values, Liquid, templates, shells, YAML.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: hostile on purpose.
  "${a}", "${{ secrets.TOKEN }}",
  "{{", "}}", "{{secret}}", "{{weights-chat}}", "{{a}}", "{%", "%}", "{{ context }}", "`id`", "$(id)", "%PATH%", "!!js", "<<", "*a", "&a a", "null", "~", "true", "no", "0x1f", "1e3", "1_000", "0o7", ".inf", "-0", "2025-12-11",
  // Paths, URLs, hosts.
  "../..", "..\\..", "/", "//", "file:///etc/passwd", "http://evil.example", "https://evil.example/", "evil.example:443", "a@b", "a b", "a/b", "a?b", "a#b", "%2f", "%00", "%", "+", "C:\\", "\\\\evil", "[::1]", "127.0.0.1", "localhost", "xn--a", "ＡＢＣ", "ı", "İ", "ß", "ﬃ", "ﷺ",
  // Markdown, HTML, SQL, formats, regular expressions.
  "<img src=x onerror=alert(1)>", "[a](http://evil.example)", "![a](b)", "@everyone", "#1", "|", "```", "**a**", "' OR 1=1 --", "Robert'); DROP TABLE", "%s%n", "%x", "(a+)+$", "[", "(", "*", "?", "^$", ".*", "(?i)", "\\d", "a{1,9999}", "(?<a>", "$1", "$&",
  // Words of programs.
  "__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "undefined", "NaN", "Infinity", "[object Object]", "nil", "None", "con", "nul", "aux", ".", "..", "-", "--help", "-rf", "=cmd|'/C calc'!A0",
  // Writing.
  "مرحبا", "שלום", "日本語", "नमस्ते", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A", "👩‍👩‍👧‍👦", "\u202eabc", "a\u0301", "á", "Straße", "Ünïcödé", "ـ", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  // Numbers as text.
  "0", "-1", "1.5", "1e309", "9007199254740993", "9223372036854775808", "340282366920938463463374607431768211456", "0.1", "٣", "½", "1,000", "1 000",
];

const drawn = (count: number, seed: number) =>
  fc.sample(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.stringMatching(/^[@{}()"'&<>;\\/$%`|*?[\]#!-]{1,12}$/),
      fc.tuple(fc.constantFrom(...WRITTEN), fc.constantFrom(...WRITTEN)).map(([a, b]) => `${a}${b}`),
    ),
    { numRuns: count, seed },
  );

/** So many different texts, those that a person wrote down first. */
export function hostileTexts(count: number, seed: number): string[] {
  const texts = new Set(WRITTEN);
  for (let more = seed; texts.size < count; more++) for (const text of drawn(count, more)) texts.add(text);
  return [...texts].slice(0, count);
}

/** Headers that callers should not be able to do anything with, each alone a request. */
// biome-ignore format: a table
export const HOSTILE_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ["x-policy-id", "2"], ["aml-user-token", "t"], ["extra-parameters", "pass-through"], ["X-HTTP-Method-Override", "DELETE"], ["X-HTTP-Method", "PUT"], ["X-Method-Override", "PATCH"],
  ["X-Original-URL", "/openai/files"], ["X-Rewrite-URL", "/openai/files"], ["X-Forwarded-Host", "evil.example"], ["X-Forwarded-For", "10.0.0.1"], ["X-Forwarded-Proto", "http"], ["Forwarded", "for=10.0.0.1;host=evil.example"],
  ["Cookie", "ARRAffinity=a"], ["Range", "bytes=0-1"], ["If-None-Match", "*"], ["If-Modified-Since", "Fri, 31 Dec 9999 23:59:59 GMT"], ["Expect", "100-continue"], ["TE", "trailers"], ["Trailer", "X-A"],
  ["Upgrade", "websocket"], ["Connection", "close, api-key"], ["Proxy-Authorization", "Basic YTpi"], ["Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."], ["Authorization", "Basic Og=="], ["Authorization", ""],
  ["Ocp-Apim-Subscription-Key", "k"], ["Ocp-Apim-Trace", "true"], ["Apim-Debug-Authorization", "t"], ["x-ms-spillover-deployment", "other"], ["x-ms-region", "Nowhere"], ["apim-request-id", "a"], ["x-ms-client-request-id", "a b\tc"],
  ["Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"], ["Retry-After", "12.25"], ["Content-Length", "99999999999999999999"], ["Content-Encoding", "gzip"], ["Content-Type", "multipart/form-data"], ["Content-Type", "a;boundary=\"(\""],
  ["Accept-Encoding", "br;q=9"], ["x-sandbox-status", "500"], ["X-Azure-DebugInfo", "1"], ["X-Azure-FDID", "a"], ["traceparent", "00-x"], ["openai-organization", "org-1"], ["x-gateway-proof", "guess"], ["Ä", "ü"], ["x-long", "x".repeat(9000)],
];
