/** Are the known public mistakes in policies found, in anybody's file and where they stand, and are ours free of them? */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readStackFile, stackNames } from "../cli/stack-file.ts";
import { policyDocuments } from "../policies/index.ts";
import { xmlName } from "../policies/language/element.ts";
import { elementTable } from "../policies/language/index.ts";
import {
  documentOf,
  type Finding,
  type LintOptions,
  lintPolicy,
  plannedBackends,
  ReadError,
  readBackends,
  rules,
} from "../policies/lint/index.ts";
import { rulesPage } from "../policies/lint/page.ts";
import { policies as lintTable } from "../policies/lint/schema.ts";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { planStack } from "../stacks/plan.ts";

const ROOT = join(import.meta.dirname, "..");

const planOf = (stack: string, values: Record<string, unknown> = {}) => {
  const source = readStackFile(ROOT, stack);
  return planStack({ ...source, values: { asOf: "2026-11-24", ...source.values, ...values } });
};
const optionsOf = (plan: ReturnType<typeof planOf>, scope: string): LintOptions => ({
  sku: plan.gateway.sku,
  scope: scope === "global" ? "global" : "inherits",
  backends: plannedBackends(plan),
});
const lint = (snippet: string, options?: LintOptions) => lintPolicy(documentOf(snippet), "policy.xml", options);
const rulesOf = (findings: readonly Finding[]) => [...new Set(findings.map(({ rule }) => rule))];
const shown = (findings: readonly Finding[]) => findings.map((f) => `${f.line}:${f.column} ${f.rule}: ${f.message}`);
const inbound = (value: string) => `<inbound>\n  <base />\n  <set-variable name="x" value='${value}' />\n</inbound>`;

/** As people write it: nothing escaped inside expressions. */
const asRaw = (snippet: string) =>
  snippet.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

describe("every rule", () => {
  it("has a name of its own, a reason, a source and two snippets, and there are many", () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
    expect(rules.length).toBeGreaterThanOrEqual(50);
    for (const { name, why, source, bad, good } of rules) {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(why.length).toBeGreaterThan(20);
      expect(source.length).toBeGreaterThanOrEqual(10);
      expect(bad).not.toBe(good);
    }
  });

  it.each(rules)("finds its mistake, and nothing else is wrong there: $name", (rule) => {
    const findings = lint(rule.bad, rule.options);
    expect(rulesOf(findings), shown(findings).join("\n")).toEqual([rule.name]);
    expect(findings[0]?.severity).toBe(rule.severity);
    expect(findings.every(({ fix, message }) => fix !== "" && message !== "")).toBe(true);
  });

  it.each(rules)("is silent, with every other, where the mistake is not: $name", (rule) => {
    expect(shown(lint(rule.good, rule.options))).toEqual([]);
  });

  it.each(rules.filter(({ bad }) => asRaw(bad) !== bad))("finds it as well where expressions are not escaped: $name", (rule) => {
    expect(rulesOf(lint(asRaw(rule.bad), rule.options))).toEqual([rule.name]);
    expect(shown(lint(asRaw(rule.good), rule.options))).toEqual([]);
  });

  it("stands in docs/lint-rules.md as it is", async () => {
    await expect(rulesPage()).toMatchFileSnapshot("../docs/lint-rules.md");
  });
});

