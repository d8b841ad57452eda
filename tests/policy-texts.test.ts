/**
 * Does any text come back from a document as it was put in? Texts of the configuration, and texts that builders are given, read again by others
 * than those who wrote them: an XML parser, the sandbox's interpreter, and a C# compiler.
 */
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readStackFile } from "../cli/stack-file.ts";
import { policyDocuments } from "../policies/index.ts";
// biome-ignore format: a list
import {
  base, emit, forwardRequest, type Place, policies, returnResponse, setBody, setHeader, setVariable, string,
} from "../policies/language/index.ts";
import { compile } from "../sandbox/gateway/csharp/index.ts";
import { split } from "../sandbox/gateway/lexer.ts";
import { PlanError, planStack } from "../stacks/plan.ts";
import { shown } from "./support/csharp-shown.ts";
import { HOSTILE, hostileTexts } from "./support/hostile-texts.ts";
import { policyContextOf } from "./support/mono/context.ts";
import { codeIn, type Found } from "./support/mono/documents.ts";
import { ROOT } from "./support/mono/every-document.ts";
import { check } from "./support/mono/gate.ts";
import { Compiler, missingCompiler, Runtime } from "./support/mono/mono.ts";
import { contexts } from "./support/mono/random-contexts.ts";
import { unless } from "./support/unless.ts";

const EVERY = process.env.EVERY === "1";
const SEED = Number(process.env.SEED ?? 20261130);
const TEXTS = hostileTexts(EVERY ? 2000 : 40, SEED);
/** Those of XML 1.0: the rest must be refused where they would stand as they are. */
const inXml = (text: string) => /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u.test(text);

const [CONTEXT] = fc.sample(contexts({}), { numRuns: 1, seed: SEED });
/** What the gateway makes of an attribute's or element's text: literals as they are, expressions evaluated. */
function evaluated(text: string): string {
  const { parts, unclosed } = split(text);
  if (unclosed !== undefined) throw new Error(`never closed: ${text}`);
  const host = { now: () => 0, random: () => 0 };
  const values = parts.map((part) =>
    "literal" in part ? part.literal : String(compile(part.code, part.kind).evaluate(policyContextOf(CONTEXT as never), host)),
  );
  return values.join("");
}

function elements(xml: string, name: string): XmlElement[] {
  const found: XmlElement[] = [];
  const visit = (element: XmlElement): void => {
    if (element.name === name) found.push(element);
    for (const child of element.children) if (child instanceof XmlElement) visit(child);
  };
  const { root } = parseXml(xml);
  if (root) visit(root);
  return found;
}
const first = (xml: string, name: string) => elements(xml, name)[0] as XmlElement;

