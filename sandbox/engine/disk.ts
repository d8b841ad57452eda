/**
 * Room on the disk while an engine runs. Pulumi 3.259 tries for minutes to write its state on a full disk, and what it has written of it by then
 * takes the place of the whole one (WriteAll of gocloud.dev closes, and so keeps, a file whose writing failed).
 */
import { randomBytes } from "node:crypto";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FileError } from "../files.ts";

/** Kept back for what an engine still has to write when all else is full. */
const RESERVE_BYTES = 4 * 1024 * 1024;
/** Below this the disk counts as full. */
const FLOOR_BYTES = 1024 * 1024;
const LOOK_EVERY_MS = 100;
/** The engine tries again after half a minute at most. */
const PATIENCE_MS = 60_000;

/** Bytes that this user may still write in the file system of a folder. */
export type FreeBytes = (directory: string) => number;

export const freeBytes: FreeBytes = (directory) => {
  const { bavail, bfree, bsize } = statfsSync(directory);
  return (process.getuid?.() === 0 ? bfree : bavail) * bsize;
};

export interface DiskGuard {
  /** The error to report, once the disk has become full. */
  full(): FileError | undefined;
  end(): void;
}

/**
 * Watches the disk until `end`. When it becomes full, the reserve is given back, and as soon as the engine's state is whole, the engine is stopped.
 * @throws  FileError when there is too little room to begin
 */
export function guardDisk(
  directory: string,
  { free, isWhole, stop }: { free: FreeBytes; isWhole(): boolean; stop(): void },
): DiskGuard {
  const reserve = join(directory, "reserve");
  rmSync(reserve, { force: true, recursive: true });
  const room = free(directory);
  const needed = RESERVE_BYTES + FLOOR_BYTES;
  const error = (left: number) =>
    new FileError(
      directory,
      `lies on a disk that is full: ${Math.floor(left / 1024)} KiB are left`,
      `Make room (${needed / 1024 / 1024} MiB and more), then run the command again: what was acknowledged is kept.`,
    );
  if (room < needed) throw error(room);
  writeFileSync(reserve, randomBytes(RESERVE_BYTES), { mode: 0o600 });
  let found: FileError | undefined;
  let ended = false;
  const watch = async () => {
    while (!ended && free(directory) >= FLOOR_BYTES) await sleep(LOOK_EVERY_MS, undefined, { ref: false });
    if (ended) return;
    found = error(free(directory));
    rmSync(reserve, { force: true });
    for (let waited = 0; !ended && !isWhole() && waited < PATIENCE_MS; waited += LOOK_EVERY_MS)
      await sleep(LOOK_EVERY_MS, undefined, { ref: false });
    if (!ended) stop();
  };
  // Where the system does not say how much room there is, nothing is watched.
  void watch().catch(() => {});
  return {
    full: () => found,
    end() {
      ended = true;
      rmSync(reserve, { force: true });
    },
  };
}
