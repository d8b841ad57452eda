/**
 * Can a branch's author put markup, links, mentions or references into the comment on a pull request, or make it show a value that is nobody's
 * business? Judged by a Markdown parser: text of others stands in code, and only values of a list are shown.
 */
import fc from "fast-check";
import { lexer, type Token, type Tokens } from "marked";
import { describe, expect, it } from "vitest";
import { comment, LIMIT } from "../cli/pr-report/comment.ts";
import { code, fenced } from "../cli/pr-report/markdown.ts";
import { readPreview } from "../cli/pr-report/preview.ts";
import { refusal, reportOf, type StackReport } from "../cli/pr-report/report.ts";
import { isShown } from "../cli/pr-report/shown-values.ts";

const COMMIT = { ref: "HEAD^1", hash: "0123456789".repeat(4), ahead: 0 };
/** Stands in every text of others, so that it can be found again. */
const MARK = "Zq9X";

/** What an attacker would try, each with the mark at both ends. */
const HOSTILE = [
  "</details><img src=x onerror=alert(1)>",
  "<!-- -->",
  "[click](https://evil.example)",
  "![](https://evil.example/pixel.png)",
  "https://evil.example/login",
  "www.evil.example",
  "mail me@evil.example",
  "@octocat and @github/security",
  "#1, GH-1, octocat/repo#1, 0123456789abcdef0123456789abcdef01234567",
  "**bold** _it_ ~~gone~~ :rocket: $x^2$",
  "` `` ``` ```` end the code",
  "```\n\n# A heading\n\n@octocat\n```",
  `x\n\`\`\`\n\n${MARK} @octocat\n\n\`\`\`\ny`,
  `x\n ~~~\n\n</code></pre>${MARK}\n~~~\ny`,
  "a | b | c",
  "\\| \\` \\",
  "\n\n# Heading\n\n- item\n\n> [!CAUTION]\n",
  "\r\rcarriage",
  "&lt;b&gt; &#64;octocat",
  "\u202eturned\u202c \u2066isolated\u2069 zero\u200bwidth\u00ad \u{e0041} \u3164 \ufe0f",
  "\u0000\u0007\u001b[31mred",
  "\ud800 half",
  "[ref]: https://evil.example\n\n[ref]",
  "<https://evil.example> <me@evil.example>",
  "- [ ] task\n1. one",
  "<details><summary>x</summary>",
  `${"`".repeat(90)} @octocat ${"`".repeat(90)}`,
  `x\n${"`".repeat(300)}\n# A heading\n@octocat`,
];
const marked = (text: string) => `${MARK}${text}${MARK}`;
const hostile = fc
  .oneof(
    fc.constantFrom(...HOSTILE),
    fc.string({ unit: "binary", maxLength: 40 }),
    fc
      .array(fc.constantFrom("`", "\n", "|", "\\", "<", ">", "@a", "#1", "[", "](", ")", "*", "_", "&", "~", " "), {
        maxLength: 30,
      })
      .map((parts) => parts.join("")),
  )
  .map(marked);

/** Texts of the comment that are not code, and what is code. Fails on a link, an image, or HTML of others. */
function proseOf(text: string): string {
  const prose: string[] = [];
  const visit = (token: Token) => {
    expect(["link", "image", "del", "checkbox", "def"], token.raw).not.toContain(token.type);
    if (token.type === "code" || token.type === "codespan") return;
    if (token.type === "html") {
      const own = token.raw.replace(/<code>[^<>]*<\/code>/g, "");
      expect(own.replace(/<\/?(details|summary)>|<!-- aoai pr-report: [\w., -]* -->/g, "")).not.toMatch(/[<>]/);
      prose.push(own);
      return;
    }
    const children = [
      ...((token as Tokens.Generic).tokens ?? []),
      ...(token.type === "list" ? (token as Tokens.List).items : []),
      ...(token.type === "table"
        ? [...(token as Tokens.Table).header, ...(token as Tokens.Table).rows.flat()].flatMap(({ tokens }) => tokens)
        : []),
    ];
    if (children.length === 0) prose.push(token.raw);
    for (const child of children) visit(child);
  };
  for (const token of lexer(text, { gfm: true })) visit(token);
  return prose.join("\n");
}

