/**
 * Arrays, List, Dictionary, HashSet, Queue, Stack and LINQ. Queries are lazy, as in .NET: they run when enumerated, element by element.
 */

import { HeaderList } from "../../../http.ts";
import * as decimals from "../decimal.ts";
import { ranged } from "../json.ts";
import { declare, type Implementation, typed } from "../members.ts";
import { isValueType, STRING, type Type } from "../types.ts";
import {
  argument,
  argumentNull,
  array,
  badIndex,
  CsDecimal,
  CsDictionary,
  CsDouble,
  CsException,
  CsGroup,
  CsList,
  CsPair,
  CsQueue,
  CsSequence,
  CsSet,
  defaultOf,
  elements,
  equal,
  invalidCast,
  invalidOperation,
  isInstance,
  iterate,
  nullReference,
  type Out,
  outOfRange,
  tick,
  type Value,
} from "../values.ts";
import { compareValues } from "./primitives.ts";

type Fn = Implementation;
const GENERIC = "System.Collections.Generic";

declare("System.Collections", "interface", "IEnumerable", {});
declare(GENERIC, "interface", "IEnumerable<T> : IEnumerable", {});
declare(GENERIC, "interface", "IReadOnlyCollection<T> : IEnumerable<T>", { "int Count": (self) => count(self) });
declare(GENERIC, "interface", "ICollection<T> : IEnumerable<T>", {
  "int Count": (self) => count(self),
  "bool Contains(T item)": (self, item) => contains(self, item),
  "void Add(T item)": (self: CsList, item) => add(self, item),
});
declare(GENERIC, "interface", "IReadOnlyList<T> : IReadOnlyCollection<T>", {
  "T this[int index]": (self, i: number) => at(self, i),
});
declare(GENERIC, "interface", "IList<T> : ICollection<T>, IReadOnlyList<T>", {
  "T this[int index]": (self, i: number) => at(self, i),
  "set T this[int index]": (self, i: number, value) => put(self, i, value),
  "int IndexOf(T item)": (self, item) => elements(self).findIndex((other) => equal(item, other)),
});

function count(self: Value): number {
  if (self instanceof CsDictionary) return self.entries.size;
  if (self instanceof CsSet) return self.items.size;
  if (self instanceof HeaderList || self instanceof Map) return elements(self).length;
  return (Array.isArray(self) || self instanceof Uint8Array ? self : self.items).length;
}
const contains = (self: Value, item: Value): boolean =>
  self instanceof CsSet ? self.items.has(self.comparer(item)) : Iterator.from(iterate(self)).some((other) => equal(item, other));
function add(self: Value, item: Value): void {
  if (self instanceof CsSet) return void addToSet(self, item);
  if (!(self instanceof CsList)) throw new CsException("NotSupportedException", "Collection was of a fixed size.");
  tick();
  self.version++;
  self.items.push(item);
}
function at(self: Value, i: number): Value {
  if (Array.isArray(self) || self instanceof Uint8Array) {
    if (i < 0 || i >= self.length)
      throw new CsException("IndexOutOfRangeException", "Index was outside the bounds of the array.");
    return self[i];
  }
  if (i < 0 || i >= self.items.length) throw badIndex();
  return self.items[i];
}
function put(self: Value, i: number, value: Value): void {
  at(self, i);
  if (self instanceof CsList) {
    self.version++;
    self.items[i] = value;
  } else self[i] = value;
}

declare("System", "class", "Array<T> : IList<T>", {
  "int Length": (self) => self.length,
  "long LongLength": (self) => BigInt(self.length),
  "T this[int index]": at,
  "set T this[int index]": put,
});
declare("System", "class", "Array", {
  "static int IndexOf<T>(T[] array, T value)": (items, value) => elements(items).findIndex((other) => equal(value, other)),
  "static void Reverse<T>(T[] array)": (items: Value[]) => void items.reverse(),
  "static void Sort<T>(T[] array)": (items: Value[]) => void items.sort(compareValues),
  "static T Find<T>(T[] array, Predicate<T> match)": typed(
    (T) => (items: Value[], match: Fn) => items.find(match) ?? defaultOf(T),
  ),
  "static T[] FindAll<T>(T[] array, Predicate<T> match)": typed(
    (T) => (items: Value[], match: Fn) => array(items.filter(match), T),
  ),
  "static bool Exists<T>(T[] array, Predicate<T> match)": (items: Value[], match: Fn) => items.some(match),
  "static int FindIndex<T>(T[] array, Predicate<T> match)": (items: Value[], match: Fn) => items.findIndex(match),
  "static B[] ConvertAll<A, B>(A[] array, Converter<A, B> converter)": typed(
    (_, B) => (items: Value[], f: Fn) =>
      array(
        items.map((item) => f(item)),
        B,
      ),
  ),
});

