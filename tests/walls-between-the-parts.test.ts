/**
 * Who may import whom. Each wall says why it stands.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const FOLDERS = ["stacks", "infra", "policies", "insight", "sandbox", "cli"];

interface Import {
  from: string;
  /** Path from the repository's root, or a package's name. */
  to: string;
}

/** Every module a file names: imports, re-exports and `import()`, types included: what a file knows of another is its dependency. */
function modulesNamed(path: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (named && ts.isStringLiteral(named)) found.push(named.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(join(ROOT, path), "utf8"), ts.ScriptTarget.Latest));
  return found;
}

const imports: Import[] = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|js|mjs)$/.test(file))
    .map((file) => join(folder, file))
    .flatMap((from) =>
      modulesNamed(from).map((name) => ({
        from,
        to: name.startsWith(".") ? relative(ROOT, join(ROOT, dirname(from), name)) : name,
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
    ["the product runs on real Azure without the sandbox", /^(stacks|infra|policies|insight)\//, /^(sandbox|cli)\//],
    ["only the program puts plan and resources together", /^(?!stacks\/index\.ts|infra\/)/, /^infra\//],
    [
      "a plan can be printed, priced, drawn and fuzzed without Pulumi",
      /^(stacks\/(?!index\.ts|main\.js)|policies\/|insight\/)/,
      /^@pulumi\//,
    ],
    ["API versions are chosen in one place", /^(?!infra\/azure\.ts)/, /^@pulumi\/azure-native/],
    [
      "a policy is written in one place, so that escaping is right in one place",
      /^(?!policies\/language\/xml\.ts)/,
      /^xmlbuilder2/,
    ],
    ["infra reads the plan and decides nothing: configuration stays behind the plan", /^infra\//, /^stacks\/config\.ts$/],
  ])("%s", (_why, from, to) => {
    expect(crossing(from, to)).toEqual([]);
  });
});
