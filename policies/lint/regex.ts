/**
 * Whether a .NET regular expression can take longer than its text is long. Careful rather than complete: what it passes needs time in proportion to
 * the text; what it finds may still be quick on the texts that come.
 */

/** Characters as a set of codes up to 127; 128 stands for all others. */
type Characters = ReadonlySet<number>;
type Part =
  | { kind: "characters"; of: Characters }
  | { kind: "start" | "other" }
  | { kind: "group"; alternatives: readonly (readonly Part[])[] }
  | { kind: "repeat"; of: Part; min: number; unbounded: boolean };

const ALL: Characters = new Set(Array.from({ length: 129 }, (_, i) => i));
const where = (fits: (text: string) => boolean, others: boolean): Characters =>
  new Set([...ALL].filter((code) => (code === 128 ? others : fits(String.fromCharCode(code)))));
const without = (set: Characters): Characters => new Set([...ALL].filter((code) => code === 128 || !set.has(code)));
const CLASSES: Readonly<Record<string, Characters>> = {
  d: where((c) => /\d/.test(c), true),
  D: without(where((c) => /\d/.test(c), false)),
  w: where((c) => /\w/.test(c), true),
  W: without(where((c) => /\w/.test(c), false)),
  s: where((c) => /\s/.test(c), true),
  S: without(where((c) => /\s/.test(c), false)),
};
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v", "0": "\0" };

/** What can be slow about it, or undefined. */
export function slow(pattern: string): { exponential: boolean; message: string } | undefined {
  const reader = new Reader(pattern);
  const whole = reader.alternatives();
  if (!reader.isRead) return undefined;
  for (const sequence of whole) {
    if (nested(sequence)) return { exponential: true, message: "a repetition inside a repetition: it can take exponential time" };
  }
  for (const sequence of whole) {
    const flat = flattened(sequence);
    const repeats = flat.filter((part) => part.kind === "repeat" && part.unbounded);
    if (repeats.length === 0) continue;
    const last = flat.at(-1);
    // At the end it takes what it can, and nothing behind it can fail.
    const harmless = repeats.length === 1 && last === repeats[0] && (flat.length === 1 || repeats[0] !== flat[0]);
    // Another try begins inside what this one reads only where a repetition takes the character that tries begin with.
    const first = firstOf(flat);
    const again = repeats.some((part) => shares(charactersOf(part), first));
    if (sequence[0]?.kind !== "start" && !harmless && again)
      return { exponential: false, message: "it is tried at every place of the text, and each try may read to the end" };
    if (overlaps(flat)) return { exponential: false, message: "two repetitions may share the same characters" };
  }
  return undefined;
}

/** An unbounded repetition whose body is a repetition that the next round may go on with. */
function nested(sequence: readonly Part[], inside = false): boolean {
  return sequence.some((part) => {
    if (part.kind === "group") return part.alternatives.some((one) => nested(one, inside));
    if (part.kind !== "repeat") return false;
    const body = part.of.kind === "group" ? part.of.alternatives : [[part.of]];
    if (
      part.unbounded &&
      (body.some((one) => ambiguous(one)) || body.some((one, i) => body.slice(i + 1).some((other) => begins(one, other))))
    )
      return true;
    return body.some((one) => nested(one, inside));
  });
}

/** Plain characters of which one may be the beginning of the other. */
function begins(a: readonly Part[], b: readonly Part[]): boolean {
  if (![...a, ...b].every(({ kind }) => kind === "characters")) return false;
  return a.slice(0, b.length).every((part, i) => shares(charactersOf(part), charactersOf(b[i] as Part)));
}

/** Ends, or begins again, with what one of its own unbounded repetitions takes. */
function ambiguous(sequence: readonly Part[]): boolean {
  const flat = flattened(sequence);
  return flat.some((part, i) => {
    if (part.kind !== "repeat" || !part.unbounded) return false;
    const next = firstOf([...flat.slice(i + 1), ...flat]);
    return shares(charactersOf(part), next);
  });
}

/** Two unbounded repetitions with nothing between them that both leave out. */
function overlaps(flat: readonly Part[]): boolean {
  return flat.some((part, i) => {
    if (part.kind !== "repeat" || !part.unbounded) return false;
    const later = flat.slice(i + 1);
    return later.some((other) => other.kind === "repeat" && other.unbounded) && shares(charactersOf(part), firstOf(later));
  });
}

/** Groups with one alternative give way to what they hold. */
const flattened = (sequence: readonly Part[]): Part[] =>
  sequence.flatMap((part) =>
    part.kind === "group" && part.alternatives.length === 1 ? flattened(part.alternatives[0] ?? []) : [part],
  );

