/**
 * `npm run switch -- --azure` runs the user's own Pulumi: here the real command line, on the local Azure, seen through a script that writes
 * down what it was asked.
 */
import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runDeploy, saidTopology } from "../cli/deploy.ts";
import { readStackFile } from "../cli/stack-file.ts";
import { runSwitch } from "../cli/switch.ts";
import { azureEngine } from "../cli/switch-on-azure.ts";
import { writeProject } from "../sandbox/engine/project.ts";
import { type LocalAzure, localAzure } from "./support/local-azure.ts";

const REPOSITORY = join(import.meta.dirname, "..");
const MODULES = join(REPOSITORY, "node_modules");

/** Switches are run with `npm run test:every`, and in CI on main. */
const EVERY = process.env.EVERY === "1";

const FILE = `# Ours.
config:
  azure-native:location: swedencentral
  aoai:topology: public-apim # the one line
  aoai:asOf: "2026-11-24"
  aoai:gateway:
    family: v2
    publisherName: Contoso AI
    publisherEmail: ai@contoso.example
  aoai:regions: [swedencentral]
  aoai:models:
    - { deployment: embeddings, model: text-embedding-3-large, version: "1", sku: GlobalStandard, tpm: 120000 }
  aoai:consumers:
    - name: web
`;

describe("with --azure", () => {
  let azure: LocalAzure;
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  const file = () => readFileSync(join(folder, "Pulumi.dev.yaml"), "utf8");
  const asked = () => readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
  // Not the synchronous one: the providers are in this very process.
  const pulumi = (args: string[]) => promisify(execFile)("pulumi", args, { cwd: folder, env: environment });
  const own = () => azureEngine({ stack: "dev", yes: true, project: folder, environment, onOutput: () => {} });

  beforeAll(async () => {
    azure = await localAzure();
    folder = mkdtempSync(join(tmpdir(), "switch-test-"));
    writeProject(REPOSITORY, folder);
    writeFileSync(join(folder, "Pulumi.dev.yaml"), FILE);
    const { version } = JSON.parse(readFileSync(join(MODULES, "pulumi", "package.json"), "utf8"));
    const bin = join(REPOSITORY, ".setup", "pulumi", "versions", version, "bin");
    mkdirSync(join(folder, "bin"));
    writeFileSync(
      join(folder, "bin", "pulumi"),
      // An update's configuration is gone when it is over.
      `#!/bin/sh\necho "$@" >> '${folder}/asked'\nif [ "$1" = up ]; then cat "$3" >> '${folder}/used'; fi\nexec '${bin}/pulumi' "$@"\n`,
    );
    chmodSync(join(folder, "bin", "pulumi"), 0o755);
    const { azureNative, random } = azure.sandbox.ports;
    environment = {
      PATH: [join(folder, "bin"), bin, join(MODULES, ".bin"), process.env.PATH].join(delimiter),
      HOME: folder,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: pathToFileURL(folder).href,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_DEBUG_PROVIDERS: `azure-native:${azureNative},random:${random}`,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  });
  afterAll(async () => {
    await azure?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("says what is missing: the stack, its deployment, the login, Pulumi itself", async () => {
    await expect(runSwitch(own(), "private-apim")).rejects.toThrow(/Pulumi knows no stack dev.*pulumi up -s dev/s);
    await pulumi(["stack", "init", "dev", "--non-interactive"]);
    await expect(runSwitch(own(), "private-apim")).rejects.toThrow("stack dev is not deployed: pulumi up -s dev");
    const { PULUMI_BACKEND_URL: _, ...loggedOut } = environment;
    await expect(
      runSwitch(azureEngine({ stack: "dev", yes: true, project: folder, environment: loggedOut }), "private-apim"),
    ).rejects.toThrow("Run `pulumi login` first");
    const without = { ...environment, PATH: join(MODULES, ".bin") };
    await expect(
      runSwitch(azureEngine({ stack: "dev", yes: true, project: folder, environment: without }), "private-apim"),
    ).rejects.toThrow("There is no `pulumi` on the PATH");
    await expect(
      runSwitch(azureEngine({ stack: "none", yes: true, project: folder, environment }), "private-apim"),
    ).rejects.toThrow('There is no stack "none"');
  });

  it.runIf(EVERY)("runs the updates, and the stack file says the new topology and nothing else new", async () => {
    await pulumi(["up", "--yes", "--skip-preview"]);
    const before = file();
    writeFileSync(join(folder, "asked"), "");
    rmSync(join(folder, "used"), { force: true });
    const steps: string[] = [];
    await runSwitch(own(), "private-apim", {
      onStep({ topology, accountAccess }) {
        steps.push(`${topology} ${accountAccess ?? ""}`.trim());
        expect(file(), "until the last update the file is as it was").toBe(before);
      },
    });
    expect(steps).toEqual(["private-apim open", "private-apim"]);
    expect(asked().filter((args) => args.startsWith("up "))).toEqual([
      expect.stringMatching(/^up --config-file \S+ --stack dev --yes --non-interactive$/),
      expect.stringMatching(/^up --config-file \S+ --stack dev --yes --non-interactive$/),
    ]);
    expect(readFileSync(join(folder, "used"), "utf8").match(/accountAccess.*/g)).toEqual(["accountAccess: open"]);
    expect(file()).toBe(before.replace("aoai:topology: public-apim", "aoai:topology: private-apim"));
    const [account] = azure.sandbox.store.list("Microsoft.CognitiveServices/accounts");
    expect(account?.body.properties.publicNetworkAccess).toBe("Disabled");
  });

  it.runIf(EVERY)(
    "goes on after it was stopped from where the stack stands, and asks before each update unless told not to",
    async () => {
      // As after a first update: the accounts are open in the network, and the file says what it said before.
      copyFileSync(join(folder, "Pulumi.dev.yaml"), join(folder, "kept"));
      await pulumi(["config", "set", "aoai:topology", "public-apim"]);
      writeFileSync(join(folder, "asked"), "");
      const steps: string[] = [];
      const engine = azureEngine({ stack: "dev", yes: false, project: folder, environment });
      // No terminal: Pulumi itself refuses to go on without a question.
      await expect(runSwitch(engine, "private-apim", { onStep: ({ topology }) => steps.push(topology) })).rejects.toThrow(
        "Run the same command again",
      );
      expect(steps).toEqual(["private-apim"]);
      expect(asked().at(-1)).toMatch(/^up --config-file \S+ --stack dev$/);
    },
  );

  it("deploys no topology that there is not, and leaves the stack file as it is", async () => {
    const wrong = FILE.replace(/aoai:topology: .*/, "aoai:topology: privat-apim");
    writeFileSync(join(folder, "Pulumi.dev.yaml"), wrong);
    // The stack need not stand: nothing is compared before the file is read.
    const engine = { ...own(), state: async () => ({}) };
    const to = saidTopology(readStackFile(folder, "dev").values);
    await expect(runDeploy(engine, to, { pauseSeconds: 0 })).rejects.toThrow(/privat-apim.*private-apim/);
    expect(file()).toBe(wrong);
    writeFileSync(join(folder, "Pulumi.dev.yaml"), FILE);
  });

  it.runIf(EVERY)("deploys a change that takes several updates, and leaves the stack file as it is, byte for byte", async () => {
    const capacities = () =>
      azure.sandbox.store
        .list("Microsoft.CognitiveServices/accounts/deployments")
        .map(({ name, body }) => `${name} ${body.sku?.capacity}`);
    const deploy = () => runDeploy(own(), "public-apim", { pauseSeconds: 0 });
    const full = FILE.replace("tpm: 120000", "tpm: 1000000");
    writeFileSync(join(folder, "Pulumi.dev.yaml"), full);
    await deploy();
    const renamed = full.replace("deployment: embeddings", "deployment: vectors");
    writeFileSync(join(folder, "Pulumi.dev.yaml"), renamed);
    expect((await deploy()).map(({ step: { accounts = [] } }) => accounts[0]?.deployments[0]?.capacity)).toEqual([
      500,
      500,
      undefined,
    ]);
    expect(capacities()).toEqual(["vectors 1000"]);
    expect(file()).toBe(renamed);
  });
});
