/**
 * The provider "azure-native": from Pulumi's inputs to requests to Azure Resource Manager and back, by the rules of pulumi-azure-native 3 (its public source).
 */
import { createHash, randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { ArmError, DEFAULT_POLICY, type TypeInfo, types } from "../rules/index.ts";
import type { Store } from "../store.ts";
import { type Arm, type ArmOptions, createArm, notFound, OperationInterrupted, type Wait } from "./arm.ts";
import { carryOver, detailedDiff, equal, KIND, replaces } from "./diff.ts";
import { type CheckRequest, type Provider, Unfinished } from "./rpc.ts";
import {
  type Addressed,
  addressed,
  asInputs,
  idOf,
  importedInputs,
  parseId,
  pathParameters,
  toBody,
  toOutputs,
} from "./shape.ts";
import { hasUnknown, isObject, isUnknown, type Properties, UNKNOWN } from "./values.ts";

/** Azure's own words for what azure-native asks again by itself (pulumi-azure-native, client_azcore.go). */
const RETRIED_STATUS = new Set([408, 429, 500, 502, 503, 504]);
const RETRIED_CONFLICT = "AnotherOperationInProgress";
/** Azure's answer at the end of a long operation, where azure-native asks no more, in spite of its name and status (issue 4509). */
const NOT_RETRIED = "RetryableError";
/** Seconds before each further try. Source: as above. */
const RETRY_SECONDS = [20, 60, 120];

/** Of a random name, in hex digits. */
const RANDOM_DIGITS = 8;
/** Marks a name that Pulumi made up: only such resources are created anew before the old one goes. */
const MADE_UP_NAME = "__createBeforeDelete";
/** Outputs that no update changes. */
const STABLE = ["name", "location", "type", "azureApiVersion"];

/** POST actions that the SDK has as functions: token -> what to address, which action. Path arguments are named as the resource's. */
const LISTS: Record<string, { of: string; action: string }> = {
  "azure-native:apimanagement:listSubscriptionSecrets": { of: "azure-native:apimanagement:Subscription", action: "listSecrets" },
  "azure-native:apimanagement:listNamedValue": { of: "azure-native:apimanagement:NamedValue", action: "listValue" },
  "azure-native:cognitiveservices:listAccountKeys": { of: "azure-native:cognitiveservices:Account", action: "listKeys" },
};

/**
 * Resources that Azure makes with their parent, in the state that azure-native takes for untouched, by ARM type and in SDK names: a creation takes
 * over such a one and no other, a deletion puts this state back. Strings must be the same to the letter. Source: pulumi-azure-native,
 * defaultResourcesState.go and isDefaultResponse.go; issue 1729 and pull request 3688 for the policy.
 */
const DEFAULT_STATES: Record<string, Properties> = {
  "Microsoft.ApiManagement/service/policies": { format: "xml", value: DEFAULT_POLICY },
};

/** What a subscription's owner writes into DNS to prove that a domain is theirs. */
const OWNERSHIP = "azure-native:apimanagement:getApiManagementServiceDomainOwnershipIdentifier";

/** What the client itself is in this Azure's directory. */
const CLIENT = { clientId: "00000000-0000-4000-8000-0000000000c1", objectId: "00000000-0000-4000-8000-0000000000c2" };

export function azureNative(armOptions: ArmOptions): () => Provider {
  const arm = createArm(armOptions);
  return () => new AzureNative(arm, armOptions);
}

class AzureNative implements Provider {
  readonly #arm: Arm;
  readonly #store: Store;
  readonly #options: ArmOptions["options"];
  readonly #stopped = new AbortController();
  #config: Properties = {};
  #configured = false;

  constructor(arm: Arm, { store, options }: ArmOptions) {
    this.#arm = arm;
    this.#store = store;
    this.#options = options;
  }

  configure(variables: Properties): void {
    this.#config = variables;
    this.#configured = true;
  }

  get #subscription(): string {
    // A connection that was opened anew in the middle of a run would silently act on the default subscription.
    if (!this.#configured) throw new Error("the provider azure-native has not been configured on this connection");
    return isUnknown(this.#config.subscriptionId) ? UNKNOWN : (this.#config.subscriptionId ?? this.#options.defaultSubscription);
  }

  cancel(): void {
    this.#stopped.abort(new Error("cancelled"));
  }

  #type(token: string): Addressed {
    const found = addressed(token);
    if (!found)
      throw new Error(`Resource type ${token} not found: this local Azure has ${types.map((info) => info.token).join(", ")}`);
    return found;
  }

  check({ urn, type, olds, news, randomSeed, autonaming }: CheckRequest) {
    const { info, apiVersion } = this.#type(type);
    const inputs = { ...news };
    const path = pathParameters(info);
    const own = path.at(-1) as string;
    if (inputs[own] === undefined) {
      const named = ownName(info, urn, olds[own], randomSeed, autonaming);
      if (named) {
        inputs[own] = named.name;
        if (named.madeUp || (olds[own] !== undefined && olds[MADE_UP_NAME])) inputs[MADE_UP_NAME] = true;
      }
    }
    if (inputs.location === undefined && info.envelope.includes("location")) {
      const location = olds.location ?? (this.#config.location || this.#locationOfGroup(inputs.resourceGroupName));
      if (location !== undefined) inputs.location = location;
    }
    inputs.azureApiVersion ??= apiVersion;
    const failures = path
      .filter((name) => inputs[name] === undefined)
      .map((name) => ({ property: name, reason: `missing required property '${name}'` }));
    return { inputs, failures };
  }

  #locationOfGroup(name: unknown): string | undefined {
    if (typeof name !== "string") return undefined;
    if (isUnknown(name)) return UNKNOWN;
    return this.#arm.get(`/subscriptions/${this.#subscription}/resourceGroups/${name}`)?.location;
  }

  diff({ type, oldInputs, oldOutputs, news }: Parameters<Provider["diff"]>[0]) {
    const { info } = this.#type(type);
    const before = { ...oldInputs };
    // A state of azure-native 2 or of an import has the version among the outputs only.
    if (!("azureApiVersion" in before) && "azureApiVersion" in oldOutputs) before.azureApiVersion = oldOutputs.azureApiVersion;
    const detailed = detailedDiff(before, news, new Set([...pathParameters(info), ...info.createOnly]));
    for (const [path, kind] of detailed) {
      // Said now what was so already.
      if (kind === KIND.addReplace && equal(news[path], oldOutputs[path])) detailed.set(path, KIND.add);
    }
    const replaced = [...detailed.values()].some(replaces);
    return { detailed, deleteBeforeReplace: replaced && !oldInputs[MADE_UP_NAME] };
  }

  async create({ type, inputs, preview, timeoutSeconds }: Parameters<Provider["create"]>[0]) {
    const { info, apiVersion } = this.#type(type);
    if (preview) return { id: "", outputs: foreseen(info, inputs, {}, apiVersion) };
    const id = idOf(info, inputs, this.#subscription);
    this.#mayCreate(info, id);
    await this.#put(info, id, inputs, { timeoutSeconds, apiVersion });
    return { id: this.#store.get(id)?.id ?? id, outputs: this.#outputs(info, id, apiVersion) };
  }

  /** A PUT would change what somebody else made. */
  #mayCreate(info: TypeInfo, id: string): void {
    const present = this.#arm.get(id);
    const usual = DEFAULT_STATES[info.armType];
    if (!present) return;
    if (!usual) throw new Error(`cannot create already existing resource '${id}'`);
    const shown = Object.entries(asInputs(info, toOutputs(info, present)));
    if (!shown.every(([name, value]) => isDeepStrictEqual(value, usual[name])))
      throw new Error(`cannot create already existing subresource '${id}'`);
  }

  async update({ type, id: recorded, oldOutputs, news, preview, timeoutSeconds }: Parameters<Provider["update"]>[0]) {
    const { info, apiVersion } = this.#type(type);
    if (preview) return foreseen(info, news, oldOutputs, apiVersion);
    const id = idOf(info, news, parseId(info, recorded)?.subscriptionId ?? this.#subscription);
    await this.#put(info, id, news, { timeoutSeconds, apiVersion });
    return this.#outputs(info, id, apiVersion);
  }

  async #put(info: TypeInfo, id: string, inputs: Properties, wait: Wait): Promise<void> {
    const body = toBody(info, inputs);
    try {
      await this.#request(() => this.#arm.put(id, info.armType, body, { ...wait, signal: this.#stopped.signal }));
    } catch (error) {
      if (!(error instanceof OperationInterrupted)) throw error;
      throw new Unfinished(error.message, {
        id,
        inputs,
        outputs: this.#store.get(id) ? this.#outputs(info, id, wait.apiVersion) : {},
      });
    }
  }

  /** Asks again where azure-native does; every other refusal is the engine's to show. */
  async #request<T>(send: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof ArmError)) throw error;
        const retried =
          error.code !== NOT_RETRIED &&
          (RETRIED_STATUS.has(error.status) || (error.status === 409 && error.code === RETRIED_CONFLICT));
        const seconds = RETRY_SECONDS[tries];
        if (!retried || seconds === undefined || this.#stopped.signal.aborted) throw printed(error);
        await this.#arm.pause(seconds, { signal: this.#stopped.signal });
      }
    }
  }

  #outputs(info: TypeInfo, id: string, apiVersion = info.apiVersion): Properties {
    const body = this.#arm.get(id);
    if (!body) throw printed(notFound(id));
    return { ...toOutputs(info, body), azureApiVersion: apiVersion };
  }

  async read({ type, id, inputs, outputs: recorded }: Parameters<Provider["read"]>[0]) {
    const { info, apiVersion } = this.#type(type);
    const body = this.#arm.get(id);
    if (!body) return undefined;
    const outputs = { ...toOutputs(info, body), azureApiVersion: apiVersion };
    if (!inputs) {
      const found = importedInputs(info, id, body);
      if (!found) throw new Error(`'${id}' is not the id of a ${info.token}: expected the form ${info.idTemplate}`);
      return { id: this.#store.get(id)?.id ?? id, outputs, inputs: { ...found, azureApiVersion: apiVersion } };
    }
    // Without outputs of an earlier reading (a creation whose end nobody recorded) there is nothing to compare with.
    const known = Object.keys(recorded).length > 0;
    return { id, outputs, inputs: known ? carryOver(inputs, asInputs(info, recorded), asInputs(info, outputs)) : inputs };
  }

  async delete({ type, id, timeoutSeconds }: Parameters<Provider["delete"]>[0]): Promise<void> {
    const { info, apiVersion } = this.#type(type);
    const usual = DEFAULT_STATES[info.armType];
    const wait = { timeoutSeconds, apiVersion, signal: this.#stopped.signal };
    await this.#request<unknown>(() =>
      usual ? this.#arm.put(id, info.armType, toBody(info, usual), wait) : this.#arm.delete(id, wait),
    );
  }

  invoke(token: string, args: Properties): Properties {
    if (token === "azure-native:authorization:getClientConfig") {
      return { ...CLIENT, subscriptionId: this.#subscription, tenantId: this.#options.tenantId };
    }
    const unversioned = token.replace(/\/v\w+:/, ":");
    if (unversioned === OWNERSHIP)
      return { domainOwnershipIdentifier: createHash("sha256").update(`ownership ${this.#subscription}`).digest("base64") };
    const list = LISTS[unversioned];
    const getter = addressed(token.replace(/:get([A-Z]\w*)$/, ":$1"));
    const target = list ? addressed(list.of) : getter;
    if (!target || hasUnknown(args))
      throw new Error(
        `Invoke type ${token} not found: this local Azure has ${Object.keys(LISTS).join(", ")} and the getters of its resource types`,
      );
    const id = idOf(target.info, args, this.#subscription);
    try {
      if (list) return this.#arm.post(id, list.action);
      return { ...this.#outputs(target.info, id, target.apiVersion), id };
    } catch (error) {
      throw error instanceof ArmError ? new Error(`request failed ${id}: ${printed(error).message}`) : error;
    }
  }
}

/** As azure-native prints what Azure answered. */
function printed({ status, code, message }: ArmError): Error {
  return new Error(`Status=${status} Code=${JSON.stringify(code)} Message=${JSON.stringify(message)}`);
}

/** A name for a resource that was given none: the recorded one, else Pulumi's proposal, else the logical name, made unique where names must be. */
function ownName(
  info: TypeInfo,
  urn: string,
  recorded: unknown,
  seed: Uint8Array,
  autonaming: CheckRequest["autonaming"],
): { name: unknown; madeUp: boolean } | undefined {
  if (recorded !== undefined) return { name: recorded, madeUp: false };
  if (autonaming?.mode === "disable") return undefined;
  const isAssignment = info.armType === "Microsoft.Authorization/roleAssignments";
  if (autonaming && (autonaming.mode === "enforce" || !isAssignment)) return { name: autonaming.proposedName, madeUp: true };
  const random = seed.length > 0 ? createHash("sha256").update(seed).update(urn).digest("hex") : randomBytes(16).toString("hex");
  if (isAssignment)
    return { name: random.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5"), madeUp: true };
  const logical = urn.split("::").at(-1) as string;
  if (info.armType.split("/").length > 2) return { name: logical, madeUp: false };
  return { name: `${logical}${random.slice(0, RANDOM_DIGITS)}`, madeUp: true };
}

/** Outputs as far as a preview can tell: the inputs, what never changes, and unknowns for all that the server decides. */
function foreseen(info: TypeInfo, inputs: Properties, recorded: Properties, apiVersion: string): Properties {
  const path = new Set(pathParameters(info));
  const given = Object.fromEntries(Object.entries(inputs).filter(([name]) => !path.has(name) && name !== MADE_UP_NAME));
  const outputs = merged(given, recorded);
  for (const name of STABLE) if (name in recorded) outputs[name] = recorded[name];
  outputs.azureApiVersion = apiVersion;
  outputs.name ??= UNKNOWN;
  // The principal of a managed identity is only known once it is made.
  if (isObject(outputs.identity)) outputs.identity = { principalId: UNKNOWN, tenantId: UNKNOWN, ...outputs.identity };
  return outputs;
}

function merged(given: Properties, recorded: Properties): Properties {
  const result: Properties = {};
  for (const key of new Set([...Object.keys(given), ...Object.keys(recorded)])) {
    if (!(key in given)) result[key] = UNKNOWN;
    else result[key] = isObject(given[key]) && isObject(recorded[key]) ? merged(given[key], recorded[key]) : given[key];
  }
  return result;
}

/**
 * The Azure id of a resource that an engine was creating when it was killed, if Azure has it.
 *
 * `subscriptionId` decides between groups of one name in several subscriptions; without it the youngest is meant, which is what a creation leaves.
 */
export function lookupPending(
  store: Store,
): (pending: { type: string; inputs: Record<string, unknown>; subscriptionId?: string }) => string | undefined {
  return ({ type, inputs, subscriptionId }) => {
    const info = addressed(type)?.info;
    if (!info) return undefined;
    const path = pathParameters(info);
    const usual = DEFAULT_STATES[info.armType];
    const found = store.list(info.armType).filter(({ id, body }) => {
      // Nobody's creation: it came with its parent.
      if (usual && isDeepStrictEqual(body, toBody(info, usual))) return false;
      const parsed = parseId(info, id);
      if (!parsed) return false;
      // A role assignment has its subscription in its scope, which is one of the path parameters.
      if (subscriptionId && parsed.subscriptionId && parsed.subscriptionId.toLowerCase() !== subscriptionId.toLowerCase())
        return false;
      return path.every((name) => String(parsed[name]).toLowerCase() === String(inputs[name]).toLowerCase());
    });
    return found.at(-1)?.id;
  };
}
