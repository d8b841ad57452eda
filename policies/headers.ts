/** What does not go from callers to accounts, and from accounts to callers. */
import { deleteHeader, type Element, setQueryParameter } from "./language/index.ts";

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

/** What the service tells its own front ends. */
export const withoutInternals: readonly Element<"outbound">[] = [
  "azureml-model-session",
  "x-ms-deployment-name",
  "x-ms-spillover-from-deployment",
].map(deleteHeader);
