/** Does every element's builder write what API Management takes, where it may stand, and does everybody who knows the elements agree? */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import type { Place } from "../policies/language/check.ts";
import {
  type Content,
  type Element,
  type ElementRow,
  EVERY_GATEWAY,
  type GatewayKind,
  literalOf,
  type Node,
  part,
  SCOPES,
  SECTIONS,
  xmlName,
} from "../policies/language/element.ts";
import { elementXml } from "../policies/language/emit.ts";
import { examples } from "../policies/language/examples.ts";
import * as language from "../policies/language/index.ts";
import { builderName, docstring, elementsPage, exampleOf, exampleText, exampleXml, groups } from "../policies/language/page.ts";
import { lintPolicy } from "../policies/lint/index.ts";
import { elements as gatewayTable, UNSUPPORTED } from "../sandbox/gateway/elements/index.ts";
import { checkPolicy } from "../sandbox/gateway/index.ts";
import { type Difference, differences, isNarrower, shown } from "./support/element-tables.ts";

// biome-ignore format: a list
const {
  authenticationManagedIdentity, base, bool, cacheLookupValue, cacheStoreValue, choose, cors, csharp, elementTable, emit, emitFragment, emitMetric,
  forwardRequest, fragment, includeFragment, int, ipFilter, llmContentSafety, llmEmitTokenMetric, llmSemanticCacheLookup,
  llmSemanticCacheStore, llmTokenLimit, namedValue, policies, quotaByKey, rateLimitByKey, retry, returnResponse, seconds,
  sendRequest, setBackendService, setBody, setHeader, setMethod, setQueryParameter, setStatus, setVariable, string, trace,
  validateJwt, variables, wait,
} = language;

const place: Place = { file: "here.xml", scope: "api", gateway: "classic", maxBytes: 100_000, externalCache: true };
/** Any element in any section: what the types would refuse is what is tested. */
type Any = Element<never>;
// biome-ignore lint/suspicious/noExplicitAny: elements for other sections are put where the types would not let them.
const anywhere = (element: Any): any => element;

const SKUS = { classic: "Developer", v2: "StandardV2", consumption: "Consumption" } as const;
const skuOf = (gateway: GatewayKind) => (SKUS as Partial<Record<GatewayKind, (typeof SKUS)[keyof typeof SKUS]>>)[gateway];
const KNOWN = {
  backends: ["pool-chat", "embeddings", "content-safety"],
  namedValues: ["identity-client-id", "tenant-id", "web-client-id"],
};

/** A document that has the element in the section, and what else a document needs. */
function documentWith(element: Any, section: string, scope: string) {
  const inherited = scope === "global" ? [] : [base()];
  const inSection = (name: string) => [...inherited, ...(section === name ? [anywhere(element)] : [])];
  const own = element.node.name === "forward-request" ? [] : [forwardRequest()];
  const call = section === "backend" ? choose([{ when: bool(true), do: [anywhere(element), ...own] }]) : forwardRequest();
  return policies({
    inbound: inSection("inbound"),
    backend: call,
    outbound: inSection("outbound"),
    onError: inSection("on-error"),
  });
}

describe("the element table", () => {
  it("has a builder, an example, a docstring and a place on the page for each element", () => {
    const names = elementTable.map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(44);
    expect(Object.keys(examples).sort()).toEqual([...names].sort());
    expect(groups.flatMap(({ elements }) => elements).sort()).toEqual([...names].sort());
    for (const name of names) expect(language).toHaveProperty(builderName(name));
  });

  it.each(elementTable.map(({ name }) => name))("ends the docstring of %s with what its example gives", (name) => {
    const { text, xml } = docstring(name);
    expect(text.length).toBeGreaterThan(15);
    expect(xml).toBe(exampleXml(name));
    const file = readFileSync(join(import.meta.dirname, `../policies/language/elements/${name}.ts`), "utf8");
    expect(file).toContain(` * Source: API Management`);
    expect(exampleText(name)).toContain(`${builderName(name)}(`);
  });

  it("stands in docs/policy-elements.md as it is", async () => {
    await expect(elementsPage()).toMatchFileSnapshot("../docs/policy-elements.md");
  });
});

const cases = elementTable.map((row) => ({ row, name: row.name }));

