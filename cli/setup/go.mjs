/**
 * Builds with Go, in a folder of its own that goes afterwards: it holds modules, build cache and notes on how far the build is.
 */
import fs, { appendFileSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { cpus, homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { lastLines, run, SetupError, step } from "./progress.mjs";

export const NEEDED = [1, 26];
const MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";

/** What modules, build cache and temporary files come to, at their most; GB. Measured with Go 1.26 on linux-x64. */
const DISK_GB = 4.5;

/**
 * Builds the Pulumi CLI. A run that was killed is gone on with.
 * @param {number[]} go version of the Go that is here
 * @throws SetupError
 */
export async function buildEngine(repository, version, binary, go) {
  const setup = join(repository, ".setup");
  needDisk(repository);
  const folder = engineFolder(repository);
  const env = await goAside(repository, folder);
  const command = async (args, log, onLine) => {
    const result = await run("go", args, {
      cwd: join(repository, "sandbox", "engine"),
      env,
      log: join(setup, "log", log),
      onLine,
    });
    if (result.code === 0) return result;
    throw new SetupError(
      `go ${args[0]} failed (all of it: .setup/log/${log}):\n${lastLines(result)}\n  ${adviceFor(result, env)}What is done already is kept: run the same command again.`,
    );
  };
  await step(`Pulumi ${version}: build with Go ${go.join(".")}, once, with ${DISK_GB} GB of disk meanwhile`, async (detail) => {
    let fetched = 0;
    detail("fetching its modules");
    const list = ["list", "-mod=readonly", "-deps", "-f", '{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles "\t"}}', MODULE];
    const { stdout } = await command(list, "modules.log", (line) => {
      if (line.startsWith("go: downloading ")) detail(`fetching its modules, ${++fetched} so far`);
    });
    const progress = packagesOf(sizesOf(stdout), join(folder, "compiled"));
    detail(progress.text());
    const flags = [
      "-mod=readonly",
      "-v",
      "-trimpath",
      "-ldflags",
      `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`,
    ];
    await command(["build", ...flags, "-o", binary, MODULE], "build.log", (line) => {
      progress.compiles(line);
      detail(progress.text());
    });
  });
}

/** What a package takes beside its source, in bytes of source. */
const OVERHEAD = 5000;

/** Package -> bytes of its source, which is about what compiling it takes; from lines `package, folder, file, file ...` with tabs. */
function sizesOf(listed) {
  const size = (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const lines = listed.trim().split("\n");
  return new Map(
    lines.map((line) => {
      const [name, folder = "", ...files] = line.split("\t");
      return [name, files.filter(Boolean).reduce((sum, file) => sum + size(join(folder, file)), OVERHEAD)];
    }),
  );
}

/**
 * How far a build is. Go names a package when it begins with it, and does not name those that an earlier run has compiled: they are noted.
 * @param {Map<string, number>} sizes what each package of the program takes; a few take as much as hundreds of others
 * @param {string} file where names are noted, a line each
 */
export function packagesOf(sizes, file, now = () => Date.now(), parallel = cpus().length) {
  const noted = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const done = new Set(noted.filter((name) => sizes.has(name)));
  const total = sizes.size;
  const sum = (names) => names.reduce((all, name) => all + sizes.get(name), 0);
  const whole = sum([...sizes.keys()]);
  const before = sum([...done]);
  const begun = now();
  return {
    compiles(name) {
      if (!sizes.has(name) || done.has(name)) return;
      done.add(name);
      appendFileSync(file, `${name}\n`);
    },
    text() {
      if (done.size >= total - 1) return "linking";
      const passed = now() - begun;
      // The last ones are still being compiled.
      const compiled = sum([...done].slice(0, Math.max(0, done.size - parallel)));
      const fresh = compiled - before;
      // Earlier the guess would be worth nothing.
      const known = passed > 20_000 && fresh > whole / 20;
      const minutes = Math.ceil(((passed / fresh) * (whole - compiled)) / 60_000);
      return `${done.size} of ${total} packages compiled${known ? `, some ${minutes} min left at this pace` : ""}`;
    },
  };
}

/** Where the engine is built. */
export const engineFolder = (repository) => join(repository, ".setup", "go");

/** A build is done: takes away what it needed, and shows how long that takes. */
export async function tidyUp(folder) {
  if (!existsSync(folder)) return;
  await step("taking away what the build needed", () => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
}

function needDisk(repository) {
  // Modules and packages of an earlier run take up their part already.
  if (existsSync(join(engineFolder(repository), "build"))) return;
  // Not before Node 18.15.
  if (!fs.statfsSync) return;
  const { bavail, bsize } = fs.statfsSync(join(repository, ".setup"));
  const free = (bavail * bsize) / 1e9;
  if (free >= DISK_GB) return;
  throw new SetupError(
    `building the Pulumi CLI takes ${DISK_GB} GB of disk in .setup meanwhile (115 MB stay), and ${free.toFixed(1)} GB are free.\n  Make room, or take the engine from another copy of this project (cp -a OTHER/.setup/pulumi .setup/), and run the same command again.`,
  );
}

/** What to do about a failure that has to do with the network or the disk; "" for others. */
function adviceFor({ stdout, stderr }, { GOPROXY }) {
  const said = `${stdout}\n${stderr}`;
  if (/no space left on device/.test(said)) return `The disk is full: the build takes ${DISK_GB} GB meanwhile. `;
  if (/dial tcp|lookup |i\/o timeout|connection refused|TLS handshake|proxyconnect|unexpected EOF|50[0-9] /.test(said)) {
    const proxies = GOPROXY.split(/[,|]/).filter((proxy) => !/^(file:|direct$|off$)/.test(proxy));
    return `Modules come from ${proxies.join(", ") || "their own hosts"} (GOPROXY): this machine must reach that, or HTTPS_PROXY must name the way. `;
  }
  return "";
}

export const isRecent = (found) => found && (found[0] > NEEDED[0] || (found[0] === NEEDED[0] && found[1] >= NEEDED[1]));

/** @returns {Promise<number[] | undefined>} major and minor version of the `go` on the PATH */
export async function goVersion(repository, folder = engineFolder(repository)) {
  const { stdout } = await run("go", ["version"], { cwd: repository, env: goQuietly(folder) });
  return /go version go(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number);
}

/** Go, as the user has set it up, but without its notes on its own use in the user's home. */
function goQuietly(folder) {
  const settings = process.env.GOENV ?? join(process.env.XDG_CONFIG_HOME ?? join(homedir(), ".config"), "go", "env");
  const { GOROOT: _, GO111MODULE: __, ...others } = process.env;
  return { ...others, GOENV: settings, GOTOOLCHAIN: "local", XDG_CONFIG_HOME: join(folder, "config") };
}

/** The environment of a Go that works in `folder`, which goes when the build is done; modules the user has already are read from the user's cache. */
export async function goAside(repository, folder) {
  const quiet = goQuietly(folder);
  const temporary = join(folder, "tmp");
  mkdirSync(temporary, { recursive: true });
  const asked = await run("go", ["env", "-json", "GOPROXY", "GOMODCACHE"], { cwd: repository, env: quiet });
  if (asked.code !== 0) throw new SetupError(`go env failed:\n${lastLines(asked)}\n  Mend Go, and run the same command again.`);
  const { GOPROXY, GOMODCACHE } = JSON.parse(asked.stdout);
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
