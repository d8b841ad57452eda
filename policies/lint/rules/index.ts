/** Every rule, in the order of the docs. */
import type { Rule } from "../rule.ts";
import { balancing } from "./balancing.ts";
import { elements } from "./elements.ts";
import { expressions } from "./expressions.ts";
import { secrets } from "./secrets.ts";
import { slips } from "./slips.ts";
import { structure } from "./structure.ts";

export const groups: readonly { title: string; rules: readonly Rule[] }[] = [
  { title: "Pools, retries, streams", rules: balancing },
  { title: "Keys and callers", rules: secrets },
  { title: "Expressions", rules: [...expressions, ...slips] },
  { title: "Structure", rules: structure },
  { title: "Elements and attributes", rules: elements },
];
export const rules: readonly Rule[] = groups.flatMap((group) => group.rules);