describe("every element", () => {
  it.each(cases)("is taken by the gateway and the linter wherever it may stand: $name", ({ row }) => {
    // The same document on the same tier is read once.
    const read = new Set<string>();
    for (const section of row.sections)
      for (const scope of row.scopes)
        for (const gateway of row.gateways) {
          const xml = emit(documentWith(exampleOf(row.name), section, scope), { ...place, ...KNOWN, scope, gateway });
          const sku = skuOf(gateway) ?? "Developer";
          if (read.has(sku + xml)) continue;
          read.add(sku + xml);
          const found = lintPolicy(xml, `${scope === "global" ? "global" : "here"}.xml`, { sku });
          const errors = found.filter(({ severity }) => severity === "error").map(({ rule, message }) => `${rule}: ${message}`);
          expect(errors, `${section}, ${scope}, ${gateway}\n${xml}`).toEqual([]);
          if (!gatewayTable[row.name]) continue;
          const known = { namedValue: isIn(KNOWN.namedValues), backend: isIn(KNOWN.backends), fragment: () => false };
          const asked = scope === "workspace" ? "product" : scope;
          expect(checkPolicy({ xml, format: "xml", scope: asked, sku }, known), xml).toEqual([]);
        }
  });

  it("is one that the gateway executes, or says that it does not", () => {
    const rest = elementTable.map(({ name }) => name).filter((name) => !gatewayTable[name]);
    expect(rest.filter((name) => !UNSUPPORTED.has(name))).toEqual([]);
    expect(elementTable.length - rest.length).toBeGreaterThan(30);
  });

  it.each(cases)("is refused everywhere else, with the place: $name", ({ row }) => {
    const refused = (section: string, where: Partial<Place>) => () =>
      emit(documentWith(exampleOf(row.name), section, where.scope ?? "api"), { ...place, ...where });
    const [home] = row.sections as readonly [string];
    const inSection = home === "backend" ? "backend/choose/when" : home;
    // A fragment that is brought along is what it holds.
    if (row.name === "include-fragment") return;
    for (const section of SECTIONS)
      if (!row.sections.includes(section)) expect(refused(section, {})).toThrow(`cannot stand in ${section}, only in ${home}`);
    for (const scope of SCOPES)
      if (!row.scopes.includes(scope)) expect(refused(home, { scope })).toThrow(`<${row.name}> does nothing at ${scope} scope`);
    for (const gateway of EVERY_GATEWAY)
      if (!row.gateways.includes(gateway))
        expect(refused(home, { gateway })).toThrow(
          `here.xml: ${inSection}/${row.name}: <${row.name}> does not exist on ${gateway} gateways`,
        );
  });
});

const isIn = (all: readonly string[]) => (name: string) => all.includes(name);

