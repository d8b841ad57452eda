/**
 * The Pulumi CLI with a language host for Node: the official release where it can be downloaded, else a build from its Go module, whose
 * language host is ours.
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
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { lastLines, run, SetupError, step } from "./progress.mjs";

const GO_NEEDED = [1, 26];
const MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";

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

export function hasEngine(repository) {
  const { bin } = folders(repository);
  return isExecutable(join(bin, BINARY)) && isExecutable(join(bin, HOST));
}

export async function ensureEngine(repository) {
  if (hasEngine(repository)) return;
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
    const home = join(aside, "home");
    const temporary = join(aside, "tmp");
    mkdirSync(temporary, { recursive: true });
    const begun = Date.now();
    let grownAt = begun;
    let size = 0;
    const result = await run(ownNode(repository), [join(repository, "node_modules", "pulumi", "run.js"), "version"], {
      cwd: repository,
      env: {
        ...without(process.env, "PULUMI_VERSION"),
        PULUMI_HOME: home,
        TMPDIR: temporary,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        NODE_USE_ENV_PROXY: "1",
      },
      log: join(repository, ".setup", "log", "download.log"),
      expired() {
        const now = sizeOf(aside);
        if (now > size) grownAt = Date.now();
        size = now;
        detail(`${Math.round(size / 1e6)} MB`);
        return Date.now() - grownAt > STALLED * 1000 || Date.now() - begun > TOO_LONG * 1000;
      },
    });
    const downloaded = join(home, "versions", version, "bin");
    if (
      result.code === 0 &&
      result.stdout.includes(version) &&
      isExecutable(join(downloaded, BINARY)) &&
      isExecutable(join(downloaded, HOST))
    ) {
      rmSync(join(aside, "bin"), { recursive: true });
      renameSync(downloaded, join(aside, "bin"));
    } else {
      const said = lastLines(result, 1)
        .trim()
        .replace(/^pulumi: /, "");
      refusal = result.timedOut ? "it stood still and was given up" : said || "no answer";
    }
    rmSync(home, { recursive: true, force: true });
    rmSync(temporary, { recursive: true, force: true });
    return refusal && `not possible here (${refusal})`;
  });
  return refusal;
}

async function build(repository, version, aside, whyNoDownload) {
  const setup = join(repository, ".setup");
  const quiet = goQuietly(setup);
  const found = await goVersion(repository, quiet);
  if (!isRecent(found) || windows) {
    const ways = [
      `- let this machine reach https://get.pulumi.com and https://github.com/pulumi (HTTPS_PROXY is honoured), or`,
      ...(windows ? [] : [`- install Go ${GO_NEEDED.join(".")} or later (https://go.dev/dl) and put it on the PATH, or`]),
      `- put the files of the official release into ${relative(repository, join(setup, "pulumi", "versions", version, "bin"))}`,
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

  const environment = await goAside(repository, setup, quiet);
  const source = join(repository, "sandbox", "engine");
  const go = async (args, log, onLine) => {
    const result = await run("go", args, { cwd: source, env: environment, log: join(setup, "log", log), onLine });
    if (result.code === 0) return result;
    throw new SetupError(
      `go ${args[0]} failed (all of it: .setup/log/${log}):\n${lastLines(result)}\n  What is done already is kept: run the same command again.`,
    );
  };
  await step(`Pulumi ${version}: build with Go ${found.join(".")}, about 3 minutes, once`, async (detail) => {
    detail("fetching its modules");
    const { stdout } = await go(["list", "-mod=readonly", "-deps", MODULE], "modules.log");
    const total = stdout.trim().split("\n").length;
    let compiled = 0;
    detail(`0 of ${total} packages compiled`);
    const flags = [
      "-mod=readonly",
      "-v",
      "-trimpath",
      "-ldflags",
      `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`,
    ];
    await go(["build", ...flags, "-o", join(aside, "bin", BINARY), MODULE], "build.log", () => {
      compiled++;
      detail(compiled < total - 1 ? `${compiled} of ${total} packages compiled` : "linking");
    });
  });
  rmSync(join(setup, "go"), { recursive: true, force: true, maxRetries: 3 });
}

const isRecent = (found) => found && (found[0] > GO_NEEDED[0] || (found[0] === GO_NEEDED[0] && found[1] >= GO_NEEDED[1]));

export const isGoEnough = async (repository, env) => isRecent(await goVersion(repository, env));

async function goVersion(repository, env) {
  const { stdout } = await run("go", ["version"], { cwd: repository, env });
  return /go version go(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number);
}

/** Go, as the user has set it up, but without its notes on its own use in the user's home. */
export function goQuietly(setup) {
  const settings = process.env.GOENV ?? join(process.env.XDG_CONFIG_HOME ?? join(homedir(), ".config"), "go", "env");
  return {
    ...without(process.env, "GOROOT", "GO111MODULE"),
    GOENV: settings,
    GOTOOLCHAIN: "local",
    XDG_CONFIG_HOME: join(setup, "go", "config"),
  };
}

/** Go works in a folder of its own, which goes when the build is done; modules the user has already are read from the user's cache. */
export async function goAside(repository, setup, quiet) {
  const folder = join(setup, "go");
  const temporary = join(folder, "tmp");
  mkdirSync(temporary, { recursive: true });
  const { stdout } = await run("go", ["env", "-json", "GOPROXY", "GOMODCACHE"], { cwd: repository, env: quiet });
  const { GOPROXY, GOMODCACHE } = JSON.parse(stdout);
  const cached = join(GOMODCACHE, "cache", "download");
  return {
    ...quiet,
    CGO_ENABLED: "0",
    GOCACHE: join(folder, "build"),
    GOFLAGS: "-modcacherw -buildvcs=false",
    GOMODCACHE: join(folder, "modules"),
    GOPATH: join(folder, "path"),
    GOPROXY: [...(existsSync(cached) ? [pathToFileURL(cached).href] : []), GOPROXY].join(","),
    GOTMPDIR: temporary,
    GOWORK: "off",
  };
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

const without = (environment, ...names) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));

/** Folders of runs that did not come to their end. */
function clearLeftovers(versions) {
  for (const name of readdirSync(versions)) {
    if (/^incoming-\d+$/.test(name)) rmSync(join(versions, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