const removeWhere = (list: CsList, match: Fn): number => {
  const kept = list.items.filter((item) => !match(item));
  const removed = list.items.length - kept.length;
  list.version++;
  list.items.splice(0, list.items.length, ...kept);
  return removed;
};
const change =
  (act: (list: CsList, ...args: Value[]) => Value): Fn =>
  (list: CsList, ...args: Value[]) => {
    list.version++;
    return act(list, ...args) ?? null;
  };
const inside = (list: CsList, i: number, most = list.items.length - 1) => {
  if (i < 0 || i > most) throw badIndex();
};
declare(GENERIC, "class", "List<T> : IList<T>", {
  "new() | new(int capacity)": typed((T) => () => new CsList([], T)),
  "new(IEnumerable<T> collection)": typed((T) => (source) => new CsList([...source_(source, "collection")], T)),
  "int Count": count,
  "T this[int index]": at,
  "set T this[int index]": put,
  "void Add(T item)": add,
  "void AddRange(IEnumerable<T> collection)": change((list, source) => void list.items.push(...source_(source, "collection"))),
  "void Insert(int index, T item)": change((list, i, item) => {
    if (i < 0 || i > list.items.length) throw outOfRange("index", "Index must be within the bounds of the List.");
    list.items.splice(i, 0, item);
  }),
  "bool Remove(T item)": change((list, item) => {
    const found = list.items.findIndex((other) => equal(item, other));
    if (found >= 0) list.items.splice(found, 1);
    return found >= 0;
  }),
  "void RemoveAt(int index)": change((list, i) => {
    inside(list, i);
    list.items.splice(i, 1);
  }),
  "int RemoveAll(Predicate<T> match)": removeWhere,
  "void RemoveRange(int index, int count)": change((list, i, n) => void list.items.splice(i, n)),
  "void Clear()": change((list) => void list.items.splice(0)),
  "void Reverse()": change((list) => void list.items.reverse()),
  "void Sort()": change((list) => void list.items.sort(compareValues)),
  "void Sort(Comparison<T> comparison)": change((list, compare) => void list.items.sort(compare)),
  "T Find(Predicate<T> match)": typed((T) => (list: CsList, match: Fn) => list.items.find((item) => match(item)) ?? defaultOf(T)),
  "List<T> FindAll(Predicate<T> match)": (list: CsList, match: Fn) =>
    new CsList(
      list.items.filter((item) => match(item)),
      list.of,
    ),
  "int FindIndex(Predicate<T> match)": (list: CsList, match: Fn) => list.items.findIndex((item) => match(item)),
  "bool Exists(Predicate<T> match)": (list: CsList, match: Fn) => list.items.some((item) => match(item)),
  "bool TrueForAll(Predicate<T> match)": (list: CsList, match: Fn) => list.items.every((item) => match(item)),
  "void ForEach(Action<T> action)": (list: CsList, action: Fn) => {
    for (const item of iterate(list)) action(item);
  },
  "List<T> GetRange(int index, int count)": (list: CsList, i: number, n: number) => {
    if (i < 0 || n < 0) throw outOfRange(i < 0 ? "index" : "count", "Non-negative number required.");
    if (i + n > list.items.length)
      throw argument(
        "Offset and length were out of bounds for the array or count is greater than the number of elements from index to the end of the source collection.",
      );
    return new CsList(list.items.slice(i, i + n), list.of);
  },
  "T[] ToArray()": typed((T) => (list: CsList) => array([...list.items], T)),
});

