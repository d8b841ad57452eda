/**
 * What a call meets before any policy: operations, keys, headers.
 */
import type { WantedApi } from "../../../stacks/probe.ts";
import { type Asker, experiment, type Group, policy, type Reply, reporting, UNTOLD } from "../question.ts";
import { mostHeaders } from "./most-headers.ts";

const LISTED = { name: "listed", method: "POST", urlTemplate: "/listed" };
const WILD = { name: "wild", method: "POST", urlTemplate: "/*" };

/** The same two operations, made in another order. */
const precedence = (name: string, operations: WantedApi["operations"]): WantedApi => ({
  name,
  needsKey: true,
  policy: policy({ inbound: reporting({ operation: "context.Operation.Id" }) }),
  operations,
});

async function taken(gateway: Asker, api: string): Promise<string | undefined> {
  const { operation } = (await gateway.call(api, { path: "/listed" })).report;
  return operation === "listed" || operation === "wild" ? operation : undefined;
}

const SHAPED = "x-on-error-of-api";
const isShaped = ({ headers }: Reply) => headers[SHAPED] === "1";

export const CALLERS: Group = {
  name: "callers",
  questions: [
    {
      id: "operation-precedence",
      about:
        "Which of two operations is taken that both match: the one that is listed, the one that was made first, or the catch-all?",
      answers: "literal, created, wildcard",
      apis: [precedence("wild-first", [WILD, LISTED]), precedence("listed-first", [LISTED, WILD])],
      async ask(gateway) {
        const both = `${await taken(gateway, "wild-first")} ${await taken(gateway, "listed-first")}`;
        const answer = { "listed listed": "literal", "wild listed": "created", "wild wild": "wildcard" }[both];
        return answer ? { answer, holds: answer === "literal" } : UNTOLD;
      },
    },
    {
      id: "on-error-without-key",
      about: "Does the API's own `on-error` run for a call without a key, and for a method without an operation?",
      answers: "both, key, operation, neither",
      apis: [
        experiment(
          "shaped",
          policy({
            onError: `<return-response><set-status code="418" reason="Probed" /><set-header name="${SHAPED}" exists-action="override"><value>1</value></set-header></return-response>`,
          }),
        ),
      ],
      async ask(gateway) {
        const key = isShaped(await gateway.call("shaped", { key: null }));
        const operation = isShaped(await gateway.call("shaped", { method: "GET" }));
        const answer = key ? (operation ? "both" : "key") : operation ? "operation" : "neither";
        return { answer, holds: key && operation };
      },
    },
    {
      id: "wrong-key-without-need",
      about: "Does an API that needs no key let a call with a wrong one pass?",
      answers: "true, false",
      apis: [experiment("open", policy({ inbound: reporting({ subscribed: "context.Subscription != null" }) }), false)],
      async ask(gateway) {
        if ((await gateway.call("open", { key: null })).status !== 200) return UNTOLD;
        const { status, report } = await gateway.call("open", { key: "0".repeat(32) });
        const passes = status === 200 && report.subscribed === false;
        return { answer: passes, holds: passes };
      },
    },
    {
      id: "key-parameter-case",
      about: "Is a key found in the query under `subscription-key` in that letter case only?",
      answers: "true, false",
      apis: [experiment("query", policy({ inbound: reporting({ subscribed: "context.Subscription != null" }) }))],
      async ask(gateway) {
        const as = async (name: string) => (await gateway.call("query", { key: null, path: `/ask?${name}=KEY` })).status;
        if ((await as("subscription-key")) !== 200) return UNTOLD;
        const others = [await as("Subscription-Key"), await as("SUBSCRIPTION-KEY")];
        if (others.some((status) => status !== 200 && status !== 401)) return UNTOLD;
        const only = others.every((status) => status === 401);
        return { answer: only, holds: only };
      },
    },
    {
      id: "body-of-nothing",
      about: "Is `context.Request.Body` null for a request without a body?",
      answers: "true, false",
      apis: [experiment("nothing", policy({ inbound: reporting({ isNull: "context.Request.Body == null" }) }))],
      async ask(gateway) {
        const { report } = await gateway.call("nothing");
        return typeof report.isNull === "boolean" ? { answer: report.isNull, holds: report.isNull } : UNTOLD;
      },
    },
    {
      id: "custom-headers-of-gateway",
      about: "How many headers of a caller's own does the gateway take?",
      answers: "a number, or a range without an end",
      apis: [experiment("headers", policy({ inbound: reporting({ fine: "true" }) }))],
      async ask(gateway) {
        const found = await mostHeaders(async (headers) => (await gateway.call("headers", { headers })).status);
        return found === undefined ? UNTOLD : { answer: found, holds: typeof found === "object" };
      },
    },
  ],
};
