/** Does the set-up come through, whatever is missing and whenever it is killed? */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const VERSION = "3.259.0";

/**
 * npm, Pulumi's releases and Go, as far as the set-up sees them. Each notes that it was called, and stops half-way for as long as
 * a file `<name>.hangs` stands.
 */
const PRELUDE = `
import { appendFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
const folder = "@folder@";
const note = (what) => appendFileSync(join(folder, "called"), what + " " + process.pid + "\\n");
const halfWay = async (name) => { while (existsSync(join(folder, name + ".hangs"))) await new Promise((resolve) => setTimeout(resolve, 20)); };
const put = (path, text, mode) => { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, text, { mode }); };
`;
const NPM = `${PRELUDE}
const modules = join(process.cwd(), "node_modules");
const locked = { "node_modules/pulumi": { version: "${VERSION}" }, "node_modules/engine-strict": { version: "1.0.0" } };
note("npm " + process.argv.slice(2, 4).join(" "));
if (process.env.NPM_FAILS) { console.error("npm error code ENOTFOUND"); process.exit(1); }
put(join(modules, "pulumi", "package.json"), JSON.stringify({ version: "${VERSION}" }));
await halfWay("npm");
put(join(modules, "pulumi", "../engine-strict/package.json"), "{}");
if (process.env.NODE_IS_OLD && !process.execPath.includes("/.setup/node-")) {
  // As npm does it: what does not suit this Node is left out without a word.
  delete locked["node_modules/engine-strict"];
  mkdirSync(join(modules, ".bin"));
  symlinkSync(process.execPath, join(modules, ".bin", "node"));
}
put(join(modules, ".package-lock.json"), JSON.stringify({ packages: locked }));
`;
/** No `#!` of a path that may hold blanks or be long: a shell finds the program beside it. */
const GO = '#!/bin/sh\nexec "$NODE" "$GO_PROGRAM" "$@"\n';
const GO_PROGRAM = `${PRELUDE}
const PACKAGES = Array.from({ length: 40 }, (_, at) => "example.com/package-" + at);
const [command] = process.argv.slice(2);
note("go " + command);
if (command === "version") console.log("go version " + (process.env.GO_IS ?? "go1.26.8") + " linux/amd64");
if (command === "env") console.log(JSON.stringify({ GOPROXY: "https://proxy.invalid", GOMODCACHE: "/nowhere" }));
if (command === "list") {
  for (const name of ["one", "two", "three"]) console.error("go: downloading example.com/" + name + " v1.0.0");
  console.log(["unsafe", ...PACKAGES].join("\\n"));
}
if (command === "build") {
  if (process.env.GO_FAILS) { console.error(process.env.GO_FAILS); process.exit(1); }
  // As Go does: it names what it compiles now, and nothing that its cache has.
  for (const [at, name] of PACKAGES.entries()) {
    if (at === PACKAGES.length / 2) await halfWay("go");
    if (existsSync(join(process.env.GOCACHE, name))) continue;
    console.error(name);
    put(join(process.env.GOCACHE, name), "");
  }
  put(process.argv[process.argv.indexOf("-o") + 1], "built", 0o755);
}
`;

interface Checkout {
  folder: string;
  /** Commands that the set-up called, in order. */
  called(): string[];
  /** SIGKILL to the last of them, which outlives a set-up that was killed. */
  killLast(): void;
  hang(name: "npm" | "download" | "go"): void;
  release(): void;
  start(environment?: Record<string, string>): Run;
}

interface Run {
  process: ChildProcess;
  output(): string;
  ended: Promise<number | null>;
}

const checkouts: Checkout[] = [];

/** A release as Pulumi packs it: programs in a folder, and something that wants to get out of it. */
const ARCHIVE = gzipSync(
  Buffer.concat([
    tarEntry("pulumi/", "", "5"),
    tarEntry("pulumi/pulumi-language-nodejs", "official".repeat(200), "0"),
    tarEntry("pulumi/../../../../../evil", "evil", "0"),
    tarEntry("pulumi/linked", "", "2"),
    tarEntry("pulumi/pulumi", "official", "0"),
    Buffer.alloc(1024),
  ]),
);