/** Name -> value of whatever C# sees as a read-only dictionary: headers and query (by any case), variables, parameters. */
function lookup(self: Value, name: Value): Value | undefined {
  if (self instanceof HeaderList) return self.has(name) ? array(self.all(name), STRING) : undefined;
  if (self instanceof Map) return self.get(name);
  if (self instanceof CsDictionary) return self.entries.get(self.comparer(name))?.value;
  return self.properties.get(name)?.value;
}
const key = <T>(name: T): T => {
  if (name === null) throw argumentNull("key");
  return name;
};
const get = (self: Value, name: Value): Value => {
  const found = lookup(self, key(name));
  if (found === undefined) throw new CsException("KeyNotFoundException", "The given key was not present in the dictionary.");
  return found;
};
const setEntry = (self: CsDictionary, name: Value, value: Value) => {
  tick();
  self.version++;
  const at = self.comparer(key(name));
  self.entries.set(at, new CsPair(self.entries.get(at)?.key ?? name, value));
};
const lookups = {
  "V this[K key]": get,
  "bool ContainsKey(K key)": (self: Value, name: Value) => lookup(self, key(name)) !== undefined,
  "bool TryGetValue(K key, out V value)": typed((_, V) => (self: Value, name: Value, out: Out) => {
    const found = lookup(self, key(name));
    out.set(found === undefined ? defaultOf(V) : found);
    return found !== undefined;
  }),
  "int Count": count,
};
const keysOf = (self: Value) => Array.from(iterate(self), (pair) => pair.key);
const valuesOf = (self: Value) => Array.from(iterate(self), (pair) => pair.value);
declare(GENERIC, "struct", "KeyValuePair<K, V>", {
  "new(K key, V value)": (k, v) => new CsPair(k, v),
  "K Key": (pair: CsPair) => pair.key,
  "V Value": (pair: CsPair) => pair.value,
});
declare(GENERIC, "interface", "IReadOnlyDictionary<K, V> : IReadOnlyCollection<KeyValuePair<K, V>>", {
  ...lookups,
  "IEnumerable<K> Keys": typed((K) => (self) => array(keysOf(self), K)),
  "IEnumerable<V> Values": typed((_, V) => (self) => array(valuesOf(self), V)),
});
declare(GENERIC, "interface", "IDictionary<K, V> : ICollection<KeyValuePair<K, V>>", {
  ...lookups,
  "set V this[K key]": setEntry,
  "void Add(K key, V value)": (self: CsDictionary, name, value) => addEntry(self, name, value),
  "bool Remove(K key)": (self: CsDictionary, name) => removeEntry(self, name),
  "ICollection<K> Keys": typed((K) => (self) => array(keysOf(self), K)),
  "ICollection<V> Values": typed((_, V) => (self) => array(valuesOf(self), V)),
});
const addEntry = (self: CsDictionary, name: Value, value: Value) => {
  if (lookup(self, key(name)) !== undefined) throw argument("An item with the same key has already been added.");
  setEntry(self, name, value);
};
const removeEntry = (self: CsDictionary, name: Value): boolean => {
  self.version++;
  return self.entries.delete(self.comparer(key(name)));
};
declare(GENERIC, "class", "Dictionary<K, V> : IDictionary<K, V>, IReadOnlyDictionary<K, V>", {
  "new() | new(int capacity)": typed((K, V) => () => new CsDictionary([K, V])),
  "new(IEqualityComparer<K> comparer)": typed((K, V) => (comparer) => new CsDictionary([K, V], comparer?.key)),
  "new(IDictionary<K, V> dictionary) | new(IDictionary<K, V> dictionary, IEqualityComparer<K> comparer)": typed(
    (K, V) => (source, comparer) => {
      const made = new CsDictionary([K, V], comparer?.key);
      for (const pair of source_(source, "dictionary")) addEntry(made, pair.key, pair.value);
      return made;
    },
  ),
  ...lookups,
  "set V this[K key]": setEntry,
  "void Add(K key, V value)": addEntry,
  "bool Remove(K key)": removeEntry,
  "bool ContainsValue(V value)": (self: CsDictionary, value) => valuesOf(self).some((other) => equal(value, other)),
  "void Clear()": (self: CsDictionary) => {
    self.version++;
    self.entries.clear();
  },
  "ICollection<K> Keys": typed((K) => (self) => array(keysOf(self), K)),
  "ICollection<V> Values": typed((_, V) => (self) => array(valuesOf(self), V)),
});