describe("what types cannot see", () => {
  const limit = { counterKey: "a", estimatePromptTokens: true };
  const lookup = {
    scoreThreshold: 0.05,
    embeddingsBackendId: "e",
    embeddingsBackendAuth: "system-assigned",
    varyBy: ["a"],
  } as const;
  const six = { a: "1", b: "2", c: "3", d: "4", e: "5", f: "6" };
  const v = variables({ late: int(1) });
  // biome-ignore lint/suspicious/noExplicitAny: options as JavaScript could give them.
  const untyped = (options: object): any => options;

  it.each<[what: string, element: Any | Any[], message: string, where?: Partial<Place>]>([
    // Ranges.
    [
      "a count of 0",
      retry({ condition: bool(true), count: 0, interval: seconds(0) }, setHeader({ name: "a" }, "b")),
      'inbound/retry/@count: "0" must be at least 1',
    ],
    [
      "a count of 51",
      retry({ condition: bool(true), count: 51, interval: seconds(0) }, setHeader({ name: "a" }, "b")),
      'inbound/retry/@count: "51" must be at most 50',
    ],
    [
      "nothing to repeat",
      retry({ condition: bool(true), count: 1, interval: seconds(0) }),
      "inbound/retry: <retry> needs a policy inside",
    ],
    [
      "a window of 301 s",
      rateLimitByKey({ calls: 1, renewalPeriod: seconds(301), counterKey: "a" }),
      'inbound/rate-limit-by-key/@renewal-period: "301" must be at most 300',
    ],
    [
      "a period of 299 s",
      quotaByKey({ calls: 1, renewalPeriod: seconds(299), counterKey: "a" }),
      "inbound/quota-by-key: <quota-by-key> breaks a rule: renewal-period is 0 (never) or at least 300 s.",
    ],
    [
      "a score above 1",
      llmSemanticCacheLookup({ ...lookup, scoreThreshold: 1.5 }),
      'inbound/llm-semantic-cache-lookup/@score-threshold: "1.5" must be at most 1',
    ],
    [
      "a score that is no number",
      llmSemanticCacheLookup({ ...lookup, scoreThreshold: Number.NaN }),
      '@score-threshold: "NaN" must be a number',
    ],
    ["half a token", llmTokenLimit({ ...limit, tokensPerMinute: 0.5 }), '@tokens-per-minute: "0.5" must be a whole number'],
    ["no tokens", llmTokenLimit({ ...limit, tokensPerMinute: 0 }), '@tokens-per-minute: "0" must be at least 1'],
    [
      "neither rate nor quota",
      llmTokenLimit(untyped(limit)),
      "<llm-token-limit> needs at least one of tokens-per-minute, token-quota, and has 0",
    ],
    [
      "half a quota",
      llmTokenLimit(untyped({ ...limit, tokenQuota: 1 })),
      "<llm-token-limit> needs all or none of token-quota, token-quota-period, and has 1",
    ],
    [
      "a sixth dimension",
      llmEmitTokenMetric({ dimensions: six }),
      "<llm-emit-token-metric> breaks a rule: At most 5 dimensions that have a value.",
    ],
    ["no dimension", emitMetric({ name: "a" }), "<emit-metric> needs <dimension>"],
    [
      "an eleventh dimension",
      emitMetric({ name: "a", dimensions: Object.fromEntries([..."abcdefghijk"].map((name) => [name, "1"])) }),
      "<emit-metric> breaks a rule: At most 10 dimensions that have a value.",
    ],
    [
      "neither applications nor audiences",
      language.validateAzureAdToken(untyped({ tenantId: "a" })),
      "<validate-azure-ad-token> breaks a rule: Client applications or audiences are there.",
    ],
    [
      "a severity of 8",
      llmContentSafety({ backendId: "a", categories: { Hate: 8 } }),
      'inbound/llm-content-safety/categories/category/@threshold: "8" must be at most 7',
    ],
    ["a status of 42", setStatus({ code: 42, reason: "a" }), '@code: "42" must be at least 100'],
    [
      "an age below 0",
      cors({ allowedOrigins: ["*"], allowedMethods: ["GET"], preflightResultMaxAge: seconds(-1) }),
      'inbound/cors/allowed-methods/@preflight-result-max-age: "-1" must be at least 0',
    ],
    [
      "an age without methods",
      cors({ allowedOrigins: ["*"], preflightResultMaxAge: seconds(1) }),
      "inbound/cors/allowed-methods: <allowed-methods> needs <method>",
    ],
    [
      "an empty key",
      cacheStoreValue({ key: "", value: "a", duration: seconds(1) }),
      'inbound/cache-store-value/@key: "" must not be empty',
    ],
    [
      "a time that is none",
      quotaByKey(untyped({ calls: 1, renewalPeriod: seconds(0), counterKey: "a", firstPeriodStart: "soon" })),
      '@first-period-start: "soon" must be a time',
    ],
    // What JavaScript could give, or a cast hide.
    [
      "a word for a flag",
      cors(untyped({ allowedOrigins: ["*"], allowCredentials: "yes" })),
      '@allow-credentials: "yes" must be true or false',
    ],
    [
      "a value off the list",
      ipFilter(untyped({ action: "deny" }), "203.0.113.7"),
      '@action: "deny" must be one of allow, forbid',
    ],
    [
      "no address",
      (ipFilter as (...given: unknown[]) => Any)({ action: "allow" }),
      "<ip-filter> breaks a rule: At least one address or range.",
    ],
    [
      "a missing attribute",
      setBackendService(untyped({})),
      "<set-backend-service> needs exactly one of backend-id, base-url, and has 0",
    ],
    [
      "two attributes of which one may stand",
      validateJwt(untyped({ headerName: "a", tokenValue: "b" })),
      "<validate-jwt> needs exactly one of header-name, query-parameter-name, token-value, and has 2",
    ],
    [
      "an expression where none may stand",
      setVariable(untyped({ name: string("a"), value: "b" })),
      "inbound/set-variable/@name: takes no expression",
    ],
    [
      "an expression of another type",
      rateLimitByKey(untyped({ calls: string("1"), renewalPeriod: seconds(1), counterKey: "a" })),
      "@calls: takes an expression of type int, and this one is string",
    ],
    [
      "parts in another order",
      { node: { ...returnResponse({}).node, children: [setBody("a").node, setStatus({ code: 200, reason: "b" }).node] } },
      "<return-response> must have <set-status> before <set-body>",
    ],
    [
      "a part twice",
      { node: { ...trace({ source: "a", message: "b" }).node, children: [part("message", "b"), part("message", "c")] } },
      "<trace> takes one <message>, and has 2",
    ],
    [
      "an unknown part",
      { node: { ...cors({ allowedOrigins: ["*"] }).node, children: [part("origins")] } },
      "<cors> needs <allowed-origins>",
    ],
    [
      "an attribute that it does not have",
      { node: { ...base().node, attributes: [["name", "a"]] } },
      "<base> has no attribute name",
    ],
    ["a text where none may be", { node: { ...base().node, text: "a" } }, "<base> takes no text"],
    ["an element without a row", { node: part("set-hedaer") }, "inbound/set-hedaer: <set-hedaer> cannot stand here"],
    ["a policy that cannot wait", wait({}, anywhere(setMethod("GET"))), "<wait> breaks a rule: Only choose, send-request"],
    [
      "a parameter without a value",
      setQueryParameter(untyped({ name: "a" })),
      "<set-query-parameter> breaks a rule: It has a value unless it deletes.",
    ],
    [
      "a new request without a URL",
      sendRequest(untyped({ responseVariableName: "a", method: "GET" })),
      '<send-request> breaks a rule: set-url and set-method are there unless mode is "copy".',
    ],
    [
      "a URL with a slash at its end",
      setBackendService({ baseUrl: "https://a.example/" }),
      "<set-backend-service> breaks a rule: base-url has no slash at its end",
    ],
    // SKU and scope.
    [
      "a token limit on Consumption",
      llmTokenLimit({ ...limit, tokensPerMinute: 1 }),
      "<llm-token-limit> does not exist on consumption gateways, only on classic, v2, self-hosted, workspace",
      { gateway: "consumption" },
    ],
    [
      "a quota on v2",
      quotaByKey({ calls: 1, renewalPeriod: seconds(0), counterKey: "a" }),
      "does not exist on v2 gateways",
      { gateway: "v2" },
    ],
    [
      "Dapr in the cloud",
      setBackendService({ backendId: "dapr", daprAppId: "a" }),
      "<set-backend-service> has dapr-app-id only on self-hosted gateways",
    ],
    [
      "a cache that Consumption does not have",
      cacheLookupValue({ key: "a", variableName: "b", cachingType: "internal" }),
      "needs the gateway's own cache, and consumption",
      { gateway: "consumption" },
    ],
    [
      "no cache at all",
      cacheLookupValue({ key: "a", variableName: "b" }),
      "needs a cache, and consumption gateways have none",
      { gateway: "consumption", externalCache: false },
    ],
    [
      "a semantic cache in a workspace",
      llmSemanticCacheLookup(lookup),
      "does nothing at workspace scope",
      { scope: "workspace" },
    ],
    // Once.
    [
      "cors twice",
      [cors({ allowedOrigins: ["*"] }), cors({ allowedOrigins: ["*"] })],
      "inbound: <cors> may stand here once, and stands 2 times",
    ],
    [
      "a look-up in a choice and after it",
      [choose([{ when: bool(true), do: [llmSemanticCacheLookup(lookup)] }]), llmSemanticCacheLookup(lookup)],
      "<llm-semantic-cache-lookup> may stand here once",
    ],
    // What exists.
    [
      "an unknown backend",
      setBackendService({ backendId: "pool-chta" }),
      'inbound/set-backend-service/@backend-id: there is no backend "pool-chta"; there are pool-chat',
      { backends: ["pool-chat"] },
    ],
    [
      "an unknown backend for embeddings",
      llmSemanticCacheLookup(lookup),
      '@embeddings-backend-id: there is no backend "e"; there are none',
      { backends: [] },
    ],
    [
      "an unknown backend for content safety",
      llmContentSafety({ backendId: "a" }),
      '@backend-id: there is no backend "a"',
      { backends: ["b"] },
    ],
    [
      "an unknown named value",
      authenticationManagedIdentity({ resource: "a", clientId: namedValue("id") }),
      '@client-id: there is no named value "id"; there are other',
      { namedValues: ["other"] },
    ],
    [
      "an unknown named value in text",
      setHeader({ name: "a" }, namedValue("id")),
      'inbound/set-header/value: there is no named value "id"',
      { namedValues: [] },
    ],
    [
      "a name that no named value can have",
      setHeader({ name: "a" }, namedValue("account key")),
      '"account key" cannot be the name of a named value',
    ],
    [
      "an unknown fragment",
      includeFragment({ fragmentId: "a" }),
      '@fragment-id: there is no fragment "a"; there are b',
      { fragments: ["b"] },
    ],
    // Fragments.
    ["base in a fragment", includeFragment(fragment("f", anywhere(base()))), '<base> cannot stand in a fragment ("f")'],
    [
      "base deep in a fragment",
      includeFragment(fragment("f", choose([{ when: bool(true), do: [base()] }]))),
      'inbound/choose/when/base: <base> cannot stand in a fragment ("f")',
    ],
    [
      "a fragment in a fragment",
      includeFragment(fragment("f", anywhere(includeFragment({ fragmentId: "g" })))),
      '<include-fragment> cannot stand in a fragment ("f")',
    ],
    [
      "a fragment's policy in another section",
      includeFragment(fragment("f", anywhere(forwardRequest()))),
      "inbound/forward-request: <forward-request> cannot stand in inbound",
    ],
    // Variables.
    [
      "a variable read before it is set",
      [setHeader({ name: "a" }, v.late.get().toText()), v.late.set(2)],
      'inbound/set-header/value: reads variable "late", which nothing sets before',
    ],
    [
      "a variable that another branch sets",
      choose([{ when: bool(true), do: [v.late.set(2)] }], [setHeader({ name: "a" }, v.late.get().toText())]),
      'inbound/choose/otherwise/set-header/value: reads variable "late", which nothing sets before',
    ],
    [
      "two variables of one name",
      [...language.initial(variables({ late: int(1) })), ...language.initial(variables({ late: string("") }))],
      'inbound/set-variable[2]: declares variable "late" a second time',
    ],
    [
      "a text in a variable declared as a number",
      [...language.initial(v), setVariable({ name: "late", value: "1" })],
      'inbound/set-variable[2]: variable "late" is declared as int, and this is text',
    ],
    [
      "an expression of another type in a declared variable",
      [...language.initial(v), setVariable({ name: "late", value: string("1") })],
      'variable "late" is declared as int, and this is string',
    ],
    [
      "a declared variable that a policy fills with what it likes",
      [...language.initial(v), cacheLookupValue({ key: "a", variableName: "late" })],
      'inbound/cache-lookup-value: variable "late" is declared as int, and this is what <cache-lookup-value> gives',
    ],
    [
      "a declared variable read as another type",
      [...language.initial(v), setHeader({ name: "a" }, language.guarded("string", "late", ""))],
      'inbound/set-header/value: reads variable "late" as string, and it is declared as int',
    ],
    [
      "an answer that nothing got",
      returnResponse({ responseVariableName: "answer" }),
      'inbound/return-response/@response-variable-name: reads variable "answer", which nothing sets before',
    ],
    [
      "a liquid template in an answer",
      { node: { ...returnResponse({}).node, children: [setBody("{{a}}", { template: "liquid" }).node] } },
      "inbound/return-response/set-body: a liquid template does not work here",
    ],
  ])("fails when the document is written: %s", (_, given, message, where = {}) => {
    const all = (Array.isArray(given) ? given : [given]).map(anywhere);
    const document = policies({ inbound: all, backend: forwardRequest(), outbound: [], onError: [] });
    expect(() => emit(document, { ...place, ...where })).toThrow(message);
    expect(() => emit(document, { ...place, ...where })).toThrow(/^here\.xml: inbound/);
  });

  it.each<[what: string, element: Any | Any[], where?: Partial<Place>]>([
    [
      "a look-up in each branch",
      choose([{ when: bool(true), do: [llmSemanticCacheLookup(lookup)] }], [llmSemanticCacheLookup(lookup)]),
    ],
    [
      "five dimensions beside those that the gateway knows",
      llmEmitTokenMetric({ knownDimensions: ["API ID", "Location"], dimensions: { a: "1", b: "2", c: "3", d: "4", e: "5" } }),
    ],
    ["a backend by expression", setBackendService({ backendId: string("x") }), { backends: [] }],
    ["a copy without URL and method", sendRequest({ mode: "copy", responseVariableName: "a" })],
    [
      "a variable set on one path",
      [choose([{ when: bool(true), do: [v.late.set(2)] }]), setHeader({ name: "a" }, v.late.get().toText())],
    ],
    [
      "a variable of the loop in its condition",
      retry({ condition: v.late.get().equals(1), count: 1, interval: seconds(0) }, v.late.set(2)),
    ],
    [
      "an answer got before",
      [
        sendRequest({ responseVariableName: "answer", url: "a", method: "GET" }),
        returnResponse({ responseVariableName: "answer" }),
      ],
    ],
    ["braces in a liquid template", setBody("{{body.name}}", { template: "liquid" })],
    ["a fragment of the service", includeFragment({ fragmentId: "a" }), { fragments: ["a"] }],
    ["a request's method in on-error", [sendRequest({ responseVariableName: "a", url: "b", method: "GET", body: "c" })]],
  ])("passes: %s", (_, given, where = {}) => {
    const all = (Array.isArray(given) ? given : [given]).map(anywhere);
    const document = policies({ inbound: all, backend: forwardRequest(), outbound: [], onError: [] });
    expect(emit(document, { ...place, ...where })).toContain("<inbound>");
  });

  it("is a second policy in backend as well, that a fragment brings", () => {
    const two = fragment("two", setHeader({ name: "a" }, "b"), setHeader({ name: "c" }, "d"));
    const document = policies({ inbound: [], backend: includeFragment(two), outbound: [], onError: [] });
    expect(() => emit(document, place)).toThrow("here.xml: backend: takes one policy, and <set-header> is a second one");
  });
});

