/**
 * The first character that no text of a stack may have, and where: control characters (also the line break that a block of YAML leaves at its end)
 * and what Unicode has no character for. Policies are XML, which lacks most of them, and Azure refuses the rest sooner or later.
 * @returns `U+000A (a line break) at character 5`; undefined when there is none
 */
export function unfit(text: string): string | undefined {
  const found = /[\p{Cc}\p{Cs}\ufffe\uffff\u2028\u2029]/u.exec(text);
  if (!found) return undefined;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const name = /[\n\r\u2028\u2029]/.test(found[0]) ? " (a line break)" : found[0] === "\t" ? " (a tab)" : "";
  return `U+${code}${name} at character ${[...text.slice(0, found.index)].length + 1}`;
}
