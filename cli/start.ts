/**
 * `npm start`: deploys a stack onto the local Azure with the real Pulumi engine, calls it with the official OpenAI SDK in both API
 * styles, drives it past one region's quota and reports what each region served.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Option } from "@commander-js/extra-typings";
import { TOPOLOGIES, type Topology } from "../stacks/catalog/topologies.ts";
import type { EntraPlan, PoolPlan } from "../stacks/plan.ts";
import { openCallLog } from "./call-log.ts";
import { callAllTheWhile } from "./calls-all-the-while.ts";
import { azureClient, openAIClient, type Proof, type Proofs, proofsFor } from "./clients.ts";
import { Command } from "./command.ts";
import { directoryOf, REPOSITORY } from "./folders.ts";
import { runLoad, status } from "./load.ts";
import { type Local, openLocal } from "./local.ts";
import { type CallerResult, countRun, renderReport } from "./report.ts";
import { localEngine, runSwitch, tellingSteps } from "./switch.ts";
import { counted, runCommand } from "./text.ts";
import { issueToken } from "./token.ts";

/** How long calls go on before a switch and after it. */
const BESIDE_SWITCH_MS = 3000;
/** The load: well above one region's quota and well below all of them together, in calls of about 1/60 of one region's quota. */
const SHARE_OF_TOTAL = 0.6;
const AT_LEAST_OF_ONE_REGION = 1.2;
const AT_MOST_OF_TOTAL = 0.9;
const CALLS_PER_REGION = 60;
/** Part of one region's quota that another application of the subscription uses meanwhile, so that the gateway meets real 429s there. */
const USED_BY_OTHERS = 0.6;

const command = new Command("npm start --")
  .description("Deploy a stack onto the local Azure, call it past one region's quota, and report.")
  .option("-s, --stack <name>", "stack to deploy", "dev")
  .addOption(new Option("-t, --topology <name>", "instead of the stack's own topology").choices(TOPOLOGIES))
  .addOption(new Option("--switch-to <name>", "then lead it to this topology, while calls go on").choices(TOPOLOGIES))
  .option("-q, --quiet", "no line for each call")
  .option("--json", "one JSON object for each call, and nothing else, on standard output")
  .showHelpAfterError();

