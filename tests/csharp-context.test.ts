import { describe, expect, it } from "vitest";
import { CsException, compile, type Host, text, type Value } from "../sandbox/gateway/csharp/index.ts";
import { type ContextOptions, messageBody, policyContext } from "./support/csharp-context.ts";
import { shown } from "./support/csharp-shown.ts";

const host: Host = { now: () => 1_750_000_000_000, random: () => 0.5 };
const run = (code: string, options?: ContextOptions) => {
  const block = code.startsWith("{");
  return compile(block ? code.slice(1, -1) : code, block ? "block" : "expression").evaluate(policyContext(options), host);
};

describe("context gives what the gateway put there", () => {
  // biome-ignore format: a table
  it.each([
    ["context.RequestId", "Guid 6f9619ff-8b86-d011-b42d-00cf4fc964ff"],
    ["context.Timestamp", "DateTime 01/02/2026 03:04:05"],
    ["context.Elapsed.TotalSeconds", "1.25d"],
    ["context.Tracing", "false"],
    ["context.Api.Path", '"openai"'],
    ["context.Api.Revision", '"1"'],
    ["context.Operation.UrlTemplate", '"/deployments/{deployment-id}/chat/completions"'],
    ["context.Product?.Name", '"Chat web"'],
    ["context.Subscription.Id + context.Subscription.Key", '"chat-webk1"'],
    ['context.User?.Email ?? "nobody"', '"nobody"'],
    ["context.User.Email", "!NullReferenceException"],
    ["context.Deployment.Region", '"Sweden Central"'],
    ["context.Request.Method", '"POST"'],
    ["context.Request.Url.Host", '"aoai-dev-eastus2.openai.azure.com"'],
    ["context.Request.OriginalUrl.Host", '"gateway.example"'],
    ["context.Request.OriginalUrl.ToString()", '"https://gateway.example/openai/deployments/chat/chat/completions?api-version=2024-10-21"'],
    ["context.Request.Url.Path", '"/openai/deployments/chat/chat/completions"'],
    ["context.Request.Url.Port", "443"],
    ["context.Request.Url.Scheme", '"https"'],
    ["context.Request.Url.QueryString", '"?api-version=2024-10-21&x=1&x=2"'],
    ['context.Request.Url.Query["x"]', '["1", "2"]'],
    ['context.Request.Url.Query.GetValueOrDefault("x")', '"1,2"'],
    ['context.Request.Url.Query.GetValueOrDefault("y", "none")', '"none"'],
    ['context.Request.Headers.GetValueOrDefault("x-MANY", "")', '"a,b"'],
    ['context.Request.Headers.GetValueOrDefault("nope")', "null"],
    ['context.Request.Headers["X-Many"]', '["a", "b"]'],
    ['context.Request.Headers["nope"]', "!KeyNotFoundException"],
    ['context.Request.Headers.ContainsKey("content-type")', "true"],
    ["{ string[] v; return context.Request.Headers.TryGetValue(\"X-Many\", out v) ? v.Length : -1; }", "2"],
    ["{ string[] v; return context.Request.Headers.TryGetValue(\"nope\", out v) ? 1 : v == null ? 0 : -1; }", "0"],
    ['string.Join(";", context.Request.Headers.Select(h => h.Key + "=" + h.Value.Length))', '"Content-Type=1;X-Many=2;Authorization=1"'],
    ['context.Request.MatchedParameters["deployment-id"]', '"chat"'],
    ['context.Request.MatchedParameters.GetValueOrDefault("nope", "d")', '"d"'],
    ["context.Request.IpAddress", '"203.0.113.7"'],
    ["context.Response == null", "true"],
    ["context.Response.StatusCode", "!NullReferenceException"],
    ["context.LastError.Section + context.LastError.Reason", '"backendBackendConnectionFailure"'],
    ["context.LastError.PolicyId", "null"],
    ['context.Request.Headers.GetValueOrDefault("Authorization", "").AsBasic()?.UserId', '"user"'],
    ['{ BasicAuthCredentials c; return context.Request.Headers.GetValueOrDefault("Authorization", "").TryParseBasic(out c) ? c.Password : ""; }', '"pa:ss"'],
    ['"Bearer eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOlsiYSIsImIiXSwic3ViIjoicyIsImV4cCI6MTcwMDAwMDAwMH0.x".AsJwt().Subject', '"s"'],
    ['"eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOlsiYSIsImIiXSwic3ViIjoicyJ9.x".AsJwt().Claims.GetValueOrDefault("aud", "")', '"a,b"'],
    ['"nonsense".AsJwt() == null', "true"],
  ])("%s gives %s", (code, gives) => {
    let found: string;
    try {
      found = shown(run(code));
    } catch (error) {
      if (!(error instanceof CsException)) throw error;
      found = `!${error.typeName}`;
    }
    expect(found).toBe(gives);
  });

  it("reads the clock and the random numbers of the host", () => {
    expect(run("DateTimeOffset.UtcNow.ToUnixTimeSeconds()")).toBe(1_750_000_000n);
    expect(run("DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()")).toBe(1_750_000_000_000n);
    expect(text(run('DateTime.UtcNow.ToString("o")'))).toBe("2025-06-15T15:06:40.0000000Z");
    expect(run("new Random().Next(10)")).toBe(5);
    expect(run("Guid.NewGuid() == Guid.NewGuid()")).toBe(true);
  });

  it("writes traces", () => {
    const context = policyContext();
    compile('context.Trace("one"); return null;', "block").evaluate(context, host);
    expect(context.traced).toEqual(["one"]);
  });
});

