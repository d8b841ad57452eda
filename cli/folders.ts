import { isAbsolute, join, relative } from "node:path";
import { stackOf } from "./stack-name.ts";

/** Folder of Pulumi.yaml and the program. */
export const REPOSITORY = join(import.meta.dirname, "..");

/**
 * `.sandbox/<stack>`: everything the local Azure knows of a stack. AOAI_SANDBOX puts it elsewhere.
 * @throws Error for a name that is no stack's and might lead out of that folder
 */
export function directoryOf(written: string): string {
  const stack = stackOf(written);
  if (!/^\w[\w.-]*$/.test(stack))
    throw new Error(`"${stack}" is not the name of a stack: letters, digits, "_", "." and "-", the first no "." or "-".`);
  return join(process.env.AOAI_SANDBOX || join(REPOSITORY, ".sandbox"), stack);
}

/** A path as a person would type it here: relative where it lies below this folder. */
export function shownPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way === "" || way.startsWith("..") || isAbsolute(way) ? path : way;
}
