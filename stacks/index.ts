/** The program: configuration -> plan -> resources -> outputs. */
import { Config, getStack, log, RunError, runtime } from "@pulumi/pulumi";
import { accounts } from "../infra/accounts.ts";
import { requireCertificate } from "../infra/certificate.ts";
import { type Foundation, foundation, sameGroups } from "../infra/foundation.ts";
import { gateway } from "../infra/gateway/index.ts";
import { service } from "../infra/gateway/service.ts";
import { emptyNetwork, samePlace, virtualNetwork } from "../infra/network.ts";
import { logs } from "../infra/observability/logs.ts";
import { type StackOutputs, stackOutputs } from "../infra/outputs.ts";
import { balancers } from "../infra/topologies/index.ts";
import { type PolicyDocument, policyDocuments } from "../policies/index.ts";
import { PolicyError } from "../policies/language/index.ts";
import { SECRET_KEYS, SECRET_PLACEHOLDER, type StackSource } from "./config.ts";
import { fromPulumi } from "./handed-over.ts";
import { type Plan, PlanError, planStack } from "./plan.ts";

/** The stack's own settings as Pulumi read them, unknown keys included so that they can be refused, and the day it is today. */
function source(): StackSource {
  const all = runtime.allConfig();
  const isOurs = (key: string) => key.startsWith("aoai:");
  const values = Object.entries(all)
    .filter(([key]) => isOurs(key))
    .map(([key, text]) => [key.slice("aoai:".length), fromPulumi(text)] as const)
    .map(([key, value]) => [key, value !== "" && isSecret(key) ? SECRET_PLACEHOLDER : value]);
  return {
    stack: getStack(),
    location: new Config("azure-native").get("location"),
    values: Object.fromEntries(values),
    today: new Date().toISOString().slice(0, 10),
    others: Object.keys(all).filter((key) => !isOurs(key)),
  };
}

/**
 * What is secret goes from Pulumi to Azure and nowhere else; that it is there is all the plan has to know. Written in clear it is left for
 * the plan to refuse. Pulumi's SDK has the question, but not among its types.
 */
function isSecret(key: string): boolean {
  const { isConfigSecret } = runtime as { isConfigSecret?: (key: string) => boolean };
  return SECRET_KEYS.some((secret) => secret === key) && isConfigSecret?.(`aoai:${key}`) !== false;
}

/**
 * @throws RunError, which Pulumi prints without a stack trace: for a configuration with faults before the first resource; later, for a stack that would
 * lose what stands in it
 */
export function deploy(): Promise<StackOutputs> {
  try {
    const plan = planStack(source());
    const documents = policyDocuments(plan);
    requireCertificate(plan);
    for (const { path, rule, fix } of plan.warnings) log.warn(`${path}: ${rule} ${fix}`);
    return onWhatStands(plan, documents);
  } catch (error) {
    throw error instanceof PlanError || error instanceof PolicyError ? new RunError(error.message) : error;
  }
}

/** Registers first what holds the rest, and goes on when the state has told that it may stay as it is. */
async function onWhatStands(plan: Plan, documents: readonly PolicyDocument[]): Promise<StackOutputs> {
  const base = foundation(plan);
  await sameGroups(base);
  const whole = emptyNetwork(base);
  if (whole) await samePlace(whole, base);
  return register(base, documents, whole);
}

/**
 * Registers everything the plan says.
 * @throws before the first resource: PolicyError for a plan whose policies the gateway would refuse, RunError for one that lacks its certificate
 */
export function build(plan: Plan): StackOutputs {
  const documents = policyDocuments(plan);
  requireCertificate(plan);
  const base = foundation(plan);
  return register(base, documents, emptyNetwork(base));
}

function register(base: Foundation, documents: readonly PolicyDocument[], whole: ReturnType<typeof emptyNetwork>): StackOutputs {
  const { plan } = base;
  const regions = accounts(base);
  const network = virtualNetwork(base, regions, whole);
  const front = service(base, regions, network);
  const balancer = balancers[plan.topology]({ base, accounts: regions, service: front, network });
  return stackOutputs(plan, regions, balancer, gateway(base, front, regions, balancer, logs(base), documents));
}
