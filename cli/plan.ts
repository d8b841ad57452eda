/**
 * `npm run plan`: what a stack comes to, without deploying it: network, entrance, accounts, deployments, pools with weights, quota, warnings.
 */
import { Option } from "@commander-js/extra-typings";
import { policyDocuments } from "../policies/index.ts";
import { TOPOLOGIES, type Topology, topologies } from "../stacks/catalog/topologies.ts";
import { AZURE_FILTERS, type ContentFilterPlan } from "../stacks/content-filters.ts";
import type { CustomDomainPlan } from "../stacks/custom-domain.ts";
import type { CertificatePlan, EntrancePlan, MemberSetPlan } from "../stacks/entrance.ts";
import type { NetworkPlan } from "../stacks/network.ts";
import {
  type AccountMemberPlan,
  type BalancedMemberPlan,
  type Plan,
  type PoolPlan,
  planStack,
  quotaTerms,
  sentence,
} from "../stacks/plan.ts";
import { Command } from "./command.ts";
import { REPOSITORY } from "./folders.ts";
import { readStackFile } from "./stack-file.ts";
import { counted, grouped, isStarted, runCommand, table } from "./text.ts";

/** Fits a terminal of this width. */
const COLUMNS = 100;

const command = new Command("npm run plan --")
  .description("Show the plan of a stack: network, entrance, accounts, pools with weights, quota and warnings. Deploys nothing.")
  .option("-s, --stack <name>", "stack: the middle of Pulumi.<stack>.yaml", "dev")
  .addOption(new Option("-t, --topology <name>", "instead of the stack's own topology").choices(TOPOLOGIES))
  .option(
    "--from <name>",
    "a topology, with --to: what a switch between the two would do; or another stack file, without --to: what a change from it would do",
  )
  .option(
    "--from-deployed",
    "what a change from what is deployed on the local Azure would do; with --azure, on your subscription",
  )
  .option("--azure", "with --from-deployed: by your own Pulumi's state, which is only read")
  .addOption(new Option("--to <name>", "see --from").choices(TOPOLOGIES))
  .option("--json", "print the plan as JSON")
  .showHelpAfterError();

async function main(): Promise<void> {
  const { stack, topology, from, to, fromDeployed, azure, json } = command.parse().opts();
  const source = readStackFile(REPOSITORY, stack);
  const isTopology = (name?: string): name is Topology => TOPOLOGIES.some((one) => one === name);
  if (azure && !fromDeployed) throw new Error("--azure goes with --from-deployed.");
  if (fromDeployed || (from && !to && !isTopology(from))) {
    if (to || topology || (fromDeployed && from)) throw new Error("--from-deployed, or --from FILE, goes alone.");
    const { changeFrom, renderChangePlan } = await import("./change-plan.ts");
    const plan = await changeFrom(source, fromDeployed ? { azure: azure === true } : { file: from ?? "" });
    console.log(json ? JSON.stringify(plan, null, 2) : renderChangePlan(plan, wrapped));
    return;
  }
  if (from || to) {
    if (from && to && !isTopology(from))
      throw new Error(`--from ${from}: with --to it names a topology: ${TOPOLOGIES.join(", ")}.`);
    if (!isTopology(from) || !to || topology) throw new Error("--from and --to go together, and without --topology.");
    // Pulumi's SDK is slow to load, and only this needs it.
    const { planSwitch, renderSwitchPlan } = await import("./switch-plan.ts");
    const plan = await planSwitch(source, from, to);
    console.log(json ? JSON.stringify(plan, null, 2) : renderSwitchPlan(plan, wrapped));
    return;
  }
  const plan = planStack(topology ? { ...source, values: { ...source.values, topology } } : source);
  // A plan whose policies the gateway would refuse, for their size above all, is no plan.
  policyDocuments(plan);
  const quota = plan.pools.map((pool) => ({ deployment: pool.deployment, terms: quotaTerms(plan, pool), tpm: pool.tpm }));
  console.log(json ? JSON.stringify({ ...plan, quota }, null, 2) : renderPlan(plan));
}

