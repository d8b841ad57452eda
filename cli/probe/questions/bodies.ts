/**
 * Bodies of requests and answers, and how long they may take.
 */
import {
  answers,
  ERROR,
  experiment,
  forward,
  type Group,
  headerOf,
  intOf,
  policy,
  reporting,
  set,
  textOf,
  UNTOLD,
  untilSeen,
  useBackend,
} from "../question.ts";

const MIB = 1024 * 1024;
/** Above the 2 MiB that a v2 gateway buffers. */
const LARGE = 3 * MIB;

export const BODIES: Group = {
  name: "bodies",
  questions: [
    {
      id: "body-of-unbuffered-answer",
      about: "What does an expression get of the body of an answer that `forward-request` does not buffer?",
      answers: "body, null, throws, empty",
      backends: [{ name: "plain", to: { member: "plain" } }],
      apis: [
        experiment(
          "unbuffered",
          policy({
            inbound: useBackend("plain"),
            backend: forward('buffer-response="false" '),
            outbound: `${set("answered", "1")}<choose><when condition="@(context.Response.Body == null)">${set("text", '"null"')}</when><otherwise>${set("text", 'context.Response.Body.As<string>(preserveContent: true).Contains("padding") ? "body" : "empty"')}</otherwise></choose>${reporting({ text: textOf("text") })}`,
            onError: reporting({ answered: intOf("answered"), ...ERROR }),
          }),
        ),
      ],
      async ask(gateway) {
        const { report } = await gateway.call("unbuffered");
        const told = (["body", "null", "empty"] as const).find((one) => one === report.text);
        const answer = told ?? (report.text === undefined && report.answered === 1 ? "throws" : undefined);
        return answer === undefined ? UNTOLD : { answer, holds: answer === "body" };
      },
    },
    {
      id: "tokens-of-large-answers",
      about: "Does an answer above the buffer reach the caller where a policy counts its tokens?",
      answers: "passes, fails",
      apis: [
        experiment(
          "large",
          policy({
            inbound: `${useBackend("plain")}<llm-token-limit counter-key="@(${headerOf("x-once")})" tokens-per-minute="100000" estimate-prompt-tokens="false" />`,
            backend: forward('buffer-response="false" '),
          }),
        ),
      ],
      async ask(gateway) {
        const once = { "x-once": gateway.once };
        const small = await gateway.call("large", { headers: once, body: "{}" });
        const large = await gateway.call("large", { headers: { ...once, ...answers({ plain: { bytes: LARGE } }) }, body: "{}" });
        if (small.status !== 200) return UNTOLD;
        const passes = large.status === 200 && large.text.length > LARGE;
        return { answer: passes ? "passes" : "fails", holds: passes };
      },
    },
    {
      id: "body-above-buffer",
      about: "With which status does a buffer refuse a body that says that it is too large?",
      answers: "a status",
      apis: [experiment("buffered", policy({ inbound: useBackend("plain"), backend: forward() }))],
      async ask(gateway) {
        const { status } = await gateway.call("buffered", { body: "x".repeat(LARGE) });
        return { answer: status, holds: status === 413 };
      },
    },
    {
      id: "chunked-body-above-buffer",
      about: "With which status does a buffer refuse a body that is too large and comes in chunks, without a length?",
      answers: "a status",
      async ask(gateway) {
        const { status } = await gateway.call("buffered", { body: "x".repeat(LARGE), chunked: true });
        return { answer: status, holds: status === 413 };
      },
    },
  ],
};

/** A minute is more than 30 s, and less than what anything else allows. */
const LONG_SECONDS = 45;

export const LONG: Group = {
  name: "long",
  questions: [
    {
      id: "long-requests-on-v2",
      about: `Does the gateway end a request that takes ${LONG_SECONDS} s?`,
      answers: "true, false",
      backends: [{ name: "slow", to: { member: "slow" } }],
      apis: [experiment("long", policy({ inbound: useBackend("slow"), backend: forward() }))],
      async ask(gateway) {
        const { status } = await gateway.call("long", { headers: answers({ slow: { waitSeconds: LONG_SECONDS } }) });
        const ends = status !== 200;
        return { answer: ends, holds: !ends };
      },
    },
  ],
};

export const LIMITS: Group = {
  name: "limits",
  questions: [
    {
      id: "rate-limit-refuses",
      about: "Does `rate-limit-by-key` refuse a call that would go past the limit, or only the one after it?",
      answers: "fits (the call itself), reached (the one after it)",
      apis: [
        experiment(
          "rate",
          policy({
            inbound: `<rate-limit-by-key calls="5" renewal-period="300" counter-key="@(${headerOf("x-once")})" increment-count="3" />${reporting({ passed: "true" })}`,
          }),
        ),
      ],
      async ask(gateway) {
        const call = async () => (await gateway.call("rate", { headers: { "x-once": gateway.once } })).status;
        const [first, second] = [await call(), await call()];
        if (first !== 200 || (second !== 200 && second !== 429)) return UNTOLD;
        return { answer: second === 429 ? "fits" : "reached", holds: second === 429 };
      },
    },
    {
      id: "cache-is-seen",
      about: "After how many milliseconds can be read what `cache-store-value` stored?",
      answers: "a range of milliseconds",
      apis: [
        experiment(
          "store",
          policy({
            inbound:
              `<cache-store-value key="@(${headerOf("x-once")})" value="@(&quot;here&quot;)" duration="600" />${reporting({ stored: "true" })}`.replaceAll(
                "&quot;",
                '"',
              ),
          }),
        ),
        experiment(
          "read",
          policy({
            inbound: `<cache-lookup-value key="@(${headerOf("x-once")})" default-value="none" variable-name="found" />${reporting({ found: textOf("found") })}`,
          }),
        ),
      ],
      async ask(gateway) {
        const headers = { "x-once": gateway.once };
        // First calls of an experiment are slower than all others.
        await gateway.call("read", { headers: { "x-once": "nothing" } });
        const stored = await gateway.call("store", { headers });
        if (stored.report.stored !== true) return UNTOLD;
        const look = async () => {
          const reply = await gateway.call("read", { headers });
          const { found } = reply.report;
          return { seen: found === "here" ? true : found === "none" ? false : undefined, reply };
        };
        const range = await untilSeen(gateway, stored, look, 60_000);
        return range ? { answer: range, holds: range.from === 0 && range.to !== null } : UNTOLD;
      },
    },
  ],
};
