/** YAML as people and programs write it: scalars of all kinds, and documents with anchors, merges, quotes, comments and flow collections. */
import fc from "fast-check";

/** What readers of YAML disagree on. */
// biome-ignore format: a list
export const SCALARS = [
  "2025-12-11", "2025-1-2", "2025-13-01", "2025-2-29", "2024-2-29", "2025-12-11T10:00:00Z", "2025-12-11t1:2:3Z", "2025-12-11 10:00:00",
  "2025-12-11 1:2:3.120", "2025-12-11T10:00:00.5+01:00", "2025-12-11T10:00:00-00:30", "2025-12-11 10:00:00 +01:00", "2025-12-11T24:00:00Z",
  "2025-12-11T10:00:00.123456789012Z", "0000-01-01", "12:30:45", "1:30", "yes", "No", "on", "Off", "y", "N", "true", "True", "FALSE", "tRue",
  "~", "null", "Null", "nULL", "''", '""', "'true'", '"5"', "'2025-12-11'", "0", "00", "-0", "0.0", "-0.0", "+5", "-5", "017", "0613", "089",
  "0914", "001", "08", "09.5", "0o17", "0o8", "-0o17", "0x10", "0X1f", "+0x1f", "0x", "0b11", "-0b11", "0b2", "60_000", "1__0", "_1", "1_",
  "0x_10", "0o1_7", "1_000.5", ".5_0", "1e3", "1E3", "1.0", "1.50", "1.10", "5.", ".5", "+.5", "-.5e1", "1e+3", "1e-7", "1e21", "1e20", "1e400",
  "1e-400", "1e", "e", ".", "..", "1.5.2", "1.e3", "9007199254740993", "18446744073709551615", "18446744073709551616", "-9223372036854775808",
  "-9223372036854775809", "123456789012345678901234567890", "0XFFFFFFFFFFFFFFFFF", "1,000", "<<", "=", "!!str 5", "!!str ~", "!!int '5'",
  "!!int 0o17", "!!float 5", "!!float '1.5'", "!!bool True", "!!null ~", "!!timestamp 2025-12-11", "!!binary aGVsbG8=", "!!binary /w==", "!foo bar", "!foo 5",
  "! 2025-12-11", "! '5'", "!<tag:yaml.org,2002:str> 5", "a#b", "a:b", "http://x/y?z", "-a", "?a", ":a", "it's", "a, b", "é", "日本", "😀", "a\\nb",
  '"\\x41\\u00e9\\e\\_\\N\\L\\P\\0\\U0001F600\\t"', "'it''s'",
];

const characters = (all: string, longest: number) =>
  fc.string({ unit: fc.constantFrom(...all), minLength: 1, maxLength: longest });
const two = (most: number) => fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, "0"));

const plain = fc.oneof(
  fc.constantFrom(...SCALARS),
  characters("0123456789_-+.eExXobB", 8),
  characters("0123456789:-T.Z +", 12),
  characters("truefalsnoyTFNY~.infa", 6),
  // No tags: what characters they may have is nobody's question here.
  characters("abz0-. #:,?!*&<=>%@/", 10).filter((text) => !text.trimStart().startsWith("!")),
  fc.tuple(fc.integer({ min: 1990, max: 2030 }), two(13), two(32)).map((parts) => parts.join("-")),
  fc
    .tuple(
      fc.integer({ min: 1990, max: 2030 }),
      two(12),
      two(31),
      fc.constantFrom("T", "t", " "),
      two(24),
      two(60),
      two(60),
      fc.constantFrom("", "Z", ".5Z", ".120", "+01:00", "-11:30"),
    )
    .map(
      ([year, month, day, mark, hour, minute, second, rest]) =>
        `${year}-${month}-${day}${mark}${hour}:${minute}:${second}${rest}`,
    ),
  fc.double({ noNaN: true }).map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.maxSafeInteger().map(String),
);
const quoted = plain.chain((text) => fc.constantFrom(`'${text.replaceAll("'", "''")}'`, JSON.stringify(text)));
const tagged = fc
  .tuple(fc.constantFrom("!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!own", "!"), fc.oneof(plain, quoted))
  .map((parts) => parts.join(" "));