function addToSet(self: CsSet, item: Value): boolean {
  const at = self.comparer(item);
  if (self.items.has(at)) return false;
  tick();
  self.version++;
  self.items.set(at, item);
  return true;
}
declare(GENERIC, "interface", "ISet<T> : ICollection<T>", {});
declare(GENERIC, "class", "HashSet<T> : ISet<T>, IReadOnlyCollection<T>", {
  "new()": typed((T) => () => new CsSet(T)),
  "new(IEqualityComparer<T> comparer)": typed((T) => (comparer) => new CsSet(T, comparer?.key)),
  "new(IEnumerable<T> collection) | new(IEnumerable<T> collection, IEqualityComparer<T> comparer)": typed(
    (T) => (source, comparer) => {
      const made = new CsSet(T, comparer?.key);
      for (const item of source_(source, "collection")) addToSet(made, item);
      return made;
    },
  ),
  "int Count": count,
  "bool Add(T item)": addToSet,
  "bool Contains(T item)": contains,
  "bool Remove(T item)": (self: CsSet, item) => {
    self.version++;
    return self.items.delete(self.comparer(item));
  },
  "void Clear()": (self: CsSet) => {
    self.version++;
    self.items.clear();
  },
  "void UnionWith(IEnumerable<T> other)": (self: CsSet, other) => {
    for (const item of source_(other, "other")) addToSet(self, item);
  },
  "bool Overlaps(IEnumerable<T> other)": (self: CsSet, other) =>
    Iterator.from(source_(other, "other")).some((item) => contains(self, item)),
});

const queueEmpty = (name: string) => invalidOperation(`${name} empty.`);
declare(GENERIC, "class", "Queue<T> : IEnumerable<T>", {
  "new()": typed((T) => () => new CsQueue("Queue", [], T)),
  "new(IEnumerable<T> collection)": typed((T) => (source) => new CsQueue("Queue", [...source_(source, "collection")], T)),
  "int Count": (self: CsQueue) => self.items.length,
  "void Enqueue(T item)": (self: CsQueue, item) => {
    tick();
    self.items.push(item);
  },
  "T Dequeue()": (self: CsQueue) => {
    if (self.items.length === 0) throw queueEmpty("Queue");
    return self.items.shift();
  },
  "T Peek()": (self: CsQueue) => {
    if (self.items.length === 0) throw queueEmpty("Queue");
    return self.items[0];
  },
});
declare(GENERIC, "class", "Stack<T> : IEnumerable<T>", {
  "new()": typed((T) => () => new CsQueue("Stack", [], T)),
  "int Count": (self: CsQueue) => self.items.length,
  "void Push(T item)": (self: CsQueue, item) => {
    tick();
    self.items.push(item);
  },
  "T Pop()": (self: CsQueue) => {
    if (self.items.length === 0) throw queueEmpty("Stack");
    return self.items.pop();
  },
  "T Peek()": (self: CsQueue) => {
    if (self.items.length === 0) throw queueEmpty("Stack");
    return self.items.at(-1);
  },
});

// ---- LINQ ----

const source_ = (value: Value, name = "source"): Iterable<Value> => {
  if (value === null) throw argumentNull(name);
  return iterate(value);
};
/** A lazy query over a source. */
const query = (value: Value, make: (items: Iterable<Value>) => Iterable<Value>): CsSequence => {
  if (value === null) throw argumentNull("source");
  return new CsSequence(() => make(counted(iterate(value))));
};
/** The source, when the second sequence is there too. */
const both = (source: Value, second: Value): Value => {
  if (source !== null && second === null) throw argumentNull("second");
  return source;
};
function* counted(items: Iterable<Value>) {
  for (const item of items) {
    tick();
    yield item;
  }
}
const noElements = () => invalidOperation("Sequence contains no elements");
const noMatch = () => invalidOperation("Sequence contains no matching element");
const always = () => true;

