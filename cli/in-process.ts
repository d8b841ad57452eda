/**
 * The program of this project, run in process against the sandbox's ARM rules: Pulumi's own SDK registers the resources, no engine runs.
 * Inputs become ARM bodies by the conversion that the sandbox's provider uses.
 */
import { output, runtime, type Unwrap } from "@pulumi/pulumi";
import { contextOf, MemoryArm, SUBSCRIPTION, TODAY } from "../sandbox/arm/memory.ts";
import { addressed, idOf, pathParameters, toBody, toOutputs } from "../sandbox/arm/provider/shape.ts";
import type { Resource, ResourceBody } from "../sandbox/arm/resource.ts";
import { action, shown } from "../sandbox/arm/rules/index.ts";
import { checkPolicy } from "../sandbox/gateway/index.ts";
import { SECRET_KEYS, SECRET_PLACEHOLDER, type SecretKey, type StackSource } from "../stacks/config.ts";
import { deploy } from "../stacks/index.ts";
import { type Plan, planStack } from "../stacks/plan.ts";
import { REPOSITORY } from "./folders.ts";
import { bringVaults } from "./local-vaults.ts";
import { type CertificateFile, makeCertificate } from "./pfx.ts";
import { readStackFile, statedDay } from "./stack-file.ts";

/** One PUT as the provider would send it. */
export interface Sent {
  id: string;
  type: string;
  body: ResourceBody;
}

/** A resource as the program registered it with Pulumi. */
export interface Registered {
  /** `azure-native:cognitiveservices:Account` */
  type: string;
  /** Logical name. */
  name: string;
  urn: string;
  /** As the SDK hands them over, secrets in clear. */
  // biome-ignore lint/suspicious/noExplicitAny: inputs of any type of resource.
  inputs: Record<string, any>;
  /** Logical names of the resources that it waits for, because its inputs come from them or because the program says so. */
  dependsOn: readonly string[];
  protect: boolean;
  /** Paths of inputs whose change replaces it, beside those that its provider knows. */
  replaceOnChanges: readonly string[];
  /** Paths of inputs that stay as the state has them. */
  ignoreChanges: readonly string[];
  /** Logical names of the resources whose replacement replaces it too. */
  replaceWith: readonly string[];
}

/** What the stack tells its users, secrets in clear. */
type Outputs = Unwrap<Awaited<ReturnType<typeof deploy>>>;

/** What the engine tells the program of a resource. */
export interface Answer {
  id: string;
  state: Record<string, unknown>;
}

/** What carries the registrations out, in place of one PUT after another into an empty Azure. */
export interface InProcessEngine {
  /** Inputs of a resource as the state has them: what the program leaves as it is (`ignoreChanges`) comes from there. */
  stands?(resource: Pick<Registered, "type" | "name">): Registered["inputs"] | undefined;
  /** What a random resource comes to; undefined: the same every time. */
  draw?(resource: Registering): string | undefined;
  /** @param put  sends the body; not at all where nothing has changed */
  put?(resource: Registering & { id: string; armType: string; body: ResourceBody }, put: () => Resource): Promise<Resource>;
  /** What a resource is known to have come to: nothing is sent then. */
  answer?(resource: Registering): Answer | undefined;
}

export type Registering = Pick<Registered, "type" | "name" | "inputs"> &
  Omit<Registered, "type" | "name" | "inputs"> & { provider?: string };

export interface Built {
  today: string;
  /** In the order in which they were accepted. */
  sent: Sent[];
  arm: MemoryArm;
  /** In the order of registration, Pulumi's own and the random ones included. */
  resources: Registered[];
  outputs: Outputs;
  /** By URN, in clear. */
  answers: ReadonlyMap<string, Answer>;
}

/** Knows a stack as it is deployed, and makes everything anew in an empty Azure. */
export function standingOn({ resources }: Pick<Built, "resources">): InProcessEngine {
  const keyOf = ({ type, name }: Pick<Registered, "type" | "name">) => `${type}::${name}`;
  const known = new Map(resources.map((resource) => [keyOf(resource), resource.inputs]));
  return { stands: (resource) => known.get(keyOf(resource)) };
}

