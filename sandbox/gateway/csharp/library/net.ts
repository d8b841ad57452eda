/**
 * Text on the wire: Uri, WebUtility, Encoding, regular expressions, hashes.
 */
import { createHash, createHmac } from "node:crypto";
import { declare, declareEnum, type Implementation } from "../members.ts";
import { STRING } from "../types.ts";
import { argument, argumentNull, array, type CsEnum, CsException, outOfRange, tick } from "../values.ts";

const needed = <T>(value: T | null, name: string): T => {
  if (value === null) throw argumentNull(name);
  return value;
};

class CsUri {
  readonly csType = "Uri";
  readonly original: string;
  readonly url: URL;
  constructor(source: string | null) {
    this.original = needed(source, "uriString");
    const found = URL.parse(this.original);
    if (!found) throw new CsException("UriFormatException", "Invalid URI: The format of the URI could not be determined.");
    this.url = found;
  }
  asText() {
    return this.url.href;
  }
}
const lenient = (source: string) => {
  try {
    return decodeURIComponent(source);
  } catch {
    return source.replace(/(%[0-9a-fA-F]{2})+/g, (run) => {
      try {
        return decodeURIComponent(run);
      } catch {
        return run;
      }
    });
  }
};
const hex = (c: string) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;
const escapeData = (source: string) => encodeURIComponent(source.toWellFormed()).replace(/[!'()*]/g, hex);
declare("System", "class", "Uri", {
  "new(string uriString)": (source: string | null) => new CsUri(source),
  "static string EscapeDataString(string stringToEscape)": (s: string | null) => escapeData(needed(s, "stringToEscape")),
  "static string UnescapeDataString(string stringToUnescape)": (s: string | null) => lenient(needed(s, "stringToUnescape")),
  "static string EscapeUriString(string stringToEscape)": (s: string | null) =>
    encodeURI(needed(s, "stringToEscape").toWellFormed()),
  "string Scheme": (u: CsUri) => u.url.protocol.slice(0, -1),
  "string Host": (u: CsUri) => u.url.hostname,
  "string Authority": (u: CsUri) => u.url.host,
  "int Port": (u: CsUri) => Number(u.url.port) || (u.url.protocol === "http:" ? 80 : u.url.protocol === "https:" ? 443 : -1),
  "string AbsolutePath": (u: CsUri) => u.url.pathname,
  "string LocalPath": (u: CsUri) => lenient(u.url.pathname),
  "string AbsoluteUri": (u: CsUri) => u.url.href,
  "string Query": (u: CsUri) => u.url.search,
  "string Fragment": (u: CsUri) => u.url.hash,
  "string PathAndQuery": (u: CsUri) => u.url.pathname + u.url.search,
  "string OriginalString": (u: CsUri) => u.original,
  "string[] Segments": (u: CsUri) => array(u.url.pathname.match(/[^/]*\/|[^/]+$/g) ?? [], STRING),
});

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
declare("System.Net", "static", "WebUtility", {
  "static string UrlEncode(string value)": (s: string | null) =>
    s === null ? null : encodeURIComponent(s.toWellFormed()).replace(/['~]/g, hex).replaceAll("%20", "+"),
  "static string UrlDecode(string encodedValue)": (s: string | null) => (s === null ? null : lenient(s.replaceAll("+", " "))),
  "static string HtmlEncode(string value)": (s: string | null) =>
    s === null
      ? null
      : s.replace(
          /[&<>"'\u00a0-\u00ff]|[\ud800-\udbff][\udc00-\udfff]/g,
          (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? `&#${c.codePointAt(0)};`,
        ),
  "static string HtmlDecode(string value)": (s: string | null) =>
    s === null
      ? null
      : s.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal, hexadecimal, name) => {
          if (name) return ENTITIES[name] ?? all;
          return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hexadecimal, 16));
        }),
});

class CsEncoding {
  readonly csType = "Encoding";
  readonly name: BufferEncoding;
  constructor(name: BufferEncoding) {
    this.name = name;
  }
  decode(bytes: Uint8Array): string {
    if (this.name === "ascii") return Array.from(bytes, (b) => (b < 128 ? String.fromCharCode(b) : "?")).join("");
    return this.name === "utf8"
      ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
      : Buffer.from(bytes).toString(this.name);
  }
  encode(source: string): Uint8Array {
    const bytes = Buffer.from(this.name === "ascii" ? source.replace(/[^\0-\x7f]/g, "?") : source, this.name);
    return new Uint8Array(bytes);
  }
}
const encodings = { utf8: new CsEncoding("utf8"), ascii: new CsEncoding("ascii"), unicode: new CsEncoding("utf16le") };
declare("System.Text", "class", "Encoding", {
  "static Encoding UTF8": () => encodings.utf8,
  "static Encoding ASCII": () => encodings.ascii,
  "static Encoding Unicode": () => encodings.unicode,
  "byte[] GetBytes(string s)": (e: CsEncoding, s: string | null) => e.encode(needed(s, "s")),
  "string GetString(byte[] bytes)": (e: CsEncoding, bytes: Uint8Array | null) => e.decode(needed(bytes, "bytes")),
  "string GetString(byte[] bytes, int index, int count)": (e: CsEncoding, bytes: Uint8Array, index: number, count: number) => {
    if (index < 0 || count < 0 || index + count > bytes.length)
      throw outOfRange("bytes", "Index and count must refer to a location within the buffer.");
    return e.decode(bytes.subarray(index, index + count));
  },
  "int GetByteCount(string s)": (e: CsEncoding, s: string | null) => e.encode(needed(s, "s")).length,
});

declare("System", "static", "BitConverter", {
  "static string ToString(byte[] value)": (bytes: Uint8Array | null) =>
    Array.from(needed(bytes, "value"), (b) => b.toString(16).toUpperCase().padStart(2, "0")).join("-"),
  "static int ToInt32(byte[] value, int startIndex)": (bytes: Uint8Array, at: number) => {
    if (at < 0 || at >= bytes.length)
      throw outOfRange("startIndex", "Index was out of range. Must be non-negative and less than the size of the collection.");
    if (at + 4 > bytes.length)
      throw argument(
        "Destination array is not long enough to copy all the items in the collection. Check array index and length.",
      );
    return Buffer.from(bytes).readInt32LE(at);
  },
  "static long ToInt64(byte[] value, int startIndex)": (bytes: Uint8Array, at: number) => {
    if (at < 0 || at + 8 > bytes.length)
      throw argument(
        "Destination array is not long enough to copy all the items in the collection. Check array index and length.",
      );
    return Buffer.from(bytes).readBigInt64LE(at);
  },
  "static byte[] GetBytes(int value)": (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return new Uint8Array(bytes);
  },
});

/** `ComputeHash` of an algorithm, keyed or not. */
class CsHash {
  readonly csType: string;
  readonly run: (data: Uint8Array) => Uint8Array;
  constructor(csType: string, run: (data: Uint8Array) => Uint8Array) {
    this.csType = csType;
    this.run = run;
  }
}
const CRYPTO = "System.Security.Cryptography";
declare(CRYPTO, "class", "HashAlgorithm : IDisposable", {
  "byte[] ComputeHash(byte[] buffer)": (hash: CsHash, data: Uint8Array | null) => hash.run(needed(data, "buffer")),
});
for (const name of ["MD5", "SHA1", "SHA256", "SHA384", "SHA512"]) {
  const plain = () => new CsHash(name, (data) => new Uint8Array(createHash(name).update(data).digest()));
  declare(CRYPTO, "class", `${name} : HashAlgorithm`, { [`static ${name} Create()`]: plain });
  if (name !== "MD5") declare(CRYPTO, "class", `${name}Managed : ${name}`, { "new()": plain });
  const keyed = (key: Uint8Array | null) => {
    const secret = needed(key, "key");
    return new CsHash(`HMAC${name}`, (data) => new Uint8Array(createHmac(name, secret).update(data).digest()));
  };
  declare(CRYPTO, "class", `HMAC${name} : HashAlgorithm`, { "new(byte[] key)": keyed });
}

// ---- Regular expressions ----

declareEnum("System.Text.RegularExpressions", "RegexOptions", {
  None: 0,
  IgnoreCase: 1,
  Multiline: 2,
  ExplicitCapture: 4,
  Compiled: 8,
  Singleline: 16,
  IgnorePatternWhitespace: 32,
  RightToLeft: 64,
  ECMAScript: 256,
  CultureInvariant: 512,
});

/** A .NET pattern as JavaScript's: the same for what policies use; what differs is translated or refused. */
class CsRegex {
  readonly csType = "Regex";
  readonly pattern: string;
  readonly js: RegExp;
  /** .NET numbers named groups after the unnamed: its number -> JavaScript's. */
  readonly order: number[];
  readonly names: ReadonlyMap<string, number>;
  constructor(pattern: string | null, options?: CsEnum) {
    this.pattern = needed(pattern, "pattern");
    let flags = options?.value ?? 0;
    if (flags & (4 | 32 | 64))
      throw new CsException("NotSupportedException", "This RegexOptions value is not supported by the local gateway.");
    let source = this.pattern.replace(/^\(\?([ims]+)\)/, (_, inline: string) => {
      for (const flag of inline) flags |= { i: 1, m: 2, s: 16 }[flag] ?? 0;
      return "";
    });
    if (/\(\?>|\(\?\(|\\G|\(\?<\w*-/.test(source))
      throw new CsException("NotSupportedException", `This pattern is not supported by the local gateway: ${pattern}`);
    source = source.replace(/\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\(\?'(\w+)'|\$|\(\?#[^)]*\)/g, (token, quoted?: string) => {
      if (quoted) return `(?<${quoted}>`;
      if (token === "$") return flags & 2 ? "(?=\\n|(?![\\s\\S]))" : "(?=\\n?(?![\\s\\S]))";
      if (token === "\\A") return "(?<![\\s\\S])";
      if (token === "\\z") return "(?![\\s\\S])";
      if (token === "\\Z") return "(?=\\n?(?![\\s\\S]))";
      if (token === "\\a") return "\\x07";
      if (token === "\\e") return "\\x1b";
      return token.startsWith("(?#") ? "" : token;
    });
    const unicode = /\\p\{/i.test(source);
    try {
      this.js = new RegExp(
        source,
        `dg${flags & 1 ? "i" : ""}${flags & 2 ? "m" : ""}${flags & 16 ? "s" : ""}${unicode ? "u" : ""}`,
      );
    } catch (error) {
      throw argument(`parsing "${this.pattern}" - ${(error as Error).message}`);
    }
    const groups = [...source.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]/g, "").matchAll(/\((?!\?)|\(\?<(\w+)>/g)].map(
      (found) => found[1],
    );
    const unnamed = groups.flatMap((name, i) => (name === undefined ? [i + 1] : []));
    const named = groups.flatMap((name, i) => (name === undefined ? [] : [i + 1]));
    this.order = [0, ...unnamed, ...named];
    this.names = new Map(named.map((i, at) => [groups[i - 1] ?? "", unnamed.length + 1 + at]));
  }
  asText() {
    return this.pattern;
  }
  match(input: string, from = 0): CsMatch {
    this.js.lastIndex = from;
    const found = this.js.exec(input);
    return found ? new CsMatch(this, found) : CsMatch.none;
  }
  *all(input: string) {
    // matchAll goes on from where the last match ended.
    this.js.lastIndex = 0;
    for (const found of input.matchAll(this.js)) {
      tick();
      yield new CsMatch(this, found);
    }
  }
}

class CsCapture {
  readonly csType: string = "Capture";
  readonly success: boolean;
  readonly value: string;
  readonly index: number;
  constructor(success: boolean, value: string, index: number) {
    this.success = success;
    this.value = value;
    this.index = index;
  }
  asText() {
    return this.value;
  }
}
class CsGroupCapture extends CsCapture {
  override readonly csType: string = "Group";
}
class CsMatch extends CsGroupCapture {
  static readonly none = new CsMatch(undefined, undefined);
  override readonly csType = "Match";
  readonly regex: CsRegex | undefined;
  readonly found: RegExpExecArray | undefined;
  constructor(regex: CsRegex | undefined, found: RegExpExecArray | undefined) {
    super(found !== undefined, found?.[0] ?? "", found?.index ?? 0);
    this.regex = regex;
    this.found = found;
  }
  group(key: number | string | null): CsGroupCapture {
    const { regex, found } = this;
    if (!regex || !found) return key === 0 ? this : new CsGroupCapture(false, "", 0);
    const number = typeof key === "string" ? (regex.names.get(key) ?? (/^\d+$/.test(key) ? Number(key) : -1)) : (key ?? -1);
    if (number === 0) return this;
    const at = regex.order[number] ?? -1;
    const text = found[at];
    return text === undefined
      ? new CsGroupCapture(false, "", 0)
      : new CsGroupCapture(true, text, found.indices?.[at]?.[0] ?? found.index);
  }
  groups(): CsGroupCapture[] {
    return this.regex ? this.regex.order.map((_, i) => this.group(i)) : [this];
  }
  /** `$1`, `${name}`, `$&`, `$$` in a replacement. */
  expand(replacement: string): string {
    return replacement.replace(/\$(?:(\d+)|\{(\w+)\}|([$&`'_]))/g, (all, number, name, sign) => {
      const before = this.found?.input.slice(0, this.index) ?? "";
      const after = this.found?.input.slice(this.index + this.value.length) ?? "";
      if (sign) return { $: "$", "&": this.value, "`": before, "'": after, _: this.found?.input ?? "" }[sign as string] ?? all;
      const key = name ?? number;
      const at = /^\d+$/.test(key) ? Number(key) : this.regex?.names.get(key);
      return at === undefined || at >= (this.regex?.order.length ?? 0) ? all : this.group(at).value;
    });
  }
}
class Collection {
  readonly csType: string;
  readonly items: readonly CsCapture[];
  readonly match: CsMatch | undefined;
  constructor(csType: string, items: readonly CsCapture[], match?: CsMatch) {
    this.csType = csType;
    this.items = items;
    this.match = match;
  }
}

const REGEX = "System.Text.RegularExpressions";
const collection = (element: string): Record<string, Implementation> => ({
  "int Count": (self: Collection) => self.items.length,
  [`${element} this[int i]`]: (self: Collection, i: number) => {
    if (self.match) return self.match.group(i);
    if (i < 0 || i >= self.items.length) throw outOfRange("i");
    return self.items[i];
  },
});
declare(REGEX, "class", "Capture", {
  "string Value": (c: CsCapture) => c.value,
  "int Index": (c: CsCapture) => c.index,
  "int Length": (c: CsCapture) => c.value.length,
});
declare(REGEX, "class", "Group : Capture", {
  "bool Success": (c: CsCapture) => c.success,
  "CaptureCollection Captures": (c: CsCapture) => new Collection("CaptureCollection", c.success ? [c] : []),
});
declare(REGEX, "class", "Match : Group", {
  "static Match Empty": () => CsMatch.none,
  "GroupCollection Groups": (m: CsMatch) => new Collection("GroupCollection", m.groups(), m),
  "string Result(string replacement)": (m: CsMatch, replacement: string) => m.expand(replacement),
});
declare(REGEX, "class", "CaptureCollection : IEnumerable", collection("Capture"));
declare(REGEX, "class", "MatchCollection : IEnumerable", collection("Match"));
declare(REGEX, "class", "GroupCollection : IEnumerable", {
  ...collection("Group"),
  "Group this[string groupname]": (self: Collection, name: string) => self.match?.group(name) ?? new CsGroupCapture(false, "", 0),
});
declare(REGEX, "delegate", "MatchEvaluator", {});

const made = new Map<string, CsRegex>();
function regex(pattern: string | null, options?: CsEnum): CsRegex {
  const id = `${options?.value ?? 0}:${pattern}`;
  let found = made.get(id);
  if (!found) {
    if (made.size > 500) made.clear();
    found = new CsRegex(pattern, options);
    made.set(id, found);
  }
  return found;
}
const replace = (r: CsRegex, input: string | null, by: string | Implementation, count = -1): string => {
  const source = needed(input, "input");
  needed(by, "replacement");
  let out = "";
  let at = 0;
  let n = 0;
  for (const match of r.all(source)) {
    if (count >= 0 && n++ >= count) break;
    out += source.slice(at, match.index) + (typeof by === "string" ? match.expand(by) : (by(match) ?? ""));
    at = match.index + match.value.length;
  }
  return out + source.slice(at);
};
function splitBy(r: CsRegex, input: string | null): string[] {
  const source = needed(input, "input");
  const parts: string[] = [];
  let at = 0;
  for (const match of r.all(source)) {
    parts.push(source.slice(at, match.index));
    for (const group of match.groups().slice(1)) if (group.success) parts.push(group.value);
    at = match.index + match.value.length;
  }
  parts.push(source.slice(at));
  return array(parts, STRING) as string[];
}
const matches = (r: CsRegex, input: string | null) => new Collection("MatchCollection", [...r.all(needed(input, "input"))]);
const isMatch = (r: CsRegex, input: string | null) => r.match(needed(input, "input")).success;
declare(REGEX, "class", "Regex", {
  "new(string pattern) | new(string pattern, RegexOptions options)": regex,
  "bool IsMatch(string input)": isMatch,
  "Match Match(string input)": (r: CsRegex, input) => r.match(needed(input, "input")),
  "Match Match(string input, int startat)": (r: CsRegex, input, from: number) => r.match(needed(input, "input"), from),
  "MatchCollection Matches(string input)": matches,
  "string Replace(string input, string replacement) | string Replace(string input, MatchEvaluator evaluator)": (
    r: CsRegex,
    input,
    by,
  ) => replace(r, input, by),
  "string Replace(string input, string replacement, int count)": replace,
  "string[] Split(string input)": splitBy,
  "static bool IsMatch(string input, string pattern) | static bool IsMatch(string input, string pattern, RegexOptions options)": (
    input,
    pattern,
    options,
  ) => isMatch(regex(pattern, options), input),
  "static Match Match(string input, string pattern) | static Match Match(string input, string pattern, RegexOptions options)": (
    input,
    pattern,
    options,
  ) => regex(pattern, options).match(needed(input, "input")),
  "static MatchCollection Matches(string input, string pattern) | static MatchCollection Matches(string input, string pattern, RegexOptions options)":
    (input, pattern, options) => matches(regex(pattern, options), input),
  "static string Replace(string input, string pattern, string replacement) | static string Replace(string input, string pattern, string replacement, RegexOptions options) | static string Replace(string input, string pattern, MatchEvaluator evaluator) | static string Replace(string input, string pattern, MatchEvaluator evaluator, RegexOptions options)":
    (input, pattern, by, options) => replace(regex(pattern, options), input, by),
  "static string[] Split(string input, string pattern) | static string[] Split(string input, string pattern, RegexOptions options)":
    (input, pattern, options) => splitBy(regex(pattern, options), input),
  "static string Unescape(string str)": (s: string | null) =>
    needed(s, "str").replace(/\\(n|r|t|x[0-9a-f]{2}|u[0-9a-f]{4}|[\s\S])/gi, (_, c: string) => {
      if (/^[xu]./.test(c)) return String.fromCharCode(Number.parseInt(c.slice(1), 16));
      return { n: "\n", r: "\r", t: "\t" }[c] ?? c;
    }),
});
