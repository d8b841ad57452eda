/**
 * The API's document: one for all models and both API styles. Inbound finds the pool, backend tries its members, outbound and on-error say
 * what is wrong when none is left.
 */
import type { Plan } from "../stacks/plan.ts";
import { allOut, attempts, prepare, unanswered } from "./balancing.ts";
import { checkCaller, consumer } from "./callers.ts";
// biome-ignore format: a list
import {
  authenticationManagedIdentity, base, bool, choose, deleteHeader, llmEmitTokenMetric, operation, policies, setQueryParameter, string,
} from "./language/index.ts";
import { routing } from "./routing.ts";
import { countsTokens } from "./size.ts";
import { declareState, state } from "./state.ts";

/** Audience of Azure OpenAI's tokens, whatever the host. */
const COGNITIVE_SERVICES = "https://cognitiveservices.azure.com";

/** What only the gateway should see (the caller's key) or decide (spillover, tracing). Authorization is overwritten, not deleted. */
const CALLERS_OWN = [
  "api-key",
  "Ocp-Apim-Subscription-Key",
  "Ocp-Apim-Trace",
  "Ocp-Apim-Trace-Location",
  "x-ms-spillover-deployment",
];
/** What the service tells its own front ends. */
const SERVICES_OWN = ["azureml-model-session", "x-ms-deployment-name", "x-ms-spillover-from-deployment"];

/** As in the documentation of Azure OpenAI: `v1`, or the one with deployments in the path. */
const apiStyle = operation.id.startsWith("v1-").choose(string("v1"), "deployments");

export const inference = (plan: Plan) =>
  policies({
    inbound: [
      ...checkCaller(plan),
      base(),
      ...declareState(),
      ...(plan.gateway.circuitBreaker ? [] : [state.steer.set(bool(true))]),
      ...routing(plan),
      ...CALLERS_OWN.map(deleteHeader),
      setQueryParameter({ name: "subscription-key", existsAction: "delete" }),
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
    outbound: [base(), ...allOut(plan), ...SERVICES_OWN.map(deleteHeader)],
    onError: [...unanswered(plan), base()],
  });