function tarEntry(name: string, content: string, type: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${Buffer.byteLength(content).toString(8).padStart(11, "0")} `, 124);
  header.write(type, 156);
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

/** Where releases are: `/<folder of the checkout>/<how>/v.../<archive>`. */
const releases = {
  port: 0,
  server: createHttpServer(async (request, response) => {
    const [, folder = "", how, version, name] = (request.url ?? "").split("/").map(decodeURIComponent);
    appendFileSync(join(folder, "called"), "download 0\n");
    if (
      how === "missing" ||
      version !== `v${VERSION}` ||
      name !== `pulumi-v${VERSION}-${process.platform}-${process.arch}.tar.gz`
    )
      return void response.writeHead(404).end();
    const archive = how === "other" ? Buffer.concat([ARCHIVE, Buffer.from("and more")]) : ARCHIVE;
    response.write(archive.subarray(0, 100));
    while (existsSync(join(folder, "download.hangs"))) await new Promise((resolve) => setTimeout(resolve, 20));
    response.end(how === "cut" ? undefined : archive.subarray(100));
  }),
};

/** A port at which nobody listens. */
let closedPort: number;
beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closedPort = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  await new Promise<void>((resolve) => releases.server.listen(0, "127.0.0.1", resolve));
  releases.port = (releases.server.address() as AddressInfo).port;
});
afterAll(() => {
  releases.server.closeAllConnections();
  releases.server.close();
});
const unreached = () => `127.0.0.1:${closedPort} could not be reached: connect ECONNREFUSED 127.0.0.1:${closedPort}`;

/** A checkout with the real set-up, no packages and no engine, on a machine with npm and Go. */
function checkout({ go = true } = {}): Checkout {
  // As a user may name it: with blanks, an umlaut, quotes and what shells and addresses read as something else.
  const folder = mkdtempSync(join(tmpdir(), "Büro (O'Neil & 50%25 #1) -"));
  const program = (name: string, text: string) => {
    writeFileSync(
      join(folder, name),
      text.replace('"@folder@"', () => JSON.stringify(folder)),
    );
    chmodSync(join(folder, name), 0o755);
  };
  for (const path of ["cli/setup.mjs", "cli/setup", "sandbox/engine/language-host.mjs"])
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  const dependencies = { pulumi: VERSION, "engine-strict": "1.0.0", "for-another-platform": "1.0.0" };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", dependencies }));
  writeFileSync(
    join(folder, "package-lock.json"),
    JSON.stringify({
      packages: {
        "": { dependencies },
        "node_modules/pulumi": { version: VERSION },
        "node_modules/engine-strict": { version: "1.0.0", optional: true },
        "node_modules/for-another-platform": {
          version: "1.0.0",
          optional: true,
          os: ["aix"],
          dependencies: { "only-there": "1" },
        },
        "node_modules/only-there": { version: "1.0.0", optional: true },
      },
    }),
  );
  mkdirSync(join(folder, "bin"));
  program("npm-cli.js", NPM);
  // The archive that this checkout trusts.
  const sha256 = { [`${process.platform}-${process.arch}`]: createHash("sha256").update(ARCHIVE).digest("hex") };
  writeFileSync(join(folder, "cli/setup/pulumi-archives.json"), JSON.stringify({ version: VERSION, sha256 }));
  if (go) {
    program("bin/go", GO);
    program("bin/go.mjs", GO_PROGRAM);
  }
  writeFileSync(join(folder, "bin", "package.json"), '{"type":"module"}');

  const runs: Run[] = [];
  const noted = () => (existsSync(join(folder, "called")) ? readFileSync(join(folder, "called"), "utf8").trim().split("\n") : []);
  const made: Checkout = {
    folder,
    called: () => noted().map((line) => line.replace(/ \d+$/, "")),
    killLast: () => process.kill(Number(noted().at(-1)?.split(" ").at(-1)), "SIGKILL"),
    hang: (name) => writeFileSync(join(folder, `${name}.hangs`), ""),
    release: () => {
      for (const name of ["npm", "download", "go"]) rmSync(join(folder, `${name}.hangs`), { force: true });
    },
    start(environment = {}) {
      const child = spawn(process.execPath, ["cli/setup.mjs"], {
        cwd: folder,
        env: {
          PATH: join(folder, "bin"),
          HOME: join(folder, "home"),
          NODE: process.execPath,
          GO_PROGRAM: join(folder, "bin/go.mjs"),
          AOAI_SETUP_RELEASES: `http://127.0.0.1:${environment.DOWNLOAD ? releases.port : closedPort}/${encodeURIComponent(folder)}/${environment.DOWNLOAD}`,
          npm_execpath: join(folder, "npm-cli.js"),
          ...environment,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
      const run: Run = { process: child, output: () => output, ended: new Promise((resolve) => child.on("close", resolve)) };
      runs.push(run);
      return run;
    },
  };
  checkouts.push(made);
  return made;
}

