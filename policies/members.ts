/**
 * What the documents know of a pool's members. Who they are stands in the document, how much each can take in a named value: a change of
 * quota changes that value and no document.
 */
import type { EntrancePlan } from "../stacks/entrance.ts";
import { sorted } from "../stacks/order.ts";
import {
  accountMembers,
  type BalancedMemberPlan,
  type MemberPlan,
  type Plan,
  type PoolPlan,
  SUFFIX_LENGTH,
} from "../stacks/plan.ts";
import { csharp, type Element, namedValue, request } from "./language/index.ts";
import { state } from "./state.ts";

type Pool = Pick<PoolPlan, "id" | "members" | "retries">;

/** Stands for the entrance that balances, which is no account; where it balances in several priorities, with its set. */
const ENTRANCE = "*";
const nameOf = (member: MemberPlan, { members }: Pick<PoolPlan, "members">) => {
  if (member.via !== "balanced") return member.account;
  return members.filter(({ via }) => via === "balanced").length === 1 ? ENTRANCE : `${ENTRANCE}${member.set}`;
};

/** Named value of a pool: letters, digits, points, hyphens and underscores, as the deployment's name has. */
const weightsName = (deployment: string) => `weights-${deployment}`;

/** Without breakers no call is kept from a member for its size, and a document may have 16 KiB only: there the pool's weights stand in it. */
const weighsByName = ({ gateway }: Plan) => gateway.circuitBreaker;

/** One for each pool: what its members can take. */
export const weightValues = (plan: Plan) =>
  weighsByName(plan)
    ? plan.pools.map((pool) => ({ name: weightsName(pool.deployment), source: { value: weightsOf(pool, plan) }, secret: false }))
    : [];

/**
 * `eastus2 30000,swedencentral 60000,swedencentral-ptu -50`: by account, sorted, so that a priority changes nothing here: tokens per minute; of provisioned throughput its units, negative, for it
 * takes calls of any size. `*` is the entrance that balances: a call must fit the smallest of its accounts (`*all`, `*only-chat` where there are several).
 */
function weightsOf(pool: PoolPlan, plan: Plan): string {
  const accounts = sorted(accountMembers(pool), ({ account }) => account).map(({ account }) => {
    const { tpm, capacity } = deploymentIn(account, pool, plan);
    return { account, amount: tpm ?? -capacity };
  });
  const balanced = pool.members.flatMap((member) => {
    if (member.via !== "balanced" || !plan.entrance) return [];
    const there = setOf(member, plan.entrance).accounts;
    const smallest = Math.min(...there.map(({ account }) => deploymentIn(account, pool, plan).tpm ?? 0));
    return [{ account: nameOf(member, pool), amount: smallest }];
  });
  return [...accounts, ...balanced].map(({ account, amount }) => `${account} ${amount}`).join(",");
}

function deploymentIn(account: string, pool: PoolPlan, plan: Plan) {
  const deployments = plan.accounts.find(({ key }) => key === account)?.deployments ?? [];
  const deployment = deployments.find(({ name }) => name === pool.deployment);
  if (!deployment) throw new Error(`pool ${pool.id} has a member in account ${account}, which has no such deployment`);
  return deployment;
}

/** Sets `pool`, `members`, `retries` and, where members are weighed by name, `weights`. */
export function takeMembers(pool: Pool, deployment: string, plan: Plan): Element<"inbound">[] {
  return [
    state.pool.set(pool.id),
    state.members.set(describeMembers(pool, plan)),
    ...(weighsByName(plan) ? [state.weights.set(namedValue(weightsName(deployment)))] : []),
    state.retries.set(pool.retries),
  ];
}

/**
 * One entry for each member, separated by commas, and by `|` where a lower priority begins: `backend account mark`, the mark being the beginning of
 * the URLs that it is called by, as a regular expression. Without breakers `backend weight`.
 */
function describeMembers(pool: Pool, plan: Plan): string {
  const priorities = [...new Set(pool.members.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities
    .map((priority) =>
      pool.members
        .filter((member) => member.priority === priority)
        .map((member) =>
          weighsByName(plan)
            ? `${member.backendId} ${nameOf(member, pool)} ${markOf(member, plan)}`
            : `${member.backendId} ${member.weight}`,
        )
        .join(","),
    )
    .join("|");
}

/** Host and path. An account's host: its name, "-", the suffix, ".openai.azure.com". */
function markOf(member: MemberPlan, { accounts, entrance }: Plan): string {
  if (member.via === "direct") {
    const account = accounts.find(({ key }) => key === member.account);
    if (!account) throw new Error(`${member.backendId} is in the unknown account ${member.account}`);
    return `${account.name}-[a-z0-9]{${SUFFIX_LENGTH}}[.]`;
  }
  if (!entrance) throw new Error(`${member.backendId} is called through an entrance, and there is none`);
  return hostOf(entrance) + (member.via === "balanced" ? `${setOf(member, entrance).path}/openai/` : `/r/${member.account}/`);
}

/** Front Door gives its endpoint a host of its own making. */
const hostOf = (entrance: EntrancePlan) =>
  entrance.kind === "front-door" ? "[^/]+[.]azurefd[.]net" : entrance.host.replaceAll(".", "[.]");

function setOf({ set, backendId }: BalancedMemberPlan, { sets }: EntrancePlan) {
  const found = sets.find(({ key }) => key === set);
  if (!found) throw new Error(`${backendId} balances over the unknown set ${set}`);
  return found;
}

const weightOfAccount = csharp(
  "string",
)`(${state.weights.get()}.Split(',').FirstOrDefault(weight => weight.StartsWith(part[1] + " ", StringComparison.Ordinal)) ?? "x 0").Split(' ')[1]`;

/**
 * Puts what each member can take in place of its account. One that the named value does not have, because the two are not changed in the same moment,
 * counts as one that takes any size, and gets few calls.
 */
export const weigh = (plan: Plan) =>
  weighsByName(plan)
    ? [
        state.members.set(
          csharp(
            "string",
          )`string.Join("|", ${state.members.get()}.Split('|').Select(group => string.Join(",", group.Split(',').Select(member => member.Split(' ')).Select(part => part[0] + " " + ${weightOfAccount} + " " + part[2]))))`,
        ),
      ]
    : [];

/** The member whose URL was called. Empty for any other URL. Needs marks. */
export const memberCalled = csharp(
  "string",
)`${state.members.get()}.Split('|', ',').Select(member => member.Split(' ')).Where(part => Regex.IsMatch(${request.host.plus(request.path)}, "^" + part[2])).Select(part => part[0]).FirstOrDefault() ?? ""`;