async function main(): Promise<void> {
  const { stack, topology, switchTo, quiet, json } = command.parse().opts();
  // Standard output is for programs then.
  if (json) console.log = console.error;
  const step = (text: string) => console.log(`\n▸ ${text}`);

  const calls = openCallLog({ directory: directoryOf(stack), quiet: quiet || switchTo !== undefined, json, indent: "  " });
  const local = await openLocal({ stack, topology, doing: "`npm start`", sandbox: { gateway: { observe: calls.observe } } });
  const { plan, sandbox, workspace } = local;
  try {
    if (plan.topology === switchTo)
      throw new Error(
        `stack ${stack} would begin as ${switchTo}: choose another topology for --switch-to, or another beginning with --topology.`,
      );
    step(
      `Deploying stack ${stack} (${plan.topology}, ${plan.accounts.length} accounts) onto the local Azure with the Pulumi engine`,
    );
    const { changes } = await workspace.up({ onOutput: () => (json ? process.stderr : process.stdout).write(".") });
    console.log(
      `\n  ${Object.entries(changes)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(", ")}`,
    );

    const outputs = await workspace.outputs();
    // A consumer's own limit would end the load before any region's quota does.
    const consumer = plan.consumers.find(({ tokensPerMinute }) => tokensPerMinute === undefined) ?? plan.consumers[0];
    const key = (outputs.keys as Record<string, string>)[consumer?.name ?? ""];
    const token = plan.entra && issueToken(sandbox.entra, plan.entra, { hours: 24 });
    const proofs = proofsFor(plan.entra?.require, key, token);
    if (!proofs) throw new Error(`stack ${stack} has no consumer to call with: add one under aoai:consumers`);
    if (plan.entra) step(`Callers bring ${BRING[plan.entra.require]}: the local Entra issues one`);

    if (switchTo !== undefined) {
      await switchUnderCalls(local, switchTo, proofs.load, step);
      return;
    }
    const callers: CallerResult[] = await tour(
      sandbox.gatewayUrl,
      proofs,
      plan.pools.map((pool) => ({ deployment: pool.deployment, model: pool.model.name })),
      step,
    );

    const pool = plan.pools.find(({ model }) => !model.name.includes("embedding"));
    if (consumer?.tokensPerMinute !== undefined && proofs.load.key !== undefined)
      step(
        `No load: consumer ${consumer.name} may take ${consumer.tokensPerMinute.toLocaleString("en-US")} tokens a minute, and there is none without a limit`,
      );
    else if (pool) callers.push(...(await overload(local, pool, proofs.load, step)));

    const report = countRun(plan.topology, callers, sandbox);
    console.log(`\n${renderReport(report)}`);
    mkdirSync(join(REPOSITORY, ".sandbox"), { recursive: true });
    writeFileSync(join(REPOSITORY, ".sandbox", "report.json"), `${JSON.stringify(report, null, 2)}\n`);
    // A topology asked for here is not in the stack's file.
    const deployed = `--stack ${stack}${topology ? ` --topology ${topology}` : ""}`;
    const next = [
      ["plan", deployed, "what is deployed, and why"],
      ["policies", deployed, "the policy documents as deployed"],
      ["sandbox", `serve --stack ${stack}`, "keep this gateway open and call it yourself"],
    ];
    console.log(
      `\nNext:\n${next.map(([script, words, does]) => `  ${`npm run ${script} -- ${words}`.padEnd(topology ? 70 : 44)}${does}`).join("\n")}`,
    );
    if (report.callerErrors > 0) {
      console.error(`\n${report.callerErrors} calls ended in an error that the gateway should have absorbed.`);
      process.exitCode = 1;
    }
  } finally {
    await local.close();
    await calls.close();
  }
}

/** Leads the stack to another topology while calls go on, and says once a second how they fare. */
async function switchUnderCalls(local: Local, to: Topology, proof: Proof, step: (text: string) => void): Promise<void> {
  const { plan, sandbox } = local;
  const pool = plan.pools.find(({ model }) => !model.name.includes("embedding")) ?? plan.pools[0];
  if (!pool) throw new Error(`stack ${plan.stack} has no model to call: add one under aoai:models`);
  step(`Calling ${pool.deployment} all the while, and leading the stack from ${plan.topology} to ${to}`);
  const steady = callAllTheWhile({
    gatewayUrl: sandbox.gatewayUrl,
    proof,
    deployment: pool.deployment,
    embeds: pool.model.name.includes("embedding"),
    onSecond: (line) => console.log(`  ${line}`),
  });
  let failure: unknown;
  steady.phase(`before, as ${plan.topology}`);
  try {
    await wait(BESIDE_SWITCH_MS);
    const telling = tellingSteps((line) => console.log(line));
    await runSwitch(localEngine(local), to, {
      ...telling,
      onStep: (update, index, count) => {
        telling.onStep?.(update, index, count);
        steady.phase(`update ${index + 1} of ${count}`);
      },
    });
    steady.phase(`after, as ${to}`);
    await wait(BESIDE_SWITCH_MS);
  } catch (error) {
    failure = error;
  }
  const { text, errors, calls } = await steady.stop();
  console.log(`\n${text}`);
  if (failure) throw failure;
  console.log(`${counted(calls, "call")}, ${counted(errors, "error")} seen by callers. Stack ${plan.stack} is ${to} now.`);
  if (errors > 0) process.exitCode = 1;
}

const BRING = {
  token: "a token of Microsoft Entra ID",
  "key-or-token": "a key or a token of Microsoft Entra ID",
  "key-and-token": "a key and a token of Microsoft Entra ID",
} as const satisfies Record<EntraPlan["require"], string>;