describe("our own documents", () => {
  const cases = stackNames(ROOT).flatMap((stack) => TOPOLOGIES.map((topology) => ({ stack, topology })));

  it.each(cases)("have none of the mistakes: $stack, $topology", ({ stack, topology }) => {
    const plan = planOf(stack, { topology });
    const documents = policyDocuments(plan);
    expect(documents.length).toBeGreaterThan(1);
    expect(documents.flatMap(({ xml, file, scope }) => shown(lintPolicy(xml, file, optionsOf(plan, scope))))).toEqual([]);
  });

  it.each([
    ["Developer", {}],
    ["Consumption", { consumers: [{ name: "web" }] }],
    ["PremiumV2", {}],
  ])("have none on %s", (sku, values) => {
    const plan = planOf("dev", { ...values, gateway: { sku, publisherName: "a", publisherEmail: "a@b.example" } });
    expect(policyDocuments(plan).flatMap(({ xml, file, scope }) => shown(lintPolicy(xml, file, optionsOf(plan, scope))))).toEqual(
      [],
    );
  });

  const plan = planOf("dev");
  const xml = policyDocuments(plan).find(({ scope }) => scope === "api")?.xml ?? "";
  const LAST_BASE = /<base\/>(?=(?:(?!<base\/>)[\s\S])*<\/on-error>)/;

  it.each<[seeded: string, find: string | RegExp, replace: string, rule: string]>([
    ["the body of an attempt is not buffered", 'buffer-request-body="true"', 'buffer-request-body="false"', "retry-buffers-body"],
    ["the attribute is gone", ' buffer-request-body="true"', "", "retry-buffers-body"],
    ["the large attempt may be repeated", ' &amp;&amp; !(bool)context.Variables["large"])', ")", "retry-buffers-body"],
    ["answers are buffered", 'buffer-response="false"', 'buffer-response="true"', "response-buffered"],
    ["an attempt has no timeout", / timeout='@\(\(int\)Math[^']*'/, "", "retry-timeout"],
    ["a pool's count is not its own", 'name="retries" value="@(3)"', 'name="retries" value="@(1)"', "retry-count-follows-pool"],
    ["the verdict forgets a code", "status == 408 ||", "status == 409 ||", "tripped-not-retried"],
    ["the verdict starts later", /status &gt;= 500/g, "status &gt;= 502", "tripped-not-retried"],
    ["429 is no failure any more", '(status == 429) ? "throttled"', '(status == 430) ? "throttled"', "tripped-not-retried"],
    ["the caller's key goes along", '<set-header name="api-key" exists-action="delete"/>', "", "caller-key-forwarded"],
    [
      "a parameter goes along",
      '<set-query-parameter name="subscription-key" exists-action="delete"/>',
      "",
      "caller-key-forwarded",
    ],
    ["a number is a literal", 'name="retries" value="@(3)"', 'name="retries" value="3"', "variable-cast"],
    ["a flag is a literal", 'name="steer" value="@(false)"', 'name="steer" value="false"', "variable-cast"],
    ["inbound does not inherit", "<base/>", "", "missing-base"],
    ["on-error does not inherit", LAST_BASE, "", "missing-base"],
    [
      "a cast is missing",
      '(string)context.Variables["refusal"] != ""',
      'context.Variables["refusal"] != ""',
      "reference-comparison",
    ],
    ["the request's body is consumed", "As&lt;JObject&gt;(preserveContent: true)", "As&lt;JObject&gt;()", "body-consumed"],
    ["a second policy in backend", "<backend>", '<backend>\n    <set-variable name="y" value="1"/>', "backend-one-child"],
    ["a bracket is missing", "ToString())", "ToString()", "csharp-syntax"],
    ["a type is not listed", "Math.Max(1L,", "Maths.Max(1L,", "unlisted-type"],
    ["a throttled caller is told nothing", /<set-header name="Retry-After">[\s\S]*?<\/set-header>/g, "", "retry-after"],
    ["on-error reads too early", 'context.LastError.Section == "backend" &amp;&amp; ', "", "on-error-variable"],
    ["an attribute is misspelled", "first-fast-retry", "fast-first-retry", "unknown-attribute"],
    ["an element is misspelled", "<set-backend-service ", "<set-backendservice ", "unknown-element"],
    ["the retry is endless", "count='@((int)context.Variables[\"retries\"])'", 'count="60"', "attribute-value"],
  ])("would not hide it if %s", (_, find, replace, rule) => {
    const mutated = xml.replace(find, replace);
    expect(mutated).not.toBe(xml);
    const found = rulesOf(lintPolicy(mutated, "api-openai.xml", optionsOf(plan, "api")));
    expect(found).toContain(rule);
  });
});

