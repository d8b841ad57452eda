/**
 * `npm run sandbox -- COMMAND`: the real Pulumi engine on the local Azure.
 */
import { existsSync, rmSync } from "node:fs";
import { Option } from "@commander-js/extra-typings";
import { type RunResult, stackOutputs } from "../sandbox/engine/pulumi.ts";
import type { FaultSpec } from "../sandbox/faults.ts";
import type { Observe } from "../sandbox/gateway/index.ts";
import { TOPOLOGIES, type Topology } from "../stacks/catalog/topologies.ts";
import { callsIn, openCallLog } from "./call-log.ts";
import { Command } from "./command.ts";
import { openControl, type Task } from "./control.ts";
import { FAULT_HELP, FAULT_SYNTAX, parseFault } from "./fault-option.ts";
import { directoryOf } from "./folders.ts";
import { type Local, openLocal } from "./local.ts";
import { howToTrust, parsePort, portsOf } from "./local-address.ts";
import { occupantOf, refuseWhileOccupied } from "./occupancy.ts";
import { loopbackIsProxied, NO_PROXY } from "./proxies.ts";
import { keptNames } from "./purge-advice.ts";
import { addAzureSide } from "./sandbox-azure-side.ts";
import { stackOf } from "./stack-name.ts";
import { runCommand } from "./text.ts";
import { issueToken, parseHours, tokenFor } from "./token.ts";
import { traceText } from "./trace.ts";

interface StackOptions {
  stack: string;
  topology?: Topology;
}

const program = new Command("npm run sandbox --")
  .description("The real Pulumi engine on the local Azure: state and resources stay under .sandbox/<stack> until `reset`.")
  .showHelpAfterError();

const command = (name: string, description: string) =>
  program
    .command(name)
    .description(description)
    .showHelpAfterError()
    .option("-s, --stack <name>", "stack", "dev")
    .addOption(new Option("-t, --topology <name>", "instead of the stack's own topology").choices(TOPOLOGIES));

async function withLocal(
  options: StackOptions & { port?: number; httpsPort?: number; besideServe?: boolean; doing?: string; observe?: Observe },
  work: (local: Local) => Promise<void>,
): Promise<void> {
  const { port = 0, observe } = options;
  const local = await openLocal({ ...options, sandbox: { port, gateway: { observe } } });
  try {
    await work(local);
  } finally {
    await local.close();
  }
}

/** @throws Error with a word on how to get there */
function refuseUndeployed({ sandbox, plan: { stack } }: Local): void {
  if (sandbox.store.list("Microsoft.ApiManagement/service").length === 0)
    throw new Error(`stack ${stack} is not deployed here: npm run sandbox -- up --stack ${stack}`);
}

/** By its state, which may be read while another process works on it. */
const deployedTopology = async ({ workspace }: Local) => stackOutputs((await workspace.export()).deployment)?.topology;

const isDeployed = ({ sandbox }: Local) => sandbox.store.list("Microsoft.ApiManagement/service").length > 0;

/** What other commands may ask of a `serve`: to lead its stack to another topology while it answers. */
async function perform(local: Local, task: Task, say: (text: string) => void, signal: AbortSignal): Promise<void> {
  const to = TOPOLOGIES.find((name) => name === task.to);
  if (!["switch", "deploy"].includes(task.command) || !to)
    throw new Error(`\`serve\` does not know how to ${task.command} ${task.to ?? ""}`);
  const [{ switchHere }, { deployHere }] = await Promise.all([import("./switch.ts"), import("./deploy.ts")]);
  console.error(`\n${task.command === "deploy" ? "Deploying" : "Switching to"} ${to}, for \`npm run ${task.command}\` ...`);
  // Whoever asked may stop it, as with Ctrl-C at a switch of its own; run again, it goes on.
  signal.addEventListener("abort", () => local.workspace.kill(), { once: true });
  if (task.command === "deploy") {
    await deployHere(local, to, say, { careful: task.careful === true, restored: (task.restored ?? []) as string[] });
    console.error("Deployed.");
    return;
  }
  await switchHere(local, to, say);
  console.error(`Switched to ${to}.`);
}

