/**
 * Asks all questions, groups beside each other.
 */
import { randomUUID } from "node:crypto";
import type { Findings } from "./findings.ts";
import { askerOf, type Clock, type Gateway } from "./http.ts";
import { type Question, UNTOLD } from "./question.ts";
import { groupsFor } from "./questions/index.ts";

export interface Asking {
  /** Ids of questions; default: all. */
  only?: readonly string[];
  frontDoor?: boolean;
  /** Told of each answer. */
  onFound?(question: Question, found: Findings["answers"][string], failure?: unknown): void;
}

export async function askAll(
  gateway: Gateway,
  clock: Clock,
  { only, frontDoor = false, onFound }: Asking = {},
): Promise<Findings["answers"]> {
  const groups = groupsFor({ frontDoor });
  const answers: Findings["answers"] = {};
  const asked = ({ id }: Question) => only === undefined || only.includes(id);
  await Promise.all(
    groups.map(async ({ questions }) => {
      for (const question of questions.filter(asked)) {
        const asker = askerOf(gateway, clock, randomUUID());
        try {
          answers[question.id] = await question.ask(asker);
          onFound?.(question, answers[question.id] ?? UNTOLD);
        } catch (error) {
          // A call that got no answer at all tells nothing; the others are asked all the same.
          answers[question.id] = UNTOLD;
          onFound?.(question, UNTOLD, error);
        }
      }
    }),
  );
  // In the order of the questions, whoever was first.
  return Object.fromEntries(
    groups.flatMap(({ questions }) => questions.flatMap(({ id }) => (answers[id] ? [[id, answers[id]]] : []))),
  );
}
