/**
 * A call that needs more tokens than a member has in a whole minute is refused by that member whenever it comes, with a Retry-After of up to a
 * day. With breakers that heed it, one such call after the other would take every member away from everybody: it must not be sent there.
 * See docs/decisions/requests-that-never-fit.md.
 */
import type { GatewayFacts } from "../stacks/catalog/gateways.ts";
import type { Plan } from "../stacks/plan.ts";
import { errors, refuse } from "./errors.ts";
import { block, choose, csharp, type Element, operation, request, string } from "./language/index.ts";
import { kindsWithTokens } from "./operations.ts";
import { state } from "./state.ts";

/** A body above what the gateway keeps for another attempt cannot be read either. One without a length is read, and refused where it is too large. */
export const isLarge = ({ bufferBytes }: Pick<GatewayFacts, "bufferBytes">) =>
  request.header("Content-Length", "0").toLong(0n).greaterThan(BigInt(bufferBytes));

/** The operation's answers count tokens. */
export const countsTokens = operation.id.matches(`-(${kindsWithTokens.join("|")})$`);

/** Where calls have output limits, choices and prompts. Only the text of prompts: an image's size says nothing about its tokens. */
export const OUTPUT = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
export const CHOICES = ["n", "best_of"];
/** More is no number of tokens; the product of two still is a long. */
const MOST = 2_147_483_647n;
// biome-ignore format: a list
export const PROMPT = [
  "messages[*].content", "messages[*].content[*].text", "prompt", "prompt[*]", "prompt[*][*]",
  "input", "input[*]", "input[*][*]", "input[*].content", "input[*].content[*].text", "instructions",
];

/**
 * Tokens that the service counts against the quota before it answers, as far as the body tells: output allowed times choices, and a quarter of
 * the prompt's characters; a prompt may also be given as tokens (Azure OpenAI quota guide). 0 for what it would refuse as malformed.
 */
const estimate = block("long")`
  try {
    var body = ${request.json};
    var output = 0L;
    foreach (var name in ${OUTPUT}) {
      if (body[name] != null && body[name].Type == JTokenType.Integer) { output = Math.Max(output, Math.Min((long)body[name], ${MOST})); }
    }
    var choices = 1L;
    foreach (var name in ${CHOICES}) {
      if (body[name] != null && body[name].Type == JTokenType.Integer) { choices = Math.Max(choices, Math.Min((long)body[name], ${MOST})); }
    }
    var characters = 0L;
    foreach (var path in ${PROMPT}) {
      foreach (var part in body.SelectTokens(path)) {
        characters += part.Type == JTokenType.String ? ((string)part).Length : part.Type == JTokenType.Integer ? 4 : 0;
      }
    }
    return output * choices + characters / 4;
  } catch {
    return 0L;
  }`;

const members = state.members.get();
/** Those that could take it, in the same form. Provisioned throughput takes any size while it is not full. */
const fitting = csharp(
  "string",
)`string.Join("|", ${members}.Split('|').Select(group => string.Join(",", group.Split(',').Where(member => long.Parse(member.Split(' ')[1]) <= 0 || long.Parse(member.Split(' ')[1]) >= ${state.estimate.get()}))).Where(group => group != ""))`;
const largest = csharp("long")`${members}.Split('|', ',').Max(member => long.Parse(member.Split(' ')[1]))`;

const message = string("This request may take ")
  .plus(state.estimate.get().toText())
  .plus(
    " tokens (the output it allows for each choice, and a quarter of the characters of its prompt), but no region has more than ",
  )
  .plus(largest.toText())
  .plus(" a minute for `")
  .plus(state.deployment.get())
  .plus("`: allow less output, or send a shorter prompt.");

/**
 * Leaves only members that could take the request, or refuses it. Needs `members` with what each can take. Nothing where there are no breakers: there
 * a member that refuses is not taken from others.
 */
export const keepThoseThatFit = ({ gateway }: Plan): Element<"inbound">[] =>
  gateway.circuitBreaker
    ? [
        choose([
          {
            when: state.large.get().not().and(countsTokens),
            do: [
              state.estimate.set(estimate),
              state.fitting.set(fitting),
              choose([
                { when: state.fitting.get().isEmpty(), do: [refuse({ ...errors.requestTooLarge, message })] },
                {
                  // The pool would give the others too.
                  when: state.fitting.get().differs(members),
                  do: [state.members.set(state.fitting.get()), state.steer.set(true)],
                },
              ]),
            ],
          },
        ]),
      ]
    : [];
