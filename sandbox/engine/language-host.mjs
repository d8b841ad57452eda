#!/usr/bin/env node
/**
 * `pulumi-language-nodejs` for a Pulumi CLI that was built from its Go module: the official language host comes only with the official
 * release. Serves `pulumirpc.LanguageRuntime`: runs the program, and policy packs, through the scripts that `@pulumi/pulumi` ships for
 * it. Runs what Node itself can run; it compiles nothing.
 *
 * The engine starts it with its own address as the last argument, reads the port from the first line of stdout, and keeps stdin open
 * for as long as it lives.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";

const engineAddress = process.argv.at(-1);
const { version } = createRequire(import.meta.url)("@pulumi/pulumi/package.json");

/** Exit code of a program that has already told the engine what went wrong. */
const ALREADY_REPORTED = 32;

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();

// When the engine dies, nothing of it may live on and keep writing to the cloud.
process.stdin.resume().on("end", stopAll).on("error", stopAll);

function stopAll() {
  for (const child of children) child.kill("SIGKILL");
  process.exit(1);
}

function start(script, args, options) {
  const child = spawn(process.execPath, [...options.nodeArguments, script, ...args], options);
  children.add(child);
  child.on("close", () => children.delete(child));
  return child;
}

/** `@pulumi/pulumi/cmd/<name>`, as the program itself would find it. */
function script(name, directory) {
  try {
    return createRequire(join(directory, "package.json")).resolve(`@pulumi/pulumi/cmd/${name}/index.js`);
  } catch {
    throw new Error(`@pulumi/pulumi is not installed where ${directory} can find it: run "npm ci" in the project.`);
  }
}

/** Provider packages among the dependencies of the program's own package.json: those that say `"pulumi": {"resource": true}`. */
function providerPackages(directory) {
  const manifest = nearestManifest(directory);
  if (!manifest) return [];
  const require = createRequire(manifest.path);
  return Object.keys(manifest.content.dependencies ?? {}).flatMap((name) => {
    const file = require.resolve.paths(name).map((modules) => join(modules, name, "package.json"));
    const found = file.map(readJson).find(Boolean);
    if (!found?.pulumi?.resource) return [];
    const { name: provider = name.replace(/^@pulumi\//, ""), version = found.version, server = "" } = found.pulumi;
    return [{ name: provider, version: version.replace(/^v/, ""), server }];
  });
}

function nearestManifest(directory) {
  const path = join(directory, "package.json");
  const content = readJson(path);
  if (content) return { path, content };
  return dirname(directory) === directory ? undefined : nearestManifest(dirname(directory));
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Answers a unary call with what `handler` returns, and with its error as an error of the call. */
const unary = (handler) => (call, answer) => {
  Promise.resolve()
    .then(() => handler(call.request))
    .then(
      (response) => answer(null, response),
      (error) => answer({ code: grpc.status.INTERNAL, message: error.message }),
    );
};

const runtime = {
  handshake: unary(() => new messages.LanguageHandshakeResponse()),

  getPluginInfo: unary(() => {
    const info = new plugins.PluginInfo();
    info.setVersion(version);
    return info;
  }),

  about: unary(() => {
    const about = new messages.AboutResponse();
    about.setExecutable(process.execPath);
    about.setVersion(process.version);
    return about;
  }),

  runtimeOptionsPrompts: unary(() => new messages.RuntimeOptionsResponse()),

  getRequiredPackages: unary((request) => {
    const response = new messages.GetRequiredPackagesResponse();
    for (const { name, version, server } of providerPackages(request.getInfo().getProgramDirectory())) {
      const dependency = new plugins.PackageDependency();
      dependency.setName(name);
      dependency.setKind("resource");
      dependency.setVersion(version);
      dependency.setServer(server);
      response.addPackages(dependency);
    }
    return response;
  }),

  run: unary(async (request) => {
    const info = request.getInfo();
    const options = info.getOptions()?.toJavaScript() ?? {};
    const directory = info.getProgramDirectory();
    const args = [
      `--monitor=${request.getMonitorAddress()}`,
      `--engine=${engineAddress}`,
      `--organization=${request.getOrganization()}`,
      `--project=${request.getProject()}`,
      `--stack=${request.getStack()}`,
      `--pwd=${request.getPwd() || directory}`,
      `--root-directory=${info.getRootDirectory()}`,
      ...(request.getDryrun() ? ["--dry-run"] : []),
      ...(request.getParallel() ? [`--parallel=${request.getParallel()}`] : []),
      info.getEntryPoint(),
      ...request.getArgsList(),
    ];
    const child = start(script("run", directory), args, {
      nodeArguments: options.nodeargs?.split(" ").filter(Boolean) ?? [],
      cwd: request.getPwd() || directory,
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const response = new messages.RunResponse();
    const { code, signal } = await exit(child);
    if (code === ALREADY_REPORTED) response.setBail(true);
    else if (code !== 0) response.setError(`the program ended with ${signal ?? `exit code ${code}`}`);
    return response;
  }),

  cancel: unary(() => {
    for (const child of children) child.kill("SIGINT");
    return new empty.Empty();
  }),

  /** How the engine starts a policy pack written for Node. */
  runPlugin(call) {
    const request = call.request;
    const directory = request.getInfo().getProgramDirectory();
    try {
      const environment = request
        .getEnvList()
        .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
      const child = start(
        script(request.getKind() === "analyzer" ? "run-policy-pack" : "run-plugin", directory),
        [...request.getArgsList(), directory],
        {
          nodeArguments: [],
          cwd: directory,
          env: { ...process.env, ...Object.fromEntries(environment) },
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      const send = (fill) => {
        const response = new messages.RunPluginResponse();
        fill(response);
        call.write(response);
      };
      child.stdout.on("data", (bytes) => send((response) => response.setStdout(bytes)));
      child.stderr.on("data", (bytes) => send((response) => response.setStderr(bytes)));
      call.on("cancelled", () => child.kill());
      exit(child).then(({ code }) => {
        send((response) => response.setExitcode(code ?? 1));
        call.end();
      }, refuse);
    } catch (error) {
      refuse(error);
    }
    function refuse(error) {
      call.emit("error", { code: grpc.status.INTERNAL, message: error.message });
    }
  },
};

function exit(child) {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
}

// An unanswered call would hang the engine.
for (const [name, { responseStream }] of Object.entries(services.LanguageRuntimeService)) {
  const refusal = { code: grpc.status.UNIMPLEMENTED, message: `${name}: needs the language host of the official Pulumi release` };
  runtime[name] ??= responseStream ? (call) => call.emit("error", refusal) : (_call, answer) => answer(refusal);
}

const MESSAGE_LIMIT = 400 * 1024 * 1024;
const server = new grpc.Server({
  "grpc.max_receive_message_length": MESSAGE_LIMIT,
  "grpc.max_send_message_length": MESSAGE_LIMIT,
});
server.addService(services.LanguageRuntimeService, runtime);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