it("has no fence longer than GitHub's parser knows: 80 backticks in a line, 255 before a block", () => {
  for (const length of [16, 17, 79, 80, 254, 255, 400]) {
    const text = `x\n${"`".repeat(length)}\n@octocat`;
    for (const { text: made } of [code(text), fenced(text, "text"), fenced(text, "diff", Number.POSITIVE_INFINITY)])
      expect(Math.max(...(made.match(/`+/g) ?? []).map((run) => run.length))).toBeLessThanOrEqual(17);
  }
});

const BASE = { state: "deployed", warnings: [] } as const;
const urn = (type: string, name: string) => `urn:pulumi:dev::aoai::${type}::${name}`;

/** A report in which everything that a branch chooses is hostile. */
function hostileReport(text: () => string): StackReport {
  const step = (op: string, type: string, name: string, before: object, after: object, paths: string[]) => ({
    op,
    urn: urn(type, name.replaceAll("::", ":")),
    oldState: { type, inputs: before },
    newState: { type, inputs: after, propertyDependencies: { pool: [urn("x", `backend-${text()}`)] } },
    detailedDiff: Object.fromEntries(paths.map((path) => [path, { kind: op === "replace" ? "update-replace" : "update" }])),
  });
  const deployment = () => ({
    deploymentName: text(),
    sku: { name: text(), capacity: 60 },
    properties: { model: { name: text(), version: text() } },
  });
  const pool = () => ({ type: "Pool", pool: { services: [{ id: `/x/${text()}`, priority: 1, weight: 1 }] } });
  const steps = [
    step("delete", "azure-native:cognitiveservices:Account", `account-${text()}`, { location: text() }, {}, []),
    step("replace", "azure-native:cognitiveservices:Deployment", `deployment-${text()}`, deployment(), deployment(), [
      "sku.name",
    ]),
    step("update", "azure-native:cognitiveservices:Deployment", `deployment-${text()}`, deployment(), deployment(), [
      "properties.model.name",
    ]),
    step(
      "update",
      "azure-native:apimanagement:ApiManagementService",
      "gateway",
      { publisherName: text(), tags: { a: text() } },
      { publisherName: text(), tags: { a: text() } },
      ["publisherName", "tags.a", `tags.${text()}`],
    ),
    step("update", "azure-native:apimanagement:Backend", `backend-${text()}`, pool(), pool(), ["pool.services[0].id"]),
    step("update", "azure-native:apimanagement:ApiPolicy", "policy-api", { value: text() }, { value: `${text()}\n` }, ["value"]),
    step("update", "azure-native:apimanagement:ProductPolicy", `policy-${text()}`, { value: text() }, { value: text() }, [
      "value",
    ]),
    step("update", "azure-native:apimanagement:NamedValue", `value-${text()}`, { value: text().repeat(9) }, { value: text() }, [
      "value",
    ]),
    step("create", `azure-native:${text()}:${text()}`, text(), {}, {}, []),
    step("delete", "azure-native:apimanagement:Subscription", `subscription-${text()}`, {}, {}, []),
  ];
  const diagnostics = [{ severity: "warning", message: text() }];
  const preview = readPreview(JSON.stringify({ config: { "aoai:topology": text() }, steps, diagnostics }), "test");
  const base = { state: "deployed", warnings: [text()], note: text() } as const;
  return reportOf({ stack: "dev", against: "local", base }, { ...preview, outputs: { topology: text() } });
}

describe("text of others", () => {
  it.each(HOSTILE)("%j stays code wherever it stands in a comment", (text) => {
    for (const isNew of [false, true]) {
      const report = { ...hostileReport(() => marked(text)), isNew };
      const said = comment([report], { ...COMMIT, ref: marked(text), ahead: 2 });
      expect(said).toContain(MARK);
      expect(proseOf(said)).not.toContain(MARK);
    }
  });

  it.each(["failed", "absent", "deployed"] as const)("faults and notes are code, when the base is %s", (state) => {
    for (const text of HOSTILE) {
      for (const against of ["local", "azure"] as const) {
        const base = { state, note: marked(text), warnings: [] };
        const report = refusal({ stack: "dev", against, base }, [marked(text), `first line\n${marked(text)}`]);
        const said = comment([report, { ...report, outcome: "changes" }], COMMIT);
        expect(said).toContain(MARK);
        expect(proseOf(said)).not.toContain(MARK);
      }
    }
  });

  it("is code for any text at all", () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 3, maxLength: 8 }), (texts) => {
        let next = 0;
        const report = hostileReport(() => texts[next++ % texts.length] ?? "");
        const said = comment([report], COMMIT);
        expect(proseOf(said)).not.toContain(MARK);
        // Nothing that cannot be seen, or that turns what follows.
        expect(said.replaceAll(/[\n\t]/g, "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
      { numRuns: 100 },
    );
  });

  it("is code also where a long comment is cut", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 3000, max: 4000 }), (text, count) => {
        const fresh = Array.from({ length: count }, (_, index) => `${index} ${text}`);
        const failed = { state: "failed", note: text.repeat(300), warnings: [] } as const;
        const report = { ...hostileReport(() => text), base: failed, warnings: { fresh, remaining: [], gone: [] } };
        const said = comment([report, report], COMMIT);
        expect(said.length).toBeLessThanOrEqual(LIMIT);
        expect(said).toContain("Cut here");
        expect(proseOf(said)).not.toContain(MARK);
        expect(said.match(/^<details>$/gm)?.length).toBe(said.match(/^<\/details>$/gm)?.length);
      }),
      { numRuns: 6 },
    );
  });

  it("is code where the cut goes through a block, and the word about the cut is none", () => {
    const failed = { state: "failed", note: `${"line\n".repeat(700)}${MARK}`, warnings: [] } as const;
    const report = { ...refusal({ stack: "dev", against: "local", base: failed }, ["one"]), outcome: "changes" as const };
    for (let shift = 0; shift < 4000; shift += 500) {
      const first = { ...report, base: { ...failed, note: "x".repeat(shift) } };
      const said = comment([first, ...Array.from({ length: 30 }, () => report)], COMMIT);
      expect(said.length).toBeLessThanOrEqual(LIMIT);
      expect(proseOf(said)).toContain("Cut here");
      expect(proseOf(said)).not.toContain(MARK);
    }
  });

  it("is read as it was written, but for what cannot be seen", () => {
    expect(code("plain").text).toBe("`plain`");
    expect(code("a `tick` b").text).toBe("``a `tick` b``");
    expect(code("`").text).toBe("`` ` ``");
    expect(code("").text).toBe("(empty)");
    expect(code("two\nlines").text).toBe("`two lines`");
    expect(code("right\u202eleft").text).toBe("`right\\u{202e}left`");
    expect(code("a|b").text).toBe("`a\\u{7c}b`");
    expect(code("x".repeat(10_000)).text.length).toBeLessThan(600);
  });

  it("of a stack's name does not end the comment's first line", () => {
    const report = reportOf({ stack: "--> @octocat", against: "local", base: BASE }, readPreview('{"steps":[]}', "test"));
    const said = comment([report], COMMIT);
    expect(said.split("\n")[0]).toBe("<!-- aoai pr-report: octocat -->");
    expect(proseOf(said)).not.toContain("@octocat");
  });
});

describe("values", () => {
  const TYPES = ["Logger", "Component", "NamedValue", "Subscription", "Policy", "ApiManagementService", "Certificate", "Nobody"];
  const KEY = "11111111-2222-4333-8444-555555555555";
  /** The comment on a change of every one of these inputs, each from one key to another. */
  const changed = (type: string, paths: readonly string[], inputs: (key: string) => object) =>
    comment(
      [
        reportOf(
          { stack: "dev", against: "azure", base: BASE },
          readPreview(
            JSON.stringify({
              steps: [
                {
                  op: "update",
                  urn: urn(type, "one"),
                  oldState: { type, inputs: inputs(KEY) },
                  newState: { type, inputs: inputs(KEY.replaceAll("1", "9")) },
                  detailedDiff: Object.fromEntries(paths.map((path) => [path, { kind: "update" }])),
                },
              ],
            }),
            "test",
          ),
        ),
      ],
      COMMIT,
    );

  it("of a logger's credentials are never shown, whatever Pulumi holds in clear", () => {
    const said = changed(
      "azure-native:apimanagement:Logger",
      ["credentials.instrumentationKey", "credentials.connectionString", "credentials"],
      (key) => ({ credentials: { instrumentationKey: key, connectionString: `InstrumentationKey=${key}` } }),
    );
    expect(said).toContain("`credentials.instrumentationKey`");
    expect(said).not.toMatch(/2222-4333/);
  });

  it.each([
    ["azure-native:apimanagement:Subscription", "primaryKey"],
    ["azure-native:apimanagement:Subscription", "secondaryKey"],
    ["azure-native:network:ApplicationGateway", "sslCertificates[0].password"],
    ["azure-native:network:ApplicationGateway", "sslCertificates[0].data"],
    ["azure-native:frontdoor:Policy", "customRules.rules[0].matchConditions[0].matchValue[0]"],
    ["azure-native:operationalinsights:Workspace", "primarySharedKey"],
    ["azure-native:applicationinsights:Component", "instrumentationKey"],
    ["azure-native:apimanagement:Backend", "credentials.header.api-key[0]"],
    ["azure-native:apimanagement:Backend", "credentials.authorization.parameter"],
    ["azure-native:apimanagement:ApiManagementService", "publisherEmail"],
    ["azure-native:apimanagement:ApiManagementService", "hostnameConfigurations[0].encodedCertificate"],
    ["random:index/randomPassword:RandomPassword", "keepers.proof"],
  ])("%s %s: only that it changes", (type, path) => {
    expect(isShown(type, path)).toBe(false);
    const nested = (key: string) =>
      path
        .split(/[.[\]]+/)
        .filter((part) => part !== "")
        .reduceRight<unknown>((inner, part) => (/^\d+$/.test(part) ? [inner] : { [part]: inner }), key) as object;
    const said = changed(type, [path], nested);
    expect(said).toContain(`\`${path}\``);
    expect(said).not.toMatch(/2222-4333/);
  });

  it("are shown from the list alone, for any resource and path", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TYPES.map((type) => `azure-native:apimanagement:${type}`)),
        fc.array(fc.constantFrom("properties", "credentials", "value", "key", "password", "sku", "tags", "secret"), {
          minLength: 1,
          maxLength: 3,
        }),
        (type, parts) => {
          const path = parts.join(".");
          const said = changed(
            type,
            [path],
            (key) => parts.reduceRight<unknown>((inner, part) => ({ [part]: inner }), key) as object,
          );
          if (!isShown(type, path)) expect(said.replace(/```diff[\s\S]*?```/g, "")).not.toMatch(/2222-4333/);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([
    ["azure-native:apimanagement:Product", "state"],
    ["azure-native:cdn:AFDOrigin", "weight"],
    ["azure-native:network:Subnet", "tags.team"],
    ["azure-native:apimanagement:Backend", "circuitBreaker.rules[0].tripDuration"],
  ])("%s %s is worth showing", (type, path) => expect(isShown(type, path)).toBe(true));
});
