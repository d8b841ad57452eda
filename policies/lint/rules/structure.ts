/** Where things stand: sections, base, children and their order. */
import type { PolicyElement } from "../read.ts";
import { isIn, literal, type Policy, type Rule, sectionOf, within } from "../rule.ts";
import { policies, SECTIONS, type Section, shapeOf } from "../schema.ts";

/** Elements whose children are policies, at any depth. */
const isPolicy = (element: PolicyElement) => {
  const parent = element.parent;
  if (!parent) return false;
  if (parent.name === "fragment" || SECTIONS.includes(parent.name as Section)) return true;
  return shapeOf(parent.name, parent.parent?.name ?? "")?.children === "policies";
};
const hasBase = (element: PolicyElement) => [...within(element)].some(({ name }) => name === "base");
/** With these, the section itself says what happens to the call. */
const CALLS = [
  "forward-request",
  "return-response",
  "include-fragment",
  "mock-response",
  "invoke-request",
  "send-request",
  "http-data-source",
  "graphql-data-source",
  "sql-data-source",
  "cosmosdb-data-source",
];
const makesCall = (element: PolicyElement) => [...within(element)].some(({ name }) => CALLS.includes(name));

export const structure: readonly Rule[] = [
  {
    name: "missing-base",
    severity: "warning",
    why: "Without <base /> the section of the wider scope does not run: token limits, authentication and the error answers of the product or of all APIs are gone.",
    source: "API Management documentation, Set or edit policies; base policy",
    bad: '<inbound>\n  <set-header name="x-stage"><value>test</value></set-header>\n</inbound>',
    good: '<inbound>\n  <base />\n  <set-header name="x-stage"><value>test</value></set-header>\n</inbound>',
    *check(policy) {
      if (policy.isFragment || policy.options.scope === "global") return;
      for (const name of SECTIONS) {
        const section = policy.section(name);
        const fix = `add <base /> to <${name}>, unless this is the global document (--scope global)`;
        if (!section)
          yield { at: policy.file.root.at, message: `there is no <${name}> section`, fix: `add <${name}><base /></${name}>` };
        // A backend section that calls replaces the wider one on purpose; one that does not is the next rule's.
        else if (!hasBase(section) && name !== "backend") yield { at: section.at, message: `<${name}> has no <base />`, fix };
      }
    },
  },
  {
    name: "backend-calls-nothing",
    severity: "error",
    why: "Without <base /> or <forward-request /> no call is made: the caller gets an empty 200.",
    source: "API Management policy reference, forward-request",
    bad: '<backend>\n  <set-header name="x-stage"><value>test</value></set-header>\n</backend>',
    good: "<backend>\n  <forward-request />\n</backend>",
    *check(policy) {
      const backend = policy.section("backend");
      if (!backend || hasBase(backend) || makesCall(backend)) return;
      // An empty one may be meant: inbound or outbound answers.
      const severity = backend.children.length === 0 ? "warning" : "error";
      yield {
        at: backend.at,
        message: "<backend> neither inherits nor forwards",
        fix: "put <base /> or <forward-request /> there",
        severity,
      };
    },
  },
  {
    name: "backend-one-child",
    severity: "error",
    why: "APIM refuses a backend section with more than one policy; neither the XSD nor the policy toolkit says so.",
    source: "Azure-Samples/Apim-Samples, notes on policies",
    bad: '<backend>\n  <set-backend-service backend-id="east" />\n  <forward-request />\n</backend>',
    good: "<backend>\n  <forward-request />\n</backend>",
    *check(policy) {
      for (const extra of policy.section("backend")?.children.slice(1) ?? [])
        yield {
          at: extra.at,
          message: `<${extra.name}> is a second policy in <backend>, which takes one`,
          fix: "move it to <inbound>, or into the <retry> or <choose> that stands there",
        };
    },
  },
  {
    name: "otherwise-last",
    severity: "error",
    why: "choose is when+ and at most one otherwise, at the end: everything else is refused.",
    source: "API Management policy reference, choose; policy XSD",
    bad: `<inbound>
  <base />
  <choose>
    <when condition="@(context.Request.Method == &quot;GET&quot;)"><set-variable name="x" value="a" /></when>
    <otherwise><set-variable name="x" value="b" /></otherwise>
    <otherwise><set-variable name="x" value="c" /></otherwise>
  </choose>
</inbound>`,
    good: `<inbound>
  <base />
  <choose>
    <when condition="@(context.Request.Method == &quot;GET&quot;)"><set-variable name="x" value="a" /></when>
    <otherwise><set-variable name="x" value="b" /></otherwise>
  </choose>
</inbound>`,
    *check(policy) {
      for (const { children } of policy.named("choose")) {
        const others = children.filter(({ name }) => name === "otherwise");
        const [, second] = others;
        if (second) yield { at: second.at, message: "a second <otherwise>", fix: "keep one" };
        else if (others[0] && children.at(-1) !== others[0])
          yield { at: others[0].at, message: "<otherwise> is not the last in <choose>", fix: "move it to the end" };
      }
    },
  },
  {
    name: "wrong-section",
    severity: "error",
    why: "A policy outside its sections is refused, or accepted and without effect: rewrite-uri in a retry and a managed identity in backend are the usual ones.",
    source: "API Management policy reference, usage of each policy; ai-hub-gateway-solution-accelerator pull request 140",
    bad: `<backend>
  <retry condition="@(context.Response.StatusCode == 500)" count="1" interval="0">
    <rewrite-uri template="/other" />
    <forward-request timeout="60" buffer-request-body="true" />
  </retry>
</backend>`,
    good: `<inbound>
  <base />
  <rewrite-uri template="/other" />
</inbound>
<backend>
  <retry condition="@(context.Response.StatusCode == 500)" count="1" interval="0">
    <forward-request timeout="60" buffer-request-body="true" />
  </retry>
</backend>`,
    *check(policy) {
      for (const element of policy.elements) {
        const section = sectionOf(element);
        const row = policies[element.name];
        if (
          !section ||
          !row ||
          !isPolicy(element) ||
          isIn(element, "send-request", "send-one-way-request", "wait", "return-response")
        )
          continue;
        if (!row.sections.includes(section))
          yield {
            at: element.at,
            message: `<${element.name}> stands in ${section}, and works only in ${row.sections.join(", ")}`,
            fix: `move it to <${row.sections[0]}>`,
          };
      }
    },
  },
  {
    name: "child-order",
    severity: "error",
    why: "Some policies are strict sequences: APIM refuses children in another order with a message about the element that comes too late.",
    source: "Policy XSD; API Management policy reference, validate-jwt, return-response and send-request",
    bad: `<inbound>
  <base />
  <validate-jwt header-name="Authorization">
    <audiences><audience>api://gateway</audience></audiences>
    <openid-config url="https://login.example/.well-known/openid-configuration" />
  </validate-jwt>
</inbound>`,
    good: `<inbound>
  <base />
  <validate-jwt header-name="Authorization">
    <openid-config url="https://login.example/.well-known/openid-configuration" />
    <audiences><audience>api://gateway</audience></audiences>
  </validate-jwt>
</inbound>`,
    *check(policy) {
      for (const element of policy.elements) {
        const shape = shapeOf(element.name, element.parent?.name ?? "")?.children;
        if (typeof shape !== "object" || !shape.inOrder) continue;
        let reached = 0;
        for (const child of element.children) {
          const index = shape.parts.findIndex(({ name }) => name === child.name);
          if (index < 0) continue;
          if (index < reached)
            yield {
              at: child.at,
              message: `<${child.name}> comes too late in <${element.name}>`,
              fix: `order: ${shape.parts.map(({ name }) => name).join(", ")}`,
            };
          reached = Math.max(reached, index);
        }
      }
    },
  },
  {
    name: "child-count",
    severity: "error",
    why: "A part that a policy needs is missing, or one that it takes once is there twice.",
    source: "Policy XSD; API Management policy reference",
    bad: "<inbound>\n  <base />\n  <cors>\n    <allowed-methods><method>GET</method></allowed-methods>\n  </cors>\n</inbound>",
    good: "<inbound>\n  <base />\n  <cors>\n    <allowed-origins><origin>https://contoso.example</origin></allowed-origins>\n    <allowed-methods><method>GET</method></allowed-methods>\n  </cors>\n</inbound>",
    *check(policy) {
      for (const element of policy.elements) {
        const shape = shapeOf(element.name, element.parent?.name ?? "")?.children;
        if (typeof shape !== "object") continue;
        // A fragment, or a template's placeholder, may bring what is missing.
        const included = element.texts.length > 0 || element.children.some(({ name }) => name === "include-fragment");
        for (const { name, min, max } of shape.parts) {
          const found = element.children.filter((child) => child.name === name);
          if (found.length < min && !included)
            yield { at: element.at, message: `<${element.name}> has no <${name}>`, fix: `add <${name}>` };
          const extra = found[max];
          if (extra) yield { at: extra.at, message: `<${element.name}> takes one <${name}>`, fix: "keep one" };
        }
      }
    },
  },
  {
    name: "once-per-section",
    severity: "error",
    why: "These policies may stand once in a section: a second one is refused, or overrides the first.",
    source: "API Management policy reference, usage notes of cors, semantic caching, cache-lookup and cache-store",
    bad: `<outbound>
  <base />
  <llm-semantic-cache-store duration="60" />
  <llm-semantic-cache-store duration="120" />
</outbound>`,
    good: '<outbound>\n  <base />\n  <llm-semantic-cache-store duration="60" />\n</outbound>',
    *check(policy) {
      for (const name of SECTIONS) yield* repeated(policy, name, (element) => policies[element.name]?.once === true, "error");
    },
  },
  {
    name: "one-cache-store",
    severity: "warning",
    why: "The documentation allows cache-store-value once in a section. More have been seen to work; nothing promises it.",
    source: "API Management policy reference, cache-store-value",
    bad: `<outbound>
  <base />
  <cache-store-value key="a" value="1" duration="60" />
  <cache-store-value key="b" value="2" duration="60" />
</outbound>`,
    good: '<outbound>\n  <base />\n  <cache-store-value key="@(&quot;a/&quot; + context.Api.Id)" value="1" duration="60" />\n</outbound>',
    *check(policy) {
      for (const name of SECTIONS) yield* repeated(policy, name, (element) => element.name === "cache-store-value", "warning");
    },
  },
  {
    name: "cors-first",
    severity: "warning",
    why: "A preflight request carries no key: what stands before cors may refuse it.",
    source: "API Management policy reference, cors",
    bad: `<inbound>
  <base />
  <check-header name="x-app" failed-check-httpcode="401" failed-check-error-message="no" ignore-case="true" />
  <cors><allowed-origins><origin>*</origin></allowed-origins></cors>
</inbound>`,
    good: `<inbound>
  <base />
  <cors><allowed-origins><origin>*</origin></allowed-origins></cors>
  <check-header name="x-app" failed-check-httpcode="401" failed-check-error-message="no" ignore-case="true" />
</inbound>`,
    *check(policy) {
      const inbound = policy.section("inbound")?.children ?? [];
      const cors = inbound.findIndex(({ name }) => name === "cors");
      if (inbound.slice(0, Math.max(0, cors)).some(({ name }) => name !== "base"))
        yield { at: inbound[cors]?.at ?? 0, message: "<cors> is not the first policy", fix: "put it first" };
    },
  },
  {
    name: "fragment-structure",
    severity: "error",
    why: "A fragment is a list of policies: sections, base and other fragments are refused.",
    source: "API Management documentation, Reuse policy configurations with policy fragments",
    bad: '<fragment>\n  <base />\n  <include-fragment fragment-id="other" />\n</fragment>',
    good: '<fragment>\n  <set-header name="x-stage"><value>test</value></set-header>\n</fragment>',
    *check(policy) {
      if (!policy.isFragment) return;
      for (const element of policy.elements)
        if (["base", "include-fragment", ...SECTIONS].includes(element.name) && isPolicy(element))
          yield {
            at: element.at,
            message: `<${element.name}> in a fragment`,
            fix: "keep it in the document that includes the fragment",
          };
    },
  },
  {
    name: "duplicate-section",
    severity: "error",
    why: "Each section stands once; nothing else stands beside them.",
    source: "Policy XSD",
    bad: "<policies>\n  <inbound><base /></inbound>\n  <inbound><base /></inbound>\n  <backend><base /></backend>\n  <outbound><base /></outbound>\n  <on-error><base /></on-error>\n</policies>",
    good: "<policies>\n  <inbound><base /></inbound>\n  <backend><base /></backend>\n  <outbound><base /></outbound>\n  <on-error><base /></on-error>\n</policies>",
    *check(policy) {
      if (policy.isFragment) return;
      const seen = new Set<string>();
      for (const child of policy.file.root.children) {
        if (seen.has(child.name)) yield { at: child.at, message: `a second <${child.name}> section`, fix: "join the two" };
        seen.add(child.name);
      }
    },
  },
  {
    name: "liquid-in-return-response",
    severity: "warning",
    why: "A liquid template does not work in the body of return-response: the caller gets the template.",
    source: "API Management policy reference, set-body",
    bad: '<inbound>\n  <base />\n  <return-response>\n    <set-status code="200" />\n    <set-body template="liquid">{"id": "{{context.Api.Id}}"}</set-body>\n  </return-response>\n</inbound>',
    good: '<inbound>\n  <base />\n  <return-response>\n    <set-status code="200" />\n    <set-body>@("{\\"id\\": \\"" + context.Api.Id + "\\"}")</set-body>\n  </return-response>\n</inbound>',
    *check(policy) {
      for (const body of policy.named("set-body"))
        if (body.parent?.name === "return-response" && literal(body, "template") === "liquid")
          yield { at: body.at, message: "a liquid template in <return-response>", fix: "write the body with an expression" };
    },
  },
];

function* repeated(policy: Policy, name: Section, wanted: (element: PolicyElement) => boolean, severity: "error" | "warning") {
  const section = policy.section(name);
  const seen = new Set<string>();
  for (const element of section ? within(section) : []) {
    if (!wanted(element)) continue;
    // Of two branches only one runs.
    const branch =
      element.parent && ["when", "otherwise"].includes(element.parent.name) && severity === "error"
        ? `${element.name} ${element.parent.at}`
        : element.name;
    if (seen.has(branch))
      yield {
        at: element.at,
        message: `a second <${element.name}> in ${name}`,
        fix: "keep one, with a computed key or value where two differ",
        severity,
      };
    seen.add(branch);
  }
}
