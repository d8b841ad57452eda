/**
 * Changes of a deployed stack that no order of updates leads to, each with the way to get there. A new one is a function in the list at the end.
 */
import { gateways } from "./catalog/gateways.ts";
import type { GatewaySku } from "./catalog/topologies.ts";
import { type Deployed, lost } from "./deployed.ts";
import { listed } from "./nearest.ts";
import { networkFaults, standingNetwork } from "./network-change.ts";
import type { Fault, Plan } from "./plan.ts";

/** What of a change is refused; empty: nothing. Pure. */
export type ChangeRule = (deployed: Deployed, wanted: Plan) => Fault[];

/** No service crosses from one family of SKUs to another. */
const family: ChangeRule = ({ gatewaySku: stands }, { gateway: { sku, family } }) => {
  const before = stands && gateways[stands as GatewaySku]?.family;
  if (!before || before === family) return [];
  return [
    {
      path: "gateway.family",
      value: family,
      rule: `The gateway stands as ${stands} and would become ${sku}, of another family, which replaces it: callers get another address and other keys.`,
      fix: `Set gateway.family (or gateway.sku) back, run a second stack beside this one and move callers over, or deploy that change by itself with plain "pulumi up"; the way back is shut for 48 hours then, while Azure keeps the old name.`,
    },
  ];
};

/** An account has one place for ever, and keeps its name for 48 hours after it is deleted. */
const moves: ChangeRule = ({ accounts }, wanted) =>
  wanted.accounts.flatMap(({ key, member, region, subscription }): Fault[] => {
    const stands = accounts.find((one) => one.key === key);
    if (!stands || (stands.region === region && stands.subscription === subscription)) return [];
    const place = (one: { region: string; subscription?: string }) =>
      one.subscription ? `${one.region} in subscription ${one.subscription}` : one.region;
    return [
      {
        path: "regions",
        value: member,
        rule: `"${key}" stands in ${place(stands)} and would move to ${place({ region, subscription })}: no account moves, and after it is deleted its name stays taken for 48 hours.`,
        fix: `Give the new place another name, for example as: ${member.slice(0, 22)}-b.`,
      },
    ];
  });

const protectedOnes: ChangeRule = ({ accounts, resources }, wanted) => {
  if (!wanted.protect || !resources.some(({ protect }) => protect)) return [];
  const going = lost(accounts, wanted.accounts);
  if (going.length === 0) return [];
  return [
    {
      path: "protect",
      value: true,
      rule: `${listed(going)} would be deleted, and protect: true forbids that.`,
      fix: "Set protect: false together with this change, deploy, and set it back.",
    },
  ];
};

/** API Management knows no capitals in ids: the new product would be made over the old one, and then deleted with it. */
const capitals: ChangeRule = ({ resources }, { consumers }) => {
  const standing = resources
    .filter(({ type }) => type === "azure-native:apimanagement:Product")
    .map(({ inputs }) => String(inputs.productId));
  return consumers.flatMap(({ id }, index): Fault[] => {
    const same = standing.find((one) => one !== id && one.toLowerCase() === id.toLowerCase());
    if (!same || consumers.some((one) => one.id === same)) return [];
    return [
      {
        path: `consumers[${index}].name`,
        value: id,
        rule: `"${id}" stands as "${same}": to API Management both are one, and the change would delete it.`,
        fix: `Keep "${same}", or choose a name that differs in more than capitals.`,
      },
    ];
  });
};

const subnets: ChangeRule = ({ resources }, wanted) => networkFaults(standingNetwork(resources), wanted);

export const CHANGE_RULES: readonly ChangeRule[] = [family, moves, protectedOnes, capitals, subnets];
