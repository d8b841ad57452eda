import { describe, expect, it } from "vitest";
import { CsException, compile, type Host } from "../sandbox/gateway/csharp/index.ts";
import { CASES } from "./support/csharp-cases.ts";
import { policyContext } from "./support/csharp-context.ts";
import { shown } from "./support/csharp-shown.ts";

const host: Host = { now: () => 1_750_000_000_000, random: () => 0.5 };

/** What a line of the table gives: its value, or `!` and the exception's type. */
function outcome(code: string): string {
  const block = code.startsWith("{") ? code.slice(1, -1) : code.startsWith("throw ") ? `${code};` : undefined;
  const compiled = block === undefined ? compile(code, "expression") : compile(block, "block");
  try {
    return shown(compiled.evaluate(policyContext(), host));
  } catch (error) {
    if (error instanceof CsException) return `!${error.typeName}`;
    throw error;
  }
}

describe("C# as .NET runs it", () => {
  it.each(CASES)("%s", (_, cases) => {
    const found = cases.map(({ code }) => `${code} ==> ${outcome(code)}`);
    expect(found).toEqual(cases.map(({ code, gives }) => `${code} ==> ${gives}`));
  });
  it("is asked about hundreds of lines, and most were run by a real compiler too", () => {
    const all = CASES.flatMap(([, cases]) => cases);
    expect(all.length).toBeGreaterThan(800);
    expect(all.filter(({ notMono }) => notMono === undefined).length / all.length).toBeGreaterThan(0.98);
  });
});

describe("messages of exceptions are .NET Framework's", () => {
  it.each([
    ['(int)(object)"1"', "Specified cast is not valid."],
    ["(string)(object)1", "Unable to cast object of type 'System.Int32' to type 'System.String'."],
    ['int.Parse("x")', "Input string was not in a correct format."],
    ['int.Parse("99999999999")', "Value was either too large or too small for an Int32."],
    ["int.Parse(null)", "Value cannot be null.\r\nParameter name: s"],
    ['new Dictionary<string, int>()["a"]', "The given key was not present in the dictionary."],
    ["new int[0].First()", "Sequence contains no elements"],
    ["((string)null).Length", "Object reference not set to an instance of an object."],
    ['JObject.Parse("{}")["a"]["b"]', "Object reference not set to an instance of an object."],
    ['"abc".Substring(5)', "startIndex cannot be larger than length of string.\r\nParameter name: startIndex"],
    ['(int)JObject.Parse("{\\"a\\":null}")["a"]', "Can not convert Null to Int32."],
  ])("%s: %s", (code, message) => {
    expect(() => compile(code, "expression").evaluate(policyContext(), host)).toThrow(message);
  });
});