/** The call of the outputs with the local address, and the local key and token in place of $KEY and $TOKEN: it works as it stands in any shell. */
function localCurl({ sandbox, plan }: Local, { curl, gatewayUrl, keys }: Record<string, unknown>): string {
  const [key = ""] = Object.values(keys as Record<string, string>);
  const token = plan.entra ? issueToken(sandbox.entra, plan.entra, { hours: 24 }) : "";
  return String(curl)
    .replace(/^curl /, loopbackIsProxied ? "curl --noproxy '*' " : "curl ")
    .replace(String(gatewayUrl), sandbox.gatewayUrl)
    .replace("$KEY", () => key)
    .replace("$TOKEN", () => token);
}

/** The name leads to Azure, or nowhere yet: whoever wants it here says so. */
const customDomainHint = (host: string, { gatewayUrl, httpsUrl }: Local["sandbox"]): string => {
  const { port, protocol } = new URL(httpsUrl ?? gatewayUrl);
  return `It answers as ${host}, too: curl --resolve ${host}:${port}:127.0.0.1 ${protocol}//${host}:${port}/...`;
};

/** A key by consumer. The service's own subscription is nobody's. */
const keysOf = (store: Local["sandbox"]["store"], which: "primaryKey" | "secondaryKey"): Record<string, string> =>
  Object.fromEntries(
    store
      .list("Microsoft.ApiManagement/service/subscriptions")
      .filter(({ name }) => name !== "master")
      .map(({ id, name, body }) => [String(body.properties.displayName ?? name), store.secret(id, which) ?? ""]),
  );

const print = (text: string) => process.stdout.write(text);

function summary({ changes }: RunResult): string {
  const parts = Object.entries(changes).map(([kind, count]) => `${count} ${kind}`);
  return parts.length > 0 ? parts.join(", ") : "no resources";
}

/** @throws Error for a fault that does not exist, or that would strike nothing that stands here */
function setFault({ sandbox }: Local, fault: FaultSpec): void {
  const accounts = sandbox.store.list("Microsoft.CognitiveServices/accounts");
  const deployments = accounts.flatMap(({ id }) => sandbox.store.list("Microsoft.CognitiveServices/accounts/deployments", id));
  for (const [what, wanted, known] of [
    ["region", fault.region, accounts.map(({ body }) => String(body.location))],
    ["deployment", fault.deployment, deployments.map(({ name }) => name)],
  ] as const)
    if (wanted !== undefined && wanted !== "*" && !known.some((name) => name.toLowerCase() === wanted.toLowerCase()))
      throw new Error(`--fault: ${what} "${wanted}" does not stand here: choose ${[...new Set(known)].join(", ")} or *.`);
  sandbox.faults.set(fault);
}

/**
 * These commands work on what is deployed, whatever topology that has.
 * @throws Error when another one was asked for, with the way to get it
 */
async function refuseOtherTopology(local: Local, name: string, { stack, topology }: StackOptions): Promise<void> {
  if (topology === undefined) return;
  const deployed = await deployedTopology(local);
  if (deployed === topology) return;
  const why = `--topology ${topology}: \`${name}\` works on what is deployed`;
  const up = `npm run sandbox -- up --stack ${stack} --topology ${topology}`;
  throw new Error(
    deployed === undefined
      ? `${why}, and of stack ${stack} nothing is. Deploy it first: ${up}`
      : `${why}, and that is ${deployed}. Leave --topology out, or lead the stack there first: npm run switch -- --stack ${stack} --to ${topology} (while callers call), or ${up} (in one update)`,
  );
}

for (const [name, description] of [
  ["up", "deploy the stack"],
  ["preview", "show what `up` would do"],
  ["refresh", "compare Pulumi's state with what stands in the local Azure"],
  ["destroy", "delete everything the stack deployed"],
] as const) {
  command(name, description).action((options) =>
    withLocal({ ...options, doing: `\`${name}\`` }, async (local) => {
      if (name === "refresh" || name === "destroy") await refuseOtherTopology(local, name, options);
      // As `pulumi up` does: what is refused is refused before anything stands half changed.
      const preview = name === "up" && isDeployed(local) ? true : undefined;
      console.log(summary(await local.workspace[name]({ onOutput: print, preview })));
      if (name === "destroy") console.log(keptNames(local.sandbox.store, options.stack) ?? "");
      if (name === "up") console.log(`\nNext: npm run sandbox -- serve --stack ${options.stack}`);
    }),
  );
}

