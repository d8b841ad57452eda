/**
 * What a question of the probe is: the experiment that it needs in the gateway, and how it asks it. It sees HTTP and a clock, and nothing else.
 */
import type { WantedApi, WantedBackend } from "../../stacks/probe.ts";
import type { Answer, Range } from "./findings.ts";

export interface Found {
  answer: Answer;
  /** Is it as the project assumes? null: what came back does not tell. */
  holds: boolean | null;
}

export const UNTOLD: Found = { answer: null, holds: null };

/** One call and when it was begun and answered, in milliseconds. */
export interface Reply {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  text: string;
  /** What an experiment reports; {} where the answer is none. */
  report: Readonly<Record<string, unknown>>;
  begun: number;
  ended: number;
}

export interface Sent {
  method?: string;
  /** After the API's path; default `/ask`. */
  path?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Without Content-Length. */
  chunked?: boolean;
  /** Default: the right one. */
  key?: string | null;
}

/** The gateway, seen by one question. */
export interface Asker {
  /** @throws Error where there is no answer at all */
  call(api: string, sent?: Sent): Promise<Reply>;
  /** Milliseconds. */
  now(): number;
  wait(ms: number): Promise<void>;
  /** Of this question in this run: for counters and caches that outlive it. */
  readonly once: string;
}

export interface Question {
  /** As assumptions name it. */
  id: string;
  /** What it finds out, in a sentence. */
  about: string;
  /** Answers that may be written down, in words. */
  answers: string;
  apis?: readonly WantedApi[];
  backends?: readonly WantedBackend[];
  ask(gateway: Asker): Promise<Found>;
}

/** Questions of a group follow each other, because they share something; groups do not wait for each other. */
export interface Group {
  name: string;
  /** Asked only where a Front Door was asked for. */
  needsFrontDoor?: true;
  questions: readonly Question[];
}

/** An API with one operation, `POST /ask`. */
export const experiment = (name: string, policy: string, needsKey = true): WantedApi => ({
  name,
  needsKey,
  policy,
  operations: [{ name: "ask", method: "POST", urlTemplate: "/ask" }],
});

interface Parts {
  inbound?: string;
  backend?: string;
  outbound?: string;
  onError?: string;
}

export const policy = ({ inbound = "", backend = "<forward-request />", outbound = "", onError = "" }: Parts): string =>
  `<policies><inbound>${inbound}</inbound><backend>${backend}</backend><outbound>${outbound}</outbound><on-error>${onError}</on-error></policies>`;

/** Answers with a flat object of C# expressions, and says in which section it was made. */
export function reporting(fields: Readonly<Record<string, string>>): string {
  const properties = Object.entries(fields).map(([name, value]) => `new JProperty("${name}", ${value})`);
  return `<return-response><set-status code="200" reason="OK" /><set-header name="Content-Type" exists-action="override"><value>application/json</value></set-header><set-body>@(new JObject(${properties.join(", ")}).ToString())</set-body></return-response>`;
}

/** The status and the reason of the error that is being handled, for `on-error`. */
export const ERROR = {
  reason: 'context.LastError == null ? "" : context.LastError.Reason',
  status: "context.Response == null ? 0 : context.Response.StatusCode",
};

export const intOf = (variable: string) => `context.Variables.GetValueOrDefault<int>("${variable}", 0)`;
export const textOf = (variable: string) => `context.Variables.GetValueOrDefault<string>("${variable}", "")`;
export const headerOf = (name: string) => `context.Request.Headers.GetValueOrDefault("${name}", "")`;
export const set = (variable: string, value: string) => `<set-variable name="${variable}" value="@(${value})" />`;
/** `forward-request` for bodies that may have to be sent again. */
export const forward = (attributes = "") => `<forward-request timeout="230" buffer-request-body="true" ${attributes}/>`;
export const useBackend = (name: string) => `<set-backend-service backend-id="${name}" />`;

/** How a member that the gateway plays answers, by header: `member: "429,30,4,20"`. */
export interface MemberAnswer {
  status?: number;
  retryAfterSeconds?: number;
  waitSeconds?: number;
  /** Bytes of padding. */
  bytes?: number;
  /** Calls itself a stream of events. */
  isEvents?: boolean;
}

export const answers = (members: Readonly<Record<string, MemberAnswer>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(members).map(
      ([name, { status = 200, retryAfterSeconds = 0, waitSeconds = 0, bytes = 0, isEvents = false }]) => [
        `x-member-${name}`,
        [status, retryAfterSeconds, waitSeconds, bytes, isEvents ? 1 : 0].join(),
      ],
    ),
  );

export const ANSWERED_BY = "x-answered-by";
export const answeredBy = ({ headers }: Reply): string | undefined => headers[ANSWERED_BY];

/** Polls until it is seen. Where it stands between, in milliseconds after what was done; undefined: it was never seen. */
export async function untilSeen(
  gateway: Asker,
  done: Pick<Reply, "begun" | "ended">,
  look: () => Promise<{ seen: boolean | undefined; reply: Reply }>,
  mostMs: number,
): Promise<Range | undefined> {
  let from = 0;
  for (;;) {
    const { seen, reply } = await look();
    if (seen === undefined) return undefined;
    if (seen) return { from, to: Math.ceil(reply.ended - done.begun) };
    from = Math.max(0, Math.floor(reply.begun - done.ended));
    if (gateway.now() - done.ended > mostMs) return { from, to: null };
    await gateway.wait(500);
  }
}
