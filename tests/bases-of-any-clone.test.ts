/**
 * Does a pull-request report find its base in whatever clone it runs: a shallow or a partial one, of one commit, in a subfolder, without a common
 * ancestor? It never ends in git's own words.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployBase, equip, plannedWarnings } from "../cli/pr-report/base.ts";
import { comment } from "../cli/pr-report/comment.ts";
import { type Commit, copyOf, resolveCommit } from "../cli/pr-report/commit.ts";
import { readPreview } from "../cli/pr-report/preview.ts";
import { reportOf } from "../cli/pr-report/report.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "clones-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const git = (where: string, ...args: string[]) =>
  execFileSync("git", ["-C", where, "-c", "user.name=A", "-c", "user.email=a@b.example", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();

/** A repository with these commits, each of files with their content; the last is checked out. */
function repository(name: string, ...commits: Record<string, string>[]): string {
  const where = join(folder, name);
  mkdirSync(where);
  git(where, "init", "-q", "-b", "main");
  for (const files of commits) commit(where, files);
  return where;
}

function commit(where: string, files: Record<string, string>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(where, file, ".."), { recursive: true });
    writeFileSync(join(where, file), content);
  }
  git(where, "add", "-A");
  git(where, "commit", "-q", "--allow-empty", "-m", "x");
}

function cloneOf(source: string, name: string, ...options: string[]): string {
  const where = join(folder, name);
  git(folder, "clone", "-q", ...options, pathToFileURL(source).href, where);
  return where;
}

/** Files of the base, by the place where the report looks for them. */
async function filesOf(where: string, ref: string): Promise<string[]> {
  const copy = await copyOf(where, await resolveCommit(where, ref));
  try {
    return existsSync(copy.files) ? readdirSync(copy.files, { recursive: true }).map(String).sort() : [];
  } finally {
    copy.remove();
    expect(readdirSync(join(where, ".sandbox"))).toEqual([]);
  }
}

const NOTHING = reportOf(
  { stack: "dev", against: "local", base: { state: "deployed", warnings: [] } },
  readPreview('{"steps":[],"diagnostics":[]}', "test"),
);
const report = (base: Commit) => comment([NOTHING], base);