describe("a text that a builder is given", () => {
  const place: Place = { file: "here.xml", scope: "api", gateway: "v2", maxBytes: 1_000_000 };
  const document = (text: string) =>
    policies({
      inbound: [base(), setVariable({ name: "x", value: text }), setHeader({ name: "h" }, text), setBody(text)],
      backend: forwardRequest(),
      outbound: [],
      onError: [],
    });
  const read = (xml: string) => [
    first(xml, "set-variable").attributes.value ?? "",
    first(xml, "value").text,
    first(xml, "set-body").text,
  ];

  it.each(["indented", "dense"])("comes back from XML as it was, or is refused with its place: %s", (spacing) => {
    const refused = { code: 0, lacking: 0 };
    for (const text of TEXTS) {
      const build = () => {
        const xml = emit(document(text), place);
        return spacing === "indented" ? xml : emit(document(text), { ...place, maxBytes: Buffer.byteLength(xml) - 1 });
      };
      const why = !inXml(text) ? "lacking" : /\{\{|@[({]/.test(text) ? "code" : undefined;
      if (why) {
        const said = { lacking: "XML has no U\\+", code: '("\\{\\{" would be taken|text that starts like an expression)' }[why];
        expect(build, JSON.stringify(text)).toThrow(new RegExp(`^here\\.xml: inbound/set-variable/@value: ${said}`));
        refused[why]++;
      } else expect(read(build()), JSON.stringify(text)).toEqual([text, text, text]);
    }
    expect(refused.lacking).toBeGreaterThan(5);
    expect(refused.code).toBeGreaterThan(5);
    expect(refused.lacking + refused.code).toBeLessThan(TEXTS.length / 2);
  });

  const literals = TEXTS.map((text) => string(text).code);

  it("may be any, lone surrogates too, where it stands in C#", () => {
    for (const [i, code] of literals.entries()) {
      expect(code).toMatch(/^[^\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]*$/u);
      expect(code).not.toContain("{{");
      expect(evaluated(`@(${code})`)).toBe(TEXTS[i]);
    }
  });

  it("is read from C# as it was by a C# compiler", unless(missingCompiler), async () => {
    const compiler = new Compiler();
    try {
      const units = literals.map((code, i) => ({ name: `T${i}`, code, kind: "expression", type: "string" }) as const);
      expect(compiler.compile(units, "Texts", { boxed: true })).toEqual([]);
      const runtime = new Runtime(compiler, "Texts");
      for (const { name } of units) runtime.run(name, "one", 0, CONTEXT as never);
      expect(await runtime.answers()).toEqual(TEXTS.map((text) => shown(text)));
    } finally {
      compiler.close();
    }
  });

  it("is left alone in a liquid template, whose marks are braces", () => {
    const body = setBody('{"id": "{{context.Api.Id}}", "a": "&quot;"}', { template: "liquid" });
    const xml = emit(policies({ inbound: [base(), body], backend: forwardRequest(), outbound: [], onError: [] }), place);
    expect(first(xml, "set-body").text).toBe('{"id": "{{context.Api.Id}}", "a": "&quot;"}');
  });

  it("cannot end an attribute that stands near it, whatever quotes it has", () => {
    const text = 'x a="';
    const answer = returnResponse({ status: { code: 200, reason: 'it\'s "so"' }, body: text });
    for (const maxBytes of [10_000, 330]) {
      const xml = emit(policies({ inbound: [answer], backend: forwardRequest(), outbound: [], onError: [] }), {
        ...place,
        maxBytes,
      });
      expect(first(xml, "set-status").attributes.reason).toBe('it\'s "so"');
      expect(first(xml, "set-body").text).toBe(text);
    }
  });
});

describe("a text of the configuration", () => {
  const { values, ...source } = readStackFile(ROOT, "dev");
  const TENANT = "11111111-1111-4111-8111-111111111111";
  type Values = Record<string, unknown>;
  const model = { deployment: "chat", model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard", tpm: 60_000 };
  const consumer = { name: "web", tokensPerMinute: 1000, tokenQuota: { tokens: 5000, period: "Daily" } };
  const gateway = { publisherName: "a", publisherEmail: "a@b.example" };
  const entra = { tenantId: TENANT, audiences: ["api://x"], require: "key-or-token" };
  const host = { topology: "application-gateway", certificatePfx: "[secret]" };
  /** Every field that takes text, with a stack in which it holds the given one. */
  const FIELDS: Record<string, (text: string) => Values> = {
    "gateway.publisherName": (text) => ({ gateway: { ...gateway, publisherName: text } }),
    "gateway.publisherEmail": (text) => ({ gateway: { ...gateway, publisherEmail: `${text}@b.example` } }),
    "regions[]": (text) => ({ regions: ["swedencentral", text] }),
    "regions[].as": (text) => ({ regions: ["eastus2", { region: "eastus2", as: text, subscription: TENANT }] }),
    "models[].deployment": (text) => ({ models: [{ ...model, deployment: text }] }),
    "models[].model": (text) => ({ models: [{ ...model, model: text }] }),
    "models[].version": (text) => ({ models: [{ ...model, version: text }] }),
    "models[].regions": (text) => ({ models: [{ ...model, regions: [text] }] }),
    "models[].regions.": (text) => ({ models: [{ ...model, regions: { [text]: { tpm: 1000 } } }] }),
    "models[].regions.x.version": (text) => ({ models: [{ ...model, regions: { eastus2: { version: text } } }] }),
    "consumers[].name": (text) => ({ consumers: [{ ...consumer, name: text }] }),
    "entra.tenantId": (text) => ({ entra: { ...entra, tenantId: text } }),
    "entra.audiences[]": (text) => ({ entra: { ...entra, audiences: ["api://x", text] } }),
    "entra.clientIds[]": (text) => ({ entra: { ...entra, clientIds: [text] } }),
    "applicationGateway.host": (text) => ({ ...host, applicationGateway: { host: text, selfSigned: true } }),
    "tags.": (text) => ({ tags: { [text]: "x" } }),
    "tags.x": (text) => ({ tags: { x: text } }),
    asOf: (text) => ({ asOf: text }),
  };
  const planOf = (own: Values, stack = "dev") =>
    planStack({ ...source, stack, values: { asOf: "2026-11-24", ...values, consumers: [consumer], ...own } });
  const refused = (own: Values): string[] | undefined => {
    try {
      planOf(own);
      return undefined;
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      return error.faults.map(({ path, rule }) => `${path} ${rule}`);
    }
  };
  const xmlOf = (own: Values) => policyDocuments(planOf(own)).map(({ xml }) => xml);

  let compiler: Compiler | undefined;
  const found: Found[] = [];
  beforeAll(() => {
    compiler = missingCompiler ? undefined : new Compiler();
  });
  afterAll(() => compiler?.close());

  it.each(Object.entries(FIELDS))("is refused with its path, or comes back: %s", (field, stack) => {
    const root = /^\w+/.exec(field)?.[0] ?? "";
    let carried = 0;
    for (const text of TEXTS) {
      const faults = refused(stack(text));
      if (faults) {
        expect(
          faults.some((fault) => fault.startsWith(root)),
          `${JSON.stringify(text)}: ${faults}`,
        ).toBe(true);
        continue;
      }
      carried++;
      const documents = xmlOf(stack(text));
      for (const [i, xml] of documents.entries()) {
        // Only where the documents themselves refer to one, as the whole of a value.
        expect(xml.split("{{").length, JSON.stringify(text)).toBe(xml.split(/ value="\{\{weights-[\w.-]+\}\}"/).length);
        found.push(...codeIn(`${field} ${JSON.stringify(text)} ${i}`, xml));
      }
      const api = documents.find((xml) => xml.includes('name="models"')) ?? "";
      const list = elements(api, "set-variable").find(({ attributes }) => attributes.name === "models");
      const [described] = JSON.parse(evaluated(list?.attributes.value ?? "")) as { id: string; model: string; version: string }[];
      const [configured] = (stack(text).models ?? values.models) as Values[];
      expect(described).toMatchObject({ id: configured?.deployment, model: configured?.model, version: configured?.version });
      if (field === "entra.audiences[]")
        expect(elements(api, "audience").map((element) => evaluated(element.text))).toEqual(["api://x", text].sort());
    }
    // Fields of free text carry most of what XML has.
    const free = ["gateway.publisherName", "models[].model", "models[].version", "tags.x"];
    if (free.includes(field)) expect(carried).toBeGreaterThan(TEXTS.length / 3);
  });

  it.each(["\n", "\r", "\0", "\u0007", "\u0085", "\u2028", "\ud800", "\ufffe", "\t"])(
    "with a control character, half a character or none is refused by path, place and fix: %j",
    (character) => {
      const code = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
      const faults = refused({ gateway: { ...gateway, publisherName: `ab${character}` }, tags: { [`t${character}`]: "x" } });
      const said = new RegExp(`has ${code.replace("+", "\\+")}( \\(a \\w+( \\w+)?\\))? at character`);
      expect(faults?.[0]).toMatch(/^gateway\.publisherName .* at character 3/);
      expect(faults?.[1]).toMatch(/^tags\["t.*"\] is a name that /s);
      for (const fault of faults ?? []) expect(fault).toMatch(said);
    },
  );

  it("never makes a document that a C# compiler refuses", unless(missingCompiler), () => {
    expect(found.length).toBeGreaterThan(1000);
    expect(check(compiler as Compiler, found, "Configured")).toEqual([]);
  });
});

describe("the list of hostile texts", () => {
  it("has each once", () => expect(new Set(HOSTILE).size).toBe(HOSTILE.length));
});
