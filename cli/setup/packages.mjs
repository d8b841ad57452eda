/**
 * node_modules exactly as package-lock.json has it, with everything this platform needs.
 */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { lastLines, run, SetupError, step } from "./progress.mjs";

/** The oldest Node that runs TypeScript as it stands. */
const NEEDED = [22, 18];

/** Says for which lock file and platform node_modules is whole. Inside node_modules, because it must go when that goes. */
const MARKER = join("node_modules", ".set-up");

export function hasPackages(repository) {
  return read(join(repository, MARKER)) === fingerprint(repository);
}

function fingerprint(repository) {
  return createHash("sha256")
    .update(readFileSync(join(repository, "package-lock.json")))
    .update(`${process.platform} ${process.arch}`)
    .digest("hex");
}

export async function ensurePackages(repository) {
  if (hasPackages(repository)) return;
  // Somebody may have run `npm ci` by hand.
  if (missing(repository, repository).length > 0) await install(repository);
  const node = ownNode(repository) ?? process.execPath;
  const version = await nodeVersion(node);
  if (!isEnough(version)) {
    throw new SetupError(
      `this project runs on Node >= ${NEEDED.join(".")}, and there is no Node package for ${process.platform}-${process.arch} to bring one along.\n  Yours is ${version}. Install Node 24 and run the same command again.`,
    );
  }
  writeFileSync(join(repository, MARKER), fingerprint(repository));
}

async function install(repository) {
  await step("packages of package-lock.json", async () => {
    const setup = join(repository, ".setup");
    clearLeftovers(setup);
    try {
      const aside = folderAside(setup, "packages");
      for (const file of ["package.json", "package-lock.json", ".npmrc"]) {
        if (existsSync(join(repository, file))) copyFileSync(join(repository, file), join(aside, file));
      }
      await npmCi(process.execPath, aside, setup);
      // npm leaves out what does not suit the Node it runs on: an old one brings the new one along, and that one does it again.
      if (missing(repository, aside).length > 0 && ownNode(aside)) {
        const newer = join(folderAside(setup, "node"), "node");
        copyFileSync(realpathSync(ownNode(aside)), newer);
        await npmCi(newer, aside, setup);
      }
      const left = missing(repository, aside);
      if (left.length > 0) {
        throw new SetupError(
          `npm ci left out ${left.join(", ")} under Node ${process.versions.node}.\n  Use Node 24 and run the same command again.`,
        );
      }
      swapIn(join(aside, "node_modules"), join(repository, "node_modules"), setup);
    } finally {
      clearLeftovers(setup);
    }
  });
}

