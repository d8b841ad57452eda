/** Names, attributes and values of elements, and what a gateway lacks. */
import { nearest } from "../../../stacks/nearest.ts";
import type { PolicyElement } from "../read.ts";
import { isIn, literal, type Policy, placeOf, type Rule } from "../rule.ts";
import { type ElementShape, policies, SECTIONS, shapeOf } from "../schema.ts";

/** Misspellings that a tool writes, so that they are found in many files. */
const TOOLKIT: Readonly<Record<string, string>> = {
  "estimate-prompt-token": "estimate-prompt-tokens",
  "block-lists": "blocklists",
  "invoke-darp-binding": "invoke-dapr-binding",
  "publish-to-darp": "publish-to-dapr",
};
const WITH_ERRORS_VARIABLE = ["validate-status-code", "validate-content", "validate-headers", "validate-parameters"];

/** The spelling that is right, for a name that the toolkit spells wrongly. */
const rightName = (element: PolicyElement, attribute?: string): string | undefined => {
  if (attribute === "error-variable-name" && WITH_ERRORS_VARIABLE.includes(element.name)) return "errors-variable-name";
  return TOOLKIT[attribute ?? element.name];
};

/** What may stand where the element stands. */
function namesIn(parent: PolicyElement): string[] | undefined {
  if (parent.name === "policies" && !parent.parent) return [...SECTIONS];
  if (parent.name === "fragment" || (SECTIONS.includes(parent.name as never) && parent.parent?.name === "policies"))
    return Object.keys(policies);
  const inside = shapeOf(parent.name, parent.parent?.name ?? "")?.children;
  if (inside === "anything") return undefined;
  if (inside === "policies") return Object.keys(policies);
  return [...(inside?.parts.map(({ name }) => name) ?? []), "include-fragment"];
}

/** Elements that are described, with their shape. */
function* described(policy: Policy): Generator<[PolicyElement, ElementShape]> {
  for (const element of policy.elements) {
    if (!element.parent || SECTIONS.includes(element.name as never) || isOpen(element)) continue;
    const shape = shapeOf(element.name, element.parent.name);
    if (shape && namesIn(element.parent)?.includes(element.name)) yield [element, shape];
  }
}
/** In the body of something that is not described here. */
const isOpen = (element: PolicyElement): boolean => {
  for (let at = element.parent; at; at = at.parent) if (namesIn(at) === undefined) return true;
  return false;
};
const similar = (name: string, known: Iterable<string>) => {
  const meant = nearest(name, known);
  return meant ? `did you mean ${meant}?` : "see the policy reference";
};

const DEFAULT_DIMENSIONS = [
  "API ID",
  "Operation ID",
  "Product ID",
  "User ID",
  "Subscription ID",
  "Location",
  "Gateway ID",
  "Backend ID",
  "Deployment ID",
];
const MAX_DIMENSIONS = 5;
const MAX_THRESHOLD = 0.2;
const FRAGMENT_BYTES = 512 * 1024;
const UNTOUCHABLE = ["connection", "content-length", "keep-alive", "transfer-encoding"];

const EITHER: readonly [of: readonly string[], attributes: readonly string[]][] = [
  [["set-backend-service"], ["backend-id", "base-url"]],
  [
    ["forward-request", "send-request"],
    ["timeout", "timeout-ms"],
  ],
  [["log-to-eventhub"], ["partition-id", "partition-key"]],
  [
    ["validate-jwt", "validate-azure-ad-token"],
    ["header-name", "query-parameter-name", "token-value"],
  ],
];
const inbound = (xml: string) => `<inbound>\n  <base />\n  ${xml}\n</inbound>`;
const TOKEN_LIMIT = 'counter-key="@(context.Subscription.Id)"';
const dimensions = (count: number) =>
  Array.from({ length: count }, (_, i) => `\n    <dimension name="d${i}" value="x" />`).join("");

