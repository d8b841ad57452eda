/**
 * Tests that need what neither README asks for nor the set-up always brings: they are skipped with a reason, and a run's last lines tell it.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestOptions } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** What is missing here, and the way to it. */
    missing?: string;
  }
}

/**
 * Options of a test or a `describe` that cannot run where something is missing.
 * @param missing what it is and how to get it; undefined where it is there
 */
export const unless = (missing: string | undefined): TestOptions =>
  missing === undefined ? {} : { skip: true, meta: { missing } };

/** Why a program cannot be run here; undefined where it can. */
export function missingProgram(name: string, way = `install ${name}`, path = process.env.PATH ?? ""): string | undefined {
  const isThere = path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
  return isThere ? undefined : `no ${name} on the PATH: ${way}`;
}
