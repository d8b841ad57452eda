/**
 * Token limits and token metrics. The real gateway's tokenizer is not published: estimates here are a quarter of the characters.
 */
import { GatewayError } from "../errors.ts";
import type { Flow } from "../flow.ts";
import { INBOUND, type Outcome, type PolicyRule, type Step } from "../shape.ts";
import { dimensionFaults, dimensionShape, dimensionsOf } from "./observe.ts";

const MINUTE = 60_000;
const PERIODS = ["Hourly", "Daily", "Weekly", "Monthly", "Yearly"] as const;

const limit: PolicyRule = {
  sections: INBOUND,
  notOn: ["Consumption"],
  attributes: {
    "counter-key": { required: true },
    "estimate-prompt-tokens": { type: "bool", required: true },
    "tokens-per-minute": { type: "int", min: 1 },
    "token-quota": { type: "int", min: 1 },
    "token-quota-period": { values: PERIODS },
    "retry-after-header-name": { code: false },
    "retry-after-variable-name": { code: false },
    "remaining-tokens-header-name": { code: false },
    "remaining-tokens-variable-name": { code: false },
    "remaining-quota-tokens-header-name": { code: false },
    "remaining-quota-tokens-variable-name": { code: false },
    "tokens-consumed-header-name": { code: false },
    "tokens-consumed-variable-name": { code: false },
  },
  oneOf: [["tokens-per-minute", "token-quota"]],
  check: (element) =>
    element.attributes.has("token-quota") === element.attributes.has("token-quota-period")
      ? []
      : ["'token-quota' and 'token-quota-period' must be used together."],
  run: tokenLimit,
};

const metric: PolicyRule = {
  sections: INBOUND,
  attributes: { namespace: { code: false } },
  children: { dimension: { ...dimensionShape, min: 1 } },
  check: (element) => dimensionFaults(element, 5),
  async run(step, flow) {
    const dimensions = await dimensionsOf(step, flow);
    const namespace = step.attributes.namespace?.literal ?? "API Management";
    whenUsageIsKnown(flow, (usage) => {
      const at = flow.gateway.clock.now();
      const record = (name: string, value: number) =>
        flow.gateway.record({ kind: "metric", at, namespace, name, value, dimensions });
      record("Total Tokens", usage.prompt + usage.completion);
      record("Prompt Tokens", usage.prompt);
      record("Completion Tokens", usage.completion);
    });
    return undefined;
  },
};

export const llm: Record<string, PolicyRule> = {
  "llm-token-limit": limit,
  "azure-openai-token-limit": limit,
  "llm-emit-token-metric": metric,
  "azure-openai-emit-token-metric": metric,
};

interface Usage {
  prompt: number;
  completion: number;
}

/** Counted in a sliding minute, per service and key, shared by all policies with that key, wherever they stand. */
async function tokenLimit(step: Step, flow: Flow): Promise<Outcome> {
  const { attributes } = step;
  const { clock, counters } = flow.gateway;
  const key = `tokens/${flow.service.key}/${await flow.text(attributes["counter-key"])}`;
  const perMinute = await flow.number(attributes["tokens-per-minute"]);
  const quota = await flow.number(attributes["token-quota"]);
  const [start, end] = periodOf((await flow.text(attributes["token-quota-period"])) ?? "Daily", clock.now());
  const streamed = await isStreamed(flow);
  const estimated = streamed || (await flow.bool(attributes["estimate-prompt-tokens"], false));
  const prompt = estimated ? await promptEstimate(flow) : 0;
  const setVariable = (name: string, value: number) => {
    const variable = attributes[name]?.literal;
    if (variable !== undefined) flow.variables.set(variable, value);
  };
  const refuse = (reason: string, what: string, status: number, seconds: number) => {
    setVariable("retry-after-variable-name", seconds);
    return new GatewayError(reason, `${what} is exceeded. Try again in ${seconds} seconds.`, {
      status,
      headers: [[attributes["retry-after-header-name"]?.literal ?? "Retry-After", String(seconds)]],
    });
  };

  const used = counters.inWindow(key, MINUTE);
  if (perMinute !== undefined && (used >= perMinute || used + prompt > perMinute)) {
    const target = prompt > perMinute ? 0 : Math.min(perMinute - 1, perMinute - prompt);
    const seconds = Math.max(1, Math.ceil(counters.untilBelow(key, MINUTE, target) / 1000));
    throw refuse("TokenLimitExceeded", "Token limit", 429, seconds);
  }
  const usedQuota = counters.inPeriod(key, start);
  if (quota !== undefined && usedQuota + prompt >= quota) {
    throw refuse("TokenLimitExceeded", "Token quota", 403, Math.max(1, Math.ceil((end - clock.now()) / 1000)));
  }

  let counted = 0;
  const count = (tokens: number) => {
    counters.add(key, MINUTE, tokens);
    if (quota !== undefined) counters.addInPeriod(key, start, tokens);
    counted += tokens;
  };
  const tell = (headers: boolean) => {
    const figures: [string, number | undefined][] = [
      ["remaining-tokens", perMinute === undefined ? undefined : Math.max(0, perMinute - counters.inWindow(key, MINUTE))],
      ["remaining-quota-tokens", quota === undefined ? undefined : Math.max(0, quota - counters.inPeriod(key, start))],
      ["tokens-consumed", counted],
    ];
    for (const [name, value] of figures) {
      if (value === undefined) continue;
      setVariable(`${name}-variable-name`, value);
      const header = attributes[`${name}-header-name`]?.literal;
      if (headers && header !== undefined) flow.response?.headers.set(header, String(value));
    }
  };
  count(prompt);
  tell(false);
  whenUsageIsKnown(flow, (usage) => {
    count(usage.prompt + usage.completion - counted);
    if (!streamed) tell(true);
  });
  if (streamed) flow.beforeResponse.push(() => tell(true));
  return undefined;
}

