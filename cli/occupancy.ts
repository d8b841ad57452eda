/**
 * One process at a time works on a stack's local Azure: its gateway and the engine's providers hold the store in memory.
 */
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type HeldFile, hold, isHeld } from "../sandbox/engine/held-file.ts";
import { isStill, lifeOf } from "../sandbox/engine/processes.ts";
import type { Control } from "./control.ts";

/** The process that works on a stack's local Azure. */
export interface Occupant {
  pid: number;
  /** Tells it from a later process of the same number. */
  life?: string;
  /** It holds the file beside this one for as long as it lives: whoever has its number now, or counts numbers anew, is not asked. */
  holds?: boolean;
  /** Of the machine, or container, to which the number belongs. */
  host?: string;
  /** What it does, as the person who started it would say: `serve`. */
  doing: string;
  /** Of a `serve`. */
  gatewayUrl?: string;
  /** Of a `serve --https`, with the file of the authority that its callers must trust. */
  httpsUrl?: string;
  authority?: string;
  /** Where it takes tasks of other commands. */
  control?: Control;
}

export type Address = Pick<Occupant, "gatewayUrl" | "httpsUrl" | "authority" | "control">;

export interface Occupancy {
  /** Tells other commands where the gateway answers. */
  announce(address: Address): void;
  /** Did the operating system say that nobody else has the folder? Where its file system knows no locks, the number of a process did. */
  isCertain: boolean;
  release(): void;
}

const fileIn = (directory: string) => join(directory, "in-use.json");

const heldIn = (directory: string) => join(directory, "in-use.lock");

/** Who works on this folder now; a process that died without a word is nobody, and so is a damaged file. */
export function occupantOf(directory: string): Occupant | undefined {
  const occupant = occupantIn(directory);
  return occupant && isAlive(directory, occupant) ? occupant : undefined;
}

function occupantIn(directory: string): Occupant | undefined {
  try {
    const occupant = JSON.parse(readFileSync(fileIn(directory), "utf8")) as Occupant;
    return Number.isInteger(occupant.pid) && occupant.pid > 0 ? occupant : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(directory: string, { holds, pid, life }: Occupant): boolean {
  const held = holds ? safely(() => isHeld(heldIn(directory))) : undefined;
  return held ?? isStill(pid, life);
}

/** To look is no reason to fail: whoever takes the folder says what is wrong with it. */
function safely<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/**
 * Takes the folder; only its owner may read it, for it holds the keys of consumers.
 * @throws Error that names the process which has it
 */
export function occupy(directory: string, stack: string, doing: string): Occupancy {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // It may have been made for less.
  chmodSync(directory, 0o700);
  const held = hold(heldIn(directory));
  if (held === "held") throw inUse(stack, occupantIn(directory));
  try {
    return taken(directory, stack, doing, held === "unknown" ? undefined : held);
  } catch (error) {
    if (held !== "unknown") held.release();
    throw error;
  }
}

/** The folder's file with who works on it. @param held  undefined: only numbers of processes tell whether anybody does */
function taken(directory: string, stack: string, doing: string, held: HeldFile | undefined): Occupancy {
  const own = `${fileIn(directory)}.${process.pid}`;
  const me: Occupant = { pid: process.pid, life: lifeOf(process.pid), holds: held !== undefined, host: hostname(), doing };
  const write = (occupant: Occupant) => writeFileSync(own, JSON.stringify(occupant), { mode: 0o600 });
  try {
    write(me);
    while (!linked(own, fileIn(directory))) {
      const other = occupantIn(directory);
      // What says that it holds, and does not, is dead: this process holds now.
      if (other && !(held && other.holds) && isStill(other.pid, other.life)) throw inUse(stack, other);
      rmSync(fileIn(directory), { force: true, recursive: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    isCertain: held !== undefined,
    announce(address) {
      write({ ...me, ...address });
      renameSync(own, fileIn(directory));
    },
    release() {
      rmSync(fileIn(directory), { force: true });
      held?.release();
    },
  };
}

/** @throws Error that names the process which works on the folder */
export function refuseWhileOccupied(directory: string, stack: string): void {
  const occupant = occupantOf(directory);
  if (occupant) throw inUse(stack, occupant);
}

/** @param occupant  undefined: it has just begun, and not said yet who it is */
function inUse(stack: string, occupant: Occupant | undefined): Error {
  if (!occupant) return new Error(`stack ${stack} is in use by another command that has just begun. Wait for it.`);
  const { pid, host = hostname(), doing, gatewayUrl } = occupant;
  const where = host === hostname() ? "" : ` on ${host}, another machine or container`;
  return new Error(
    `stack ${stack} is in use by ${doing} in process ${pid}${where}${gatewayUrl ? ` (${gatewayUrl})` : ""}. Stop that process, or wait for it.`,
  );
}

/** A link is made whole, content and all, or not at all. */
function linked(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
