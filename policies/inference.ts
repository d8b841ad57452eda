/**
 * The API's document: one for all models and both API styles. Inbound finds the pool, backend tries its members, outbound and on-error say
 * what is wrong when none is left. What has no need of this document stands in the global one where there is one of ours.
 */
import type { Plan } from "../stacks/plan.ts";
import { allOut, attempts, prepare, unanswered } from "./balancing.ts";
import { checkCaller, consumer } from "./callers.ts";
import { everyError } from "./global.ts";
import { passToAccount, passToCaller, proof, withoutKey } from "./headers.ts";
// biome-ignore format: a list
import {
  authenticationManagedIdentity, base, bool, choose, llmEmitTokenMetric, operation, policies, string,
} from "./language/index.ts";
import { readFirst, routing } from "./routing.ts";
import { countsTokens } from "./size.ts";
import { declareState, state } from "./state.ts";

/** Audience of Azure OpenAI's tokens, whatever the host. */
const COGNITIVE_SERVICES = "https://cognitiveservices.azure.com";

/** As in the documentation of Azure OpenAI: `v1`, or the one with deployments in the path. */
const apiStyle = operation.id.startsWith("v1-").choose(string("v1"), "deployments");

export const inference = (plan: Plan) => {
  const { globalPolicy } = plan.gateway;
  return policies({
    inbound: [
      ...checkCaller(plan),
      ...(globalPolicy ? [] : readFirst(plan)),
      base(),
      ...declareState(),
      ...(plan.gateway.circuitBreaker ? [] : [state.steer.set(bool(true))]),
      ...routing(plan),
      ...(globalPolicy ? [] : passToAccount),
      ...withoutKey,
      ...proof(plan),
      authenticationManagedIdentity({ resource: COGNITIVE_SERVICES }),
      choose([
        {
          when: countsTokens,
          do: [
            llmEmitTokenMetric({
              namespace: "openai",
              dimensions: {
                consumer: consumer(plan.entra),
                deployment: state.deployment.get(),
                // On Consumption every byte of the document counts.
                ...(plan.gateway.family !== "consumption" && { api: apiStyle }),
              },
            }),
          ],
        },
      ]),
      ...prepare(plan),
    ],
    backend: attempts(plan),
    outbound: [base(), ...allOut(plan), ...(globalPolicy ? [] : passToCaller)],
    onError: [...unanswered(plan), base(), ...(globalPolicy ? [] : everyError(plan))],
  });
};
