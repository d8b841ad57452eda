/** The program: configuration -> plan -> resources -> outputs. */
import { Config, getStack, log, RunError, runtime } from "@pulumi/pulumi";
import { accounts } from "../infra/accounts.ts";
import { requireCertificate } from "../infra/certificate.ts";
import { foundation } from "../infra/foundation.ts";
import { gateway } from "../infra/gateway/index.ts";
import { service } from "../infra/gateway/service.ts";
import { virtualNetwork } from "../infra/network.ts";
import { logs } from "../infra/observability/logs.ts";
import { type StackOutputs, stackOutputs } from "../infra/outputs.ts";
import { balancers } from "../infra/topologies/index.ts";
import { policyDocuments } from "../policies/index.ts";
import { PolicyError } from "../policies/language/index.ts";
import { SECRET_KEYS, SECRET_PLACEHOLDER, type StackSource } from "./config.ts";
import { type Plan, PlanError, planStack } from "./plan.ts";

/** The stack's own settings as Pulumi read them, unknown keys included so that they can be refused, and the day it is today. */
function source(): StackSource {
  const all = runtime.allConfig();
  const isOurs = (key: string) => key.startsWith("aoai:");
  const values = Object.entries(all)
    .filter(([key]) => isOurs(key))
    .map(([key, text]) => [key.slice("aoai:".length), parsed(text)] as const)
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

/** Pulumi hands objects, lists, numbers and booleans over as JSON text, and plain text as it is. */
function parsed(text: string): unknown {
  if (!/^(\[|\{|true$|false$|-?\d+$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @throws RunError, which Pulumi prints without a stack trace, for a configuration with faults; before the first resource */
export function deploy(): StackOutputs {
  try {
    const plan = planStack(source());
    for (const { path, rule, fix } of plan.warnings) log.warn(`${path}: ${rule} ${fix}`);
    return build(plan);
  } catch (error) {
    throw error instanceof PlanError || error instanceof PolicyError ? new RunError(error.message) : error;
  }
}

/**
 * Registers everything the plan says.
 * @throws before the first resource: PolicyError for a plan whose policies the gateway would refuse, RunError for one that lacks its certificate
 */
export function build(plan: Plan): StackOutputs {
  const documents = policyDocuments(plan);
  requireCertificate(plan);
  const base = foundation(plan);
  const regions = accounts(base);
  const network = virtualNetwork(base, regions);
  const front = service(base, regions, network);
  const balancer = balancers[plan.topology]({ base, accounts: regions, service: front, network });
  return stackOutputs(plan, regions, balancer, gateway(base, front, regions, balancer, logs(base), documents));
}