/** An example with one fault in it, for every fact of its row that can be broken alone. */
function broken(node: Node, row: ElementRow): { what: string; node: Node }[] {
  const with_ = (name: string, value: Content) => ({
    ...node,
    attributes: [...node.attributes.filter(([other]) => other !== name), [name, value] as const],
  });
  const wrong = Object.entries(row.attributes).flatMap(([option, { kind, facts, values }]) => {
    const name = xmlName(option);
    const number = kind === "int" || kind === "seconds" || kind === "milliseconds" || kind === "number";
    const literals = [
      ...(values || kind === "bool" || kind === "time" || number ? ["surprise", ""] : []),
      ...(number && kind !== "number" ? ["1.5"] : []),
      ...(facts.min === undefined ? [] : [String(facts.min - 1)]),
      ...(facts.max === undefined ? [] : [String(facts.max + 1)]),
      "@(1)",
      "{{surprise}}",
    ];
    const body = csharp("JObject")`new JObject()`;
    return [
      ...literals.map((literal) => ({ what: `${name}="${literal}"`, node: with_(name, literal) })),
      ...(kind === "any" && facts.expression ? [] : [{ what: `${name} by a body`, node: with_(name, body) }]),
      ...(facts.required
        ? [{ what: `no ${name}`, node: { ...node, attributes: node.attributes.filter(([other]) => other !== name) } }]
        : []),
    ];
  });
  const { children } = node;
  const policies = row.children[0]?.startsWith("policies");
  const once = children.filter(({ name }) => row.children.includes(name) || row.children.includes(`${name}?`));
  const mixed = new Set(children.map(({ name }) => name)).size > 1 && !row.anyOrder && !policies;
  return [
    ...wrong,
    { what: "an attribute", node: with_("surprise", "1") },
    { what: "a child", node: { ...node, children: [...children, part("surprise")] } },
    ...(row.text ? [] : [{ what: "a text", node: { ...node, text: "surprise" } }]),
    ...(row.text?.facts.required ? [{ what: "no text", node: { ...node, text: undefined } }] : []),
    ...(mixed ? [{ what: "another order", node: { ...node, children: children.toReversed() } }] : []),
    ...once.map((child) => ({ what: `<${child.name}> twice`, node: { ...node, children: [child, ...children] } })),
  ];
}

