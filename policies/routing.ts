/**
 * Inbound: which deployment a request is for, and so which pool. What cannot be balanced is refused here, with its reason.
 */
import type { Plan, PoolPlan } from "../stacks/plan.ts";
import { errors, refusal, refuseAs } from "./errors.ts";
import { block, choose, csharp, type Element, operation, request, string } from "./language/index.ts";
import { takeMembers, weigh } from "./members.ts";
import { answerModels, modelNotFound } from "./models.ts";
import { keepThoseThatFit } from "./size.ts";
import { state } from "./state.ts";

/** Method and path of what lives in one account: a later call would have to find the same one. Azure OpenAI REST reference, v1. */
const ACCOUNT_BOUND =
  "(?i)^\\w+ /openai/(v1/)?(assistants|batches|containers|conversations|deployments/[^/]+/batches|evals|files|fine[-_]tun(es|ing)|realtime|responses|threads|uploads|vector_stores|videos?|chat/completions/.+)(/|$)|^GET /openai/(v1/)?chat/completions/?$";
const WHY_BOUND = "is kept in one Azure OpenAI account, and this gateway spreads calls over several.";

/** Leaves `pool`, `members`, `retries` and `route` set, or ends the request. What is refused, or answered from the plan, has no deployment. */
export function routing(plan: Plan): Element<"inbound">[] {
  const deployment = state.deployment.get();
  const refused = state.refusal.get().differs("");
  const [first, ...others] = plan.pools.map((pool) => ({ when: deployment.equals(pool.deployment), do: takePool(pool, plan) }));
  const apart = plan.pools.some(({ streaming }) => streaming);
  if (!first) throw new Error("a plan without models has nothing to route to");
  const why = deployment.isEmpty().choose(refusal(errors.missingModel), modelNotFound(deployment));
  return [
    state.large.set(isLarge(plan)),
    choose(
      [
        { when: operation.id.startsWith("models-"), do: answerModels(plan) },
        { when: operation.id.startsWith("other-"), do: [state.refusal.set(whyNotOther)] },
        {
          when: operation.id.startsWith("deployment-"),
          do: [state.deployment.set(request.parameter("deployment-id"))],
        },
      ],
      deploymentFromBody(plan),
    ),
    ...(apart ? [choose([{ when: deployment.differs(""), do: goesStraight }])] : []),
    choose([first, ...others], [state.refusal.set(refused.choose(state.refusal.get(), why))]),
    choose([
      {
        // The body is read in an expression of its own, so that no other request is held up by reading it.
        when: operation.id.contains("-responses").and(state.refusal.get().isEmpty()),
        do: [choose([{ when: refersToAccount, do: [state.refusal.set(refusal(responseBound))] }])],
      },
    ]),
    choose([{ when: refused, do: [refuseAs(state.refusal.get(), { waits: false })] }]),
    ...weigh(plan),
    ...keepThoseThatFit(plan),
    state.route.set(route),
  ];
}

const isLarge = ({ gateway }: Plan) => request.header("Content-Length", "0").toLong(0n).greaterThan(BigInt(gateway.bufferBytes));

/** v1 has the deployment in the body, as JSON or, where files are sent, as a form. */
function deploymentFromBody(plan: Plan): Element<"inbound">[] {
  const mebibytes = Math.floor(plan.gateway.bufferBytes / 1024 / 1024);
  const message = `The v1 API names the model in the body, of which this gateway can read ${mebibytes} MiB: call /openai/deployments/{deployment}/ for more.`;
  return [
    choose(
      [
        { when: state.large.get(), do: [state.refusal.set(refusal({ ...errors.bodyTooLarge, message }))] },
        { when: isForm, do: [state.deployment.set(inForm("model"))] },
      ],
      [
        state.named.set(modelInJson),
        choose(
          [{ when: state.named.get().isEmpty(), do: [state.refusal.set(refusal(errors.malformedBody))] }],
          [state.deployment.set(csharp("string")`${state.named.get()}.Substring(1)`)],
        ),
      ],
    ),
  ];
}

