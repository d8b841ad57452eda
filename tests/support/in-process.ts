/**
 * The program of this project, run in process against the sandbox's ARM rules: Pulumi's own SDK registers the resources, no engine runs.
 * Inputs become ARM bodies by the conversion that the sandbox's provider uses.
 */
import { runtime } from "@pulumi/pulumi";
import { readStackFile } from "../../cli/stack-file.ts";
import { addressed, idOf, pathParameters, toBody, toOutputs } from "../../sandbox/arm/provider/shape.ts";
import type { ResourceBody } from "../../sandbox/arm/resource.ts";
import { action, shown } from "../../sandbox/arm/rules/index.ts";
import { checkPolicy } from "../../sandbox/gateway/index.ts";
import { deploy } from "../../stacks/index.ts";
import { contextOf, MemoryArm, SUBSCRIPTION, TODAY } from "./memory-arm.ts";

const REPOSITORY = new URL("../..", import.meta.url).pathname;

/** One PUT as the provider would send it. */
export interface Sent {
  id: string;
  type: string;
  body: ResourceBody;
}

export interface Built {
  today: string;
  /** In the order in which they were accepted. */
  sent: Sent[];
  arm: MemoryArm;
}

/** Builds a shipped stack, with values that replace those of its file. Every body has passed the rules, or the first refusal is thrown. */
export async function builtInProcess(stack: string, values: Record<string, unknown> = {}): Promise<Built> {
  const source = readStackFile(REPOSITORY, stack);
  const today = typeof source.values.asOf === "string" ? source.values.asOf : TODAY;
  const arm = new MemoryArm();
  const sent: Sent[] = [];
  const subscriptions = new Map<string, string>();
  const random = new Map<string, number>();

  const failures: unknown[] = [];
  const register = ({ type, name, inputs, provider }: runtime.MockResourceArgs) => {
    if (type === "pulumi:providers:azure-native") {
      subscriptions.set(name, inputs.subscriptionId);
      return { id: name, state: inputs };
    }
    if (type === "random:index/randomString:RandomString") return { id: "abc123", state: { ...inputs, result: "abc123" } };
    if (type === "random:index/randomUuid:RandomUuid") {
      const next = (random.get(type) ?? 0) + 1;
      random.set(type, next);
      const result = `00000000-0000-4000-9000-${String(next).padStart(12, "0")}`;
      return { id: result, state: { ...inputs, result } };
    }
    const known = addressed(type);
    if (!known) throw new Error(`the program makes a ${type}, which the sandbox does not have`);
    const { info } = known;
    const explicit = [...subscriptions].find(([provider0]) => provider?.includes(`::${provider0}::`))?.[1];
    const location = info.envelope.includes("location") ? { location: source.location } : {};
    const given = Object.fromEntries(Object.entries({ ...location, ...inputs }).filter(([, value]) => value !== undefined));
    const id = idOf(info, given, explicit ?? SUBSCRIPTION);
    const body = toBody(info, given);
    const resource = arm.put(id, info.armType, body, { today, checkPolicy });
    sent.push({ id, type: info.armType, body });
    const path = Object.fromEntries(pathParameters(info).map((parameter) => [parameter, given[parameter]]));
    return { id, state: { ...path, ...toOutputs(info, { ...shown(resource, contextOf(arm)), name: resource.name }) } };
  };

  runtime.setMocks(
    {
      // A refusal is kept and thrown at the end: Pulumi's SDK would reject one promise for every resource that waits for this one.
      newResource(args) {
        try {
          return register(args);
        } catch (error) {
          failures.push(error);
          return { id: args.name, state: args.inputs };
        }
      },
      call({ token, inputs }) {
        if (token !== "azure-native:apimanagement:listSubscriptionSecrets")
          throw new Error(`the program calls ${token}, which this build does not have`);
        const info = addressed("azure-native:apimanagement:Subscription")?.info;
        const resource = info && arm.get(idOf(info, inputs, SUBSCRIPTION));
        if (!resource) throw new Error("keys are listed of a subscription that is not there");
        return action(resource, "listSecrets", arm);
      },
    },
    "azure-openai-regions",
    stack,
  );
  const all = { ...source.values, asOf: today, strict: true, ...values };
  runtime.setAllConfig({
    "azure-native:location": source.location ?? "",
    ...Object.fromEntries(
      Object.entries(all).map(([key, value]) => [`aoai:${key}`, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
  });
  deploy();
  await runtime.disconnect();
  if (failures.length > 0) throw failures[0];
  return { today, sent, arm };
}