describe("one fault in an example", () => {
  const faults = elementTable.flatMap((row) => {
    const { fragment: _, ...node } = exampleOf(row.name).node;
    return broken(node, row).map((fault) => ({ ...fault, row }));
  });

  it("can be made in hundreds of ways", () => expect(faults.length).toBeGreaterThan(600));

  it.each(cases)("is found, with its place: $name", ({ row }) => {
    const [section] = row.sections as readonly [string];
    for (const { what, node } of faults.filter((fault) => fault.row === row)) {
      const made = () => emit(documentWith({ node }, section, "api"), { ...place, ...KNOWN });
      expect(made, what).toThrow(new RegExp(`^here\\.xml: ${section}/(choose/when/)?${row.name}`));
    }
  });
});

describe("what is written", () => {
  it("puts the parts in API Management's order, whatever the order of the options", () => {
    const jwt = validateJwt({
      requiredClaims: [{ values: ["a"], name: "b" }],
      issuers: ["c"],
      audiences: ["d"],
      decryptionKeys: [{ certificateId: "e" }],
      issuerSigningKeys: [{ n: "f", e: "g", id: "h" }, { base64: "c2VjcmV0" }],
      issuerSigningTokens: ["i"],
      openidConfig: [{ url: "https://j.example" }],
      clockSkew: seconds(1),
      headerName: "k",
    });
    const names = jwt.node.children.map(({ name }) => name);
    expect(names).toEqual(
      elementTable.find(({ name }) => name === "validate-jwt")?.children.map((child) => child.replace(/[?*+]$/, "")),
    );
    expect(elementXml(jwt)).toContain('<validate-jwt header-name="k" clock-skew="1">');
    expect(elementXml(jwt)).toContain('<key id="h" n="f" e="g"/>');
    const sent = sendRequest({
      proxy: { url: "http://a.example", username: "b", password: namedValue("c") },
      authentication: authenticationManagedIdentity({ resource: "d" }),
      body: "e",
      headers: [setHeader({ name: "f" }, "g")],
      method: "POST",
      url: "https://h.example",
      responseVariableName: "i",
    });
    expect(sent.node.children.map(({ name }) => name)).toEqual([
      "set-url",
      "set-method",
      "set-header",
      "set-body",
      "authentication-managed-identity",
      "proxy",
    ]);
  });

  it("is the same element twice, under two names, for language models and Azure OpenAI", () => {
    for (const name of ["emit-token-metric", "semantic-cache-store", "token-limit", "semantic-cache-lookup"]) {
      const [all, azure] = [`llm-${name}`, `azure-openai-${name}`].map((full) => elementTable.find((row) => row.name === full));
      expect({ ...azure, name: "", source: "", notes: [] }).toEqual({ ...all, name: "", source: "", notes: [] });
    }
  });

  it("has an id first, where one is given, and names of named values in braces", () => {
    expect(elementXml(setHeader({ id: "say", name: "a" }, namedValue("b")))).toBe(
      '<set-header id="say" name="a">\n  <value>{{b}}</value>\n</set-header>',
    );
    expect(literalOf(choose([{ when: bool(true), do: [] }], [], { id: "either" }).node, "id")).toBe("either");
  });

  it("is what a fragment holds, in its place; the fragment can be a document of its own", () => {
    const say = fragment("say", setHeader({ name: "a" }, "b"), setHeader({ name: "c" }, "d"));
    const xml = emit(policies({ inbound: [includeFragment(say)], backend: forwardRequest(), outbound: [], onError: [] }), place);
    expect(xml).not.toContain("include-fragment");
    expect(xml).toContain('<inbound>\n    <set-header name="a">');
    const own = emitFragment(say, "inbound", place);
    expect(own).toMatch(/^<fragment>\n {2}<set-header name="a">/);
    expect(lintPolicy(own, "fragment-say.xml")).toEqual([]);
    expect(() => emitFragment(fragment("nested", anywhere(base())), "inbound", place)).toThrow("cannot stand in a fragment");
    const large = fragment("large", setHeader({ name: "a" }, "x".repeat(513 * 1024)));
    expect(() => emitFragment(large, "inbound", place)).toThrow("a fragment has at most 524288");
    expect(() => emitFragment(fragment("late", llmSemanticCacheStore({ duration: seconds(0) })), "outbound", place)).toThrow(
      'here.xml: outbound/llm-semantic-cache-store/@duration: "0" must be at least 1',
    );
  });
});