const modelInJson = block("string")`
  try {
    var model = ${request.json}["model"];
    return model == null || model.Type != JTokenType.String ? "=" : "=" + (string)model;
  } catch {
    return "";
  }`;

const isForm = request.header("Content-Type").startsWith("multipart/");
/** The value of a form field (RFC 7578): a header that names it, other headers, an empty line, the value. Empty when there is none. */
function inForm(name: string) {
  const field = `; *name=(?:"${name}"|${name})(?:;[^\\r\\n]*)?\\r\\n(?:[^\\r\\n]+\\r\\n)*\\r\\n([^\\r\\n]*)`;
  return csharp("string")`Regex.Match(${request.text}, ${field}).Groups[1].Value`;
}

/** Calls that stream (speech has a field of its own for it), and those of which nobody can read whether they do: any account takes either kind. */
const goesStraight: Element<"inbound">[] = [
  choose(
    [
      { when: state.large.get(), do: [state.straight.set(true)] },
      { when: isForm, do: [state.straight.set(inForm("stream").equals("true"))] },
    ],
    [
      state.straight.set(block("bool")`
        try {
          var body = ${request.json};
          return body["stream"]?.ToString() == "True" || body["stream_format"]?.ToString() == "sse";
        } catch {
          return false;
        }`),
    ],
  ),
];

/** Where a response has ids of what is kept in one account (Azure OpenAI REST reference, v1: create response). */
// biome-ignore format: a list
const IDS = [
  "previous_response_id", "conversation", "conversation.id", "prompt.id", "input..file_id",
  "tools[*].vector_store_ids[*]", "tools[*].container", "tools[*].container.file_ids[*]", "tools[*].input_image_mask.file_id",
];
/**
 * A stored response, a conversation, an item of either, a file, or a background job exists in the account that made it. `store` itself is no
 * reason to refuse (it is the service's default): what would need the same account again is.
 */
const refersToAccount = block("bool")`
  try {
    var body = ${request.json};
    return ${IDS}.Any(path => body.SelectTokens(path).Any(id => id.Type == JTokenType.String))
      || body.SelectTokens("background").Any(one => one.ToString() == "True")
      || body.SelectTokens("input[*].type").Any(type => type.ToString() == "item_reference");
  } catch {
    return false;
  }`;
const responseBound = {
  ...errors.accountBound,
  message: `What a response refers to (previous_response_id, conversation, item_reference, ids of prompts, files, stores, containers) or leaves to fetch (background) ${WHY_BOUND} Send all as input, with store: false.`,
};

const call = request.method.plus(" ").plus(request.originalPath);
const whyNotOther = call.matches(ACCOUNT_BOUND).choose(
  refusal({ ...errors.accountBound, message: call.plus(`: this ${WHY_BOUND} Use an account directly for it.`) }),
  refusal({
    ...errors.unknownUrl,
    message: string("Unknown request URL: ")
      .plus(call)
      .plus(". Calls go to /openai/deployments/{deployment}/... or /openai/v1/..."),
  }),
);

function takePool(pool: PoolPlan, plan: Plan): Element<"inbound">[] {
  const { deployment, streaming } = pool;
  const take = takeMembers(pool, deployment, plan);
  return streaming ? [choose([{ when: state.straight.get(), do: takeMembers(streaming, deployment, plan) }], take)] : take;
}

/** Each priority in turn; within one, round from a member drawn by weight for this request. */
const route = block("string")`
  var route = ",";
  var random = new Random(context.RequestId.GetHashCode());
  foreach (var group in ${state.members.get()}.Split('|')) {
    var members = group.Split(',').Select(member => member.Split(' ')).ToArray();
    var weights = members.Select(part => Math.Max(1L, Math.Abs(long.Parse(part[1])))).ToArray();
    var drawn = (long)(random.NextDouble() * weights.Sum());
    var start = 0;
    while (drawn >= weights[start]) { drawn -= weights[start]; start++; }
    for (var i = 0; i < members.Length; i++) { route += members[(start + i) % members.Length][0] + ","; }
  }
  return route;`;
