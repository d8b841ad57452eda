/**
 * One process at a time works on a stack's local Azure: its gateway and the engine's providers hold the store in memory.
 */
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isStill, lifeOf } from "../sandbox/engine/processes.ts";
import type { Control } from "./control.ts";

/** The process that works on a stack's local Azure. */
export interface Occupant {
  pid: number;
  /** Tells it from a later process of the same number. */
  life?: string;
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
  release(): void;
}

const fileIn = (directory: string) => join(directory, "in-use.json");

/** Who works on this folder now; a process that died without a word is nobody, and so is a damaged file. */
export function occupantOf(directory: string): Occupant | undefined {
  try {
    const occupant = JSON.parse(readFileSync(fileIn(directory), "utf8")) as Occupant;
    return Number.isInteger(occupant.pid) && occupant.pid > 0 && isStill(occupant.pid, occupant.life) ? occupant : undefined;
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
  const own = `${fileIn(directory)}.${process.pid}`;
  const me: Occupant = { pid: process.pid, life: lifeOf(process.pid), doing };
  const write = (occupant: Occupant) => writeFileSync(own, JSON.stringify(occupant), { mode: 0o600 });
  try {
    write(me);
    while (!linked(own, fileIn(directory))) {
      refuseWhileOccupied(directory, stack);
      rmSync(fileIn(directory), { force: true, recursive: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    announce(address) {
      write({ ...me, ...address });
      renameSync(own, fileIn(directory));
    },
    release: () => rmSync(fileIn(directory), { force: true }),
  };
}

/** @throws Error that names the process which works on the folder */
export function refuseWhileOccupied(directory: string, stack: string): void {
  const occupant = occupantOf(directory);
  if (!occupant) return;
  const { pid, doing, gatewayUrl } = occupant;
  throw new Error(
    `stack ${stack} is in use by ${doing} in process ${pid}${gatewayUrl ? ` (${gatewayUrl})` : ""}. Stop that process, or wait for it.`,
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
