/** A policy document: four sections, each with the elements that may stand there. */
import type { Element } from "./element.ts";

export interface PolicyDefinition {
  readonly inbound: readonly Element<"inbound">[];
  /** API Management refuses a second child here when the document is deployed. */
  readonly backend: Element<"backend">;
  readonly outbound: readonly Element<"outbound">[];
  readonly onError: readonly Element<"on-error">[];
}

/** A document; a policy in a section it does not fit, or a second child of `backend`, does not compile. */
export const policies = (definition: PolicyDefinition): PolicyDefinition => definition;
