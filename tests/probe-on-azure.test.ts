/**
 * `npm run probe -- --azure` runs the person's own `pulumi` and `az`: here the real command line on the local Azure, and an `az` that does there what the
 * real one would do.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { announcement, MINUTES, MOST_HOURS, mostUsd } from "../cli/probe/announcement.ts";
import { type AzureGround, azureGround } from "../cli/probe/azure.ts";
import { cleanUp, runProbe } from "../cli/probe/run.ts";
import { createArm } from "../sandbox/arm/index.ts";
import { SUBSCRIPTION, TENANT } from "../sandbox/arm/memory.ts";
import { checkPolicy } from "../sandbox/gateway/index.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { CATALOG_DATE } from "../stacks/catalog/models.ts";
import { leftIn } from "./support/probe.ts";

const ROOT = join(import.meta.dirname, "..");
const MODULES = join(ROOT, "node_modules");
/** Deploying takes the real engine some seconds: `npm run test:every`, and CI on main. */
const EVERY = process.env.EVERY === "1";

let folder: string;
let sandbox: Sandbox;
let environment: NodeJS.ProcessEnv;
let closeAz: () => void;
/** What `az` was asked, in its order. */
const asked: string[] = [];

const optionIn = (args: readonly string[], name: string) => args[args.indexOf(`--${name}`) + 1] ?? "";

/** What the Azure CLI does for the commands that a probe uses. */
async function az(args: readonly string[]): Promise<string> {
  const { store, clock } = sandbox;
  const arm = createArm({
    store,
    clock,
    options: {
      today: CATALOG_DATE,
      defaultSubscription: SUBSCRIPTION,
      tenantId: TENANT,
      durations: { scale: Number.POSITIVE_INFINITY },
      rolePropagationSeconds: 0,
      checkPolicy,
    },
  });
  const command = args
    .slice(
      0,
      args.findIndex((arg) => arg.startsWith("--")),
    )
    .join(" ");
  const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${optionIn(args, "name")}`;
  const kept = (type: string) =>
    store
      .softDeletedEntries()
      .filter((entry) => entry.type.toLowerCase() === type.toLowerCase())
      .map(({ resources }) => resources[0]?.resource.name)
      .filter((name) => optionIn(args, "query") === `[?name=='${name}'].name`)
      .join("\n");
  if (command !== "account show" && optionIn(args, "subscription") !== SUBSCRIPTION) throw new Error("another subscription");
  switch (command) {
    case "account show":
      return JSON.stringify({ id: SUBSCRIPTION, name: "Contoso Trial" });
    case "group exists":
      return String(store.get(group) !== undefined);
    case "group delete":
      await arm.delete(group);
      return "";
    case "apim deletedservice list":
      return kept("Microsoft.ApiManagement/service");
    case "apim deletedservice purge":
      store.purge("Microsoft.ApiManagement/service", optionIn(args, "service-name"));
      return "";
    case "cognitiveservices account list-deleted":
      return kept("Microsoft.CognitiveServices/accounts");
    case "cognitiveservices account purge":
      store.purge("Microsoft.CognitiveServices/accounts", optionIn(args, "name"));
      return "";
    default:
      throw new Error(`az has no ${command}`);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "probe-azure-"));
  sandbox = await startSandbox({ directory: join(folder, "azure"), today: CATALOG_DATE });
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const args = JSON.parse(text) as string[];
    asked.push(args.join(" "));
    await az(args).then(
      (said) => response.end(said),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closeAz = () => server.close();
  const { port } = server.address() as AddressInfo;
  mkdirSync(join(folder, "bin"));
  writeFileSync(
    join(folder, "bin", "az.mjs"),
    `fetch("http://127.0.0.1:${port}", { method: "POST", body: JSON.stringify(process.argv.slice(2)) }).then(async (answer) => {
  const said = await answer.text();
  if (answer.ok) process.stdout.write(said);
  else { process.stderr.write("ERROR: " + said); process.exitCode = 1; }
});
`,
  );
  const inShell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const run = [process.execPath, join(folder, "bin", "az.mjs")].map(inShell).join(" ");
  writeFileSync(join(folder, "bin", "az"), `#!/bin/sh\nexec ${run} "$@"\n`);
  const { version } = JSON.parse(readFileSync(join(MODULES, "pulumi", "package.json"), "utf8"));
  const bin = join(ROOT, ".setup", "pulumi", "versions", version, "bin");
  writeFileSync(join(folder, "bin", "pulumi"), `#!/bin/sh\necho $$ > '${folder}/pid'\nexec '${bin}/pulumi' "$@"\n`);
  for (const name of ["az", "pulumi"]) chmodSync(join(folder, "bin", name), 0o755);
  const { azureNative, random } = sandbox.ports;
  environment = {
    PATH: [join(folder, "bin"), bin, join(MODULES, ".bin"), process.env.PATH].join(delimiter),
    HOME: folder,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: "https://nobody.invalid",
    PULUMI_DEBUG_PROVIDERS: `azure-native:${azureNative},random:${random}`,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
});
afterAll(async () => {
  closeAz?.();
  await sandbox?.close();
  rmSync(folder, { recursive: true, force: true });
});

