/** Can a message about a stack harm the terminal that shows it, or flood it? What others wrote is in it: a name, a value, a file's name. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { REPOSITORY } from "../cli/folders.ts";
import { readStackFile } from "../cli/stack-file.ts";
import { PlanError, planStack, sentence } from "../stacks/plan.ts";
import { printable } from "../stacks/printable.ts";

const dev = readStackFile(REPOSITORY, "dev");
const HARMFUL = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

function refusalOf(values: Record<string, unknown>, stack = dev.stack): string {
  try {
    planStack({ ...dev, file: undefined, stack, values: { ...dev.values, ...values } });
  } catch (error) {
    if (error instanceof PlanError) return error.message;
    throw error;
  }
  throw new Error("the plan takes it");
}

it("shows control characters and marks of direction as escapes, in values, keys and the file's name", () => {
  // A control character is a fault of its own, which shows no value; what turns the writing around is only shown as an escape.
  expect(refusalOf({ topology: "\u001b[2J\u202eabc" })).toContain("- topology: has U+001B at character 1.");
  expect(refusalOf({ topology: "\u202eabc" })).toContain(String.raw`- topology: "\u202eabc" is not a topology.`);
  expect(refusalOf({ topology: "x", "a\u009b\r\n- topology: fine": 1 })).toContain(String.raw`\u009b\r\n- topology: fine`);
  expect(refusalOf({ topology: "x" }, "a\r\nb")).toContain(String.raw`in Pulumi.a\u000d\u000ab.yaml`);
});

it("shortens what is too long for a line from its middle, so that the rule and the fix can still be read", () => {
  const message = refusalOf({ ["k".repeat(100_000)]: "v", topology: "t".repeat(100_000) });
  expect(message.length).toBeLessThan(4000);
  expect(message).toContain("Choose public-apim, private-apim, application-gateway or front-door.");
});

it("leaves a sentence of ours as it is", () => {
  expect(
    sentence({ path: "regions[1]", rule: '"swedncentral" is not an Azure region.', fix: 'Did you mean "swedencentral"?' }),
  ).toBe('regions[1]: "swedncentral" is not an Azure region. Did you mean "swedencentral"?');
});

it("keeps every text within its length and free of what harms", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.integer({ min: 20, max: 200 }), (text, longest) => {
      const shown = printable(text, longest);
      expect(shown.length).toBeLessThanOrEqual(longest);
      expect(shown).not.toMatch(HARMFUL);
    }),
    { numRuns: 300 },
  );
});
