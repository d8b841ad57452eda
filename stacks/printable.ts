/** Texts of others as people may read them on a terminal: on one line, without what moves the cursor or turns the line around, not without end. */

/** Control characters, marks that change the direction of writing, line separators, halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * @param longest  characters (UTF-16) of the result, as far as it is shortened: what is above goes from the middle
 * @returns the text with unprintable characters written as in JSON: `a\u001b[2J`
 */
export function printable(text: string, longest = Number.POSITIVE_INFINITY): string {
  // Escapes make a text up to six times as long: what is cut anyway need not be escaped.
  const escaped = shortened(text, longest).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return shortened(escaped, longest);
}

function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const half = Math.floor((longest - 5) / 2);
  return `${text.slice(0, half).toWellFormed()} ... ${text.slice(-half).toWellFormed()}`;
}
