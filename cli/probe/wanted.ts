/**
 * The stack of one run: the experiments of all questions, under names that nobody has had before.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { WantedStack } from "../../stacks/probe.ts";
import { DEPLOYMENT } from "./questions/account.ts";
import { questionsFor } from "./questions/index.ts";
import { MEMBERS } from "./questions/members.ts";

/** BasicV2 and the model are both sold here. */
export const LOCATION = "swedencentral";

/** What has to be known to take a run down, also by somebody who finds nothing but this. */
export type Names = Pick<WantedStack, "location" | "group" | "gateway" | "account" | "roleAssignment" | "frontDoor">;

/** @param shape  with a Front Door, which takes longer */
export function newNames(location = LOCATION, shape: { frontDoor?: boolean } = {}): Names {
  const suffix = randomBytes(5).toString("hex");
  return {
    location,
    group: `rg-aoai-probe-${suffix}`,
    gateway: `apim-aoai-probe-${suffix}`,
    account: `aoai-probe-${suffix}`,
    roleAssignment: randomUUID(),
    ...(shape.frontDoor && {
      frontDoor: { profile: `afd-aoai-probe-${suffix}`, endpoint: `aoai-probe-${suffix}`, firewall: `aoaiprobe${suffix}` },
    }),
  };
}

export const wantedStack = (names: Names): WantedStack => {
  const questions = questionsFor({ frontDoor: names.frontDoor !== undefined });
  const backends = questions.flatMap((question) => question.backends ?? []);
  const isPool = ({ to }: (typeof backends)[number]) => typeof to === "object" && "pool" in to;
  return {
    ...names,
    deployment: DEPLOYMENT,
    backends: [...backends.filter((one) => !isPool(one)), ...backends.filter(isPool)],
    apis: [MEMBERS, ...questions.flatMap((question) => question.apis ?? [])],
  };
};
