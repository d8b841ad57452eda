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
  /** Aborted: nothing more is asked. */
  signal?: AbortSignal;
  /** Told of each answer. */
  onFound?(question: Question, found: Findings["answers"][string]): void;
}

export async function askAll(
  gateway: Gateway,
  clock: Clock,
  { only, frontDoor = false, signal, onFound }: Asking = {},
): Promise<Findings["answers"]> {
  const groups = groupsFor({ frontDoor });
  const answers: Findings["answers"] = {};
  const asked = ({ id }: Question) => only === undefined || only.includes(id);
  await Promise.all(
    groups.map(async ({ questions }) => {
      for (const question of questions.filter(asked)) {
        const asker = askerOf(gateway, clock, randomUUID(), signal);
        try {
          const found = await question.ask(asker);
          signal?.throwIfAborted();
          answers[question.id] = found;
          onFound?.(question, found);
        } catch (error) {
          if (signal?.aborted) throw error;
          // A call that got no answer at all tells nothing; the others are asked all the same.
          answers[question.id] = UNTOLD;
          onFound?.(question, UNTOLD);
        }
      }
    }),
  );
  // In the order of the questions, whoever was first.
  return Object.fromEntries(
    groups.flatMap(({ questions }) => questions.flatMap(({ id }) => (answers[id] ? [[id, answers[id]]] : []))),
  );
}
