/**
 * The commit from which a pull request starts: found in this clone, whatever of it the clone has, and its files in a folder of their own.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Commit {
  /** As the user named it. */
  ref: string;
  hash: string;
  /** Commits that the base has and the working tree does not: what they changed looks undone. */
  ahead: number;
  /** joined, or absent: both have an ancestor in common. apart: they have none. cut: this clone is shallow and does not reach one. */
  history?: "joined" | "apart" | "cut";
}

/** What a git that was started by another git would take for its own repository. */
const OF_ANOTHER_GIT = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"];

/** Git on this repository, in words that can be told apart. */
function gitIn(repository: string, more: NodeJS.ProcessEnv = {}): (...args: string[]) => Promise<string> {
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
  for (const name of OF_ANOTHER_GIT) delete env[name];
  const options = { env: { ...env, ...more }, maxBuffer: 64 * 1024 * 1024 };
  return async (...args) => (await run("git", ["-C", repository, ...args], options)).stdout.trim();
}

/** @throws Error that says what to do: not a repository, no such commit */
export async function resolveCommit(repository: string, ref: string): Promise<Commit> {
  const git = gitIn(repository);
  let hash: string;
  try {
    hash = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`);
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw new Error("git is not on the PATH: the base is a commit, and git has it.");
    if (stderr.includes("not a git repository"))
      throw new Error(`${repository} is not a git repository: --base names a commit of one.`);
    if (stderr.includes("dubious ownership"))
      throw new Error(
        `${repository} belongs to another user, and git reads it only when told to: git config --global --add safe.directory '${repository}'`,
      );
    const way = (await isShallow(git))
      ? "This clone is shallow, it has the newest commits alone. Fetch the others (git fetch --unshallow), or name one of these."
      : "Fetch it first (git fetch origin), or name another.";
    throw new Error(`--base ${ref}: there is no such commit here. ${way}`);
  }
  // Nothing of this branch is committed yet.
  if (!(await succeeds(git("rev-parse", "--verify", "--quiet", "HEAD^{commit}"))))
    return { ref, hash, ahead: 0, history: "apart" };
  const joined = await succeeds(git("merge-base", "HEAD", hash));
  const ahead = Number(await git("rev-list", "--count", `HEAD..${hash}`).catch(() => "0"));
  return { ref, hash, ahead, history: joined ? "joined" : (await isShallow(git)) ? "cut" : "apart" };
}

const isShallow = (git: ReturnType<typeof gitIn>) =>
  git("rev-parse", "--is-shallow-repository").then(
    (said) => said === "true",
    () => false,
  );

const succeeds = (work: Promise<unknown>) =>
  work.then(
    () => true,
    () => false,
  );

export interface BaseCopy {
  commit: Commit;
  /** The commit's files of this project; a folder that may not be there. */
  files: string;
  /** Folder of the project in the repository, with a slash at its end; empty: the repository is the project. */
  within: string;
  /** Folder for local Azures; the caller's to use too. */
  folder: string;
  remove(): void;
}

/**
 * The commit's files, without git's own: the repository and its work trees stay as they are.
 * @throws Error that says what to do where this clone does not have them all
 */
export async function copyOf(repository: string, commit: Commit): Promise<BaseCopy> {
  // Beside .setup and node_modules, on the same disk: the set-up renames its work into place.
  mkdirSync(join(repository, ".sandbox"), { recursive: true });
  const folder = mkdtempSync(join(repository, ".sandbox", ".pull-request-"));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    const whole = join(folder, "base");
    mkdirSync(whole);
    // By git alone, and with an index of its own: the repository's stays as it is.
    const index = join(folder, "index");
    const git = gitIn(repository, { GIT_INDEX_FILE: index });
    const within = await git("rev-parse", "--show-prefix");
    // A sparse clone leaves out files that a base needs.
    await git("-c", "core.sparseCheckout=false", "read-tree", commit.hash);
    await git("-c", "core.sparseCheckout=false", "checkout-index", "--all", "--force", `--prefix=${whole}/`);
    rmSync(index, { force: true });
    return { commit, files: join(whole, within), within, folder, remove };
  } catch (error) {
    remove();
    throw new Error(await whyNoFiles(repository, commit, error));
  }
}

async function whyNoFiles(repository: string, { ref, hash }: Commit, error: unknown): Promise<string> {
  const { stderr = "", code } = error as { stderr?: string; code?: unknown };
  const what = `--base ${ref}: the files of commit ${hash.slice(0, 12)} cannot be read here`;
  if (code === "ENOSPC" || /no space left/i.test(stderr))
    return `${what}: the disk is full. Make room, and run the command again.`;
  const promisor = await gitIn(repository)("config", "--get-regexp", String.raw`^remote\..*\.promisor$`).catch(() => "");
  return promisor
    ? `${what}: this is a partial clone, and the rest of it could not be fetched. Let this machine reach its remote (git fetch), or take a whole clone.`
    : `${what}: this clone is not whole. \`git fsck\` tells what is missing; a new clone has it.`;
}