/**
 * Where the three tables differ, and what the documentation and the XSD say. The linter allows what either source allows, the language what
 * both do: so whatever the language writes the linter must take. The gateway may lack what it does not execute.
 */
describe("three tables of elements", () => {
  const all = differences();
  const lines = (some: readonly Difference[]) => some.map(shown);

  it("were made apart, and differ", () => {
    expect(all.length).toBeGreaterThan(50);
    expect(all.length).toBeLessThan(250);
  });

  it("agree that all that the language writes passes the linter", () => {
    expect(lines(all.filter((one) => one.table === "lint" && !isNarrower(one)))).toEqual([]);
  });

  // biome-ignore format: a table
  const GATEWAY_LACKS: readonly [line: RegExp, why: string][] = [
    [/^(azure-openai|llm)-emit-token-metric @(name|value-type|ignore-prompt): language known/, "in the policy XSD only"],
    [/^(azure-openai|llm)-token-limit @(prompt-type|ignore-prompt): language known/, "in the policy XSD only"],
    [/^emit-metric @default-dimensions: language known/, "in the policy XSD only"],
    [/^rate-limit-by-key @(increment-after-response|flexible-retry-window): language known/, "in the policy XSD only"],
    [/^validate-azure-ad-token @allow-(protected-forwarded|proof-of-possession)-tokens: language known/, "in the policy XSD only"],
    [/dimension\/@name expression: language true, gateway false$/, "emit-metric, 2024-03-18: \"a string or policy expression\"; the builders write names only"],
    [/^send-request (authentication-certificate|proxy): language known/, "there is no TLS and no proxy in the sandbox"],
    [/^set-backend-service @(sf|dapr)-[a-z-]+: language known/, "there is no Service Fabric and no Dapr in the sandbox"],
    [/^set-body @template values: language liquid none, gateway none$/, "the gateway has no liquid"],
    [/^validate-azure-ad-token decryption-keys: language known/, "the sandbox's tokens are not encrypted"],
    [/^validate-jwt issuer-signing-tokens: language known/, "the sandbox's Entra signs with one key"],
  ];

  it("agree on the gateway's side but for what it does not execute", () => {
    const wider = lines(all.filter((one) => one.table === "gateway" && !isNarrower(one)));
    expect(wider.filter((line) => !GATEWAY_LACKS.some(([pattern]) => pattern.test(line)))).toEqual([]);
    for (const [pattern, why] of GATEWAY_LACKS)
      expect(
        wider.filter((line) => pattern.test(line)),
        why,
      ).not.toEqual([]);
  });

  /** Where the language is the stricter one, whom the sources back; the first that fits counts. */
  // biome-ignore format: a table
  const STRICTER: readonly [line: RegExp, why: string][] = [
    [/ sections: .*gateway/, "the gateway runs it where its page does not list it; the language keeps to the page"],
    [/^(set-body|set-method|mock-response|wait) sections: .*lint/, "the linter does not complain of sections that the pages have come to list one by one"],
    [/lacking on: /, "quota-by-key, 2024-03: classic and self-hosted; the linter has a rule of its own for v2"],
    [/ expression: language false/, "the page says no expressions, the XSD says so, or neither speaks: literals are right in any case"],
    [/ required: language true/, "its page requires it; the XSD or an older page does not"],
    [/ range: /, "the range is from the page or from what the number means; the other table leaves it open"],
    [/ values: .*(Indefinite|header|embeddings, lint )/, "the XSD has more than the page: an Indefinite period, the auth \"header\", prompt types"],
    [/ type: language int, (gateway number|lint text)$/, "pages say whole numbers; the other takes fractions or any text"],
    [/ type: language bool, lint text$/, "in the policy XSD only"],
    [/ order: language fixed/, "any order is allowed, ours is one of them"],
    [/ (dimension|vary-by|message|claim|key|audience|issuer|token|otherwise|[a-z-]+\/[a-z-]+): language \d/, "the page requires one; choose has one otherwise"],
    [/: language -, (lint|gateway) known$/, "no page describes it: authentication-token, zumo-master-key, index and enabled of mock-response, numbers of decryption keys"],
  ];

  it("differ elsewhere only where the language is the stricter one, for a reason", () => {
    const narrower = all.filter(isNarrower);
    const left = lines(narrower).filter((line) => !STRICTER.some(([pattern]) => pattern.test(line)));
    expect(left).toEqual([]);
    for (const [pattern, why] of STRICTER)
      expect(
        lines(narrower).filter((line) => pattern.test(line)),
        why,
      ).not.toEqual([]);
  });
});

