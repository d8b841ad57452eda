/**
 * Vaults of the user's own, which a stack only refers to: a local Azure has them, with the certificates in them, from before the stack was deployed.
 */
import { TENANT } from "../sandbox/arm/memory.ts";
import type { Resource, ResourceBody } from "../sandbox/arm/resource.ts";
import type { Plan } from "../stacks/plan.ts";

/** Where Azure's resources are kept. */
export interface Shelf {
  get(id: string): Resource | undefined;
  secret(id: string, name: string): string | undefined;
  /** `secrets` take the place of those that are there. */
  put(id: string, type: string, body: ResourceBody, secrets?: Record<string, string>): void;
}

/** A certificate that a stack expects in a vault. */
interface Expected {
  host: string;
  /** ARM id. */
  vaultId: string;
  /** Name under which the shelf has the secret. */
  key: string;
}

const GUID = /^\/subscriptions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\//i;

function expected({ entrance, gateway: { customDomain } }: Plan): Expected[] {
  const wanted = [
    ...(entrance?.kind === "application-gateway" ? [{ host: entrance.host, certificate: entrance.certificate }] : []),
    ...(customDomain ? [customDomain] : []),
  ];
  return wanted.flatMap(({ host, certificate }) => {
    if (certificate.from !== "keyVault" || !GUID.test(certificate.vaultId)) return [];
    const { vaultId, secretId } = certificate;
    return [{ host, vaultId, key: `secrets/${secretId.slice(secretId.lastIndexOf("/") + 1)}` }];
  });
}

/**
 * Makes the vaults and certificates that are not there; what a stack names and is there stays.
 * @param pfxOf  certificate for a host as PKCS #12 without password, base64: as Key Vault hands it out
 */
export function bringVaults(shelf: Shelf, plan: Plan, pfxOf: (host: string) => string): void {
  for (const [vaultId, wanted] of Map.groupBy(expected(plan), (one) => one.vaultId)) {
    const stands = shelf.get(vaultId);
    const found = wanted.map(({ host, key }) => ({ host, key, there: stands && shelf.secret(vaultId, key) }));
    if (found.every(({ there }) => there !== undefined)) continue;
    const group = vaultId.replace(/\/providers\/.*$/i, "");
    if (!shelf.get(group)) shelf.put(group, "Microsoft.Resources/resourceGroups", { location: plan.location, properties: {} });
    const secrets = Object.fromEntries(found.map(({ host, key, there }) => [key, there ?? pfxOf(host)]));
    shelf.put(vaultId, "Microsoft.KeyVault/vaults", structuredClone(stands?.body ?? vaultBody(vaultId, plan.location)), secrets);
  }
}

function vaultBody(vaultId: string, location: string): ResourceBody {
  const name = vaultId.slice(vaultId.lastIndexOf("/") + 1);
  return {
    location,
    properties: {
      tenantId: TENANT,
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
      accessPolicies: [],
      vaultUri: `https://${name}.vault.azure.net/`,
    },
  };
}
