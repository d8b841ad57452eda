/**
 * Do the plan, the local Azure and CI see what Pulumi hands to the program? The same files go to the commands' reader and to the real
 * `pulumi config --json`; `npm run test:every` (EVERY=1) with thousands of scalars and hundreds of documents.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readStackFile } from "../cli/stack-file.ts";
import { NAMESPACE } from "../stacks/config.ts";
import { fromPulumi } from "../stacks/handed-over.ts";
import { planStack } from "../stacks/plan.ts";
import { SMALL } from "./support/local-azure.ts";
import { type PulumiConfig, pulumiConfig } from "./support/pulumi-config.ts";
import { documents, SCALARS, scalars } from "./support/random-yaml.ts";

const EVERY = process.env.EVERY === "1";
const SEED = Number(process.env.FUZZ_SEED ?? 20261201);

let pulumi: PulumiConfig;
beforeAll(async () => {
  pulumi = await pulumiConfig();
});
afterAll(() => pulumi?.remove());

/** The settings as the commands read them, or the sentence with which they refuse the file. */
function ours(text: string | Uint8Array): { values: Record<string, unknown> } | { refused: string } {
  writeFileSync(join(pulumi.directory, "Pulumi.team.yaml"), text);
  try {
    return { values: readStackFile(pulumi.directory, "team").values };
  } catch (error) {
    expect((error as Error).name, (error as Error).message).toBe("StackFileError");
    return { refused: (error as Error).message };
  }
}

/** The settings as the program gets them. */
async function theirs(text: string | Uint8Array): Promise<{ values: Record<string, unknown> } | { refused: string }> {
  const read = await pulumi.read(text);
  if ("refused" in read) return read;
  const settings = Object.entries(read.config).map(([key, value]) => [key.slice(NAMESPACE.length + 1), fromPulumi(value)]);
  return { values: Object.fromEntries(settings) };
}

const inList = (all: readonly string[]) => `config:\n  aoai:x:\n${all.map((one) => `    - ${one}\n`).join("")}`;

describe("a scalar", () => {
  it("of any kind is what Pulumi hands over, inside a list, as a whole setting and as a key", async () => {
    const read = SCALARS.filter((scalar) => "values" in ours(inList([scalar])));
    expect(SCALARS.length - read.length).toBeLessThan(5);
    expect(ours(inList(read))).toEqual(await theirs(inList(read)));
    const settings = `config:\n${read.map((scalar, at) => `  aoai:s${at}: ${scalar}\n`).join("")}`;
    expect(ours(settings)).toEqual(await theirs(settings));
    const keys = `config:\n  aoai:x:\n${read.flatMap((scalar, at) => (scalar === "<<" ? [] : [`    - ? ${scalar}\n      : ${at}\n`])).join("")}`;
    expect(ours(keys)).toEqual(await theirs(keys));
  });

  it.each([".inf", "-.Inf", ".NaN", "!!int 1.5", "!!bool yes", "!!null x", "!!binary '%'", "!!timestamp x", "@a", "%a"])(
    "that Pulumi refuses is refused with its line: %s",
    async (scalar) => {
      const text = inList(["a", scalar]);
      if (EVERY) expect(await theirs(text)).toHaveProperty("refused");
      expect(ours(text)).toEqual({ refused: expect.stringMatching(/^Pulumi\.team\.yaml.*\bline 4\b.*\.$/) });
    },
  );

  it("made at random is what Pulumi hands over", async () => {
    const made = fc.sample(scalars, { seed: SEED, numRuns: EVERY ? 20_000 : 500 });
    // A lone ":" is a map of nothing to nothing, whose key is a fault.
    const read = made.filter((scalar) => scalar.trim() !== ":" && "values" in ours(inList([scalar])));
    // What is refused here is mostly no YAML: not so much that nothing is compared.
    expect(read.length).toBeGreaterThan(made.length / 2);
    for (let at = 0; at < read.length; at += 2000) {
      const some = read.slice(at, at + 2000);
      const { x: mine } = (ours(inList(some)) as { values: { x: unknown[] } }).values;
      const answer = await theirs(inList(some));
      expect(answer).toHaveProperty("values");
      const { x: his } = (answer as { values: { x: unknown[] } }).values;
      const pairs = some.map((scalar, index) => ({ scalar, mine: mine[index], his: his[index] }));
      expect(pairs.filter(({ mine, his }) => !isDeepStrictEqual(mine, his))).toEqual([]);
    }
  });
});

