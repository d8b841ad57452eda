/**
 * Backend, and what follows when no member is left.
 *
 * The first attempt goes through the model's pool: API Management keeps priorities and weights and leaves out members whose breaker is open. An
 * answer that trips the breaker sends the next attempt through the pool again. Where a breaker cannot help, members are addressed one by one:
 * after a call without an answer (documents disagree whether it trips), after 403 or 404 (which must not trip), when the pool gives the same
 * member again (the breaker is not seen yet, or is another gateway instance's), and always on a gateway without breakers.
 */
import { ATTEMPT_TIMEOUT_SECONDS, type Failure, failures, TRIP_SECONDS } from "../stacks/catalog/failures.ts";
import { everyPool, type Plan } from "../stacks/plan.ts";
import { errors, refusal, refuse, refuseAs } from "./errors.ts";
import { bodyRefused } from "./global.ts";
// biome-ignore format: a list
import {
  allOf, anyOf, block, cacheLookupValue, cacheStoreValue, choose, csharp, type Element, type Expression, forwardRequest, lastError,
  local, long, now, response, retry, seconds, setBackendService, string,
} from "./language/index.ts";
import { memberCalled } from "./members.ts";
import { state } from "./state.ts";

/** An attempt that would have less time than this is not begun. */
const MIN_ATTEMPT_SECONDS = 5;
/** Longest that a member's Retry-After is remembered. */
const MAX_MEMORY_SECONDS = 86_400;

type Bool = Expression<"bool">;

/** Consumption has no internal cache: there every request learns for itself. */
const remembers = ({ gateway }: Plan) => gateway.family !== "consumption";

/** Attempts until one gives the caller's answer, or no member or no time is left. */
export function attempts(plan: Plan): Element<"backend"> {
  const unanswered = state.answered.get().not();
  const failed = state.verdict.get().differs("");
  const { circuitBreaker } = plan.gateway;
  // Without breakers the pool would give a throttled member again and again: then members are addressed from the start.
  const next = firstOf(state.route.get());
  return retry(
    {
      condition: allOf([unanswered.or(failed), state.route.get().differs(","), hasTime, state.large.get().not()]),
      count: state.retries.get(),
      interval: seconds(0),
      firstFastRetry: true,
    },
    ...(circuitBreaker
      ? [
          // The pool does not say whom it chose, but the URL of the call may.
          choose([
            {
              when: unanswered,
              do: [state.route.set(without(state.route.get(), memberCalled)), state.steer.set(true)],
            },
          ]),
        ]
      : []),
    state.target.set(circuitBreaker ? state.steer.get().choose(next, state.pool.get()) : next),
    state.route.set(without(state.route.get(), state.target.get())),
    setBackendService({ backendId: state.target.get() }),
    state.answered.set(false),
    state.verdict.set(""),
    choose([{ when: state.large.get(), do: [forward(false)] }], [forward(true)]),
    state.answered.set(true),
    choose([{ when: answeredWith(failures.filter(({ retried }) => retried)), do: judge(plan) }]),
  );
}

const forward = (bufferRequestBody: boolean) =>
  forwardRequest({ timeout: secondsLeft, bufferRequestBody, bufferResponse: false });

/** The end of inbound. Where nothing is remembered of members that others called, all that is known at first is that none serves. */
export const prepare = (plan: Plan): Element<"inbound">[] => [
  ...(remembers(plan)
    ? []
    : [
        state.refusal.set(
          refusal({ ...errors.outage, message: noneAnswered(string(String(TRIP_SECONDS))) }, string(String(TRIP_SECONDS))),
        ),
      ]),
  state.deadline.set(now.plus(BigInt(ATTEMPT_TIMEOUT_SECONDS * 1000))),
];

/** One deadline for all attempts: an attempt that timed out (and was billed) leaves no time for another. */
const secondsLeft = long(1n).largerOf(state.deadline.get().minus(now).dividedBy(1000n)).toInt();
const hasTime = state.deadline
  .get()
  .minus(now)
  .atLeast(BigInt(MIN_ATTEMPT_SECONDS * 1000));

const firstOf = (route: Expression<"string">) => csharp("string")`${route}.Split(',')[1]`;
const without = (route: Expression<"string">, member: Expression<"string">) =>
  route.replace(string(",").plus(member).plus(","), ",");

/** The answer's status is that of one of the rows, whatever its code. */
function answeredWith(rows: readonly Failure[]) {
  const conditions = new Map(rows.map((row) => hasStatus(row)).map((condition) => [condition.code, condition]));
  return block("bool")`
    var status = ${response.status};
    return ${anyOf([...conditions.values()])};`;
}

/** In a block: the answer's status and error code. */
const localStatus = local("int", "status");
const localCode = local("string", "code");

