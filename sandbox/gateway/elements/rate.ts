/**
 * `rate-limit-by-key`: a sliding window on classic tiers, a bucket that fills all the time on v2 tiers, one counter for a key wherever the policy
 * stands. A literal count is added on arrival; counts and conditions that are expressions are evaluated, and counted, at the end of outbound.
 * Source: API Management policy reference, rate-limit-by-key, usage notes of 2025 and 2026.
 */
import { GatewayError } from "../errors.ts";
import type { Flow } from "../flow.ts";
import type { Outcome, Step } from "../shape.ts";

export async function rateLimit(step: Step, flow: Flow): Promise<Outcome> {
  const { attributes } = step;
  const { counters, readings } = flow.gateway;
  const calls = (await flow.number(attributes.calls)) ?? 0;
  const seconds = (await flow.number(attributes["renewal-period"])) ?? 60;
  const ms = seconds * 1000;
  const key = `rate/${flow.service.key}/${seconds}/${await flow.text(attributes["counter-key"])}`;
  const counter = /V2$/.test(flow.service.sku)
    ? {
        used: () => counters.missing(key, ms, calls),
        add: (amount: number) => counters.take(key, ms, calls, amount),
        untilBelow: (target: number) => (Math.max(0, counters.missing(key, ms, calls) - target) * ms) / (calls || 1),
      }
    : {
        used: () => counters.inWindow(key, ms),
        add: (amount: number) => counters.add(key, ms, amount),
        untilBelow: (target: number) => counters.untilBelow(key, ms, target),
      };
  const isCode = (name: string) => attributes[name] !== undefined && attributes[name]?.literal === undefined;
  const later = isCode("increment-condition") || isCode("increment-count");
  const amount = later ? 1 : ((await flow.number(attributes["increment-count"])) ?? 1);
  const counts = later || (await flow.bool(attributes["increment-condition"], true));
  const literalOf = (name: string) => attributes[name]?.literal;
  const setVariable = (name: string, value: number) => {
    const variable = literalOf(name);
    if (variable) flow.variables.set(variable, value);
  };

  // From here to the count nothing waits: calls at the same moment see each other.
  const most = readings.rateLimitRefuses === "fits" ? calls - amount : calls - 1;
  if (counter.used() > most) {
    const wait = Math.max(1, Math.ceil(counter.untilBelow(Math.max(0, most)) / 1000));
    setVariable("retry-after-variable-name", wait);
    throw new GatewayError("RateLimitExceeded", "Rate limit is exceeded", {
      status: 429,
      text: `Rate limit is exceeded. Try again in ${wait} seconds.`,
      headers: [[literalOf("retry-after-header-name") ?? "Retry-After", String(wait)]],
    });
  }
  if (!later && counts) counter.add(amount);
  if (later)
    flow.beforeResponse.push(async () => {
      if (await flow.bool(attributes["increment-condition"], true))
        counter.add((await flow.number(attributes["increment-count"])) ?? 1);
    });
  const remaining = Math.max(0, Math.floor(calls - counter.used()));
  setVariable("remaining-calls-variable-name", remaining);
  flow.beforeResponse.push(() => {
    const tell = (name: string, value: number) => {
      const header = literalOf(name);
      if (header) flow.response?.headers.set(header, String(value));
    };
    tell("remaining-calls-header-name", remaining);
    tell("total-calls-header-name", calls);
  });
  return undefined;
}