describe("variables keep their type", () => {
  const variables: Record<string, Value> = { literal: "1", number: 1, long: 5n, flag: false, nothing: null, list: ["a"] };
  it.each([
    ['(string)context.Variables["literal"]', '"1"'],
    ['(int)context.Variables["literal"]', "!InvalidCastException"],
    ['(int)context.Variables["number"]', "1"],
    ['(long)context.Variables["number"]', "!InvalidCastException"],
    ['(int)context.Variables["long"]', "!InvalidCastException"],
    ['(int)(long)context.Variables["long"]', "5"],
    ['(bool)context.Variables["flag"]', "false"],
    ['(bool)context.Variables["nothing"]', "!NullReferenceException"],
    ['(string)context.Variables["nothing"]', "null"],
    ['context.Variables["missing"]', "!KeyNotFoundException"],
    ['context.Variables.ContainsKey("missing")', "false"],
    ['context.Variables.GetValueOrDefault<int>("missing")', "0"],
    ['context.Variables.GetValueOrDefault<string>("missing")', "null"],
    ['context.Variables.GetValueOrDefault<int>("missing", 7)', "7"],
    ['context.Variables.GetValueOrDefault("missing", "d")', '"d"'],
    ['context.Variables.GetValueOrDefault<int>("number")', "1"],
    ['context.Variables.GetValueOrDefault<int>("literal", 7)', "!InvalidCastException"],
    ['context.Variables.GetValueOrDefault<string>("number", "")', "!InvalidCastException"],
    ['context.Variables.GetValueOrDefault<object>("number") is int', "true"],
    ['context.Variables["literal"] == "1"', "false"],
    ['context.Variables["literal"].Equals("1")', "true"],
    ['context.Variables["number"].ToString()', '"1"'],
    ['Convert.ToInt32(context.Variables["literal"]) + 1', "2"],
    ['((string[])context.Variables["list"])[0]', '"a"'],
    ['context.Variables["number"] as string', "null"],
  ])("%s gives %s", (code, gives) => {
    let found: string;
    try {
      found = shown(run(code, { variables }));
    } catch (error) {
      if (!(error instanceof CsException)) throw error;
      found = `!${error.typeName}`;
    }
    expect(found).toBe(gives);
  });
});

