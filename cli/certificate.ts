/**
 * `npm run certificate`: a self-signed certificate for the host of a stack's Application Gateway, straight into the stack's secrets.
 */
import { existsSync, writeFileSync } from "node:fs";
import { NAMESPACE, type StackSource } from "../stacks/config.ts";
import { planStack } from "../stacks/plan.ts";
import { Command } from "./command.ts";
import { REPOSITORY } from "./folders.ts";
import { type CertificateFile, makeCertificate } from "./pfx.ts";
import { readStackFile } from "./stack-file.ts";
import { setSecret } from "./stack-secrets.ts";
import { runCommand } from "./text.ts";

const command = new Command("npm run certificate --")
  .description(
    "Make a self-signed certificate for a stack's Application Gateway and store it as Pulumi secrets of the stack, or in a file.",
  )
  .option("-s, --stack <name>", "stack: the middle of Pulumi.<stack>.yaml", "dev")
  .option("--host <name>", "host in the certificate; default: the stack's applicationGateway.host")
  .option("--days <number>", "days that it is valid, 1 to 3650", days, 365)
  .option("-o, --out <file>", "write the PFX there and its password to <file>.password, in place of the stack's secrets")
  .showHelpAfterError();

function days(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 3650) throw new Error(`--days ${text}: a whole number from 1 to 3650`);
  return value;
}

async function main(): Promise<void> {
  const { stack, host: wanted, days: valid, out } = command.parse().opts();
  const source = readStackFile(REPOSITORY, stack);
  const host = wanted?.toLowerCase() ?? plannedHost(source);
  if (!/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/.test(host))
    throw new Error(`--host ${host}: not a host name such as openai.contoso.example`);
  const file = makeCertificate({ host, notBefore: new Date(), days: valid });
  if (out === undefined) {
    await setSecret(REPOSITORY, stack, `${NAMESPACE}:certificatePfx`, file.pfx);
    await setSecret(REPOSITORY, stack, `${NAMESPACE}:certificatePassword`, file.password);
  } else save(out, file);
  console.log(
    `Certificate for ${host}, valid for ${valid} days: ${out === undefined ? `in the secrets of stack ${stack}` : `${out}, its password in ${out}.password`}.`,
  );
  console.log(adviceFor(source, host).join("\n"));
}

/** The host that the stack has, or would have, in topology application-gateway. Throws PlanError when it has none. */
function plannedHost(source: StackSource): string {
  const { entrance } = planStack({ ...source, values: { ...source.values, topology: "application-gateway" } });
  if (entrance?.kind !== "application-gateway") throw new Error("topology application-gateway has no Application Gateway");
  if (entrance.certificate.from === "keyVault")
    throw new Error(
      `stack ${source.stack} takes its certificate from Key Vault (applicationGateway.keyVaultSecretId). Renew it there, as a new version: az keyvault certificate import --vault-name ${vaultOf(entrance.certificate.vaultId)} --name ${entrance.certificate.secretId.split("/").at(-1)} --file FILE (Application Gateway looks every four hours); on the local Azure: npm run sandbox -- certificate --stack ${source.stack}. Or remove that setting for a certificate of its own.`,
    );
  return entrance.host;
}

const vaultOf = (vaultId: string) => vaultId.split("/").at(-1);

/** What a self-signed certificate means, and what is still to do. */
function adviceFor({ values, stack }: StackSource, host: string): string[] {
  const { host: planned, selfSigned } = (values.applicationGateway ?? {}) as { host?: string; selfSigned?: unknown };
  return [
    "",
    "Self-signed means: API Management checks that the certificate is for this host, but not who issued it. Whoever can answer in its place",
    "inside your virtual network could show one of their own. Good enough to try things on; for production take a certificate of an authority.",
    ...(selfSigned === true || selfSigned === "accepted"
      ? []
      : ["", `Set applicationGateway.selfSigned to true in Pulumi.${stack}.yaml: else API Management refuses it.`]),
    ...(planned === host
      ? []
      : [
          "",
          `The stack's applicationGateway.host is ${planned ?? "not set"}: the name must be ${host}, or API Management refuses the certificate.`,
        ]),
  ];
}

function save(out: string, { pfx, password }: CertificateFile): void {
  for (const file of [out, `${out}.password`])
    if (existsSync(file)) throw new Error(`${file} exists already: choose another name, or delete it first.`);
  writeFileSync(out, Buffer.from(pfx, "base64"), { mode: 0o600 });
  writeFileSync(`${out}.password`, password, { mode: 0o600 });
}

await runCommand(main);
