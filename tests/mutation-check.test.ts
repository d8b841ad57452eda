/**
 * Would a mistake in what we deploy be noticed, if nobody looked at the snapshots? Each mutant is a single change; it is caught when the local Azure
 * refuses it at deployment, the linter or a C# compiler finds it, or a probe gets a wrong answer from it.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { type Built, builtInProcess } from "../cli/in-process.ts";
import { lintPolicy, readBackends } from "../policies/lint/index.ts";
import { MemoryArm } from "../sandbox/arm/memory.ts";
import type { Resource } from "../sandbox/arm/resource.ts";
import { ArmError } from "../sandbox/arm/rules/index.ts";
import { checkPolicy } from "../sandbox/gateway/index.ts";
import { deployable } from "./support/certificate.ts";
import { deployedInProcess } from "./support/deployed-in-process.ts";
import { codeIn, type Found } from "./support/mono/documents.ts";
import { distinct } from "./support/mono/gate.ts";
import { Compiler, missingCompiler } from "./support/mono/mono.ts";
import { type Mutant, mutants } from "./support/mutants.ts";
import { behindProbes, type Probe, probes } from "./support/probes.ts";

/** Real time after which a mutant counts as hanging: it waits for a clock that nobody moves. The slowest probe needs a tenth of it. */
const HANGS_MS = 5_000;
/** `npm run test:every`, and CI on main: every mutant; else every third one. */
const EVERY = process.env.EVERY === "1";
/** Part of the mutants that must be caught: 28 of 30. */
const LEAST_CAUGHT = 28 / 30;

/** What is changed, and what asks it. */
interface Subject {
  built: Built;
  probes: readonly Probe[];
}
const subjects = {} as Record<"plain" | "front-door", Subject>;
const subjectOf = ({ behind }: Pick<Mutant, "behind">) => subjects[behind ?? "plain"];
let mcsRefuses: Set<string>;
beforeAll(async () => {
  subjects.plain = { built: await builtInProcess("dev"), probes };
  subjects["front-door"] = { built: await builtInProcess("dev", deployable("front-door")), probes: behindProbes };
  mcsRefuses = refusedByMcs();
});

const POLICIES = {
  global: "Microsoft.ApiManagement/service/policies",
  api: "Microsoft.ApiManagement/service/apis/policies",
  product: "Microsoft.ApiManagement/service/products/policies",
};
type Scope = keyof typeof POLICIES;
const BACKENDS = "Microsoft.ApiManagement/service/backends";
const NAMED_VALUES = "Microsoft.ApiManagement/service/namedValues";

/** The resources that the mutant changes, changed. */
function changed(mutant: Mutant): Resource[] {
  const { document, backends, value } = mutant;
  const { resources } = subjectOf(mutant).built.arm;
  return resources.flatMap((resource) => {
    const copy = structuredClone(resource);
    const { properties } = copy.body;
    if (document && resource.type === POLICIES[document.scope]) {
      properties.value = properties.value.replaceAll(
        typeof document.find === "string" ? document.find : new RegExp(document.find.source, "g"),
        typeof document.find === "string" ? () => document.replace : document.replace,
      );
    }
    if (value && resource.type === NAMED_VALUES && resource.name === value.name)
      properties.value = properties.value.replaceAll(value.find, value.replace);
    if (backends && resource.type === BACKENDS && backends(properties, resource.name) === false) return [];
    return JSON.stringify(copy.body) === JSON.stringify(resource.body) ? [] : [copy];
  });
}

/** Everything as it is, and the mutant in place of what it changes. */
function armWith({ built }: Subject, changes: readonly Resource[]): MemoryArm {
  const { resources, secrets } = built.arm;
  const inPlace = new Map(changes.map((resource) => [resource.id, resource]));
  return new MemoryArm(
    resources.map((resource) => inPlace.get(resource.id) ?? resource),
    secrets,
  );
}

/** What the local Azure says when the changed resources are written. */
function refusal(subject: Subject, changes: readonly Resource[]): string | undefined {
  const arm = armWith(subject, []);
  try {
    for (const { id, type, body } of changes) arm.put(id, type, body, { today: subject.built.today, checkPolicy });
    return undefined;
  } catch (error) {
    if (error instanceof ArmError) return error.message;
    throw error;
  }
}

function findings(arm: MemoryArm): string[] {
  const backends = readBackends(arm.list(BACKENDS).map(({ name, body }) => ({ name, properties: body.properties })));
  return (Object.keys(POLICIES) as Scope[]).flatMap((scope) =>
    arm.list(POLICIES[scope]).flatMap(({ body }) => {
      try {
        const options = { sku: "BasicV2", scope: scope === "global" ? "global" : "inherits", backends } as const;
        return lintPolicy(body.properties.value, `${scope}.xml`, options).map(({ rule }) => rule);
      } catch (error) {
        return [`unreadable: ${error instanceof Error ? error.message : error}`];
      }
    }),
  );
}

