/** What does not go from callers to accounts, and from accounts to callers; what only the gateway says. */
import type { Plan } from "../stacks/plan.ts";
import { choose, deleteHeader, type Element, namedValue, setHeader, setQueryParameter } from "./language/index.ts";
import { state } from "./state.ts";

/** The gateway's key is nobody's business but the gateway's. Authorization is overwritten, not deleted. */
export const withoutKey: readonly Element<"inbound">[] = [
  ...["api-key", "Ocp-Apim-Subscription-Key"].map(deleteHeader),
  setQueryParameter({ name: "subscription-key", existsAction: "delete" }),
];

/**
 * Only the gateway decides about tracing, spillover and encoding: the service has encodings that API Management cannot read, and then the code of
 * an error would be lost.
 */
export const withoutWishes: readonly Element<"inbound">[] = [
  "Ocp-Apim-Trace",
  "Ocp-Apim-Trace-Location",
  "x-ms-spillover-deployment",
  "Accept-Encoding",
].map(deleteHeader);

/** Proof that a call comes from this gateway, where the entrance asks for one: for the entrance only, and never what a caller sent in its place. */
export function proof({ entrance, pools }: Plan): Element<"inbound">[] {
  if (!entrance || !("proof" in entrance)) return [];
  const direct = pools.find(({ members }) => members.some(({ via }) => via === "direct"));
  // Who the pool chooses is known only after the call.
  if (direct) throw new Error(`pool ${direct.id} leads through the entrance and past it: its calls cannot all carry the proof`);
  const { header: name, namedValue: value } = entrance.proof;
  const prove = setHeader({ name }, namedValue(value));
  return pools.some(({ streaming }) => streaming)
    ? [choose([{ when: state.straight.get(), do: [deleteHeader(name)] }], [prove])]
    : [prove];
}

/** What the service tells its own front ends. */
export const withoutInternals: readonly Element<"outbound">[] = [
  "azureml-model-session",
  "x-ms-deployment-name",
  "x-ms-spillover-from-deployment",
].map(deleteHeader);