describe("bodies", () => {
  const body = '{"model":"gpt","stream":true,"messages":[{"role":"user","content":"é"}],"n":2}';
  it.each([
    ['(string)context.Request.Body.As<JObject>(preserveContent: true)["model"]', '"gpt"'],
    ['context.Request.Body.As<JObject>(true)["messages"][0]["content"].ToString()', '"\\u00e9"'],
    ['context.Request.Body.As<JObject>(true).Value<bool?>("stream") ?? false', "true"],
    ['(bool?)context.Request.Body.As<JObject>(true)["echo"] ?? false', "false"],
    ["context.Request.Body.As<string>(true).Length", String(body.length)],
    ["context.Request.Body.As<byte[]>(true).Length", String(body.length + 1)],
    ['context.Request.Body.As<JToken>(true)["n"].Type', "JTokenType Integer"],
    ["context.Request.Body.As<JArray>(true)", "!InvalidCastException"],
    ["{ context.Request.Body.As<string>(); return context.Request.Body.As<string>(); }", "!InvalidOperationException"],
    [
      '{ var b = context.Request.Body.As<JObject>(preserveContent: true); b["model"] = "other"; b.Remove("messages"); return b.ToString(Formatting.None); }',
      '"{\\"model\\":\\"other\\",\\"stream\\":true,\\"n\\":2}"',
    ],
  ])("%s gives %s", (code, gives) => {
    let found: string;
    try {
      found = shown(run(code, { body }));
    } catch (error) {
      if (!(error instanceof CsException)) throw error;
      found = `!${error.typeName}`;
    }
    expect(found).toBe(gives);
  });

  it("is null as a JObject when empty, and an exception when it is not JSON", () => {
    expect(run("context.Request.Body.As<JObject>()", { body: "" })).toBeNull();
    expect(() => run("context.Request.Body.As<JObject>()", { body: "<html>" })).toThrow(
      expect.objectContaining({ typeName: "JsonReaderException" }),
    );
  });

  it("are announced, so that the gateway buffers only what is read", () => {
    const reads = (code: string) => compile(code, "expression").reads;
    expect(reads("context.Request.Method")).toEqual({ requestBody: false, responseBody: false });
    expect(reads("context.Request.Body.As<string>(true)")).toEqual({ requestBody: true, responseBody: false });
    expect(reads("context.Response.Body.As<string>(true)")).toEqual({ requestBody: false, responseBody: true });
    expect(reads("context.Response?.Body?.As<string>(true)")).toEqual({ requestBody: false, responseBody: true });
    expect(compile("var r = context.Response; return r.Body.As<string>();", "block").reads.responseBody).toBe(true);
    // The answer of a send-request is in a variable: the response under way need not be buffered for it.
    expect(reads('((IResponse)context.Variables["token"]).Body.As<JObject>()')).toEqual({
      requestBody: false,
      responseBody: false,
    });
  });

  it("of a send-request are read from its variable", () => {
    const token = {
      statusCode: 200,
      statusReason: "OK",
      headers: policyContext().request.headers,
      body: messageBody('{"access_token":"t"}'),
    };
    const code = '(string)((IResponse)context.Variables["token"]).Body.As<JObject>()["access_token"]';
    expect(run(code, { variables: { token } })).toBe("t");
    expect(() => run(code, { variables: { token: "x" } })).toThrow(expect.objectContaining({ typeName: "InvalidCastException" }));
  });
});

describe("the place of an expression decides its type", () => {
  it.each([
    ["true", "int", "cannot convert bool to int"],
    ["1", "bool", "cannot convert int to bool"],
    ["1", "string", "cannot convert int to string"],
    ['context.Variables["x"]', "bool", "cannot convert object to bool without a cast"],
    ["5L", "int", "cannot convert long to int without a cast"],
    ["null", "int", "cannot convert null to int"],
  ] as const)("%s is refused where %s is needed", (code, expected, message) => {
    expect(() => compile(code, "expression", expected)).toThrow(message);
  });
  it("converts where C# does so by itself", () => {
    expect(shown(compile("1", "expression", "double").evaluate(policyContext(), host))).toBe("1d");
    expect(compile("null", "expression", "string").evaluate(policyContext(), host)).toBeNull();
    expect(compile("return 'a' + 1;", "block", "int").evaluate(policyContext(), host)).toBe(98);
  });
  it("tells the type that it found", () => {
    expect(compile("1 + 2L", "expression").type.text).toBe("long");
    expect(compile("new[] { 1 }.Select(x => x + 0.5)", "expression").type.text).toBe("IEnumerable<double>");
    expect(compile('if (context.Tracing) { return 1; } return "x";', "block").type.text).toBe("object");
  });
});

