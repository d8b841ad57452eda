/** One operation at a time in an account: on itself, its deployments or its content filters, deletions included. */
import { ACCOUNTS } from "../network-types.ts";
import type { Resource } from "../resource.ts";
import { ArmError } from "./error.ts";
import type { RuleContext } from "./rule.ts";
import { listBelow } from "./target.ts";

const PARTS = [`${ACCOUNTS}/deployments`, `${ACCOUNTS}/raiPolicies`];

/** @throws ArmError while something runs on the account or on a part of it */
export function checkAccountQuiet(account: Resource, context: RuleContext): void {
  if (context.busy(account.id))
    throw new ArmError(
      400,
      "AccountProvisioningStateInvalid",
      `Account ${account.id} is in state Accepted. It must be in state Succeeded.`,
    );
  if (hasBusyPart(account.id, context)) throw requestConflict(account.id);
}

export const hasBusyPart = (accountId: string, context: RuleContext): boolean =>
  PARTS.some((type) => listBelow(context.arm, type, accountId).some(({ id }) => context.busy(id)));

export function requestConflict(accountId: string): ArmError {
  return new ArmError(
    409,
    "RequestConflict",
    `Another operation is being performed on the parent resource '${accountId}'. Please try again later.`,
  );
}