/**
 * Builds a stack, with values that replace its own: a shipped one by its name, or any that has been read. One after another, never two
 * at once: Pulumi's SDK keeps its state in globals. Every body has passed the rules, or the first refusal is thrown.
 * A stack that needs a certificate and has none gets one that is signed by itself.
 * @param arm  what stands there already, such as a key vault
 */
export async function builtInProcess(
  stack: string | Pick<StackSource, "stack" | "location" | "values">,
  values: Record<string, unknown> = {},
  arm = new MemoryArm(),
  engine?: InProcessEngine,
): Promise<Built> {
  const source = typeof stack === "string" ? readStackFile(REPOSITORY, stack) : stack;
  const today = statedDay(source.values) ?? TODAY;
  const sent: Sent[] = [];
  const registered: Pick<Registered, "type" | "name" | "inputs">[] = [];
  const subscriptions = new Map<string, string>();
  const random = new Map<string, number>();

  const failures: unknown[] = [];
  const answers = new Map<string, Answer>();
  const drawn = (resource: Registering, otherwise: string) => engine?.draw?.(resource) ?? otherwise;
  const register = ({ type, name, inputs, provider }: runtime.MockResourceArgs) => {
    const about = engine && { ...asked({ type, name }), type, name, inputs, provider };
    const answered = about && engine?.answer?.(about);
    if (answered) return answered;
    if (type === "pulumi:providers:azure-native") {
      subscriptions.set(name, inputs.subscriptionId);
      return { id: name, state: inputs };
    }
    if (type === "random:index/randomString:RandomString") {
      const result = about ? drawn(about, "abc123") : "abc123";
      return { id: result, state: { ...inputs, result } };
    }
    if (type === "random:index/randomPassword:RandomPassword") {
      const fixed = "Abcdefgh12345678".repeat(8).slice(0, inputs.length);
      const result = about ? drawn(about, fixed) : fixed;
      return { id: "none", state: { ...inputs, result } };
    }
    if (type === "random:index/randomUuid:RandomUuid") {
      const next = (random.get(type) ?? 0) + 1;
      random.set(type, next);
      const fixed = `00000000-0000-4000-9000-${String(next).padStart(12, "0")}`;
      const result = about ? drawn(about, fixed) : fixed;
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
    const put = () => {
      const resource = arm.put(id, info.armType, body, { today, checkPolicy });
      sent.push({ id, type: info.armType, body });
      return resource;
    };
    const path = Object.fromEntries(pathParameters(info).map((parameter) => [parameter, given[parameter]]));
    const registered = (resource: Resource) => ({
      id,
      state: { ...path, ...toOutputs(info, { ...shown(resource, contextOf(arm)), name: resource.name }) },
    });
    return about && engine?.put
      ? engine.put({ ...about, inputs: given, id, armType: info.armType, body }, put).then(registered)
      : registered(put());
  };

  const keysOf = ({ token, inputs }: runtime.MockCallArgs) => {
    if (token === "azure-native:apimanagement:getApiManagementServiceDomainOwnershipIdentifier")
      return { domainOwnershipIdentifier: "ownership-of-this-subscription" };
    if (token !== "azure-native:apimanagement:listSubscriptionSecrets")
      throw new Error(`the program calls ${token}, which this build does not have`);
    const info = addressed("azure-native:apimanagement:Subscription")?.info;
    const resource = info && arm.get(idOf(info, inputs, SUBSCRIPTION));
    // What only answers has nothing to list from, and nobody calls it.
    if (!resource && engine?.answer) return { primaryKey: "unknown", secondaryKey: "unknown" };
    if (!resource) throw new Error("keys are listed of a subscription that is not there");
    return action(resource, "listSecrets", arm);
  };
  /** A resource that the program reads; undefined: it reads nothing. What is not there is the program's to bear. */
  const gotten = ({ token, inputs }: runtime.MockCallArgs) => {
    const info = addressed(token.replace(/:get([A-Z]\w*)$/, ":$1"))?.info;
    if (!info) return undefined;
    const id = idOf(info, inputs, SUBSCRIPTION);
    const found = arm.get(id);
    if (!found) {
      // As gRPC hands an error over: the SDK reads the details.
      const details = `request failed ${id}: Status=404 Code="ResourceNotFound" Message="The resource was not found."`;
      throw Object.assign(new Error(details), { details });
    }
    return { ...toOutputs(info, { ...shown(found, contextOf(arm)), name: found.name }), id };
  };
  // A refusal is kept and thrown at the end: Pulumi's SDK would reject one promise for every resource that waits for this one.
  const failed = (error: unknown) => void failures.push(error);
  const orFailure = <T>(answer: () => T): T | undefined => {
    try {
      return answer();
    } catch (error) {
      failed(error);
      return undefined;
    }
  };

  // Nothing is registered before the program runs, and only then is there something to listen to.
  let asked: ReturnType<typeof listening>;
  runtime.setMocks(
    {
      newResource({ inputs: wrapped, ...args }) {
        const inputs = kept(inClear(wrapped), engine?.stands?.(args), asked(args).ignoreChanges);
        registered.push({ type: args.type, name: args.name, inputs });
        const unknown = { id: args.name, state: inputs };
        const answer = orFailure(() => register({ ...args, inputs })) ?? unknown;
        const told = (one: Answer) => {
          answers.set(`${args.type}::${args.name}`, one);
          return one;
        };
        if (!(answer instanceof Promise)) return told(answer);
        return answer.then(told, (error: unknown) => {
          failed(error);
          return unknown;
        });
      },
      call: async (args) => gotten(args) ?? orFailure(() => keysOf(args)) ?? {},
    },
    "azure-openai-regions",
    source.stack,
  );
  asked = listening();
  const wanted = { ...source.values, asOf: today, strict: true, ...values };
  const all = { ...wanted, ...certificateFor(wanted, today) };
  bring(arm, { ...source, values: { ...all, ...hidden(all) }, today });
  runtime.setAllConfig(
    {
      ...(source.location !== undefined && { "azure-native:location": source.location }),
      ...Object.fromEntries(
        Object.entries(all).map(([key, value]) => [`aoai:${key}`, typeof value === "string" ? value : JSON.stringify(value)]),
      ),
    },
    SECRET_KEYS.map((key) => `aoai:${key}`),
  );
  // Nothing takes time here.
  process.env.AOAI_CLOCK = JSON.stringify({ durationScale: null });
  let outputs: Outputs | undefined;
  await quietly(async () => {
    output(await deploy()).apply((resolved) => {
      outputs = resolved;
    });
    await runtime.disconnect();
  });
  if (failures.length > 0) throw failures[0];
  if (!outputs) throw new Error("the stack's outputs wait for something that does not come");
  const resources = registered.map((resource) => ({ ...resource, ...asked(resource) }));
  const byUrn = resources.flatMap(({ urn, type, name }): [string, Answer][] => {
    const answer = answers.get(`${type}::${name}`);
    return answer ? [[urn, answer]] : [];
  });
  return { today, sent, arm, outputs, answers: new Map(byUrn), resources };
}

/** Without an engine, Pulumi's SDK writes the plan's warnings to the terminal; whoever wants to tell them has the plan. */
async function quietly<T>(program: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await program();
  } finally {
    console.warn = warn;
  }
}