describe("a base", () => {
  it("of one commit, with and without files", async () => {
    const where = repository("one", { "Pulumi.dev.yaml": "config:\n" });
    expect(await filesOf(where, "HEAD")).toEqual(["Pulumi.dev.yaml"]);
    expect(await resolveCommit(where, "HEAD")).toMatchObject({ ahead: 0, history: "joined" });
    const empty = repository("empty", {}, { a: "1" });
    expect(await filesOf(empty, "HEAD~1")).toEqual([]);
  });

  it("in which the project is a folder of a larger repository, or was not there yet", async () => {
    const where = repository(
      "larger",
      { "other/x": "1" },
      { "infra/azure/Pulumi.dev.yaml": "a", "infra/azure/cli/plan.ts": "b", "Pulumi.dev.yaml": "of another project" },
    );
    const project = join(where, "infra/azure");
    expect(await filesOf(project, "HEAD")).toEqual(["Pulumi.dev.yaml", "cli", "cli/plan.ts"]);
    const copy = await copyOf(project, await resolveCommit(project, "HEAD~1"));
    const cannotRun = await equip(project, copy, () => {});
    const deployed = await deployBase({ stack: "dev", copy, azure: join(copy.folder, "azure"), cannotRun, say: () => {} });
    const absent = { state: "absent", note: "the base has no folder infra/azure" };
    expect(deployed).toMatchObject(absent);
    expect(await plannedWarnings(copy, "dev", cannotRun)).toMatchObject(absent);
    copy.remove();
  });

  it("in a shallow clone, where it is there and where it is not", async () => {
    const source = repository("deep", { a: "1" }, { a: "2" }, { a: "3" });
    git(source, "branch", "side", "HEAD~1");
    const where = cloneOf(source, "shallow", "--depth", "1");
    expect(await filesOf(where, "HEAD")).toEqual(["a"]);
    await expect(resolveCommit(where, "HEAD~1")).rejects.toThrow(
      "--base HEAD~1: there is no such commit here. This clone is shallow, it has the newest commits alone. Fetch the others (git fetch --unshallow), or name one of these.",
    );
    git(where, "fetch", "-q", "--depth", "1", "origin", "side");
    const cut = await resolveCommit(where, "FETCH_HEAD");
    expect(cut.history).toBe("cut");
    expect(report(cut)).toContain(
      "This clone is shallow and does not reach the commit that `FETCH_HEAD` and this branch have in common",
    );
    await expect(resolveCommit(source, "nowhere")).rejects.toThrow(
      "--base nowhere: there is no such commit here. Fetch it first (git fetch origin), or name another.",
    );
  });

  it("without a common ancestor, from a branch that has no commit yet, and at a detached head", async () => {
    const where = repository("apart", { a: "1" }, { a: "2" });
    git(where, "checkout", "-q", "--orphan", "new");
    expect(await resolveCommit(where, "main")).toMatchObject({ ahead: 0, history: "apart" });
    commit(where, { b: "1" });
    const apart = await resolveCommit(where, "main");
    expect(apart.history).toBe("apart");
    const said = report(apart);
    expect(said).toContain("`main` and this branch have no commit in common");
    expect(said).not.toContain("Rebase");
    git(where, "checkout", "-q", "--detach", "main");
    expect(await resolveCommit(where, "new")).toMatchObject({ history: "apart" });
    expect(await resolveCommit(where, "main~1")).toMatchObject({ ahead: 0, history: "joined" });
    git(where, "checkout", "-q", "--detach", "main~1");
    expect(await resolveCommit(where, "main")).toMatchObject({ ahead: 1, history: "joined" });
  });

  it("in a partial clone whose remote is gone, and in one that is damaged", async () => {
    const source = repository("whole", { a: "1" }, { a: "2" });
    git(source, "config", "uploadpack.allowFilter", "true");
    const where = cloneOf(source, "partial", "--filter=blob:none");
    renameSync(source, `${source}-gone`);
    await expect(filesOf(where, "HEAD~1")).rejects.toThrow(
      /^--base HEAD~1: the files of commit [0-9a-f]{12} cannot be read here: this is a partial clone, and the rest of it could not be fetched\. [^\n]+$/,
    );
    const damaged = repository("damaged", { a: "1" });
    const blob = git(damaged, "rev-parse", "HEAD:a");
    rmSync(join(damaged, ".git/objects", blob.slice(0, 2), blob.slice(2)), { force: true });
    await expect(filesOf(damaged, "HEAD")).rejects.toThrow(
      /this clone is not whole\. `git fsck` tells what is missing; a new clone has it\.$/,
    );
  });

  it("in a sparse clone has the files that the clone leaves out", async () => {
    const source = repository("full", { "a/1": "1", "b/1": "1", c: "1" });
    const where = cloneOf(source, "sparse", "--sparse");
    expect(existsSync(join(where, "a"))).toBe(false);
    expect(await filesOf(where, "HEAD")).toEqual(["a", "a/1", "b", "b/1", "c"]);
  });

  it("is this repository's, also when another git started the command", async () => {
    const where = repository("hooked", { mine: "1" });
    const other = repository("other", { theirs: "1" });
    process.env.GIT_DIR = join(other, ".git");
    try {
      expect(await filesOf(where, "HEAD")).toEqual(["mine"]);
    } finally {
      delete process.env.GIT_DIR;
    }
    expect(readFileSync(join(where, "mine"), "utf8")).toBe("1");
  });

  it("of no repository, and none that is a commit", async () => {
    const bare = mkdtempSync(join(folder, "bare-"));
    process.env.GIT_CEILING_DIRECTORIES = folder;
    try {
      await expect(resolveCommit(bare, "main")).rejects.toThrow(`${bare} is not a git repository: --base names a commit of one.`);
    } finally {
      delete process.env.GIT_CEILING_DIRECTORIES;
    }
    const where = repository("odd", { a: "1" });
    for (const ref of ["", "-x", "HEAD:a", "HEAD^{tree}", "--all", "a b", "HEAD..HEAD"])
      await expect(resolveCommit(where, ref), ref).rejects.toThrow(/^--base .*: there is no such commit here\. Fetch it first/);
  });
});
