/**
 * Expressions composed at random by fast-check from the typed layer that our documents are written in: whatever its types let one write.
 */
import fc from "fast-check";
import {
  block,
  type Code,
  csharp,
  type Expression,
  guarded,
  int,
  jsonText,
  lastError,
  literal,
  local,
  long,
  now,
  operation,
  request,
  requestId,
  response,
  string,
  subscription,
  type Value,
  variables,
} from "../../../policies/language/index.ts";
import { DATE_TEXTS, JSON_NAMES, JSON_TEXTS, type Known, NUMBER_TEXTS, TEXTS, WORDS } from "./random-contexts.ts";

type CsType = Expression<"bool">["type"] | "int" | "long" | "string" | "JToken" | "JObject";
type Of<T extends CsType> = fc.Arbitrary<Expression<T>>;

/** What random expressions read; random contexts set them, now and then to something else. */
const READ = variables({
  flag: literal("bool", false),
  count: int(0),
  big: long(0n),
  text: string(""),
  digits: string("5"),
  when: string("2026-01-02T03:04:05Z"),
  json: string("{}"),
});
export const READ_TYPES: Record<string, Known> = {
  flag: { type: "bool" },
  count: { type: "int" },
  big: { type: "long" },
  text: { type: "string" },
  note: { type: "string" },
  digits: { type: "string", values: [...NUMBER_TEXTS, "1", "12", "300"] },
  when: { type: "string", values: DATE_TEXTS, exact: true },
  json: { type: "string", values: JSON_TEXTS },
  doc: { type: "JObject" },
};

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const word = one(...WORDS);
const name = one(...JSON_NAMES);
const some = one(...TEXTS);
const header = one("Content-Type", "Content-Length", "Retry-After", "retry-after-ms", "x-many", "x-none");
const pattern = one("^[a-z]+$", "\\d+", "(?i)RATE", "^\\s*$", "a|b", "(\\w+)-(\\w+)", "[^,]+", "é");
const small = fc.integer({ min: -3, max: 12 });
const position = fc.oneof({ weight: 8, arbitrary: one(0, 1, 2) }, { weight: 1, arbitrary: small });
/** Dates in full: the rest of `01:02` is the day on which somebody asks. */
const when = one(READ.when.get(), READ.when.orInitial());

