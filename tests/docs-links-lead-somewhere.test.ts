import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const PAGES = ["README.md", ...globSync("docs/**/*.md", { cwd: ROOT }).sort()];

const scripts = (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts;

const FENCED = /^```.*?^```/gms;

/** Without code, in which brackets and parentheses are no links. */
const prose = (text: string) => text.replace(FENCED, "").replace(/`[^`\n]*`/g, "code");

/** `[text](target)`, `![text](target)` and `src="target"`. */
const linksOf = (text: string) =>
  [...prose(text).matchAll(/\]\(([^()\s]+)\)|(?:src|href)="([^"]+)"/g)].map(([, link, source]) => link ?? source ?? "");

/** As GitHub makes them of headings. */
const anchorsOf = (text: string) =>
  [...text.replace(FENCED, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/ /g, "-"),
  );

/** `npm run NAME` and `npm NAME`, with what follows on the line, up to the end of the code that it stands in. */
const commandsOf = (text: string) =>
  [...text.matchAll(/\bnpm (?:run (?:-s )?(\w+(?:[:-]\w+)*)|(start|test)\b(?!:))(?: -- ([^`\n]*))?/g)].map(
    ([command, run, short = "", rest = ""]) => ({ command, name: run ?? short, rest }),
  );

/** What a command's own source declares; options of one file are not told apart by subcommand. */
function optionsOf(script: string): string[] {
  const file = /^node (cli\/[\w-]+\.ts)/.exec(script)?.[1];
  if (!file) return [];
  const sources = [
    read(file),
    ...[...read(file).matchAll(/from "\.\/([\w-]+-option\.ts|sandbox-[\w-]+\.ts)"/g)].map(([, name]) => read(`cli/${name}`)),
  ];
  return ["--help", ...sources.flatMap((source) => source.match(/--[a-z][\w-]*/g) ?? [])];
}

it("finds the pages", () => {
  expect(PAGES).toEqual(expect.arrayContaining(["README.md", "docs/topologies.md", "docs/decisions/README.md"]));
});

describe.each(PAGES)("%s", (page) => {
  const text = read(page);

  it("leads to files and headings that are there", () => {
    const broken = linksOf(text)
      .filter((link) => !/^(https?|mailto):/.test(link))
      .filter((link) => {
        const [path = "", anchor] = link.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        if (!existsSync(join(ROOT, file))) return true;
        return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it("names commands and options that there are", () => {
    const wrong = commandsOf(text).filter(({ name, rest }) => {
      const script = scripts[name];
      if (script === undefined) return true;
      // What follows a second `--` belongs to another program.
      const [own = ""] = rest.split(" -- ");
      const known = optionsOf(script);
      return (own.match(/(?<=^| )--[a-z][\w-]*/g) ?? []).some((option) => !known.includes(option));
    });
    expect(wrong).toEqual([]);
  });
});

it("every command of package.json stands in README's table", () => {
  const table = read("README.md").split("\n## Commands\n")[1]?.split("\n## ")[0] ?? "";
  const listed = new Set(commandsOf(table).map(({ name }) => name));
  const own = Object.keys(scripts).filter((name) => !(/^pre/.test(name) && scripts[name.slice(3)] !== undefined));
  expect(own.filter((name) => !listed.has(name))).toEqual([]);
});

it("`npm run test:every` runs every test that has a long form", () => {
  const long = globSync("tests/*.test.ts", { cwd: ROOT }).filter((file) => read(file).includes("process.env.EVERY"));
  const run = scripts["test:every"]?.match(/tests\/\S+/g) ?? [];
  // This file only speaks of it.
  expect(run.sort()).toEqual(long.filter((file) => !import.meta.filename.endsWith(file)).sort());
});

it("every decision stands in the list of decisions, and every page in README's", () => {
  const pages = (folder: RegExp) => PAGES.filter((page) => folder.test(page));
  const linked = (page: string) => linksOf(read(page)).map((link) => join(dirname(page), link.split("#")[0] ?? ""));
  expect(pages(/^docs\/decisions\/(?!README)/).filter((page) => !linked("docs/decisions/README.md").includes(page))).toEqual([]);
  expect(pages(/^docs\/[^/]+$/).filter((page) => !linked("README.md").includes(page))).toEqual([]);
});
