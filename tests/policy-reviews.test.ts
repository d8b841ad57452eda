/**
 * What does a change do to the documents that are deployed? Those of each stack's own topology, and the first stack's in every one, in a form for
 * reviews, once for all that have it.
 * A snapshot shows a change, not that it is right: every document here also passes the gateway's own check and the lint, and serves.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readable } from "../cli/readable-policy.ts";
import { readStackFile, stackNames } from "../cli/stack-file.ts";
import { backendIds, namedValues, namedValuesFile, type PolicyDocument, policyDocuments } from "../policies/index.ts";
import { lintPolicy, plannedBackends } from "../policies/lint/index.ts";
import { checkPolicy } from "../sandbox/gateway/index.ts";
import { TOPOLOGIES, type Topology } from "../stacks/catalog/topologies.ts";
import { planStack } from "../stacks/plan.ts";
import { chat, deploymentPath, serve } from "./support/policies.ts";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = "__snapshots__/policies";
const SHIPPED = ["dev", ...stackNames(ROOT).filter((stack) => stack !== "dev")];

const planOf = (stack: string, topology?: Topology) => {
  const source = readStackFile(ROOT, stack);
  return planStack({ ...source, values: { asOf: "2026-11-24", ...source.values, ...(topology && { topology }) } });
};

interface Review {
  /** File in the folder of snapshots. */
  name: string;
  /** It stands there; otherwise it differs from the first stack's in its models and members only. */
  shown: boolean;
  document: PolicyDocument;
  plan: ReturnType<typeof planOf>;
  /** Where it is deployed as well: stack, document and topology. */
  at: { stack: string; file: string; topology: Topology }[];
}

/** Equal texts are one review, named after the first stack that has it; a stack's own topology comes first. */
function reviews(): Review[] {
  const found = new Map<string, Review>();
  for (const stack of SHIPPED) {
    const own = planOf(stack).topology;
    for (const topology of [own, ...TOPOLOGIES.filter((one) => one !== own)]) {
      const plan = planOf(stack, topology);
      for (const document of policyDocuments(plan)) {
        const { file, xml } = document;
        const name = topology === own ? `${stack}/${file}` : `${stack}/${topology}/${file}`;
        const review = found.get(xml) ?? { name, shown: isShown(stack, topology), document, plan, at: [] };
        review.at.push({ stack, file, topology });
        found.set(xml, review);
      }
    }
  }
  return [...found.values()];
}

const isShown = (stack: string, topology: Topology) => stack === SHIPPED[0] || topology === planOf(stack).topology;
const all = reviews();
const shown = all.filter(({ shown }) => shown);

/** What the documents refer to: texts that change while the documents stay. */
const values = SHIPPED.flatMap((stack) =>
  TOPOLOGIES.filter((topology) => isShown(stack, topology)).map((topology) => {
    const plan = planOf(stack, topology);
    const { file, text } = namedValuesFile(plan);
    return { name: topology === planOf(stack).topology ? `${stack}/${file}` : `${stack}/${topology}/${file}`, text };
  }),
).filter(({ text }, i, list) => list.findIndex((other) => other.text === text) === i);

const known = (plan: Review["plan"]) => ({
  namedValue: (name: string) => namedValues(plan).some((value) => value.name === name),
  backend: (id: string) => backendIds(plan).includes(id),
  fragment: () => false,
});

describe("a policy document in review", () => {
  it.each(shown)("reads like this: $name", async ({ name, document }) => {
    await expect(readable(document.xml)).toMatchFileSnapshot(`${FOLDER}/${name}`);
  });

  it.each(values)("refers to these named values: $name", async ({ name, text }) => {
    await expect(text).toMatchFileSnapshot(`${FOLDER}/${name}`);
  });

  const link = (name: string, shown: boolean) => {
    const there = shown ? name : name.replace(/^[^/]+/, SHIPPED[0] ?? "");
    return `[${there}](${there})${shown ? "" : ", models and members aside"}`;
  };

  it("has its place in the index: who deploys what", async () => {
    const rows = all.flatMap(({ name, shown, at }) =>
      [...Map.groupBy(at, ({ stack, file }) => `${stack} | ${file}`)].map(([where, places]) => {
        const topologies = places.map(({ topology }) => topology);
        return `| ${where} | ${topologies.length === TOPOLOGIES.length ? "every one" : topologies.join(", ")} | ${link(name, shown)} |`;
      }),
    );
    const text = [
      "# Every policy document of the shipped stacks",
      "",
      "Expressions are shown as C#, without the escapes of XML. `npm run policies` writes them as they are deployed.",
      "What they refer to as `{{name}}` stands in `named-values.json`: of each member of a pool, what it can take.",
      "",
      "| stack | document | topology | reads like |",
      "| ----- | -------- | -------- | ---------- |",
      ...rows.sort(),
      "",
    ];
    await expect(text.join("\n")).toMatchFileSnapshot(`${FOLDER}/README.md`);
  });

  it("is the only thing in its folder", () => {
    const folder = join(import.meta.dirname, FOLDER);
    const files = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
    const names = files
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
    expect(names.sort()).toEqual([...shown.map(({ name }) => name), ...values.map(({ name }) => name), "README.md"].sort());
  });

  it.each(all)(
    "is taken by the gateway, in the form for reviews as well, and free of known mistakes: $name",
    ({ document, plan }) => {
      const { xml, file, scope } = document;
      const { sku } = plan.gateway;
      expect(checkPolicy({ xml, format: "xml", scope, sku }, known(plan))).toEqual([]);
      expect(checkPolicy({ xml: readable(xml), format: "rawxml", scope, sku }, known(plan))).toEqual([]);
      const options = { sku, scope: scope === "global" ? "global" : "inherits", backends: plannedBackends(plan) } as const;
      expect(lintPolicy(xml, file, options)).toEqual([]);
    },
  );

  it.each(SHIPPED)("serves, refuses and waits as documented: %s", async (stack) => {
    const topology = "public-apim";
    const plan = planOf(stack, topology);
    const served = await serve({ topology }, { stack });
    const deployed = served.arm.resources
      // The service's own global document stays as it was made.
      .filter(({ type }) => type.endsWith("/policies") && (plan.gateway.globalPolicy || !type.endsWith("service/policies")))
      .map(({ body }) => body.properties?.value);
    expect(deployed.sort()).toEqual(
      policyDocuments(plan)
        .map(({ xml }) => xml)
        .sort(),
    );

    const consumer = plan.consumers[0]?.name;
    for (const { deployment } of plan.pools)
      for (const path of ["/v1/chat/completions", deploymentPath(deployment)])
        expect((await served.call(path, { ...chat(deployment), consumer })).status).toBe(200);
    expect((await served.call(deploymentPath("other"), { ...chat(), consumer })).status).toBe(404);

    const keys = plan.accounts.map(({ key }) => [key, () => ({ status: 429, headers: { "Retry-After": "20" } })]);
    const full = await serve({ topology }, { stack, accounts: Object.fromEntries(keys) });
    for (const { deployment, members } of plan.pools) {
      full.forget();
      const reply = await full.call(deploymentPath(deployment), { ...chat(), consumer });
      expect([reply.status, reply.headers.get("retry-after")]).toEqual([429, "20"]);
      expect(new Set(full.called()).size).toBe(members.length);
    }
  });
});