/** One line, fit for an entry of a list; some are no YAML. */
export const scalars: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: plain },
  { weight: 1, arbitrary: quoted },
  { weight: 1, arbitrary: tagged },
);

type Piece = string | { list: Piece[]; flow: boolean } | { map: [string, Piece][]; flow: boolean; merge?: string };

/** That stand inside brackets as well. */
const simple = scalars.filter((text) => !/[,[\]{}#:?&*!|>%@`]/.test(text) && !text.startsWith("-"));
const keys = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "c", "region", "sku", "tpm", "as") },
  { weight: 1, arbitrary: fc.constantFrom("1", "0613", "60_000", "true", "2025-12-11", "~", "'x y'", '"1.0"', "1.50", "yes") },
);
const uniqueKeys = { maxLength: 4, selector: ([key]: [string, Piece]) => key };

const { piece } = fc.letrec<{ piece: Piece; list: Piece; map: Piece }>((tie) => ({
  piece: fc.oneof({ maxDepth: 3, depthIdentifier: "yaml" }, simple, tie("list"), tie("map")),
  list: fc.record({ list: fc.array(tie("piece"), { maxLength: 4, depthIdentifier: "yaml" }), flow: fc.boolean() }),
  map: fc.record({
    map: fc.uniqueArray(fc.tuple(keys, tie("piece")), { ...uniqueKeys, depthIdentifier: "yaml" }),
    flow: fc.boolean(),
    merge: fc.constantFrom(undefined, undefined, undefined, "*m", "[*m, *n]", "{ z: 1 }"),
  }),
}));

function inFlow(value: Piece): string {
  if (typeof value === "string") return value;
  if ("list" in value) return `[${value.list.map(inFlow).join(", ")}]`;
  const entries = value.map.map(([key, item]) => `${key}: ${inFlow(item)}`);
  return `{${[...(value.merge ? [`<<: ${value.merge}`] : []), ...entries].join(", ")}}`;
}

/** What follows a key or a dash. */
function written(value: Piece, indent: string, comment: string): string {
  if (typeof value === "string" || value.flow || ("list" in value ? value.list : value.map).length === 0)
    return ` ${inFlow(value)}${comment}\n`;
  const lines =
    "list" in value
      ? value.list.map((item) => `${indent}-${written(item, `${indent}  `, "")}`)
      : [
          ...value.map.map(([key, item]) => `${indent}${key}:${written(item, `${indent}  `, "")}`),
          ...(value.merge ? [`${indent}<<: ${value.merge}\n`] : []),
        ];
  return `${comment}\n${lines.join("")}`;
}

/** A stack's file with settings of one letter, some of them aliases of what stands outside `config`. */
export const documents: fc.Arbitrary<string> = fc
  .record({
    settings: fc.array(piece, { minLength: 1, maxLength: 5 }),
    anchors: fc.tuple(fc.uniqueArray(fc.tuple(keys, simple), uniqueKeys), fc.uniqueArray(fc.tuple(keys, simple), uniqueKeys)),
    comment: fc.constantFrom("", "", " # as agreed"),
    lineEnd: fc.constantFrom("\n", "\n", "\r\n"),
    block: fc.constantFrom("", "|", ">-", "|+", ">2"),
  })
  .map(({ settings, anchors: [m, n], comment, lineEnd, block }) =>
    [
      "# made at random\n",
      `m: &m ${inFlow({ map: m as [string, Piece][], flow: true })}\n`,
      `n: &n ${inFlow({ map: n as [string, Piece][], flow: true })}\n`,
      "config:\n",
      ...settings.map((value, at) => `  aoai:s${at}:${written(value, "    ", comment)}`),
      ...(block ? [`  aoai:text: ${block}\n    2025-12-11\n\n      0613\n    yes\n`] : []),
      "  aoai:alias: *m\n",
    ]
      .join("")
      .replaceAll("\n", lineEnd),
  );