afterEach(() => {
  for (const { folder, release } of checkouts.splice(0)) {
    release();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

const BIN = `.setup/pulumi/versions/${VERSION}/bin`;
const ALL_BY_BUILD = ["npm ci --ignore-scripts", "go version", "go env", "go list", "go build"];

/** Whole: packages, engine, language host, and nothing half-made beside them. */
function expectWhole({ folder }: Checkout) {
  expect(existsSync(join(folder, "node_modules/engine-strict/package.json"))).toBe(true);
  expect(existsSync(join(folder, BIN, "pulumi"))).toBe(true);
  expect(existsSync(join(folder, BIN, "pulumi-language-nodejs"))).toBe(true);
  expect(readdirSync(join(folder, ".setup")).filter((name) => !["log", "pulumi"].includes(name))).toEqual([]);
  expect(readdirSync(join(folder, ".setup/pulumi/versions"))).toEqual([VERSION]);
}

const until = (run: Run, condition: () => boolean) => expect.poll(() => condition() || run.process.exitCode !== null).toBe(true);

describe("a bare checkout", () => {
  it("gets the locked packages, and the engine from source where the download is out of reach; then there is nothing to do", async () => {
    const bare = checkout();
    const first = bare.start();
    expect(await first.ended, first.output()).toBe(0);
    expect(bare.called()).toEqual(ALL_BY_BUILD);
    expectWhole(bare);
    expect(readFileSync(join(bare.folder, BIN, "pulumi"), "utf8")).toBe("built");
    expect(readlinkSync(join(bare.folder, BIN, "pulumi-language-nodejs"))).toBe(
      "../../../../../sandbox/engine/language-host.mjs",
    );
    expect(readFileSync(join(bare.folder, BIN, "pulumi-language-nodejs"), "utf8")).toContain("LanguageRuntimeService");
    expect(first.output()).toMatch(/packages of package-lock.json: \d+ s\n/);
    expect(first.output()).toContain(`official download: not possible here (${unreached()}`);
    expect(first.output()).toMatch(/build with Go 1.26, once, with 4.5 GB of disk meanwhile: \d+ s\n/);
    expect(first.output()).not.toMatch(/about \d+ minutes/);
    expect(readdirSync(bare.folder)).not.toContain("home");

    const second = bare.start();
    expect(await second.ended).toBe(0);
    expect(second.output()).toBe("");
    expect(bare.called()).toEqual(ALL_BY_BUILD);
  });

  it("takes the official release with its own language host where it can be downloaded, and needs no Go", async () => {
    const bare = checkout({ go: false });
    const run = bare.start({ DOWNLOAD: "works" });
    expect(await run.ended, run.output()).toBe(0);
    expectWhole(bare);
    expect(bare.called()).toEqual(["npm ci --ignore-scripts", "download"]);
    // Whatever an archive names its files, they come into one folder, and no links.
    expect(readdirSync(join(bare.folder, BIN)).sort()).toEqual(["evil", "pulumi", "pulumi-language-nodejs"]);
    expect(lstatSync(join(bare.folder, BIN, "pulumi-language-nodejs")).isSymbolicLink()).toBe(false);
    expect(readFileSync(join(bare.folder, BIN, "pulumi"), "utf8")).toBe("official");
  });

  it("downloads by the proxy that the environment names in whatever way, and from this machine without it", async () => {
    const led: string[] = [];
    const proxy = createHttpServer().on("connect", (request, socket) => {
      led.push(String(request.url));
      const way = connect(releases.port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        way.pipe(socket).pipe(way);
      });
      for (const end of [way, socket]) end.on("error", () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    try {
      const cases: [environment: Record<string, string>, isElsewhere: boolean][] = [
        [{ ALL_PROXY: `127.0.0.1:${port}` }, true],
        [{ http_proxy: `http://127.0.0.1:${port}`, NO_PROXY: "intern.example" }, true],
        [{ HTTP_PROXY: `http://127.0.0.1:${port}`, ALL_PROXY: "socks5://127.0.0.1:1" }, false],
      ];
      for (const [environment, isElsewhere] of cases) {
        led.length = 0;
        const bare = checkout({ go: false });
        const elsewhere = `http://releases.invalid/${encodeURIComponent(bare.folder)}/works`;
        const run = bare.start({
          DOWNLOAD: "works",
          ...environment,
          ...(isElsewhere && { AOAI_SETUP_RELEASES: elsewhere }),
        });
        expect(await run.ended, run.output()).toBe(0);
        expectWhole(bare);
        expect(led).toEqual(isElsewhere ? ["releases.invalid:80"] : []);
      }
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it.each(["other", "cut"])(
    "runs nothing of an archive that is not the one whose SHA-256 the repository names (%s)",
    async (how) => {
      const bare = checkout();
      const run = bare.start({ DOWNLOAD: how });
      expect(await run.ended, run.output()).toBe(1);
      expect(run.output()).toMatch(
        /set-up stopped: pulumi-v3\.259\.0-\S+\.tar\.gz has SHA-256 [0-9a-f]{64}, and not [0-9a-f]{64}/,
      );
      expect(existsSync(join(bare.folder, BIN))).toBe(false);
      expect(bare.called()).not.toContain("go build");
    },
  );

  it("takes no archive whose SHA-256 it does not know, and builds the engine from source, which go.sum checks", async () => {
    const bare = checkout();
    writeFileSync(join(bare.folder, "cli/setup/pulumi-archives.json"), JSON.stringify({ version: "3.258.0", sha256: {} }));
    const run = bare.start({ DOWNLOAD: "works" });
    expect(await run.ended, run.output()).toBe(0);
    expect(run.output()).toContain("no SHA-256 of pulumi-v3.259.0-");
    expect(bare.called()).toEqual(ALL_BY_BUILD);
  });

  it("names a SHA-256 for each platform on which the engine is tried, of the version that is locked", () => {
    const locked = JSON.parse(readFileSync(join(ROOT, "cli/setup/pulumi-archives.json"), "utf8"));
    const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
    expect(locked.version).toBe(packages["node_modules/pulumi"].version);
    expect(Object.keys(locked.sha256)).toEqual(["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"]);
    expect(new Set(Object.values(locked.sha256)).size).toBe(4);
    for (const value of Object.values(locked.sha256)) expect(value).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is installed again when the lock file has changed, and not when somebody ran npm ci by hand", async () => {
    const bare = checkout();
    await bare.start().ended;
    rmSync(join(bare.folder, "node_modules/.set-up"));
    expect(await bare.start().ended).toBe(0);
    expect(bare.called()).toEqual(ALL_BY_BUILD);
    const lock = join(bare.folder, "package-lock.json");
    writeFileSync(
      lock,
      readFileSync(lock, "utf8")
        .replace('"engine-strict":{"version":"1.0.0"', '"engine-strict":{"version":"1.0.1"')
        .replace('"node_modules/engine-strict":{"version":"1.0.0"', '"node_modules/engine-strict":{"version":"1.0.1"'),
    );
    const run = bare.start();
    expect(await run.ended).toBe(1);
    expect(bare.called().filter((command) => command.startsWith("npm"))).toHaveLength(2);
    expect(run.output()).toContain("npm ci left out engine-strict");
  });

  it("completes the packages under the Node that an older one brought along", async () => {
    const bare = checkout();
    const run = bare.start({ NODE_IS_OLD: "1" });
    expect(await run.ended, run.output()).toBe(0);
    expect(bare.called().filter((command) => command.startsWith("npm"))).toHaveLength(2);
    expectWhole(bare);
  });
});

describe("a machine that lacks something", () => {
  it.each([
    { lacks: "Go", go: false, environment: {}, says: "go is not on the PATH: it takes Go >= 1.26" },
    { lacks: "a recent Go", go: true, environment: { GO_IS: "go1.22.3" }, says: "Go 1.22 is too old: it takes Go >= 1.26" },
  ])("without the download and $lacks: one message names both, and the ways out", async ({ go, environment, says }) => {
    const bare = checkout({ go });
    const run = bare.start(environment as Record<string, string>);
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(
      `set-up stopped: there is no Pulumi CLI ${VERSION}, and neither way to one is open:
  official download: ${unreached()}
  build from source: ${says}
Ways out:
  - let this machine reach https://github.com/pulumi (HTTPS_PROXY is honoured), or name a mirror of its releases in AOAI_SETUP_RELEASES, or
  - install Go 1.26 or later (https://go.dev/dl) and put it on the PATH, or
  - put the files of the official release into ${BIN}, or
  - take them from another copy of this project: cp -a OTHER/.setup/pulumi .setup/
Then run the same command again.`,
    );
    expect(run.output()).not.toContain("at ");
  });

  it("without the registry: npm's own words, and where the rest of them is", async () => {
    const bare = checkout();
    const run = bare.start({ NPM_FAILS: "1" });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain("npm ci failed (all of it: .setup/log/packages.log):\n    npm error code ENOTFOUND\n");
    expect(existsSync(join(bare.folder, "node_modules"))).toBe(false);
  });
});

describe("a set-up that is killed", () => {
  it.each(["npm", "download", "go"] as const)(
    "in the middle of %s leaves nothing that looks finished, and the next run comes through",
    async (name) => {
      const bare = checkout();
      const environment: Record<string, string> = name === "download" ? { DOWNLOAD: "works" } : {};
      bare.hang(name);
      const killed = bare.start(environment);
      const command = name === "go" ? "go build" : name === "npm" ? "npm ci --ignore-scripts" : "download";
      await until(killed, () => bare.called().includes(command));
      killed.process.kill("SIGKILL");
      await killed.ended;
      expect(existsSync(join(bare.folder, BIN))).toBe(false);
      expect(existsSync(join(bare.folder, "node_modules"))).toBe(name !== "npm");
      bare.release();

      const next = bare.start(environment);
      expect(await next.ended, next.output()).toBe(0);
      expectWhole(bare);
      // What was whole is not done again.
      expect(bare.called().filter((call) => call.startsWith("npm"))).toHaveLength(name === "npm" ? 2 : 1);
    },
  );
});

describe("the build of the engine", () => {
  it("says how far it is, and after a kill counts on from there", async () => {
    const bare = checkout();
    bare.hang("go");
    const killed = bare.start({ SETUP_SIGN_OF_LIFE: "0.05" });
    await until(killed, () => killed.output().includes("20 of 41 packages compiled"));
    killed.process.kill("SIGKILL");
    bare.killLast();
    await killed.ended;
    const next = bare.start({ SETUP_SIGN_OF_LIFE: "0.05" });
    await until(next, () => /, \d+ of 41 packages compiled/.test(next.output()));
    expect(next.output().match(/\d+ of 41 packages compiled/)?.[0]).toBe("20 of 41 packages compiled");
    bare.release();
    expect(await next.ended, next.output()).toBe(0);
    expectWhole(bare);
  });

  it("counts the modules that it fetches", async () => {
    const bare = checkout();
    bare.hang("go");
    const run = bare.start({ SETUP_SIGN_OF_LIFE: "0.05" });
    await until(run, () => run.output().includes("packages compiled"));
    bare.release();
    expect(await run.ended).toBe(0);
    expect(readFileSync(join(bare.folder, ".setup/log/modules.log"), "utf8").match(/go: downloading/g)).toHaveLength(3);
  });

  it("guesses how long it will be from its own pace, and not at all at first", async () => {
    const { packagesOf } = await import(pathToFileURL(join(ROOT, "cli/setup/go.mjs")).href);
    const { folder } = checkout();
    let now = 0;
    const names = ["unsafe", ...Array.from({ length: 1684 }, (_, at) => `example.com/${at}`)];
    const progress = packagesOf(new Map(names.map((name) => [name, 1000])), join(folder, "compiled"), () => now, 0);
    const compile = (from: number, to: number, minutes: number) => {
      for (let at = from; at < to; at++) {
        now += (minutes * 60_000) / (to - from);
        progress.compiles(`example.com/${at}`);
      }
      return progress.text();
    };
    expect(progress.text()).toBe("0 of 1685 packages compiled");
    expect(compile(0, 50, 0.2)).toBe("50 of 1685 packages compiled");
    expect(compile(50, 400, 2)).toBe("400 of 1685 packages compiled, some 8 min left at this pace");
    // A machine that became slow: at minute 15 nobody is told that it takes 3.
    expect(compile(400, 700, 13)).toBe("700 of 1685 packages compiled, some 22 min left at this pace");
    progress.compiles("example.com/699");
    progress.compiles("# a line that is no package");
    expect(progress.text()).toMatch(/^700 of 1685/);
    expect(compile(700, 1684, 5)).toBe("linking");

    // Half of the work in one package of a hundred: behind the other half of it stands as long again.
    now = 0;
    const heavy = names.slice(0, 100).map((name, at): [string, number] => [name, at === 99 ? 99_000 : 1000]);
    const uneven = packagesOf(new Map(heavy), join(folder, "other"), () => now, 1);
    for (const [name] of heavy.slice(0, 97)) {
      now += 6000;
      uneven.compiles(name);
    }
    expect(uneven.text()).toBe("97 of 100 packages compiled, some 11 min left at this pace");
  });

  it("shows that it takes away what it needed, and does so again when it was killed meanwhile", async () => {
    const bare = checkout();
    const first = bare.start();
    expect(await first.ended, first.output()).toBe(0);
    expect(first.output()).toMatch(/taking away what the build needed: \d+ s\n/);
    mkdirSync(join(bare.folder, ".setup/go/modules"), { recursive: true });
    const second = bare.start();
    expect(await second.ended, second.output()).toBe(0);
    expect(bare.called()).toEqual(ALL_BY_BUILD);
    expectWhole(bare);
  });

  it.each([
    [
      "the network",
      "dial tcp: lookup proxy.invalid: no such host",
      "Modules come from https://proxy.invalid (GOPROXY): this machine must reach that",
    ],
    ["the disk", "write /x: no space left on device", "The disk is full: the build takes 4.5 GB meanwhile."],
    ["neither", "undefined: x", "What is done already is kept: run the same command again."],
  ])("that fails for %s says what to do", async (_what, said, advice) => {
    const bare = checkout();
    const run = bare.start({ GO_FAILS: said });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(`go build failed (all of it: .setup/log/build.log):\n    ${said}\n  ${advice}`);
  });
});

describe("two set-ups at once", () => {
  it("work one after the other, and the second finds everything done", async () => {
    const bare = checkout();
    bare.hang("npm");
    const first = bare.start();
    await until(first, () => bare.called().length > 0);
    const second = bare.start();
    await until(second, () => second.output().includes("waiting"));
    expect(second.output()).toBe(`set-up: another set-up (process ${first.process.pid}) is at work here: waiting for it\n`);
    bare.release();
    expect(await first.ended, first.output()).toBe(0);
    expect(await second.ended, second.output()).toBe(0);
    expect(bare.called()).toEqual(ALL_BY_BUILD);
    expectWhole(bare);
  });

  it("do not wait for a lock whose process is dead, or whose number has gone to another", async () => {
    for (const holder of ["999999999 1 0 0", `${process.pid} 1 0 0`]) {
      const bare = checkout();
      mkdirSync(join(bare.folder, ".setup"));
      writeFileSync(join(bare.folder, ".setup/lock"), holder);
      const run = bare.start();
      expect(await run.ended, run.output()).toBe(0);
      expectWhole(bare);
    }
  });
});

describe("what is locked", () => {
  it("is one version of Pulumi: CLI, SDK and the source that is built", () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string }>;
    };
    const source = /github.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(
      readFileSync(join(ROOT, "sandbox/engine/go.mod"), "utf8"),
    )?.[1];
    expect([packages["node_modules/pulumi"]?.version, packages["node_modules/@pulumi/pulumi"]?.version, source]).toEqual([
      VERSION,
      VERSION,
      VERSION,
    ]);
  });

  it("is installed here, as the set-up reads the lock file", async () => {
    const packages = await import(pathToFileURL(join(ROOT, "cli/setup/packages.mjs")).href);
    expect(packages.missing(ROOT, ROOT)).toEqual([]);
  });

  it("needs nothing but Node itself to be set up", () => {
    for (const file of ["setup.mjs", ...readdirSync(join(ROOT, "cli/setup")).map((name) => `setup/${name}`)]) {
      const imports = [...readFileSync(join(ROOT, "cli", file), "utf8").matchAll(/from "([^"]+)"/g)].map(([, name]) => name);
      expect(imports.filter((name) => !/^(node:|\.)/.test(name ?? ""))).toEqual([]);
    }
  });
});
