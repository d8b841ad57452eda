/**
 * An order that does not depend on where something stands in a stack file: what Azure is told comes in it, so that entries which change places
 * change nothing. By code units, the same on every machine and in every language.
 */

/** A sorted copy; what has the same text stays as it was. */
export function sorted<T>(list: Iterable<T>, text: (item: T) => string): T[] {
  return [...list]
    .map((item) => ({ item, by: text(item) }))
    .sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0))
    .map(({ item }) => item);
}

/** The same for texts. */
export const inOrder = (texts: Iterable<string>): string[] => sorted(texts, (text) => text);
