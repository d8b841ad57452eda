import { join } from "node:path";
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import {
  allOf,
  anyOf,
  base,
  block,
  bool,
  cacheStoreValue,
  choose,
  csharp,
  type Element,
  elementTable,
  emit,
  forwardRequest,
  initial,
  int,
  lastError,
  long,
  now,
  type Place,
  policies,
  request,
  response,
  retry,
  seconds,
  setHeader,
  setVariable,
  string,
  variables,
} from "../policies/language/index.ts";

const place: Place = { file: "here.xml", scope: "api", gateway: "v2", maxBytes: 10_000 };
const v = variables({ count: int(0), text: string("a"), at: long(5n), done: bool(false) });

const inbound = (...elements: Element<"inbound">[]) =>
  policies({ inbound: [...initial(v), ...elements], backend: forwardRequest(), outbound: [], onError: [] });
const onError = (...elements: Element<"on-error">[]) =>
  policies({ inbound: [...initial(v)], backend: forwardRequest(), outbound: [], onError: elements });

describe("wrong use", () => {
  it("does not compile", () => {
    const root = join(import.meta.dirname, "..");
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
    const program = ts.createProgram([join(import.meta.dirname, "policy-types.ts")], options);
    const found = ts.getPreEmitDiagnostics(program).map(({ file, messageText, start }) => {
      const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
    expect(found).toEqual([]);
  });
});

describe("expressions", () => {
  it.each([
    [v.count.get(), '(int)context.Variables["count"]'],
    [v.count.get().plus(1).times(2), '((int)context.Variables["count"] + 1) * 2'],
    [int(1).minus(int(2).minus(3)), "1 - (2 - 3)"],
    [int(7).dividedBy(int(2).times(3)), "7 / (2 * 3)"],
    [v.at.get().toText(), '((long)context.Variables["at"]).ToString()'],
    [v.at.get().minus(now).toInt(), '(int)((long)context.Variables["at"] - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds())'],
    [
      v.done.get().not().and(v.count.get().lessThan(3)),
      '!(bool)context.Variables["done"] && (int)context.Variables["count"] < 3',
    ],
    [v.done.get().or(bool(true)).and(false), '((bool)context.Variables["done"] || true) && false'],
    [v.done.get().or(true).not(), '!((bool)context.Variables["done"] || true)'],
    [v.done.get().equals(v.count.get().equals(1)), '(bool)context.Variables["done"] == ((int)context.Variables["count"] == 1)'],
    [bool(true).choose(string("a"), "b").plus("c"), '(true ? "a" : "b") + "c"'],
    [string("a").plus("b").plus(v.text.get()), '"ab" + (string)context.Variables["text"]'],
    [v.text.get().startsWith("x"), '((string)context.Variables["text"]).StartsWith("x", StringComparison.Ordinal)'],
    [v.text.get().isOneOf(["a", "b"]), '(string)context.Variables["text"] == "a" || (string)context.Variables["text"] == "b"'],
    [v.text.get().isOneOf([]), "false"],
    [allOf([]), "true"],
    [anyOf([bool(false), bool(true)]).and(true), "(false || true) && true"],
    [request.header("a-b", 'say "hi"\n'), 'context.Request.Headers.GetValueOrDefault("a-b", "say \\"hi\\"\\n")'],
    [v.text.orInitial(), 'context.Variables.GetValueOrDefault<string>("text", "a")'],
    [
      csharp("int")`Array.IndexOf(${["a", "b"]}, ${v.text.get()}) + ${1}`,
      'Array.IndexOf(new string[] { "a", "b" }, ((string)context.Variables["text"])) + 1',
    ],
    [response.status.atLeast(500), "context.Response.StatusCode >= 500"],
  ])("have brackets where C# needs them, casts and escapes (%#)", (expression, code) => {
    expect(expression.code).toBe(code);
  });

  it("become one line, with texts left alone", () => {
    const { code, kind } = block("string")`
      var a = "x  y"; var b = @"http://""a  b""";
      return a + ${v.text.get()};
    `;
    expect(kind).toBe("block");
    expect(code).toBe('var a = "x  y"; var b = @"http://""a  b"""; return a + ((string)context.Variables["text"]);');
  });

  it("refuse a comment, which would swallow the rest of the line", () => {
    expect(
      () => block("int")`
      // one
      return 1;`,
    ).toThrow("a // comment in policy code would swallow the rest of its line");
  });

  it("refuse a number that C# would not read as it was meant", () => {
    expect(() => int(0.5)).toThrow("0.5 is not a whole number");
  });
});

describe("variables", () => {
  it("are declared and set by expressions of their type", () => {
    const xml = emit(inbound(v.text.set("b"), v.at.set(now)), place);
    expect(xml).toContain('<set-variable name="count" value="@(0)"/>');
    expect(xml).toContain('<set-variable name="at" value="@(5L)"/>');
    expect(xml).toContain('<set-variable name="text" value=\'@("b")\'/>');
  });

  it("cannot start from another variable", () => {
    expect(() => variables({ a: v.count.get() })).toThrow("variable a: the initial value must not read other variables");
  });

  it("that nothing sets are not read", () => {
    const { lost } = variables({ lost: int(0) });
    expect(() => emit(inbound(choose([{ when: bool(true), do: [v.count.set(lost.get())] }])), place)).toThrow(
      'here.xml: inbound/choose/when/set-variable/@value: reads variable "lost", which nothing sets',
    );
    expect(emit(inbound(v.count.set(lost.get())), { ...place, inherited: ["lost"] })).toContain("lost");
    expect(emit(inbound(v.count.set(lost.orInitial())), place)).toContain('GetValueOrDefault&lt;int&gt;("lost", 0)');
  });

  it("have a default in on-error, which may run before inbound", () => {
    const header = setHeader({ name: "a" }, v.text.get());
    expect(() => emit(onError(header), place)).toThrow(
      'here.xml: on-error/set-header/value: reads variable "text" without a default: on-error may run before it is set',
    );
    expect(emit(onError(setHeader({ name: "a" }, v.text.orInitial())), place)).toContain("GetValueOrDefault");
    const afterInbound = lastError.section.equals("backend");
    expect(emit(onError(choose([{ when: afterInbound.and(v.done.get()), do: [header] }])), place)).toContain("context.Variables");
    expect(() => emit(onError(choose([{ when: v.done.get().and(afterInbound), do: [] }])), place)).toThrow("without a default");
    expect(() => emit(onError(choose([{ when: afterInbound, do: [] }], [header])), place)).toThrow("without a default");
  });
});

describe("documents", () => {
  it("are XML that a conforming reader reads back as it was written", () => {
    const text = `a < b && "c" > 'd' é`;
    const xml = emit(
      inbound(setHeader({ name: "x", existsAction: "skip" }, string(text)), setVariable({ name: "y", value: text })),
      place,
    );
    const section = parseXml(xml).root?.children.find((c) => c instanceof XmlElement);
    const elements = (section as XmlElement).children.filter((c) => c instanceof XmlElement);
    const [header, variable] = elements.slice(-2);
    expect(header?.text.trim()).toBe(`@(${JSON.stringify(text)})`);
    expect(variable?.attributes).toEqual({ name: "y", value: text });
  });

  it("are quoted so that C# can be read, where that is possible", () => {
    const xml = emit(inbound(v.text.set('say "hi"'), v.text.set('it\'s "x"'), setVariable({ name: "plain", value: "a" })), place);
    expect(xml).toContain(`value='@("say \\"hi\\"")'`);
    expect(xml).toContain(`value="@(&quot;it's \\&quot;x\\&quot;&quot;)"`);
    expect(xml).toContain('name="plain" value="a"');
    expect(parseXml(xml).root?.text).toBeDefined();
  });

  it("have no line break in any attribute: readers turn it into a space, or do not", () => {
    const xml = emit(
      inbound(
        v.count.set(block("int")`
      var a = 1;
      return a;`),
      ),
      place,
    );
    expect(xml).toContain('value="@{ var a = 1; return a; }"');
  });

  it.each([
    [
      "text that starts like an expression",
      () => inbound(setHeader({ name: "a" }, "@(1)")),
      "inbound/set-header/value: text that starts like an expression would be run as one",
    ],
    [
      "text with a named value",
      () => inbound(setHeader({ name: "a" }, "{{key}}")),
      'inbound/set-header/value: "{{" would be taken for a named value: {{key}}',
    ],
    [
      "code with a named value",
      () => inbound(setHeader({ name: "a" }, csharp("string")`"{{key}}"`)),
      'inbound/set-header/value: "{{" would be taken for a named value',
    ],
    ["a base at global scope", () => inbound(base()), "inbound/base: <base> does nothing at global scope", { scope: "global" }],
    [
      "a cache on a gateway without one",
      () => inbound(cacheStoreValue({ key: "a", value: "b", duration: seconds(1) })),
      "inbound/cache-store-value: <cache-store-value> needs a cache, and consumption gateways have none of their own",
      { gateway: "consumption" },
    ],
    [
      "a count outside its range",
      () => inbound(retry({ condition: bool(true), count: 51, interval: seconds(0) }, base())),
      'inbound/retry/@count: "51" must be at most 50',
    ],
    [
      "half a second",
      () => inbound(cacheStoreValue({ key: "a", value: "b", duration: seconds(0.5) })),
      'inbound/cache-store-value/@duration: "0.5" must be a whole number',
    ],
    [
      "a header that cannot be changed",
      () => inbound(setHeader({ name: "Content-Length" }, "1")),
      "inbound/set-header: <set-header> breaks a rule: The gateway does not let server, connection, content-length",
    ],
    [
      "more than the gateway takes",
      () => inbound(setHeader({ name: "a" }, "x".repeat(20_000))),
      "policies: 20",
      { maxBytes: 16_384 },
    ],
  ] as [string, () => ReturnType<typeof inbound>, string, Partial<Place>?][])(
    "refuse %s, with the place",
    (_, made, message, where = {}) => {
      expect(() => emit(made(), { ...place, ...where })).toThrow(`here.xml: ${message}`);
    },
  );

  it("lose their indentation before they are too large", () => {
    const made = inbound(base(), base(), base());
    const indented = emit(made, place);
    const dense = emit(made, { ...place, maxBytes: indented.length - 1 });
    expect(dense).not.toContain("  <base/>");
    expect(dense).toContain("<base/><base/>");
  });
});

describe("the element table", () => {
  it("names each element once, with sections, scopes and gateways", () => {
    const names = elementTable.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, sections, scopes, gateways } of elementTable) {
      expect([name, sections.length > 0, scopes.length > 0, gateways.length > 0]).toEqual([name, true, true, true]);
    }
  });
});