/** Code in what a mutant changes; what cannot even be told from its text is not the compiler's. */
function codeOf(resources: readonly Resource[]): Found[] {
  const documents = resources.filter(({ type }) => (Object.values(POLICIES) as string[]).includes(type));
  return documents.flatMap(({ id, body }) => {
    try {
      return codeIn(id, body.properties.value);
    } catch {
      return [];
    }
  });
}
const keyOf = ({ code, kind, type }: Pick<Found, "code" | "kind" | "type">) => JSON.stringify([code, kind, type]);

/** What mcs refuses of the code that we deploy and of all mutants' together, by code: one run takes as long for one as for all. */
function refusedByMcs(): Set<string> {
  if (missingCompiler) return new Set();
  const units = distinct(
    [...Object.values(subjects).map(({ built }) => built.arm.resources), ...mutants.map(changed)].flatMap(codeOf),
  );
  const compiler = new Compiler();
  try {
    const wrong = new Set(compiler.compile(units, "mutants").map(({ unit }) => unit));
    return new Set(units.filter(({ name }) => wrong.has(name)).map(keyOf));
  } finally {
    compiler.close();
  }
}

/** The first probe with a wrong answer. */
async function wrongAnswer({ built, probes }: Subject, arm: MemoryArm, mayHang: boolean): Promise<string | undefined> {
  const azure = await deployedInProcess({ built: { arm, today: built.today } });
  try {
    for (const { name, ask } of probes) {
      const stop = new AbortController();
      const hangs = new Promise<never>((_, reject) => {
        const timer = mayHang ? setTimeout(() => reject(new Error("hangs")), HANGS_MS) : undefined;
        stop.signal.addEventListener("abort", () => clearTimeout(timer));
      });
      try {
        await Promise.race([ask(azure, stop.signal), hangs]);
      } catch {
        return name;
      } finally {
        stop.abort();
      }
    }
    return undefined;
  } finally {
    await azure.close();
  }
}

interface Report {
  mutant: Mutant;
  caught: string[];
}
const reports: Report[] = [];

describe("the probes", () => {
  it.each([
    ...probes.map((probe) => ({ ...probe, stack: "plain" as const })),
    ...behindProbes.map((probe) => ({ ...probe, stack: "front-door" as const })),
  ])("find nothing wrong with what we deploy: $stack, $name", async ({ stack, ask }) => {
    const azure = await deployedInProcess({ built: subjects[stack].built });
    try {
      await ask(azure, new AbortController().signal);
    } finally {
      await azure.close();
    }
  });

  it.each(["plain", "front-door"] as const)("nor do the linter and the compiler: %s", (stack) => {
    const { built } = subjects[stack];
    const own = codeOf(built.arm.resources);
    expect(own.length).toBeGreaterThan(50);
    expect([findings(built.arm), own.filter((code) => mcsRefuses.has(keyOf(code)))]).toEqual([[], []]);
  });
});

describe("a mutant", () => {
  it.each(mutants.filter((_, i) => EVERY || i % 3 === 0))("changes something: $name", async (mutant) => {
    const subject = subjectOf(mutant);
    const changes = changed(mutant);
    expect(changes.length, "its text is not there any more: change tests/support/mutants.ts").toBeGreaterThan(0);
    const refused = refusal(subject, changes);
    const arm = armWith(subject, changes);
    const lint = [...new Set(findings(arm))];
    const compile = codeOf(changes).some((code) => mcsRefuses.has(keyOf(code)));
    // What cannot be deployed cannot be asked.
    const wrong = refused === undefined ? await wrongAnswer(subject, arm, !mutant.equivalent) : undefined;
    const caught = [
      refused !== undefined && "deployment",
      lint.length > 0 && `lint (${lint.join(", ")})`,
      compile && "mcs",
      wrong !== undefined && `execution (${wrong})`,
    ].filter((by) => by !== false);
    reports.push({ mutant, caught });
    if (mutant.equivalent) expect(caught, `${mutant.equivalent}: yet it is caught`).toEqual([]);
  });

  it(`is caught without snapshots, at least ${Math.round(LEAST_CAUGHT * 100)} of 100`, () => {
    const counted = reports.filter(({ mutant }) => !mutant.equivalent);
    const missed = counted.filter(({ caught }) => caught.length === 0);
    const lines = reports.map(
      ({ mutant, caught }) =>
        `${mutant.name}: ${mutant.equivalent ? `equivalent, ${mutant.equivalent}` : caught.length > 0 ? caught.join(" + ") : "NOT CAUGHT"}`,
    );
    const by = (layer: string) => counted.filter(({ caught }) => caught.some((one) => one.startsWith(layer))).length;
    const layers = ["deployment", "lint", "mcs", "execution"].map((layer) => `${layer} ${by(layer)}`).join(", ");
    console.log(
      [
        ...lines,
        `${counted.length - missed.length} of ${counted.length} caught: ${layers}${missingCompiler ? ` (${missingCompiler})` : ""}`,
      ].join("\n"),
    );
    expect(counted.length).toBeGreaterThanOrEqual(EVERY ? 100 : 30);
    expect(
      (counted.length - missed.length) / counted.length,
      missed.map(({ mutant }) => mutant.name).join("; "),
    ).toBeGreaterThanOrEqual(LEAST_CAUGHT);
  });
});
