/**
 * Inbound: which deployment a request is for, and so which pool. What cannot be balanced is refused here, with its reason.
 */
import type { Plan, PoolPlan } from "../stacks/plan.ts";
import { fieldsInForm, isForm, modelInJson } from "./body.ts";
import { errors, refusal, refuseAs, WHERE_CALLS_GO } from "./errors.ts";
import { anyOf, block, choose, csharp, type Element, initial, operation, request, string } from "./language/index.ts";
import { takeMembers, weigh } from "./members.ts";
import { answerModels, modelNotFound } from "./models.ts";
import { countsTokens, isLarge, keepThoseThatFit } from "./size.ts";
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
    ...(plan.gateway.globalPolicy
      ? [state.named.set(state.named.orInitial()), state.large.set(state.large.orInitial()), bodyMayRefuse]
      : []),
    choose(
      [
        { when: operation.id.startsWith("models-"), do: answerModels(plan) },
        { when: refused, do: [] },
        { when: operation.id.startsWith("deployment-"), do: [state.deployment.set(request.parameter("deployment-id"))] },
      ],
      [state.deployment.set(csharp("string")`${state.named.get()}.Substring(1)`)],
    ),
    ...(apart ? [choose([{ when: deployment.differs(""), do: goesStraight }])] : []),
    choose([{ when: refused, do: [] }, first, ...others], [state.refusal.set(why)]),
    choose([
      {
        // The body is read in an expression of its own, so that no other request is held up by reading it.
        when: operation.id.contains("-responses").and(state.refusal.get().isEmpty()),
        do: [choose([{ when: refersToAccount, do: [state.refusal.set(refusal(responseBound))] }])],
      },
    ]),
    refuseNow,
    ...weigh(plan),
    ...keepThoseThatFit(plan),
    state.route.set(route),
  ];
}

/** Variables that `readRequest` sets. */
export const READ = [state.refusal, state.named, state.large].map(({ name }) => name);

/**
 * What can be said of a request before its model is known: whether it is refused, and, where something in the body decides (the model, whether a call that
 * goes through an entrance streams, how many tokens it may take), what the body says. Stands where there is room for it: in the API's document, or in
 * the global one, which runs before.
 */
export function readRequest(plan: Plan): Element<"inbound">[] {
  const deployments = operation.id.startsWith("deployment-");
  const decides = [
    operation.id.startsWith("v1-").or(operation.id.startsWith("dated-")),
    ...(plan.gateway.circuitBreaker ? [countsTokens] : []),
    ...(plan.pools.some(({ streaming }) => streaming) ? [isForm] : []),
  ];
  const { named, refusal: refused } = state;
  return [
    ...initial({ refusal: refused, named }),
    state.large.set(isLarge(plan.gateway)),
    choose([
      { when: operation.id.startsWith("other-"), do: [state.refusal.set(whyNotOther)] },
      { when: isEncoded, do: [state.refusal.set(refusal(errors.encodedBody))] },
      {
        when: state.large.get(),
        do: [choose([{ when: deployments.not(), do: [state.refusal.set(tooLargeToRead(plan))] }])],
      },
      {
        when: anyOf(decides),
        do: [choose([{ when: isForm, do: [named.set(fieldsInForm)] }], [named.set(modelInJson)])],
      },
    ]),
  ];
}

/** The same, and the end of what is refused: before products count a call, or look into a body that no parser may survive. */
export const readFirst = (plan: Plan): Element<"inbound">[] => [...readRequest(plan), bodyMayRefuse, refuseNow];
const bodyMayRefuse = choose([{ when: state.named.get().startsWith("4"), do: [state.refusal.set(state.named.get())] }]);
const refuseNow = choose([{ when: state.refusal.get().differs(""), do: [refuseAs(state.refusal.get(), { waits: false })] }]);

const encoding = request.header("Content-Encoding");
/** The gateway would read other bytes than the account. Names of codings have no letter case (RFC 9110). */
const isEncoded = encoding
  .differs("")
  .and(csharp("bool")`"identity".Equals(${encoding}, StringComparison.OrdinalIgnoreCase)`.not());

/** Responses have no path with a deployment. */
function tooLargeToRead({ gateway }: Plan) {
  const start = `The v1 API names the model in the body, of which this gateway can read ${Math.floor(gateway.bufferBytes / 1024 / 1024)} MiB: `;
  const path = csharp("string")`${request.originalPath}.Substring(${"/openai/v1".length})`;
  return operation.id.contains("-responses").choose(
    refusal({ ...errors.bodyTooLarge, message: `${start}give pictures and files by their URL in place of their data.` }),
    refusal({
      ...errors.bodyTooLarge,
      message: string(`${start}POST /openai/deployments/{deployment}`).plus(path).plus(`?api-version=${API_VERSION} takes more.`),
    }),
  );
}
/** The last dated version that is no preview. */
const API_VERSION = "2024-10-21";

/** Calls that stream (speech has a field of its own for it), and those of which nobody can read whether they do: any account takes either kind. */
const goesStraight: Element<"inbound">[] = [
  choose(
    [
      { when: state.large.get(), do: [state.straight.set(true)] },
      {
        when: isForm,
        do: [state.straight.set(state.named.get().startsWith("~"))],
      },
    ],
    [
      state.straight.set(block("bool")`
        try {
          var body = ${request.json};
          return body.SelectTokens("stream").Any(one => one.Type == JTokenType.Boolean && (bool)one) || body.SelectTokens("stream_format").Any(one => one.Type == JTokenType.String && (string)one == "sse");
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
      || body.SelectTokens("background").Any(one => one.Type == JTokenType.Boolean && (bool)one)
      || body.SelectTokens("input[*].type").Any(type => type.Type == JTokenType.String && (string)type == "item_reference");
  } catch {
    return false;
  }`;
const responseBound = {
  ...errors.accountBound,
  message: `What a response refers to (previous_response_id, conversation, item_reference, ids of prompts, files, stores, containers) or leaves to fetch (background) ${WHY_BOUND} Send all as input, with store: false.`,
};

const call = request.method.plus(" ").plus(request.originalPath);
const whyNotOther = call.matches(ACCOUNT_BOUND).choose(
  refusal({
    ...errors.accountBound,
    message: call.plus(`: this ${WHY_BOUND} Call an account at its own address for it, with a token of Microsoft Entra ID.`),
  }),
  refusal({
    ...errors.unknownUrl,
    message: string("Unknown request URL: ").plus(call).plus(WHERE_CALLS_GO),
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
