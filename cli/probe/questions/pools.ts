/**
 * Pools and circuit breakers.
 */
import type { WantedBackend } from "../../../stacks/probe.ts";
import {
  type Asker,
  answeredBy,
  answers,
  ERROR,
  experiment,
  forward,
  type Group,
  intOf,
  type MemberAnswer,
  policy,
  type Reply,
  reporting,
  set,
  UNTOLD,
  untilSeen,
  useBackend,
} from "../question.ts";

const TRIP_SECONDS = 10;
const SECOND = 1000;
/** Longest that a breaker may need to be seen. */
const SEEN_WITHIN_MS = 60 * SECOND;

/** A member with a breaker, and one that takes over when it is open. */
const pair = (name: string): WantedBackend[] => [
  { name, to: { member: name }, breaker: { statuses: [429], tripSeconds: TRIP_SECONDS } },
  {
    name: `pool-${name}`,
    to: {
      pool: [
        { name, priority: 1, weight: 1 },
        { name: "other", priority: 2, weight: 1 },
      ],
    },
  },
];
const passing = (name: string) => experiment(name, policy({ inbound: useBackend(`pool-${name}`), backend: forward() }));
const ask = (gateway: Asker, name: string, answer: MemberAnswer = {}) =>
  gateway.call(name, { headers: answers({ [name]: answer }) });
const tooMany = (retryAfterSeconds: number, waitSeconds = 0): MemberAnswer => ({ status: 429, retryAfterSeconds, waitSeconds });

/** Who answered: the member, or the other one; undefined where it was neither. */
const isOther = (reply: Reply, name: string): boolean | undefined =>
  answeredBy(reply) === "other" ? true : answeredBy(reply) === name ? false : undefined;

export const BREAKERS: Group = {
  name: "breakers",
  questions: [
    {
      id: "breaker-is-seen",
      about: "After how many milliseconds does the choice of a member see that a breaker has opened?",
      answers: "a range of milliseconds",
      backends: [{ name: "other", to: { member: "other" } }, ...pair("seen")],
      apis: [passing("seen")],
      async ask(gateway) {
        // First calls of an experiment are slower than all others.
        await ask(gateway, "seen");
        const tripped = await ask(gateway, "seen", tooMany(600));
        if (tripped.status !== 429) return UNTOLD;
        const look = async () => {
          const reply = await ask(gateway, "seen");
          return { seen: isOther(reply, "seen"), reply };
        };
        const range = await untilSeen(gateway, tripped, look, SEEN_WITHIN_MS);
        return range ? { answer: range, holds: range.from === 0 && range.to !== null } : UNTOLD;
      },
    },
  ],
};

export const RETRY_AFTER: Group = {
  name: "retry-after",
  questions: [
    {
      id: "breaker-takes-retry-after",
      about: "Does a breaker stay open for the Retry-After of the 429 that opened it, and not only for its own time?",
      answers: "true, false",
      backends: pair("after"),
      apis: [passing("after")],
      async ask(gateway) {
        for (let round = 0; round < 3; round++) {
          const tripped = await ask(gateway, "after", tooMany(45));
          if (tripped.status !== 429) return UNTOLD;
          await gateway.wait(2 * TRIP_SECONDS * SECOND);
          const reply = await ask(gateway, "after");
          const other = isOther(reply, "after");
          // Too late to tell where the machine was slow.
          if (other !== undefined && reply.ended < tripped.begun + 45 * SECOND) return { answer: other, holds: other };
          await gateway.wait(60 * SECOND);
        }
        return UNTOLD;
      },
    },
  ],
};

export const LATER: Group = {
  name: "later",
  questions: [
    {
      id: "open-breaker-takes-later",
      about: "Does a breaker that is open take a later Retry-After of a call that was on its way when it opened?",
      answers: "true, false",
      backends: pair("later"),
      apis: [passing("later")],
      async ask(gateway) {
        for (let round = 0; round < 3; round++) {
          const [last, first] = await Promise.all([
            ask(gateway, "later", tooMany(60, 6)),
            gateway.wait(2 * SECOND).then(() => ask(gateway, "later", tooMany(TRIP_SECONDS))),
          ]);
          // Both must have gone to this member, the slow one first to leave and last to answer.
          const both = answeredBy(first) === "later" && answeredBy(last) === "later" && last.ended > first.ended;
          await gateway.wait(2 * TRIP_SECONDS * SECOND);
          const reply = await ask(gateway, "later");
          const other = isOther(reply, "later");
          const isInTime =
            last.begun < first.begun &&
            last.ended < first.begun + TRIP_SECONDS * SECOND &&
            reply.ended < last.ended + 55 * SECOND;
          if (both && isInTime && other !== undefined) return { answer: other, holds: other };
          await gateway.wait(70 * SECOND);
        }
        return UNTOLD;
      },
    },
  ],
};