const directory = () => join(folder, "record");
async function withGround<T>(act: (ground: AzureGround) => Promise<T>): Promise<T> {
  const ground = await azureGround({ directory: directory(), environment, pauseSeconds: 0 });
  try {
    return await act(ground);
  } finally {
    await ground.close();
  }
}

it("says first what it deploys, where, for how long and for how much, which is an hour and less than a dollar", async () => {
  const text = announcement({ subscription: "Contoso Trial", location: "swedencentral" });
  for (const said of [
    "Contoso Trial",
    "swedencentral",
    "BasicV2",
    "minutes",
    "at most about $",
    "role assignments",
    "never run on Azure",
  ])
    expect(text).toContain(said);
  for (const frontDoor of [false, true]) expect(mostUsd(frontDoor)).toBeLessThan(1);
  expect(text).not.toContain("Front Door");
  expect(announcement({ subscription: "Contoso Trial", location: "swedencentral", frontDoor: true })).toContain("Front Door");
  const most = Object.values(MINUTES).reduce((sum, [, last]) => sum + last, 0);
  expect(most).toBeLessThanOrEqual(60);
  expect(most / 60).toBeLessThanOrEqual(MOST_HOURS);
});

it("says what is missing: pulumi, az, its login; and then leaves no record", async () => {
  const only = (name: string) => {
    const place = join(folder, `only-${name}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, name), "#!/bin/sh\necho 'ERROR: Please run az login' >&2; exit 1\n");
    chmodSync(join(place, name), 0o755);
    return place;
  };
  const ground = (...folders: string[]) =>
    azureGround({ directory: directory(), environment: { ...environment, PATH: folders.join(delimiter) } });
  await expect(ground(only("az"))).rejects.toThrow("There is no `pulumi` on the PATH");
  await expect(ground(only("pulumi"))).rejects.toThrow("There is no `az` on the PATH");
  await expect(ground(only("pulumi"), only("az"))).rejects.toThrow("Please run az login");
  expect(existsSync(directory())).toBe(false);
});

it.runIf(EVERY)("deploys, and at its end nothing is left, on Azure or in the record", async () => {
  await withGround(async (ground) => {
    expect(ground.subscription).toBe("Contoso Trial");
    const findings = await runProbe(ground, { date: "2026-12-01", only: [] });
    expect(findings).toMatchObject({ target: "azure", gateway: "BasicV2", answers: {} });
    expect(leftIn({ sandbox, leftOver: ground.leftOver })).toEqual([]);
    expect(existsSync(join(directory(), "pulumi"))).toBe(false);
  });
  expect(asked.filter((args) => / purge | delete /.test(args)).map((args) => args.split(" --")[0])).toEqual([
    "group delete",
    "apim deletedservice purge",
    "cognitiveservices account purge",
  ]);
});

it.runIf(EVERY).each([3, 30, 90])(
  "killed after write %i, with its record of the stack lost too: the next run leaves nothing",
  async (write) => {
    await withGround(async (ground) => {
      const first = sandbox.store.requests().length;
      let died = false;
      const stop = sandbox.store.onWrite(() => {
        if (died || sandbox.store.requests().length - first < write) return;
        died = true;
        process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGKILL");
      });
      // Nothing after it runs, as where the power is gone.
      const dead = { ...ground, takeDown: async () => {} };
      await expect(runProbe(dead, { date: "2026-12-01", only: [] })).rejects.toThrow();
      stop();
      expect(died).toBe(true);
    });
    rmSync(join(directory(), "pulumi"), { recursive: true, force: true });
    await withGround(async (ground) => {
      expect(leftIn({ sandbox, leftOver: ground.leftOver })).not.toEqual([]);
      expect(await cleanUp(ground)).toBe(true);
      expect(leftIn({ sandbox, leftOver: ground.leftOver })).toEqual([]);
    });
  },
);
