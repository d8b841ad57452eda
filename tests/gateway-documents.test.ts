import { describe, expect, it } from "vitest";
import { type Format, readDocument } from "../sandbox/gateway/documents.ts";
import { checkPolicy, type KnownToService, type PolicyToCheck } from "../sandbox/gateway/index.ts";

const KNOWN: KnownToService = {
  namedValue: (name) => ["token-limit", "condition"].includes(name),
  namedValueText: (name) => (name === "condition" ? "context.Response.StatusCode == 429" : undefined),
  backend: (id) => id === "pool",
  fragment: (id) => id === "shared",
};
const check = (xml: string, policy: Partial<PolicyToCheck> = {}) =>
  checkPolicy({ xml, format: "rawxml", scope: "api", sku: "BasicV2", ...policy }, KNOWN);

/** Each line is one line of the document, so that a fault's line can be counted. */
const inbound = (...lines: string[]) => ["<policies>", "<inbound>", ...lines, "</inbound>", "</policies>"].join("\n");
const backend = (...lines: string[]) => ["<policies>", "<backend>", ...lines, "</backend>", "</policies>"].join("\n");

describe("reading a document", () => {
  const value = (xml: string, format: Format) => readDocument(xml, format).children[0]?.attributes.get("v");

  it.each([
    [
      "bare quotes, < and && inside an expression",
      `<a><b v="@(x["k"] == "a" && 1 < 2)"/></a>`,
      "rawxml",
      `@(x["k"] == "a" && 1 < 2)`,
    ],
    ["an entity-escaped expression", `<a><b v="@(x[&quot;k&quot;] &amp;&amp; 1 &lt; 2)"/></a>`, "rawxml", `@(x["k"] && 1 < 2)`],
    ["the same, well-formed", `<a><b v="@(x[&quot;k&quot;] &amp;&amp; 1 &lt; 2)"/></a>`, "xml", `@(x["k"] && 1 < 2)`],
    [
      "brackets and quotes inside strings",
      `<a><b v="@(f(")\\"", ')', @"""(", $"{d["k"]})"))"/></a>`,
      "rawxml",
      `@(f(")\\"", ')', @"""(", $"{d["k"]})"))`,
    ],
    ["line breaks in an attribute become spaces", `<a><b v="@{\n return 1; }"/></a>`, "xml", "@{  return 1; }"],
    ["line breaks in a raw expression stay", `<a><b v="@{ // one )\n return 1; }"/></a>`, "rawxml", "@{ // one )\n return 1; }"],
  ] as const)("takes %s", (_, xml, format, expected) => {
    expect(value(xml, format)).toBe(expected);
  });

  it("leaves comments out and takes CDATA as text", () => {
    const { text } = readDocument(`<a><!-- @( " -->x &lt; <![CDATA[<y> && z]]></a>`, "rawxml");
    expect(text).toBe("x < <y> && z");
  });

  it("counts lines in the text it was given, past what it had to escape", () => {
    const root = readDocument(`<a>\n<b v="@{\n if (a < b && c) {\n }\n }"/>\n<c/></a>`, "rawxml");
    expect(root.children.map(({ line, column }) => [line, column])).toEqual([
      [2, 1],
      [6, 1],
    ]);
  });

  it.each([
    ["a document type", `<!DOCTYPE a [<!ENTITY e "x">]>\n<a/>`, "xml", /must not have a DOCTYPE.*Line 1/],
    ["an && that is not escaped", `<policies>\n<inbound v="a && b"/></policies>`, "xml", /Line 2, position 1[0-9]/],
    ["mismatched tags", "<policies>\n<inbound>\n</policies>", "rawxml", /Line 3/],
    ["an empty text", "", "xml", /Line 1/],
  ] as const)("refuses %s", (_, xml, format, message) => {
    expect(check(xml, { format })).toEqual([{ line: expect.any(Number), message: expect.stringMatching(message) }]);
  });
});

