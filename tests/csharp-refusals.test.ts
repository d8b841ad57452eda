import { describe, expect, it } from "vitest";
import { CSharpError, compile } from "../sandbox/gateway/csharp/index.ts";

/** The message and the text at the offset that a compile error names. */
function refusal(code: string): { message: string; at: string } {
  const block = code.startsWith("{");
  const source = block ? code.slice(1, -1) : code;
  try {
    compile(source, block ? "block" : "expression");
  } catch (error) {
    if (error instanceof CSharpError) return { message: error.message, at: source.slice(error.offset) };
    throw error;
  }
  return { message: "accepted", at: "" };
}

// biome-ignore format: a table
const TABLE: Record<string, [code: string, message: string | RegExp, at: string][]> = {
  "a name that does not exist": [
    ["Strin.Join(1)", 'unknown name "Strin"; did you mean string?', "Strin.Join(1)"],
    ["contxt.Request", 'unknown name "contxt"; did you mean context?', "contxt.Request"],
    ["context.Reqest.Url", 'context has no member "Reqest" that policy expressions may use; did you mean Request?', "Reqest.Url"],
    ["context.Request.Url.Hots", 'IUrl has no member "Hots" that policy expressions may use; did you mean Host?', "Hots"],
    ['"a".Contain("b")', 'string has no member "Contain" that policy expressions may use; did you mean Contains?', 'Contain("b")'],
    ['JObject.Prase("{}")', 'JObject has no member "Prase" that policy expressions may use; did you mean Parse?', 'Prase("{}")'],
    ["new Lst<int>()", '"Lst" is not a type that policy expressions may use; did you mean List?', "Lst<int>()"],
    ["{ retrun 1; }", /./, "retrun 1; "],
    ["foo(1)", 'unknown method "foo"', "foo(1)"],
    ["{ return y; }", 'unknown name "y"', "y; "],
  ],
  "what API Management does not allow": [
    ['System.IO.File.ReadAllText("x")', '"System.IO.File" is not a type that policy expressions may use', 'System.IO.File.ReadAllText("x")'],
    ['{ DateTime d; return DateTime.TryParse("x", out d); }', /DateTime has no member "TryParse"/, 'TryParse("x", out d); '],
    ["DateTime.UtcNow.ToUniversalTime()", /no member "ToUniversalTime"/, "ToUniversalTime()"],
    ['Regex.Escape("a")', /Regex has no member "Escape"/, 'Escape("a")'],
    ["{ try { return 1; } catch (FormatException) { return 2; } }", '"FormatException" is not a type that policy expressions may use', "FormatException) { return 2; } "],
    ["(1).GetType().Name", 'Type has no member "Name" that policy expressions may use', "Name"],
    ["Environment.MachineName", 'unknown name "Environment"', "Environment.MachineName"],
    ['context.Variables["x"] = 1', /cannot be set/, 'context.Variables["x"] = 1'],
    ["context.Request.Body.As<XDocument>()", '"XDocument" is not a type that policy expressions may use', "As<XDocument>()"],
    ["context.Request.Body.As<int>()", /reads a body as string, byte\[\], JObject, JArray or JToken, not as int/, "As<int>()"],
  ],
  "newer or other C#": [
    ["1 switch { 1 => 2, _ => 3 }", /C# 7/, "1 switch { 1 => 2, _ => 3 }"],
    ['{ string s = null; s ??= "a"; return s; }', /C# 7/, 's ??= "a"; return s; '],
    ["{ var x = 1; return x is not 2; }", /C# 7/, "not 2; "],
    ['"abc"[^1]', /./, "^1]"],
    ['"abc"!.Length', /C# 7/, "!.Length"],
    ["{ int f() { return 1; } return f(); }", "local function is not supported by the local gateway", "int f() { return 1; } return f(); "],
    ["(1, 2)", "tuple is not supported by the local gateway", "(1, 2)"],
    ["from x in new[] { 1 } select x", "query is not supported by the local gateway", "from x in new[] { 1 } select x"],
    ["{ goto a; a: return 1; }", /goto is not supported/, "goto a; a: return 1; "],
    ["{ float f = 1; return f; }", 'type "float" is not supported by the local gateway; use double', "float f = 1; return f; "],
    ["{ dynamic d = 1; return d; }", /"dynamic" is not supported/, "dynamic d = 1; return d; "],
  ],
  "wrong syntax": [
    ["1 +", "unexpected end", ""],
    ["", "expression expected", ""],
    ["(1", '")" expected', ""],
    ["1)", 'unexpected ")"', ")"],
    ["1) + (2", 'unexpected ")"', ") + (2"],
    ["1; return 2", /one expression expected/, "return 2"],
    ["{ return 1; } object N() { return 2; }", "unexpected }", "object N() { return 2; "],
    ["{ return 1 }", '";" expected', ""],
    ['"abc', /expected/, ""],
    ['"\\q"', /unexpected/, '\\q"'],
    ["a b c", /unexpected/, "a b c"],
  ],
  "types that do not fit": [
    ['1 + true', "operator + cannot be applied to int and bool", "1 + true"],
    ['"a" - 1', "operator - cannot be applied to string and int", '"a" - 1'],
    ['"a" < "b"', "operator < cannot be applied to string and string", '"a" < "b"'],
    ['context.Response.StatusCode == "429"', "operator == cannot be applied to int and string", 'context.Response.StatusCode == "429"'],
    ["1 == null", "operator == cannot be applied to int and null", "1 == null"],
    ["!1", "cannot convert int to bool", "1"],
    ["1 && true", "&& needs bool, this is int", "1 && true"],
    ["1 ? 2 : 3", "cannot convert int to bool", "1 ? 2 : 3"],
    ['true ? 1 : "a"', "no common type of int and string: cast one of them", 'true ? 1 : "a"'],
    ["true ? 1 : null", "no common type of int and null: cast one of them", "true ? 1 : null"],
    ["{ int x = 1L; return x; }", "cannot convert long to int without a cast", "1L; return x; "],
    ['{ int x = "a"; return x; }', "cannot convert string to int", '"a"; return x; '],
    ['(int)"1"', "cannot convert string to int, not even with a cast", '(int)"1"'],
    ["(string)1", "cannot convert int to string, not even with a cast", "(string)1"],
    ["(JObject)1", "cannot convert int to JObject, not even with a cast", "(JObject)1"],
    ["1.5 + 1.5m", "operator + cannot be applied to double and decimal", "1.5 + 1.5m"],
    ["1 / 0", "division by constant zero", "1 / 0"],
    ["int.MaxValue + 1", "the constant does not fit int", "int.MaxValue + 1"],
    ["(byte)300", "the constant does not fit byte", "(byte)300"],
    ["99999999999999999999", "the number is too large for long", "99999999999999999999"],
    ["1 ?? 2", "int is never null", "1 ?? 2"],
    ["5?.ToString()", /never null/, "5?.ToString()"],
    ["(5) as int", /as needs a reference type/, "(5) as int"],
    ['"a" is int', "string is never int", '"a" is int'],
    ["x => x", "a lambda needs a place of a delegate type", "x => x"],
    ["{ var x = null; return x; }", "var cannot get its type from null", "null; return x; "],
    ['(string)context.Request.Headers["a"]', "cannot convert string[] to string, not even with a cast", '(string)context.Request.Headers["a"]'],
  ],
  "calls that do not fit": [
    ['"a".Substring("b")', /string\.Substring\(string\): no such form; there is string Substring\(int startIndex\)/, 'Substring("b")'],
    ['int.Parse(1)', /int\.Parse\(int\): no such form/, "Parse(1)"],
    ['context.Variables.GetValueOrDefault("x")', /no such form/, 'GetValueOrDefault("x")'],
    ['"a".Length()', "string.Length is not a method: leave out the ()", "Length()"],
    ['"a".Trim', "string.Trim is a method: call it with ()", "Trim"],
    ["string.Length", "string.Length needs an instance of string", "Length"],
    ['"a".IsNullOrEmpty("b")', "string.IsNullOrEmpty is static: use the type's name", 'IsNullOrEmpty("b")'],
    ["new Math()", /Math/, "Math()"],
    ["int.TryParse(\"1\", 5)", /no such form/, 'TryParse("1", 5)'],
    ["new[] { 1 }.Select(x => x.Foo)", /int has no member "Foo"/, "Foo)"],
    ["null.ToString()", "null has no members", "ToString()"],
    ["5[0]", "int has no indexer", "5[0]"],
  ],
  "code that cannot be right": [
    ["{ int x; return x; }", '"x" may not have a value yet', "x; "],
    ["{ int x; if (context.Tracing) { x = 1; } return x; }", '"x" may not have a value yet', "x; "],
    ['{ int n; if (context.Tracing && int.TryParse("1", out n)) { } return n; }', '"n" may not have a value yet', "n; "],
    ["{ int x; while (context.Tracing) { x = 1; break; } return x; }", '"x" may not have a value yet', "x; "],
    ["{ int x; try { x = 1; } catch { } return x; }", '"x" may not have a value yet', "x; "],
    ["{ if (context.Tracing) { return 1; } }", "not all code paths return a value", ""],
    ["{ while (context.Tracing) { return 1; } }", "not all code paths return a value", ""],
    ["{ }", "return expected", ""],
    ["{ return; }", "a value must be returned", "return; "],
    ["{ int x = 1; int x = 2; return x; }", '"x" is already declared here or around', "x = 2; return x; "],
    ["{ int x = 1; { int x = 2; } return x; }", '"x" is already declared here or around', "x = 2; } return x; "],
    ["{ { int x = 1; } return x; }", 'unknown name "x"', "x; "],
    ["{ const int x = 1; x = 2; return x; }", "x is a constant", "x = 2; return x; "],
    ["{ foreach (var x in new[] { 1 }) { x = 2; } return 1; }", "the variable of foreach cannot be assigned", "x = 2; } return 1; "],
    ["{ foreach (var x in 5) { } return 1; }", "foreach cannot go through int", "5) { } return 1; "],
    ["{ switch (1) { case 1: int a = 1; case 2: break; } return 1; }", "this case must end with break, return or throw", "case 1: int a = 1; case 2: break; } return 1; "],
    ["{ break; return 1; }", "break outside of a loop or switch", "break; return 1; "],
    ["{ 1 + 2; return 1; }", /unexpected/, "1 + 2; return 1; "],
    ["{ throw; }", "throw without an exception is only allowed in catch", "throw; "],
    ["{ throw 5; }", "cannot convert int to Exception", "5; "],
    ['{ "a".Length = 5; return 1; }', "string.Length cannot be set", "Length = 5; return 1; "],
    ["{ context = null; return 1; }", "context cannot be assigned", "context = null; return 1; "],
    ["{ Func<int, int> f = x => { }; return 1; }", "not all code paths of the lambda return a value", "}; return 1; "],
  ],
};

describe.each(Object.entries(TABLE))("the compiler refuses %s", (_, rows) => {
  it.each(rows)("%s", (code, message, at) => {
    const found = refusal(code);
    if (typeof message === "string") expect(found.message).toBe(message);
    else expect(found.message).toMatch(message);
    expect(found.at).toBe(at);
  });
});

describe("code that is right is accepted", () => {
  it.each([
    "{ int x; if (context.Tracing) { x = 1; } else { x = 2; } return x; }",
    '{ int n; return int.TryParse("1", out n) ? n : 0; }',
    '{ int n; if (!int.TryParse("1", out n)) { return 0; } return n; }',
    '{ if (int.TryParse("1", out var n) && n > 0) { return n; } return 0; }',
    "{ while (true) { if (context.Tracing) { return 1; } } }",
    "{ for (;;) { return 1; } }",
    '{ switch (context.Request.Method) { case "GET": return 1; default: throw new Exception(); } }',
    "{ int x; try { x = 1; } catch { x = 2; } return x; }",
    "{ int x; try { x = 1; } finally { } return x; }",
    '{ string s; do { s = "a"; } while (s == null); return s; }',
    "{ object o = 1; if (!(o is int i)) { return 0; } return i; }",
    "{ // a comment\n return 1; /* and another */ }",
    'System.Text.Encoding.UTF8.GetBytes("a").Length',
    'Newtonsoft.Json.Linq.JObject.Parse("{}").Count',
    "(new System.Collections.Generic.List<System.String>()).Count",
    "{ int @class = 1; return @class; }",
    '(context.Request.Method) + "x"',
    "{ int a = 3; return (a) - 1; }",
  ])("%s", (code) => {
    expect(refusal(code).message).toBe("accepted");
  });
});
