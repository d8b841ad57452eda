/**
 * A file that one process at a time holds, by a lock of the operating system: it goes when the process ends, however it ends and whatever gets its
 * number, and it is seen from other containers that share the folder. SQLite knows how each system locks.
 */
import { existsSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { storeError } from "../arm/store-file.ts";

export interface HeldFile {
  release(): void;
}

/** Two that begin at the same moment; ms. */
const PATIENCE_MS = 1000;

/** What is held: a database that nobody refers to would be closed. */
const kept = new Set<DatabaseSync>();

/** SQLite's result codes (sqlite.org/rescode.html). */
const BUSY = 5;
const DAMAGED = [11, 26];
/** IOERR with RDLOCK, LOCK, CHECKRESERVEDLOCK: the file system knows no locks. */
const NO_LOCKS = [2314, 3850, 3594];

/**
 * Takes the file, which has no content; made where it is not.
 * @returns "held": another process has it; "unknown": the file system knows no locks
 * @throws  StoreError for a file that may not be used
 */
export function hold(file: string): HeldFile | "held" | "unknown" {
  // It has no content, so whatever else stands there is nobody's.
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) rmSync(file, { recursive: true });
  // Who is at work is seen at once; only those who begin at the same moment wait for each other.
  if (isHeld(file)) return "held";
  return attempt(file, (database) => {
    // An exclusive transaction that writes nothing, and needs no journal beside the file.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;");
    kept.add(database);
    return {
      release() {
        kept.delete(database);
        database.close();
      },
    };
  });
}

/** Does a process hold it now? Undefined: the file system does not say. */
export function isHeld(file: string): boolean | undefined {
  if (!existsSync(file)) return false;
  const found = attempt(
    file,
    (database) => {
      // A lock for reading is what a holder refuses.
      database.prepare("SELECT count(*) FROM sqlite_schema").get();
      database.close();
      return "free";
    },
    0,
  );
  return found === "unknown" ? undefined : found === "held";
}

function attempt<T>(file: string, work: (database: DatabaseSync) => T, timeout = PATIENCE_MS): T | "held" | "unknown" {
  for (let again = true; ; again = false) {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(file, { timeout });
      return work(database);
    } catch (error) {
      database?.close();
      const { errcode = 0 } = error as { errcode?: number };
      if ((errcode & 0xff) === BUSY) return "held";
      if (NO_LOCKS.includes(errcode)) return "unknown";
      if (!again || !DAMAGED.includes(errcode & 0xff)) throw storeError(file, error);
      rmSync(file, { force: true });
    }
  }
}
