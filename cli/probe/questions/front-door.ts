/**
 * Front Door, called through the gateway. One after the other: the last of them takes an origin away for a while.
 */
import { FRONT_DOOR_HEADERS, FRONT_DOOR_PROBE } from "../../../stacks/probe.ts";
import {
  type Asker,
  answeredBy,
  answers,
  experiment,
  type Group,
  headerOf,
  policy,
  type Reply,
  reporting,
  textOf,
  UNTOLD,
} from "../question.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Front Door takes 3 to 20 minutes until it is everywhere (Front Door FAQ, 2026). */
const SPREADS_WITHIN_MS = 30 * MINUTE;
/** Two probes of 30 s must fail, and one pass; and some more. */
const NOTICED_WITHIN_MS = 6 * MINUTE;
/** Stands in the cache while the gateway plays dead for Front Door's probes. */
const DEAD = "plays-dead";

const edge = (gateway: Asker, path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  gateway.call("edge", { headers: { ...headers, "x-path": path } });
const alone = (gateway: Asker, headers?: Record<string, string>) => edge(gateway, "/alone/member/edge/x", headers);
/** Who of the two answered: the gateway says so, and the account knows no such path. */
const isGateway = (reply: Reply): boolean | undefined =>
  answeredBy(reply) !== undefined ? true : reply.status >= 400 && reply.status < 500 ? false : undefined;
const both = async (gateway: Asker) => isGateway(await edge(gateway, "/both/member/edge/x"));

/** Of so many calls, those that the gateway got; undefined: some were answered by neither. */
async function shareOf(gateway: Asker, calls: number): Promise<number | undefined> {
  let own = 0;
  for (let call = 0; call < calls; call++) {
    const is = await both(gateway);
    if (is === undefined) return undefined;
    if (is) own++;
  }
  return own;
}

/** Waits until the gateway gets calls, or none. @returns whether it came to that */
async function until(gateway: Asker, gets: boolean): Promise<boolean> {
  const end = gateway.now() + NOTICED_WITHIN_MS;
  while (gateway.now() < end) {
    const own = await shareOf(gateway, 10);
    if (own !== undefined && own > 0 === gets) return true;
    await gateway.wait(5 * SECOND);
  }
  return false;
}

/** Every second call each, and from some pair on all calls to one of the two. */
function endsAlone(pairs: readonly number[]): boolean {
  const rest = pairs.slice(pairs.findIndex((own) => own !== 1));
  return rest.every((own) => own === rest[0]);
}

export const FRONT_DOOR: Group = {
  name: "front-door",
  needsFrontDoor: true,
  questions: [
    {
      id: "front-door-spreads",
      about: "For how long does a new endpoint answer 404?",
      answers: "a range of milliseconds",
      backends: [{ name: "front-door", to: "front-door" }],
      apis: [
        experiment(
          "edge",
          policy({
            inbound: `<set-backend-service backend-id="front-door" /><rewrite-uri template="@(${headerOf("x-path")})" copy-unmatched-params="false" />`,
            backend: '<forward-request timeout="230" buffer-request-body="true" buffer-response="false" />',
          }),
        ),
        {
          name: FRONT_DOOR_PROBE.slice(1),
          needsKey: false,
          operations: [{ name: "status", method: "GET", urlTemplate: "/" }],
          policy: policy({
            inbound: `<cache-lookup-value key="${DEAD}" default-value="no" variable-name="dead" /><return-response><set-status code="@(${textOf("dead")} == "yes" ? 503 : 200)" reason="Probed" /></return-response>`,
          }),
        },
        experiment(
          "play",
          policy({
            inbound: `<cache-store-value key="${DEAD}" value="@(${headerOf("x-dead")})" duration="3600" />${reporting({ stored: "true" })}`,
          }),
        ),
      ],
      async ask(gateway) {
        const begun = gateway.now();
        let from = 0;
        while (gateway.now() < begun + SPREADS_WITHIN_MS) {
          const reply = await alone(gateway);
          if (answeredBy(reply) === "edge") {
            const to = Math.ceil(reply.ended - begun);
            return { answer: { from, to }, holds: to <= 20 * MINUTE };
          }
          from = Math.floor(reply.begun - begun);
          await gateway.wait(10 * SECOND);
        }
        return UNTOLD;
      },
    },
    {
      id: "origin-unreachable",
      about: "With which status does Front Door answer where an origin cannot be reached?",
      answers: "a status",
      async ask(gateway) {
        const { status } = await edge(gateway, "/nobody/x");
        // All three are asked elsewhere.
        return status >= 500 ? { answer: status, holds: [502, 503, 504].includes(status) } : UNTOLD;
      },
    },
    {
      id: "absent-and-negated",
      about: "Does a firewall condition that negates hold for a header that is absent?",
      answers: "met (it does), unmet",
      async ask(gateway) {
        const asked = { [FRONT_DOOR_HEADERS.asked]: "1" };
        // Where the header is there the rule must tell right from wrong.
        const right = await alone(gateway, { ...asked, [FRONT_DOOR_HEADERS.absent]: "1" });
        const wrong = await alone(gateway, { ...asked, [FRONT_DOOR_HEADERS.absent]: "2" });
        if (right.status !== 200 || wrong.status !== 403) return UNTOLD;
        const { status } = await alone(gateway, asked);
        return status === 200 || status === 403 ? { answer: status === 403 ? "met" : "unmet", holds: status === 200 } : UNTOLD;
      },
    },
    {
      id: "event-streams",
      about: "Does a stream of events arrive whole?",
      answers: "whole (at once or at its end), cut",
      async ask(gateway) {
        const bytes = 400_000;
        const reply = await alone(gateway, answers({ edge: { bytes, isEvents: true } })).catch(() => undefined);
        if (reply !== undefined && reply.status !== 200) return UNTOLD;
        const isWhole = reply !== undefined && reply.text.length > bytes;
        // Streams go past it.
        return { answer: isWhole ? "whole" : "cut", holds: true };
      },
    },
    {
      id: "origins-shares",
      about: "Does Front Door give two origins of equal weight every second call each?",
      answers: "smooth (it does), random (only in the long run)",
      async ask(gateway) {
        const pairs: number[] = [];
        for (let pair = 0; pair < 20; pair++) {
          const own = await shareOf(gateway, 2);
          if (own === undefined) return UNTOLD;
          pairs.push(own);
        }
        const last = pairs.slice(-5).reduce((sum, own) => sum + own, 0);
        const isSmooth = pairs.every((own) => own === 1);
        // One of them counts as failed, or came to it, or back, meanwhile.
        if (last === 0 || last === 10 || (!isSmooth && (endsAlone(pairs) || endsAlone(pairs.toReversed())))) return UNTOLD;
        return { answer: isSmooth ? "smooth" : "random", holds: isSmooth };
      },
    },
    {
      id: "origin-comes-back",
      about: "Does an origin that comes back get its share at once?",
      answers: "gradual (little by little), at-once",
      async ask(gateway) {
        const play = (dead: "yes" | "no") => gateway.call("play", { headers: { "x-dead": dead } });
        if (!(await until(gateway, true))) return UNTOLD;
        await play("yes");
        const left = await until(gateway, false);
        await play("no");
        if (!left) return UNTOLD;
        // A tenth of the ten minutes has passed when its first call was seen, at most.
        if (!(await until(gateway, true))) return UNTOLD;
        const own = await shareOf(gateway, 40);
        if (own === undefined) return UNTOLD;
        return { answer: own < 12 ? "gradual" : "at-once", holds: own < 12 };
      },
    },
  ],
};
