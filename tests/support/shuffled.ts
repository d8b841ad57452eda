/** The same settings, written in another order. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A deep copy in which the entries of every list, and the keys of every map, stand in an order that the seed decides. */
export function shuffled<T>(value: T, seed: number): T {
  const random = xoroshiro128plus(seed);
  const mixed = <Item>(list: readonly Item[]): Item[] => {
    const result = [...list];
    for (let at = result.length - 1; at > 0; at--) {
      const other = uniformInt(random, 0, at);
      [result[at], result[other]] = [result[other] as Item, result[at] as Item];
    }
    return result;
  };
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return mixed(value.map(copy));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(mixed(Object.entries(value)).map(([key, item]) => [key, copy(item)]));
  };
  return copy(value) as T;
}
