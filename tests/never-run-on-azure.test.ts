/**
 * The page of what was never seen on Azure: is it what its data say, has every line an answer or a reason, and does it take nothing but findings?
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SETTLED } from "../cli/probe/assumptions/settled.ts";
import { type Findings, findingsSchema } from "../cli/probe/findings.ts";
import { renderPage, SECTIONS } from "../cli/probe/page.ts";
import { QUESTIONS } from "../cli/probe/questions/index.ts";

const ROOT = join(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs", "never-run-on-azure.md");
const PROBES = join(ROOT, "docs", "probes");
const assumptions = SECTIONS.flatMap((section) => section.assumptions);

/** Newest last: their names begin with their dates. */
const probes = existsSync(PROBES)
  ? globSync("*.json", { cwd: PROBES })
      .sort()
      .map((name) => ({ name, findings: findingsSchema.parse(JSON.parse(readFileSync(join(PROBES, name), "utf8"))) }))
  : [];

it("the page is what its data and the newest probe say", async () => {
  await expect(renderPage(probes.at(-1)?.findings)).toMatchFileSnapshot(PAGE);
});

it("the probe's own page lists its questions as they are", async () => {
  const page = join(ROOT, "docs", "probe.md");
  const rows = QUESTIONS.map(({ id, about, answers }) => `| \`${id}\` | ${about} | ${answers} |`);
  const text = readFileSync(page, "utf8").replace(
    /(?<=<!-- questions -->\n)[\s\S]*?(?=\n<!-- end -->)/,
    ["| question | finds out | answers |", "| --- | --- | --- |", ...rows].join("\n"),
  );
  await expect(text).toMatchFileSnapshot(page);
});

it("every question settles a line, and every line that is asked has its question", () => {
  const asked = new Set(assumptions.flatMap(({ probe }) => ("question" in probe ? [probe.question] : [])));
  expect([...asked].sort()).toEqual(QUESTIONS.map(({ id }) => id).sort());
});

it("every line has a name of its own, and nothing is both open and settled", () => {
  const ids = [...assumptions, ...SETTLED].map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  for (const { claim, otherwise } of assumptions) expect(Math.min(claim.length, otherwise.length)).toBeGreaterThan(3);
});

it("every settled line names where it is said", () => {
  for (const { source } of SETTLED) expect(source).toMatch(/https:\/\/|"[A-Z][^"]+"/);
});

it("what is sent in was found on Azure, and is named by its day", () => {
  for (const { name, findings } of probes) {
    expect(findings.target, name).toBe("azure");
    expect(name.startsWith(findings.date), name).toBe(true);
  }
});

describe("with a probe", () => {
  const findings = (holds: boolean | null, answer: Findings["answers"][string]["answer"]): Findings => ({
    format: 1,
    target: "azure",
    date: "2027-01-03",
    gateway: "BasicV2",
    minutes: 12,
    answers: { "operation-precedence": { answer, holds } },
  });
  const line = (page: string) => page.split("\n").find((text) => text.includes("`operationPrecedence`")) ?? "";

  it("a line says what was found, and stays open where nothing was", () => {
    expect(line(renderPage())).toMatch(/\*asks\* \|$/);
    expect(line(renderPage(findings(true, "literal")))).toMatch(/\*\*so\*\*: `literal`, 2027-01-03 \|$/);
    expect(line(renderPage(findings(false, "wildcard")))).toMatch(/\*\*otherwise\*\*: `wildcard`, 2027-01-03 \|$/);
    expect(line(renderPage(findings(null, null)))).toMatch(/\*asks\* \|$/);
  });

  it("findings hold nothing that could name anybody", () => {
    for (const [where, value] of [
      ["answer", "/subscriptions/0a1b2c3d-0000-4000-8000-0123456789ab"],
      ["answer", "contoso.azure-api.net"],
      ["answer", "Access denied due to missing subscription key."],
      ["answer", "0123456789abcdef0123456789abcdef"],
      ["answer", "0a1b2c3d-0000-4000-8000-0123456789ab"],
      ["answer", "swedencentral"],
    ] as const)
      expect(findingsSchema.safeParse(findings(true, value)).success, `${where}: ${value}`).toBe(false);
    expect(findingsSchema.safeParse({ ...findings(true, "literal"), host: "x" }).success).toBe(false);
    expect(findingsSchema.safeParse(findings(true, { from: 0, to: null })).success).toBe(true);
  });
});