/** Calendar periods in UTC. */
function periodOf(name: string, now: number): [start: number, end: number] {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const HOUR = 3_600_000;
  const monday = Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7));
  switch (name) {
    case "Hourly":
      return [now - (now % HOUR), now - (now % HOUR) + HOUR];
    case "Weekly":
      return [monday, monday + 7 * 24 * HOUR];
    case "Monthly":
      return [Date.UTC(year, month), Date.UTC(year, month + 1)];
    case "Yearly":
      return [Date.UTC(year, 0), Date.UTC(year + 1, 0)];
    default:
      return [Date.UTC(year, month, day), Date.UTC(year, month, day + 1)];
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the caller's JSON.
async function requestJson(flow: Flow): Promise<any> {
  await flow.bufferRequest();
  try {
    return JSON.parse(Buffer.from(flow.request.body.bytes(true)).toString("utf8"));
  } catch {
    return undefined;
  }
}

const isStreamed = async (flow: Flow) => (await requestJson(flow))?.stream === true;

/** Characters of all texts of the prompt by four; an image counts 1,200 tokens, the most that the documentation gives. */
async function promptEstimate(flow: Flow): Promise<number> {
  const body = await requestJson(flow);
  let characters = 0;
  let images = 0;
  const walk = (value: unknown): void => {
    if (typeof value === "string") characters += value.length;
    else if (Array.isArray(value)) value.forEach(walk);
    else if (value !== null && typeof value === "object") {
      const part = value as Record<string, unknown>;
      if (part.type === "image_url" || part.type === "input_image") images++;
      else walk(part.text ?? part.content ?? "");
    }
  };
  for (const name of ["messages", "prompt", "input", "instructions"]) walk(body?.[name] ?? "");
  return Math.ceil(characters / 4) + images * 1200;
}

/** Runs `then` once the tokens of a successful answer are known: from its `usage`, or, for a stream, estimated when it has ended. */
function whenUsageIsKnown(flow: Flow, then: (usage: Usage) => void): void {
  flow.beforeResponse.push(async () => {
    const { response } = flow;
    if (!response || response.statusCode < 200 || response.statusCode > 299) return;
    if (/^text\/event-stream/i.test(response.headers.get("content-type") ?? "")) {
      const prompt = await promptEstimate(flow);
      flow.afterBody.push((body) => then({ prompt, completion: streamedTokens(Buffer.from(body).toString("utf8")) }));
      return;
    }
    if (flow.gateway.readings.tokensOfLargeAnswers === "fails") await flow.bufferResponse();
    else if (!(await response.body.bufferIfItFits(flow.service.bufferBytes))) return;
    const usage = usageOf(Buffer.from(response.body.bytes(true)).toString("utf8"));
    if (usage) then(usage);
  });
}

function usageOf(text: string): Usage | undefined {
  try {
    const { usage } = JSON.parse(text);
    if (!usage) return undefined;
    const prompt = usage.prompt_tokens ?? usage.input_tokens ?? 0;
    return {
      prompt,
      completion: usage.completion_tokens ?? usage.output_tokens ?? Math.max(0, (usage.total_tokens ?? 0) - prompt),
    };
  } catch {
    return undefined;
  }
}

/** Characters of the deltas by four. */
function streamedTokens(events: string): number {
  let characters = 0;
  for (const [, data = ""] of events.matchAll(/^data: ?(\{.*\})\s*$/gm)) {
    try {
      const event = JSON.parse(data);
      const delta =
        typeof event.delta === "string" ? event.delta : (event.choices?.[0]?.delta?.content ?? event.choices?.[0]?.text ?? "");
      characters += String(delta).length;
    } catch {
      // Not JSON: nothing to count.
    }
  }
  return Math.ceil(characters / 4);
}