addAzureSide(program);

command("export", "print Pulumi's state as JSON").action((options) =>
  withLocal({ ...options, doing: "`export`" }, async (local) => {
    await refuseOtherTopology(local, "export", options);
    console.log(JSON.stringify(await local.workspace.export(), null, 2));
  }),
);

command("serve", "keep the stack's gateway open until interrupted")
  .option(
    "-p, --port <number>",
    "port of the gateway, 0 takes a free one; default: one from 21000 to 28998 that stays the same for a stack",
    (text) => parsePort("--port", text),
  )
  .option(
    "--https [port]",
    "answer by HTTPS too, with a certificate of the local authority; default: the port after that of HTTP (docs/local-https.md)",
    (text) => parsePort("--https", text),
  )
  .option(
    "-f, --fault <fault>",
    `break something meanwhile; may be given several times: ${FAULT_SYNTAX}, explained below. For example throttled:eastus2,retryAfterSeconds=30`,
    (text, before: FaultSpec[]) => [...before, parseFault(text)],
    [],
  )
  .addHelpText("after", `\n${FAULT_HELP}`)
  .option("-q, --quiet", "no line for each call")
  .option("--json", "one JSON object for each call, and nothing else, on standard output")
  .option("--keep-bodies", "keep what callers send in the traces, prompts and all")
  .action(async (options) => {
    const { quiet, json, keepBodies: bodies } = options;
    const calls = openCallLog({ directory: directoryOf(options.stack), quiet, json, bodies });
    const say = json ? console.error : console.log;
    await withLocal({ ...options, ...servedPorts(options), doing: "`serve`", observe: calls.observe }, async (local) => {
      const { sandbox, plan, trust } = local;
      await refuseOtherTopology(local, "serve", options);
      refuseUndeployed(local);
      const outputs = await local.workspace.outputs();
      for (const fault of options.fault) setFault(local, fault);
      const { gatewayUrl, httpsUrl } = sandbox;
      const control = await openControl((task, report, signal) => perform(local, task, report, signal));
      local.announce({ gatewayUrl, ...(httpsUrl && { httpsUrl, authority: trust?.authority }), control });
      say(`${sandbox.gatewayUrl} serves stack ${options.stack}: ${plan.pools.map(({ deployment }) => deployment).join(", ")}`);
      if (trust)
        say(`${httpsUrl} is the same by HTTPS. To trust it, in the process that calls:
${howToTrust(trust)}`);
      const host = plan.gateway.customDomain?.host;
      if (host) say(customDomainHint(host, sandbox));
      for (const { spec } of sandbox.faults.list()) say(`Fault: ${JSON.stringify(spec)}`);
      if (loopbackIsProxied)
        say(`The environment names a proxy, which cannot reach this machine for you: call this with ${NO_PROXY}`);
      say(
        `Keys of ${Object.keys(outputs.keys as object).join(", ")}: npm run -s sandbox -- status --stack ${options.stack} --json`,
      );
      say(`For example:\n  ${localCurl(local, outputs)}\nStop with Ctrl-C.`);
      try {
        await interrupted();
      } finally {
        await control.close();
      }
    });
    await calls.close();
  });

program
  .command("trace")
  .description("what the policies did with one call: every element that ran, with variables before and after")
  .argument("[id]", "any id of the call, or its beginning, or `last`; without it: the last calls")
  .option("-s, --stack <name>", "stack", "dev")
  .option("--json", "as JSON")
  .action((id, { stack, json = false }) => console.log(traceText(callsIn(directoryOf(stack)), stack, id, json)));

