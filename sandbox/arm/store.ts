/**
 * What this Azure remembers, in one SQLite file per folder. A write is acknowledged when it is committed: a kill of the process at any moment loses nothing
 * that was acknowledged (WAL with synchronous NORMAL: the operating system has every commit; only a power cut could lose the last ones).
 *
 * Reads come from memory. A write by another process on the same folder is noticed and read in before the next read.
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Clock } from "../clock.ts";
import type { ArmReader, Resource, ResourceBody } from "./resource.ts";
import { openStoreFile, StoreError, storeError } from "./store-file.ts";

/** Cognitive Services accounts and API Management services can be restored for this long (their soft-delete documentation): 48 h, in ms. */
export const SOFT_DELETE_MS = 48 * 3600 * 1000;

/** When it goes by itself: a vault's own `softDeleteRetentionInDays` (Key Vault soft-delete documentation). Sandbox ms. */
export function purgedAt({ deletedAt, resources }: SoftDeletedEntry): number {
  const days = resources[0]?.resource.body.properties?.softDeleteRetentionInDays;
  return deletedAt + (typeof days === "number" ? days * 24 * 3600 * 1000 : SOFT_DELETE_MS);
}

/** What is left of a deleted resource until it is purged. */
export interface SoftDeletedEntry {
  id: string;
  type: string;
  name: string;
  location?: string;
  /** Sandbox time, ms. */
  deletedAt: number;
  /** The resource and what was below it when it was deleted, parents first: what a restore brings back, and what keeps its quota until the purge. */
  resources: { resource: Resource; born: number; secrets: Record<string, string> }[];
}

/** A long operation that was accepted: the answer came at once, the work goes on whatever becomes of the caller. */
export interface Operation {
  id: string;
  kind: "create" | "update" | "delete";
  /** Sandbox time, ms. */
  endsAt: number;
}

export interface AcceptedRequest {
  method: "PUT" | "PATCH" | "DELETE";
  id: string;
  /** Sandbox time, ms. */
  at: number;
}

export interface PutOptions {
  type: string;
  body: ResourceBody;
  /** All values that a GET never shows; absent on a type that has none. */
  secrets?: Record<string, string>;
  /** Sandbox ms that the operation takes. */
  duration: number;
  /** When the request was decided upon, sandbox ms; absent: now. */
  at?: number;
  /** Sandbox ms until a role assignment works. */
  propagation?: number;
  /** What comes with a new resource, parents first: written with it, by no request of its own. */
  builtIn?: readonly Companion[];
  /** What lies elsewhere on this resource's behalf. What an earlier put named and this one does not, goes; all of it goes with the resource. */
  owned?: readonly Companion[];
}

/** A resource that comes with another one. */
export interface Companion {
  id: string;
  type: string;
  body: ResourceBody;
  secrets?: Record<string, string>;
}

export interface Store extends ArmReader {
  /** Writes a resource whose PUT was accepted. The operation runs until its time is over and whoever holds it lets go. */
  put(id: string, options: PutOptions): { resource: Resource; hold: Hold };
  /** Accepts a DELETE: the resource stays until the operation ends, then goes with everything below it, what it owns and `takes`, by id. */
  remove(id: string, options: { duration: number; softDelete(resource: Resource): boolean; takes?: readonly string[] }): Hold;
  /** Replaces what a GET never shows of a resource. */
  renew(id: string, secrets: Record<string, string>): void;
  /** All that a GET never shows of a resource. */
  secretsOf(id: string): Readonly<Record<string, string>>;
  /** Time of the first PUT as it was then: unlike `createdAt`, no restart moves it, so keys and GUIDs can be derived from it. */
  bornAt(id: string): number | undefined;
  /** The running operation on this id. */
  operation(id: string): Operation | undefined;
  /** A deleted resource of this type and name that has not been purged, by anybody or by time. */
  softDeleted(type: string, name: string): SoftDeletedEntry | undefined;
  /** All of them, oldest first. */
  softDeletedEntries(): SoftDeletedEntry[];
  /** Brings a soft-deleted resource back with everything that was below it; the caller then updates it. False when there is none. */
  restore(type: string, name: string): boolean;
  purge(type: string, name: string): boolean;
  /** Every PUT, PATCH and DELETE that was accepted, in order. */
  requests(): AcceptedRequest[];
  /** Called after each durable write of a resource, with how many there have been. Returns the way to stop it. */
  onWrite(listener: (count: number, what: { method: "PUT" | "PATCH" | "DELETE"; id: string }) => void): () => void;
  close(): void;
}

