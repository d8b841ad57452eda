/** The program: configuration -> plan -> resources -> outputs. */
import { Config, getStack, log, RunError, runtime } from "@pulumi/pulumi";
import { accounts } from "../infra/accounts.ts";
import { foundation } from "../infra/foundation.ts";
import { gateway } from "../infra/gateway.ts";
import { logs } from "../infra/observability/logs.ts";
import { type StackOutputs, stackOutputs } from "../infra/outputs.ts";
import { topologyOf } from "../infra/topologies/index.ts";
import { policyDocuments } from "../policies/index.ts";
import { PolicyError } from "../policies/language/index.ts";
import type { StackSource } from "./config.ts";
import { type Plan, PlanError, planStack } from "./plan.ts";

/** The stack's own settings as Pulumi read them, unknown keys included so that they can be refused, and the day it is today. */
function source(): StackSource {
  const values = Object.entries(runtime.allConfig())
    .filter(([key]) => key.startsWith("aoai:"))
    .map(([key, text]) => [key.slice("aoai:".length), parsed(text)]);
  return {
    stack: getStack(),
    location: new Config("azure-native").get("location"),
    values: Object.fromEntries(values),
    today: new Date().toISOString().slice(0, 10),
  };
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
 * @throws PolicyError before the first resource, for a plan whose policies the gateway would refuse
 */
export function build(plan: Plan): StackOutputs {
  const balance = topologyOf(plan.topology);
  const documents = policyDocuments(plan);
  const base = foundation(plan);
  const regions = accounts(base);
  return stackOutputs(plan, regions, gateway(base, regions, balance(base, regions), logs(base), documents));
}
