/**
 * Who may import whom. Each wall says why it stands.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const FOLDERS = ["stacks", "infra", "policies", "sandbox", "cli"];

interface Import {
  from: string;
  /** Path from the repository's root, or a package's name. */
  to: string;
}

const imports: Import[] = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|js|mjs)$/.test(file))
    .map((file) => join(folder, file))
    .flatMap((from) =>
      // Type imports count too: what a file knows of another is its dependency.
      ts.preProcessFile(readFileSync(join(ROOT, from), "utf8"), true, true).importedFiles.map(({ fileName }) => ({
        from,
        to: fileName.startsWith(".") ? relative(ROOT, join(ROOT, dirname(from), fileName)) : fileName,
      })),
    ),
);

const crossing = (from: RegExp, to: RegExp) =>
  imports.filter((i) => from.test(i.from) && to.test(i.to)).map((i) => `${i.from} imports ${i.to}`);

describe("walls", () => {
  it("reads every import it should", () => {
    expect(crossing(/^stacks\/index\.ts$/, /^infra\//).length).toBeGreaterThan(3);
    expect(crossing(/^infra\/azure\.ts$/, /^@pulumi\/azure-native/).length).toBeGreaterThan(3);
  });
  it.each([
    [
      "the sandbox is an independent witness: it sees only what ARM was sent, or both would agree on the same mistake",
      /^sandbox\//,
      /^(stacks|infra|policies|insight|cli)\//,
    ],
    ["the product runs on real Azure without the sandbox", /^(stacks|infra|policies)\//, /^(sandbox|cli)\//],
    ["only the program puts plan and resources together", /^(?!stacks\/index\.ts|infra\/)/, /^infra\//],
    ["a plan can be printed, priced and fuzzed without Pulumi", /^(stacks\/(?!index\.ts|main\.js)|policies\/)/, /^@pulumi\//],
    ["API versions are chosen in one place", /^(?!infra\/azure\.ts)/, /^@pulumi\/azure-native/],
    [
      "a policy is written in one place, so that escaping is right in one place",
      /^(?!policies\/language\/emit\.ts)/,
      /^xmlbuilder2/,
    ],
    ["infra reads the plan and decides nothing: configuration stays behind the plan", /^infra\//, /^stacks\/config\.ts$/],
  ])("%s", (_why, from, to) => {
    expect(crossing(from, to)).toEqual([]);
  });
});
