/**
 * What changed between two sets of inputs, property by property, and what follows from it; the way azure-native does it.
 */
import { isObject, type Properties } from "./values.ts";

/** Kinds as Pulumi's provider protocol numbers them. */
export const KIND = { add: 0, addReplace: 1, delete: 2, deleteReplace: 3, update: 4, updateReplace: 5 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

const REPLACING: Record<number, Kind> = {
  [KIND.add]: KIND.addReplace,
  [KIND.delete]: KIND.deleteReplace,
  [KIND.update]: KIND.updateReplace,
};

export const replaces = (kind: Kind): boolean =>
  kind === KIND.addReplace || kind === KIND.deleteReplace || kind === KIND.updateReplace;

export function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, at) => equal(item, b[at]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}

/** `West US 2` and `westus2` are the same place. */
export const placeOf = (location: string): string => location.toLowerCase().replaceAll(" ", "");

/**
 * Property path -> kind of change. `replaceOn` names top-level inputs whose change replaces the resource.
 */
export function detailedDiff(before: Properties, after: Properties, replaceOn: ReadonlySet<string>): Map<string, Kind> {
  const found = new Map<string, Kind>();
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[key], after[key]];
    if (key === "location" && typeof old === "string" && typeof now === "string" && placeOf(old) === placeOf(now)) continue;
    const inside = new Map<string, Kind>();
    compare(key, old, now, inside);
    for (const [path, kind] of inside) {
      // Of what lies deeper, only a change of value counts.
      const counts = replaceOn.has(key) && (path === key || kind === KIND.update);
      found.set(path, counts ? (REPLACING[kind] ?? kind) : kind);
    }
  }
  return found;
}

function compare(path: string, old: unknown, now: unknown, found: Map<string, Kind>): void {
  if (equal(old, now)) return;
  if (old === undefined) found.set(path, KIND.add);
  else if (now === undefined) found.set(path, KIND.delete);
  else if (Array.isArray(old) && Array.isArray(now)) {
    for (let at = 0; at < Math.max(old.length, now.length); at++) compare(`${path}[${at}]`, old[at], now[at], found);
  } else if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) compare(`${path}.${key}`, old[key], now[key], found);
  } else found.set(path, KIND.update);
}

/**
 * Carries what changed between two readings of a resource over to the inputs: what the server merely added stays out of them, what was really changed gets in.
 */
export function carryOver(inputs: Properties, before: Properties, now: Properties): Properties {
  const result: Properties = { ...inputs };
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    if (equal(before[key], now[key])) continue;
    if (!(key in now)) delete result[key];
    else result[key] = key in inputs && key in before ? carryValue(inputs[key], before[key], now[key]) : now[key];
  }
  return result;
}

function carryValue(input: unknown, before: unknown, now: unknown): unknown {
  if (isObject(input) && isObject(before) && isObject(now)) return carryOver(input, before, now);
  if (Array.isArray(input) && Array.isArray(before) && Array.isArray(now)) {
    return now.map((item, at) => (at < input.length && at < before.length ? carryValue(input[at], before[at], item) : item));
  }
  return now;
}
