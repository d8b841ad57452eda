/**
 * Management locks, which people put on resources beside any program. They are of Resource Manager itself, so the services below know nothing of them.
 * Source: learn.microsoft.com, "Lock your Azure resources to protect your infrastructure" (2026).
 */
import type { ArmReader } from "./resource.ts";
import { ArmError } from "./rules/index.ts";
import type { Store } from "./store.ts";

export const LOCK_LEVELS = ["CanNotDelete", "ReadOnly"] as const;
export type LockLevel = (typeof LOCK_LEVELS)[number];

const TYPE = "Microsoft.Authorization/locks";
const MIDDLE = /\/providers\/microsoft\.authorization\/locks\/[^/]+$/i;

export interface Lock {
  id: string;
  name: string;
  /** What it is on: all below that is locked too. */
  scope: string;
  level: LockLevel;
}

export function locksIn(arm: Pick<ArmReader, "list">): Lock[] {
  return arm.list(TYPE).map(({ id, name, body }) => ({
    id,
    name,
    scope: id.replace(MIDDLE, ""),
    level: body.properties.level as LockLevel,
  }));
}

/** The locks that refuse it: those on what the id is or is in, and for a deletion those on what goes with it. */
export function locksOn(arm: Pick<ArmReader, "list">, id: string, doing: "write" | "delete"): Lock[] {
  const isIn = (inner: string, outer: string) => `${inner}/`.toLowerCase().startsWith(`${outer}/`.toLowerCase());
  return locksIn(arm).filter(({ scope, level }) =>
    doing === "delete" ? isIn(id, scope) || isIn(scope, id) : level === "ReadOnly" && isIn(id, scope),
  );
}

/** @throws ArmError as Resource Manager says it */
export function refuseLocked(arm: Pick<ArmReader, "list">, id: string, doing: "write" | "delete"): void {
  const locks = locksOn(arm, id, doing);
  if (locks.length === 0) return;
  throw new ArmError(
    409,
    "ScopeLocked",
    `The scope '${id}' cannot perform ${doing} operation because following scope(s) are locked: '${[...new Set(locks.map(({ scope }) => scope))].join("', '")}'. Please remove the lock and try again.`,
  );
}

/** The same for people, before anybody has tried. */
export function lockedText(id: string, doing: "write" | "delete", { name, level, scope }: Lock): string {
  const what = doing === "delete" ? "would be deleted" : "would be changed";
  return `${id} ${what}, and the lock '${name}' (${level}) on ${scope} refuses that (ScopeLocked): take the lock away first.`;
}

/** Puts a lock on what stands there. @throws ArmError for what does not */
export function putLock(store: Store, scope: string, name: string, level: LockLevel): void {
  if (!store.get(scope)) throw new ArmError(404, "ResourceNotFound", `The resource '${scope}' was not found.`);
  const id = `${scope}/providers/${TYPE}/${name}`;
  store.put(id, { type: TYPE, body: { properties: { level } }, duration: 0 }).hold.release();
}

export const removeLock = (store: Store, { id }: Lock) => store.remove(id, { duration: 0, softDelete: () => false }).release();
