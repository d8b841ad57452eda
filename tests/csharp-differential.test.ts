/**
 * Does our C# interpreter compute what a real C# runtime computes? Three sources of code: every expression of our documents, random ones from the
 * typed layer, and the table of cases; on random contexts, of which many are not what the code expects. Same value, or the same exception.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CompiledExpression, CsException, compile } from "../sandbox/gateway/csharp/index.ts";
import { CASES } from "./support/csharp-cases.ts";
import { shown } from "./support/csharp-shown.ts";
import { type ContextData, policyContextOf } from "./support/mono/context.ts";
import { codeIn } from "./support/mono/documents.ts";
import { everyDocument } from "./support/mono/every-document.ts";
import { distinct } from "./support/mono/gate.ts";
import { Compiler, missingCompiler, Runtime, type Unit } from "./support/mono/mono.ts";
import { contexts, type Known } from "./support/mono/random-contexts.ts";
import { READ_TYPES, randomExpressions } from "./support/mono/random-expressions.ts";
import { unless } from "./support/unless.ts";

const SEED = Number(process.env.SEED ?? 20261124);
const RANDOM = 2000;
/** Contexts for each expression of a document, and for each random one. */
const PER_DOCUMENT = 40;
const PER_RANDOM = 4;
const NOW = 1_764_000_000_000;

/** What the interpreter makes of it, in the host's notation. */
function interpreted(compiled: CompiledExpression, context: ContextData): string {
  try {
    return shown(compiled.evaluate(policyContextOf(context), { now: () => NOW, random: () => 0.5 }));
  } catch (error) {
    if (error instanceof CsException) return `!${error.typeName}`;
    throw error;
  }
}

/**
 * Mono is wrong about .NET Framework in one thing that our documents use: the hash of a GUID. And the clock must stand still. Code only:
 * neither text is part of a string anywhere.
 */
const forMono = (unit: Unit): Unit => ({
  ...unit,
  type: "object",
  code: unit.code
    .replaceAll("context.RequestId.GetHashCode()", "Framework.HashOf(context.RequestId)")
    .replaceAll("DateTimeOffset.UtcNow", "Framework.OffsetUtcNow")
    .replaceAll("DateTime.UtcNow", "Framework.UtcNow"),
});

describe("the interpreter against mono", unless(missingCompiler), () => {
  let compiler: Compiler;
  beforeAll(() => {
    compiler = new Compiler();
  });
  afterAll(() => compiler.close());

  /** Runs each unit on its contexts on both sides. `misread`: so many may be what mono's parser cannot read, though C# can. */
  async function compared(out: string, all: readonly { unit: Unit; contexts: readonly ContextData[] }[], misread = 0) {
    const faults = compiler.compile(
      all.map(({ unit }) => forMono(unit)),
      out,
      { boxed: true },
    );
    const unread = faults.filter(({ code }) => code === "CS1525");
    expect(unread.length > misread ? faults : faults.filter((fault) => !unread.includes(fault))).toEqual([]);
    const runs = all.filter(({ unit }) => !unread.some(({ unit: name }) => name === unit.name));
    const units = runs.map(({ unit }) => unit);
    const runtime = new Runtime(compiler, out);
    const ids = new Map<ContextData, string>();
    for (const { unit, contexts } of runs) {
      for (const context of contexts) {
        if (!ids.has(context)) ids.set(context, `c${ids.size}`);
        runtime.run(unit.name, ids.get(context) as string, NOW, context);
      }
    }
    const values = runs.reduce((sum, { contexts }) => sum + contexts.length, 0);
    for (const { name } of units) runtime.members(name);
    const answers = await runtime.answers();
    const members = new Set(answers.slice(values).flatMap((answer) => JSON.parse(answer) as string[]));

    const differences: string[] = [];
    let exceptions = 0;
    let at = 0;
    for (const { unit, contexts } of runs) {
      const compiled = compile(unit.code, unit.kind);
      for (const context of contexts) {
        const real = answers[at++] ?? "";
        const ours = interpreted(compiled, context);
        if (real.startsWith("!")) exceptions++;
        if (real !== ours)
          differences.push(`${unit.code}\n   mono:        ${real}\n   interpreter: ${ours}\n   ${JSON.stringify(context)}`);
      }
    }
    return { differences, values, exceptions, members, unread: unread.length };
  }

  /** A few are enough to see what is wrong. */
  const first = (differences: readonly string[]) => [...differences].sort((a, b) => a.length - b.length).slice(0, 5);
  const report = (what: string, { values, exceptions, members }: Awaited<ReturnType<typeof compared>>) =>
    console.info(
      `${what} (seed ${SEED}): ${values} evaluations, ${exceptions} ended in an exception (${Math.round((100 * exceptions) / values)} %), ${members.size} members: ${[...members].sort().join(" ")}`,
    );

  it("gives the same for every line of the table of cases", async () => {
    const cases = CASES.flatMap(([, lines]) => lines).filter(({ notMono }) => notMono === undefined);
    const [context] = fc.sample(contexts({}), { numRuns: 1, seed: SEED });
    const runs = cases.map(({ code }, i) => {
      const block = code.startsWith("{") ? code.slice(1, -1) : code.startsWith("throw ") ? `${code};` : undefined;
      const unit = {
        name: `C${i}`,
        code: block ?? code,
        kind: block === undefined ? "expression" : "block",
        type: "object",
      } as const;
      return { unit, contexts: [context as ContextData] };
    });
    const result = await compared("Cases", runs);
    expect(first(result.differences)).toEqual([]);
    expect(result.values).toBeGreaterThan(800);
  });

  it("gives the same for every expression of every document", async () => {
    const { documents } = everyDocument();
    const found = documents.flatMap(({ file, xml }) => codeIn(file, xml));
    // What documents give a variable as plain text is likelier to meet the code that reads it than any random text.
    const given = new Map<string, Set<string>>();
    for (const { variable, code } of found) {
      if (variable === undefined || !/^"(?:[^"\\]|\\.)*"$/.test(code)) continue;
      given.set(variable, (given.get(variable) ?? new Set()).add(JSON.parse(code)));
    }
    const runs = distinct(found).map((unit, i) => {
      const variables = Object.fromEntries(
        variablesIn(unit.code).map(([name, type]) => [name, { type, values: valuesOf(name, given) }]),
      );
      return { unit, contexts: fc.sample(contexts(variables), { numRuns: PER_DOCUMENT, seed: SEED + i }) };
    });
    const result = await compared("Documents", runs);
    report(`${runs.length} expressions of documents`, result);
    expect(first(result.differences)).toEqual([]);
  });

  it(`gives the same for ${RANDOM} random expressions`, async () => {
    const all = fc.sample(contexts(READ_TYPES), { numRuns: 500, seed: SEED });
    const runs = randomExpressions(RANDOM, SEED).map(({ code, kind }, i) => ({
      unit: { name: `R${i}`, code, kind, type: "object" },
      contexts: Array.from({ length: PER_RANDOM }, (_, n) => all[(i * PER_RANDOM + n) % all.length] as ContextData),
    }));
    const result = await compared("Random", runs, RANDOM / 200);
    report(`${RANDOM} random expressions, of which mono cannot read ${result.unread}`, result);
    expect(first(result.differences)).toEqual([]);
    expect(result.members.size).toBeGreaterThanOrEqual(60);
    expect(result.exceptions / result.values).toBeGreaterThanOrEqual(0.2);
  });
});

