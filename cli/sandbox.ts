/**
 * `npm run sandbox -- COMMAND`: the real Pulumi engine on the local Azure.
 */
import { rmSync } from "node:fs";
import { Command, Option } from "@commander-js/extra-typings";
import type { RunResult } from "../sandbox/engine/pulumi.ts";
import { TOPOLOGIES, type Topology } from "../stacks/catalog/topologies.ts";
import { announceServing, directoryOf, isDeployed, type Local, openLocal, servingOf } from "./local.ts";
import { runCommand } from "./text.ts";

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

/** One process at a time works on a stack's local Azure: its gateway and the engine's providers share the store in memory. */
async function withLocal(options: StackOptions & { port?: number }, work: (local: Local) => Promise<void>): Promise<void> {
  const { stack } = options;
  const serving = servingOf(directoryOf(stack));
  if (serving)
    throw new Error(
      `stack ${stack} is kept open by \`serve\` in process ${serving.pid} (${serving.gatewayUrl}). Stop that process first.`,
    );
  const local = await openLocal({ ...options, sandbox: { port: options.port ?? 0 } });
  try {
    await work(local);
  } finally {
    await local.close();
  }
}

const print = (text: string) => process.stdout.write(text);

function summary({ changes }: RunResult): string {
  const parts = Object.entries(changes).map(([kind, count]) => `${count} ${kind}`);
  return parts.length > 0 ? parts.join(", ") : "no resources";
}

for (const [name, description] of [
  ["up", "deploy the stack"],
  ["preview", "show what `up` would do"],
  ["refresh", "compare Pulumi's state with what stands in the local Azure"],
  ["destroy", "delete everything the stack deployed"],
] as const) {
  command(name, description).action((options) =>
    withLocal(options, async ({ workspace }) => console.log(summary(await workspace[name]({ onOutput: print })))),
  );
}

command("export", "print Pulumi's state as JSON").action((options) =>
  withLocal(options, async ({ workspace }) => console.log(JSON.stringify(await workspace.export(), null, 2))),
);

command("serve", "keep the stack's gateway open until interrupted")
  .option("-p, --port <number>", "port of the gateway; 0 takes a free one", (text) => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`--port ${text}: a whole number from 0 to 65535`);
    return port;
  })
  .action(async (options) => {
    needsDeployment(options.stack);
    await withLocal(options, async ({ sandbox, workspace, plan }) => {
      const outputs = await workspace.outputs();
      const keys = Object.keys((outputs.keys ?? {}) as Record<string, string>);
      const done = announceServing(directoryOf(options.stack), sandbox.gatewayUrl);
      try {
        console.log(
          `${sandbox.gatewayUrl} serves stack ${options.stack}: ${plan.pools.map(({ deployment }) => deployment).join(", ")}`,
        );
        console.log(`Keys of ${keys.join(", ")}: npm run sandbox -- status --stack ${options.stack} --json`);
        console.log(
          `For example:\n  ${String(outputs.curl).replace(String(outputs.gatewayUrl), sandbox.gatewayUrl)}\nStop with Ctrl-C.`,
        );
        await interrupted();
      } finally {
        done();
      }
    });
  });

command("status", "what is deployed: gateway, consumers with their keys, regions")
  .option("--json", "as JSON")
  .action(async ({ json, ...options }) => {
    needsDeployment(options.stack);
    const serving = servingOf(directoryOf(options.stack));
    const { sandbox, workspace, close } = await openLocal({ ...options, topology: undefined });
    try {
      const outputs = await workspace.outputs();
      const status = {
        stack: options.stack,
        topology: outputs.topology,
        /** null unless a `serve` keeps it open: every other command ends with its gateway. */
        gatewayUrl: serving?.gatewayUrl ?? null,
        consumers: outputs.keys ?? {},
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
        console.log(`consumers: ${Object.keys(status.consumers as object).join(", ")} (keys with --json)`);
        console.log(`regions: ${Object.keys(status.regions).join(", ")}`);
      }
    } finally {
      await close();
    }
  });

program
  .command("reset")
  .description("forget the stack: its local Azure and Pulumi's state of it")
  .option("-s, --stack <name>", "stack", "dev")
  .action(({ stack }) => {
    const serving = servingOf(directoryOf(stack));
    if (serving) throw new Error(`stack ${stack} is kept open by \`serve\` in process ${serving.pid}. Stop that process first.`);
    rmSync(directoryOf(stack), { recursive: true, force: true });
    console.log(`stack ${stack}: nothing left`);
  });

command("pulumi", "any Pulumi command in that environment, for example: pulumi --stack dev -- stack graph graph.dot")
  .argument("<arguments...>", "what follows `pulumi`")
  .action((args, options) =>
    withLocal(options, async ({ workspace }) => {
      const { code } = await workspace.pulumi(args, { onOutput: print });
      process.exitCode = code;
    }),
  );

function needsDeployment(stack: string): void {
  if (!isDeployed(directoryOf(stack)))
    throw new Error(`stack ${stack} is not deployed here: npm run sandbox -- up --stack ${stack}`);
}

/** Resolves at Ctrl-C or a polite kill. */
const interrupted = () =>
  new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });

await runCommand(() => program.parseAsync());