function hasStatus({ status }: Failure): Bool {
  if (typeof status === "number") return localStatus.equals(status);
  const [from, to] = status;
  return localStatus.atLeast(from).and(localStatus.atMost(to));
}
function hasCode({ code }: Failure): Bool | undefined {
  if (!code) return undefined;
  const named = (codes: readonly string[]) => anyOf(codes.map((c) => localCode.equals(c)));
  return "is" in code ? named(code.is) : named(code.isNot).not();
}
const applies = (failure: Failure): Bool => {
  const code = hasCode(failure);
  return code ? hasStatus(failure).and(code) : hasStatus(failure);
};

/** An entrance that does not know the path (yet: a new one takes minutes to be everywhere) says so itself. A 404 of the service is JSON, and marked. */
const notFoundByEntrance = allOf([localStatus.equals(404), localCode.isEmpty(), response.header("apim-request-id").isEmpty()]);

/** What the answer of a status that may mean "leave" does mean, by the failure table. */
function judge(plan: Plan): Element<"backend">[] {
  const { circuitBreaker } = plan.gateway;
  const odd = failures.find((f) => f.retried && f.exhausted === "answer");
  if (odd) throw new Error(`failure "${odd.name}" is retried, so it must say what the caller gets when no member is left`);
  const cause = (exhausted: Failure["exhausted"]) =>
    anyOf(failures.filter((f) => f.retried && f.exhausted === exhausted).map(applies));
  const outage = circuitBreaker && plan.entrance ? cause("outage").or(notFoundByEntrance) : cause("outage");
  const verdict = block("string")`
    var status = ${response.status};
    var code = ${state.errorCode.get()};
    return ${cause("throttled")} ? "throttled" : ${outage} ? "outage" : "";`;
  const tripped = anyOf(failures.filter(({ trips }) => trips).map(hasStatus));
  const steer = block("bool")`
    var status = ${response.status};
    return ${state.steer.get().or(tripped.not()).or(inRoute(state.who.get()).not())};`;
  const known = [
    state.until.set(backAt),
    state.said.set(state.said.get().plus(",").plus(state.who.get()).plus("=").plus(report)),
    remembers(plan)
      ? cacheStoreValue({ key: keyOf(state.who.get()), value: report, duration: memory, cachingType: "internal" })
      : state.refusal.set(outlook(plan)),
  ];
  return [
    state.errorCode.set(""),
    // The body is read only for these statuses: reading means buffering.
    choose([
      {
        when: answeredWith(failures.filter(({ code }) => code)),
        do: [state.errorCode.set(codeOfAnswer)],
      },
    ]),
    state.verdict.set(verdict),
    choose([
      {
        when: state.verdict.get().differs(""),
        do: [
          state.who.set(circuitBreaker ? whoAnswered(plan) : state.target.get()),
          ...(circuitBreaker ? [state.steer.set(steer)] : []),
          state.route.set(without(state.route.get(), state.who.get())),
          choose([{ when: state.who.get().differs(""), do: known }]),
        ],
      },
    ]),
  ];
}

const inRoute = (member: Expression<"string">) => state.route.get().contains(string(",").plus(member).plus(","));
const report = state.until.get().toText().plus(" ").plus(state.verdict.get());
const keyOf = (member: Expression<"string">) => string("until/").plus(member);
const memory = long(1n)
  .largerOf(state.until.get().minus(now).dividedBy(1000n).plus(1n).smallerOf(BigInt(MAX_MEMORY_SECONDS)))
  .toInt();

const codeOfAnswer = block("string")`
  try {
    return (string)(${response.json}["error"]?["code"]) ?? "";
  } catch {
    return "";
  }`;

/** The member that answered. Empty for an answer of the gateway itself: its 503 for an open breaker has none of the headers of those it calls. */
const whoAnswered = (plan: Plan) =>
  gatewaysOwn(plan).choose(string(""), state.steer.get().choose(state.target.get(), memberCalled));
function gatewaysOwn({ entrance }: Plan): Bool {
  // An entrance answers for itself too. Of Application Gateway's own statuses none is 503; Front Door leaves its reference.
  const marks = ["apim-request-id", "x-ms-region", ...(entrance?.kind === "front-door" ? ["x-azure-ref"] : [])];
  return allOf([response.status.equals(503), ...marks.map((name) => response.header(name).isEmpty())]);
}

/**
 * When the member that answered wants requests again, at most 11 days from now: milliseconds where given, else seconds or a date (RFC 9110: as services write it,
 * `Fri, 31 Dec 2027 23:59:59 GMT`), else the breaker's own time. .NET takes `12.25` for Christmas, so a date must come out as it went in.
 */
const backAt = block("long")`
  var now = ${now};
  var text = ${response.header("Retry-After")};
  long wait = -1;
  DateTimeOffset date;
  if (long.TryParse(${response.header("retry-after-ms")}, out wait) && wait >= 0) { }
  else if (long.TryParse(text, out wait) && wait >= 0) { wait = Math.Min(wait, 1000000L) * 1000; }
  else if (DateTimeOffset.TryParse(text, out date) && date.ToUniversalTime().ToString("r") == text) { wait = date.ToUnixTimeMilliseconds() - now; }
  else { wait = ${TRIP_SECONDS * 1000}; }
  return now + Math.Max(0, Math.Min(wait, 1000000000L));`;

