/** Does the lint find slips of the hand, and is it silent where nothing slipped? And does it run alone, on any folder? */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentOf, lintPolicy } from "../policies/lint/index.ts";
import { slow } from "../policies/lint/regex.ts";

const ROOT = join(import.meta.dirname, "..");
const SLIPS = ["assignment-in-condition", "unknown-member", "variable-never-set", "regex-backtracks"];
const found = (inbound: string) =>
  lintPolicy(documentOf(`<inbound>\n<base />\n${inbound}\n</inbound>`), "policy.xml")
    .filter(({ rule }) => SLIPS.includes(rule))
    .map(({ rule }) => rule);
const when = (condition: string) => `<choose><when condition='${condition}'><set-variable name="y" value="a" /></when></choose>`;
const value = (code: string) => `<set-variable name="x" value='${code}' />`;

describe("an assignment in a condition", () => {
  it.each([
    when('@(context.Request.Method = "GET")'),
    when('@((context.Request.Method = "GET"))'),
    when('@(context.Api.Id == "a" && (context.Request.Method = "GET"))'),
    when("@{ var ok = false; if (ok = true) { return true; } return false; }"),
    when("@{ var a = true; return a = false; }"),
    value('@((context.Request.Method = "GET") ? 1 : 2)'),
    value("@{ var go = true; while (go = false) { } return 1; }"),
    '<retry condition="@(context.Response.StatusCode = 429)" count="1" interval="0"><set-variable name="y" value="a" /></retry>',
  ])("is found: %s", (snippet) => expect(found(snippet)).toContain("assignment-in-condition"));

  it.each([
    when('@(context.Request.Method == "GET")'),
    when("@{ var a = 1; a = 2; return a == 2; }"),
    when("@(new List<int> { 1 }.Any(i => i >= 1))"),
    when('@(new string[] { "a" }.Select(s => new { T = s }).Any(o => o.T != null))'),
    value('@{ JObject o = new JObject(); o["a"] = 1; return o.ToString(); }'),
    value("@(context.Request.Body.As<string>(preserveContent: true))"),
    value("@{ var n = 0; for (var i = 0; i < 3; i++) { n += i; } return n; }"),
  ])("is not seen elsewhere: %s", (snippet) => expect(found(snippet)).toEqual([]));
});

describe("a member that does not exist", () => {
  it.each([
    "context.Response.Status",
    "context.Response?.StatusCodes",
    'context.Request.Header["a"]',
    "context.Request.Url.Hostname",
    'context.Request.OriginalUrl.Query.GetValueOrDefualt("a", "")',
    "context.Subscriptions.Id",
    "context.LastError.Reasons",
    "context.Deployment.Gateway.Ids",
    "Math.Maximum(1, 2)",
    'string.IsNullOrNothing("a")',
    'Regex.IsMach("a", "b")',
    'JObject.Pars("{}")',
    '"a".ToLowerCase()',
    'context.Request.Headers.GetValueOrDefault("a", "").Lenght',
    "context.Request.Body.AsString()",
    '((IResponse)context.Variables.GetValueOrDefault<object>("r", null)).Status',
    "context.Request.IPAddress",
  ])("is found: %s", (code) => expect(found(value(`@(${code})`))).toEqual(["unknown-member"]));

  it.each([
    "context.Response.StatusCode.ToString()",
    "context.Request.Headers.Select(h => h.Key + h.Value.First()).Aggregate((a, b) => a + b)",
    'context.Request.Url.Query.ContainsKey("a")',
    "context.Request.Certificate?.Thumbprint",
    "context.Request.Certificate.Verify()",
    "context.User?.Groups.Select(g => g.Name)",
    'context.Request.Headers.GetValueOrDefault("Authorization", "").Split(\' \').Last().AsJwt()?.Claims.GetValueOrDefault("sub", "")',
    "new { Some = 1 }.Some",
    'JObject.Parse("{}").SelectToken("a")?.Value<string>()',
    'JObject.Parse("{}")["a"]?.Type == JTokenType.String',
    "DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()",
    'System.Text.Encoding.UTF8.GetBytes("a").Length',
    'Guid.NewGuid().ToString("N")',
    "Convert.ToBase64String(new HMACSHA256(new byte[] { 1 }).ComputeHash(new byte[] { 2 }))",
    "context.Backend.AzureRegion",
    '((dynamic)JObject.Parse("{}")).Anything',
    'context.Timestamp.AddMinutes(1).ToString("o")',
    "context.Elapsed.TotalMilliseconds",
  ])("is none of these: %s", (code) => expect(found(value(`@(${code})`))).toEqual([]));
});

