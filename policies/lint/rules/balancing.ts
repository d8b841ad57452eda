/** Pools, breakers, retries and what callers wait for. */

import { bare, nodesOf, pathOf, variableRead } from "../csharp.ts";
import { assumed, neverRetriesWith, retriesAfter } from "../flow.ts";
import type { PolicyElement } from "../read.ts";
import { around, constantInt, constantText, literal, type Policy, placeOf, type Rule, sectionOf, within } from "../rule.ts";

const TIMEOUT_LIMIT = 240;
/** Above this, a caller notices the pause between two attempts. */
const LONG_INTERVAL = 5;

const retryOf = (element: PolicyElement) => [...around(element)].find(({ name }) => name === "retry");
const forwardsOf = (retry: PolicyElement) => [...within(retry)].filter(({ name }) => name === "forward-request");
const forwardingRetries = (policy: Policy) => policy.named("retry").filter((retry) => forwardsOf(retry).length > 0);

/** Codes that open a breaker of a backend that the file can call. */
function trippingCodes(policy: Policy): Set<number> {
  const codes = new Set<number>();
  for (const { codes: ranges } of policy.options.backends?.breakers ?? [])
    for (const [min, max] of ranges) for (let code = min; code <= max; code++) codes.add(code);
  return codes;
}

/** `429, 500-599` */
function listed(codes: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const code of codes) {
    const last = ranges.at(-1);
    if (last && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
}
const ERRORS = Array.from({ length: 200 }, (_, i) => 400 + i);

const POOLED = { pools: [{ id: "pool-chat", members: ["east", "west", "north"] }], breakers: [] };
const TRIPS_429_AND_5XX = {
  pools: [{ id: "pool-chat", members: ["east", "west", "north"] }],
  breakers: ["east", "west", "north"].map((id) => ({
    id,
    codes: [
      [429, 429],
      [500, 599],
    ] as const,
  })),
};
const FORWARD = '<forward-request timeout="120" buffer-request-body="true" buffer-response="false" />';
const ON_503 = `<on-error>
  <base />
  <choose>
    <when condition="@(context.Response.StatusCode == 503)">
      <set-header name="Retry-After"><value>10</value></set-header>
    </when>
  </choose>
</on-error>`;
const retried = (condition: string, count = "2", body = FORWARD) => `<inbound>
  <base />
  <set-backend-service backend-id="pool-chat" />
</inbound>
<backend>
  <retry condition="${condition}" count="${count}" interval="0" first-fast-retry="true">
    ${body}
  </retry>
</backend>
${ON_503}`;
const LEAVE = "@(context.Response.StatusCode == 429 || context.Response.StatusCode &gt;= 500)";

export const balancing: readonly Rule[] = [
  {
    name: "retry-buffers-body",
    severity: "error",
    why: "A request body that is not buffered can be sent once: the second attempt fails or goes out empty.",
    source: "API Management policy reference, forward-request and retry",
    bad: retried(LEAVE, "2", '<forward-request timeout="120" buffer-response="false" />'),
    good: retried(LEAVE),
    *check(policy) {
      for (const retry of forwardingRetries(policy))
        for (const forward of forwardsOf(retry)) {
          if (literal(forward, "buffer-request-body") === "true") continue;
          // An attempt that the condition never repeats need not be repeatable.
          if (neverRetriesWith(policy, retry, assumed(policy, forward, retry))) continue;
          yield {
            at: placeOf(forward, "buffer-request-body"),
            message: "<forward-request> inside <retry> does not buffer the request body",
            fix: 'set buffer-request-body="true"',
          };
        }
    },
  },
  {
    name: "response-buffered",
    severity: "warning",
    why: "By default the gateway collects the whole answer first: a streamed completion then arrives all at once, after the last token.",
    source: "API Management documentation, Configure an API for server-sent events",
    bad: `<!-- chat completions of Azure OpenAI -->
<backend>
  <forward-request timeout="120" />
</backend>`,
    good: `<!-- chat completions of Azure OpenAI -->
<backend>
  <forward-request timeout="120" buffer-response="false" />
</backend>`,
    *check(policy) {
      if (!policy.servesModels) return;
      for (const forward of policy.named("forward-request"))
        if (literal(forward, "buffer-response") !== "false")
          yield {
            at: placeOf(forward, "buffer-response"),
            message: "<forward-request> buffers the answer, so nothing is streamed",
            fix: 'set buffer-response="false"',
          };
    },
  },
  {
    name: "forward-timeout",
    severity: "warning",
    why: "Azure's load balancer in front of the gateway may close a connection that is idle for 240 s, whatever the policy says.",
    source: "API Management policy reference, forward-request",
    bad: '<backend>\n  <forward-request timeout="600" />\n</backend>',
    good: '<backend>\n  <forward-request timeout="240" />\n</backend>',
    *check(policy) {
      for (const forward of policy.named("forward-request"))
        for (const [attribute, unit] of [
          ["timeout", 1],
          ["timeout-ms", 1000],
        ] as const) {
          const value = constantInt(forward.attributes.get(attribute)?.value);
          if (value !== undefined && value / unit > TIMEOUT_LIMIT)
            yield {
              at: placeOf(forward, attribute),
              message: `${attribute}="${value}" is more than ${TIMEOUT_LIMIT} s, which may not be honoured`,
              fix: `at most ${TIMEOUT_LIMIT * unit}`,
            };
        }
    },
  },
  {
    name: "retry-timeout",
    severity: "warning",
    why: "Without a timeout each attempt may wait 300 s for headers, so that the caller has given up before a second attempt begins.",
    source: "Azure-Samples/Apim-Samples, policies of the samples inference-failover and load-balancing",
    bad: retried(LEAVE, "2", '<forward-request buffer-request-body="true" buffer-response="false" />'),
    good: retried(LEAVE),
    *check(policy) {
      for (const forward of policy.named("forward-request"))
        if (retryOf(forward) && !forward.attributes.has("timeout") && !forward.attributes.has("timeout-ms"))
          yield {
            at: forward.at,
            message: "<forward-request> inside <retry> has no timeout: 300 s for each attempt",
            fix: 'set timeout="120", or what one attempt may take',
          };
    },
  },
  {
    name: "retry-waits",
    severity: "warning",
    why: "With first-fast-retry only the first repetition is immediate; the others wait the whole interval, while another member could answer at once.",
    source: "Azure-Samples/AI-Gateway pull request 225",
    bad: retried(LEAVE).replace('interval="0"', 'interval="50"'),
    good: retried(LEAVE),
    *check(policy) {
      for (const retry of forwardingRetries(policy)) {
        const interval = constantInt(retry.attributes.get("interval")?.value);
        if (interval !== undefined && interval > LONG_INTERVAL && literal(retry, "first-fast-retry") === "true")
          yield {
            at: placeOf(retry, "interval"),
            message: `the second repetition waits ${interval} s`,
            fix: 'set interval="0" where the next attempt goes to another backend',
          };
      }
    },
  },
  {
    name: "retry-of-success",
    severity: "error",
    why: "A condition that is also true after 200 sends every call to the model again, until the count is used up.",
    source: "API Management policy reference, retry",
    bad: retried("@(context.Response.StatusCode != 429)"),
    good: retried(LEAVE),
    *check(policy) {
      for (const retry of forwardingRetries(policy))
        if (retriesAfter(policy, retry, 200) === true)
          yield {
            at: placeOf(retry, "condition"),
            message: "the condition is true after a 200 as well",
            fix: "repeat only after the codes that another attempt can cure",
          };
    },
  },
  {
    name: "tripped-not-retried",
    severity: "error",
    why: "The breaker leaves a member on this code because others may do better, but the call that found out is not tried there: its caller gets the error.",
    source: "Azure-Samples/Apim-Samples, status code matrix of the sample inference-failover",
    bad: retried("@(context.Response.StatusCode == 429)"),
    good: retried(LEAVE),
    options: { backends: TRIPS_429_AND_5XX },
    *check(policy) {
      const codes = trippingCodes(policy);
      for (const retry of forwardingRetries(policy)) {
        // 503 is also what a pool says that has no member left.
        const missed = [...codes]
          .sort((a, b) => a - b)
          .filter((code) => code !== 503 && retriesAfter(policy, retry, code) === false);
        if (missed.length > 0)
          yield {
            at: placeOf(retry, "condition"),
            message: `the breaker trips on ${listed(missed)}, but the condition does not repeat the call then`,
            fix: "make the codes of breaker and condition the same",
          };
      }
    },
  },
  {
    name: "retried-not-tripped",
    severity: "warning",
    why: "A pool leaves out only members whose breaker is open: without a trip the repeated call may meet the same member again.",
    source: "Azure-Samples/Apim-Samples, status code matrix of the sample inference-failover",
    bad: retried(
      "@(context.Response.StatusCode == 408 || context.Response.StatusCode == 429 || context.Response.StatusCode &gt;= 500)",
    ),
    good: retried(LEAVE),
    options: { backends: TRIPS_429_AND_5XX },
    *check(policy) {
      const codes = trippingCodes(policy);
      if (codes.size === 0) return;
      for (const retry of forwardingRetries(policy)) {
        // A document that chooses the next member itself does not depend on the breaker.
        const steers = [...within(retry)].some(
          (e) => e.name === "set-backend-service" && [...e.attributes.values()].some(({ value }) => value.literal === undefined),
        );
        if (steers || retriesAfter(policy, retry, 200) !== false) continue;
        const extra = ERRORS.filter((code) => code !== 503 && !codes.has(code) && retriesAfter(policy, retry, code) !== false);
        if (extra.length > 0)
          yield {
            at: placeOf(retry, "condition"),
            message: `the call is repeated after ${listed(extra)}, but no breaker trips then: the pool may choose the same member`,
            fix: "make the codes of breaker and condition the same",
          };
      }
    },
  },
  {
    name: "retry-count-follows-pool",
    severity: "error",
    why: "With fewer repetitions than other members some are never tried; a count from another pool's days hides that a member was added.",
    source: "Azure-Samples/AI-Gateway, sample backend-pool-load-balancing",
    bad: retried(LEAVE, "1"),
    good: retried(LEAVE, "2"),
    options: { backends: POOLED },
    *check(policy) {
      const members = new Map(policy.options.backends?.pools.map((pool) => [pool.id.toLowerCase(), pool.members.length]));
      const problem = (at: number, count: number, pool: string) => {
        const size = members.get(pool.toLowerCase());
        // One for each other member, or one more: a member that did not answer may be chosen again.
        if (size === undefined || count === Math.min(50, size) || count === Math.max(1, size - 1)) return [];
        const fix = `${Math.max(1, size - 1)} or ${Math.min(50, size)}`;
        return [{ at, message: `count ${count} does not fit pool ${pool} of ${size}`, fix }];
      };
      const poolsNamed = (elements: readonly PolicyElement[], attribute: string) =>
        elements
          .flatMap((e) => constantText(e.attributes.get(attribute)?.value) ?? [])
          .filter((id) => members.has(id.toLowerCase()));
      for (const retry of forwardingRetries(policy)) {
        const value = retry.attributes.get("count")?.value;
        const count = constantInt(value);
        if (count !== undefined) {
          for (const pool of new Set(poolsNamed(policy.named("set-backend-service"), "backend-id")))
            yield* problem(placeOf(retry, "count"), count, pool);
          continue;
        }
        // The count is in a variable that is set beside the name of the pool.
        const reads = policy
          .expressionsIn(retry, "count")
          .flatMap((e) => policy.nodesOf(e).flatMap((node) => variableRead(node)?.name ?? []));
        for (const set of policy.named("set-variable")) {
          const here = constantInt(set.attributes.get("value")?.value);
          if (here === undefined || !reads.includes(literal(set, "name") ?? "")) continue;
          const beside = set.parent?.children.filter(({ name }) => name === "set-variable") ?? [];
          for (const pool of new Set(poolsNamed(beside, "value"))) yield* problem(placeOf(set, "value"), here, pool);
        }
      }
    },
  },
  {
    name: "pool-503-unhandled",
    severity: "warning",
    why: "When every member's breaker is open the gateway answers 503 itself and goes to on-error, past outbound: callers get neither an error of their API's shape nor a Retry-After of yours.",
    source: "Azure-Samples/AI-Gateway, sample backend-pool-load-balancing; Azure-Samples/Apim-Samples",
    bad: retried(LEAVE).replace(ON_503, "<on-error>\n  <base />\n</on-error>"),
    good: retried(LEAVE),
    *check(policy) {
      if (policy.isFragment || !forwardingRetries(policy).some((retry) => sectionOf(retry) === "backend")) return;
      const pools = new Set(policy.options.backends?.pools.map(({ id }) => id.toLowerCase()));
      const toPool = policy.named("set-backend-service").find((set) => {
        const id = constantText(set.attributes.get("backend-id")?.value)?.toLowerCase();
        return set.attributes.has("backend-id") && (id === undefined || pools.has(id) || id.includes("pool"));
      });
      const onError = policy.section("on-error");
      const handled =
        onError &&
        ([...within(onError)].some(
          ({ name }) => name === "return-response" || name === "set-status" || name === "include-fragment",
        ) ||
          policy
            .expressionsWithin(onError)
            .some((e) => policy.nodesOf(e).some((node) => /^context\.(Response|LastError)\./.test(pathOf(node)))));
      if (toPool && !handled)
        yield {
          at: onError?.at ?? policy.file.root.at,
          message: "on-error does not handle the 503 of a pool that has no member left",
          fix: "answer there with 429 or 503, Retry-After and the error shape of the API",
        };
    },
  },
  {
    name: "status-reason",
    severity: "error",
    why: "The words beside a status are for people and change without notice: a condition on them worked until Azure changed its sentence.",
    source: "Azure-Samples/AI-Gateway issue 262",
    bad: retried(
      "@(context.Response.StatusCode == 503 &amp;&amp; !context.Response.StatusReason.Contains(&quot;Backend pool&quot;))",
    ),
    good: retried("@(context.Response.StatusCode == 503)"),
    *check(policy) {
      for (const expression of policy.expressions)
        for (const node of policy.nodesOf(expression)) {
          if (node.type !== "member_access_expression" || !/\.StatusReason$/.test(pathOf(node))) continue;
          let top = node;
          while (top.parent && /^(parenthesized|member_access|invocation)_expression$|^argument(_list)?$/.test(top.parent.type))
            top = top.parent;
          const isTest = /^(==|!=)$/.test(top.parent?.children.find(({ field }) => field === "operator")?.text ?? "");
          const isAsked =
            node.parent?.type === "member_access_expression" &&
            /\.(Contains|StartsWith|EndsWith|Equals|IndexOf)$/.test(pathOf(node.parent));
          const isMatched =
            top.type === "invocation_expression" && /^(Regex\.IsMatch|string\.Equals|String\.Equals)\(/.test(pathOf(top));
          if (isTest || isAsked || isMatched)
            yield {
              at: expression.at(node.start),
              message: "a decision depends on context.Response.StatusReason",
              fix: "test StatusCode, or LastError.Reason in on-error",
            };
        }
    },
  },
  {
    name: "retry-after",
    severity: "warning",
    why: "<return-response> drops every header set before. Without Retry-After clients guess when to come back, and most come back at once.",
    source: "Azure-Samples/Apim-Samples, test matrix of the sample load-balancing",
    bad: `<on-error>
  <base />
  <return-response>
    <set-status code="429" reason="Too Many Requests" />
  </return-response>
</on-error>`,
    good: `<on-error>
  <base />
  <return-response>
    <set-status code="429" reason="Too Many Requests" />
    <set-header name="Retry-After"><value>10</value></set-header>
  </return-response>
</on-error>`,
    *check(policy) {
      for (const answer of policy.named("return-response")) {
        const status = answer.children.find(({ name }) => name === "set-status");
        const code = status && constantInt(status.attributes.get("code")?.value);
        const headers = answer.children.filter(({ name }) => name === "set-header" || name === "include-fragment");
        const told = headers.some(
          (header) => header.name !== "set-header" || /^retry-after(-ms)?$/i.test(literal(header, "name") ?? "retry-after"),
        );
        if (status && (code === 429 || code === 503) && !told && !answer.attributes.has("response-variable-name"))
          yield {
            at: status.at,
            message: `the answer ${code} has no Retry-After`,
            fix: 'add <set-header name="Retry-After"><value>seconds</value></set-header>',
          };
      }
    },
  },
  {
    name: "stream-body-read",
    severity: "warning",
    why: "Reading the answer's body makes the gateway wait for all of it: a streamed completion arrives in one piece, or hangs.",
    source: "API Management documentation, Configure an API for server-sent events",
    bad: `<!-- chat completions of Azure OpenAI -->
<outbound>
  <base />
  <set-variable name="answer" value="@(context.Response.Body.As&lt;string&gt;(preserveContent: true))" />
</outbound>`,
    good: `<!-- chat completions of Azure OpenAI -->
<outbound>
  <base />
  <choose>
    <when condition="@(context.Response.StatusCode == 403)">
      <set-variable name="answer" value="@(context.Response.Body.As&lt;string&gt;(preserveContent: true))" />
    </when>
  </choose>
</outbound>`,
    *check(policy) {
      if (!policy.servesModels) return;
      const isError = (element: PolicyElement) =>
        [...around(element)].some(
          (e) =>
            e.name === "when" &&
            policy.expressionsIn(e, "condition").some(({ code }) => /Status|Content-Type|stream/i.test(code.text)),
        );
      for (const expression of policy.expressions) {
        if (isError(expression.element) || sectionOf(expression.element) === "on-error") continue;
        for (const node of policy.nodesOf(expression))
          if (
            node.type === "member_access_expression" &&
            pathOf(node) === "context.Response.Body" &&
            !mentionsStatus(expression.code.root)
          )
            yield {
              at: expression.at(node.start),
              message: "the body of every answer is read, so none is streamed",
              fix: "read it only where the status says that it is an error",
            };
      }
    },
  },
];

const mentionsStatus = (root: Parameters<typeof nodesOf>[0]) =>
  [...nodesOf(root)].some((node) => /\.StatusCode$/.test(pathOf(bare(node))) && node.type === "member_access_expression");
