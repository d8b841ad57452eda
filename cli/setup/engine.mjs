/**
 * The Pulumi CLI with a language host for Node: the official release where it can be downloaded, checked by its SHA-256, else a build from its Go
 * module, checked by go.sum, whose language host is ours.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join, relative } from "node:path";
import { buildEngine, engineFolder, NEEDED as GO_NEEDED, goVersion, isRecent, tidyUp } from "./go.mjs";
import { lastLines, run, SetupError, step } from "./progress.mjs";
import { NOT_THE_ARCHIVE } from "./release.mjs";

/** A download that brings nothing for so long has ended, and one that takes so long never will; seconds. */
const STALLED = 45;
const TOO_LONG = 900;

const windows = process.platform === "win32";
const BINARY = windows ? "pulumi.exe" : "pulumi";
const HOST = windows ? "pulumi-language-nodejs.exe" : "pulumi-language-nodejs";

/** The version of the locked launcher package is the version of everything. */
function wantedVersion(repository) {
  return JSON.parse(readFileSync(join(repository, "node_modules", "pulumi", "package.json"), "utf8")).version;
}

const folders = (repository) => {
  const home = join(repository, ".setup", "pulumi");
  const version = wantedVersion(repository);
  return { version, versions: join(home, "versions"), bin: join(home, "versions", version, "bin") };
};

/** Is it there, and nothing left over of what made it? */
export function hasEngine(repository) {
  return isInstalled(repository) && !existsSync(engineFolder(repository));
}

function isInstalled(repository) {
  const { bin } = folders(repository);
  return isExecutable(join(bin, BINARY)) && isExecutable(join(bin, HOST));
}

export async function ensureEngine(repository) {
  if (!isInstalled(repository)) await install(repository);
  // Not before the engine stands in its place: a run that is killed here has nothing to build again.
  await tidyUp(engineFolder(repository));
}

async function install(repository) {
  const { version, versions, bin } = folders(repository);
  mkdirSync(versions, { recursive: true });
  clearLeftovers(versions);
  // Put there by hand, without its language host.
  if (isExecutable(join(bin, BINARY)) && !windows) return void linkHost(repository, bin, bin);

  const aside = join(versions, `incoming-${process.pid}`);
  mkdirSync(join(aside, "bin"), { recursive: true });
  try {
    const download = await tryDownload(repository, version, aside);
    if (download !== undefined) await build(repository, version, aside, download);
    rmSync(join(versions, version), { recursive: true, force: true });
    // A link is relative to where it will stand.
    if (!isExecutable(join(aside, "bin", HOST))) linkHost(repository, join(aside, "bin"), bin);
    renameSync(aside, join(versions, version));
  } finally {
    rmSync(aside, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @returns {Promise<string | undefined>} why there was no download; undefined when there was one */
async function tryDownload(repository, version, aside) {
  let refusal;
  await step(`Pulumi ${version}: official download`, async (detail) => {
    const begun = Date.now();
    let grownAt = begun;
    let size = 0;
    const folder = join(repository, "cli", "setup");
    const release = join(aside, "release");
    const result = await run(
      ownNode(repository),
      ["--require", join(folder, "say-which-host.cjs"), join(folder, "release.mjs"), version, release],
      {
        cwd: repository,
        env: { ...process.env, NODE_USE_ENV_PROXY: "1" },
        log: join(repository, ".setup", "log", "download.log"),
        expired() {
          const now = sizeOf(aside);
          if (now > size) grownAt = Date.now();
          size = now;
          detail(`${Math.round(size / 1e6)} MB`);
          return Date.now() - grownAt > STALLED * 1000 || Date.now() - begun > TOO_LONG * 1000;
        },
      },
    );
    const said = lastLines(result, 1).trim();
    // Another archive than the one that was looked at is nothing to get around.
    if (result.code === NOT_THE_ARCHIVE)
      throw new SetupError(
        `${said}.\n  Nothing of it was run. Try again from another network; if it stays so, ask those who look after this project.`,
      );
    if (result.code === 0 && isExecutable(join(release, BINARY)) && isExecutable(join(release, HOST))) {
      rmSync(join(aside, "bin"), { recursive: true });
      renameSync(release, join(aside, "bin"));
    } else {
      refusal = result.timedOut ? "it stood still and was given up" : said || "no answer";
    }
    rmSync(release, { recursive: true, force: true });
    return refusal && `not possible here (${refusal})`;
  });
  return refusal;
}

async function build(repository, version, aside, whyNoDownload) {
  const setup = join(repository, ".setup");
  const found = await goVersion(repository);
  if (!isRecent(found) || windows) {
    const ways = [
      `- let this machine reach https://github.com/pulumi (HTTPS_PROXY is honoured), or name a mirror of its releases in AOAI_SETUP_RELEASES, or`,
      ...(windows ? [] : [`- install Go ${GO_NEEDED.join(".")} or later (https://go.dev/dl) and put it on the PATH, or`]),
      `- put the files of the official release into ${relative(repository, join(setup, "pulumi", "versions", version, "bin"))}, or`,
      `- take them from another copy of this project: cp -a OTHER/.setup/pulumi .setup/`,
    ];
    const go = windows
      ? "not done on Windows"
      : found
        ? `Go ${found.join(".")} is too old: it takes Go >= ${GO_NEEDED.join(".")}`
        : `go is not on the PATH: it takes Go >= ${GO_NEEDED.join(".")}`;
    throw new SetupError(
      `there is no Pulumi CLI ${version}, and neither way to one is open:\n  official download: ${whyNoDownload}\n  build from source: ${go}\nWays out:\n  ${ways.join("\n  ")}\nThen run the same command again.`,
    );
  }
  await buildEngine(repository, version, join(aside, "bin", BINARY), found);
}

function linkHost(repository, folder, target) {
  const host = join(folder, HOST);
  rmSync(host, { force: true });
  symlinkSync(relative(target, join(repository, "sandbox", "engine", "language-host.mjs")), host);
}

function ownNode(repository) {
  const own = join(repository, "node_modules", ".bin", "node");
  return !windows && existsSync(own) ? own : process.execPath;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).size > 0;
  } catch {
    return false;
  }
}

function sizeOf(path) {
  try {
    const entry = statSync(path);
    return entry.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : entry.size;
  } catch {
    return 0;
  }
}

/** Folders of runs that did not come to their end. */
function clearLeftovers(versions) {
  for (const name of readdirSync(versions)) {
    if (/^incoming-\d+$/.test(name)) rmSync(join(versions, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