describe("a document", () => {
  it("made at random, with anchors, merges, quotes and comments, is what Pulumi hands over; what one refuses the other does", async () => {
    const made = fc.sample(documents, { seed: SEED, numRuns: EVERY ? 600 : 10 });
    let read = 0;
    for (const text of made) {
      const [mine, his] = [ours(text), await theirs(text)];
      if ("values" in his) {
        read++;
        expect(mine, text).toEqual(his);
      } else expect(mine, `${his.refused}\n${text}`).toHaveProperty("refused");
    }
    expect(read).toBeGreaterThan(made.length / 2);
  });

  // biome-ignore format: a table
  it.each<[string, string, string?]>([
    ["a merge", "config:\n  aoai:b: &b {q: 1, r: 2}\n  aoai:x: {<<: *b, r: 3}\n"],
    ["merges in a list, of which the first goes before the second", "config:\n  aoai:b: &b {q: 1}\n  aoai:c: &c {q: 5, s: 7}\n  aoai:x: {r: 3, <<: [*b, *c]}\n"],
    ["a merge of settings", "base: &b\n  aoai:y: 1\n  aoai:x: 1\nconfig:\n  <<: *b\n  aoai:x: 2\n"],
    ["a merge in quotes", 'config:\n  aoai:x: {"<<": {a: 1}}\n'],
    ["an anchor that is set again", "config:\n  aoai:x: &a 1\n  aoai:y: &a 2\n  aoai:z: *a\n"],
    ["an alias for a key", "config:\n  aoai:k: &k key\n  aoai:x: {*k : 1}\n"],
    ["keys that are no text", "config:\n  aoai:x: {1: a, true: b, ~: c, 1e6: d, 2025-12-11: e, 0613: f, .5: g}\n"],
    ["line ends of Windows", 'config:\r\n  aoai:x: |\r\n    a\r\n    b\r\n  aoai:y: "c\r\n    d"\r\n'],
    ["line ends of old Macs", "config:\r  aoai:x: 1\r"],
    ["a byte order mark", "\ufeffconfig:\n  aoai:x: 1\n"],
    ["tabs between words", "config:\n  aoai:x:\t1\t# c\n  aoai:y: [a,\tb]\n"],
    ["an end mark", "---\nconfig:\n  aoai:x: 1\n...\n# more\n"],
    ["%YAML 1.1", "%YAML 1.1\n---\nconfig:\n  aoai:x: 017\n"],
    ["a set", "config:\n  aoai:x: !!set {a, b}\n"],
    ["aliases, as many as Pulumi takes", `config:\n  aoai:a: &a [${"x,".repeat(50)}]\n  aoai:x: [${"*a,".repeat(90)}]\n`],
  ])("with %s is what Pulumi hands over", async (_, text) => {
    const his = await theirs(text);
    expect(his).toHaveProperty("values");
    expect(ours(text)).toEqual(his);
  });

  // biome-ignore format: a table
  it.each<[string, string, string]>([
    ["an alias without its anchor", "config:\n  aoai:x: *nope\n", "Pulumi.team.yaml, line 2: *nope refers to nothing: no &nope stands before it."],
    ["an alias before its anchor", "config:\n  aoai:x: *a\n  aoai:y: &a 1\n", "Pulumi.team.yaml, line 2: *a refers to nothing: no &a stands before it."],
    ["a list in itself", "config:\n  aoai:x: &a\n    - *a\n", "Pulumi.team.yaml, line 3: *a is part of what it refers to: it has no end."],
    ["a map in itself", "config: &a\n  aoai:tags: *a\n", "Pulumi.team.yaml, line 2: *a is part of what it refers to: it has no end."],
    ["a thousand laughs", `config:\n  aoai:a: &a [${"x,".repeat(1000)}]\n  aoai:x: [${"*a,".repeat(120)}]\n`, "Pulumi.team.yaml, line 2: aliases repeat it so often that Pulumi refuses the file: write out what you need."],
    ["a billion laughs", `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefghi"].map((name, at) => `${name}: &${name} [${`*${"abcdefgh"[at]},`.repeat(9)}]\n`).join("")}config:\n  aoai:tags: *i\n`, "aliases repeat it so often that Pulumi refuses the file: write out what you need."],
    ["a merge of a number", "config:\n  aoai:x: {<<: 5, r: 3}\n", 'Pulumi.team.yaml, line 2: "<<" takes in a map, or a list of maps, and this is neither.'],
    ["two merges in one map", "config:\n  aoai:x: {<<: {a: 1}, <<: {b: 1}}\n", 'Pulumi.team.yaml, line 2: "<<" stands twice in one map. Leave one out.'],
    ["a key twice", "config:\n  aoai:x:\n    a: 1\n    a: 2\n", 'Pulumi.team.yaml, line 4: "a" stands twice in one map. Leave one out.'],
    ["a setting twice", "config:\n  aoai:x: 1\n  aoai:x: 2\n", 'Pulumi.team.yaml, line 3: "aoai:x" stands twice in one map. Leave one out.'],
    ["config twice", "config:\n  aoai:x: 1\nconfig:\n  aoai:x: 2\n", 'Pulumi.team.yaml, line 3: "config" stands twice in one map. Leave one out.'],
    ["a key that is text and a number", 'config:\n  aoai:x: {1: a, "1": b}\n', 'Pulumi.team.yaml, line 2: "1" stands twice in one map. Leave one out.'],
    ["a list for a key", "config:\n  aoai:x:\n    ? [a]\n    : c\n", "Pulumi.team.yaml, line 3: a list is a key here: keys are text."],
    ["a tab before a setting", "config:\n\taoai:x: 1\n", "Pulumi.team.yaml, line 2: it is indented with a tab: use blanks."],
    ["a line of a tab alone", "config:\n  aoai:x: 1\n\t\n", "Pulumi.team.yaml, line 3: it is indented with a tab: use blanks."],
    ["a tab after a dash", "config:\n  aoai:x:\n  -\ta\n", "Pulumi.team.yaml, line 3: it is indented with a tab: use blanks."],
    ["a control character", 'config:\n  aoai:x: "a\u0001b"\n', 'Pulumi.team.yaml, line 2: the character U+0001 stands here, which YAML does not allow: leave it out, or write "\\u0001" in double quotes.'],
    ["an escape of JSON", 'config:\n  aoai:x: "a\\/b"\n', "Pulumi.team.yaml, line 2: Pulumi does not know the escape \\/: write the character itself."],
    ["half a character", 'config:\n  aoai:x: "\\ud83d"\n', "Pulumi.team.yaml, line 2: Pulumi does not know the escape \\ud83d: write the character itself."],
    ["%YAML 1.2", "%YAML 1.2\n---\nconfig:\n  aoai:x: 1\n", "Pulumi.team.yaml, line 1: %YAML 1.2 is not what Pulumi reads, which is 1.1: leave this line out."],
    ["a bracket that stays open", "config:\n  aoai:x: [a,\n  aoai:y: 1\n", "(line 3)."],
    ["a quote that stays open", 'config:\n  aoai:x: "abc\n', "Pulumi.team.yaml is not YAML: "],
    ["a list at the top", "- a\n", 'Pulumi.team.yaml is not a map: settings stand below "config:".'],
    ["a config of text", "config: a\n", "Pulumi.team.yaml: config is not a map of settings."],
  ])("with %s is one sentence with its line, and Pulumi refuses it too", async (_, text, sentence) => {
    if (EVERY) expect(await theirs(text)).toHaveProperty("refused");
    const { refused = "" } = ours(text) as { refused?: string };
    expect(refused).toContain(sentence);
    expect(refused).not.toContain("\n");
  });

  // Pulumi reads on where two readers would see two things, or people would not see what it sees.
  it.each([
    ["two documents", "config:\n  aoai:x: 1\n---\nconfig:\n  aoai:x: 2\n", "has more than one YAML document"],
    ["a line break that nobody sees", "config:\n  aoai:x: a\u2028  aoai:y: b\n", "line 2: the character U+2028 stands here"],
    ["a byte order mark inside", "# c\n\ufeffconfig:\n  aoai:x: 1\n", "line 2: the character U+FEFF stands here"],
    ["a key twice in two spellings", "config:\n  aoai:x: {1: a, 0x1: b}\n", 'line 2: "1" stands twice in one map'],
  ])("with %s is refused although Pulumi reads it", async (_, text, sentence) => {
    if (EVERY) expect(await theirs(text)).toHaveProperty("values");
    expect(ours(text)).toEqual({ refused: expect.stringContaining(sentence) });
  });
});

