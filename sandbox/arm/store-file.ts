/**
 * The SQLite file in which an ARM store lives: its tables, how it is opened, and what is said when it cannot be used.
 */
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Grows whenever the tables or what is in them change their meaning. */
const SCHEMA_VERSION = 2;

/** The message names the file and the way out. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS resources (
    key TEXT PRIMARY KEY, position INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    born REAL NOT NULL, created_at REAL NOT NULL, changed_at REAL NOT NULL, owner TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS secrets (key TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (key, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS roles (
    key TEXT PRIMARY KEY, principal TEXT NOT NULL, role TEXT NOT NULL, scope TEXT NOT NULL, effective_at REAL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS deleted (key TEXT PRIMARY KEY, entry TEXT NOT NULL, deleted_at REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS operations (key TEXT PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, ends_at REAL NOT NULL, ending TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS requests (position INTEGER PRIMARY KEY AUTOINCREMENT, method TEXT NOT NULL, id TEXT NOT NULL, at REAL NOT NULL);
  CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
`;

const RESET =
  "Put back a copy of the folder, or forget the stack with `npm run sandbox -- reset --stack STACK` and deploy it again.";
const AGAIN = "Then run the command again: what was acknowledged is kept.";

/** SQLite's primary result codes (sqlite.org/rescode.html), as far as they have a way out of their own. */
const PROBLEMS: Record<number, string> = {
  3: `may not be used by this user. Give it to this user, with its folder. ${AGAIN}`,
  5: `is being written by another process, which does not end. Stop it. ${AGAIN}`,
  8: `may not be written by this user. Give it to this user, with its folder. ${AGAIN}`,
  10: `cannot be read or written: the disk fails, or is full. Make room. ${AGAIN}`,
  11: `is damaged. ${RESET}`,
  13: `cannot be written, the disk is full. Make room. ${AGAIN}`,
  14: `cannot be opened: it may not be read by this user, or lies in a folder that may not be written. Give it to this user, with its folder. ${AGAIN}`,
  26: `is damaged: it is no database. ${RESET}`,
};

/** An error of SQLite as one for people; any other as it is. */
export function storeError(file: string, error: unknown): unknown {
  const { code, errcode, errstr } = (error ?? {}) as { code?: string; errcode?: number; errstr?: string };
  if (code !== "ERR_SQLITE_ERROR") return error;
  const result = (errcode ?? 0) & 0xff;
  const meant = NO_RIGHT.includes(result) ? (filesOf(file).find(isForbidden) ?? file) : file;
  return new StoreError(`${meant} ${PROBLEMS[result] ?? `cannot be used: ${errstr}. ${RESET}`}`);
}

/** Result codes that may be about any of a database's files, of which SQLite names none. */
const NO_RIGHT = [3, 8, 14];

/** A database's file, and those that SQLite keeps beside it. */
const filesOf = (file: string) => ["", "-wal", "-shm", "-journal"].map((end) => file + end);

function isForbidden(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return false;
  } catch {
    return existsSync(file);
  }
}

export interface OpenStoreFile {
  file: string;
  database: DatabaseSync;
  /** Is this the only process here? */
  alone: boolean;
  close(): void;
}

/**
 * Opens the file, or makes it.
 * @param mostPages  the file may not grow beyond so many pages, as on a full disk
 * @throws           StoreError for a file of another version, or one that is damaged
 */
export function openStoreFile(directory: string, mostPages?: number): OpenStoreFile {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, "azure.sqlite");
  const lockFile = join(directory, "azure.lock");
  for (const one of [file, lockFile].flatMap(filesOf))
    if (existsSync(one) && statSync(one).isDirectory())
      throw new StoreError(`${one} is a folder where a file must be. Move it away. ${AGAIN}`);
  // It is made after the tables.
  const wasMade = existsSync(lockFile);
  refuseEmptied(file, wasMade);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 5000 });
    prepare(file, database, wasMade, mostPages);
  } catch (error) {
    database?.close();
    throw storeError(file, error);
  }
  try {
    const lock = new DatabaseSync(lockFile);
    const { alone } = locked(lock);
    const opened = database;
    return {
      file,
      database,
      alone,
      close() {
        opened.close();
        lock.close();
      },
    };
  } catch (error) {
    database.close();
    const { errcode = 0 } = error as { errcode?: number };
    if ([11, 26].includes(errcode & 0xff)) throw new StoreError(`${lockFile} is damaged. It holds nothing: delete it. ${AGAIN}`);
    throw storeError(lockFile, error);
  }
}

function prepare(file: string, database: DatabaseSync, wasMade: boolean, mostPages: number | undefined): void {
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA auto_vacuum = NONE;");
  if (mostPages !== undefined) database.exec(`PRAGMA max_page_count = ${mostPages}`);
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
  const isNew = database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n === 0;
  if (isNew && wasMade) throw new StoreError(`${file} has nothing in it: ${file}-wal, which held all, was emptied. ${RESET}`);
  if (!isNew && version !== SCHEMA_VERSION)
    throw new StoreError(
      `${file} was written by another version of this local Azure (${version}, this is ${SCHEMA_VERSION}). ${RESET}`,
    );
  // What is damaged inside would be found by whoever reads it, half-way through a command.
  const [checked] = database.prepare("PRAGMA quick_check(1)").all() as { quick_check?: string }[];
  if (checked?.quick_check !== "ok") throw new StoreError(`${file} ${PROBLEMS[11]}`);
  if (isNew || version !== SCHEMA_VERSION)
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
}

/** Files of a write-ahead log begin so: sqlite.org/fileformat2.html, section 4.1. */
const LOG_BEGINS = ["377f0682", "377f0683"];

/** SQLite takes an empty file for a new database, and drops a log that it cannot read: all that was in them would be gone without a word. */
function refuseEmptied(file: string, wasMade: boolean): void {
  const log = `${file}-wal`;
  const logSize = existsSync(log) ? statSync(log).size : 0;
  if (logSize > 0) {
    const head = Buffer.alloc(4);
    const open = openSync(log, "r");
    try {
      readSync(open, head, 0, 4, 0);
    } finally {
      closeSync(open);
    }
    if (!LOG_BEGINS.includes(head.toString("hex")))
      throw new StoreError(`${log} is damaged. It holds the last writes of ${file}. ${RESET}`);
  }
  if (!wasMade) return;
  if (!existsSync(file)) throw new StoreError(`${file} is missing. ${RESET}`);
  if (statSync(file).size === 0) throw new StoreError(`${file} is empty. ${RESET}`);
}

const BUSY = 5;

/** The operating system lets go of the lock when the process ends, however it ends. */
function locked(lock: DatabaseSync): { alone: boolean } {
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER); COMMIT;");
    return { alone: true };
  } catch (error) {
    if ((((error as { errcode?: number }).errcode ?? 0) & 0xff) === BUSY) return { alone: false };
    lock.close();
    throw error;
  }
}
