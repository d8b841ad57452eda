/**
 * What a `retry` sees of calls that got no answer.
 */
import {
  answers,
  ERROR,
  experiment,
  forward,
  type Group,
  intOf,
  policy,
  reporting,
  set,
  textOf,
  UNTOLD,
  useBackend,
} from "../question.ts";

const COUNT = set("n", `${intOf("n")} + 1`);
const told = (fields: Record<string, string> = {}) => {
  const report = reporting({ n: intOf("n"), ...fields, ...ERROR });
  return { outbound: report, onError: report };
};
const loop = (condition: string, count: number, body: string) =>
  `<retry condition="@(${condition})" count="${count}" interval="1">${COUNT}${body}</retry>`;

export const RETRY: Group = {
  name: "retry",
  questions: [
    {
      id: "retry-sees-no-connection",
      about: "Does a `retry` go on after a call that got no connection?",
      answers: "true, false",
      backends: [{ name: "nobody", to: "nobody" }],
      apis: [
        experiment("retry-nobody", policy({ inbound: useBackend("nobody"), backend: loop("true", 1, forward()), ...told() })),
      ],
      async ask(gateway) {
        const { report } = await gateway.call("retry-nobody");
        return report.n === 1 || report.n === 2 ? { answer: report.n === 2, holds: report.n === 2 } : UNTOLD;
      },
    },
    {
      id: "last-error-in-retry",
      about: "Is `context.LastError` set while the condition of a `retry` is evaluated?",
      answers: "true, false",
      apis: [
        experiment(
          "retry-last-error",
          policy({ inbound: useBackend("nobody"), backend: loop("context.LastError != null", 1, forward()), ...told() }),
        ),
      ],
      async ask(gateway) {
        // Whoever does not see the failure at all does not evaluate the condition.
        if ((await gateway.call("retry-nobody")).report.n !== 2) return UNTOLD;
        const { report } = await gateway.call("retry-last-error");
        return report.n === 1 || report.n === 2 ? { answer: report.n === 2, holds: report.n === 1 } : UNTOLD;
      },
    },
    {
      id: "response-after-no-answer",
      about: "What is `context.Response` after a call that got no answer, where an earlier one got 203?",
      answers: "null, stale, 503, other",
      apis: [
        experiment(
          "retry-response",
          policy({
            backend: loop(
              `${intOf("n")} < 3`,
              2,
              [
                set(
                  "seen",
                  `${intOf("n")} == 3 ? (context.Response == null ? "null" : context.Response.StatusCode.ToString()) : ""`,
                ),
                `<choose><when condition="@(${intOf("n")} == 2)">${useBackend("nobody")}</when><otherwise>${useBackend("a")}</otherwise></choose>`,
                forward(),
              ].join(""),
            ),
            ...told({ seen: textOf("seen") }),
          }),
        ),
      ],
      backends: [{ name: "a", to: { member: "a" } }],
      async ask(gateway) {
        const { report } = await gateway.call("retry-response", { headers: answers({ a: { status: 203 } }) });
        if (report.n !== 3 || typeof report.seen !== "string") return UNTOLD;
        const seen = { null: "null", "203": "stale", "503": "503" }[report.seen] ?? "other";
        // The policy never reads it then, so everything is right.
        return { answer: seen, holds: true };
      },
    },
    {
      id: "request-url-after-no-answer",
      about: "Does `context.Request.Url` name the pool's member after a call that got no answer?",
      answers: "member, unchanged",
      backends: [
        { name: "nobody-too", to: "nobody" },
        { name: "pool-nobody", to: { pool: [{ name: "nobody" }, { name: "nobody-too" }] } },
      ],
      apis: [
        experiment(
          "retry-url",
          policy({
            inbound: useBackend("pool-nobody"),
            backend: loop("true", 1, `${set("seen", `${intOf("n")} == 2 ? context.Request.Url.Host : ""`)}${forward()}`),
            ...told({ seen: textOf("seen") }),
          }),
        ),
      ],
      async ask(gateway) {
        const { report } = await gateway.call("retry-url");
        if (report.n !== 2 || typeof report.seen !== "string" || report.seen === "") return UNTOLD;
        const isMember = report.seen.endsWith(".invalid");
        return { answer: isMember ? "member" : "unchanged", holds: isMember };
      },
    },
    {
      id: "retry-as-loop",
      about: "Is a `retry` around policies that call nothing a loop, in `inbound` too, with an interval of 0 and a loop in it?",
      answers: "true, false",
      apis: [
        experiment(
          "retry-loop",
          policy({
            inbound: `<retry condition="@(${intOf("n")} < 6)" count="5" interval="0">${set("m", "0")}<retry condition="@(${intOf("m")} < 2)" count="5" interval="0">${COUNT}${set("m", `${intOf("m")} + 1`)}</retry></retry>${reporting({ n: intOf("n") })}`,
          }),
        ),
      ],
      async ask(gateway) {
        const { report } = await gateway.call("retry-loop");
        return typeof report.n === "number" ? { answer: report.n === 6, holds: report.n === 6 } : UNTOLD;
      },
    },
  ],
};