/** More than one region can serve, while one of them is busy with somebody else's calls. */
async function overload(
  { plan, sandbox }: Local,
  pool: PoolPlan,
  proof: Proof,
  step: (text: string) => void,
): Promise<CallerResult[]> {
  const quotas = plan.accounts.flatMap(({ region, deployments }) =>
    deployments.filter(({ name }) => name === pool.deployment).map(({ tpm }) => ({ region, tpm: tpm ?? 0 })),
  );
  const largest = quotas.reduce((a, b) => (b.tpm > a.tpm ? b : a));
  // The smallest gets at least its share of the calls however they are spread, by weight or in turns: the gateway meets 429s there.
  const shared = quotas.reduce((a, b) => (b.tpm < a.tpm ? b : a));
  const tokens = Math.floor(Math.max(SHARE_OF_TOTAL * pool.tpm, AT_LEAST_OF_ONE_REGION * largest.tpm));
  if (tokens > AT_MOST_OF_TOTAL * pool.tpm) {
    step(`${pool.deployment} stands in too few regions for load above one region's quota: skipped`);
    return [];
  }
  const used = `another application already uses ${USED_BY_OTHERS * 100} % of`;
  const busyText = shared === largest ? `where ${used} it` : `while ${used} that of ${shared.region}`;
  step(
    `Asking ${pool.deployment} for ${tokens.toLocaleString("en-US")} tokens within a minute: ${(tokens / largest.tpm).toFixed(1)} × the quota of ` +
      `${largest.region}, ${busyText}`,
  );
  const busy = sandbox.faults.set({ kind: "busy", region: shared.region, deployment: pool.deployment, share: USED_BY_OTHERS });
  try {
    return await runLoad({
      gatewayUrl: sandbox.gatewayUrl,
      proof,
      deployment: pool.deployment,
      tokens,
      meanTokens: Math.round(largest.tpm / CALLS_PER_REGION),
      concurrency: 8,
      seed: `npm start ${plan.stack}`,
    });
  } finally {
    busy.clear();
  }
}

/** Chat, streaming and embeddings, in both API styles. */
async function tour(
  url: string,
  proofs: Proofs,
  pools: { deployment: string; model: string }[],
  step: (text: string) => void,
): Promise<CallerResult[]> {
  step("Calling it with the official OpenAI SDK: deployments API and v1 API");
  const clients = [
    { style: "deployments API", client: (deployment: string) => azureClient(url, proofs.deployments, deployment) },
    { style: "v1 API", client: () => openAIClient(url, proofs.v1) },
  ];
  const results: CallerResult[] = [];
  const show = async (what: string, call: () => Promise<string>) => {
    let answer = "";
    const result = await status(async () => {
      answer = await call();
    });
    results.push(result);
    console.log(
      `  ${result.status === 200 ? "✓" : "✗"} ${what.padEnd(44)} ${result.status === 200 ? answer : `HTTP ${result.status}`}`,
    );
  };
  for (const { deployment, model } of pools) {
    for (const { style, client } of clients) {
      const api = client(deployment);
      if (model.includes("embedding")) {
        await show(`embeddings, ${style} (${deployment})`, async () => {
          const { data } = await api.embeddings.create({ model: deployment, input: "Hello" });
          return `${data[0]?.embedding.length} dimensions`;
        });
        continue;
      }
      const messages = [{ role: "user" as const, content: "Say hello." }];
      await show(`chat, ${style} (${deployment})`, async () => {
        const { usage } = await api.chat.completions.create({ model: deployment, messages, max_completion_tokens: 64 });
        return `${usage?.total_tokens} tokens`;
      });
      await show(`chat, streaming, ${style} (${deployment})`, async () => {
        let chunks = 0;
        for await (const _ of await api.chat.completions.create({
          model: deployment,
          messages,
          max_completion_tokens: 64,
          stream: true,
        }))
          chunks++;
        return `${chunks} chunks`;
      });
    }
  }
  return results;
}

await runCommand(main);
