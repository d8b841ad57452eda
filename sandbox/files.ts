/**
 * Files of the local Azure that cannot be used, and disks without room: one message with the file and the way out.
 */
import { readFileSync } from "node:fs";

/** The message is written for people: the file, what is wrong, and what to do. */
export class FileError extends Error {
  override readonly name = "FileError";
  constructor(file: string, wrong: string, wayOut: string) {
    super(`${file} ${wrong}. ${wayOut}`);
  }
}

/** The content of a file. Its errors name the file, which those of the system do not where it is a folder. */
export function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
}

/**
 * The content of a file as `parse` makes it.
 * @param wayOut  what helps where it is damaged: a sentence
 * @throws        FileError; the file system's own error where it cannot be read, as `explained` tells it
 */
export function readParsed<T>(file: string, parse: (text: string) => T | undefined, wayOut: string): T {
  const text = readBytes(file).toString("utf8");
  let parsed: T | undefined;
  try {
    parsed = parse(text);
  } catch {
    // Whatever a parser says of a damaged file helps nobody.
  }
  if (parsed === undefined) throw new FileError(file, text === "" ? "is empty" : "is damaged", wayOut);
  return parsed;
}

const AGAIN = "Then run the command again: what was acknowledged is kept.";

/** What the file system says, with a way out. */
const PROBLEMS: Record<string, [wrong: string, wayOut: string]> = {
  EISDIR: ["is a folder where a file must be", `Move it away. ${AGAIN}`],
  ERR_FS_EISDIR: ["is a folder where a file must be", `Move it away. ${AGAIN}`],
  ENOTDIR: ["lies below a file where a folder must be", `Move that file away. ${AGAIN}`],
  ENOTEMPTY: ["is a folder that is not empty, where a file must be", `Move it away. ${AGAIN}`],
  EEXIST: ["stands where something else must be", `Move it away. ${AGAIN}`],
  EACCES: ["may not be used by this user", `Give it to this user, with what is in it. ${AGAIN}`],
  EPERM: ["may not be used by this user", `Give it to this user, with what is in it. ${AGAIN}`],
  EROFS: ["lies on a file system that cannot be written", "Put the local Azure elsewhere: AOAI_SANDBOX=FOLDER."],
  ENOSPC: ["cannot be written, the disk is full", `Make room. ${AGAIN}`],
  EDQUOT: ["cannot be written, this user's part of the disk is full", `Make room. ${AGAIN}`],
};

/** An error of the file system as a FileError; any other as it is. */
export function explained(error: unknown): unknown {
  const { code = "", path, dest } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string };
  const problem = error instanceof Error ? PROBLEMS[code] : undefined;
  if (!problem) return error;
  // What was to be replaced is what stands in the way.
  const file = code === "EISDIR" || code === "ENOTEMPTY" || code === "EEXIST" ? (dest ?? path) : path;
  return new FileError(file ?? "A file", ...problem);
}