function first(source: Value, match: Fn = always): Value | undefined {
  for (const item of source_(source)) {
    tick();
    if (match(item)) return { item };
  }
  return undefined;
}
function last(source: Value, match: Fn = always): Value | undefined {
  let found: Value | undefined;
  for (const item of source_(source)) if (match(item)) found = { item };
  return found;
}
function single(source: Value, match: Fn = always): Value | undefined {
  let found: Value | undefined;
  for (const item of source_(source)) {
    if (!match(item)) continue;
    if (found)
      throw invalidOperation(
        match === always ? "Sequence contains more than one element" : "Sequence contains more than one matching element",
      );
    found = { item };
  }
  return found;
}
type Pick = (source: Value, match?: Fn) => Value | undefined;
const must =
  (pick: Pick): Fn =>
  (source, match?: Fn) => {
    const found = pick(source, match);
    if (!found) throw match ? noMatch() : noElements();
    return found.item;
  };
const maybe = (pick: Pick) =>
  typed((T) => (source, match?: Fn) => {
    const found = pick(source, match);
    return found ? found.item : defaultOf(T);
  });
const picking = (name: string) =>
  `static T ${name}<T>(this IEnumerable<T> source) | static T ${name}<T>(this IEnumerable<T> source, Func<T, bool> predicate)`;

/** Orders by several keys; stable. */
class Ordered extends CsSequence {
  readonly source: Value;
  readonly compare: (a: Value, b: Value) => number;
  constructor(source: Value, compare: (a: Value, b: Value) => number) {
    super(() => [...counted(iterate(source))].sort(compare));
    this.source = source;
    this.compare = compare;
  }
}
const by = (key: Fn, sign: number, comparer?: Value) => (a: Value, b: Value) =>
  sign * (comparer?.compare ?? compareValues)(key(a), key(b));
const orderBy =
  (sign: number): Fn =>
  (source, key: Fn, comparer?: Value) => {
    if (source === null) throw argumentNull("source");
    return new Ordered(source, by(key, sign, comparer));
  };
const thenBy =
  (sign: number): Fn =>
  (source: Ordered, key: Fn, comparer?: Value) => {
    const next = by(key, sign, comparer);
    return new Ordered(source.source, (a, b) => source.compare(a, b) || next(a, b));
  };
const ordering = (name: string, from: string) =>
  `static IOrderedEnumerable<T> ${name}<T, K>(this ${from}<T> source, Func<T, K> keySelector) | static IOrderedEnumerable<T> ${name}<T, K>(this ${from}<T> source, Func<T, K> keySelector, IComparer<K> comparer)`;
declare("System.Linq", "interface", "IOrderedEnumerable<T> : IEnumerable<T>", {});
declare("System.Linq", "interface", "IGrouping<K, T> : IEnumerable<T>", { "K Key": (group: CsGroup) => group.key });

function group(source: Value, key: Fn, pick: Fn = (item) => item): CsGroup[] {
  const groups = new CsDictionary();
  const nullKey = {};
  for (const item of source_(source)) {
    tick();
    const name = key(item);
    const at = groups.comparer(name ?? nullKey);
    let found = groups.entries.get(at);
    if (!found) {
      found = new CsPair(name, new CsGroup(name));
      groups.entries.set(at, found);
    }
    found.value.items.push(pick(item));
  }
  return valuesOf(groups);
}

