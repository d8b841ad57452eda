import { all, type Input, log, type Output, output, type Resource } from "@pulumi/pulumi";
import type { CustomDomainPlan } from "../../stacks/custom-domain.ts";
import { apimanagement, managedidentity, ROLES } from "../azure.ts";
import type { Foundation } from "../foundation.ts";
import { grant } from "../roles.ts";
import { onceGranted } from "../waits.ts";

/** What a service needs to answer at a host of the owner's. */
export interface CustomDomain {
  /** Of the service, beside its own, by ARM id; absent: none. */
  identities?: Output<Record<string, Record<string, never>>>;
  /** Unknown or absent: the service does without. */
  hostnameConfigurations: Output<{ type: "Proxy"; hostName: string }[] | undefined>;
  /** Callers can be given the host. */
  answers: Output<boolean>;
  /** Without these Azure refuses the service. */
  ready: Resource[];
}

/** A record that the owner of a domain has to set. */
export interface DnsRecord {
  type: "CNAME" | "A" | "TXT";
  name: string;
  value: string;
}

/** @param serviceName  of the service, which need not stand yet */
export function customDomain(plan: CustomDomainPlan, base: Foundation, serviceName: Output<string>): CustomDomain {
  const { host, certificate } = plan;
  if (certificate.from === "managed") return managed(host, base, serviceName);
  const { resourceGroupName, location, tags } = base;
  // Not the service's own identity: that one is there after the service, and Azure reads the certificate before.
  const identity = new managedidentity.UserAssignedIdentity(
    "gateway-identity",
    { resourceGroupName, resourceName: certificate.identityName, location, tags },
    // It stays where it was made when the gateway moves: it serves a gateway anywhere, and two while they stand side by side.
    { deleteBeforeReplace: true, ignoreChanges: ["location"] },
  );
  const role = grant(
    { name: "gateway-vault-role", drawn: "gateway-vault-role-name" },
    { role: ROLES.keyVaultSecretsUser, scope: output(certificate.vaultId), principalId: identity.principalId },
  );
  const reader = onceGranted(identity.clientId, role, { what: "API Management", resource: role });
  return {
    identities: output(identity.id).apply((id) => ({ [id]: {} })),
    hostnameConfigurations: reader.apply((identityClientId) => [
      {
        ...gatewayHost(host),
        certificateSource: "KeyVault" as const,
        keyVaultId: certificate.secretId,
        identityClientId,
      },
    ]),
    answers: output(true),
    ready: [role],
  };
}

/** Azure issues a certificate for a service that stands, and refuses the request that would make one with it. */
function managed(host: string, { resourceGroupName }: Foundation, serviceName: Output<string>): CustomDomain {
  const answers = all([resourceGroupName, serviceName]).apply(async ([group, name]) => {
    const stands = await isThere(group, name);
    if (!stands)
      log.warn(
        `${host} comes with the next \`pulumi up\`: Azure issues a certificate for a gateway that stands. Set the records of \`pulumi stack output dnsRecords\` first.`,
      );
    return stands;
  });
  return {
    hostnameConfigurations: answers.apply((stands) =>
      stands ? [{ ...gatewayHost(host), certificateSource: "Managed" as const }] : undefined,
    ),
    answers,
    ready: [],
  };
}

/** Callers that do not say which host they mean get the certificate of this one. */
const gatewayHost = (hostName: string) => ({
  type: "Proxy" as const,
  hostName,
  defaultSslBinding: true,
  negotiateClientCertificate: false,
});

async function isThere(resourceGroupName: string, serviceName: string): Promise<boolean> {
  try {
    await apimanagement.getApiManagementService({ resourceGroupName, serviceName });
    return true;
  } catch (error) {
    if (/Status=404|NotFound/i.test((error as Error).message)) return false;
    throw error;
  }
}

/**
 * What the owner of the domain has to set.
 * @param azureName       `<service>.azure-api.net`
 * @param privateAddress  of a service that only a network reaches
 */
export function dnsRecords(
  { host, certificate }: CustomDomainPlan,
  azureName: Input<string>,
  privateAddress: Output<string> | undefined,
): Output<DnsRecord[]> {
  const way = privateAddress
    ? privateAddress.apply((value): DnsRecord => ({ type: "A", name: host, value }))
    : output(azureName).apply((value): DnsRecord => ({ type: "CNAME", name: host, value }));
  if (certificate.from !== "managed") return way.apply((one) => [one]);
  const proof = apimanagement.getApiManagementServiceDomainOwnershipIdentifierOutput();
  return all([way, proof.domainOwnershipIdentifier]).apply(([one, value]): DnsRecord[] => [
    one,
    { type: "TXT", name: `apimuid.${host}`, value },
  ]);
}