describe("a value that Pulumi changes", () => {
  const [chat, embeddings] = SMALL.models;
  const file = (change: Record<string, unknown>, replace: (text: string) => string = (text) => text) =>
    replace(
      `config:\n${Object.entries({ ...SMALL, ...change })
        .map(([key, value]) => `  aoai:${key}: ${JSON.stringify(value)}\n`)
        .join("")}`,
    );
  /** The faults of a file, and of the program that Pulumi gives the same. */
  async function faults(text: string, engine = EVERY): Promise<{ file: string[]; program: string[] }> {
    const of = (run: () => unknown) => {
      try {
        run();
        return [];
      } catch (error) {
        return (error as Error).message.split("\n").slice(1);
      }
    };
    const today = "2026-11-24";
    writeFileSync(join(pulumi.directory, "Pulumi.team.yaml"), text);
    const read = of(() => planStack({ ...readStackFile(pulumi.directory, "team"), today }));
    const his = engine ? await theirs(text) : { values: {} };
    return { file: read, program: of(() => planStack({ stack: "team", values: "values" in his ? his.values : {}, today })) };
  }
  const version = (written: string) =>
    file({ models: [{ ...chat, version: "V" }, embeddings] }, (text) => text.replace('"V"', written));
  const tpm = (written: string) => file({ models: [{ ...chat, tpm: "T" }, embeddings] }, (text) => text.replace('"T"', written));
  const tags = (written: string) => `${file({})}  aoai:tags: ${written}\n`;

  // biome-ignore format: a table
  it.each([
    ["a day", version("2025-12-11"), '- models[0].version: "2025-12-11 00:00:00 +0000 UTC" is a point in time, which Pulumi makes of a day without quotes. Quote it: "2025-12-11".'],
    ["a day with one digit", version("2025-1-2"), '- models[0].version: "2025-01-02 00:00:00 +0000 UTC" is a point in time, which Pulumi makes of a day without quotes. Quote it: "2025-01-02".'],
    ["a time", tags("{a: 2025-12-11T10:00:00+01:00}"), '- tags.a: "2025-12-11 10:00:00 +0100 +0100" is a point in time, which Pulumi makes of a day without quotes. Quote it: "2025-12-11 10:00:00".'],
    ["a day as a tag's name", tags("{2025-12-11: a}"), '- tags["2025-12-11 00:00:00 +0000 UTC"]: "2025-12-11 00:00:00 +0000 UTC" is a point in time, which Pulumi makes of a day without quotes. Quote it: "2025-12-11".'],
    ["a day that is a whole setting", `${file({})}  aoai:asOf: 2026-11-24\n`, '- asOf: "2026-11-24 00:00:00 +0000 UTC" is a point in time, which Pulumi makes of a day without quotes. Quote it: "2026-11-24".'],
  ])("is named by both readers: %s", async (_, text, sentence) => {
    const said = await faults(text, true);
    expect(said.file).toContain(sentence);
    expect(said.program).toContain(sentence);
  });

  // biome-ignore format: a table
  it.each([
    ["an octal version", version("0613"), '- models[0].version: 0613 is 395 to Pulumi: 395 is not text. Quote it: "0613".'],
    ["a version that looks like one", version("001"), '- models[0].version: 001 is 1 to Pulumi: 1 is not text. Quote it: "001".'],
    ["a rounded version", version("1.10"), '- models[0].version: 1.10 is 1.1 to Pulumi: 1.1 is not text. Quote it: "1.10".'],
    ["an octal number that does not fit", tpm("060000"), "- models[0].tpm: 060000 is 24576 to Pulumi: 24576 is not a multiple of 1000. Azure grants tokens per minute in thousands, for example 60000."],
    ["an octal number that would do", tpm("0175100"), "- models[0].tpm: 0175100 is 64064 to Pulumi: 64064 is not a multiple of 1000."],
    ["an octal that fits", file({ gateway: { ...SMALL.gateway, capacity: "C" } }, (text) => text.replace('"C"', "010")), "- gateway.capacity: 010 is 8 to Pulumi, which counts by eights after a leading 0. Write 8, or 10."],
    ["a big number", version("123456789012345678901234567890"), '- models[0].version: 123456789012345678901234567890 is 1.2345678901234568e+29 to Pulumi: 1.2345678901234568e+29 is not text. Quote it: "123456789012345678901234567890".'],
    ["a word for true in capitals", tags("{a: True}"), '- tags.a: True is true to Pulumi: true is not text. Quote it: "True".'],
    ["a number for a tag's name", tags("{0613: a}"), '- tags["395"]: is written 0613, and Pulumi makes it 395. Quote it: "0613".'],
    ["nothing for a tag's name", tags("{~: a}"), '- tags["<nil>"]: is written ~, and Pulumi makes it <nil>. Quote it: "~".'],
    ["a yes", file({ protect: "P" }, (text) => text.replace('"P"', "yes")), '- protect: "yes" is not true or false. Write true or false: to Pulumi, yes, no, on and off are text.'],
  ])("is named with what stands in the file: %s", async (_, text, sentence) => {
    const said = await faults(text);
    expect(said.file.join("\n")).toContain(sentence);
    // Once; a name with < or > is one fault more.
    expect(said.file.filter((line) => !line.includes("one of < >"))).toHaveLength(1);
  });

  it.each(["60_000", "6e4", "60000.0", "0xEA60", "0o165140", "+60000", "!!int '60000'", "60e3"])(
    "and is what was meant needs no word: tpm: %s",
    async (written) => {
      const said = await faults(tpm(written));
      expect(said.file).toEqual([]);
      if (EVERY) expect(said.program).toEqual([]);
    },
  );

  it("and merged from an anchor needs no word", async () => {
    const text = `usual: &usual { sku: GlobalStandard, tpm: 60_000 }\n${file({}).replace(/ {2}aoai:models:.*\n/, "")}  aoai:models:\n    - { <<: *usual, deployment: chat, model: gpt-5.2, version: "2025-12-11" }\n    - { <<: *usual, deployment: more, model: text-embedding-3-large, version: "1", tpm: 120000 }\n`;
    expect(await faults(text, true)).toEqual({ file: [], program: [] });
  });
});
