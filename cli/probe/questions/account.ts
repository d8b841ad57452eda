/**
 * What an Azure OpenAI account does, called through the gateway with the gateway's own identity. One after the other: they share a small quota.
 */
import type { Asker, Group, Reply, Sent } from "../question.ts";
import { experiment, headerOf, policy, UNTOLD } from "../question.ts";
import { mostHeaders } from "./most-headers.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** As Azure says of role assignments, and half as much again. */
const ROLE_WITHIN_MS = 15 * MINUTE;
/** The probe's deployment: 1,000 tokens a minute, which makes 6 requests. */
export const DEPLOYMENT = {
  name: "embeddings",
  model: "text-embedding-3-small",
  version: "1",
  sku: "GlobalStandard",
  capacity: 1,
};
const CHARACTERS_PER_TOKEN = 4;

const COGNITIVE = "https://cognitiveservices.azure.com";
const AI = "https://ai.azure.com";

/** Sends on what the probe says in headers, and takes those and the key away. */
const passing = (identity: string) =>
  policy({
    inbound: [
      '<set-backend-service backend-id="account" />',
      `<set-variable name="path" value="@(${headerOf("x-path")})" />`,
      `<set-variable name="method" value="@(${headerOf("x-method")})" />`,
      `<set-variable name="audience" value="@(${headerOf("x-audience")})" />`,
      ...["x-path", "x-method", "x-audience", "api-key"].map((name) => `<set-header name="${name}" exists-action="delete" />`),
      '<set-method>@((string)context.Variables["method"])</set-method>',
      '<rewrite-uri template="@((string)context.Variables["path"])" copy-unmatched-params="false" />',
      identity,
    ].join(""),
    backend: '<forward-request timeout="230" buffer-request-body="true" />',
  });

