/**
 * The stack of one run: the experiments of all questions, under names that nobody has had before.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { WantedStack } from "../../stacks/probe.ts";
import { DEPLOYMENT } from "./questions/account.ts";
import { QUESTIONS } from "./questions/index.ts";
import { MEMBERS } from "./questions/members.ts";

/** BasicV2 and the model are both sold here. */
export const LOCATION = "swedencentral";

/** What has to be known to take a run down, also by somebody who finds nothing but this. */
export type Names = Pick<WantedStack, "location" | "group" | "gateway" | "account" | "roleAssignment">;

export function newNames(location = LOCATION): Names {
  const suffix = randomBytes(5).toString("hex");
  return {
    location,
    group: `rg-aoai-probe-${suffix}`,
    gateway: `apim-aoai-probe-${suffix}`,
    account: `aoai-probe-${suffix}`,
    roleAssignment: randomUUID(),
  };
}

export const wantedStack = (names: Names): WantedStack => {
  const backends = QUESTIONS.flatMap((question) => question.backends ?? []);
  const isPool = ({ to }: (typeof backends)[number]) => typeof to === "object" && "pool" in to;
  return {
    ...names,
    deployment: DEPLOYMENT,
    backends: [...backends.filter((one) => !isPool(one)), ...backends.filter(isPool)],
    apis: [MEMBERS, ...QUESTIONS.flatMap((question) => question.apis ?? [])],
  };
};