type Arithmetic = { zero: Value; add(a: Value, b: Value): Value; mean(sum: Value, count: number): Value };
const double = (v: number) => new CsDouble(v);
const ARITHMETIC: Record<string, Arithmetic> = {
  int: { zero: 0, add: (a, b) => checked(BigInt(a) + BigInt(b), "int"), mean: (sum, n) => double(Number(sum) / n) },
  long: { zero: 0n, add: (a, b) => checked(a + b, "long"), mean: (sum, n) => double(Number(sum) / n) },
  double: { zero: double(0), add: (a, b) => double(a.v + b.v), mean: (sum, n) => double(sum.v / n) },
  decimal: { zero: new CsDecimal(0n), add: decimals.add, mean: (sum, n) => decimals.divide(sum, decimals.of(n)) },
};
function checked(value: bigint, name: string): Value {
  try {
    return ranged(value, name);
  } catch {
    throw new CsException("OverflowException", "Arithmetic operation resulted in an overflow.");
  }
}
const sums: Record<string, Implementation> = {};
for (const [name, arithmetic] of Object.entries(ARITHMETIC)) {
  const mean = name === "decimal" ? "decimal" : "double";
  const sum = (source: Value, pick: Fn = (item) => item) => {
    let total = arithmetic.zero;
    for (const item of source_(source)) {
      tick();
      total = arithmetic.add(total, pick(item));
    }
    return total;
  };
  const average = (source: Value, pick?: Fn) => {
    const items = [...source_(source)];
    if (items.length === 0) throw noElements();
    // An average of ints is summed as long.
    const wide = name === "int" ? (ARITHMETIC.long as Arithmetic) : arithmetic;
    const values = items.map((item) => (pick ? pick(item) : item)).map((value) => (name === "int" ? BigInt(value) : value));
    return wide.mean(values.reduce(wide.add, wide.zero), items.length);
  };
  sums[
    `static ${name} Sum(this IEnumerable<${name}> source) | static ${name} Sum<T>(this IEnumerable<T> source, Func<T, ${name}> selector)`
  ] = sum;
  sums[
    `static ${mean} Average(this IEnumerable<${name}> source) | static ${mean} Average<T>(this IEnumerable<T> source, Func<T, ${name}> selector)`
  ] = average;
}
const extreme = (sign: number) =>
  typed((...types: Type[]) => (source: Value, pick: Fn = (item) => item) => {
    let best: Value;
    let seen = false;
    for (const item of source_(source)) {
      tick();
      const value = pick(item);
      if (value === null) continue;
      if (!seen || sign * compareValues(value, best) > 0) best = value;
      seen = true;
    }
    if (!seen && isValueType(types.at(-1) as Type)) throw noElements();
    return seen ? best : null;
  });
const extremes = (name: string) =>
  `static T ${name}<T>(this IEnumerable<T> source) | static R ${name}<T, R>(this IEnumerable<T> source, Func<T, R> selector)`;
const comparing = (name: string, returns: string) =>
  `static ${returns} ${name}<T>(this IEnumerable<T> source, IEnumerable<T> second) | static ${returns} ${name}<T>(this IEnumerable<T> source, IEnumerable<T> second, IEqualityComparer<T> comparer)`;

