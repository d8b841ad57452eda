/**
 * Every error that nothing else answered, in OpenAI's shape: a missing key, an unknown path, a consumer's limit. They stand at the end of the API's
 * document or, where that has no room, in a global one. Details of an error stay in the gateway's logs; the caller gets the id to find them.
 */
import { MAX_RETRY_AFTER_SECONDS } from "../stacks/catalog/failures.ts";
import type { Plan } from "../stacks/plan.ts";
import { howToProve } from "./callers.ts";
import { errors, refuse, WHERE_CALLS_GO } from "./errors.ts";
import { passToAccount, passToCaller } from "./headers.ts";
// biome-ignore format: a list
import {
  choose, csharp, type Element, forwardRequest, lastError, policies, request, requestId, response, string,
} from "./language/index.ts";
import { readRequest } from "./routing.ts";

/** Variable in which a consumer's limit or quota leaves the seconds to wait. */
export const LIMIT_WAIT = "limit-wait";

const status = response.statusOr(500);
/** Whether API Management stores the wait as a number or as text is not documented. */
const waitText = csharp("string")`context.Variables.GetValueOrDefault<object>(${LIMIT_WAIT}, "").ToString()`;
const limitWait = waitText.toLong(1n);
/** Nor is whether it stores one for a quota. */
const quotaUsed = string("The token quota of this key is used up").plus(
  waitText.isEmpty().choose(string("."), string("; it begins anew in ").plus(waitText).plus(" s.")),
);
const call = request.method.plus(" ").plus(request.originalPath);

/** The gateway's buffer refused it: a 413 of an account is an answer, which passes, and no error. */
export const bodyRefused = status.equals(413);

/** Where callers also put keys. API Management looks for one before any policy runs, in one header and one parameter. */
const ELSEWHERE = " authorization ocp-apim-subscription-key x-api-key ";
const elsewhere = csharp(
  "string",
)`string.Join(" and ", context.Request.Headers.Keys.Where(name => ${ELSEWHERE}.Contains(" " + name.ToLowerInvariant() + " ")).Select(name => "the header " + name).Concat(context.Request.OriginalUrl.Query.Keys.Where(name => " api-key subscription-key ".Contains(" " + name.ToLowerInvariant() + " ")).Select(name => "the parameter " + name)))`;
const wrongKey = lastError.reason.equals("SubscriptionKeyInvalid");
const denied = string("Access denied: ").plus(
  wrongKey.choose(
    string("this key is of no active subscription: send another in the header api-key."),
    string("send the key of an active subscription in the header api-key; this call has ").plus(
      elsewhere
        .isEmpty()
        .choose(
          string("no key."),
          elsewhere.plus(
            ", where API Management does not look for it. OpenAI's SDKs take api-key as a default header, Codex in env_http_headers.",
          ),
        ),
    ),
  ),
);
const keyRefused = lastError.reason.isOneOf(["SubscriptionKeyNotFound", "SubscriptionKeyInvalid"]);

const limits = [
  {
    when: status.equals(429),
    do: [
      refuse(
        {
          ...errors.tokenLimit,
          message: string(
            "The calls of this key allow all the tokens that it has for a minute: prompts and the output that they may have, generated or not. It has room again in ",
          )
            .plus(limitWait.toText())
            .plus(" s."),
        },
        { "Retry-After": limitWait.smallerOf(BigInt(MAX_RETRY_AFTER_SECONDS)).toText() },
      ),
    ],
  },
  { when: status.equals(403), do: [refuse({ ...errors.quota, message: quotaUsed })] },
];

/** Answers whatever the error is. */
export const everyError = ({ entra, gateway }: Plan): Element<"on-error">[] => [
  choose(
    [
      {
        when: entra ? keyRefused : keyRefused.or(status.equals(401)),
        do: [refuse({ ...errors.invalidKey, message: denied })],
      },
      ...(entra ? [{ when: status.equals(401), do: [refuse({ ...errors.invalidToken, message: howToProve(entra) })] }] : []),
      {
        when: lastError.reason.equals("OperationNotFound").or(status.equals(404)),
        do: [refuse({ ...errors.unknownUrl, message: string("Unknown request URL: ").plus(call).plus(WHERE_CALLS_GO) })],
      },
      // Where the gateway counts tokens for consumers.
      ...(gateway.tokenLimit ? limits : []),
      {
        when: bodyRefused,
        do: [
          refuse({
            ...errors.bodyTooLarge,
            message: csharp("bool")`context.Operation != null && context.Operation.Id.Contains("-responses")`.choose(
              string(
                "The body is larger than this gateway can keep: give pictures and files by their URL in place of their data.",
              ),
              "The body is larger than this gateway can keep for another attempt: send it to /openai/deployments/{deployment}/... with a Content-Length.",
            ),
          }),
        ],
      },
    ],
    [
      refuse({
        ...errors.internal,
        message: string("The gateway could not handle the request. Its id is ").plus(requestId).plus("."),
      }),
    ],
  ),
];

/** What every API can have in common, where the API's document has no room for it. */
export const globalDocument = (plan: Plan) =>
  policies({
    inbound: [...readRequest(plan), ...passToAccount],
    backend: forwardRequest({ bufferResponse: false }),
    outbound: passToCaller,
    onError: everyError(plan),
  });