describe("a document that API Management would take", () => {
  it.each([
    [
      "rawxml with everything common",
      `<policies>
<inbound><base /><include-fragment fragment-id="shared" />
 <set-variable name="model" value="@{ var body = context.Request.Body.As<JObject>(true); return (string)body["model"] ?? ""; }" />
 <choose><when condition="@(context.Request.Method == "GET" && 1 < 2)"><set-backend-service backend-id="pool" /></when><otherwise /></choose>
 <rate-limit-by-key calls="10" renewal-period="60" counter-key="@(context.Subscription.Id)" />
 <validate-jwt header-name="Authorization"><openid-config url="https://x/.well-known" /><audiences><audience>a</audience></audiences><issuers><issuer>i</issuer></issuers></validate-jwt>
</inbound>
<backend><retry condition="@(context.Response.StatusCode == 429)" count="2" interval="0" first-fast-retry="true"><forward-request buffer-request-body="true" timeout="60" /></retry></backend>
<outbound><base /><set-header name="x" exists-action="override"><value>@(context.Response.StatusCode.ToString())</value></set-header></outbound>
<on-error><base /><return-response><set-status code="503" reason="Busy" /><set-header name="Retry-After"><value>1</value></set-header><set-body>{"a": 1}</set-body></return-response></on-error>
</policies>`,
    ],
    [
      "named values in literals and in code",
      inbound(
        `<set-variable name="a" value="{{token-limit}}" />`,
        `<llm-token-limit counter-key="k" estimate-prompt-tokens="false" tokens-per-minute="{{token-limit}}" />`,
      ),
    ],
    [
      "a named value that is code",
      inbound(`<choose><when condition="@({{condition}})"><trace source="a"><message>m</message></trace></when></choose>`),
    ],
    ["a section left out", "<policies><inbound><base /></inbound></policies>"],
  ])("%s", (_, xml) => {
    expect(check(xml)).toEqual([]);
  });
});