/** Variables that code reads, with the type of the cast. */
function variablesIn(code: string): [name: string, type: Known["type"]][] {
  const found = new Map<string, Known["type"]>();
  for (const [, type = "", name = ""] of code.matchAll(/\((\w+)\)context\.Variables\["([^"]+)"\]/g))
    found.set(name, type as Known["type"]);
  for (const [, type = "", name = ""] of code.matchAll(/context\.Variables\.GetValueOrDefault<(\w+)>\("([^"]+)"(?! \+)/g))
    found.set(name, (type === "object" ? "string" : type) as Known["type"]);
  // Names that are put together: what the cache knows of each member.
  if (code.includes('GetValueOrDefault<string>("known" + i')) for (const i of [0, 1, 2]) found.set(`known${i}`, "string");
  return [...found];
}

/** Besides the texts of documents: what is put together while a request is served. */
function valuesOf(name: string, given: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const members = [...(given.get("members") ?? [])].flatMap((list) =>
    list.split(/[|,]/).map((member) => member.split(" ")[0] ?? ""),
  );
  const [a = "a", b = "b"] = members;
  const report = [`${NOW + 7000} throttled`, `${NOW - 5} throttled`, `${NOW + 3_600_000} outage`, "", "x"];
  const made: Record<string, string[]> = {
    route: [",", `,${a},`, `,${a},${b},`, ""],
    said: ["", ...report.map((text) => `,${a}=${text}`), `,${a}=${report[2]},${b}=${report[0]},${a}=${report[1]}`],
    target: [a, b],
    who: [a, b, ""],
    named: ["", "=chat", "~whisper", "=", "400 0 invalid_request_error invalid_form The form"],
    extra: ["", " api-key", " x%20y Cookie api-key"],
    parameters: ["", " Subscription-Key a"],
    refusal: [
      "",
      "404 0 invalid_request_error model_not_found The model `x` does not exist.",
      "429 12 rate_limit_error code m",
      "x y",
    ],
    ...Object.fromEntries([0, 1, 2].map((i) => [`known${i}`, report])),
  };
  const texts = [...(given.get(name) ?? [])];
  // The longest are lists of many members; a few of each are enough.
  return [...(made[name] ?? []), ...texts.sort((x, y) => x.length - y.length).filter((_, i) => i < 4 || i === texts.length - 1)];
}
