/**
 * `npm run sandbox -- lock | unlock | certificate | purge | restore`: what people do to a stack's resources beside Pulumi, in the portal or with `az`.
 */
import { readFileSync } from "node:fs";
import { Option } from "@commander-js/extra-typings";
import { purge, restore } from "../sandbox/arm/deleted.ts";
import { LOCK_LEVELS, locksIn, putLock, removeLock } from "../sandbox/arm/locks.ts";
import { purgedAt, type SoftDeletedEntry, type Store } from "../sandbox/arm/store.ts";
import { putSecret } from "../sandbox/arm/vault-secrets.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { listed } from "../stacks/nearest.ts";
import type { Command } from "./command.ts";
import { openLocal } from "./local.ts";
import { holdsQuota } from "./purge-advice.ts";
import { vaultCertificatesOf, withoutPassword } from "./vault-certificate.ts";

/** Adds them to `npm run sandbox`. */
export function addAzureSide(program: Command): void {
  const command = (name: string, description: string) =>
    program.command(name).description(description).showHelpAfterError().option("-s, --stack <name>", "stack", "dev");
  const on = async (stack: string, name: string, work: (sandbox: Sandbox) => void) => {
    const local = await openLocal({ stack, doing: `\`${name}\`` });
    try {
      work(local.sandbox);
    } finally {
      await local.close();
    }
  };

  command("lock", "put a management lock on a resource or a group, as people do in the portal: deletions are refused")
    .argument("<name>", "name of the resource, or its id")
    .addOption(
      new Option("--level <level>", "what it refuses: deletions, or every change").choices(LOCK_LEVELS).default(LOCK_LEVELS[0]),
    )
    .action((name, { stack, level }) =>
      on(stack, "lock", ({ store }) => {
        const id = idOf(store, name);
        putLock(store, id, `${level === "ReadOnly" ? "read-only" : "no-delete"}`, level);
        console.log(`${id} is locked (${level}). Unlock it with: npm run sandbox -- unlock --stack ${stack} ${name}`);
      }),
    );

  command("unlock", "take the locks off a resource or a group")
    .argument("<name>", "name of the resource, or its id")
    .action((name, { stack }) =>
      on(stack, "unlock", ({ store }) => {
        const id = idOf(store, name);
        const locks = locksIn(store).filter(({ scope }) => scope.toLowerCase() === id.toLowerCase());
        if (locks.length === 0) throw new Error(`${id} has no lock.`);
        for (const lock of locks) removeLock(store, lock);
        console.log(`${id} is unlocked.`);
      }),
    );

  command(
    "certificate",
    "put a new version of the stack's certificate into its vault, as a renewal does; also while `serve` runs",
  )
    .argument("[file]", "PFX; default: one that the local authority issues anew")
    .option("--password <password>", "of the PFX", "")
    .option("--host <name>", "of the certificate, where the stack takes two")
    .action(async (file, { stack, password, host }) => {
      const local = await openLocal({ stack, besideServe: true });
      try {
        const [wanted] = vaultCertificatesOf(local.plan).filter((one) => host === undefined || one.host === host);
        if (!wanted)
          throw new Error(
            `stack ${stack} takes no certificate${host ? ` for ${host}` : ""} from a vault (gateway.customDomain.keyVaultSecretId; or topology application-gateway with applicationGateway.keyVaultSecretId).`,
          );
        const pfx =
          file === undefined ? local.renewed(wanted.host) : withoutPassword(readFileSync(file).toString("base64"), password);
        const version = putSecret(local.sandbox.store, wanted.vaultId, wanted.name, pfx);
        console.log(
          `Version ${version} of ${wanted.name}: ${wanted.reader === "API Management" ? "API Management takes it at its next change, on Azure within two days" : "Application Gateway shows it from now on. On Azure it looks every four hours"}: az keyvault certificate import --vault-name ${wanted.vaultId.split("/").at(-1)} --name ${wanted.name} --file FILE`,
        );
      } finally {
        await local.close();
      }
    });

  command("purge", "remove for good what was deleted and still keeps its name: accounts, gateways, vaults")
    .argument("[names...]", "of what was deleted; default: all")
    .option("-l, --list", "only say what there is")
    .action((names, { stack, list }) =>
      on(stack, "purge", ({ store }) => {
        const found = chosen(store, names);
        if (found.length === 0) console.log(`stack ${stack}: nothing that was deleted keeps a name here.`);
        for (const entry of found) {
          if (list) console.log(lineOf(entry));
          else {
            purge(store, entry);
            console.log(
              `${entry.name} is purged: its name${holdsQuota(entry) ? ", and the quota of its deployments, are" : " is"} free again.`,
            );
          }
        }
      }),
    );

  command("restore", "bring back what was deleted, with what was in it")
    .argument("<names...>", "of what was deleted")
    .action((names, { stack }) =>
      on(stack, "restore", ({ store }) => {
        for (const entry of chosen(store, names)) {
          restore(store, entry);
          console.log(
            `${entry.name} stands again as ${entry.id}. Pulumi does not know of it: import it (\`pulumi import\`) before the next \`up\`.`,
          );
        }
      }),
    );
}

/** What people lock by name. */
const LOCKABLE = [
  "Microsoft.Resources/resourceGroups",
  "Microsoft.CognitiveServices/accounts",
  "Microsoft.ApiManagement/service",
  "Microsoft.KeyVault/vaults",
  "Microsoft.Network/virtualNetworks",
  "Microsoft.Network/applicationGateways",
  "Microsoft.Cdn/profiles",
];

/** @throws Error for a name that nothing, or more than one thing, has */
function idOf(store: Store, name: string): string {
  if (name.startsWith("/") && store.get(name)) return (store.get(name) as { id: string }).id;
  const found = LOCKABLE.flatMap((type) => store.list(type)).filter((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found.length === 1 && found[0]) return found[0].id;
  throw new Error(
    found.length === 0
      ? `No group, account, gateway, vault or network here is named ${name}. For anything else give its id: \`export\` has them all.`
      : `${found.length} resources are named ${name}. Give the id of one: ${listed(
          found.map(({ id }) => id),
          "or",
        )}`,
  );
}

/** @throws Error for a name that nothing deleted has */
function chosen(store: Store, names: readonly string[]): SoftDeletedEntry[] {
  const all = store.softDeletedEntries();
  if (names.length === 0) return all;
  return names.map((name) => {
    const found = all.find((entry) => entry.name.toLowerCase() === name.toLowerCase());
    if (found) return found;
    const others =
      all.length > 0
        ? `choose ${listed(
            all.map((entry) => entry.name),
            "or",
          )}`
        : "nothing that was deleted keeps a name here";
    throw new Error(`Nothing that was deleted is named ${name}: ${others}.`);
  });
}

const lineOf = (entry: SoftDeletedEntry) =>
  `${entry.name}  ${entry.type}, ${entry.location ?? "global"}, until ${new Date(purgedAt(entry)).toISOString().slice(0, 16).replace("T", " ")} UTC`;