/** Keeps an operation running although its time may be over: between request and answer it always runs. */
export interface Hold {
  release(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: columns as the schema above types them.
type Row = Record<string, any>;

interface Role {
  principal: string;
  role: string;
  scope: string;
  /** Undefined once it has been reached: a clock that starts again must not take it back. */
  effectiveAt?: number;
}

/** What the end of a deletion does besides, by keys. */
interface Ending {
  /** These leave an entry behind. */
  soft: string[];
  takes: string[];
}

interface Memory {
  resources: Map<string, Resource>;
  byType: Map<string, Map<string, Resource>>;
  born: Map<string, number>;
  /** Key of a resource -> key of the one on whose behalf it is there. */
  owners: Map<string, string>;
  secrets: Map<string, Record<string, string>>;
  roles: Map<string, Role>;
  deleted: Map<string, SoftDeletedEntry>;
  operations: Map<string, Operation & { ending?: Ending }>;
  /** Number of writes so far: the version readers see. */
  version: number;
}

/** Ids are compared without regard to case and to a slash at the end. */
const keyOf = (id: string) => id.toLowerCase().replace(/\/+$/, "");

const nameOf = (id: string) => id.replace(/\/+$/, "").split("/").at(-1) ?? "";

/** The resource that contains this one: `/a/b/providers/N/t/x` lies in `/a/b`, `/…/t/x/u/y` in `/…/t/x`. */
export function parentOf(id: string): string {
  const parts = id.replace(/\/+$/, "").split("/");
  return parts.slice(0, parts.at(-4)?.toLowerCase() === "providers" ? -4 : -2).join("/");
}

export interface StoreOptions {
  directory: string;
  clock: Clock;
  /** As on a disk that becomes full: the file may not grow beyond so many pages of 4 KiB. */
  mostPages?: number;
}

/** @throws StoreError for a folder that another version wrote, or that is damaged */
export function openStore({ directory, clock, mostPages }: StoreOptions): Store {
  const { file, database, alone, close } = openStoreFile(directory, mostPages);
  const prepared = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const statement = (sql: string) => {
    const known = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  const run = (sql: string, ...values: SQLInputValue[]) => statement(sql).run(...values);
  const rows = (sql: string) => statement(sql).all() as Row[];

  /** What memory takes over once the transaction is committed. */
  let afterCommit: (() => void)[] = [];
  const listeners = new Set<(count: number, what: { method: "PUT" | "PATCH" | "DELETE"; id: string }) => void>();
  const held = new Map<string, number>();
  let memory!: Memory;
  let seen: unknown;
  let closed = false;

  try {
    catchUp();
    memory = load();
    settle();
  } catch (error) {
    close();
    if (error instanceof SyntaxError)
      throw new StoreError(`${file} holds what this local Azure did not write: ${error.message}.`);
    throw storeError(file, error);
  }

  /**
   * The sandbox's calendar starts again with every run. What this store remembers must not lie in the future then: as if time had stood still meanwhile.
   * Only the first process on a folder does so.
   */
  function catchUp(): void {
    const ahead = (rows("SELECT value FROM numbers WHERE name = 'now'")[0]?.value ?? 0) - clock.now();
    if (ahead <= 0 || !alone) return;
    write(() => {
      run("UPDATE resources SET created_at = created_at - ?, changed_at = changed_at - ?", ahead, ahead);
      run("UPDATE roles SET effective_at = effective_at - ?", ahead);
      run("UPDATE operations SET ends_at = ends_at - ?", ahead);
      run("UPDATE requests SET at = at - ?", ahead);
      run("UPDATE numbers SET value = value - ? WHERE name = 'now'", ahead);
      for (const row of rows("SELECT key, entry FROM deleted")) {
        const entry = JSON.parse(row.entry) as SoftDeletedEntry;
        entry.deletedAt -= ahead;
        run("UPDATE deleted SET entry = ?, deleted_at = ? WHERE key = ?", JSON.stringify(entry), entry.deletedAt, row.key);
      }
    });
  }

  function load(): Memory {
    const next: Memory = {
      resources: new Map(),
      byType: new Map(),
      born: new Map(),
      owners: new Map(),
      secrets: new Map(),
      roles: new Map(),
      deleted: new Map(),
      operations: new Map(),
      version: 0,
    };
    for (const r of rows("SELECT * FROM resources ORDER BY position")) {
      keep(next, {
        id: r.id,
        type: r.type,
        name: r.name,
        body: JSON.parse(r.body),
        createdAt: r.created_at,
        changedAt: r.changed_at,
      });
    }
    for (const { key, born, owner } of rows("SELECT key, born, owner FROM resources")) {
      next.born.set(key, born);
      if (owner) next.owners.set(key, owner);
    }
    for (const s of rows("SELECT * FROM secrets")) next.secrets.set(s.key, { ...next.secrets.get(s.key), [s.name]: s.value });
    for (const r of rows("SELECT * FROM roles")) {
      next.roles.set(r.key, { principal: r.principal, role: r.role, scope: r.scope, effectiveAt: r.effective_at ?? undefined });
    }
    for (const d of rows("SELECT key, entry FROM deleted ORDER BY deleted_at")) next.deleted.set(d.key, JSON.parse(d.entry));
    for (const o of rows("SELECT * FROM operations")) {
      const ending = o.ending ? JSON.parse(o.ending) : undefined;
      next.operations.set(o.key, { id: o.id, kind: o.kind, endsAt: o.ends_at, ending });
    }
    next.version = rows("SELECT value FROM numbers WHERE name = 'version'")[0]?.value ?? 0;
    seen = statement("PRAGMA data_version").get()?.data_version;
    return next;
  }

  function keep(into: Memory, resource: Resource): void {
    const key = keyOf(resource.id);
    // Nobody changes what ARM holds except by a PUT.
    into.resources.set(key, deepFreeze(resource));
    const type = resource.type.toLowerCase();
    const siblings = into.byType.get(type) ?? new Map<string, Resource>();
    into.byType.set(type, siblings.set(key, resource));
  }

  /** What every read starts with: another process may have written, and operations end by themselves. */
  function current(): Memory {
    if (statement("PRAGMA data_version").get()?.data_version !== seen) memory = load();
    if (memory.operations.size > 0) settle();
    return memory;
  }

  /** Ends the operations whose time is over. */
  function settle(): void {
    const now = clock.now();
    for (const [key, operation] of memory.operations) {
      if (operation.endsAt > now || held.has(key)) continue;
      write(() => {
        end(key);
        if (operation.kind !== "delete") return;
        for (const gone of [key, ...(operation.ending?.takes ?? [])]) erase(gone, new Set(operation.ending?.soft));
      });
    }
  }

  function end(key: string): void {
    run("DELETE FROM operations WHERE key = ?", key);
    afterCommit.push(() => memory.operations.delete(key));
  }

  /** One transaction. The version grows with it, and the time is noted for the next run. */
  function write<T>(work: () => T): T {
    if (closed) throw new Error("the store is closed");
    afterCommit = [];
    database.exec("BEGIN IMMEDIATE");
    let result: T;
    try {
      result = work();
      run("INSERT INTO numbers VALUES ('version', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1");
      noteTime();
      database.exec("COMMIT");
    } catch (error) {
      try {
        database.exec("ROLLBACK");
      } catch {
        // SQLite did so by itself, as it does on a full disk.
      }
      throw storeError(file, error);
    }
    for (const change of afterCommit) change();
    if (memory) memory.version++;
    return result;
  }

  function noteTime(): void {
    run("INSERT INTO numbers VALUES ('now', ?) ON CONFLICT (name) DO UPDATE SET value = MAX(value, excluded.value)", clock.now());
  }

  /** `owner`: as it was when absent. */
  function insert(resource: Resource, secrets: Record<string, string> | undefined, born: number, owner?: string): void {
    const key = keyOf(resource.id);
    const { id, type, name, body, createdAt, changedAt } = resource;
    run(
      `INSERT INTO resources VALUES (?, (SELECT COALESCE(MAX(position), 0) + 1 FROM resources), ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at, owner = COALESCE(excluded.owner, owner)`,
      ...[key, id, type, name, JSON.stringify(body), born, createdAt, changedAt, owner ?? null],
    );
    if (secrets) {
      run("DELETE FROM secrets WHERE key = ?", key);
      for (const [name, value] of Object.entries(secrets)) run("INSERT INTO secrets VALUES (?, ?, ?)", key, name, value);
    }
    afterCommit.push(() => {
      keep(memory, resource);
      memory.born.set(key, born);
      if (owner) memory.owners.set(key, owner);
      if (secrets) memory.secrets.set(key, { ...secrets });
    });
  }

  function assign(resource: Resource, propagation: number): void {
    const { principalId, roleDefinitionId } = resource.body.properties;
    const known = memory.roles.get(keyOf(resource.id));
    const role = nameOf(String(roleDefinitionId)).toLowerCase();
    const principal = String(principalId).toLowerCase();
    // Writing the same assignment again changes nothing.
    if (known?.role === role && known.principal === principal) return;
    const [scope, effectiveAt] = [keyOf(parentOf(resource.id)), clock.now() + propagation];
    run("INSERT OR REPLACE INTO roles VALUES (?, ?, ?, ?, ?)", keyOf(resource.id), principal, role, scope, effectiveAt);
    afterCommit.push(() => memory.roles.set(keyOf(resource.id), { principal, role, scope, effectiveAt }));
  }

  /** Removes a resource, everything below it and what those own elsewhere; those in `soft` leave an entry behind. */
  function erase(key: string, soft: Set<string>): void {
    const gone = [...memory.resources].filter(([k]) => k === key || k.startsWith(`${key}/`));
    const names = new Set(gone.map(([k]) => k));
    const owned = [...memory.owners].filter(([k, owner]) => names.has(owner) && !names.has(k)).map(([k]) => k);
    for (const [k, resource] of [...gone, ...[...memory.resources].filter(([k]) => owned.includes(k))]) {
      if (soft.has(k)) {
        const below = gone.filter(([c]) => c === k || c.startsWith(`${k}/`));
        const entry: SoftDeletedEntry = {
          id: resource.id,
          type: resource.type,
          name: resource.name,
          location: resource.body.location,
          deletedAt: clock.now(),
          resources: below.map(([c, r]) => ({
            resource: r,
            born: memory.born.get(c) ?? r.createdAt,
            secrets: memory.secrets.get(c) ?? {},
          })),
        };
        const at = deletedKey(resource.type, resource.name);
        run("INSERT OR REPLACE INTO deleted VALUES (?, ?, ?)", at, JSON.stringify(entry), entry.deletedAt);
        afterCommit.push(() => memory.deleted.set(at, entry));
      }
      for (const table of ["resources", "secrets", "roles", "operations"]) run(`DELETE FROM ${table} WHERE key = ?`, k);
      afterCommit.push(() => {
        memory.byType.get(resource.type.toLowerCase())?.delete(k);
        for (const part of [memory.resources, memory.born, memory.owners, memory.secrets, memory.roles, memory.operations])
          part.delete(k);
      });
    }
  }

  function forget(type: string, name: string): void {
    run("DELETE FROM deleted WHERE key = ?", deletedKey(type, name));
    afterCommit.push(() => memory.deleted.delete(deletedKey(type, name)));
  }

  const deletedKey = (type: string, name: string) => `${type}:${name}`.toLowerCase();

  function begin(id: string, kind: Operation["kind"], duration: number, ending?: Ending): void {
    const endsAt = clock.now() + duration;
    run(
      "INSERT OR REPLACE INTO operations VALUES (?, ?, ?, ?, ?)",
      keyOf(id),
      id,
      kind,
      endsAt,
      ending ? JSON.stringify(ending) : null,
    );
    afterCommit.push(() => memory.operations.set(keyOf(id), { id, kind, endsAt, ending }));
  }

  function hold(key: string): Hold {
    held.set(key, (held.get(key) ?? 0) + 1);
    let released = false;
    return {
      release() {
        if (released) return;
        released = true;
        const left = (held.get(key) ?? 1) - 1;
        if (left > 0) held.set(key, left);
        else held.delete(key);
        if (!closed) current();
      },
    };
  }

  function accepted(method: AcceptedRequest["method"], id: string): void {
    run("INSERT INTO requests (method, id, at) VALUES (?, ?, ?)", method, id, clock.now());
  }

  function tell(method: AcceptedRequest["method"], id: string): void {
    if (listeners.size === 0) return;
    const count = Number(statement("SELECT MAX(position) AS n FROM requests").get()?.n ?? 0);
    for (const listener of listeners) listener(count, { method, id });
  }

  const store: Store = {
    get version() {
      return current().version;
    },
    get: (id) => current().resources.get(keyOf(id)),
    list(type, parentId) {
      const all = [...(current().byType.get(type.toLowerCase())?.values() ?? [])];
      if (parentId === undefined) return all;
      const parent = keyOf(parentId);
      return all.filter(({ id }) => keyOf(parentOf(id)) === parent);
    },
    secret: (id, name) => current().secrets.get(keyOf(id))?.[name],
    hasRole(principalId, roleDefinitionGuid, scope) {
      const [principal, role, at] = [principalId.toLowerCase(), roleDefinitionGuid.toLowerCase(), `${keyOf(scope)}/`];
      for (const [key, assignment] of current().roles) {
        if (assignment.principal !== principal || assignment.role !== role || !at.startsWith(`${assignment.scope}/`)) continue;
        if (assignment.effectiveAt === undefined) return true;
        if (assignment.effectiveAt > clock.now()) continue;
        try {
          run("UPDATE roles SET effective_at = NULL WHERE key = ?", key);
        } catch {
          // On a full disk it is noted for this run alone.
        }
        assignment.effectiveAt = undefined;
        return true;
      }
      return false;
    },
    bornAt: (id) => current().born.get(keyOf(id)),
    put(id, { type, body, secrets, duration, at: now = clock.now(), propagation = 0, builtIn = [], owned = [] }) {
      const key = keyOf(id);
      const existing = current().resources.get(key);
      // biome-ignore format: one line per fact
      const resource: Resource = {
        id: existing?.id ?? id, type, name: existing?.name ?? nameOf(id), body: structuredClone(body), createdAt: existing?.createdAt ?? now, changedAt: now,
      };
      write(() => {
        insert(resource, secrets, memory.born.get(key) ?? now);
        const companion = ({ secrets: own, ...one }: Companion, owner?: string) => {
          const known = memory.resources.get(keyOf(one.id));
          const createdAt = known?.createdAt ?? now;
          const born = memory.born.get(keyOf(one.id)) ?? now;
          insert({ ...structuredClone(one), name: nameOf(one.id), createdAt, changedAt: now }, own, born, owner);
        };
        for (const one of builtIn) companion(one);
        const kept = new Set(owned.map((one) => keyOf(one.id)));
        for (const [k, owner] of memory.owners) if (owner === key && !kept.has(k)) erase(k, new Set());
        for (const one of owned) companion(one, key);
        if (type.toLowerCase() === "microsoft.authorization/roleassignments") assign(resource, propagation);
        begin(resource.id, existing ? "update" : "create", duration);
        accepted("PUT", resource.id);
      });
      const handle = hold(key);
      tell("PUT", resource.id);
      return { resource: memory.resources.get(key) ?? resource, hold: handle };
    },
    remove(id, { duration, softDelete, takes = [] }) {
      const key = keyOf(id);
      const { resources } = current();
      const resource = resources.get(key);
      if (!resource) throw new Error(`${id} does not exist`);
      const soft = [...resources].filter(([k, r]) => (k === key || k.startsWith(`${key}/`)) && softDelete(r)).map(([k]) => k);
      write(() => {
        begin(resource.id, "delete", duration, { soft, takes: takes.map(keyOf) });
        accepted("DELETE", resource.id);
      });
      const handle = hold(key);
      tell("DELETE", resource.id);
      return handle;
    },
    renew(id, secrets) {
      const key = keyOf(id);
      const resource = current().resources.get(key);
      if (!resource) throw new Error(`${id} does not exist`);
      write(() => insert({ ...resource, changedAt: clock.now() }, secrets, memory.born.get(key) ?? resource.createdAt));
    },
    secretsOf: (id) => ({ ...current().secrets.get(keyOf(id)) }),
    operation(id) {
      const found = current().operations.get(keyOf(id));
      return found && { id: found.id, kind: found.kind, endsAt: found.endsAt };
    },
    softDeleted(type, name) {
      const entry = current().deleted.get(deletedKey(type, name));
      return entry && purgedAt(entry) > clock.now() ? entry : undefined;
    },
    softDeletedEntries: () => [...current().deleted.values()].filter((entry) => purgedAt(entry) > clock.now()),
    restore(type, name) {
      const entry = store.softDeleted(type, name);
      if (!entry) return false;
      write(() => {
        for (const { resource, secrets, born } of entry.resources) insert(resource, secrets, born);
        forget(type, name);
      });
      return true;
    },
    purge(type, name) {
      const had = store.softDeleted(type, name) !== undefined;
      if (had) write(() => forget(type, name));
      return had;
    },
    // biome-ignore format: one line per fact
    requests: () => rows("SELECT method, id, at FROM requests ORDER BY position").map(({ method, id, at }) => ({ method, id, at })),
    onWrite(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      if (closed) return;
      closed = true;
      try {
        noteTime();
      } catch {
        // On a full disk the time of the last write has to do.
      }
      close();
    },
  };
  return store;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
