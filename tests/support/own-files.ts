/** The code of this repository, for tests that ask something of all of it: without what package managers put beside it. */
import { globSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Paths from the repository's folder, sorted. */
export const ownFiles = (pattern: string): string[] => globSync(pattern, { cwd: ROOT, exclude: ["**/node_modules"] }).sort();

/** Every file of code, tests included. */
export const ownCode = (): string[] => ownFiles("{stacks,infra,policies,insight,sandbox,cli,tests}/**/*.{ts,js,mjs,cjs}");