describe("a variable that nobody sets", () => {
  const read = (name: string) => value(`@((string)context.Variables["${name}"])`);
  const set = '<set-variable name="deployment" value="a" />';
  it.each([
    read("deploymnet"),
    set + read("deploymnt"),
    set + value('@(context.Variables.GetValueOrDefault<string>("deploymet", ""))'),
    '<send-request mode="new" response-variable-name="answer"><set-url>https://a.example</set-url></send-request>' +
      read("anwser"),
  ])("is found: %s", (snippet) => expect(found(snippet)).toEqual(["variable-never-set"]));

  it.each([
    set + read("deployment"),
    value('@(context.Variables.GetValueOrDefault<string>("from-outside", ""))'),
    value('@(context.Variables.ContainsKey("from-outside") ? (string)context.Variables["from-outside"] : "")'),
    `<include-fragment fragment-id="sets-it" />${read("from-outside")}`,
    `<cache-lookup-value key="k" variable-name="cached" />${read("cached")}`,
    `<set-variable name="{{name}}" value="a" />${read("anything")}`,
  ])("is none of these: %s", (snippet) => expect(found(snippet)).toEqual([]));
});

describe("a regular expression", () => {
  it.each([
    ["(a+)+$", true],
    ["^(a|a)*$", true],
    ["^(a|aa)+$", true],
    ["^(\\w+\\s?)*$", true],
    ["^([a-z]+)*!", true],
    ["\\s+$", false],
    ["^(.*),(.*)$", false],
    ["^\\d+\\d+x", false],
    [".*foo.*bar", false],
    ['; *name=(?:"x"|x)(?:;[^\\r\\n]*)?\\r\\n(?:[^\\r\\n]+\\r\\n)*\\r\\n([^\\r\\n]*)', false],
  ])("is told to be slow: %s", (pattern, exponential) => expect(slow(pattern)).toMatchObject({ exponential }));

  it.each([
    "^Bearer .+$",
    "-(a|b)$",
    "foo.*",
    "^[^/]+/[^/]+/$",
    "^(?:[a-z]+,)*$",
    "^\\s*\\{",
    '"model"\\s*:\\s*"([^"]{1,64})"',
    "(?i)abc",
    "[a-z]{1,20}@[a-z]{1,20}",
    '^(?:[^"\\\\]|\\\\.)*$',
    "^/openai/(?<name>[^/]+)(/|$)",
    "[",
  ])("is told to be quick: %s", (pattern) => expect(slow(pattern)).toBeUndefined());

  it.each([
    ['@(Regex.IsMatch(context.Request.Body.As<string>(true), "^(a+)+$"))', ["regex-backtracks"]],
    ['@(Regex.Replace(context.Request.Headers.GetValueOrDefault("a", ""), @"\\s+$", ""))', ["regex-backtracks"]],
    ['@(new Regex("(x+)+y").IsMatch("a"))', ["regex-backtracks"]],
    ['@(Regex.IsMatch(context.Operation.Id, ".*a.*b"))', []],
    ['@(Regex.IsMatch(context.Request.Url.Path, "^/a/[^/]+$"))', []],
  ])("is looked at over what callers send: %s", (code, rules) => expect(found(value(code))).toEqual(rules));
});

describe("the lint on a folder", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "a folder of policies "));
    mkdirSync(join(folder, "apis"));
    const sections = "<backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error>";
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    write("product.xml", `<policies><inbound><base /><set-variable name="plan" value="gold" /></inbound>${sections}</policies>`);
    write(
      "apis/api.xml",
      `<!-- one --><policies><inbound><base /><set-header name="x-plan"><value>@((string)context.Variables["plan"])</value></set-header></inbound>${sections}</policies>`,
    );
    write("apis/wrong.xml", `<policies><inbound><base />${when('@(context.Api.Id = "a")')}</inbound>${sections}</policies>`);
    write("pom.xml", "<?xml version='1.0'?><project><a/></project>");
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = async (cwd: string, ...args: string[]) => {
    try {
      return {
        status: 0,
        ...(await promisify(execFile)(process.execPath, [join(ROOT, "cli/lint-policy.ts"), ...args], { cwd })),
      };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { status: code, stdout, stderr };
    }
  };

  it("takes every policy in it, from any folder, and lets its files know each other's variables", async () => {
    const { status, stdout } = await run(folder, ".");
    expect(stdout.split("\n").filter(Boolean)).toEqual([
      expect.stringMatching(/^apis[/\\]wrong\.xml:1:\d+ error assignment-in-condition: .* Fix: compare with ==$/),
      "3 files: 1 error, 0 warnings",
    ]);
    expect(status).toBe(1);
  });

  it("says of a file alone what it does not know", async () => {
    const { status, stdout } = await run("/", join(folder, "apis/api.xml"));
    expect(stdout).toContain('variable-never-set: nothing here sets variable "plan"');
    expect(status).toBe(0);
  });

  it("says when there is no policy", async () => {
    mkdirSync(join(folder, "empty"));
    const { status, stderr } = await run(folder, "empty");
    expect(stderr).toBe("empty: has no policy: no .xml file whose first element is <policies> or <fragment>\n");
    expect(status).toBe(1);
  });
});
