/**
 * The front door of Azure Resource Manager: GET, PUT, DELETE and POST on ids, with long operations. What a type accepts is in ../rules.
 */
import type { Clock } from "../../clock.ts";
import type { CheckPolicy } from "../../gateway/index.ts";
import { deletedAt, purge } from "../deleted.ts";
import { refuseLocked } from "../locks.ts";
import type { ArmReader, Resource, ResourceBody } from "../resource.ts";
import { ArmError, acceptDelete, acceptPut, action, type RuleContext, renewal, shown } from "../rules/index.ts";
import { type Hold, parentOf, type Store } from "../store.ts";

export interface ProviderOptions {
  /** The day it is in this Azure, YYYY-MM-DD. */
  today: string;
  /** Of the default provider, and of explicit ones that name none. */
  defaultSubscription: string;
  tenantId: string;
  /** Published durations are divided by `scale`; Infinity: operations end as soon as they are answered. */
  durations: { scale: number };
  /** Sandbox seconds until a new role assignment works. */
  rolePropagationSeconds: number;
  checkPolicy: CheckPolicy;
  /** Between a request and its answer. Default: 10 ms of wall time, so that two requests sent at the same moment overlap as they do on the wire. */
  roundTrip?(): Promise<void>;
}

export interface ArmOptions {
  store: Store;
  clock: Clock;
  options: ProviderOptions;
}

export interface Arm {
  /** What GET answers, or undefined for 404. */
  get(id: string): ResourceBody | undefined;
  /** Resolves when the operation has ended. Throws ArmError when refused, OperationInterrupted when the wait ends first. */
  put(id: string, type: string, body: ResourceBody, wait?: Wait): Promise<void>;
  /** True when there was something to delete. */
  delete(id: string, wait?: Wait): Promise<boolean>;
  post(id: string, name: string): Record<string, unknown>;
  /** Azure's delays between the tries of a client, in the time of this sandbox. */
  pause(seconds: number, wait?: Wait): Promise<void>;
}

export interface Wait {
  /** Aborted when the engine is told to stop. */
  signal?: AbortSignal;
  /** Azure seconds; default 2 h, as azure-native. */
  timeoutSeconds?: number;
  apiVersion?: string;
}

/** The request was accepted and its operation goes on, but nobody waits for it any longer. */
export class OperationInterrupted extends Error {
  override readonly name = "OperationInterrupted";
}

const ROUND_TRIP_MS = 10;
/** How often azure-native asks for the state of an operation, s. Source: pulumi-azure-native, client_azcore.go. */
const POLL_SECONDS = { put: 10, delete: 30 };
const DEFAULT_TIMEOUT_SECONDS = 2 * 3600;