describe("places", () => {
  it.each([
    [
      "well-formed",
      `<policies>\n  <inbound>\n    <base />\n    <set-variable name="x"\n      value="@(&quot;&lt;&quot; + DateTime.Now)" />`,
    ],
    [
      "as people write",
      `<policies>\n  <inbound>\n    <base />\n    <set-variable name="x"\n      value="@("<" + DateTime.Now)" />`,
    ],
  ])("are exact inside expressions: %s", (_, start) => {
    const text = `${start}\n  </inbound>\n  <backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error>\n</policies>`;
    const column = (start.split("\n").at(-1) ?? "").indexOf("DateTime") + 1;
    expect(lintPolicy(text, "p.xml")).toMatchObject([
      { file: "p.xml", line: 5, column, rule: "wall-clock", severity: "warning" },
    ]);
  });

  it("are exact in text, CDATA and after comments that hold what looks like code", () => {
    const text = `<!-- @(never closed " -->\n<fragment>\n  <set-body>a<![CDATA[<b> @(DateTime.Now)]]></set-body>\n  <set-header name="x"><value>@("&" + DateTimeOffset.Now)</value></set-header>\n</fragment>`;
    expect(shown(lintPolicy(text, "f.xml"))).toEqual([
      "3:29 wall-clock: DateTime.Now is local time",
      "4:39 wall-clock: DateTimeOffset.Now is local time",
    ]);
  });

  it.each<[what: string, text: string, line: number, message: RegExp]>([
    ["tags do not match", "<policies>\n  <inbound>\n  </outbound>\n</policies>", 3, /inbound/],
    [
      "an expression is never closed",
      '<policies>\n  <inbound>\n    <set-variable name="x" value="@("a" + (b)" />\n  </inbound>\n</policies>',
      3,
      /never closed/,
    ],
    ["the root is something else", "<html>\n</html>", 1, /<html>.*<policies>.*<fragment>/],
    ["there is nothing", " \n", 1, /empty/],
    ["an attribute stands twice", '<policies>\n<inbound a="1" a="2" />\n</policies>', 2, /a/],
  ])("of what cannot be read: %s", (_, text, line, message) => {
    const error = (() => {
      try {
        lintPolicy(text, "p.xml");
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ReadError);
    expect(error).toMatchObject({ line, message: expect.stringMatching(message) });
  });
});

describe("rules in doubt", () => {
  const backends = {
    pools: [{ id: "pool", members: ["a", "b"] }],
    breakers: [
      {
        id: "a",
        codes: [
          [429, 429],
          [500, 503],
        ] as const,
      },
    ],
  };
  const retry = (
    condition: string,
    body = "",
    service = 'backend-id="pool"',
  ) => `<inbound><base /><set-backend-service ${service} /></inbound>
<backend><retry condition="${condition}" count="1" interval="0">${body}<forward-request timeout="9" buffer-request-body="true" /></retry></backend>
<on-error><base /><return-response><set-status code="500" /></return-response></on-error>`;

  it.each<[condition: string, missed: string | undefined]>([
    ["@(context.Response.StatusCode == 429 || context.Response.StatusCode >= 500)", undefined],
    ["@(context.Response.StatusCode == 429)", "500-502"],
    ["@(context.Response != null && new[] { 429, 500, 501, 502 }.Contains(context.Response.StatusCode))", undefined],
    ["@(context.Response != null && new[] { 429, 500, 502 }.Contains(context.Response.StatusCode))", "501"],
    ["@{ var status = context.Response.StatusCode; return status == 429 || status > 500; }", "500"],
    ["@(context.Response?.StatusCode >= 500)", "429"],
    ['@(context.Response.StatusCode == 429 || (string)context.Variables["other"] == "x")', undefined],
  ])("compare the codes of breaker and condition %s", (condition, missed) => {
    const found = lint(retry(condition), { backends }).filter(({ rule }) => rule === "tripped-not-retried");
    expect(found.map(({ message }) => /trips on ([\d, -]+),/.exec(message)?.[1])).toEqual(missed === undefined ? [] : [missed]);
  });

  it("follow a verdict through the branches that set it", () => {
    const body = `<set-variable name="bad" value="@(false)" /><choose>
      <when condition="@(context.Response.StatusCode == 429)"><set-variable name="bad" value="@(true)" /></when>
      <when condition="@(context.Response.StatusCode > 501)"><set-variable name="bad" value="@(context.Response.StatusCode < 599)" /></when>
    </choose>`;
    const found = lint(retry('@((bool)context.Variables["bad"])', body), { backends });
    expect(found.filter(({ rule }) => rule === "tripped-not-retried").map(({ message }) => message)).toEqual([
      "the breaker trips on 500-501, but the condition does not repeat the call then",
    ]);
    expect(found.filter(({ rule }) => rule === "retried-not-tripped").map(({ message }) => message)).toEqual([
      expect.stringContaining("repeated after 504-598,"),
    ]);
  });

  it("do not ask a breaker of documents that choose each member themselves", () => {
    const condition =
      "@(context.Response.StatusCode == 429 || context.Response.StatusCode == 404 || context.Response.StatusCode >= 500)";
    const steered = '<set-backend-service backend-id="@(context.Variables.GetValueOrDefault<string>("next", "a"))" />';
    expect(rulesOf(lint(retry(condition), { backends }))).toContain("retried-not-tripped");
    expect(rulesOf(lint(retry(condition, steered), { backends }))).not.toContain("retried-not-tripped");
  });

  it.each<[code: string, rules: string[]]>([
    ['@((int)context.Variables["n"] == 1)', []],
    ['@(context.Variables["n"] == null)', []],
    ['@(context.Variables.GetValueOrDefault("n") == "a")', ["reference-comparison"]],
    ["@((context.Request.Url.Port) - 1)", []],
    ['@(context.Request.Headers["a"][0])', []],
    ['@{ var body = JObject.Parse("{}"); return body["a"] != null ? body["a"]["b"].ToString() : ""; }', ["json-null"]],
    ['@{ var body = JObject.Parse("{}"); return (int?)body["a"] ?? 0; }', []],
    ['@{ var body = JObject.Parse("{}"); return (int)body["a"]; }', ["json-null"]],
    ['@{ try { return (int)JObject.Parse("{}")["a"]; } catch { return 0; } }', []],
    ["@(System.Text.Json.JsonSerializer.Serialize(1))", ["unlisted-type"]],
    ["@(new System.Text.StringBuilder().Append(System.Math.Max(1, 2)).ToString())", []],
    ['@(System.IO.File.ReadAllText("/a"))', ["unlisted-type"]],
    ['@{ foreach (var X in new List<string>()) { if (X.Length > 1) { return X; } } return ""; }', []],
    ["@(context.Request.Body.As<string>(true))", []],
    ['@(((IResponse)context.Variables.GetValueOrDefault<object>("r", null)).Body.As<string>())', []],
    ["@{ var x = 1; }", ["csharp-syntax"]],
    ["@(a is not null)", ["csharp-version"]],
    ['@("Bearer 1234567890abcdef")', ["key-in-clear"]],
    ['@("0123456789abcdef0123456789abcdef")', ["key-in-clear"]],
    ['@("00000000-0000-4000-8000-000000000000")', []],
  ])("look at C# as a tree: %s", (code, expected) => {
    const given = '<set-variable name="n" value="@(1)" />';
    const snippet = `<inbound>\n  <base />\n  ${given}\n  <set-variable name="x" value="${code}" />\n</inbound>`;
    expect(rulesOf(lint(snippet))).toEqual(expected);
  });

  it.each<[value: string, read: string, wrong: boolean]>([
    ["1", '(int)context.Variables["v"]', true],
    ["1", 'int.Parse((string)context.Variables["v"])', false],
    ["{{limit}}", '(int)context.Variables["v"]', false],
    ["@(1)", '(long)context.Variables["v"]', true],
    ["@(1L)", '(long)context.Variables["v"]', false],
    ["@(1)", 'context.Variables.GetValueOrDefault<string>("v", "")', true],
    ["@(1)", 'context.Variables.GetValueOrDefault<object>("v", "")', false],
    ["@(1)", '(int?)context.Variables["v"]', false],
    ["@{ int left = 0; foreach (var c in new List<int>()) { left++; } return left; }", '(string)context.Variables["v"]', true],
    ["@{ if (context.Api == null) { return 1; } return new Random().Next(2); }", '(string)context.Variables["v"]', false],
  ])("know what a variable holds: %s read as %s", (value, read, wrong) => {
    const snippet = `<inbound>\n  <base />\n  <set-variable name="v" value="${value}" />\n  <set-variable name="w" value="@(${read})" />\n</inbound>`;
    expect(rulesOf(lint(snippet))).toEqual(wrong ? ["variable-cast"] : []);
  });

  it("never print a key that they find", () => {
    const key = "0123456789abcdef0123456789abcdee";
    const findings = lint(inbound(key));
    expect(rulesOf(findings)).toEqual(["key-in-clear"]);
    expect(JSON.stringify(findings)).not.toContain(key);
  });

  it("let a global document stand without base, by its name or on request", () => {
    const text = "<policies><inbound /><backend><forward-request /></backend><outbound /><on-error /></policies>";
    expect(lintPolicy(text, "some/global.xml")).toEqual([]);
    expect(lintPolicy(text, "api.xml", { scope: "global" })).toEqual([]);
    expect(rulesOf(lintPolicy(text, "api.xml"))).toEqual(["missing-base"]);
  });

  it("name what was probably meant", () => {
    const [element] = lint("<inbound><base /><forward-reqest /></inbound>");
    expect(element).toMatchObject({ rule: "unknown-element", fix: "did you mean forward-request?" });
    const [attribute] = lint('<inbound><base /><set-variable nam="x" name="x" value="1" /></inbound>');
    expect(attribute).toMatchObject({ rule: "unknown-attribute", fix: "did you mean name?" });
  });
});

describe("the linter's table of elements", () => {
  it("knows everything that our language writes, where it writes it", () => {
    expect(elementTable.length).toBeGreaterThan(10);
    for (const row of elementTable) {
      const known = lintTable[row.name];
      expect(known, row.name).toBeDefined();
      for (const section of row.sections) expect(known?.sections, `${row.name} in ${section}`).toContain(section);
      for (const option of Object.keys(row.attributes))
        expect(Object.keys(known?.attributes ?? {}), row.name).toContain(xmlName(option));
    }
  });
});

describe("backends", () => {
  const properties = {
    pool: { services: [{ id: "/subscriptions/s/x/backends/east" }, { id: "/backends/west" }] },
    circuitBreaker: { rules: [{ failureCondition: { statusCodeRanges: [{ min: 429, max: 429 }] } }] },
  };
  const expected = { pools: [{ id: "pool", members: ["east", "west"] }], breakers: [{ id: "pool", codes: [[429, 429]] }] };

  it("are read as the REST API and as the command line list them", () => {
    expect(readBackends({ value: [{ name: "pool", properties }] })).toEqual(expected);
    expect(readBackends([{ name: "pool", ...properties }])).toEqual(expected);
  });

  it.each<[json: unknown, message: string]>([
    ["x", "must be an array"],
    [[{}], "[0].name"],
    [[{ name: "p", pool: { services: [{}] } }], "[0] (p).pool.services[0].id"],
    [
      [{ name: "p", circuitBreaker: { rules: [{ failureCondition: { statusCodeRanges: [{ min: "429" }] } }] } }],
      "[0] (p).circuitBreaker",
    ],
  ])("are refused with the place: %j", (json, message) => {
    expect(() => readBackends(json)).toThrow(message);
  });
});

describe.concurrent("npm run lint:policy", () => {
  let folder = "";
  const run = (...args: string[]) =>
    new Promise<{ status: number; stdout: string; stderr: string }>((done) => {
      const child = execFile(
        process.execPath,
        [join(ROOT, "cli/lint-policy.ts"), ...args],
        { cwd: folder },
        (_, stdout, stderr) => done({ status: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lint-"));
    const good = documentOf("<outbound>\n  <base />\n  <one-more />\n</outbound>").replace(
      "<one-more />",
      "<cache-store-value key='a' value='1' duration='9' /><cache-store-value key='b' value='1' duration='9' />",
    );
    writeFileSync(join(folder, "warns.xml"), good);
    writeFileSync(join(folder, "bad.xml"), documentOf('<backend><forward-request buffer-respons="false" /></backend>'));
    writeFileSync(join(folder, "torn.xml"), "<policies>\n<inbound>");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("prints file, line, column, rule and fix, a summary, and exits with 1 on errors", async ({ expect }) => {
    const { status, stdout } = await run("warns.xml", "bad.xml", "torn.xml");
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^warns\.xml:4:\d+ warning one-cache-store: a second <cache-store-value> in outbound\. Fix: keep one/m,
    );
    expect(stdout).toMatch(/^bad\.xml:2:\d+ error unknown-attribute: .*Fix: did you mean buffer-response\?$/m);
    expect(stdout).toMatch(/^torn\.xml:2:\d+ error unreadable: /m);
    expect(stdout).toMatch(/\n3 files: 2 errors, 1 warning\n$/);
  });

  it("gives JSON, exits with 0 on warnings alone, and checks a stack's own documents beside", async ({ expect }) => {
    const { status, stdout } = await run("warns.xml", "--stack", "dev", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      files: 4,
      errors: 0,
      warnings: 1,
      findings: [{ file: "warns.xml", rule: "one-cache-store" }],
    });
  });

  it("says in one line what it was not given", async ({ expect }) => {
    const { status, stderr } = await run("nowhere.xml");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^nowhere\.xml: cannot be read: .*\n$/);
  });
});