/** The plan for people. */
export function renderPlan(plan: Plan): string {
  const { gateway, names, consumers } = plan;
  const callers = consumers.map(({ name, tokensPerMinute }) =>
    tokensPerMinute ? `${name} (${grouped(tokensPerMinute)} TPM)` : name,
  );
  return [
    `Stack ${plan.stack}: ${topologies[plan.topology].title} (${plan.topology})`,
    `  callers -> ${topologies[plan.topology].hops.join(" -> ")} -> ${plan.accounts.length} accounts`,
    "",
    `  gateway    ${gateway.sku}, ${counted(gateway.capacity, "unit")}, in ${plan.location}; ${names.gateway}-<suffix> in ${names.resourceGroup}`,
    ...(gateway.customDomain ? [`  address    ${domainText(gateway.customDomain)}`] : []),
    `  accounts   ${plan.accountAccess === "open" ? "reachable from the internet, with Entra tokens only" : "reachable through private endpoints only"}`,
    `  consumers  ${callers.join(", ") || "none"}`,
    `  models     judged as of ${plan.asOf}`,
    "",
    ...(plan.network ? [...networkPart(plan.network, plan.accounts.length), ""] : []),
    ...(plan.entrance ? [...entrancePart(plan.entrance), ""] : []),
    "Accounts",
    accountTable(plan),
    ...contentFilterLines(plan),
    ...plan.pools.flatMap((pool) => ["", poolTitle(pool), poolTable(plan, pool), ...streamingLine(pool)]),
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

function domainText({ host, certificate: from }: CustomDomainPlan): string {
  return `https://${host}, ${from.from === "managed" ? "certificate of Azure's" : `certificate ${from.secretId}, read by ${from.identityName}`}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => wrapped(line))];
}

function networkPart({ name, addressSpace, subnets, gateway }: NetworkPlan, accounts: number): string[] {
  const rows = subnets.map(({ name, prefix, delegation, rules }) => [
    name,
    prefix,
    rules.length === 0 ? "Azure's own" : `${rules.length} more`,
    delegation ?? "",
  ]);
  const reached = gateway.type === "Internal" ? "from this network only" : "from the internet";
  const subnet = subnets.find(({ key }) => key === gateway.subnet)?.name;
  return [
    `Network ${name}: ${addressSpace}`,
    `  API Management in ${subnet}, reached ${reached}; ${counted(accounts, "private endpoint")}`,
    table(["subnet", "range", "security rules", "delegated to"], rows),
  ];
}

const PRODUCT = { "application-gateway": "Application Gateway", "front-door": "Front Door" } as const;

function entrancePart(entrance: EntrancePlan): string[] {
  const about =
    entrance.kind === "application-gateway"
      ? [
          `  host         https://${entrance.host} at ${entrance.privateAddress}, inside the network only`,
          `  instances    ${entrance.capacity.min} to ${entrance.capacity.max}${entrance.zones.length > 0 ? `, zones ${entrance.zones.join(", ")}` : ""}`,
          `  certificate  ${certificate(entrance.certificate)}`,
          `  firewall     ${entrance.firewall ? `${entrance.firewall.name}, Prevention, bodies left alone` : "none"}`,
        ]
      : [
          `  host         ${entrance.endpointName}-<suffix>-<hash>.azurefd.net, ${entrance.sku}`,
          `  firewall     ${entrance.firewallName}: only with the secret in header ${entrance.proof.header}${entrance.gatewayAddressesOnly ? ", only from the gateway's addresses" : ""}`,
        ];
  return [
    `Entrance ${entrance.kind === "application-gateway" ? entrance.name : entrance.profileName}: ${PRODUCT[entrance.kind]}`,
    ...about,
    ...entrance.sets.map((set) =>
      wrapped(
        `${set.path}/openai to any of ${set.accounts.length}${entrance.kind === "front-door" ? " by weight" : ""}: ${chosenFrom(entrance, set)}`,
      ),
    ),
    wrapped(`/r/<account>/openai to one alone: ${entrance.steered.join(", ")}`),
  ];
}

/** Only Front Door has weights. */
function chosenFrom({ kind }: EntrancePlan, { accounts }: MemberSetPlan): string {
  return accounts.map(({ account, weight }) => (kind === "front-door" ? `${account} ${weight}` : account)).join(", ");
}

function certificate(plan: CertificatePlan): string {
  if (plan.from === "keyVault") return `${plan.secretId}, read by ${plan.identityName}`;
  return `${plan.given ? "aoai:certificatePfx" : "none yet"}${plan.selfSigned ? ", self-signed: its name is checked, its chain is not" : ""}`;
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

/** Filters that deployments name, and what the stack's own refuse; nothing where Azure's default holds. */
function contentFilterLines({ accounts }: Plan): string[] {
  const deployments = accounts.flatMap((account) => account.deployments);
  const named = [...new Set(deployments.map(({ contentFilter }) => contentFilter))].filter((name) => name !== undefined).sort();
  if (named.length === 0) return [];
  const own = accounts.flatMap(({ contentFilters = [] }) => contentFilters);
  return [
    "",
    "Content filters",
    ...named.map((name) => {
      const models = [...new Set(deployments.filter((one) => one.contentFilter === name).map((one) => one.name))].join(", ");
      const policy = own.find((one) => one.name === name);
      return wrapped(
        `${name} for ${models}: ${policy ? contentFilterText(policy) : isAzures(name) ? "Azure's own" : "must be in each of its accounts already"}`,
      );
    }),
  ];
}

const isAzures = (name: string) => AZURE_FILTERS.some((own) => own === name);

/** `on Microsoft.DefaultV2; prompts Hate Low, ...; completions ...` */
function contentFilterText({ base, mode, filters }: ContentFilterPlan): string {
  const side = (source: "Prompt" | "Completion") =>
    filters
      .filter((filter) => filter.source === source)
      .map(
        ({ name, enabled, blocking, severityThreshold = "block" }) =>
          `${name} ${!enabled ? "none" : blocking ? severityThreshold.toLowerCase() : "annotate"}`,
      )
      .join(", ");
  return `on ${base}${mode === "Blocking" ? "" : ", asynchronous"}; prompts: ${side("Prompt")}; completions: ${side("Completion")}`;
}

function poolTitle({ deployment, model, id, retries }: PoolPlan): string {
  return `Pool ${id} for "${deployment}": ${model.name} ${model.version}, up to ${counted(retries, "retry", "retries")}`;
}

function poolTable(plan: Plan, pool: PoolPlan): string {
  const rows = pool.members.map((member) => {
    const all = pool.members.filter(({ priority }) => priority === member.priority).reduce((sum, { weight }) => sum + weight, 0);
    return [
      String(member.priority),
      ...(member.via === "balanced" ? balancedCells(plan, pool, member) : accountCells(plan, pool, member)),
      String(member.weight),
      `${((100 * member.weight) / all).toFixed(1)} %`,
    ];
  });
  return table(["priority", "member", "type", "capacity", "weight", "share"], rows, [0, 3, 4, 5]);
}

const deploymentOf = (plan: Plan, pool: PoolPlan, account: string) =>
  plan.accounts.find(({ key }) => key === account)?.deployments.find(({ name }) => name === pool.deployment);

function accountCells(plan: Plan, pool: PoolPlan, { account, via }: AccountMemberPlan): string[] {
  const deployment = deploymentOf(plan, pool, account);
  const sameModel = deployment?.model.version === pool.model.version;
  const amount = deployment?.tpm ? `${grouped(deployment.tpm)} TPM` : `${deployment?.capacity} PTU`;
  return [
    `${account}${via === "steered" ? ", steered" : ""}`,
    `${deployment?.sku}${sameModel ? "" : `, ${deployment?.model.version}`}`,
    amount,
  ];
}

function balancedCells(plan: Plan, pool: PoolPlan, { set: key }: BalancedMemberPlan): string[] {
  const accounts = plan.entrance?.sets.find((set) => set.key === key)?.accounts ?? [];
  const tpm = accounts.reduce((sum, { account }) => sum + (deploymentOf(plan, pool, account)?.tpm ?? 0), 0);
  return [`entrance, set ${key}`, `any of ${accounts.length}`, `${grouped(tpm)} TPM`];
}

function streamingLine({ streaming }: PoolPlan): string[] {
  if (!streaming) return [];
  return [
    `  "stream: true" goes past the entrance: pool ${streaming.id}, ${counted(streaming.members.length, "account")}, up to ${counted(streaming.retries, "retry", "retries")}`,
  ];
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

if (isStarted(import.meta.filename)) await runCommand(main);