export const elements: readonly Rule[] = [
  {
    name: "unknown-element",
    severity: "error",
    why: "APIM refuses an element that it does not know.",
    source: "Policy XSD; API Management policy reference",
    bad: inbound('<set-backend-servise backend-id="east" />'),
    good: inbound('<set-backend-service backend-id="east" />'),
    *check(policy) {
      for (const element of policy.elements) {
        if (!element.parent || isOpen(element) || rightName(element)) continue;
        const known = namesIn(element.parent);
        if (known && !known.includes(element.name)) {
          const where = policies[element.name]
            ? `cannot stand in <${element.parent.name}>`
            : "is not an element that API Management knows there";
          yield { at: element.at, message: `<${element.name}> ${where}`, fix: similar(element.name, known) };
        }
      }
    },
  },
  {
    name: "unknown-attribute",
    severity: "error",
    why: "APIM refuses an attribute that it does not know.",
    source: "Policy XSD; API Management policy reference",
    bad: '<backend>\n  <forward-request buffer-respons="false" />\n</backend>',
    good: '<backend>\n  <forward-request buffer-response="false" />\n</backend>',
    *check(policy) {
      for (const [element, { attributes }] of described(policy))
        for (const [name, { at }] of element.attributes)
          if (!attributes[name] && !name.startsWith("xmlns") && !rightName(element, name))
            yield { at, message: `<${element.name}> has no attribute ${name}`, fix: similar(name, Object.keys(attributes)) };
    },
  },
  {
    name: "toolkit-spelling",
    severity: "error",
    why: "Microsoft's policy toolkit for C# writes some names wrongly, and its own tests expect them so.",
    source:
      "Azure/azure-api-management-policy-toolkit: TokenLimitCompiler, InvokeDarpBindingCompiler, PublishToDarpCompiler, LlmContentSafetyCompiler",
    bad: inbound(
      `<llm-token-limit ${TOKEN_LIMIT} tokens-per-minute="1000" estimate-prompt-token="true" estimate-prompt-tokens="true" />`,
    ),
    good: inbound(`<llm-token-limit ${TOKEN_LIMIT} tokens-per-minute="1000" estimate-prompt-tokens="true" />`),
    *check(policy) {
      for (const element of policy.elements) {
        if (isOpen(element)) continue;
        const name = element.parent && rightName(element);
        if (name) yield { at: element.at, message: `<${element.name}> is a misspelling`, fix: `<${name}>` };
        for (const [attribute, { at }] of element.attributes) {
          const right = rightName(element, attribute);
          if (right) yield { at, message: `${attribute} is a misspelling`, fix: right };
        }
      }
    },
  },
  {
    name: "missing-attribute",
    severity: "error",
    why: "APIM refuses the element without it.",
    source: "API Management policy reference",
    bad: inbound('<set-variable value="1" />'),
    good: inbound('<set-variable name="x" value="1" />'),
    *check(policy) {
      for (const [element, { attributes }] of described(policy)) {
        for (const [name, { required }] of Object.entries(attributes))
          if (required && !element.attributes.has(name))
            yield { at: element.at, message: `<${element.name}> needs ${name}`, fix: `add ${name}="..."` };
        if (element.name === "set-backend-service" && element.attributes.size === 0)
          yield { at: element.at, message: "<set-backend-service> names no backend", fix: "add backend-id or base-url" };
      }
    },
  },
  {
    name: "attribute-value",
    severity: "error",
    why: "APIM refuses a literal outside the list or range of its attribute, and an expression where it takes none.",
    source: "API Management policy reference",
    bad: inbound(`<llm-token-limit ${TOKEN_LIMIT} token-quota="1000" token-quota-period="day" estimate-prompt-tokens="true" />`),
    good: inbound(
      `<llm-token-limit ${TOKEN_LIMIT} token-quota="1000" token-quota-period="Daily" estimate-prompt-tokens="true" />`,
    ),
    *check(policy) {
      for (const [element, { attributes }] of described(policy))
        for (const [name, { value }] of element.attributes) {
          const shape = attributes[name];
          if (!shape) continue;
          const at = placeOf(element, name);
          if (value.literal === undefined) {
            if (!shape.expression)
              yield { at, message: `${name} of <${element.name}> takes no expression`, fix: "write a literal or a named value" };
            continue;
          }
          const text = value.literal.trim();
          // What a named value or a template puts there is not known.
          if (/[{}]/.test(text)) continue;
          const problem = problemOf(text, shape);
          if (problem)
            yield {
              at,
              message: `${name}="${text}": ${problem}`,
              fix: shape.values ? similar(text, shape.values) : "correct the value",
            };
        }
    },
  },
  {
    name: "either-attribute",
    severity: "error",
    why: "Only one of these attributes may be there.",
    source: "API Management policy reference",
    bad: inbound('<set-backend-service backend-id="east" base-url="https://east.example" />'),
    good: inbound('<set-backend-service backend-id="east" />'),
    *check(policy) {
      for (const [of, attributes] of EITHER)
        for (const element of policy.named(...of)) {
          const found = attributes.filter((name) => element.attributes.has(name));
          if (found.length > 1)
            yield {
              at: placeOf(element, found[1] ?? ""),
              message: `<${element.name}> has ${found.join(" and ")}`,
              fix: "keep one",
            };
        }
    },
  },
  {
    name: "token-limit-estimate",
    severity: "error",
    why: "estimate-prompt-tokens is required, although an example of the documentation leaves it out.",
    source: "API Management policy reference, llm-token-limit; policy XSD",
    bad: inbound(`<llm-token-limit ${TOKEN_LIMIT} tokens-per-minute="1000" />`),
    good: inbound(`<llm-token-limit ${TOKEN_LIMIT} tokens-per-minute="1000" estimate-prompt-tokens="false" />`),
    *check(policy) {
      for (const element of policy.named("llm-token-limit", "azure-openai-token-limit"))
        if (!element.attributes.has("estimate-prompt-tokens") && !element.attributes.has("estimate-prompt-token"))
          yield {
            at: element.at,
            message: `<${element.name}> needs estimate-prompt-tokens`,
            fix: 'estimate-prompt-tokens="true" counts before the call, "false" after it',
          };
    },
  },
  {
    name: "token-limit-limit",
    severity: "error",
    why: "A token limit needs a rate, or a quota with its period.",
    source: "API Management policy reference, llm-token-limit",
    bad: inbound(`<llm-token-limit ${TOKEN_LIMIT} token-quota="1000" estimate-prompt-tokens="false" />`),
    good: inbound(
      `<llm-token-limit ${TOKEN_LIMIT} token-quota="1000" token-quota-period="Monthly" estimate-prompt-tokens="false" />`,
    ),
    *check(policy) {
      for (const element of policy.named("llm-token-limit", "azure-openai-token-limit")) {
        const has = (name: string) => element.attributes.has(name);
        if (has("token-quota") !== has("token-quota-period"))
          yield { at: element.at, message: "token-quota and token-quota-period go together", fix: "add the other" };
        else if (!has("tokens-per-minute") && !has("token-quota"))
          yield {
            at: element.at,
            message: `<${element.name}> limits nothing`,
            fix: "add tokens-per-minute, or token-quota and token-quota-period",
          };
      }
    },
  },
  {
    name: "semantic-cache-threshold",
    severity: "warning",
    why: "A smaller score is a closer match. Above 0.2 callers get answers to other questions; a comment of the policy toolkit says the opposite.",
    source: "API Management policy reference, llm-semantic-cache-lookup, 2025-10-27",
    bad: inbound(
      '<llm-semantic-cache-lookup score-threshold="0.8" embeddings-backend-id="embeddings" embeddings-backend-auth="system-assigned" />',
    ),
    good: inbound(
      '<llm-semantic-cache-lookup score-threshold="0.05" embeddings-backend-id="embeddings" embeddings-backend-auth="system-assigned" />',
    ),
    *check(policy) {
      for (const element of policy.named("llm-semantic-cache-lookup", "azure-openai-semantic-cache-lookup")) {
        const value = Number(literal(element, "score-threshold"));
        if (value > MAX_THRESHOLD)
          yield {
            at: placeOf(element, "score-threshold"),
            message: `score-threshold="${value}" takes distant questions for the same`,
            fix: "start at 0.05",
          };
      }
    },
  },
  {
    name: "metric-dimensions",
    severity: "error",
    why: "Token metrics take at most five dimensions of your own.",
    source: "API Management policy reference, llm-emit-token-metric, 2026-05-27",
    bad: inbound(`<llm-emit-token-metric namespace="ai">${dimensions(6)}\n  </llm-emit-token-metric>`),
    good: inbound(
      `<llm-emit-token-metric namespace="ai">${dimensions(5)}\n    <dimension name="API ID" />\n  </llm-emit-token-metric>`,
    ),
    *check(policy) {
      for (const element of policy.named("llm-emit-token-metric", "azure-openai-emit-token-metric")) {
        const own = element.children.filter(
          (child) =>
            child.name === "dimension" &&
            !(!child.attributes.has("value") && DEFAULT_DIMENSIONS.includes(literal(child, "name") ?? "")),
        );
        const first = own[MAX_DIMENSIONS];
        if (first)
          yield {
            at: first.at,
            message: `${own.length} custom dimensions, and ${MAX_DIMENSIONS} are allowed`,
            fix: "leave some out, or use those that need no value",
          };
      }
    },
  },
  {
    name: "base-url-slash",
    severity: "warning",
    why: "The path of the request begins with a slash: with another one at the end of the base the backend sees //.",
    source: "API Management documentation, Backends",
    bad: inbound('<set-backend-service base-url="https://east.example/openai/" />'),
    good: inbound('<set-backend-service base-url="https://east.example/openai" />'),
    *check(policy) {
      for (const element of policy.named("set-backend-service"))
        if (literal(element, "base-url")?.endsWith("/"))
          yield { at: placeOf(element, "base-url"), message: "base-url ends with a slash", fix: "leave it out" };
    },
  },
  {
    name: "untouchable-header",
    severity: "error",
    why: "The gateway sets these headers itself, and Server cannot be removed: the policy is refused or does nothing.",
    source: "API Management policy reference, set-header",
    bad: inbound('<set-header name="Content-Length" exists-action="delete" />'),
    good: inbound('<set-header name="x-stage" exists-action="delete" />'),
    *check(policy) {
      for (const element of policy.named("set-header")) {
        const name = literal(element, "name")?.toLowerCase() ?? "";
        if (
          UNTOUCHABLE.includes(name) ||
          (name === "server" && literal(element, "exists-action") === "delete" && !isIn(element, "send-request"))
        )
          yield { at: placeOf(element, "name"), message: `header ${name} cannot be changed`, fix: "leave this out" };
      }
    },
  },
  {
    name: "named-value",
    severity: "error",
    why: "{{name}} is replaced by its text before anything is compiled, and only if it is spelled so: letters, digits, point, hyphen, underscore.",
    source: "API Management documentation, Named values; azure-docs issue 51485",
    bad: inbound('<set-variable name="x" value="{{ account key }}" />'),
    good: inbound('<set-variable name="x" value="{{account-key}}" />'),
    *check(policy) {
      for (const element of policy.elements) {
        if (element.name === "set-body" && literal(element, "template") === "liquid") continue;
        for (const value of [...[...element.attributes.values()].map((a) => a.value), ...element.texts])
          for (const p of value.parts) {
            if (!("literal" in p)) continue;
            // JSON bodies have braces of their own.
            if (element.name === "set-body" || /"\s*:/.test(p.literal)) continue;
            for (const match of p.literal.matchAll(/\{\{(.*?)(\}\}|$)/gs))
              if (!match[2] || !/^[\w.-]{1,256}$/.test(match[1] ?? ""))
                yield {
                  at: value.at(p.start + match.index),
                  message: `${match[0].slice(0, 40)} is not a named value`,
                  fix: "{{name}}, without spaces",
                };
          }
      }
    },
  },
  {
    name: "document-size",
    severity: "error",
    why: "A larger document is refused.",
    source: "API Management limits, 2026-04-08; policy fragments, 2026-02-10",
    bad: inbound(`<set-variable name="x" value="${"x".repeat(17_000)}" />`),
    good: inbound('<set-variable name="x" value="x" />'),
    options: { sku: "Consumption" },
    *check(policy) {
      const limit = policy.isFragment ? FRAGMENT_BYTES : (policy.gateway?.policyBytes ?? FRAGMENT_BYTES);
      const bytes = Buffer.byteLength(policy.file.source);
      if (bytes > limit)
        yield {
          at: 0,
          message: `${bytes} bytes, and the limit is ${limit}`,
          fix: "move parts to fragments, or shorten what repeats",
        };
    },
  },
  {
    name: "sku-lacks-policy",
    severity: "error",
    why: "A gateway refuses policies that its tier does not have; Consumption has no counters and no cache of its own.",
    source: "API Management policy reference, gateways of each policy; feature-based comparison of the tiers",
    bad: inbound(`<llm-token-limit ${TOKEN_LIMIT} tokens-per-minute="1000" estimate-prompt-tokens="true" />`),
    good: inbound('<llm-emit-token-metric namespace="ai"><dimension name="API ID" /></llm-emit-token-metric>'),
    options: { sku: "Consumption" },
    *check(policy) {
      const { sku } = policy.options;
      const family = policy.gateway?.family;
      if (!family) return;
      for (const element of policy.elements) {
        if (policies[element.name]?.notOn.includes(family) && element.parent && namesIn(element.parent)?.includes(element.name))
          yield { at: element.at, message: `${sku} has no <${element.name}>`, fix: "leave it out, or choose another tier" };
        else if (family === "consumption" && literal(element, "caching-type") === "internal")
          yield {
            at: placeOf(element, "caching-type"),
            message: `${sku} has no internal cache`,
            fix: "bring an external cache, or leave it out",
          };
      }
    },
  },
  {
    name: "quota-on-v2",
    severity: "error",
    why: "The v2 tiers do not have quota-by-key.",
    source: "API Management policy reference, quota-by-key, 2024-03",
    bad: inbound('<quota-by-key counter-key="@(context.Subscription.Id)" renewal-period="3600" calls="100" />'),
    good: inbound(
      `<llm-token-limit ${TOKEN_LIMIT} token-quota="1000" token-quota-period="Daily" estimate-prompt-tokens="false" />`,
    ),
    options: { sku: "BasicV2" },
    *check(policy) {
      if (policy.gateway?.family !== "v2") return;
      for (const element of policy.named("quota-by-key"))
        yield {
          at: element.at,
          message: `${policy.options.sku} has no <quota-by-key>`,
          fix: "llm-token-limit with token-quota counts tokens; quota counts calls of a product",
        };
    },
  },
];

function problemOf(
  text: string,
  { type, min, max, values }: { type?: string; min?: number; max?: number; values?: readonly string[] },
): string | undefined {
  if (values && !values.includes(text)) return `must be one of ${values.join(", ")}`;
  if (type === "bool" && !/^(true|false)$/i.test(text)) return "must be true or false";
  if (type !== "int" && type !== "number") return undefined;
  const number = Number(text);
  if (text === "" || Number.isNaN(number) || (type === "int" && !Number.isInteger(number)))
    return type === "int" ? "must be a whole number" : "must be a number";
  if (min !== undefined && number < min) return `must be at least ${min}`;
  if (max !== undefined && number > max) return `must be at most ${max}`;
  return undefined;
}
