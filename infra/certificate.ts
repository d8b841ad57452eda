import { Config, type Output, RunError } from "@pulumi/pulumi";
import type { Plan } from "../stacks/plan.ts";

const settings = () => new Config("aoai");

/** The certificate that the entrance shows to the gateway, as PFX in base64; both are Pulumi secrets. */
export function listenerPfx(): { data: Output<string>; password?: Output<string> } {
  const password = settings().getSecret("certificatePassword");
  return { data: settings().requireSecret("certificatePfx"), ...(password && { password }) };
}

/**
 * Ask before the first resource is registered, so that a refusal leaves nothing behind.
 * @throws RunError, which Pulumi prints without a stack trace, for an entrance whose certificate the stack does not have
 */
export function requireCertificate({ stack, entrance }: Plan): void {
  if (entrance?.kind !== "application-gateway" || entrance.certificate.from !== "pfx" || entrance.certificate.given) return;
  throw new RunError(
    `aoai:certificatePfx: is missing: Application Gateway cannot listen as ${entrance.host} without a certificate. ` +
      `Give it one: pulumi config set --secret aoai:certificatePfx < FILE --stack ${stack} (the PFX in base64), and its password as aoai:certificatePassword; ` +
      `or set applicationGateway.keyVaultSecretId and keyVaultId; for a trial "npm run certificate -- --stack ${stack}" makes a self-signed one.`,
  );
}