/** Placeholders for the secrets that there are: a plan takes no others. */
const hidden = (values: Record<string, unknown>) =>
  Object.fromEntries(SECRET_KEYS.filter((key) => values[key]).map((key) => [key, SECRET_PLACEHOLDER]));

/** The vaults that the stack refers to, unless its plan is refused, which the program says itself. */
function bring(arm: MemoryArm, source: StackSource): void {
  let plan: Plan;
  try {
    plan = planStack(source);
  } catch {
    return;
  }
  const shelf = {
    get: (id: string) => arm.get(id),
    secret: (id: string, name: string) => arm.secret(id, name),
    put(id: string, type: string, body: ResourceBody, secrets?: Record<string, string>) {
      arm.put(id, type, body, { today: source.today });
      if (secrets) arm.secrets.set(id.toLowerCase(), secrets);
    },
  };
  bringVaults(shelf, plan, (host) => vaultCertificate(host, source.today));
}

const inVaults = new Map<string, string>();

/** The same one for the same host. */
function vaultCertificate(host: string, today: string): string {
  const pfx = inVaults.get(host) ?? makeCertificate({ host, notBefore: new Date(today), days: 365, password: "" }).pfx;
  inVaults.set(host, pfx);
  return pfx;
}

const certificates = new Map<string, CertificateFile>();