declare("System.Linq", "static", "Enumerable", {
  "static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, bool> predicate)": (source, match: Fn) =>
    query(source, function* (items) {
      for (const item of items) if (match(item)) yield item;
    }),
  "static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, int, bool> predicate)": (source, match: Fn) =>
    query(source, function* (items) {
      let i = 0;
      for (const item of items) if (match(item, i++)) yield item;
    }),
  "static IEnumerable<R> Select<T, R>(this IEnumerable<T> source, Func<T, R> selector) | static IEnumerable<R> Select<T, R>(this IEnumerable<T> source, Func<T, int, R> selector)":
    (source, pick: Fn) =>
      query(source, function* (items) {
        let i = 0;
        for (const item of items) yield pick(item, i++);
      }),
  "static IEnumerable<R> SelectMany<T, R>(this IEnumerable<T> source, Func<T, IEnumerable<R>> selector)": (source, pick: Fn) =>
    query(source, function* (items) {
      for (const item of items) yield* iterate(pick(item));
    }),
  "static bool Any<T>(this IEnumerable<T> source) | static bool Any<T>(this IEnumerable<T> source, Func<T, bool> predicate)": (
    source,
    match?: Fn,
  ) => first(source, match) !== undefined,
  "static bool All<T>(this IEnumerable<T> source, Func<T, bool> predicate)": (source, match: Fn) => {
    for (const item of source_(source)) if (!match(item)) return false;
    return true;
  },
  "static int Count<T>(this IEnumerable<T> source) | static int Count<T>(this IEnumerable<T> source, Func<T, bool> predicate)": (
    source,
    match: Fn = always,
  ) => {
    let n = 0;
    for (const item of counted(source_(source))) if (match(item)) n++;
    return n;
  },
  "static long LongCount<T>(this IEnumerable<T> source)": (source) => BigInt([...source_(source)].length),
  [picking("First")]: must(first),
  [picking("Last")]: must(last),
  [picking("Single")]: must(single),
  [picking("FirstOrDefault")]: maybe(first),
  [picking("LastOrDefault")]: maybe(last),
  [picking("SingleOrDefault")]: maybe(single),
  "static T ElementAt<T>(this IEnumerable<T> source, int index)": (source, i: number) => {
    const items = [...source_(source)];
    if (i < 0 || i >= items.length) throw badIndex();
    return items[i];
  },
  "static T ElementAtOrDefault<T>(this IEnumerable<T> source, int index)": typed((T) => (source, i: number) => {
    const items = [...source_(source)];
    return i < 0 || i >= items.length ? defaultOf(T) : items[i];
  }),
  "static bool Contains<T>(this IEnumerable<T> source, T value)": (source, value) => {
    if (source === null) throw argumentNull("source");
    return contains(source, value);
  },
  "static bool Contains<T>(this IEnumerable<T> source, T value, IEqualityComparer<T> comparer)": (source, value, comparer) =>
    Iterator.from(source_(source)).some((other) => comparer.key(other) === comparer.key(value)),
  "static T[] ToArray<T>(this IEnumerable<T> source)": typed((T) => (source) => {
    const items = [...counted(source_(source))];
    return T.name === "byte" ? Uint8Array.from(items) : array(items, T);
  }),
  "static List<T> ToList<T>(this IEnumerable<T> source)": typed((T) => (source) => new CsList([...counted(source_(source))], T)),
  "static Dictionary<K, T> ToDictionary<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)": typed(
    (T, K) => (source, name: Fn) => {
      const made = new CsDictionary([K, T]);
      for (const item of source_(source)) addEntry(made, name(item), item);
      return made;
    },
  ),
  "static Dictionary<K, V> ToDictionary<T, K, V>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, V> elementSelector) | static Dictionary<K, V> ToDictionary<T, K, V>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, V> elementSelector, IEqualityComparer<K> comparer)":
    typed((_, K, V) => (source, name: Fn, value: Fn, comparer) => {
      const made = new CsDictionary([K, V], comparer?.key);
      for (const item of source_(source)) addEntry(made, name(item), value(item));
      return made;
    }),
  [ordering("OrderBy", "IEnumerable")]: orderBy(1),
  [ordering("OrderByDescending", "IEnumerable")]: orderBy(-1),
  [ordering("ThenBy", "IOrderedEnumerable")]: thenBy(1),
  [ordering("ThenByDescending", "IOrderedEnumerable")]: thenBy(-1),
  "static IEnumerable<IGrouping<K, T>> GroupBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector) | static IEnumerable<IGrouping<K, E>> GroupBy<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector)":
    (source, name: Fn, pick?: Fn) => {
      if (source === null) throw argumentNull("source");
      return new CsSequence(() => group(source, name, pick));
    },
  "static IEnumerable<T> Distinct<T>(this IEnumerable<T> source) | static IEnumerable<T> Distinct<T>(this IEnumerable<T> source, IEqualityComparer<T> comparer)":
    (source, comparer?: Value) =>
      query(source, function* (items) {
        const seen = new CsSet(undefined, comparer?.key);
        for (const item of items) if (addToSet(seen, item)) yield item;
      }),
  [comparing("Union", "IEnumerable<T>")]: (source, second, comparer?: Value) =>
    query(both(source, second), function* (items) {
      const seen = new CsSet(undefined, comparer?.key);
      for (const part of [items, source_(second, "second")]) for (const item of part) if (addToSet(seen, item)) yield item;
    }),
  [comparing("Intersect", "IEnumerable<T>")]: (source, second, comparer?: Value) =>
    query(both(source, second), function* (items) {
      const wanted = new CsSet(undefined, comparer?.key);
      for (const item of source_(second, "second")) addToSet(wanted, item);
      for (const item of items) if (wanted.items.delete(wanted.comparer(item))) yield item;
    }),
  [comparing("Except", "IEnumerable<T>")]: (source, second, comparer?: Value) =>
    query(both(source, second), function* (items) {
      const seen = new CsSet(undefined, comparer?.key);
      for (const item of source_(second, "second")) addToSet(seen, item);
      for (const item of items) if (addToSet(seen, item)) yield item;
    }),
  [comparing("SequenceEqual", "bool")]: (source, second) => {
    const [a, b] = [[...source_(source)], [...source_(second, "second")]];
    return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  },
  "static IEnumerable<T> Concat<T>(this IEnumerable<T> source, IEnumerable<T> second)": (source, second) =>
    query(both(source, second), function* (items) {
      yield* items;
      yield* source_(second, "second");
    }),
  "static IEnumerable<T> Skip<T>(this IEnumerable<T> source, int count)": (source, n: number) =>
    query(source, function* (items) {
      let i = 0;
      for (const item of items) if (i++ >= n) yield item;
    }),
  "static IEnumerable<T> Take<T>(this IEnumerable<T> source, int count)": (source, n: number) =>
    query(source, function* (items) {
      if (n <= 0) return;
      let i = 0;
      for (const item of items) {
        yield item;
        if (++i >= n) return;
      }
    }),
  "static IEnumerable<T> SkipWhile<T>(this IEnumerable<T> source, Func<T, bool> predicate)": (source, match: Fn) =>
    query(source, function* (items) {
      let skipping = true;
      for (const item of items) {
        skipping &&= match(item);
        if (!skipping) yield item;
      }
    }),
  "static IEnumerable<T> TakeWhile<T>(this IEnumerable<T> source, Func<T, bool> predicate)": (source, match: Fn) =>
    query(source, function* (items) {
      for (const item of items) {
        if (!match(item)) return;
        yield item;
      }
    }),
  "static IEnumerable<T> Reverse<T>(this IEnumerable<T> source)": (source) => query(source, (items) => [...items].reverse()),
  "static IEnumerable<T> DefaultIfEmpty<T>(this IEnumerable<T> source)": typed(
    (T) => (source) =>
      query(source, function* (items) {
        let empty = true;
        for (const item of items) {
          empty = false;
          yield item;
        }
        if (empty) yield defaultOf(T);
      }),
  ),
  "static IEnumerable<T> DefaultIfEmpty<T>(this IEnumerable<T> source, T defaultValue)": (source, fallback) =>
    query(source, function* (items) {
      let empty = true;
      for (const item of items) {
        empty = false;
        yield item;
      }
      if (empty) yield fallback;
    }),
  "static IEnumerable<R> Zip<A, B, R>(this IEnumerable<A> source, IEnumerable<B> second, Func<A, B, R> resultSelector)": (
    source,
    second,
    pick: Fn,
  ) =>
    query(source, function* (items) {
      const others = Iterator.from(source_(second, "second"));
      for (const item of items) {
        const other = others.next();
        if (other.done) return;
        yield pick(item, other.value);
      }
    }),
  "static T Aggregate<T>(this IEnumerable<T> source, Func<T, T, T> func)": (source, join: Fn) => {
    const items = [...counted(source_(source))];
    if (items.length === 0) throw noElements();
    return items.reduce((a, b) => join(a, b));
  },
  "static A Aggregate<T, A>(this IEnumerable<T> source, A seed, Func<A, T, A> func)": (source, seed, join: Fn) =>
    [...counted(source_(source))].reduce((a, b) => join(a, b), seed),
  ...sums,
  [extremes("Max")]: extreme(1),
  [extremes("Min")]: extreme(-1),
  "static IEnumerable<T> Cast<T>(this IEnumerable source)": typed(
    (T) => (source) =>
      query(source, function* (items) {
        for (const item of items) {
          if (item === null && isValueType(T)) throw nullReference();
          if (item !== null && !isInstance(item, T)) throw invalidCast();
          yield item;
        }
      }),
  ),
  "static IEnumerable<T> OfType<T>(this IEnumerable source)": typed(
    (T) => (source) =>
      query(source, function* (items) {
        for (const item of items) if (isInstance(item, T)) yield item;
      }),
  ),
  "static IEnumerable<T> AsEnumerable<T>(this IEnumerable<T> source)": (source) => source,
  "static IEnumerable<int> Range(int start, int count)": (start: number, n: number) => {
    if (n < 0 || start + n - 1 > 2147483647) throw outOfRange("count");
    return new CsSequence(function* () {
      for (let i = 0; i < n; i++) {
        tick();
        yield start + i;
      }
    });
  },
  "static IEnumerable<T> Repeat<T>(T element, int count)": (item, n: number) => {
    if (n < 0) throw outOfRange("count");
    return new CsSequence(function* () {
      for (let i = 0; i < n; i++) {
        tick();
        yield item;
      }
    });
  },
  "static IEnumerable<T> Empty<T>()": typed((T) => () => array([], T)),
});