function folderAside(setup, name) {
  const folder = join(setup, `${name}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

export async function npmCi(node, directory, setup) {
  const npm = npmScript();
  if (!npm) throw new SetupError("npm is not on the PATH. Install Node 24 with its npm, and run the same command again.");
  const result = await run(
    node,
    // Scripts of packages are not needed here; without them nothing is compiled and nothing strange is run.
    [
      npm,
      "ci",
      "--ignore-scripts",
      "--include=dev",
      "--include=optional",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      `--prefix=${directory}`,
    ],
    { cwd: directory, env: withoutTheOuterNpm(process.env), log: join(setup, "log", "packages.log") },
  );
  if (result.code === 0) return;
  throw new SetupError(
    `npm ci failed (all of it: .setup/log/packages.log):\n${lastLines(result)}\n  If the registry could not be reached, run the same command again when it can.`,
  );
}

/** What `npm start` tells its scripts about itself would tell this npm that it is somewhere else. The user's own npm settings stay. */
function withoutTheOuterNpm(environment) {
  const inner = Object.entries(environment).filter(
    ([name]) => !/^(npm_(lifecycle|package)_|npm_command$|npm_config_(local_)?prefix$|INIT_CWD$)/i.test(name),
  );
  return Object.fromEntries(inner);
}

/** npm's own script, for a Node of our choice: that of the npm which runs us, else that of the `npm` on the PATH. */
function npmScript() {
  const running = process.env.npm_execpath;
  if (running && /npm-cli\.js$/.test(running) && existsSync(running)) return running;
  const folders = [dirname(process.execPath), ...(process.env.PATH ?? "").split(delimiter)];
  for (const folder of folders) {
    const linked = join(folder, "npm");
    const candidates = [
      ...(existsSync(linked) ? [realpathSync(linked)] : []),
      join(folder, "node_modules", "npm", "bin", "npm-cli.js"),
      join(folder, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    ];
    const found = candidates.find((path) => /npm-cli\.js$/.test(path) && existsSync(path));
    if (found) return found;
  }
  return undefined;
}

/** Names of the packages that belong here on this platform and are not installed in `directory` as the lock file has them. */
export function missing(repository, directory) {
  const locked = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")).packages;
  // npm writes this one last.
  const installed = JSON.parse(read(join(directory, "node_modules", ".package-lock.json")) ?? "{}").packages ?? {};
  return wanted(locked)
    .filter((path) => {
      const here = installed[path];
      return (
        here?.version !== locked[path].version || here?.integrity !== locked[path].integrity || !existsSync(join(directory, path))
      );
    })
    .map((path) => path.replace(/^.*node_modules\//, ""));
}

/** Paths of all that the project needs here: what does not fit the platform is left out, and so is what only that would have needed. */
function wanted(locked) {
  const found = new Set();
  const open = [["", locked[""]]];
  for (const [from, { dependencies, devDependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }] of open) {
    const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional);
    // Those of the project itself; a package's own are not installed.
    const development = from === "" ? Object.keys(devDependencies ?? {}) : [];
    for (const name of [
      ...Object.keys(dependencies ?? {}),
      ...development,
      ...Object.keys(optionalDependencies ?? {}),
      ...peers,
    ]) {
      const path = resolve(locked, from, name);
      if (path === undefined || found.has(path) || !fits(locked[path])) continue;
      found.add(path);
      open.push([path, locked[path]]);
    }
  }
  return [...found];
}

/** Where a package finds another: in its own node_modules, or in that of a folder around it. */
function resolve(locked, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
    const path = `${folder}${folder && "/"}node_modules/${name}`;
    if (locked[path]) return path;
    if (folder === "") return undefined;
  }
}

function fits({ os, cpu, libc }) {
  return (
    allows(os, process.platform) &&
    allows(cpu, process.arch) &&
    (libc === undefined || process.platform !== "linux" || allows(libc, libcHere()))
  );
}

function allows(list, value) {
  if (list === undefined) return true;
  const names = [list].flat();
  if (names.includes(`!${value}`)) return false;
  const wanted = names.filter((name) => !name.startsWith("!"));
  return wanted.length === 0 || wanted.includes(value);
}

let libc;
function libcHere() {
  libc ??= process.report.getReport().header.glibcVersionRuntime ? "glibc" : "musl";
  return libc;
}

/** The Node that came as a package. */
function ownNode(directory) {
  const path = join(directory, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
  return existsSync(path) ? path : undefined;
}

async function nodeVersion(node) {
  const { stdout } = await run(node, ["--version"], { cwd: process.cwd() });
  return stdout.trim().replace(/^v/, "") || "not to be found";
}

function isEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** Whoever is running from the old folder keeps it until it ends. */
function swapIn(fresh, target, setup) {
  const old = join(setup, `replaced-${process.pid}`);
  try {
    if (existsSync(target)) renameSync(target, old);
    renameSync(fresh, target);
  } catch (error) {
    if (!existsSync(target) && existsSync(old)) renameSync(old, target);
    throw new SetupError(`node_modules could not be replaced (${error.message}).\n  Remove it and run the same command again.`);
  }
}

/** Folders of runs that did not come to their end. */
function clearLeftovers(setup) {
  for (const name of readdirSync(setup)) {
    if (/^(packages|node|replaced)-\d+$/.test(name)) rmSync(join(setup, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
