/**
 * Markdown in which text of others is text and nothing else. A branch's author chooses names, settings, warnings, faults and documents; in a comment
 * all of that stands in code, because there alone GitHub makes no markup, link, mention, reference, emoji or commit of it.
 */

/** Made by this file alone, so that what is not Markdown cannot pass for it. */
export class Markdown {
  readonly text: string;
  private constructor(text: string) {
    this.text = text;
  }
  /** Our own words, as they stand. */
  static ours(text: string): Markdown {
    return new Markdown(text);
  }
  toString(): string {
    return this.text;
  }
  toJSON(): string {
    return this.text;
  }
}

export const ours = Markdown.ours;

/** `` md`Account ${name} is deleted` ``: Markdown and numbers go in as they are, any other text in code. */
export function md(own: TemplateStringsArray, ...values: readonly (Markdown | number | string)[]): Markdown {
  const parts = values.map((value) =>
    value instanceof Markdown || typeof value === "number" ? String(value) : code(value).text,
  );
  return ours(own.map((text, index) => text + (parts[index] ?? "")).join(""));
}

export const joined = (parts: readonly Markdown[], between: string): Markdown =>
  ours(parts.map(({ text }) => text).join(between));

/** Controls, marks that turn or hide what follows, and letters without a shape. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const named = (character: string) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** GitHub's parser (cmark-gfm) takes no code between more than 80 backticks, and 255 close a block that more have opened. */
const MOST_BACKTICKS = 16;
const LONG_RUN = new RegExp(`\`{${MOST_BACKTICKS + 1},}`, "g");

/** What nobody can see is written out, and so are backticks that no fence can be longer than: `\u{202e}`. */
const seen = (text: string) =>
  text
    .replace(UNSEEN, named)
    .replace(LONG_RUN, (run) => `${run.slice(0, MOST_BACKTICKS)}${named("`").repeat(run.length - MOST_BACKTICKS)}`);

const cut = (text: string, most: number) => {
  const characters = Array.from(text);
  return characters.length > most ? `${characters.slice(0, most).join("")} ...` : text;
};

/** Characters of one text in a line. */
const LINE = 500;
/** Characters of one block. */
const BLOCK = 4000;

/** A text in one line, as code that it cannot end. A bar would end the cell of a table. */
export function code(text: string): Markdown {
  const line = cut(seen(text.replace(/\s+/g, " ")).replaceAll("|", named), LINE).trim();
  if (line === "") return ours("(empty)");
  const fence = "`".repeat(longestRun(line) + 1);
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return ours(`${fence}${pad}${line}${pad}${fence}`);
}

/** A text as code within HTML, where Markdown's code is none. */
export const htmlCode = (text: string): Markdown =>
  ours(
    `<code>${cut(seen(text.replace(/\s+/g, " ")), LINE).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)}</code>`,
  );

/** A text of several lines, in a fence that it cannot end. @param most  characters */
export function fenced(text: string, language: "diff" | "text", most = BLOCK): Markdown {
  const lines = text.replace(/\r\n?/g, "\n").trimEnd().split("\n");
  const shown = cut(lines.map((line) => line.split("\t").map(seen).join("\t")).join("\n"), most);
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return ours(`${fence}${language}\n${shown}\n${fence}`);
}

const longestRun = (text: string) => Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));

/** The beginning of a long comment: ends with a line, and closes what is open there. @param most  characters, without what closes */
export function beginning({ text }: Markdown, most: number): Markdown {
  const lines = text.slice(0, most).split("\n").slice(0, -1);
  let fence: string | undefined;
  let folded = 0;
  for (const line of lines) {
    const [, ticks] = /^[> -]*(`{3,})/.exec(line) ?? [];
    if (fence === undefined) {
      if (ticks !== undefined && !line.slice(line.indexOf(ticks) + ticks.length).includes("`")) fence = ticks;
      else if (line === "<details>") folded++;
      else if (line === "</details>") folded--;
    } else if (ticks === fence && /^[> ]*`+$/.test(line)) fence = undefined;
  }
  return ours([...lines, ...(fence === undefined ? [] : [fence]), ...Array(folded).fill("\n</details>")].join("\n"));
}
