import type { CheckPolicy } from "../../gateway/index.ts";
import type { ArmReader, Resource, ResourceBody } from "../resource.ts";

/** What a rule may look at. Time and the day are parameters: nothing here reads a clock. */
export interface RuleContext {
  /** Everything that exists now. A resource whose deletion still runs is still listed. */
  arm: ArmReader;
  /** Sandbox time, ms. */
  now: number;
  /** The day it is in this Azure, YYYY-MM-DD: model availability and quota follow it. */
  today: string;
  defaultSubscription: string;
  tenantId: string;
  checkPolicy: CheckPolicy;
  /** Version that the request names; absent: the default of azure-native. */
  apiVersion?: string;
  /** A deleted resource of this type and name that is neither purged nor older than 48 h. `name` is the resource's own name. */
  softDeleted(type: string, name: string): SoftDeleted | undefined;
  /** A long operation on this id is still running. */
  busy(id: string): boolean;
  /** Azure seconds that have passed since a moment of sandbox time, ms. Without end where durations are nothing. */
  elapsed(since: number): number;
  /** Resources of a type that were deleted and can still be restored, as they were, with the moment of their end (sandbox ms). */
  lately(type: string): readonly { resource: Resource; at: number }[];
}

export interface SoftDeleted {
  id: string;
  /** ms. */
  deletedAt: number;
  location?: string;
}

/** What a PUT leads to. */
export interface Accepted {
  /** As stored: what was sent and what the server adds. */
  body: ResourceBody;
  /** Values that a GET never shows, by name: all of them, also those that an update left as they were. */
  secrets?: Record<string, string>;
  /** Published duration of the operation, seconds. */
  seconds: number;
  /** What Azure makes with a new resource, unasked. */
  builtIn?: readonly BuiltIn[];
  /** What Azure keeps elsewhere on this resource's behalf: written with it, replaced by what its next PUT says, gone with it. */
  owned?: readonly BuiltIn[];
}

export interface Removal {
  /** Published duration, seconds. */
  seconds: number;
  softDelete: boolean;
  /** Ids of what lies elsewhere and goes with it. */
  takes?: readonly string[];
}

/** A resource that comes with another one. */
export interface BuiltIn {
  id: string;
  type: string;
  body: ResourceBody;
  secrets?: Record<string, string>;
}

/** A resource id, taken apart. Names keep the case they came in. */
export interface Target {
  id: string;
  type: string;
  /** Last segment of the id. */
  name: string;
  /** Empty for a role assignment above subscriptions. */
  subscription: string;
  /** Empty outside resource groups. */
  resourceGroup: string;
  /** Id of the resource that contains this one: the resource group for a top-level type. */
  parent: string;
}

export interface Put {
  target: Target;
  /** A copy that the rule may change; its shape has been checked. */
  body: ResourceBody;
  /** Set on update. */
  existing: Resource | undefined;
  context: RuleContext;
}

/** What is specific to one resource type beyond its shape. One file per type. */
export interface Rule {
  /** ARM type. */
  type: string;
  /** Rule for the resource's own name; a sentence in Azure's words follows the pattern. */
  name: { pattern: RegExp; code: string; text: (name: string) => string };
  /** The resource is nowhere in particular: its location is `global`. */
  isGlobal?: true;
  /** Checks references, limits and conflicts; returns what is stored. */
  put(put: Put): Accepted;
  /** Absent: one second, not soft deleted, nothing can stand in the way. */
  remove?(resource: Resource, context: RuleContext): Removal;
  /** The body as GET answers it; absent: as stored. Works on a copy. What Azure answers with null is left out: azure-native drops it. */
  shown?(body: ResourceBody, resource: Resource, context: RuleContext): ResourceBody;
  /** POST actions by name. */
  actions?: Record<string, (resource: Resource, store: ArmReader) => Record<string, unknown>>;
  /** POST actions that make new secrets: all of the resource's secrets afterwards, by name. They answer nothing. */
  renewals?: Record<string, (resource: Resource, context: RuleContext) => Record<string, string>>;
}