describe("an evaluation ends", () => {
  it.each([
    "{ while (true) { } }",
    "{ for (;;) { try { throw new Exception(); } catch (Exception) { } } }",
    "{ Func<int, int> f = null; f = n => f(n + 1); return f(0); }",
    '{ var s = "x"; while (true) { s += s; } }',
    "Enumerable.Range(0, 2000000000).Count()",
    "new string('x', 2000000000).Length",
    "{ var l = new List<int>(); while (true) { l.Add(1); } }",
  ])("%s", (code) => {
    expect(() => run(code)).toThrow(CsException);
  });
});

describe("the expressions of the balancing skeletons", () => {
  const variables = {
    token: "t",
    answered: true,
    earliest: 0n,
    until: 1_750_000_010n,
    wait: 3,
    u0: "1750000030",
    u1: "1750000020",
    tried: ",",
    region: "",
    by: "eastus2",
  };
  const response = {
    statusCode: 429,
    headers: [["Retry-After", "7"] as [string, string], ["x-ms-region", "Sweden Central"] as [string, string]],
  };
  // biome-ignore format: a table
  it.each([
    ["0L", "0L"],
    ['"Bearer " + (string)context.Variables["token"]', '"Bearer t"'],
    ['!(bool)context.Variables["answered"] || context.Response.StatusCode == 429 || context.Response.StatusCode >= 500', "true"],
    ['{ int s; return DateTimeOffset.UtcNow.ToUnixTimeSeconds() + (int.TryParse(context.Response.Headers.GetValueOrDefault("Retry-After", ""), out s) && s > 0 ? s : 10); }', "1750000007L"],
    ['{ long a = (long)context.Variables["earliest"], b = (long)context.Variables["until"]; return a == 0 || b < a ? b : a; }', "1750000010L"],
    ['"until:" + context.Request.Url.Host', '"until:aoai-dev-eastus2.openai.azure.com"'],
    ['((long)context.Variables["until"]).ToString()', '"1750000010"'],
    ['(long)context.Variables["earliest"] > 0 && context.Response.StatusCode == 429', "false"],
    ['Math.Max(1, (long)context.Variables["earliest"] - DateTimeOffset.UtcNow.ToUnixTimeSeconds()).ToString()', '"1"'],
    ['{ long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds(), best = 0, at; for (int i = 0; i < 12; i++) { if (long.TryParse(context.Variables.GetValueOrDefault<string>("u" + i, "0"), out at) && at > now && (best == 0 || at < best)) { best = at; } } return best == 0 ? 0 : (int)(best - now) + 1; }', "21"],
    ['context.LastError.Section == "backend"', "true"],
    ['(int)context.Variables["wait"] > 0 ? 429 : 503', "429"],
    ['Math.Max(1, (int)context.Variables["wait"]).ToString()', '"3"'],
    ['{ string[] r = { "swedencentral", "eastus2" }; string tried = (string)context.Variables["tried"], best = ""; long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds(), bestAt = long.MaxValue, at; bool steer = tried != ","; int start = Math.Abs(context.RequestId.GetHashCode() % r.Length); for (int k = 0; k < r.Length; k++) { int i = (start + k) % r.Length; long.TryParse(context.Variables.GetValueOrDefault<string>("u" + i, "0"), out at); if (at > now) { steer = true; } else { at = 0; } if (at < bestAt && !tried.Contains("," + r[i] + ",")) { bestAt = at; best = r[i]; } } return steer ? best : ""; }', '"eastus2"'],
    ['"https://agw.internal.contoso.com" + ((string)context.Variables["region"] == "" ? "" : "/r/" + (string)context.Variables["region"]) + "/openai"', '"https://agw.internal.contoso.com/openai"'],
    ['(string)context.Variables["tried"] + (string)context.Variables["region"] + ","', '",,"'],
    ['(string)context.Variables["region"] != "" ? (string)context.Variables["region"] : context.Response.Headers.GetValueOrDefault("x-ms-region", "").Replace(" ", "").ToLowerInvariant()', '"swedencentral"'],
  ])("%s gives %s", (code, gives) => {
    expect(shown(run(code, { variables, response }))).toBe(gives);
  });
});
