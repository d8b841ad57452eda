/** Levenshtein distance, where a swap of two neighbours also counts as one edit. */
function edits(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(a.length, b.length);
}

/** Case, spaces and punctuation do not count: "Sweden Central" is a good guess at "swedencentral". */
const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/**
 * What somebody probably meant.
 * @returns the known name with the fewest edits, if they are at most a third of its length; undefined when nothing is close
 */
export function nearest(text: string, known: Iterable<string>): string | undefined {
  // Far beyond every known name: no use comparing a whole document.
  if (text.length > 100) return undefined;
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    const distance = edits(plain(text), plain(name));
    if (distance <= Math.max(1, Math.floor(name.length / 3)) && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { name, distance };
  }
  return best?.name;
}

/** `Did you mean "x"?`, else the whole choice: `Choose a, b or c.` */
export function choice(text: unknown, known: readonly string[]): string {
  const meant = typeof text === "string" ? nearest(text, known) : undefined;
  return meant !== undefined ? `Did you mean "${meant}"?` : `Choose ${listed(known, "or")}.`;
}

/** `a, b or c` */
export function listed(items: readonly string[], word: "and" | "or" = "and"): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} ${word} ${items.at(-1)}`;
}