export function createArm({ store, clock, options }: ArmOptions): Arm {
  const roundTrip = options.roundTrip ?? onTheWire;
  const sandboxMs = (seconds: number) => (seconds * 1000) / options.durations.scale;

  function context(apiVersion?: string, arm: ArmReader = store): RuleContext {
    return {
      arm,
      now: clock.now(),
      today: options.today,
      defaultSubscription: options.defaultSubscription,
      tenantId: options.tenantId,
      checkPolicy: options.checkPolicy,
      softDeleted: (type, name) => store.softDeleted(type, name),
      busy: (id) => store.operation(id) !== undefined,
      elapsed(since) {
        const { scale } = options.durations;
        return Number.isFinite(scale) ? ((clock.now() - since) / 1000) * scale : scale;
      },
      lately: (type) =>
        store
          .softDeletedEntries()
          .filter((entry) => entry.type.toLowerCase() === type.toLowerCase())
          .flatMap(({ resources, deletedAt }) => resources.slice(0, 1).map(({ resource }) => ({ resource, at: deletedAt }))),
      apiVersion,
    };
  }

  /** Until the operation on this id has ended. */
  async function ended(id: string, kind: "put" | "delete", hold: Hold, { signal, timeoutSeconds }: Wait): Promise<void> {
    const deadline = clock.now() + sandboxMs(timeoutSeconds || DEFAULT_TIMEOUT_SECONDS);
    try {
      await roundTrip();
    } finally {
      hold.release();
    }
    for (;;) {
      const operation = store.operation(id);
      // A later PUT on the same id would be another operation; rules refuse it while this one runs.
      if (!operation) return;
      if (signal?.aborted) throw new OperationInterrupted("the operation was cancelled; it goes on in Azure");
      if (clock.now() > deadline) throw new OperationInterrupted("operation timed out");
      // Not longer than it takes: at great speed the rest of a poll interval would be all there is to wait for.
      await clock
        .sleep(Math.max(1, Math.min(sandboxMs(POLL_SECONDS[kind]), operation.endsAt - clock.now())), signal)
        .catch(() => {});
    }
  }

  function beingDeleted(id: string): void {
    for (let at = id; at.split("/").length >= 5; at = parentOf(at)) {
      if (store.operation(at)?.kind !== "delete") continue;
      const name = at.split("/").at(-1);
      if (/^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+$/i.test(at)) {
        throw new ArmError(
          409,
          "ResourceGroupBeingDeleted",
          `The resource group '${name}' is in deprovisioning state and cannot perform this operation.`,
        );
      }
      if (at === id)
        throw new ArmError(409, "Conflict", `The resource '${at}' is being deleted. Wait until the deletion has ended.`);
    }
  }

  return {
    get(id) {
      const resource = store.get(id);
      return resource && { ...shown(resource, context()), id: resource.id, name: resource.name, type: resource.type };
    },
    async put(id, type, body, wait = {}) {
      beingDeleted(id);
      refuseLocked(store, id, "write");
      const present = store.get(id);
      // Rules derive keys and GUIDs from the time of birth: the one that no restart of the sandbox moves.
      const existing = present && { ...present, createdAt: store.bornAt(id) ?? present.createdAt };
      const now = context(
        wait.apiVersion,
        type.toLowerCase() === DEPLOYMENTS && store.get(parentOf(id)) ? withDeleted(store) : store,
      );
      const accepted = acceptPut(id, type, body, existing, now);
      const name = id.split("/").at(-1) as string;
      const restored = !existing && body.properties?.restore === true && store.restore(type, name) ? store.get(id) : undefined;
      // A restored API Management service is as it was; all other properties of the request are ignored (API Management soft-delete documentation).
      const kept = restored && type.toLowerCase() === "microsoft.apimanagement/service" ? restored.body : accepted.body;
      const { hold } = store.put(id, {
        type,
        body: kept,
        secrets: restored ? undefined : accepted.secrets,
        duration: sandboxMs(accepted.seconds),
        at: now.now,
        propagation: options.rolePropagationSeconds * 1000,
        owned: accepted.owned,
        ...(!present && !restored && { builtIn: accepted.builtIn }),
      });
      await ended(id, "put", hold, wait);
    },
    async delete(id, wait = {}) {
      const kept = deletedAt(store, id);
      if (kept) {
        purge(store, kept);
        return true;
      }
      const resource = store.get(id);
      if (!resource) return false;
      const running = store.operation(id);
      if (running?.kind === "delete") {
        await ended(id, "delete", { release() {} }, wait);
        return true;
      }
      refuseLocked(store, id, "delete");
      const { seconds, takes } = acceptDelete(resource, context(wait.apiVersion));
      const hold = store.remove(id, {
        duration: sandboxMs(seconds),
        takes,
        // With a group goes what is in it, each in its own way.
        softDelete: (inside) => (inside === resource || isTopLevel(inside)) && softDeleted(inside),
      });
      await ended(id, "delete", hold, wait);
      return true;
    },
    post(id, name) {
      const resource = store.get(id);
      if (!resource) throw notFound(id);
      const secrets = renewal(resource, name, context());
      if (!secrets) return action(resource, name, store);
      store.renew(id, secrets);
      return {};
    },
    pause: (seconds, wait) => clock.sleep(sandboxMs(seconds), wait?.signal).then(roundTrip),
  };

  function softDeleted(resource: Resource): boolean {
    try {
      return acceptDelete(resource, { ...context(), busy: () => false }).softDelete;
    } catch (error) {
      // What uses it goes with the group too: Azure takes them in the right order. Nothing that can be restored is held by others.
      if (error instanceof ArmError) return false;
      throw error;
    }
  }
}

const DEPLOYMENTS = "microsoft.cognitiveservices/accounts/deployments";

/** Deployments that were still there when their account was deleted hold their quota until the account is purged (quota documentation): they still count. */
function withDeleted(store: Store): ArmReader {
  const deleted = store.softDeletedEntries().flatMap(({ resources }) => resources.map(({ resource }) => resource));
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return {
    get: (id) => store.get(id) ?? deleted.find((resource) => same(resource.id, id)),
    list: (type, parentId) => [
      ...store.list(type, parentId),
      ...(parentId === undefined ? deleted.filter((one) => same(one.type, type)) : []),
    ],
    version: store.version,
    secret: store.secret,
    hasRole: store.hasRole,
  };
}

const isTopLevel = ({ type }: Resource) => type.split("/").length === 2;

const onTheWire = () => new Promise<void>((resolve) => setTimeout(resolve, ROUND_TRIP_MS));

/** Azure Resource Manager's answer for what is not there. */
export function notFound(id: string): ArmError {
  const [, group = ""] = /\/resourcegroups\/([^/]+)/i.exec(id) ?? [];
  const [, type = "", rest = ""] = /\/providers\/([^/]+\/[^/]+)(\/.*)$/i.exec(id) ?? [];
  return new ArmError(
    404,
    "ResourceNotFound",
    `The Resource '${type}${rest}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}
