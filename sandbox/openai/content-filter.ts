/**
 * What an account's content filter makes of a prompt. Nobody judges texts here: a prompt says itself what it is, with a marker.
 */
import type { ArmReader, Resource } from "../arm/resource.ts";
import { contentFiltered } from "./errors.ts";

/** A prompt with this text is violence of medium severity. `[content_filter:hate:low]` says kind and severity, `[content_filter:jailbreak]` the kind. */
export const CONTENT_FILTER_MARKER = "[content_filter]";
const MARKERS = /\[content_filter(?::(hate|sexual|violence|self_harm|jailbreak)(?::(low|medium|high))?)?\]/g;

const SEVERITIES = ["low", "medium", "high"] as const;
type Severity = (typeof SEVERITIES)[number];
export type Kind = "hate" | "sexual" | "violence" | "self_harm" | "jailbreak";

/** By kind, the least severity of a prompt that is refused; absent: none is. A jailbreak has no severities: any will do. */
export type PromptFilter = Partial<Record<Kind, Severity>>;

/** Both of Azure's own policies. */
const DEFAULT: PromptFilter = { hate: "medium", sexual: "medium", violence: "medium", self_harm: "medium", jailbreak: "low" };

const KINDS: Record<string, Kind> = {
  hate: "hate",
  sexual: "sexual",
  violence: "violence",
  selfharm: "self_harm",
  jailbreak: "jailbreak",
};

interface Filter {
  name?: string;
  source?: string;
  blocking?: boolean;
  severityThreshold?: string;
}

/** The filter that a deployment's `raiPolicyName` leads to; what a policy does not say is as its base has it. */
export function promptFilter(arm: ArmReader, account: Resource, policyName: string | undefined): PromptFilter {
  const policy = policyName === undefined ? undefined : arm.get(`${account.id}/raiPolicies/${policyName}`);
  if (!policy) return DEFAULT;
  const { basePolicyName, contentFilters = [] } = policy.body.properties as {
    basePolicyName?: string;
    contentFilters?: Filter[];
  };
  const filter = { ...promptFilter(arm, account, basePolicyName) };
  for (const { name = "", source, blocking, severityThreshold } of contentFilters) {
    const kind = KINDS[name.toLowerCase()];
    if (kind === undefined || source !== "Prompt") continue;
    if (blocking) filter[kind] = (severityThreshold?.toLowerCase() as Severity | undefined) ?? "low";
    else delete filter[kind];
  }
  return filter;
}

/** @throws AccountError 400 content_filter */
export function judgePrompt(filter: PromptFilter, prompt: string): void {
  for (const [, kind = "violence", severity = "medium"] of prompt.matchAll(MARKERS)) {
    const least = filter[kind as Kind];
    if (least === undefined) continue;
    if (SEVERITIES.indexOf(severity as Severity) < SEVERITIES.indexOf(least)) continue;
    throw contentFiltered(kind as Kind, severity as Severity);
  }
}