/** The settings that hold the certificate of a host: the same one for the same host. */
function certificateFor(
  { certificatePfx, applicationGateway }: Record<string, unknown>,
  today: string,
): Partial<Record<SecretKey, string>> {
  const { host, keyVaultSecretId } = (applicationGateway ?? {}) as { host?: unknown; keyVaultSecretId?: unknown };
  if (certificatePfx || keyVaultSecretId || typeof host !== "string") return {};
  const made = certificates.get(host) ?? makeCertificate({ host, notBefore: new Date(today), days: 365 });
  certificates.set(host, made);
  return { certificatePfx: made.pfx, certificatePassword: made.password };
}

/** What Pulumi's SDK asks of its engine when it registers a resource. */
interface Registration {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getProtect(): boolean;
  getReplaceonchangesList(): string[];
  getIgnorechangesList(): string[];
  getReplaceWithList(): string[];
}

/** Pulumi's own stand-in for its engine, as far as it is used here. */
interface Monitor {
  registerResource(request: Registration, answer: unknown): Promise<void>;
  newUrn(parent: string, type: string, name: string): string;
}

/** Listens to what is asked of the engine: mocks are told types, names and inputs alone. */
function listening(): (resource: Pick<Registered, "type" | "name">) => Omit<Registered, "type" | "name" | "inputs"> {
  const monitor = runtime.getMonitor() as unknown as Monitor;
  const requests = new Map<string, Registration>();
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, answer) => {
    requests.set(`${request.getType()}::${request.getName()}`, request);
    return register(request, answer);
  };
  return ({ type, name }) => {
    const request = requests.get(`${type}::${name}`);
    if (!request) throw new Error(`Pulumi registered no ${type} of the name ${name}`);
    return {
      urn: monitor.newUrn(request.getParent(), type, name),
      dependsOn: request.getDependenciesList().map(nameIn),
      protect: request.getProtect(),
      replaceOnChanges: request.getReplaceonchangesList(),
      ignoreChanges: request.getIgnorechangesList(),
      replaceWith: request.getReplaceWithList().map(nameIn),
    };
  };
}

const nameIn = (urn: string) => urn.split("::").at(-1) ?? "";

/** Inputs as Pulumi takes them that are not to change: what the state has goes before them. Only whole inputs are ignored here. */
function kept(
  inputs: Record<string, unknown>,
  deployed: Readonly<Record<string, unknown>> | undefined,
  ignored: readonly string[],
): Record<string, unknown> {
  if (!deployed) return inputs;
  const others = Object.entries(inputs).filter(([name]) => !ignored.includes(name));
  const stay = Object.entries(deployed).filter(([name]) => ignored.includes(name));
  return Object.fromEntries([...others, ...stay]);
}

/** Inputs without the wrapping in which the SDK hands over secrets. */
function inClear(value: unknown): Record<string, unknown>;
function inClear(value: unknown): unknown {
  if (runtime.isRpcSecret(value)) return inClear(runtime.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map(inClear);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inClear(item)]));
}
