/**
 * Does a real C# compiler take what we send to API Management? Every expression of every document of the shipped stacks, in every topology and
 * kind of gateway, with the type of its place. What API Management's own compiler would refuse at deployment, mono's refuses here.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stackNames } from "../cli/stack-file.ts";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { isAllowed } from "./support/mono/allowed.ts";
import { codeIn } from "./support/mono/documents.ts";
import { documentsOf, everyDocument, ROOT } from "./support/mono/every-document.ts";
import { check, distinct, told } from "./support/mono/gate.ts";
import { Compiler, missingCompiler, Runtime } from "./support/mono/mono.ts";
import { unless } from "./support/unless.ts";

/** What a place needs, a policy that has something else there, and what the compiler says. */
// biome-ignore format: a table
const WRONG: readonly (readonly [needs: string, xml: string, place: string, fault: RegExp])[] = [
  ["bool, not int", '<retry condition="@(1)" count="3" interval="0"/>', "retry/@condition", /CS0029.*`int' to `bool'/],
  ["int, not long", '<retry condition="@(true)" count="@(5L)" interval="0"/>', "retry/@count", /CS0266.*`long' to `int'/],
  ["a cast of a variable", `<choose><when condition='@(context.Variables["a"])'/></choose>`, "when/@condition", /CS0266.*`object' to `bool'/],
  ["no comparison by reference", `<choose><when condition='@(context.Variables["a"] == "b")'/></choose>`, "when/@condition", /CS0252.*reference comparison/],
  ["no comparison by reference the other way round", `<choose><when condition='@("b" == context.Variables["a"])'/></choose>`, "when/@condition", /CS0253.*reference comparison/],
  ["known members", `<set-variable name="a" value='@(context.Response.StatusCod)'/>`, "set-variable/@value", /CS1061.*`StatusCod'/],
  ["known names", `<set-variable name="a" value='@(request.Method)'/>`, "set-variable/@value", /CS0103.*`request'/],
  ["one expression", `<set-variable name="a" value='@(1; return 2)'/>`, "set-variable/@value", /CS1525|CS1026/],
  ["a value on every path", `<set-variable name="a" value='@{ if (context.Tracing) { return 1; } }'/>`, "set-variable/@value", /CS0161/],
  ["no variable before its value", `<set-variable name="a" value='@{ int n; return n; }'/>`, "set-variable/@value", /CS0165/],
  ["no C# 8", `<set-variable name="a" value='@(context.Request.Method switch { "GET" => 1, _ => 2 })'/>`, "set-variable/@value", /CS\d+/],
  ["no pattern that it lacks", `<set-variable name="a" value='@(context.Response is null)'/>`, "set-variable/@value", /CS\d+/],
];
const wrong = (i: number, xml: string) =>
  codeIn(`wrong-${i}.xml`, `<policies>\n<inbound>\n<set-variable name="right" value="@(1)"/>\n${xml}\n</inbound>\n</policies>`);

it("is there, where it must be", ({ skip }) => {
  if (!process.env.CI) skip(missingCompiler !== undefined, missingCompiler);
  expect(missingCompiler).toBeUndefined();
});

describe("the reader of documents", () => {
  const document = (inside: string) => `<policies>\n  <inbound>\n    ${inside}\n  </inbound>\n</policies>\n`;
  it("finds code in attributes and texts, decoded, with its place and type", () => {
    const xml = document(
      `<choose><when condition="@(a &amp;&amp; &quot;)&quot; != b)"/></choose><set-header name="x"><value>to @(1)@{ return ")"; }.</value></set-header>`,
    );
    expect(codeIn("a.xml", xml)).toEqual([
      { file: "a.xml", line: 3, place: "when/@condition", kind: "expression", code: 'a && ")" != b', type: "bool" },
      { file: "a.xml", line: 3, place: "value", kind: "expression", code: "1", type: "string" },
      { file: "a.xml", line: 3, place: "value", kind: "block", code: ' return ")"; ', type: "string" },
    ]);
  });
  it("names document, line and code where a bracket is not closed", () => {
    expect(() => codeIn("a.xml", document(`<set-body>@(f(1)</set-body>`))).toThrow(
      "a.xml:3 set-body: the expression is not closed, ) expected: @(f(1)",
    );
    expect(() => codeIn("a.xml", document(`<set-body>@{ if (true { } return 1; }</set-body>`))).toThrow(
      "is not closed, } expected",
    );
  });
  it("refuses code where it knows of none", () => {
    expect(() => codeIn("a.xml", document(`<forward-request buffer-response="@(true)"/>`))).toThrow(
      "a.xml:3 forward-request/@buffer-response: no C# type is known for this place: true",
    );
  });
});

describe("npm run policies", () => {
  it.each(stackNames(ROOT))("writes every document of %s, in every topology", (stack) => {
    const out = mkdtempSync(join(tmpdir(), "policies-"));
    try {
      for (const topology of TOPOLOGIES) {
        const { status, stderr } = spawnSync(
          process.execPath,
          [join(ROOT, "cli/policies.ts"), "--stack", stack, "--topology", topology, "--out", join(out, topology)],
          { encoding: "utf8" },
        );
        expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
        const written = readdirSync(join(out, topology)).map((file) => [file, readFileSync(join(out, topology, file), "utf8")]);
        const planned = documentsOf(stack, { topology }).map(({ file, xml }) => [file, xml]);
        expect(Object.fromEntries(written)).toEqual({ ...Object.fromEntries(planned), "named-values.json": expect.any(String) });
      }
    } finally {
      rmSync(out, { recursive: true });
    }
  });
});

describe("the C# compiler", unless(missingCompiler), () => {
  let compiler: Compiler;
  beforeAll(() => {
    compiler = new Compiler();
  });
  afterAll(() => compiler.close());

  const { documents, combinations, refused } = everyDocument();
  const found = documents.flatMap(({ file, xml }) => codeIn(file, xml));

  it("is shown every stack in every topology on v2 and classic, and on Consumption where that can be planned", () => {
    expect(refused.filter((line) => !/^\w+ [\w-]+ Consumption: /.test(line))).toEqual([]);
    const onBoth = stackNames(ROOT).length * TOPOLOGIES.length * 2;
    expect(combinations).toBeGreaterThan(onBoth);
    expect(documents.filter(({ file }) => file.includes(" Consumption "))).not.toEqual([]);
  });

  it("takes every expression of every document with the type of its place", () => {
    expect(check(compiler, found, "Documents")).toEqual([]);
    console.info(
      `C# gate: ${combinations} plans, ${documents.length} different documents, ${found.length} expressions, ${distinct(found).length} of them different`,
    );
    expect(distinct(found).length).toBeGreaterThan(100);
  });

  it("names types and members in them that API Management lists, and no others", async () => {
    const units = distinct(found);
    expect(compiler.compile(units, "Named", { boxed: true })).toEqual([]);
    const runtime = new Runtime(compiler, "Named");
    for (const { name } of units) runtime.members(name);
    const members = (await runtime.answers()).map((answer) => JSON.parse(answer) as string[]);
    const wrong = units.flatMap((unit, i) =>
      (members[i] ?? []).filter((m) => !isAllowed(m)).map((m) => `${told(found, unit)}: ${m}`),
    );
    expect(wrong).toEqual([]);
    expect(new Set(members.flat()).size).toBeGreaterThan(40);
  });

  it("names members that are not on API Management's list", async () => {
    const codes = ['DateTime.TryParse("x", out var d)', 'File.ReadAllText("/etc/passwd")', "DateTime.UtcNow.ToUniversalTime()"];
    const units = [...codes, '"a".Length'].map(
      (code, i) => ({ name: `L${i}`, code, kind: "expression", type: "object" }) as const,
    );
    expect(compiler.compile(units, "Listed", { boxed: true })).toEqual([]);
    const runtime = new Runtime(compiler, "Listed");
    for (const { name } of units) runtime.members(name);
    const members = (await runtime.answers()).map((answer) => (JSON.parse(answer) as string[]).filter((m) => !isAllowed(m)));
    expect(members).toEqual([
      ["System.DateTime.TryParse"],
      ["System.IO.File.ReadAllText"],
      ["System.DateTime.ToUniversalTime"],
      [],
    ]);
  });

  describe("wants", () => {
    // Of every wrong document, in one go.
    let all: string[];
    beforeAll(() => {
      all = check(
        compiler,
        WRONG.flatMap(([, xml], i) => wrong(i, xml)),
        "Wrong",
      );
    });
    it.each(WRONG.map((row, i) => [...row, i] as const))(
      "%s, and says which document, line and expression is wrong",
      (_, xml, place, fault, i) => {
        const code = wrong(i, xml).at(-1);
        const told = all.filter((line) => line.startsWith(`wrong-${i}.xml:`));
        expect(told).toHaveLength(1);
        expect(told[0]).toContain(
          `wrong-${i}.xml:4 ${place}: ${code?.kind === "block" ? `@{${code.code}}` : `@(${code?.code})`}: CS`,
        );
        expect(told[0]).toMatch(fault);
      },
    );
  });

  it("finds every wrong expression among right ones, not only the first", () => {
    const codes = ["1", "f(", "2", "context.No", "3", '"a" * 2', ") + (", "4"];
    const units = codes.map((code, i) => ({ name: `M${i}`, code, kind: "expression", type: "object" }) as const);
    const faults = compiler.compile(units, "Many").map(({ unit }) => unit);
    expect(faults.sort()).toEqual(["M1", "M3", "M5", "M6"]);
  });
});