/** Where every attempt was answered, and the last answer said "leave". */
export const allOut = (plan: Plan): Element<"outbound">[] => [
  choose([{ when: state.verdict.get().differs(""), do: [...lookUp(plan), refuseAs(state.refusal.get(), { waits: true })] }]),
];

/** The last attempt got no answer: no member was free, none could be reached, or time ran out. */
export const unanswered = (plan: Plan): Element<"on-error">[] => [
  choose([
    {
      when: allOf([
        lastError.section.equals("backend"),
        lastError.reason.differs("ExpressionValueEvaluationFailure"),
        bodyRefused.not(),
      ]),
      do: [
        choose([
          {
            when: hasTime.not(),
            // A second go would cost the same time and money again: the SDK asks this header before it retries.
            do: [
              refuse(
                {
                  ...errors.timeout,
                  message: `No answer came within ${ATTEMPT_TIMEOUT_SECONDS} s. Allow less output, or ask for a stream: it begins at once.`,
                },
                { "x-should-retry": "false" },
              ),
            ],
          },
        ]),
        ...lookUp(plan),
        refuseAs(state.refusal.get(), { waits: true }),
      ],
    },
  ]),
];

/** What the cache knows of each member, by its place in the list; a pool tripped by others says nothing to this request. */
function lookUp(plan: Plan) {
  if (!remembers(plan)) return [];
  const most = Math.max(...everyPool(plan).map(({ members }) => members.length));
  const known = Array.from({ length: most }, (_, i) =>
    cacheLookupValue({ key: keyOf(memberAt(i)), variableName: `known${i}`, defaultValue: "", cachingType: "internal" }),
  );
  return [...known, state.refusal.set(outlook(plan))];
}
const memberAt = (i: number) => csharp("string")`${state.members.get()}.Split('|', ',').ElementAtOrDefault(${i})?.Split(' ')[0]`;

/**
 * Over all members: what each said in this request, else what it said to others, else an outage that is looked at again when a breaker would.
 * All throttled is 429; any outage among them is 503. The wait is that of the first member to be back. A body that was sent once says nothing of
 * other members, whatever they told before.
 */
const outlook = (plan: Plan) => block("string")`
  var now = ${now};
  var first = long.MaxValue;
  var throttled = true;
  var asked = 0;
  var i = 0;
  foreach (var member in ${state.members.get()}.Split('|', ',')) {
    var start = "," + member.Split(' ')[0] + "=";
    var at = ${state.said.get()}.LastIndexOf(start, StringComparison.Ordinal);
    var told = at >= 0 ? ${state.said.get()}.Substring(at + start.Length).Split(',')[0] : ${remembers(plan) ? csharp("string")`context.Variables.GetValueOrDefault<string>("known" + i, "")` : string("")};
    var until = now + ${TRIP_SECONDS * 1000};
    if (at >= 0) { asked++; }
    if (told == "") { throttled = false; } else { until = long.Parse(told.Split(' ')[0]); throttled = throttled && told.Split(' ')[1] == "throttled"; }
    first = Math.Min(first, until);
    i++;
  }
  if (${state.large.get()}) { return ${state.verdict.get()} == "throttled" ? ${refusal({ ...errors.throttled, message: sentOnce(plan, "no quota left") }, string("1"))} : ${refusal({ ...errors.outage, message: sentOnce(plan, "no answer to give") }, string("1"))}; }
  var wait = Math.Max(1, (first - now + 999) / 1000).ToString();
  var answers = asked + " of " + i;
  return throttled ? ${refusal({ ...errors.throttled, message: quotaUsed(localWait) }, localWait)} : ${refusal({ ...errors.outage, message: noneServes(localWait) }, localWait)};`;

type Text = Expression<"string">;
const localWait = local("string", "wait");
const answers = local("string", "answers");
const model = string("`").plus(state.deployment.get()).plus("`");

/** Every member said so: those that were asked for this call now, the others in their last answers. */
const quotaUsed = (wait: Text) =>
  string("Every region that has ")
    .plus(model)
    .plus(" is out of quota: ")
    .plus(answers)
    .plus(" said so to this call, and any other to earlier ones. The first has room again in ")
    .plus(wait)
    .plus(" s.");

const noneServes = (wait: Text) =>
  string("No region could serve ")
    .plus(model)
    .plus(": ")
    .plus(answers)
    .plus(
      " answered, with an error or without quota, and any other gave no answer, or is left alone after an error. Try again in ",
    )
    .plus(wait)
    .plus(" s.");

/** Where nothing is remembered, and no member has answered this call either. */
const noneAnswered = (wait: Text) =>
  string("No region that has ").plus(model).plus(" gave an answer. Try again in ").plus(wait).plus(" s.");

const sentOnce = ({ gateway }: Plan, why: string) =>
  string(
    `A body above ${Math.floor(gateway.bufferBytes / 1024 / 1024)} MiB is sent to one region only, and that one had ${why} for `,
  )
    .plus(model)
    .plus(". Send it again: another region may take it.");
