/**
 * Is what a fault suggests something that can be had on the day of the plan? A retired model, or a region without Azure OpenAI, would be the next fault.
 */
import { expect, it } from "vitest";
import { models } from "../stacks/catalog/models.ts";
import { AZURE_REGIONS, OPENAI_REGIONS } from "../stacks/catalog/regions.ts";
import { PlanError, planStack } from "../stacks/plan.ts";
import { SMALL } from "./support/local-azure.ts";

const [chat] = SMALL.models;

/** What is said at a path of a stack with strict. */
function fixes(values: Record<string, unknown>, path: string, today = "2026-11-24"): string[] {
  try {
    planStack({ stack: "test", values: { ...SMALL, strict: true, ...values }, today });
    return [];
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    return error.faults.filter((fault) => fault.path === path).map(({ fix }) => fix);
  }
}
const forModel = (model: string, today?: string) => fixes({ models: [{ ...chat, model }] }, "models[0].model", today);
const forVersion = (model: string, version: string, today?: string) =>
  fixes({ models: [{ ...chat, model, version }] }, "models[0].version", today);

// biome-ignore format: a table
it.each([
  ["gpt-5.2-turbo", "gpt-5.2"], ["gpt-5.2-chat", "gpt-5.2"], ["GPT-5.2", "gpt-5.2"], ["gpt5.2", "gpt-5.2"], ["gpt-52", "gpt-5.2"],
  ["text-embedding-3-larg", "text-embedding-3-large"], ["text-embedding-3-small-v2", "text-embedding-3-small"],
])("%s is answered with %s", (asked, meant) => {
  expect(forModel(asked)).toEqual([`Did you mean "${meant}"?`]);
});

it("follows the day of the plan", () => {
  expect(forModel("gpt-4-trubo", "2023-12-01")).toEqual(['Did you mean "gpt-4"?']);
  expect(forModel("gpt-35-turbo-x", "2023-12-01")).toEqual(['Did you mean "gpt-35-turbo"?']);
  for (const fix of [...forModel("gpt-4-trubo"), ...forModel("gpt-35-turbo-x")]) expect(fix).not.toMatch(/gpt-4|gpt-35/);
});

/** Names in quotes, or in the list of what is open to everybody. */
const named = (fix: string) =>
  models.filter(({ model }) => new RegExp(`(?<![\\w.-])${model.replaceAll(".", "\\.")}(?![\\w-]|\\.\\d)`).test(fix));

it("names no model, for any misspelling of any that the catalog has, that a new customer could not deploy that day", () => {
  for (const today of ["2023-12-01", "2026-06-20", "2026-11-24", "2027-03-01"]) {
    for (const name of new Set(models.map(({ model }) => model))) {
      for (const asked of [`${name}x`, `${name}-preview`, name.slice(1), name.toUpperCase()]) {
        if (models.some(({ model }) => model === asked)) continue;
        for (const fix of forModel(asked, today)) {
          for (const { model } of named(fix)) {
            const rows = models.filter((row) => row.model === model);
            expect(
              rows.some((row) => row.since <= today && (row.retired ?? "9999") > today && (row.closed ?? "9999") > today),
              `${asked} on ${today}: ${fix}`,
            ).toBe(true);
          }
        }
      }
    }
  }
});

it("names no retired version either, and what is open where a model has none left", () => {
  expect(forVersion("gpt-4o", "2024-12-01")).toEqual([expect.stringMatching(/^Open to everybody on 2026-11-24: gpt-5\.2, /)]);
  expect(forVersion("gpt-5.2", "2025-12-12")).toEqual(['Did you mean "2025-12-11"?']);
});

it("prefers regions that have Azure OpenAI, unless another one was merely spelt otherwise", () => {
  const forRegion = (region: string) => fixes({ regions: [region] }, "regions[0]");
  expect(forRegion("westus22")).toEqual(['Did you mean "westus"?']);
  expect(forRegion("West US 2")).toEqual(['Did you mean "westus2"?']);
  for (const region of OPENAI_REGIONS)
    for (const asked of [`${region}x`, region.slice(0, -1)]) {
      if (AZURE_REGIONS.includes(asked)) continue;
      const [meant] = forRegion(asked).flatMap((fix) => /Did you mean "(.*)"/.exec(fix)?.[1] ?? []);
      expect(OPENAI_REGIONS, asked).toContain(meant);
    }
});
