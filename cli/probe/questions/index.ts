import type { Group } from "../question.ts";
import { ACCOUNT } from "./account.ts";
import { BODIES, LIMITS, LONG } from "./bodies.ts";
import { CALLERS } from "./callers.ts";
import { FRONT_DOOR } from "./front-door.ts";
import { BREAKERS, LATER, POOLS, RETRY_AFTER } from "./pools.ts";
import { RETRY } from "./retry.ts";

export const GROUPS: readonly Group[] = [
  RETRY,
  BREAKERS,
  RETRY_AFTER,
  LATER,
  POOLS,
  CALLERS,
  BODIES,
  LONG,
  LIMITS,
  ACCOUNT,
  FRONT_DOOR,
];
export const QUESTIONS = GROUPS.flatMap(({ questions }) => questions);

export const groupsFor = ({ frontDoor }: { frontDoor: boolean }) => GROUPS.filter((group) => frontDoor || !group.needsFrontDoor);
export const questionsFor = (shape: { frontDoor: boolean }) => groupsFor(shape).flatMap(({ questions }) => questions);