describe("a document that API Management would refuse", () => {
  it.each<[what: string, xml: string, line: number, message: RegExp, policy?: Partial<PolicyToCheck>]>([
    ["another root", "<policy />", 1, /root element must be 'policies'/],
    [
      "an unknown section",
      "<policies>\n<inbuond />\n</policies>",
      2,
      /'inbuond' is not a policy section. Did you mean 'inbound'/,
    ],
    ["a section twice", "<policies>\n<inbound />\n<inbound />\n</policies>", 3, /'inbound' must not appear twice/],
    [
      "two policies in backend",
      backend("<forward-request />", "<base />"),
      2,
      /must contain exactly one policy; found 'forward-request', 'base'/,
    ],
    ["an empty backend", backend(), 2, /exactly one policy; found none/],
    ["an unknown policy", inbound("<set-hedaer />"), 3, /'set-hedaer' is not a policy. Did you mean 'set-header'/],
    [
      "a policy that is not executed here",
      inbound(`<xml-to-json kind="direct" />`),
      3,
      /'xml-to-json' is a policy of API Management that this gateway does not execute/,
    ],
    [
      "a policy in the wrong section",
      inbound("<forward-request />"),
      3,
      /'forward-request' is not allowed in the section 'inbound', only in 'backend'/,
    ],
    [
      "rewrite-uri in a retry",
      backend(`<retry condition="@(true)" count="1" interval="0">`, `<rewrite-uri template="/a" />`, "</retry>"),
      4,
      /'rewrite-uri' is not allowed in the section 'backend'/,
    ],
    [
      "an unknown attribute",
      inbound(`<set-variable name="a" valeu="b" value="c" />`),
      3,
      /'valeu' is not an attribute of 'set-variable'. Did you mean 'value'/,
    ],
    ["a missing attribute", inbound(`<set-variable name="a" />`), 3, /The required attribute 'value' is missing/],
    [
      "an attribute that the toolkit misspells",
      inbound(
        `<llm-token-limit counter-key="k" tokens-per-minute="5" estimate-prompt-tokens="true" estimate-prompt-token="true" />`,
      ),
      3,
      /Did you mean 'estimate-prompt-tokens'/,
    ],
    [
      "neither of two attributes",
      inbound("<set-backend-service />"),
      3,
      /One of the attributes 'backend-id', 'base-url' is required/,
    ],
    [
      "both of two attributes",
      inbound(`<set-backend-service backend-id="pool" base-url="https://x" />`),
      3,
      /Only one of the attributes/,
    ],
    [
      "both timeouts",
      backend(`<forward-request timeout="1" timeout-ms="1" />`),
      3,
      /Only one of the attributes 'timeout', 'timeout-ms'/,
    ],
    [
      "a retry count of 0",
      backend(`<retry condition="@(true)" count="0" interval="0"><forward-request /></retry>`),
      3,
      /'0' of attribute 'count' must be a whole number from 1 to 50/,
    ],
    [
      "a retry count of 51",
      backend(`<retry condition="@(true)" count="51" interval="0"><forward-request /></retry>`),
      3,
      /must be a whole number from 1 to 50/,
    ],
    [
      "a word where a boolean is due",
      backend(`<forward-request buffer-response="no" />`),
      3,
      /'no' of attribute 'buffer-response' must be true or false/,
    ],
    [
      "an expression where none may be",
      backend(`<forward-request buffer-response="@(true)" />`),
      3,
      /Policy expressions are not allowed in attribute 'buffer-response'/,
    ],
    [
      "text around an expression of a typed attribute",
      inbound(`<choose><when condition="!@(true)" /></choose>`),
      3,
      /Text around the expression in attribute 'condition' is not allowed/,
    ],
    [
      "an unknown choice",
      inbound(`<set-header name="a" exists-action="replace"><value>b</value></set-header>`),
      3,
      /must be one of override, skip, append, delete/,
    ],
    [
      "a connection header",
      inbound(`<set-header name="Content-Length"><value>1</value></set-header>`),
      3,
      /'Content-Length' cannot be set or removed/,
    ],
    [
      "otherwise before when",
      inbound("<choose>", "<otherwise />", `<when condition="@(true)" />`, "</choose>"),
      5,
      /'when' must come before 'otherwise' in 'choose'/,
    ],
    [
      "otherwise twice",
      inbound("<choose>", `<when condition="@(true)" />`, "<otherwise />", "<otherwise />", "</choose>"),
      6,
      /'otherwise' may be used only once in 'choose'/,
    ],
    ["choose without when", inbound("<choose><otherwise /></choose>"), 3, /'choose' must contain 'when'/],
    [
      "body before status",
      inbound("<return-response>", "<set-body>x</set-body>", `<set-status code="200" />`, "</return-response>"),
      5,
      /'set-status' must come before 'set-body'/,
    ],
    [
      "header before method in send-request",
      inbound(
        `<send-request response-variable-name="r">`,
        "<set-url>https://x</set-url>",
        `<set-header name="a"><value>b</value></set-header>`,
        "<set-method>GET</set-method>",
        "</send-request>",
      ),
      6,
      /'set-method' must come before 'set-header'/,
    ],
    [
      "issuers before audiences in validate-jwt",
      inbound(
        `<validate-jwt header-name="a">`,
        "<issuers><issuer>i</issuer></issuers>",
        "<audiences><audience>a</audience></audiences>",
        "</validate-jwt>",
      ),
      5,
      /'audiences' must come before 'issuers'/,
    ],
    [
      "a child that does not belong",
      inbound(`<choose>`, `<case />`, `<when condition="@(true)" />`, "</choose>"),
      4,
      /'case' is not allowed in 'choose'/,
    ],
    [
      "text where none may be",
      inbound("<choose>abc", `<when condition="@(true)" />`, "</choose>"),
      3,
      /Text is not allowed in 'choose': "abc"/,
    ],
    ["an unknown backend", inbound(`<set-backend-service backend-id="pol" />`), 3, /Backend with id 'pol' could not be found/],
    [
      "an unknown named value",
      inbound("<set-variable", ` name="a"`, ` value="{{nowhere}}" />`),
      5,
      /Cannot find a named value 'nowhere' used in attribute 'value'/,
    ],
    [
      "an unknown fragment",
      inbound(`<include-fragment fragment-id="lost" />`),
      3,
      /Policy fragment with id 'lost' could not be found/,
    ],
    [
      "cors twice",
      inbound(
        "<cors><allowed-origins><origin>*</origin></allowed-origins></cors>",
        "<cors><allowed-origins><origin>*</origin></allowed-origins></cors>",
      ),
      4,
      /'cors' may be used only once/,
    ],
    [
      "a token limit on Consumption",
      inbound(`<llm-token-limit counter-key="k" tokens-per-minute="5" estimate-prompt-tokens="true" />`),
      3,
      /'llm-token-limit' is not available in the Consumption tier/,
      { sku: "Consumption" },
    ],
    [
      "a quota on a v2 tier",
      inbound(`<quota-by-key counter-key="k" calls="5" renewal-period="300" />`),
      3,
      /'quota-by-key' is not available in the BasicV2 tier/,
    ],
    [
      "a quota without its period",
      inbound(`<llm-token-limit counter-key="k" token-quota="5" estimate-prompt-tokens="true" />`),
      3,
      /'token-quota' and 'token-quota-period' must be used together/,
    ],
    [
      "six dimensions",
      inbound(
        `<llm-emit-token-metric>${Array.from({ length: 6 }, (_, i) => `<dimension name="d${i}" value="v" />`).join("")}</llm-emit-token-metric>`,
      ),
      3,
      /At most 5 custom dimensions/,
    ],
    [
      "a dimension without a value",
      inbound(`<llm-emit-token-metric><dimension name="team" /></llm-emit-token-metric>`),
      3,
      /The dimension 'team' needs a value/,
    ],
    [
      "an expression that is never closed",
      inbound(`<set-variable name="a" value="@(1 + (2)" />`),
      3,
      /The expression in attribute 'value' is never closed/,
    ],
    [
      "a comment that hides the end of a well-formed attribute",
      inbound(`<set-variable name="a" value="@{ // why`, `return 1; }" />`),
      3,
      /never closed. A '\/\/' comment/,
      { format: "xml" },
    ],
    ["C# that is not C#", inbound("<set-variable", ` name="a" value="@(1 +)" />`), 4, /expression in attribute 'value'/],
    [
      "an unknown member, on its own line",
      inbound(`<set-variable name="a" value="@{`, " var x = 1;", ` return context.Request.Methd;`, `}" />`),
      5,
      /Method/,
    ],
    ["a condition that is no boolean", inbound(`<choose><when condition="@(1)" /></choose>`), 3, /bool/],
    [
      "a count that is no number",
      backend(`<retry condition="@(true)" count="@("3")" interval="0"><forward-request /></retry>`),
      3,
      /int/,
    ],
  ])("%s", (_, xml, line, message, policy) => {
    const found = check(xml, policy);
    expect(found.map((fault) => fault.message)).toEqual([expect.stringMatching(message)]);
    expect(found[0]?.line).toBe(line);
  });

  it("names the element, its line and column, as API Management does", () => {
    expect(check(inbound("  <set-variable />"))[0]?.message).toMatch(/^Error in element 'set-variable' on line 3, column 3: /);
  });

  it("lists every fault at once, in the order of lines", () => {
    expect(check(inbound("<nothing />", `<set-variable name="a" />`, "<forward-request />")).map(({ line }) => line)).toEqual([
      3, 4, 5,
    ]);
  });
});
