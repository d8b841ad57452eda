/** Who may call, where callers bring tokens of Microsoft Entra ID: checked first, so that nothing is counted for a call that is refused. */
import type { EntraPlan, Plan } from "../stacks/plan.ts";
import { choose, csharp, type Element, type Expression, string, subscription, validateAzureAdToken } from "./language/index.ts";

const TOKEN = "caller-token";

const withoutKey = csharp("bool")`context.Subscription == null`;

/** The caller's token never goes further than this: the gateway's own takes its place in Authorization. */
export function checkCaller({ entra }: Plan): Element<"inbound">[] {
  if (!entra) return [];
  const { tenantId, audiences, clientIds } = entra;
  const [audience, ...audiencesToo] = audiences ?? [];
  const [client, ...clientsToo] = clientIds ?? [];
  const place = { tenantId, outputTokenVariableName: TOKEN };
  const validate =
    client === undefined
      ? validateAzureAdToken({ ...place, audiences: [audience ?? "", ...audiencesToo] })
      : validateAzureAdToken({
          ...place,
          clientApplicationIds: [client, ...clientsToo],
          ...(audience !== undefined && { audiences: [audience, ...audiencesToo] }),
        });
  return entra.require === "key-or-token" ? [choose([{ when: withoutKey, do: [validate] }])] : [validate];
}

/** The consumer whose key came along, else the application whose token did: `azp` in tokens of version 2, `appid` before, `oid` where neither is. */
export function consumer(entra: EntraPlan | undefined): Expression<"string"> {
  if (!entra || entra.require === "key-and-token") return subscription.id;
  const application = csharp(
    "string",
  )`${["azp", "appid", "oid"]}.Select(name => ((Jwt)context.Variables[${TOKEN}]).Claims.GetValueOrDefault(name, "")).FirstOrDefault(id => id != "") ?? ""`;
  return withoutKey.choose(application, subscription.id);
}

/** For a caller whose token is missing or not good enough. */
export const howToProve = ({ require }: EntraPlan) =>
  string(
    `Access denied: send a token of Microsoft Entra ID that was issued for this gateway in the header Authorization${require === "key-or-token" ? ", or the key of an active subscription in the header api-key" : ""}.`,
  );
