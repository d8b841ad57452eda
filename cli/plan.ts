/**
 * `npm run plan`: what a stack comes to, without deploying it: accounts, deployments, pools with weights, quota, warnings.
 */
import { join } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { policyDocuments } from "../policies/index.ts";
import { TOPOLOGIES, topologies } from "../stacks/catalog/topologies.ts";
import { accountMembers, type Plan, type PoolPlan, planStack, quotaTerms, sentence } from "../stacks/plan.ts";
import { readStackFile } from "./stack-file.ts";
import { grouped, runCommand, table } from "./text.ts";

/** Fits a terminal of this width. */
const COLUMNS = 100;

const command = new Command("npm run plan --")
  .description("Show the plan of a stack: accounts, deployments, pools with weights, quota and warnings. Deploys nothing.")
  .option("-s, --stack <name>", "stack: the middle of Pulumi.<stack>.yaml", "dev")
  .addOption(new Option("-t, --topology <name>", "instead of the stack's own topology").choices(TOPOLOGIES))
  .option("--json", "print the plan as JSON")
  .showHelpAfterError();

function main(): void {
  const { stack, topology, json } = command.parse().opts();
  const source = readStackFile(join(import.meta.dirname, ".."), stack);
  const plan = planStack(topology ? { ...source, values: { ...source.values, topology } } : source);
  // A plan whose policies the gateway would refuse, for their size above all, is no plan.
  policyDocuments(plan);
  const quota = plan.pools.map((pool) => ({ deployment: pool.deployment, terms: quotaTerms(plan, pool), tpm: pool.tpm }));
  console.log(json ? JSON.stringify({ ...plan, quota }, null, 2) : renderPlan(plan));
}

/** The plan for people. */
export function renderPlan(plan: Plan): string {
  const { gateway, names, consumers } = plan;
  const unit = gateway.capacity === 1 ? "unit" : "units";
  const callers = consumers.map(({ name, tokensPerMinute }) =>
    tokensPerMinute ? `${name} (${grouped(tokensPerMinute)} TPM)` : name,
  );
  return [
    `Stack ${plan.stack}: ${topologies[plan.topology].title} (${plan.topology})`,
    `  callers -> ${topologies[plan.topology].hops.join(" -> ")} -> ${plan.accounts.length} accounts`,
    "",
    `  gateway    ${gateway.sku}, ${gateway.capacity} ${unit}, in ${plan.location}; ${names.gateway}-<suffix> in ${names.resourceGroup}`,
    `  accounts   ${plan.accountAccess === "open" ? "reachable from the internet, with Entra tokens only" : "reachable through private endpoints only"}`,
    `  consumers  ${callers.join(", ") || "none"}`,
    `  models     judged as of ${plan.asOf}`,
    "",
    "Accounts",
    accountTable(plan),
    ...plan.pools.flatMap((pool) => ["", poolTitle(pool), poolTable(plan, pool)]),
    "",
    "Tokens per minute",
    ...plan.pools.map((pool) => `  ${arithmetic(plan, pool)}`),
    `  all models: ${grouped(plan.pools.reduce((sum, { tpm }) => sum + tpm, 0))}`,
    ...section(
      `Warnings (${plan.warnings.length})`,
      plan.warnings.map((warning) => sentence(warning)),
    ),
    ...section("Good to know", plan.notes),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => wrapped(line))];
}

function accountTable(plan: Plan): string {
  const several = plan.accounts.some(({ subscription }) => subscription);
  const rows = plan.accounts.map((account) => [
    `${account.name}-<suffix>`,
    account.region,
    ...(several ? [account.subscription ?? "default"] : []),
    account.deployments.map(({ name }) => name).join(", "),
  ]);
  return table(["account", "region", ...(several ? ["subscription"] : []), "deployments"], rows);
}

function poolTitle({ deployment, model, id, retries }: PoolPlan): string {
  return `Pool ${id} for "${deployment}": ${model.name} ${model.version}, up to ${retries} ${retries === 1 ? "retry" : "retries"}`;
}

function poolTable(plan: Plan, pool: PoolPlan): string {
  const rows = accountMembers(pool).map(({ account: key, priority, weight }) => {
    const account = plan.accounts.find((candidate) => candidate.key === key);
    const deployment = account?.deployments.find(({ name }) => name === pool.deployment);
    const sameModel = deployment?.model.version === pool.model.version;
    const amount = deployment?.tpm ? `${grouped(deployment.tpm)} TPM` : `${deployment?.capacity} PTU`;
    const all = pool.members.filter((member) => member.priority === priority).reduce((sum, member) => sum + member.weight, 0);
    return [
      String(priority),
      key,
      `${deployment?.sku}${sameModel ? "" : `, ${deployment?.model.version}`}`,
      amount,
      String(weight),
      `${((100 * weight) / all).toFixed(1)} %`,
    ];
  });
  return table(["priority", "account", "type", "capacity", "weight", "share"], rows, [0, 3, 4, 5]);
}

/** `chat: 3 x 60,000 = 180,000, 3 times the largest member` */
function arithmetic(plan: Plan, pool: PoolPlan): string {
  const terms = quotaTerms(plan, pool);
  if (terms.length === 0) return `${pool.deployment}: provisioned only`;
  const largest = Math.max(...terms.map(({ tpm }) => tpm));
  const times = Number((pool.tpm / largest).toFixed(1));
  return `${pool.deployment}: ${terms.map(({ members, tpm }) => `${members} x ${grouped(tpm)}`).join(" + ")} = ${grouped(pool.tpm)}, ${times} times one region's ${grouped(largest)}`;
}

/** `- text`, broken between words. */
function wrapped(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + word.length + 5 > COLUMNS) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return `  - ${lines.join("\n    ")}`;
}

if (process.argv[1] === import.meta.filename) await runCommand(main);
