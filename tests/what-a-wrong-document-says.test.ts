/** One mistake in one of our documents: does the deployment, and the linter, name the document, the line and what was probably meant? */
import { beforeAll, describe, expect, it } from "vitest";
import { type Built, builtInProcess } from "../cli/in-process.ts";
import {
  base,
  emit,
  type Place,
  PolicyError,
  policies,
  setBackendService,
  setHeader,
  string,
  variables,
} from "../policies/language/index.ts";
import { lintPolicy, ReadError } from "../policies/lint/index.ts";
import { MemoryArm } from "../sandbox/arm/memory.ts";
import type { Resource } from "../sandbox/arm/resource.ts";
import { ArmError } from "../sandbox/arm/rules/index.ts";
import { checkPolicy } from "../sandbox/gateway/index.ts";

let built: Built;
let document: Resource;
beforeAll(async () => {
  built = await builtInProcess("dev");
  const [found] = built.arm.list("Microsoft.ApiManagement/service/apis/policies");
  if (!found) throw new Error("the program deploys no document for its API");
  document = found;
});

/** The API's document with one change in the first line that has `find`, and the number of that line. */
function broken(find: string, replace: string): { xml: string; line: number } {
  const xml: string = document.body.properties.value;
  const at = xml.indexOf(find);
  expect(at, `${find} is not in the document`).toBeGreaterThanOrEqual(0);
  return { xml: xml.slice(0, at) + replace + xml.slice(at + find.length), line: xml.slice(0, at).split("\n").length };
}

function refusal(xml: string, format = "xml"): ArmError {
  const { resources, secrets } = built.arm;
  const body = { ...document.body, properties: { format, value: xml } };
  try {
    new MemoryArm([...resources], secrets).put(document.id, document.type, body, { today: built.today, checkPolicy });
  } catch (error) {
    if (error instanceof ArmError) return error;
    throw error;
  }
  throw new Error("the document was taken");
}

// biome-ignore format: a table
const mistakes: [what: string, find: string, replace: string, says: RegExp][] = [
  ["an unknown element", "<set-backend-service ", "<set-backend-servce ", /'set-backend-servce' is not a policy\. Did you mean 'set-backend-service'\?/],
  ["an unknown attribute", "first-fast-retry", "frist-fast-retry", /'frist-fast-retry' is not an attribute of 'retry'\. Did you mean 'first-fast-retry'\?/],
  ["an unknown member", "context.Operation.Id", "context.Operation.Idd", /IOperation has no member "Idd".*did you mean Id\?/],
  ["an unknown member of the framework", "DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()", "DateTimeOffset.UtcNow.ToUnixTimeMiliseconds()", /DateTimeOffset has no member "ToUnixTimeMiliseconds".*did you mean ToUnixTimeMilliseconds\?/],
  ["an unknown type", "Regex.IsMatch(", "Regx.IsMatch(", /"Regx".*did you mean Regex\?/],
  ["an unknown name", "(context.Operation", "(contxt.Operation", /"contxt".*did you mean context\?/],
  ["a bracket that is not closed", `["retries"])'`, `["retries"]'`, /\)|closed/],
  ["one bracket too many", `["retries"])'`, `["retries"]))'`, /Text around the expression in attribute 'count' is not allowed: it must be of type int/],
  ["a string that is not closed", `context.Variables["retries"]`, `context.Variables["retries]`, /closed|string/],
  ["a condition that is no bool", `condition='@((bool)context.Variables["large"])'`, `condition='@((string)context.Variables["pool"])'`, /bool/],
];

describe("the deployment", () => {
  it.each(mistakes)("refuses %s in one message with its line", (_, find, replace, says) => {
    const { xml, line } = broken(find, replace);
    const { status, code, message } = refusal(xml);
    expect([status, code]).toEqual([400, "ValidationError"]);
    expect(message).toMatch(says);
    expect([...message.matchAll(/on line (\d+):/g)].map(([, found]) => Number(found))).toEqual([line]);
    expect(message.split("\n")).toHaveLength(1);
  });

  it("counts the lines of an expression that has several", () => {
    const { xml, line } = broken(
      "<base/>",
      '<base/>\n    <set-variable name="x" value="@{\n      var a = 1;\n      return a.ToSting();\n    }" />',
    );
    expect(refusal(xml, "rawxml").message).toMatch(
      new RegExp(`on line ${line + 3}\\b.*int has no member "ToSting".*did you mean ToString\\?`),
    );
  });

  it("tells of every mistake at once", () => {
    const first = broken("<set-backend-service ", "<set-backend-servce ");
    const at = first.xml.indexOf("context.Operation.Id");
    const both = `${first.xml.slice(0, at)}context.Operation.Idd${first.xml.slice(at + "context.Operation.Id".length)}`;
    const { message } = refusal(both);
    expect(message).toContain("set-backend-servce");
    expect(message).toContain('"Idd"');
  });
});

describe("the linter", () => {
  const its = mistakes.filter(([what]) => /element|attribute|type$|not closed/.test(what));
  it.each(its)("finds %s at its line", (_, find, replace) => {
    const { xml, line } = broken(find, replace);
    const found = (() => {
      try {
        return lintPolicy(xml, "api-openai.xml", { sku: "BasicV2" }).filter(({ severity }) => severity === "error");
      } catch (error) {
        if (error instanceof ReadError) return [error];
        throw error;
      }
    })();
    expect(found.map((one) => one.line)).toContain(line);
  });
});

describe("our own language", () => {
  const place: Place = { file: "api.xml", scope: "api", gateway: "v2", maxBytes: 100_000, backends: ["pool-chat"] };
  const definition = (...inbound: Parameters<typeof policies>[0]["inbound"]) =>
    policies({ inbound: [base(), ...inbound], backend: base(), outbound: [base()], onError: [base()] });

  it("names document, place and the known names when a backend does not exist", () => {
    const wrong = definition(setBackendService({ backendId: "pool-chta" }));
    expect(() => emit(wrong, place)).toThrow(PolicyError);
    expect(() => emit(wrong, place)).toThrow(
      'api.xml: inbound/set-backend-service/@backend-id: there is no backend "pool-chta"; there are pool-chat',
    );
  });

  it("names document, place and variable when nothing sets it", () => {
    const { nobody } = variables({ nobody: string("") });
    expect(() => emit(definition(setHeader({ name: "x" }, nobody.get())), place)).toThrow(
      'api.xml: inbound/set-header/value: reads variable "nobody", which nothing sets',
    );
  });
});
