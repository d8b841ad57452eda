/**
 * Pulumi's own record of a stack, as its file backend keeps it, and what to do with one that a killed engine left behind.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { readParsed } from "../files.ts";

/** What `pulumi stack export` prints. */
export interface StackState {
  version: number;
  deployment: Deployment;
}

export interface Deployment {
  manifest?: Record<string, unknown>;
  secrets_providers?: { type: string; state?: { salt?: string } };
  resources?: ResourceState[];
  pending_operations?: PendingOperation[];
  metadata?: Record<string, unknown>;
}

export interface ResourceState {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  parent?: string;
  dependencies?: string[];
  provider?: string;
  /** Replaced already, still to be deleted. */
  delete?: boolean;
  /** Deleted already, its replacement still to be created. */
  pendingReplacement?: boolean;
  [other: string]: unknown;
}

/** Outputs of the stack, secrets encrypted; undefined where nothing was deployed. */
export const stackOutputs = ({ resources = [] }: Deployment): Record<string, unknown> | undefined =>
  resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;

export interface PendingOperation {
  type: "creating" | "updating" | "deleting" | "reading" | "importing";
  resource: ResourceState;
}

/**
 * The cloud id of a resource that the engine was creating when it died, if the cloud has it. `subscriptionId`: of its explicit provider,
 * which tells apart resources of one name in several subscriptions; absent for the default provider.
 */
export type Lookup = (pending: { type: string; inputs: Record<string, unknown>; subscriptionId?: string }) => string | undefined;

/** File of the backend: `.pulumi/stacks/<project>/<stack>.json`. */
interface Checkpoint {
  version: number;
  checkpoint: { stack: string; latest?: Deployment | null };
}

/** @throws FileError for one that is damaged, or from a version of Pulumi that writes another form */
export function readState(file: string): StackState {
  const { version, checkpoint } = readParsed(file, checkpointIn, WAY_OUT);
  return { version, deployment: checkpoint.latest ?? {} };
}

const WAY_OUT =
  "It is Pulumi's record of the stack. Put back a copy, or forget the stack with `npm run sandbox -- reset --stack STACK` and deploy it again.";

/** The forms that Pulumi 3 writes: 4 for a stack that needs a feature of its own, such as one resource replaced with another. */
const CHECKPOINT_VERSIONS = [3, 4];

function checkpointIn(text: string): Checkpoint | undefined {
  const found = JSON.parse(text) as Partial<Checkpoint> | null;
  const latest = found?.checkpoint?.latest ?? {};
  const isKnown = CHECKPOINT_VERSIONS.some((version) => version === found?.version);
  const isWhole = isKnown && typeof found?.checkpoint === "object" && found.checkpoint !== null;
  const lists = [latest.resources ?? [], latest.pending_operations ?? []];
  return isWhole && typeof latest === "object" && lists.every(Array.isArray) ? (found as Checkpoint) : undefined;
}

export function isWholeState(file: string): boolean {
  try {
    return checkpointIn(readFileSync(file, "utf8")) !== undefined;
  } catch {
    return false;
  }
}

export function writeState(file: string, { version, deployment }: StackState): void {
  const old = readParsed(file, checkpointIn, WAY_OUT);
  const text = JSON.stringify({ ...old, version, checkpoint: { ...old.checkpoint, latest: deployment } });
  // Renamed into place, as Pulumi does it: a kill leaves the old file or the new one.
  writeFileSync(`${file}.settling`, text);
  renameSync(`${file}.settling`, file);
}

/**
 * The state without pending operations: what was being created and is there (says `lookup`) becomes a resource of the stack, what is not
 * there is forgotten, to be created again. Updates and deletes need no more than a refresh, which sees how far they came.
 *
 * Not `pulumi refresh --import-pending-creates`: version 3.259 turns the operation into an import that the refresh then drops, and the
 * resource stays in the cloud without an owner.
 */
export function settle(deployment: Deployment, lookup: Lookup): Deployment {
  const { pending_operations: pending = [], ...settled } = deployment;
  let resources = deployment.resources ?? [];
  for (const { type, resource } of pending) {
    if (type !== "creating" || !resource.custom || resource.type.startsWith("pulumi:")) continue;
    // With an id, the cloud had answered already.
    const subscriptionId = subscriptionOf(resource, deployment.resources ?? []);
    const id = resource.id || lookup({ type: resource.type, inputs: resource.inputs ?? {}, subscriptionId });
    if (id !== undefined) resources = adopt(resources, { ...resource, id });
  }
  return { ...settled, resources };
}

/** A resource names its provider as `<urn>::<id>`. */
function subscriptionOf({ provider }: ResourceState, resources: readonly ResourceState[]): string | undefined {
  const id = resources.find(({ urn, type }) => type.startsWith("pulumi:providers:") && provider?.startsWith(`${urn}::`))?.inputs
    ?.subscriptionId;
  return typeof id === "string" ? id : undefined;
}

function adopt(resources: ResourceState[], created: ResourceState): ResourceState[] {
  const sameId = ({ id }: ResourceState) => id?.toLowerCase() === created.id?.toLowerCase();
  // Its creation may have been recorded before the operation was struck off.
  if (resources.some((resource) => resource.urn === created.urn && sameId(resource) && !resource.pendingReplacement))
    return resources;
  // A resource of the same name in the stack is the one that this creation was to replace.
  const replaced = resources.findIndex(({ urn }) => urn === created.urn);
  if (replaced < 0) return [...resources, created];
  // Before the old one, for what depends on it; and after all that this run has touched, for what it depends on.
  return resources.toSpliced(replaced, 0, created).flatMap((resource) => {
    if (resource === created || resource.urn !== created.urn) return [resource];
    return resource.pendingReplacement ? [] : [{ ...resource, delete: true }];
  });
}