describe("wrong use of the elements", () => {
  it("does not compile, each for a reason of its own", () => {
    const file = join(import.meta.dirname, "policy-element-types.ts");
    // Without the expectations, so that the errors themselves can be looked at.
    const text = readFileSync(file, "utf8").replace(/^\/\/ @ts-expect-error/gm, "// expected:");
    const expected = [...text.matchAll(/^\/\/ expected: .+$/gm)].map(({ index }) => text.slice(0, index).split("\n").length + 1);
    expect(expected.length).toBeGreaterThanOrEqual(60);
    const root = join(import.meta.dirname, "..");
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
    const host = ts.createCompilerHost(options);
    const read = host.getSourceFile;
    host.getSourceFile = (name, languageVersion, ...rest) =>
      name === file ? ts.createSourceFile(name, text, languageVersion) : read.call(host, name, languageVersion, ...rest);
    const program = ts.createProgram([file], options, host);
    const found = ts.getPreEmitDiagnostics(program).map(({ file: at, start = 0, code }) => ({
      line: (at?.getLineAndCharacterOfPosition(start).line ?? -1) + 1,
      code,
    }));
    expect([...new Set(found.map(({ line }) => line))].sort((a, b) => a - b)).toEqual(expected);
    // 2304, 2305, 2339, 2552: a name that does not exist fails whatever the types say.
    expect(found.filter(({ code }) => [2304, 2305, 2339, 2552].includes(code))).toEqual([]);
  });
});