/** Types and sizes are those of the typed layer, so a mistake here does not compile. */
const typed = fc.letrec<{
  bool: Expression<"bool">;
  int: Expression<"int">;
  long: Expression<"long">;
  text: Expression<"string">;
  token: Expression<"JToken">;
}>((tie) => {
  const [bool, whole, large, text, token] = [tie("bool"), tie("int"), tie("long"), tie("text"), tie("token")] as [
    Of<"bool">,
    Of<"int">,
    Of<"long">,
    Of<"string">,
    Of<"JToken">,
  ];
  const two = <A, B, R>(a: fc.Arbitrary<A>, b: fc.Arbitrary<B>, make: (a: A, b: B) => R) =>
    fc.tuple(a, b).map(([x, y]) => make(x, y));
  // The right side may be a literal. Two of them would be computed by the compiler, which refuses 1 / 0 before anything runs.
  const wholeOr: fc.Arbitrary<Value<"int">> = fc.oneof(whole, small);
  const largeOr: fc.Arbitrary<Value<"long">> = fc.oneof(large, one(0n, 1n, -1n, 1000n, 9223372036854775807n));
  const textOr: fc.Arbitrary<Value<"string">> = fc.oneof(text, some);
  const digits = fc.oneof(
    { weight: 4, arbitrary: one(READ.digits.get(), READ.digits.orInitial()) },
    { weight: 1, arbitrary: text },
  );
  const jsonOf = fc.oneof({ weight: 4, arbitrary: one(READ.json.get(), READ.json.orInitial()) }, { weight: 1, arbitrary: text });
  const choose = <T extends CsType>(of: Of<T>): Of<T> =>
    fc.tuple(bool, of, of).map(([condition, yes, no]) => condition.choose(yes as never, no as never) as Expression<T>);
  const options = { withCrossShrink: true, maxDepth: 3, depthSize: "small" } as const;
  const leaf = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });

  return {
    bool: fc.oneof(
      options,
      leaf(1, one(READ.flag.get(), READ.flag.orInitial())),
      bool.map((a) => a.not()),
      two(bool, bool, (a, b) => a.and(b)),
      two(bool, bool, (a, b) => a.or(b)),
      two(whole, wholeOr, (a, b) => a.lessThan(b)),
      two(whole, wholeOr, (a, b) => a.atLeast(b)),
      two(large, largeOr, (a, b) => a.atMost(b)),
      two(large, largeOr, (a, b) => a.greaterThan(b)),
      two(text, textOr, (a, b) => a.equals(b)),
      two(text, textOr, (a, b) => a.differs(b)),
      two(text, fc.array(some, { minLength: 1, maxLength: 3 }), (a, b) => a.isOneOf(b)),
      two(text, textOr, (a, b) => a.startsWith(b)),
      two(text, textOr, (a, b) => a.contains(b)),
      two(text, pattern, (a, b) => a.matches(b)),
      text.map((a) => a.isEmpty()),
      text.map((a) => csharp("bool")`string.IsNullOrEmpty(${a})`),
      text.map((a) => csharp("bool")`string.IsNullOrWhiteSpace(${a})`),
      two(text, textOr, (a, b) => csharp("bool")`string.Equals(${a}, ${b}, StringComparison.OrdinalIgnoreCase)`),
      two(text, textOr, (a, b) => csharp("bool")`${a}.EndsWith(${b}, StringComparison.Ordinal)`),
      header.map((a) => csharp("bool")`context.Request.Headers.ContainsKey(${a})`),
      one("flag", "none").map((a) => csharp("bool")`context.Variables.ContainsKey(${a})`),
      token.map((a) => csharp("bool")`${a} == null`),
      token.map((a) => csharp("bool")`${a}.HasValues`),
      token.map((a) => csharp("bool")`${a}.Type == JTokenType.String`),
      two(token, token, (a, b) => csharp("bool")`JToken.DeepEquals(${a}, ${b})`),
      // Mostly exceptions: one in a while.
      fc.oneof(
        token.map((a) => csharp("bool")`(bool)${a}`),
        token.map((a) => csharp("bool")`((bool?)${a} ?? false)`),
        text.map((a) => csharp("bool")`bool.Parse(${a})`),
      ),
      choose(bool),
    ),
    int: fc.oneof(
      options,
      leaf(1, one(READ.count.get(), READ.count.orInitial(), response.status, response.statusOr(0))),
      two(whole, wholeOr, (a, b) => a.plus(b)),
      two(whole, wholeOr, (a, b) => a.minus(b)),
      two(whole, wholeOr, (a, b) => a.times(b)),
      two(whole, wholeOr, (a, b) => a.smallerOf(b)),
      two(whole, wholeOr, (a, b) => a.largerOf(b)),
      whole.map((a) => csharp("int")`Math.Abs(${a})`),
      large.map((a) => a.toInt()),
      text.map((a) => csharp("int")`${a}.Length`),
      digits.map((a) => csharp("int")`int.Parse(${a})`),
      digits.map((a) => csharp("int")`Convert.ToInt32(${a})`),
      two(text, text, (a, b) => csharp("int")`${a}.IndexOf(${b}, StringComparison.Ordinal)`),
      two(text, text, (a, b) => csharp("int")`${a}.LastIndexOf(${b}, StringComparison.Ordinal)`),
      two(text, text, (a, b) => csharp("int")`Math.Sign(string.CompareOrdinal(${a}, ${b}))`),
      text.map((a) => csharp("int")`Array.IndexOf(${["a", "b", "POST"]}, ${a})`),
      two(text, pattern, (a, b) => csharp("int")`Regex.Matches(${a}, ${b}).Count`),
      text.map((a) => csharp("int")`Encoding.UTF8.GetBytes(${a}).Length`),
      token.map((a) => csharp("int")`${a}.Count()`),
      two(token, name, (a, b) => csharp("int")`${a}.Value<int>(${b})`),
      // Mostly exceptions: one in a while.
      fc.oneof(
        token.map((a) => csharp("int")`(int)${a}`),
        token.map((a) => csharp("int")`((int?)${a} ?? -1)`),
        two(whole, whole, (a, b) => csharp("int")`${a} % ${b}`),
        two(whole, whole, (a, b) => a.dividedBy(b)),
      ),
      choose(whole),
    ),
    long: fc.oneof(
      options,
      leaf(1, one(READ.big.get(), READ.big.orInitial(), now)),
      two(large, largeOr, (a, b) => a.plus(b)),
      two(large, largeOr, (a, b) => a.minus(b)),
      two(large, largeOr, (a, b) => a.times(b)),
      two(large, large, (a, b) => a.dividedBy(b)),
      two(large, largeOr, (a, b) => a.largerOf(b)),
      two(large, largeOr, (a, b) => a.smallerOf(b)),
      digits.map((a) => a.toLong(7n)),
      digits.map((a) => csharp("long")`long.Parse(${a})`),
      digits.map((a) => csharp("long")`Convert.ToInt64(${a})`),
      whole.map((a) => csharp("long")`(long)${a} * 1000`),
      when.map((a) => csharp("long")`DateTimeOffset.Parse(${a}).ToUnixTimeSeconds()`),
      two(whole, large, (a, b) => csharp("long")`DateTimeOffset.FromUnixTimeMilliseconds(${b}).AddMinutes(${a}).UtcTicks`),
      digits.map((a) => csharp("long")`(long)Math.Round(double.Parse(${a}) * 10)`),
      // Mostly exceptions: one in a while.
      fc.oneof(
        token.map((a) => csharp("long")`(long)${a}`),
        digits.map((a) => csharp("long")`(long)decimal.Parse(${a})`),
        large.map((a) => csharp("long")`DateTimeOffset.FromUnixTimeSeconds(${a}).ToUnixTimeMilliseconds()`),
      ),
      choose(large),
    ),
    text: fc.oneof(
      options,
      leaf(
        2,
        one(
          READ.text.get(),
          READ.text.orInitial(),
          request.method,
          request.host,
          request.originalPath,
          request.text,
          operation.id,
          subscription.id,
          requestId,
          lastError.section,
          lastError.reason,
          guarded("string", "note", "none"),
        ),
      ),
      leaf(
        1,
        header.map((a) => request.header(a)),
      ),
      leaf(
        1,
        header.map((a) => response.header(a, "9")),
      ),
      leaf(
        1,
        word.map((a) => request.parameter(a, "-")),
      ),
      two(text, textOr, (a, b) => a.plus(b)),
      two(textOr, text, (a, b) => string("").plus(a).plus(b)),
      fc.tuple(text, one(",", " ", "a"), textOr).map(([a, b, c]) => a.replace(b, c)),
      fc.oneof(bool, whole, large).map((a) => (a as Expression<"int">).toText()),
      text.map((a) => jsonText(a)),
      two(text, whole, (a, b) => csharp("string")`${a}.Split(' ', '|').ElementAtOrDefault(${b}) ?? ""`),
      text.map((a) => csharp("string")`${a}.Trim()`),
      text.map((a) => csharp("string")`${a}.TrimEnd('/', ' ')`),
      text.map((a) => csharp("string")`${a}.ToLowerInvariant()`),
      text.map((a) => csharp("string")`${a}.ToUpperInvariant()`),
      two(text, position, (a, b) => csharp("string")`${a}.PadLeft(${b}, '0')`),
      two(text, pattern, (a, b) => csharp("string")`Regex.Match(${a}, ${b}).Value`),
      two(text, pattern, (a, b) => csharp("string")`Regex.Match(${a}, ${b}).Groups[1].Value`),
      two(text, pattern, (a, b) => csharp("string")`Regex.Replace(${a}, ${b}, ${"<$0>"})`),
      two(text, pattern, (a, b) => csharp("string")`string.Join(${"/"}, Regex.Split(${a}, ${b}))`),
      text.map((a) => csharp("string")`WebUtility.UrlEncode(${a})`),
      text.map((a) => csharp("string")`WebUtility.HtmlEncode(${a})`),
      text.map((a) => csharp("string")`Convert.ToBase64String(Encoding.UTF8.GetBytes(${a}))`),
      text.map(
        (a) =>
          csharp("string")`BitConverter.ToString(SHA256.Create().ComputeHash(Encoding.UTF8.GetBytes(${a}))).Substring(0, 11)`,
      ),
      two(text, whole, (a, b) => csharp("string")`string.Format(${"{0}:{1:000}"}, ${a}, ${b})`),
      two(text, whole, (a, b) => csharp("string")`string.Concat(${a}, ${b})`),
      large.map((a) => csharp("string")`DateTimeOffset.FromUnixTimeSeconds(${a}).ToString(${"yyyy-MM-ddTHH:mm:ssZ"})`),
      when.map((a) => csharp("string")`DateTime.Parse(${a}).AddDays(1).ToString(${"R"})`),
      token.map((a) => csharp("string")`(string)${a}`),
      token.map((a) => csharp("string")`${a}.ToString(Formatting.None)`),
      token.map((a) => csharp("string")`${a}?.ToString() ?? ${"nothing"}`),
      token.map((a) => csharp("string")`${a}.Path`),
      token.map((a) => csharp("string")`${a}.Type.ToString()`),
      token.map((a) => csharp("string")`JsonConvert.SerializeObject(${a})`),
      two(token, name, (a, b) => csharp("string")`${a}.Value<string>(${b})`),
      word.map((a) => csharp("string")`context.Request.Url.Query.GetValueOrDefault(${a}, ${""})`),
      leaf(
        1,
        one(
          csharp("string")`context.Request.Url.Scheme + context.Request.Url.Port + context.Request.Url.QueryString`,
          csharp("string")`context.Response.StatusReason`,
          csharp("string")`context.LastError?.Message ?? ${"none"}`,
          csharp("string")`context.Subscription?.Name ?? ${"nobody"}`,
          csharp("string")`context.Operation.UrlTemplate`,
        ),
      ),
      // Mostly exceptions: one in a while.
      fc.oneof(
        text.map((a) => csharp("string")`Guid.Parse(${a}).ToString()`),
        text.map((a) => csharp("string")`TimeSpan.Parse(${a}).ToString()`),
        text.map((a) => csharp("string")`Encoding.UTF8.GetString(Convert.FromBase64String(${a}))`),
        header.map((a) => csharp("string")`context.Request.Headers[${a}][0]`),
        word.map((a) => csharp("string")`context.Request.MatchedParameters[${a}]`),
        two(text, position, (a, b) => csharp("string")`${a}.Split(',')[${b}]`),
        two(text, position, (a, b) => csharp("string")`${a}.Remove(${b})`),
        fc.tuple(text, position, position).map(([a, b, c]) => csharp("string")`${a}.Substring(${b}, ${c})`),
        two(text, whole, (a, b) => csharp("string")`${a}.Substring(${b})`),
      ),
      choose(text),
    ),
    token: fc.oneof(
      options,
      leaf(
        2,
        one(
          csharp("JToken")`(JToken)context.Request.Body.As<JObject>(preserveContent: true)`,
          csharp("JToken")`context.Request.Body.As<JToken>(true)`,
          csharp("JToken")`(JToken)context.Response.Body.As<JObject>(true)`,
          csharp("JToken")`(JToken)(JObject)context.Variables["doc"]`,
        ),
      ),
      jsonOf.map((a) => csharp("JToken")`JToken.Parse(${a})`),
      two(token, name, (a, b) => csharp("JToken")`${a}[${b}]`),
      two(token, name, (a, b) => csharp("JToken")`(JToken)(${a}?[${b}])`),
      two(token, name, (a, b) => csharp("JToken")`${a}.SelectToken(${b})`),
      two(token, name, (a, b) => csharp("JToken")`${a}.SelectTokens(${`$..${b}`}).FirstOrDefault()`),
      token.map((a) => csharp("JToken")`${a}.DeepClone()`),
      two(text, whole, (a, b) => csharp("JToken")`(JToken)new JObject(new JProperty("a", ${a}), new JProperty("n", ${b}))`),
      two(text, large, (a, b) => csharp("JToken")`(JToken)new JArray(${a}, ${b})`),
      // Mostly exceptions: one in a while.
      fc.oneof(
        jsonOf.map((a) => csharp("JToken")`(JToken)JArray.Parse(${a})`),
        jsonOf.map((a) => csharp("JToken")`(JToken)JObject.Parse(${a})`),
        two(token, position, (a, b) => csharp("JToken")`${a}[${b}]`),
        token.map((a) => csharp("JToken")`${a}.First`),
        token.map((a) => csharp("JToken")`(JToken)${a}.Parent`),
      ),
      choose(token),
    ),
  };
});

