/**
 * Policies that decide what runs: base, choose, retry, return-response, wait, limit-concurrency, include-fragment, set-variable.
 */
import { GatewayError } from "../errors.ts";
import type { Flow } from "../flow.ts";
import { errorResponse, lastErrorOf } from "../flow.ts";
import { Body, ResponseMessage } from "../message.ts";
import { ALL_SECTIONS, type Outcome, type PolicyRule, type Step } from "../shape.ts";
import { bodyOf, bodyShape, headerShape, setHeader, statusShape } from "./transform.ts";

export const control: Record<string, PolicyRule> = {
  base: {
    sections: ALL_SECTIONS,
    run: (step, flow) => flow.runSection(step.section, step.scope),
  },

  choose: {
    sections: ALL_SECTIONS,
    sequence: true,
    children: {
      when: { attributes: { condition: { type: "bool", required: true } }, policies: true, min: 1 },
      otherwise: { policies: true, max: 1 },
    },
    async run(step, flow) {
      for (const branch of step.children) {
        if (branch.name === "otherwise" || (await flow.bool(branch.attributes.condition, false)))
          return flow.run(branch.children);
      }
      return undefined;
    },
  },

  retry: {
    sections: ALL_SECTIONS,
    attributes: {
      condition: { type: "bool", required: true },
      count: { type: "int", required: true, min: 1, max: 50 },
      interval: { type: "double", required: true, min: 0 },
      "max-interval": { type: "double", min: 0 },
      delta: { type: "double", min: 0 },
      "first-fast-retry": { type: "bool" },
    },
    policies: true,
    check: (element) => (element.children.length === 0 ? ["'retry' must contain at least one policy."] : []),
    run: retry,
  },

  "return-response": {
    sections: ALL_SECTIONS,
    attributes: { "response-variable-name": { code: false } },
    sequence: true,
    children: { "set-status": { ...statusShape, max: 1 }, "set-header": headerShape, "set-body": { ...bodyShape, max: 1 } },
    async run(step, flow): Promise<Outcome> {
      const variable = await flow.text(step.attributes["response-variable-name"]);
      const from = variable === undefined ? undefined : flow.variables.get(variable);
      const response =
        from instanceof ResponseMessage
          ? new ResponseMessage(from.statusCode, from.headers.clone(), Body.of(from.body.bytes(true)), from.statusReason)
          : new ResponseMessage(200);
      for (const child of step.children) {
        if (child.name === "set-status") {
          response.statusCode = (await flow.number(child.attributes.code)) ?? 200;
          response.statusReason = (await flow.text(child.attributes.reason)) ?? "";
        } else if (child.name === "set-header") await setHeader(child, flow, response.headers);
        else response.replaceBody(Body.of(await bodyOf(child, flow)));
      }
      await flow.response?.body.discard();
      flow.response = response;
      return "return";
    },
  },

  "set-variable": {
    sections: ALL_SECTIONS,
    attributes: { name: { required: true, code: false }, value: { type: "any", required: true } },
    async run(step, flow) {
      flow.variables.set(step.attributes.name?.literal ?? "", await flow.value(step.attributes.value));
      return undefined;
    },
  },

  "include-fragment": {
    sections: ALL_SECTIONS,
    attributes: { "fragment-id": { required: true, code: false } },
    run: (step, flow) => flow.run(step.children),
  },

  wait: {
    sections: ["inbound", "backend", "outbound"],
    attributes: { for: { code: false, values: ["all", "any"] } },
    policies: true,
    check: (element) =>
      element.children
        .filter(({ name }) => !WAITABLE.includes(name))
        .map(({ name }) => `'${name}' is not allowed in 'wait', only ${WAITABLE.join(", ")}.`),
    async run(step, flow) {
      const running = step.children.map((child) => flow.run([child]));
      if (step.attributes.for?.literal === "any") {
        const first = await Promise.race(running);
        for (const other of running) other.catch(() => {});
        return first;
      }
      return (await Promise.all(running)).find((outcome) => outcome === "return");
    },
  },

  "limit-concurrency": {
    sections: ALL_SECTIONS,
    attributes: { key: { required: true }, "max-count": { type: "int", required: true, code: false, min: 1 } },
    policies: true,
    async run(step, flow) {
      const key = `concurrency/${flow.service.key}/${await flow.text(step.attributes.key)}`;
      const { counters } = flow.gateway;
      if (!counters.enter(key, Number(step.attributes["max-count"]?.literal))) {
        throw new GatewayError("ConcurrencyLimitExceeded", "The limit of concurrent calls is exceeded.", { status: 429 });
      }
      try {
        return await flow.run(step.children);
      } finally {
        counters.leave(key);
      }
    },
  },
};

const WAITABLE = [
  "choose",
  "send-request",
  "forward-request",
  "cache-lookup-value",
  "cache-store-value",
  "authentication-managed-identity",
];

/** The body runs once, then up to `count` times again while the condition is true. */
async function retry(step: Step, flow: Flow): Promise<Outcome> {
  const { readings, clock } = flow.gateway;
  for (let done = 0; ; done++) {
    let error: GatewayError | undefined;
    flow.pending = undefined;
    flow.retries++;
    if (done > 0) flow.watch?.again(done + 1);
    try {
      if ((await flow.run(step.children)) === "return") return "return";
      error = flow.pending;
    } catch (thrown) {
      if (!(thrown instanceof GatewayError) || thrown.options.call === undefined || thrown.options.final) throw thrown;
      if (thrown.options.call === "transport" && !readings.retrySeesTransportFailure) throw thrown;
      error = thrown;
    } finally {
      flow.retries--;
    }
    if (error?.options.call === "exhausted") flow.response = errorResponse(error, flow.requestId);
    else if (error?.options.call === "transport" && readings.responseAfterError !== "stale") {
      const busy = new GatewayError(error.reason, error.message, { status: 503 });
      flow.response = readings.responseAfterError === "null" ? null : errorResponse(busy, flow.requestId);
    }
    const count = (await flow.number(step.attributes.count)) ?? 0;
    let again = false;
    if (done < count) {
      flow.lastError =
        error && readings.lastErrorInRetry ? lastErrorOf(error) : flow.section === "on-error" ? flow.lastError : null;
      again = await flow.bool(step.attributes.condition, false);
    }
    if (!again) {
      if (error) throw error;
      return undefined;
    }
    const fast = done === 0 && (await flow.bool(step.attributes["first-fast-retry"], false));
    if (!fast) await clock.sleep(await pauseMs(step, flow, done + 1), flow.signal);
  }
}

/** Before retry `n` (from 1): fixed, linear with `delta`, exponential with `delta` and `max-interval`. */
async function pauseMs(step: Step, flow: Flow, n: number): Promise<number> {
  const interval = (await flow.number(step.attributes.interval)) ?? 0;
  const delta = await flow.number(step.attributes.delta);
  const most = (await flow.number(step.attributes["max-interval"])) ?? Number.POSITIVE_INFINITY;
  if (delta === undefined) return Math.min(interval, most) * 1000;
  if (most === Number.POSITIVE_INFINITY) return (interval + (n - 1) * delta) * 1000;
  return Math.min(interval + (2 ** n - 1) * delta * (0.8 + 0.4 * flow.gateway.random()), most) * 1000;
}