program
  .command("token")
  .description(
    "a token of the local Entra for a stack that takes some (aoai:entra), for example: TOKEN=$(npm run -s sandbox -- token)",
  )
  .option("-s, --stack <name>", "stack", "dev")
  .option("--audience <audience>", "whom it is for; default: the first of aoai:entra.audiences")
  .option("--client-id <id>", "application that brings it; default: the first of aoai:entra.clientIds")
  .option("--tenant-id <id>", "tenant that issued it; default: aoai:entra.tenantId")
  .option("--hours <number>", "from the start of a `serve`, for so long", parseHours, 24)
  .action(({ stack, ...options }) => console.log(tokenFor(stack, options)));

command("status", "what is deployed: gateway, consumers with their keys, regions")
  .option("--json", "as JSON")
  .action(({ json, ...options }) =>
    withLocal({ ...options, besideServe: true }, async (local) => {
      const { sandbox } = local;
      await refuseOtherTopology(local, "status", options);
      refuseUndeployed(local);
      const occupant = occupantOf(directoryOf(options.stack));
      const status = {
        stack: options.stack,
        topology: await deployedTopology(local),
        /** null unless a `serve` keeps it open: every other command ends with its gateway. */
        gatewayUrl: occupant?.gatewayUrl ?? null,
        /** null unless it was opened with `--https`; then with the file of the authority that callers must trust. */
        httpsUrl: occupant?.httpsUrl ?? null,
        certificateAuthority: occupant?.authority ?? null,
        // Those that open the gateway now: the outputs may be behind a key that was replaced.
        consumers: keysOf(sandbox.store, "primaryKey"),
        secondaryKeys: keysOf(sandbox.store, "secondaryKey"),
        // From what stands there, not from the stack file, which may have changed since.
        regions: Object.fromEntries(
          sandbox.store.list("Microsoft.CognitiveServices/accounts").map(({ id, name, body }) => [
            name,
            {
              region: body.location,
              deployments: Object.fromEntries(
                sandbox.store
                  .list("Microsoft.CognitiveServices/accounts/deployments", id)
                  .map((deployment) => [deployment.name, deployment.body.sku]),
              ),
            },
          ]),
        ),
      };
      if (json) console.log(JSON.stringify(status, null, 2));
      else {
        console.log(`stack ${status.stack}, topology ${status.topology}`);
        console.log(`gateway: ${status.gatewayUrl ?? `not open; npm run sandbox -- serve --stack ${options.stack}`}`);
        if (status.httpsUrl) console.log(`by HTTPS: ${status.httpsUrl}, authority ${status.certificateAuthority}`);
        console.log(
          `consumers: ${Object.keys(status.consumers as object).join(", ")} (keys with npm run -s sandbox -- status --stack ${options.stack} --json)`,
        );
        console.log(`regions: ${Object.keys(status.regions).join(", ")}`);
      }
    }),
  );

program
  .command("reset")
  .description("forget the stack: its local Azure and Pulumi's state of it")
  .option("-s, --stack <name>", "stack", "dev")
  .action(({ stack }) => {
    if (!existsSync(directoryOf(stack)))
      throw new Error(`stack ${stack} has nothing here: ${directoryOf(stack)} does not exist.`);
    refuseWhileOccupied(directoryOf(stack), stack);
    rmSync(directoryOf(stack), { recursive: true, force: true });
    console.log(
      `stack ${stack}: nothing left. Its local Azure, Pulumi's record of it and its certificates were in ${directoryOf(stack)}`,
    );
  });

command("pulumi", "any Pulumi command in that environment, for example: pulumi --stack dev -- stack --show-urns")
  .argument("<arguments...>", "what follows `pulumi`")
  .action((args, options) =>
    withLocal({ ...options, doing: "`pulumi`" }, async ({ workspace }) => {
      const { code } = await workspace.pulumi(args, { onOutput: print });
      process.exitCode = code;
    }),
  );

/** Fixed ports for a stack, where no others are asked for; a gateway at any free port answers HTTPS at any other. */
function servedPorts({ stack, port, https }: StackOptions & { port?: number; https?: number | true }) {
  const fixed = portsOf(stackOf(stack));
  const beside = port === undefined ? fixed.https : port === 0 || port === 65535 ? 0 : port + 1;
  return { port: port ?? fixed.http, httpsPort: https === true ? beside : https };
}

/** Resolves at Ctrl-C or a polite kill. */
const interrupted = () =>
  new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });

await runCommand(() => program.parseAsync());