const { bool, int: whole, long: large, text, token } = typed;
const part = local("string", "part");

/** Blocks as our documents have them: variables, loops, lambdas and exceptions that are caught. */
const blocks: fc.Arbitrary<Code<CsType>> = fc.oneof(
  fc.tuple(text, whole).map(([a, b]) => block("int")`try { return int.Parse(${a}) + ${b}; } catch { return -1; }`),
  fc
    .tuple(text, text)
    .map(([a, b]) => block("string")`try { return ${a}; } catch (Exception e) { return e.GetType() == null ? "" : ${b}; } `),
  fc.tuple(when, large).map(
    ([a, b]) => block("long")`
      var text = ${a}; long wait; DateTimeOffset date;
      if (long.TryParse(text, out wait) && wait >= 0) { return ${b} + 1000 * Math.Min(wait, 1000000L); }
      if (DateTimeOffset.TryParse(text, out date)) { return date.ToUnixTimeMilliseconds(); }
      return ${b};`,
  ),
  fc.tuple(token, name, text).map(
    ([a, b, c]) => block("string")`
      var found = ${a}[${b}];
      return found == null || found.Type != JTokenType.String ? ${c} : (string)found;`,
  ),
  fc.tuple(text, whole).map(
    ([a, b]) => block("int")`
      var sum = 0;
      foreach (var part in ${a}.Split('|', ',', ' ')) { int n; if (int.TryParse(part, out n)) { sum += n; } else { sum--; } if (sum > 1000) { break; } }
      return sum * ${b};`,
  ),
  fc.tuple(text, whole).map(
    ([a, b]) => block("string")`
      var parts = ${a}.Split(new char[] { ' ', ',' }, StringSplitOptions.RemoveEmptyEntries); var made = new StringBuilder();
      for (var i = 0; i < parts.Length; i++) { if (parts[i].Length <= ${b}) { continue; } made.Append(parts[i].ToUpperInvariant()).Append(i); }
      return made.ToString();`,
  ),
  fc.tuple(text, one("a", "b")).map(
    ([a, b]) => block("string")`
      var many = ${a}.Split(',').Where(part => part != ${b}).Select(part => part.Trim()).OrderBy(part => part.Length).ThenBy(part => part, StringComparer.Ordinal).Distinct().ToList();
      return many.Count + ":" + string.Join(";", many.Take(3)) + many.Any(part => ${part.startsWith("a")}) + many.All(part => part.Length > 0);`,
  ),
  fc.tuple(text).map(
    ([a]) => block("string")`
      var seen = new Dictionary<string, int>();
      foreach (var part in ${a}.Split(' ', ',')) { if (seen.ContainsKey(part)) { seen[part]++; } else { seen.Add(part, 1); } }
      return string.Join(",", seen.Select(pair => pair.Key + "=" + pair.Value)) + seen.Values.Sum() + seen["a"];`,
  ),
  fc.tuple(text, whole).map(
    ([a, b]) => block("string")`
      var made = new JObject(); made["text"] = ${a}; made["n"] = ${b}; made.Add("list", new JArray(1, "two")); made.Remove("n");
      return made.ToString(Formatting.None) + made.Count + JsonConvert.SerializeObject(new { a = ${b}, text = ${a} });`,
  ),
  fc.tuple(token, name).map(
    ([a, b]) => block("string")`
      var made = "";
      foreach (var one in ((JObject)${a}).Properties()) { made += one.Name + ":" + one.Value.Type + ","; if (one.Name == ${b}) { return made; } }
      return made;`,
  ),
  fc
    .tuple(token, name)
    .map(
      ([a, b]) =>
        block(
          "int",
        )`return ${a}.Children().Count(child => child.Type == JTokenType.Property && ((JProperty)child).Name == ${b});`,
    ),
  fc
    .tuple(token)
    .map(
      ([a]) =>
        block(
          "string",
        )`return string.Join(",", ${a}.Select(child => child.Type.ToString()).GroupBy(kind => kind).Select(group => group.Key + group.Count()));`,
    ),
  fc.tuple(header, text).map(
    ([a, b]) => block("string")`
      string[] values;
      return context.Request.Headers.TryGetValue(${a}, out values) ? values.Length + values.Last() : ${b};`,
  ),
  fc.tuple(text, pattern).map(
    ([a, b]) => block("string")`
      var match = Regex.Match(${a}, ${b});
      return match.Success ? match.Index + match.Value.Length + match.Groups[0].Value : "no";`,
  ),
  fc.tuple(whole, whole).map(([a, b]) => block("int")`var i = ${a}; i += 2; i++; i <<= 1; return i > ${b} ? i-- : ~i & 7;`),
  fc
    .tuple(text)
    .map(
      ([a]) =>
        block(
          "string",
        )`switch (${a}) { case "POST": case "a": return "one"; case "": return "none"; default: throw new Exception("other"); }`,
    ),
  fc
    .tuple(text, text)
    .map(
      ([a, b]) =>
        block(
          "string",
        )`string first = ${a}, second = ${b}; return first?.Length > second?.Length ? first : second ?? throw new Exception();`,
    ),
  fc.tuple(text, whole).map(([a, b]) => block("string")`return $"<{${a}}|{${b}:D3}|{context.Request.Method,6}>";`),
  fc
    .tuple(when)
    .map(
      ([a]) =>
        block(
          "string",
        )`DateTime at = DateTime.Parse(${a}); return at.Year + "-" + at.DayOfYear + (at - new DateTime(2020, 1, 1)).TotalDays;`,
    ),
  fc
    .tuple(large, when)
    .map(([a, b]) => block("bool")`return DateTimeOffset.FromUnixTimeSeconds(${a}) > DateTimeOffset.Parse(${b});`),
  fc.tuple(whole).map(([a]) => block("int")`var random = new Random(${a}); return random.Next(10) + random.Next(5, 9);`),
  fc
    .tuple(text, bool)
    .map(
      ([a, b]) =>
        block(
          "int",
        )`var set = new HashSet<string>(${a}.Split(','), StringComparer.OrdinalIgnoreCase); return set.Add("A") && ${b} ? set.Count : -set.Count;`,
    ),
  fc
    .tuple(text)
    .map(
      ([a]) =>
        block(
          "string",
        )`var list = new List<string>(${a}.Split(' ')); list.Insert(1, "x"); list.RemoveAt(2); list.Reverse(); return list[0] + list.IndexOf("x") + list.Last();`,
    ),
);

const whatever = fc.oneof(
  { weight: 2, arbitrary: bool },
  { weight: 2, arbitrary: whole },
  { weight: 2, arbitrary: large },
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: token },
  { weight: 6, arbitrary: blocks },
) as fc.Arbitrary<Code<CsType>>;

/**
 * `count` different ones, the same for the same seed. A `toLong` declares a variable, so code with two of them is not C#, and an `out var`
 * in code that stands twice in a block neither.
 */
export function randomExpressions(count: number, seed: number): Code<CsType>[] {
  const found = new Map<string, Code<CsType>>();
  for (let more = 0; found.size < count; more++) {
    for (const made of fc.sample(whatever, { numRuns: count, seed: seed + more })) {
      if (found.size === count) break;
      if (made.code.split("out var ").length > 2 || made.code.length > 3000) continue;
      found.set(made.code, made);
    }
  }
  return [...found.values()];
}