export const POOLS: Group = {
  name: "pools",
  questions: [
    {
      id: "no-answer-and-breaker",
      about: "Does a call that got no answer open a breaker?",
      answers: "true, false",
      backends: [
        {
          name: "silent",
          to: "nobody",
          breaker: { statuses: [500, 502, 503, 504], errorReasons: ["BackendConnectionFailure", "Timeout"], tripSeconds: 60 },
        },
        {
          name: "pool-silent",
          to: {
            pool: [
              { name: "silent", priority: 1, weight: 1 },
              { name: "other", priority: 2, weight: 1 },
            ],
          },
        },
      ],
      apis: [experiment("silent", policy({ inbound: useBackend("pool-silent"), backend: forward(), onError: reporting(ERROR) }))],
      async ask(gateway) {
        const first = await gateway.call("silent");
        if (answeredBy(first) !== undefined || first.report.reason === undefined) return UNTOLD;
        const second = await gateway.call("silent");
        const opened = answeredBy(second) === "other";
        return { answer: opened, holds: !opened };
      },
    },
    {
      id: "exhausted-pool-in-retry",
      about: "Where every breaker of a pool is open, does what follows `forward-request` in the body of a `retry` run?",
      answers: "error (it does not), response (it does)",
      backends: [
        { name: "only", to: { member: "only" }, breaker: { statuses: [429], tripSeconds: 300 } },
        { name: "pool-only", to: { pool: [{ name: "only", priority: 1, weight: 1 }] } },
      ],
      apis: [
        experiment(
          "exhausted",
          policy({
            inbound: useBackend("pool-only"),
            backend: `<retry condition="@(${intOf("n")} < 2)" count="1" interval="1">${set("n", `${intOf("n")} + 1`)}${forward()}${set("after", `${intOf("after")} + 1`)}</retry>`,
            outbound: reporting({ n: intOf("n"), after: intOf("after"), ...ERROR }),
            onError: reporting({ n: intOf("n"), after: intOf("after"), ...ERROR }),
          }),
        ),
      ],
      async ask(gateway) {
        for (let round = 0; round < 100; round++) {
          const { report } = await gateway.call("exhausted", { headers: answers({ only: tooMany(280) }) });
          // The member itself answers 429 until its breaker is seen.
          if (report.status === 503 && report.n === 2 && (report.after === 0 || report.after === 2)) {
            const runs = report.after === 2;
            return { answer: runs ? "response" : "error", holds: !runs };
          }
          await gateway.wait(SECOND);
        }
        return UNTOLD;
      },
    },
    {
      id: "pool-shares",
      about: "Does a pool keep weights of 3 and 1 in every four calls?",
      answers: "smooth (it does), random (only in the long run)",
      backends: [
        { name: "three", to: { member: "three" } },
        { name: "one", to: { member: "one" } },
        {
          name: "pool-shares",
          to: {
            pool: [
              { name: "three", priority: 1, weight: 3 },
              { name: "one", priority: 1, weight: 1 },
            ],
          },
        },
      ],
      apis: [experiment("shares", policy({ inbound: useBackend("pool-shares"), backend: forward() }))],
      async ask(gateway) {
        const fours: number[] = [];
        for (let four = 0; four < 12; four++) {
          let ones = 0;
          for (let call = 0; call < 4; call++) {
            const who = answeredBy(await gateway.call("shares"));
            if (who === undefined) return UNTOLD;
            if (who === "one") ones++;
          }
          fours.push(ones);
        }
        const isSmooth = fours.every((ones) => ones === 1);
        return { answer: isSmooth ? "smooth" : "random", holds: isSmooth };
      },
    },
  ],
};