interface AccountCall {
  method?: "GET" | "POST";
  audience?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

const ask = (
  gateway: Asker,
  path: string,
  { method = "GET", audience = COGNITIVE, headers = {}, body }: AccountCall = {},
  api = "account",
): Promise<Reply> => {
  const sent: Sent = {
    headers: {
      ...headers,
      "x-path": path,
      "x-method": method,
      "x-audience": audience,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  return gateway.call(api, sent);
};

const MODELS = "/openai/v1/models";
const models = (gateway: Asker, audience?: string, headers?: Record<string, string>) =>
  ask(gateway, MODELS, { audience, headers });
const status = (gateway: Asker) => ask(gateway, "/status-0123456789abcdef", {}, "stranger");

/** Asks for embeddings of a text of so many tokens, as the service counts before it answers. */
const embed = (gateway: Asker, tokens: number) =>
  ask(gateway, "/openai/v1/embeddings", {
    method: "POST",
    body: { model: DEPLOYMENT.name, input: "word".repeat(Math.ceil((tokens * CHARACTERS_PER_TOKEN) / 4)) },
  });
/** Whatever was used is forgotten, by whatever clock it is counted. */
const fresh = (gateway: Asker) => gateway.wait(2 * MINUTE + 5 * SECOND);

export const ACCOUNT: Group = {
  name: "account",
  questions: [
    {
      id: "role-not-arrived",
      about: "With which status does an account refuse an identity whose role has not arrived yet?",
      answers: "a status; nothing where the role was there at once",
      backends: [{ name: "account", to: "account" }],
      apis: [
        experiment("account", passing('<authentication-managed-identity resource="@((string)context.Variables["audience"])" />')),
        experiment("stranger", passing("")),
      ],
      async ask(gateway) {
        const first = await models(gateway);
        const until = first.ended + ROLE_WITHIN_MS;
        let last = first;
        while (last.status !== 200 && last.ended < until) {
          await gateway.wait(15 * SECOND);
          last = await models(gateway);
        }
        if (first.status === 200 || last.status !== 200) return UNTOLD;
        return { answer: first.status, holds: first.status === 401 || first.status === 403 };
      },
    },
    {
      id: "status-path",
      about: "What does an account answer to `GET /status-0123456789abcdef` without a token?",
      answers: "a status",
      async ask(gateway) {
        const { status: answer } = await status(gateway);
        return { answer, holds: answer >= 200 && answer <= 499 && answer !== 403 };
      },
    },
    {
      id: "status-path-is-200",
      about: "Is that answer 200, which Front Door needs?",
      answers: "true, false",
      async ask(gateway) {
        const is = (await status(gateway)).status === 200;
        return { answer: is, holds: is };
      },
    },
    {
      id: "audience-of-tokens",
      about: "For which audience does the v1 API take tokens?",
      answers: "both, cognitive-services, ai, neither",
      async ask(gateway) {
        const cognitive = (await models(gateway, COGNITIVE)).status === 200;
        const ai = (await models(gateway, AI)).status === 200;
        const answer = cognitive ? (ai ? "both" : "cognitive-services") : ai ? "ai" : "neither";
        return { answer, holds: cognitive };
      },
    },
    {
      id: "image-edits-role",
      about: "Does *Cognitive Services OpenAI User* lack the right to edit images?",
      answers: "true; nothing where the account looks for the deployment first",
      async ask(gateway) {
        const { status: found } = await ask(gateway, "/openai/deployments/nobody/images/edits?api-version=2025-04-01-preview", {
          method: "POST",
          body: {},
        });
        return found === 401 || found === 403 ? { answer: true, holds: true } : UNTOLD;
      },
    },
    {
      id: "custom-headers-of-account",
      about: "How many headers of a caller's own does an account take?",
      answers: "a number, or a range without an end",
      async ask(gateway) {
        const found = await mostHeaders(async (headers) => (await models(gateway, undefined, headers)).status);
        // The policy lets four of a caller pass.
        return found === undefined ? UNTOLD : { answer: found, holds: typeof found === "object" || found >= 4 };
      },
    },
    {
      id: "above-the-whole-quota",
      about: "What is the Retry-After of a request above all that its deployment may have in a minute?",
      answers: "window (up to a minute or two), day (from an hour), other",
      async ask(gateway) {
        const reply = await embed(gateway, 4000);
        const seconds = Number(reply.headers["retry-after"]);
        if (reply.status !== 429 || !(seconds >= 0)) return UNTOLD;
        const answer = seconds <= 120 ? "window" : seconds >= 3600 ? "day" : "other";
        return { answer, holds: answer === "window" };
      },
    },
    {
      id: "region-of-429",
      about: "Does a 429 name its region in `x-ms-region`?",
      answers: "true, false",
      async ask(gateway) {
        const reply = await embed(gateway, 4000);
        const isNamed = reply.headers["x-ms-region"] !== undefined;
        return reply.status === 429 ? { answer: isNamed, holds: isNamed } : UNTOLD;
      },
    },
    {
      id: "request-window",
      about: "Are requests counted by the second, or by ten of them?",
      answers: "1 or 10 (seconds)",
      async ask(gateway) {
        for (let round = 0; round < 5; round++) {
          // It needs no tokens to speak of: ten seconds without a request are enough.
          await gateway.wait(15 * SECOND);
          const first = await embed(gateway, 1);
          await gateway.wait(2 * SECOND);
          const second = await embed(gateway, 1);
          const isInTime = second.begun > first.ended + SECOND && second.ended < first.begun + 9 * SECOND;
          if (first.status === 200 && isInTime && (second.status === 200 || second.status === 429))
            return { answer: second.status === 429 ? 10 : 1, holds: second.status === 429 };
        }
        return UNTOLD;
      },
    },
    {
      id: "quota-admits",
      about: "Is a request refused that would go past the quota, or only the one after it?",
      answers: "fits (the request itself), reached (the one after it)",
      async ask(gateway) {
        for (let round = 0; round < 3; round++) {
          // Those before it were refused, or used next to nothing.
          await (round === 0 ? gateway.wait(15 * SECOND) : fresh(gateway));
          const first = await embed(gateway, 600);
          await gateway.wait(12 * SECOND);
          const second = await embed(gateway, 600);
          const isInTime = second.ended - first.begun < 55 * SECOND;
          if (first.status === 200 && isInTime && (second.status === 200 || second.status === 429))
            return { answer: second.status === 429 ? "fits" : "reached", holds: second.status === 429 };
        }
        return UNTOLD;
      },
    },
    {
      id: "quota-window",
      about: "Is the quota of a minute given back as a whole, or piece by piece?",
      answers: "fixed (as a whole), sliding (piece by piece)",
      async ask(gateway) {
        for (let round = 0; round < 3; round++) {
          await fresh(gateway);
          const first = await embed(gateway, 300);
          await gateway.wait(40 * SECOND);
          const second = await embed(gateway, 400);
          await gateway.wait(28 * SECOND);
          const third = await embed(gateway, 900);
          const isInTime = third.begun > first.ended + MINUTE && third.ended < second.begun + 55 * SECOND;
          const wereFine = first.status === 200 && second.status === 200 && second.ended < first.begun + 55 * SECOND;
          if (wereFine && isInTime && (third.status === 200 || third.status === 429))
            return { answer: third.status === 200 ? "fixed" : "sliding", holds: third.status === 200 };
        }
        return UNTOLD;
      },
    },
  ],
};
