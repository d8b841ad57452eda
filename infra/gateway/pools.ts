import type { Resource } from "@pulumi/pulumi";
import { failures, TRIP_SECONDS } from "../../stacks/catalog/failures.ts";
import { everyPool, type MemberPlan, type Plan } from "../../stacks/plan.ts";
import { type Account, accountOf } from "../accounts.ts";
import { apimanagement } from "../azure.ts";
import { type Balancer, EVERY_CHECK } from "../topologies/balancer.ts";
import { type Service, SIDE_BY_SIDE } from "./service.ts";

/** Backends and pools of every model. A backend that two pools share is made once. */
export function pools(plan: Plan, service: Service, accounts: readonly Account[], balancer: Balancer): Resource[] {
  const { here } = service;
  const made = new Map<string, apimanagement.Backend>();
  const backend = (deployment: string, member: MemberPlan) => {
    const existing = made.get(member.backendId);
    if (existing) return existing;
    const reached = accountsBehind(plan, member).map((key) => accountOf(accounts, key));
    const resource = new apimanagement.Backend(
      `backend-${member.backendId}`,
      {
        ...here,
        backendId: member.backendId,
        title: titleOf(deployment, member),
        protocol: "http",
        url: balancer.url(member),
        tls: member.via === "direct" ? EVERY_CHECK : balancer.tls,
        // One backend per deployment in an account, each with its own breaker: quota is per region and model.
        circuitBreaker: plan.gateway.circuitBreaker ? breaker : undefined,
      },
      // A member joins when the way to it is open, its deployments stand and the gateway is allowed to call them.
      {
        ...SIDE_BY_SIDE,
        dependsOn: [
          ...reached.flatMap(({ plan: { key }, deployments }) => [
            deployments.get(deployment),
            ...(service.roles.get(key) ?? []),
          ]),
          ...(member.via === "direct" ? [] : balancer.ready),
        ].filter((resource) => resource !== undefined),
      },
    );
    made.set(member.backendId, resource);
    return resource;
  };
  const entities = everyPool(plan).map(
    ({ id, deployment, members }) =>
      new apimanagement.Backend(
        `backend-${id}`,
        {
          ...here,
          backendId: id,
          title: `${deployment} in every region`,
          type: "Pool",
          pool: {
            services: members.map((member) => ({
              id: backend(deployment, member).id,
              priority: member.priority,
              weight: member.weight,
            })),
          },
        },
        SIDE_BY_SIDE,
      ),
  );
  return [...entities, ...made.values()];
}

/** Keys of the accounts that a member's requests can end at. */
const accountsBehind = ({ entrance }: Plan, member: MemberPlan): string[] =>
  member.via === "balanced"
    ? (entrance?.sets.find(({ key }) => key === member.set)?.accounts ?? []).map(({ account }) => account)
    : [member.account];

function titleOf(deployment: string, member: MemberPlan): string {
  switch (member.via) {
    case "direct":
      return `${deployment} in ${member.account}`;
    case "steered":
      return `${deployment} in ${member.account}, through the entrance`;
    case "balanced":
      return `${deployment} where the entrance sends it`;
  }
}

/** Opens on the first failure of a kind that trips (failure table), for as long as the account asks. */
const breaker = {
  rules: [
    {
      name: "leave",
      failureCondition: {
        count: 1,
        interval: "PT1M",
        statusCodeRanges: failures
          .filter(({ trips }) => trips)
          .map(({ status }) => (typeof status === "number" ? { min: status, max: status } : { min: status[0], max: status[1] })),
      },
      tripDuration: `PT${TRIP_SECONDS}S`,
      acceptRetryAfter: true,
    },
  ],
};
