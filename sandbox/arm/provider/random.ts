/**
 * The provider "random" for RandomString, RandomPassword and RandomUuid. What was drawn lives in Pulumi's state alone: there is nothing to look up.
 * Not here: `bcryptHash` of a RandomPassword.
 */
import { randomInt, randomUUID } from "node:crypto";
import { detailedDiff, KIND, type Kind } from "./diff.ts";
import type { CheckRequest, Provider } from "./rpc.ts";
import { hasUnknown, type Properties, UNKNOWN } from "./values.ts";

const CHARACTERS = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
};
type Group = keyof typeof CHARACTERS;
const GROUPS = Object.keys(CHARACTERS) as Group[];
const minimumOf = (group: Group) => `min${group[0]?.toUpperCase()}${group.slice(1)}`;

/** All inputs of a string, with their defaults; a change of any of them draws anew. */
const STRING_INPUTS: Properties = {
  length: undefined,
  keepers: undefined,
  overrideSpecial: undefined,
  number: true,
  ...Object.fromEntries(GROUPS.flatMap((group) => [[group, true] as const, [minimumOf(group), 0] as const])),
};

interface Kindred {
  inputs: Properties;
  draw(inputs: Properties): { id: string; outputs: Properties };
  adopt(id: string): Properties;
}

const KINDS: Record<string, Kindred> = {
  "random:index/randomString:RandomString": {
    inputs: STRING_INPUTS,
    draw: (inputs) => {
      const result = text(inputs);
      return { id: result, outputs: { result } };
    },
    adopt: (id) => ({ result: id, length: id.length }),
  },
  "random:index/randomPassword:RandomPassword": {
    inputs: STRING_INPUTS,
    draw: (inputs) => ({ id: "none", outputs: { result: text(inputs) } }),
    adopt: (id) => ({ result: id, length: id.length }),
  },
  "random:index/randomUuid:RandomUuid": {
    inputs: { keepers: undefined },
    draw: () => {
      const result = randomUUID();
      return { id: result, outputs: { result } };
    },
    adopt: (id) => ({ result: id }),
  },
};

function kindOf(token: string): Kindred {
  const found = KINDS[token];
  if (!found) throw new Error(`Resource type ${token} not found: this local provider has ${Object.keys(KINDS).join(", ")}`);
  return found;
}

/** `length` characters, of each allowed group at least its minimum, in random order. */
function text(inputs: Properties): string {
  const allowed = GROUPS.filter((group) => inputs[group] !== false);
  const characters = (group: Group): string => (group === "special" && inputs.overrideSpecial) || CHARACTERS[group];
  const pick = (from: string) => from[randomInt(from.length)] as string;
  const drawn = allowed.flatMap((group) => Array.from({ length: inputs[minimumOf(group)] ?? 0 }, () => pick(characters(group))));
  const all = allowed.map(characters).join("");
  while (drawn.length < inputs.length) drawn.push(pick(all));
  for (let at = drawn.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [drawn[at], drawn[other]] = [drawn[other] as string, drawn[at] as string];
  }
  return drawn.join("");
}

function faults(inputs: Properties, kind: Kindred): { property: string; reason: string }[] {
  const found = Object.keys(inputs)
    .filter((name) => !(name in kind.inputs))
    .map((property) => ({ property, reason: `'${property}' is not an input of this resource` }));
  if (!("length" in kind.inputs) || hasUnknown(inputs)) return found;
  const { length } = inputs;
  const minimum = GROUPS.reduce((sum, group) => sum + (inputs[minimumOf(group)] ?? 0), 0);
  if (!Number.isInteger(length) || length < 1)
    found.push({ property: "length", reason: `expected a whole number of at least 1, got ${length}` });
  else if (minimum > length)
    found.push({ property: "length", reason: `must be at least the sum of the minima, ${minimum}, got ${length}` });
  if (GROUPS.every((group) => inputs[group] === false))
    found.push({ property: "lower", reason: "at least one group of characters must be allowed" });
  return found;
}

export function random(): Provider {
  return {
    configure() {},
    cancel() {},
    check({ type, news }: CheckRequest) {
      const kind = kindOf(type);
      const inputs = { ...Object.fromEntries(Object.entries(kind.inputs).filter(([, value]) => value !== undefined)), ...news };
      // Two names of one thing; the older one is `number`.
      if ("numeric" in kind.inputs) {
        const numeric = news.numeric ?? news.number ?? true;
        Object.assign(inputs, { numeric, number: numeric });
      }
      return { inputs, failures: faults(inputs, kind) };
    },
    diff({ type, oldInputs, news }) {
      const kind = kindOf(type);
      const detailed = new Map<string, Kind>();
      for (const [path, change] of detailedDiff(oldInputs, news, new Set(Object.keys(kind.inputs)))) {
        detailed.set(path, { [KIND.add]: KIND.addReplace, [KIND.delete]: KIND.deleteReplace }[change as number] ?? change);
      }
      return { detailed, deleteBeforeReplace: false };
    },
    async create({ type, inputs, preview }) {
      const kind = kindOf(type);
      if (preview) return { id: "", outputs: { ...inputs, result: UNKNOWN } };
      const { id, outputs } = kind.draw(inputs);
      return { id, outputs: { ...inputs, ...outputs } };
    },
    async read({ type, id, inputs, outputs }) {
      const kind = kindOf(type);
      if (inputs) return { id, inputs, outputs };
      const { result, ...adopted } = kind.adopt(id);
      const defaults = Object.fromEntries(Object.entries(kind.inputs).filter(([, value]) => value !== undefined));
      return { id, inputs: { ...defaults, ...adopted }, outputs: { ...defaults, ...adopted, result } };
    },
    // Every change replaces: an update has nothing to do.
    update: async ({ news, oldOutputs }) => ({ ...oldOutputs, ...news }),
    async delete() {},
    invoke(token) {
      throw new Error(`Invoke type ${token} not found: this local provider has no functions`);
    },
  };
}