function charactersOf(part: Part): Characters {
  if (part.kind === "characters") return part.of;
  if (part.kind === "repeat") return charactersOf(part.of);
  if (part.kind !== "group") return new Set();
  return new Set(part.alternatives.flat().flatMap((inner) => [...charactersOf(inner)]));
}

/** What may come first; parts that may be empty let the next one in. */
function firstOf(sequence: readonly Part[]): Characters {
  const found = new Set<number>();
  for (const part of sequence) {
    const own =
      part.kind === "repeat"
        ? firstOf([part.of])
        : part.kind === "group"
          ? union(part.alternatives.map(firstOf))
          : charactersOf(part);
    for (const code of own) found.add(code);
    const empty = part.kind === "start" || part.kind === "other" || (part.kind === "repeat" && part.min === 0);
    if (!empty) break;
  }
  return found;
}
const union = (sets: readonly Characters[]): Characters => new Set(sets.flatMap((set) => [...set]));
const shares = (a: Characters, b: Characters) => [...a].some((code) => b.has(code));

class Reader {
  readonly #pattern: string;
  #at = 0;
  #failed = false;
  constructor(pattern: string) {
    this.#pattern = pattern;
  }
  get isRead(): boolean {
    return !this.#failed && this.#at >= this.#pattern.length;
  }
  alternatives(): Part[][] {
    const found: Part[][] = [[]];
    while (this.#at < this.#pattern.length && this.#peek() !== ")") {
      if (this.#take("|")) found.push([]);
      else found.at(-1)?.push(...this.#repeated(this.#part()));
    }
    return found;
  }
  #peek = () => this.#pattern[this.#at] ?? "";
  #take(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
  #match(pattern: RegExp): RegExpExecArray | null {
    const found = new RegExp(pattern.source, "y");
    found.lastIndex = this.#at;
    const match = found.exec(this.#pattern);
    if (match) this.#at = found.lastIndex;
    return match;
  }
  #repeated(part: Part | undefined): Part[] {
    if (!part) return [];
    let result = part;
    for (;;) {
      const sign = this.#match(/([*+?])|\{(\d+)(,?)(\d*)\}/);
      if (!sign) return [result];
      this.#match(/[?+]/);
      const min = sign[1] ? (sign[1] === "+" ? 1 : 0) : Number(sign[2]);
      const unbounded = sign[1] ? sign[1] !== "?" : sign[3] === "," && sign[4] === "";
      result = { kind: "repeat", of: result, min, unbounded };
    }
  }
  #part(): Part | undefined {
    if (this.#match(/\(\?[imnsx-]+\)/)) return undefined;
    if (this.#match(/\^|\\A|\\G/)) return { kind: "start" };
    if (this.#match(/\$|\\[zZbB]/)) return { kind: "other" };
    if (this.#take("(")) {
      const looks = this.#match(/\?(?:<?[=!])/);
      if (!looks) this.#match(/\?(?::|>|[imnsx-]+:|<[\w-]+>|'\w+')/);
      const alternatives = this.alternatives();
      if (!this.#take(")")) this.#failed = true;
      return looks ? { kind: "other" } : { kind: "group", alternatives };
    }
    if (this.#take(".")) return { kind: "characters", of: without(new Set([10])) };
    if (this.#take("[")) return { kind: "characters", of: this.#class() };
    const c = this.#one();
    return { kind: "characters", of: c };
  }
  /** A character or an escape. */
  #one(): Characters {
    const hex = this.#match(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/);
    if (hex) return codes(Number.parseInt(hex[1] ?? hex[2] ?? "", 16));
    const named = this.#match(/\\[pP]\{[^}]*\}|\\k<\w+>|\\[1-9]/);
    if (named) return ALL;
    const [, escaped] = this.#match(/\\(.)/) ?? [];
    if (escaped) return CLASSES[escaped] ?? codes((ESCAPES[escaped] ?? escaped).charCodeAt(0));
    const c = this.#peek();
    this.#at++;
    return codes(c.charCodeAt(0));
  }
  #class(): Characters {
    const negated = this.#take("^");
    const found = new Set<number>();
    for (let first = true; first || this.#peek() !== "]"; first = false) {
      if (this.#at >= this.#pattern.length) {
        this.#failed = true;
        break;
      }
      const low = this.#one();
      if (this.#peek() === "-" && this.#pattern[this.#at + 1] !== "]") {
        this.#at++;
        const high = this.#one();
        for (let code = Math.min(...low); code <= Math.max(...high); code++) found.add(code);
      } else for (const code of low) found.add(code);
    }
    this.#take("]");
    return negated ? without(found) : found;
  }
}
/** Case is left aside: a letter is both. */
const codes = (code: number): Characters =>
  new Set(
    code > 127
      ? [128]
      : [code, ...[String.fromCharCode(code).toLowerCase(), String.fromCharCode(code).toUpperCase()].map((c) => c.charCodeAt(0))],
  );
