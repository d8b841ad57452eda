/**
 * How much of a stack is looked at. What is larger is no stack that anybody wrote: it gets one sentence, at once, and nothing in it is judged.
 */

/** Bytes of a stack's file: a hundred times what 30 regions, 32 models and 2,000 consumers take. */
export const MOST_FILE_BYTES = 1024 * 1024;

/** Entries of a list or a map that has no limit of its own. */
export const MOST_ENTRIES = 100;

/** Characters of a text that has no limit of its own: the longest that Azure takes anywhere here are names of tags, 512. */
export const MOST_CHARACTERS = 1000;

/** Unknown keys of one map that are named one by one. */
export const MOST_UNKNOWN_KEYS = 20;

/** Faults that one message tells; how many more there are stands at its end. */
export const MOST_FAULTS = 25;

const figure = (value: number) => value.toLocaleString("en-US");

/**
 * Refuses what is too large to look at.
 * @param most  entries, where the list or map has a limit of its own
 * @returns     the rule that it breaks, the fix, and what of it is still read (nothing of a text); undefined for what is not too large
 */
export function tooLarge(value: unknown, most = MOST_ENTRIES): { rule: string; fix: string; rest: unknown } | undefined {
  if (typeof value === "string" && value.length > MOST_CHARACTERS)
    return {
      rule: `has ${figure(value.length)} characters; at most ${figure(MOST_CHARACTERS)} are possible.`,
      fix: "Shorten it.",
      rest: undefined,
    };
  if (typeof value !== "object" || value === null) return undefined;
  // Not its entries: a million keys are one list, a million entries are a million lists.
  const keys = Array.isArray(value) ? undefined : Object.keys(value);
  const count = keys?.length ?? (value as unknown[]).length;
  if (count <= most) return undefined;
  return {
    rule: `has ${figure(count)} entries; at most ${figure(most)} are possible.`,
    fix: `Leave out ${figure(count - most)}.`,
    rest: keys
      ? Object.fromEntries(keys.slice(0, most).map((key) => [key, (value as Record<string, unknown>)[key]]))
      : (value as unknown[]).slice(0, most),
  };
}
