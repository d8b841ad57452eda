/**
 * A consumer's tokens per minute, counted as the accounts count theirs: what a call allows, before anything is generated. A limit on tokens that were
 * used would let three calls with a large `max_completion_tokens` and short answers take a region's quota from everybody.
 * See docs/decisions/consumers-count-what-they-allow.md.
 */
import type { Plan } from "../stacks/plan.ts";
import { errors, refuse } from "./errors.ts";
import { LIMIT_WAIT } from "./global.ts";
// biome-ignore format: a list
import {
  block, choose, type Element, long, rateLimitByKey, request, seconds, string, subscription, variables,
} from "./language/index.ts";
import { CHOICES, isLarge, OUTPUT, PROMPT } from "./size.ts";

const { allowed } = variables({ allowed: long(0n) });

/** Parts of prompts that the guard for every region leaves out, because it must never refuse what fits; a limit must not overlook what counts. */
// biome-ignore format: a list
const REST = [
  "messages[*].tool_calls[*].function.arguments", "messages[*].function_call.arguments", "input[*].arguments", "input[*].output", "input[*].output[*].text",
  "messages[*].tool_calls[*].custom.input", "messages[*].refusal", "prediction.content", "prediction.content[*].text", "input[*].input", "input[*].summary[*].text",
  "suffix",
];
/** What the model reads besides. */
const SCHEMAS = ["tools", "functions", "response_format", "text"];

/** Where a call sets no limit. That of completions is documented (REST reference); what the service assumes for chats and responses is not. */
const ASSUMED = { completions: 16n, chat: 512n };

/** No call allows more; whole numbers up to it are exact in a double. */
const MOST = 9_007_199_254_740_991n;

/**
 * 0 for what the service would refuse as malformed.
 * @param limit  an output that is only assumed never makes more than this
 */
const allowedBy = (limit: number) => block("long")`
  try {
    var body = ${request.json};
    var id = context.Operation.Id;
    var output = -1d;
    foreach (var name in ${OUTPUT}) {
      if (body[name] != null && (body[name].Type == JTokenType.Integer || body[name].Type == JTokenType.Float)) { output = Math.Max(output, (double)body[name]); }
    }
    var choices = 1d;
    foreach (var name in ${CHOICES}) {
      if (body[name] != null && (body[name].Type == JTokenType.Integer || body[name].Type == JTokenType.Float)) { choices = Math.Max(choices, (double)body[name]); }
    }
    var prompts = body["prompt"] as JArray;
    if (prompts != null && prompts.Count > 0 && prompts[0].Type != JTokenType.Integer) { choices = choices * prompts.Count; }
    var characters = 3L;
    foreach (var path in ${[...PROMPT, ...REST]}) {
      foreach (var part in body.SelectTokens(path)) {
        characters += part.Type == JTokenType.String ? ((string)part).Length : part.Type == JTokenType.Integer ? 4 : 0;
      }
    }
    foreach (var name in ${SCHEMAS}) {
      if (body[name] != null && body[name].HasValues) { characters += body[name].ToString(Formatting.None).Length; }
    }
    var prompt = characters / 4;
    if (output >= 0d) { return (long)Math.Min(output * choices + prompt, ${MOST}); }
    var assumed = id.EndsWith("-embeddings") ? 0L : id.EndsWith("-completions") && !id.EndsWith("-chat-completions") ? ${ASSUMED.completions} : ${ASSUMED.chat};
    return Math.Max(prompt, (long)Math.Min(assumed * choices + prompt, ${BigInt(limit)}));
  } catch {
    return 0L;
  }`;

/**
 * 1.25 times as much from each to the next, up to the limit. A count that is an expression is added only when the answer is there (policy reference,
 * rate-limit-by-key), so that a burst would get through whole: each of these is a literal, which is added on arrival.
 */
function steps(limit: number): number[] {
  const found: number[] = [];
  for (let step = Math.ceil(limit / 1000); step < limit; step = Math.ceil(step * 1.25)) found.push(step);
  return found;
}

/** Refuses a call above the whole limit for good, and one above what is left for now. Stands where operations count tokens. */
export function limitWhatIsAllowed(tokensPerMinute: number, gateway: Plan["gateway"]): Element<"inbound">[] {
  const count = (incrementCount: number) =>
    rateLimitByKey({
      calls: tokensPerMinute,
      renewalPeriod: seconds(60),
      counterKey: string("allowed/").plus(subscription.id),
      incrementCount,
      retryAfterVariableName: LIMIT_WAIT,
      remainingCallsHeaderName: "x-consumer-remaining-tokens",
    });
  const message = string("This call may take ")
    .plus(allowed.get().toText())
    .plus(
      ` tokens (its prompt, and the output that it allows for each choice), and this key has ${tokensPerMinute} a minute: allow less output, or send a shorter prompt.`,
    );
  const [first, ...others] = steps(tokensPerMinute).map((step) => ({
    when: allowed.get().atMost(BigInt(step)),
    do: [count(step)],
  }));
  return [
    // Nobody knows what a body allows that is too large to be read. What reads it stands by itself, so that such a one goes through unread.
    choose([{ when: isLarge(gateway), do: [allowed.set(BigInt(tokensPerMinute))] }], [allowed.set(allowedBy(tokensPerMinute))]),
    choose([{ when: allowed.get().greaterThan(BigInt(tokensPerMinute)), do: [refuse({ ...errors.aboveLimit, message })] }]),
    ...(first ? [choose([first, ...others], [count(tokensPerMinute)])] : [count(tokensPerMinute)]),
  ];
}
