/** `GET /models` and `GET /models/{model}`, answered from the plan: every account has the same deployments, and no account is asked. */
import type { Plan, PoolPlan } from "../stacks/plan.ts";
import { errors, refusal } from "./errors.ts";
import {
  choose,
  csharp,
  type Element,
  type Expression,
  operation,
  request,
  returnResponse,
  setHeader,
  string,
} from "./language/index.ts";
import { state } from "./state.ts";

/** What callers pass as `model` is the deployment's name. `created` is the model's version where that is a date, else 0. */
function describe({ deployment, model }: PoolPlan) {
  const created = /^\d{4}-\d{2}-\d{2}$/.test(model.version) ? Date.parse(`${model.version}T00:00:00Z`) / 1000 : 0;
  return { id: deployment, object: "model", created, owned_by: "azure-openai", model: model.name, version: model.version };
}

const answer = (body: Expression<"string">) =>
  returnResponse({
    status: { code: 200, reason: "OK" },
    headers: [setHeader({ name: "Content-Type" }, "application/json")],
    body,
  });

/** Length of the longest name of a deployment (Azure OpenAI, resource naming rules). */
const LONGEST_NAME = 64;

export const modelNotFound = (name: Expression<"string">) =>
  refusal({
    ...errors.unknownModel,
    message: string("The model `")
      .plus(csharp("string")`${name}.Substring(0, Math.Min(${LONGEST_NAME}, ${name}.Length))`)
      .plus("` does not exist here: GET /openai/v1/models lists those that do."),
  });

/** Ends a request to an operation whose id starts with `models-`, or leaves a refusal. */
export function answerModels({ pools }: Plan): Element<"inbound">[] {
  const asked = request.parameter("model");
  const one = csharp(
    "string",
  )`JArray.Parse(${state.models.get()}).FirstOrDefault(model => (string)model["id"] == ${asked})?.ToString() ?? ""`;
  return [
    state.models.set(JSON.stringify(pools.map(describe))),
    choose([
      {
        when: operation.id.isOneOf(["models-list", "models-v1-list"]),
        do: [answer(string('{"object":"list","data":').plus(state.models.get()).plus("}"))],
      },
    ]),
    state.model.set(one),
    choose([{ when: state.model.get().isEmpty(), do: [state.refusal.set(modelNotFound(asked))] }], [answer(state.model.get())]),
  ];
}
